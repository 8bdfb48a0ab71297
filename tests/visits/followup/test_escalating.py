"""Time alone changes what people see: each level of each deadline once, to whoever must know, until it is done."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Post
from tests.cast import SHANGHAI, Cast, make_person, make_user
from visits.core import yearly
from visits.core.models import CalendarYear, Notice
from visits.followup import seeds
from visits.followup.models import (
    Case,
    CaseMeasure,
    ChangeReport,
    DaySummary,
    Emergency,
    Escalation,
    EscalationRule,
    Supplement,
)
from visits.followup.services import changes, escalating
from visits.records.models import Sheet

# Tuesday, 24 November 2026, is the last day.
DUE = date(2026, 11, 24)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _next_year_is_announced(db: None) -> None:
    CalendarYear.objects.create(year=2027, status="official", document="通知")


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def report(cast: Cast, due_on: date | None = DUE, **more: Any) -> ChangeReport:
    person = more.pop("person", None) or make_person(cast)
    values: dict[str, Any] = {
        "person": person, "county_id": person.county_id, "township_id": person.township_id,
        "village_id": person.village_id, "found_on": DUE - timedelta(days=4), "due_on": due_on,
        "due_note": "" if due_on else "2031年放假安排还没有录入", "source": "call", "key": uuid.uuid4(),
        "noted_by": cast.visitor, "noted_at": at(20),
    }  # fmt: skip
    return ChangeReport.objects.create(**values | more)


def case(cast: Cast, **more: Any) -> Case:
    person = make_person(cast)
    values: dict[str, Any] = {
        "person": person, "county_id": person.county_id, "township_id": person.township_id,
        "village_id": person.village_id, "year": 2026, "number": Case.objects.count() + 1, "received_at": at(19),
        "due_on": DUE,
    }  # fmt: skip
    return Case.objects.create(**values | more)


def told(user: Any) -> list[str]:
    """Keys of what somebody is asked for now."""
    return list(Notice.objects.unread().to(user).order_by("pk").values_list("key", flat=True))


def words(user: Any) -> str:
    return Notice.objects.unread().to(user).order_by("-pk").values_list("words", flat=True)[0]


def test_a_report_climbs_one_level_a_working_day_and_each_is_told_once(cast) -> None:
    row = report(cast)
    who = [
        cast.township_clerk,
        cast.township_clerk,
        cast.township_head,
        cast.county_officer,
        cast.city_supervisor,
    ]
    for level, (day, user) in enumerate(zip((23, 24, 25, 26, 27), who, strict=True), start=1):
        assert escalating.scan(at=at(day, 8, 59)) == 0
        assert escalating.scan(at=at(day)) == 1
        assert escalating.scan(at=at(day, 9, 15)) == 0
        assert told(user)[-1].endswith(f"{row.pk}:2026-11-24:{level}") or level == 5
        assert len(told(user)) == 1
    assert escalating.scan(at=at(30, 18)) == 0
    assert list(Escalation.objects.order_by("level").values_list("level", "told")) == [
        (n, 1) for n in range(1, 6)
    ]
    assert words(cast.township_clerk) == "一份变化还没有报县级，最后一天是11月24日 周二"
    assert words(cast.township_head) == "一份变化还没有报县级，已经过了11月24日 周二"
    assert words(cast.county_officer) == "嵩口镇：一份变化还没有报县级，已经过了11月24日 周二，超过2个工作日"
    assert words(cast.city_supervisor) == "永泰县：一份变化还没有报县级，已经过了11月24日 周二，超过3个工作日"
    assert not Notice.objects.filter(user=cast.neighbour).exists()


def test_a_weekend_and_a_holiday_tell_nobody(cast) -> None:
    report(cast, due_on=date(2026, 9, 30))
    for day in range(1, 8):
        escalating.scan(at=at(day, 12, month=10))
    assert told(cast.township_head) == []
    escalating.scan(at=at(8, 9, month=10))
    assert len(told(cast.township_head)) == 1


def test_what_was_done_meanwhile_is_not_told_and_its_notices_ask_nothing(cast) -> None:
    row = report(cast, person=make_person(cast))
    escalating.scan(at=at(24))
    assert len(told(cast.township_clerk)) == 1
    cast.refresh(DUE)
    changes.file(change_id=row.pk, by=cast.township_clerk, at=at(24, 16))
    assert told(cast.township_clerk) == []
    escalating.scan(at=at(26))
    assert Escalation.objects.filter(subject="report").count() == 2
    assert told(cast.township_head) == []
    # What was filed is the county's to answer now.
    assert [key.split(":")[0] for key in told(cast.county_officer)] == ["case"]


def test_whatever_closed_a_row_its_notices_are_over_with_the_next_scan(cast) -> None:
    row = report(cast)
    escalating.scan(at=at(27))
    assert len(told(cast.city_supervisor)) == 1
    ChangeReport.objects.filter(pk=row.pk).update(state="withdrawn")
    escalating.scan(at=at(27, 9, 15))
    assert not Notice.objects.unread().exists()


def test_after_an_outage_every_level_is_written_and_each_person_is_asked_once(cast) -> None:
    row = report(cast)
    assert escalating.scan(at=at(26, 12)) == 4
    assert told(cast.township_clerk) == [f"report:{row.pk}:2026-11-24:2"]
    assert Notice.objects.to(cast.township_clerk).count() == 2
    assert len(told(cast.township_head)) == len(told(cast.county_officer)) == 1


@pytest.mark.parametrize("days", [(23, 24, 25, 26, 27), (27,), (24, 27), (25, 26, 27)])
def test_however_long_nobody_scanned_the_rows_are_the_same(cast, days) -> None:
    for n in range(3):
        report(cast, due_on=DUE + timedelta(days=n))
    sheet(cast)
    for day in days:
        escalating.scan(at=at(day, 18))
    rows = [
        sorted(Escalation.objects.values_list("subject", "due_on", "level", "told")),
        sorted(
            (row.user.name, row.due_on, row.kind, row.settled_at is None, row.words)
            for row in Notice.objects.select_related("user")
        ),
    ]
    assert len(rows[0]) == 5 + 4 + 3 + 1
    assert rows == [rows[0], sorted(expected_notices())]


def expected_notices() -> list[tuple[Any, ...]]:
    """As they stand on the 27th when every scan came in time."""
    made = []
    for back, due in ((0, 24), (1, 25), (2, 26)):
        on = date(2026, 11, due)
        before = f"一份变化还没有报县级，最后一天是11月{due}日 周{'二三四'[back]}"
        over = f"一份变化还没有报县级，已经过了11月{due}日 周{'二三四'[back]}"
        made += [("TOWNSHIP", on, "report", False, before), ("TOWNSHIP", on, "report", True, before)]
        made.append(("TOWNSHIP", on, "report", True, over))
        if back < 2:
            made.append(("COUNTY_O", on, "report", True, f"嵩口镇：{over}，超过2个工作日"))
        if back < 1:
            made.append(("CITY_SUP", on, "report", True, f"永泰县：{over}，超过3个工作日"))
    on = date(2026, 11, 27)
    made.append(("VILLAGE_", on, "signing", True, "巡访结果确认表还没有签完，最后一天是11月27日 周五"))
    return made


def test_a_day_that_moved_begins_anew(cast) -> None:
    row = report(cast)
    escalating.scan(at=at(25))
    ChangeReport.objects.filter(pk=row.pk).update(due_on=DUE + timedelta(days=2))
    escalating.scan(at=at(25, 9, 15))
    assert told(cast.township_head) == []
    assert told(cast.township_clerk) == [f"report:{row.pk}:2026-11-26:1"]


def test_a_year_that_is_not_loaded_is_told_to_who_loads_it_and_no_level_on_a_guess(cast) -> None:
    report(cast)
    CalendarYear.objects.filter(year=2026).delete()
    assert escalating.scan(at=at(27)) == 0
    assert told(cast.system_admin) == told(cast.city_business) == ["calendar:2026"]
    escalating.scan(at=at(27, 10))
    assert Notice.objects.count() == 2
    CalendarYear.objects.create(year=2026, status="official", document="d")
    assert escalating.scan(at=at(27, 11)) == 5
    assert told(cast.system_admin) == []


def test_from_november_on_the_notice_of_the_next_year_is_asked_for_though_it_is_estimated(cast) -> None:
    CalendarYear.objects.filter(year=2027).update(status="estimated")
    escalating.scan(at=at(30, month=10))
    assert told(cast.system_admin) == []
    escalating.scan(at=at(1))
    assert told(cast.system_admin) == told(cast.city_business) == ["calendar:2027"]
    CalendarYear.objects.filter(year=2027).update(status="official")
    escalating.scan(at=at(1, 10))
    assert told(cast.system_admin) == []


def test_on_new_years_day_an_estimate_keeps_december_s_reminders_going(cast) -> None:
    """The days off of a year that nobody announced do not stop what is told about the one before."""
    CalendarYear.objects.filter(year=2027).delete()
    report(cast, due_on=date(2026, 12, 31))
    first = datetime(2027, 1, 4, 9, tzinfo=SHANGHAI)
    assert escalating.scan(at=first) == 0
    yearly.estimate(today=date(2027, 1, 1), at=first)
    assert escalating.scan(at=first) == 3


def test_a_report_without_a_day_is_not_told(cast) -> None:
    report(cast, due_on=None)
    assert escalating.scan(at=at(27)) == 0


def test_a_vacant_post_is_learned_by_the_next_level(cast) -> None:
    row = report(cast)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=date(2026, 11, 1))
    escalating.scan(at=at(24))
    assert Escalation.objects.get(level=2).told == 0
    escalating.scan(at=at(25))
    assert words(cast.township_head).endswith("。民政办经办人现在没有人，没提醒到")
    assert told(cast.township_head) == [f"report:{row.pk}:2026-11-24:3"]


def test_who_left_is_not_told_and_a_successor_of_a_merged_unit_is(cast) -> None:
    report(cast)
    old = cast.other_township
    second = make_user("并来的", "13800000401", "township_clerk", old)
    old.replaced_by = cast.township
    old.save()
    cast.township_clerk.is_active = False
    cast.township_clerk.save()
    escalating.scan(at=at(24))
    assert told(cast.township_clerk) == []
    assert len(told(second)) == 1


def test_whoever_took_the_case_is_told_and_the_others_of_the_county_are_not(cast) -> None:
    second = make_user("另一位", "13800000402", "county_officer", cast.county)
    row = case(cast)
    escalating.scan(at=at(23))
    assert len(told(second)) == len(told(cast.county_officer)) == 1
    Case.objects.filter(pk=row.pk).update(state="taken", taken_by=second, taken_at=at(23, 10))
    escalating.scan(at=at(24))
    assert Notice.objects.to(cast.county_officer).count() == 1
    assert Notice.objects.to(second).count() == 2
    escalating.scan(at=at(25))
    assert len(told(cast.county_head)) == 1


def test_papers_measures_and_summaries_climb_their_own_way(cast) -> None:
    row = case(cast, due_on=None, due_note="x", state="taken", taken_by=cast.county_officer, taken_at=at(19))
    Supplement.objects.create(
        case=row, what="w", asked_by=cast.county_officer, asked_at=at(19), days=2, due_on=DUE
    )
    going_on = case(
        cast, due_on=None, due_note="x", state="carried_out", taken_by=cast.county_officer, taken_at=at(19), answer="plan",
        proposed_by=cast.county_officer, proposed_at=at(19), approved_by=cast.county_head, approved_at=at(19),
    )  # fmt: skip
    CaseMeasure.objects.create(
        case=going_on,
        kind="k",
        words="w",
        unit="u",
        who="w",
        due_on=DUE,
        made_by=cast.county_officer,
        made_at=at(19),
    )
    DaySummary.objects.create(
        county_id=row.county_id,
        township_id=row.township_id,
        on=DUE,
        visits=1,
        compiled_at=at(24),
        confirm_by=DUE,
    )
    escalating.scan(at=at(23))
    assert [key.split(":")[0] for key in told(cast.township_clerk)] == ["supplement", "measure"]
    escalating.scan(at=at(24, 14))
    assert len(told(cast.township_clerk)) == 2
    escalating.scan(at=at(24, 15))
    assert len(told(cast.township_clerk)) == 3
    escalating.scan(at=at(26, 9))
    assert [key.split(":")[0] for key in told(cast.township_head)] == ["supplement", "summary"]
    assert [key.split(":")[0] for key in told(cast.county_officer)] == ["supplement", "measure"]
    assert Notice.objects.get(kind="summary", user=cast.township_head).url.endswith("/2026-11-24")


def test_a_measure_that_is_only_proposed_is_told_to_nobody(cast) -> None:
    row = case(cast, due_on=None, due_note="x", state="taken", taken_by=cast.county_officer, taken_at=at(19))
    CaseMeasure.objects.create(
        case=row,
        kind="k",
        words="w",
        unit="u",
        who="w",
        due_on=DUE,
        made_by=cast.county_officer,
        made_at=at(19),
    )
    assert escalating.scan(at=at(27)) == 0


def emergency(cast: Cast, **more: Any) -> Emergency:
    values: dict[str, Any] = {
        "key": uuid.uuid4(), "about": "村口", "kind": "ill", "county_id": cast.county.pk,
        "township_id": cast.township.pk, "village_id": cast.village.pk, "found_at": at(27, 12),
        "reported_by": cast.visitor, "reported_at": at(27, 12), "details_due_at": at(28, 12),
    }  # fmt: skip
    return Emergency.objects.create(**values | more)


def test_the_details_of_an_emergency_run_by_the_hour_also_on_a_saturday(cast) -> None:
    row = emergency(cast)
    assert escalating.scan(at=at(28, 11, 59)) == 0
    assert escalating.scan(at=at(28, 12)) == 1
    assert len(told(cast.visitor)) == len(told(cast.township_clerk)) == 1
    assert words(cast.visitor) == "一件紧急情况过了24小时，还没有补上经过"
    assert escalating.scan(at=at(29, 12)) == 1
    assert words(cast.county_officer) == "嵩口镇：一件紧急情况过了24小时，还没有补上经过，又过了一天"
    Emergency.objects.filter(pk=row.pk).update(details="d", details_by=cast.visitor, details_at=at(29, 13))
    escalating.scan(at=at(29, 13))
    assert not Notice.objects.unread().exists()


def sheet(cast: Cast, **more: Any) -> Sheet:
    values: dict[str, Any] = {
        "kind": "village", "period": "2026Q3", "period_start": date(2026, 7, 1), "period_end": date(2026, 9, 30),
        "batch_no": 1, "sign_by": date(2026, 11, 27), "county_id": cast.county.pk, "township_id": cast.township.pk,
        "village_id": cast.village.pk,
    }  # fmt: skip
    return Sheet.objects.create(**values | more)


def test_of_all_tables_of_a_township_one_notice_and_only_to_whose_turn_it_is(cast) -> None:
    sheet(cast)
    sheet(cast, village_id=cast.other_village.pk)
    assert escalating.scan(at=at(26)) == 2
    assert len(told(cast.village_head)) == 1
    assert told(cast.liaison) == told(cast.township_head) == []
    escalating.scan(at=at(30))
    assert told(cast.township_head) == [f"signing@t:{cast.township.pk}:2026-11-27:2"]
    Sheet.objects.filter(village_id=cast.village.pk).update(state="voided")
    escalating.scan(at=at(30, 10))
    assert len(told(cast.township_head)) == 1
    Sheet.objects.update(state="voided")
    escalating.scan(at=at(30, 11))
    assert told(cast.township_head) == []


def test_the_city_is_told_once_for_a_county_and_day(cast) -> None:
    for _ in range(3):
        report(cast)
    escalating.scan(at=at(27))
    assert told(cast.city_supervisor) == [f"report@c:{cast.county.pk}:2026-11-24:5"]
    assert Escalation.objects.filter(level=5).count() == 3


def test_a_scan_asks_the_same_number_of_queries_for_ten_rows_and_for_a_hundred(cast) -> None:
    numbers = []
    for count in (10, 90):
        person = make_person(cast)
        for _ in range(count):
            report(cast, person=person, due_on=DUE + timedelta(days=len(numbers)))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            escalating.scan(at=at(24 + len(numbers)))
        numbers.append(len(captured))
    assert numbers[1] <= numbers[0] + 6  # one level more has come by then


def test_the_defaults_are_seeded_once_and_in_order(cast) -> None:
    assert EscalationRule.objects.count() == len(seeds.DEFAULTS)
    seeds.seed()
    assert EscalationRule.objects.count() == len(seeds.DEFAULTS)
    for subject in {row[0] for row in seeds.DEFAULTS}:
        levels = sorted({(row[1], row[2], row[3]) for row in seeds.DEFAULTS if row[0] == subject})
        assert [one[1:] for one in levels] == sorted(one[1:] for one in levels)
        assert [one[0] for one in levels] == list(range(1, len(levels) + 1))


def rule(cast: Cast, **more: Any) -> EscalationRule:
    values: dict[str, Any] = {
        "region": cast.county, "subject": "report", "level": 6, "days": 1, "at": "09:00", "role": "county_head",
        "starts_on": date(2020, 1, 1),
    }  # fmt: skip
    return EscalationRule(**values | more)


def test_a_county_that_is_told_earlier_and_its_neighbour_that_is_not(cast) -> None:
    rule(cast, level=4, days=1, role="county_officer").save()
    rule(cast, level=4, days=1, role="county_head").save()
    near, far = report(cast), report(cast, person=make_person(cast, village=cast.other_county_village))
    escalating.scan(at=at(25))
    assert len(told(cast.county_officer)) == len(told(cast.county_head)) == 1
    assert told(cast.neighbour) == []
    escalating.scan(at=at(26))
    assert [key for key in told(cast.neighbour)] == [f"report:{far.pk}:2026-11-24:4"]
    assert Escalation.objects.filter(subject_id=near.pk, level=4).count() == 1


def escalation(cast: Cast, **more: Any) -> Escalation:
    values: dict[str, Any] = {
        "subject": "report", "subject_id": 1, "due_on": DUE, "level": 1, "told_at": at(24), "county_id": 1,
    }  # fmt: skip
    return Escalation(**values | more)


@pytest.mark.parametrize(
    ("constraint", "rows"),
    [
        ("escalation_once", lambda c: [escalation(c), escalation(c)]),
        ("escalation_rule_one_open", lambda c: [rule(c), rule(c)]),
        ("escalation_rule_in_order", lambda c: [rule(c, ends_on=date(2019, 1, 1))]),
        ("escalation_rule_level", lambda c: [rule(c, level=10)]),
        ("escalation_rule_days", lambda c: [rule(c, days=31)]),
    ],
)
def test_the_database_refuses(cast, constraint, rows) -> None:
    *before, refused = rows(cast)
    for row in before:
        row.save()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        refused.save()


def test_what_was_told_can_not_be_untold(cast) -> None:
    row = escalation(cast)
    row.save()
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Escalation.objects.filter(pk=row.pk).update(told=9)
