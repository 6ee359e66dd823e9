"""A town with very many open letters, made by SQL in seconds: the rows that a year of work would leave.

Every letter waits for its answer with one clock running; its first warning comes due in the next
hundred days. Beside them stand dysfunctions, of no service and without a clock: half to be examined, half in hand. The hashes are not those of a real journal: `journal verify` is not for this town.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from benchmarks.story import DAYS, DYSFUNCTIONS, SERVICES, series

FIRST_DAY = datetime.now(UTC).date() + timedelta(days=30)
"""Day on which the first hundredth of the warnings comes due: not yet, or `serve` would sweep them itself."""
WORD = "i % 100 + 100 * (i / 10000)"
"""A hundred letters share each word, five of each service."""
TURN = f"(i * 7919) % {DAYS}"
"""Spreads consecutive letters over the days, so that no sweep reads neighbouring rows."""
SERVICE = f"i / 100 % {SERVICES} + 1"


def populate(engine: Engine, letters: int) -> None:
    """Put that many open letters, their first journal lines and their clocks in an empty town."""
    is_sqlite = engine.dialect.name == "sqlite"
    rows, others = series(is_sqlite, letters), letters // DYSFUNCTIONS
    received, due = _day(-17, is_sqlite), _day(14, is_sqlite)
    registered, warned = _instant(-17, is_sqlite), _instant(0, is_sqlite)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO cases (id, reference, workflow_id, workflow, state, version, last_seq, last_hash, sealed_seq, "
            "title, channel, received_on, registered_at, citizen_id, subject_id, service_id, officer_id, "
            "confidentiality, fields, facts, cycle, due_on, act_by, implicit_on, first_due_on) "
            "SELECT i + 1, 'L' || i, 1, 'bench', 'in_progress', 2, 1, 'loaded', 1, 'Demande ' || i, 'email', "
            f"{received}, {registered}, 1, 1, {SERVICE}, {SERVICE}, 0, '{{}}', '{{}}', 1, {due}, {due}, {due}, {due} "
            f"FROM {rows}",
            "INSERT INTO event (case_id, seq, at, actor_kind, actor_id, action, from_state, to_state, ends, payload, hash) "
            f"SELECT i + 1, 1, {registered}, 'staff', 1, 'open', NULL, 'in_progress', false, '{{}}', 'loaded' FROM {rows}",
            "INSERT INTO timer (id, case_id, key, cycle, status, period, starts_on, due_on, act_by, armed_seq, rung, "
            f"next_rung_at) SELECT i + 1, i + 1, 'answer', 1, 'running', '1 month', {received}, {due}, {due}, 1, 0, "
            f"{warned} FROM {rows}",
            "INSERT INTO search_document (case_id, stems, exact) "
            f"SELECT i + 1, 'demand affaire' || ({WORD}), 'l' || i FROM {rows}",
            "INSERT INTO cases (id, reference, workflow_id, workflow, state, version, last_seq, last_hash, sealed_seq, "
            "title, channel, received_on, registered_at, confidentiality, fields, facts, cycle, due_on) "
            f"SELECT {letters} + i + 1, 'D' || i, 2, 'dysfunction', CASE i % 2 WHEN 0 THEN 'reported' ELSE 'in_analysis' END, "
            f"2, 1, 'loaded', 1, 'Promesse ' || i, 'internal', {received}, {registered}, 0, "
            f"""'{{"cause":"answer_late"}}', '{{}}', 1, {due} FROM {series(is_sqlite, others)}""",
            "INSERT INTO event (case_id, seq, at, actor_kind, actor_id, action, from_state, to_state, ends, payload, hash) "
            f"SELECT {letters} + i + 1, 1, {registered}, 'staff', 1, 'open', NULL, 'reported', false, '{{}}', 'loaded' "
            f"FROM {series(is_sqlite, others)}",
            # Their words were read long ago: the worker has nothing to catch up with.
            "DELETE FROM search_stale",
        ):
            # On the driver's cursor, which takes "%" for arithmetic when no values come with it.
            connection.connection.cursor().execute(statement)
        if not is_sqlite:
            for table, last in (("cases", letters + others), ("timer", letters)):
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if is_sqlite else "VACUUM ANALYZE")


def _day(shift: int, is_sqlite: bool) -> str:
    first = FIRST_DAY + timedelta(days=shift)
    if is_sqlite:
        return f"date('{first}', ({TURN}) || ' days')"
    return f"date '{first}' + ({TURN})::int"


def _instant(shift: int, is_sqlite: bool) -> str:
    # Six in the morning in Paris, as the engine writes it.
    if is_sqlite:
        return f"{_day(shift, is_sqlite)} || ' 05:00:00.000000'"
    return f"({_day(shift, is_sqlite)} + time '05:00') AT TIME ZONE 'UTC'"
