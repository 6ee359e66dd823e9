"""Who comes in, and who does not."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import SignInTry, Staff
from casetrack.language import Text
from casetrack.organisation.staff import set_password
from tests.web.visitors import PASSWORD, Visitor, words
from web import Account, signing_in


def test_a_person_signs_in_and_finds_their_list(hall):
    anne = hall.visitor()

    assert anne.get("/").location == "/connexion?next=/"
    assert anne.sign_in("anne").location == "/"
    assert "Ma liste" in words(anne.get("/"))


def test_a_login_is_not_case_sensitive_and_a_password_is(hall):
    assert hall.visitor().sign_in(" Anne ").status_code == 302
    assert hall.visitor().sign_in("\u200banne\u00a0").status_code == 302  # pasted from a message
    assert hall.visitor().sign_in("anne", PASSWORD.upper()).status_code == 401


def test_a_wrong_password_and_an_unknown_login_are_told_the_same(hall):
    wrong = words(hall.visitor().sign_in("anne", "pas celui-là du tout"))
    unknown = words(hall.visitor().sign_in("nobody", "pas celui-là du tout"))

    assert "ne convient pas" in wrong
    assert wrong == unknown


def test_five_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(hall):
    for _ in range(5):
        assert hall.visitor().sign_in("anne", "devine").status_code == 401

    refused = hall.visitor().sign_in("anne")
    assert refused.status_code == 429
    assert "dans 15 minutes" in words(refused)
    assert hall.visitor().sign_in("paul").status_code == 302  # the neighbour is not punished
    hall.now += timedelta(minutes=16)
    assert hall.visitor().sign_in("anne").status_code == 302


def test_what_strangers_try_shuts_nobody_out_of_the_browser_that_they_use(hall):
    own = hall.visitor()
    own.sign_in("anne")
    own.get("/")
    own.post("/deconnexion")
    for _ in range(25):
        hall.visitor().sign_in("anne", "devine")

    assert hall.visitor().sign_in("anne").status_code == 429
    assert own.sign_in("anne").status_code == 302


def test_a_known_browser_gives_no_more_tries_than_another_and_none_of_anybody_else(hall):
    own = hall.visitor()
    own.sign_in("anne")
    own.get("/")
    own.post("/deconnexion")

    assert [own.sign_in("anne", "devine").status_code for _ in range(7)] == [401] * 5 + [429] * 2
    assert [own.sign_in("paul", "devine").status_code for _ in range(7)] == [401] * 5 + [429] * 2


def test_a_cookie_of_ones_own_making_makes_no_browser_known(hall):
    for _ in range(5):
        hall.visitor().sign_in("anne", "devine")
    forger = hall.visitor()
    forger.client.set_cookie("casetrack_known", "WyJhIixbImIiXV0.forged")

    assert forger.sign_in("anne").status_code == 429


def test_what_is_typed_as_a_login_shuts_nobody_out_of_their_account(hall):
    for name in ("account of anne", "code of anne"):
        for _ in range(5):
            hall.visitor().sign_in(name, "devine")
    anne = hall.visitor("anne")
    anne.get("/compte")

    new = "une autre phrase longue"
    assert anne.post("/compte/mot-de-passe", old=PASSWORD, new=new, again=new).status_code == 302


def test_passwords_are_looked_at_two_by_two_and_the_others_are_asked_to_wait(hall):
    signing_in.AT_ONCE.acquire()
    signing_in.AT_ONCE.acquire()
    try:
        refused = hall.visitor().sign_in("anne")
        assert refused.status_code == 429
        assert "Beaucoup de monde" in words(refused)
        assert 'value="anne"' in refused.text
    finally:
        signing_in.AT_ONCE.release()
        signing_in.AT_ONCE.release()

    with hall.database.reader() as session:
        assert session.scalars(select(SignInTry)).all() == []
    assert hall.visitor().sign_in("anne").status_code == 302


def test_a_copy_of_the_cookie_opens_nothing_once_the_password_is_changed(hall):
    anne, thief, new = hall.visitor("anne"), hall.visitor(), "une autre phrase longue"
    thief.client.set_cookie("casetrack", anne.client.get_cookie("casetrack").value)
    assert thief.get("/").status_code == 200
    anne.get("/compte")

    anne.post("/compte/mot-de-passe", old=PASSWORD, new=new, again=new)

    assert anne.get("/").status_code == 200
    assert thief.get("/").status_code == 302


def test_a_new_password_opens_at_once_whatever_was_mistyped_before(hall):
    for _ in range(5):
        hall.visitor().sign_in("anne", "oublié")
    page = words(hall.visitor().sign_in("anne", "oublié"))
    assert "demandez un nouveau mot de passe à l'administrateur" in page
    aline, account = hall.visitor("aline"), f"/administration/personnes/{hall.town.anne.id}"
    aline.get(account)

    given = aline.post(f"{account}/mot-de-passe").text

    password = re.search(r"<code[^>]*>([^<]+)</code>", given)[1]
    assert hall.visitor().sign_in("anne", password).status_code == 302


def test_the_sign_in_page_says_what_to_do_about_a_forgotten_password(hall):
    assert "Mot de passe oublié ?" in words(hall.visitor().get("/connexion"))


def test_whoever_refuses_cookies_is_told_so_on_the_sign_in_page(hall):
    client = hall.app.test_client(use_cookies=False)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/connexion").text)[1]

    answer = client.post(
        "/connexion", data={"csrf_token": token, "login": "anne", "password": PASSWORD, "next": "/alertes"}
    )

    assert answer.status_code == 400
    assert "accepte les cookies" in words(answer)
    assert 'value="anne"' in answer.text
    assert 'name="next" value="/alertes"' in answer.text
    assert PASSWORD not in answer.text


def test_a_sign_in_page_left_open_while_one_signed_in_elsewhere_leads_in(hall):
    visitor = hall.visitor()
    visitor.get("/connexion")
    stale = visitor.token
    visitor.sign_in("anne")

    assert (
        visitor.client.post(
            "/connexion", data={"csrf_token": stale, "login": "anne", "password": PASSWORD}
        ).location
        == "/"
    )


def test_signing_out_of_a_session_that_has_ended_is_no_error(hall):
    anne = hall.visitor("anne")
    anne.get("/")
    anne.client.delete_cookie("casetrack")

    assert anne.post("/deconnexion").location == "/connexion"


def test_a_first_password_chosen_leads_to_the_work(hall):
    with hall.database.session() as session:
        session.get(Staff, hall.town.anne.id).password_is_temporary = True
        session.commit()
    anne = hall.visitor("anne")
    anne.get("/compte")

    done = anne.post(
        "/compte/mot-de-passe", old=PASSWORD, new="une autre phrase longue", again="une autre phrase longue"
    )

    assert done.location == "/"


PROXY = "10.0.0.9"


def from_behind(hall, said: str, login: str, password: str = PASSWORD):
    """Try to sign in through a proxy on another machine that says whom it speaks for."""
    client = hall.app.test_client()
    client.environ_base["REMOTE_ADDR"] = PROXY
    client.environ_base["HTTP_X_FORWARDED_FOR"] = said
    return Visitor(client).sign_in(login, password)


@pytest.mark.parametrize(
    ("proxies", "said", "counted"),
    [
        (0, "203.0.113.5", PROXY),  # forged: nobody was said to stand in front
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),  # what the visitor wrote themselves comes first
        (2, "198.51.100.1, 203.0.113.5, 10.0.0.8", "203.0.113.5"),
    ],
)
def test_tries_are_counted_from_where_the_trusted_proxies_say_and_from_nowhere_else(
    hall, proxies, said, counted
):
    hall.app = hall.open(trusted_proxies=proxies)

    from_behind(hall, said, "anne", "devine")

    with hall.database.reader() as session:
        assert session.scalars(select(SignInTry.address)).all() == [counted]


@pytest.mark.parametrize(("proxies", "status"), [(1, 302), (0, 429)])
def test_one_who_guesses_behind_the_proxy_of_the_town_shuts_out_nobody_else(hall, proxies, status):
    hall.app = hall.open(trusted_proxies=proxies)
    with hall.database.session() as session:
        guessing = "203.0.113.5" if proxies else PROXY
        session.add_all(SignInTry(login_hash=str(n), address=guessing, at=hall.now) for n in range(60))
        session.commit()

    assert from_behind(hall, "203.0.113.6", "anne").status_code == status
    assert from_behind(hall, "203.0.113.5", "anne").status_code == 429


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/courriers/nouveau?apres=2026-A-000001", "/courriers/nouveau?apres=2026-A-000001"),
        ("", "/"),
        ("https://ailleurs.example/", "/"),  # another site
        ("//ailleurs.example/", "/"),  # the same, without its scheme
        ("/\\ailleurs.example/", "/"),  # the same, as browsers read it
        ("javascript:alert(1)", "/"),
        ("/\nSet-Cookie: a=b", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(hall, asked, given):
    assert hall.visitor().sign_in("anne", next=asked).location == given


def test_signing_out_ends_the_session(hall):
    anne = hall.visitor("anne")
    anne.get("/")

    anne.post("/deconnexion")

    assert anne.get("/").location.startswith("/connexion")


@pytest.mark.parametrize("change", ["password", "account"])
def test_a_changed_password_or_a_closed_account_ends_every_open_session(hall, change):
    anne = hall.visitor("anne")
    with hall.database.session() as session:
        person = session.get(Staff, hall.town.anne.id)
        if change == "password":
            set_password(person, "une autre phrase", cheap=True)
        else:
            person.is_active = False
        session.commit()

    assert anne.get("/").location.startswith("/connexion")


def test_the_cookie_is_for_this_site_alone_and_encrypted_where_the_site_is(hall):
    plain = hall.visitor().sign_in("anne").headers["Set-Cookie"]
    hall.app = hall.open(public_url="https://courrier.valmy.test")
    encrypted = hall.visitor().sign_in("anne").headers["Set-Cookie"]

    for flag in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in plain
    assert "Secure" not in plain  # on http://mairie.local a Secure cookie is dropped in silence
    assert "Secure" in encrypted


def test_the_accounts_are_shown_in_a_demonstration_only(hall):
    account = Account(
        "marc", PASSWORD, "Marc Morel", role=Text("Accueil", "Desk"), shows=Text("Enregistrer", "Register")
    )
    assert "Marc Morel" not in words(hall.visitor().get("/connexion"))

    visitor = Visitor(hall.open(accounts=[account]).test_client())
    page = visitor.get("/connexion")

    assert "Marc Morel , Accueil" in words(page)
    assert visitor.post("/connexion", login="marc", password=PASSWORD).location == "/"


def test_the_language_is_chosen_before_signing_in_and_kept(hall):
    visitor = hall.visitor()
    visitor.get("/connexion")
    visitor.post("/langue", language="en", next="/connexion")

    assert "Sign in" in words(visitor.get("/connexion"))
    visitor.sign_in("anne")
    page = visitor.get("/")
    assert "My list" in words(page)
    assert '<html lang="en">' in page.text


def test_a_language_that_does_not_exist_changes_nothing(hall):
    visitor = hall.visitor("anne")
    visitor.get("/")
    visitor.post("/langue", language="de", next="/")

    assert "Ma liste" in words(visitor.get("/"))


@pytest.mark.parametrize("asked", ["http://[", "//[", "/" + "a" * 60_000, "/\n/x.fr"])
def test_an_address_that_is_none_leads_to_the_first_page(hall, asked):
    visitor = hall.visitor()
    visitor.get("/connexion")

    assert visitor.post("/langue", language="en", next=asked).location == "/"
    assert hall.visitor().sign_in("anne", next=asked).location == "/"
