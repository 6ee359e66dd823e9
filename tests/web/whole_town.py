"""A town hall on a busy day, something on every page, and the address of every page: what the proofs walk through.

A new route is missing from `addresses`, and `test_every_page.py` says so: add its address, or a reason in NOT_A_PAGE.
`nothing_yet` are the pages of a town hall on its first morning, before anything came.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casetrack.correspondence import documents, pile
from casetrack.correspondence.citizens import find_or_create
from casetrack.database.tables import (
    Absence,
    AnswerModel,
    Case,
    Document,
    Message,
    Notification,
    PileLine,
    SavedSearch,
    SecondFactor,
    StaffRole,
    WorkflowVersion,
)
from casetrack.engine import allowed_actions, links, open_about, sweep
from casetrack.organisation import (
    absences,
    answer_models,
    closures,
    kept_forms,
    notes,
    second_factor,
    sign_ins,
    tries,
)
from casetrack.oversight import search, search_index
from casetrack.workflow import by_id
from tests.town import MONDAY, NINE
from tests.web.visitors import Hall, Visitor

LONG = "La Rochefoucauld-Montmorency-Laval-d'Argenson-de-Saint-Germain-en-Laye-et-autres"
LATER = NINE + timedelta(days=35)
"""When it is looked at: Monday 28 December, after a month in which some were late."""
PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"

HALF_WAY = "half-way"
"""Somebody who gave the right password, and not yet the code of their telephone."""

NOT_A_PAGE = {  # endpoint: why nobody looks at it
    "static": "a style sheet or a script",
    "bootstrap.static": "a style sheet",
    "registration.pieces": "a piece of a page, which the page itself shows",
    "documents.waiting": "a document, as it was sent",
    "case.document": "a document, as it was sent",
    "search.export": "a file for a spreadsheet",
    "documents.waiting_picture": "a picture of a document",
    "documents.picture": "a picture of a document",
    "pile.document": "a document, as it was sent",
    "pile.picture": "a picture of a document",
    "registration.receipt": "leads to the receipt",
}


@dataclass(frozen=True)
class Page:
    """One page to look at: who sees it, where, and what they typed wrong before, if anything."""

    login: str
    path: str
    sent_to: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    @property
    def name(self) -> str:
        """Return what tells it from the others."""
        return f"{self.login or 'nobody'} {self.path}" + (f" → {self.sent_to}" if self.sent_to else "")


@dataclass
class Places:
    """Hold what fills the blanks of the addresses."""

    letters: dict[str, str]
    others: dict[str, str]
    dysfunctions: list[str]
    numbers: dict[str, int]
    kept: str


def fill(hall: Hall) -> Places:
    """Give the town hall a month of letters at every stage, and come back when it is over."""
    letters = _letters(hall)
    with hall.database.session() as session:
        numbers = _paper(hall, session, letters)
        others = _about(hall, session, letters)
        kept = _own(hall, session, letters)
        session.commit()
    hall.now = LATER
    sweep(hall.database.session, at=LATER)
    with hall.database.session() as session:
        numbers["model"] = session.scalars(select(AnswerModel.id)).one()
        reports = list(session.scalars(select(Case.reference).where(Case.workflow == "dysfunction")))
        while search_index.index_stale(session):
            pass
        session.commit()
    return Places(letters, {**others, "dysfunction": reports[0]}, reports, numbers, kept)


def _letters(hall: Hall) -> dict[str, str]:
    triage = ("marc", "triage", hall.on("voirie"))
    taken = (triage, ("anne", "take_charge", {}))
    drafted = (*taken, ("anne", "draft_answer", {"answer": "Bientôt.\n\nÀ vous.", "outcome": "refusal"}))
    submitted = (*drafted, ("anne", "submit_for_endorsement", {}))
    endorsed = (*submitted, ("denis", "endorse", {}))
    signed = (*endorsed, ("simone", "sign", {}))
    sent = (*signed, ("marc", "send_answer", {}))
    week = NINE + timedelta(days=30)
    new = {"at": week, "received_on": week.date()}
    with hall.database.session() as session:
        session.add(
            StaffRole(staff_id=hall.town.denis.id, role="signatory", service_id=hall.town.services["VOI"].id)
        )
        longest = find_or_create(session, kind="person", given_name="Marie-Antoinette", family_name=LONG,
                                 email="m.a@exemple.fr")  # fmt: skip
        unknown = None
        session.commit()
    letters = {
        "new": hall.letter(title="Lampadaire éteint rue des Lilas", **new),
        "new again": hall.letter(title="Lampadaire éteint", **new),
        "assigned": hall.letter(triage, **new),
        "taken": hall.letter(*taken, title=LONG + " " + LONG, citizen=longest, **new),
        "late": hall.letter(*taken, title="Trottoir cassé", received_on=MONDAY - timedelta(days=7)),
        "waiting": hall.letter(*taken, ("anne", "request_items", {"items": "Plan\nPhotographie", "items_by": "2027-01-31"}), **new),
        "opinion": hall.letter(*taken, ("anne", "ask_opinion", {
            "service": hall.town.services["PRO"].id, "question": "Qui balaie ?", "opinion_by": "2027-01-15"}), **new),
        "milestone": hall.letter(*taken, ("anne", "send_milestone", {
            "done": "Vu.", "remaining": "Réparer.", "why": "Gel.", "next_news_on": "2027-01-15"}), **new),
        "drafted": hall.letter(*drafted, **new),
        "submitted": hall.letter(*submitted, **new),
        "submitted too": hall.letter(*submitted, **new),
        "endorsed": hall.letter(*endorsed, **new),
        "signed": hall.letter(*signed, **new),
        "sent": hall.letter(*sent, **new),
        "closed": hall.letter(*sent, ("anne", "close", {"outcome": "refusal"}), **new),
        "unknown sender": hall.letter(title="Lettre anonyme", citizen=unknown, **new),
        "restricted": hall.letter(subject="social", title="Aide refusée", **new),
        "sealed": hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés", **new),
    }  # fmt: skip
    # Everything that the page of a case can hold, and nobody but a few may read it.
    letters["whole"] = hall.letter(
        ("denis", "triage", hall.on("social")), ("denis", "assign", {"officer": hall.town.anne.id}), ("anne", "take_charge", {}),
        ("anne", "copy_service", {"service": hall.town.services["PRO"].id}),
        ("anne", "ask_opinion", {"service": hall.town.services["JUR"].id, "question": "?", "opinion_by": "2026-12-01"}),
        ("jeanne", "give_opinion", {"opinion": "Favorable."}),
        ("anne", "draft_answer", {"answer": "Bientôt.", "outcome": "favourable"}),
        subject="social", title="Aide " * 16)  # fmt: skip
    for number in range(3):
        hall.letter(
            *taken,
            title=f"Nid-de-poule no {number}",
            at=week,
            received_on=week.date() - timedelta(days=20 + 3 * number),
        )
    return letters


def _paper(hall: Hall, session: Session, letters: Mapping[str, str]) -> dict[str, int]:
    """Join documents to a letter, leave one message in doubt."""
    case = _case(session, letters["taken"])
    for content, name in ((PDF, f"{LONG}.pdf"), (GIF, "photo.gif"), (b"Bonjour.", "mot.txt")):
        kept = documents.keep(hall.settings.documents_dir, BytesIO(content), name=name, largest=1_000_000)
        documents.attach(session, case, kept, by=hall.town.anne, at=NINE + timedelta(days=31))
    for name in ("un.pdf", "deux.pdf", "trois.pdf", "quatre.pdf"):
        scan = documents.keep(
            hall.settings.documents_dir, BytesIO(PDF + name.encode()), name=name, largest=1_000_000
        )
        pile.put(session, scan, by=hall.town.marc, at=LATER)
    first, second, third, *_ = session.scalars(select(PileLine.id).order_by(PileLine.id))
    pile.set_aside(session, second, by=hall.town.marc, at=LATER)
    pile.remove(session, third, by=hall.town.marc, at=LATER)
    whole = _case(session, letters["whole"])
    notes.add(session, whole, "Vu sur place. @denis", by=hall.town.anne, at=NINE, on=MONDAY)
    links.link(session, whole, case, by=hall.town.anne, at=NINE)
    lost = documents.keep(
        hall.settings.documents_dir, BytesIO(b"Perdu."), name="perdu.txt", largest=1_000_000
    )
    lost_line = documents.attach(
        session,
        _case(session, letters["submitted too"]),
        lost,
        by=hall.town.marc,
        at=NINE + timedelta(days=31),
    )
    session.flush()
    documents.path_of(hall.settings.documents_dir, lost.sha256).unlink()
    message = session.scalars(select(Message.id).where(Message.case_id == case.id)).first()
    doubtful = session.scalars(select(Message.id).order_by(Message.id)).first()
    session.execute(update(Message).where(Message.id == doubtful).values(status="in_doubt", channel="email"))
    return {
        "document": session.scalars(select(Document.id)).first(),
        "lost": lost_line.id,
        "message": message,
        "scan": first,
        "aside": second,
        "doubt": doubtful,
        "letter circuit": session.scalar(select(WorkflowVersion.id).where(WorkflowVersion.key == "letter")),
        "report circuit": session.scalar(select(WorkflowVersion.id).where(WorkflowVersion.key == "dysfunction")),
    }  # fmt: skip


def _about(hall: Hall, session: Session, letters: Mapping[str, str]) -> dict[str, str]:
    """Put a question and a recommendation about the late letter."""
    late = _case(session, letters["late"])
    given = {"by": hall.town.mila, "at": NINE, "service": hall.town.services["VOI"].id}
    by = (MONDAY + timedelta(days=20)).isoformat()
    question = open_about(session, late, "question", title="Fermeture de la rue", question="Qui a décidé ?",
                          answer_by=by, **given)  # fmt: skip
    advice = open_about(session, late, "recommendation", title="Prévenir les riverains",
                        recommendation="Un mot dans les boîtes.", answer_by=by, **given)  # fmt: skip
    return {"question": question.reference, "recommendation": advice.reference}


def _own(hall: Hall, session: Session, letters: Mapping[str, str]) -> str:
    """Note absences, a closure, a kept search, and a form kept when a session ended; return the key to the form."""
    town = hall.town
    absences.add(session, town.staff["paul"], starts_on=date(2026, 12, 21), ends_on=date(2027, 1, 8),
                 replaced_by=town.staff["anne"])  # fmt: skip
    closures.add(session, date(2027, 5, 7), "Pont de l'Ascension", by=town.aline, at=NINE)
    sign_ins.begin(session, town.staff["anne"], agent="", at=LATER)
    second_factor.prepare(session, town.staff["denis"])
    session.add(SecondFactor(staff_id=town.aline.id, salt="s" * 64, confirmed_at=NINE, recovery=["a", "b"]))
    answer_models.add(session, {"label": "Délai de passage", "body_fr": "Nous passerons.", "is_active": "true"},
                      by=town.aline, at=NINE)  # fmt: skip
    for _ in range(tries.MOST_HERE):
        tries.begin(session, "paul", "127.0.0.1", at=LATER)
    search.save(session, town.anne, "Mes trous de l'hiver", "q=trou", at=NINE)
    # It also waits on the page of the account of its author.
    return kept_forms.keep(
        session,
        town.anne.id,
        path="/recherche",
        page=f"/dossiers/{letters['taken']}",
        typed=[("note", "Un texte qui n'a pas de page.")],
        at=LATER,
    )


def _case(session: Session, reference: str) -> Case:
    return session.scalars(select(Case).where(Case.reference == reference)).one()


def addresses(hall: Hall, places: Places) -> list[Page]:
    """Return every page in every state worth a look: full, empty, refused, missing."""
    return [*_of_everybody(places), *_of_letters(hall, places), *_of_desks(hall, places),
            *_of_administration(hall, places), *_refused(hall, places)]  # fmt: skip


def _of_everybody(places: Places) -> Iterator[Page]:
    for path in ("/connexion", "/health", "/connexion?next=/reprendre/x"):
        yield Page("", path)
    yield Page(HALF_WAY, "/connexion/code")
    yield Page("denis", "/compte/code")
    for login, path in (
        ("anne", "/"), ("anne", "/alertes"), ("rose", "/alertes"), ("anne", "/aide"), ("anne", "/compte"),
        ("denis", "/absences"), ("lea", "/absences"), ("anne", f"/reprendre/{places.kept}"),
        ("anne", "/recherche"), ("anne", "/recherche?q=licorne&retard=1"), ("anne", "/recherche?q=trou&liste=1"), ("anne", "/recherche?q=introuvable"),
        ("anne", "/recherche?service=6&retard=1&dossiers=open&du=2026-11-01&liste=1"),
    ):  # fmt: skip
        yield Page(login, path)
    for login, view in (
        ("anne", "mine"), ("anne", "replacing"), ("anne", "service"), ("denis", "service"),
        ("denis", "service&agent=0"),
        ("marc", "all"), ("marc", "triage"), ("rose", "service"), ("gilles", "service"), ("mila", "all"),
    ):  # fmt: skip
        yield Page(login, f"/?vue={view}")


def _of_letters(hall: Hall, places: Places) -> Iterator[Page]:
    letters, others = places.letters, places.others
    for name, login in (
        ("new", "marc"), ("taken", "anne"), ("late", "denis"), ("waiting", "anne"), ("opinion", "lea"), ("milestone", "anne"),
        ("drafted", "anne"), ("submitted", "denis"), ("endorsed", "simone"), ("signed", "marc"), ("sent", "anne"),
        ("closed", "anne"), ("unknown sender", "marc"), ("restricted", "denis"), ("sealed", "lea"), ("late", "mila"),
        ("whole", "denis"),
    ):  # fmt: skip
        yield Page(login, f"/dossiers/{letters[name]}")
    yield Page("anne", f"/dossiers/{letters['whole']}?montrer=notes")
    yield Page("eva", f"/dysfonctionnements/{others['dysfunction']}")
    for name, login in (("question", "denis"), ("recommendation", "mila"), ("dysfunction", "eva")):
        yield Page(login, f"/dossiers/{others[name]}")
    for kind in ("question", "recommendation"):
        yield Page("mila", f"/dossiers/{letters['late']}/ouvrir/{kind}")
    yield Page("anne", f"/dossiers/{letters['taken']}/messages/{places.numbers['message']}")
    yield Page("anne", f"/dossiers/{letters['drafted']}/reponse")
    yield Page("anne", f"/dossiers/{letters['taken']}/expediteur")
    yield Page("marc", f"/dossiers/{letters['unknown sender']}/expediteur")
    yield Page("mila", f"/dossiers/{letters['sealed']}/lectures")
    shapes = {}
    for shape, page in forms(hall):
        shapes.setdefault(shape, page)
    yield from shapes.values()


def forms(hall: Hall) -> list[tuple[str, Page]]:
    """Return the form of each action of each kind of case, open to somebody who may do it now, by its kinds of fields."""
    found: dict[tuple[str, str], tuple[str, Page]] = {}
    with hall.database.reader() as session:
        for case in session.scalars(select(Case).order_by(Case.id)):
            definition = by_id(session, case.workflow_id)
            for login, actor in hall.town.actors.items():
                for action in allowed_actions(session, case, actor):
                    path = f"/dossiers/{case.reference}/actions/{action.name}"
                    shape = " ".join(
                        sorted(f"{one.type}{one.required}{bool(one.help)}" for one in action.fields.values())
                    )
                    found.setdefault((definition.key, action.name), (shape, Page(login, path)))
    return list(found.values())


def _of_desks(hall: Hall, places: Places) -> Iterator[Page]:
    letters, paul = places.letters, hall.town.paul.id
    chosen = f"/service/reaffectation/apercu?vers={hall.town.denis.id}" + "".join(
        f"&dossier={letters[name]}" for name in ("taken", "late", "drafted", "sealed")
    )
    grouped = "/dysfonctionnements/regrouper?" + "&".join(f"dossier={one}" for one in places.dysfunctions[:3])
    for login, paths in {
        "marc": ["/courriers/nouveau", f"/courriers/nouveau?apres={letters['new']}", "/tirage", "/tirage/imprimer",
                 f"/courriers/nouveau?apres={letters['sealed']}", "/courriers/lot",
                 f"/courriers/nouveau?pli={places.numbers['scan']}"],
        "rose": ["/tirage", "/service", "/service/reaffectation"],
        "denis": ["/service", f"/?vue=service&agent={hall.town.anne.id}", "/parapheur", f"/parapheur/{letters['submitted']}", "/service/reaffectation",
                  f"/service/reaffectation?de={hall.town.anne.id}", chosen, f"{chosen}&dossier=2026-A-999999"],
        "diane": ["/service"],
        "gilles": ["/parapheur"],
        "simone": ["/parapheur"],
        "eva": ["/dysfonctionnements", grouped, "/dysfonctionnements?cause=answer_late", "/dysfonctionnements?cause=silence",
                "/questions", "/recommandations?onglet=closed"],
        "mila": ["/dysfonctionnements", "/dysfonctionnements?onglet=clos", "/questions", "/recommandations"],
    }.items():  # fmt: skip
        yield from (Page(login, path) for path in paths)
    # Asked to check what nobody chose, or one alone where it takes two.
    for login, path in (
        ("denis", f"/service/reaffectation/apercu?vers={paul}"), ("denis", "/service/reaffectation/apercu?vers="),
        ("eva", "/dysfonctionnements/regrouper"), ("mila", f"/dysfonctionnements/regrouper?dossier={places.dysfunctions[0]}"),
    ):  # fmt: skip
        yield Page(login, path, status=422)


def _of_administration(hall: Hall, places: Places) -> Iterator[Page]:
    town, numbers = hall.town, places.numbers
    for path in (
        "", "/services/nouveau", f"/services/{town.services['CDV'].id}", "/personnes", "/personnes?q=zzz",
        "/personnes/nouvelle", f"/personnes/{town.staff['anne'].id}", "/sujets", "/sujets/nouveau",
        f"/sujets/{town.subjects['voirie'].id}", "/fermetures", "/fermetures?annee=2027", "/circuits",
        "/modeles", "/modeles/nouveau",
        f"/circuits/{numbers['letter circuit']}", f"/circuits/{numbers['report circuit']}",
        f"/circuits/{numbers['letter circuit']}/messages/answer",
        f"/circuits/{numbers['letter circuit']}/messages/receipt/receipt_body",
        f"/circuits/{numbers['letter circuit']}/listes/reasons_without_answer", "/modifications",
    ):  # fmt: skip
        yield Page("aline", f"/administration{path}")
    yield Page("aline", f"/administration/modeles/{numbers['model']}")
    yield Page("aline", "/absences")
    yield Page("aline", "/compte")


def _refused(hall: Hall, places: Places) -> Iterator[Page]:
    """Return pages that come back, or do not open: wrong address, wrong words, somebody quicker, something broken."""
    letters = places.letters
    taken = f"/dossiers/{letters['taken']}"
    drafting = f"{taken}/actions/draft_answer"
    answer = {"answer": "Madame,\n\nBientôt.", "outcome": "refusal"}
    deciding = f"/parapheur/{letters['submitted']}"
    asking = f"/dossiers/{letters['late']}/ouvrir/question"
    subject = f"/administration/sujets/{hall.town.subjects['voirie'].id}"
    circuit = f"/administration/circuits/{places.numbers['letter circuit']}"
    for login, path, status in (
        ("anne", "/nulle-part", 404), ("anne", "/reprendre/perdu", 404), ("anne", f"/dossiers/{letters['sealed']}", 404),
        ("anne", "/administration", 404), ("simone", "/courriers/nouveau", 403), ("anne", f"/dossiers/{letters['submitted too']}/documents/{places.numbers['lost']}", 500),
    ):  # fmt: skip
        yield Page(login, path, status=status)
    for login, path, sent_to, typed, status in (
        ("", "/connexion", "/connexion", {"login": "anne", "password": "faux"}, 401),
        ("", "/connexion", "/connexion", {"login": "paul", "password": "faux"}, 429),
        ("anne", "/alertes", "/alertes", {"csrf_token": "d'une autre session"}, 400),
        ("anne", drafting, drafting, {"version": "999"}, 409),
        ("anne", drafting, drafting, {"version": "0", **answer}, 409),
        ("denis", deciding, f"{deciding}/decline_endorsement", {"version": "0", "reason": ""}, 409),
        ("marc", "/courriers/nouveau", "/courriers/nouveau", {"received_on": "2026-02-31", "title": "", "who": "petit"}, 200),
        ("marc", "/courriers/nouveau", "/courriers/nouveau", {"received_on": "2026-02-31", "title": "", "sender": "none"}, 422),
        ("mila", asking, asking, {"title": ""}, 422),
        ("anne", "/recherche?q=trou&liste=1", "/recherche", {"q": "trou", "name": ""}, 422),
        ("lea", "/absences", "/absences", {"starts_on": "2027-02-31", "ends_on": "2027-01-01"}, 422),
        ("anne", "/compte", "/compte/mot-de-passe", {"old": "faux", "new": "a", "again": "b"}, 422),
        ("marc", "/courriers/lot", "/courriers/lot", {"claim": "x"}, 422),
        ("eva", "/dysfonctionnements", "/dysfonctionnements/regrouper", {}, 422),
        (HALF_WAY, "/connexion/code", "/connexion/code", {"code": "000000"}, 401),
        ("denis", "/compte/code", "/compte/code", {"code": "abc"}, 422),
        ("anne", taken, f"{taken}/notes", {"note": ""}, 422),
        ("anne", taken, f"{taken}/liens", {"other": "introuvable"}, 422),
        ("anne", f"{taken}/expediteur", f"{taken}/expediteur", {"language": "fr", "email": "xx"}, 422),
        ("anne", taken, f"{taken}/documents", {}, 422),
        *(("aline", f"/administration{path}", f"/administration{path}", {}, 422) for path in (
            "/services/nouveau", "/personnes/nouvelle", "/sujets/nouveau", "/fermetures", "/modeles/nouveau")),
        ("aline", subject, subject, {"label": "", "silence_delay": "bientôt"}, 422),
        *(("aline", f"{circuit}/{path}", f"{circuit}/{path}", typed, 422) for path, typed in (
            ("messages/receipt/receipt_body", {"fr": "{{ case.nothing }}", "en": "{{"}),
            ("listes/reasons_without_answer", {"fr_new1": "Nouveau"}))),
    ):  # fmt: skip
        yield Page(login, path, sent_to, typed, status)


def nothing_yet() -> list[Page]:
    """Return the pages that lists fill, as they are before anything came."""
    return [Page(login, path) for login, paths in {
        "marc": ["/?vue=triage", "/?vue=all", "/courriers/lot", "/tirage", "/tirage/imprimer", "/alertes"],
        "anne": ["/?vue=mine", "/absences", "/recherche", "/recherche?q=trou&liste=1"],
        "denis": ["/?vue=service", "/service", "/parapheur", "/service/reaffectation"],
        "mila": ["/dysfonctionnements", "/dysfonctionnements?onglet=recurrents", "/questions", "/recommandations"],
        "aline": ["/administration", "/administration/modeles", "/administration/modifications", "/administration/fermetures"],
    }.items() for path in paths]  # fmt: skip


def visitor_of(hall: Hall, login: str) -> Visitor:
    """Return somebody at a browser: signed in, half-way through signing in, or nobody."""
    if login != HALF_WAY:
        return hall.visitor(login or None)
    visitor = hall.visitor()
    with visitor.client.session_transaction() as cookie:
        cookie["half_way"] = [
            hall.town.aline.id,
            hall.now.timestamp(),
            hall.town.staff["aline"].session_key[:16],
        ]
    return visitor


@dataclass(frozen=True)
class Form:
    """One form as somebody fills it in: where it stands, where it goes, what is right to type."""

    login: str
    page: str
    sent_to: str
    typed: Mapping[str, str]
    kept: tuple[str, ...] = ()
    """Fields whose text comes back when the form is refused."""
    secret: bool = False
    """It holds a password or a code, which never comes back."""


def posts(hall: Hall, places: Places) -> dict[str, Form]:
    """Return every form, by its endpoint; a word after it tells several forms of one endpoint apart."""
    with hall.database.reader() as session:
        version = {name: str(_case(session, letter).version) for name, letter in places.letters.items()}
        away = str(session.scalar(select(Absence.id)))
        notice = str(
            session.scalar(select(Notification.id).where(Notification.staff_id == hall.town.anne.id))
        )
        kept = str(session.scalar(select(SavedSearch.id)))
    return {
        **_account_forms(notice, kept, away),
        **_case_forms(hall, places, version),
        **_desk_forms(hall, places, version),
        **_administration_forms(hall, places),
    }


def _account_forms(notice: str, kept: str, away: str) -> dict[str, Form]:
    password = "une phrase courte"
    again = {"old": password, "new": "une autre phrase", "again": "une autre phrase"}
    return {
        "signing_in.enter": Form("", "/connexion", "/connexion", {"login": "anne", "password": password, "next": "/alertes"}, secret=True),
        "signing_in.enter_code": Form(HALF_WAY, "/connexion/code", "/connexion/code", {"code": "123456", "next": "/"}, secret=True),
        "signing_in.leave": Form("anne", "/aide", "/deconnexion", {}),
        "signing_in.choose_language": Form("anne", "/aide", "/langue", {"language": "en", "next": "/aide"}),
        "help.choose": Form("anne", "/aide", "/aide/affichage", {"theme": "dark", "keys": "off"}),
        "notifications.put_away": Form("anne", "/alertes", "/alertes", {"notice": notice}),
        "search.keep": Form("anne", "/recherche?q=trou&liste=1", "/recherche", {
            "q": "trou", "name": "Trous", "service": "6", "du": "2026-11-01", "retard": "1"}, kept=("name",)),
        "search.forget": Form("anne", "/recherche", "/recherche/oublier", {"search": kept}),
        "absences.add": Form("denis", "/absences", "/absences", {
            "staff": "10", "starts_on": "2027-02-01", "ends_on": "2027-02-05", "replaced_by": "9"}),
        "absences.replace": Form("denis", "/absences", f"/absences/{away}/remplacer", {"stand_in": "9"}),
        "absences.cancel": Form("denis", "/absences", f"/absences/{away}/annuler", {}),
        "account.change_password": Form("anne", "/compte", "/compte/mot-de-passe", again, secret=True),
        "account.end_sign_ins": Form("anne", "/compte", "/compte/connexions/fermer", {"number": "1"}),
        "account.change_language": Form("anne", "/compte", "/compte/langue", {"language": "en"}),
        "account.prepare_code": Form("anne", "/compte", "/compte/code/preparer", {}),
        "account.confirm_code": Form("denis", "/compte/code", "/compte/code", {"code": "123456"}, secret=True),
        "account.remove_code": Form("aline", "/compte", "/compte/code/retirer", {"password": password}, secret=True),
    }  # fmt: skip


def _case_forms(hall: Hall, places: Places, version: Mapping[str, str]) -> dict[str, Form]:
    town, letters = hall.town, places.letters
    by = "2027-01-15"

    def action(login: str, letter: str, name: str, **typed: str) -> Form:
        path = f"/dossiers/{letters[letter]}/actions/{name}"
        return Form(login, path, path, {"version": version[letter], **typed},
                    kept=tuple(set(typed) - {"outcome", "service", "officer", "subject"}))  # fmt: skip

    taken = f"/dossiers/{letters['taken']}"
    asked = f"/dossiers/{letters['late']}/ouvrir/question"
    cleaning = str(town.services["PRO"].id)
    return {
        "case.do draft_answer": action("anne", "taken", "draft_answer", answer="Madame,\n\nBientôt.", outcome="refusal"),
        "case.do request_items": action("anne", "taken", "request_items", items="Plan", items_by=by),
        "case.do ask_opinion": action("anne", "taken", "ask_opinion", service=cleaning, question="Qui ?", opinion_by=by),
        "case.do send_milestone": action("anne", "taken", "send_milestone", done="a b", remaining="c d", why="e f", next_news_on=by),
        "case.do record_items": action("anne", "waiting", "record_items", received="2026-12-28"),
        "case.do triage": action("marc", "new", "triage", subject=str(town.subjects["voirie"].id), service=""),
        "case.do assign": action("denis", "assigned", "assign", service="", officer=str(town.anne.id)),
        "case.do attach_duplicate": action("marc", "new again", "attach_duplicate", original=letters["new"]),
        "case.do refer_out": action("anne", "taken", "refer_out", authority="La Poste", contact="3631"),
        "case.add_note": Form("anne", taken, f"{taken}/notes", {"note": "Vu avec @Denis."}, kept=("note",)),
        "senders.save": Form("anne", f"{taken}/expediteur", f"{taken}/expediteur",
            {"civility": "Mme", "given_name": "Nadia", "family_name": "Petit", "street": "14 rue des Lilas", "postcode": "99000",
             "town": "Valmy", "email": "", "telephone": "", "language": "fr"}, kept=("family_name", "street")),
        "case.link": Form("anne", taken, f"{taken}/liens", {"other": letters["late"]}, kept=("other",)),
        "case.add_document": Form("anne", taken, f"{taken}/documents", {"claim": "x"}),
        "documents.keep": Form("marc", "/courriers/nouveau", "/documents", {"claim": "x"}),
        "openings.do": Form("mila", asked, asked, {
            "title": "Fermeture", "question": "Qui a décidé ?", "answer_by": by,
            "service": str(town.services["VOI"].id), "officer": ""}, kept=("title", "question")),
        "parapheur.decide": Form("denis", "/parapheur", f"/parapheur/{letters['submitted']}/decline_endorsement", {
            "version": version["submitted"], "reason": "À revoir."}, kept=("reason",)),
    }  # fmt: skip


def _desk_forms(hall: Hall, places: Places, version: Mapping[str, str]) -> dict[str, Form]:
    letters, town = places.letters, hall.town
    scan = places.numbers["scan"]
    doubt, letter = str(places.numbers["doubt"]), str(places.numbers["message"])
    person = {"organisation": "", "civility": "Mme", "given_name": "Lucie", "family_name": "Marchand", "street": "14 rue des Lilas",
              "postcode": "99000", "town": "Valmy", "email": "lucie@exemple.fr", "telephone": "01 99 00 10 00"}  # fmt: skip
    return {
        "registration.save": Form("marc", "/courriers/nouveau", "/courriers/nouveau", {
            "received_on": "2026-12-24", "channel": "post", "who": "petit", "sender": "new", "language": "fr", **person,
            "title": "Un banc cassé", "subject": str(town.subjects["voirie"].id), "confidentiality": "0", "readers": "",
            "nature": "", "postmark_on": "2026-12-22", "registered_mail": "1A 200 123 4567 8", "open": "1",
        }, kept=("received_on", "title", "postmark_on", "registered_mail", *person)),
        "pile.add": Form("marc", "/courriers/lot", "/courriers/lot", {"claim": "x"}),
        "pile.go_on": Form("marc", "/courriers/lot", "/courriers/lot/suivant", {}),
        "pile.take": Form("marc", "/courriers/lot", f"/courriers/lot/{scan}/ouvrir", {}),
        "pile.decide": Form("marc", "/courriers/lot", f"/courriers/lot/{scan}/ecarter", {"pli": "1"}),
        "dysfunctions.do": Form("eva", "/dysfonctionnements", "/dysfonctionnements/regrouper", {
            "principal": places.dysfunctions[0], "dossier": places.dysfunctions[1], "version": "1", "outcome": "same_cause"}),
        "print_run.mark_posted": Form("marc", "/tirage", "/tirage/postes", {"message": letter}),
        "print_run.undo": Form("marc", "/tirage", "/tirage/annuler", {"message": letter}),
        "print_run.resolve": Form("marc", "/tirage", f"/tirage/doutes/{doubt}", {"sent": "yes"}),
        "reassignment.do": Form("denis", "/service/reaffectation", "/service/reaffectation", {
            "vers": str(town.denis.id), "dossier": letters["taken"], "version": version["taken"], "motif": "Congé."}),
    }  # fmt: skip


def _administration_forms(hall: Hall, places: Places) -> dict[str, Form]:
    town, model, circuit = hall.town, places.numbers["model"], places.numbers["letter circuit"]
    aline = town.aline.id
    service, paul, subject = town.services["PRO"].id, town.paul.id, town.subjects["voirie"].id

    def form(page: str, sent_to: str | None = None, **typed: str) -> Form:
        written = tuple(name for name in typed if name not in ("parent", "service", "language", "workflow", "silence_mode",
                                                               "confidentiality", "is_active", "role", "close", "subject", "number"))  # fmt: skip
        at = f"/administration{page}"
        return Form("aline", at, at if sent_to is None else f"/administration{sent_to}", typed, kept=written)

    of_person = {"given_name": "Paul", "family_name": "Perrin", "title": "agent", "service": "VOI", "email": "p@exemple.fr",
                 "telephone": "01 99 00 10 00", "language": "fr"}  # fmt: skip
    of_service = {
        "name": "Propreté",
        "parent": "CDV",
        "address": "1 rue",
        "telephone": "01",
        "email": "pro@exemple.fr",
    }
    of_subject = {"label": "Voirie", "label_en": "Roads", "service": "VOI", "workflow": "letter", "silence_mode": "rejection",
                  "silence_delay": "2 mois", "answer_delay": "1 mois", "confidentiality": "0", "keywords": "trottoir, rue",
                  "is_active": "true"}  # fmt: skip
    of_model = {
        "label": "Nid-de-poule",
        "subject": "voirie",
        "body_fr": "Nous passerons.",
        "body_en": "",
        "is_active": "true",
    }
    return {
        "administration.add_service": form("/services/nouveau", code="EVE", **of_service),
        "administration.service": form(f"/services/{service}", **of_service),
        "administration.open_service": form(f"/services/{service}", f"/services/{service}/ouverture", close="1"),
        "administration.add_person": form("/personnes/nouvelle", login="z.zola", **of_person),
        "administration.account": form(f"/personnes/{paul}", role="officer:VOI", **of_person),
        "administration.open_account": form(f"/personnes/{paul}", f"/personnes/{paul}/ouverture", close="1"),
        "administration.give_password": form(f"/personnes/{paul}", f"/personnes/{paul}/mot-de-passe"),
        "administration.end_sign_ins": form(f"/personnes/{paul}", f"/personnes/{paul}/connexions", number="1"),
        "administration.remove_code": form(f"/personnes/{aline}", f"/personnes/{aline}/code/retirer"),
        "administration.add_subject": form("/sujets/nouveau", code="bruit", **of_subject),
        "administration.subject": form(f"/sujets/{subject}", **of_subject),
        "administration.add_closure": form("/fermetures", day="2027-05-14", label="Pont"),
        "administration.remove_closure": form("/fermetures", "/fermetures/2027-05-07/retirer"),
        "administration.add_answer_model": form("/modeles/nouveau", **of_model),
        "administration.answer_model": form(f"/modeles/{model}", **of_model),
        "administration.text": form(f"/circuits/{circuit}/messages/answer/agent", fr="Agent.", en="Officer."),
        "administration.choices": form(f"/circuits/{circuit}/listes/answers", fr_new1="Partiel", en_new1="Part"),
    }  # fmt: skip
