"""The desks as the visitor finds them: something to do for everybody, however small the demonstration.

A letter, or a dysfunction, stands where its last step has led it; that step was done yesterday or on
the working day before.
"""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import NamedTuple

from casetrack.demo.hall import Hall, Life
from casetrack.demo.letters import typeset
from casetrack.demo.steps import STEPS, handle, step
from casetrack.demo.stories import after, ago, new_letter


class Standing(NamedTuple):
    """A letter that stands somewhere today: when it came, what it is, what was done, who has it."""

    days_ago: int
    channel: str
    subject: str
    about: str
    title: str
    steps: str
    officer: str = "a.tenedor"


class Reported(NamedTuple):
    """A dysfunction that somebody reported, and how far it has come."""

    days_ago: int
    service: str
    cause: str
    source: str
    title: str
    steps: str
    kept_by: str = ""
    """Who takes the analysis, where it is not the head of the service."""


class Sealed(NamedTuple):
    """An envelope that the desk did not open, for whom it names, and how far they have brought it."""

    days_ago: int
    subject: str
    about: str
    title: str
    named: tuple[str, ...]
    steps: str


TAKEN = "triage take_charge"
TOLD = f"{TAKEN} send_milestone"
DRAFTED = f"{TAKEN} draft_answer"
SUBMITTED = f"{DRAFTED} submit_for_endorsement"
ENDORSED = f"{SUBMITTED} endorse"
SIGNED = f"{ENDORSED} sign"

STANDING = (
    Standing(1, "email", "voirie", "marking", "Plaque d'égout bruyante, avenue de la Gare", ""),
    Standing(1, "post", "eclairage", "furniture", "Banc cassé, square des Marronniers", ""),
    Standing(2, "web", "voirie", "marking", "Potelets à l'angle des rues Pasteur et Neuve", "triage"),
    Standing(4, "desk", "voirie", "marking", "Ralentisseur demandé, 42 signatures", "triage assign"),
    Standing(8, "post", "voirie", "roots", "Racines dans le trottoir, allée des Platanes", TAKEN),
    Standing(26, "email", "voirie", "pothole", "Dalles descellées place du Marché", TOLD),
    Standing(46, "email", "voirie", "marking", "Passage piéton effacé devant l'école des Tilleuls", TOLD),
    Standing(
        9, "post", "voirie", "access", "Bateau d'accès, 14 rue des Lavandières", f"{TAKEN} request_items"
    ),
    Standing(14, "web", "voirie", "access", "Échafaudage au 3 rue du Puits", f"{TAKEN} request_items"),
    Standing(10, "post", "voirie", "roots", "Platane penché, boulevard du Nord", f"{TAKEN} ask_opinion"),
    Standing(
        15, "email", "eclairage", "glare", "Lumière trop forte sous ma fenêtre, quai Saint-Jean", DRAFTED
    ),
    Standing(
        41,
        "post",
        "voirie",
        "pothole",
        "Chute sur un trottoir défoncé, rue du Port",
        f"{TOLD} draft_answer submit_for_endorsement decline_endorsement",
    ),
    Standing(18, "web", "voirie", "marking", "Caniveau bouché devant le 8 rue du Lavoir", SUBMITTED),
    Standing(
        34,
        "post",
        "voirie",
        "pothole",
        "Fissures dans la chaussée neuve, rue Louise-Michel",
        f"{TOLD} draft_answer submit_for_endorsement",
    ),
    Standing(20, "email", "voirie", "marking", "Arceaux à vélos devant la médiathèque", ENDORSED),
    Standing(
        27,
        "post",
        "voirie",
        "pothole",
        "Marches glissantes, montée des Vignes",
        f"{TOLD} draft_answer submit_for_endorsement endorse",
        "f.lachassagne",
    ),
    Standing(22, "post", "voirie", "pothole", "Réfection de l'impasse des Cordiers", SIGNED),
    Standing(
        24, "web", "voirie", "marking", "Traversée dangereuse, chemin de Halage", f"{SIGNED} send_answer"
    ),
    Standing(12, "email", "eclairage", "lamp", "Câble qui pend, rue des Forges", f"{TAKEN} refer_out"),
    Standing(
        12,
        "elected",
        "voirie",
        "marking",
        "Pétition de 212 riverains, sens unique",
        TAKEN,
        "n.benhaddou-colin",
    ),
    Standing(
        25, "post", "voirie", "marking", "Plan de circulation autour de la gare", TOLD, "s.morvan-abdallah"
    ),
    Standing(
        19,
        "post",
        "qualite-du-service",
        "wait",
        "Question du Défenseur des droits sur un délai de réponse",
        TAKEN,
        "b.lanoe-diakite",
    ),
    Standing(1, "web", "etat-civil", "copy", "Acte de naissance pour un dossier de retraite", ""),
    Standing(10, "desk", "etat-civil", "copy", "Livret de famille après une naissance", "answer_and_close"),
    Standing(
        12, "post", "creche", "place", "Retour de congé parental", f"{TAKEN} request_items", "r.schirrmann"
    ),
    Standing(6, "desk", "aide-sociale", "senior", "Colis de fin d'année pour mon père", TAKEN, "o.razafy"),
)

SEALED = (
    Sealed(
        11,
        "voirie",
        "marking",
        "Signalement sur la conduite d'un chantier, à lire personnellement",
        ("n.benhaddou-colin", "m.santucci-roche"),
        f"{TAKEN} draft_answer submit_for_signature",
    ),
    Sealed(2, "qualite-du-service", "wait", "Pli confidentiel, non ouvert", ("b.lanoe-diakite",), ""),
)
"""The first in the hands of the head of Roads, who gave its answer to be signed; nobody has opened the second."""

ANALYSED = "qualify begin_analysis record_analysis"
PLANNED = f"{ANALYSED} propose_plan"
APPROVED = f"{PLANNED} approve_plan"
CORRECTED = f"{APPROVED} begin_correction"
FIXED = f"{CORRECTED} declare_fixed"

REPORTED = (
    Reported(2, "DRUC", "tool", "citizen", "Formulaire en ligne qui s'efface avant l'envoi", ""),
    Reported(20, "GUF", "tool", "staff", "Scanner du guichet en panne le lundi matin", "qualify"),
    Reported(32, "EDU", "wrong_information", "citizen", "Date erronée sur l'affiche des écoles", ANALYSED),
    Reported(
        25, "PEV", "organisation", "survey", "Enquête jamais envoyée en septembre", ANALYSED, "s.couvreur"
    ),
    Reported(
        13,
        "MED",
        "unsuitable_rule",
        "mediator",
        "Recours gracieux répondus sans nommer la médiation, douze dossiers",
        "qualify begin_analysis",
        "h.abadie-nkoulou",
    ),
    Reported(44, "SCM", "lost_item", "staff", "Pièces égarées entre deux bureaux", PLANNED),
    Reported(60, "DRH", "organisation", "survey", "Candidats sans nouvelles pendant l'été", APPROVED),
    Reported(
        75, "URB", "unsuitable_rule", "audit", "Formulaire qui demande deux fois le même plan", CORRECTED
    ),
    Reported(
        95, "CCAS", "reception", "citizen", "Accueil inaccessible en fauteuil pendant les travaux", FIXED
    ),
    Reported(
        150, "FIN", "wrong_information", "rights_defender", "Avis sans voies de recours", f"{FIXED} close"
    ),
    Reported(70, "TEL", "reception", "citizen", "Appels coupés après dix minutes d'attente", CORRECTED),
    Reported(18, "TEL", "reception", "survey", "Attente trop longue au téléphone", "group"),
    Reported(40, "PRO", "third_party", "citizen", "Bac de collecte rendu cassé", "dismiss"),
)


def desk_lives(hall: Hall) -> Iterator[Life]:
    """Give the life of every letter and dysfunction that stands somewhere today."""
    for standing in STANDING:
        yield _stand(hall, standing)
    for sealed in SEALED:
        yield _bring_sealed(hall, sealed)
    for reported in REPORTED:
        yield _report(hall, reported)


def _stand(hall: Hall, told: Standing) -> Life:
    received = ago(hall, told.days_ago)
    letter = new_letter(
        hall, told.subject, told.about, told.title, received_on=received, channel=told.channel
    )
    letter.elsewhere = "Syndicat d'énergie"
    officer = hall.login(told.officer)
    yield hall.on(received, letter.chance)
    hall.register(letter)
    steps = told.steps.split()
    for day, action in zip(_spread(hall, received, len(steps)), steps, strict=True):
        yield hall.on(day, letter.chance)
        if action == "assign":
            step(hall, letter, action, officer=officer)
        else:
            step(hall, letter, action, by=officer if action == "take_charge" else None)


def _bring_sealed(hall: Hall, told: Sealed) -> Life:
    received = ago(hall, told.days_ago)
    letter = new_letter(hall, told.subject, told.about, told.title, received_on=received, channel="post")
    letter.confidentiality = 2
    readers = [hall.login(name) for name in told.named]
    yield hall.on(received, letter.chance)
    hall.register(letter, readers=readers)
    steps = told.steps.split()
    for day, action in zip(_spread(hall, received, len(steps)), steps, strict=True):
        yield hall.on(day, letter.chance)
        # Nobody replaces whom it names.
        hall.act_oneself(letter.case, action, readers[0], **STEPS[action].says(hall, letter))


def _spread(hall: Hall, received: date, count: int) -> list[date]:
    """Choose the days of the steps: triage at once, the last one yesterday or the working day before."""
    days = (ago(hall, 1) - received).days
    return [after(hall, received, days * n // max(count - 1, 1)) for n in range(count)]


def _report(hall: Hall, told: Reported) -> Life:
    reported_on = ago(hall, told.days_ago)
    chance = Random(f"{hall.seed}:{told.title}")
    yield hall.on(reported_on, chance)
    case = hall.open(
        "dysfunction",
        hall.login(told.kept_by or "s.couvreur"),
        typeset(told.title),
        channel="internal",
        service=hall.directory.services[told.service],
        cause=told.cause,
        source=told.source,
    )
    steps = told.steps.split()
    for day, action in zip(_spread(hall, reported_on, len(steps)), steps, strict=True):
        yield hall.on(day, chance)
        if action == "group":
            handle(hall, case, action, original=hall.analysed[case.service_id, told.cause].id)
        else:
            by = hall.login(told.kept_by) if told.kept_by else None
            handle(hall, case, action, by=by)
            hall.analysed[case.service_id, told.cause] = case
