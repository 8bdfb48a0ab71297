"""What a change did to rows, remembered so that an undo gives back exactly those.

A death or a merge changes rows of several rooms. Each room says once which of its tables those are (`keepers`);
the rows of the people are read before and after, the difference is stored with the change (ids, codes and
dates, never a name), and an undo puts back what nobody has touched since.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

Rows = dict[str, dict[str, Any]]
# Keeper → {"changed": {id: {column: [was, now]}}, "new": [ids]}
Difference = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Keeper:
    """A table whose rows follow people. `fields`: the columns that follow; `of`: rows of these person ids;
    `remove`: takes away rows that the change itself made (None: it makes none); `departs`: a death changes
    these rows too."""

    name: str
    model: type[Model]
    fields: tuple[str, ...]
    of: Callable[[list[int]], QuerySet]
    remove: Callable[[list[int]], None] | None = None
    departs: bool = False

    def rows(self, person_ids: Collection[int]) -> Rows:
        found = self.of(sorted(person_ids)).order_by("pk").values("pk", *self.fields)
        return {str(row["pk"]): {name: _plain(row[name]) for name in self.fields} for row in found}


# Of the rooms above, from the lowest up: each appends its own when the application starts.
keepers: list[Keeper] = []


def of_departures() -> list[Keeper]:
    """The tables in which a death or a move away is felt."""
    return [keeper for keeper in keepers if keeper.departs]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def remember(person_ids: Collection[int], among: Sequence[Keeper]) -> dict[str, Rows]:
    """How the rows of these people stand now."""
    return {keeper.name: keeper.rows(person_ids) for keeper in among}


def difference(before: dict[str, Rows], person_ids: Collection[int], among: Sequence[Keeper]) -> Difference:
    """What became of the rows since `before`."""
    found: Difference = {}
    for keeper in among:
        was, now = before[keeper.name], keeper.rows(person_ids)
        changed = {
            pk: {name: [was[pk][name], row[name]] for name in keeper.fields if was[pk][name] != row[name]}
            for pk, row in now.items()
            if pk in was and was[pk] != row
        }
        new = [int(pk) for pk in now if pk not in was]
        if changed or new:
            found[keeper.name] = {"changed": changed, "new": new}
    return found


def differences(
    before: dict[str, Rows], person_ids: Collection[int], among: Sequence[Keeper]
) -> dict[int, Difference]:
    """`difference` for many people at once, person by person. Every keeper here keeps whose its rows are."""
    whole = difference(before, person_ids, among)
    found: dict[int, Difference] = {pk: {} for pk in person_ids}
    for keeper in among:
        part = whole.get(keeper.name)
        if part is None:
            continue
        of = dict(keeper.of(sorted(person_ids)).values_list("pk", "person_id"))
        for pk, columns in part["changed"].items():
            own = found[of[int(pk)]].setdefault(keeper.name, {"changed": {}, "new": []})
            own["changed"][pk] = columns
        for pk in part["new"]:
            found[of[pk]].setdefault(keeper.name, {"changed": {}, "new": []})["new"].append(pk)
    return found


def put_back(made: Difference, among: Sequence[Keeper]) -> None:
    """Undo a difference, the highest room first. A row that somebody changed since keeps that change; only
    whose it is goes back."""
    for keeper in reversed(among):
        part = made.get(keeper.name)
        if part is None:
            continue
        if keeper.remove is not None:
            keeper.remove(part["new"])
        for pk, columns in part["changed"].items():
            _put_back_row(keeper, int(pk), columns)


def _put_back_row(keeper: Keeper, pk: int, columns: dict[str, list[Any]]) -> None:
    rows = keeper.model._default_manager.filter(pk=pk)
    row = rows.values(*columns).first()
    if row is None:
        return
    untouched = {name for name, (_, now) in columns.items() if _plain(row[name]) == now}
    if len(untouched) == len(columns):
        rows.update(**{name: was for name, (was, _) in columns.items()})
    elif "person_id" in untouched:
        rows.update(person_id=columns["person_id"][0])
