import json

import pytest
from click.testing import CliRunner, Result

from casetrack.cli.due import due


def run(*arguments: str) -> Result:
    return CliRunner().invoke(due, arguments)


def test_a_program_reads_the_dates_and_their_reasons():
    answer = run("2026-12-31", "--json")

    assert answer.exit_code == 0
    assert answer.stdout.count("\n") == 1
    assert json.loads(answer.stdout) == {
        "received_on": "2026-12-31",
        "due_on": "2027-01-31",
        "act_by": "2027-01-29",
        "implicit_on": "2027-02-28",
        "explanation": [
            "Reçu le jeudi 31 décembre 2026\u00a0; un mois de quantième à quantième (code de procédure civile, art. 641)\u00a0: dimanche 31 janvier 2027.",
            "Dimanche\u00a0: l'objectif de travail est le vendredi 29 janvier 2027.",
            "Silence gardé depuis le jeudi 31 décembre 2026\u00a0; deux mois de quantième à quantième (code de procédure civile, art. 641)\u00a0: dimanche 28 février 2027.",
            "Le 31 n'existe pas en février 2027\u00a0: dernier jour du mois.",
            "La décision implicite naît à la fin du dimanche 28 février 2027 (CRPA, art. L231-1 et L231-4).",
        ],
    }


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (["2026-11-23", "--within", "10 working days"], ("2026-12-07", "2026-12-07", "2027-01-23")),
        (["2027-02-26"], ("2027-03-26", "2027-03-26", "2027-04-26")),
        (["2027-02-26", "--zone", "alsace-moselle"], ("2027-03-26", "2027-03-25", "2027-04-26")),
        (
            [
                "2026-11-23",
                "--paused",
                "2026-12-05..2026-12-08",
                "--paused",
                "2026-12-01..2026-12-07",
            ],
            ("2026-12-30", "2026-12-30", "2027-01-30"),  # seven days in all
        ),
    ],
)
def test_the_period_the_zone_and_the_pauses_are_taken_into_account(arguments, dates):
    answer = json.loads(run(*arguments, "--json").stdout)

    assert (answer["due_on"], answer["act_by"], answer["implicit_on"]) == dates


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "fr",
            ["Réponse due le mercredi 23 décembre 2026", "Décision implicite le samedi 23 janvier 2027"],
        ),
        ("en", ["Answer due on Wednesday 23 December 2026", "Implicit decision on Saturday 23 January 2027"]),
    ],
)
def test_a_person_reads_the_dates_in_words(language, lines):
    answer = run("2026-11-23", "--language", language)

    assert answer.exit_code == 0
    assert set(lines) <= set(answer.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2026-02-30"], "n'est pas une date"),
        (["hier"], "n'est pas une date"),
        (["9999-12-31"], "n'est pas une date entre 1900 et 2100"),
        (["2026-11-23", "--within", "bientôt"], "n'est pas un délai"),
        (["2026-11-23", "--zone", "bretagne"], "n'existe pas"),
        (["2026-11-23", "--paused", "2026-12-01"], "n'est pas une suspension"),
        (["2026-11-23", "--paused", "2026-12-01.."], "n'est pas une suspension"),
        (["2026-11-23", "--paused", "2026-12-02..2026-12-01"], "finit avant"),
        (["2026-11-23", "--zone", "bretagne", "--language", "en"], "There is no holiday zone"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(arguments, sentence):
    answer = run(*arguments)

    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert answer.stdout == ""
