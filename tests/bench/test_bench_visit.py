"""A visit: written down, read on the person's page, counted with half a million others (goals 8, 12, 16)."""

import datetime as dt
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.bench.conftest import City
from tests.bench.filling import TODAY, beside, record
from tests.cast import signed_in
from tests.visits.records.visiting_bodies import body
from visits.records.items import ITEM_CODES
from visits.records.models import Visit
from visits.records.selectors import distribution
from visits.records.services import visiting
from visits.roster.models import Person

AT = timezone.make_aware(dt.datetime(2026, 11, 24, 15, 30))
COLUMNS = [field.column for field in Visit._meta.concrete_fields if not field.primary_key]


def _copy(pk: int, **changes: Any) -> None:
    """One raw statement: another visit like this one, with other values in some columns."""
    values = ", ".join("%s" if name in changes else name for name in COLUMNS)
    given = [changes[name] for name in COLUMNS if name in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO visits_records_visit ({', '.join(COLUMNS)})"
            f" SELECT {values} FROM visits_records_visit WHERE id = %s",
            [*given, pk],
        )


@pytest.mark.bench
def test_saving_a_visit_beside_one_raw_statement(city: City) -> None:
    """Goal 8, each committed: the row alone (its history kept by the trigger), and the whole event."""
    # Grown-ups without indicators of self-care: the body answers the eighteen items and nothing else.
    people = iter(
        Person.objects.filter(village_id=city.cast.village.pk, status="live", assignee=city.cast.visitor)
        .filter(birth_date__lt=dt.date(1990, 1, 1))
        .exclude(visits__visited_on=TODAY)
        .exclude(memberships__group_id="tekun")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    like = Visit.objects.order_by("pk").values_list("pk", flat=True)[0]
    number = count(900_000)

    def raw() -> None:
        with transaction.atomic():
            _copy(like, uuid=str(uuid4()), key=str(uuid4()), record_no=next(number))

    def ours() -> None:
        visiting.submit(person_id=next(people), by=city.cast.visitor, at=AT, key=uuid4(), body=body())

    base, took = beside(raw, ours, 60)
    record("8", "saving a visit with 18 answers, 95th percentile", base, took, 5.0,
           "Base: one INSERT of the row with its constraints, indexes and history, committed. Ours: the person locked, "
           "the day and the visitor checked, the last visit and what is known of the person read, the answers weighed, "
           "the record numbered, the items of the due list done, the draft taken away, the log written.")  # fmt: skip


@pytest.mark.bench
def test_the_answers_of_a_city_beside_a_narrow_table(city: City) -> None:
    """Goal 12: by county and quarter; the base has nothing but the eighteen columns, the county and the day."""
    columns = ", ".join(("county_id", "visited_on", *ITEM_CODES))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS narrow")
        cursor.execute(f"CREATE TEMP TABLE narrow AS SELECT {columns} FROM visits_records_visit")
        cursor.execute("ANALYZE narrow")
        # A temporary table is never read by several processes: then neither is the other.
        cursor.execute("SET max_parallel_workers_per_gather = 0")

    def narrow() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(distribution.statement("SELECT * FROM narrow"))
            return cursor.fetchall()

    def ours() -> dict[Any, Any]:
        return distribution.spread({1: {city.cast.city.pk}}, start=dt.date(2000, 1, 1), end=TODAY)

    assert len(narrow()) == len(ours())
    base, took = beside(narrow, ours, 6)
    record("12", "18 answers of a year's visits of the city, by county and quarter", base, took, 1.3,
           "Base: the same counts over a table of the eighteen columns, the county and the day alone; both by one process.")  # fmt: skip


@pytest.mark.bench
def test_the_page_of_a_person_with_forty_visits(city: City) -> None:
    """Goal 16: the newest eight shown."""
    person = Person.objects.filter(
        village_id=city.cast.village.pk, status="live", visits__isnull=False
    ).order_by("pk")[0]
    like = Visit.objects.filter(person=person).order_by("-pk").values_list("pk", flat=True)[0]
    for n in range(40 - Visit.objects.filter(person=person).count()):
        day = TODAY - dt.timedelta(30 + 20 * n)
        _copy(like, uuid=str(uuid4()), key=str(uuid4()), record_no=800_000 + n, visited_on=day)
    empty, page = reverse("accounts:password"), reverse("visits_desk:person", args=[person.uuid])
    for user, what in ((city.cast.visitor, "visitor's"), (city.cast.township_clerk, "clerk's")):
        client = signed_in(user, Client())
        assert client.get(page).status_code == 200
        base, took = beside(
            lambda client=client: client.get(empty), lambda client=client: client.get(page), 40
        )
        record("16", f"{what} page of a person with 40 visits, 95th percentile", base, took, 4.0)
