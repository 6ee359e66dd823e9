"""Register a letter: quick at the desk, whole without a mouse and without JavaScript."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import citizens, documents, la_poste, pile
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import CHANNELS as CHANNEL_CODES
from casetrack.database.tables import Case, Citizen, PileLine, Subject
from casetrack.engine import foresee, may_open, open_case, require_may_open
from casetrack.engine.fields import NO_SUCH_DATE
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import notes, subjects
from casetrack.oversight import cases, choices, earlier, front_desk, search_index
from casetrack.oversight.worklists import CHANNELS
from casetrack.workflow import Definition, published
from web import documents as received_documents
from web import forms, once, resuming
from web.current import actor, db, now, number, person, place, today, undo
from web.words import _, said

bp = Blueprint("registration", __name__, url_prefix="/courriers")

WORKFLOW = "letter"
"""The kind of case that the form is made for; the subject may give another."""
FORM = {"registration.show", "registration.save", "registration.pieces"}
"""What is for those who may open a letter; its receipt is for those who may read it."""
NEW, NOBODY = "new", "none"
REGISTERED = "registered"
"""How a registered letter came, in the form: by post, with the number of its label."""
WAYS = [(code, CHANNELS[code]) for code in CHANNEL_CODES if code != "internal"]
WAYS.insert(1, (REGISTERED, Text("recommandé", "registered letter")))
"""How a letter comes in; « interne » is for what the services write to each other."""
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
IN_ORDER = (
    "channel",
    "received_on",
    "registered_mail",
    "postmark_on",
    "sender",
    "civility",
    "given_name",
    "family_name",
    *(name for name in PERSON if not name.endswith("name") and name != "civility"),
    "title",
    "subject",
    "nature",
    "confidentiality",
    "readers",
    "document",
)
"""The fields as they stand on the page: faults are said in that order."""
SHOWN = 8
"""People shown while one types."""
NO_LONGER_WAITS = Text(
    "le pli affiché n'attend plus\u00a0: un collègue s'en est occupé.",
    "the letter shown no longer waits: a colleague has dealt with it.",
)
SEALED = "2"
UNOPENED = Text("Pli confidentiel, non ouvert", "Confidential envelope, unopened")
CHOOSE_SENDER = Text(
    "choisissez la personne dans la liste, ou «\u00a0Nouvelle personne\u00a0».",
    "choose the person in the list, or “New person”.",
)
CHOOSE_NOW = Text(
    "Choisissez la personne dans la liste, ou «\u00a0Nouvelle personne\u00a0», puis continuez.",
    "Choose the person in the list, or “New person”, then go on.",
)
COMPLETE = Text(
    "Complétez les coordonnées\u00a0: un nom suffit, une adresse permet l'accusé de réception.",
    "Complete the details: a name is enough, an address lets the receipt leave.",
)
NUMBER_IT = Text(
    "recopiez le numéro qui est sur l'étiquette du recommandé.",
    "copy the number on the label of the registered letter.",
)
REMINDED = Text(
    "C'est fait\u00a0: le rappel est noté au dossier. La date promise ne change pas.",
    "Done: the reminder is noted on the case. The promised date does not change.",
)
JOINED = Text(
    "C'est fait\u00a0: le document est joint au dossier. La date promise ne change pas.",
    "Done: the document is on the case. The promised date does not change.",
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
    more: bool = False
    """More people were found than are shown."""
    kept: list[Kept] = field(default_factory=list)
    refused: list[Text] = field(default_factory=list)
    scan: PileLine | None = None
    """The line of the pile that is being registered."""
    joined_to: str | None = None
    """The case to which the content of that scan is joined already."""
    focus: str = "who"
    """Where the person goes on typing."""
    hint: Text | None = None
    """What to do next about the sender, where nothing is wrong yet."""

    def __getitem__(self, name: str) -> str:
        """Return what was typed in a field."""
        return self.typed.get(name, "")

    @property
    def describes_somebody(self) -> bool:
        """Tell whether anything was typed about a new person."""
        return any(self[name].strip() for name in PERSON)

    def look_for(self, query: str) -> None:
        """Find who may have written."""
        found = citizens.find(db(), query, limit=SHOWN + 1, by=actor()) if query.strip() else []
        self.found, self.more = found[:SHOWN], len(found) > SHOWN

    def begin_somebody(self) -> None:
        """Fill in what the words searched say of a new person, where nothing was typed about them."""
        if self["sender"] == NEW and not self.describes_somebody:
            guessed = citizens.guess(self["who"])
            self.typed = {**self.typed, **guessed}
            self.focus = "organisation" if "organisation" in guessed else "family_name"
            self.hint = COMPLETE


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
        _lay(letter, request.args.get("pli", ""))
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
    letter = Letter(request.form.to_dict(), {}, [])
    letter.look_for(letter["who"])
    letter.kept, letter.refused = received_documents.received()
    only_shown = {"search", "keep", "distinct_now"} & request.form.keys() or resuming.is_resumed()
    if not only_shown and (registered_as := once.sent_before()):
        return _answer(registered_as)
    try:
        _lay(letter, letter["pli"])
    except NotFound:
        letter.refused.append(NO_LONGER_WAITS)
    if only_shown:
        if "distinct_now" in request.form:
            letter.typed = {**letter.typed, "distinct": letter["sender"]}
        letter.begin_somebody()
        return _form(letter)
    if "attach" in request.form:
        return _join(letter)
    if _has_only_begun(letter):
        return _form(letter)
    if letter.refused:
        letter.faults["document"] = letter.refused[0]
    case = _register(letter)
    if case is None or not _attach(letter, case):
        undo()
        return _form(letter), 422
    search_index.index_case(db(), case)
    once.led_to(case)
    session["letter"] = [today().isoformat(), letter["channel"], letter["received_on"]]
    return _answer(case.reference)


def _answer(reference: str) -> ResponseReturnValue:
    """Lead from a form that was acted upon, now or a moment ago, to what comes next."""
    # Whoever registers a confidential letter may not read it: they stay, and are told its number here.
    if "attach" in request.form or (
        "open" in request.form and front_desk.is_shown_to(db(), reference, actor())
    ):
        db().commit()
        return redirect(url_for("case.show", reference=reference))
    following = pile.open_next(db(), by=actor(), at=now()) if "pli" in request.form else None
    db().commit()
    if "pli" in request.form and following is None:
        flash(_("La pile est terminée : plus aucun pli n'attend."))
    return redirect(url_for("registration.show", apres=reference, pli=following))


def _has_only_begun(letter: Letter) -> bool:
    """Tell whether Enter came while the sender was still being looked for: nothing is wrong, the form goes on."""
    if letter["sender"] == NEW and not letter.describes_somebody:
        letter.begin_somebody()
        return True
    if not letter["sender"] and letter["who"].strip() and not letter.describes_somebody:
        letter.focus, letter.hint = "sender", CHOOSE_NOW
        return True
    if (
        "enter" in request.form
        and letter["who"].strip()
        and not (letter["title"].strip() or letter["subject"])
    ):
        letter.focus = "title"
        return True
    return False


@bp.get("/usagers")
def pieces() -> str:
    """Return the pieces of the form that change while one types: people, likely duplicates, what is promised."""
    letter = Letter(request.args, {}, [])
    letter.look_for(letter["q"])
    # Straight from the environment: these pieces have no menu, hence nothing to count at every key.
    return current_app.jinja_env.get_template("register_pieces.html").render(
        letter=letter, asked=letter["q"], latest=today().isoformat(), **_helped(letter)
    )


def _helped(letter: Letter) -> dict[str, object]:
    """Return what helps to decide: who already wrote, what this letter may repeat, whose it is and what is promised."""
    shown = [citizen.id for citizen in letter.found]
    chosen = letter["sender"]
    if not chosen and len(shown) == 1:
        chosen = str(shown[0])
    sender = number(chosen)
    people = {*shown, *([sender] if sender else [])}
    letters = earlier.letters_of(db(), people, actor()) if people else []
    by_itself = bool(letter["distinct"]) and letter["distinct"] == chosen
    title = letter["title"].strip()[:LONGEST_TITLE]
    about = subjects.with_services(db()) if title or letter["subject"] else []
    proposal = next(
        iter(subjects.propose(db(), title, limit=1, among=[subject for subject, _name in about])),
        None,
    )
    return {
        "wrote": earlier.already_wrote(letters, today=today()),
        "alike": earlier.alike(letters, sender, title, today=today()) if sender and not by_itself else [],
        "proposal": proposal,
        "guessed": citizens.guess(letter["who"] or letter["q"]),
        **_foreseen(letter, about, proposal, chosen),
    }


def _foreseen(
    letter: Letter, about: Iterable[tuple[Subject, str]], proposal: subjects.Proposal | None, chosen: str
) -> dict[str, object]:
    """Return whose the letter will be, what will be promised, and how its receipt will leave."""
    wanted = letter["subject"] or (str(proposal.subject.id) if proposal else "")
    found = next(((subject, name) for subject, name in about if str(subject.id) == wanted), None)
    try:
        received_on = min(date.fromisoformat(letter["received_on"]), today())
    except ValueError:
        received_on = today()
    dates = foresee(db(), found[0], received_on=received_on, today=today()) if found else None
    channel = "post" if letter["channel"] == REGISTERED else letter["channel"]
    way = None
    if dates and not dates.has_receipt:
        way = front_desk.NO_RECEIPT
    elif sender := number(chosen):
        citizen = _known(letter, sender)
        way = front_desk.way_of_receipt(citizen, channel) if citizen else None
    elif chosen == NOBODY:
        way = front_desk.way_of_receipt(None, channel)
    elif chosen == NEW or letter.describes_somebody:
        details = {name: letter[name].strip() for name in PERSON}
        way = front_desk.way_of_receipt(
            Citizen(prefers_post=bool(letter["prefers_post"]), **details), channel
        )
    return {
        "service": found[1] if found else None,
        "service_reason": proposal.quoted if found and proposal and proposal.subject is found[0] else None,
        "dates": dates,
        "way": way,
        "long_ago": front_desk.is_long_ago(received_on, today()),
    }


def _known(letter: Letter, key: int) -> Citizen | None:
    shown = next((citizen for citizen in letter.found if citizen.id == key), None)
    return shown or citizens.known(db(), key, actor())


def _join(letter: Letter) -> ResponseReturnValue:
    """Join the documents to a case that is there already; without any, note there that somebody asked again."""
    case = cases.find(db(), letter["attach"], actor())
    has_document = bool(letter.kept or letter.scan)
    joined = not letter.refused and (_attach(letter, case) if has_document else _note(letter, case))
    if not joined:
        undo()
        letter.faults = letter.faults or {"document": letter.refused[0]}
        return _form(letter), 422
    once.led_to(case)
    db().commit()
    flash(said(JOINED if has_document else REMINDED))
    anchor = "documents" if has_document else "journal"
    return redirect(url_for("case.show", reference=case.reference, _anchor=anchor))


def _note(letter: Letter, case: Case) -> bool:
    note = front_desk.reminder(letter["channel"], letter["title"])
    try:
        notes.add(db(), case, note, by=actor(), at=now(), on=today())
    except InvalidFields as refusal:
        letter.faults["title"] = refusal.faults["note"]
        return False
    search_index.index_case(db(), case)
    return True


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


def _lay(letter: Letter, line: str) -> None:
    """Lay this scan of the pile beside the form; raise NotFound when it no longer waits."""
    if key := number(line):
        letter.scan, letter.joined_to = pile.find_with_case(db(), key, actor())


def _register(letter: Letter) -> Case | None:
    """Open the case; None, and the faults in `letter`, when something cannot be used."""
    received_on = _received_on(letter)
    citizen = _sender(letter)
    subject = _subject(letter["subject"])
    definition = published(db(), WORKFLOW)[1]
    own = {name: text for name, text in forms.typed_in(request, definition.fields).items() if text.strip()}
    _number_of_label(letter, own)
    case = None
    try:
        case = open_case(
            db(),
            subject.workflow if subject else WORKFLOW,
            by=actor(),
            at=now(),
            title=_title(letter),
            received_on=received_on,
            old_date_confirmed=bool(letter["old_date"]),
            channel=_channel(letter["channel"]),
            citizen=citizen,
            subject=subject,
            confidentiality=_level(letter["confidentiality"]),
            readers=_readers(letter["readers"]),
            **forms.values(definition.fields, own),
        )
    except InvalidFields as refusal:
        letter.faults = {**letter.faults, **refusal.faults}
        if old := letter.faults.pop("old_date_confirmed", None):
            letter.faults["received_on"] = old  # the box to tick stands under the day
    return None if letter.faults else case


def _number_of_label(letter: Letter, own: dict[str, str]) -> None:
    """Write the number of a registered letter in one way, where there must be one or where one was typed."""
    if "registered_mail" not in own:
        if letter["channel"] == REGISTERED:
            letter.faults["registered_mail"] = NUMBER_IT
        return
    try:
        own["registered_mail"] = la_poste.registered_number(own["registered_mail"])
    except InvalidInput as refusal:
        letter.faults["registered_mail"] = refusal.sentence
        del own["registered_mail"]


def _title(letter: Letter) -> str:
    """Return the title typed; an envelope that nobody opened needs none."""
    unopened = letter["confidentiality"] == SEALED and not letter["title"].strip()
    return UNOPENED.within("fr") if unopened else letter["title"]


def _channel(way: str) -> str:
    """Return how the letter came; nothing for what the form does not offer, for the engine to refuse."""
    return "post" if way == REGISTERED else way if way in dict(WAYS) else ""


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
    if chosen == NEW or (not chosen and letter.describes_somebody):
        return _somebody_new(letter)
    if key := number(chosen):
        if citizen := citizens.known(db(), key, actor()):
            return citizen
        letter.faults["sender"] = CHOOSE_SENDER
    elif chosen != NOBODY:
        letter.faults["sender"] = CHOOSE_SENDER if letter.found else WHO_WROTE
    return None


def _somebody_new(letter: Letter) -> Citizen | None:
    details = {name: letter[name] for name in PERSON}
    if faults := citizens.faults(details):
        letter.faults |= faults
        return None
    return citizens.find_or_create(
        db(),
        kind="organisation" if letter["organisation"].strip() else "person",
        language=letter["language"] or "fr",
        prefers_post="prefers_post" in letter.typed,
        **details,
    )


def _readers(chosen: str) -> list[int]:
    known = {str(key): key for _service, people in choices.officers(db()) for key, _name in people}
    return [known[chosen]] if chosen in known else []


def _subject(chosen: str) -> Subject | None:
    return next((row for row in subjects.active(db()) if str(row.id) == chosen), None)


def _form(letter: Letter) -> str:
    definition: Definition = published(db(), WORKFLOW)[1]
    place_on_page = {name: place for place, name in enumerate(IN_ORDER)}
    letter.faults = dict(
        sorted(letter.faults.items(), key=lambda fault: place_on_page.get(fault[0], len(IN_ORDER)))
    )
    return render_template(
        "register.html",
        letter=letter,
        channels=WAYS,
        desk=front_desk.desk(db(), place().calendar, at=now()),
        levels=list(cases.CONFIDENTIALITY.items()),
        inputs=forms.inputs(definition, definition.fields, letter.typed, letter.faults),
        latest=today().isoformat(),
        keeps_pile=pile.may_use(actor()),
        **_helped(letter),
        **_just_registered(),
    )


def _just_registered() -> dict[str, object]:
    """Return the letter registered a moment ago: whose, what is promised and why, how its receipt leaves."""
    if request.method == "POST":  # set aside while the next one is corrected
        return {"done": None, "last": request.form.get("apres", "")}
    if not (reference := request.args.get("apres")):
        return {"done": None, "last": ""}
    try:
        about = {"calendar": place().calendar, "today": today()}
        letter = front_desk.registered(db(), reference, actor(), **about)
    except NotFound:  # sealed: whoever registered it may not read it
        return {"done": reference, "done_case": None}
    return {
        "done": reference,
        "done_case": letter.case,
        "why": letter.why,
        "done_way": front_desk.way_taken(letter.receipt),
        "done_receipt": letter.receipt,
    }


@bp.get("/<reference>/accuse")
def receipt(reference: str) -> ResponseReturnValue:
    """Lead to the receipt of a letter, to print it and hand it over."""
    sent = cases.receipt_of(db(), cases.find(db(), reference, actor()))
    if sent is None:
        raise NotFound
    return redirect(url_for("case.message", reference=reference, message_id=sent.id, imprimer=1))
