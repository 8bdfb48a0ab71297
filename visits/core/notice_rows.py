"""Notices, addresses and messages in the shape their pages draw."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from visits.core.models import Delivery, Notice, Webhook
from visits.core.notice_words import KINDS
from visits.core.sending import hooks
from visits.core.workdays import Calendar, YearNotLoaded
from visits.templatetags.xf import day, hm, left_work, moment

STATES = {"waiting": "soon", "sent": "done", "failed": "late", "dropped": "idle"}


def url(keep: Mapping[str, str], **more: Any) -> str:
    kept = {
        name: value for name, value in {**keep, **more}.items() if value and (name, value) != ("which", "new")
    }
    return reverse("visits_core:notices") + (f"?{urlencode(kept)}" if kept else "")


def filters(which: str, kind: str, unread: int, kinds: set[str]) -> list[dict[str, Any]]:
    """没看的, 全部; and each kind, when there is more than one of them."""
    made: list[dict[str, Any]] = [
        {"word": "没看的", "url": url({}), "count": unread, "current": which == "new" and not kind},
        {"word": "全部", "url": url({"which": "all"}), "current": which == "all" and not kind},
    ]
    return made + [
        {"word": one.name, "url": url({"which": "all", "kind": code}), "current": kind == code}
        for code, one in KINDS.items()
        if (code in kinds and len(kinds) > 1) or kind == code
    ]


def empty(which: str, unread: int) -> dict[str, str]:
    if which == "new" and not unread:
        say = "快到期、过了期、要您知道的事，会在这里说一次，不反复催。"
        return {"title": "没有没看的通知", "say": say, "url": url({"which": "all"}), "link": "看以前的"}
    return {"title": "这里没有", "say": "换一个条件看看。"}


def by_day(rows: list[Notice], calendar: Calendar, today: date) -> list[dict[str, Any]]:
    """Day headings with their notices, newest first."""
    return [
        {
            "day": day(on, today),
            "aside": "今天" if on == today else "",
            "rows": [_notice(row, calendar, today) for row in held],
        }
        for on, held in groupby(rows, key=lambda row: timezone.localtime(row.created_at).date())
    ]


def _notice(row: Notice, calendar: Calendar, today: date) -> dict[str, Any]:
    kind = KINDS[row.kind]
    over = row.settled_at is not None
    return {
        "pk": row.pk,
        "icon": kind.icon,
        "name": kind.name,
        "words": row.words,
        "time": hm(row.created_at),
        "new": row.read_at is None and not over,
        "state": "done" if over else _state(row, today),
        "due": {"state": "done", "word": "已办"} if over else _chip(row, calendar, today),
    }


def _state(row: Notice, today: date) -> str:
    if row.due_on is None:
        return "late" if row.kind in ("urgent", "unreached") else "soon"
    return "late" if today > row.due_on else "soon"


def _chip(row: Notice, calendar: Calendar, today: date) -> dict[str, str] | None:
    """How it stands today, whenever it was told."""
    if row.due_on is None:
        return None
    over = today > row.due_on
    try:
        remaining = left_work(calendar.workdays_left(today, row.due_on))
    except YearNotLoaded:
        remaining = ""
    # On the days off right behind it nothing has passed that counts.
    return {
        "state": "late" if over else "soon",
        "word": "过期" if over else "快到期",
        "left": "" if over and remaining == left_work(0) else remaining,
    }


def webhook(row: Webhook, last: Delivery | None, today: date) -> dict[str, Any]:
    """An address: of which host, and what came of the last message."""
    return {
        "row": row,
        "host": hooks.host_of(row),
        "state": STATES[last.state] if last else "idle",
        "word": last.get_state_display() if last else "还没发过",
        "last": moment(last.sent_at or last.created_at, today) if last else "",
        "problem": last.problem if last else "",
    }


def delivery(row: Delivery, today: date) -> dict[str, Any]:
    """A message: to whom, about what kind of thing, how often tried, why not."""
    if row.webhook is not None:
        to, what = f"{row.webhook.region.name}　{row.webhook.name}", "群消息"
        what = "试发" if row.key.startswith("test:") else "群消息"
    elif row.notice is not None:
        to, what = row.notice.user.name, KINDS[row.notice.kind].name
    else:
        assert row.digest is not None
        to, what = row.digest.user.name, "每日提要"
    again = row.state == Delivery.State.WAITING and row.attempts
    return {
        "pk": row.pk,
        "to": to,
        "way": row.get_way_display(),
        "what": what,
        "state": STATES[row.state],
        "word": row.get_state_display(),
        "made": moment(row.created_at, today),
        "tries": f"试了{row.attempts}次" if row.attempts else "",
        "next": f"{moment(row.next_at, today)}再试" if again else "",
        "problem": row.problem,
    }
