"""A preview is a page of its own: what was typed waits in the session, and the browser's Back finds the page again.

An answer to a POST can't be gone back to: the browser shows an error of its own instead of what was typed."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponseRedirect, QueryDict

KEY, SESSION, MOST = "look", "looks", 5


def keep(request: HttpRequest) -> HttpResponseRedirect:
    """Keep what was posted and send the browser to the page that shows it. Of one session the last five."""
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    found = dict(request.session.get(SESSION, {}))
    token = uuid4().hex
    found[token] = typed.urlencode()
    request.session[SESSION] = dict(list(found.items())[-MOST:])
    answer = HttpResponseRedirect(f"{request.path}?{KEY}={token}")
    answer.status_code = 303
    return answer


def typed(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what is posted, or what the address says was kept; None for a fresh one."""
    if request.method == "POST":
        return request.POST
    kept = request.session.get(SESSION, {}).get(request.GET.get(KEY, ""))
    return QueryDict(kept) if kept else None
