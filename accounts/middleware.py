"""What stands before every view: headers, the session's age, today's posts, and default deny."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import doors, kept, sessions
from accounts.scoping import Duty, duty_of
from accounts.views import errors

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
SIZES = {"1": 1, "2": 2, "3": 3}
# What somebody may still do whose first password must be changed.
MAY_PASS = {"accounts:password", "accounts:sign_out", "accounts:switch", "health"}


class Headers:
    """Nothing of ours stays in a shared computer's cache; no page asks for a position."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        response["Permissions-Policy"] = "geolocation=(), microphone=(), camera=(self), payment=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.headers.get("X-Sent-By") == "page" and response.status_code in (301, 302, 303):
            # A page that sends its form itself (static/js/xf.js) goes on by itself: what the next page has to say
            # once must not be read by a script first.
            response["X-Go"] = response["Location"]
            del response["Location"]
            response.status_code = 204
        size = SIZES.get(request.GET.get("zi", ""))
        if size:
            response.set_cookie("zi", str(size), max_age=3600 * 24 * 365, samesite="Lax", httponly=True)
        return response


class OnDuty:
    """Reads the user's posts of today once, so that rules and scopes need no clock and no further query.

    The only place where a request's day is read (decisions: never the database's own date)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.today = timezone.localdate()  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            duty_of(request.user, request.today)  # type: ignore[attr-defined]
            duty = request.user.duty
            if sessions.is_over(request, duty) or sessions.post_ended(request, duty):
                if not duty.posts and (given := errors.own_words(request)) is not None:
                    # No way back in: it is shown once more to whoever has just typed it. A page that sends its
                    # form itself asks again in the ordinary way, and that answer is the one that is read.
                    if request.headers.get("X-Sent-By") != "page":
                        logout(request)
                    return render(request, "errors/403.html", {"given": given, "over": True}, status=403)
                logout(request)
            else:
                sessions.touch(request)
            if request.method in ("GET", "HEAD"):
                # What is asked again and again while a page that changes nothing is made; gone with the request.
                request.user.while_reading = {}  # type: ignore[attr-defined, union-attr]
        if not request.user.is_authenticated:
            request.user.duty = Duty(on=request.today, user_id=0)  # type: ignore[attr-defined]
        return self.get_response(request)


class SaidWhenNotAllowed:
    """An address that only takes what a form sends, opened by itself: a page that says so, not an empty one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or request.path == "/healthz":
            return response
        page = render(request, "errors/405.html", status=405)
        page["Allow"] = response.headers.get("Allow", "")
        return page


class KeptSent:
    """What had been kept waits no longer once the same form was taken."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        taken = request.method == "POST" and response.status_code < 400
        if taken and request.user.is_authenticated and not hasattr(request, "was_kept"):
            kept.sent(request, by=request.user, at=timezone.now())
        return response


class RuleRequired:
    """A view that declares no rule does not exist for anybody, and says so in the log."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if getattr(view, "rule", None) is None:
            log.error("no rule on %s.%s", view.__module__, getattr(view, "__name__", view))
            return render(request, "errors/404.html", status=404)
        if request.user.is_authenticated and request.user.must_change_password:
            name = request.resolver_match.view_name if request.resolver_match else ""
            if name not in MAY_PASS:
                doors.keep(request)
                return redirect("accounts:password")
        return None
