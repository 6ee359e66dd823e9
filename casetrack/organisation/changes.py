"""What administrators changed: who, when, what, from what to what; kept for good, without private data."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import AdministrationEvent, Staff
from casetrack.deadlines import Period
from casetrack.deadlines.words import filled, listed, said
from casetrack.engine.actor import Actor
from casetrack.errors import ActionNotAllowed, InvalidInput
from casetrack.language import Text

PAGE = 50
WHAT = {
    "service_added": Text("service créé", "service added"),
    "service_changed": Text("service modifié", "service changed"),
    "service_closed": Text("service fermé", "service closed"),
    "service_reopened": Text("service rouvert", "service reopened"),
    "account_added": Text("compte créé", "account added"),
    "account_changed": Text("compte modifié", "account changed"),
    "account_closed": Text("compte fermé", "account closed"),
    "account_reopened": Text("compte rouvert", "account reopened"),
    "password_given": Text("mot de passe provisoire donné", "temporary password given"),
    "password_changed": Text("mot de passe changé par son titulaire", "password changed by its owner"),
    "sign_ins_ended": Text("connexions fermées", "sign-ins ended"),
    "second_factor_added": Text("code du téléphone activé", "telephone code turned on"),
    "second_factor_removed": Text("code du téléphone retiré", "telephone code removed"),
    "language_changed": Text("langue changée par son titulaire", "language changed by its owner"),
    "absence_added": Text("absence notée", "absence noted"),
    "absence_replaced": Text("remplacement choisi", "replacement chosen"),
    "absence_cancelled": Text("absence annulée ou écourtée", "absence cancelled or cut short"),
    "subject_added": Text("sujet créé", "subject added"),
    "subject_changed": Text("sujet modifié", "subject changed"),
    "answer_model_added": Text("modèle de réponse créé", "answer model added"),
    "answer_model_changed": Text("modèle de réponse modifié", "answer model changed"),
    "wording_published": Text("textes d'un circuit publiés", "words of a workflow published"),
    "closure_added": Text("fermeture ajoutée", "closure added"),
    "closure_removed": Text("fermeture retirée", "closure removed"),
}
FIELDS = {
    "code": Text("code", "code"),
    "name": Text("nom", "name"),
    "parent": Text("rattaché à", "under"),
    "address": Text("adresse", "address"),
    "telephone": Text("téléphone", "telephone"),
    "email": Text("courriel", "e-mail"),
    "login": Text("identifiant", "login"),
    "given_name": Text("prénom", "given name"),
    "family_name": Text("nom", "family name"),
    "title": Text("fonction", "title"),
    "service": Text("service", "service"),
    "language": Text("langue", "language"),
    "roles": Text("rôles", "roles"),
    "label": Text("libellé", "label"),
    "label_en": Text("libellé anglais", "English label"),
    "workflow": Text("circuit", "workflow"),
    "silence_mode": Text("silence", "silence"),
    "silence_delay": Text("délai du silence", "period of silence"),
    "answer_delay": Text("délai de réponse", "period to answer"),
    "confidentiality": Text("confidentialité", "confidentiality"),
    "keywords": Text("mots-clés", "keywords"),
    "is_active": Text("actif", "active"),
    "subject": Text("sujet", "subject"),
    "body_fr": Text("texte français", "French text"),
    "body_en": Text("texte anglais", "English text"),
    "choices": Text("choix", "choices"),
    "choices_en": Text("choix en anglais", "choices in English"),
    "day": Text("jour", "day"),
    "starts_on": Text("du", "from"),
    "ends_on": Text("au", "to"),
    "replaced_by": Text("remplacement", "replacement"),
}
DAYS, PERIODS = ("day", "starts_on", "ends_on"), ("silence_delay", "answer_delay")
SILENCES = {
    "rejection": Text("vaut rejet", "means refusal"),
    "acceptance": Text("vaut acceptation", "means acceptance"),
    "none": Text("sans effet", "means nothing"),
}
YES, NO, NOTHING = Text("oui", "yes"), Text("non", "no"), Text("rien", "nothing")
UNSAID = Text("modifié", "changed")
CHANGED_SINCE = Text(
    "Entre-temps\u00a0: {what}. Ce que vous avez saisi est gardé ci-dessous\u00a0; enregistrez de nouveau pour le garder.",
    "Meanwhile: {what}. What you typed is kept below; save again to keep it.",
)
ELSEWHERE = Text("la fiche a été modifiée", "it was changed")
FOR_ADMINISTRATORS = Text(
    "Seul un administrateur peut changer ces réglages\u00a0; adressez-lui votre demande.",
    "Only an administrator may change these settings; ask one.",
)


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one line of the journal of the administration, ready to be shown."""

    id: int
    at: datetime
    who: str
    what: Text
    about: str
    details: list[Text]


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what a form was made from: its mark, and when."""

    stamp: str
    at: datetime


def require_administrator(by: Actor) -> None:
    """Raise ActionNotAllowed unless the person administers this town."""
    # Never through a replacement: standing in for somebody gives their cases, not the keys of the town.
    if by.kind != "staff" or "administrator" not in by.roles:
        raise ActionNotAllowed(FOR_ADMINISTRATORS, code="permission")


def record(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    what: str,
    about: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    private: Collection[str] = (),
) -> AdministrationEvent | None:
    """Write one line of the journal; None, and no line, when `before` and `after` say the same.

    Of a `private` field only its name is kept: people's telephone numbers and addresses are no history.
    """
    before, after = before or {}, after or {}
    differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if (before or after) and not differing:
        return None
    event = AdministrationEvent(
        at=at,
        by_id=by.id,
        what=what,
        about=about[:300],
        changes={name: [] if name in private else [before.get(name), after.get(name)] for name in differing},
    )
    session.add(event)
    session.flush()
    return event


def stamp(*values: object) -> str:
    """Return a short mark of what a form was made from: it changes when any of these values does."""
    return hashlib.sha256(repr(values).encode(errors="replace")).hexdigest()[:24]


def refuse_stale(session: Session, seen: Seen | None, present: str, *, about: str) -> None:
    """Raise InvalidInput, naming who changed what, when a form was made from something older than `present`."""
    if seen is None or seen.stamp == present:
        return
    rows = session.execute(_EVENTS.where(AdministrationEvent.at >= seen.at).limit(PAGE)).all()
    # What was renamed since is known by its new name in the line that gave it.
    mine = [
        _change(*row)
        for row in rows
        if about in (row[0].about, *(after for values in row[0].changes.values() for after in values[1:]))
    ]
    what = Text(
        "\u00a0; ".join(_sentence(line).fr for line in mine), "; ".join(_sentence(line).en for line in mine)
    )
    raise InvalidInput(filled(CHANGED_SINCE, what=what if mine else ELSEWHERE), code="changed")


def _sentence(line: Change) -> Text:
    details = listed(line.details)
    return Text(
        f"{line.who}, {line.what.fr}" + (f" ({details.fr})" if line.details else ""),
        f"{line.who}, {line.what.en}" + (f" ({details.en})" if line.details else ""),
    )


def newest(session: Session, *, before: int | None = None, limit: int = PAGE) -> list[Change]:
    """Return the newest lines, or those older than line `before`."""
    query = _EVENTS if before is None else _EVENTS.where(AdministrationEvent.id < before)
    return [_change(*row) for row in session.execute(query.limit(limit))]


_EVENTS = (
    select(AdministrationEvent, Staff.given_name, Staff.family_name)
    .join(Staff, Staff.id == AdministrationEvent.by_id)
    .order_by(AdministrationEvent.id.desc())
)


def _change(event: AdministrationEvent, given_name: str, family_name: str) -> Change:
    return Change(
        id=event.id,
        at=event.at,
        who=f"{given_name} {family_name}",
        what=WHAT.get(event.what, Text(event.what, event.what)),
        about=event.about,
        details=[_said(name, event.changes[name]) for name in sorted(event.changes, key=_place)],
    )


def _place(name: str) -> int:
    # PostgreSQL keeps the keys of a JSON object in an order of its own.
    return list(FIELDS).index(name) if name in FIELDS else len(FIELDS)


def _said(name: str, values: list) -> Text:
    label = FIELDS.get(name, Text(name, name))
    if not values:
        return Text(f"{label.fr}\u00a0: {UNSAID.fr}", f"{label.en}: {UNSAID.en}")
    was, now = (_value(name, value) for value in values)
    if values[0] is None:
        return Text(f"{label.fr}\u00a0: {now.fr}", f"{label.en}: {now.en}")
    return Text(f"{label.fr}\u00a0: {was.fr} → {now.fr}", f"{label.en}: {was.en} → {now.en}")


def _value(name: str, value: object) -> Text:
    if isinstance(value, bool):
        return YES if value else NO
    if value in (None, "", []):
        return NOTHING
    if name in DAYS:
        return said(date.fromisoformat(str(value)))
    if name in PERIODS:
        return Period.parse(str(value)).words()
    if name == "silence_mode":
        return SILENCES[str(value)]
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return Text(text, text)
