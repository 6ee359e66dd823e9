"""Letters of a CSV file are registered once, in silence, and what cannot be one is given back with its reason."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select, text

from casetrack.correspondence.csv_intake import Done
from casetrack.correspondence.csv_letter import code_for
from casetrack.database.tables import (
    Case,
    Citizen,
    Event,
    Message,
    RungFired,
    Service,
    Subject,
    Timer,
)
from casetrack.engine import sweep
from casetrack.errors import ActionNotAllowed, CaseTrackError, InvalidInput, NotFound
from tests.correspondence.imports import AT, MAPPING, assert_sound, outcomes, row, take_over, write


@pytest.fixture
def settled(session, town):
    """The town, committed: an import opens sessions of its own."""
    session.commit()
    return town


@pytest.fixture
def intake(database, settled, tmp_path):
    """Import these rows in Aline's name and return what became of each."""

    def taking(*rows: str, mapping: str = MAPPING, by=settled.aline) -> list[Done]:
        return take_over(database, *write(tmp_path, *rows, mapping=mapping), by)

    return taking


def only_case(session) -> Case:
    return session.scalars(select(Case)).one()


def test_an_open_letter_waits_at_the_desk_with_its_own_dates(intake, session, settled):
    (done,) = intake(row(recu="2026-11-02", canal="Téléphone"))

    case = only_case(session)
    assert (done.outcome, done.reference) == ("opened", case.reference) == ("opened", "2026-A-000001")
    assert (case.state, case.channel, case.title) == ("registered", "telephone", "Nid-de-poule")
    assert (case.received_on, case.due_on, case.registered_at) == (date(2026, 11, 2), date(2026, 12, 2), AT)
    assert (case.external_source, case.external_id) == ("standard", "1")
    assert (case.service_id, case.subject_id) == (settled.services["VOI"].id, settled.subjects["voirie"].id)


def test_an_answer_of_the_past_is_the_act_of_the_importer_with_both_dates(intake, session, settled):
    intake(row(recu="2025-03-01", clos="2025-03-20"))

    case = only_case(session)
    act = session.scalars(select(Event).where(Event.ends)).one()
    assert (act.actor_kind, act.actor_id, act.action) == ("staff", settled.aline.id, "record_past_answer")
    assert (act.effective_on, act.at) == (date(2025, 3, 20), AT)
    assert (case.closed_by_id, case.closed_on, case.outcome) == (
        settled.aline.id,
        date(2025, 3, 20),
        "information",
    )
    assert case.answered_on == case.first_answered_on == date(2025, 3, 20)


def test_an_answer_given_too_late_stays_late(intake, session):
    intake(row(recu="2025-03-01", clos="2025-06-20"))

    case = only_case(session)
    assert (case.first_due_on, case.first_answered_on) == (date(2025, 4, 1), date(2025, 6, 20))


def test_nothing_is_sent_to_anybody(intake, session, database):
    intake(
        row(1, nom="Petit", courriel="nadia@exemple.fr"),
        row(2, nom="Petit", courriel="nadia@exemple.fr", clos="2026-11-10"),
    )
    sweep(database.session, at=AT)

    assert session.scalar(select(func.count()).select_from(Case).where(Case.workflow == "letter")) == 2
    assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_sender_who_wrote_twice_is_one_person(intake, session):
    intake(
        row(1, nom="Durand", courriel="d@exemple.fr"), row(2, nom="DURAND", courriel="d@exemple.fr"), row(3)
    )

    people = dict(session.execute(select(Case.external_id, Case.citizen_id)).all())
    durand = session.scalars(select(Citizen).where(Citizen.family_name == "Durand")).one()
    assert people == {"1": durand.id, "2": durand.id, "3": None}


@pytest.mark.parametrize(
    ("cells", "code", "says"),
    [
        ({"number": ""}, "missing_id", "pas de numéro d'origine (colonne «\u00a0numero\u00a0»)"),
        ({"number": "9" * 201}, "id_too_long", "200 caractères"),
        ({"recu": ""}, "missing_date", "pas de date de réception"),
        ({"recu": "hier"}, "unreadable_date", "«\u00a0hier\u00a0» n'est pas une date"),
        ({"recu": "2026-02-30"}, "unreadable_date", "2026-02-30"),
        ({"recu": "0001-01-01"}, "unreadable_date", "0001-01-01"),
        ({"recu": "9999-12-31T23:59:59-12:00"}, "unreadable_date", "9999"),
        ({"recu": "2026-11-24"}, "date_in_future", "le mardi 24 novembre 2026 n'est pas encore venu"),
        ({"clos": "2026-11-24"}, "date_in_future", "mardi 24 novembre 2026"),
        (
            {"clos": "2026-11-01"},
            "answered_before_received",
            "répondu le dimanche 1er novembre 2026, avant la réception",
        ),
        ({"recu": "2026-11-02 10:00", "clos": "2026-11-02 09:59"}, "answered_before_received", "à 09:59"),
        ({"objet": " \u00a0– "}, "missing_title", "l'objet est vide"),
        ({"service": "Cirque"}, "unknown_value", "«\u00a0Cirque\u00a0» n'est pas dans le tableau [service]"),
        ({"motif": "Cirque"}, "unknown_value", "[subject]"),
        ({"motif": ""}, "missing_value", "rien ne donne de valeur à [subject]"),
        ({"canal": "Pigeon"}, "unknown_value", "[channel]"),
        ({"nom": "x" * 201}, "refused", "200 caractères"),
        ({"objet": "a,b,c,d"}, "too_many_cells", "12 cellules pour 9 colonnes"),
    ],
)
def test_a_bad_row_is_given_back_with_its_reason_and_leaves_its_neighbours_alone(intake, cells, code, says):
    before, bad, after = intake(row(101), row(**{"number": 102, **cells}), row(103))

    assert (bad.line, bad.outcome, bad.code) == (3, "rejected", code)
    assert says in bad.reason.fr
    assert (before.outcome, after.outcome) == ("opened", "opened")


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({"recu": "2026-11-23"}, {"received_on": date(2026, 11, 23)}),  # today is not the future
        ({"recu": "2026-11-02 23:30"}, {"received_on": date(2026, 11, 2)}),  # a time without zone is ours
        ({"recu": "2026-11-02T23:30:00+00:00"}, {"received_on": date(2026, 11, 3)}),  # past midnight in Paris
        (
            {"recu": "2026-11-02", "clos": "2026-11-02 08:00"},
            {"closed_on": date(2026, 11, 2)},
        ),  # the same day
        ({"service": ""}, {"state": "registered"}),  # the subject's own service
        ({"service": "VOIRIE", "motif": "voirie"}, {"state": "registered"}),  # capitals say nothing
        ({"canal": ""}, {"channel": "post"}),
        ({"objet": "x" * 400}, {"title": "x" * 300}),
    ],
)
def test_a_row_is_taken_as_a_person_would_read_it(intake, session, settled, cells, kept):
    (done,) = intake(row(**cells))

    case = only_case(session)
    assert done.outcome == "opened"
    assert {name: getattr(case, name) for name in kept} == kept
    assert case.service_id == settled.services["VOI"].id


def test_an_event_of_the_engine_refuses_one_letter_only(intake, session, settled):
    # Nobody but its officer, its heads and the mediator acts on a social letter: not even an administrator.
    done = intake(row(1), row(2, motif="Social", clos="2026-11-10"), row(3))

    assert [one.outcome for one in done] == ["opened", "rejected", "opened"]
    assert done[1].code == "refused"
    assert session.scalars(select(Case.reference).order_by(Case.id)).all() == [
        "2026-A-000001",
        "2026-A-000002",
    ]


def test_a_second_run_changes_nothing(intake, session, database):
    rows = [row(n, clos="2026-11-10" if n % 2 else "") for n in range(250)]
    first = intake(*rows)
    lines = session.scalar(select(func.count()).select_from(Event))
    session.rollback()

    second = intake(*rows)

    assert outcomes(second) == {"duplicate": 250}
    assert [one.reference for one in second] == [one.reference for one in first]
    assert session.scalar(select(func.count()).select_from(Event)) == lines
    session.rollback()
    assert_sound(database, 250)


def test_the_same_number_twice_in_a_file_is_one_letter(intake, database):
    done = intake(row(7), row(7), *(row(n) for n in range(100, 200)), row(7))

    assert [one.reference for one in done if one.external_id == "7"] == ["2026-A-000001"] * 3
    assert outcomes(done) == {"opened": 101, "duplicate": 2}


def test_the_same_number_of_another_origin_is_another_letter(intake):
    intake(row(7))

    assert outcomes(intake(row(7), mapping=MAPPING.replace('"standard"', '"allo-mairie"'))) == {"opened": 1}


@pytest.mark.parametrize("login", ["marc", "gilles", "mila"])
def test_only_an_administrator_imports(intake, session, settled, login):
    with pytest.raises(ActionNotAllowed, match="Only an administrator"):
        intake(row(), by=settled.actors[login])

    assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_services_and_subjects_are_made_from_the_file_once(intake, session):
    creating = MAPPING.replace('values = { "Voirie" = "VOI" }', "create = true")
    creating = creating.replace('{ "Voirie" = "voirie", "Social" = "social" }', "{}\ncreate = true")
    intake(
        row(1, service="Fêtes  et\tcérémonies", motif="Sono"),
        row(2, service="FÊTES ET CÉRÉMONIES", motif="sono"),
        mapping=creating,
    )
    intake(row(3, service="Fêtes et cérémonies", motif="Sono"), mapping=creating)

    service = session.scalars(select(Service).where(Service.code == "STANDARD-FETES-ET-CEREMONIES")).one()
    subject = session.scalars(select(Subject).where(Subject.code == "standard-sono")).one()
    assert (service.name, service.telephone) == ("Fêtes et cérémonies", "01 99 00 10 00")
    assert (subject.label, subject.workflow) == ("Sono", "letter")
    assert set(session.execute(select(Case.service_id, Case.subject_id))) == {(service.id, subject.id)}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Voirie", "ville-voirie"),
        ("  Éclairage / mobilier ", "ville-eclairage-mobilier"),
        ("Direction de la propreté et de l'eau, subdivision nord", "ville-direction-de-la-proprete"),
        ("***", "ville-"),  # nothing to spell: a figure made from it
        ("市役所", "ville-"),
    ],
)
def test_a_code_is_made_from_a_name_always_the_same_and_never_too_long(name, code):
    made = code_for("ville", name, most=40)

    assert made.startswith(code)
    assert made == code_for("ville", name.upper(), most=40)
    assert len(made) <= 40


def test_two_long_names_that_begin_alike_are_two_services():
    long = "Direction de la propreté et de l'eau, subdivision "

    assert code_for("ville", long + "nord", most=40) != code_for("ville", long + "sud", most=40)


STATUS = """
[status]
column = "objet"
values = { "à faire" = "open", "fait" = "answered", "erreur" = "skip" }
"""


@pytest.mark.parametrize(
    ("cells", "outcome", "state", "some_day"),
    [
        ({"objet": "à faire"}, "opened", "registered", False),
        (
            {"objet": "à faire", "clos": "2026-11-10"},
            "opened",
            "registered",
            False,
        ),  # a forecast, not an answer
        ({"objet": "fait", "clos": "2026-11-10"}, "opened", "closed", False),
        ({"objet": "fait"}, "opened", "registered", True),  # nobody closes without a date
        ({"objet": "erreur"}, "rejected", None, None),
    ],
)
def test_the_state_in_the_source_decides_with_the_date(intake, session, cells, outcome, state, some_day):
    (done,) = intake(row(**cells), mapping=MAPPING + STATUS)

    assert done.outcome == outcome
    assert list(session.scalars(select(Case.state))) == ([state] if state else [])
    assert done.letter is None or done.letter.is_answered_some_day is some_day


@pytest.mark.parametrize(
    ("month", "weekday", "received"),
    [
        ("2022-01", "Samedi", date(2022, 1, 1)),
        ("2022-01", "vendredi", date(2022, 1, 7)),
        ("2023-02", "MERCREDI", date(2023, 2, 1)),
        ("2024-02", "Thursday", date(2024, 2, 1)),
    ],
)
def test_without_the_exact_day_it_is_the_first_of_that_name_in_the_month(
    intake, session, month, weekday, received
):
    mapping = MAPPING.replace('column = "recu"', 'month = "recu"\nweekday = "objet"')

    intake(row(recu=month, objet=weekday), mapping=mapping)

    assert only_case(session).received_on == received


@pytest.mark.parametrize(
    ("month", "weekday"), [("2022-13", "lundi"), ("2022-01", "demain"), ("janvier", "lundi")]
)
def test_a_month_or_a_weekday_that_does_not_exist_is_refused(intake, month, weekday):
    mapping = MAPPING.replace('column = "recu"', 'month = "recu"\nweekday = "objet"')

    assert intake(row(recu=month, objet=weekday), mapping=mapping)[0].code == "unreadable_date"


def test_what_stays_open_is_swept_and_what_was_answered_is_left_in_peace(intake, session, database):
    intake(row(1, recu="2026-01-05"), row(2, recu="2026-01-05", clos="2026-05-05"))

    result = sweep(database.session, at=AT + timedelta(minutes=1))

    fired = session.execute(
        select(Case.external_id, func.count())
        .join(RungFired, RungFired.case_id == Case.id)
        .group_by(Case.external_id)
    )
    assert [number for number, _ in fired] == ["1"]
    assert result.skipped == 0
    assert session.scalar(select(Case.implicit_born_on).where(Case.external_id == "1")) == date(2026, 3, 5)
    session.rollback()
    assert_sound(database, 2)


def test_a_receipt_given_elsewhere_is_not_owed_again(intake, session):
    intake(row(recu="2026-01-05"))

    assert "receipt" not in set(session.scalars(select(Timer.key)))


def test_a_workflow_that_is_not_published_is_refused(intake, session):
    with pytest.raises(NotFound):
        intake(row(), mapping='workflow = "lettre"\n' + MAPPING)


def test_a_workflow_without_past_answers_refuses_the_mapping_that_has_some(intake):
    with pytest.raises(InvalidInput, match="information") as refused:
        intake(row(), mapping='workflow = "light"\n' + MAPPING)

    assert refused.value.code == "mapping"


def test_two_rows_of_one_batch_wait_for_nothing_that_a_third_has_spoiled(intake, session, database):
    spoiled = [row(n, motif="Social", clos="2026-11-10") for n in range(40)]

    done = intake(*spoiled, *(row(n) for n in range(100, 220)))

    assert outcomes(done) == {"rejected": 40, "opened": 120}
    assert_sound(database, 120)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_in_words_and_what_was_registered_stays(database, settled, tmp_path):
    file, mapping = write(tmp_path, *(row(n) for n in range(1_000)))
    with database.reader() as session:
        full = session.scalar(text("PRAGMA page_count")) + 100

    def fill(connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {full}")

    event.listen(database.engine, "begin", fill)
    with pytest.raises(CaseTrackError, match="run the same command again"):
        take_over(database, file, mapping, settled.aline)
    full = 1_000_000

    done = outcomes(take_over(database, file, mapping, settled.aline))

    event.remove(database.engine, "begin", fill)
    assert done["opened"] + done["duplicate"] == 1_000
    assert 100 <= done["duplicate"] < 1_000
    assert_sound(database, 1_000)
