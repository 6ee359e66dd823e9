"""A small definition in which nothing is wrong; the tests break it, one thing at a time."""

from casetrack.workflow import Definition, from_text

SOURCE = """\
key          = "mail"
version      = 1
label        = { fr = "Courrier", en = "Letter" }
reference    = "{year}-T-{number:06}"
opens_in     = "registered"
addressed_to = "citizen"

[opening]
by    = ["desk"]
sends = { message = "receipt", role = "acknowledges" }

[fields]
postmark_on = { type = "date", not_after = "received_on", label = { fr = "Cachet", en = "Postmark" } }

[lists.reasons]
anonymous = { fr = "Expéditeur anonyme", en = "Anonymous sender" }

[states.registered]
label  = { fr = "Enregistré", en = "Registered" }
public = { fr = "Reçu", en = "Received" }
owner  = "desk"
next   = ["send_answer"]

[states.awaiting_citizen]
label    = { fr = "En attente de pièces", en = "Awaiting the applicant" }
public   = { fr = "Nous attendons vos pièces", en = "We await your documents" }
suspends = ["answer", "implicit"]
until    = "answer_before"
owner    = "officer"

[states.answered]
label  = { fr = "Répondu", en = "Answered" }
public = { fr = "Réponse envoyée", en = "Answer sent" }
owner  = "officer"

[states.closed]
label  = { fr = "Clôturé", en = "Closed" }
public = { fr = "Clôturé", en = "Closed" }
ends   = true

[deadlines.answer]
label   = { fr = "Réponse", en = "Answer" }
within  = { subject = "answer_delay", otherwise = "1 month" }
met_by  = ["send_answer", "close_anonymous"]
kind    = "promise"
reopens = true
ladder  = [
  { at = "-10 working days", warn = ["officer"] },
  { at = "breach",           warn = ["director"], open = "incident", cause = "late" },
  { at = "+5 days",          warn = ["top"] },
]

[deadlines.implicit]
label    = { fr = "Décision implicite", en = "Implicit decision" }
within   = "2 months"
met_by   = ["send_answer", "close_anonymous"]
skip_for = ["none"]
kind     = "legal"
ladder   = [{ at = "breach", warn = ["legal"], record = "implicit_decision" }]

[deadlines.missing_items]
label    = { fr = "Pièces attendues", en = "Awaited documents" }
date     = "answer_before"
from     = "action"
armed_by = ["ask_citizen"]
met_by   = ["receive_items"]
kind     = "internal"
ladder   = [{ at = "breach", warn = ["officer"] }]

[deadlines.closure]
label    = { fr = "Clôture", en = "Closure" }
within   = "15 days"
from     = "action"
armed_by = ["send_answer"]
met_by   = ["close"]
kind     = "internal"
ladder   = [{ at = "breach", warn = ["officer"] }]

[actions.ask_citizen]
label  = { fr = "Demander des pièces", en = "Ask for documents" }
from   = ["registered"]
to     = "awaiting_citizen"
by     = ["officer"]
sends  = { message = "missing", role = "asks" }
fields = { answer_before = { type = "date", required = true, not_before = "today", label = { fr = "Avant le", en = "Before" } } }

[actions.receive_items]
label = { fr = "Enregistrer les pièces", en = "Record the documents" }
from  = ["awaiting_citizen"]
to    = "registered"
by    = ["desk", "officer"]

[actions.assign]
label   = { fr = "Affecter", en = "Assign" }
from    = ["*"]
by      = ["desk"]
effects = ["assign"]
fields  = { service = { type = "service", required = true, label = { fr = "Service", en = "Service" } } }

[actions.send_answer]
label = { fr = "Envoyer la réponse", en = "Send the answer" }
from  = ["registered"]
to    = "answered"
by    = ["officer"]
needs = ["signed"]
sends = { message = "answer", role = "answers" }

[actions.close]
label   = { fr = "Clôturer", en = "Close" }
from    = ["answered"]
to      = "closed"
by      = ["officer"]
outcome = "answered"

[actions.close_anonymous]
label   = { fr = "Clôturer sans réponse", en = "Close without an answer" }
from    = ["registered"]
to      = "closed"
by      = ["service_head"]
decides = true
fields  = { outcome = { type = "choice", of = "reasons", required = true, label = { fr = "Motif", en = "Reason" } } }

[actions.reopen]
label   = { fr = "Rouvrir", en = "Reopen" }
from    = ["answered", "closed"]
to      = "registered"
by      = ["desk"]
reopens = true
"""

MESSAGES = {
    "receipt.fr.txt": 'Objet : Votre courrier {{ case.reference }}\n\n{{ citizen.salutation }},\n\n{% include "agent.fr.txt" %}\n',
    "receipt.en.txt": "Subject: Your letter {{ case.reference }}\n\n{{ citizen.salutation }},\n",
    "missing.fr.txt": "Objet : Pièces à fournir\n\nAvant le {{ fields.answer_before }}.\n",
    "missing.en.txt": "Subject: Documents needed\n\nBefore {{ fields.answer_before }}.\n",
    "answer.fr.txt": "Objet : Réponse\n\n{{ answer }}\n{% if signatory %}{{ signatory.name }}{% endif %}\n",
    "answer.en.txt": "Subject: Answer\n\n{{ answer }}\n",
    "agent.fr.txt": "{% if officer %}Agent : {{ officer.name }}{% else %}Accueil{% endif %}\n",
}

INCIDENT = """\
key          = "incident"
version      = 1
label        = { fr = "Dysfonctionnement", en = "Incident" }
reference    = "{year}-I-{number:06}"
opens_in     = "reported"
addressed_to = "service"
opening      = { by = ["clock", "evaluation"] }
fields       = { cause = { type = "choice", of = "causes", required = true, label = { fr = "Cause", en = "Cause" } } }

[lists.causes]
late = { fr = "Réponse en retard", en = "Late answer" }

[lists.findings]
fixed = { fr = "Corrigé", en = "Fixed" }

[states.reported]
label = { fr = "Signalé", en = "Reported" }
owner = "evaluation"

[states.closed]
label = { fr = "Clos", en = "Closed" }
ends  = true

[deadlines.analysis]
label  = { fr = "Analyse", en = "Analysis" }
within = "1 month"
met_by = ["close"]
kind   = "internal"
ladder = [{ at = "breach", warn = ["evaluation"] }]

[actions.close]
label   = { fr = "Clore", en = "Close" }
from    = ["reported"]
to      = "closed"
by      = ["evaluation", "mediator"]
decides = true
fields  = { outcome = { type = "choice", of = "findings", required = true, label = { fr = "Constat", en = "Finding" } } }
"""


def mail(*changes: tuple[str, str], messages: dict[str, str] | None = None) -> Definition:
    """Return the good definition with some of its text changed; each text must be there once."""
    source = SOURCE
    for old, new in changes:
        assert source.count(old) == 1, f"{source.count(old)} times: {old}"
        source = source.replace(old, new)
    return from_text(source, {**MESSAGES, **(messages or {})}, file="mail/workflow.toml")


def incident() -> Definition:
    """Return the definition that a late answer opens."""
    return from_text(INCIDENT, {}, file="incident/workflow.toml")
