"""A session that changed one row changes thousands as quickly: the plan of a trigger is kept from its first call."""

import time
from datetime import date

import pytest
from django.db import connection

from tests.cast import make_cast, make_person
from tests.visits.desk.world import item, rule
from visits.roster.models import Membership, Person
from visits.schedule.models import DueItem
from xunfang.kit.history import SIDE_BY_SIDE

pytestmark = pytest.mark.django_db
# What differs from the row that is copied.
OWN = {
    "id": "nextval(pg_get_serial_sequence('{}', 'id'))", "uuid": "gen_random_uuid()", "file_no": "'X' || n",
    "id_number": "NULL", "id_index": "NULL", "id_tail": "NULL", "tail_index": "NULL", "temporary_no": "'T' || n",
    "period_start": "period_start + n", "period_end": "period_end + n",
}  # fmt: skip
BORN = [date(1950, 1, day) for day in range(1, 5)]
SEEN = [date(2026, 12, day) for day in range(1, 5)]


def test_the_history_pairs_rows_by_hashing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, proconfig FROM pg_proc WHERE prosrc ~ %s AND pronamespace = 'public'::regnamespace",
            [SIDE_BY_SIDE],
        )
        found = dict(cursor.fetchall())
    assert len(found) > 30
    assert {name for name, config in found.items() if config != ["enable_nestloop=off"]} == set()


def test_marks_of_tables_that_change_by_thousands_compare_no_pairs() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, proname FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE NOT tgisinternal AND prosrc ~ 'was\\s+\\w*\\s*JOIN\\s+made'"
        )
        found = cursor.fetchall()
    by_thousands = {model._meta.db_table for model in (Person, Membership, DueItem)}
    assert found
    assert not {table for table, _ in found} & by_thousands


def test_thousands_after_one_take_what_thousands_take() -> None:
    """Pair by pair these would be ten million comparisons."""
    cast = make_cast()
    one, by = make_person(cast), rule()
    owed = item(one, cast.on, cast.on, by=by)
    with connection.cursor() as cursor:
        for table, pk in (("visits_roster_person", one.pk), ("visits_schedule_dueitem", owed.pk)):
            names = [name.name for name in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)})"
                f" SELECT {', '.join(OWN.get(name, name).format(table) for name in names)}"
                f" FROM {table}, generate_series(1, 3200) n WHERE id = %s",
                [pk],
            )
    for model, pk, name, days in (
        (Person, one.pk, "birth_date", BORN),
        (DueItem, owed.pk, "made_up_on", SEEN),
    ):
        for day in days:
            model.objects.filter(pk=pk).update(**{name: day})
        begun = time.perf_counter()
        assert model.objects.update(**{name: days[0]}) > 3000
        assert time.perf_counter() - begun < 5
