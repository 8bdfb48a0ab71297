"""开通单: what is printed, what it opens, that it does so once, and that guessing is no way in."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts import openings, papers, services, tasks
from accounts.models import LogEntry, Opening, Post, Region, User
from accounts.roles import Role
from tests.cast import PASSWORD, make_user, signed_in
from tests.kit.test_pdf import reader, squeeze, text_of
from xunfang.kit import files, jobs
from xunfang.kit.models import Job, StoredFile

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
OWN = "Gushan-Spring-2026"
OPEN = "/account/open"
HANDLERS = tasks  # imported for them: jobs find them by name
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fresh(cast: Any) -> User:
    """An account that was never opened, with a post in our village."""
    new = services.NewPost("liaison", cast.village.pk, "包村干部", DAY)
    return services.create_user(
        name="林国清", phone="13900001127", staff_no=None, post=new, by=cast.township_clerk, at=NOON, on=DAY
    )


def printed(cast: Any, *users: User, at: dt.datetime = NOON) -> list[openings.Paper]:
    return openings.make(user_ids=[user.pk for user in users], by=cast.township_clerk, at=at, on=DAY)


def words(response: Any) -> str:
    html: str = response.content.decode()
    assert "⟦" not in html
    return html


def choose(client: Client, url: str, new: str = OWN) -> Any:
    return client.post(url, {"new": new, "again": new})


# ── on paper ─────────────────────────────────────────────────────────────────────────────────────


def test_the_paper_says_who_where_until_when_and_whom_to_ask(cast: Any, fresh: User) -> None:
    Region.objects.filter(pk=cast.township.pk).update(duty_phone="0591-20001000")
    html = words(signed_in(cast.township_clerk).post(f"/account/users/{fresh.pk}/slip"))
    for part in ("林国清", "嵩口镇月洲村", "包村干部", "139 0000 1127", "12月8日前有效", "0591-20001000"):
        assert part in html, part
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", html)
    assert '<svg class="qr"' in html


def test_what_stands_on_the_paper_is_kept_as_a_keyed_hash_only(cast: Any, fresh: User) -> None:
    paper = printed(cast, fresh)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(o)::text FROM accounts_opening o")
        rows = " ".join(row[0] for row in cursor.fetchall())
    assert paper.link not in rows
    assert paper.code not in rows
    logged = " ".join(map(str, LogEntry.objects.values_list("action", "object_id", "detail")))
    assert "opening_printed" in logged
    assert paper.code not in logged
    assert fresh.phone not in logged


def test_links_and_codes_differ_and_have_no_letter_that_is_taken_for_another(cast: Any) -> None:
    users = [make_user(f"林{n}", f"139000020{n:02d}", Role.VISITOR, cast.village) for n in range(40)]
    made = printed(cast, *users)
    assert len({paper.link for paper in made}) == len({paper.code for paper in made}) == 40
    assert not set("".join(paper.code for paper in made)) & set("0O1lIL")
    assert all(len(paper.link) >= 43 for paper in made)
    # Whose first password stood on an older paper: that password is over.
    assert not User.objects.get(pk=users[0].pk).has_usable_password()


def test_eight_stand_on_a_page_and_the_ninth_on_the_next(cast: Any) -> None:
    users = [make_user(f"林{n}", f"139000020{n:02d}", Role.VISITOR, cast.village) for n in range(9)]
    made = printed(cast, *users)
    pages = papers.context(made, DAY)["pages"]
    assert [len(page) for page in pages] == [8, 1]
    document = papers.as_pdf(made, DAY)
    assert len(reader(document).pages) == 2
    text = squeeze(text_of(document))
    assert all(paper.code_words in text for paper in made)


def test_nobody_prints_a_paper_for_an_account_in_use(cast: Any, fresh: User) -> None:
    User.objects.filter(pk=cast.visitor.pk).update(last_login=NOON)
    with pytest.raises(services.CannotManage, match="已经在用了"):
        printed(cast, cast.visitor)
    client = signed_in(cast.township_clerk)
    client.post(f"/account/users/{cast.visitor.pk}/slip")
    cast.visitor.refresh_from_db()
    assert cast.visitor.check_password(PASSWORD)
    assert not Opening.objects.exists()


def test_nobody_prints_one_beyond_their_rights_or_for_themselves(cast: Any) -> None:
    new = services.NewPost("visitor", cast.village.pk, "", DAY)
    services.add_post(user_id=cast.nobody.pk, post=new, by=cast.township_clerk, at=NOON, on=DAY)
    Post.objects.create(user=cast.nobody, region=cast.county, role=Role.COUNTY_HEAD, starts_on=DAY)
    with pytest.raises(services.CannotManage, match="别处还有任职"):
        printed(cast, cast.nobody)
    with pytest.raises(services.CannotManage, match="不归您管"):
        printed(cast, cast.county_head)


# ── at the door ──────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_one_character_and_a_masked_number_and_looking_uses_nothing_up(
    cast: Any, fresh: User
) -> None:
    url = f"{OPEN}/{printed(cast, fresh)[0].link}"
    for _ in range(3):
        html = words(Client().get(url))
    assert "林＊" in html
    assert "手机号139****1127" in html
    assert "国清" not in html
    assert "13900001127" not in html


def test_a_password_of_ones_own_opens_the_account_and_leads_in(cast: Any, fresh: User) -> None:
    client, url = Client(), f"{OPEN}/{printed(cast, fresh)[0].link}"
    assert choose(client, url)["Location"] == "/"
    assert client.get("/account/password").status_code == 200
    fresh.refresh_from_db()
    assert fresh.check_password(OWN)
    assert not fresh.must_change_password
    assert set(LogEntry.objects.values_list("action", flat=True)) >= {"account_opened", "signed_in"}
    again = Client().get(url)
    assert again.status_code == 410
    assert "用不了了" in words(again)


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [("short", "short", "至少12个字"), (OWN, "Other-Spring-2026", "两遍填得不一样"), ("", "", "请填新密码")],
)
def test_the_rules_for_passwords_hold_here_too(
    cast: Any, fresh: User, new: str, again: str, sentence: str
) -> None:
    url = f"{OPEN}/{printed(cast, fresh)[0].link}"
    response = Client().post(url, {"new": new, "again": again})
    assert response.status_code == 422
    assert sentence in words(response)
    assert Opening.objects.get().used_at is None


def test_the_code_does_the_same_with_the_number(cast: Any, fresh: User) -> None:
    paper, client = printed(cast, fresh)[0], Client()
    typed = paper.code_words.lower()
    answer = client.post(OPEN, {"username": "139 0000 1127", "code": typed})
    assert answer["Location"] == f"{OPEN}/new"
    assert "林＊" in words(client.get(f"{OPEN}/new"))
    assert choose(client, f"{OPEN}/new")["Location"] == "/"


def test_a_quarter_of_an_hour_after_the_code_it_is_asked_again(cast: Any, fresh: User, clock: Any) -> None:
    paper, client = printed(cast, fresh)[0], Client()
    client.post(OPEN, {"username": "13900001127", "code": paper.code})
    clock.shift(dt.timedelta(minutes=16))
    assert client.get(f"{OPEN}/new")["Location"] == OPEN
    assert Client().get(f"{OPEN}/new")["Location"] == OPEN


@pytest.mark.parametrize("what", ["used", "out of time", "replaced", "renamed", "closed", "unknown", "reset"])
def test_a_paper_that_is_over_says_one_kind_sentence(cast: Any, fresh: User, clock: Any, what: str) -> None:
    Region.objects.filter(pk=cast.township.pk).update(duty_phone="0591-20001000")
    paper, common = printed(cast, fresh)[0], {"by": cast.township_clerk, "at": NOON, "on": DAY}
    url = f"{OPEN}/{paper.link}"
    if what == "used":
        choose(Client(), url)
    elif what == "out of time":
        clock.shift(dt.timedelta(days=14, seconds=1))
    elif what == "replaced":
        printed(cast, fresh)
    elif what == "renamed":
        services.edit_user(user_id=fresh.pk, name="林国青", phone=fresh.phone, staff_no=None, **common)
    elif what == "closed":
        services.set_active(user_id=fresh.pk, active=False, **common)
    elif what == "reset":
        services.reset_password(user_id=fresh.pk, **common)
    else:
        url = f"{OPEN}/nothing-like-it"
    for response in (Client().get(url), choose(Client(), url)):
        assert response.status_code == 410
        html = words(response)
        assert "再印一张，当场就能办" in html
        assert ("嵩口镇民政办" in html and "0591-20001000" in html) is (what != "unknown")
    form = Client().post(OPEN, {"username": "13900001127", "code": paper.code})
    assert (form.status_code == 422) is (what != "unknown")


def test_wrong_codes_are_answered_alike_and_lock_like_wrong_passwords(cast: Any, fresh: User) -> None:
    paper = printed(cast, fresh)[0]

    def ask(name: str, code: str) -> str:
        html = words(Client().post(OPEN, {"username": name, "code": code}))
        return re.sub(
            r'(csrfmiddlewaretoken" value="|name="username" value="|name="code" value=")[^"]*', "", html
        )

    assert ask("13900001127", "AAAA2222") == ask("13999999999", "AAAA2222") == ask("13800000104", "AAAA2222")
    for _ in range(4):
        Client().post(OPEN, {"username": "13900001127", "code": "AAAA2222"})
    locked = Client().post(OPEN, {"username": "13900001127", "code": paper.code})
    assert locked.status_code == 429
    assert "15分钟后再试" in words(locked)
    # The same count as at the door for passwords, and the other way round.
    door = Client().post("/account/sign-in", {"username": "13900001127", "password": OWN})
    assert door.status_code == 429


def test_an_account_without_a_password_lets_nobody_in(cast: Any, fresh: User) -> None:
    for password in ("", "!", fresh.password, OWN):
        answer = Client().post("/account/sign-in", {"username": "13900001127", "password": password})
        assert answer.status_code == 422


def test_opening_ends_what_somebody_else_had_open_on_this_phone(cast: Any, fresh: User) -> None:
    client = signed_in(cast.village_head)
    choose(client, f"{OPEN}/{printed(cast, fresh)[0].link}")
    assert client.session["_auth_user_id"] == str(fresh.pk)


def test_a_post_that_begins_later_opens_now_and_lets_in_then(cast: Any, clock: Any) -> None:
    later = services.NewPost("visitor", cast.village.pk, "", DAY + dt.timedelta(days=3))
    user = services.create_user(
        name="林春生", phone="13900001128", staff_no=None, post=later, by=cast.township_clerk, at=NOON, on=DAY
    )
    answer = choose(Client(), f"{OPEN}/{printed(cast, user)[0].link}")
    assert answer["Location"] == "/account/sign-in"
    clock.shift(dt.timedelta(days=3))
    inside = Client().post("/account/sign-in", {"username": "13900001128", "password": OWN})
    assert inside.status_code == 302


# ── many ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_is_printed_by_township_and_leaves_out_who_holds_a_paper(cast: Any) -> None:
    users = [make_user(f"林{n}", f"139000020{n:02d}", Role.VISITOR, cast.village) for n in range(3)]
    far = make_user("远方", "13900002090", Role.TOWNSHIP_CLERK, cast.other_township)
    User.objects.exclude(pk__in=[*(user.pk for user in users), far.pk]).update(last_login=NOON)
    printed(cast, users[0])
    admin = signed_in(cast.system_admin)
    assert "还没开通的4个，其中3个手上没有" in words(admin.get("/account/users/slips"))
    answer = admin.post("/account/users/slips", {})
    job = Job.objects.get(kind="accounts.openings")
    assert answer["Location"] == f"/account/jobs/{job.uuid}"
    assert set(job.payload["users"]) == {users[1].pk, users[2].pk, far.pk}
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    stored = StoredFile.objects.get(kind="openings")
    assert (stored.private, stored.encrypted, stored.content_type) == (True, True, "application/zip")
    assert stored.expires_at == NOON + dt.timedelta(days=1)
    assert files.read(stored).startswith(b"PK")
    assert Opening.objects.alive(NOON).count() == 4
    again = admin.post("/account/users/slips", {})
    assert again.status_code == 422
    assert "没有要印的" in words(again)


def test_a_clerk_prints_one_village_as_a_pdf(cast: Any) -> None:
    make_user("林一", "13900002001", Role.VISITOR, cast.village)
    make_user("林二", "13900002002", Role.VISITOR, cast.other_village)
    client = signed_in(cast.township_clerk)
    client.post("/account/users/slips", {"unit": cast.other_village.pk})
    job = Job.objects.get(kind="accounts.openings")
    assert jobs.run(job.pk)
    stored = StoredFile.objects.get(kind="openings")
    assert stored.content_type == "application/pdf"
    assert files.read(stored).startswith(b"%PDF")
    assert Opening.objects.get().user.name == "林二"


def test_rights_that_ended_before_the_printer_ran_print_nothing(cast: Any) -> None:
    user = make_user("林一", "13900002001", Role.VISITOR, cast.village)
    job = papers.order(user_ids=[user.pk], by=cast.township_clerk)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=DAY - dt.timedelta(days=1))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "不归您管" in job.message
    assert not Opening.objects.exists()


# ── what the database refuses ────────────────────────────────────────────────────────────────────


def row(user: User, **values: Any) -> Opening:
    defaults = {
        "user": user, "link_hash": bytes([len(values)]), "code_hash": b"c", "created_at": NOON,
        "expires_at": NOON + openings.VALID,
    }  # fmt: skip
    return Opening.objects.create(**{**defaults, **values})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"used_at": NOON, "ended_at": NOON}, "opening_one_end"),
        ({"expires_at": NOON}, "opening_expires_later"),
    ],
)
def test_a_paper_has_one_end_and_time_to_live(cast: Any, values: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row(cast.visitor, **values)


def test_an_account_has_one_open_paper_and_a_link_opens_one_account(cast: Any) -> None:
    row(cast.visitor, link_hash=b"1")
    with pytest.raises(IntegrityError, match="opening_one_open"), transaction.atomic():
        row(cast.visitor, link_hash=b"2")
    with pytest.raises(IntegrityError, match="link_hash"), transaction.atomic():
        row(cast.liaison, link_hash=b"1")
    row(cast.visitor, link_hash=b"3", ended_at=NOON)
