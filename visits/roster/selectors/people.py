"""Reading the roster: what stands around the list of people."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count

from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup, Household, Person, PersonQuerySet, RosterImport
from visits.roster.selectors.labels import readable_groups


def with_visitor(person_ids: Collection[int], on: date) -> set[int]:
    """Those of these people whose visitor is in office on that day. One query."""
    rows = Person.objects.with_visitor(on).filter(pk__in=person_ids)
    return set(rows.values_list("pk", flat=True))


def visitor_cell(person: Person, has_visitor: bool) -> dict[str, Any]:
    """The visitor as a cell of a list: by name, or 未落实 and why."""
    if has_visitor and person.assignee is not None:
        return {"text": person.assignee.name, "note": "", "unbroken": True}
    note = f"{person.assignee.name}已不在任" if person.assignee is not None else ""
    return {"text": "未落实", "state": "soon", "note": note}


def townships(user: Any) -> list[Region]:
    """The townships of a county officer, for choosing; empty for everybody else."""
    counties = user.duty.unit_ids(Role.COUNTY_OFFICER, Role.COUNTY_HEAD)
    if not counties:
        return []
    rows = Region.objects.live(user.duty.on).filter(level=Level.TOWNSHIP, county_id__in=counties)
    return list(rows.order_by("position"))


def villages(user: Any, township: int | None) -> list[Region]:
    """The villages of the chosen township, or of one's own."""
    own = user.duty.unit_ids(Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, Role.INSPECTOR)
    if not own and township is not None:
        own = {unit.pk for unit in townships(user) if unit.pk == township}
    rows = Region.objects.live(user.duty.on).filter(level=Level.VILLAGE, township_id__in=own)
    return list(rows.order_by("position"))


def hamlets(found: PersonQuerySet) -> list[str]:
    """The 自然村 that occur among these people, when they are few enough to choose from."""
    names = sorted(set(found.order_by().values_list("hamlet", flat=True).distinct()[:200]) - {""})
    return names if len(names) <= 60 else []


def visitors(found: PersonQuerySet) -> list[tuple[int, str]]:
    """Who visits these people, when they are few enough to choose from: (id, name), by name."""
    ids = list(found.order_by().exclude(assignee=None).values_list("assignee_id", flat=True).distinct()[:121])
    if len(ids) > 120:
        return []
    return list(User.objects.filter(pk__in=ids).order_by("name", "pk").values_list("pk", "name"))


def care_groups(user: Any) -> list[CareGroup]:
    """The groups in use whose names the user may read, in the guideline's order."""
    return list(readable_groups(user).filter(active=True))


def visitor_named(user: Any, pk: Any) -> dict[int, str]:
    """The visitor an address names, if they visit somebody the reader may see: nobody else has a name here."""
    if not isinstance(pk, int) or not Person.objects.visible_to(user).filter(assignee_id=pk).exists():
        return {}
    return dict(User.objects.filter(pk=pk).values_list("pk", "name"))


def namesakes(user: Any, rows: Collection[Person]) -> dict[int, str]:
    """Person id → “1943年生 尾号0025” for those of these rows who share name and village with somebody the
    reader may see (1-E18)."""
    names, units = {row.name for row in rows}, {row.village_id for row in rows}
    seen = Person.objects.visible_to(user).filter(merged_into=None, name__in=names, village_id__in=units)
    twice = seen.order_by().values("name", "village_id").annotate(n=Count("pk")).filter(n__gt=1)
    pairs = {(row["name"], row["village_id"]) for row in twice}
    ids = [row.pk for row in rows if (row.name, row.village_id) in pairs]
    tails = Person.objects.filter(pk__in=ids).only("birth_date", "id_tail", "temporary_no")
    return {one.pk: f"{one.birth_date.year}年生 {one.tail_words}" for one in tails} if ids else {}


def household_heads(rows: Collection[Person]) -> dict[int, str]:
    """Household id → who is its head."""
    ids = {row.household_id for row in rows if row.household_id is not None}
    return dict(Household.objects.filter(pk__in=ids).values_list("pk", "head_name"))


def import_months(user: Any) -> list[date]:
    """Months of the lists that were loaded for one's own township, newest first."""
    own = user.duty.unit_ids(Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD)
    done = RosterImport.objects.filter(township_id__in=own, state=RosterImport.State.DONE)
    return list(done.order_by("-month").values_list("month", flat=True).distinct()[:24])
