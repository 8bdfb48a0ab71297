"""责任区: one place, one visitor, with dates; people follow; who was given by name stays."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import handover
from accounts.models import LogEntry, Post
from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from visits.roster.models import Person
from visits.roster.services import add_person, edit_person
from visits.roster.services.people import Details
from visits.schedule import area_views, assigning, gaps, services
from visits.schedule.assigning import Place
from visits.schedule.models import Area, AreaMember, DueItem
from visits.schedule.tasks import people_changed, refresh

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def give(cast, to, *, village=None, hamlet=None, only_nobody=False, on=DAY) -> None:
    """Through the table's one way."""
    clerk = cast.township_clerk
    wishes = {Place((village or cast.village).pk, hamlet): to.pk}
    found = assigning.steps(wishes, only_nobody=only_nobody, by=clerk)
    changes = assigning.area_changes(wishes, only_nobody=only_nobody, by=clerk)
    at = timezone.make_aware(dt.datetime.combine(on, dt.time(9)))
    assigning.apply(
        wishes=wishes, only_nobody=only_nobody, shown=assigning.mark(found, clerk, changes), by=clerk, at=at
    )


def later(cast, day: dt.date):
    cast.refresh(day)
    return time_machine.travel(dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC), tick=False)


def other(cast, number: int = 1, village=None):
    return make_user(f"谢依水{number}", f"138000004{number:02d}", Role.VISITOR, village or cast.village)


def unassigned(cast, **values) -> Person:
    person = make_person(cast, **values)
    Person.objects.filter(pk=person.pk).update(assignee=None)
    return person


def details(cast, village=None, **more) -> Details:
    return Details(
        name="黄依春", number=None, sex="F", birth_date=dt.date(1950, 1, 1), village_id=(village or cast.village).pk,
        phone="13811112222", **more,
    )  # fmt: skip


def put_on_file(cast, **more) -> Person:
    return add_person(
        details=details(cast, **more), group_id="dibao", starts_on=DAY, by=cast.township_clerk, at=timezone.now(), area="rural"
    )  # fmt: skip


def visitor_of(person: Person) -> str | None:
    person.refresh_from_db()
    return person.assignee.name if person.assignee else None


def test_a_place_given_away_ends_the_old_area_the_day_before(cast) -> None:
    person = make_person(cast)
    give(cast, cast.visitor)
    with later(cast, dt.date(2026, 11, 30)):
        new = other(cast)
        give(cast, new, on=dt.date(2026, 11, 30))
    rows = Area.objects.order_by("starts_on").values_list("visitor__name", "starts_on", "ends_on")
    assert list(rows) == [
        ("VISITOR", DAY, dt.date(2026, 11, 29)),
        ("谢依水1", dt.date(2026, 11, 30), None),
    ]
    assert visitor_of(person) == "谢依水1"
    assert AreaMember.objects.get(person=person).area.visitor == new
    assert LogEntry.objects.filter(action="area_given").count() == 2


def test_said_twice_on_one_day_is_one_area(cast) -> None:
    give(cast, cast.visitor)
    give(cast, other(cast))
    assert list(Area.objects.values_list("visitor__name", "ends_on")) == [("谢依水1", None)]


def test_the_database_refuses_two_visitors_for_one_place_on_one_day(cast) -> None:
    give(cast, cast.visitor)
    area = Area.objects.get()
    area.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        area.save()


def test_a_new_file_gets_the_visitor_of_the_place_in_its_own_transaction(cast) -> None:
    give(cast, cast.visitor)
    give(cast, other(cast), hamlet="上坂")
    assert visitor_of(put_on_file(cast)) == "VISITOR"
    person = put_on_file(cast, hamlet="上坂")
    assert visitor_of(person) == "谢依水1"
    assert DueItem.objects.filter(person=person).values_list("assignee__name", flat=True)[0] == "谢依水1"
    assert visitor_of(put_on_file(cast, village=cast.other_village)) is None
    assert LogEntry.objects.filter(action="people_follow_area").count() == 2


def test_who_moves_gets_the_visitor_there_and_who_was_given_by_name_keeps_theirs(cast) -> None:
    one = other(cast, 1, cast.township)
    two = other(cast, 2, cast.township)
    give(cast, one)
    give(cast, two, village=cast.other_village)
    follower, named = put_on_file(cast), put_on_file(cast)
    third = other(cast, 3, cast.township)
    services.assign(person_ids=[named.pk], to_id=third.pk, by=cast.township_clerk, at=timezone.now())
    for person in (follower, named):
        person.refresh_from_db()
        edit_person(
            person_id=person.pk, version=person.version, details=details(cast, village=cast.other_village),
            by=cast.township_clerk, at=timezone.now(),
        )  # fmt: skip
    assert visitor_of(follower) == "谢依水2"
    assert visitor_of(named) == "谢依水3"
    give(cast, one, village=cast.other_village)  # 全部都分: the clerk says otherwise
    assert visitor_of(named) == "谢依水1"


def test_only_who_has_nobody_leaves_the_area_and_the_others_alone(cast) -> None:
    keeps, nobody = make_person(cast), unassigned(cast)
    give(cast, cast.visitor, only_nobody=True)
    assert Area.objects.get().visitor == cast.visitor
    Person.objects.filter(pk=nobody.pk).update(assignee=None)
    give(cast, other(cast), only_nobody=True)
    assert Area.objects.get().visitor == cast.visitor
    assert (visitor_of(keeps), visitor_of(nobody)) == ("VISITOR", "谢依水1")


def test_an_imported_list_gets_its_visitors_and_keeps_those_it_named(cast) -> None:
    from xunfang.kit.models import Job

    give(cast, cast.visitor)
    other(cast)
    new, named = unassigned(cast), make_person(cast, assignee=other(cast, 2))
    job = Job.objects.create(kind="schedule.refresh", payload={"township_id": cast.township.pk})
    refresh(job, lambda *_: None)
    assert (visitor_of(new), visitor_of(named)) == ("VISITOR", "谢依水2")
    rows = dict(DueItem.objects.values_list("person_id", "assignee__name"))
    assert rows == {new.pk: "VISITOR", named.pk: "谢依水2"}


def test_an_area_whose_visitor_is_gone_gives_nobody_and_is_a_gap(cast) -> None:
    give(cast, cast.visitor)
    Post.objects.filter(user=cast.visitor).update(ends_on=dt.date(2026, 11, 23))
    person = put_on_file(cast)
    assert visitor_of(person) is None
    found = gaps.read(cast.township_clerk, DAY)
    assert [(place.name, place.people) for place in found.vacant] == [("月洲村", 1)]
    assert found.nobody == 1


def test_the_whole_village_takes_over_its_single_hamlets(cast) -> None:
    person = make_person(cast, hamlet="上坂")
    give(cast, other(cast), hamlet="上坂")
    give(cast, cast.visitor, only_nobody=True)
    assert Area.objects.live(DAY).count() == 2
    with later(cast, dt.date(2026, 11, 26)):
        give(cast, cast.visitor, on=dt.date(2026, 11, 26))
    assert list(Area.objects.live(dt.date(2026, 11, 26)).values_list("hamlet", flat=True)) == [""]
    assert visitor_of(person) == "VISITOR"


def test_an_entrusted_person_is_left_where_they_are_visited(cast) -> None:
    person = unassigned(cast)
    Person.objects.filter(pk=person.pk).update(entrusted_to=cast.other_township)
    give(cast, cast.visitor, village=cast.village, only_nobody=True)
    Person.objects.filter(pk=person.pk).update(assignee=None)
    people_changed([person.pk])
    assert visitor_of(person) is None


def test_handing_over_passes_the_area_and_its_people_on(cast) -> None:
    person = make_person(cast)
    give(cast, cast.visitor)
    new = other(cast)
    cast.refresh(DAY)
    piles = {pile.kind.code for pile in handover.piles(cast.visitor, cast.township_clerk.duty, DAY)}
    assert {"people", "areas"} <= piles
    handover.hand_over(
        user_id=cast.visitor.pk, plan=handover.Plan(last_day=DAY, to_id=new.pk), by=cast.township_clerk,
        at=timezone.now(), on=DAY,
    )  # fmt: skip
    assert Area.objects.live(DAY).get().visitor == new
    assert visitor_of(person) == "谢依水1"
    assert AreaMember.objects.get(person=person).area.visitor == new


def test_letting_go_of_an_area_leaves_a_gap(cast) -> None:
    make_person(cast)
    give(cast, cast.visitor)
    with later(cast, dt.date(2026, 11, 26)):
        on = dt.date(2026, 11, 26)
        choices = dict.fromkeys([f"people_{cast.village.pk}", f"areas_{cast.village.pk}"], handover.RELEASE)
        handover.hand_over(
            user_id=cast.visitor.pk, plan=handover.Plan(last_day=on, choices=choices), by=cast.township_clerk,
            at=timezone.now(), on=on,
        )  # fmt: skip
        found = gaps.read(cast.township_clerk, on)
    assert [place.name for place in found.gaps] == ["月洲村"]
    assert Area.objects.get().ends_on == dt.date(2026, 11, 25)


def test_the_preview_says_which_area_changes_hands_and_the_page_shows_gaps(cast) -> None:
    make_person(cast)
    make_person(cast, village=cast.other_village, assignee=other(cast))
    client = signed_in(cast.township_clerk)
    html = client.post(
        "/due/assign", {"which": "all", "act": "look", f"v{cast.village.pk}": cast.visitor.pk}, follow=True
    ).content.decode()
    assert "责任区月洲村" in html
    assert "还没有人 →" in html
    assert "照这样分" in html
    give(cast, cast.visitor)
    page = client.get("/due/areas").content.decode()
    assert f"<b>{cast.other_village.name}</b>有1人，还没有划责任区" in page
    assert "没有人超过60人" in page
    assert signed_in(cast.county_officer).get("/due/areas").status_code == 200


def test_the_page_counts_as_the_table_does_and_says_who_visits_whom_and_who_was_there_before(cast) -> None:
    for number in range(3):
        make_person(cast, name=f"林依{number}")
    give(cast, cast.visitor, on=DAY)
    out = make_person(cast, name="陈住外")
    Person.objects.filter(pk=out.pk).update(entrusted_to=cast.other_township)
    Area.objects.update(starts_on=dt.date(2026, 3, 1))
    named = other(cast, 2)
    with later(cast, dt.date(2026, 11, 30)):
        new = other(cast, 1)
        give(cast, new, on=dt.date(2026, 11, 30))
        first = Person.objects.get(name="林依0")
        services.assign(person_ids=[first.pk], to_id=named.pk, by=cast.township_clerk, at=timezone.now())
        table = assigning.rows(cast.township_clerk)
        (place,) = gaps.read(cast.township_clerk, dt.date(2026, 11, 30)).places
        assert (place.people, place.own) == (table[0].people, 2) == (3, 2)
        page = signed_in(cast.township_clerk).get("/due/areas").content.decode()
    assert "自己访2人，别人访1人" in page
    assert "以前是VISITOR，到2026年11月29日" in page


def test_whom_one_visits_for_another_township_is_no_gap_of_ones_own(cast) -> None:
    guest = make_person(cast, name="陈寄住")
    Person.objects.filter(pk=guest.pk).update(
        county_id=cast.county.pk, township_id=cast.other_township.pk, entrusted_to=cast.township
    )
    assert not gaps.read(cast.township_clerk, DAY).gaps
    assert not gaps.read(cast.county_officer, DAY).gaps


def test_what_is_not_listed_is_told(cast, monkeypatch) -> None:
    for number in range(3):
        make_person(cast, hamlet=f"村{number}")
    give(cast, cast.visitor, hamlet="村9")
    monkeypatch.setattr(area_views, "MOST", 2)
    page = signed_in(cast.county_officer).get("/due/areas").content.decode()
    assert "还有1处没有划责任区没有列出" in page
    assert "3处</span>" in page


def test_ten_and_a_hundred_places_cost_the_same(cast) -> None:
    client, costs = signed_in(cast.township_clerk), []
    for count in (3, 12):
        for number in range(count):
            make_person(cast, hamlet=f"村{number}")
        client.get("/due/areas")
        with CaptureQueriesContext(connection) as queries:
            client.get("/due/areas")
        costs.append(len(queries))
    assert costs[0] == costs[1]
