"""Twelve ways to lose what was typed on a visit form, in a real browser. What is the same for all forms is in
tests/test_never_lost.py; a browser that crashes and a phone that goes out are in test_visit_form.py (the draft), the
same press with other words in tests/visits/records/test_visiting_views.py.
"""

from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import services as accounts
from accounts.models import KeptForm, Post
from tests.cast import PASSWORD
from tests.conftest import _owner
from tests.e2e.conftest import Server, Site, check_page
from tests.e2e.test_visit_form import address, visited
from visits.records.models import Draft, Visit
from visits.roster.models import Person

WORDS = "她说夜里<喘>，要去福州看病"
TAPS = ["met_0", "area_family_good", "area_health_same", "area_mind_same", "gas_0", "water_heating_0", "electricity_0",
        "area_hygiene_same", "area_dwelling_same"]  # fmt: skip


def write(page: Page, person: Person, *, whole: bool = False) -> None:
    """Type on the visit form; `whole`: so that it can be saved."""
    page.goto(address(person))
    fold = page.locator("summary", has_text="写几句")
    if not page.locator("#id_remark").is_visible():
        fold.click()
    page.locator("#id_remark").fill(WORDS)
    for tap in TAPS if whole else ():
        page.locator(f"#id_{tap}").check()


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()


def come_in(page: Page, user: Any, password: str = PASSWORD) -> None:
    page.get_by_label("手机号或工号").fill(user.phone)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def still_there(page: Page) -> None:
    """The form came back with something to mend: the words stand in their box."""
    expect(page.get_by_text("要改一下").first).to_be_visible()
    expect(page.locator("#id_remark")).to_have_value(WORDS)


def session_of(page: Page) -> SessionStore:
    cookie = next(c for c in page.context.cookies() if c["name"] == "sessionid")
    return SessionStore(cookie["value"])


def through_the_door(page: Page, user: Any, password: str = PASSWORD) -> None:
    """Sent to the door; signed in; what was typed opens first, and goes on by one press."""
    page.wait_for_url("**/account/sign-in?kept=1")
    expect(page.get_by_text("刚才写的没有丢")).to_be_visible()
    come_in(page, user, password)
    page.wait_for_url("**/account/kept*")
    expect(page.get_by_text(WORDS).first).to_be_visible()  # the last one stands first
    check_page(page)
    page.get_by_role("button", name="接着交").first.click()
    still_there(page)


def test_no_session_and_no_token_is_worth_a_word(site: Site) -> None:
    person, user = visited(site), site.cast.visitor
    page = site.page(user)
    # something is missing
    write(page, person)
    save(page)
    still_there(page)
    # idle too long, and open too long
    for stamp in ("seen_at", "started_at"):
        write(page, person)
        session = session_of(page)
        session[stamp] = 0
        session.save()
        save(page)
        through_the_door(page, user)
    # signed in anew in another tab
    write(page, person)
    tab = page.context.new_page()
    tab.goto("/")
    tab.get_by_role("button", name="退出登录").click()
    tab.wait_for_url("**/sign-in*")
    come_in(tab, user)
    tab.wait_for_url(lambda url: "sign-in" not in url)
    save(page)
    expect(page.get_by_role("heading", name="这一页开太久了，您写的都在")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="交上").click()
    still_there(page)
    # the cookie of the page is gone
    write(page, person)
    page.context.clear_cookies(name="csrftoken")
    save(page)
    page.get_by_role("button", name="交上").click()
    still_there(page)
    # the password was changed elsewhere
    write(page, person)
    other = "Shangyang-Stone-1962"
    accounts.change_password(by=user, new=other, at=timezone.now())
    save(page)
    through_the_door(page, user, other)
    assert not Visit.objects.filter(remark=WORDS).exists()
    site.problems.clear()


def test_two_on_one_phone_see_nothing_of_each_other(site: Site) -> None:
    person, first, second = visited(site), site.cast.visitor, site.cast.village_head
    page = site.page(first)
    write(page, person)
    tab = page.context.new_page()
    page.context.clear_cookies(name="sessionid")
    tab.goto("/account/sign-in")
    come_in(tab, second)
    tab.wait_for_url(lambda url: "sign-in" not in url)
    save(page)
    expect(page.get_by_role("heading", name="这一页是换人登录以前打开的")).to_be_visible()
    check_page(page)
    tab.goto("/account/kept")
    assert WORDS not in tab.content()
    assert KeptForm.objects.get().author == first
    site.problems.clear()


def test_whose_post_ended_gets_the_words_to_copy(site: Site) -> None:
    person, user = visited(site), site.cast.visitor
    page = site.page(user)
    write(page, person)
    Post.objects.filter(user=user).update(ends_on=timezone.localdate() - timedelta(days=1))
    save(page)
    expect(page.get_by_role("heading", name="您的任职已经到期")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_be_visible()
    site.problems.clear()


def test_a_server_killed_in_between_and_the_page_arrives_by_itself_once(site: Site, server: Server) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    other = page.context.new_page()
    other.goto(reverse("visits_roster:contact", args=[person.uuid]))  # a form without a key
    other.locator("[name=find_me]").fill("桥头第三间")
    write(page, person, whole=True)
    server.kill_web()
    for one in (page, other):
        save(one)
        expect(one.locator("[data-network]")).to_contain_text("网络断了，您写的都还在这一页，正在重试")
    server.start_web()
    page.wait_for_url("**/records/visits/**")
    other.wait_for_url(lambda url: "contact" not in url)
    assert Person.objects.get().find_me == "桥头第三间"
    assert Visit.objects.filter(remark=WORDS).count() == 1
    site.problems.clear()


def test_an_answer_that_is_lost_on_the_way_back_does_not_make_a_second_visit(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    write(page, person, whole=True)
    lost = []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/visit", lose)
    save(page)
    page.wait_for_url("**/records/visits/**")
    assert lost == [204]
    assert Visit.objects.filter(remark=WORDS).count() == 1
    site.problems.clear()


@pytest.fixture
def away(committed: str) -> Any:
    """Close this test's database to the site, and open it again."""
    owner = _owner()
    entry = settings.DATABASES["default"]
    # Sessions are ended by the role they belong to.
    runtime = psycopg2.connect(dbname=owner.info.dbname, user=settings.RUNTIME_DB_ROLE, host=entry["HOST"])
    runtime.autocommit = True

    def close(yes: bool) -> None:
        with owner.cursor() as cursor, runtime.cursor() as ending:
            cursor.execute(f'ALTER DATABASE "{committed}" ALLOW_CONNECTIONS {"false" if yes else "true"}')
            if yes:
                connection.close()
                ending.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
                    [committed, settings.RUNTIME_DB_ROLE],
                )

    yield close
    close(False)
    owner.close()
    runtime.close()


def test_the_database_away_and_back_with_and_without_script(site: Site, away: Any) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    plain = site.page(site.cast.visitor, javascript=False)
    write(page, person, whole=True)
    plain.goto(address(person))
    plain.locator("summary", has_text="写几句").click()
    plain.locator("#id_remark").fill(WORDS)
    away(True)
    save(page)
    expect(page.locator("[data-network]")).to_contain_text("系统暂时连不上")
    save(plain)
    expect(plain.locator("body")).to_contain_text("系统暂时连不上，您写的都在这一页")
    assert "夜里&lt;喘&gt;" in plain.content()
    away(False)
    plain.get_by_role("button", name="现在再交").click()
    assert "夜里&lt;喘&gt;" in plain.locator("#id_remark").inner_html()
    page.wait_for_url("**/records/visits/**")
    assert Visit.objects.filter(remark=WORDS).count() == 1
    site.problems.clear()


def test_too_much_at_once_leaves_the_words_on_the_page(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    add = """([count, size]) => { for (let n = 0; n < count; n += 1) {
      const more = document.createElement("input"); more.type = "hidden"; more.name = `more${n}`;
      more.value = "x".repeat(size); document.getElementById("visit-form").append(more); } }"""
    write(page, person)
    page.evaluate(add, [2100, 1])
    save(page)
    expect(page.get_by_role("heading", name="一次送来的太多，没有收下")).to_be_visible()
    check_page(page)
    page.go_back()  # a form that may carry files is not read any further: its words are one step back
    expect(page.locator("#id_remark")).to_have_value(WORDS)
    # Not even read: the words are one step back, or in the draft that the page saved by itself.
    write(page, person)
    expect(page.locator("#xf-draft")).to_contain_text("已自动保存", timeout=6000)
    page.evaluate(add, [1, 3_000_000])
    save(page)
    expect(page.get_by_role("heading", name="一次送来的太多，没有收下")).to_be_visible()
    page.go_back()
    expect(page.locator("#id_remark")).to_have_value(WORDS)
    assert Draft.objects.get().body["remark"] == [WORDS]
    site.problems.clear()
