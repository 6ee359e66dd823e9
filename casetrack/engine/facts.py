"""Facts of a case that are not acts: they move nothing, but history would be false without them."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from casetrack.database.prepared import Prepared
from casetrack.database.tables import Case, Event
from casetrack.engine import journal
from casetrack.engine.actor import Actor
from casetrack.language import Text

FACTS = {
    "opened_about": Text("Dossier ouvert à ce sujet", "Case opened about this one"),
    "note_added": Text("Note interne", "Internal note"),
    "sender_corrected": Text("Expéditeur corrigé", "Sender corrected"),
    "linked": Text("Dossier lié", "Case linked"),
    "unlinked": Text("Lien retiré", "Link removed"),
    "document_added": Text("Document joint", "Document added"),
    "message_sent": Text("Message parti par courriel", "Message left by e-mail"),
    "message_in_doubt": Text(
        "Courriel en doute\u00a0: parti ou non, nul ne sait", "E-mail in doubt: sent or not, nobody knows"
    ),
    "message_to_print": Text(
        "Courriel impossible à remettre\u00a0: devient une lettre",
        "E-mail that cannot be delivered: becomes a letter",
    ),
    "message_posted": Text("Lettre postée", "Letter posted"),
    "message_not_posted": Text("Lettre finalement pas postée", "Letter not posted after all"),
    "doubt_was_sent": Text(
        "Doute levé\u00a0: le courriel était parti", "Doubt resolved: the e-mail had left"
    ),
    "doubt_send_again": Text(
        "Doute levé\u00a0: le courriel repart", "Doubt resolved: the e-mail is sent again"
    ),
}

_CASES = Case.__table__
_HEAD = Prepared(
    select(_CASES.c.state, _CASES.c.last_seq, _CASES.c.last_hash)
    .where(_CASES.c.id == bindparam("of_case"))
    .with_for_update()
)
_GROW = Prepared(
    update(_CASES)
    .where(_CASES.c.id == bindparam("of_case"))
    .values(last_seq=bindparam("to_seq"), last_hash=bindparam("to_hash"))
)
_LINE = Prepared(insert(Event.__table__).inline(), *Event.__table__.c.keys())


def record(session: Session, case_id: int, fact: str, *, by: Actor, at: datetime, **payload: object) -> int:
    """Write one journal line for a fact and return its number.

    The case keeps its state and its version, so no form is disturbed.
    """
    if fact not in FACTS:
        raise KeyError(fact)
    session.flush()
    state, seq, previous = _HEAD.run(session, {"of_case": case_id}).fetchone()
    line = journal.new_line(
        seq + 1,
        previous,
        at=at,
        actor_kind=by.kind,
        actor_id=by.id if by.kind == "staff" else None,
        action=fact,
        from_state=state,
        to_state=state,
        payload=payload,
    )
    _LINE.run(session, {"case_id": case_id, **line})
    _GROW.run(session, {"of_case": case_id, "to_seq": line["seq"], "to_hash": line["hash"]})
    return line["seq"]
