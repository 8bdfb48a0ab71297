"""Rows by COPY are rows like any other: defaults, odd characters, triggers."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from visits.roster.imports.loading import MANY, _update
from visits.roster.models import Household, ImportRow, ListLayout, RosterImport, VillageAlias
from xunfang.kit.copying import copy_in, take_ids


def test_rows_come_out_as_they_went_in_with_the_models_defaults(cast) -> None:
    odd = "a\tb\\N\nc\r\\x41“林”"
    ids = take_ids(Household, 2)
    place = (cast.county.pk, cast.township.pk, cast.village.pk)
    columns = ("id", "county_id", "township_id", "village_id", "head_name")
    assert copy_in(Household, columns, [(pk, *place, odd) for pk in ids]) == 2
    rows = list(Household.objects.filter(pk__in=ids))
    assert {row.head_name for row in rows} == {odd}
    assert {row.certificate_no for row in rows} == {""}
    assert len({row.uuid for row in rows}) == 2
    assert all(row.created_at is not None for row in rows)


def test_history_is_kept_of_copied_rows(cast) -> None:
    (pk,) = take_ids(Household, 1)
    place = (cast.county.pk, cast.township.pk, cast.village.pk)
    copy_in(Household, ("id", "county_id", "township_id", "village_id", "head_name"), [(pk, *place, "林")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visits_roster_householdevent WHERE pgh_obj_id = %s", [pk])
        assert cursor.fetchone() == (1,)


def test_no_rows_are_no_statement(cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert copy_in(ImportRow, ("batch_id",), []) == 0
        assert take_ids(ImportRow, 0) == []


def test_what_goes_wrong_while_a_row_is_made_is_told_as_itself_and_nothing_is_written(cast) -> None:
    def rows():
        yield (cast.county.pk, cast.township.pk, cast.village.pk, "林")
        raise LookupError("no such row")

    with pytest.raises(LookupError, match="no such row"), transaction.atomic():
        copy_in(Household, ("county_id", "township_id", "village_id", "head_name"), rows())
    assert not Household.objects.filter(head_name="林").exists()


def test_many_rows_changed_in_one_statement_leave_what_is_null_and_each_has_its_history(cast) -> None:
    place = (cast.county.pk, cast.township.pk, cast.village.pk)
    ids = take_ids(Household, MANY + 5)
    columns = ("id", "county_id", "township_id", "village_id", "head_name", "certificate_no")
    copy_in(Household, columns, [(pk, *place, "林", f"闽{pk}") for pk in ids])
    types = {"head_name": "text", "certificate_no": "text"}
    with CaptureQueriesContext(connection) as captured:
        _update(Household, types, [(pk, f"陈{pk}", None) for pk in ids])
    # The history's trigger is planned with the number of rows in view; then all of them at once.
    assert [query["sql"].split(maxsplit=1)[0] for query in captured] == ["DISCARD", "UPDATE"]
    rows = Household.objects.filter(pk__in=ids)
    assert all(row.head_name == f"陈{row.pk}" and row.certificate_no == f"闽{row.pk}" for row in rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visits_roster_householdevent WHERE pgh_obj_id = ANY(%s)", [ids])
        assert cursor.fetchone() == (2 * len(ids),)


def test_the_database_keeps_one_layout_one_spelling_and_no_full_list_of_everything(cast) -> None:
    by = {"updated_by": cast.township_clerk, "updated_at": "2026-11-24T00:00Z", "columns": {}}
    ListLayout.objects.create(township_id=cast.township.pk, signature="a", **by)
    alias = {"created_by": cast.township_clerk, "created_at": "2026-11-24T00:00Z", "village": cast.village}
    VillageAlias.objects.create(township_id=cast.township.pk, text="月洲洋", **alias)
    with pytest.raises(IntegrityError), transaction.atomic():
        ListLayout.objects.create(township_id=cast.township.pk, signature="a", **by)
    with pytest.raises(IntegrityError), transaction.atomic():
        VillageAlias.objects.create(township_id=cast.township.pk, text="月洲洋", **alias)

    with pytest.raises(IntegrityError, match="import_full_is_of_a_group"), transaction.atomic():
        RosterImport.objects.bulk_create(
            [
                RosterImport(
                    county_id=1, township_id=1, file_id=1, month="2026-11-01", default_start="2026-11-01",
                    coverage="full", created_by=cast.township_clerk,
                )
            ]
        )  # fmt: skip
