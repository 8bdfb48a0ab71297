"""How long a session lasts, by role; that it ends with a post; whether the password was given just now, or, for
signing, once more since the session began."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.roles import ROLES
from accounts.scoping import Duty

STARTED = "started_at"
SEEN = "seen_at"
SURE = "sure_at"
SIGNING = "signing"
POSTS = "posts"
SURE_FOR = timedelta(minutes=30)


def begin(request: HttpRequest, duty: Duty) -> None:
    """Note in a new session when it began, and let its cookie and its row live no longer than it may."""
    now = timezone.now().timestamp()
    request.session[STARTED] = request.session[SEEN] = request.session[SURE] = now
    request.session.set_expiry(int(limits(duty)[1].total_seconds()))


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


def post_ended(request: HttpRequest, duty: Duty) -> bool:
    """Whether a post that this session has worked with is over. Posts that were added meanwhile are noted,
    so that their end is seen too."""
    held = sorted({post.id for post in duty.posts})
    noted = request.session.get(POSTS)
    if noted is not None and not set(noted) <= set(held):
        return True
    if noted != held:
        request.session[POSTS] = held
    return False


def touch(request: HttpRequest) -> None:
    """Note that somebody is there; at most one write a minute. Autosave does not count as being there."""
    now = timezone.now().timestamp()
    if now - request.session.get(SEEN, 0) > 60 and request.headers.get("X-Autosave") is None:
        request.session[SEEN] = now


def recently_authenticated(request: HttpRequest) -> bool:
    """Whether the password was given within `SURE_FOR`."""
    return timezone.now().timestamp() - request.session.get(SURE, 0) < SURE_FOR.total_seconds()


def may_sign(request: HttpRequest) -> bool:
    """Whether the password was given once more in this session. Coming in does not count: a signature stands for a
    second word of whoever holds the phone. Asked once a session (journeys, signing)."""
    return bool(request.session.get(SIGNING))


def be_sure(request: HttpRequest) -> None:
    """The password was given once more."""
    request.session[SURE] = timezone.now().timestamp()
    request.session[SIGNING] = True
