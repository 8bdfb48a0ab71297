"""The outbox: what waits is taken by one sender at a time, sent, and marked; what failed waits longer each time.

At least once: a sender that dies after the other side said yes and before the row says so leaves a lease that runs
out, and the same letter goes again under the same number (docs/adr/0026)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.core.models import Delivery, NoticeWay, Webhook
from visits.core.sending import hint, hooks, mail
from visits.core.sending.problems import Final, NotYet

State = Delivery.State
# Longer than any one message may take (timeouts of 15 and 5 seconds, several steps each).
LEASE = timedelta(minutes=3)
# After the first failure, the second, …: eight tries in about a day.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 360, 360))
MAX_ATTEMPTS = len(PAUSES) + 1
# One round: the next begins within the minute.
BATCH = 200

Clock = Callable[[], datetime]


def to_groups(unit_ids: Iterable[int], *, key: str, words: str, at: datetime) -> int:
    """Put one message for each address in use of these units, in the running transaction; the same `key` goes to
    the same address once. Gives how many are new."""
    hooks_ = Webhook.objects.filter(region_id__in=list(unit_ids), on=True).values_list("pk", flat=True)
    return put_hooks({pk: (f"hook:{pk}:{key}", words) for pk in hooks_}, at=at)


def put_hooks(messages: dict[int, tuple[str, str]], *, at: datetime) -> int:
    """Webhook id → key and words."""
    known = set(
        Delivery.objects.filter(key__in=[key for key, _ in messages.values()]).values_list("key", flat=True)
    )
    rows = [
        Delivery(
            way=Delivery.Way.WEBHOOK, webhook_id=pk, key=key, words=words[:500], next_at=at, created_at=at
        )
        for pk, (key, words) in sorted(messages.items())
        if key not in known
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        transaction.on_commit(hint)
    return len(rows)


def claim(at: datetime) -> Delivery | None:
    """The next that waits, with a lease. Two senders never get the same."""
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .filter(free, state=State.WAITING, next_at__lte=at)
            .order_by("next_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.lease_until = at + LEASE
        row.attempts += 1
        row.save(update_fields=["lease_until", "attempts"])
    return Delivery.objects.select_related("notice", "digest", "webhook").get(pk=row.pk)


def send_waiting(clock: Clock) -> int:
    """One round. Gives how many went out."""
    sent = 0
    post = get_connection(fail_silently=False) if settings.MAIL_ON else None
    for _ in range(BATCH):
        row = claim(clock())
        if row is None:
            break
        sent += send_one(row, clock, post)
    return sent


def send_one(row: Delivery, clock: Clock, connection: Any = None) -> bool:
    """Send what was claimed, and write down what came of it."""
    if row.attempts > MAX_ATTEMPTS:
        _finish(row, state=State.FAILED, problem=f"试了{MAX_ATTEMPTS}次都没发出去")
        return False
    if not wanted(row):
        _finish(row, state=State.DROPPED)
        return False
    try:
        if row.webhook is not None:
            hooks.post(row.webhook, row.words, millis=int(clock().timestamp() * 1000))
        else:
            mail.send(mail.message(row, _way(row).email, connection))
    except Final as error:
        _finish(row, state=State.FAILED, problem=str(error)[:120])
        return False
    except NotYet as error:
        _again(row, clock(), str(error)[:120])
        return False
    _finish(row, state=State.SENT, sent_at=clock(), problem="")
    return True


def _again(row: Delivery, at: datetime, problem: str) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _finish(row, state=State.FAILED, problem=problem)
    else:
        _finish(row, next_at=at + PAUSES[row.attempts - 1], problem=problem)


def _finish(row: Delivery, **values: Any) -> None:
    """Only by whoever holds the lease: a slow sender does not overwrite what a later one wrote."""
    Delivery.objects.filter(pk=row.pk, attempts=row.attempts, lease_until=row.lease_until).update(
        lease_until=None, **values
    )


def _way(row: Delivery) -> NoticeWay:
    user_id = row.notice.user_id if row.notice else row.digest.user_id  # type: ignore[union-attr]
    return NoticeWay.objects.get(user_id=user_id)


def wanted(row: Delivery) -> bool:
    """Whether it still has to go: the address is in use, its person works here and wants mail, and what it is about
    was neither read nor settled meanwhile."""
    if row.webhook is not None:
        return row.webhook.on or row.key.startswith("test:")
    if row.notice is not None and (row.notice.settled_at or row.notice.read_at):
        return False
    user_id = row.notice.user_id if row.notice else row.digest.user_id  # type: ignore[union-attr]
    ways = NoticeWay.objects.filter(user_id=user_id, user__is_active=True).exclude(
        wants=NoticeWay.Wants.NOTHING
    )
    if row.digest is not None:
        ways = ways.filter(wants=NoticeWay.Wants.ALL)
    return settings.MAIL_ON and ways.exists()


@transaction.atomic
def resend(*, delivery_id: int, by: User, at: datetime) -> bool:
    """An administrator lets a failed one be tried anew, from the first pause on. False: it is not failed."""
    row = Delivery.objects.select_for_update(of=("self",), no_key=True).filter(pk=delivery_id).first()
    if row is None or row.state != State.FAILED:
        return False
    row.state, row.attempts, row.next_at, row.problem, row.lease_until = State.WAITING, 0, at, "", None
    row.save(update_fields=["state", "attempts", "next_at", "problem", "lease_until"])
    audit.record("delivery_sent_again", at=at, by_id=by.pk, role=Role.SYSTEM_ADMIN, target=row)
    transaction.on_commit(hint)
    return True


def channel_configured(unit_ids: Iterable[int], user_ids: Iterable[int] = ()) -> bool:
    """practice P24: whether an emergency told at once reaches anybody outside these pages: a unit's address in use
    to which a message has gone out, or an address of one of these people that wants urgent mail. A promise of an
    acknowledgement in minutes is made only then."""
    proved = Delivery.objects.filter(
        webhook__on=True, webhook__region_id__in=list(unit_ids), state=State.SENT
    )
    if proved.exists():
        return True
    ways = NoticeWay.objects.filter(user_id__in=list(user_ids)).exclude(wants=NoticeWay.Wants.NOTHING)
    return settings.MAIL_ON and ways.exists()
