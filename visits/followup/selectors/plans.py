"""Reading 救助方案: who has needs and no plan, whose plan is to be looked at again, who may get the standard one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q

from accounts.models import Region
from accounts.roles import Role
from accounts.scoping import where
from visits.followup import planning
from visits.followup.models import Finding, OpenNeed, Plan, PlanMeasure, PlanQuerySet
from visits.roster.models import Benefit, Membership, Person, PersonQuerySet

NEEDS, NONE, REVIEW, LATE, ALL = "needs", "none", "review", "late", "all"
PARTS = (NEEDS, REVIEW, LATE, NONE, ALL)
SAME_TEXT = 20  # 四(一)-8: more plans with the same words than this are worth a look
OPEN = Finding.State.OPEN
# Who makes plans: the clerk of the person's township, the county's officer.
MAKERS = frozenset({Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER})


def _live(**more: Any) -> Exists:
    return Exists(Plan.objects.live().filter(person=OuterRef("pk"), **more))


def _needy() -> Q:
    """Needs that no measure answers; or something open that nobody has said anything about, without a plan."""
    need = Exists(OpenNeed.objects.filter(person=OuterRef("pk")))
    found = Exists(Finding.objects.filter(person=OuterRef("pk"), state=OPEN, measure=""))
    return Q(need) | Q(found) & ~Q(_live())


def _part(which: str, today: date) -> Q:
    overdue = PlanMeasure.objects.filter(
        plan__person=OuterRef("pk"), plan__replaced_at=None, done_on=None, due_on__lt=today
    )
    return {
        NEEDS: _needy(),
        NONE: ~Q(_live()),
        REVIEW: Q(_live(review_on__lt=today)),
        LATE: Q(Exists(overdue)),
        ALL: Q(_live()),
    }[which]


def _narrowed(user: Any, chosen: Mapping[str, Any]) -> PersonQuerySet:
    """`chosen`: village, township, alike (plans that say the same)."""
    rows = Person.objects.visible_to(user).on_roster()
    rows = rows.filter(**{f"{key}_id": chosen[key] for key in ("village", "township") if chosen.get(key)})
    if chosen.get("alike"):
        rows = rows.filter(_live(alike=chosen["alike"], standard=False))
    return rows


def people(user: Any, chosen: Mapping[str, Any], today: date) -> PersonQuerySet:
    """The people of a part, by village and 自然村."""
    rows = _narrowed(user, chosen).filter(_part(chosen.get("which") or NEEDS, today))
    return rows.order_by("village_id", "hamlet", "pk")


def counts(user: Any, chosen: Mapping[str, Any], today: date) -> dict[str, int]:
    """How many people each part shows."""
    rows = _narrowed(user, chosen).order_by()
    return {part: rows.filter(_part(part, today)).count() for part in PARTS}


def waiting(user: Any, today: date) -> dict[str, int]:
    """What 今日 says: people with needs and nothing planned, plans to be looked at again."""
    rows = Person.objects.visible_to(user).on_roster().order_by()
    return {part: rows.filter(_part(part, today)).count() for part in (NEEDS, REVIEW)}


def by_township(user: Any, today: date) -> dict[int, int]:
    """Township id → people with needs and nothing planned."""
    rows = Person.objects.visible_to(user).on_roster().filter(_needy()).order_by()
    return dict(rows.values_list("township_id").annotate(n=Count("pk")))


def plans_of(person_ids: Collection[int]) -> dict[int, Plan]:
    """Person id → the live plan with its measures."""
    rows = Plan.objects.live().filter(person_id__in=person_ids).prefetch_related("measures")
    return {row.person_id: row for row in rows}


def needs_of(person_ids: Collection[int]) -> dict[int, OpenNeed]:
    return {row.person_id: row for row in OpenNeed.objects.filter(person_id__in=person_ids)}


def findings_of(person_ids: Collection[int]) -> dict[int, list[Finding]]:
    """Person id → open findings."""
    found: dict[int, list[Finding]] = {}
    rows = Finding.objects.filter(person_id__in=person_ids, state=OPEN)
    for row in rows.order_by("-level", "found_on", "pk"):
        found.setdefault(row.person_id, []).append(row)
    return found


def versions(person: Person, user: Any) -> PlanQuerySet:
    """Every version of a person's plan, the newest first."""
    rows = Plan.objects.visible_to(user).filter(person=person)
    return rows.select_related("made_by").prefetch_related("measures").order_by("-version")


# ── 标准方案 (practice P25) ───────────────────────────────────────────────────────────────────────


def _own(user: Any, prefix: str = "") -> Q:
    """Whom one makes plans for: not who is entrusted to us or shared with us."""
    return where(user.duty, roles=MAKERS, prefix=prefix, assignee=None)


def _standard(user: Any) -> PersonQuerySet:
    open_ = Exists(Finding.objects.filter(person=OuterRef("pk"), state=OPEN))
    need = Exists(OpenNeed.objects.filter(person=OuterRef("pk")))
    return Person.objects.filter(_own(user)).on_roster().filter(~Q(_live()), ~Q(open_), ~Q(need))


def standard_people(user: Any, village_id: int) -> PersonQuerySet:
    """Who of a village may be given the standard plan: no plan, nothing needed, nothing open."""
    return _standard(user).filter(village_id=village_id).order_by("hamlet", "pk")


def standard_villages(user: Any) -> list[tuple[Region, int]]:
    """Villages with such people, in code order, and how many."""
    found = dict(_standard(user).order_by().values_list("village_id").annotate(n=Count("pk")))
    return [(unit, found[unit.pk]) for unit in Region.objects.filter(pk__in=found).order_by("position", "pk")]


@dataclass(frozen=True)
class Press:
    """One press that confirmed standard plans, as far as they stand."""

    batch: Any
    village_id: int
    made_at: Any
    people: int


def presses(user: Any, since: date) -> list[Press]:
    """The presses since that day whose plans still stand, the newest first."""
    rows = (
        Plan.objects.filter(_own(user, "person__"))
        .live()
        .filter(standard=True, batch__isnull=False, made_at__date__gte=since)
    )
    found = (
        rows.order_by()
        .values_list("batch")
        .annotate(village=Max("village_id"), at=Max("made_at"), n=Count("pk"))
    )
    return [Press(batch, village, at, n) for batch, village, at, n in found.order_by("-at")[:20]]


def alike(user: Any) -> list[tuple[str, int]]:
    """“内容相同的方案”: texts that stand in more than twenty plans, never the standard one; how many each."""
    rows = Plan.objects.visible_to(user).live().filter(standard=False).exclude(alike="").order_by()
    return list(
        rows.values_list("alike").annotate(n=Count("pk")).filter(n__gt=SAME_TEXT).order_by("-n", "alike")
    )


# ── the editor ───────────────────────────────────────────────────────────────────────────────────


def key_people(person_ids: Collection[int], today: date) -> set[int]:
    """重点: in a class of the upper tier."""
    rows = Membership.objects.live(today).filter(person_id__in=person_ids, group__tier="key")
    return set(rows.values_list("person_id", flat=True))


def last_versions(person_ids: Collection[int]) -> dict[int, int]:
    rows = Plan.objects.filter(person_id__in=person_ids).order_by()
    return dict(rows.values_list("person_id").annotate(last=Max("version")))


@dataclass(frozen=True)
class Facts:
    """What an editor starts from: benefits that run, what is open, what was ticked; and what follows from it."""

    benefits: tuple[Benefit, ...]
    findings: tuple[Finding, ...]
    degree: str
    needs: tuple[str, ...]
    review_on: date


def benefits_of(person: Person, today: date) -> tuple[Benefit, ...]:
    """What the person receives on that day, the newest first."""
    running = Q(ends_on=None) | Q(ends_on__gte=today)
    rows = Benefit.objects.filter(running, person=person, voided_at=None, starts_on__lte=today)
    return tuple(rows.order_by("-starts_on", "pk"))


def facts_of(person: Person, ticked: Collection[str], today: date) -> Facts:
    """`ticked`: needs of the latest visit."""
    benefits = benefits_of(person, today)
    classes = set(Membership.objects.live(today).filter(person=person).values_list("group_id", flat=True))
    found = tuple(findings_of([person.pk]).get(person.pk, []))
    asked = {planning.need_of(row.code) for row in found}
    return Facts(
        benefits=benefits,
        findings=found,
        degree=planning.degree(
            classes, {row.kind for row in benefits}, [(row.code, row.level) for row in found]
        ),
        needs=tuple({*ticked, *asked}),
        review_on=planning.review_day(today, key=bool(key_people([person.pk], today))),
    )
