"""每日提要: once on each working day, for whoever wants it, what is open in their posts; counted when it is made.

Rooms above say what they count (`sources`); nothing to say is no digest. Unit's addresses get the same sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import Post
from accounts.models.region import Level
from accounts.roles import Role
from visits.core.calendar import load as load_calendar
from visits.core.models import Delivery, Digest, Notice, NoticeWay, Webhook
from visits.core.sending import hint
from visits.core.sending.outbox import put_hooks
from visits.core.workdays import YearNotLoaded
from xunfang.kit.models import Pulse

AT = time(8, 30)
# Which day's digests were made last: a later round of the same day makes none for what has come since.
PULSE = "digests"
# More than ten lines is no digest; what is urgent comes first.
MOST = 10
# For whom the sentences of a unit's address are counted.
SPEAKS = {
    Level.TOWNSHIP: Role.TOWNSHIP_CLERK,
    Level.COUNTY: Role.COUNTY_OFFICER,
    Level.CITY: Role.CITY_SUPERVISOR,
}


@dataclass(frozen=True)
class Reader:
    """Whoever is told: a person with the posts of today, or a unit's address. `posts`: role and unit."""

    key: str
    user_id: int | None
    posts: frozenset[tuple[str, int]]


# Reader's key → sentences, without names of persons. Higher rooms append theirs in their AppConfig.ready().
Source = Callable[[Sequence[Reader], date], Mapping[str, list[str]]]
sources: list[Source] = []


def is_day(on: date) -> bool:
    """A working day; in a year whose days off are not known, Monday to Friday: a letter too many harms nobody."""
    try:
        return load_calendar().is_workday(on)
    except YearNotLoaded:
        return on.isoweekday() < 6


def make(*, at: datetime) -> int:
    """This day's digests, when it is time and they were not made yet: also hours late, never for a day that is
    over. Two at once make one. Gives how many went into the outbox."""
    now = timezone.localtime(at)
    on = now.date()
    if now.time() < AT or not is_day(on):
        return 0
    with transaction.atomic():
        Pulse.objects.get_or_create(name=PULSE, defaults={"at": datetime(2000, 1, 1, tzinfo=now.tzinfo)})
        last = Pulse.objects.select_for_update(of=("self",), no_key=True).get(name=PULSE)
        if timezone.localtime(last.at).date() >= on:
            return 0
        made = _people(on, at) + _groups(on, at)
        Pulse.objects.filter(name=PULSE).update(at=at)
        if made:
            transaction.on_commit(hint)
    return made


def readers(on: date) -> list[Reader]:
    """Who wants a daily letter and has a post today."""
    if not settings.MAIL_ON:
        return []
    wanting = NoticeWay.objects.filter(wants=NoticeWay.Wants.ALL, user__is_active=True)
    posts: dict[int, set[tuple[str, int]]] = {}
    for user_id, role, unit in (
        Post.objects.live(on)
        .filter(user_id__in=wanting.values("user_id"))
        .values_list("user_id", "role", "region_id")
    ):
        posts.setdefault(user_id, set()).add((role, unit))
    return [Reader(f"user:{pk}", pk, frozenset(held)) for pk, held in sorted(posts.items())]


def lines_for(found: Sequence[Reader], on: date) -> dict[str, list[str]]:
    """Every reader's sentences, most urgent first: the rooms' in their order, then what was not read yet."""
    lines: dict[str, list[str]] = {reader.key: [] for reader in found}
    for source in sources:
        for key, said in source(found, on).items():
            lines[key] += said
    unread = dict(
        Notice.objects.unread()
        .filter(user_id__in=[reader.user_id for reader in found if reader.user_id])
        .order_by()
        .values_list("user_id")
        .annotate(n=Count("pk"))
    )
    for reader in found:
        if n := unread.get(reader.user_id or 0):
            lines[reader.key].append(f"还有{n}条通知没看")
    return {key: said[:MOST] for key, said in lines.items() if said}


def _people(on: date, at: datetime) -> int:
    found = readers(on)
    said = lines_for(found, on)
    rows = [
        Digest(user_id=reader.user_id, on=on, lines=said[reader.key], made_at=at)  # type: ignore[misc]
        for reader in found
        if reader.key in said
    ]
    Digest.objects.bulk_create(rows, ignore_conflicts=True)
    made = Digest.objects.filter(on=on, user_id__in=[row.user_id for row in rows]).values_list(
        "pk", flat=True
    )
    Delivery.objects.bulk_create(
        [
            Delivery(way=Delivery.Way.EMAIL, digest_id=pk, key=f"digest:{pk}", next_at=at, created_at=at)
            for pk in sorted(made)
        ],
        ignore_conflicts=True,
    )
    return len(rows)


def _groups(on: date, at: datetime) -> int:
    hooks = list(Webhook.objects.filter(on=True).select_related("region").order_by("pk"))
    found = [
        Reader(f"hook:{hook.pk}", None, frozenset({(SPEAKS[Level(hook.region.level)], hook.region_id)}))
        for hook in hooks
        if hook.region.level in SPEAKS
    ]
    said = lines_for(found, on)
    head = f"【巡访】{on.month}月{on.day}日"
    units = {f"hook:{hook.pk}": hook.region.name for hook in hooks}
    return put_hooks(
        {
            int(key.removeprefix("hook:")): (
                f"{key}:day:{on.isoformat()}",
                "\n".join([f"{head} {units[key]}", *(f"· {line}" for line in lines)]),
            )
            for key, lines in said.items()
        },
        at=at,
    )
