"""值班表: who answers the telephone when. Past shifts stay as they were; a change is a cancelled one and a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Post, Region, User
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.core.phone import PhoneError, normalise_phone
from visits.followup.models import DutyShift
from visits.roster.services.common import CannotChange

# Each plans the telephone of their own unit.
PLANS = (Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER)
LONGEST = timedelta(days=8)
FARTHEST = timedelta(days=400)
MOST = 400


@dataclass(frozen=True)
class NewShift:
    """`place`: 1 is called first. `user_id`: the account that acknowledges, if there is one."""

    starts_at: datetime
    ends_at: datetime
    name: str
    phone: str
    place: int = 1
    user_id: int | None = None


class Overlap(CannotChange):
    """Somebody stands there at that time already: `shift` (None: somebody else saved just now)."""

    def __init__(self, text: str, shift: DutyShift | None = None) -> None:
        super().__init__(text, "text")
        self.shift = shift


def may_plan(unit: Region, by: User) -> bool:
    return unit.pk in by.duty.unit_ids(*PLANS)  # type: ignore[attr-defined]


def accounts_of(unit: Region, on: date) -> list[User]:
    """Who may be on duty with an account there: the offices of the unit on that day, by name."""
    posts = Post.objects.live(on).filter(region=unit, role__in=TOWNSHIP | COUNTY).values("user_id")
    return list(User.objects.filter(is_active=True, pk__in=posts).order_by("name", "pk"))


@transaction.atomic
def make(*, unit_id: int, new: Sequence[NewShift], by: User, at: datetime) -> list[DutyShift]:
    """Put them on the list, all or none. Without an account the one of the unit with that number is taken. Raises
    `CannotChange`, `Overlap` with who stands there."""
    unit = Region.objects.select_for_update(of=("self",), no_key=True).filter(pk=unit_id).first()
    if unit is None or not may_plan(unit, by):
        raise CannotChange("值班表由本单位的经办人排")
    if not new:
        raise CannotChange("没有读到要排的班", "text")
    if len(new) > MOST:
        raise CannotChange(f"一次最多排{MOST}个班，请分几次", "text")
    known = {user.phone: user.pk for user in accounts_of(unit, timezone.localtime(at).date()) if user.phone}
    made = []
    for one in new:
        _check(one, at)
        phone = _phone(one.phone)
        _refuse_overlap(unit.pk, one)
        row = DutyShift(
            region=unit, starts_at=one.starts_at, ends_at=one.ends_at, place=one.place, name=one.name.strip(),
            phone=phone, user_id=one.user_id or known.get(phone), made_by=by, made_at=at,
        )  # fmt: skip
        _save(row)
        made.append(row)
    audit.record("shift_made", at=at, by_id=by.pk, role=_role(unit, by), target=made[0], count=len(made))
    return made


def _role(unit: Region, by: User) -> str:
    return by.duty.role_for(unit, PLANS) or ""  # type: ignore[attr-defined]


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except PhoneError as error:
        raise CannotChange(str(error), "phone") from error


def _check(one: NewShift, at: datetime) -> None:
    day = timezone.localtime(one.starts_at)
    said = f"{day.month}月{day.day}日"
    if not one.name.strip():
        raise CannotChange(f"{said}：请写值班的人", "name")
    if one.place not in (1, 2, 3):
        raise CannotChange(f"{said}：最多排三个人", "place")
    if one.ends_at <= one.starts_at:
        raise CannotChange(f"{said}：结束要晚于开始", "ends")
    if one.ends_at <= at:
        raise CannotChange(f"{said}已经过了，过去的班不再改", "first")
    if one.ends_at - one.starts_at > LONGEST:
        raise CannotChange(f"{said}：一个班太长，请核对日期", "ends")
    if one.starts_at > at + FARTHEST:
        raise CannotChange(f"{said}：日期太远，请核对年份", "first")


def clash(unit_id: int, one: NewShift) -> DutyShift | None:
    """Who stands in that place at a moment of it."""
    rows = DutyShift.objects.of_units([unit_id]).meeting(one.starts_at, one.ends_at)
    return rows.filter(place=one.place).order_by("starts_at").first()


def _refuse_overlap(unit_id: int, one: NewShift) -> None:
    if (other := clash(unit_id, one)) is not None:
        raise Overlap(clash_words(other), other)


def clash_words(other: DutyShift) -> str:
    start, end = timezone.localtime(other.starts_at), timezone.localtime(other.ends_at)
    return (
        f"{start.month}月{start.day}日{start:%H:%M}到{end.month}月{end.day}日{end:%H:%M}第{other.place}个"
        f"已经排了{other.name}。要换人，先取消那一个"
    )


def _save(row: DutyShift) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "shift_no_overlap" not in str(error):
            raise
        raise Overlap("刚才有人排了同一个时间，请刷新后再看") from error


@transaction.atomic
def cancel(*, shift_id: int, reason: str, by: User, at: datetime) -> DutyShift:
    """Takes it off the list; it stays in the books with its reason. Raises `CannotChange`."""
    units = by.duty.unit_ids(*PLANS)  # type: ignore[attr-defined]
    row = (
        DutyShift.objects.of_units(units)
        .select_related("region")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=shift_id)
        .first()
    )
    if row is None:
        raise CannotChange("没有找到这个班，可能不归您排")
    if row.cancelled_at is not None:
        raise CannotChange("这个班已经取消了，请刷新后再看")
    if row.ends_at <= at:
        raise CannotChange("这个班已经过了，过去的班不再改")
    if not reason.strip():
        raise CannotChange("请写为什么取消", "reason")
    take_off(row, reason.strip(), by, at)
    audit.record("shift_cancelled", at=at, by_id=by.pk, role=_role(row.region, by), target=row)
    return row


def take_off(row: DutyShift, reason: str, by: User, at: datetime) -> None:
    row.cancelled_at, row.cancelled_by, row.cancel_reason = at, by, reason
    row.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])


# ── somebody leaves ──────────────────────────────────────────────────────────────────────────────


def held_by(user: User, after: datetime, unit_id: int | None = None) -> list[DutyShift]:
    """The shifts of an account that end later than that."""
    where = Q(user=user, ends_at__gt=after) & (Q(region_id=unit_id) if unit_id else Q())
    return list(DutyShift.objects.standing().filter(where).order_by("starts_at", "pk"))


def pass_on(row: DutyShift, to: User | None, by: User, at: datetime) -> None:
    """To a successor, or to nobody. One that runs already ends now and goes on with the successor."""
    if row.starts_at <= at:
        ends_at = row.ends_at
        row.ends_at = at if at > row.starts_at else row.starts_at + timedelta(minutes=1)
        row.save(update_fields=["ends_at"])
        starts_at = row.ends_at
    else:
        starts_at, ends_at = row.starts_at, row.ends_at
        take_off(row, "办交接，换人", by, at)
    if to is not None and ends_at > starts_at:
        phone = to.phone or row.phone
        DutyShift.objects.create(
            region_id=row.region_id, starts_at=starts_at, ends_at=ends_at, place=row.place, name=to.name, phone=phone,
            user=to, made_by=by, made_at=at,
        )  # fmt: skip
