"""Reading the roster: the list of people, page by page, and what stands around it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup, Membership, Person, PersonQuerySet

CARE_WORDS = {"institution": "·集中供养", "home": "·分散供养"}


def people(user: Any, today: date, chosen: dict[str, Any]) -> PersonQuerySet:
    """The people in scope that the filters leave: village, township, group (and its area), hamlet, assignee ("none"),
    status (在册 unless said otherwise)."""
    found = Person.objects.visible_to(user).filter(merged_into=None)
    found = found.filter(status=chosen.get("status", Person.Status.LIVE))
    for key, column in (("village", "village_id"), ("township", "township_id"), ("hamlet", "hamlet")):
        if key in chosen:
            found = found.filter(**{column: chosen[key]})
    if chosen.get("assignee") == "none":
        found = found.without_visitor(today)
    if "group" in chosen:
        member = Membership.objects.live(today).filter(person=OuterRef("pk"), group_id=chosen["group"])
        if "area" in chosen:
            member = member.filter(area=chosen["area"])
        found = found.filter(Exists(member))
    return found


def page(found: PersonQuerySet, after: int | None, size: int) -> list[Person]:
    """The next rows after a person, by village and 自然村; one more than `size` when there are more."""
    if after is not None:
        last = Person.objects.filter(pk=after).values("village_id", "hamlet").first()
        if last is not None:
            village, hamlet = last["village_id"], last["hamlet"]
            found = found.filter(
                Q(village_id__gt=village)
                | Q(village_id=village, hamlet__gt=hamlet)
                | Q(village_id=village, hamlet=hamlet, pk__gt=after)
            )
    rows = (
        found.select_related("assignee").defer("id_number", "id_tail").order_by("village_id", "hamlet", "pk")
    )
    return list(rows[: size + 1])


def groups_of(person_ids: Collection[int], on: date) -> dict[int, list[str]]:
    """Person id → short names of the groups they are in that day, in the guideline's order."""
    words: dict[int, list[str]] = {}
    rows = Membership.objects.live(on).filter(person_id__in=person_ids).order_by("group__position")
    for person_id, short, care in rows.values_list("person_id", "group__short", "care"):
        words.setdefault(person_id, []).append(short + CARE_WORDS.get(care, ""))
    return words


def with_visitor(person_ids: Collection[int], on: date) -> set[int]:
    """Those of these people whose visitor is in office on that day. One query."""
    rows = Person.objects.with_visitor(on).filter(pk__in=person_ids)
    return set(rows.values_list("pk", flat=True))


def visitor_cell(person: Person, has_visitor: bool) -> dict[str, str]:
    """The visitor as a cell of a list: by name, or 未落实 and why."""
    if has_visitor and person.assignee is not None:
        return {"text": person.assignee.name, "note": ""}
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


def care_groups() -> list[CareGroup]:
    return list(CareGroup.objects.order_by("position"))
