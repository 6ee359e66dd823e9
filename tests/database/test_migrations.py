"""The database after the migrations is the one of the models, and holds what no program may break, on both kinds."""

import inspect as python
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Index, bindparam, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from casetrack.database import Database, tables, triggers
from casetrack.database.full_text import is_compared
from casetrack.database.migrate import configuration, downgrade, upgrade
from casetrack.database.tables import Case, Event, Heartbeat, Table
from casetrack.database.types import UtcDateTime
from casetrack.engine import act, journal, open_case
from tests.town import MONDAY, NINE, settle

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path) -> Iterator[Database]:
    """A database in which nothing was ever done."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}", synchronous="OFF")
        yield database
    else:
        server, name = request.getfixturevalue("postgresql_server"), "casetrack_empty"
        server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        database = Database(server.address(name))
        yield database
        database.dispose()
        server.run(f"DROP DATABASE {name} WITH (FORCE)")
    database.dispose()


def shape(database) -> dict[str, object]:
    """What is there: tables with their columns, keys, checks, indexes; triggers."""
    found: dict[str, object] = {"triggers": trigger_names(database)}
    look = inspect(database.engine)
    for table in filter(lambda name: is_compared(None, name), look.get_table_names()):
        found[table] = (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)),
            sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(table)),
            sorted((k["name"], k["column_names"]) for k in look.get_unique_constraints(table)),
            sorted(
                (i["name"], i["column_names"], {k: str(v) for k, v in i["dialect_options"].items()})
                for i in look.get_indexes(table)
                if is_compared(None, i["name"])
            ),
            sorted(
                (f["name"], f["constrained_columns"], f["referred_table"])
                for f in look.get_foreign_keys(table)
            ),
            look.get_pk_constraint(table),
        )
    return found


def trigger_names(database) -> set[str]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.engine.connect() as connection:
        return set(connection.scalars(text(names)))


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(configuration()).get_heads()) == 1


def test_the_migrated_database_equals_the_models(empty):
    upgrade(empty.engine)

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_compared}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_every_constraint_of_the_models_is_in_the_migrated_database(empty):
    upgrade(empty.engine)
    look = inspect(empty.engine)

    for table in Table.metadata.sorted_tables:
        checks = {c["name"] for c in look.get_check_constraints(table.name)}
        assert checks == {c.name for c in table.constraints if isinstance(c, CheckConstraint)}, table.name


def test_the_migrated_checks_say_what_the_models_say(empty):
    # Compared on the same kind of database: each writes a condition back in its own words.
    upgrade(empty.engine)
    migrated = shape(empty)
    downgrade(empty.engine, "base")
    with empty.engine.begin() as connection:
        Table.metadata.create_all(connection)

    modelled = shape(empty)

    for table in Table.metadata.tables:
        assert migrated[table] == modelled[table], table


def test_up_down_and_up_again_gives_the_same_database(empty):
    upgrade(empty.engine)
    first = shape(empty)

    downgrade(empty.engine, "base")
    between = set(inspect(empty.engine).get_table_names())
    upgrade(empty.engine)

    assert between <= {"alembic_version"}
    assert shape(empty) == first


def test_those_who_wrote_before_are_found_by_their_address_too(empty):
    upgrade(empty.engine, "0009")
    with empty.engine.begin() as connection:
        columns = [column["name"] for column in inspect(connection).get_columns("citizen")]
        row = dict.fromkeys(columns, "") | {
            "id": 1, "kind": "person", "use_usual_name": False, "prefers_post": False,
            "street": "3, Chemin de Halâge", "postcode": "99340", "town": "Rivemont",
        }  # fmt: skip
        names = ", ".join(columns)
        connection.execute(text(f"INSERT INTO citizen ({names}) VALUES (:{', :'.join(columns)})"), row)

    upgrade(empty.engine)

    with empty.engine.connect() as connection:
        written = connection.execute(text("SELECT address_key FROM citizen")).scalar_one()
    assert written == "3 chemin de halage 99340 rivemont"


def test_upgrading_what_is_at_the_head_changes_nothing(empty):
    upgrade(empty.engine)
    first = shape(empty)

    upgrade(empty.engine)

    assert shape(empty) == first


def test_every_append_only_table_has_its_trigger(database):
    names = trigger_names(database)

    for table in triggers.APPEND_ONLY:
        assert any(name.startswith(table) for name in names), table


@pytest.mark.parametrize("statement", ["TRUNCATE event CASCADE", "TRUNCATE cases CASCADE"])
def test_history_cannot_be_emptied_in_one_stroke_either(postgresql_database, statement):
    with postgresql_database.session() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_replacing_a_line_is_rewriting_it(sqlite_database):
    with sqlite_database.session() as session:
        letter(session, settle(session))

        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text("REPLACE INTO event SELECT * FROM event"))


# ---- Instants -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 23, 9, 0, tzinfo=PARIS),
        datetime(2026, 10, 25, 2, 30, tzinfo=PARIS),  # the hour that comes twice
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
        datetime(2026, 12, 31, 23, 30, 1, 999_999, tzinfo=timezone(-timedelta(hours=4))),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_in_utc_to_the_microsecond(session, instant):
    session.add(Heartbeat(job="sweep", started_at=instant))
    session.commit()
    session.expire_all()

    kept = session.get_one(Heartbeat, "sweep").started_at

    assert kept == instant.astimezone(UTC)
    assert kept.utcoffset() == timedelta(0)


def test_instants_of_different_zones_compare_as_instants(session):
    nine, ten = datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=PARIS)  # ten in UTC
    session.add_all([Heartbeat(job="early", started_at=nine), Heartbeat(job="late", started_at=ten)])
    session.flush()

    between = datetime(2026, 7, 1, 11, 30, tzinfo=PARIS)
    assert session.scalars(select(Heartbeat.job).where(Heartbeat.started_at < between)).all() == ["early"]


def test_a_naive_instant_is_refused_on_the_way_in(session):
    session.add(Heartbeat(job="sweep", started_at=datetime(2026, 11, 23, 9, 0)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="naive instant"):
        session.flush()


def test_a_naive_instant_is_refused_in_a_question_too(session):
    asked = select(func.count()).where(Heartbeat.started_at < bindparam("at", type_=UtcDateTime))

    with pytest.raises(StatementError, match="naive instant"):
        session.execute(asked, {"at": datetime(2026, 11, 23)})  # noqa: DTZ001


# ---- What an index is for -------------------------------------------------------------------


def test_every_index_says_which_question_it_serves():
    """By a comment above it: "Serves: …" for one index, "Serve: …" for those that follow each other."""
    for module in {python.getmodule(mapper.class_) for mapper in Table.registry.mappers}:
        explained = 0
        for line in python.getsource(module).splitlines():
            said = line.strip()
            if said.startswith("# Serve"):
                explained = 1 if said.startswith("# Serves") else 99
            elif re.search(r"(?<![\w.])Index\(", said):
                assert explained, f"{module.__name__}: {said}"
                explained -= 1
            elif said.startswith(("class ", "CheckConstraint(", "UniqueConstraint(")):
                explained = 0


def test_every_index_of_the_models_is_written_with_index():
    declared = {index.name for table in Table.metadata.sorted_tables for index in table.indexes}
    sources = "".join(python.getsource(python.getmodule(mapper.class_)) for mapper in Table.registry.mappers)

    assert declared
    assert all(isinstance(index, Index) for table in Table.metadata.sorted_tables for index in table.indexes)
    assert declared == {name for name in declared if f'"{name}"' in sources}
    assert "index=True" not in sources


# ---- The constraints behind the invariants, attacked with SQL -------------------------------


def letter(session, town) -> Case:
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", received_on=MONDAY, citizen=town.citizen,
        subject=town.subjects["voirie"],
    )  # fmt: skip
    session.flush()
    return case


END = {"closed_seq": 1, "closed_by_id": 1, "closed_on": date(2026, 12, 1), "outcome": "favourable"}


@pytest.mark.parametrize("missing", END)
def test_no_end_without_a_line_a_person_a_day_and_an_outcome(session, town, missing):
    letter(session, town)
    columns = ", ".join(f"{name} = :{name}" for name in END)

    with pytest.raises(DBAPIError, match="closed_by_a_named_person"):
        session.execute(text(f"UPDATE cases SET {columns}"), END | {missing: None})


@pytest.mark.parametrize(
    ("line", "constraint"),
    [
        (
            {"actor_kind": "clock", "actor_id": None, "to_state": "registered", "ends": True},
            "ended_by_a_person",
        ),
        ({"actor_kind": "citizen", "actor_id": None, "ends": True}, "ended_by_a_person"),
        ({"actor_kind": "clock", "actor_id": None}, "clock_moves_nothing"),
        ({"actor_kind": "staff", "actor_id": None}, "staff_is_named"),
        ({"actor_kind": "robot"}, "known_actor_kind"),
        ({"actor_id": 999}, "FOREIGN KEY|fk_event_actor_id_staff"),
        ({"case_id": 999}, "FOREIGN KEY|fk_event_case_id_cases"),
        ({"seq": 1}, "UNIQUE|pk_event"),
    ],
)
def test_no_line_that_would_lie_enters_the_journal(session, town, line, constraint):
    case = letter(session, town)
    written = {
        "seq": 2,
        "actor_kind": "staff",
        "actor_id": town.marc.id,
        "to_state": "closed",
        "ends": False,
    } | line
    row = journal.new_line(
        written["seq"], case.last_hash, at=NINE, actor_kind=written["actor_kind"], actor_id=written["actor_id"], action="close",
        from_state="registered", to_state=written["to_state"], ends=written["ends"],
    )  # fmt: skip

    with pytest.raises(DBAPIError, match=constraint):
        session.execute(Event.__table__.insert().values(case_id=written.get("case_id", case.id), **row))


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE event SET action = 'x'", "append-only"),
        ("DELETE FROM event", "append-only"),
        ("DELETE FROM cases", "FOREIGN KEY|fk_"),  # its journal holds it
        ("UPDATE cases SET id = id + 1000", "FOREIGN KEY|fk_"),
        ("UPDATE timer SET status = 'overdue'", "known_status"),  # lateness is computed, never stored
        ("UPDATE timer SET status = 'met', met_on = NULL", "met_has_a_day"),
        ("UPDATE cases SET channel = 'pigeon'", "known_channel"),
        ("UPDATE cases SET confidentiality = 3", "known_confidentiality"),
        ("UPDATE cases SET reference = 'x'", "UNIQUE|uq_cases_reference"),
        ("INSERT INTO case_link (case_id, other_id, kind) SELECT id, id, 'about' FROM cases", "another_case"),
        ("UPDATE message SET status = 'lost'", "known_status"),
    ],
)
def test_what_no_program_may_do_the_database_refuses(session, town, statement, constraint):
    for _ in range(2):
        letter(session, town)

    with pytest.raises(DBAPIError, match=constraint):
        session.execute(text(statement))


def test_a_rung_is_claimed_once(session, town):
    case = letter(session, town)
    claim = text("INSERT INTO rung_fired (timer_id, rung, case_id, seq, fired_at) SELECT id, 0, case_id, 1, '2026-12-01 05:00:00' FROM timer WHERE key = 'answer'")  # fmt: skip
    session.execute(claim)

    with pytest.raises(DBAPIError, match="UNIQUE|pk_rung_fired"):
        session.execute(claim)
    assert case.reference


def test_a_letter_imported_twice_is_refused_the_second_time(session, town):
    for _ in range(2):
        letter(session, town)

    with pytest.raises(DBAPIError, match="UNIQUE|uq_cases_external_source_external_id"):
        session.execute(text("UPDATE cases SET external_source = 'sf311', external_id = '1'"))


def test_a_closed_case_passes_where_an_act_closed_it(session, town):
    case = letter(session, town)

    act(session, case, "withdraw", by=town.marc, at=NINE, withdrawn_on=MONDAY)

    assert session.scalar(text("SELECT count(*) FROM cases WHERE closed_seq IS NOT NULL")) == 1


def test_the_tables_are_all_exported():
    mapped = {mapper.class_.__name__ for mapper in Table.registry.mappers}

    assert mapped <= set(tables.__all__)
