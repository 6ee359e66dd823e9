"""What the mediator and the evaluation unit asked of the services, at every stage, as the visitor finds it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from casetrack.database.tables import Case
from casetrack.demo.hall import Hall, Life
from casetrack.demo.letters import typeset
from casetrack.demo.stories import after, ago

MEDIATOR, EVALUATION = "h.abadie-nkoulou", "s.couvreur"


class Asked(NamedTuple):
    """A question or a recommendation: when, about which case, to be answered in how many days, what was done."""

    days_ago: int
    kind: str
    about: str
    """Title of a case of `casetrack.demo.desks`."""
    title: str
    text: str
    answer_days: int
    steps: str = ""
    """The days after, each with its action: "9:answer 12:close"."""
    by: str = MEDIATOR
    service: str = ""
    """Code of the service that it is put to, where it is not the one of that case."""


BUSY_LINE = "Appels coupés après dix minutes d'attente"
NO_REMEDIES = "Avis sans voies de recours"
SAME_PLAN = "Formulaire qui demande deux fois le même plan"
SUMMER = "Candidats sans nouvelles pendant l'été"
UNNAMED = "Recours gracieux répondus sans nommer la médiation, douze dossiers"
WHEELCHAIR = "Accueil inaccessible en fauteuil pendant les travaux"

ASKED = (
    Asked(
        3,
        "question",
        UNNAMED,
        "Modèle utilisé pour répondre aux recours",
        "Quel modèle de lettre a servi pour ces douze réponses, et depuis quand ?",
        15,
        service="JUR",
    ),
    Asked(
        24,
        "question",
        "Passage piéton effacé devant l'école des Tilleuls",
        "Marquage reporté deux fois devant une école",
        "Qui a décidé de reporter le marquage, et pour quelle raison les parents n'en ont-ils pas été avertis ?",
        14,
    ),
    Asked(
        30,
        "question",
        "Pièces égarées entre deux bureaux",
        "Chemin des pièces entre le courrier et le service",
        "Par quelles mains passe une pièce remise au guichet, et où est-elle notée ?",
        12,
        "18:answer",
    ),
    Asked(
        55,
        "question",
        BUSY_LINE,
        "Nombre d'appels perdus depuis septembre",
        "Combien d'appels ont été coupés chaque semaine depuis le 1er septembre ?",
        15,
        "9:answer 12:close",
        EVALUATION,
    ),
    Asked(
        40,
        "question",
        SAME_PLAN,
        "Usage du plan demandé deux fois",
        "À quoi sert le second plan ? Qui le lit ?",
        12,
        "16:answer 20:ask_again",
    ),
    Asked(
        48,
        "question",
        SUMMER,
        "Accusés de réception de juillet et août",
        "Combien de candidats n'ont reçu aucun accusé de réception cet été ?",
        20,
        "10:withdraw",
    ),
    Asked(
        6,
        "recommendation",
        UNNAMED,
        "Nommer la médiation dans chaque réponse défavorable",
        "Ajouter au modèle de réponse défavorable le nom de la médiatrice et la façon de la saisir.",
        30,
        service="JUR",
    ),
    Asked(
        65,
        "recommendation",
        BUSY_LINE,
        "Proposer d'être rappelé après cinq minutes d'attente",
        "Offrir le rappel dans la journée à toute personne qui attend plus de cinq minutes.",
        20,
        "12:accept",
    ),
    Asked(
        110,
        "recommendation",
        NO_REMEDIES,
        "Relire tous les modèles d'avis avec le service juridique",
        "Faire relire chaque modèle d'avis une fois par an, et noter la date de la relecture.",
        25,
        "20:accept 70:postpone",
    ),
    Asked(
        35,
        "recommendation",
        SAME_PLAN,
        "Ne demander qu'un seul plan",
        "Supprimer la seconde demande de plan du formulaire et du guide.",
        20,
        "10:decline",
    ),
    Asked(
        90,
        "recommendation",
        WHEELCHAIR,
        "Annoncer un accès provisoire avant tous travaux d'accueil",
        "Afficher et publier l'accès provisoire une semaine avant le début des travaux.",
        15,
        "9:accept 50:declare_done",
        EVALUATION,
    ),
    Asked(
        130,
        "recommendation",
        NO_REMEDIES,
        "Voies de recours sur tous les avis",
        "Imprimer les voies et délais de recours au dos de chaque avis.",
        15,
        "8:accept 40:declare_done 60:close",
    ),
    Asked(
        50,
        "recommendation",
        SUMMER,
        "Boîte aux lettres partagée pour les candidatures",
        "Relever à plusieurs la boîte des candidatures pendant les congés.",
        25,
        "15:withdraw",
    ),
)

Fields = Mapping[str, object]


def _head(hall: Hall, case: Case) -> int:
    return hall.directory.of("head", case.service_id)[0]


def _asker(hall: Hall, _case: Case) -> int:
    return hall.login(MEDIATOR)


class Doing(NamedTuple):
    """Who does an action, and the fields that they fill, days counted from today."""

    who: Callable[[Hall, Case], int]
    says: Fields
    dates: Mapping[str, int] = {}


DOINGS: Mapping[str, Mapping[str, Doing]] = {
    "question": {
        "answer": Doing(
            _head,
            {"answer": "Nous avons repris les dossiers un par un : le détail est joint, avec les dates."},
        ),
        "ask_again": Doing(
            _asker,
            {
                "question": "La réponse décrit la règle ; elle ne dit pas qui lit ce plan. Merci de le préciser."
            },
            {"answer_by": 30},
        ),
        "close": Doing(_asker, {"outcome": "answered", "remark": "Chiffres repris dans l'analyse."}),
        "withdraw": Doing(_asker, {"outcome": "elsewhere", "reasons": "Le relevé est venu par l'enquête."}),
    },
    "recommendation": {
        "accept": Doing(
            _head,
            {"plan": "Le service prépare un modèle, le fait essayer par deux agents, puis l'étend à tous."},
            {"done_by": 45},
        ),
        "postpone": Doing(
            _head, {"reason": "La relecture juridique prend plus de temps que prévu."}, {"done_by": 75}
        ),
        "decline": Doing(
            _head,
            {
                "reasons": "Le second plan est exigé par un texte ; nous pouvons en revanche expliquer pourquoi il est demandé."
            },
        ),
        "declare_done": Doing(_head, {"evidence": "Photographie de l'affiche et page du site, jointes."}),
        "close": Doing(_asker, {"outcome": "done", "finding": "Vu sur les vingt derniers avis envoyés."}),
        "withdraw": Doing(
            _asker, {"outcome": "replaced", "reasons": "Reprise dans une autre recommandation."}
        ),
    },
}


def mediation_lives(hall: Hall) -> Iterator[Life]:
    """Give the life of each question and of each recommendation."""
    for told in ASKED:
        yield _ask(hall, told)


def _ask(hall: Hall, told: Asked) -> Life:
    chance = Random(f"{hall.seed}:{told.title}")
    asked_on = ago(hall, told.days_ago)
    yield hall.on(asked_on, chance)
    about = hall.session.scalars(select(Case).where(Case.title == typeset(told.about)).limit(1)).one()
    case = hall.open_about(
        told.kind,
        hall.login(told.by),
        about,
        typeset(told.title),
        service=hall.directory.services[told.service] if told.service else about.service_id,
        answer_by=hall.today + timedelta(days=told.answer_days),
        **{told.kind: typeset(told.text)},
    )
    for step in told.steps.split():
        days, action = step.split(":")
        yield hall.on(after(hall, asked_on, int(days)), chance)
        doing = DOINGS[told.kind][action]
        texts = {name: typeset(str(said)) for name, said in doing.says.items()}
        dates = {name: hall.today + timedelta(days=count) for name, count in doing.dates.items()}
        hall.act(case, action, doing.who(hall, case), **texts, **dates)
