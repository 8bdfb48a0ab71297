"""What the rooms know about how the machinery is; the rest is the kit's."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ADMINS, Role
from visits.core import calendar
from visits.core.workdays import OFFICIAL
from visits.desk.models import TallyMark
from visits.desk.tallies import checking
from visits.schedule import selfcheck
from visits.schedule.models import FullRun
from xunfang.kit.health import BAD, GOOD, LOOK, Finding, backup

SLOW = timedelta(minutes=10)
NEXT_FROM_MONTH = 11  # the State Council announces the next year's days off in November or earlier


def days_off(now: datetime) -> Finding:
    """Deadlines are counted in working days: a year that was not loaded is only estimated."""
    today, years = timezone.localdate(now), calendar.load().years
    known = {year for year, table in years.items() if table.status == OFFICIAL}
    todo = "请在“日历”里录入{}年的放假通知。没有录的年，期限先按预估的算。"
    if today.year not in known:
        return Finding("工作日历", BAD, f"{today.year}年没有录入", todo.format(today.year))
    if today.year + 1 not in known and today.month >= NEXT_FROM_MONTH:
        return Finding("工作日历", LOOK, f"{today.year + 1}年还没有录入", todo.format(today.year + 1))
    return Finding("工作日历", GOOD, f"{'、'.join(str(year) for year in sorted(known))}年已录入")


def due_list(now: datetime) -> Finding:
    """The night's work: was everybody's list brought up to date, and does it say what the rules say?"""
    today = timezone.localdate(now)
    on = FullRun.objects.values_list("on", flat=True).first()
    todo = "定时任务恢复以后会从停下的那天补起，不用手工做什么。"
    if on is None:
        return Finding("待访名单", BAD, "还没有生成过", todo)
    behind = (today - on).days
    if behind > 0:
        # Before twenty past midnight it is yesterday's.
        state = LOOK if behind == 1 else BAD
        return Finding("待访名单", state, f"只更新到{on.month}月{on.day}日", todo)
    checked = selfcheck.latest(today)
    if checked is None:
        return Finding("待访名单", GOOD, "今天更新过")
    state = checked["state"] if checked["state"] in (LOOK, BAD) else GOOD
    return Finding("待访名单", state, checked["say"].removesuffix("。"))


def tallies(now: datetime) -> Finding:
    """What overviews add up from: does it keep up, and is it what a recount gives?"""
    oldest = TallyMark.objects.aggregate(at=Min("made_at"))["at"]
    if oldest is not None and now - oldest > SLOW:
        minutes = int((now - oldest).total_seconds() // 60)
        todo = "概览照样是对的，只是打开得慢。请看后台任务是不是停了。"
        return Finding("概览的数", LOOK, f"有{minutes}分钟没有汇总", todo)
    checked = checking.latest(timezone.localdate(now))
    state = checked["state"] if checked["state"] in (LOOK, BAD) else GOOD
    return Finding("概览的数", state, checked["say"].removesuffix("。"))


BANNER = 5  # before what is said to everybody: only who can mend it is told


def banner(request: HttpRequest) -> dict[str, Any] | None:
    """To the administrator, on every page: there is no backup of the last days."""
    if not request.user.duty.has({Role.SYSTEM_ADMIN}):  # type: ignore[union-attr]
        return None
    found = backup(timezone.now())
    if found.state != BAD:
        return None
    text, url = f"：{found.say}。", reverse("visits_desk:health")
    return {
        "state": "late",
        "icon": "warn",
        "title": found.part,
        "text": text,
        "url": url,
        "link": "看运行情况",
    }


CALENDAR = 8


def calendar_banner(request: HttpRequest) -> dict[str, Any] | None:
    """From November on, to those who load the days off: next year has none yet (or this one)."""
    if not request.user.duty.has(ADMINS):  # type: ignore[union-attr]
        return None
    found = days_off(timezone.now())
    if found.state == GOOD:
        return None
    url, text = (
        reverse("visits_core:calendar_new"),
        f"：{found.say}，跨年的期限先按预估的算，录入以后会重新算。",
    )
    return {
        "state": found.state,
        "icon": "cal",
        "title": found.part,
        "text": text,
        "url": url,
        "link": "录入放假通知",
    }


PARTS = (days_off, due_list, tallies)
