"""The pages for what went wrong. Whoever had typed something gets it back here, if the page was theirs."""

import sys
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts import doors, kept, page_author, typed
from accounts.log_words import WRITES
from xunfang.kit.logs import request_number

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
# PostgreSQL: a statement that took too long, a row that was locked too long, two that waited for each other.
BUSY = {"57014", "55P03", "40P01", "40001"}


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    return render(request, "errors/429.html", {"wait": "15分钟后再试"}, status=429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that was open while its browser signed in anew. Its author presses once more, on a page of ours that
    says what is sent and where to; nobody else is shown anything.

    SECURITY: without the author's token this is a form of another site, and nothing of it is shown or kept."""
    author = page_author.author_of(request)
    if author is None or kept.secret(request):
        return render(request, "errors/csrf.html", status=403)
    stopped = doors.stop(request)
    if stopped is not None:
        return stopped
    if request.headers.get("X-Autosave") is not None:
        doors.keep(request)
        return JsonResponse({"error": "登录换过了"}, status=403)
    again = _again(request, kept.body_of(request.POST))
    return render(request, "errors/again.html", again, status=403)


def _again(request: HttpRequest, body: kept.Body) -> dict[str, Any]:
    """What `errors/_again.html` needs: the same fields to the same place."""
    return {
        "to": request.get_full_path(),
        "what": WRITES.get(kept.writes(request.path_info) or "", ""),
        "fields": [(name, value) for name, values in body.items() for value in values],
        "given": typed.given(body, request.path_info),
        "files": request.content_type == "multipart/form-data",
    }


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if not isinstance(exception, TOO_MUCH):
        return render(request, "errors/400.html", status=400)
    body = _unread(request, exception)
    context = {
        "files": isinstance(exception, TooManyFilesSent) or request.content_type == "multipart/form-data",
        "given": typed.given(body, request.path_info) if body else None,
    }
    return render(request, "errors/413.html", context, status=413)


def _unread(request: HttpRequest, exception: Exception) -> kept.Body:
    """The fields of a body that had too many of them. It is in memory already, and not larger than it may be."""
    if not isinstance(exception, TooManyFieldsSent) or request.content_type == "multipart/form-data":
        return {}
    read = QueryDict(mutable=True)
    for name, value in parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True):
        read.appendlist(name, value)
    return {} if page_author.read(read.get(page_author.FIELD, "")) is None else kept.body_of(read)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"given": own_words(request)}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", {"given": own_words(request)}, status=404)


def own_words(request: HttpRequest) -> typed.Given | None:
    """What whoever is signed in had typed on this page: for copying, where it can't be taken any more."""
    author = page_author.author_of(request)
    user = getattr(request, "user", None)
    if author is None or user is None or author != user.pk or kept.secret(request):
        return None
    found = typed.given(kept.body_of(request.POST), request.path_info)
    return found if found.typed else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault; or the database is away, which is said otherwise and tried again by the page itself."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unreachable(request, busy=getattr(error.__cause__, "pgcode", None) in BUSY)
    return HttpResponse(render_to_string("errors/500.html", {"number": request_number.get()}), status=500)


def unreachable(request: HttpRequest, *, busy: bool) -> HttpResponse:
    """Made without the database and without whoever is signed in: neither can be asked.

    SECURITY: the tokens go back as they came, so that the second post is judged like the first; and only a page
    of ours is given back, which its author's token proves."""
    context: dict[str, Any] = {"busy": busy, "posted": request.method == "POST", "to": "/"}
    body = {} if kept.secret(request) else kept.body_of(page_author.posted(request))
    if request.path.startswith("//") or page_author.author_of(request) is None:
        body = {}
    if body:
        context |= _again(request, body) | {"keyed": "key" in body}
        context["fields"] += [
            (name, value) for name in sorted(kept.OURS) for value in request.POST.getlist(name)
        ]
    response = HttpResponse(render_to_string("errors/503.html", context), status=503)
    response["Retry-After"] = "5"
    return response
