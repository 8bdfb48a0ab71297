"""责任区 (五(一)-4): who visits where, from one day to another; people follow their area.

Whose visitor comes with the area has a row in `AreaMember` whose area has that visitor. Whoever was given to
somebody by name (ticked by the clerk, named by a list) has none, or one that disagrees, and keeps that visitor
when the area changes hands, until the clerk gives the whole place to somebody.

There is one way in (`give_place`, called by the table of 划分巡访人) and one that follows (`settle`, called with
everybody who was changed, in the same transaction).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts import audit
from accounts.models import Post, Region, User
from accounts.roles import WRITES_VISITS
from accounts.services import acting_as
from visits.roster.models import Person
from visits.roster.services.common import follow_kept
from visits.schedule import generation
from visits.schedule.models import Area, AreaMember

ONE_DAY = timedelta(days=1)
Spot = tuple[int, str]  # village id, hamlet; "" for the rest of the village


@dataclass(frozen=True)
class Change:
    """An area that begins: where, with whom until now (None: nobody), to whom. `drops`: areas of single 自然村
    that end because the whole village is given."""

    spot: Spot
    was_id: int | None
    to_id: int
    drops: tuple[Spot, ...] = ()


def live(village_ids: Collection[int], on: date) -> dict[Spot, Area]:
    """The areas of these villages on that day, by where they are."""
    rows = Area.objects.live(on).filter(village_id__in=village_ids)
    return {(row.village_id, row.hamlet): row for row in rows}


def area_at(areas: Mapping[Spot, Area], village_id: int, hamlet: str) -> Area | None:
    """A 自然村 goes before the rest of its village."""
    return areas.get((village_id, hamlet)) or areas.get((village_id, ""))


def in_office(areas: Iterable[Area], on: date) -> set[int]:
    """Ids of the areas whose visitor has an account in use and a post that visits there on that day: the
    definition of 未落实, for areas."""
    rows = list(areas)
    posts = Post.objects.live(on).filter(
        user_id__in={row.visitor_id for row in rows}, user__is_active=True, role__in=WRITES_VISITS
    )
    held = set(posts.values_list("user_id", "region_id"))
    return {
        row.pk
        for row in rows
        if (row.visitor_id, row.village_id) in held or (row.visitor_id, row.township_id) in held
    }


def changes(wishes: Mapping[Spot, int], *, only_nobody: bool, on: date) -> list[Change]:
    """Which areas these choices would begin. With `only_nobody` a place that has a visitor in office keeps its
    area: only the people without one are given away, by name."""
    areas = live({village for village, _ in wishes}, on)
    good = in_office(areas.values(), on)
    found = []
    for spot, to_id in wishes.items():
        now = areas.get(spot)
        if now is not None and (now.visitor_id == to_id or (only_nobody and now.pk in good)):
            continue
        drops = () if spot[1] or only_nobody else _inside(areas, spot[0], wishes)
        found.append(Change(spot, now.visitor_id if now else None, to_id, drops))
    if not only_nobody:  # the same visitor for the village, who takes over single 自然村 of it
        begun = {change.spot for change in found}
        for spot, to_id in wishes.items():
            drops = () if spot[1] or spot in begun else _inside(areas, spot[0], wishes)
            if drops:
                found.append(Change(spot, to_id, to_id, drops))
    return found


def _inside(areas: Mapping[Spot, Area], village_id: int, wishes: Mapping[Spot, int]) -> tuple[Spot, ...]:
    return tuple(spot for spot in sorted(areas) if spot[0] == village_id and spot[1] and spot not in wishes)


def give_place(found: Collection[Change], *, by: User, at: datetime, on: date) -> None:
    """Begin these areas on that day; the old ones end the day before, and the new ones before whatever is planned there
    later. Call it with the people of the township locked; `adopt` then ties the people to them."""
    units = Region.objects.in_bulk({change.spot[0] for change in found})
    for change in found:
        for spot in change.drops:
            end(_locked(spot, on), on)
        if change.was_id == change.to_id:
            continue
        old = _locked(change.spot, on)
        if old is not None and old.starts_on == on:
            # Said twice on one day: it never held for a day with the first one.
            Area.objects.filter(pk=old.pk).update(visitor_id=change.to_id, made_by=by, made_at=at)
        else:
            end(old, on)
            village = units[change.spot[0]]
            Area.objects.create(
                county_id=village.county_id, township_id=village.township_id, village_id=village.pk,
                hamlet=change.spot[1], visitor_id=change.to_id, starts_on=on, ends_on=_until(change.spot, on),
                made_by=by, made_at=at,
            )  # fmt: skip
        _log("area_given", change.spot[0], by=by, at=at, was=change.was_id, to=change.to_id)


def _until(spot: Spot, on: date) -> date | None:
    """The day before the next area of the place begins, which was planned already."""
    later = Area.objects.filter(village_id=spot[0], hamlet=spot[1], starts_on__gt=on)
    first = later.order_by("starts_on").values_list("starts_on", flat=True).first()
    return first - ONE_DAY if first else None


def end(area: Area | None, on: date) -> None:
    """The area's last day is the day before; one of that very day never was."""
    if area is None:
        return
    if area.starts_on >= on:
        AreaMember.objects.filter(area=area).delete()
        area.delete()
    else:
        Area.objects.filter(pk=area.pk).update(ends_on=on - ONE_DAY)


def _locked(spot: Spot, on: date) -> Area | None:
    rows = Area.objects.live(on).filter(village_id=spot[0], hamlet=spot[1])
    return rows.select_for_update(of=("self",), no_key=True).first()


def adopt(people: QuerySet[Person], *, on: date) -> int:
    """Tie to their area whoever has its visitor already. Returns how many."""
    rows = list(people.order_by("pk").values_list("pk", "village_id", "hamlet", "assignee_id"))
    areas = live({village for _, village, _, _ in rows}, on)
    tied = []
    for pk, village_id, hamlet, assignee_id in rows:
        area = area_at(areas, village_id, hamlet)
        if area is not None and area.visitor_id == assignee_id:
            tied.append((pk, area.pk))
    return _tie(tied)


def _tie(pairs: Collection[tuple[int, int]]) -> int:
    AreaMember.objects.bulk_create(
        [AreaMember(person_id=person, area_id=area) for person, area in pairs],
        update_conflicts=True, unique_fields=["person"], update_fields=["area"], batch_size=1000,
    )  # fmt: skip
    return len(pairs)


def by_name(person_ids: Collection[int]) -> None:
    """These were given to somebody by name: they keep that visitor when their area changes hands."""
    AreaMember.objects.filter(person_id__in=person_ids).delete()


@transaction.atomic
def settle(person_ids: Collection[int], *, at: datetime, on: date) -> int:
    """Whoever is new, came from elsewhere or has no visitor gets the one of the area where they live, from that
    day; an area whose visitor is not in office gives nobody. Who is entrusted elsewhere, or was given by name to
    somebody in office, is left alone. Returns how many got another visitor."""
    if not Area.objects.live(on).exists():
        return 0
    people = (
        Person.objects.on_roster()
        .filter(pk__in=person_ids, entrusted_to=None)
        .with_visitor_now(on)
        .annotate(tied_id=F("area_member__area_id"), tied_to=F("area_member__area__visitor_id"))
        .order_by("pk")
    )
    rows = list(
        people.values_list("pk", "village_id", "hamlet", "assignee_id", "visitor_now", "tied_id", "tied_to")
    )
    areas = live({row[1] for row in rows}, on)
    good = in_office(areas.values(), on)
    moved: dict[int, list[tuple[int, int]]] = {}
    tied = []
    for pk, village_id, hamlet, assignee_id, now_id, tied_id, tied_to in rows:
        area = area_at(areas, village_id, hamlet)
        if area is None or area.pk not in good or (tied_id == area.pk and assignee_id == area.visitor_id):
            continue
        follows = tied_id is not None and tied_to == assignee_id
        if now_id is not None and not follows:
            continue
        tied.append((pk, area.pk))
        if assignee_id != area.visitor_id:
            moved.setdefault(area.visitor_id, []).append((pk, village_id))
    _tie(tied)
    for to_id, pairs in moved.items():
        _hand(pairs, to_id, at=at, on=on)
    return sum(len(pairs) for pairs in moved.values())


def _hand(pairs: Collection[tuple[int, int]], to_id: int, *, at: datetime, on: date) -> None:
    """Nobody pressed a button: the version stays, so that a form that is open keeps what was typed."""
    ids = [pk for pk, _ in pairs]
    Person.objects.filter(pk__in=ids).update(assignee_id=to_id)
    follow_kept(ids)
    generation.follow(on, ids)
    for village_id in sorted({village for _, village in pairs}):
        people = sum(1 for _, village in pairs if village == village_id)
        audit.record(
            "people_follow_area", at=at, by_id=None, object_type="region", object_id=village_id, to=to_id, people=people
        )  # fmt: skip


def _log(action: str, village_id: int, *, by: User, at: datetime, **detail: Any) -> None:
    audit.record(
        action, at=at, by_id=by.pk, role=acting_as(by), object_type="region", object_id=village_id, **detail
    )


# ── handing over ─────────────────────────────────────────────────────────────────────────────────


def held_by(user: User, on: date) -> QuerySet[Area]:
    return Area.objects.live(on).filter(visitor=user)


def pass_on(area: Area, to_id: int, *, by: User, at: datetime, on: date) -> None:
    """The area goes to a successor today; whoever of its people went to the same one stays tied to it."""
    spot = (area.village_id, area.hamlet)
    give_place([Change(spot, area.visitor_id, to_id)], by=by, at=at, on=on)
    where = Q(village_id=area.village_id)
    if area.hamlet:
        where &= Q(hamlet=area.hamlet)
    adopt(Person.objects.on_roster().filter(where, assignee_id=to_id, area_member__isnull=False), on=on)


def release(area: Area, *, by: User, at: datetime, on: date) -> None:
    """Nobody has the place any more: it shows among the gaps."""
    end(area, on)
    _log("area_ended", area.village_id, by=by, at=at, was=area.visitor_id)
