"""Ten letters worth following.

Dates are counted from now, so that the visitor finds each story at the same point on any day.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import insert

from casetrack.database.tables import CaseLink, Citizen
from casetrack.deadlines import Period, due_on
from casetrack.demo.hall import Hall, Life
from casetrack.demo.letters import Letter, matter, surroundings, typeset
from casetrack.demo.steps import answer, handle, step
from casetrack.language import Text
from casetrack.organisation import absences
from casetrack.organisation.staff import find

SUNDAY = 6
MORNING, AFTERNOON = time(9, 40), time(15, 20)


class Story(NamedTuple):
    """One of the ten: what it shows, and how it goes."""

    shows: Text
    lives: Callable[[Hall, int], Life]


# ---- Days --------------------------------------------------------------------------------------


def ago(hall: Hall, days: int) -> date:
    """Return the last working day on or before the one that many days ago."""
    return hall.calendar.previous_working_day(hall.calendar.day_of(hall.now) - timedelta(days=days))


def after(hall: Hall, day: date, days: int) -> date:
    """Return the last working day on or before the one that many days after `day`."""
    return hall.calendar.previous_working_day(day + timedelta(days=days))


def morning(hall: Hall, day: date) -> datetime:
    """Return twenty to ten on that day."""
    return hall.instant(day, MORNING)


def afternoon(hall: Hall, day: date) -> datetime:
    """Return twenty past three on that day."""
    return hall.instant(day, AFTERNOON)


def new_letter(
    hall: Hall,
    subject: str,
    about: str,
    title: str,
    *,
    received_on: date,
    channel: str,
    writer: Citizen | None = None,
) -> Letter:
    """Write a letter with this title; `writer` when somebody wrote before."""
    chance = Random(f"{hall.seed}:{title}")
    return Letter(
        matter=matter(subject, about),
        title=typeset(title),
        channel=channel,
        received_on=received_on,
        registered_at=hall.now,
        chance=chance,
        where=surroundings(chance),
        citizen=writer,
        is_told=True,
    )


def tell(hall: Hall, letter: Letter, number: int) -> None:
    """Keep the story for the list shown at the end."""
    hall.stories[number] = letter.case


def answer_by(hall: Hall, letter: Letter, day: date, *, outcome: str, text: str = "") -> Life:
    """Draft, endorse, sign and send so that the answer leaves on `day`; `text` where the usual one does not do."""
    yield morning(hall, after(hall, day, -3))
    said = answer(hall, letter, outcome)
    step(hall, letter, "draft_answer", **said | ({"answer": typeset(text)} if text else {}))
    yield afternoon(hall, after(hall, day, -3))
    step(hall, letter, "submit_for_endorsement")
    yield morning(hall, after(hall, day, -1))
    step(hall, letter, "endorse")
    yield afternoon(hall, after(hall, day, -1))
    step(hall, letter, "sign")
    yield morning(hall, day)
    step(hall, letter, "send_answer")


# ---- The ten stories ---------------------------------------------------------------------------


def pothole_on_sunday(hall: Hall, number: int) -> Life:
    """An e-mail of Sunday: its receipt leaves on Monday at eight, and the clock counts from Sunday."""
    sunday = ago(hall, 5)
    sunday -= timedelta(days=(sunday.weekday() - SUNDAY) % 7)
    letter = new_letter(
        hall,
        "voirie",
        "pothole",
        "Nid-de-poule rue des Tanneurs, chute à vélo",
        received_on=sunday,
        channel="email",
    )
    monday = hall.calendar.next_working_day(sunday, closures=True)
    yield hall.instant(monday, time(8, 5))
    hall.register(letter, by=hall.login("a.rakotoarisoa"))
    tell(hall, letter, number)
    yield hall.instant(monday, time(8, 50))
    step(hall, letter, "triage", by=hall.login("a.rakotoarisoa"))
    yield hall.instant(monday, time(11, 15))
    step(hall, letter, "take_charge", by=hall.login("a.tenedor"))


def answered_on_day_28(hall: Hall, number: int) -> Life:
    """Silence would have meant refusal; the answer came two days before the promise."""
    received = ago(hall, 80)
    letter = new_letter(
        hall,
        "espaces-verts",
        "tree",
        "Élagage du tilleul qui touche ma toiture, rue du Puits",
        received_on=received,
        channel="post",
    )
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 4))
    step(hall, letter, "take_charge")
    yield morning(hall, after(hall, received, 21))
    step(hall, letter, "send_milestone")
    yield from answer_by(hall, letter, after(hall, received, 28), outcome="partly_favourable")
    yield morning(hall, after(hall, received, 36))
    step(hall, letter, "close")


def late_but_told(hall: Hall, number: int) -> Life:
    """News on the 24th day, the answer on the 41st: late, said so, and counted."""
    received = ago(hall, 95)
    letter = new_letter(
        hall,
        "logement-social",
        "adapted",
        "Logement au quatrième étage sans ascenseur, mon fils est en fauteuil",
        received_on=received,
        channel="web",
    )
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 3))
    step(hall, letter, "take_charge")
    news = after(hall, received, 24)
    yield morning(hall, news)
    step(hall, letter, "send_milestone", next_news_on=received + timedelta(days=45))
    yield from answer_by(
        hall,
        letter,
        after(hall, received, 41),
        outcome="partly_favourable",
        text="La Ville appuie votre demande auprès de Rive Habitat pour un logement en rez-de-chaussée ou avec "
        "ascenseur. Deux logements adaptés sont libérés ce trimestre ; votre famille est proposée pour l'un d'eux. "
        "La décision appartient à la commission d'attribution, qui vous écrira directement.",
    )
    yield morning(hall, after(hall, received, 50))
    step(hall, letter, "close")


def incomplete_nursery_request(hall: Hall, number: int) -> Life:
    """A document is missing: the clock stands still while the family looks for it."""
    received = ago(hall, 48)
    letter = new_letter(
        hall,
        "creche",
        "place",
        "Place en crèche pour Aya, reprise d'un emploi en janvier",
        received_on=received,
        channel="web",
    )
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 2))
    step(hall, letter, "take_charge")
    asked = after(hall, received, 9)
    yield morning(hall, asked)
    step(hall, letter, "request_items", items_by=asked + timedelta(days=15))
    yield afternoon(hall, after(hall, asked, 11))
    step(hall, letter, "record_items")
    yield morning(hall, after(hall, received, 30))
    step(hall, letter, "send_milestone")
    yield from answer_by(hall, letter, after(hall, received, 38), outcome="favourable")
    yield afternoon(hall, after(hall, received, 44))
    step(hall, letter, "close")


def bin_of_the_agglomeration(hall: Hall, number: int) -> Life:
    """Not the town's business: passed on, and the citizen has nothing to do again."""
    received = ago(hall, 34)
    letter = new_letter(
        hall,
        "proprete",
        "street",
        "Bac jaune jamais ramassé depuis trois semaines, allée des Platanes",
        received_on=received,
        channel="telephone",
    )
    letter.elsewhere = "Agglomération du Val de Rive"
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "refer_out")
    yield morning(hall, after(hall, received, 5))
    step(hall, letter, "close")


def document_on_day_29(hall: Hall, number: int) -> Life:
    """A document asked for 29 days ago: refused by silence if nothing leaves before tomorrow night."""
    received = hall.calendar.day_of(hall.now) - timedelta(days=29)
    registered = hall.calendar.next_working_day(received, closures=True)
    letter = new_letter(
        hall,
        "acces-documents",
        "report",
        "Communication du rapport sur la qualité de l'air à l'école Jeanne-Barret",
        received_on=received,
        channel="email",
    )
    yield hall.instant(registered, time(8, 35))
    hall.register(letter)
    tell(hall, letter, number)
    yield morning(hall, registered)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, registered, 5))
    step(hall, letter, "take_charge", by=hall.login("n.delacourtie"))
    yield afternoon(hall, after(hall, received, 21))
    step(hall, letter, "send_milestone", next_news_on=received + timedelta(days=30))
    yield morning(hall, ago(hall, 3))
    step(hall, letter, "draft_answer", **answer(hall, letter, "partly_favourable"))
    yield afternoon(hall, ago(hall, 3))
    step(hall, letter, "submit_for_endorsement")


def terrace_refused_then_contested(hall: Hall, number: int) -> Life:
    """A refusal that says how to contest it; the appeal was posted on the last day of the two months."""
    appeal_received = ago(hall, 3)
    answered, posted = _last_day_to_appeal(hall, appeal_received)
    received = after(hall, answered, -26)
    letter = new_letter(
        hall,
        "commerce",
        "terrace",
        "Terrasse de quatre tables devant le café du 6 place des Tilleuls",
        received_on=received,
        channel="desk",
    )
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 2))
    step(hall, letter, "take_charge", by=hall.login("l.ravelomanantsoa"))
    yield morning(hall, after(hall, received, 6))
    step(hall, letter, "ask_opinion")
    yield morning(hall, after(hall, received, 12))
    opinion = typeset("Trottoir de 2,10 mètres : la terrasse laisserait 1,10 mètre. Avis défavorable.")
    step(hall, letter, "give_opinion", opinion=opinion)
    yield morning(hall, after(hall, received, 20))
    step(hall, letter, "send_milestone")
    yield from answer_by(hall, letter, answered, outcome="refusal")
    yield morning(hall, after(hall, answered, 9))
    step(hall, letter, "close")
    appeal = new_letter(
        hall,
        "commerce",
        "terrace",
        "Recours gracieux contre le refus de terrasse du 6 place des Tilleuls",
        received_on=appeal_received,
        channel="post",
        writer=letter.citizen,
    )
    appeal.fields = {
        "nature": "informal_appeal",
        "postmark_on": posted,
        "registered_mail": "1A 199 006 3998 4",
    }
    yield morning(hall, appeal_received)
    hall.register(appeal)
    link = {"case_id": appeal.case.id, "other_id": letter.case.id, "kind": "follows"}
    hall.session.execute(insert(CaseLink.__table__), link)
    yield afternoon(hall, appeal_received)
    step(hall, appeal, "triage", service=hall.directory.services["JUR"])


SPACE = (
    "Une place réservée aux personnes handicapées sera tracée devant le 27 rue Neuve dans les trois semaines. "
    "Votre première lettre aurait dû suffire : la médiatrice nous a demandé d'en chercher la cause, et nous le faisons."
)


def missed_month(hall: Hall, number: int) -> Life:
    """A month missed: a dysfunction, the mediator, a correction, and the proof that it works."""
    received = ago(hall, 235)
    letter = new_letter(
        hall,
        "stationnement",
        "disabled",
        "Place pour personne handicapée devant le 27 rue Neuve, deuxième demande",
        received_on=received,
        channel="post",
    )
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 6))
    step(hall, letter, "take_charge", by=hall.login("m.courtecuisse"))
    hall.followed.add(letter.case.id)
    yield morning(hall, after(hall, received, 38))
    mediator = hall.login("h.abadie-nkoulou")
    missed, late = hall.breach(letter.case, "milestone_missed"), hall.breach(letter.case, "answer_late")
    handle(hall, late, "qualify", by=mediator, severity="major")
    handle(hall, missed, "group", by=mediator, original=late.id, outcome="same_event")
    yield from answer_by(hall, letter, after(hall, received, 46), outcome="favourable", text=SPACE)
    yield morning(hall, after(hall, received, 52))
    step(hall, letter, "close")
    handle(hall, late, "begin_analysis")
    yield afternoon(hall, after(hall, received, 60))
    handle(hall, late, "record_analysis")
    yield morning(hall, after(hall, received, 62))
    handle(hall, late, "propose_plan")
    yield morning(hall, after(hall, received, 69))
    handle(hall, late, "approve_plan")
    yield morning(hall, after(hall, received, 74))
    handle(hall, late, "begin_correction")
    yield morning(hall, after(hall, received, 100))
    verify_on = hall.today + timedelta(days=60)
    handle(hall, late, "declare_fixed", verify_on=verify_on)
    yield morning(hall, after(hall, verify_on, 0))
    handle(hall, late, "close", by=mediator)


def silence_became_a_refusal(hall: Hall, number: int) -> Life:
    """Registered under the wrong subject, its receipt named no legal date; silence then refused."""
    received = ago(hall, 120)
    letter = new_letter(
        hall,
        "habitat-indigne",
        "damp",
        "Moisissures dans la chambre des enfants, 12 impasse des Cordiers",
        received_on=received,
        channel="elected",
    )
    yield morning(hall, received)
    hall.register(letter, subject="transmissions")
    tell(hall, letter, number)
    yield morning(hall, after(hall, received, 8))
    step(hall, letter, "triage", by=hall.login("m.tavares-kopp"))
    yield morning(hall, after(hall, received, 14))
    step(hall, letter, "take_charge", by=hall.login("s.yildirimoglu"))
    yield from answer_by(hall, letter, after(hall, received, 75), outcome="favourable")
    yield morning(hall, after(hall, received, 84))
    step(hall, letter, "close")


def colleague_away(hall: Hall, number: int) -> Life:
    """The officer is away: a colleague writes for her, the head signs by delegation."""
    received = ago(hall, 16)
    letter = new_letter(
        hall,
        "eclairage",
        "lamp",
        "Lampadaire éteint depuis la Toussaint, impasse du Moulin",
        received_on=received,
        channel="desk",
    )
    away, instead = find(hall.session, "s.harizi"), find(hall.session, "a.tenedor")
    leaves, returns = ago(hall, 7), hall.calendar.day_of(hall.now) + timedelta(days=10)
    absences.add(hall.session, away, starts_on=leaves, ends_on=returns, replaced_by=instead)
    yield morning(hall, received)
    hall.register(letter)
    tell(hall, letter, number)
    yield afternoon(hall, received)
    step(hall, letter, "triage")
    yield morning(hall, after(hall, received, 3))
    step(hall, letter, "take_charge", by=away.id)
    yield morning(hall, ago(hall, 4))
    step(hall, letter, "draft_answer", by=away.id, **answer(hall, letter, "favourable"))
    yield afternoon(hall, ago(hall, 4))
    step(hall, letter, "submit_for_endorsement", by=away.id)
    yield morning(hall, ago(hall, 1))
    step(hall, letter, "endorse", by=hall.login("n.benhaddou-colin"))
    yield afternoon(hall, ago(hall, 1))
    step(hall, letter, "sign", by=hall.login("n.benhaddou-colin"))


def _last_day_to_appeal(hall: Hall, received: date) -> tuple[date, date]:
    """Return a working day of answer, and the last day to contest it, which comes just before `received`."""
    for posted in (received - timedelta(days=gap) for gap in range(1, 15)):
        for answered in (posted - timedelta(days=days) for days in range(59, 63)):
            last = due_on(Period.parse("2 months"), answered, hall.calendar, ())
            if last == posted and hall.calendar.is_working_day(answered, closures=True):
                return answered, posted
    raise LookupError(f"no working day is two months before the fortnight that ends on {received}")


STORIES = (
    Story(
        Text(
            "Un courriel du dimanche : accusé de réception dès l'ouverture du lundi.",
            "An e-mail of Sunday: its receipt leaves when Monday opens.",
        ),
        pothole_on_sunday,
    ),
    Story(
        Text("Répondu le 28e jour, avant la promesse.", "Answered on the 28th day, before the promise."),
        answered_on_day_28,
    ),
    Story(
        Text(
            "Point d'étape au 24e jour, réponse au 41e : en retard, dit et compté.",
            "News on the 24th day, answer on the 41st: late, told and counted.",
        ),
        late_but_told,
    ),
    Story(
        Text(
            "Dossier incomplet : le délai est suspendu, puis tenu.",
            "Incomplete: the clock stands still, then the date is kept.",
        ),
        incomplete_nursery_request,
    ),
    Story(
        Text(
            "Adressé à tort à la Ville : transmis à l'agglomération.",
            "Sent to the town by mistake: passed on to the agglomeration.",
        ),
        bin_of_the_agglomeration,
    ),
    Story(
        Text(
            "Demande de document à son 29e jour : le refus implicite est proche.",
            "A document asked for 29 days ago: the implicit refusal is near.",
        ),
        document_on_day_29,
    ),
    Story(
        Text(
            "Terrasse refusée, recours gracieux posté le dernier jour.",
            "Terrace refused, appeal posted on the last day.",
        ),
        terrace_refused_then_contested,
    ),
    Story(
        Text(
            "Mois manqué : dysfonctionnement, médiatrice, correction vérifiée.",
            "A month missed: dysfunction, mediator, correction verified.",
        ),
        missed_month,
    ),
    Story(
        Text(
            "Décision implicite née, réponse tardive avec excuses.",
            "Implicit decision born, late answer with apologies.",
        ),
        silence_became_a_refusal,
    ),
    Story(
        Text(
            "Agente absente : sa collègue rédige, la cheffe signe par délégation.",
            "Officer away: her colleague writes, the head signs by delegation.",
        ),
        colleague_away,
    ),
)
LETTERS_TOLD = len(STORIES) + 1
"""The seventh story takes two letters."""
