"""Redis emptied, a worker killed at any step, the beat down, two beats at once: the same rows as if nothing had
happened, and each letter once."""

import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import override_settings

from tests.cast import Cast, make_cast
from tests.visits.core.test_sending import way
from tests.visits.core.test_telling import news
from tests.visits.followup.test_escalating import at, report, sheet
from visits.core.models import Delivery, Notice
from visits.core.sending import outbox
from visits.core.telling import tell
from visits.followup.models import ChangeReport, Escalation
from visits.followup.services import escalating

LATER = at(27, 18)


def world() -> Cast:
    """Reports that are urgent, so that each level is mailed at once, and a table to sign."""
    cast = make_cast()
    for user in (
        cast.township_clerk,
        cast.township_head,
        cast.county_officer,
        cast.city_supervisor,
        cast.village_head,
    ):
        way(user)
    for n in range(4):
        report(cast, due_on=at(23 + n).date(), urgent=True)
    sheet(cast)
    return cast


def rows() -> dict[str, list[Any]]:
    """What the database says, without the moments at which it was written."""
    ids = {pk: n for n, pk in enumerate(ChangeReport.objects.order_by("pk").values_list("pk", flat=True))}
    return {
        "escalations": sorted(
            (row.subject, ids.get(row.subject_id, -1), row.due_on, row.level, row.told)
            for row in Escalation.objects.all()
        ),
        "notices": sorted(
            (row.user.name, row.kind, row.due_on, row.words, row.settled_at is None)
            for row in Notice.objects.select_related("user")
        ),
        "deliveries": sorted(Delivery.objects.values_list("notice__user__name", "notice__words", "state")),
    }


def without_trouble(*moments: datetime) -> dict[str, list[Any]]:
    """The rows of a run in which nothing happens, on the same world, in a transaction that is taken back."""
    with (
        transaction.atomic(),
        override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"),
    ):
        world()
        for moment in moments:
            go(moment)
        found = rows()
        transaction.set_rollback(True)
    return found


def in_time() -> list[datetime]:
    """Every moment at which something comes, from before the first to LATER."""
    return [at(day, hour) for day in range(20, 28) for hour in (9, 15, 18)]


def go(moment: datetime = LATER) -> None:
    escalating.scan(at=moment)
    outbox.send_waiting(lambda: moment)


WORKER = """
import os, sys, django
from datetime import datetime
django.setup()
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
connection.settings_dict.update(NAME=os.environ["JOB_DB"], USER=os.environ["JOB_USER"])
settings.MAIL_ON = True
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["MAIL_PORT"])
settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
settings.DEFAULT_FROM_EMAIL = "xunfang@example.gov.cn"
from django.db import transaction
from visits.core import telling
from visits.core.sending import mail, outbox
from visits.followup.services import escalating
now = datetime.fromisoformat(os.environ["NOW"])
moment = lambda: now

# A process that can be killed at any step: each of these is one, and it forks before it takes it.
steps = [(escalating, "find_people"), (escalating, "_prove"), (escalating, "_news"), (escalating, "tell"),
         (escalating, "_supersede"), (escalating, "settle_what_is_over"), (outbox, "claim"), (outbox, "wanted"),
         (mail, "message"), (mail, "send"), (outbox, "_finish")]

def run(point, after, count):
    module, name = point
    real, seen = getattr(module, name), [0]
    def step(*args, **more):
        seen[0] += 1
        if seen[0] == count and not after:
            os.kill(os.getpid(), 9)
        found = real(*args, **more)
        if seen[0] == count:
            os.kill(os.getpid(), 9)
        return found
    setattr(module, name, step)
    escalating.scan(at=now)
    outbox.send_waiting(moment)

# Behind one step is before the next; only behind the two that reach beyond the database it is another matter.
killed = 0
for point, after in [(step, False) for step in steps] + [(steps[9], True), (steps[10], True)]:
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            run(point, after, 1)
        finally:
            os._exit(0)
    killed += os.waitpid(child, 0)[1] == 9
print(killed)
"""


def test_a_worker_killed_at_any_step_changes_nothing(committed, mailbox) -> None:
    """kill -9 between any two steps of a scan and a round of sending, one after the other on the same rows."""
    wanted = without_trouble(LATER)
    world()
    env = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "xunfang.settings.test", "JOB_DB": committed,
        "JOB_USER": django_settings.RUNTIME_DB_ROLE, "MAIL_PORT": str(mailbox.port), "NOW": LATER.isoformat(),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKER], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 13, done.stdout
    # The machine is up again: leases have run out.
    after = LATER + outbox.LEASE + timedelta(seconds=1)
    escalating.scan(at=after)
    outbox.send_waiting(lambda: after)
    assert rows() == wanted
    # Twice only where it died between the server's yes and the row's: the same letter under the same number.
    assert set(mailbox.numbers) == numbers()
    assert len(mailbox.numbers) <= len(numbers()) + 2


def numbers() -> set[str]:
    sent = Delivery.objects.filter(state="sent").values_list("pk", flat=True)
    return {f"<delivery-{pk}@example.gov.cn>" for pk in sent}


def test_the_beat_down_for_days_leaves_the_same_rows_and_no_letter_too_many(committed, mailbox) -> None:
    wanted = without_trouble(*in_time())
    world()
    go(at(23))
    go(LATER)
    found = rows()
    assert found["escalations"] == wanted["escalations"]
    assert found["notices"] == wanted["notices"]
    # The same letters; those of levels that were overtaken did not go, and nobody got two about one thing.
    assert [row[:2] for row in found["deliveries"]] == [row[:2] for row in wanted["deliveries"]]
    assert len(mailbox.numbers) == len(set(mailbox.numbers))
    assert set(mailbox.numbers) == numbers()


def test_two_beats_at_once_tell_and_send_once(committed, mailbox) -> None:
    wanted = without_trouble(LATER)
    world()
    barrier = threading.Barrier(3)

    def work() -> None:
        barrier.wait()
        go()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    go()
    assert rows() == wanted
    assert len(mailbox.numbers) == len(set(mailbox.numbers))
    assert set(mailbox.numbers) == numbers()


def test_an_emptied_redis_loses_nothing(committed, mailbox) -> None:
    """Hints lie in Redis; what must happen lies in the database."""
    wanted = without_trouble(LATER)
    world()
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    escalating.scan(at=LATER)
    assert client.llen("celery") > 0
    client.flushdb()
    outbox.send_waiting(lambda: LATER)
    assert rows() == wanted
    assert not Delivery.objects.filter(state="waiting").exists()
    assert set(mailbox.numbers) == numbers()


def test_a_report_that_is_filed_while_it_is_scanned_is_not_told(committed) -> None:
    """The clerk's transaction has it: the scan goes on without it, and the next one finds it done."""
    cast = make_cast()
    row = report(cast)
    begun, over = threading.Event(), threading.Event()

    def clerk() -> None:
        with transaction.atomic():
            ChangeReport.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
            begun.set()
            over.wait(5)
            ChangeReport.objects.filter(pk=row.pk).update(state="withdrawn")
        connection.close()

    thread = threading.Thread(target=clerk)
    thread.start()
    begun.wait(5)
    try:
        assert escalating.scan(at=at(24)) == 0
    finally:
        over.set()
        thread.join()
    assert escalating.scan(at=at(24, 10)) == 0
    assert not Notice.objects.filter(kind="report").exists()


def test_two_senders_never_send_the_same(committed, mailbox) -> None:
    cast = make_cast()
    way(cast.township_clerk)
    tell([news(cast.township_clerk, n, at_once=True) for n in range(1, 31)], at=LATER)

    def work() -> None:
        outbox.send_waiting(lambda: LATER)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailbox.numbers) == len(set(mailbox.numbers)) == 30
    assert Delivery.objects.filter(state="sent", attempts=1).count() == 30
