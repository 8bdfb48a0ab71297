"""Emergencies of the demo in every state, and the duty lists of a township and its county, through the services."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Region, User
from visits.core.calendar import load as load_calendar
from visits.core.workdays import YearNotLoaded
from visits.followup.duty_lines import hours_of
from visits.followup.services import emergencies, shifts
from visits.followup.services.shifts import NewShift
from visits.management.demo.history import at_evening, on_duty
from visits.management.demo.staff import Staff
from visits.roster.models import Person

EXTRA = (
    ("郑水兴", "13800040011"),
    ("林桂明", "13800040012"),
    ("黄秋生", "13800040013"),
    ("陈建华", "13800040014"),
)
MONTHS = 2


def play(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """The lists first, so that whoever takes an emergency is on duty."""
    township = Region.objects.get(pk=staff.villages[0].region.township_id)
    county = Region.objects.get(pk=township.county_id)
    _list(township, staff.clerks[township.pk], today, 0)
    _list(county, staff.officers[county.pk], today, 2)
    _emergencies(staff, people, today)


def _list(unit: Region, planner: User, today: date, offset: int) -> None:
    """This month whole and half of the next one; the planner's own turn every third day."""
    first = today.replace(day=1)
    made_on = first - timedelta(days=1)
    last = (first + timedelta(days=32)).replace(day=15)
    names = [(planner.name, planner.phone or EXTRA[0][1]), EXTRA[offset], EXTRA[offset + 1]]
    new = []
    for n in range((last - first).days):
        day = first + timedelta(days=n)
        start, end = (timezone.make_aware(one) for one in hours_of(day, _works(day)))
        new += [NewShift(start, end, *names[(n + place) % 3], place=place + 1) for place in range(2)]
    shifts.make(unit_id=unit.pk, new=new, by=on_duty(planner, made_on), at=at_evening(made_on))
    on_duty(planner, today)


def _works(day: date) -> bool:
    try:
        return load_calendar().is_workday(day)
    except YearNotLoaded:
        return day.isoweekday() <= 5


def _emergencies(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """One over, one a false alarm, one taken and one that just came, and one about nobody on the roster."""
    village = staff.villages[0]
    rows = (
        Person.objects.on_roster()
        .filter(village_id=village.region.pk, status="live")
        .exclude(assignee=None)
        .order_by("pk")
    )
    ids = [one.pk for one in people[village.region.pk]]
    first, second, third, fourth = rows.filter(pk__in=ids).select_related("assignee")[4:8]
    clerk = staff.clerks[village.region.township_id or 0]
    officer = staff.officers[village.region.county_id or 0]
    old, false, last = (at_evening(today - timedelta(days=n)) for n in (12, 5, 1))
    now = timezone.now()

    fall = _told(first, old, kind="ill", words="在灶间摔倒，说不清话", called=[["120", "19:40", "县医院"]])
    _end(fall, old, officer, clerk, details="19:35邻居发现，120约20分钟到，送县医院，儿子当晚赶回。",
         outcome="轻微脑梗，住院治疗，出院后民政办回访。")  # fmt: skip
    door = _told(second, false, kind="missing", words="一天没人看见，门锁着", called=[["duty", "", ""]])
    _end(door, false, officer, clerk, outcome="在镇上女儿家，已叮嘱出门说一声。", false_alarm=True)
    fire = _told(third, last, kind="fire", words="灶边的柴堆着火，已扑灭", called=[["119", "19:50", ""]])
    taken = last + timedelta(minutes=4)
    emergencies.acknowledge(emergency_id=fire, by=on_duty(officer, taken.date()), at=taken)
    _told(
        fourth,
        now - timedelta(minutes=18),
        kind="ill",
        words="胸口闷，喘不上气",
        called=[["120", "", "说20分钟到"]],
    )
    head = on_duty(village.head, today)
    emergencies.report(
        key=uuid.uuid4(), about="不认识的老人，省道边凉亭", unit_id=village.region.pk, words="老人在路边不肯走", by=head,
        at=now - timedelta(minutes=40),
    )  # fmt: skip
    for user in (clerk, officer):
        on_duty(user, today)


def _told(person: Person, at: datetime, **said: Any) -> int:
    """By whoever visits the person."""
    assert person.assignee is not None
    by = on_duty(person.assignee, at.date())
    return emergencies.report(key=uuid.uuid4(), person_id=person.pk, by=by, at=at, **said)[0].pk


def _end(pk: int, at: datetime, officer: User, clerk: User, **given: Any) -> None:
    """Taken within minutes, ended on the next day."""
    emergencies.acknowledge(emergency_id=pk, by=on_duty(officer, at.date()), at=at + timedelta(minutes=6))
    emergencies.close(emergency_id=pk, by=on_duty(clerk, at.date()), at=at + timedelta(hours=20), **given)
