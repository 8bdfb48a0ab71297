"""How long a session lasts, by role; and whether the password was given a short while ago."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.roles import ROLES
from accounts.scoping import Duty

STARTED = "started_at"
SEEN = "seen_at"
SURE = "sure_at"
SURE_FOR = timedelta(minutes=30)


def begin(request: HttpRequest) -> None:
    """Note in a new session when it began."""
    now = timezone.now().timestamp()
    request.session[STARTED] = request.session[SEEN] = request.session[SURE] = now


def limits(duty: Duty) -> tuple[timedelta, timedelta]:
    """Idle and absolute time: the strictest of the roles held."""
    facts = [ROLES[role] for role in duty.roles]
    if not facts:
        return timedelta(minutes=30), timedelta(hours=8)
    return min(f.idle for f in facts), min(f.absolute for f in facts)


def is_over(request: HttpRequest, duty: Duty) -> bool:
    """Whether this session has been idle or open for too long."""
    idle, absolute = limits(duty)
    now = timezone.now().timestamp()
    session = request.session
    return (
        now - session.get(SEEN, 0) > idle.total_seconds()
        or now - session.get(STARTED, 0) > absolute.total_seconds()
    )


def touch(request: HttpRequest) -> None:
    """Note that somebody is there; at most one write a minute. Autosave does not count as being there."""
    now = timezone.now().timestamp()
    if now - request.session.get(SEEN, 0) > 60 and request.headers.get("X-Autosave") is None:
        request.session[SEEN] = now


def recently_authenticated(request: HttpRequest) -> bool:
    """Whether the password was given within `SURE_FOR`."""
    return timezone.now().timestamp() - request.session.get(SURE, 0) < SURE_FOR.total_seconds()


def be_sure(request: HttpRequest) -> None:
    request.session[SURE] = timezone.now().timestamp()
