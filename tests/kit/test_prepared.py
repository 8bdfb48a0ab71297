"""Prepared querysets give what the queryset gives, whatever was asked before."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LogEntry, Post, Region, User
from tests.cast import Cast, make_person
from visits.roster.models import Membership, Person
from xunfang.kit import prepared
from xunfang.kit.prepared import Prepared, Sql, insert

DAY = dt.date(2026, 11, 24)


def test_the_rows_are_those_of_the_queryset_with_what_was_joined(cast: Cast) -> None:
    posts = Prepared[Post](
        lambda *, user, on: Post.objects.live(on).filter(user_id=user).select_related("region").order_by("pk")
    )
    for user in (cast.visitor, cast.township_clerk, cast.county_officer):
        wanted = list(Post.objects.live(DAY).filter(user=user).select_related("region").order_by("pk"))
        found = posts.all(user=user.pk, on=DAY)
        assert [(post.pk, post.starts_on, post.role) for post in found] == [
            (post.pk, post.starts_on, post.role) for post in wanted
        ]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert [post.region.name for post in found] == [post.region.name for post in wanted]
        assert asked.captured_queries == []


def test_encrypted_and_null_columns_and_annotations_come_as_ever(cast: Cast) -> None:
    person = make_person(cast)
    found: Any = Prepared(
        lambda *, uuid: Person.objects.with_visitor_now(DAY).filter(uuid=uuid).select_related("merged_into")
    ).first(uuid=person.uuid)
    stored = Person.objects.get(pk=person.pk)
    assert {f.attname: getattr(found, f.attname) for f in Person._meta.concrete_fields} == {
        f.attname: getattr(stored, f.attname) for f in Person._meta.concrete_fields
    }
    assert found.merged_into is None
    assert found.visitor_now == person.assignee_id
    found.save()  # an ordinary row: changed, not inserted again
    assert Person.objects.filter(uuid=person.uuid).count() == 1


def test_values_come_as_tuples_or_flat(cast: Cast) -> None:
    pairs = Prepared[tuple](
        lambda *, parent: Region.objects.filter(parent_id=parent).order_by("pk").values_list("pk", "name")
    )
    flat = Prepared[int](
        lambda *, parent: Region.objects.filter(parent_id=parent).order_by("pk").values_list("pk", flat=True)
    )
    wanted = list(Region.objects.filter(parent=cast.township).order_by("pk").values_list("pk", "name"))
    assert pairs.all(parent=cast.township.pk) == wanted
    assert flat.all(parent=cast.township.pk) == [pk for pk, _ in wanted]
    assert flat.first(parent=0) is None


def test_a_shape_has_a_statement_of_its_own_and_nothing_is_nothing() -> None:
    built = []

    def build(level: int, *, name: str) -> Any:
        built.append(level)
        return Region.objects.filter(
            level=level, name=name, pk__in=[] if level == 9 else Region.objects.values("pk")
        )

    regions = Prepared[Region](build)
    assert regions.all(9, name="嵩口镇") == []


@pytest.mark.django_db
def test_it_is_put_together_once_for_each_shape() -> None:
    built = []

    def build(level: int, *, name: str) -> Any:
        built.append(level)
        return Region.objects.filter(level=level, name=name)

    regions = Prepared[Region](build)
    assert [region.level for region in regions.all(3, name="嵩口镇")] == [3]
    assert regions.all(3, name="没有这个镇") == []
    assert regions.all(4, name="嵩口镇") == []
    assert built == [3, 4]


def test_what_can_not_be_told_from_the_statement_is_refused(cast: Cast) -> None:
    with pytest.raises(TypeError):
        Prepared(lambda *, ids: Person.objects.filter(pk__in=ids)).all(ids=[1, 2])
    with pytest.raises(ValueError, match="person"):
        Prepared(lambda *, person, on: Membership.objects.live(on)).all(person=1, on=DAY)


@pytest.mark.django_db
def test_inserted_rows_are_saved_rows() -> None:
    at = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
    row = LogEntry(at=at, action="tried", detail={"names": ["甲"], "n": None}, object_id=str(uuid4()))
    insert(row)
    found = LogEntry.objects.get(pk=row.pk)
    assert isinstance(row.pk, UUID)
    assert (found.at, found.detail, found.number) == (at, {"names": ["甲"], "n": None}, None)
    user = User(name="林建忠", phone="13900009999")
    insert(user)
    user.name = "林建国"
    user.save()
    assert User.objects.get(pk=user.pk).name == "林建国"


@pytest.mark.django_db
def test_what_is_asked_again_on_a_connection_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST_READY", 10_000)  # other tests have asked on this connection
    regions = Prepared[Region](
        lambda *, name: Region.objects.filter(level=3, name=name).exclude(name__contains="%")
    )
    sent = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            assert [region.name for region in regions.all(name="嵩口镇")] == ["嵩口镇"]
        sent.append([row["sql"].split()[0] for row in asked.captured_queries])
    assert sent == [["SELECT"], ["EXECUTE"], ["EXECUTE"]]


@pytest.mark.django_db
def test_behind_a_pooler_nothing_is_kept_on_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    one = Sql("SELECT %(name)s || '%%'", {"name": "text"})
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            assert one.fetch({"name": "甲"}) == [("甲%",)]
        assert asked.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db
def test_own_statements_keep_their_signs_when_they_are_prepared() -> None:
    one = Sql("SELECT %(name)s || '%%' || %(end)s", {"name": "text"}, {"end": "末"})
    assert [one.fetch({"name": name}) for name in "甲乙丙"] == [[("甲%末",)], [("乙%末",)], [("丙%末",)]]


@pytest.mark.django_db
def test_of_one_connection_only_so_many_are_kept_and_the_oldest_makes_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (Sql(f"SELECT %(name)s::text || '{n}'", {"name": "text"}) for n in "12")
    for n in range(3):
        assert first.fetch({"name": "甲"}) == [("甲1",)]
        monkeypatch.setattr(prepared, "MOST_READY", len(prepared._asked[connection.connection][1]))
        assert second.fetch({"name": "甲"}) == [("甲2",)], n
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'prepared%'")
        assert cursor.fetchone()[0] == len(prepared._asked[connection.connection][1])
