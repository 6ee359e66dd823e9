"""A few tries, then a pause: for one login, for one address, on however many servers."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from casetrack.database.tables import SignInTry
from casetrack.organisation import tries
from casetrack.organisation.staff import NOBODY, STRONG
from tests.town import NINE


def tried(session, times: int, login="anne", address="10.0.0.1", *, at=NINE) -> int:
    """Try that many times; return how many were let through."""
    return sum(not tries.begin(session, login, address, at=at) for _ in range(times))


def test_five_tries_of_a_login_from_one_address(session):
    assert tried(session, 8) == 5
    assert tries.begin(session, "anne", "10.0.0.1", at=NINE) == tries.PAUSE
    assert tried(session, 1, "paul") == 1  # the neighbour is not punished
    assert tried(session, 1, address="10.0.0.2") == 1


def test_twenty_tries_of_a_login_from_anywhere(session):
    assert sum(tried(session, 1, address=f"10.0.1.{number}") for number in range(40)) == 20


def test_sixty_tries_from_one_address_whatever_the_login(session):
    assert sum(tried(session, 1, f"name{number}") for number in range(90)) == 60
    assert tried(session, 1, "name0", "10.9.9.9") == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_behind_a_proxy_one_person_s_guesses_shut_nobody_else_out(session, address):
    assert sum(tried(session, 1, f"name{number}", address) for number in range(90)) == 90
    assert tried(session, 8, "anne", address) == 5


def test_after_the_pause_one_tries_again_and_nothing_is_remembered(session):
    tried(session, 5)
    later = NINE + tries.PAUSE

    assert tries.begin(session, "anne", "10.0.0.1", at=later - timedelta(seconds=1)) == timedelta(seconds=1)
    assert tried(session, 1, at=later) == 1
    assert session.scalar(select(func.count()).select_from(SignInTry)) == 1


def test_what_is_typed_as_a_login_never_counts_as_a_try_of_another_kind(session):
    for name in ("account\nanne", "account of anne", "code of anne"):
        tried(session, 5, name)

    for kind in (tries.ACCOUNT, tries.CODE):
        assert not tries.begin(session, "anne", "10.0.0.1", at=NINE, kind=kind)


def test_a_flood_of_tries_is_counted_by_an_index(database):
    with database.reader() as session:
        first = f"EXPLAIN {'QUERY PLAN ' if database.is_sqlite else ''}"
        if not database.is_sqlite:
            session.execute(text("SET enable_seqscan = off"))
        plan = str(session.execute(text(
            f"{first} SELECT at FROM sign_in_try WHERE login_hash = 'x' ORDER BY at DESC LIMIT 1 OFFSET 4")).all())  # fmt: skip

    assert "ix_sign_in_try_login" in plan


def test_whoever_is_right_begins_again_at_nothing(session):
    tried(session, 4)

    tries.succeeded(session, "anne", "10.0.0.1")

    assert tried(session, 8) == 5


def test_neither_login_nor_password_is_readable_in_what_is_kept(session):
    tried(session, 1, "my password typed in the wrong field")

    assert "password" not in session.scalars(select(SignInTry.login_hash)).one()


def test_tries_sent_at_once_are_counted_together(database):
    let_through, together = [], Barrier(12)

    def one() -> None:
        together.wait()
        with database.session() as session:
            let_through.append(not tries.begin(session, "anne", "10.0.0.1", at=NINE))
            session.commit()

    threads = [Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # On PostgreSQL those that run at the same instant do not see one another; afterwards everybody waits.
    assert len(let_through) == 12
    if database.is_sqlite:
        assert sum(let_through) == 5
    with database.session() as session:
        assert tried(session, 3) == 0


@pytest.mark.parametrize("login", ["", "é" * 500, "\ud800", "a\x00b"])
def test_whatever_is_typed_as_a_login_is_counted(session, login):
    assert tried(session, 8, login) == 5


def test_a_login_that_does_not_exist_costs_as_much_as_one_that_does():
    assert not STRONG.check_needs_rehash(NOBODY)
