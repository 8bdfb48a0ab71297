"""Changing the tree of units: seeding, importing a newer list, moving, renaming, closing, merging.

Units are never deleted; they end. People, items and cases carry copies of the unit ids: whoever keeps such
rows appends a function to `after_move` when the application starts, and has them follow in the same
transaction; a function in `before_end` may object to the end of units by raising `CannotChange`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Region, RegionMove, User
from accounts.models.region import Level
from accounts.region_source import CODE_LENGTH, Difference, Held, SourceUnit, compare
from accounts.roles import Role
from xunfang.kit import numbering

ID_COLUMN = {Level.COUNTY: "county_id", Level.TOWNSHIP: "township_id", Level.VILLAGE: "village_id"}
PLACED = ["path", *ID_COLUMN.values()]


class CannotChange(Exception):
    """The tree can't be changed like this; the text says why and is shown."""


@dataclass(frozen=True)
class Place:
    """The three unit ids that rows of a unit carry from now on."""

    county_id: int | None
    township_id: int | None
    village_id: int | None


class AfterMove(Protocol):
    def __call__(self, places: Mapping[int, Place], *, by: User | None, at: datetime) -> None: ...


# `places`: the id of each unit that moved (villages, and the townships above them) → where its rows belong
# now. The id of a merged village leads to the place of the village that took it over.
after_move: list[AfterMove] = []
# Called with the ids of units about to be closed or ended; raises `CannotChange` if that must not be.
before_end: list[Callable[[Collection[int]], None]] = []


# ── the list of the statistics office ────────────────────────────────────────────────────────────


def _by_ref() -> dict[str, Region]:
    """Every unit by code, or by key if it has none; a living unit before an ended one of the same code."""
    rows = sorted(Region.objects.select_related("parent"), key=lambda row: (row.valid_to is None, row.pk))
    return {row.code or row.key: row for row in rows}


def held() -> dict[str, Held]:
    """The tree as it stands, for comparing."""
    return {
        ref: Held(
            row.name,
            row.source_name,
            row.level,
            (row.parent.code or row.parent.key) if row.parent else None,
            row.valid_to is not None,
            row.code,
        )
        for ref, row in _by_ref().items()
    }


def difference(units: Iterable[SourceUnit]) -> Difference:
    return compare(units, held())


def _place(region: Region, parent: Region | None) -> None:
    """Path and unit columns from the parent; the region must have its id."""
    region.path = f"{parent.path if parent else '/'}{region.pk}/"
    for level, column in ID_COLUMN.items():
        value = getattr(parent, column) if parent else None
        setattr(region, column, region.pk if region.level == level else value)


def load(units: Iterable[SourceUnit], *, valid_from: date) -> int:
    """Add the units that are not there yet, level by level. Safe to run again. Returns how many."""
    made = 0
    units = list(units)
    with transaction.atomic():
        there = _by_ref()
        keys = {region.key for region in there.values()}
        for level in Level:
            fresh = [unit for unit in units if unit.level == level and unit.ref not in there]
            rows = [_new(unit, there, keys, valid_from) for unit in fresh]
            Region.objects.bulk_create(rows)
            for unit, row in zip(fresh, rows, strict=True):
                _place(row, row.parent)
                there[unit.ref] = row
            Region.objects.bulk_update(rows, PLACED, batch_size=1000)
            made += len(rows)
    return made


def _new(unit: SourceUnit, there: dict[str, Region], keys: set[str], valid_from: date) -> Region:
    parent = there[unit.parent] if unit.parent else None
    if parent is not None and parent.valid_to is not None:
        raise CannotChange(f"“{unit.name}”的上级“{parent.name}”已经停用，请先处理上级")
    inactive = unit.inactive or (parent.inactive_reason if parent and not parent.active else "")
    key = unit.key if unit.key not in keys else f"{unit.key}-{valid_from:%Y%m}"
    keys.add(key)
    return Region(
        key=key,
        code=unit.code,
        name=unit.name,
        source_name=unit.source_name,
        level=unit.level,
        parent=parent,
        path="",
        active=not inactive,
        inactive_reason=inactive,
        valid_from=valid_from,
        position=unit.position,
    )


@transaction.atomic
def apply(units: list[SourceUnit], *, end: Collection[str], by: User, at: datetime, on: date) -> Difference:
    """Bring a newer list in from a day on: add, recode, rename; of what is gone, end only the codes that
    were ticked (`end`). Raises `CannotChange`; then nothing has changed."""
    _lock_tree()
    change = difference(units)
    there = _by_ref()
    for unit, was in change.moved:
        there[unit.ref] = region = there[was]
        region.code, region.name, region.source_name = unit.ref, unit.name, unit.source_name
        region.save(update_fields=["code", "name", "source_name"])
    load(units, valid_from=on)
    there = _by_ref()
    for unit, _ in change.moved:
        region, parent = there[unit.ref], there[unit.parent or ""]
        if region.parent_id != parent.pk:
            _note_move(region, parent, starts_on=on, document_no="", by=by, at=at)
            _move_now(region.pk, parent.pk, by=by, at=at)
    for unit, _ in change.renamed:
        Region.objects.filter(pk=there[unit.ref].pk).update(name=unit.name, source_name=unit.source_name)
    ended = _end({there[ref].pk for ref in change.gone if ref in set(end)}, on=on)
    audit.record(
        "units_imported",
        at=at,
        by_id=by.pk,
        role=Role.CITY_BUSINESS,
        object_type="region",
        new=len(change.new),
        renamed=len(change.renamed),
        moved=len(change.moved),
        gone=len(change.gone),
        ended=ended,
    )
    return change


def _end(ids: set[int], *, on: date) -> int:
    """The day before `on` is the last of these units. Nothing below them may live on."""
    if not ids:
        return 0
    for check in before_end:
        check(ids)
    orphan = Region.objects.filter(parent_id__in=ids, valid_to=None).exclude(pk__in=ids).first()
    if orphan is not None:
        raise CannotChange(f"下面的“{orphan.name}”还在用，请先把它移到别处或一起停用")
    last = on - timedelta(days=1)
    for region in Region.objects.filter(pk__in=ids):
        region.valid_to = max(last, region.valid_from)
        region.save(update_fields=["valid_to"])
    return len(ids)


# ── one unit ─────────────────────────────────────────────────────────────────────────────────────


def _lock_tree() -> None:
    """One change of the tree at a time: a path is written from the path above it."""
    list(Region.objects.select_for_update(of=("self",), no_key=True).filter(level=Level.CITY))


def _locked(region_id: int) -> Region:
    _lock_tree()
    return (
        Region.objects.select_for_update(of=("self",), no_key=True).select_related("parent").get(pk=region_id)
    )


def _open(region: Region, on: date) -> Region:
    if region.valid_to is not None and region.valid_to < on:
        raise CannotChange(f"“{region.name}”已经停用，不能再改")
    return region


@transaction.atomic
def add(
    *, region_id: int, name: str, code: str | None, starts_on: date, by: User, at: datetime, on: date
) -> Region:
    """A new unit under the one of this id, from a day on (inclusive; one to come waits for it): a township
    that splits becomes two, and what belongs to the new one is moved there."""
    parent = _open(_locked(region_id), on)
    if parent.level == Level.VILLAGE:
        raise CannotChange("村（居）下面不再设单位")
    if not parent.active:
        raise CannotChange(f"“{parent.name}”没有启用，请先启用它")
    if Region.objects.filter(parent=parent, name=name, valid_to=None).exists():
        raise CannotChange(f"“{parent.name}”下面已经有“{name}”，请换一个能分清的名字")
    if starts_on < parent.valid_from:
        raise CannotChange(f"“{parent.name}”从{parent.valid_from:%Y年%-m月%-d日}才有，日期不能更早")
    length = CODE_LENGTH[parent.level + 1]
    if code and (len(code) != length or not code.isdecimal()):
        raise CannotChange(f"{Level(parent.level + 1).label}的统计代码是{length}位数字，没有就空着")
    taken = Region.objects.filter(code=code, valid_to=None).first() if code else None
    if taken is not None:
        raise CannotChange(f"这个统计代码是“{taken.name}”的，请核对")
    last = Region.objects.filter(parent=parent).order_by("-position").values_list("position", flat=True)
    region = Region.objects.create(
        # Letters first: a key of ours is never taken for a code.
        key=f"XZ{numbering.take_one('unit_key'):05d}",
        code=code or None,
        name=name,
        level=parent.level + 1,
        parent=parent,
        path="",
        valid_from=starts_on,
        position=(last.first() or parent.position) + 1,
    )
    _place(region, parent)
    region.save(update_fields=PLACED)
    audit.record("unit_added", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, target=region, under=parent.pk)
    return region


@transaction.atomic
def rename(*, region_id: int, name: str, by: User, at: datetime, on: date) -> Region:
    """Another name for people to read; the name in the statistics office's list stays beside it."""
    region = _open(_locked(region_id), on)
    if Region.objects.filter(parent=region.parent, name=name, valid_to=None).exclude(pk=region.pk).exists():
        raise CannotChange(f"同一个上级下面已经有“{name}”，请换一个能分清的名字")
    region.name = name
    region.save(update_fields=["name"])
    audit.record("unit_renamed", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, target=region)
    return region


@transaction.atomic
def switch(*, region_id: int, active: bool, reason: str, by: User, at: datetime, on: date) -> Region:
    """Take part, or stay out with a reason (平潭, 马祖乡): the unit and all below it. Switching on brings
    back only what was out for the same reason."""
    region = _open(_locked(region_id), on)
    below = Region.objects.under(region)
    if active:
        if region.parent is not None and not region.parent.active:
            raise CannotChange(f"上级“{region.parent.name}”还没有启用，请先启用上级")
        rows = below.filter(active=False, inactive_reason=region.inactive_reason)
        changed = rows.update(active=True, inactive_reason="")
    else:
        if not reason:
            raise CannotChange("停用要写原因")
        if region.level == Level.CITY:
            raise CannotChange("全市不能停用")
        ids = set(below.filter(active=True).values_list("pk", flat=True))
        for check in before_end:
            check(ids)
        changed = Region.objects.filter(pk__in=ids).update(active=False, inactive_reason=reason)
    audit.record(
        "unit_switched_on" if active else "unit_switched_off",
        at=at,
        by_id=by.pk,
        role=Role.CITY_BUSINESS,
        target=region,
        units=changed,
    )
    region.refresh_from_db()
    return region


@transaction.atomic
def move(
    *, region_id: int, to_id: int, starts_on: date, document_no: str, by: User, at: datetime, on: date
) -> RegionMove:
    """Put a unit under another manager from a day on (inclusive); `on` is today. A day to come waits for it.
    A township goes under a county, a village under a township: also 高新区 holds its single villages there."""
    region = _open(_locked(region_id), on)
    to = _open(Region.objects.get(pk=to_id), on)
    if region.parent is None or to.level != region.level - 1:
        raise CannotChange("乡镇（街道）要放在县（市、区）下面，村（居）要放在乡镇（街道）下面")
    if to.pk == region.parent_id:
        raise CannotChange(f"“{region.name}”现在就在“{to.name}”下面")
    if starts_on < region.valid_from:
        raise CannotChange(f"这个单位从{region.valid_from:%Y年%-m月%-d日}才有，日期不能更早")
    row = _note_move(region, to, starts_on=starts_on, document_no=document_no, by=by, at=at)
    if starts_on <= on:
        _move_now(region.pk, to.pk, by=by, at=at)
    audit.record(
        "unit_moved" if starts_on <= on else "unit_move_planned",
        at=at,
        by_id=by.pk,
        role=Role.CITY_BUSINESS,
        target=region,
        was=row.was_under_id,
        to=to.pk,
        starts_on=starts_on.isoformat(),
    )
    return row


def _note_move(
    region: Region, to: Region, *, starts_on: date, document_no: str, by: User, at: datetime
) -> RegionMove:
    """Write the move down; a planned one of the same unit gives way to it."""
    RegionMove.objects.filter(region=region, applied_at=None).delete()
    return RegionMove.objects.create(
        region=region,
        was_under_id=region.parent_id,
        to=to,
        starts_on=starts_on,
        document_no=document_no,
        created_by=by,
        created_at=at,
    )


def _move_now(region_id: int, to_id: int, *, by: User | None, at: datetime) -> None:
    """Write the new place into the unit and all below it, and let the rows that carry it follow."""
    region, to = Region.objects.get(pk=region_id), Region.objects.get(pk=to_id)
    rows = list(Region.objects.under(region).order_by("level", "pk"))
    placed = {to.pk: to}
    for row in rows:
        if row.pk == region.pk:
            row.parent = to
        row.parent = placed[row.parent_id]  # type: ignore[index]
        _place(row, row.parent)
        placed[row.pk] = row
    Region.objects.bulk_update(rows, ["parent", *PLACED], batch_size=500)
    RegionMove.objects.filter(region_id=region_id, to_id=to_id, applied_at=None).update(applied_at=at)
    _follow({row.pk: Place(row.county_id, row.township_id, row.village_id) for row in rows}, by=by, at=at)


def _follow(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    for function in after_move:
        function(places, by=by, at=at)


def apply_moves(*, on: date, at: datetime) -> int:
    """Carry out the moves whose day has come; safe to run twice and after days of standstill. How many."""
    count = 0
    for row in RegionMove.objects.filter(applied_at=None, starts_on__lte=on).order_by("starts_on", "pk"):
        with transaction.atomic():
            _lock_tree()
            if (
                not RegionMove.objects.select_for_update(no_key=True)
                .filter(pk=row.pk, applied_at=None)
                .exists()
            ):
                continue
            _move_now(row.region_id, row.to_id, by=row.created_by, at=at)
            audit.record("unit_moved", at=at, by_id=None, target=row.region, to=row.to_id)
            count += 1
    return count


@transaction.atomic
def merge(*, region_id: int, into_id: int, starts_on: date, by: User, at: datetime, on: date) -> Region:
    """End a unit the day before `starts_on`; what stood under it and the rows that carry it go to `into`, a
    unit of the same manager. Posts in the old unit cover the new one (`scoping.duty_of`)."""
    region = _open(_locked(region_id), on)
    into = _open(Region.objects.get(pk=into_id), on)
    if into.pk == region.pk or into.level != region.level or into.parent_id != region.parent_id:
        raise CannotChange("只能并入同一个上级下面的同级单位；不在一起的，先移到一起再合并")
    if region.level <= Level.COUNTY:
        raise CannotChange("县（市、区）不在这里合并")
    if not region.valid_from < starts_on <= on:
        raise CannotChange("合并日期要在今天或以前，也不能早于这个单位设立的日子")
    for child in Region.objects.filter(parent=region, valid_to=None):
        _note_move(child, into, starts_on=starts_on, document_no="", by=by, at=at)
        _move_now(child.pk, into.pk, by=by, at=at)
    region.valid_to, region.replaced_by = starts_on - timedelta(days=1), into
    region.save(update_fields=["valid_to", "replaced_by"])
    RegionMove.objects.filter(Q(region=region) | Q(to=region), applied_at=None).delete()
    _follow({region.pk: Place(into.county_id, into.township_id, into.village_id)}, by=by, at=at)
    audit.record("unit_merged", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, target=region, into=into.pk)
    return into
