"""Reading rounds: how far they are, by unit, and the people behind each number.

Numbers and lists are one queryset, filtered: `items` is what the reader may count, `with_how` says how each person
stands. People count by the units frozen on their items, like every figure (decisions 6)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import BY_UNIT, COLUMN, where
from visits.roster.models import Absence, Person
from visits.schedule.due import HOME_MODES
from visits.schedule.models import DueItem, DueItemQuerySet, Round
from visits.schedule.rounds import hooks
from visits.schedule.rounds.kinds import closes_of

COUNTS = BY_UNIT | {Role.CITY_SUPERVISOR, Role.CITY_BUSINESS}

# How somebody stands in a round, each in one of them, in the order of the page.
HOW = {
    "reached": "见到了",
    "phone": "电话问到",
    "excused": "未访成",
    "refused": "不愿意",
    "tried": "去过没见到",
    "waiting": "还没联系",
}
LOOK = {
    "reached": "done",
    "phone": "done",
    "excused": "tried",
    "refused": "tried",
    "tried": "todo",
    "waiting": "soon",
}
# Wider words for lists: which of the above they hold.
WHICH = {**{code: (code,) for code in HOW}, "all": tuple(HOW), "done": ("reached", "phone"),
         "left": ("refused", "tried", "waiting")}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """People of a round (or of a unit in it) by how they stand; the six add up to `all`. `excused`: tried as the rules
    ask and not reached (E6, E7); nobody's list holds them any more, and they count neither as done nor as left."""

    reached: int = 0
    phone: int = 0
    excused: int = 0
    refused: int = 0
    tried: int = 0
    waiting: int = 0

    @property
    def all(self) -> int:
        return self.done + self.excused + self.left

    @property
    def done(self) -> int:
        return self.reached + self.phone

    @property
    def left(self) -> int:
        return self.refused + self.tried + self.waiting

    def of(self, which: str) -> int:
        return getattr(self, which)


def items(row: Round, user: Any) -> DueItemQuerySet:
    """The items of the round that the reader counts: those of their units, a visitor's own."""
    return DueItem.objects.filter(_meant(row.called_off_at is not None), round=row).filter(
        where(user.duty, roles=COUNTS)
    )


def _meant(called_off: bool) -> Q:
    """Whom a round means, or meant when it was called off: whoever was open then was dropped by that; who had died, left
    or been suspended before is in no count."""
    found = ~Q(stored__in=[DueItem.Stored.DROPPED, DueItem.Stored.SUPERSEDED])
    if not called_off:
        return found
    day = Least(F("round__called_off_at__date"), F("round__due_on"))
    that_day = Least(OuterRef("round__called_off_at__date"), OuterRef("round__due_on"))
    away = Absence.objects.suspending().filter(
        Q(ends_on=None) | Q(ends_on__gte=that_day), person=OuterRef("person_id"), starts_on__lte=that_day
    )
    there = Q(person__left_on=None) | Q(person__left_on__gt=day)
    return found | Q(
        there,
        ~Exists(away),
        stored=DueItem.Stored.DROPPED,
        round__called_off_at__isnull=False,
        person__merged_into=None,
    )


def with_how(found: QuerySet, row: Round) -> QuerySet:
    """Each with `how`, one of `HOW`."""
    tries = hooks.last_try[0](row) if hooks.last_try else Value(None, output_field=CharField())
    return found.annotate(
        how=Case(
            When(done_on__isnull=False, done_mode__in=HOME_MODES, then=Value("reached")),
            When(done_on__isnull=False, then=Value("phone")),
            When(stored=DueItem.Stored.EXCUSED, then=Value("excused")),
            default=Coalesce(tries, Value("waiting")),
            output_field=CharField(),
        ),
    )


def narrowed(found: QuerySet, unit: Region | None, which: str = "all") -> QuerySet:
    """Only of a unit, and only who stands so. Needs `with_how` when `which` is not all."""
    if unit is not None and unit.level != Level.CITY:
        found = found.filter(**{COLUMN[Level(unit.level)]: unit.pk})
    return found if which == "all" else found.filter(how__in=WHICH[which])


def standing(row: Round, user: Any, unit: Region | None = None) -> Standing:
    """One query."""
    rows = (
        with_how(narrowed(items(row, user), unit), row).order_by().values_list("how").annotate(n=Count("pk"))
    )
    return Standing(**dict(rows))


def below(row: Round, user: Any, unit: Region) -> dict[int, Standing]:
    """The same by the units one level below. One query."""
    column = COLUMN[Level(unit.level + 1)]
    counts: dict[int, dict[str, int]] = {}
    rows = with_how(narrowed(items(row, user), unit), row).order_by().values_list(column, "how")
    for pk, how, n in rows.annotate(n=Count("pk")):
        counts.setdefault(pk, {})[how] = n
    return {pk: Standing(**found) for pk, found in counts.items()}


def top(row: Round, user: Any) -> Region:
    """Where the reader's page of a round begins: the round's own unit, or theirs where that is smaller."""
    units = {(post.region_id, post.level, post.township_id) for post in user.duty.posts}
    if not units or min(level for _, level, _ in units) <= row.region.level:
        return row.region
    if len(units) == 1:
        return Region.objects.get(pk=next(iter(units))[0])
    townships = {township for _, _, township in units}
    one = townships.pop() if len(townships) == 1 else None
    return Region.objects.get(pk=one) if one else row.region


def unit_in(row: Round, user: Any, pk: int | None) -> Region | None:
    """A unit of the round that the reader may look into; None for another."""
    start = top(row, user)
    if pk is None or pk == start.pk:
        return start
    found = Region.objects.filter(pk=pk, path__startswith=start.path).first()
    return found if found is not None and narrowed(items(row, user), found).exists() else None


def people(row: Round, user: Any, unit: Region | None, which: str) -> QuerySet:
    """The items behind a number: exactly those that were counted; household together, by village and 自然村."""
    found = narrowed(with_how(items(row, user), row), unit, which)
    return found.select_related("person__assignee").order_by(
        "township_id", "village_id", "person__hamlet", F("person__household_id").asc(nulls_last=True), "pk"
    )


def mine(found: list[DueItem], user: Any) -> set[int]:
    """The ids of those whose file the reader may open."""
    ids = [item.person_id for item in found]
    if user.duty.roles <= {Role.CITY_BUSINESS, Role.CITY_SUPERVISOR}:
        return set()
    return set(Person.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


@dataclass(frozen=True)
class Part:
    """A round with how many of its people the reader counts, of them done and still left to do."""

    row: Round
    all: int = 0
    done: int = 0
    left: int = 0


def rounds(user: Any, limit: int) -> list[Part]:
    """The newest rounds in which the reader has a part. Two queries."""
    own = user.duty.unit_ids(Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.CITY_BUSINESS)
    rows = list(Round.objects.visible_to(user).select_related("region", "made_by")[: limit * 3])
    counted = (
        DueItem.objects.filter(
            _meant(any(row.called_off_at is not None for row in rows)),
            where(user.duty, roles=COUNTS),
            round__in=rows,
        )
        .order_by()
        .values_list("round")
        .annotate(
            n=Count("pk"),
            done=Count("pk", filter=Q(done_on__isnull=False)),
            left=Count("pk", filter=Q(done_on=None) & ~Q(stored=DueItem.Stored.EXCUSED)),
        )
    )
    by = {pk: numbers for pk, *numbers in counted}
    return [Part(row, *by.get(row.pk, ())) for row in rows if row.pk in by or row.region_id in own][:limit]


def running(user: Any, today: date) -> list[Part]:
    """Of these the ones that run today, the nearest due day first."""
    found = [one for one in rounds(user, 50) if runs(one.row, today) and one.all]
    return sorted(found, key=lambda one: (one.row.due_on, one.row.pk))


def runs(row: Round, today: date) -> bool:
    return row.called_off_at is None and row.starts_on <= today <= closes_of(row.due_on)


def answers(row: Round, user: Any, unit: Region | None) -> list[tuple[str, int]]:
    """Each question of the round with how many said yes."""
    found = narrowed(items(row, user), unit)
    return [(words, found.filter(hooks.said_yes[0](row, words)).count()) for words in row.questions]


def who_said(row: Round, user: Any, unit: Region | None, number: int) -> QuerySet:
    """The items of those who said yes to a question."""
    found = people(row, user, unit, "all")
    return found.filter(hooks.said_yes[0](row, row.questions[number]))


def open_of(user: Any, today: date) -> QuerySet:
    """Open items of running rounds of the people one visits, the nearest due day first, household together."""
    return (
        DueItem.objects.visible_to(user)
        .to_do(today)
        .filter(cause=DueItem.Cause.ROUND, closes_on__gte=today)
        .select_related("round", "person")
        .order_by(
            "due_on", "round_id", "person__hamlet", F("person__household_id").asc(nulls_last=True), "pk"
        )
    )
