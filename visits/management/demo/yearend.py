"""The days off of years whose notice this installation does not know yet, brought by one and put in force by another, so
that a long holiday is always in reach of the demo's today. Invented like everybody in it, and it says so."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from visits.core import yearly
from visits.core.calendar import load
from visits.core.holidays import coming
from visits.core.notice import LUNAR
from visits.core.workdays import OFFICIAL, Calendar
from visits.management.demo.history import on_duty


def announced() -> Calendar:
    """Without the years that are only estimated: the demo shows those as they are once their notice is in."""
    years = load().years
    return Calendar({year: table for year, table in years.items() if table.status == OFFICIAL})


def play(today: date) -> None:
    """Load what is missing until a long holiday is known that begins within reach of /holiday."""
    people = {
        role: User.objects.filter(posts__role=role, phone__startswith="1380002").earliest("pk")
        for role in (Role.CITY_BUSINESS, Role.SYSTEM_ADMIN)
    }
    for year in (today.year, today.year + 1):
        known = announced()
        if year not in LUNAR or year in known.years or coming(known, today) is not None:
            continue
        draft = yearly.bring(
            year=year, document=f"{year}年放假安排（演示用，以国务院办公厅通知为准）", source="", text=notice(year),
            by=on_duty(people[Role.CITY_BUSINESS], today), at=timezone.now(),
        )  # fmt: skip
        yearly.confirm(draft_id=draft.pk, by=on_duty(people[Role.SYSTEM_ADMIN], today), at=timezone.now())


def notice(year: int) -> str:
    """Only what the law gives (全国年节及纪念日放假办法), with the weekends that touch it; no day is moved."""
    spring, *others = (date(year, *day) for day in LUNAR[year])
    spans = [("元旦", date(year, 1, 1), 1), ("春节", spring - timedelta(days=1), 4)]
    spans += [(name, day, 1) for name, day in zip(("清明节", "端午节", "中秋节"), others, strict=True)]
    spans += [("劳动节", date(year, 5, 1), 2), ("国庆节", date(year, 10, 1), 3)]
    lines = []
    for number, (name, first, length) in enumerate(sorted(spans, key=lambda one: one[1])):
        last = first + timedelta(days=length - 1)
        while last.isoweekday() in (5, 6):
            last += timedelta(days=1)
        while first.isoweekday() in (7, 1) and first.month > 1:
            first -= timedelta(days=1)
        span = f"{first.month}月{first.day}日" + (f"至{last.month}月{last.day}日" if last > first else "")
        lines.append(f"{'一二三四五六七'[number]}、{name}：{span}放假。")
    return f"关于{year}年部分节假日安排的通知\n" + "\n".join(lines)
