"""紧急情况 goes to those on duty at once (五(三)-9): in the system, and by whatever they and their units have set up.

What goes out says that there is one, and where to look; never whom it is about (practice P17, P24)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.holders import holders
from accounts.models import Region, User
from accounts.roles import Role
from visits.core.models import Delivery, Webhook
from visits.core.sending import outbox
from visits.core.telling import News, settle, tell
from visits.followup.deadlines import to
from visits.followup.models import DutyShift, Emergency, Subject
from visits.followup.selectors.shifts import people_now

KEY = "urgent"
# Minutes after which somebody more is told of what nobody has taken.
LEVELS = NEXT, HEADS, COUNTY_HEADS = 15, 30, 60


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


def place_of(row: Emergency) -> str:
    names = Region.objects.filter(pk=row.township_id or row.county_id).values_list("name", flat=True)
    return names.first() or ""


def _news(row: Emergency, user_ids: Iterable[int], words: str, level: str = "") -> list[News]:
    """One for each but who told of it. `level`: of what is said beyond the first time."""
    url = to("visits_followup:emergency", row.uuid)
    return [
        News(
            user_id=user_id,
            key=f"{KEY}:{row.pk}{level}",
            kind=KEY,
            words=words,
            url=url,
            subject=KEY,
            subject_id=row.pk,
            at_once=True,
        )
        for user_id in dict.fromkeys(user_ids)
        if user_id != row.reported_by_id
    ]


def _first(row: Emergency, place: str, at: datetime) -> list[News]:
    return _news(row, people_of(row, at), f"{place}：有一件紧急情况，请马上看，接了请点一下")


def reported(row: Emergency, by: User, at: datetime) -> None:
    """The room's hook: told in the transaction that wrote it down."""
    place = place_of(row)
    tell(_first(row, place, at), at=at)
    outbox.to_groups(
        units_of(row),
        key=f"{KEY}:{row.pk}",
        words=f"【巡访】{place}有一件紧急情况，请值班的同志马上登录看。先打电话，系统不会替您打。",
        at=at,
    )


@transaction.atomic
def scan(*, at: datetime) -> int:
    """What nobody has taken, day and night: whoever is on duty by now is told as the first ones were, and after
    `LEVELS` those who can send somebody. Each person once a level, however often this runs. Gives how many wait."""
    # Who is acknowledging one just now has it locked: it is over when they are done.
    rows = Emergency.objects.filter(state=Emergency.State.REPORTED).order_by("pk")
    waiting = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True))
    for row in waiting:
        place = place_of(row)
        news = _first(row, place, at)
        for minutes in LEVELS:
            if at - row.reported_at < timedelta(minutes=minutes):
                break
            words = f"一件紧急情况过了{minutes}分钟还没有人接"
            level = f":{minutes}"
            news += _news(row, _of_level(row, minutes, at), f"{place}：{words}，请马上看、打电话", level)
            outbox.to_groups(
                units_of(row),
                key=f"{KEY}:{row.pk}{level}",
                words=f"【巡访】{place}{words}，请马上登录看。先打电话，系统不会替您打。",
                at=at,
            )
        tell(news, at=at)
    return len(waiting)


def _of_level(row: Emergency, minutes: int, at: datetime) -> list[int]:
    """The next on duty; the township's head and whoever is on duty at the county; the county's head."""
    today = timezone.localtime(at).date()
    if minutes == NEXT:
        people = [one.user_id for one in people_now(row.county_id, row.township_id, at) if one.user_id]
        return people[1:2] or people
    if minutes == HEADS:
        heads = holders({Role.TOWNSHIP_HEAD: [row.township_id]}, today) if row.township_id else {}
        return [pk for found in heads.values() for pk in found] + on_duty([row.county_id], at)
    return [pk for found in holders({Role.COUNTY_HEAD: [row.county_id]}, today).values() for pk in found]


def taken(row: Emergency, by: User, at: datetime) -> None:
    """Somebody has it in hand: nobody else has to hurry. When whoever told of it has it, nobody else may know yet:
    the other office is told who has."""
    settle(subject=KEY, subject_id=row.pk, at=at)
    if by.pk != row.reported_by_id or not row.township_id:
        return
    today = timezone.localtime(at).date()
    if by.pk in on_duty([row.township_id], at):
        who, unit, roles = "乡镇", row.county_id, [Role.COUNTY_OFFICER]
    else:
        who, unit, roles = "县级", row.township_id, [Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD]
    posts = holders({role: [unit] for role in roles}, today)
    people = on_duty([unit], at) + [pk for found in posts.values() for pk in found]
    tell(_news(row, people, f"{place_of(row)}：有一件紧急情况，{who}值班已接，供知悉", ":taken"), at=at)


def over(row: Emergency, by: User, at: datetime) -> None:
    """It has ended: it asks nothing of anybody."""
    settle(subject=KEY, subject_id=row.pk, at=at)


def told_in_full(row: Emergency, by: User, at: datetime) -> None:
    settle(subject=Subject.EMERGENCY, subject_id=row.pk, at=at)


def channel_configured(row: Emergency, at: datetime) -> bool:
    """practice P24: whether the timer of fifteen minutes may be shown for this one."""
    return outbox.channel_configured(units_of(row), on_duty(units_of(row), at))


def sent(row: Emergency) -> bool:
    """Whether a message about this one has gone out: to somebody's address, or to a group of its units."""
    gone = Delivery.objects.filter(state=Delivery.State.SENT)
    if gone.filter(notice__subject=KEY, notice__subject_id=row.pk).exists():
        return True
    groups = Webhook.objects.filter(region_id__in=units_of(row)).values_list("pk", flat=True)
    levels = ["", *(f":{minutes}" for minutes in LEVELS)]
    return gone.filter(
        key__in=[f"hook:{pk}:{KEY}:{row.pk}{level}" for pk in groups for level in levels]
    ).exists()
