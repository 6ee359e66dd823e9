"""Each action of a letter and of a dysfunction: who does it, and in which words."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from casetrack.database.tables import Case
from casetrack.deadlines import say_day
from casetrack.demo.hall import Hall
from casetrack.demo.letters import OUTCOMES, Letter, pick, texts, typeset

Fields = dict[str, object]


class Doing(NamedTuple):
    """Who does an action by default, and the fields that they fill."""

    who: Callable[[Hall, Letter], int]
    says: Callable[[Hall, Letter], Fields] = lambda _hall, _letter: {}


def step(hall: Hall, letter: Letter, action: str, *, by: int | None = None, **fields: object) -> None:
    """Let the right person do an action on a letter, in the usual words unless `fields` says others."""
    doing = STEPS[action]
    hall.act(letter.case, action, by or doing.who(hall, letter), **doing.says(hall, letter) | fields)


def desk(hall: Hall, letter: Letter) -> int:
    """Return who sits at the desk; a restricted letter never goes through it."""
    if letter.case.confidentiality:
        return officer(hall, letter)
    return hall.desk_for(letter.channel if letter.channel != "elected" else "desk", letter.chance)


def officer(hall: Hall, letter: Letter) -> int:
    """Return who is in charge, the head as long as nobody is."""
    return letter.case.officer_id or head(hall, letter)


def head(hall: Hall, letter: Letter) -> int:
    """Return the head of the service in charge."""
    return hall.directory.of("head", letter.case.service_id)[0]


def one_of_the_service(hall: Hall, letter: Letter) -> int:
    """Return one of the officers of the service in charge, or its head."""
    officers = hall.directory.holders["officer", letter.case.service_id]
    return letter.chance.choice(officers) if officers else head(hall, letter)


def signatory(hall: Hall, letter: Letter) -> int:
    """Return who signs: mostly the head of the service by delegation, sometimes the deputy mayor."""
    signers = hall.directory.of("signatory", letter.case.service_id)
    return signers[0] if letter.chance.random() < 0.7 else letter.chance.choice(signers)


def asked(hall: Hall, letter: Letter) -> int:
    """Return who answers for the service whose opinion is asked."""
    service_id = hall.directory.services[letter.matter.opinion["of"]]
    holders = hall.directory.holders
    return (holders["officer", service_id] or holders["head", service_id])[0]


def _triage(hall: Hall, letter: Letter) -> Fields:
    return {"subject": hall.directory.subjects[letter.matter.subject].id}


def answer(hall: Hall, letter: Letter, outcome: str = "") -> Fields:
    """Return a usual answer on the subject of the letter, of this outcome or of any."""
    answers = letter.matter.answers
    weights = {name: weight for name, weight in OUTCOMES.items() if name in answers}
    outcome = outcome or pick(letter.chance, weights)
    day = hall.in_days(letter.chance.randint(8, 20), letter.chance)
    said = answers[outcome].format(**letter.where, day=say_day(hall.calendar.day_of(day)))
    return {"answer": said, "outcome": outcome}


def _items(hall: Hall, letter: Letter) -> Fields:
    return {"items": letter.matter.items, "items_by": hall.today + timedelta(days=15)}


def _ask(hall: Hall, letter: Letter) -> Fields:
    opinion = letter.matter.opinion
    return {
        "service": hall.directory.services[opinion["of"]],
        "question": opinion["question"],
        "opinion_by": hall.today + timedelta(days=10),
    }


def _news(hall: Hall, letter: Letter) -> Fields:
    news = letter.chance.choice(texts()["milestone"])
    return {**news, "next_news_on": hall.today + timedelta(days=21)}


def _refer(hall: Hall, letter: Letter) -> Fields:
    partner = hall.partners[letter.elsewhere]
    contact = [partner[name] for name in ("address", "telephone", "email") if partner[name]]
    return {"authority": partner["name"], "contact": ", ".join(contact)}


def _outcome(_hall: Hall, letter: Letter) -> Fields:
    return {"outcome": letter.case.facts.get("outcome", "referred")}


def _because(*reasons: str, field: str = "reason") -> Callable[[Hall, Letter], Fields]:
    said = [typeset(reason) for reason in reasons]
    return lambda _hall, letter: {field: letter.chance.choice(said)}


STEPS: Mapping[str, Doing] = {
    "triage": Doing(desk, _triage),
    "assign": Doing(head, lambda hall, letter: {"officer": one_of_the_service(hall, letter)}),
    "take_charge": Doing(one_of_the_service),
    "decline_assignment": Doing(
        officer,
        _because(
            "Ce courrier ne relève pas de notre service : voir le service de son sujet.",
            "Erreur d'aiguillage, l'objet a été mal lu. Merci de le rendre au bon service.",
        ),
    ),
    "transfer": Doing(
        officer,
        _because("Après lecture, la demande porte sur un autre sujet.", "La décision revient à ce service."),
    ),
    "reassign": Doing(head, lambda hall, letter: {"officer": one_of_the_service(hall, letter)}),
    "request_items": Doing(officer, _items),
    "record_items": Doing(desk, lambda hall, _letter: {"received": hall.today}),
    "go_on_without_items": Doing(
        officer, _because("Rien n'est arrivé à la date fixée : la demande est examinée en l'état.")
    ),
    "ask_citizen": Doing(
        officer,
        _because("À quel endroit exactement, et depuis quelle date environ ?", field="question"),
    ),
    "ask_opinion": Doing(officer, _ask),
    "give_opinion": Doing(asked, lambda _hall, letter: {"opinion": letter.matter.opinion["answer"]}),
    "go_on_without_opinion": Doing(
        officer, _because("L'avis n'est pas venu à la date demandée ; les éléments du dossier suffisent.")
    ),
    "send_milestone": Doing(officer, _news),
    "draft_answer": Doing(officer, answer),
    "submit_for_endorsement": Doing(officer),
    "endorse": Doing(head),
    "decline_endorsement": Doing(
        head,
        _because(
            "Citer le texte appliqué et donner la date des travaux.",
            "Trop technique : dire d'abord à la personne ce que nous faisons.",
            "Le montant ne correspond pas à la délibération, à vérifier.",
        ),
    ),
    "submit_for_signature": Doing(head),
    "sign": Doing(signatory),
    "decline_signature": Doing(
        signatory, _because("Ajouter le nom de l'agent à joindre.", "Préciser la date de la visite.")
    ),
    "send_answer": Doing(desk),
    "refer_out": Doing(desk, _refer),
    "withdraw": Doing(desk, lambda hall, _letter: {"withdrawn_on": hall.today}),
    "close": Doing(officer, _outcome),
    "close_without_answer": Doing(
        head,
        lambda _hall, letter: (
            {
                "outcome": "no_answer_expected",
                "reasons": "Envoi pour information, qui ne demande pas de réponse.",
            }
            if letter.sender
            else {
                "outcome": "anonymous",
                "reasons": typeset("Lettre sans nom ni adresse ; les faits ont été signalés au service."),
            }
        ),
    ),
    "reopen": Doing(
        desk,
        _because(
            "La personne écrit que le problème est revenu.",
            "La réponse ne porte que sur la moitié de la demande.",
            "La date annoncée est passée sans que rien n'ait été fait.",
        ),
    ),
    "answer_and_close": Doing(desk, answer),
}


# ---- Dysfunctions ------------------------------------------------------------------------------


class Handling(NamedTuple):
    """Who does an action on a dysfunction by default, and the fields that they fill."""

    who: Callable[[Hall, Case], int]
    says: Callable[[Hall, Case], Fields] = lambda _hall, _case: {}


def handle(hall: Hall, case: Case, action: str, *, by: int | None = None, **fields: object) -> None:
    """Let the right person do an action on a dysfunction, in the usual words unless `fields` says others."""
    handling = HANDLING[action]
    hall.act(case, action, by or handling.who(hall, case), **handling.says(hall, case) | fields)


def evaluator(hall: Hall, case: Case) -> int:
    """Return who evaluates; the mediator where the case is restricted."""
    if case.confidentiality:
        return hall.directory.of("mediator")[0]
    return hall.chance.choice(hall.directory.of("evaluation"))


def head_of(hall: Hall, case: Case) -> int:
    """Return the head of the service concerned."""
    return hall.directory.of("head", case.service_id)[0]


def approver(hall: Hall, case: Case) -> int:
    """Return who approves a plan; the director where the case is restricted."""
    if case.confidentiality and case.service_id:
        return hall.directory.of("head", hall.directory.tree.nodes[case.service_id].parent_id)[0]
    return evaluator(hall, case)


def analyst(hall: Hall, case: Case) -> int:
    """Return who analyses it."""
    return case.officer_id or head_of(hall, case)


WHYS = {
    "answer_late": (
        "Pourquoi en retard ? Le projet de réponse attendait un visa. Pourquoi ? Le visa n'avait pas de remplaçant. "
        "Pourquoi ? Le congé n'avait pas été noté. Pourquoi ? Il se note dans un autre outil. "
        "Pourquoi ? Personne n'a demandé que les deux soient liés.",
        "Noter chaque congé avec un remplaçant avant de le valider (responsable du service, sous quinze jours).",
    ),
    "silence": (
        "Pourquoi aucune réponse ? Le dossier était rangé avec les affaires closes. Pourquoi ? Un premier appel avait "
        "été pris pour une réponse. Pourquoi ? L'appel n'était pas noté au dossier.",
        "Ne tenir un appel pour une réponse que s'il est confirmé par écrit (tout le service, dès maintenant).",
    ),
    "milestone_missed": (
        "Pourquoi pas de nouvelles ? L'agent attendait un devis. Pourquoi sans prévenir ? Le modèle de point d'étape "
        "n'était pas connu. Pourquoi ? Il date de l'été et n'a pas été présenté.",
        "Présenter le point d'étape à chaque réunion d'équipe pendant un trimestre (référente qualité).",
    ),
}
OTHER_WHYS = (
    "Pourquoi ? Deux personnes pensaient que l'autre s'en chargeait. Pourquoi ? La consigne était orale.",
    "Écrire la consigne et l'afficher au poste de travail (responsable du service, sous un mois).",
)


def _whys(case: Case) -> tuple[str, str]:
    whys, plan = WHYS.get(str(case.fields["cause"]), OTHER_WHYS)
    return typeset(whys), typeset(plan)


def _qualified(hall: Hall, case: Case) -> Fields:
    cause = case.fields["cause"]
    severity = {"silence": "critical", "answer_late": "major"}.get(str(cause), "minor")
    # A breach before any service was named is the mail room's to explain.
    return {
        "severity": severity,
        "cause": cause,
        "service": case.service_id or hall.directory.services["SCM"],
    }


HANDLING: Mapping[str, Handling] = {
    "qualify": Handling(evaluator, _qualified),
    "begin_analysis": Handling(head_of),
    "record_analysis": Handling(analyst, lambda _hall, case: {"whys": _whys(case)[0]}),
    "propose_plan": Handling(
        analyst, lambda _hall, case: {"root_cause": "organisation", "plan": _whys(case)[1]}
    ),
    "send_back_plan": Handling(
        approver, lambda _hall, _case: {"reason": "Le plan ne dit pas qui fait quoi, ni pour quand."}
    ),
    "approve_plan": Handling(approver, lambda hall, _case: {"correct_by": hall.today + timedelta(days=40)}),
    "begin_correction": Handling(analyst),
    "declare_fixed": Handling(
        analyst,
        lambda hall, _case: {
            "evidence": "Consigne écrite jointe, présentée à l'équipe le jour même.",
            "verify_on": hall.today + timedelta(days=30),
        },
    ),
    "close": Handling(
        evaluator,
        lambda _hall, _case: {
            "outcome": "effective",
            "finding": "Aucun fait semblable dans le service depuis la correction.",
        },
    ),
    "mark_recurring": Handling(
        evaluator, lambda _hall, _case: {"reason": "Deux faits semblables depuis la correction."}
    ),
    "dismiss": Handling(
        evaluator,
        lambda _hall, _case: {
            "outcome": "no_effect",
            "reasons": typeset(
                "Dépassement d'un jour, réponse complète ; la personne avait été jointe avant la date."
            ),
        },
    ),
    "group": Handling(evaluator, lambda _hall, _case: {"outcome": "same_cause"}),
}
