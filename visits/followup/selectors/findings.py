"""Reading 问题台账: one question for the list, its counts and the month, so that equal numbers are equal lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from accounts.models import Post, Region, User
from accounts.roles import WRITES_VISITS
from visits.followup.models import Finding, FindingQuerySet, FindingStep
from visits.followup.planning import add_months
from visits.roster.models import Person

State, Kind = Finding.State, FindingStep.Kind
OPEN, LATE, UNSAID, BETTER, CLOSED, ALL = "open", "late", "todo", "better", "closed", "all"
PARTS = (OPEN, LATE, UNSAID, BETTER, CLOSED)


def ledger_of(user: Any) -> FindingQuerySet:
    """What counts: not what only records said that were voided, each person once."""
    return Finding.objects.visible_to(user).exclude(state=State.VOIDED).filter(person__merged_into=None)


def _which(which: str, today: date) -> Q:
    late = Q(state=State.OPEN, due_on__lt=today)
    return {
        OPEN: Q(state=State.OPEN),
        LATE: late,
        UNSAID: Q(state=State.OPEN, measure=""),
        BETTER: Q(state=State.OPEN, better_on__isnull=False),
        CLOSED: Q(state=State.CLOSED),
        ALL: Q(),
    }[which]


def _in_month(first: date, kinds: Collection[str], valid: Q) -> Exists:
    """A step of the month that stands. `first`: the first day of the month."""
    rows = FindingStep.objects.filter(
        valid, finding=OuterRef("pk"), kind__in=kinds, on__gte=first, on__lt=add_months(first, 1)
    )
    return Exists(rows)


def _narrowed(user: Any, chosen: Mapping[str, Any]) -> FindingQuerySet:
    """`chosen`: level, item (code), village, township, owner (user id), found, closed (first day of a month)."""
    rows = ledger_of(user)
    columns = {
        "level": "level", "item": "code", "village": "person__village_id", "township": "person__township_id",
        "owner": "owner_id",
    }  # fmt: skip
    rows = rows.filter(**{column: chosen[key] for key, column in columns.items() if chosen.get(key)})
    if chosen.get("found"):
        valid = Q(visit__isnull=False, visit__voided_at=None)
        rows = rows.filter(_in_month(chosen["found"], [Kind.FOUND, Kind.REOPENED], valid))
    if chosen.get("closed"):
        rows = rows.filter(_in_month(chosen["closed"], [Kind.CLOSED], Q()))
    return rows


def findings(user: Any, chosen: Mapping[str, Any], today: date) -> FindingQuerySet:
    """The rows of a filter, what is most pressing first; of settled ones the newest. `chosen` has `which` too."""
    which = chosen.get("which") or OPEN
    rows = _narrowed(user, chosen).filter(_which(which, today))
    if which in (CLOSED, ALL):
        return rows.order_by(F("closed_on").desc(nulls_first=True), "-last_seen_on", "-pk")
    return rows.order_by(F("due_on").asc(nulls_last=True), "-level", "pk")


def counts(user: Any, chosen: Mapping[str, Any], today: date) -> dict[str, int]:
    """How many rows each part shows under the same other filters."""
    rows = _narrowed(user, chosen).order_by()
    return rows.aggregate(**{part: Count("pk", filter=_which(part, today)) for part in (*PARTS, ALL)})


def waiting(user: Any, today: date) -> dict[str, int]:
    """What 今日 says: open, late, and those that a visit saw better."""
    rows = ledger_of(user).filter(state=State.OPEN).order_by()
    return rows.aggregate(
        **{part: Count("pk", filter=_which(part, today)) for part in (OPEN, LATE, UNSAID, BETTER)}
    )


def choices(user: Any) -> dict[str, list[tuple[Any, str]]]:
    """What the filters offer: items and owners of open findings, villages and townships with any."""
    rows = ledger_of(user).order_by()
    items = rows.values_list("code").annotate(label=Max("item")).order_by("label")
    owners = User.objects.filter(pk__in=rows.filter(state=State.OPEN).values("owner_id")).order_by(
        "name", "pk"
    )
    found = {}
    for key in ("village", "township"):
        ids = set(rows.values_list(f"person__{key}_id", flat=True).distinct())
        units = Region.objects.filter(pk__in=ids).order_by("position", "pk")
        found[key] = list(units.values_list("pk", "name"))
    return found | {"item": list(items), "owner": list(owners.values_list("pk", "name"))}


def owners(people: Collection[Person], on: date) -> list[tuple[int, str]]:
    """Accounts that may be given what was found with these people: posts in their villages and townships that visit,
    with where they stand. One query."""
    units = {
        pk
        for person in people
        for pk in (person.village_id, person.township_id, person.entrusted_to_id)
        if pk
    }
    posts = (
        Post.objects.live(on)
        .filter(role__in=WRITES_VISITS, user__is_active=True, region_id__in=units)
        .select_related("user", "region")
        .order_by("-region__level", "region__position", "user__name", "user_id")
    )
    found: dict[int, str] = {}
    for post in posts:
        found.setdefault(post.user_id, f"{post.user.name}（{post.region.name}{post.title}）")
    return list(found.items())


def of_person(person: Person, user: Any) -> FindingQuerySet:
    """What is on the ledger for one person, open ones first, the most pressing first."""
    rows = Finding.objects.visible_to(user).exclude(state=State.VOIDED).filter(person=person)
    return rows.order_by("-state", F("due_on").asc(nulls_last=True), "-level", "-closed_on", "pk")


def open_of(person: Person) -> FindingQuerySet:
    """What is open for one person: what the next visit asks about."""
    return Finding.objects.filter(Q(person=person), state=State.OPEN).order_by("-level", "found_on", "pk")


@dataclass
class Tally:
    """The numbers of one line of the month. `days`: from found to settled, of those settled in the month."""

    found: int = 0
    closed: int = 0
    open: int = 0
    late: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def average(self) -> float | None:
        return sum(self.days) / len(self.days) if self.days else None


def month(user: Any, first: date, today: date, *, by: str, chosen: Mapping[str, Any]) -> dict[Any, Tally]:
    """The month's numbers by `by` (“township”, “village” or “item”): the same rows as the lists with those filters.
    Open and late are as of today. Four queries."""
    column = {"township": "person__township_id", "village": "person__village_id", "item": "code"}[by]
    found: dict[Any, Tally] = {}
    parts: dict[str, dict[str, Any]] = {
        "found": {"which": ALL, "found": first},
        "closed": {"which": ALL, "closed": first},
        "open": {"which": OPEN},
        "late": {"which": LATE},
    }
    for name, part in parts.items():
        rows = findings(user, {**chosen, **part}, today).order_by()
        for key, n in rows.values_list(column).annotate(n=Count("pk")):
            setattr(found.setdefault(key, Tally()), name, n)
    settled = findings(user, {**chosen, **parts["closed"]}, today).filter(state=State.CLOSED)
    for key, start, end in settled.values_list(column, "found_on", "closed_on"):
        found[key].days.append((end - start).days)
    return found


def labels(user: Any, codes: Collection[str]) -> dict[str, str]:
    """What the items are called, in the newest words."""
    rows = ledger_of(user).filter(code__in=codes).order_by()
    return dict(rows.values_list("code").annotate(label=Max("item")))
