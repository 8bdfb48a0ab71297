"""通知: people are told, once, in the transaction of what they are told about.

`tell` takes any number of notices in two statements; whoever was told the same (`key`) is not told again, unless it
was settled and comes up once more (`again`). `settle`
takes back what was done meanwhile. Sending is another matter (`visits.core.sending`): a row, never a call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from visits.core.models import Delivery, Notice, NoticeWay
from visits.core.notice_words import KINDS
from visits.core.sending import hint

# What the bar says at most; whoever has more has too many to count.
MOST = 100


@dataclass(frozen=True)
class News:
    """One thing for one person. `key`: of what and at which level, equal for the same; `words`: of
    `visits.core.notice_words`; `url`: a path of ours, without personal data. `superseded`: it is written down as
    told and asks nothing, because something later about the same thing is told along with it."""

    user_id: int
    key: str
    kind: str
    words: str
    url: str
    subject: str = ""
    subject_id: int | None = None
    due_on: date | None = None
    at_once: bool = False
    superseded: bool = False


TELL = """
INSERT INTO visits_core_notice
  (user_id, key, kind, words, url, subject, subject_id, due_on, at_once, created_at, settled_at)
SELECT user_id, key, kind, words, url, subject, subject_id, due_on, at_once, %s, CASE WHEN superseded THEN %s END
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::date[],
              %s::boolean[], %s::boolean[])
       AS n(user_id, key, kind, words, url, subject, subject_id, due_on, at_once, superseded)
 ORDER BY user_id, key
ON CONFLICT (user_id, key) {again} RETURNING id, user_id, key
"""
ONCE = "DO NOTHING"
# What was settled meanwhile asks once more; what still asks, or comes with something later, stays as it is.
ONCE_MORE = """DO UPDATE
   SET settled_at = NULL, read_at = NULL, words = EXCLUDED.words, url = EXCLUDED.url, due_on = EXCLUDED.due_on,
       at_once = EXCLUDED.at_once, created_at = EXCLUDED.created_at
 WHERE visits_core_notice.settled_at IS NOT NULL AND EXCLUDED.settled_at IS NULL"""
# Whoever wants mail about what is urgent gets it at once; the others find it in the day's digest.
MAIL = """
INSERT INTO visits_core_delivery (way, notice_id, key, words, state, attempts, next_at, problem, created_at)
SELECT 'email', n.id, 'notice:' || n.id, '', CASE WHEN n.settled_at IS NULL THEN 'waiting' ELSE 'dropped' END,
       0, %s, '', %s
  FROM visits_core_notice n JOIN visits_core_noticeway w ON w.user_id = n.user_id
 WHERE n.id = ANY(%s) AND n.at_once AND w.wants <> 'nothing'
 ORDER BY n.id
ON CONFLICT (key) DO UPDATE
   SET state = 'waiting', attempts = 0, next_at = EXCLUDED.next_at, lease_until = NULL, sent_at = NULL, problem = ''
 WHERE visits_core_delivery.state <> 'waiting' AND EXCLUDED.state = 'waiting'
"""


def tell(news: Sequence[News], *, at: datetime, again: bool = False) -> list[tuple[int, str]]:
    """Write what is new of these, in the running transaction. Gives (user id, key) of what was. `again`: one that
    was settled since is told once more: the same key has something to ask again."""
    if not news:
        return []
    assert all(one.kind in KINDS for one in news), (
        "a kind of notice has its words in visits.core.notice_words"
    )
    columns = (
        "user_id",
        "key",
        "kind",
        "words",
        "url",
        "subject",
        "subject_id",
        "due_on",
        "at_once",
        "superseded",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        words = TELL.format(again=ONCE_MORE if again else ONCE)
        cursor.execute(words, [at, at, *([getattr(one, name) for one in news] for name in columns)])
        told = cursor.fetchall()
        if told and settings.MAIL_ON:
            cursor.execute(MAIL, [at, at, [pk for pk, _, _ in told]])
            if cursor.rowcount:
                transaction.on_commit(hint)
    return [(user_id, key) for _, user_id, key in told]


def settle(*, subject: str, subject_id: int, at: datetime, key: str = "") -> int:
    """It is done: its notices ask nothing any more, and mail that has not gone yet does not go. With `key`, only
    notices whose key begins so. Gives how many were settled."""
    rows = Notice.objects.filter(subject=subject, subject_id=subject_id, settled_at=None)
    return settle_all(rows.filter(key__startswith=key) if key else rows, at=at)


def settle_all(notices: "models.QuerySet[Notice]", *, at: datetime) -> int:
    """The same for a set of open notices."""
    with transaction.atomic():
        ids = list(notices.filter(settled_at=None).values_list("pk", flat=True))
        if not ids:
            return 0
        settled = Notice.objects.filter(pk__in=ids, settled_at=None).update(settled_at=at)
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        Delivery.objects.filter(free, notice_id__in=ids, state=Delivery.State.WAITING).update(
            state=Delivery.State.DROPPED, lease_until=None
        )
    return settled


def read(*, notice_id: int, by: Any, at: datetime) -> Notice | None:
    """Its reader has opened it. None: it is not theirs."""
    notice = Notice.objects.to(by).filter(pk=notice_id).first()
    if notice is not None and notice.read_at is None:
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)
    return notice


def read_all(*, up_to: int, by: Any, at: datetime) -> int:
    """Everything up to the notice that stood on top of the page: what came after it was not seen."""
    return Notice.objects.to(by).filter(read_at=None, pk__lte=up_to).update(read_at=at)


def unread(user_id: int) -> RawSQL:
    """How many of somebody's notices ask something, at most `MOST`: rides on the query for their posts
    (`accounts.scoping.riders`), so that the bar costs no query of its own."""
    return RawSQL(
        "(SELECT count(*) FROM (SELECT 1 FROM visits_core_notice WHERE user_id = %s AND read_at IS NULL"
        " AND settled_at IS NULL LIMIT %s) AS first)",
        [user_id, MOST],
        output_field=models.IntegerField(),
    )


def wants_mail(user_ids: Collection[int]) -> bool:
    """Whether one of them has said where urgent mail goes."""
    return (
        settings.MAIL_ON
        and NoticeWay.objects.filter(user_id__in=user_ids).exclude(wants=NoticeWay.Wants.NOTHING).exists()
    )
