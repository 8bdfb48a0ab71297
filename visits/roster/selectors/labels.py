"""Which class labels somebody may read (practice P17): everyone is kin in a village.

A label is read from the level that its membership says, else its group (`VisibleFrom`). For whoever stands
below it the label does not exist: not in a list, a filter, a sentence or a print. The person is still
visited, so that something stands there: “其他类别”.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.scoping import once, where
from visits.roster.models import CareGroup, Grant, Membership, VisibleFrom
from xunfang.kit.compiled import Compiled, compiled

OTHER = "其他类别"
CARE_WORDS = {"institution": "·集中供养", "home": "·分散供养"}
# Who stands at the county, and who at the township or above it. Never a village role.
FROM_COUNTY = COUNTY | {Role.CITY_SUPERVISOR, Role.CITY_BUSINESS, Role.INSPECTOR}
FROM_TOWNSHIP = FROM_COUNTY | TOWNSHIP


@dataclass(frozen=True)
class Labels:
    """A person's groups on a day as one reader sees them. `words` for the screen, `shown` and `hidden`
    codes for deciding; a hidden code never leaves the server."""

    words: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def readable(user: Any | None) -> Q:
    """The condition on memberships whose label the user may read. None: whoever stands in the village."""
    # SECURITY: by the person's own units; the office of another place reads what a village reads, unless
    # the file was opened to it by name.
    condition = _says(VisibleFrom.VILLAGE)
    if user is None or not user.duty.has(FROM_TOWNSHIP):
        return condition
    granted = Q(person_id__in=Grant.open_to(user))
    for level, roles in ((VisibleFrom.TOWNSHIP, FROM_TOWNSHIP), (VisibleFrom.COUNTY, FROM_COUNTY)):
        if user.duty.has(roles):
            here = where(user.duty, roles=roles, prefix="person__", assignee=None)
            condition |= _says(level) & (here | granted if here else here)
    return condition


def _says(level: str) -> Q:
    return Q(visible_from=level) | Q(visible_from="", group__visible_from=level)


def upto(level: str) -> Q:
    """The condition on memberships whose label whoever stands at that level may read."""
    condition = Q(pk__in=[])
    for one in levels_upto(level):
        condition |= _says(one)
    return condition


def groups_upto(level: str) -> QuerySet[CareGroup]:
    """The groups whose names may stand in what is about a unit of that level, whoever reads it."""
    return CareGroup.objects.filter(visible_from__in=levels_upto(level)).order_by("position")


def level_of(region: Region) -> str:
    """From which level on labels are read in what is about this unit."""
    if region.level <= Level.COUNTY:
        return VisibleFrom.COUNTY
    return VisibleFrom.TOWNSHIP if region.level == Level.TOWNSHIP else VisibleFrom.VILLAGE


def levels_upto(level: str) -> tuple[str, ...]:
    """The levels from which on a name may stand in what is about a unit of that level."""
    order = list(VisibleFrom)
    return tuple(order[: order.index(VisibleFrom(level)) + 1])


def readable_groups(user: Any | None) -> QuerySet[CareGroup]:
    """The groups whose names the user may read at all: for filters, rules and forms, in their order."""
    return CareGroup.objects.filter(visible_from__in=levels_of(user)).order_by("position")


def levels_of(user: Any | None) -> tuple[str, ...]:
    """The levels from which on the user may read a group's name."""
    levels = [VisibleFrom.VILLAGE]
    if user is not None and user.duty.has(FROM_TOWNSHIP):
        levels.append(VisibleFrom.TOWNSHIP)
    if user is not None and user.duty.has(FROM_COUNTY):
        levels.append(VisibleFrom.COUNTY)
    return tuple(levels)


def group_names(user: Any | None) -> list[tuple[str, str]]:
    """The same groups in use as choices: code and short name."""
    return _group_names(levels_of(user)).rows()  # type: ignore[return-value]


@lru_cache(maxsize=8)
def _group_names(levels: tuple[str, ...]) -> Compiled:
    rows = CareGroup.objects.filter(visible_from__in=levels, active=True).order_by("position")
    return compiled(rows.values_list("code", "short"))


def labels_of(person_ids: Collection[int], on: date, user: Any | None = None) -> dict[int, Labels]:
    """Person id → labels that day, in the guideline's order, what is hidden at the end. One query (two for
    an office)."""
    ids = tuple(person_ids)
    rows = Membership.objects.live(on).filter(person_id__in=ids)
    return once(user, ("labels", ids, on), lambda: _labels(rows, user, care=True))


def labels_between(
    person_ids: Collection[int], start: date, end: date, user: Any | None = None
) -> dict[int, Labels]:
    """The same for all groups somebody was in during these days, both inclusive; without 供养方式."""
    rows = Membership.objects.filter(person_id__in=person_ids, voided_at=None, starts_on__lte=end)
    return _labels(rows.filter(Q(ends_on=None) | Q(ends_on__gte=start)), user, care=False)


def opened(user: Any | None) -> ExpressionWrapper:
    """Whether the user may read the label of a membership, as a column."""
    return ExpressionWrapper(readable(user), output_field=BooleanField())


def labels_from(rows: Iterable[Membership], on: date) -> Labels:
    """The labels of one person, from their memberships that were read already: with `open` (`opened`) and their
    groups, in the guideline's order."""
    live = [
        (0, row.group_id, row.group.short, row.care, row.open)  # type: ignore[attr-defined]
        for row in rows
        if row.voided_at is None and row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)
    ]
    return sorted_labels(live, care=True).get(0, Labels())


def keep_labels(user: Any, person_id: int, on: date, rows: Iterable[Membership]) -> Labels:
    """The same, for the rest of the page too: it needs no statement for them."""
    found = labels_from(rows, on)
    kept = {person_id: found} if found.shown or found.hidden else {}
    once(user, ("labels", (person_id,), on), lambda: kept)
    return found


def rows_of(rows: QuerySet[Membership], user: Any | None) -> QuerySet:
    """Memberships as `sorted_labels` takes them."""
    values = rows.annotate(open=opened(user)).order_by("group__position", "pk")
    return values.values_list("person_id", "group_id", "group__short", "care", "open")


def _labels(rows: QuerySet[Membership], user: Any | None, *, care: bool) -> dict[int, Labels]:
    return sorted_labels(rows_of(rows, user), care=care)


def sorted_labels(rows: Iterable[tuple[Any, ...]], *, care: bool) -> dict[int, Labels]:
    """Person id → labels."""
    found: dict[int, tuple[list[str], set[str], set[str]]] = {}
    for person_id, code, short, how, may in rows:
        words, shown, hidden = found.setdefault(person_id, ([], set(), set()))
        if not may:
            hidden.add(code)
            continue
        shown.add(code)
        word = short + (CARE_WORDS.get(how, "") if care else "")
        if word not in words:
            words.append(word)
    return {
        pk: Labels((*words, OTHER) if hidden - shown else tuple(words), frozenset(shown), frozenset(hidden))
        for pk, (words, shown, hidden) in found.items()
    }


def groups_of(person_ids: Collection[int], on: date, user: Any | None = None) -> dict[int, list[str]]:
    """Person id → short names of the groups they are in that day, as far as the user may read them."""
    return {pk: list(labels.words) for pk, labels in labels_of(person_ids, on, user).items()}
