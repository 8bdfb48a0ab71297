"""Each request has a number: it stands in every line of the log about it, and on the page when something went wrong.

The line says which page, not which address: an address names a file."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from xunfang.kit.logs import request_number

log = logging.getLogger("xunfang.requests")
FROM_PROXY = re.compile(r"[A-Za-z0-9-]{8,64}")
# Asked every few seconds by a machine.
UNTOLD = {"health"}


class Numbered:
    """Gives the request its number, sends it back in X-Request-ID, and writes one line when the answer is there.

    A number from outside is taken only where a proxy of ours stands before us."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.AXES_IPWARE_PROXY_COUNT else ""
        number = given if FROM_PROXY.fullmatch(given) else uuid4().hex[:12]
        token = request_number.set(number)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            match = request.resolver_match
            page = match.view_name if match else ""
            # Files that every page brings along are no news.
            if page not in UNTOLD and (match or response.status_code >= 400):
                facts = {
                    "page": page,
                    "method": request.method if request.method in {"GET", "POST", "HEAD"} else "other",
                    "status": response.status_code,
                    "ms": round((time.monotonic() - started) * 1000),
                }
                log.info("answered", extra={"facts": facts})
            return response
        finally:
            request_number.reset(token)
