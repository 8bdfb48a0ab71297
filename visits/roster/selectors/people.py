"""Reading the roster: the list of people, page by page, and what stands around it."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup, Membership, Person, PersonQuerySet, RosterImport
from visits.roster.selectors.labels import readable, readable_groups


def people(user: Any, today: date, chosen: dict[str, Any]) -> PersonQuerySet:
    """The people in scope that the filters leave: village, township, group, hamlet, assignee ("none"),
    status (在册 unless said otherwise)."""
    found = Person.objects.visible_to(user).filter(merged_into=None)
    found = found.filter(status=chosen.get("status", Person.Status.LIVE))
    for key, column in (("village", "village_id"), ("township", "township_id"), ("hamlet", "hamlet")):
        if key in chosen:
            found = found.filter(**{column: chosen[key]})
    if chosen.get("assignee") == "none":
        found = found.filter(assignee=None)
    if "group" in chosen:
        member = Membership.objects.live(today).filter(person=OuterRef("pk"), group_id=chosen["group"])
        found = found.filter(Exists(member.filter(readable(user))))
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


def care_groups(user: Any) -> list[CareGroup]:
    """The groups in use whose names the user may read, in the guideline's order."""
    return list(readable_groups(user).filter(active=True))


def freshness(user: Any) -> date | None:
    """The month of the newest list that was loaded for the user's township (P7); None: never."""
    own = user.duty.unit_ids(Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD)
    done = RosterImport.objects.filter(township_id__in=own, state=RosterImport.State.DONE)
    return done.order_by("-month").values_list("month", flat=True).first()
