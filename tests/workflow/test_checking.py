"""Broken definitions, each one change away from a good one: the code, the line and the sentence of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.errors import DefinitionError
from casetrack.workflow import Definition, Finding, check, prove
from casetrack.workflow.sentences import SENTENCES
from tests.workflow.good import INCIDENT, MESSAGES, SOURCE, from_text, incident, mail

CLOSE = 'from    = ["answered"]\nto      = "closed"\nby      = ["officer"]'
DECISION = 'by      = ["service_head"]\ndecides = true'


def findings(definition: Definition) -> list[Finding]:
    return check(definition, {"incident": incident()})


def test_a_good_definition_has_no_finding():
    assert findings(mail()) == []
    assert findings(incident()) == []


def test_what_was_proved_is_said_with_its_figures():
    proved = [sentence.fr for sentence in prove(mail())]

    assert proved[1] == (
        "Façons de terminer\u00a0: 2\u00a0; avant chacune, l'usager est informé ou un responsable décide d'un motif de la liste."
    )
    assert proved[4].startswith("Échéances\u00a0: 4, rappels\u00a0: 6")


BROKEN = [
    # old text, new text, code, words of the French sentence, words of the line
    #
    # Names that nothing answers to
    ('opens_in     = "registered"', 'opens_in     = "registred"', "unknown_state", "vouliez-vous dire «\u00a0registered\u00a0»", "opens_in"),
    ('from   = ["registered"]\nto     = "awaiting_citizen"', 'from   = ["nowhere"]\nto     = "awaiting_citizen"', "unknown_state", "[states.nowhere]", '["nowhere"]'),
    ('to     = "awaiting_citizen"', 'to     = "waiting"', "unknown_state", "«\u00a0waiting\u00a0» n'est pas un état", 'to     = "waiting"'),
    ('from  = ["awaiting_citizen"]\nto    = "registered"\nby    = ["desk", "officer"]', 'from  = ["awaiting_citizen"]\nto    = "registered"\nby    = ["desk", "oficer"]', "unknown_relation", "ne désigne personne (vouliez-vous dire «\u00a0officer\u00a0»", "oficer"),
    ('by    = ["desk"]\nsends', 'by    = ["everybody"]\nsends', "unknown_relation", "«\u00a0everybody\u00a0»", "everybody"),
    ('owner  = "desk"', 'owner  = "boss"', "unknown_relation", "«\u00a0boss\u00a0»", 'owner  = "boss"'),
    ('needs = ["signed"]', 'needs = ["sealed"]', "unknown_need", "«\u00a0sealed\u00a0» n'est pas une condition", "sealed"),
    ('effects = ["assign"]', 'effects = ["asign"]', "unknown_effect", "vouliez-vous dire «\u00a0assign\u00a0»", "asign"),
    ('warn = ["top"]', 'warn = ["mayor"]', "unknown_recipient", "ne peut pas avertir «\u00a0mayor\u00a0»", "mayor"),
    ('record = "implicit_decision"', 'record = "acceptance"', "unknown_fact", "«\u00a0acceptance\u00a0» n'est pas un fait", "acceptance"),
    ('skip_for = ["none"]', 'skip_for = ["never"]', "unknown_silence_mode", "«\u00a0never\u00a0» n'est pas un sens du silence", "skip_for"),
    ('of = "reasons"', 'of = "reason"', "unknown_list", "ajoutez [lists.reason]", "reason"),
    ('not_after = "received_on"', 'not_after = "recieved_on"', "unknown_field", "«\u00a0recieved_on\u00a0» n'est pas un champ de date", "recieved_on"),
    ('date     = "answer_before"', 'date     = "anwser_before"', "unknown_field", "vouliez-vous dire «\u00a0answer_before\u00a0»", "anwser_before"),
    ('suspends = ["answer", "implicit"]', 'suspends = ["answer", "implicitt"]', "unknown_deadline", "«\u00a0implicitt\u00a0» n'est pas une échéance", "suspends"),
    ('next   = ["send_answer"]', 'next   = ["reply"]', "unknown_action", "«\u00a0reply\u00a0» n'est pas une action", "next"),
    ('met_by   = ["receive_items"]', 'met_by   = ["get_items"]', "unknown_action", "«\u00a0get_items\u00a0»", "get_items"),
    ('open = "incident"', 'open = "incidents"', "unknown_workflow", "pas de circuit «\u00a0incidents\u00a0»", "incidents"),
    ('cause = "late"', 'cause = "slow"', "unknown_cause", "«\u00a0slow\u00a0» n'est pas une cause du circuit «\u00a0incident\u00a0»", "slow"),
    ('message = "answer"', 'message = "anser"', "unknown_template", "messages/anser.fr.txt", "anser"),
    ('within   = "2 months"', 'within   = "two months"', "unknown_period", "«\u00a0two months\u00a0» n'est pas un délai", "two months"),
    ('otherwise = "1 month"', 'otherwise = "a while"', "unknown_period", "«\u00a0a while\u00a0» n'est pas un délai", "a while"),
    ('"-10 working days"', '"-10 business days"', "unknown_offset", "jours ouvrés", "business"),
    #
    # Parts that do not hold together
    ('"{year}-T-{number:06}"', '"{year}-T"', "reference_wrong", "{number}", "reference"),
    ('"{year}-T-{number:06}"', '"T-{number}"', "reference_wrong", "{year}", "reference"),
    ('"{year}-T-{number:06}"', '"{year}-T-{number:060}"', "reference_wrong", "60 signes au plus", "reference"),
    ('"{year}-T-{number:06}"', '"{year}-{number.__class__}"', "reference_wrong", "ne peut pas numéroter", "reference"),
    ('anonymous = { fr = "Expéditeur anonyme", en = "Anonymous sender" }\n', "", "list_empty", "La liste «\u00a0reasons\u00a0» est vide", "[lists.reasons]"),
    ('type = "choice", of = "reasons"', 'type = "choice"', "choice_without_list", "Le choix «\u00a0outcome\u00a0» n'a pas de liste", "outcome"),
    ('postmark_on = { type = "date"', 'postmark_on = { type = "line"', "bound_without_date", "«\u00a0postmark_on\u00a0» n'est pas une date", "postmark_on"),
    ('type = "date", not_after = "received_on"', 'type = "date", proposed = "soon"', "unknown_period", "«\u00a0soon\u00a0» n'est pas un délai", "proposed"),
    ("[actions.assign]", "[actions.open]", "action_name_taken", "désigne déjà autre chose", "[actions.open]"),
    ('warn = ["top"] }', 'warn = ["top"], cause = "late" }', "cause_without_workflow", "sans dossier à ouvrir", '"+5 days"'),
    ("postmark_on =", "subject     =", "field_name_taken", "«\u00a0subject\u00a0» est déjà un renseignement", "subject"),
    ('opens_in     = "registered"', 'opens_in     = "closed"', "opens_at_an_end", "ne peut pas s'ouvrir dans l'état final", "opens_in"),
    ('public = { fr = "Reçu", en = "Received" }\n', "", "public_label_missing", "texte pour l'usager", "[states.registered]"),
    ('owner  = "desk"\n', "", "owner_missing", "Personne n'est attendu", "[states.registered]"),
    (CLOSE, CLOSE.replace("officer", "desk"), "nobody_who_reads_may_act", "(restreint, scellé) ne peut rien en faire", "[states.answered]"),
    ('by    = ["officer"]\nneeds', 'by    = ["service_head"]\nneeds', "nobody_who_reads_may_act", "(scellé) ne peut rien en faire", "[states.registered]"),
    ('next   = ["send_answer"]', 'next   = ["close"]', "next_not_possible", "ne part pas de cet état", "next"),
    ('until    = "answer_before"\n', "", "suspension_without_cap", "sans dire jusqu'à quand", "suspends"),
    ('answer_before = { type = "date", required = true,', 'answer_before = { type = "date",', "suspension_without_cap", "(ask_citizen)", "suspends"),
    ('by      = ["desk"]\neffects', "by      = []\neffects", "nobody_may", "Personne ne peut faire «\u00a0assign\u00a0»", "by      = []"),
    ('from    = ["*"]', "from    = []", "action_never_possible", "ne part d'aucun état", "from    = []"),
    ('fields  = { service = { type = "service", required = true, label = { fr = "Service", en = "Service" } } }\n', "", "effect_without_field", "service (type service) / officer (type staff)", "effects"),
    (CLOSE, CLOSE.replace('"officer"', '"officer", "citizen"'), "end_not_by_a_person", "que par un agent nommé", '"citizen"'),
    (CLOSE, CLOSE.replace('"officer"', '"import"'), "unknown_relation", "«\u00a0import\u00a0» ne désigne personne", '"import"'),
    (CLOSE, CLOSE.replace('"officer"', '"clock"'), "end_not_by_a_person", "ne peut pas revenir à «\u00a0clock\u00a0»", '"clock"'),
    ('outcome = "answered"\n', "", "end_without_outcome", "sans dire son issue", "[actions.close]"),
    ('required = true, label = { fr = "Motif"', 'label = { fr = "Motif"', "decision_without_reason", "sans motif de la liste", "decides"),
    (DECISION, DECISION.replace("service_head", "officer"), "decision_not_by_a_head", "ne peut pas revenir à «\u00a0officer\u00a0»", '["officer"]'),
    (DECISION, DECISION.replace("service_head", "administrator"), "decision_not_by_a_head", "evaluation, mediator", '["administrator"]'),
    (CLOSE, CLOSE.replace('["answered"]', '["answered", "closed"]'), "end_goes_on", "part de l'état final «\u00a0closed\u00a0»", 'from    = ["answered", "closed"]'),
    ('to      = "registered"\nby      = ["desk"]\nreopens', 'to      = "closed"\nby      = ["desk"]\nreopens', "reopening_into_an_end", "mener à un état ouvert", 'to      = "closed"'),
    ('within   = "15 days"\n', "", "deadline_without_length", "n'a pas de durée", "[deadlines.closure]"),
    ('armed_by = ["send_answer"]', "armed_by = []", "deadline_never_armed", "ne commence jamais", "[deadlines.closure]"),
    ('met_by   = ["close"]\n', "", "deadline_never_met", "Rien ne tient", "[deadlines.closure]"),
    ('ladder   = [{ at = "breach", warn = ["legal"], record = "implicit_decision" }]\n', "", "ladder_empty", "n'avertit personne", "[deadlines.implicit]"),
    ('"-10 working days"', '"+9 days"', "ladder_out_of_order", "du plus tôt au plus tard", '"breach",           warn'),
    ('{ at = "+5 days",          warn = ["top"] }', '{ at = "+5 days" }', "rung_does_nothing", "ne fait rien", '"+5 days"'),
    #
    # Paths
    ('["awaiting_citizen"]\nto    = "registered"', '["awaiting_citizen"]\nto    = "awaiting_citizen"', "dead_end", "ne peut plus jamais être terminé", "[states.awaiting_citizen]"),
    ('to    = "answered"', 'to    = "registered"', "unreachable_state", "Aucun dossier ne peut arriver dans l'état «\u00a0answered\u00a0»", "[states.answered]"),
    ('message = "answer", role = "answers"', 'message = "answer", role = "notes"', "silent_end", "(chemin\u00a0: Ouverture → Envoyer la réponse → Clôturer)", "[actions.close]"),
    (DECISION, 'by      = ["service_head"]', "silent_end", "sans que l'usager ait été informé", "[actions.close_anonymous]"),
    ('["answered", "closed"]', '["answered", "closed", "registered"]', "reopening_too_early", "ferait repartir le délai d'un dossier sans réponse", "reopens"),
    ('armed_by = ["send_answer"]', 'armed_by = ["open"]\ncancelled_by = ["send_answer"]', "state_without_clock", "(chemin\u00a0: Ouverture → Envoyer la réponse)", "[states.answered]"),
    ('armed_by = ["send_answer"]', 'armed_by = ["send_answer"]\nskip_for = ["none"]', "state_without_clock", "plus aucune échéance ne court", "[states.answered]"),
    ('met_by  = ["send_answer", "close_anonymous"]', 'met_by  = ["open", "send_answer", "close_anonymous"]', "state_without_clock", "(chemin\u00a0: Ouverture)", "[states.registered]"),
    ('kind    = "promise"\nreopens = true', 'kind    = "promise"', "state_without_clock", "Rouvrir", "[states.registered]"),
    ('suspends = ["answer", "implicit"]', 'suspends = ["answer", "implicit", "missing_items"]', "suspension_without_clock", "gardez-y une échéance qui relance", "[states.awaiting_citizen]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "words", "line"), BROKEN, ids=[f"{row[2]}-{n}" for n, row in enumerate(BROKEN)]
)
def test_a_broken_definition_is_refused_with_its_line_and_what_to_change(old, new, code, words, line):
    definition = mail((old, new))

    found = [finding for finding in findings(definition) if finding.code == code]

    assert [finding.file for finding in found] == ["mail/workflow.toml"] * len(found)
    assert words in found[0].sentence.fr
    assert line in definition.source.splitlines()[found[0].line - 1]


def test_a_workflow_that_the_clock_cannot_open_is_refused():
    by_hand_only = from_text(INCIDENT.replace('["clock", "evaluation"]', '["evaluation"]'), {})
    asks_more = from_text(
        INCIDENT.replace(
            "fields       = { cause",
            'fields       = { found_on = { type = "date", required = true, label = { fr = "Vu le", en = "Seen on" } }, cause',
        ),
        {},
    )

    codes = [[f.code for f in check(mail(), {"incident": opened})] for opened in (by_hand_only, asks_more)]

    assert codes == [["workflow_not_for_the_clock"]] * 2


def test_the_administrator_may_record_an_answer_given_before():
    answered_on = 'answered_on = { type = "date", required = true, not_after = "today", label = { fr = "Le", en = "On" } }, outcome = {'
    definition = mail(
        (DECISION, DECISION.replace("service_head", "administrator")),
        ("fields  = { outcome = {", f"fields  = {{ {answered_on}"),
    )

    assert findings(definition) == []


def test_an_answer_to_the_first_letter_does_not_end_the_second():
    reopened = '[states.reopened]\nlabel = { fr = "Rouvert", en = "Reopened" }\npublic = { fr = "Rouvert", en = "Reopened" }\nowner = "officer"\n\n'
    definition = mail(
        ("[states.closed]", f"{reopened}[states.closed]"),
        (
            'to      = "registered"\nby      = ["desk"]\nreopens',
            'to      = "reopened"\nby      = ["desk"]\nreopens',
        ),
        (CLOSE, CLOSE.replace('["answered"]', '["answered", "reopened"]')),
    )

    found = findings(definition)

    assert [finding.code for finding in found] == ["silent_end"]
    assert "Envoyer la réponse → Rouvrir → Clôturer" in found[0].sentence.fr


def test_a_case_that_opens_suspended_has_no_end_to_its_suspension():
    definition = mail(('opens_in     = "registered"', 'opens_in     = "awaiting_citizen"'))

    assert (
        "opening" in next(f for f in findings(definition) if f.code == "suspension_without_cap").sentence.fr
    )


@pytest.mark.parametrize(
    ("file", "text", "code", "words", "line"),
    [
        ("answer.fr.txt", "Objet : R\n\n{{ case.refrence }}\n", "template_fails", "«\u00a0refrence\u00a0» n'est pas une donnée", 3),
        ("answer.fr.txt", "Objet : R\n\n{{ signatory.name }}\n", "template_fails", "quand presque rien n'est connu\u00a0: «\u00a0name\u00a0»", 3),
        ("answer.fr.txt", "Objet : R\n\n{% if case.late %}{{ regret }}{% endif %}\n", "template_fails", "quand tout est connu", 3),
        ("answer.en.txt", "Subject: A\n\n{% if %}\n", "template_fails", "TemplateSyntaxError", 3),
        ("answer.en.txt", "Objet : A\n\nText\n", "template_fails", "la première ligne doit être «\u00a0Subject\u00a0»", 1),
        ("answer.fr.txt", 'Objet : R\n\n{% include "nobody.fr.txt" %}\n', "template_fails", "le bloc «\u00a0nobody.fr.txt\u00a0» n'existe pas", 3),
        ("answer.fr.txt", "Objet : R\n\n{{ fields.answer_before }}\n", "template_fails", "«\u00a0answer_before\u00a0»", 3),
        ("agent.fr.txt", "\n{{ officer.grade }}\n", "template_fails", "«\u00a0grade\u00a0»", 2),
        ("agent.fr.txt", '{% include "agent.fr.txt" %}\n', "template_fails", "RecursionError", 1),
        ("notice.fr.txt", "Objet : N\n\nTexte\n", "template_unused", "Aucune action n'envoie ce message", 1),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_written_is_refused_with_its_own_file_and_line(
    file, text, code, words, line
):
    found = findings(mail(messages={file: text}))

    assert [(f.code, f.file, f.line) for f in found] == [(code, f"mail/messages/{file}", line)]
    assert words in found[0].sentence.fr


def test_a_message_missing_in_one_language_is_refused_where_it_is_sent():
    source, messages = (
        mail().source,
        {name: text for name, text in MESSAGES.items() if name != "missing.en.txt"},
    )

    found = findings(from_text(source, messages))

    assert [finding.code for finding in found] == ["template_language_missing"]
    assert "messages/missing.en.txt" in found[0].sentence.fr
    assert 'message = "missing"' in source.splitlines()[found[0].line - 1]


@given(
    where=st.integers(0, len(SOURCE) - 1),
    length=st.integers(0, 40),
    instead=st.text("\"[]{}=,.#\\n x0é'", max_size=4),
)
def test_a_slip_of_the_pen_anywhere_is_a_finding_or_nothing_never_a_traceback(where, length, instead):
    try:
        found = check(
            from_text(SOURCE[:where] + instead + SOURCE[where + length :], MESSAGES), {"incident": incident()}
        )
    except DefinitionError as error:
        found = error.findings

    assert all(finding.line >= 1 and finding.sentence.fr and finding.sentence.en for finding in found)


def test_every_fault_is_said_at_once_in_the_order_of_the_file():
    definition = mail(
        ('opens_in     = "registered"', 'opens_in     = "here"'),
        ('warn = ["top"]', 'warn = ["mayor"]'),
        ('needs = ["signed"]', 'needs = ["sealed"]'),
    )

    assert [finding.code for finding in findings(definition)] == [
        "unknown_state",
        "unknown_recipient",
        "unknown_need",
    ]


def test_every_sentence_exists_in_french_and_in_english_and_keeps_its_colon_on_the_line():
    for sentence in SENTENCES.values():
        assert sentence.fr != sentence.en
        assert " :" not in sentence.fr
        assert "« " not in sentence.fr
