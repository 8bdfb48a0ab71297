"""A unit decides something for itself and what lies below, from a day on, by a document (dated data)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS, Option, options
from visits.core.values import words

LATEST = timedelta(days=366)


class CannotDecide(Exception):
    """This can't be decided so; the text says why and what to do, and is shown at `field`."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Decision:
    """How one thing stands in a unit: today's value, whose decision it is, what is to come."""

    key: str
    option: Option
    value: str
    row: UnitSetting | None
    planned: UnitSetting | None
    planned_value: str


def decisions(region: Region, on: date) -> list[Decision]:
    """Everything that can be decided on the page, for one unit. Three queries."""
    keys = tuple(key for key, option in OPTIONS.items() if option.kind)
    ids = [int(part) for part in region.path.split("/") if part]
    values = options(keys, region, on)
    held: dict[str, UnitSetting] = {}
    planned: dict[str, UnitSetting] = {}
    rows = UnitSetting.objects.filter(region_id__in=ids, key__in=keys).select_related("region", "decided_by")
    for row in rows.order_by("region__level", "starts_on"):
        if row.starts_on > on and row.region_id == region.pk:
            planned[row.key] = row
        elif row.starts_on <= on and (row.ends_on is None or row.ends_on >= on):
            held[row.key] = row  # the nearest unit comes last
    return [
        Decision(
            key, OPTIONS[key], words(OPTIONS[key], values[key]), held.get(key), planned.get(key),
            words(OPTIONS[key], planned[key].value) if key in planned else "",
        )
        for key in keys
    ]  # fmt: skip


def history(region: Region, key: str) -> list[UnitSetting]:
    """What the unit itself decided about one thing, newest first."""
    rows = UnitSetting.objects.filter(region=region, key=key).select_related("decided_by")
    return list(rows.order_by("-starts_on", "-pk"))


@transaction.atomic
def decide(
    *, region_id: int, key: str, value: Any, starts_on: date, document_no: str, by: User, at: datetime
) -> UnitSetting:
    """The value holds from that day on; what held before keeps its dates. `value`: as `values.clean` gives it.
    Raises `CannotDecide`."""
    option = OPTIONS.get(key)
    if option is None or not option.kind:
        raise CannotDecide("这一项不在这里定")
    if region_id not in by.duty.unit_ids(*option.roles):  # type: ignore[attr-defined]
        raise CannotDecide("这一项由本县（市、区）民政部门定，您这里改不了")
    today: date = by.duty.on  # type: ignore[attr-defined]
    if starts_on <= today:
        raise CannotDecide("从明天或以后起才能改：以前的按以前的规定算", "starts_on")
    if starts_on > today + LATEST:
        raise CannotDecide("日期太远，请核对年份", "starts_on")
    if not document_no:
        raise CannotDecide("请填文号，说明是哪一份文件定的", "document_no")
    region = Region.objects.select_for_update(of=("self",), no_key=True).get(pk=region_id)
    open_ = UnitSetting.objects.filter(region=region, key=key, ends_on=None).first()
    if open_ is not None:
        _end(open_, value, starts_on)
    elif options((key,), region, starts_on)[key] == value:
        raise CannotDecide("和现在的一样，不用改", "value")
    try:
        with transaction.atomic():
            row = UnitSetting.objects.create(
                region=region, key=key, value=value, document_no=document_no, starts_on=starts_on,
                decided_by=by, decided_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise CannotDecide("刚有人改过这一项，请刷新后再看") from None
    role = by.duty.role_for(region, option.roles)  # type: ignore[attr-defined]
    audit.record(
        "setting_decided", at=at, by_id=by.pk, role=role or "", target=row, key=key,
        region=region_id, starts_on=starts_on.isoformat(),
    )  # fmt: skip
    return row


def _end(open_: UnitSetting, value: Any, starts_on: date) -> None:
    if open_.value == value:
        raise CannotDecide("和已经定的一样，不用改", "value")
    if open_.starts_on >= starts_on:
        day = f"{open_.starts_on.year}年{open_.starts_on.month}月{open_.starts_on.day}日"
        raise CannotDecide(f"已经定好从{day}起改，请选更晚的日期", "starts_on")
    open_.ends_on = starts_on - timedelta(days=1)
    open_.save(update_fields=["ends_on"])
