"""What somebody had typed when they could not be let through: kept, given back to its author, forgotten.

Nothing here decides who may do what: a form that is sent again passes every rule of its view anew.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from accounts import audit, page_author
from accounts.models import KeptForm, User

KEEP = timedelta(days=7)
# Whoever has more forms waiting than this loses the oldest: no page can fill the disk.
MOST = 20
# Never kept, never shown again.
OURS = {"csrfmiddlewaretoken", page_author.FIELD, page_author.KEPT}
# Passwords and codes of opening: these forms are typed again.
SECRET = {"password", "session", "opening", "device"}

Body = dict[str, list[str]]


def body_of(posted: Mapping[str, Any]) -> Body:
    """The fields of a posted form (a QueryDict), without our own."""
    return {name: values for name, values in posted.lists() if name not in OURS}  # type: ignore[attr-defined]


def view_of(path: str) -> Any:
    """The view of an address; None where there is none."""
    try:
        return resolve(path).func
    except Resolver404:
        return None


def writes(path: str) -> str | None:
    """What the view of an address writes, as its rule says; None where there is no view. Asked by address: a session
    may end, or the database be away, before the view of a request was found."""
    rule = getattr(view_of(path), "rule", None)
    return rule.writes if rule is not None else None


def secret(request: HttpRequest) -> bool:
    """Whether this form holds what must not be kept."""
    written = writes(request.path_info)
    return written is None or written in SECRET


def keep(request: HttpRequest, *, at: datetime) -> KeptForm | None:
    """Keep a posted form for the author of its page. None when nobody is named, or the form is a secret one.

    The same page again (its key, or the same words to the same place) takes the place of what was kept before:
    a page that saves by itself while nobody is signed in makes one row."""
    author_id = page_author.author_of(request)
    if author_id is None or secret(request):
        return None
    body = body_of(page_author.posted(request))
    if not any(text.strip() for values in body.values() for text in values):
        return None
    request.was_kept = True  # type: ignore[attr-defined]
    return keep_body(author_id=author_id, path=request.path, body=body, at=at)


@transaction.atomic
def keep_body(*, author_id: int, path: str, body: Body, at: datetime) -> KeptForm | None:
    """Fields for the author of their page; None when there is no such account."""
    author = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=author_id).first()
    if author is None:
        return None
    text = json.dumps(body, ensure_ascii=False)
    key = _key(body)
    same = [
        row
        for row in KeptForm.objects.filter(author=author, ended_at=None).order_by("-at")
        if (row.form_key == key if key else row.path == path and row.body == text)
    ]
    row = same[0] if same else KeptForm(author=author)
    row.path, row.body, row.form_key, row.at, row.expires_at = path[:300], text, key, at, at + KEEP
    row.save()
    extra = KeptForm.objects.filter(author=author, ended_at=None).order_by("-at", "-pk")[MOST:]
    KeptForm.objects.filter(pk__in=[row.pk for row in extra]).delete()
    if not same:
        audit.record("form_kept", at=at, by_id=None, target=row)
    return row


def _key(body: Body) -> UUID | None:
    try:
        return UUID((body.get("key") or [""])[-1])
    except ValueError:
        return None


def waiting(user: User, at: datetime) -> QuerySet[KeptForm]:
    """What this author has not sent yet, the last one first."""
    return KeptForm.objects.filter(author=user, ended_at=None, expires_at__gt=at).order_by("-at", "-pk")


def drop(*, uuid: UUID, by: User, at: datetime) -> bool:
    """不要了. Whether there was something to throw away."""
    return _end(waiting(by, at).filter(uuid=uuid), "form_dropped", by, at)


def sent(request: HttpRequest, *, by: User, at: datetime) -> None:
    """A form was taken: what was kept of the same page waits no longer."""
    key = _key({"key": request.POST.getlist("key")})
    uuid = request.POST.get(page_author.KEPT, "")
    if not key and not uuid:
        return
    open_rows = waiting(by, at)
    ids = [
        row.pk
        for row in open_rows.only("pk", "uuid", "form_key", "path")
        if (key and row.form_key == key) or (str(row.uuid) == uuid and row.path == request.path)
    ]
    if ids:
        _end(open_rows.filter(pk__in=ids), "form_sent_again", by, at)


@transaction.atomic
def _end(rows: QuerySet[KeptForm], action: str, by: User, at: datetime) -> bool:
    found: Sequence[KeptForm] = list(rows.select_for_update(of=("self",), no_key=True))
    for row in found:
        row.body, row.ended_at = "", at
        row.save(update_fields=["body", "ended_at"])
        audit.record(action, at=at, by_id=by.pk, target=row)
    return bool(found)


def forget(*, at: datetime) -> int:
    """Every night: what was sent, thrown away, or waited for seven days. How many rows went."""
    return (
        KeptForm.objects.filter(expires_at__lte=at).delete()[0]
        + (KeptForm.objects.filter(ended_at__lte=at - timedelta(days=1)).delete()[0])
    )


def open_body(row: KeptForm) -> Body:
    loaded: Body = json.loads(row.body)
    return loaded
