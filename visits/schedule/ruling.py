"""四(一)-4: a county or the city makes a rule of its own, and ends one; nothing is edited in place.

A rule below the city may only ask for more than every rule above it that touches one of its classes. It holds
from the next period of its kind; a stricter one may hold for the running period (马上执行), in which what was
visited already counts. A correction is an end and a new rule.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup, Membership, Person
from visits.roster.selectors import readable_groups
from visits.roster.services import CannotChange, NeedsConfirmation
from visits.schedule.due import HOME_MODES, MODES
from visits.schedule.impact import Impact, again, codes_of, demand_of, impact
from visits.schedule.models import FrequencyRule
from visits.schedule.periods import KIND_LABELS, Kind, Period, period_of
from visits.schedule.seeds import GUIDELINE
from visits.schedule.strictness import Demand, Dimension, looser_in
from visits.templatetags.xf import num
from xunfang.kit import jobs
from xunfang.kit.models import Job

CLAUSE = "四（一）：各地可根据实际，对探访频次和要求做出具体的规定"
JOB = "schedule.rule"


@dataclass(frozen=True)
class Wish:
    """A rule as somebody wants it. Either `tier` or `group_id`. `modes`: by which ways beside a visit face to face,
    which always counts. `immediately`: for the running period already."""

    region_id: int
    tier: str | None
    group_id: str | None
    kind: Kind
    modes: frozenset[str]
    min_home: int
    document_no: str
    sentence: str = ""
    immediately: bool = False

    @property
    def demand(self) -> Demand:
        return Demand(self.kind, self.modes | HOME_MODES, self.min_home)


@dataclass(frozen=True)
class Outlook:
    """What saving would do: from when, for whom, how many visits more; `again`: how many were visited in the running
    period already, and not as it wants. `warnings` (code → sentence): unusual, wants
    a tick."""

    region: Region
    target: str
    sentence: str
    starts_on: date
    period: Period
    impact: Impact
    again: int
    warnings: dict[str, str]


def units_of(user: Any, on: date) -> list[Region]:
    """For which units the user makes rules: one's own county and its townships, or the city."""
    duty = user.duty
    found: list[Region] = []
    if duty.has({Role.CITY_BUSINESS}):
        found += Region.objects.filter(level=Level.CITY)
    counties = duty.unit_ids(Role.COUNTY_OFFICER)
    if counties:
        live = Region.objects.live(on)
        found += live.filter(level=Level.COUNTY, pk__in=counties).order_by("position")
        found += live.filter(level=Level.TOWNSHIP, county_id__in=counties).order_by("position", "pk")
    return found


def weigh(wish: Wish, *, by: User) -> Outlook:
    """Check the wish and count what it costs; nothing is written. Raises `CannotChange` at the field."""
    on: date = by.duty.on  # type: ignore[attr-defined]
    region = next((unit for unit in units_of(by, on) if unit.pk == wish.region_id), None)
    if region is None:
        raise CannotChange("这个单位的规定不归您定", "region")
    codes = codes_of(wish.tier, wish.group_id)
    known = set(readable_groups(by).filter(active=True).values_list("pk", flat=True))
    if not codes or (wish.group_id and wish.group_id not in known):
        raise CannotChange("请从名单里选一类", "target")
    running = period_of(wish.kind, on)
    period = running if wish.immediately else running.next()
    _refuse_looser(wish, region, codes, period.start)
    held = _held(region, period.start)
    _refuse_idle(wish, codes, held)
    if wish.immediately:
        _refuse_early(wish, codes, _held(region, on))
    target = _target(wish)
    cost = impact(region=region, codes=codes, demand=wish.demand, starts_on=period.start, on=on)
    return Outlook(
        region=region,
        target=target,
        sentence=wish.sentence or f"{target}：{KIND_LABELS[wish.kind]}至少一次",
        starts_on=period.start,
        period=period,
        impact=cost,
        again=again(region=region, codes=codes, demand=wish.demand, since=period.start, on=on)
        if wish.immediately
        else 0,
        warnings={"heavy": _heavy_words(cost)} if cost.heavy else {},
    )


def _heavy_words(cost: Impact) -> str:
    who = f"巡访人{num(cost.visitors)}名，平均每人" if cost.visitors else "这些人还没有巡访人，"
    return f"合起来每周约要访{num(cost.weekly)}次，{who}每周{num(cost.each)}次，恐怕访不过来"


@transaction.atomic
def add_rule(
    wish: Wish, *, by: User, at: datetime, confirmed: Collection[str] = ()
) -> tuple[FrequencyRule, Job]:
    """Make the rule; the list of everybody under it follows in the background. Raises `NeedsConfirmation`,
    `CannotChange`."""
    _one_at_a_time()
    outlook = weigh(wish, by=by)
    if open_ := {code: text for code, text in outlook.warnings.items() if code not in confirmed}:
        raise NeedsConfirmation(open_)
    last = FrequencyRule.objects.aggregate(last=Max("position"))["last"] or 0
    made = FrequencyRule.objects.create(
        region=outlook.region, tier=wish.tier, group_id=wish.group_id, kind=wish.kind,
        modes=[mode for mode in MODES if mode in wish.demand.modes], min_home=wish.min_home, sentence=outlook.sentence,
        clause=CLAUSE, document_no=wish.document_no, position=last + 1, starts_on=outlook.starts_on,
        made_by=by, made_at=at,
    )  # fmt: skip
    _log(
        "rule_added", made, by, at,
        people=outlook.impact.people, more=outlook.impact.visits, accepted=sorted(outlook.warnings),
    )  # fmt: skip
    return made, _follow(made, by)


@transaction.atomic
def end_rule(*, rule_id: int, document_no: str, by: User, at: datetime) -> tuple[FrequencyRule, Job]:
    """No more of it after the running period; one that has not begun holds for nobody. Raises `CannotChange`."""
    _one_at_a_time()
    row = _locked(rule_id, by)
    row.ends_on = last_day(row, by.duty.on)  # type: ignore[attr-defined]
    row.end_document_no, row.ended_by, row.ended_at = document_no, by, at
    row.save(update_fields=["ends_on", "end_document_no", "ended_by", "ended_at"])
    _log("rule_ended", row, by, at, ends_on=row.ends_on.isoformat())
    return row, _follow(row, by)


@transaction.atomic
def withdraw_rule(*, rule_id: int, reason: str, by: User, at: datetime) -> tuple[FrequencyRule, Job]:
    """A rule that was made by mistake, on the day it was made: it holds for nobody, also not for the running period;
    what was visited meanwhile stays. Raises `CannotChange`."""
    _one_at_a_time()
    row = _locked(rule_id, by)
    if not may_withdraw(row, by.duty.on):  # type: ignore[attr-defined]
        raise CannotChange("只有当天定的可以撤回，这一条请停用")
    row.ends_on = row.starts_on
    row.end_document_no, row.ended_by, row.ended_at = reason, by, at
    row.save(update_fields=["ends_on", "end_document_no", "ended_by", "ended_at"])
    _log("rule_withdrawn", row, by, at)
    return row, _follow(row, by)


def _locked(rule_id: int, by: User) -> FrequencyRule:
    """Raises `CannotChange` when it is not the user's to end, or ends already."""
    own = FrequencyRule.objects.ruled_by(by).select_for_update(of=("self",), no_key=True)
    row = own.filter(pk=rule_id).first()
    if row is None:
        raise CannotChange("这一条规定不归您管，请刷新后再看")
    if why := why_not_ended(row):
        raise CannotChange(why)
    return row


def may_withdraw(rule: FrequencyRule, on: date) -> bool:
    """Whether it was made on that day, by whomever of the office."""
    return rule.made_at is not None and timezone.localdate(rule.made_at) == on and not why_not_ended(rule)


def why_not_ended(rule: FrequencyRule) -> str:
    """Why this rule can't be ended; "" when it can."""
    if rule.ends_on == rule.starts_on:
        return "这一条已经撤回了"
    if rule.ends_on is not None:
        return f"这一条已经定好到{_day(rule.ends_on)}为止"
    if rule.made_by_id is None and rule.document_no == GUIDELINE and rule.group_id is None:
        return "这是指导意见的底线，不能停用；要访得更勤，另加一条更严的"
    return ""


def last_day(rule: FrequencyRule, on: date) -> date:
    """Until when it would hold, inclusive, were it ended on that day. A rule that holds for its first day only
    owes nothing: no period has its days."""
    return rule.starts_on if rule.starts_on > on else period_of(cast(Kind, rule.kind), on).end


def touched_ids(rule: FrequencyRule) -> list[int]:
    """Everybody of its unit who is, or was, in one of its classes."""
    people = Person.objects.filter(merged_into=None)
    if rule.region.level != Level.CITY:
        column = {Level.COUNTY: "county_id", Level.TOWNSHIP: "township_id", Level.VILLAGE: "village_id"}
        people = people.filter(**{column[Level(rule.region.level)]: rule.region_id})
    members = Membership.objects.filter(group_id__in=codes_of(rule.tier, rule.group_id), voided_at=None)
    return list(people.filter(pk__in=members.values("person_id")).order_by("pk").values_list("pk", flat=True))


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def _held(region: Region, on: date) -> list[FrequencyRule]:
    """The rules that hold for everybody of the unit on that day: its own and those above it."""
    chain = [int(part) for part in region.path.split("/") if part]
    return list(FrequencyRule.objects.live(on).filter(region_id__in=chain).select_related("region"))


def floors(region: Region, codes: Collection[str], on: date) -> list[tuple[FrequencyRule, str]]:
    """The rules above the unit that hold on that day or later, with each of these classes that they touch. For
    the city itself: the guideline's own two."""
    rows = (
        FrequencyRule.objects.lasting(on).select_related("region").order_by("region__level", "position", "pk")
    )
    if region.level == Level.CITY:
        rows = rows.filter(region=region, made_by=None, document_no=GUIDELINE, group=None)
    else:
        chain = [int(part) for part in region.path.split("/") if part]
        rows = rows.filter(region_id__in=set(chain) - {region.pk})
    return [(row, code) for row in rows for code in codes_of(row.tier, row.group_id) if code in codes]


def _refuse_looser(wish: Wish, region: Region, codes: Collection[str], on: date) -> None:
    for floor, code in floors(region, codes, on):
        less = looser_in(wish.demand, demand_of(floor))
        if less is not None:
            raise CannotChange(_looser_words(less, wish, floor, code), less)


def _looser_words(less: Dimension, wish: Wish, floor: FrequencyRule, code: str) -> str:
    where = "指导意见" if floor.document_no == GUIDELINE else f"{floor.region.name}的规定"
    number = f"（{floor.document_no}）" if floor.document_no else ""
    name = f"不能比{where}松：“{floor.sentence}”{number}"
    about = "" if wish.group_id else f"，{CareGroup.objects.get(pk=code).short}也在里面"
    if less == "kind":
        return f"{name}是{KIND_LABELS[cast(Kind, floor.kind)]}，您选的是{KIND_LABELS[wish.kind]}{about}"
    if less == "modes":
        extra = "、".join(
            word for mode, word in MODES.items() if mode in wish.modes - HOME_MODES - set(floor.modes)
        )
        return f"{name}不认“{extra}”，请去掉{about}"
    return f"{name}{KIND_LABELS[cast(Kind, floor.kind)]}至少上门{floor.min_home}次，您写的合起来不够{about}"


def _refuse_idle(wish: Wish, codes: Collection[str], held: Collection[FrequencyRule]) -> None:
    """A rule that asks nobody for more than holds already."""
    enough: list[FrequencyRule] = []
    for code in codes:
        same = [row for row in held if code in codes_of(row.tier, row.group_id)]
        as_strict = [row for row in same if looser_in(demand_of(row), wish.demand) is None]
        if not as_strict:
            return
        enough += as_strict
    row = enough[0]
    raise CannotChange(
        f"{row.region.name}的“{row.sentence}”已经要求这么多了，不用另定。想放宽本单位的一条，先停用原来的，再加新的",
        "kind",
    )


def _refuse_early(wish: Wish, codes: Collection[str], held: Collection[FrequencyRule]) -> None:
    for row in held:
        if set(codes_of(row.tier, row.group_id)) & set(codes) and looser_in(wish.demand, demand_of(row)):
            raise CannotChange(f"比现在执行的“{row.sentence}”松，不能马上执行，只能从下一期起", "immediately")


# ── small things ─────────────────────────────────────────────────────────────────────────────────


def _one_at_a_time() -> None:
    """Two rules made in one moment must see each other. The city's row: rules are rare."""
    city = Region.objects.filter(level=Level.CITY).select_for_update(of=("self",), no_key=True)
    list(city.values_list("pk", flat=True))


def _target(wish: Wish) -> str:
    if wish.group_id:
        return CareGroup.objects.get(pk=wish.group_id).short
    return f"{CareGroup.Tier(wish.tier or '').label}对象"


def _follow(rule: FrequencyRule, by: User) -> Job:
    return jobs.enqueue(JOB, {"rule_id": rule.pk}, title="按规定更新待访名单", owner_id=by.pk)


def _log(action: str, rule: FrequencyRule, by: User, at: datetime, **detail: Any) -> None:
    role = Role.CITY_BUSINESS if rule.region.level == Level.CITY else Role.COUNTY_OFFICER
    audit.record(
        action, at=at, by_id=by.pk, role=role, target=rule, region=rule.region_id, kind=rule.kind, **detail
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
