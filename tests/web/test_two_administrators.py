"""Two administrators on one page: the second is told who changed what, and keeps what they typed."""

import re

import pytest

from casetrack.database.tables import Service, Staff, StaffRole, Subject
from tests.web.visitors import words

NAMES = {"service": "services/{VOI}", "person": "personnes/{anne}", "subject": "sujets/{voirie}"}


@pytest.fixture
def both(hall):
    """Aline, and Marc who administers too."""
    with hall.database.session() as session:
        session.add(StaffRole(staff_id=hall.town.marc.id, role="administrator"))
        session.commit()
    return hall.visitor("aline"), hall.visitor("marc")


def address(hall, kind: str) -> str:
    numbers = {"VOI": hall.town.services["VOI"].id, "anne": hall.town.anne.id, "voirie": hall.town.subjects["voirie"].id}  # fmt: skip
    return "/administration/" + NAMES[kind].format(**numbers)


def filled_in(visitor, path: str) -> dict[str, object]:
    """Open a form, and return its fields as they are."""
    page = visitor.get(path).text
    form = page[page.index('name="seen"') - 300 : page.index("Enregistrer</button>")]
    fields = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    fields["role"] = re.findall(r'name="role" value="([^"]+)" checked', form)
    fields["shown"] = re.findall(r'name="shown" value="([^"]+)"', form)
    if "label_en" in fields:
        fields["label_en"] = "Roads"
    if "is_active" in form:
        fields["is_active"] = "true"
    return {name: value for name, value in fields.items() if name not in ("csrf_token", "whose")}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "field", "first", "second"),
    [
        ("service", "name", "Voirie et réseaux", "Voirie, éclairage"),
        ("person", "title", "cheffe d'équipe", "technicienne"),
        ("subject", "label", "Routes", "Chaussées"),
    ],
)
def test_the_second_is_told_who_changed_what_and_keeps_what_they_typed(
    hall, both, kind, field, first, second
):
    aline, marc = both
    path = address(hall, kind)
    hers, his = filled_in(aline, path), filled_in(marc, path)

    assert aline.post(path, **{**hers, field: first}).status_code == 302
    refused = marc.post(path, **{**his, field: second})

    assert refused.status_code == 422
    told = words(refused)
    assert "Quelqu'un a modifié cette fiche pendant que vous écriviez" in told
    assert "Entre-temps : Aline Aubert, " in told
    assert first in told
    assert f'value="{second}"' in refused.text
    again = filled_in_from(refused.text)
    assert marc.post(path, **{**his, **again, field: second}).status_code == 302
    with hall.database.reader() as session:
        table = {"service": Service, "person": Staff, "subject": Subject}[kind]
        row = session.get(table, int(path.rpartition("/")[2]))
        assert getattr(row, field) == second


def filled_in_from(page: str) -> dict[str, str]:
    return {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}


def test_a_role_given_meanwhile_is_not_taken_away_unawares(hall, both):
    aline, marc = both
    path = address(hall, "person")
    hers, his = filled_in(aline, path), filled_in(marc, path)

    aline.post(path, **{**hers, "new_role": "desk"})
    refused = marc.post(path, **{**his, "title": "technicienne"})

    assert re.search(r'value="desk:" checked', refused.text)


def test_a_form_saved_twice_by_the_same_person_says_so_and_nothing_is_lost(hall, both):
    aline, _marc = both
    path = address(hall, "service")
    hers = filled_in(aline, path)
    aline.post(path, **{**hers, "name": "Une"})

    again = aline.post(path, **{**hers, "name": "Deux"})

    assert again.status_code == 422
    assert "Aline Aubert" in words(again)


@pytest.mark.parametrize("mark", ["", ".", "x.y", f"{'0' * 24}.1e999", "é.nan", f"{'0' * 24}.-99999999999"])
def test_a_forged_mark_changes_nothing(hall, both, mark):
    aline, _marc = both
    path = address(hall, "service")
    hers = filled_in(aline, path)

    assert aline.post(path, **{**hers, "seen": mark}).status_code == 422


def test_a_closure_already_taken_out_is_no_fault(hall, both):
    aline, marc = both
    for visitor in both:
        visitor.get("/administration/fermetures")
    aline.post("/administration/fermetures", day="2026-12-24", label="Pont")
    aline.post("/administration/fermetures/2026-12-24/retirer")

    done = marc.post("/administration/fermetures/2026-12-24/retirer")

    assert "déjà retirée" in words(marc.get(done.location))
