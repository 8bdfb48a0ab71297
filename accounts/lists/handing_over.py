"""办交接: lists of accounts that wait for whoever brought them."""

from collections.abc import Mapping
from datetime import date

from accounts import audit, authority
from accounts.handover import Kind, Move
from accounts.models import AccountImport, User
from accounts.services import acting_as

State = AccountImport.State
WAITING = (State.READING, State.PREVIEW)


def _count(user: User, on: date) -> Mapping[int, int]:
    post = authority.unended(user.pk, on).filter(role__in=authority.MANAGERS).order_by("pk").first()
    waiting = AccountImport.objects.filter(created_by=user, state__in=WAITING).count()
    return {post.region_id: waiting} if post is not None and waiting else {}


def _drop(move: Move) -> int:
    """A list is judged by the rights of who brought it: it can't change hands."""
    rows = AccountImport.objects.filter(created_by=move.user, state__in=WAITING)
    batches = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for batch in batches:
        batch.rows.all().delete()
        batch.state, batch.finished_at = State.DROPPED, move.at
        batch.save(update_fields=["state", "finished_at"])
        audit.record("accounts_dropped", at=move.at, by_id=move.by.pk, role=acting_as(move.by), target=batch)
    return len(batches)


KIND = Kind(
    code="lists",
    title="没确认的账号名单",
    unit="份",
    say="名单只有传的人能确认，请接手的人重新传。",
    count=_count,
    release=_drop,
    release_word="不办了",
    order=55,
)
