"""Two people on one phone: whose numbers this device offers at the door. Only who ticked it, at most two.

The cookie is signed and holds ids of accounts, nothing that says who they are; it opens nothing: the
password is asked as ever (docs/adr).
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "known"
SALT = "accounts.devices"
AGE = timedelta(days=180)
MOST = 2


def ids(request: HttpRequest) -> list[int]:
    """Ids of the accounts this device remembers, the last one first. A cookie that was changed is none."""
    try:
        text = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return []
    return [int(part) for part in (text or "").split(".") if part.isdecimal() and len(part) < 19][:MOST]


def known(request: HttpRequest) -> list[User]:
    """The accounts behind them, in this order. One query when there are any."""
    wanted = ids(request)
    found = User.objects.filter(is_active=True).in_bulk(wanted) if wanted else {}
    return [found[pk] for pk in wanted if pk in found]


def remember(request: HttpRequest, response: HttpResponse, user: User, *, asked: bool) -> None:
    """After a sign-in: put the account first if it was ticked now, or is remembered already."""
    wanted = ids(request)
    if asked or user.pk in wanted:
        _write(response, [user.pk, *(pk for pk in wanted if pk != user.pk)][:MOST])


def forget(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    _write(response, [pk for pk in ids(request) if pk != user_id])


def _write(response: HttpResponse, wanted: list[int]) -> None:
    if not wanted:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    options: dict[str, Any] = {
        "max_age": AGE,
        "httponly": True,
        "samesite": "Lax",
        "secure": settings.SESSION_COOKIE_SECURE,
    }
    response.set_signed_cookie(COOKIE, ".".join(map(str, wanted)), salt=SALT, **options)
