"""What is said of each fault: what is wrong, then what to change. One sentence per code."""

import re

from casetrack.language import Text


def _typeset(french: str) -> str:
    """Put the no-break spaces that French wants before : ; ? ! and inside « »."""
    return re.sub(r" (?=[:;?!»])|(?<=«) ", "\u00a0", french)


def _text(french: str, english: str) -> Text:
    return Text(_typeset(french), english)


SENTENCES = {
    # The file itself
    "file_unreadable": _text(
        "Ce fichier n'existe pas ou n'est pas un texte en UTF-8 : vérifiez son nom et son encodage.",
        "This file does not exist or is not UTF-8 text: check its name and its encoding.",
    ),
    "not_toml": _text(
        "La ligne ne suit pas la forme « nom = valeur » ({problem}) : vérifiez les guillemets, les crochets et les accolades.",
        "The line does not read “name = value” ({problem}): check quotes, brackets and braces.",
    ),
    "duplicate_key": _text(
        "Ce nom est écrit deux fois ({problem}) : gardez une seule des deux lignes.",
        "This name is written twice ({problem}): keep one of the two lines.",
    ),
    "key_differs_from_folder": _text(
        "Le circuit s'appelle « {name} » mais son dossier « {folder} » : donnez-leur le même nom.",
        "The workflow is called “{name}” but its folder “{folder}”: give them the same name.",
    ),
    "duplicate_workflow": _text(
        "Deux fichiers décrivent le circuit « {name} » : gardez un seul des deux.",
        "Two files describe the workflow “{name}”: keep one of them.",
    ),
    # The shape
    "unknown_key": _text(
        "« {name} » n'est pas un mot connu à cet endroit{nearest} : corrigez-le ou retirez la ligne.",
        "“{name}” is not a known word here{nearest}: correct it or remove the line.",
    ),
    "rung_would_act": _text(
        "Une échéance avertit, constate ou ouvre un dossier ; « {name} » la ferait agir sur celui-ci : retirez « {name} » (le silence ne répond, ne refuse et ne clôt jamais).",
        "A deadline warns, records or opens a case; “{name}” would make it act on this one: remove “{name}” (silence never answers, refuses or closes).",
    ),
    "key_missing": _text(
        "Il manque « {name} » dans « {where} » : ajoutez-le.",
        "“{name}” is missing in “{where}”: add it.",
    ),
    "label_missing": _text(
        "Il manque le texte « {name} » de « {where} » : écrivez-le en français (fr) et en anglais (en).",
        "The text “{name}” of “{where}” is missing: write it in French (fr) and in English (en).",
    ),
    "name_not_plain": _text(
        "« {name} » n'est pas un nom simple : écrivez des minuscules sans accent, des chiffres et « _ », sans point ni espace.",
        "“{name}” is not a plain name: use lower-case letters without accents, figures and “_”, no dot and no space.",
    ),
    "unknown_field_type": _text(
        "« {name} » n'est pas un type de champ{nearest} : choisissez parmi {known}.",
        "“{name}” is not a type of field{nearest}: choose among {known}.",
    ),
    "unknown_message_role": _text(
        "« {name} » n'est pas un rôle de message{nearest} : choisissez parmi {known}.",
        "“{name}” is not a role of message{nearest}: choose among {known}.",
    ),
    "unknown_value": _text(
        "« {name} » n'est pas une valeur possible{nearest} : choisissez parmi {known}.",
        "“{name}” is not a possible value{nearest}: choose among {known}.",
    ),
    "value_wrong": _text(
        "« {where} » n'a pas la forme attendue : écrivez {expected}.",
        "“{where}” does not have the expected form: write {expected}.",
    ),
    # Names that must exist elsewhere
    "unknown_state": _text(
        "« {name} » n'est pas un état de ce circuit{nearest} : choisissez parmi {known}, ou ajoutez [states.{name}].",
        "“{name}” is not a state of this workflow{nearest}: choose among {known}, or add [states.{name}].",
    ),
    "unknown_action": _text(
        "« {name} » n'est pas une action de ce circuit{nearest} : choisissez parmi {known}.",
        "“{name}” is not an action of this workflow{nearest}: choose among {known}.",
    ),
    "unknown_deadline": _text(
        "« {name} » n'est pas une échéance de ce circuit{nearest} : choisissez parmi {known}.",
        "“{name}” is not a deadline of this workflow{nearest}: choose among {known}.",
    ),
    "unknown_relation": _text(
        "« {name} » ne désigne personne{nearest} : choisissez parmi {known}.",
        "“{name}” names nobody{nearest}: choose among {known}.",
    ),
    "unknown_recipient": _text(
        "Une échéance ne peut pas avertir « {name} »{nearest} : choisissez parmi {known}.",
        "A deadline cannot warn “{name}”{nearest}: choose among {known}.",
    ),
    "unknown_need": _text(
        "« {name} » n'est pas une condition connue{nearest} : choisissez parmi {known}.",
        "“{name}” is not a known need{nearest}: choose among {known}.",
    ),
    "unknown_effect": _text(
        "« {name} » n'est pas un effet connu{nearest} : choisissez parmi {known}.",
        "“{name}” is not a known effect{nearest}: choose among {known}.",
    ),
    "unknown_fact": _text(
        "« {name} » n'est pas un fait qu'une échéance sait constater{nearest} : choisissez parmi {known}.",
        "“{name}” is not a fact that a deadline can record{nearest}: choose among {known}.",
    ),
    "unknown_silence_mode": _text(
        "« {name} » n'est pas un sens du silence{nearest} : choisissez parmi {known}.",
        "“{name}” is not a meaning of silence{nearest}: choose among {known}.",
    ),
    "unknown_list": _text(
        "La liste « {name} » n'existe pas{nearest} : choisissez parmi {known}, ou ajoutez [lists.{name}].",
        "There is no list “{name}”{nearest}: choose among {known}, or add [lists.{name}].",
    ),
    "unknown_field": _text(
        "« {name} » n'est pas un champ de date de ce formulaire{nearest} : choisissez parmi {known}, ou ajoutez un champ « {name} » de type « date ».",
        "“{name}” is not a date field of this form{nearest}: choose among {known}, or add a field “{name}” of type “date”.",
    ),
    "unknown_workflow": _text(
        "Il n'y a pas de circuit « {name} » à ouvrir{nearest} : choisissez parmi {known}.",
        "There is no workflow “{name}” to open{nearest}: choose among {known}.",
    ),
    "unknown_cause": _text(
        "« {name} » n'est pas une cause du circuit « {workflow} »{nearest} : choisissez parmi {known}, ou ajoutez-la à sa liste « causes ».",
        "“{name}” is not a cause of the workflow “{workflow}”{nearest}: choose among {known}, or add it to its list “causes”.",
    ),
    "unknown_period": _text(
        "« {name} » n'est pas un délai : écrivez par exemple « 1 month », « 15 days », « 10 working days » ou « 2 months franc ».",
        "“{name}” is not a period: write for example “1 month”, “15 days”, “10 working days” or “2 months franc”.",
    ),
    "unknown_offset": _text(
        "« {name} » n'est pas un moment : écrivez « -10 working days » (jours ouvrés), « +3 days » (jours) ou « breach » (lendemain du dépassement).",
        "“{name}” is not a moment: write “-10 working days”, “+3 days” or “breach” (the day after the date is missed).",
    ),
    # Fields and lists
    "list_empty": _text(
        "La liste « {name} » est vide : ajoutez au moins un choix.",
        "The list “{name}” is empty: add at least one choice.",
    ),
    "choice_without_list": _text(
        "Le choix « {name} » n'a pas de liste : ajoutez « of = \"…\" » (et « of » ne va qu'avec le type « choice »).",
        'The choice “{name}” has no list: add “of = "…"” (and “of” goes only with the type “choice”).',
    ),
    "field_name_taken": _text(
        "« {name} » est déjà un renseignement de tout dossier : retirez ce champ ou donnez-lui un autre nom.",
        "“{name}” is already known of every case: remove this field or give it another name.",
    ),
    "bound_without_date": _text(
        "« {name} » n'est pas une date : retirez « not_after », « not_before » et « proposed », ou donnez-lui le type « date ».",
        "“{name}” is not a date: remove “not_after”, “not_before” and “proposed”, or give it the type “date”.",
    ),
    "reference_wrong": _text(
        "« {name} » ne peut pas numéroter les dossiers : écrivez {{year}} et {{number}}, par exemple « {{year}}-A-{{number:06}} », 60 signes au plus.",
        "“{name}” cannot number cases: write {{year}} and {{number}}, for example “{{year}}-A-{{number:06}}”, at most 60 characters.",
    ),
    # States
    "opens_at_an_end": _text(
        "Un dossier ne peut pas s'ouvrir dans l'état final « {name} » : indiquez dans « opens_in » un état ouvert.",
        "A case cannot open in “{name}”, which ends: name an open state in “opens_in”.",
    ),
    "public_label_missing": _text(
        'L\'état « {name} » n\'a pas de texte pour l\'usager : ajoutez « public = {{ fr = "…", en = "…" }} ».',
        'The state “{name}” has no wording for the citizen: add “public = {{ fr = "…", en = "…" }}”.',
    ),
    "owner_missing": _text(
        "Personne n'est attendu dans l'état « {name} » : ajoutez « owner = \"officer\" » ou un autre responsable.",
        'Nobody is expected to act in the state “{name}”: add “owner = "officer"” or somebody else.',
    ),
    "nobody_who_reads_may_act": _text(
        "Dans l'état « {name} », qui peut lire un dossier confidentiel ({levels}) ne peut rien en faire : ajoutez « officer », « named » ou « mediator » au « by » d'une action proposée, ou une action d'effet « name ».",
        "In the state “{name}”, those who may read a confidential case ({levels}) can do nothing with it: add “officer”, “named” or “mediator” to the “by” of a proposed action, or an action with the effect “name”.",
    ),
    "next_not_possible": _text(
        "« {name} » est proposée ici mais ne part pas de cet état : retirez-la, ou ajoutez « {state} » à son « from ».",
        "“{name}” is proposed here but does not start from this state: remove it, or add “{state}” to its “from”.",
    ),
    "unreachable_state": _text(
        "Aucun dossier ne peut arriver dans l'état « {name} » : écrivez une action dont « to » est « {name} », ou retirez l'état.",
        "No case can reach the state “{name}”: write an action whose “to” is “{name}”, or remove the state.",
    ),
    "dead_end": _text(
        "De l'état « {name} » un dossier ne peut plus jamais être terminé : écrivez une action qui en sort et mène vers une fin.",
        "From the state “{name}” a case can never be ended: write an action that leaves it and leads to an end.",
    ),
    "end_goes_on": _text(
        "« {name} » part de l'état final « {state} » : seule une action « reopens = true » peut reprendre un dossier terminé.",
        "“{name}” starts from “{state}”, which ends: only an action with “reopens = true” may take up an ended case.",
    ),
    "reopening_into_an_end": _text(
        "« {name} » rouvre un dossier : elle doit mener à un état ouvert ; corrigez « to ».",
        "“{name}” reopens a case: it must lead to an open state; correct “to”.",
    ),
    "reopening_too_early": _text(
        "« {name} » ferait repartir le délai d'un dossier sans réponse (chemin : {way}) : ne rouvrez que depuis un état où l'usager a été informé ; corrigez « from ».",
        "“{name}” would start the month again on an unanswered case (path: {way}): reopen only from a state where the citizen was informed; correct “from”.",
    ),
    "silent_end": _text(
        "« {name} » termine le dossier sans que l'usager ait été informé (chemin : {way}) : ajoutez « sends » avec le rôle « answers » ou « informs », ou « decides = true » avec un motif choisi par un responsable.",
        "“{name}” ends the case though the citizen was not informed (path: {way}): add “sends” with the role “answers” or “informs”, or “decides = true” with a reason chosen by a head.",
    ),
    "state_without_clock": _text(
        "Dans l'état « {name} » plus aucune échéance ne court (chemin : {way}) : faites-en partir une (« armed_by ») ou gardez-en une en marche.",
        "In the state “{name}” no deadline runs any more (path: {way}): start one (“armed_by”) or keep one running.",
    ),
    "suspension_without_cap": _text(
        "« {name} » suspend des échéances sans dire jusqu'à quand : ajoutez « until » et le champ de date obligatoire du même nom à chaque action qui y mène ({actions}).",
        "“{name}” suspends deadlines without saying until when: add “until”, and the required date field of that name to each action that leads there ({actions}).",
    ),
    "suspension_without_clock": _text(
        "L'état « {name} » suspend toutes les échéances qui courent (chemin : {way}) : gardez-y une échéance qui relance, hors de « suspends ».",
        "The state “{name}” suspends every deadline that runs (path: {way}): keep one there that reminds, outside “suspends”.",
    ),
    # Actions
    "nobody_may": _text(
        "Personne ne peut faire « {name} » : indiquez qui dans « by ».",
        "Nobody may do “{name}”: say who in “by”.",
    ),
    "action_name_taken": _text(
        "« {name} » désigne déjà autre chose dans l'historique : donnez un autre nom à cette action.",
        "“{name}” already means something else in the journal: give this action another name.",
    ),
    "action_never_possible": _text(
        "« {name} » ne part d'aucun état : indiquez d'où dans « from ».",
        "“{name}” starts from no state: say where from in “from”.",
    ),
    "end_not_by_a_person": _text(
        "« {name} » termine un dossier et ne peut pas revenir à « {who} » : un dossier n'est terminé que par un agent nommé ; retirez « {who} » de « by ».",
        "“{name}” ends a case and cannot be for “{who}”: only a named member of staff ends a case; remove “{who}” from “by”.",
    ),
    "end_without_outcome": _text(
        '« {name} » termine un dossier sans dire son issue : ajoutez un champ « outcome » obligatoire de type « choice », ou « outcome = "…" ».',
        '“{name}” ends a case without an outcome: add a required field “outcome” of type “choice”, or “outcome = "…"”.',
    ),
    "decision_without_reason": _text(
        "« {name} » décide sans motif de la liste : ajoutez un champ « outcome » obligatoire de type « choice ».",
        "“{name}” decides without a listed reason: add a required field “outcome” of type “choice”.",
    ),
    "decision_not_by_a_head": _text(
        "« {name} » décide sans informer l'usager et ne peut pas revenir à « {who} » : choisissez parmi {known}.",
        "“{name}” decides without informing the citizen and cannot be for “{who}”: choose among {known}.",
    ),
    "effect_without_field": _text(
        "L'effet « {name} » a besoin d'un champ : ajoutez à cette action {known}.",
        "The effect “{name}” needs a field: add to this action {known}.",
    ),
    # Deadlines
    "deadline_without_length": _text(
        "L'échéance « {name} » n'a pas de durée : ajoutez « within » (un délai) ou « date » (un champ de date).",
        "The deadline “{name}” has no length: add “within” (a period) or “date” (a date field).",
    ),
    "deadline_never_armed": _text(
        "L'échéance « {name} » ne commence jamais : indiquez dans « armed_by » ce qui la fait partir.",
        "The deadline “{name}” never starts: say in “armed_by” what starts it.",
    ),
    "deadline_never_met": _text(
        "Rien ne tient ni n'annule l'échéance « {name} » : indiquez une action dans « met_by ».",
        "Nothing meets or cancels the deadline “{name}”: name an action in “met_by”.",
    ),
    "ladder_empty": _text(
        "L'échéance « {name} » n'avertit personne : ajoutez « ladder » avec au moins un rappel.",
        "The deadline “{name}” warns nobody: add “ladder” with at least one reminder.",
    ),
    "ladder_out_of_order": _text(
        "Le rappel « {name} » vient après un rappel plus tardif : rangez « ladder » du plus tôt au plus tard.",
        "The reminder “{name}” comes after a later one: sort “ladder” from the earliest to the latest.",
    ),
    "rung_does_nothing": _text(
        "Le rappel « {name} » ne fait rien : ajoutez « warn », « record » ou « open ».",
        "The reminder “{name}” does nothing: add “warn”, “record” or “open”.",
    ),
    "cause_without_workflow": _text(
        "La cause « {name} » ne sert à rien sans dossier à ouvrir : ajoutez « open » ou retirez « cause ».",
        "The cause “{name}” is of no use without a case to open: add “open” or remove “cause”.",
    ),
    "workflow_not_for_the_clock": _text(
        "L'horloge ne peut pas ouvrir le circuit « {name} » : il lui faut « clock » dans « opening.by », un champ « cause » (choix de la liste « causes ») et aucun autre champ obligatoire.",
        "The clock cannot open the workflow “{name}”: it needs “clock” in “opening.by”, a field “cause” (choice of the list “causes”) and no other required field.",
    ),
    # Messages
    "unknown_template": _text(
        "Le message « {name} » n'existe pas{nearest} : écrivez messages/{name}.fr.txt et messages/{name}.en.txt.",
        "There is no message “{name}”{nearest}: write messages/{name}.fr.txt and messages/{name}.en.txt.",
    ),
    "template_language_missing": _text(
        "Le message « {name} » manque dans une langue : écrivez messages/{missing}.",
        "The message “{name}” is missing in one language: write messages/{missing}.",
    ),
    "template_unused": _text(
        "Aucune action n'envoie ce message : corrigez son nom ou retirez le fichier.",
        "No action sends this message: correct its name or remove the file.",
    ),
    "template_fails": _text(
        "Le message ne peut pas être écrit {case} : {problem}",
        "The message cannot be written {case}: {problem}",
    ),
    "template_forbidden": _text(
        "Le message tente ce qu'un modèle ne peut pas faire ({problem}) : un modèle montre ce qu'on lui donne, sans rien appeler ni calculer.",
        "The message tries what a template may not do ({problem}): a template shows what it is given, and calls or computes nothing.",
    ),
}
