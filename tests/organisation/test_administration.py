"""What administrators change, what is refused to them, and the line that each change leaves."""

from datetime import date

import pytest
from sqlalchemy import select

from casetrack.database.tables import Absence, LocalClosure, Staff, Subject
from casetrack.engine import act, open_case
from casetrack.errors import ActionNotAllowed, InvalidFields, InvalidInput
from casetrack.organisation import absences, accounts, changes, closures, services, subjects
from casetrack.organisation.staff import set_password, sign_in
from tests.town import MONDAY, NINE

VOIRIE = {"name": "Voirie", "parent": "CDV", "address": "1 place de la Mairie, 99000 Valmy"}
ANNE = {"given_name": "Anne", "family_name": "Arnaud", "title": "agent", "service": "VOI"}
SUBJECT = {
    "code": "bruit", "label": "Bruit", "label_en": "Noise", "workflow": "letter", "service": "PRO",
    "silence_mode": "rejection", "silence_delay": "2 months", "answer_delay": "", "confidentiality": "0",
    "keywords": "bruit, tapage", "is_active": "true",
}  # fmt: skip


@pytest.fixture
def given(town):
    """Who changes, and when."""
    return {"by": town.aline, "at": NINE}


@pytest.fixture
def letter(session, town):
    """A letter that Anne has in charge."""
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Trou", citizen=town.citizen,
                     received_on=MONDAY, subject=town.subjects["voirie"])  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, case, "take_charge", by=town.anne, at=NINE)
    return case


def faults(function, *args, **given) -> set[str]:
    with pytest.raises(InvalidFields) as refused:
        function(*args, **given)
    return set(refused.value.faults)


def last(session) -> tuple[str, str, list[str]]:
    line = changes.newest(session, limit=1)[0]
    return line.what.fr, line.about, [detail.fr.replace("\u00a0", " ") for detail in line.details]


# ---- Services


def test_a_service_is_added_renamed_and_moved_with_a_line_each(session, town, given):
    parks = services.add(session, {"code": "EVE", "name": "Parcs", "parent": "CDV"}, **given)
    services.change(session, parks, {"name": "Espaces verts", "parent": "DGS"}, **given)

    assert services.path(session, parks.id) == "Direction générale › Espaces verts"
    what, about, details = last(session)
    assert (what, about) == ("service modifié", "Parcs")
    assert details == ["nom : Parcs → Espaces verts", "rattaché à : Cadre de vie → Direction générale"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"code": "", "name": ""}, {"code", "name"}),
        ({"code": "voi rie", "name": "Voirie"}, {"code"}),  # a space
        ({"code": "VOI", "name": "Voirie"}, {"code"}),  # taken
        ({"code": "NEW", "name": "x" * 201}, {"name"}),  # the column is shorter
        ({"code": "NEW", "name": "Neuf", "parent": "ZZZ"}, {"parent"}),
    ],
)
def test_a_service_is_refused_at_each_faulty_field(session, town, given, typed, wrong):
    assert faults(services.add, session, typed, **given) == wrong


def test_what_is_pasted_from_a_word_processor_is_kept_as_it_would_be_typed(session, town, given):
    parks = services.add(session, {"code": "EVE", "name": "Parcs\u00a0: espaces\u202fverts"}, **given)
    lou = accounts.add(
        session,
        {
            "login": "lou",
            "given_name": "Lou\u2011Ann",
            "family_name": "Le\u00a0Goff",
            "title": "Jardi\u00adnière",
        },
        [],
        **given,
    )
    closure = closures.add(session, date(2026, 12, 24), "Veille de\u00a0Noël", **given)

    assert parks.name == "Parcs : espaces verts"
    assert (lou.given_name, lou.family_name, lou.title) == ("Lou-Ann", "Le Goff", "Jardinière")
    assert closure.label == "Veille de Noël"


@pytest.mark.parametrize("hidden", ["Voi\u202erie", "Voi\u200frie", "Voi\x00rie", "Voi\nrie"])
def test_a_mark_that_nobody_can_see_is_refused_at_its_field(session, town, given, hidden):
    assert faults(services.add, session, {"code": "NEW", "name": hidden}, **given) == {"name"}


@pytest.mark.parametrize("under", ["CDV", "VOI"])
def test_a_service_never_hangs_from_itself(session, town, given, under):
    pole = town.services["CDV"]

    assert faults(services.change, session, pole, {"name": "Cadre de vie", "parent": under}, **given) == {
        "parent"
    }


@pytest.mark.parametrize(
    ("code", "why"),
    [("VOI", "open cases"), ("CDV", "services hang"), ("ACC", "active accounts"), ("PRO", "active accounts")],
)
def test_a_service_that_something_counts_on_stays_open(session, town, given, letter, code, why):
    with pytest.raises(InvalidInput, match=why):
        services.close(session, town.services[code], **given)

    assert town.services[code].is_active


def test_an_empty_service_closes_and_opens_again(session, town, given):
    parks = services.add(session, {"code": "EVE", "name": "Parcs", "parent": "CDV"}, **given)

    services.close(session, parks, **given)
    assert not parks.is_active
    services.reopen(session, parks, **given)

    assert parks.is_active
    assert last(session) == ("service rouvert", "Parcs", [])


# ---- Accounts


def test_an_account_is_added_with_its_roles_and_its_private_data_stay_out_of_the_journal(
    session, town, given
):
    typed = {**ANNE, "login": "z.durand", "family_name": "Durand", "email": "z@valmy.test"}

    person = accounts.add(session, typed, {("officer", "VOI"), ("desk", "")}, **given)

    assert accounts.roles_of(session, person) == [("desk", ""), ("officer", "VOI")]
    what, about, details = last(session)
    assert (what, about) == ("compte créé", "Anne Durand")
    assert "rôles : accueil, agent traitant VOI" in details
    assert "courriel : modifié" in details
    assert not any("z@valmy.test" in detail for detail in details)


def test_roles_are_given_and_taken_back(session, town, given):
    anne = town.staff["anne"]

    accounts.change(session, anne, ANNE, {("head", "PRO")}, **given)

    assert accounts.roles_of(session, anne) == [("head", "PRO")]
    assert last(session)[2] == ["rôles : agent traitant VOI → responsable PRO"]


@pytest.mark.parametrize(
    ("typed", "roles", "wrong"),
    [
        ({"login": "", "given_name": ""}, [], {"login", "given_name"}),
        ({"login": "Anné"}, [], {"login"}),
        ({"login": "marc"}, [], {"login"}),  # taken
        ({"service": "ZZZ"}, [], {"service"}),
        ({}, [("mayor", "")], {"new_role"}),  # no such role
        ({}, [("head", "")], {"new_role_service"}),  # head of what?
    ],
)
def test_an_account_is_refused_at_each_faulty_field(session, town, given, typed, roles, wrong):
    assert faults(accounts.add, session, {"login": "new", **ANNE, **typed}, roles, **given) == wrong


def test_an_account_stays_open_while_its_cases_are_open_and_says_who_can_reassign(
    session, town, given, letter
):
    anne = town.staff["anne"]
    with pytest.raises(InvalidInput, match="has_open_cases"):
        accounts.close(session, anne, **given, on=MONDAY)

    (held,) = accounts.held_by(session, anne, town.aline, *services.tree_with_heads(session))
    assert (held.service, held.heads, held.cases) == (
        "Voirie",
        ["Denis Delmas"],
        [(letter.reference, letter.title)],
    )

    act(session, letter, "reassign", by=town.denis, at=NINE, officer=town.staff["paul"].id)
    accounts.close(session, anne, **given, on=MONDAY)
    assert not anne.is_active


def test_a_confidential_case_keeps_the_account_open_and_is_shown_to_nobody_else(session, town, given, letter):
    letter.confidentiality = 1
    session.flush()

    assert accounts.held_by(session, town.staff["anne"], town.aline, *services.tree_with_heads(session)) == []
    with pytest.raises(InvalidInput) as refused:
        accounts.close(session, town.staff["anne"], **given, on=MONDAY)
    assert letter.reference not in refused.value.sentence.fr


def test_a_town_never_loses_its_last_administrator(session, town, given):
    aline = town.staff["aline"]

    with pytest.raises(InvalidInput, match="last_administrator"):
        accounts.change(session, aline, {**ANNE, "service": "ACC"}, [("desk", "")], **given)
    with pytest.raises(InvalidInput, match="oneself"):
        accounts.close(session, aline, **given, on=MONDAY)


def test_a_given_password_is_to_be_used_once(session, town, given):
    anne = town.staff["anne"]

    accounts.give_password(session, anne, "mot provisoire", **given)

    assert anne.password_is_temporary
    assert sign_in(session, "anne", "mot provisoire") is anne
    assert last(session) == ("mot de passe provisoire donné", "Anne Arnaud", [])


def test_people_choose_their_own_password_and_every_other_session_ends(session, town):
    anne = town.staff["anne"]
    set_password(anne, "une phrase courte", cheap=True)
    anne.password_is_temporary, key = True, anne.session_key

    accounts.change_password(session, anne, old="une phrase courte", new="une autre phrase",
                             again="une autre phrase", by=town.anne, at=NINE)  # fmt: skip

    assert sign_in(session, "anne", "une autre phrase") is anne
    assert anne.session_key != key
    assert not anne.password_is_temporary


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (("fausse phrase", "une autre phrase", "une autre phrase"), {"old"}),
        (("une phrase courte", "court", "court"), {"new"}),
        (("une phrase courte", "une phrase courte", "une phrase courte"), {"new"}),  # the same
        (("une phrase courte", "une autre phrase", "une autre phrasé"), {"again"}),
    ],
)
def test_a_password_is_refused_at_each_faulty_field(session, town, typed, wrong):
    anne = town.staff["anne"]
    set_password(anne, "une phrase courte", cheap=True)
    old, new, again = typed

    assert wrong == faults(
        accounts.change_password, session, anne, old=old, new=new, again=again, by=town.anne, at=NINE
    )


def test_people_are_found_by_any_word_of_their_name_login_or_service(session, town):
    def found(search: str) -> list[str]:
        return [line.staff.login for line in accounts.everybody(session, search)]

    assert found("LEA lambert") == ["lea"]
    assert found("voirie") == ["anne", "denis", "paul"]
    assert found("personne") == []


# ---- Absences


def test_an_absence_is_noted_by_the_person_the_head_or_an_administrator(session, town):
    for number, by in enumerate([town.anne, town.denis, town.diane, town.aline]):
        day = date(2027, 1, 4 + number)
        absences.note(session, town.staff["anne"], starts_on=day, ends_on=day, replaced_by=town.staff["paul"],
                      by=by, at=NINE)  # fmt: skip
    assert last(session) == (
        "absence notée",
        "Anne Arnaud",
        ["du : jeudi 7 janvier 2027", "au : jeudi 7 janvier 2027", "remplacement : Paul Perrin"],
    )
    with pytest.raises(ActionNotAllowed, match="permission"):
        absences.note(session, town.staff["anne"], starts_on=MONDAY, ends_on=MONDAY, replaced_by=None,
                      by=town.rose, at=NINE)  # fmt: skip


def test_a_coming_absence_is_cancelled_by_those_who_may_note_it(session, town):
    absence = absences.add(session, town.staff["anne"], starts_on=date(2027, 1, 4), ends_on=date(2027, 1, 8))
    with pytest.raises(ActionNotAllowed, match="permission"):
        absences.call_back(session, absence, by=town.rose, at=NINE, on=MONDAY)

    absences.call_back(session, absence, by=town.denis, at=NINE, on=MONDAY)

    assert session.scalars(select(Absence)).all() == []
    assert last(session)[:2] == ("absence annulée ou écourtée", "Anne Arnaud")


# ---- Subjects and closures


def test_a_subject_is_added_and_changed_with_its_line(session, town, given):
    noise = subjects.add(session, SUBJECT, **given)
    subjects.change(session, noise, {**SUBJECT, "silence_delay": "4 months", "is_active": ""}, **given)

    assert (noise.silence_delay, noise.is_active, noise.keywords) == ("4 months", False, "bruit, tapage")
    assert last(session)[2] == ["délai du silence : deux mois → quatre mois", "actif : oui → non"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"label": "", "label_en": ""}, {"label", "label_en"}),
        ({"silence_delay": "deux mois"}, {"silence_delay"}),
        ({"answer_delay": "un mois"}, {"answer_delay"}),
        ({"silence_mode": "yes"}, {"silence_mode"}),
        ({"confidentiality": "3"}, {"confidentiality"}),
        ({"service": "ZZZ"}, {"service"}),
        ({"workflow": "nothing"}, {"workflow"}),
        ({"code": "voirie"}, {"code"}),  # taken
        ({"keywords": "mot, " * 150}, {"keywords"}),
    ],
)
def test_a_subject_is_refused_at_each_faulty_field(session, town, given, typed, wrong):
    assert faults(subjects.add, session, {**SUBJECT, **typed}, **given) == wrong


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("1 mois", "1 month", "1 mois"),
        ("2 MOIS  francs", "2 months franc", "2 mois francs"),
        ("1 mois franc", "1 month franc", "1 mois franc"),
        ("1 mois et 5 jours", "1 month and 5 days", "1 mois et 5 jours"),
        ("1 semaine", "1 week", "1 semaine"),
        ("10 jours ouvrés", "10 working days", "10 jours ouvrés"),
        ("15 days", "15 days", "15 jours"),  # English is read too
    ],
)
def test_a_period_is_written_in_french_and_kept_as_the_law_of_the_code(
    session, town, given, typed, stored, shown
):
    noise = subjects.add(session, {**SUBJECT, "silence_delay": typed}, **given)

    assert noise.silence_delay == stored
    assert subjects.period_in("fr", stored) == shown
    assert subjects.period_in("en", stored) == stored


def test_a_subject_may_leave_its_period_to_the_workflow(session, town, given):
    subjects.add(session, {**SUBJECT, "silence_delay": ""}, **given)

    assert [said.fr for subject, _service, said in subjects.every(session) if subject.code == "bruit"] == [
        "vaut rejet"
    ]


def test_a_closure_leaves_the_dates_of_running_clocks_alone(session, town, given, letter):
    before = (letter.due_on, letter.act_by)

    closures.add(session, before[1], "Pont", **given)

    assert (letter.due_on, letter.act_by) == before
    assert closures.waiting_clocks(session) > 0
    assert [row.label for row in closures.of_year(session, before[1].year)] == ["Pont"]


def test_a_closure_is_said_once_and_taken_out_again(session, town, given):
    day = date(2026, 12, 24)
    closures.add(session, day, "Pont", **given)

    assert faults(closures.add, session, day, "Noël", **given) == {"day"}
    assert faults(closures.add, session, date(2026, 12, 31), " ", **given) == {"label"}
    closures.remove(session, day, **given)

    assert session.get(LocalClosure, day) is None
    assert last(session) == ("fermeture retirée", "jeudi 24 décembre 2026", ["libellé : Pont → rien"])


def test_nobody_else_changes_the_town(session, town):
    given = {"by": town.gilles, "at": NINE}
    anne, roads, subject = session.get(Staff, town.staff["anne"].id), town.services["VOI"], Subject()
    for attempt in (
        lambda: services.add(session, {}, **given),
        lambda: services.change(session, roads, {}, **given),
        lambda: services.close(session, roads, **given),
        lambda: services.reopen(session, roads, **given),
        lambda: accounts.add(session, {}, [], **given),
        lambda: accounts.change(session, anne, {}, [], **given),
        lambda: accounts.close(session, anne, **given, on=MONDAY),
        lambda: accounts.reopen(session, anne, **given),
        lambda: accounts.give_password(session, anne, "x" * 20, **given),
        lambda: subjects.add(session, {}, **given),
        lambda: subjects.change(session, subject, {}, **given),
        lambda: closures.add(session, MONDAY, "Pont", **given),
        lambda: closures.remove(session, MONDAY, **given),
    ):
        with pytest.raises(ActionNotAllowed, match="permission"):
            attempt()
    assert changes.newest(session) == []
