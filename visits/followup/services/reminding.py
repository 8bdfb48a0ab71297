"""提醒规定: the city decides who is told of a deadline and when; a county may add people and levels and bring a level
forward, never the reverse. Dated: what was decided holds from tomorrow at the earliest, what held keeps its days."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import ROLES, Role
from visits.core.calendar import load as load_calendar
from visits.core.workdays import SHANGHAI
from visits.followup.deadlines import HANDLER, SOURCES, TURN
from visits.followup.escalation import ONE, Step, merge, sentence
from visits.followup.models import EscalationRule, Subject
from visits.followup.services import escalating
from visits.followup.services.escalating_whom import Due, find_people
from visits.roster.services.common import CannotChange

DECIDES = frozenset({Role.CITY_BUSINESS, Role.COUNTY_OFFICER})
MOST_LEVELS = 9
LATEST = timedelta(days=366)
OFFICES = (
    Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, Role.COUNTY_OFFICER, Role.COUNTY_HEAD, Role.CITY_SUPERVISOR,
)  # fmt: skip
# Who may be told of what, in the order of the page.
MAY_HEAR: dict[str, tuple[str, ...]] = {
    Subject.REPORT: OFFICES,
    Subject.CASE: OFFICES[2:],
    Subject.SUPPLEMENT: OFFICES,
    Subject.MEASURE: (HANDLER, *OFFICES),
    Subject.SUMMARY: OFFICES[:4],
    Subject.EMERGENCY: (HANDLER, *OFFICES),
    Subject.SIGNING: (TURN, *OFFICES[1:]),
}


@dataclass(frozen=True)
class Wish:
    """A level as somebody wants it. `level` 0: one more."""

    region_id: int
    subject: str
    level: int
    days: int
    at: time
    roles: frozenset[str]
    at_once: bool
    starts_on: date


def unit_of(user: Any) -> Region | None:
    """For which unit the user decides: the city, or one's own county."""
    if user.duty.has({Role.CITY_BUSINESS}):
        return Region.objects.filter(level=Level.CITY).first()
    counties = user.duty.unit_ids(Role.COUNTY_OFFICER)
    return Region.objects.filter(level=Level.COUNTY, pk__in=counties).order_by("position").first()


def rows_of(region: Region, subject: str | None = None) -> list[EscalationRule]:
    """The unit's own rules and the city's, over ones included."""
    rows = EscalationRule.objects.filter(region__in=[region.pk, *_city_ids()]).select_related(
        "region", "decided_by"
    )
    return list(rows.filter(subject=subject) if subject else rows)


def _city_ids() -> list[int]:
    return list(Region.objects.filter(level=Level.CITY).values_list("pk", flat=True))


def held(rows: Collection[EscalationRule], on: date) -> list[Step]:
    """The steps in force on that day."""
    live = [row for row in rows if row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)]
    return list(merge([escalating.rule_of(row) for row in live]))


def words_of(step: Step) -> str:
    """A level in words; what runs by the hour has no working days."""
    who = "、".join(escalating.role_words(role) for role in step.roles)
    if step.subject == Subject.EMERGENCY:
        return f"满24小时还没有补上经过，{f'再过{step.days}天，' if step.days else ''}提醒{who}"
    return sentence(step.days, step.at, who)


@transaction.atomic
def decide(wish: Wish, *, by: User, at: datetime) -> Step:
    """Make, or change, one level of the unit from that day on. Raises `CannotChange` at the field."""
    region = unit_of(by)
    if region is None or region.pk != wish.region_id:
        raise CannotChange("这个单位的提醒不归您定")
    Region.objects.select_for_update(of=("self",), no_key=True).get(pk=region.pk)
    today: date = by.duty.on  # type: ignore[attr-defined]
    rows = rows_of(region, wish.subject)
    level = wish.level or max((row.level for row in rows if row.ends_on is None), default=0) + 1
    _refuse(wish, level, region, rows, today)
    own = [row for row in rows if row.region_id == region.pk and row.level == level and row.ends_on is None]
    if any(row.starts_on > today for row in own):
        raise CannotChange("这一级已经定好了从别的日子起改，请先停用那一条", "starts_on")
    for row in own:
        row.ends_on = wish.starts_on - ONE
        row.save(update_fields=["ends_on"])
    try:
        with transaction.atomic():
            EscalationRule.objects.bulk_create(
                EscalationRule(
                    region=region, subject=wish.subject, level=level, days=wish.days, at=wish.at, role=role,
                    at_once=wish.at_once, starts_on=wish.starts_on, decided_by=by,
                )
                for role in MAY_HEAR[wish.subject]
                if role in wish.roles
            )  # fmt: skip
    except IntegrityError:
        raise CannotChange("刚有人改过这一级，请刷新再看") from None
    _log("escalation_decided", region, wish.subject, level, by, at, starts_on=wish.starts_on.isoformat())
    return next(step for step in held(rows_of(region, wish.subject), wish.starts_on) if step.level == level)


def _refuse(wish: Wish, level: int, region: Region, rows: list[EscalationRule], today: date) -> None:
    if wish.starts_on <= today:
        raise CannotChange("从明天或以后起才能改：以前的按以前的提醒", "starts_on")
    if wish.starts_on > today + LATEST:
        raise CannotChange("日期太远，请核对年份", "starts_on")
    if level > MOST_LEVELS:
        raise CannotChange(f"最多{MOST_LEVELS}级")
    if not wish.roles or not wish.roles <= set(MAY_HEAR[wish.subject]):
        raise CannotChange("请从名单里选提醒谁", "roles")
    if wish.level and wish.level not in {row.level for row in rows}:
        raise CannotChange("没有这一级，请刷新再看")
    then = {step.level: step for step in held(rows, wish.starts_on)}
    city = {
        step.level: step
        for step in held([row for row in rows if row.region.level == Level.CITY], wish.starts_on)
    }
    if region.level != Level.CITY and level in city:
        floor = city[level]
        if (wish.days, wish.at) > (floor.days, floor.at):
            raise CannotChange(f"不能比全市的晚：全市是{words_of(floor)}", "days")
    then[level] = Step(wish.subject, level, wish.days, wish.at, tuple(wish.roles), wish.starts_on)
    order = [(then[number].days, then[number].at) for number in sorted(then)]
    if order != sorted(order):
        raise CannotChange("一级要比一级晚：请核对前后两级的日子", "days")


@transaction.atomic
def end(*, subject: str, level: int, by: User, at: datetime) -> None:
    """The unit's own level holds until today; one that has not begun never does. Raises `CannotChange`."""
    region = unit_of(by)
    if region is None:
        raise CannotChange("提醒规定不归您定")
    Region.objects.select_for_update(of=("self",), no_key=True).get(pk=region.pk)
    today: date = by.duty.on  # type: ignore[attr-defined]
    rows = rows_of(region, subject)
    own = [row for row in rows if row.region_id == region.pk and row.level == level and row.ends_on is None]
    if not own:
        raise CannotChange("这一级不是本单位定的，停用不了")
    begun = [row for row in own if row.starts_on <= today]
    others = {row.level for row in rows if row.ends_on is None and row.level != level}
    if region.level == Level.CITY and begun and not others:
        raise CannotChange("至少要留一级，不然没有人知道过期了")
    for row in begun:
        row.ends_on = today
        row.save(update_fields=["ends_on"])
    for row in own:
        if row not in begun:
            row.delete()  # never in force: what it was to take the place of goes on
            before = [one for one in rows if one.region_id == region.pk and one.level == level]
            EscalationRule.objects.filter(
                pk__in=[one.pk for one in before if one.ends_on == row.starts_on - ONE]
            ).update(ends_on=None)
    _log("escalation_ended", region, subject, level, by, at)


def _log(action: str, region: Region, subject: str, level: int, by: User, at: datetime, **more: Any) -> None:
    role = Role.CITY_BUSINESS if region.level == Level.CITY else Role.COUNTY_OFFICER
    audit.record(
        action, at=at, by_id=by.pk, role=role, object_type="escalationrule", object_id=region.pk,
        subject=subject, level=level, **more,
    )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What would be told to one post today."""

    subject: str
    unit: str
    role: str
    n: int


def outlook(region: Region, on: date) -> list[Line]:
    """What is told until midnight of that day if nothing is done, to whom; nothing is written. Of the city or of a
    county."""
    now = datetime.combine(on, time(23, 59), SHANGHAI)
    calendar, policies = load_calendar(), escalating.policies(on)
    counted: Counter[tuple[str, int, str]] = Counter()
    for source in SOURCES:
        for come in escalating.candidates(source, policies, calendar, now):
            rows = source.rows().select_related(*source.related).filter(pk__in=list(come))
            if region.level == Level.COUNTY:
                rows = rows.filter(**{f"{source.place}county_id": region.pk})
            due = [Due(row, come[row.pk]) for row in rows.order_by("pk")]
            find_people(source, due, on)
            for one in due:
                county, township, _ = source.units(one.row)
                for user_role in {
                    who: role for people in one.people.values() for who, role in people
                }.values():
                    high = user_role in ROLES and ROLES[Role(user_role)].level <= Level.COUNTY
                    counted[source.subject.value, county if high else township or county, user_role] += 1
    names = dict(Region.objects.filter(pk__in={unit for _, unit, _ in counted}).values_list("pk", "name"))
    order = [source.subject.value for source in SOURCES]
    found = [
        Line(subject, names.get(unit, ""), escalating.role_words(role), n)
        for (subject, unit, role), n in counted.items()
    ]
    return sorted(found, key=lambda line: (order.index(line.subject), line.unit, line.role))
