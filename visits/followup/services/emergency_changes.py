"""An emergency goes onto the township's list of changes without being typed again (五(三)-8)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from visits.followup.models import ChangeReport, Emergency
from visits.followup.services import hearing
from visits.roster.services.common import CannotChange

# Which part of somebody's life a kind of emergency speaks of (`hearing.WHAT`); of the others: 其他.
PART = {
    "ill": "health",
    "fire": "housing",
    "disaster": "housing",
    "abuse": "care",
    "minor": "care",
    "self_harm": "health",
}
MOST = 200


def report_of(row: Emergency) -> ChangeReport | None:
    """The report of this emergency, or of the visit that found it."""
    found = ChangeReport.objects.exclude(state=ChangeReport.State.WITHDRAWN)
    if row.visit_id is not None and (own := found.filter(visit_id=row.visit_id).first()):
        return own
    return found.filter(key=row.uuid).first()


def offered(row: Emergency, by: User) -> bool:
    """Whether this user may put it on the list."""
    return row.person is not None and hearing.may_note(row.person, by) and report_of(row) is None


@transaction.atomic
def to_change(*, emergency_id: int, by: User, at: datetime) -> ChangeReport:
    """Put it on the list; a second press is the same report. Raises `CannotChange`."""
    ids = Emergency.objects.visible_to(by).filter(pk=emergency_id).values("pk")
    row = (
        Emergency.objects.filter(pk__in=ids)
        .select_related("person")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if row is None or row.person is None:
        raise CannotChange("这一件报不了变化，请由民政办登记")
    if (made := report_of(row)) is not None:
        return made
    said = "；".join(part for part in (row.words, row.outcome) if part)
    now = f"{row.get_kind_display()}{'：' + said if said else ''}"[:MOST]
    return hearing.note_told(
        person_id=row.person.pk,
        key=row.uuid,
        source=ChangeReport.Source.OTHER,
        changes=[hearing.Change(PART.get(row.kind, "other"), "", now)],
        found_on=timezone.localtime(row.found_at).date(),
        told_by=row.reported_by.name,
        urgent=True,
        by=by,
        at=at,
    )
