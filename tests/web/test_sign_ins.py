"""Each device where somebody is signed in is seen, and can be ended; a copied cookie opens nothing after that."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import AdministrationEvent, SignIn, Staff
from casetrack.organisation import sign_ins
from tests.web.visitors import PASSWORD, words

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


def rows(hall, login: str) -> list[SignIn]:
    with hall.database.reader() as session:
        return sign_ins.of_person(session, session.get(Staff, hall.town.staff[login].id), at=hall.now)


def is_signed_in(visitor) -> bool:
    return visitor.client.get("/compte").status_code == 200


def with_agent(hall, agent: str):
    visitor = hall.visitor()
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    visitor.sign_in("anne")
    return visitor


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Windows"),
        (IPHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1 Version/18.1 Safari/605.1", "Safari, macOS"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_in_words(agent, said):
    assert sign_ins.device(agent) == said


def test_a_person_sees_where_they_are_signed_in_and_ends_one(hall):
    desk, telephone = with_agent(hall, FIREFOX), with_agent(hall, IPHONE)
    page = desk.get("/compte")
    assert "Firefox, Windows celle-ci" in words(page)
    assert "Safari, iPhone" in words(page)

    desk.post("/compte/connexions/fermer", number=re.search(r'name="number" value="(\d+)"', page.text)[1])

    assert is_signed_in(desk)
    assert not is_signed_in(telephone)
    assert [row.device for row in rows(hall, "anne")] == ["Firefox, Windows"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_person_ends_every_other_sign_in(hall):
    here, there, elsewhere = (hall.visitor("anne") for _ in range(3))
    here.get("/compte")

    here.post("/compte/connexions/fermer")

    assert [is_signed_in(one) for one in (here, there, elsewhere)] == [True, False, False]


def test_nobody_ends_a_sign_in_of_somebody_else(hall):
    paul, anne = hall.visitor("paul"), hall.visitor("anne")
    paul.get("/compte")
    number = str(rows(hall, "anne")[0].id)

    assert paul.post("/compte/connexions/fermer", number=number).status_code == 404
    for nonsense in ("x", "-1", "9" * 40, "\x00"):
        assert paul.post("/compte/connexions/fermer", number=nonsense).status_code == 404
    assert paul.post(f"/administration/personnes/{hall.town.anne.id}/connexions").status_code == 404
    assert is_signed_in(anne)


def test_an_administrator_ends_somebodys_and_it_is_journalled(hall):
    anne, aline = hall.visitor("anne"), hall.visitor("aline")
    page = f"/administration/personnes/{hall.town.anne.id}"
    assert "Connexions ouvertes" in words(aline.get(page))

    aline.post(f"{page}/connexions")

    assert not is_signed_in(anne)
    assert is_signed_in(aline)
    with hall.database.reader() as session:
        line = session.scalars(select(AdministrationEvent)).one()
    assert (line.what, line.about) == ("sign_ins_ended", "Anne Arnaud")


def test_changing_ones_password_ends_every_other_sign_in_and_not_this_one(hall):
    here, there = hall.visitor("anne"), hall.visitor("anne")
    here.get("/compte")

    here.post("/compte/mot-de-passe", old=PASSWORD, new="une autre phrase", again="une autre phrase")

    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert len(rows(hall, "anne")) == 1


def test_a_cookie_copied_before_signing_out_opens_nothing_after(hall):
    anne = hall.visitor()
    anne.sign_in("anne")
    copied = anne.client.get_cookie("casetrack").value
    anne.get("/")
    anne.post("/deconnexion")

    thief = hall.visitor()
    thief.client.set_cookie("casetrack", copied)

    assert not is_signed_in(thief)
    assert rows(hall, "anne") == []


def test_a_sign_in_without_a_page_for_half_a_day_is_over(hall):
    anne = hall.visitor("anne")
    for _ in range(3):
        hall.now += timedelta(hours=8)
        assert is_signed_in(anne)

    hall.now += timedelta(hours=13)

    assert not is_signed_in(anne)
    assert "Votre session est terminée" in words(anne.get("/connexion"))


def test_reading_pages_writes_once_a_quarter_of_an_hour(hall, counter):
    anne = hall.visitor("anne")

    def writes() -> int:
        with counter() as sent:
            anne.get("/compte")
        return sum(statement.startswith("UPDATE") for statement in sent)

    assert writes() == 0
    hall.now += timedelta(minutes=16)
    assert (writes(), writes()) == (1, 0)


def test_neither_the_key_nor_the_address_is_kept(hall):
    anne = hall.visitor()
    anne.sign_in("anne")
    with anne.client.session_transaction() as cookie:
        key = cookie["_user_id"].partition(".")[2]
    kept = " ".join(str(value) for value in vars(rows(hall, "anne")[0]).values())

    assert key not in kept
    assert "127.0.0.1" not in kept
