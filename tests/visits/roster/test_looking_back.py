"""The list of a day, and who changed a file: what dates and history say, and nothing they can't."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Region, User
from tests.cast import make_cast, make_person, signed_in
from visits.roster import services
from visits.roster.exports import services as exports
from visits.roster.models import Membership, Person
from visits.roster.selectors import by_day
from visits.roster.selectors.changes import changes_of
from visits.schedule import services as schedule

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 30)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def cast(db, today):
    return make_cast(today)


def in_units(unit: Region) -> dict[str, int]:
    return {"county_id": unit.county_id, "township_id": unit.township_id, "village_id": unit.pk}


class History:
    """Writes events at moments of the past, before everything that tests make now."""

    def __init__(self) -> None:
        self.number = -1_000_000

    def put(self, person: Person, day: date, **then: Any) -> None:
        model = Person.pgh_event_model
        last = model.objects.filter(pgh_obj_id=person.pk).order_by("-pgh_id").first()
        columns = [
            field.column for field in model._meta.concrete_fields
            if field.attname not in ("pgh_id", "pgh_created_at")
        ]  # fmt: skip
        chosen = ", ".join(f"%({name})s" if name in then else f'"{name}"' for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        self.number += 1
        at = timezone.make_aware(datetime(day.year, day.month, day.day, 12))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} (pgh_id, pgh_created_at, {names})"
                f" SELECT %(number)s, %(at)s, {chosen} FROM {model._meta.db_table} WHERE pgh_id = %(from)s",
                {"number": self.number, "at": at, "from": last.pgh_id, **then},
            )


@pytest.fixture
def history() -> History:
    return History()


def of(cast, day: date, user: User | None = None, **narrow: Any) -> by_day.DayList:
    return by_day.list_on(user or cast.township_clerk, day, **narrow)


# ── who was on it ────────────────────────────────────────────────────────────────────────────────


def test_memberships_and_departures_decide_by_their_dates(cast) -> None:
    people = {
        name: make_person(cast, name=name, starts_on=date(2026, 1, 1))
        for name in (
            "还在",
            "后来停发",
            "那天停发",
            "前一天停发",
            "后来去世",
            "那天去世",
            "作废类别",
            "作废档案",
        )
    }
    make_person(cast, name="后来列入", starts_on=JUNE + timedelta(days=1))
    make_person(cast, name="那天列入", starts_on=JUNE)

    def end(name: str, day: date) -> None:
        Membership.objects.filter(person=people[name]).update(ends_on=day)

    end("后来停发", JUNE + timedelta(days=30))
    end("那天停发", JUNE)
    end("前一天停发", JUNE - timedelta(days=1))
    Person.objects.filter(name="后来去世").update(status="dead", left_on=JUNE + timedelta(days=1))
    Person.objects.filter(name="那天去世").update(status="dead", left_on=JUNE)
    Person.objects.filter(name="作废档案").update(status="voided", left_on=cast.on, left_reason="重了")
    Membership.objects.filter(person=people["作废类别"]).update(voided_at=timezone.now(), void_reason="录错")
    merged = make_person(cast, name="并走的", starts_on=date(2026, 1, 1))
    Person.objects.filter(pk=merged.pk).update(merged_into=people["还在"])
    found = of(cast, JUNE)
    names = set(Person.objects.filter(pk__in=found.ids).values_list("name", flat=True))
    assert names == {"还在", "后来停发", "那天停发", "后来去世", "那天列入"}


def test_place_and_visitor_are_those_of_that_day(cast, history) -> None:
    person = make_person(cast, hamlet="新坪")
    history.put(
        person,
        date(2026, 3, 1),
        hamlet="旧坪",
        assignee_id=cast.village_head.pk,
        **in_units(cast.other_village),
    )
    (then,) = of(cast, JUNE).rows
    assert (then.hamlet, then.assignee_id, then.village_id, then.known) == (
        "旧坪", cast.village_head.pk, cast.other_village.pk, True,
    )  # fmt: skip
    assert of(cast, JUNE, village=cast.village.pk).rows == []
    assert len(of(cast, JUNE, village=cast.other_village.pk).rows) == 1
    (now,) = of(cast, cast.on).rows
    assert (now.hamlet, now.assignee_id) == ("新坪", cast.visitor.pk)


def test_the_last_state_of_the_day_counts_not_the_first_of_the_next(cast, history) -> None:
    person = make_person(cast)
    history.put(person, date(2026, 3, 1), hamlet="早")
    history.put(person, JUNE, hamlet="当天")
    history.put(person, JUNE + timedelta(days=1), hamlet="次日")
    assert [row.hamlet for row in of(cast, JUNE).rows] == ["当天"]
    assert [row.hamlet for row in of(cast, JUNE - timedelta(days=1)).rows] == ["早"]


def test_a_file_that_was_opened_later_says_so_and_names_no_visitor(cast) -> None:
    make_person(cast)
    found = of(cast, JUNE)
    assert (len(found.rows), found.later) == (1, 1)
    html = signed_in(cast.township_clerk).get("/roster/on?on=2026-06-30").content.decode()
    assert "没有记录" in html
    assert "1人的档案是那天以后才建的" in html


def test_who_moved_is_counted_where_they_were_and_named_only_where_they_are(cast, history) -> None:
    away = make_person(cast, name="转走的", village=cast.other_county_village, assignee=cast.neighbour)
    history.put(away, date(2026, 3, 1), assignee_id=None, **in_units(cast.village))
    came = make_person(cast, name="转来的")
    history.put(came, date(2026, 3, 1), assignee_id=None, **in_units(cast.other_county_village))
    ours, theirs = of(cast, JUNE), of(cast, JUNE, cast.neighbour)
    assert (ours.rows, ours.elsewhere, ours.came) == ([], 1, 1)
    assert (theirs.rows, theirs.elsewhere, theirs.came) == ([], 1, 1)
    html = signed_in(cast.township_clerk).get("/roster/on?on=2026-06-30").content.decode()
    assert "转走的" not in html
    assert "另有1人那天归这里管" in html


def test_counts_by_class_and_village_are_the_lists_behind_them(cast) -> None:
    for n in range(4):
        make_person(cast, groups=("dibao", "old_alone") if n else ("tekun",), birth=date(1930, 1, 1),
                    village=cast.village if n % 2 else cast.other_village)  # fmt: skip
    client = signed_in(cast.township_clerk)
    page = client.get("/roster/on?on=2026-06-30")
    for table in ("by_group", "by_village"):
        for row in page.context[table]["rows"]:
            name, number = row["cells"]
            inside = client.get("/roster/on" + name["url"])
            assert inside.context["whole"] == int(number["text"]), name["text"]
    assert sum(int(row["cells"][1]["text"]) for row in page.context["by_village"]["rows"]) == 4


def test_a_day_to_come_is_today_and_nonsense_is_left_out(cast) -> None:
    make_person(cast)
    client = signed_in(cast.township_clerk)
    for query in ("on=2999-01-01", "on=zzz", "", "on=2026-06-30&village=x&group=%27&after=-1"):
        assert client.get(f"/roster/on?{query}").status_code == 200
    assert client.get("/roster/on?on=2999-01-01").context["on"] == cast.on


@pytest.mark.parametrize("role", ["inspector", "county_officer", "township_head"])
def test_offices_and_the_inspector_look_back_in_their_scope(cast, role: str) -> None:
    make_person(cast, name="本地人")
    make_person(cast, name="外地人", village=cast.other_county_village)
    html = signed_in(cast.users[role]).get("/roster/on?on=2026-06-30").content.decode()
    assert "本地人" in html
    assert "外地人" not in html
    assert signed_in(cast.visitor).get("/roster/on?on=2026-06-30").status_code == 403


def test_a_hundred_people_cost_as_many_queries_as_ten(cast, history) -> None:
    client, costs = signed_in(cast.township_clerk), []
    for count in (10, 80):
        for _ in range(count):
            history.put(make_person(cast), date(2026, 3, 1), hamlet="旧")
        client.get("/roster/on?on=2026-06-30")
        with CaptureQueriesContext(connection) as caught:
            client.get("/roster/on?on=2026-06-30")
        costs.append(len(caught))
    assert costs[0] == costs[1]


def test_the_list_of_a_day_is_printed_and_taken_out_as_it_is_seen(cast, history) -> None:
    from tests.visits.roster.test_exports import rows

    person = make_person(cast, name="林依妹")
    history.put(person, date(2026, 3, 1), hamlet="旧坪", assignee_id=None)
    export = exports.ask(
        filters={"on": JUNE.isoformat()}, columns=("name", "hamlet", "assignee"), full=False, reason="检查要看",
        by=cast.inspector, at=timezone.now(),
    )  # fmt: skip
    ((name, _, hamlet, visitor),) = rows(export)
    assert (name, hamlet, visitor) == ("林依妹", "旧坪", "未落实")
    paper = signed_in(cast.inspector).get("/roster/print?on=2026-06-30").content.decode()
    assert "2026年6月30日" in paper
    assert "旧坪" in paper
    assert f"手机尾号{cast.inspector.phone[-4:]}" in paper
    assert person.id_number not in paper


# ── paper ────────────────────────────────────────────────────────────────────────────────────────


def test_paper_holds_the_people_of_the_filter_in_pages_and_is_a_pdf(cast) -> None:
    for n in range(30):
        make_person(cast, name=f"林{n}", lives_alone=n < 26)
    client = signed_in(cast.visitor)
    html = client.get("/roster/print?alone=1").content.decode()
    assert "共26人，第2页共2页" in html
    assert "林26" not in html
    response = client.get("/roster/print?alone=1&pdf=1")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert "一个人也没有" in client.get("/roster/print?age_from=119").content.decode()


# ── who changed it ───────────────────────────────────────────────────────────────────────────────


def test_each_change_tells_field_old_new_and_who(cast) -> None:
    person = make_person(cast, name="林依妹", phone="13900001127")
    services.edit_contact(
        person_id=person.pk, version=1, by=cast.visitor, at=timezone.now(),
        values={"phone": "13900002222", "hamlet": "", "find_me": "", "mind": "", "contact_name": "",
                "contact_relation": "", "contact_phone": ""},
    )  # fmt: skip
    schedule.assign(
        person_ids=[person.pk], to_id=cast.village_head.pk, by=cast.township_clerk, at=timezone.now()
    )
    services.add_membership(
        person_id=person.pk, group_id="tekun", starts_on=cast.on, by=cast.township_clerk, at=timezone.now()
    )
    found = {(one.item, one.was, one.now) for one in changes_of(person)}
    assert ("电话", "13900001127", "13900002222") in found
    assert ("巡访人", "VISITOR", "VILLAGE_") in {(i.replace("assignee", "巡访人"), w, n) for i, w, n in found}
    assert any(one.what == "类别" and one.item == "新加" for one in changes_of(person))
    assert {one.by for one in changes_of(person)} <= {"VISITOR", "TOWNSHIP", "没有记到是谁"}


def test_no_whole_number_is_told(cast) -> None:
    person = make_person(cast)
    old = person.id_number
    from tests.cast import id_number
    from xunfang.kit.crypto import blind_index

    new = id_number(date(1943, 5, 6))
    Person.objects.filter(pk=person.pk).update(
        id_number=new, id_index=blind_index(new, "person.id_number"), id_tail=new[-4:]
    )
    html = signed_in(cast.township_clerk).get(f"/roster/{person.uuid}/changes").content.decode()
    assert f"尾号{old[-4:]}" in html
    assert f"尾号{new[-4:]}" in html
    assert old not in html
    assert new not in html


def test_only_offices_that_keep_the_file_read_it(cast) -> None:
    person = make_person(cast)
    url = f"/roster/{person.uuid}/changes"
    assert signed_in(cast.county_officer).get(url).status_code == 200
    assert signed_in(cast.visitor).get(url).status_code == 403
    assert signed_in(cast.neighbour).get(url).status_code == 404
    assert "谁改过" in signed_in(cast.township_clerk).get(f"/person/{person.uuid}").content.decode()
