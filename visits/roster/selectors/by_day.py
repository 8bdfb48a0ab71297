"""The list as it was on a day (practice P29): by dates where there are dates, by history where there are none.

Who was in which class, and who had died or moved away, follows from dates: an error that was mended since counts
as mended. Where somebody belonged and who visited them has no dates of its own: it is what the files said at the
end of that day. Names, telephones and addresses are today's.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Region, User
from accounts.scoping import BY_UNIT, where
from visits.roster.models import Membership, Person, PersonQuerySet
from visits.roster.selectors.labels import groups_of, readable

PLACE = ("county_id", "township_id", "village_id", "hamlet", "assignee_id")


@dataclass(frozen=True)
class Then:
    """Somebody at the end of that day. `known`: there was a file, so that place and visitor are of that day."""

    person_id: int
    county_id: int
    township_id: int
    village_id: int
    hamlet: str
    assignee_id: int | None
    known: bool


@dataclass(frozen=True)
class DayList:
    """The list of a day, by village and 自然村. `elsewhere`: were here, are kept by another unit now, so that
    they are counted without their names. `came`: in the reader's scope today, not on that day. `later`: among
    `rows`, those whose file was opened afterwards."""

    day: date
    rows: list[Then] = field(default_factory=list)
    elsewhere: int = 0
    came: int = 0
    later: int = 0

    def by_village(self) -> Counter[int]:
        return Counter(row.village_id for row in self.rows)

    @property
    def ids(self) -> list[int]:
        return [row.person_id for row in self.rows]


def end_of(day: date) -> datetime:
    """The first moment after that day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _counted(day: date) -> PersonQuerySet:
    """Everybody on the list that day, by dates."""
    member = Membership.objects.live(day).filter(person=OuterRef("pk"))
    gone = Q(left_on__isnull=False, left_on__lte=day)
    people = Person.objects.filter(merged_into=None).exclude(status=Person.Status.VOIDED)
    return people.exclude(gone).filter(Exists(member))


def _events(day: date, ids: Any) -> Iterator[dict[str, Any]]:
    """The last state of each person's row before the end of that day."""
    rows = Person.pgh_event_model.objects.filter(pgh_obj_id__in=ids, pgh_created_at__lt=end_of(day))  # type: ignore[attr-defined]
    newest = rows.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    return newest.values("pgh_obj_id", *PLACE).iterator()


def list_on(user: Any, day: date, *, village: int | None = None, group: str | None = None) -> DayList:
    """The list of that day in the units the user stands over, `village` and `group` of that day."""
    mine = _counted(day).filter(pk__in=Person.objects.visible_to(user).order_by().values("pk"))
    if group is not None:
        mine = mine.filter(
            Exists(Membership.objects.live(day).filter(readable(user), person=OuterRef("pk"), group_id=group))
        )
    then = {row["pgh_obj_id"]: row for row in _events(day, mine.order_by().values("pk"))}
    rows, came, later = [], 0, 0
    for now in mine.order_by().values("pk", *PLACE):
        old = then.get(now["pk"])
        one = Then(now["pk"], known=old is not None, **{key: (old or now)[key] for key in PLACE})
        if not _in_scope(user, one):
            came += 1
        elif village is None or one.village_id == village:
            rows.append(one)
            later += old is None
    rows.sort(key=lambda one: (one.village_id, one.hamlet, one.person_id))
    return DayList(day, rows, _elsewhere(user, day, village, group), came, later)


def _in_scope(user: Any, one: Then) -> bool:
    return user.duty.role_for(one, BY_UNIT) is not None


def _elsewhere(user: Any, day: date, village: int | None, group: str | None) -> int:
    """People who belonged here that day and whose file another unit keeps now."""
    condition = where(user.duty, roles=BY_UNIT, assignee=None)
    if not condition:  # the whole city: nobody is elsewhere
        return 0
    rows = Person.pgh_event_model.objects.filter(condition, pgh_created_at__lt=end_of(day))  # type: ignore[attr-defined]
    seen = Person.objects.filter(condition).order_by().values("pk")
    ids = list(rows.exclude(pgh_obj_id__in=seen).order_by().values_list("pgh_obj_id", flat=True).distinct())
    if not ids:
        return 0
    left = _counted(day).filter(pk__in=ids)
    if group is not None:
        left = left.filter(
            Exists(Membership.objects.live(day).filter(readable(user), person=OuterRef("pk"), group_id=group))
        )
    wanted = [
        Then(row["pgh_obj_id"], known=True, **{key: row[key] for key in PLACE})
        for row in _events(day, left.order_by().values("pk"))
    ]
    return sum(_in_scope(user, one) and village in (None, one.village_id) for one in wanted)


def counts_by_group(found: DayList, user: Any) -> Counter[str]:
    """Short name of a class → people in it that day. Who is in two counts in both."""
    counts: Counter[str] = Counter()
    for labels in groups_of(found.ids, found.day, user).values():
        counts.update(label.split("·")[0] for label in labels)
    return counts


def names_of(rows: list[Then]) -> tuple[dict[int, str], dict[int, str]]:
    """Village id → name, and user id → name, of these rows."""
    villages = Region.objects.filter(pk__in={row.village_id for row in rows})
    users = User.objects.filter(pk__in={row.assignee_id for row in rows})
    return dict(villages.values_list("pk", "name")), dict(users.values_list("pk", "name"))
