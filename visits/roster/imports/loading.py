"""Checked rows into people, households and memberships: set by set, inside one transaction (ADR 10)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection

from accounts.models import Region
from visits.roster import membership, reviewing
from visits.roster.imports.checking import Context, Good, Place
from visits.roster.imports.comparing import COLUMNS, Difference, compare
from visits.roster.imports.judging import Judged
from visits.roster.membership import default_review
from visits.roster.models import Household, ImportRow, Membership, Person, RosterImport
from visits.roster.names import initials
from visits.roster.services.people import file_numbers
from xunfang.kit import crypto
from xunfang.kit.copying import copy_in, take_ids

# From so many rows on the history's trigger is planned anew: see `_update`.
MANY = 100
Key = tuple[int, str, str]
_COPIED = (
    "name", "sex", "birth_date", "village_id", "phone", "relation", "hamlet", "find_me", "residence",
    "contact_name", "contact_phone", "assignee_id",
)  # fmt: skip
_PERSON = (
    "id", "file_no", "initials", "id_number", "id_index", "id_tail", "tail_index", "county_id", "township_id",
    "household_id", "created_by_id", "created_at", "lives_alone", *_COPIED,
)  # fmt: skip
_copied = attrgetter(*_COPIED)
_HOUSEHOLD = ("id", "county_id", "township_id", "village_id", "head_name", "certificate_no")
_MEMBERSHIP = ("id", "person_id", "group_id", "starts_on", "area", "care", "basis", "source_id", "created_at",
               "review_on")  # fmt: skip
# What a list may change on a file, as PostgreSQL's types.
_CHANGED = {
    **dict.fromkeys(COLUMNS, "text"),
    "village_id": "bigint",
    "assignee_id": "bigint",
    "lives_alone": "boolean",
    "initials": "text",
    "household_id": "bigint",
}


class Loader:
    """Loads the rows of one list, some thousands at a time."""

    def __init__(self, batch: RosterImport, context: Context, at: datetime) -> None:
        self.batch, self.context, self.at = batch, context, at.isoformat()
        self.given_at = at
        self.township = Region.objects.get(pk=batch.township_id)
        self.basis = f"{batch.month.year}年{batch.month.month}月名单"
        self.households: dict[Key, int] = {}
        self.heads: dict[int, str] = {}
        self.by_head: dict[Key, int] = {}
        self._find_households()

    def load(self, rows: Sequence[Judged]) -> None:
        """Write the new and the changed rows; `existing` of each must be fresh and locked. Sets `person_id` of the
        new ones."""
        changes = [
            (row, compare(row.good, row.existing, self.context.today))
            for row in rows
            if row.good is not None and row.existing is not None
        ]
        fresh_rows = [row for row in rows if row.good is not None and row.existing is None]
        new = [row.good for row in fresh_rows if row.good is not None]
        self._make_households(
            [*new, *(row.good for row, difference in changes if row.good and difference.household)]
        )
        ids = self._add(fresh_rows)
        for row, pk in zip(fresh_rows, ids, strict=True):
            row.person_id = pk
        self._change(changes)
        self._turn(changes)
        memberships = [(pk, place) for pk, good in zip(ids, new, strict=True) for place in good.places]
        memberships += [
            (row.existing.id, place)
            for row, difference in changes
            if row.existing is not None
            for place in difference.places
        ]
        self._join(memberships)

    # ── households ───────────────────────────────────────────────────────────────────────────────

    def _find_households(self) -> None:
        """Those of the township, once for the whole list."""
        here = Household.objects.filter(township_id=self.batch.township_id).order_by("pk")
        for pk, village, certificate, head in here.values_list(
            "pk", "village_id", "certificate_no", "head_name"
        ):
            self._note(pk, village, certificate, head)

    def _note(self, pk: int, village: int, certificate: str, head: str) -> None:
        """One household of that head: that is the one meant. Several: the list must name the certificate."""
        self.heads[pk] = head
        key = (village, "", head)
        if certificate:
            self.households[village, certificate, ""] = pk
        self.by_head[key] = self.by_head.get(key, 0) + 1
        if self.by_head[key] == 1:
            self.households[key] = pk
        elif certificate:
            self.households.pop(key, None)
        else:
            self.households[key] = pk

    def _make_households(self, goods: Sequence[Good]) -> None:
        named: dict[Key, Good] = {}
        for good in goods:
            key = _key(good)
            if key is not None and (key not in named or good.head_name):
                named[key] = good
        missing = {key: good for key, good in named.items() if key not in self.households}
        made = dict(zip(missing, take_ids(Household, len(missing)), strict=True))
        copy_in(
            Household,
            _HOUSEHOLD,
            (
                (pk, self.batch.county_id, self.batch.township_id, key[0], named[key].head_name, key[1])
                for key, pk in made.items()
            ),
        )
        renamed = []
        for key, good in named.items():
            pk = self.households.get(key)
            if pk is not None and key[1] and good.head_name not in ("", self.heads[pk]):
                self.heads[pk] = good.head_name
                renamed.append((pk, good.head_name))
        _update(Household, {"head_name": "text"}, renamed)
        for key, pk in made.items():
            self._note(pk, key[0], key[1], named[key].head_name)

    def _household(self, good: Good) -> int | None:
        key = _key(good)
        return self.households[key] if key else None

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def _add(self, rows: Sequence[Judged]) -> list[int]:
        """New files; gives their ids in order."""
        ids = take_ids(Person, len(rows))
        if rows:
            copy_in(Person, _PERSON, self._lines(ids, file_numbers(self.township, len(rows)), rows))
        return ids

    def _lines(
        self, ids: Sequence[int], numbers: Sequence[str], rows: Sequence[Judged]
    ) -> Iterator[tuple[Any, ...]]:
        seal_number, seal_tail = crypto.encrypter("person.id_number"), crypto.encrypter("person.id_tail")
        # Ten thousand tails and a hundred thousand people.
        tail_index = cache(crypto.indexer("person.id_tail"))
        county, township, by = self.batch.county_id, self.batch.township_id, self.batch.created_by_id
        for pk, file_no, row in zip(ids, numbers, rows, strict=True):
            good = row.good
            assert good is not None
            number, tail = good.number, good.number[-4:]
            yield (
                pk, file_no, initials(good.name), seal_number(number.encode()), row.index, seal_tail(tail.encode()),
                tail_index(tail), county, township, self._household(good), by, self.at, bool(good.lives_alone),
                *_copied(good),
            )  # fmt: skip

    def _change(self, changes: Iterable[tuple[Judged, Difference]]) -> None:
        """Change the files that differ; a null in `lines` leaves the column as it is."""
        names = list(_CHANGED)
        lines = []
        for row, difference in changes:
            if row.good is None or row.existing is None or not difference.any:
                continue
            values = dict(difference.columns)
            if "name" in values:
                values["initials"] = initials(values["name"])
            if difference.household:
                values["household_id"] = self._household(row.good)
            lines.append((row.existing.id, *[values.get(name) for name in names]))
        _update(Person, _CHANGED, lines, more="version = t.version + 1")

    def _turn(self, changes: Iterable[tuple[Judged, Difference]]) -> None:
        """城乡 and 供养方式 of open memberships as the list says them now; the history keeps what they were."""
        turned: dict[tuple[str, str, str], list[int]] = {}
        for row, difference in changes:
            for place in difference.turned:
                if row.existing is not None:
                    turned.setdefault((place.code, place.area, place.care), []).append(row.existing.id)
        for (code, area, care), people in turned.items():
            words = {key: word for key, word in (("area", area), ("care", care)) if word}
            Membership.objects.filter(
                person_id__in=people, group_id=code, ends_on=None, voided_at=None
            ).update(**words)

    def _join(self, places: Sequence[tuple[int, Place]]) -> None:
        """Into the classes; what a list can't say about them is asked (待核)."""
        ids = take_ids(Membership, len(places))
        copy_in(
            Membership,
            _MEMBERSHIP,
            (
                (
                    row, pk, p.code, p.starts_on, p.area, p.care, self.basis, self.batch.pk, self.at,
                    default_review(p.code, p.starts_on),
                )
                for row, (pk, p) in zip(ids, places, strict=True)
            ),
        )  # fmt: skip
        asking = [row for row, (_, place) in zip(ids, places, strict=True) if place.code in membership.ASKING]
        reviewing.ask_about(asking, on=self.context.today, at=self.given_at)


def _key(good: Good) -> Key | None:
    """By certificate when there is one, else by the head's name; within the village."""
    if good.certificate_no:
        return (good.village_id, good.certificate_no, "")
    return (good.village_id, "", good.head_name) if good.head_name else None


def _update(model: Any, types: dict[str, str], lines: Sequence[tuple[Any, ...]], *, more: str = "") -> None:
    """Many rows in one statement: each line is an id and the new values, null for “leave it”.

    The history's trigger joins the old rows with the new. PostgreSQL keeps its plan from the first change of
    the session, which may have been one of a single row: looking at every pair. For many rows it must plan
    with their number in view."""
    if not lines:
        return
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), list(types)
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{types[name]}[]" for name in names)])
    sets = [f"{quote(name)} = COALESCE(d.{quote(name)}, t.{quote(name)})" for name in names]
    statement = (
        f"UPDATE {table} t SET {', '.join([*sets, *([more] if more else [])])}"
        f" FROM unnest({arrays}) AS d(id, {', '.join(quote(name) for name in names)}) WHERE t.id = d.id"
    )
    with connection.cursor() as cursor:
        if len(lines) >= MANY:
            cursor.execute("DISCARD PLANS")
        cursor.execute(statement, [list(column) for column in zip(*lines, strict=True)])


def fresh(row: Judged, stored: ImportRow) -> bool:
    """Whether the file is still as the preview showed it: nobody saved it, added it or took it away."""
    now = (row.existing.id, row.existing.version) if row.existing else (None, None)
    return row.verdict == stored.verdict and now == (stored.person_id, stored.person_version)
