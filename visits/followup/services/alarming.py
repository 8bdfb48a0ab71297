"""紧急情况 goes to those on duty at once (五(三)-9): in the system, and by whatever they and their units have set up.

What goes out says that there is one, and where to look; never whom it is about (practice P17, P24)."""

from datetime import datetime

from django.utils import timezone

from accounts.holders import holders
from accounts.models import Region, User
from accounts.roles import Role
from visits.core.sending import outbox
from visits.core.telling import News, settle, tell
from visits.followup.deadlines import to
from visits.followup.models import DutyShift, Emergency, Subject

KEY = "urgent"


def on_duty(unit_ids: list[int], at: datetime) -> list[int]:
    """Ids of the people on duty now in these units who have an account."""
    rows = DutyShift.objects.of_units(unit_ids).live(at).filter(user__is_active=True)
    return list(rows.order_by("place", "pk").values_list("user_id", flat=True))  # type: ignore[arg-type]


def units_of(row: Emergency) -> list[int]:
    return [unit for unit in (row.township_id, row.county_id) if unit]


def people_of(row: Emergency, at: datetime) -> list[int]:
    """Who is told: those on duty now, and those whose work it is in the township and the county."""
    wanted: dict[str, list[int]] = {Role.COUNTY_OFFICER: [row.county_id]}
    if row.township_id:
        wanted |= {Role.TOWNSHIP_CLERK: [row.township_id], Role.TOWNSHIP_HEAD: [row.township_id]}
    posts = holders(wanted, timezone.localtime(at).date())
    ids = on_duty(units_of(row), at) + [pk for found in posts.values() for pk in found]
    return list(dict.fromkeys(ids))


def reported(row: Emergency, by: User, at: datetime) -> None:
    """The room's hook: told in the transaction that wrote it down."""
    place = (
        Region.objects.filter(pk=row.township_id or row.county_id).values_list("name", flat=True).first()
        or ""
    )
    words = f"{place}：有一件紧急情况，请马上看，接了请点一下"
    url = to("visits_followup:emergency", row.uuid)
    tell(
        [
            News(
                user_id=user_id,
                key=f"{KEY}:{row.pk}",
                kind=KEY,
                words=words,
                url=url,
                subject=KEY,
                subject_id=row.pk,
                at_once=True,
            )
            for user_id in people_of(row, at)
            if user_id != by.pk
        ],
        at=at,
    )
    outbox.to_groups(
        units_of(row),
        key=f"{KEY}:{row.pk}",
        words=f"【巡访】{place}有一件紧急情况，请值班的同志马上登录看。先打电话，系统不会替您打。",
        at=at,
    )


def taken(row: Emergency, by: User, at: datetime) -> None:
    """Somebody has it in hand, or it has ended: nobody else has to hurry."""
    settle(subject=KEY, subject_id=row.pk, at=at)


def told_in_full(row: Emergency, by: User, at: datetime) -> None:
    settle(subject=Subject.EMERGENCY, subject_id=row.pk, at=at)


def channel_configured(row: Emergency, at: datetime) -> bool:
    """practice P24: whether the timer of fifteen minutes may be shown for this one."""
    return outbox.channel_configured(units_of(row), on_duty(units_of(row), at))
