"""启用日期: nobody owes a visit because software was switched on; what was visited before counts, and only once."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import LogEntry, Region
from tests.cast import Cast, make_person
from tests.visits.desk.world import name_under, sheet
from tests.world import evening, visit
from visits.core.models import UnitSetting
from visits.core.start import before_start_done, go_live
from visits.followup.models import ChangeReport
from visits.records.models import Fulfilment, OfflineList, OfflineVisit
from visits.records.services import fulfilling, offline, starting
from visits.records.services.offline import CannotRegister, Entry
from visits.records.services.starting import CannotStart
from visits.roster.models import Membership, Person
from visits.roster.services.starting import mark_on_roster
from visits.schedule import generation
from visits.schedule import services as schedule
from visits.schedule.due import MET_HOUSEHOLD, MET_SELF, Life, Span, items_for, qualifies
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

DAY = dt.date(2026, 11, 24)
AT = evening(DAY)
BEFORE = OfflineVisit.Kind.BEFORE_START
pytestmark = pytest.mark.django_db


def begin(cast: Cast, day: dt.date = DAY, at: dt.datetime = AT) -> None:
    cast.refresh(at.date())
    starting.set_go_live(township_id=cast.township.pk, day=day, by=cast.township_clerk, at=at)


def entry(person: Person, day: dt.date, **more: Any) -> Entry:
    values = {"mode": "home", "met": "self", "visitor_name": "林国清"} | more
    return Entry(person_id=person.pk, visited_on=day, **values)


def put(
    cast: Cast, *entries: Entry, kind: str = BEFORE, at: dt.datetime = AT, **more: Any
) -> offline.Outcome:
    return offline.register(
        township_id=cast.township.pk, kind=kind, entries=entries, by=cast.township_clerk, at=at, **more
    )


def items(person: Person) -> list[DueItem]:
    return list(DueItem.objects.counting().filter(person=person).order_by("due_on", "pk"))


# ── the day ──────────────────────────────────────────────────────────────────────────────────────


def test_who_was_in_a_class_before_the_start_owes_no_first_visit(cast: Cast) -> None:
    old = make_person(cast, starts_on=dt.date(2026, 12, 10))
    new = make_person(cast, starts_on=dt.date(2026, 12, 20))
    cast.refresh(dt.date(2026, 12, 21))
    begin(cast, dt.date(2026, 12, 15), evening(dt.date(2026, 12, 21)))
    schedule.refresh_township(township_id=cast.township.pk, on=dt.date(2026, 12, 21))
    assert items(old) == []
    assert [item.first for item in items(new)] == [True]
    schedule.generate(on=dt.date(2027, 1, 1))
    assert [item.due_on for item in items(old)] == [dt.date(2027, 3, 31)]


def test_who_was_in_a_class_before_the_period_owes_its_visit_at_the_end(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    assert [(item.first, item.due_on) for item in items(person)] == [(False, dt.date(2026, 12, 31))]


def test_a_list_that_comes_after_the_start_stamps_whom_it_brings(cast: Cast) -> None:
    begin(cast)
    person = make_person(cast, starts_on=dt.date(2026, 11, 10))
    later = make_person(cast, starts_on=dt.date(2026, 11, 25))
    assert mark_on_roster(person_ids=[person.pk, later.pk], on=DAY) == 1
    person.refresh_from_db()
    later.refresh_from_db()
    assert (person.on_roster_before, later.on_roster_before) == (DAY, None)
    assert mark_on_roster(person_ids=[person.pk, later.pk], on=DAY) == 0


def test_another_day_moves_the_stamps_and_writes_one_row_each_time(cast: Cast) -> None:
    person = make_person(cast, starts_on=dt.date(2026, 11, 20))
    begin(cast)
    begin(cast)
    begin(cast, dt.date(2026, 11, 10), evening(dt.date(2026, 11, 25)))
    person.refresh_from_db()
    assert person.on_roster_before is None
    assert go_live(cast.township.pk, DAY) == DAY
    assert go_live(cast.township.pk, dt.date(2026, 11, 25)) == dt.date(2026, 11, 10)
    assert UnitSetting.objects.filter(key="go_live").count() == 2
    rows = LogEntry.objects.filter(action="go_live_set").order_by("at")
    assert [row.detail for row in rows] == [
        {"day": "2026-11-24", "before": None},
        {"day": "2026-11-10", "before": "2026-11-24"},
    ]


def test_the_first_signature_fixes_the_day(cast: Cast) -> None:
    begin(cast)
    made = sheet(cast.village, Quarter(2026, 4), 1, "signing", None)
    name_under(made, 1, cast.village_head)
    begin(cast)  # the same day again says nothing new
    with pytest.raises(CannotStart, match="签了字"):
        begin(cast, dt.date(2026, 11, 20))


def test_the_day_can_t_go_before_what_was_entered(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    put(cast, entry(person, dt.date(2026, 11, 20)))
    with pytest.raises(CannotStart, match="11月20日"):
        begin(cast, dt.date(2026, 11, 20))
    begin(cast, dt.date(2026, 11, 21))


@pytest.mark.parametrize("day", [dt.date(2025, 11, 1), dt.date(2027, 6, 1)], ids=["long ago", "far ahead"])
def test_a_year_that_was_mistyped_is_refused(cast: Cast, day: dt.date) -> None:
    with pytest.raises(CannotStart, match="年份"):
        begin(cast, day)


def test_only_the_township_s_clerk_and_its_county_officer_decide(cast: Cast) -> None:
    for user, fine in ((cast.county_officer, True), (cast.neighbour, False), (cast.township_head, False)):
        call = dict(township_id=cast.township.pk, day=DAY, by=user, at=AT)
        if fine:
            starting.set_go_live(**call)
        else:
            with pytest.raises(CannotStart):
                starting.set_go_live(**call)


def test_the_step_is_done_when_the_clerk_says_so(cast: Cast) -> None:
    with pytest.raises(CannotStart):
        starting.finish_before_start(township_id=cast.township.pk, by=cast.township_clerk, at=AT)
    begin(cast)
    for _ in range(2):
        starting.finish_before_start(township_id=cast.township.pk, by=cast.township_clerk, at=AT)
    assert before_start_done(cast.township.pk, DAY)
    assert LogEntry.objects.filter(action="before_start_finished").count() == 1


# ── what was visited before ──────────────────────────────────────────────────────────────────────


def test_a_visit_made_before_the_start_counts_and_says_by_what(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    outcome = put(cast, entry(person, dt.date(2026, 10, 12), paper_place="铁皮柜"))
    (item,) = items(person)
    assert (item.done_on, item.done_mode, item.done_met) == (dt.date(2026, 10, 12), "home", "self")
    assert item.done_via == "before_start"
    assert (len(outcome.made), outcome.counted, outcome.again) == (1, 1, 0)
    assert Fulfilment.objects.get(due_item=item).offline == outcome.made[0]
    (row,) = LogEntry.objects.filter(action="offline_recorded")
    assert row.detail == {"kind": "before_start", "people": 1, "rows": 1, "counted": 1, "changed": 0}


def test_the_same_list_a_second_time_adds_nothing(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    put(cast, entry(person, dt.date(2026, 10, 12)))
    outcome = put(cast, entry(person, dt.date(2026, 10, 12)), entry(person, dt.date(2026, 10, 12)))
    assert (len(outcome.made), outcome.again) == (0, 2)
    assert OfflineVisit.objects.count() == 1
    assert LogEntry.objects.filter(action="offline_recorded").count() == 1


def test_from_the_first_day_on_a_visit_is_typed_as_one(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    for day in (DAY, dt.date(2026, 11, 25)):
        with pytest.raises(CannotRegister) as error:
            put(cast, entry(person, day), at=evening(dt.date(2026, 11, 26)))
        (refused,) = error.value.refused
        assert "代录巡访" in refused.remedy
    assert not OfflineVisit.objects.exists()
    assert put(cast, entry(person, dt.date(2026, 11, 23))).made


def test_without_a_day_nothing_is_before_it(cast: Cast) -> None:
    with pytest.raises(CannotRegister, match="先定哪天启用"):
        put(cast, entry(make_person(cast), dt.date(2026, 10, 12)))


@pytest.mark.parametrize(
    ("facts", "day", "says"),
    [
        ({}, dt.date(2025, 10, 1), "太早"),
        ({"status": "dead", "left_on": dt.date(2026, 10, 5)}, dt.date(2026, 10, 12), "去世"),
    ],
    ids=["a year before", "after a death"],
)
def test_a_day_that_can_t_be_goes_back_with_the_reason(
    cast: Cast, facts: dict, day: dt.date, says: str
) -> None:
    person, fine = make_person(cast), make_person(cast)
    Person.objects.filter(pk=person.pk).update(**facts)
    begin(cast)
    outcome = put(cast, entry(person, day), entry(fine, dt.date(2026, 10, 12)), partly=True)
    assert [says in one.reason for one in outcome.refused] == [True]
    assert [row.person_id for row in outcome.made] == [fine.pk]


def test_a_day_with_a_record_needs_no_second_entry(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    Person.objects.update(created_at=evening(dt.date(2026, 1, 1)))
    visit(person, cast.visitor, dt.date(2026, 10, 12))
    cast.refresh()
    with pytest.raises(CannotRegister) as error:
        put(cast, entry(person, dt.date(2026, 10, 12)))
    assert "不用再登记" in error.value.refused[0].remedy


def test_people_of_another_township_are_nobody_s_to_enter(cast: Cast) -> None:
    theirs = make_person(cast, village=cast.other_county_village)
    begin(cast)
    with pytest.raises(CannotRegister) as error:
        put(cast, entry(theirs, dt.date(2026, 10, 12)))
    assert "名单上" in error.value.refused[0].reason
    with pytest.raises(CannotRegister):
        offline.register(township_id=cast.township.pk, kind=BEFORE, entries=[], by=cast.county_officer, at=AT)


def test_another_programme_s_visit_counts_where_the_rule_allows_its_mode(cast: Cast) -> None:
    first, second = make_person(cast), make_person(cast)
    rule = generation.DueItem._meta.get_field("rule").related_model.objects.get(kind="quarter")
    rule.modes = ["home"]
    rule.save()
    schedule.generate(on=DAY)
    kind = OfflineVisit.Kind.OTHER_PROGRAMME
    days = {"kind": kind, "programme": "防返贫监测"}
    outcome = put(cast, entry(first, DAY), entry(second, DAY, mode="phone"), **days)
    assert outcome.counted == 1
    assert [item.done_via for item in items(first)] == ["other_programme"]
    assert [item.done_on for item in items(second)] == [None]
    assert outcome.made[0].words == "防返贫监测已走访"
    with pytest.raises(CannotRegister, match="哪个系统"):
        put(cast, entry(first, DAY), kind=kind)


def test_a_change_goes_onto_the_list_of_changes_and_nobody_is_late_at_once(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    (made,) = put(cast, entry(person, dt.date(2026, 10, 12), change_note="儿子回来了", paper_place="柜")).made
    report = ChangeReport.objects.get(offline=made)
    assert (report.found_on, report.due_on) == (dt.date(2026, 10, 12), dt.date(2026, 11, 26))
    assert report.items[0]["now"] == "儿子回来了"
    offline.void(ids=[made.pk], reason="选错人了", by=cast.township_clerk, at=AT)
    report.refresh_from_db()
    assert report.state == "withdrawn"


def test_an_announced_holiday_counts_from_the_day_it_was_written_down(cast: Cast) -> None:
    from visits.followup.services import recount

    person = make_person(cast)
    begin(cast)
    put(cast, entry(person, dt.date(2026, 10, 12), change_note="儿子回来了"))
    assert recount(at=AT) == 0


def test_voiding_opens_what_was_done_unless_another_visit_does_it(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    first, second = put(
        cast, entry(person, dt.date(2026, 10, 12)), entry(person, dt.date(2026, 10, 20), mode="phone")
    ).made
    offline.void(ids=[first.pk], reason="选错人了", by=cast.township_clerk, at=AT)
    (item,) = items(person)
    assert (item.done_on, item.done_via) == (dt.date(2026, 10, 20), "before_start")
    offline.void(ids=[second.pk], reason="选错人了", by=cast.township_clerk, at=AT)
    (item,) = items(person)
    assert (item.done_on, item.done_via, item.done_mode) == (None, "", "")
    with pytest.raises(CannotRegister):
        offline.void(ids=[second.pk], reason="再一次", by=cast.township_clerk, at=AT)
    assert put(cast, entry(person, dt.date(2026, 10, 12))).counted == 1
    assert LogEntry.objects.filter(action="offline_voided").count() == 2


def test_a_voided_record_leaves_its_item_to_the_visit_before_the_start(cast: Cast) -> None:
    from visits.records.services import void

    person = make_person(cast)
    Person.objects.update(created_at=evening(dt.date(2026, 1, 1)))
    schedule.generate(on=DAY)
    made = visit(person, cast.visitor, dt.date(2026, 10, 20))
    cast.refresh()
    begin(cast)
    assert put(cast, entry(person, dt.date(2026, 10, 12))).counted == 0
    void(visit_id=made.pk, reason="记错了", by=cast.township_clerk, at=AT)
    (item,) = items(person)
    assert (item.done_on, item.done_via) == (dt.date(2026, 10, 12), "before_start")


def test_an_item_that_is_written_later_gets_the_visit_that_lies_there(cast: Cast) -> None:
    """The list is brought after the visits were typed, or the night's work comes late."""
    person = make_person(cast, groups=("old_alone",), birth=dt.date(1938, 1, 1))
    begin(cast)
    put(cast, entry(person, dt.date(2026, 10, 12)))
    schedule.generate(on=DAY)
    assert [item.done_via for item in items(person)] == ["before_start"]
    Membership.objects.create(person=person, group_id="dibao", starts_on=dt.date(2026, 10, 1))
    schedule.refresh(person_ids=[person.pk], on=DAY)
    assert {item.done_on for item in items(person)} == {dt.date(2026, 10, 12)}
    before = list(DueItem.objects.order_by("pk").values())
    schedule.generate(on=DAY)
    schedule.refresh(person_ids=[person.pk], on=DAY)
    assert list(DueItem.objects.order_by("pk").values()) == before


def test_a_record_made_while_the_night_s_work_was_down_is_found_afterwards(cast: Cast) -> None:
    person = make_person(cast)
    Person.objects.update(created_at=evening(dt.date(2026, 1, 1)))
    made = visit(person, cast.visitor, dt.date(2026, 10, 2))
    assert not items(person)
    schedule.generate(on=DAY)
    (item,) = items(person)
    assert (item.done_on, item.done_via) == (dt.date(2026, 10, 2), "")
    assert Fulfilment.objects.get(due_item=item).visit == made


# ── a plain recount ──────────────────────────────────────────────────────────────────────────────

GROUPS = ["dibao", "tekun", "old_alone"]


@st.composite
def townships(draw: st.DrawFn) -> tuple[dt.date, dt.date, list]:
    """The day of the start, the day of looking, and people with spans and entries."""
    starts = draw(
        st.sampled_from(
            [dt.date(2026, 10, 1), dt.date(2026, 10, 2), dt.date(2026, 12, 31), dt.date(2027, 1, 1)]
        )
        | st.dates(dt.date(2026, 7, 1), dt.date(2027, 1, 5))
    )
    today = starts + dt.timedelta(days=draw(st.integers(0, 40)))
    people = []
    for _ in range(draw(st.integers(1, 3))):
        spans = []
        for group in draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True)):
            begin_ = draw(st.dates(dt.date(2026, 3, 1), today))
            end = draw(st.none() | st.dates(begin_, begin_ + dt.timedelta(days=200)))
            spans.append(Span(group, begin_, end))
        seen = [
            (starts - dt.timedelta(days=draw(st.integers(1, 200))), draw(st.sampled_from(["home", "phone"])),
             draw(st.sampled_from(["self", "proxy"])))
            for _ in range(draw(st.integers(0, 3)))
        ]  # fmt: skip
        people.append((spans, seen))
    return starts, today, people


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=townships(), first=st.booleans())
def test_a_township_started_on_any_day_owes_and_has_done_what_a_recount_says(cast, world, first) -> None:
    starts, today, people = world
    sid = transaction.savepoint()
    try:
        _play_and_compare(cast, starts, today, people, first)
    finally:
        transaction.savepoint_rollback(sid)


def _play_and_compare(cast: Cast, starts: dt.date, today: dt.date, people: list, first: bool) -> None:
    at = evening(today)
    made = []
    for spans, seen in people:
        person = make_person(cast, groups=(), birth=dt.date(1940, 1, 1), created_at=evening(starts))
        for span in spans:
            Membership.objects.create(
                person=person, group_id=span.group, starts_on=span.starts_on, ends_on=span.ends_on
            )
        made.append((person, spans, seen))
    begin(cast, starts, at)
    ids = [person.pk for person, _, _ in made]
    if first:
        schedule.refresh(person_ids=ids, on=today)
    for person, _, seen in made:
        put(cast, *(entry(person, day, mode=mode, met=met) for day, mode, met in seen), at=at)
    schedule.refresh(person_ids=ids, on=today)
    rules = generation.rules()
    by_id = {rule.id: rule for rule in rules}
    for person, spans, seen in made:
        before = starts if any(span.starts_on < starts for span in spans) else None
        life = Life(tuple(spans), None, before)
        expected = {}
        for period in (Quarter.containing(today), HalfYear.containing(today)):
            for item in items_for(life, rules, period.kind, period):
                if item.closes_on >= starts:
                    days = list({day: (day, mode, met) for day, mode, met in reversed(seen)}.values())
                    expected[item.rule_id, item.due_on, item.first] = any(
                        qualifies(day, mode, met, item, by_id[item.rule_id], accepts=_accepts(spans, day))
                        for day, mode, met in days
                    )
        rows = DueItem.objects.counting().filter(person=person)
        assert {(r.rule_id, r.due_on, r.first): r.done_on is not None for r in rows} == expected
        assert all((r.done_via == BEFORE) == (r.done_on is not None) for r in rows)
    stand = list(DueItem.objects.order_by("pk").values())
    schedule.generate(on=today)
    schedule.refresh(person_ids=ids, on=today)
    assert list(DueItem.objects.order_by("pk").values()) == stand


def _accepts(spans: list[Span], day: dt.date) -> frozenset[str]:
    alone = any(
        span.group in ("tekun", "old_alone") and span.starts_on <= day and (span.ends_on is None or day <= span.ends_on)
        for span in spans
    )  # fmt: skip
    return MET_SELF if alone else MET_HOUSEHOLD


# ── the database refuses ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"programme": "防返贫监测"}, "offline_programme_named"),
        ({"visitor_name": ""}, "offline_visitor_named"),
        ({"void_reason": "错"}, "offline_void_complete"),
    ],
)
def test_the_database_refuses_a_half_entry(cast: Cast, values: dict, name: str) -> None:
    person = make_person(cast)
    facts = {
        "person": person, "kind": BEFORE, "visited_on": dt.date(2026, 10, 12), "mode": "home", "met": "self",
        "visitor_name": "林国清", "recorded_by": cast.township_clerk, "recorded_at": AT,
        "county_id": person.county_id, "township_id": person.township_id, "village_id": person.village_id,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        OfflineVisit.objects.create(**facts | values)
    OfflineVisit.objects.create(**facts)
    with pytest.raises(IntegrityError, match="offline_once"), transaction.atomic():
        OfflineVisit.objects.create(**facts)


def test_the_database_refuses_a_mark_without_a_day_and_a_fulfilment_by_two(cast: Cast) -> None:
    person = make_person(cast)
    schedule.generate(on=DAY)
    with pytest.raises(IntegrityError, match="due_via_is_done"), transaction.atomic():
        DueItem.objects.filter(person=person).update(done_via="before_start")
    with pytest.raises(IntegrityError, match="fulfilment_by_one"), transaction.atomic():
        Fulfilment.objects.create(due_item=DueItem.objects.get(person=person))


def test_the_database_refuses_a_workbook_of_no_programme_or_without_an_end(cast: Cast) -> None:
    from xunfang.kit import files

    stored = files.store(b"x", name="a.xlsx", content_type="-", kind="t", owner_id=None)
    facts = {
        "county_id": cast.county.pk, "township_id": cast.township.pk, "kind": BEFORE, "file": stored,
        "created_by": cast.township_clerk, "created_at": AT,
    }  # fmt: skip
    for more, name in (
        ({"programme": "x"}, "offline_list_programme_named"),
        ({"state": "done"}, "offline_list_finished"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            OfflineList.objects.create(**facts | more)


def test_units_stay_those_of_the_entry_when_somebody_moves(cast: Cast) -> None:
    person = make_person(cast)
    begin(cast)
    (made,) = put(cast, entry(person, dt.date(2026, 10, 12))).made
    Person.objects.filter(pk=person.pk).update(village_id=cast.other_village.pk)
    made.refresh_from_db()
    assert made.village_id == cast.village.pk
    assert OfflineVisit.objects.counted_in({4: {cast.village.pk}}).count() == 1
    assert Region.objects.filter(pk=made.village_id).exists()
    assert fulfilling.VIA[OfflineVisit.Kind(made.kind)] == "before_start"
    assert uuid.UUID(str(made.uuid))
