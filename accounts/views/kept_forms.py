"""What somebody could not send: shown to its author only, sent again by one press, or thrown away."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import kept, typed
from accounts.access import rule
from accounts.log_words import WRITES
from accounts.models import KeptForm
from accounts.roles import EVERYONE
from accounts.views.signing_in import next_url


@require_safe
@rule(EVERYONE, reads="kept form")
def kept_forms(request: HttpRequest) -> HttpResponse:
    rows = [_row(row) for row in kept.waiting(request.user, timezone.now())]
    return render(request, "accounts/kept.html", {"rows": rows, "next": next_url(request)})


def _row(row: KeptForm) -> dict[str, Any]:
    body = kept.open_body(row)
    writes = kept.writes(row.path) or ""
    return {
        "uuid": row.uuid,
        "to": row.path,
        "what": WRITES.get(writes) or "写的内容",
        "word": "接着写" if writes == "draft" else "接着交",
        "moment": row.at,
        "until": row.expires_at,
        "fields": [(name, value) for name, values in body.items() for value in values],
        "given": typed.given(body, row.path),
    }


@require_POST
@rule(EVERYONE, writes="kept form")
def drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    if not kept.drop(uuid=uuid, by=request.user, at=timezone.now()):
        raise Http404
    messages.info(request, "那一份不要了，没有交。")
    more = kept.waiting(request.user, timezone.now()).exists()
    return redirect("accounts:kept" if more else "home")
