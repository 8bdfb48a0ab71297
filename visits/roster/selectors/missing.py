"""Who is on the list no longer, page by page, with what is known about why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Region
from visits.roster.imports import holding
from visits.roster.imports.missing import open_on, settled_on
from visits.roster.imports.packing import content_of
from visits.roster.models import (
    ImportRow,
    Membership,
    MissingRow,
    MissingRowQuerySet,
    Person,
    Review,
    RosterImport,
    VisibleFrom,
)
from visits.roster.selectors.labels import upto
from visits.roster.services.common import last_visits

Outcome = MissingRow.Outcome


@dataclass
class Line:
    """A person of the page. `row`: the question, None before the list is loaded; `clues`: what may explain it;
    `visited`: day and words of the last visit; `gone` and `stay`: who of the same household is on the list no
    longer too, and who is on the roster and not asked about."""

    person: Person
    village: str
    row: MissingRow | None = None
    last: date | None = None
    visited: tuple[date, str] | None = None
    gone: list[str] = field(default_factory=list)
    stay: list[str] = field(default_factory=list)
    clues: list[str] = field(default_factory=list)


def counts(batch: RosterImport) -> dict[str, int]:
    """Open questions of the page under "", and this list's answered ones by outcome."""
    found = Counter(settled_on(batch).values_list("outcome", flat=True))
    return {"": holding.absent(batch).count(), **{one.value: found.get(one.value, 0) for one in Outcome}}


def page(batch: RosterImport, which: str, after: int | None, size: int, today: date) -> list[Line]:
    """The next people after one, by village; one more than `size` when there are more."""
    if which == "" and not holding.loaded(batch):
        rows = _after(holding.absent(batch), after).order_by("village_id", "pk")
        people = list(rows.defer("id_number")[: size + 1])
        lines = [Line(person, "") for person in people]
    else:
        asked = open_on(batch) if which == "" else settled_on(batch).filter(outcome=which)
        questions = _after(asked, after, "person__").order_by("person__village_id", "person_id")
        questions = questions.select_related("person", "membership", "batch")
        lines = [Line(row.person, "", row) for row in questions.defer("person__id_number")[: size + 1]]
    _fill(lines, batch, today)
    return lines


def _after(rows: Any, after: int | None, prefix: str = "") -> Any:
    last = Person.objects.filter(pk=after).values("village_id").first() if after is not None else None
    if last is None:
        return rows
    village, key = f"{prefix}village_id", f"{prefix.removesuffix('__')}_id" if prefix else "pk"
    return rows.filter(
        Q(**{f"{village}__gt": last["village_id"]}) | Q(**{village: last["village_id"], f"{key}__gt": after})
    )


def _fill(lines: Sequence[Line], batch: RosterImport, today: date) -> None:
    ids = [line.person.pk for line in lines]
    names = dict(
        Region.objects.filter(pk__in={line.person.village_id for line in lines}).values_list("pk", "name")
    )
    listed = dict(
        Membership.objects.filter(person_id__in=ids, group_id=batch.group_id, listed__isnull=False)
        .order_by("starts_on")
        .values_list("person_id", "listed__month")
    )
    clues, visits = _clues(lines, batch, today), last_visits(ids)
    _households(lines, batch)
    for line in lines:
        line.visited = visits.get(line.person.pk)
        line.village = names.get(line.person.village_id, "")
        line.last = listed.get(line.person.pk)
        line.clues = clues.get(line.person.pk, [])


def _households(lines: Sequence[Line], batch: RosterImport) -> None:
    """Who belongs to the households of these people."""
    homes = {line.person.household_id for line in lines} - {None}
    members = Person.objects.on_roster().filter(household_id__in=homes).order_by("pk")
    absent = set(holding.absent(batch).filter(household_id__in=homes).values_list("pk", flat=True))
    rows = list(members.values_list("household_id", "pk", "name"))
    for line in lines:
        for home, pk, name in rows:
            if home == line.person.household_id and pk != line.person.pk:
                (line.gone if pk in absent else line.stay).append(name)


def _clues(lines: Sequence[Line], batch: RosterImport, today: date) -> dict[int, list[str]]:
    """Person → what may explain it: a death list, another class, the same name in a wrong or a new row."""
    ids = [line.person.pk for line in lines]
    found: dict[int, list[str]] = {}
    for pk in Review.objects.filter(
        person_id__in=ids, kind=Review.Kind.DEATH_LIST, settled_at=None
    ).values_list("person_id", flat=True):
        found.setdefault(pk, []).append("死亡名单上有")
    named = upto(VisibleFrom.TOWNSHIP)  # practice P17: the page is the clerk's
    others = Membership.objects.live(today).filter(named, person_id__in=ids).exclude(group_id=batch.group_id)
    for pk, short, day in others.values_list("person_id", "group__short", "starts_on"):
        found.setdefault(pk, []).append(f"{day.year}年{day.month}月起在{short}里")
    names = _same_names(batch)
    fresh = _new_names(lines, batch)
    for line in lines:
        if line.person.name in names:
            found.setdefault(line.person.pk, []).append(f"{names[line.person.name]}有同名的，号码看不清")
        if line.person.name in fresh:
            found.setdefault(line.person.pk, []).append("这份名单新增了同名的人")
    return found


def _same_names(batch: RosterImport) -> dict[str, str]:
    """Name → where it stands, of wrong rows that can be anybody's."""
    rows = batch.rows.filter(verdict=ImportRow.Verdict.WRONG, person=None).order_by("pk")[:200]
    return {content_of(row)["name"]: f"{row.sheet} 第{row.number}行".strip() for row in rows}


def _new_names(lines: Sequence[Line], batch: RosterImport) -> set[str]:
    names = {line.person.name for line in lines}
    people = Person.objects.filter(
        township_id=batch.township_id,
        name__in=names,
        memberships__source=batch,
        created_at__gte=batch.created_at,
    )
    return set(people.values_list("name", flat=True))


def open_ids(batch: RosterImport) -> list[int]:
    """Ids of all open questions of the page."""
    return list(open_on(batch).order_by("pk").values_list("pk", flat=True))


def settled_ids(batch: RosterImport) -> MissingRowQuerySet:
    return settled_on(batch).exclude(outcome=Outcome.BACK)


def names_of(row_ids: Sequence[int], most: int) -> str:
    """The first names of these questions, for a sentence."""
    rows = MissingRow.objects.filter(pk__in=row_ids).order_by("person__village_id", "person_id")
    words = "、".join(rows.values_list("person__name", flat=True)[:most])
    return f"{words}等{len(row_ids)}人" if len(row_ids) > most else words
