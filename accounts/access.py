"""The rule every view declares. A view without one is refused by middleware and fails the build.

Wrong role: 403 before any query of the view. Out of scope: 404, the same as what does not exist.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import doors
from accounts.roles import PUBLIC
from accounts.sessions import may_sign, recently_authenticated

Login = Literal["password", "reauth", "signing", "second_factor"]


@dataclass(frozen=True)
class Rule:
    """What a view is for: who may call it, what it reads and writes, how sure we must be who calls."""

    roles: frozenset[str]
    reads: str = ""
    writes: str = ""
    audit: str = ""
    login: Login = "password"
    name: str = field(default="", compare=False)

    @property
    def public(self) -> bool:
        return self.roles == PUBLIC


def _sure(request: HttpRequest, login: Login) -> bool:
    """`signing`: once a session, however long ago; everything else: within half an hour."""
    return may_sign(request) if login == "signing" else recently_authenticated(request)


def rule(
    roles: Collection[str], *, reads: str = "", writes: str = "", audit: str = "", login: Login = "password"
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Declare a view's rule. Put it under `require_http_methods`, directly on the function."""

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        declared = Rule(
            frozenset(roles), reads, writes, audit, login, f"{view.__module__}.{view.__qualname__}"
        )

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not declared.public:
                if (stopped := doors.stop(request)) is not None:
                    return stopped
                if not request.user.duty.has(declared.roles):
                    raise PermissionDenied
                if declared.login != "password" and not _sure(request, declared.login):
                    doors.keep(request)
                    return redirect(
                        f"{reverse('accounts:sure')}?{urlencode({'next': request.get_full_path()})}"
                    )
            return view(request, *args, **kwargs)

        guarded.rule = declared  # type: ignore[attr-defined]
        return guarded

    return declare
