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
}
