"""The list of accounts: a summary on top, filters whose counts are their lists, and a price that does not grow."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import account_list, openings
from accounts.models import Post, User
from accounts.roles import Role
from tests.cast import make_user, signed_in

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
URL = "/account/users"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def four(cast: Any) -> dict[str, User]:
    """Never opened, ending soon, without a post, closed; all others are in use."""
    users = {
        name: make_user(name, f"139000003{n:02d}", Role.VISITOR, cast.other_village)
        for n, name in enumerate(["没开", "到期", "没职", "停用"])
    }
    User.objects.exclude(pk=users["没开"].pk).update(last_login=NOON)
    Post.objects.filter(user=users["到期"]).update(ends_on=DAY + dt.timedelta(days=30))
    Post.objects.filter(user=users["没职"]).update(ends_on=DAY - dt.timedelta(days=1))
    User.objects.filter(pk=users["停用"].pk).update(is_active=False)
    return users


def page(cast: Any, query: str = "", who: str = "township_clerk") -> str:
    html: str = signed_in(cast.users[who]).get(URL + query).content.decode()
    assert "⟦" not in html
    return html


def test_two_lines_on_top_say_how_many_and_what_to_do(cast: Any, four: dict[str, User]) -> None:
    html = page(cast)
    villages = len(account_list.unit_choices(cast.township_clerk.duty, DAY))
    assert f"{villages}个村（居），账号7个，1个还没开通。" in html
    assert "1个没有任职，1个任职30天内到期，1个已停用。" in html


@pytest.mark.parametrize(
    ("show", "name"), [("unopened", "没开"), ("soon", "到期"), ("nopost", "没职"), ("closed", "停用")]
)
def test_each_filter_shows_exactly_what_it_counts(
    cast: Any, four: dict[str, User], show: str, name: str
) -> None:
    html = page(cast, f"?show={show}")
    rows = re.findall(r'<th scope="row"><span class="c"><a href="[^"]+">([^<]+)', html)
    assert rows == [name]
    assert re.search(rf'aria-current="true">{account_list.SHOW[show]} 1<', html)


def test_a_village_and_a_role_narrow_the_list(cast: Any, four: dict[str, User]) -> None:
    html = page(cast, f"?unit={cast.village.pk}&role=liaison")
    assert "138 0000 0103" in html
    assert "138 0000 0101" not in html
    assert ">没开<" not in page(cast, f"?unit={cast.village.pk}")


def test_a_neighbours_village_in_the_address_shows_nothing_new(cast: Any) -> None:
    there = make_user("邻县的人", "13900000399", Role.VISITOR, cast.other_county_village)
    for query in (f"?unit={cast.other_county_village.pk}", "?role=county_head", "?before=x", "?show=%00"):
        assert there.name not in page(cast, query)


def test_phones_can_be_called_from_the_list(cast: Any) -> None:
    assert 'href="tel:13800000101"' in page(cast)


def test_who_waits_for_a_paper_is_told_from_who_holds_one(cast: Any, four: dict[str, User]) -> None:
    assert "手上没有单子" in page(cast, "?show=unopened")
    openings.make(user_ids=[four["没开"].pk], by=cast.township_clerk, at=NOON, on=DAY)
    assert "单子12月8日前有效" in page(cast, "?show=unopened")
    assert "重印开通单" in signed_in(cast.township_clerk).get(f"{URL}/{four['没开'].pk}").content.decode()


def test_pages_follow_each_other_with_their_filters(cast: Any) -> None:
    for n in range(60):
        make_user(f"人{n}", f"139100000{n:02d}", Role.VISITOR, cast.village)
    html = page(cast, f"?show=unopened&unit={cast.village.pk}")
    following = re.search(r'href="(\?[^"]*before=\d+)" rel="next"', html)
    assert following is not None
    assert "show=unopened" in following[1]
    second = page(cast, following[1].replace("&amp;", "&"))
    names = set(re.findall(r"人\d+", html)) | set(re.findall(r"人\d+", second))
    assert len(names) == 60


def test_ten_and_a_hundred_accounts_cost_the_same_queries(cast: Any) -> None:
    client = signed_in(cast.system_admin)
    client.get(URL)  # the session notes its posts
    counts = []
    for more in (10, 90):
        for n in range(more):
            make_user(f"人{more}{n}", f"1392{more:02d}{n:05d}", Role.VISITOR, cast.village)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14, counts


def test_the_township_menu_keeps_its_six_words(cast: Any) -> None:
    html = signed_in(cast.township_clerk).get("/").content.decode()
    menu = re.search(r'<nav class="xf-menu".*?</nav>', html, re.S)
    assert menu is not None
    assert len(re.findall(r"<a ", menu[0])) == 6
    assert 'href="/account/users"' in html
