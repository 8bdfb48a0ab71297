"""What somebody could not send: kept for its author, sent again by one press, never shown to anybody else.

That this holds for every form is shown in tests/test_never_lost.py; here is what happens around it."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts import kept, page_author
from accounts.log_words import WRITES
from accounts.models import KeptForm, LogEntry, Post, User
from accounts.routes import routes
from tests.cast import PASSWORD, Cast, make_person, signed_in
from tests.test_access import plain
from visits.records.models import Draft
from visits.roster.models import Discovery, Person

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
WORDS = "她说：夜里<喘>，\r\n  已打120"
KEPT = "/account/kept"
TELL = reverse("visits_roster:discovery_new")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(cast: Cast) -> Person:
    return make_person(cast, hamlet="上洋")


def typed(by: User, cast: Cast, **values: Any) -> dict[str, Any]:
    """The page on which a visitor tells of somebody new, filled in by `by`."""
    return {
        page_author.FIELD: page_author.token(by.pk),
        "key": str(uuid.uuid4()),
        "name": "陈依姆",
        "village": str(cast.village.pk),
        "where": "祠堂边",
        "reasons": ["ill"],
        "said": WORDS,
    } | values


def come_in(user: User, client: Client, **values: str) -> Any:
    return client.post("/account/sign-in", {"username": user.phone, "password": PASSWORD, **values})


def test_what_was_typed_opens_first_after_signing_in_and_is_sent_by_one_press(cast: Cast) -> None:
    client, body = Client(), typed(cast.visitor, cast)
    door = client.post(TELL, body)
    assert door["Location"] == "/account/sign-in?kept=1"
    assert "刚才写的没有丢" in client.get(door["Location"]).content.decode()
    assert come_in(cast.visitor, client)["Location"].startswith(KEPT)
    page = client.get(KEPT).content.decode()
    for words in (
        "您刚才没交上的内容还在",
        "发现的新对象",
        "陈依姆",
        "夜里&lt;喘&gt;",
        "接着交",
        "留到12月1日 周二",
    ):
        assert words in page, words
    row = KeptForm.objects.get()
    fresh = {page_author.FIELD: page_author.token(cast.visitor.pk), page_author.KEPT: str(row.uuid)}
    assert client.post(row.path, kept.open_body(row) | fresh).status_code == 302
    assert Discovery.objects.get().told_by == cast.visitor
    row.refresh_from_db()
    assert (row.ended_at, row.body) == (NOON, "")
    assert "没有没交上的内容" in client.get(KEPT).content.decode()
    actions = {entry.action for entry in LogEntry.objects.filter(object_type="keptform")}
    assert actions == {"form_kept", "form_sent_again"}
    assert not LogEntry.objects.filter(object_type="keptform").exclude(detail={}).exists()


def test_the_first_page_says_that_something_waits_and_only_to_its_author(cast: Cast) -> None:
    Client().post(TELL, typed(cast.visitor, cast))
    line = "您有写好没交上的内容"
    assert line in signed_in(cast.visitor).get("/").content.decode()
    assert line not in signed_in(cast.township_clerk).get("/").content.decode()
    row = KeptForm.objects.get()
    other = signed_in(cast.township_clerk)
    assert other.post(reverse("accounts:kept_drop", args=[row.uuid])).status_code == 404
    assert "夜里" not in other.get(KEPT).content.decode()
    own = signed_in(cast.visitor)
    assert own.post(reverse("accounts:kept_drop", args=[row.uuid])).status_code == 302
    assert line not in own.get("/").content.decode()
    row.refresh_from_db()
    assert row.body == ""


@pytest.mark.parametrize("token", ["", "7", "7:1abc:forged"])
def test_without_the_token_of_its_author_nothing_is_kept(cast: Cast, token: str) -> None:
    door = Client().post(TELL, typed(cast.visitor, cast, **{page_author.FIELD: token}))
    assert door["Location"].startswith("/account/sign-in?next=")
    assert not KeptForm.objects.exists()


def test_a_token_is_believed_for_three_days(cast: Cast, clock: Any) -> None:
    body = typed(cast.visitor, cast)
    clock.move_to(NOON + dt.timedelta(days=2, hours=23))
    Client().post(TELL, body)
    assert KeptForm.objects.count() == 1
    clock.move_to(NOON + dt.timedelta(days=3, hours=1))
    Client().post(TELL, body | {"said": "又写一遍"})
    assert KeptForm.objects.count() == 1


def test_two_on_one_phone_nothing_is_recorded_in_the_other_ones_name(cast: Cast) -> None:
    clerk = signed_in(cast.township_clerk)
    answer = clerk.post(TELL, typed(cast.visitor, cast))
    assert answer.status_code == 403
    assert "换人登录以前打开的" in answer.content.decode()
    assert "夜里" not in answer.content.decode()
    assert not Discovery.objects.exists()
    assert KeptForm.objects.get().author == cast.visitor


def test_a_page_that_saves_by_itself_makes_one_row_and_the_last_words_stand(
    cast: Cast, person: Person
) -> None:
    url, key = reverse("visits_records:draft", args=[person.uuid]), str(uuid.uuid4())
    for words in ("写", "写了", WORDS):
        Client().post(
            url,
            {page_author.FIELD: page_author.token(cast.visitor.pk), "key": key, "remark": words},
            headers={"X-Autosave": "1"},
        )
    row = KeptForm.objects.get()
    assert kept.open_body(row)["remark"] == [WORDS]
    assert LogEntry.objects.filter(action="form_kept").count() == 1
    client = signed_in(cast.visitor)
    assert "接着写" in client.get(KEPT).content.decode()
    client.post(row.path, kept.open_body(row))
    assert Draft.objects.get().body["remark"] == [WORDS]
    assert not kept.waiting(cast.visitor, NOON).exists()


def test_what_comes_back_with_something_to_mend_still_waits_until_it_is_taken(cast: Cast) -> None:
    Client().post(TELL, typed(cast.visitor, cast, name=""))
    row, client = KeptForm.objects.get(), signed_in(cast.visitor)
    page = client.post(row.path, kept.open_body(row) | {page_author.KEPT: str(row.uuid)})
    assert page.status_code == 422
    assert f'name="kept_form" value="{row.uuid}"' in page.content.decode()
    assert kept.waiting(cast.visitor, NOON).exists()
    client.post(row.path, kept.open_body(row) | {"name": "陈依姆"})  # the key is the same page's
    assert not kept.waiting(cast.visitor, NOON).exists()


def test_no_password_is_ever_kept(cast: Cast) -> None:
    for name in ("accounts:password", "accounts:sure"):
        Client().post(
            reverse(name),
            {page_author.FIELD: page_author.token(cast.visitor.pk), "password": PASSWORD, "new": PASSWORD},
        )
    assert not KeptForm.objects.exists()


def test_seven_days_later_it_is_gone_and_the_oldest_make_room(cast: Cast, clock: Any) -> None:
    for n in range(kept.MOST + 2):
        clock.move_to(NOON + dt.timedelta(minutes=n))
        Client().post(TELL, typed(cast.visitor, cast, said=f"第{n}次"))
    assert KeptForm.objects.count() == kept.MOST
    assert "第0次" not in "".join(row.body for row in KeptForm.objects.all())
    kept.forget(at=NOON + dt.timedelta(days=6, hours=23))
    assert KeptForm.objects.count() == kept.MOST
    assert not kept.waiting(cast.visitor, NOON + dt.timedelta(days=8)).exists()
    kept.forget(at=NOON + dt.timedelta(days=8))
    assert not KeptForm.objects.exists()


def test_the_last_post_ended_meanwhile_and_no_way_back_in_the_words_are_shown_at_once(cast: Cast) -> None:
    client = signed_in(cast.visitor)
    client.get("/")
    Post.objects.filter(user=cast.visitor).update(ends_on=dt.date(2026, 11, 23))
    asked_by_the_page = client.post(TELL, typed(cast.visitor, cast), headers={"X-Sent-By": "page"})
    assert asked_by_the_page.status_code == 403
    answer = client.post(TELL, typed(cast.visitor, cast))
    assert answer.status_code == 403
    assert "您的任职已经到期" in answer.content.decode()
    assert "夜里&lt;喘&gt;" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_one_of_two_posts_ended_and_it_waits_behind_the_door(cast: Cast) -> None:
    Post.objects.create(
        user=cast.visitor, region=cast.other_village, role="visitor", starts_on=dt.date(2020, 1, 1)
    )
    client = signed_in(cast.visitor)
    client.get("/")
    Post.objects.filter(user=cast.visitor, region=cast.other_village).update(ends_on=dt.date(2026, 11, 23))
    assert client.post(TELL, typed(cast.visitor, cast))["Location"].endswith("kept=1")
    assert KeptForm.objects.get().author == cast.visitor


def test_who_no_longer_finds_the_person_can_copy_what_was_typed(cast: Cast) -> None:
    person = make_person(cast, village=cast.other_county_village, assignee=cast.neighbour)
    body = {page_author.FIELD: page_author.token(cast.visitor.pk), "remark": WORDS}
    client, pages = signed_in(cast.visitor), []
    for found in (person.uuid, uuid.UUID(int=1)):
        answer = client.post(reverse("visits_records:visit_new", args=[found]), body)
        assert answer.status_code == 404
        pages.append(plain(answer))
    assert "夜里&lt;喘&gt;" in pages[0]
    assert pages[0] == pages[1]  # a stranger's file and none: the same page to the letter


def test_asked_for_the_password_again_in_mid_form_it_waits_behind_that_question(
    cast: Cast, clock: Any
) -> None:
    person = make_person(cast)
    client = signed_in(cast.township_clerk)
    client.get("/")
    clock.move_to(NOON + dt.timedelta(minutes=29))
    session = client.session
    session["sure_at"] = (NOON - dt.timedelta(hours=1)).timestamp()
    session.save()
    body = {page_author.FIELD: page_author.token(cast.township_clerk.pk), "reason": "办残疾证要核对号码"}
    url = reverse("visits_roster:reveal", args=[person.uuid])
    assert client.post(url, body)["Location"].startswith("/account/sure")
    sure = client.post("/account/sure", {"password": PASSWORD, "next": url})
    assert sure["Location"].startswith(KEPT)
    assert "办残疾证要核对号码" in client.get(KEPT).content.decode()


def test_a_page_that_sends_itself_is_told_where_to_go_on(cast: Cast) -> None:
    client = signed_in(cast.visitor)
    answer = client.post(TELL, typed(cast.visitor, cast), headers={"X-Sent-By": "page"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Location" not in answer
    assert "陈依姆" in client.get(answer["X-Go"]).content.decode()  # what is said once is said there


class Cancelled(Exception):
    pgcode = "57014"


@pytest.mark.parametrize(("cause", "words"), [(None, "暂时连不上"), (Cancelled(), "没有来得及办完")])
def test_the_database_away_or_too_busy_is_said_and_the_words_are_there(
    cast: Cast, cause: Exception | None, words: str
) -> None:
    client = signed_in(cast.visitor)
    client.raise_request_exception = False

    def fail(*_: Any) -> None:
        raise OperationalError("nothing of this is shown") from cause

    with connection.execute_wrapper(fail):
        answer = client.post(TELL, typed(cast.visitor, cast, csrfmiddlewaretoken="x" * 32))
        empty = client.get("/")
        foreign = client.post(TELL, typed(cast.visitor, cast, **{page_author.FIELD: "1:a:b"}))
    page = answer.content.decode()
    assert answer.status_code == 503
    assert words in page
    assert f'action="{TELL}"' in page
    assert 'name="said" value="她说：夜里&lt;喘&gt;，\r\n  已打120"' in page
    assert page.count('name="csrfmiddlewaretoken"') == 1
    assert ("data-retry" in page) is (cause is None)
    assert empty.status_code == 503
    assert "再试一次" in empty.content.decode()
    assert "夜里" not in foreign.content.decode()


def test_whatever_a_view_writes_has_a_word_its_author_knows() -> None:
    written = {route.rule.writes for route in routes() if route.rule is not None and route.rule.writes}
    assert sorted(written - set(WRITES)) == [], "add its word to WRITES in accounts/log_words.py"
