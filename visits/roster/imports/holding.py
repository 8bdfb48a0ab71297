"""A list on which too many are missing is held until the clerk says that it is complete (practice P6)."""

from collections import Counter
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from accounts.roles import Role
from visits.core.options import option
from visits.roster.imports import missing
from visits.roster.imports.missing import Numbers
from visits.roster.models import MissingRow, Person, PersonQuerySet, RosterImport
from visits.roster.services.common import CannotChange, clerk_townships, lock_township

State = RosterImport.State


def hold(batch: RosterImport, found: Numbers, today: date) -> None:
    """Set the list's numbers, and hold it when they ask for it; not saved. Who released it has seen them."""
    percent = option("missing_hold_percent", Region.objects.get(pk=batch.township_id), today)
    batch.counts |= {
        "had": found.had,
        "missing": found.missing,
        "last": found.last,
        "hold": found.hold(percent),
        "percent": percent,
    }
    batch.held = bool(batch.counts["hold"]) and batch.released_by_id is None


def lock(import_id: int, by: User) -> RosterImport:
    """The list under its township's lock, when it is the user's. Raises `CannotChange`."""
    township = RosterImport.objects.filter(pk=import_id, township_id__in=clerk_townships(by))
    township_id = township.values_list("township_id", flat=True).first()
    if township_id is None:
        raise CannotChange("这份名单不归您处理，请刷新后再看")
    lock_township(township_id)
    return RosterImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_id)


@transaction.atomic
def release(*, import_id: int, by: User, at: datetime) -> RosterImport:
    """The clerk has looked at the numbers: the list is complete. Raises `CannotChange`."""
    batch = lock(import_id, by)
    _check(batch)
    batch.held, batch.released_by = False, by
    batch.save(update_fields=["held", "released_by"])
    _record("roster_released", batch, by, at)
    return batch


@transaction.atomic
def not_complete(*, import_id: int, by: User, at: datetime) -> RosterImport:
    """The list is not complete: it becomes a supplement, which says of nobody that they are missing. What it
    asked is answered with 漏导. Raises `CannotChange`."""
    batch = lock(import_id, by)
    _check(batch)
    batch.held, batch.coverage = False, RosterImport.Coverage.SUPPLEMENT
    batch.save(update_fields=["held", "coverage"])
    asked = MissingRow.objects.filter(batch=batch, settled_at=None)
    count = asked.update(outcome=MissingRow.Outcome.LEFT_OUT, settled_at=at, settled_by=by)
    _record("roster_not_complete", batch, by, at, people=count)
    return batch


def _check(batch: RosterImport) -> None:
    if not batch.held or batch.state not in (State.PREVIEW, State.DONE):
        raise CannotChange("这份名单已经核对过了，请刷新后再看")


def _record(action: str, batch: RosterImport, by: User, at: datetime, **detail: object) -> None:
    facts = {key: batch.counts.get(key) for key in ("had", "missing", "rows", "last")}
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=batch, **{**facts, **detail})


def by_village(batch: RosterImport) -> list[tuple[int, int, int]]:
    """(village, people in the class, of them missing) of the list: before it is loaded as it would be, after
    that what it asked and is still open."""
    had = Counter(missing.spoken_of(batch).values_list("person__village_id", flat=True))
    gone = Counter(absent(batch).values_list("village_id", flat=True))
    order = dict(Region.objects.filter(pk__in=gone).order_by("position").values_list("pk", "position"))
    return [(pk, max(had[pk], gone[pk]), gone[pk]) for pk in order]


def absent(batch: RosterImport) -> PersonQuerySet:
    """People who are not on the list: before it is loaded whom it would ask about, then whom it asks about."""
    if batch.coverage != RosterImport.Coverage.FULL or batch.counts.get("newer"):
        return Person.objects.none()
    if loaded(batch):
        asked = MissingRow.objects.open().filter(missing.asked_by(batch))
        return Person.objects.filter(pk__in=asked.values("person_id"))
    named = batch.rows.exclude(person=None).values("person_id")
    return Person.objects.filter(pk__in=missing.unnamed(batch, named).values("person_id"))


def loaded(batch: RosterImport) -> bool:
    return bool(batch.counts.get("loaded"))
