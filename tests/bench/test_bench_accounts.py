"""Accounts for 6,000: the list in one go, the page of all of them, and their papers."""

import os
import time
from contextlib import closing
from datetime import UTC, date, datetime

import psycopg2
import pytest
from django.contrib.auth.hashers import get_hasher
from django.utils import timezone

from accounts import openings, papers
from accounts.lists import services as lists
from accounts.models import Post, Region, User
from accounts.roles import Role
from tests.bench import report
from tests.cast import make_cast, signed_in
from visits.desk.selectors import figures
from visits.roster.models import Membership, Person
from visits.schedule.periods import Quarter
from xunfang.kit import excel
from xunfang.settings.base import database

ROWS, ALL, SHEETS = 6000, 9000, 80
DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def _step(*_: object, **__: object) -> None:
    """Progress nobody watches."""


def _analyze(name: str) -> None:
    """What autovacuum does within a minute: without figures of the tables the plans are guesses."""
    entry = database(os.environ["DATABASE_OWNER_URL"])
    with closing(
        psycopg2.connect(
            dbname=name,
            user=entry["USER"],
            password=entry["PASSWORD"],
            host=entry["HOST"],
            port=entry["PORT"],
        )
    ) as owner:
        owner.autocommit = True
        owner.cursor().execute("ANALYZE")


def _book(rows: int) -> bytes:
    """Two people for each village of the city."""
    units = list(Region.objects.live(DAY).filter(level=4).order_by("pk"))
    names = dict(Region.objects.filter(level__in=[2, 3]).values_list("pk", "name"))
    heads = ["姓名", "手机号", "县", "乡镇", "村", "角色", "职务"]
    body = [
        [f"林{n}", f"139{n:08d}", names[unit.county_id or 0], names[unit.township_id or 0], unit.name,
         "巡访人" if n % 2 else "村（居）主任", "村委会委员"]
        for n, unit in enumerate((units * 4)[:rows], start=1)
    ]  # fmt: skip
    return excel.write([excel.Table("名单", [excel.Column(head) for head in heads], body)])


@pytest.mark.bench
def test_six_thousand_accounts_in_one_go_and_the_page_of_nine_thousand(cast) -> None:
    content = _book(ROWS)
    begun = time.perf_counter()
    batch = lists.start(content=content, file_name="x.xlsx", default_start=DAY, by=cast.system_admin, at=AT)
    lists.read(import_id=batch.pk, today=DAY, at=AT, progress=_step)
    read = time.perf_counter()
    batch.refresh_from_db()
    assert batch.counts["wrong"] == 0, batch.rows.filter(verdict="wrong").first().reason  # type: ignore[union-attr]
    lists.confirm(import_id=batch.pk, by=cast.system_admin, at=AT)
    lists.load(import_id=batch.pk, today=DAY, at=AT, progress=_step)
    load = time.perf_counter()
    assert User.objects.filter(phone__startswith="139").count() == ROWS
    one = time.perf_counter()
    get_hasher("default").encode("Gushan-Spring-2026", "salt" * 4)
    print(
        f"\n{ROWS} rows: read {read - begun:.1f} s, made {load - read:.1f} s; one test hash {time.perf_counter() - one:.3f} s"
    )
    report.record(report.Line("accounts", f"{ROWS} accounts from a list", None, load - begun, 30))

    User.objects.bulk_create(
        [User(name=f"陈{n}", phone=f"137{n:08d}", password="!", last_login=AT) for n in range(ALL - ROWS)]
    )
    made = User.objects.filter(phone__startswith="137")
    Post.objects.bulk_create(
        [Post(user=user, region=cast.village, role=Role.VISITOR, starts_on=DAY) for user in made]
    )
    client = signed_in(cast.system_admin)
    client.get("/account/users")
    for query in ("", "?show=unopened", "?show=soon", f"?unit={cast.county.pk}", "?role=village_head"):
        begun = time.perf_counter()
        assert client.get(f"/account/users{query}").status_code == 200
        took = time.perf_counter() - begun
        report.record(
            report.Line(
                "accounts",
                f"/account/users{query.replace(str(cast.county.pk), '')} of {ALL}",
                None,
                took,
                0.3,
            )
        )

    begun = time.perf_counter()
    ids = papers.printable(openings.without_paper(User.objects.all(), timezone.now()), cast.system_admin, DAY)
    print(f"{len(ids)} to print, found in {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    openings.make(user_ids=ids[:ROWS], by=cast.system_admin, at=AT, on=DAY)
    print(f"{ROWS} papers made in {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    few = openings.make(user_ids=ids[:SHEETS], by=cast.system_admin, at=AT, on=DAY)
    content = papers.as_pdf(few, DAY)
    took = time.perf_counter() - begun
    print(
        f"{SHEETS} papers as PDF: {took:.1f} s, {len(content) / 1024:.0f} kB; {ROWS} would take {took * ROWS / SHEETS / 60:.0f} minutes"
    )


@pytest.mark.bench
def test_a_hundred_thousand_people_and_who_has_no_visitor(committed: str) -> None:
    cast = make_cast()
    number = 100_000
    villages = list(Region.objects.live(DAY).filter(level=4))
    visitors = User.objects.bulk_create(
        [User(name=f"林{n}", phone=f"137{n:08d}", password="!") for n in range(len(villages))]
    )
    Post.objects.bulk_create(
        [
            Post(user=user, region=unit, role=Role.VISITOR, starts_on=DAY, ends_on=None)
            for user, unit in zip(visitors, villages, strict=True)
        ]
    )
    people = Person.objects.bulk_create(
        [
            Person(
                file_no=f"B-{n}", name="林", sex="F", birth_date=DAY, temporary_no=f"T{n}",
                county_id=(unit := villages[n % len(villages)]).county_id, township_id=unit.township_id,
                village_id=unit.pk, assignee=visitors[n % len(villages)] if n % 50 else None,
            )
            for n in range(number)
        ],
        batch_size=5000,
    )  # fmt: skip
    Membership.objects.bulk_create(
        [Membership(person=person, group_id="dibao", starts_on=DAY) for person in people], batch_size=5000
    )
    _analyze(committed)
    begun = time.perf_counter()
    count = Person.objects.on_roster().without_visitor(DAY).count()
    took = time.perf_counter() - begun
    report.record(report.Line("visitors", f"who of {number:,} has no visitor", None, took, 1))
    assert count == number // 50
    begun = time.perf_counter()
    found = figures({1: {cast.city.pk}}, Quarter.containing(DAY), DAY)
    took = time.perf_counter() - begun
    report.record(report.Line("visitors", f"figures of a city of {number:,}", None, took, 1))
    assert (found.roster, found.unassigned) == (number, count)
