"""Two cadres, one phone: what the device remembers, only when asked, and what it can't be used for."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import devices
from accounts.roles import Role
from tests.cast import PASSWORD, make_user, signed_in

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
IN = "/account/sign-in"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def come_in(client: Client, user: Any, **values: str) -> Any:
    return client.post(IN, {"username": user.phone, "password": PASSWORD, **values})


def door(client: Client, query: str = "") -> str:
    html: str = client.get(IN + query).content.decode()
    assert "⟦" not in html
    return html


def out(client: Client) -> None:
    client.post("/account/sign-out")


def test_nothing_is_remembered_unless_it_was_ticked(cast: Any) -> None:
    client = Client()
    come_in(client, cast.visitor)
    assert devices.COOKIE not in client.cookies
    out(client)
    assert "0101" not in door(client)


def test_a_ticked_number_is_offered_masked_and_the_cookie_says_nothing(cast: Any) -> None:
    client = Client()
    come_in(client, cast.visitor, remember="on")
    cookie = client.cookies[devices.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cast.visitor.phone not in cookie.value
    out(client)
    html = door(client)
    assert "138****0101（V＊）" in html
    assert cast.visitor.phone not in html
    assert cast.visitor.name not in html


def test_the_last_two_are_kept_and_the_last_one_stands_first(cast: Any) -> None:
    client = Client()
    for user in (cast.visitor, cast.liaison, cast.village_head):
        come_in(client, user, remember="on")
        out(client)
    html = door(client)
    assert "0101" not in html
    assert html.index("138****0102") < html.index("138****0103")


def test_a_chosen_number_and_the_password_lead_in(cast: Any) -> None:
    client = Client()
    come_in(client, cast.visitor, remember="on")
    out(client)
    come_in(client, cast.liaison, remember="on")
    out(client)
    answer = client.post(IN, {"known": "1", "username": "", "password": PASSWORD})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(cast.visitor.pk)
    out(client)
    # Who came last stands first, without ticking again; what is typed wins over what is chosen.
    assert devices.ids(client.get(IN).wsgi_request) == [cast.visitor.pk, cast.liaison.pk]
    come_in(client, cast.village_head, known="0")
    assert client.session["_auth_user_id"] == str(cast.village_head.pk)


def test_remembering_opens_nothing_without_the_password_and_guessing_locks(cast: Any) -> None:
    client = Client()
    come_in(client, cast.visitor, remember="on")
    out(client)
    for _ in range(4):
        wrong = client.post(IN, {"known": "0", "password": "Not-This-One-2026"})
        assert wrong.status_code == 422
    assert client.post(IN, {"known": "0", "password": "Not-This-One-2026"}).status_code == 429
    assert come_in(Client(), cast.visitor).status_code == 429


@pytest.mark.parametrize("value", ["1", "2.3", "1:bad:bad", "x" * 400])
def test_a_cookie_of_ones_own_making_is_no_cookie(cast: Any, value: str) -> None:
    client = Client()
    client.cookies[devices.COOKIE] = value
    assert "****" not in door(client)
    assert client.post(IN, {"known": "0", "password": PASSWORD}).status_code == 422


def test_a_number_can_be_taken_away_again(cast: Any) -> None:
    client = Client()
    for user in (cast.visitor, cast.liaison):
        come_in(client, user, remember="on")
        out(client)
    client.post("/account/forget", {"n": "0"})
    html = door(client)
    assert "138****0103" not in html
    assert "138****0101" in html
    client.post("/account/forget", {"n": "0"})
    assert "****" not in door(client)
    assert client.post("/account/forget", {"n": "7"}).status_code == 302


def test_a_closed_account_is_offered_no_more(cast: Any) -> None:
    client = Client()
    come_in(client, cast.visitor, remember="on")
    out(client)
    cast.visitor.is_active = False
    cast.visitor.save()
    assert "****" not in door(client)


def test_somebody_else_is_one_press_in_the_bar_of_village_roles_only(cast: Any) -> None:
    assert "换个人" in signed_in(cast.visitor).get("/account/password").content.decode()
    assert "换个人" not in signed_in(cast.township_clerk).get("/account/password").content.decode()
    both = make_user("又是经办", "13900000300", Role.VISITOR, cast.village)
    from accounts.models import Post

    Post.objects.create(
        user=both, region=cast.township, role=Role.TOWNSHIP_CLERK, starts_on=dt.date(2026, 1, 1)
    )
    assert "换个人" not in signed_in(both).get("/account/password").content.decode()


def test_somebody_else_ends_the_session_and_chooses_the_other_number(cast: Any) -> None:
    client = Client()
    come_in(client, cast.liaison, remember="on")
    out(client)
    come_in(client, cast.visitor, remember="on")
    cookie = client.cookies["sessionid"].value
    answer = client.post("/account/switch")
    assert answer["Location"] == f"{IN}?who=other"
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    html = door(client, "?who=other")
    chosen = html[html.index('value="1"') : html.index('value="1"') + 80]
    assert "checked" in chosen
    old = Client()
    old.cookies["sessionid"] = cookie
    assert old.get("/account/password").status_code == 302


def test_two_idle_hours_end_a_session_on_a_remembered_phone_too(cast: Any, clock: Any) -> None:
    client = Client()
    come_in(client, cast.visitor, remember="on")
    clock.shift(dt.timedelta(hours=2, seconds=1))
    assert client.get("/account/password").status_code == 302
