"""Register a letter: quick at the desk, whole without a mouse and without JavaScript."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import citizens, documents, pile
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import CHANNELS as CHANNEL_CODES
from casetrack.database.tables import Case, Citizen, PileLine, Subject
from casetrack.engine import may_open, open_case, require_may_open
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import subjects
from casetrack.oversight import cases, choices, earlier, front_desk, search_index
from casetrack.oversight.worklists import CHANNELS
from casetrack.workflow import Definition, published
from web import documents as received_documents
from web import forms, resuming
from web.current import actor, db, now, number, person, place, today, undo
from web.words import _

bp = Blueprint("registration", __name__, url_prefix="/courriers")

WORKFLOW = "letter"
"""The kind of case that the form is made for; the subject may give another."""
FORM = {"registration.show", "registration.save", "registration.pieces"}
"""What is for those who may open a letter; its receipt is for those who may read it."""
NEW, NOBODY = "new", "none"
PERSON = (
    "organisation",
    "civility",
    "given_name",
    "family_name",
    "street",
    "postcode",
    "town",
    "email",
    "telephone",
)
LONGEST_TITLE = 300
"""Characters of a title that are read while it is typed."""
SHOWN = 8
"""People shown while one types."""
NO_SUCH_DATE = Text("cette date n'existe pas.", "there is no such date.")
NO_LONGER_WAITS = Text(
    "le pli affiché n'attend plus\u00a0: un collègue s'en est occupé.",
    "the letter shown no longer waits: a colleague has dealt with it.",
)
DESK_CHANNELS = [code for code in CHANNEL_CODES if code != "internal"]
"""How a letter comes in; the last way is for what the services write to each other."""
SEALED = "2"
UNOPENED = Text("Pli confidentiel, non ouvert", "Confidential envelope, unopened")
CHOOSE_SENDER = Text(
    "choisissez la personne dans la liste, ou «\u00a0Nouvelle personne\u00a0».",
    "choose the person in the list, or “New person”.",
)
WHO_WROTE = Text(
    "cherchez la personne, ou choisissez «\u00a0Nouvelle personne\u00a0» ou «\u00a0Expéditeur inconnu\u00a0».",
    "look for the person, or choose “New person” or “Unknown sender”.",
)


@dataclass
class Letter:
    """Hold what was typed of a letter, and what is wrong with it."""

    typed: Mapping[str, str]
    faults: dict[str, Text]
    found: list[Citizen]
    kept: list[Kept] = field(default_factory=list)
    refused: list[Text] = field(default_factory=list)
    scan: PileLine | None = None
    """The line of the pile that is being registered."""

    def __getitem__(self, name: str) -> str:
        """Return what was typed in a field."""
        return self.typed.get(name, "")


@bp.before_request
def _only_who_may_open() -> None:
    """Refuse the form, and say who may, before a whole letter is typed for nothing."""
    if request.endpoint in FORM:
        require_may_open(db(), WORKFLOW, actor())


@bp.app_context_processor
def _frame() -> dict[str, object]:
    """Let every page offer the form to those who may use it, and to nobody else."""
    return {"may_register": lambda: bool(person()) and may_open(db(), WORKFLOW, actor())}


@bp.get("/nouveau")
def show() -> ResponseReturnValue:
    """Show an empty form, with what was just registered above it, and the scan of the pile beside it."""
    letter = Letter(_kept_from_the_last(), {}, [])
    try:
        letter.scan = _scan(request.args.get("pli", ""))
    except NotFound:  # registered since: the Back button, or a colleague
        return redirect(url_for("pile.show"))
    return _form(letter)


def _kept_from_the_last() -> dict[str, str]:
    """Return how the last letter came and, today only, the day that was chosen for it: a pile came in together."""
    on, channel, received_on = session.get("letter", ("", "post", ""))
    this_day = today().isoformat()
    return {"channel": channel, "received_on": received_on if on == this_day else this_day}


@bp.post("/nouveau")
def save() -> ResponseReturnValue:
    """Register a letter; refused, show the form again with every fault and what was typed."""
    letter = Letter(request.form, {}, [])
    letter.found = _found(letter["who"])
    letter.kept, letter.refused = received_documents.received()
    try:
        letter.scan = _scan(letter["pli"])
    except NotFound:
        letter.refused.append(NO_LONGER_WAITS)
    if "search" in request.form or "keep" in request.form or resuming.is_resumed():
        return _form(letter)
    if "attach" in request.form:
        return _join(letter)
    if letter.refused:
        letter.faults["document"] = letter.refused[0]
    case = _register(letter)
    if case is None or not _attach(letter, case):
        undo()
        return _form(letter), 422
    search_index.index_case(db(), case)
    following = (
        pile.open_next(db(), by=actor(), at=now()) if letter.scan and "open" not in request.form else None
    )
    db().commit()
    session["letter"] = [today().isoformat(), letter["channel"], letter["received_on"]]
    if "open" in request.form:
        return redirect(url_for("case.show", reference=case.reference))
    if letter.scan and following is None:
        flash(_("La pile est terminée : plus aucun pli n'attend."))
    return redirect(url_for("registration.show", apres=case.reference, pli=following))


@bp.get("/usagers")
def pieces() -> str:
    """Return the pieces of the form that change while one types: people, likely duplicates, the subject proposed."""
    letter = Letter(request.args, {}, _found(request.args.get("q", "")))
    return render_template(
        "register_pieces.html", letter=letter, asked=request.args.get("q"), **_helped(letter)
    )


def _found(query: str) -> list[Citizen]:
    return citizens.find(db(), query, limit=SHOWN, by=actor()) if query.strip() else []


def _helped(letter: Letter) -> dict[str, object]:
    """Return what helps to decide: who already wrote, what this letter may repeat, what it is about."""
    numbers = [citizen.id for citizen in letter.found]
    chosen = letter["sender"]
    if not chosen and len(numbers) == 1:
        chosen = str(numbers[0])
    title = letter["title"].strip()[:LONGEST_TITLE]
    about = {"actor": actor(), "today": today()}
    return {
        "wrote": earlier.already_wrote(db(), numbers, **about) if numbers else {},
        "alike": earlier.alike(db(), sender, title, **about)
        if (sender := number(chosen)) is not None and title
        else [],
        "proposal": next(iter(subjects.propose(db(), title, limit=1)), None) if title else None,
    }


def _join(letter: Letter) -> ResponseReturnValue:
    """Join the documents to a case that is there already, instead of opening another one."""
    case = cases.find(db(), letter["attach"], actor())
    if letter.refused or not (letter.kept or letter.scan):
        letter.refused = letter.refused or [received_documents.NOTHING_CHOSEN]
        return _form(letter), 422
    if not _attach(letter, case):
        undo()
        return _form(letter), 422
    db().commit()
    return redirect(url_for("case.show", reference=case.reference, _anchor="documents"))


def _attach(letter: Letter, case: Case) -> bool:
    """Join the documents to the case, and take the scan off its pile; tell False when a colleague was quicker."""
    kept = list(letter.kept)
    if line := letter.scan:
        try:
            pile.mark_registered(db(), line.id, case, by=actor(), at=now())
        except InvalidInput as refusal:
            letter.faults["document"] = refusal.sentence
            letter.refused.append(refusal.sentence)
            return False
        kept.insert(0, Kept(line.sha256, line.name, line.type, line.size))
    for one in kept:
        documents.attach(db(), case, one, by=actor(), at=now())
    return True


def _scan(text: str) -> PileLine | None:
    found = number(text)
    return None if found is None else pile.find(db(), found, actor())


def _register(letter: Letter) -> Case | None:
    """Open the case; None, and the faults in `letter`, when something cannot be used."""
    received_on = _received_on(letter)
    citizen = _sender(letter)
    subject = _subject(letter["subject"])
    definition = published(db(), WORKFLOW)[1]
    own = {name: text for name, text in forms.typed_in(request, definition.fields).items() if text.strip()}
    try:
        case = open_case(
            db(),
            subject.workflow if subject else WORKFLOW,
            by=actor(),
            at=now(),
            title=_title(letter),
            received_on=received_on,
            channel=letter["channel"] if letter["channel"] in DESK_CHANNELS else "",
            citizen=citizen,
            subject=subject,
            confidentiality=_level(letter["confidentiality"]),
            readers=_readers(letter["readers"]),
            **forms.values(definition.fields, own),
        )
    except InvalidFields as refusal:
        letter.faults = {**refusal.faults, **letter.faults}
        return None
    return None if letter.faults else case


def _title(letter: Letter) -> str:
    """Return the title typed; an envelope that nobody opened needs none."""
    unopened = letter["confidentiality"] == SEALED and not letter["title"].strip()
    return UNOPENED.within("fr") if unopened else letter["title"]


def _level(text: str) -> int:
    """Return how confidential the letter was said to be; what means nothing is refused, never taken for ordinary."""
    found = number(text or "0")
    return -1 if found is None else found


def _received_on(letter: Letter) -> date:
    try:
        return date.fromisoformat(letter["received_on"])
    except ValueError:
        letter.faults["received_on"] = NO_SUCH_DATE
        return today()


def _sender(letter: Letter) -> Citizen | None:
    chosen = letter["sender"]
    if chosen == NEW or (not chosen and any(letter[name].strip() for name in PERSON)):
        try:
            details = {name: letter[name] for name in PERSON}
            kind = "organisation" if letter["organisation"].strip() else "person"
            return citizens.find_or_create(
                db(),
                kind=kind,
                language=letter["language"] or "fr",
                prefers_post="prefers_post" in letter.typed,
                **details,
            )
        except InvalidInput as refusal:
            letter.faults["sender"] = refusal.sentence
    elif (known := number(chosen)) is not None:
        if citizen := citizens.known(db(), known, actor()):
            return citizen
        letter.faults["sender"] = CHOOSE_SENDER
    elif chosen != NOBODY:
        letter.faults["sender"] = CHOOSE_SENDER if letter.found else WHO_WROTE
    return None


def _readers(chosen: str) -> list[int]:
    known = {str(key): key for _service, people in choices.officers(db()) for key, _name in people}
    return [known[chosen]] if chosen in known else []


def _subject(chosen: str) -> Subject | None:
    return next((row for row in subjects.active(db()) if str(row.id) == chosen), None)


def _form(letter: Letter) -> str:
    definition: Definition = published(db(), WORKFLOW)[1]
    return render_template(
        "register.html",
        letter=letter,
        channels=[(code, CHANNELS[code]) for code in DESK_CHANNELS],
        desk=front_desk.desk(db(), place().calendar, at=now()),
        levels=list(cases.CONFIDENTIALITY.items()),
        inputs=forms.inputs(definition, definition.fields, letter.typed, letter.faults),
        latest=today().isoformat(),
        keeps_pile=pile.may_use(actor()),
        scan_joined=next(iter(pile.joined_to(db(), {letter.scan.sha256}, actor()).values()), None)
        if letter.scan
        else None,
        **_helped(letter),
        **_just_registered(),
    )


def _just_registered() -> dict[str, object]:
    """Return the letter registered a moment ago: its number, its date with its reason, its receipt."""
    if not (reference := request.args.get("apres")):
        return {"done": None}
    try:
        case = cases.find(db(), reference, actor())
    except NotFound:  # sealed: whoever registered it may not read it
        return {"done": reference, "done_case": None}
    promise = cases.promise_of(db(), case, calendar=place().calendar, today=today())
    return {"done": reference, "done_case": case, "promise": promise}


@bp.get("/<reference>/accuse")
def receipt(reference: str) -> ResponseReturnValue:
    """Lead to the receipt of a letter, to print it and hand it over."""
    sent = cases.receipt_of(db(), cases.find(db(), reference, actor()))
    if sent is None:
        raise NotFound
    return redirect(url_for("case.message", reference=reference, message_id=sent.id, imprimer=1))
