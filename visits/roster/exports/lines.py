"""People as lines of a list that is taken out: streamed, in the order of the screen, ids only when they may be."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from accounts.models import Region
from visits.roster import selectors
from visits.roster.models import Household, Person, PersonQuerySet
from visits.roster.selectors import by_day

CHUNK = 1000
SEX = dict(Person.Sex.choices)
STATUS = dict(Person.Status.choices)
_READ = (
    "pk", "file_no", "name", "sex", "birth_date", "id_tail", "temporary_no", "village_id", "hamlet", "phone",
    "residence", "find_me", "household_id", "relation", "assignee__name", "contact_name", "contact_relation",
    "contact_phone", "lives_alone", "status",
)  # fmt: skip


class Line(NamedTuple):
    """One person on a list, in words. `number`: the whole id, only on a list that somebody agreed to."""

    file_no: str
    name: str
    sex: str
    age: int
    birth_year: int
    tail: str
    number: str
    village: str
    hamlet: str
    groups: str
    phone: str
    residence: str
    find_me: str
    head: str
    relation: str
    assignee: str
    contact: str
    contact_phone: str
    alone: str
    status: str


def of_people(
    people: PersonQuerySet, today: date, user: Any, *, sort: str = "", full: bool = False
) -> Iterator[Line]:
    """The lines of these people as they are, in the words this reader may read; memory does not grow with their
    number."""
    villages: dict[int, str] = {}
    columns = (*_READ, "id_number") if full else _READ
    rows = selectors.ordered(people, sort).values_list(*columns).iterator(chunk_size=CHUNK)
    for chunk in _chunks(rows):
        yield from _lines(chunk, today, villages, user)


def of_day(found: by_day.DayList, user: Any, *, full: bool = False) -> Iterator[Line]:
    """The lines of the list of a day: place, visitor, class and age of that day."""
    villages, visitors = by_day.names_of(found.rows)
    columns = (*_READ, "id_number") if full else _READ
    for start in range(0, len(found.rows), CHUNK):
        part = found.rows[start : start + CHUNK]
        ids = [one.person_id for one in part]
        rows = {row[0]: row for row in Person.objects.filter(pk__in=ids).values_list(*columns)}
        made = _lines([rows[pk] for pk in ids], found.day, villages, user)
        for one, line in zip(part, made, strict=True):
            visitor = visitors.get(one.assignee_id or 0, "未落实") if one.known else "没有记录"
            yield line._replace(village=villages.get(one.village_id, ""), hamlet=one.hamlet, assignee=visitor)


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _lines(rows: list[Any], on: date, villages: dict[int, str], user: Any) -> list[Line]:
    groups = selectors.groups_of([row[0] for row in rows], on, user)
    missing = {row[7] for row in rows} - villages.keys()
    if missing:
        villages.update(Region.objects.filter(pk__in=missing).values_list("pk", "name"))
    heads = dict(
        Household.objects.filter(pk__in={row[12] for row in rows if row[12]}).values_list("pk", "head_name")
    )
    return [
        Line(
            row[1], row[2], SEX.get(row[3], ""), _age(row[4], on), row[4].year, row[5] or row[6] or "",
            (row[20] or row[6] or "") if len(row) > len(_READ) else "", villages.get(row[7], ""), row[8],
            "、".join(groups.get(row[0], ())), row[9], row[10], row[11], heads.get(row[12], ""), row[13],
            row[14] or "未落实", row[15] + (f"（{row[16]}）" if row[16] else ""), row[17],
            "是" if row[18] else "", STATUS[row[19]],
        )
        for row in rows
    ]  # fmt: skip


def _age(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
