"""Coming in and going out as people meet it: who is locked out, how long a session lasts, what ends it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import LogEntry, Post, User
from accounts.roles import ROLES, Role
from tests.cast import PASSWORD, signed_in

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
IN = "/account/sign-in"
WRONG = "Not-This-One-2026"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def come_in(name: str, password: str = PASSWORD, client: Client | None = None, **values: str) -> Any:
    return (client or Client()).post(IN, {"username": name, "password": password, **values})


def is_in(client: Client) -> bool:
    """Whether the first page opens; a closed session is sent to the door."""
    return client.get("/account/password").status_code == 200


def test_the_door_has_one_field_for_phone_and_staff_number_and_names_browsers(cast: Any) -> None:
    html = Client().get(IN).content.decode()
    assert "手机号或工号" in html
    assert "建议浏览器" in html
    assert "87以上" in html
    assert "⟦" not in html


@pytest.mark.parametrize(
    "typed", ["13800000104", " 138 0000 0104", "138-0000-0104", "１３８０００００１０４"]
)
def test_a_number_is_taken_as_people_type_it(cast: Any, typed: str) -> None:
    response = come_in(typed)
    assert response.status_code == 302
    assert response["Location"] == "/"


def test_a_staff_number_opens_the_same_account(cast: Any) -> None:
    User.objects.filter(pk=cast.township_clerk.pk).update(staff_no="YT0031")
    client = Client()
    assert come_in("yt 0031", client=client).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.township_clerk.pk)


def test_whoever_came_in_is_in_the_log_without_a_number(cast: Any) -> None:
    come_in("13800000104")
    entry = LogEntry.objects.get(action="signed_in")
    assert (entry.actor_id, entry.detail) == (cast.township_clerk.pk, {})


@pytest.mark.parametrize(("name", "password"), [("13800000104", WRONG), ("13900009999", WRONG)])
def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(
    cast: Any, name: str, password: str
) -> None:
    response = come_in(name, password)
    html = response.content.decode()
    assert response.status_code == 422
    assert "手机号（工号）或密码不对，请再核对一遍" in html
    assert f'value="{name}"' in html
    assert password not in html


def test_an_empty_form_says_at_each_field_what_is_missing(cast: Any) -> None:
    response = Client().post(IN, {})
    assert response.status_code == 422
    html = response.content.decode()
    assert 'id="id_username_error"' in html
    assert "请填手机号或工号" in html
    assert "请填密码" in html


@pytest.mark.parametrize("name", ["13800000104", "13900009999"], ids=["known", "unknown"])
def test_the_fifth_wrong_password_closes_the_name_for_a_quarter_of_an_hour(
    cast: Any, name: str, clock: Any
) -> None:
    answers = [come_in(name, WRONG) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert "15分钟后再试" in answers[-1].content.decode()
    assert come_in(name).status_code == 429
    clock.shift(dt.timedelta(minutes=16))
    assert come_in(name).status_code == (302 if name == "13800000104" else 422)


def test_a_locked_name_and_a_locked_unknown_name_see_the_same_page(cast: Any) -> None:
    pages = []
    for name in ("13800000104", "13900009999"):
        pages.append([come_in(name, WRONG) for _ in range(5)][-1].content)
    assert pages[0] == pages[1]


def test_phone_and_staff_number_of_one_person_are_counted_together(cast: Any) -> None:
    User.objects.filter(pk=cast.township_clerk.pk).update(staff_no="YT0031")
    names = ["13800000104", "YT0031", "yt-0031", "138 0000 0104", "YT0031"]
    assert [come_in(name, WRONG).status_code for name in names] == [422] * 4 + [429]


def test_coming_in_forgets_the_wrong_tries_before_it(cast: Any) -> None:
    for _ in range(3):
        assert [come_in("13800000104", WRONG).status_code for _ in range(3)] == [422] * 3
        assert come_in("13800000104").status_code == 302


def test_a_lock_does_not_touch_the_colleague_at_the_same_address(cast: Any) -> None:
    for _ in range(6):
        come_in("13800000104", WRONG)
    assert come_in("13800000105").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://example.org/", "//example.org/", "\\\\example.org", "/\\example.org", "javascript:alert(1)",
     "http:///example.org", "https:example.org", "\x00//example.org"],
)  # fmt: skip
def test_the_door_leads_nowhere_else(cast: Any, target: str) -> None:
    assert come_in("13800000104", next=target)["Location"] == "/"
    assert signed_in(cast.township_clerk).get(IN, {"next": target})["Location"] == "/"


def test_the_door_leads_to_the_page_that_was_asked_for(cast: Any) -> None:
    asked = Client().get("/account/password?x=1")
    assert asked["Location"] == "/account/sign-in?next=/account/password%3Fx%3D1"
    assert 'value="/account/password?x=1"' in Client().get(asked["Location"]).content.decode()
    assert come_in("13800000104", next="/account/password?x=1")["Location"] == "/account/password?x=1"


def test_the_session_is_a_new_one_after_coming_in(cast: Any) -> None:
    client = Client()
    client.get(IN)
    client.cookies["sessionid"] = "chosen-by-somebody-else-0000000"
    come_in("13800000104", client=client)
    assert client.cookies["sessionid"].value != "chosen-by-somebody-else-0000000"
    assert client.cookies["sessionid"]["httponly"]


@pytest.mark.parametrize("role", [Role.VISITOR, Role.TOWNSHIP_CLERK, Role.SYSTEM_ADMIN])
def test_a_session_ends_when_nobody_was_there_for_the_time_of_the_role(
    cast: Any, role: Role, clock: Any
) -> None:
    client = signed_in(cast.users[role.value])
    clock.shift(ROLES[role].idle - dt.timedelta(seconds=1))
    assert is_in(client)
    clock.shift(ROLES[role].idle + dt.timedelta(seconds=1))
    assert not is_in(client)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.TOWNSHIP_CLERK])
def test_a_session_ends_after_its_whole_time_however_busy(cast: Any, role: Role, clock: Any) -> None:
    client = signed_in(cast.users[role.value])
    for _ in range(int(ROLES[role].absolute / dt.timedelta(minutes=25))):
        clock.shift(dt.timedelta(minutes=25))
        assert is_in(client)
    clock.shift(dt.timedelta(minutes=25))
    assert not is_in(client)


def test_two_posts_give_the_shorter_time(cast: Any, clock: Any) -> None:
    Post.objects.create(
        user=cast.visitor, region=cast.township, role=Role.TOWNSHIP_CLERK, starts_on=dt.date(2026, 1, 1)
    )
    client = signed_in(cast.visitor)
    clock.shift(dt.timedelta(minutes=31))
    assert not is_in(client)


def test_saving_by_itself_is_not_being_there(cast: Any, clock: Any) -> None:
    client = signed_in(cast.township_clerk)
    for _ in range(3):
        clock.shift(dt.timedelta(minutes=9))
        client.get("/account/password", headers={"X-Autosave": "1"})
    clock.shift(dt.timedelta(minutes=5))
    assert not is_in(client)


def test_the_session_ends_with_the_post_on_the_next_request(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    assert is_in(client)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=dt.date(2026, 11, 23))
    assert not is_in(client)
    assert come_in("13800000104", client=client).status_code == 422


def test_the_session_ends_also_when_one_of_two_posts_does(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    assert is_in(client)
    second = Post.objects.create(
        user=cast.township_clerk, region=cast.county, role=Role.COUNTY_OFFICER, starts_on=dt.date(2026, 1, 1)
    )
    assert is_in(client)
    Post.objects.filter(pk=second.pk).update(ends_on=dt.date(2026, 11, 23))
    assert not is_in(client)


def test_a_closed_account_is_out_on_the_next_request(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    User.objects.filter(pk=cast.township_clerk.pk).update(is_active=False)
    assert not is_in(client)
    assert come_in("13800000104").status_code == 422


def test_somebody_without_a_post_is_told_so_and_stays_outside(cast: Any) -> None:
    client = Client()
    response = come_in("13800000202", client=client)
    assert response.status_code == 422
    assert "现在没有任职" in response.content.decode()
    assert not is_in(client)


def test_a_first_password_must_be_changed_before_anything_else(cast: Any) -> None:
    User.objects.filter(pk=cast.township_clerk.pk).update(must_change_password=True)
    client = signed_in(cast.township_clerk)
    for url in ("/", "/due/", "/account/sure"):
        assert client.get(url)["Location"] == "/account/password"
    assert "请先换一个自己的密码" in client.get("/account/password").content.decode()
    new = {"password": PASSWORD, "new": "Tai-Shan-Stone-77", "again": "Tai-Shan-Stone-77"}
    assert client.post("/account/password", new)["Location"] == "/"
    assert client.get("/account/sure").status_code == 200
    assert LogEntry.objects.filter(action="password_changed", actor_id=cast.township_clerk.pk).count() == 1


def test_a_new_password_closes_the_sessions_on_other_devices(cast: Any) -> None:
    here, there = signed_in(cast.visitor), signed_in(cast.visitor)
    assert is_in(there)
    here.post(
        "/account/password",
        {"password": PASSWORD, "new": "Tai-Shan-Stone-77", "again": "Tai-Shan-Stone-77"},
    )
    assert is_in(here)
    assert not is_in(there)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"password": WRONG}, "密码不对，请再核对一遍"),
        ({"again": "Tai-Shan-Stone-78"}, "两遍填得不一样"),
        ({"new": PASSWORD, "again": PASSWORD}, "新密码不能和现在的一样"),
        ({"new": "short-1A", "again": "short-1A"}, "至少12个字"),
        ({"new": "", "again": ""}, "请填新密码"),
    ],
)
def test_a_refused_password_says_why_at_its_field(cast: Any, values: dict[str, str], sentence: str) -> None:
    good = {"password": PASSWORD, "new": "Tai-Shan-Stone-77", "again": "Tai-Shan-Stone-77"}
    response = signed_in(cast.visitor).post("/account/password", {**good, **values})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    cast.visitor.refresh_from_db()
    assert cast.visitor.check_password(PASSWORD)


@pytest.mark.parametrize(
    "password",
    ["Abcdefgh-12", "abcdefghijklmn", "abcdefghijkl12", "Fuzhou-Bridge-1", "My-13800000104-x", "福州福州福州Abc123-xyz"],
)  # fmt: skip
def test_a_password_a_colleague_could_guess_is_refused(cast: Any, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, cast.township_clerk)


@pytest.mark.parametrize("password", ["Tai-Shan-Stone-77", "qingshan4LUSHUI", "山高水长-Abc-12345"])
def test_a_long_password_of_three_kinds_is_taken(cast: Any, password: str) -> None:
    assert validate_password(password, cast.township_clerk) is None


def test_going_out_closes_the_session_and_empties_the_shared_computer(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    cookie = client.cookies["sessionid"].value
    response = client.post("/account/sign-out")
    assert response["Location"] == IN
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    client.cookies["sessionid"] = cookie
    assert not is_in(client)
    response = client.get("/account/sign-out")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "这一页不能直接打开" in response.content.decode()


@pytest.mark.parametrize(
    "url", ["/account/sign-in", "/account/password", "/due/rules", "/nowhere", "/healthz"]
)
@pytest.mark.parametrize("who", ["township_clerk", None])
def test_no_page_of_ours_stays_in_a_shared_computer(cast: Any, url: str, who: str | None) -> None:
    client = signed_in(cast.users[who]) if who else Client()
    response = client.get(url)
    assert response["Cache-Control"] == "no-store"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]


def test_a_form_of_another_site_is_refused(cast: Any) -> None:
    client = signed_in(cast.township_clerk, Client(enforce_csrf_checks=True))
    assert client.post("/account/sign-out").status_code == 403
    assert is_in(client)


def test_being_sure_asks_for_the_password_and_goes_on(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    assert client.post("/account/sure", {"password": WRONG}).status_code == 422
    answer = client.post("/account/sure", {"password": PASSWORD, "next": "/due/?state=late"})
    assert answer["Location"] == "/due/?state=late"
