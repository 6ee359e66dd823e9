"""Reading a confidential case leaves a trace, whichever page shows it, and however somebody got there."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlalchemy import func, select

from casetrack.correspondence import citizens, documents
from casetrack.database.tables import Case, Document, Message, Reading
from casetrack.engine import allowed_actions
from tests.town import NINE

SEALED = "Signalement sous scellés"
SENDER = "Zénobie"
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
TRIAGED = [("denis", "assign"), ("anne", "take_charge")]
DRAFTED = [*TRIAGED, ("anne", "draft_answer"), ("anne", "submit_for_endorsement")]
STAGES = {
    "new": ("denis", []),
    "taken": ("anne", TRIAGED),
    "submitted": ("denis", DRAFTED),
    "endorsed": ("simone", [*DRAFTED, ("denis", "endorse")]),
    "watched": ("mila", TRIAGED),
}
"""Who looks at a sealed letter, and what was done with it before."""
TYPED = [
    {},
    {"version": "999"},
    {"version": "now", "preview": "1", "answer": "Oui.", "outcome": "favourable", "reason": "Non.", "items": "Plan",
     "items_by": "2026-12-11", "done": "a", "remaining": "b", "why": "c", "next_news_on": "2026-12-01"},
    {"version": "now", "begin": "1"},
    {"note": "", "other": "2026-A-999999", "resumed": "x"},
]  # fmt: skip
SHOW_IT = {
    "case.show", "case.prepare", "case.do", "case.message", "case.answer", "case.readers", "case.document", "case.add_note",
    "senders.show", "senders.save", "case.link", "case.add_document", "parapheur.read", "parapheur.decide", "parapheur.show",
    "print_run.show", "print_run.letters",
}  # fmt: skip
"""Endpoints that show something of it: a new one is added here, and a proof with it."""


def sealed(hall, steps) -> str:
    town = hall.town
    given = {
        "assign": {"officer": town.anne.id},
        "draft_answer": {"answer": f"{SEALED} : oui.", "outcome": "favourable"},
    }
    readers = [town.actors[login].id for login in ("denis", "anne", "simone")]
    taken = [(who, action, given.get(action, {})) for who, action in steps]
    with hall.database.session() as session:
        sender = citizens.find_or_create(
            session, given_name=SENDER, family_name="Zorn", street="1 rue", postcode="99000", town="Valmy"
        )
        session.commit()
    reference = hall.letter(*taken, title=SEALED, citizen=sender, confidentiality=2, readers=readers)
    with hall.database.session() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        paper = documents.keep(
            hall.settings.documents_dir, BytesIO(SEALED.encode()), name="mot.txt", largest=10_000
        )
        documents.attach(session, case, paper, by=town.anne, at=NINE)
        session.commit()
    return reference


def requests(hall, login: str, reference: str) -> Iterator[tuple[str, str, str, dict]]:
    """Return every (endpoint, method, path, typed) whose address leads to this case, or to its letters."""
    with hall.database.reader() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        allowed = [one.name for one in allowed_actions(session, case, hall.town.actors[login])]
        blanks = {
            "reference": [reference],
            "message_id": session.scalars(select(Message.id).where(Message.case_id == case.id)).all(),
            "document_id": session.scalars(select(Document.id).where(Document.case_id == case.id)).all(),
            "name": [*allowed, "close", "question"],
        }
        version = str(case.version)
    # Whatever changes nothing comes first.
    for rule in sorted(hall.app.url_map.iter_rules(), key=lambda rule: "POST" in rule.methods):
        if "<reference>" not in rule.rule and rule.endpoint.partition(".")[0] not in (
            "print_run",
            "parapheur",
        ):
            continue
        paths = [rule.rule]
        for name in re.findall(r"<(?:\w+:)?(\w+)>", rule.rule):
            paths = [
                re.sub(rf"<(?:\w+:)?{name}>", str(value), path) for path in paths for value in blanks[name]
            ]
        for path in paths:
            if "GET" in rule.methods:
                yield rule.endpoint, "GET", path, {}
            elif rule.endpoint not in ("print_run.mark_posted", "print_run.undo", "print_run.resolve"):
                for typed in TYPED:
                    yield rule.endpoint, "POST", path, {**typed, **({"version": version} if typed.get("version") == "now" else {})}  # fmt: skip


def traces(hall, login: str) -> int:
    mine = Reading.staff_id == hall.town.actors[login].id
    with hall.database.reader() as session:
        return session.scalar(select(func.count(Reading.id)).where(mine))


@pytest.mark.slow
@BOTH
def test_whatever_shows_a_sealed_case_leaves_a_trace(hall):
    hall.app.config["WTF_CSRF_ENABLED"] = False
    shown, untraced = set(), []
    for login, steps in STAGES.values():
        reference = sealed(hall, steps)
        client = hall.visitor(login).client
        for endpoint, method, path, typed in requests(hall, login, reference):
            before = traces(hall, login)
            answer = client.open(path, method=method, data=typed, buffered=True)
            assert answer.status_code < 500, path
            if SEALED in answer.text or SENDER in answer.text:
                shown.add(endpoint)
                if traces(hall, login) == before:
                    untraced.append((login, method, path, answer.status_code))

    assert untraced == []
    assert shown == SHOW_IT
