"""How a case about another one begins: a question, a recommendation, a report; each of the two says so."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseLink, CaseReader, Service
from casetrack.engine import told, town
from casetrack.engine.actor import Actor
from casetrack.engine.facts import record
from casetrack.engine.fields import REQUIRED
from casetrack.engine.opening import may_open, open_case
from casetrack.engine.permission import may_read
from casetrack.engine.recipients import Directory
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.workflow import Definition, Field, Label, published, versions

OF_A_SERVICE = {"officer", "service", "service_head", "director", "signatory"}
"""Owners of a first state that only a service can give."""


NOTHING = 0
TITLE = Label(fr="Objet", en="Subject")
SERVICE = Label(fr="Service", en="Service")
OFFICER = Label(fr="Personne à qui le confier", en="Person to whom it is given")
WHO_WILL_READ = Text(
    "nommez qui le recevra\u00a0: personne d'autre ne pourrait le lire.",
    "name who will receive it: nobody else could read it.",
)


def offered(session: Session, by: Actor) -> list[Definition]:
    """Return the kinds of cases that this person may open about another: those with a label for it."""
    keys = dict.fromkeys(
        known.key
        for known in versions(session).values()
        if known.opening.label and may_open(session, known.key, by)
    )
    return [published(session, key)[1] for key in keys]


def form(definition: Definition, about: Case) -> Mapping[str, Field]:
    """Return what is filled in to open such a case about this one: a title, its own fields, to whom it is put."""
    return {
        "title": Field(type="line", label=TITLE, required=True),
        **definition.fields,
        "service": Field(type="service", label=SERVICE, required=_waits_for_a_service(definition)),
        "officer": Field(type="staff", label=OFFICER, required=about.confidentiality == 2),
    }


def beginning(about: Case) -> dict[str, str]:
    """Return what the form starts with; nothing of a confidential case but the service that has it."""
    known = {"service": str(about.service_id or "")}
    return known if about.confidentiality else {"title": about.title, **known}


def open_about(
    session: Session,
    about: Case,
    workflow: str,
    *,
    by: Actor,
    at: datetime,
    service: Service | int | None = None,
    **given: object,
) -> Case:
    """Open a case of `workflow` about another one, linked to it and as confidential; `given` as for `open_case`.

    Those to whom it is put read it without reading the other; whoever opens it always reads it.
    Raises NotFound when they may not read the other, ActionNotAllowed, InvalidFields with every fault.
    """
    if not may_read(session, about, by):
        raise NotFound
    definition = published(session, workflow)[1]
    lacking = {"service": REQUIRED} if service is None and _waits_for_a_service(definition) else {}
    try:
        opened = open_case(
            session,
            workflow,
            by=by,
            at=at,
            channel="internal",
            # Of a number that nothing has, open_case refuses with all the other faults, before anything is written.
            service=NOTHING if lacking else service,
            confidentiality=about.confidentiality,
            **given,  # type: ignore[arg-type]
        )
    except InvalidFields as refusal:
        faults = refusal.faults | lacking
        if faults.pop("readers", None):
            faults.setdefault("officer", WHO_WILL_READ)
        raise InvalidFields(faults) from None
    session.execute(insert(CaseLink.__table__), {"case_id": opened.id, "other_id": about.id, "kind": "about"})
    if not may_read(session, opened, by):
        session.execute(insert(CaseReader.__table__), {"case_id": opened.id, "staff_id": by.id})
    # What it was called, not its number: who reads this case may not read that one.
    label = definition.label
    record(session, about.id, "opened_about", by=by, at=at, workflow=workflow, fr=label.fr, en=label.en)
    # Of a confidential one its readers are told, by its opening.
    if _waits_for_a_service(definition) and opened.confidentiality == 0:
        whom = Directory(session, town.place(session).calendar.day_of(at)).find(
            ("officer",), service_id=opened.service_id, officer_id=opened.officer_id
        )
        told.of_a_case(session, opened.id, 1, {*whom} - {by.id}, told.ASKED, at=at)
    return opened


def _waits_for_a_service(definition: Definition) -> bool:
    return definition.states[definition.opens_in].owner in OF_A_SERVICE
