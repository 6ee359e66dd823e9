"""Addresses that no page of ours makes: whatever they hold, never a broken page."""

import re

import pytest

LONG = "9" * 5_000
ASKED = ("q", "apres", "avant", "vue", "onglet", "de", "vers", "dossier", "principal", "annee", "mois", "pli", "sender", "title",
         "service", "agent", "sujet", "etat", "canal", "du", "au", "postes", "message", "next", "montrer", "cause", "email")  # fmt: skip
WHO = {"dysfunctions": "eva", "follow_up": "mila", "administration": "aline", "reassignment": "denis", "service_desk": "denis",
       "parapheur": "denis", "registration": "marc", "print_run": "marc", "pile": "marc"}  # fmt: skip


def addresses(hall, blank: str):
    """Return every (endpoint, path) that answers to GET, with this in place of its words."""
    case = hall.taken()
    for rule in hall.app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.endpoint.endswith("static"):
            path = re.sub(r"<int:\w+>", "1", rule.rule)
            yield rule.endpoint, re.sub(r"<\w+>", blank, path)
            if "<reference>" in path:
                yield rule.endpoint, re.sub(r"<\w+>", blank, path.replace("<reference>", case))


def broken(hall, asked) -> list[str]:
    visitors = {login: hall.visitor(login).client for login in {*WHO.values(), "anne"}}
    found = []
    for endpoint, path in asked:
        client = visitors[WHO.get(endpoint.partition(".")[0], "anne")]
        if client.get(path, buffered=True).status_code >= 500 and endpoint != "health.show":
            found.append(path[:120])
    return found


TRIED = [("sqlite", "%00"), ("postgresql", "%00"), ("postgresql", "9" * 25), ("sqlite", LONG), ("sqlite", "//["),
         ("sqlite", "mot+" * 1_000)]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "blank"),
    [("sqlite", "a%0Ab"), ("postgresql", "a%00b"), ("sqlite", LONG)],
    indirect=["database"],
)
def test_no_address_breaks_a_page(hall, blank):
    assert broken(hall, addresses(hall, blank)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("database", "asked"), TRIED, indirect=["database"])
def test_no_question_breaks_a_page(hall, asked):
    query = "&".join(f"{name}={asked}" for name in ASKED)

    pages = [(endpoint, f"{path}?{query}") for endpoint, path in addresses(hall, "nouveau")]

    assert broken(hall, pages) == []
