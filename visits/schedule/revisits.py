"""救助后回访: a visit that looks whether aid has helped, owed because a case was answered. As with discharges: written
once however often it is asked for, counted apart from the figures, and done face to face."""

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import F, QuerySet

from visits.schedule.models import DueItem

OPEN_DAYS = 30  # after its day a visit still makes it good, late

INSERT = """
INSERT INTO visits_schedule_dueitem (cause, person_id, period_start, period_end, first, opens_on, due_on, closes_on, tier,
       county_id, township_id, village_id, assignee_id, entrusted_to_id, stored, done_mode, done_met, done_via)
SELECT 'revisit', p.id, %(since)s, %(due)s::date + %(open)s, FALSE, %(opens)s, %(due)s, %(due)s::date + %(open)s,
       CASE WHEN EXISTS (SELECT 1 FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id
                          WHERE m.person_id = p.id AND m.voided_at IS NULL AND g.tier = 'key'
                            AND m.starts_on <= %(since)s AND (m.ends_on IS NULL OR m.ends_on >= %(since)s))
            THEN 'key' ELSE 'general' END,
       p.county_id, p.township_id, p.village_id, p.assignee_id, p.entrusted_to_id, '', '', '', ''
  FROM visits_roster_person p WHERE p.id = %(person)s AND p.status = 'live'
ON CONFLICT (person_id, period_start) WHERE cause = 'revisit' DO NOTHING
"""


def owe(*, person_id: int, since: date, opens_on: date, due_on: date) -> None:
    """`since`: by which day it is known (one a person and day). It counts from `opens_on` on, and is in time until
    `due_on`, inclusive. Nobody goes to see who has died."""
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT, {"person": person_id, "since": since, "opens": opens_on, "due": due_on, "open": OPEN_DAYS}
        )


def open_from(*, person_id: int, since: date, opens_on: date) -> None:
    """Something was carried out sooner than planned: a visit counts from that day on."""
    rows = _of(person_id, since).filter(done_on=None, opens_on__gt=opens_on)
    rows.update(opens_on=max(opens_on, since))


def drop(*, person_id: int, since: date) -> None:
    """Nobody has to go any more, and it is said why. What was done stays done."""
    _of(person_id, since).filter(done_on=None, made_up_on=None, stored="").update(
        stored=DueItem.Stored.DROPPED
    )


def item_of(*, person_ids: Collection[int], since: date) -> DueItem | None:
    """The item of a case: `person_ids` are the files of one person. Of two the one that was done."""
    rows = DueItem.objects.filter(person_id__in=person_ids, cause=DueItem.Cause.REVISIT, period_start=since)
    return rows.order_by(
        F("done_on").asc(nulls_last=True), F("made_up_on").asc(nulls_last=True), "pk"
    ).first()


def done_on(*, person_ids: Collection[int], since: date) -> date | None:
    """The day of the visit that did it, in time or late; None while nobody went."""
    item = item_of(person_ids=person_ids, since=since)
    return (item.done_on or item.made_up_on) if item else None


def _of(person_id: int, since: date) -> QuerySet[DueItem]:
    return DueItem.objects.filter(person_id=person_id, cause=DueItem.Cause.REVISIT, period_start=since)
