"""The code of a telephone beside the password: enrolled, asked, taken once, lost, removed."""

import re
from datetime import timedelta
from html import unescape

import pyotp
import pytest
from sqlalchemy import select

from casetrack.database.tables import AdministrationEvent, SecondFactor, StaffRole
from tests.web.visitors import PASSWORD, Visitor, words


class Telephone:
    """An application that shows codes."""

    def __init__(self, secret: str) -> None:
        self.codes = pyotp.TOTP(secret.replace(" ", ""))

    def shows(self, hall, *, later: int = 0) -> str:
        return self.codes.at(hall.now + timedelta(seconds=later))


def enrol(hall, visitor) -> tuple[Telephone, list[str]]:
    """Turn the code on; return the telephone and the recovery codes."""
    visitor.get("/compte")
    page = visitor.get(visitor.post("/compte/code/preparer").location)
    telephone = Telephone(re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page.text)[1])
    done = visitor.post("/compte/code", code=telephone.shows(hall))
    assert done.status_code == 200
    return telephone, re.findall(r"<code[^>]*>([a-z2-9]{4}-[a-z2-9]{4})</code>", done.text)


@pytest.fixture
def anne(hall):
    """Anne, who has her telephone; some time has passed since."""
    visitor = hall.visitor("anne")
    visitor.telephone, visitor.spare = enrol(hall, visitor)
    hall.now += timedelta(minutes=2)
    return visitor


def half_way(hall):
    """Somebody who knows Anne's password."""
    visitor = hall.visitor()
    assert visitor.sign_in("anne", next="/alertes").location == "/connexion/code?next=/alertes"
    visitor.get("/connexion/code?next=/alertes")
    return visitor


def enter(visitor, code: str):
    return visitor.post("/connexion/code", code=code, next="/alertes")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_code_is_asked_after_the_password_and_opens(hall, anne):
    visitor = half_way(hall)
    assert visitor.client.get("/").status_code == 302  # not in yet

    assert enter(visitor, anne.telephone.shows(hall)).location == "/alertes"
    assert visitor.client.get("/compte").status_code == 200


def test_nothing_is_asked_before_a_first_code_is_confirmed(hall):
    anne = hall.visitor("anne")
    anne.get("/compte")
    page = anne.get(anne.post("/compte/code/preparer").location)
    assert 'src="data:image/svg+xml' in page.text

    refused = anne.post("/compte/code", code="000000")

    assert refused.status_code == 422
    assert 'id="code-fault"' in refused.text
    assert hall.visitor().sign_in("anne").location == "/"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_code_serves_once_even_within_its_half_minute(hall, anne):
    code = anne.telephone.shows(hall)
    assert enter(half_way(hall), code).status_code == 302

    assert enter(half_way(hall), code).status_code == 401


def test_no_older_code_is_taken_after_a_newer_one(hall, anne):
    older, newer = anne.telephone.shows(hall, later=-30), anne.telephone.shows(hall)

    assert enter(half_way(hall), newer).status_code == 302
    assert enter(half_way(hall), older).status_code == 401


@pytest.mark.parametrize(("seconds", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_half_a_minute_wrong_is_forgiven(hall, anne, seconds, is_taken):
    answer = enter(half_way(hall), anne.telephone.shows(hall, later=seconds))

    assert (answer.status_code == 302) is is_taken


def test_a_code_may_be_typed_with_a_space_and_nonsense_is_refused(hall, anne):
    code = anne.telephone.shows(hall)
    visitor = half_way(hall)
    for nonsense in ("", "abc", "12345", "é" * 50, "\x00", "1" * 500):
        hall.now += timedelta(minutes=4)
        visitor = half_way(hall)
        assert enter(visitor, nonsense).status_code == 401
    code = anne.telephone.shows(hall)
    assert enter(half_way(hall), f"{code[:3]} {code[3:]}").status_code == 302


def test_five_wrong_codes_and_the_right_one_waits_too(hall, anne):
    visitor = half_way(hall)
    for _ in range(5):
        assert enter(visitor, "000000").status_code == 401

    refused = enter(visitor, anne.telephone.shows(hall))

    assert refused.status_code == 429
    assert "Trop d'essais" in words(refused)


def test_the_password_is_worth_five_minutes_without_the_code(hall, anne):
    visitor = half_way(hall)
    hall.now += timedelta(minutes=6)

    answer = enter(visitor, anne.telephone.shows(hall))

    assert answer.location == "/connexion?next=/alertes"
    assert "Cinq minutes ont passé depuis le mot de passe" in words(visitor.get(answer.location))
    assert hall.visitor().post("/connexion/code", code="1").status_code in (302, 400)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_recovery_code_opens_once(hall, anne):
    assert len(anne.spare) == 8

    assert enter(half_way(hall), f" {anne.spare[3].upper().replace('-', ' ')}\u00a0").status_code == 302
    assert enter(half_way(hall), anne.spare[3]).status_code == 401
    assert enter(half_way(hall), anne.spare[4]).status_code == 302
    assert "Il vous reste 6 codes de secours" in words(anne.get("/compte"))


def test_whoever_spends_a_recovery_code_is_told_how_many_are_left(hall, anne):
    for left, code in reversed(list(enumerate(anne.spare[:3], start=5))):
        visitor = half_way(hall)
        page = words(visitor.get(enter(visitor, code).location))
        assert f"Code de secours utilisé : il vous en reste {left}" in page
    with_telephone = half_way(hall)
    page = with_telephone.get(enter(with_telephone, anne.telephone.shows(hall)).location)
    assert "Code de secours utilisé" not in words(page)


def test_reloading_the_page_of_the_recovery_codes_leads_back_to_the_account(hall):
    visitor = hall.visitor("anne")
    telephone, _spare = enrol(hall, visitor)
    visitor.get("/compte")

    assert visitor.post("/compte/code", code=telephone.shows(hall)).location == "/compte"


def test_the_database_holds_no_secret_and_no_recovery_code(hall, anne):
    with hall.database.reader() as session:
        row = session.scalars(select(SecondFactor)).one()
    kept = unescape(" ".join(map(str, vars(row).values())))

    assert anne.telephone.codes.secret not in kept
    assert not any(code in kept for code in anne.spare)


def test_taking_the_code_away_asks_for_the_password(hall, anne):
    anne.get("/compte")
    refused = anne.post("/compte/code/retirer", password="pas celui-là")
    assert refused.status_code == 422
    assert 'id="password-fault"' in refused.text

    anne.post("/compte/code/retirer", password=PASSWORD)

    assert hall.visitor().sign_in("anne").location == "/"


def test_an_administrator_takes_it_away_for_a_lost_telephone_and_it_is_journalled(hall, anne):
    aline, page = hall.visitor("aline"), f"/administration/personnes/{hall.town.anne.id}"
    assert "Téléphone perdu" in words(aline.get(page))

    aline.post(f"{page}/code/retirer")

    assert hall.visitor().sign_in("anne").location == "/"
    with hall.database.reader() as session:
        lines = session.scalars(select(AdministrationEvent.what).order_by(AdministrationEvent.id)).all()
    assert lines == ["second_factor_added", "second_factor_removed"]
    assert anne.post(f"{page}/code/retirer").status_code == 404


@pytest.fixture
def strict(hall):
    """A town that asks the code of its administrators and its mediator."""
    hall.app = hall.open(second_factor=frozenset({"administrator", "mediator"}))
    return hall


@pytest.mark.parametrize(
    ("login", "asked"), [("aline", True), ("mila", True), ("anne", False), ("denis", False)]
)
def test_where_the_town_asks_for_a_code_whoever_has_none_is_led_to_it_and_can_do_nothing_else(
    strict, login, asked
):
    visitor = strict.visitor(login)
    visitor.get("/compte")

    for path in (
        "/",
        "/administration/personnes",
        "/recherche?q=trou",
        "/tirage",
        "/compte/connexions/fermer",
    ):
        answer = visitor.post(path) if "fermer" in path else visitor.get(path)
        assert (answer.location == "/compte") is asked or answer.location == "/compte#t-devices", path
    assert ("Activez le code du téléphone" in words(visitor.get("/compte"))) is asked
    enrol(strict, visitor)
    assert visitor.get("/recherche").status_code == 200
    assert "Activez le code du téléphone" not in words(visitor.get("/compte"))


def test_a_role_given_meanwhile_brings_the_code_with_it(strict):
    anne = strict.visitor("anne")
    assert anne.get("/").status_code == 200
    with strict.database.session() as session:
        session.add(StaffRole(staff_id=strict.town.anne.id, role="administrator", service_id=None))
        session.commit()

    assert anne.get("/").location == "/compte"


def test_where_the_code_is_asked_of_everybody_a_changed_telephone_is_enrolled_at_once(hall):
    hall.app = hall.open(second_factor=frozenset({"everybody"}))
    anne = hall.visitor("anne")
    enrol(hall, anne)
    anne.get("/compte")

    removed = anne.post("/compte/code/retirer", password=PASSWORD)

    page = words(anne.get(removed.location))
    assert "Le mot de passe suffit de nouveau" not in page
    assert "Activez le code du téléphone" in page
    assert anne.get("/").location == "/compte"


def test_a_form_open_when_the_code_began_to_be_asked_loses_no_text(hall):
    case, anne = hall.taken(), hall.visitor("anne")
    page = anne.get(f"/dossiers/{case}/actions/draft_answer").text
    hidden = dict(re.findall(r'name="(version|whose)" value="([^"]*)"', page))
    with hall.database.session() as session:
        session.add(StaffRole(staff_id=hall.town.anne.id, role="administrator", service_id=None))
        session.commit()
    strict = Visitor(hall.open(second_factor=frozenset({"administrator"})).test_client())
    strict.token = anne.token
    with anne.client.session_transaction() as old, strict.client.session_transaction() as new:
        new.update(old)

    sent = strict.post(f"/dossiers/{case}/actions/draft_answer", answer="Madame, voici la réponse.", **hidden)

    assert sent.location == "/compte"
    enrol(hall, strict)
    key = re.search(r'href="(/reprendre/[^"]+)"', strict.get("/compte").text)[1]
    assert "Madame, voici la réponse." in unescape(strict.get(key).text)


def test_preparing_again_leaves_a_code_in_use_alone(hall, anne):
    anne.get("/compte")
    anne.post("/compte/code/preparer")

    assert anne.get("/compte/code").location == "/compte"
    assert enter(half_way(hall), anne.telephone.shows(hall)).status_code == 302


def test_guessing_ones_own_password_from_an_open_session_is_bounded_too(hall):
    anne = hall.visitor("anne")
    anne.get("/compte")
    for _ in range(5):
        anne.post("/compte/mot-de-passe", old="devine", new="une autre phrase", again="une autre phrase")

    refused = anne.post(
        "/compte/mot-de-passe", old=PASSWORD, new="une autre phrase", again="une autre phrase"
    )

    assert refused.status_code == 422
    assert "trop d'essais" in words(refused)


def test_the_text_of_a_form_waits_behind_the_code_too(hall, anne):
    page = anne.get("/courriers/nouveau").text
    mark = re.search(r'name="whose" value="([^"]+)"', page)[1]
    anne.client.delete_cookie("casetrack")
    sent = anne.post("/courriers/nouveau", whose=mark, title="Lampadaire cassé", channel="post")

    way = anne.sign_in("anne", next=sent.location)
    asked = anne.get(way.location)
    assert "Votre texte est gardé" in words(asked)
    done = anne.post("/connexion/code", code=anne.telephone.shows(hall), next=sent.location)

    assert "Lampadaire cassé" in anne.get(done.location).text


def test_what_began_with_the_old_password_ends_with_it(hall, anne):
    visitor, new = half_way(hall), "une autre phrase longue"
    anne.get("/compte")
    anne.post("/compte/mot-de-passe", old=PASSWORD, new=new, again=new)

    assert enter(visitor, anne.spare[0]).location.startswith("/connexion?")
