"""启用日期: on which day a township begins, and that all it had visited before is entered (practice P4)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.core import start
from visits.records.models import OfflineVisit, Signature
from visits.roster.services.common import tell_later
from visits.roster.services.starting import restart
from visits.templatetags.xf import day as day_words
from visits.templatetags.xf import dayshort

STARTERS = frozenset({Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER})
EARLIEST, LATEST = timedelta(days=366), timedelta(days=92)


class CannotStart(Exception):
    """This day can't be; the text says why and what to do. `field` names the place on the form."""

    def __init__(self, text: str, field: str = "day") -> None:
        super().__init__(text)
        self.field = field


def is_fixed(township_id: int) -> bool:
    """Whether somebody has signed a table of the township: from then on the day stands."""
    return Signature.objects.filter(sheet__township_id=township_id).exists()


def lock_township(township_id: int, by: User, roles: frozenset[Role] = STARTERS) -> tuple[Region, Role]:
    """The township, locked: one decision at a time. And the role in which the user decides. Raises CannotStart."""
    unit = (
        Region.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=township_id, level=Level.TOWNSHIP)
        .first()
    )
    role = by.duty.role_for(unit, roles) if unit is not None else None  # type: ignore[attr-defined]
    if unit is None or role is None:
        raise CannotStart("这个乡镇（街道）不归您定启用日期。", "")
    return unit, role


@transaction.atomic
def set_go_live(*, township_id: int, day: date, by: User, at: datetime) -> date:
    """The township begins on that day. Whoever was in a class before is no newcomer (decisions 4): nobody owes a
    first visit because software was switched on. Changeable until the first table is signed. Raises CannotStart."""
    unit, role = lock_township(township_id, by)
    today = timezone.localtime(at).date()
    before = start.go_live(unit.pk, today)
    if before == day:
        return day
    if before is not None and is_fixed(unit.pk):
        raise CannotStart(f"已经有确认表签了字，启用日期定在{day_words(before, today)}，不能再改。", "")
    if not today - EARLIEST <= day <= today + LATEST:
        raise CannotStart("只能选一年以内、三个月以后之前的日子，请核对年份。")
    last = (
        OfflineVisit.objects.valid()
        .filter(township_id=unit.pk, kind=OfflineVisit.Kind.BEFORE_START)
        .aggregate(last=Max("visited_on"))["last"]
    )
    if last is not None and last >= day:
        raise CannotStart(f"已经登记了{dayshort(last)}的启用前巡访，启用日期要晚于这一天；登记错了的先作废。")
    start.decide(township_id=unit.pk, key=start.KEY, value=day.isoformat(), on=today)
    restart(township_id=unit.pk, day=day)
    audit.record(
        "go_live_set", at=at, by_id=by.pk, role=role, object_type="region", object_id=unit.pk,
        day=day.isoformat(), before=before.isoformat() if before else None,
    )  # fmt: skip
    tell_later(unit.pk)
    return day


@transaction.atomic
def finish_before_start(*, township_id: int, by: User, at: datetime) -> None:
    """The clerk says that all visits made before the start are entered (or that there were none): the step goes
    from the first-day guide; more can be entered all the same. Raises CannotStart."""
    unit, role = lock_township(township_id, by, frozenset({Role.TOWNSHIP_CLERK}))
    today = timezone.localtime(at).date()
    if start.go_live(unit.pk, today) is None:
        raise CannotStart("先定启用日期。", "")
    if start.before_start_done(unit.pk, today):
        return
    start.decide(township_id=unit.pk, key=start.DONE_KEY, value=True, on=today)
    audit.record(
        "before_start_finished", at=at, by_id=by.pk, role=role, object_type="region", object_id=unit.pk
    )
