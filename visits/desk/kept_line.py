"""A line on the first page while something waits that its author could not send."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import kept

# Before everything else: it is the only line that may be lost.
BANNER = 5


def banner(request: HttpRequest) -> dict[str, Any] | None:
    if request.path != "/" or not kept.waiting(request.user, timezone.now()).exists():
        return None
    return {
        "state": "soon",
        "title": "您有写好没交上的内容，",
        "text": "还替您留着。",
        "url": reverse("accounts:kept"),
        "link": "看一眼，接着交",
    }
