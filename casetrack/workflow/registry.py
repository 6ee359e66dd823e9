"""The fixed names that a definition may use; what they do is written in Python, once.

Adding one here means writing it in the engine: a test compares the two.
"""

from casetrack.language import Text

RELATIONS = {  # who a person is to a case
    "desk": Text("l'accueil", "the front desk"),
    "officer": Text(
        "l'agent en charge du dossier, ou qui le remplace", "the officer in charge, or who replaces them"
    ),
    "service": Text("un agent du service en charge", "an officer of the service in charge"),
    "service_head": Text(
        "le responsable du service en charge ou d'un service au-dessus",
        "the head of the service in charge, or of one above",
    ),
    "director": Text("le responsable d'un service au-dessus", "the head of a service above"),
    "signatory": Text(
        "une personne qui peut signer pour le service en charge",
        "a person who may sign for the service in charge",
    ),
    "copied": Text("un agent d'un service en copie", "an officer of a copied service"),
    "asked": Text(
        "un agent d'un service dont l'avis est attendu", "an officer of a service whose opinion is awaited"
    ),
    "named": Text("une personne nommée au dossier", "a person named to the case"),
    "mediator": Text("le médiateur", "the mediator"),
    "evaluation": Text("le pôle évaluation", "the evaluation unit"),
    "administrator": Text("l'administrateur", "the administrator"),
    "citizen": Text("l'usager", "the citizen"),
    "clock": Text("l'horloge", "the clock"),
}

READERS = {  # who may read a case, by level: 0 open to the services and the desk, 1 restricted, 2 sealed
    0: (
        "officer",
        "service",
        "service_head",
        "director",
        "signatory",
        "desk",
        "copied",
        "asked",
        "named",
        "mediator",
        "evaluation",
        "administrator",
    ),
    # What costs a query comes last.
    1: ("officer", "service_head", "director", "signatory", "mediator", "named", "asked"),
    2: ("officer", "named", "mediator"),
}
LEVELS = {
    0: Text("ordinaire", "ordinary"),
    1: Text("restreint", "restricted"),
    2: Text("scellé", "sealed"),
}

RECIPIENTS = {  # whom a deadline may warn
    "officer": Text("l'agent en charge", "the officer in charge"),
    "service_head": Text("le responsable du service", "the head of the service"),
    "director": Text("la direction", "the director"),
    "top": Text("la direction générale", "the chief executive"),
    "desk": Text("l'accueil", "the front desk"),
    "legal": Text("le service juridique", "the legal service"),
    "mediator": Text("le médiateur", "the mediator"),
    "evaluation": Text("le pôle évaluation", "the evaluation unit"),
    "asked": Text("le service dont l'avis est attendu", "the service whose opinion is awaited"),
}

NEEDS = {  # what must be there before an action: the sentence said when it is missing
    "service": Text(
        "Aucun service n'est en charge du dossier\u00a0: affectez-le d'abord.",
        "No service is in charge of the case: assign it first.",
    ),
    "officer": Text(
        "Aucun agent n'est en charge du dossier\u00a0: prenez-le en charge ou affectez-le à un agent.",
        "No officer is in charge of the case: take it, or assign it to an officer.",
    ),
    "draft": Text(
        "Aucun projet de réponse n'est rédigé\u00a0: rédigez-le d'abord.",
        "No answer has been drafted: draft it first.",
    ),
    "draft_changed": Text(
        "Le projet de réponse a été renvoyé et n'a pas changé depuis\u00a0: corrigez-le d'abord.",
        "The draft was sent back and has not changed since: correct it first.",
    ),
    "endorsed": Text(
        "Le projet de réponse n'est pas visé\u00a0: soumettez-le au visa du responsable.",
        "The draft is not endorsed: submit it to the head of the service.",
    ),
    "signed": Text(
        "La réponse n'est pas signée\u00a0: faites-la signer d'abord.",
        "The answer is not signed: have it signed first.",
    ),
    "no_opinion_awaited": Text(
        "Un avis est encore attendu\u00a0: enregistrez-le ou renoncez-y d'abord.",
        "An opinion is still awaited: record it or give it up first.",
    ),
}

EFFECTS = {  # what an action may change, beside the state
    "assign": Text(
        "confie le dossier à un service ou à un agent", "gives the case to a service or an officer"
    ),
    "take": Text("met le dossier à la charge de qui agit", "puts the person acting in charge"),
    "release": Text("retire l'agent en charge", "leaves the case without an officer"),
    "set_subject": Text("fixe l'objet et ce qu'il entraîne", "sets the subject and what follows from it"),
    "copy": Text("met un service en copie", "copies the case to a service"),
    "ask_opinion": Text("demande l'avis d'un service", "asks a service for its opinion"),
    "give_opinion": Text("rend l'avis demandé", "gives the opinion that was asked"),
    "give_up_opinion": Text("n'attend plus d'avis", "waits for no opinion any longer"),
    "draft": Text("enregistre un projet de réponse", "records a draft answer"),
    "endorse": Text("vise le projet de réponse", "endorses the draft answer"),
    "send_back": Text("renvoie le projet à son auteur", "sends the draft back to its author"),
    "sign": Text("signe la réponse", "signs the answer"),
    "name": Text("ouvre un dossier confidentiel à une personne", "opens a confidential case to a person"),
    "link_original": Text("rattache le dossier au dossier d'origine", "links the case to the original one"),
}

EFFECT_FIELDS = {  # effect: fields that it reads, of which the action has at least one, with their type
    "assign": {"service": "service", "officer": "staff"},
    "set_subject": {"subject": "subject"},
    "copy": {"service": "service"},
    "ask_opinion": {"service": "service"},
    "draft": {"answer": "text"},
    "name": {"reader": "staff"},
    "link_original": {"original": "case"},
}

FACTS = {  # what a deadline may record
    "implicit_decision": Text("une décision implicite est née", "an implicit decision was born"),
}

MESSAGE_ROLES = {  # what a message is to the citizen
    "acknowledges": Text("accuse réception", "acknowledges receipt"),
    "informs": Text("informe de la suite donnée", "tells what was done"),
    "answers": Text("répond", "answers"),
    "asks": Text("demande quelque chose", "asks for something"),
    "notes": Text("tient au courant", "keeps posted"),
}
INFORMING = {"informs", "answers"}
"""The message roles after which a case may end (invariant 10)."""

DECIDERS = {"service_head", "director", "mediator", "evaluation"}
"""The people who may end a case by a listed reason, without a message."""

NEVER_END = {"citizen", "clock"}
"""Those who may not end a case, whatever they say: an end is a named person's act (invariant 1)."""
