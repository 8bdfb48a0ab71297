"""Events in the life of a due item: written, done, taken back, handed to somebody."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from accounts import audit
from accounts.models import Post, Region, User
from accounts.roles import WRITES_VISITS, Role
from visits.roster.models import CareGroup, Membership, Person
from visits.roster.selectors import groups_of
from visits.roster.services.common import CannotChange, follow_kept
from visits.roster.services.groups import add_care_group, close_care_group
from visits.roster.services.starting import mark_on_roster
from visits.schedule import areas, discharges, generation
from visits.schedule.due import HOME_MODES, MET_HOUSEHOLD, MET_SELF, MODES
from visits.schedule.models import DueItem, FrequencyRule
from xunfang.kit.compiled import Compiled, compiled
from xunfang.kit.prepared import Prepared

LONG_AGO = timedelta(days=366)


class CannotAssign(Exception):
    """These people can't be given to this visitor; the text says why and is shown."""


# Higher rooms append to it: called with person ids (None: everybody) after items were written or opened again,
# so that a visit that is already on record does them. What is owed and what was done may be told in any order.
after_writing: list[Callable[[Collection[int] | None], None]] = []


def generate(*, on: date, anew: bool = False) -> int:
    """Bring the whole city's due list up to date. Safe to run twice, late, and twice at once. `anew`: even where
    nothing seems to have changed."""
    made = generation.bring_up_to_date(on, anew=anew)
    discharges.bring_up_to_date()
    for react in after_writing:
        react(None)
    return made


def refresh(*, person_ids: Collection[int], on: date) -> int:
    """The same for some people, after something about them changed. Returns how many items were added."""
    ids = sorted(set(person_ids))
    if not ids:
        return 0
    # practice P4: who was in a class before the township began is no newcomer, whenever the list came.
    mark_on_roster(person_ids=ids, on=on)
    made = generation.bring_up_to_date(on, ids)
    discharges.bring_up_to_date(ids)
    for react in after_writing:
        react(ids)
    return made


def refresh_township(*, township_id: int, on: date) -> int:
    """The same for everybody of a township, after a list was brought in."""
    ids = list(Person.objects.filter(township_id=township_id).values_list("pk", flat=True))
    return refresh(person_ids=ids, on=on)


def accepted_meetings(person_id: int, on: date) -> frozenset[str]:
    """Whose word counts: 特困, people alone and minors themselves; else a family member may speak (P18)."""
    alone = Membership.objects.live(on).filter(person_id=person_id, group__alone=True).exists()
    return MET_SELF if alone else MET_HOUSEHOLD


_FULFILLABLE = Prepared[DueItem](
    lambda *, person, on: (
        DueItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("rule", "round")
        .filter(person_id=person, done_on=None, stored__in=["", DueItem.Stored.EXCUSED])
        .filter(opens_on__lte=on)
    )
)
MADE_UP = "UPDATE visits_schedule_dueitem SET made_up_on = %(on)s WHERE id = ANY(%(items)s)"
DONE = """
UPDATE visits_schedule_dueitem
   SET done_on = %(on)s, done_mode = %(mode)s, done_met = %(met)s, done_via = %(via)s, stored = '', made_up_on = NULL
 WHERE id = ANY(%(items)s)
"""


def fulfil(
    *,
    person_id: int,
    visited_on: date,
    mode: str,
    met: str,
    home_visits_on: Collection[date] = (),
    via: str = DueItem.Via.RECORD,
    by_self: bool | None = None,
) -> list[int]:
    """Mark every open item that this visit fulfils (decisions 1, 2), and note on items whose window is over
    that the visit was made up. `home_visits_on`: days of the person's valid home visits, this one included,
    for rules that ask for some. `via`: a record, or an entry without items and signatures (practice P4, P19).
    `by_self`: whether only the person's own word counts, where that was asked for already.
    Returns the ids of the items that are done now."""
    if by_self is None:
        accepted = accepted_meetings(person_id, visited_on)
    else:
        accepted = MET_SELF if by_self else MET_HOUSEHOLD
    if met not in accepted:
        return []
    done, made_up = [], []
    for item in _FULFILLABLE.all(person=person_id, on=visited_on):
        if item.closes_on < visited_on:
            # A later visit says nothing about a storm that is over, a telephone call nothing about whether aid helped.
            open_still = item.made_up_on is None and item.stored == "" and item.cause != DueItem.Cause.ROUND
            if open_still and (item.cause == DueItem.Cause.RULE or mode in item.modes):
                made_up.append(item.pk)
            continue
        home = sum(1 for day in home_visits_on if item.opens_on <= day <= item.closes_on)
        if mode not in item.modes or (item.min_home and home < item.min_home):
            continue
        done.append(item.pk)
    with connection.cursor() as cursor:
        if made_up:
            cursor.execute(MADE_UP, {"on": visited_on, "items": made_up})
        if done:
            cursor.execute(DONE, {"on": visited_on, "mode": mode, "met": met, "via": via, "items": done})
    return done


def unfulfil(
    *, item_ids: Collection[int], person_id: int, visited_on: date, written_id: int | None = None
) -> None:
    """A visit was voided: its items are open again, and what it made up is missed again. `written_id`: the file
    it was written under, when that was merged into `person_id`: should the two part again, it did nothing there
    either."""
    if written_id is not None and written_id != person_id:
        left = DueItem.objects.filter(person_id=written_id, stored=DueItem.Stored.SUPERSEDED)
        left.filter(done_on=visited_on).update(done_on=None, done_mode="", done_met="", done_via="")
    DueItem.objects.filter(pk__in=item_ids).update(done_on=None, done_mode="", done_met="", done_via="")
    DueItem.objects.filter(person_id=person_id, made_up_on=visited_on).update(made_up_on=None)


def is_home(mode: str) -> bool:
    """Whether the mode counts as a visit face to face."""
    return mode in HOME_MODES


def visitors_for(unit: Region, on: date) -> "list[User]":
    """Who may be given people of a village (or of a township): posts there or above it in the township."""
    posts = _visiting({unit.village_id, unit.township_id} - {None}, {unit.pk}, on).select_related("user")
    return list({post.user_id: post.user for post in posts}.values())


def visitor_names(
    township_ids: Collection[int], on: date, *, village_id: int | None = None
) -> list[tuple[int, str]]:
    """The same for whole townships, or for one village of them, by id and name."""
    units = frozenset(township_ids)
    above = units if village_id is None else frozenset()
    if village_id is not None:
        units |= {village_id}
    return list(dict(_names(units, above, on).rows()).items())


@lru_cache(maxsize=512)
def _names(units: frozenset[int], above: frozenset[int], on: date) -> Compiled:
    return compiled(_visiting(units, above, on).values_list("user_id", "user__name"))


def _visiting(unit_ids: Collection[int | None], above: Collection[int], on: date) -> "QuerySet[Post]":
    """Posts that visit, in these units or right under one of `above`; offices first, then by name."""
    return (
        Post.objects.live(on)
        .filter(role__in=WRITES_VISITS, user__is_active=True)
        .filter(region__in=Region.objects.filter(Q(pk__in=unit_ids) | Q(parent_id__in=above)))
        .order_by("region__level", "user__name")
    )


@transaction.atomic
def assign(*, person_ids: Collection[int], to_id: int | None, by: User, at: datetime) -> int:
    """Give people to a visitor (None: to nobody) by name, with everything still open: they keep that visitor when
    their area changes hands. Returns how many people."""
    on = by.duty.on  # type: ignore[attr-defined]
    people = list(
        Person.objects.filter(pk__in=person_ids, township_id__in=by.duty.unit_ids(Role.TOWNSHIP_CLERK))  # type: ignore[attr-defined]
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if len(people) != len(set(person_ids)):
        raise CannotAssign("名单有变动，请刷新后再分配")
    away = [person for person in people if person.entrusted_to_id is not None]
    if away:
        raise CannotAssign(f"{_named(away)}委托给了别的乡镇，巡访人由那边定；要自己去访，请先结束委托")
    if to_id is not None:
        units = {person.village_id for person in people} | {person.township_id for person in people}
        covers = Post.objects.live(on).filter(
            user_id=to_id, user__is_active=True, role__in=WRITES_VISITS, region_id__in=units
        )
        held = set(covers.values_list("region_id", flat=True))
        far = [person for person in people if not held & {person.village_id, person.township_id}]
        if far:
            raise CannotAssign(_not_there(to_id, far))
    give(people, to_id, by=by, at=at, on=on, role=Role.TOWNSHIP_CLERK)
    areas.by_name([person.pk for person in people])
    return len(people)


NAMED = 3


def _named(people: Sequence[Person]) -> str:
    """陈依妹、林水金等5人: the few that a sentence can carry."""
    names = "、".join(person.name for person in people[:NAMED])
    return f"{names}等{len(people)}人" if len(people) > NAMED else names


def _not_there(to_id: int, people: Sequence[Person]) -> str:
    """林建忠在盖洋村没有任职（陈依妹）…: who can't be given to whom, and where."""
    who = User.objects.filter(pk=to_id).values_list("name", flat=True).first() or "这位同志"
    units = Region.objects.filter(pk__in={person.village_id for person in people}).order_by("position", "pk")
    places = [
        f"{unit.name}（{_named([one for one in people if one.village_id == unit.pk])}）" for unit in units
    ]
    more = f"等{len(places)}个村" if len(places) > NAMED else ""
    return f"{who}没有在{'、'.join(places[:NAMED])}{more}任职，都没有分。请换一位，或者先补上任职"


def give(people: Sequence[Person], to_id: int | None, *, by: User, at: datetime, on: date, role: str) -> None:
    """Give locked people to a visitor (None: to nobody), with everything still open, and one row of the log for
    each village. The caller has checked who may."""
    for person in people:
        person.assignee_id = to_id
        person.version += 1
    Person.objects.bulk_update(people, ["assignee", "version"], batch_size=500)
    follow_kept([person.pk for person in people])
    generation.follow(on, [person.pk for person in people])
    for village_id in sorted({person.village_id for person in people}):
        audit.record(
            "people_assigned",
            at=at,
            by_id=by.pk,
            role=role,
            object_type="region",
            object_id=village_id,
            to=to_id,
            people=sum(1 for person in people if person.village_id == village_id),
        )


def groups_in_words(person_ids: Collection[int], on: date, user: Any | None = None) -> dict[int, list[str]]:
    """Person id → short names of the groups they are in that day, as far as the user may read them; without
    a user as far as a village may (practice P17)."""
    return groups_of(person_ids, on, user)


@transaction.atomic
def add_group(
    *,
    kind: str,
    modes: Collection[str],
    min_home: int,
    starts_on: date,
    document_no: str,
    by: User,
    at: datetime,
    **group: Any,
) -> CareGroup:
    """One more class with its own frequency for the whole city (二-G4, 四(一)-4); `modes`: by which ways beside a
    visit face to face, which always counts. Raises `CannotChange`."""
    if group["tier"] == CareGroup.Tier.KEY and kind == FrequencyRule.Kind.HALF:
        raise CannotChange("重点对象每季度至少一次，不能放宽到每半年", "kind")
    if starts_on < by.duty.on - LONG_AGO:  # type: ignore[attr-defined]
        raise CannotChange("开始日期太早，请核对年份", "starts_on")
    city = Region.objects.get(level=1)
    made = add_care_group(by=by, at=at, **group)
    word = FrequencyRule.Kind(kind).label
    FrequencyRule.objects.create(
        region=city, group=made, tier=None, kind=kind, modes=[mode for mode in MODES if mode in HOME_MODES | set(modes)],
        min_home=min_home, sentence=f"{made.short}：{word}至少一次", clause=made.clause, document_no=document_no,
        position=(FrequencyRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1, starts_on=starts_on,
    )  # fmt: skip
    return made


@transaction.atomic
def close_group(*, code: str, ends_on: date, document_no: str, by: User, at: datetime) -> int:
    """No more of a class that was added: nobody is put in, its own frequency ends that day, and the clerks are
    asked about everybody who is in it. Returns how many. Raises `CannotChange`."""
    if ends_on < by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("日期已经过了，请填今天或以后", "ends_on")
    asked = close_care_group(code=code, on=ends_on, document_no=document_no, by=by, at=at)
    for row in FrequencyRule.objects.select_for_update(no_key=True).filter(group_id=code, ends_on=None):
        row.ends_on = max(ends_on, row.starts_on)
        row.save(update_fields=["ends_on"])
    return asked


def tier_word(tier: str) -> str:
    return CareGroup.Tier(tier).label
