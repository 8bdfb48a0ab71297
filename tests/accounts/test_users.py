"""Accounts and posts: who makes them for whom, what nobody may, and that a paper opens an account."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import authority, services
from accounts.models import LogEntry, Post, Region, User
from accounts.roles import Role
from tests.cast import PASSWORD, make_user, signed_in

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
URL = "/account/users"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def form(cast: Any, **values: Any) -> dict[str, Any]:
    good = {
        "name": "林国清", "phone": "139 0000 1127", "role": "liaison", "unit": str(cast.village.pk),
        "title": "包村干部", "starts_on": "2026-11-24",
    }  # fmt: skip
    return {**good, **values}


def words(response: Any) -> str:
    html: str = response.content.decode()
    assert "⟦" not in html
    return html


def plain(response: Any) -> str:
    """A page without the token that differs each time."""
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", words(response))


def code_on(response: Any) -> str:
    found = re.search(r"<b[^>]*>([2-9A-Z]{4}-[2-9A-Z]{4})</b>", words(response))
    assert found is not None
    return found[1]


# ── making ───────────────────────────────────────────────────────────────────────────────────────


def test_a_clerk_opens_an_account_and_gets_the_paper_once(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    response = client.post(f"{URL}/new", form(cast))
    assert response.status_code == 200
    code = code_on(response)
    made = User.objects.get(phone="13900001127")
    assert not made.has_usable_password()
    post = Post.objects.get(user=made)
    assert (post.role, post.region, post.created_by) == ("liaison", cast.village, cast.township_clerk)
    assert code not in words(client.get(f"{URL}/{made.pk}"))
    actions = set(LogEntry.objects.values_list("action", flat=True))
    assert actions >= {"user_created", "post_made", "opening_printed"}
    logged = " ".join(str(detail) for detail in LogEntry.objects.values_list("detail", flat=True))
    assert "13900001127" not in logged
    assert "林国清" not in logged
    inside = Client()
    assert inside.post("/account/open", {"username": "13900001127", "code": code}).status_code == 302
    assert "林＊" in words(inside.get("/account/open/new"))


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": ""}, "name", "请填姓名"),
        ({"phone": "1390000112"}, "phone", "手机号是11位数字"),
        ({"phone": "23900001127"}, "phone", "手机号是11位数字"),
        ({"phone": ""}, "phone", "至少填一个"),
        ({"staff_no": "甲乙丙"}, "staff_no", "工号是3到20位"),
        ({"staff_no": "13900001128"}, "staff_no", "不能像手机号"),
        ({"role": ""}, "role", "请选角色"),
        ({"role": "township_clerk"}, "role", "请从名单里选角色"),
        ({"role": "system_admin"}, "role", "请从名单里选角色"),
        ({"unit": ""}, "unit", "请填单位"),
        ({"starts_on": ""}, "starts_on", "请选日期"),
        ({"starts_on": "24.11.2026"}, "starts_on", "日期写成"),
        ({"ends_on": "2026-11-01"}, "ends_on", "结束日期早于开始日期"),
    ],
)
def test_a_wrong_field_is_said_there_and_the_rest_is_kept(
    cast: Any, values: dict[str, str], field: str, sentence: str
) -> None:
    response = signed_in(cast.township_clerk).post(f"{URL}/new", form(cast, **values))
    assert response.status_code == 422
    html = words(response)
    assert f'id="id_{field}_error"' in html
    assert sentence in html
    if field != "title":
        assert "包村干部" in html
    assert not User.objects.filter(phone="13900001127").exists()


def test_a_clerk_offers_and_takes_only_units_of_the_township(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    html = words(client.get(f"{URL}/new"))
    assert "月洲村" in html
    assert cast.other_county_village.name not in html
    assert "民政办经办人" not in re.sub(r"（民政办经办人）", "", html)
    response = client.post(f"{URL}/new", form(cast, unit=str(cast.other_county_village.pk)))
    assert response.status_code == 422
    assert "请从名单里选单位" in words(response)


def test_a_county_officer_makes_clerks_and_heads_of_its_townships(cast: Any) -> None:
    client = signed_in(cast.county_officer)
    answer = client.post(f"{URL}/new", form(cast, role="township_head", unit="嵩口镇"))
    assert answer.status_code == 200
    assert Post.objects.get(user__phone="13900001127").region == cast.township
    answer = client.post(f"{URL}/new", form(cast, phone="13900001128", role="township_clerk", unit="月洲村"))
    assert answer.status_code == 422
    assert "要任在乡镇（街道）一级" in words(answer)
    assert "请从名单里选角色" in words(client.post(f"{URL}/new", form(cast, role="visitor", unit="月洲村")))


def test_a_unit_may_be_written_and_namesakes_are_asked_back(cast: Any) -> None:
    client = signed_in(cast.system_admin)
    names = Region.objects.live(DAY).filter(level=4).values_list("name", flat=True)
    twice = next(name for name in names if list(names).count(name) > 1)
    answer = client.post(f"{URL}/new", form(cast, unit=twice))
    assert answer.status_code == 422
    assert "都叫这个名字，请写全：" in words(answer)
    assert "没有这个单位" in words(client.post(f"{URL}/new", form(cast, unit="不存在村")))
    assert client.post(f"{URL}/new", form(cast, unit="永泰县嵩口镇 月洲村")).status_code == 200
    assert Post.objects.get(user__phone="13900001127").region == cast.village


def test_a_number_with_an_account_gets_the_post_there_after_being_asked(cast: Any) -> None:
    mover = make_user("陈依伯", "13900001127", Role.VISITOR, cast.other_county_village)
    client = signed_in(cast.township_clerk)
    response = client.post(f"{URL}/new", form(cast))
    assert response.status_code == 422
    assert "陈**" in words(response)
    assert "陈依伯" not in words(response)
    answer = client.post(f"{URL}/new", form(cast, same="on"))
    assert answer["Location"] == f"{URL}/{mover.pk}"
    assert mover.posts.count() == 2
    mover.refresh_from_db()
    assert mover.check_password(PASSWORD)


# ── what nobody may ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["township_clerk", "county_officer", "system_admin"])
def test_nobody_changes_their_own_account_or_posts(cast: Any, who: str) -> None:
    user = cast.users[who]
    new = services.NewPost("visitor", cast.village.pk, "", DAY)
    post = Post.objects.get(user=user)
    common = {"by": user, "at": NOON, "on": DAY, "user_id": user.pk}
    with pytest.raises(services.CannotManage):
        services.add_post(post=new, **common)
    with pytest.raises(services.CannotManage):
        services.end_post(post_id=post.pk, ends_on=DAY, **common)
    with pytest.raises(services.CannotManage):
        services.reset_password(**common)
    with pytest.raises(services.CannotManage):
        services.set_active(active=False, **common)


@pytest.mark.parametrize(
    ("who", "role", "unit"),
    [
        ("township_clerk", "township_clerk", "township"),
        ("township_clerk", "township_head", "township"),
        ("township_clerk", "visitor", "other_county_village"),
        ("county_officer", "county_officer", "county"),
        ("county_officer", "township_clerk", "other_county"),
        ("county_officer", "liaison", "village"),
        ("township_head", "visitor", "village"),
        ("city_business", "township_clerk", "township"),
        ("auditor", "visitor", "village"),
    ],
)
def test_nobody_gives_a_post_above_or_beside_their_own(cast: Any, who: str, role: str, unit: str) -> None:
    new = services.NewPost(role, getattr(cast, unit).pk, "", DAY)
    with pytest.raises(services.CannotManage, match="不归您管"):
        services.add_post(user_id=cast.nobody.pk, post=new, by=cast.users[who], at=NOON, on=DAY)


def test_who_runs_the_system_does_not_read_its_log(cast: Any) -> None:
    second = make_user("第二管理员", "13900001129", Role.SYSTEM_ADMIN, cast.city)
    cast.refresh()
    new = services.NewPost("auditor", cast.city.pk, "", DAY)
    with pytest.raises(services.CannotManage, match="不能是同一个人"):
        services.add_post(user_id=second.pk, post=new, by=cast.system_admin, at=NOON, on=DAY)


def test_a_clerk_can_not_take_over_a_head_by_a_new_password(cast: Any) -> None:
    services.add_post(
        user_id=cast.township_head.pk, post=services.NewPost("visitor", cast.village.pk, "", DAY),
        by=cast.township_clerk, at=NOON, on=DAY,
    )  # fmt: skip
    client = signed_in(cast.township_clerk)
    html = words(client.get(f"{URL}/{cast.township_head.pk}"))
    assert "在别处还有任职" in html
    assert "重设密码" not in html
    response = client.post(f"{URL}/{cast.township_head.pk}/reset", {})
    assert response.status_code == 422
    cast.township_head.refresh_from_db()
    assert cast.township_head.check_password(PASSWORD)


def test_a_post_to_come_protects_the_account_too(cast: Any) -> None:
    Post.objects.create(
        user=cast.visitor, region=cast.county, role=Role.COUNTY_HEAD, starts_on=dt.date(2027, 1, 1)
    )
    assert authority.why_not_keep(cast.township_clerk.duty, cast.visitor, DAY) != ""


def test_the_same_post_is_not_made_twice(cast: Any) -> None:
    new = services.NewPost("visitor", cast.village.pk, "", DAY)
    with pytest.raises(services.CannotManage, match="已经在这里任这个职务"):
        services.add_post(user_id=cast.visitor.pk, post=new, by=cast.township_clerk, at=NOON, on=DAY)


# ── what happens then ────────────────────────────────────────────────────────────────────────────


def test_a_reset_ends_the_session_and_the_password_and_gives_a_paper(cast: Any) -> None:
    there = signed_in(cast.visitor)
    assert there.get("/account/password").status_code == 200
    User.objects.filter(pk=cast.visitor.pk).update(last_login=NOON)
    response = signed_in(cast.township_clerk).post(f"{URL}/{cast.visitor.pk}/reset", {})
    code = code_on(response)
    assert there.get("/account/password").status_code == 302
    cast.visitor.refresh_from_db()
    assert not cast.visitor.has_usable_password()
    assert LogEntry.objects.filter(action="password_reset", object_id=str(cast.visitor.pk)).exists()
    answer = Client().post("/account/open", {"username": cast.visitor.phone, "code": code})
    assert answer["Location"] == "/account/open/new"


def test_an_ended_post_shows_its_last_day_and_closes_the_door_after_it(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    post = Post.objects.get(user=cast.visitor)
    there = signed_in(cast.visitor)
    assert there.get("/account/password").status_code == 200
    answer = client.post(f"{URL}/{cast.visitor.pk}/posts/{post.pk}/end", {"ends_on": "2026-11-24"})
    assert answer.status_code == 302
    assert there.get("/account/password").status_code == 200
    with time_machine.travel(NOON + dt.timedelta(hours=12, minutes=1), tick=False):
        fresh = signed_in(cast.visitor)
        assert fresh.get("/account/password").status_code == 403
        assert "已结束" in words(signed_in(cast.township_clerk).get(f"{URL}/{cast.visitor.pk}"))
    wrong = client.post(f"{URL}/{cast.visitor.pk}/posts/{post.pk}/end", {"ends_on": "2019-01-01"})
    assert wrong.status_code == 422


def test_a_closed_account_can_be_opened_again(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    for active in (False, True):
        assert client.post(f"{URL}/{cast.visitor.pk}/active", {}).status_code == 302
        cast.visitor.refresh_from_db()
        assert cast.visitor.is_active is active


def test_a_corrected_number_is_the_new_name_at_the_door_and_not_in_the_log(cast: Any) -> None:
    url = f"{URL}/{cast.visitor.pk}/edit"
    client = signed_in(cast.township_clerk)
    taken = client.post(url, {"name": "林巡访", "phone": "13800000104"})
    assert taken.status_code == 422
    assert "已经有账号" in words(taken)
    assert client.post(url, {"name": "林巡访", "phone": "13900001127"}).status_code == 302
    assert LogEntry.objects.get(action="user_edited").detail == {"fields": ["name", "phone"]}
    inside = Client().post("/account/sign-in", {"username": "13900001127", "password": PASSWORD})
    assert inside.status_code == 302


# ── looking ──────────────────────────────────────────────────────────────────────────────────────


def test_a_clerk_sees_the_accounts_of_the_township_s_villages_only(cast: Any) -> None:
    neighbour = make_user("邻村的人", "13900001130", Role.VISITOR, cast.other_county_village)
    client = signed_in(cast.township_clerk)
    html = words(client.get(URL))
    assert "13800000101" in html
    assert "邻村的人" not in html
    unknown = client.get(f"{URL}/99999999")
    for step in ("", "/edit", "/reset", "/active", "/posts/new", f"/posts/{neighbour.posts.get().pk}/end"):
        response = client.get(f"{URL}/{neighbour.pk}{step}")
        assert response.status_code == 404
        assert plain(response) == plain(unknown)


def test_a_post_is_found_only_through_its_holder(cast: Any) -> None:
    post = Post.objects.get(user=cast.liaison)
    client = signed_in(cast.township_clerk)
    assert client.get(f"{URL}/{cast.visitor.pk}/posts/{post.pk}/end").status_code == 404


@pytest.mark.parametrize("text", ["VILLAGE_", "13800000102", "0000102", "138 0000 0102"])
def test_a_search_is_posted_and_never_in_an_address(cast: Any, text: str) -> None:
    client = signed_in(cast.township_clerk)
    response = client.post(URL, {"q": text})
    assert response.status_code == 200
    html = words(response)
    assert "13800000102" in html
    assert "13800000103" not in html
    assert "?q=" not in html
    assert client.get(URL, {"q": text}).content.decode().count("13800000103") == 1


def test_a_search_finds_nobody_out_of_scope(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    assert "没有找到账号" in words(client.post(URL, {"q": "邻县"}))
    assert client.post(URL, {"q": ""}).status_code == 422


def test_never_used_and_closed_accounts_are_found(cast: Any) -> None:
    User.objects.filter(pk=cast.visitor.pk).update(last_login=NOON)
    User.objects.filter(pk=cast.liaison.pk).update(is_active=False)
    client = signed_in(cast.township_clerk)
    unopened = words(client.get(URL, {"show": "unopened"}))
    assert "13800000102" in unopened
    assert "13800000101" not in unopened
    assert "13800000103" in words(client.get(URL, {"show": "closed"}))


def test_pages_follow_each_other_without_gap_and_at_the_same_cost(cast: Any) -> None:
    for number in range(120):
        make_user(f"巡访{number:03d}", f"1390001{number:04d}", Role.VISITOR, cast.village)
    client = signed_in(cast.township_clerk)
    client.get(URL)
    seen: list[str] = []
    url, counts = URL, []
    while url:
        with CaptureQueriesContext(connection) as queries:
            html = words(client.get(url))
        counts.append(len(queries))
        seen += re.findall(r"1390001\d{4}", html)
        found = re.search(r'href="(\?before=\d+)" rel="next"', html)
        url = URL + found[1] if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert len(set(counts[:2])) == 1
