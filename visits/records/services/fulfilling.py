"""Which visit does which item: a record made here, or a visit that was made elsewhere, by the same rule.

A visit counts for the period of its day (decisions 2), whichever came first into the system: the item or the
visit. `catch_up` is called after items were written, so that both orders give the same."""

from collections.abc import Callable, Collection
from datetime import date
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet

from visits.records.models import Fulfilment, OfflineVisit, Visit
from visits.records.selectors.beforehand import Beforehand
from visits.records.services.common import file_of
from visits.records.services.excusing import stand_again
from visits.roster.models import Person
from visits.roster.selectors.transitions import done_by_other
from visits.schedule import services as schedule
from visits.schedule.due import DISCHARGE_MODES, HOME_MODES
from visits.schedule.models import DueItem
from xunfang.kit.prepared import insert

VIA = {
    OfflineVisit.Kind.BEFORE_START: DueItem.Via.BEFORE_START,
    OfflineVisit.Kind.OTHER_PROGRAMME: DueItem.Via.OTHER_PROGRAMME,
}

# Higher rooms append in their AppConfig.ready(): called with a person, who is locked, after visits that were there
# before the item did it.
after_catching_up: list[Callable[[int], None]] = []


def fulfil(visit: Visit | OfflineVisit) -> list[int]:
    """Mark what this visit does on the due list, and keep which visit did which item. Returns the items."""
    offline = isinstance(visit, OfflineVisit)
    person_id = file_of(visit)
    done = schedule.fulfil(
        person_id=person_id,
        visited_on=visit.visited_on,
        mode=visit.mode,
        met=visit.met,
        home_visits_on=_home_days(person_id),
        via=_via(visit, person_id),
    )
    Fulfilment.objects.bulk_create(
        Fulfilment(**{"offline" if offline else "visit": visit}, due_item_id=item_id) for item_id in done
    )
    return done


def fulfil_submitted(visit: Visit, before: Beforehand) -> list[int]:
    """The same for a record that was just written, about a person who is locked: `before` it all was asked for."""
    entrusted = before.entrusted and done_by_other(visit.person_id, visit.visited_on, visit.visitor_id)
    home = [visit.visited_on] if visit.mode in HOME_MODES else []
    done = schedule.fulfil(
        person_id=visit.person_id,
        visited_on=visit.visited_on,
        mode=visit.mode,
        met=visit.met,
        home_visits_on=before.home_days + home,
        via=DueItem.Via.ENTRUSTED if entrusted else DueItem.Via.RECORD,
        by_self=before.by_self,
    )
    for item_id in done:
        insert(Fulfilment(visit=visit, due_item_id=item_id))
    return done


def _via(visit: Visit | OfflineVisit, person_id: int) -> str:
    """By what it counts: a record made for us by the township that was asked counts here all the same (E5)."""
    if isinstance(visit, OfflineVisit):
        return VIA[OfflineVisit.Kind(visit.kind)]
    entrusted = done_by_other(person_id, visit.visited_on, visit.visitor_id)
    return DueItem.Via.ENTRUSTED if entrusted else DueItem.Via.RECORD


def _files(person_id: int) -> QuerySet:
    """The file and those merged into it: a visit under an old number was one to this person."""
    return Person.objects.of_files([person_id]).values("pk")


def _home_days(person_id: int) -> list[date]:
    days: list[date] = []
    for rows in (Visit.objects.valid(), OfflineVisit.objects.valid()):
        own = rows.filter(person__in=_files(person_id), mode__in=HOME_MODES)
        days += own.values_list("visited_on", flat=True)
    return days


def take_back(visit: Visit | OfflineVisit) -> None:
    """The items of a voided visit are open again; then the other visits of their time get their turn."""
    done = list(visit.fulfilments.values_list("due_item_id", flat=True))
    visit.fulfilments.all().delete()
    span = DueItem.objects.filter(pk__in=done).aggregate(a=Min("opens_on"), z=Max("closes_on"))
    person_id = file_of(visit)
    schedule.unfulfil(
        item_ids=done, person_id=person_id, visited_on=visit.visited_on, written_id=visit.person_id
    )
    stand_again(done)
    _replay(person_id, min(filter(None, (span["a"], visit.visited_on))))


def _replay(person_id: int, since: date) -> None:
    """All valid visits from that day on in the order of their days; of one day a record goes first."""
    visits: list[Visit | OfflineVisit] = []
    for rows in (Visit.objects.valid(), OfflineVisit.objects.valid()):
        visits += rows.filter(person__in=_files(person_id), visited_on__gte=since).order_by(
            "visited_on", "pk"
        )  # type: ignore[arg-type]
    for visit in sorted(visits, key=attrgetter("visited_on")):
        fulfil(visit)


WAITING = """
SELECT d.person_id, min(d.opens_on)
  FROM visits_schedule_dueitem d
  LEFT JOIN visits_schedule_frequencyrule q ON q.id = d.rule_id
  LEFT JOIN visits_schedule_round o ON o.id = d.round_id
 -- Neither: face to face, after a discharge not in hospital.
 CROSS JOIN LATERAL (SELECT coalesce(q.modes, o.modes, CASE d.cause WHEN 'discharge' THEN %(back)s ELSE %(home)s END) AS modes) r
 WHERE d.done_on IS NULL AND d.stored IN ('', 'excused')
   AND (%(everybody)s OR d.person_id = ANY(%(people)s::bigint[]))
   AND (EXISTS (SELECT 1 FROM visits_records_offlinevisit v
                 WHERE v.person_id = d.person_id AND v.voided_at IS NULL AND v.mode = ANY(r.modes)
                   AND v.visited_on BETWEEN d.opens_on AND d.closes_on)
     OR EXISTS (SELECT 1 FROM visits_records_visit v
                 WHERE v.person_id = d.person_id AND v.voided_at IS NULL AND v.mode = ANY(r.modes)
                   AND v.visited_on BETWEEN d.opens_on AND d.closes_on)
     -- Under the number of a file that was merged into this one.
     OR EXISTS (SELECT 1 FROM visits_roster_person m JOIN visits_records_visit v ON v.person_id = m.id
                 WHERE m.merged_into_id = d.person_id AND v.voided_at IS NULL AND v.mode = ANY(r.modes)
                   AND v.visited_on BETWEEN d.opens_on AND d.closes_on)
     -- Missed, and somebody was there later: made up, as `schedule.fulfil` has it.
     OR d.stored = '' AND d.made_up_on IS NULL AND d.cause <> 'round' AND EXISTS (
        SELECT 1 FROM visits_roster_person m
         CROSS JOIN LATERAL (SELECT mode, visited_on, voided_at FROM visits_records_visit WHERE person_id = m.id
                              UNION ALL
                             SELECT mode, visited_on, voided_at FROM visits_records_offlinevisit WHERE person_id = m.id) v
         WHERE (m.id = d.person_id OR m.merged_into_id = d.person_id) AND v.voided_at IS NULL
           AND v.visited_on > d.closes_on AND (d.cause = 'rule' OR v.mode = ANY(r.modes))))
 GROUP BY d.person_id ORDER BY d.person_id
"""


def waiting(person_ids: Collection[int] | None) -> list[tuple[int, date]]:
    """Whose open items a visit would do that is there already (None: of everybody), and the first day to look from."""
    with connection.cursor() as cursor:
        cursor.execute(
            WAITING,
            {
                "everybody": person_ids is None,
                "people": list(person_ids or []),
                "home": sorted(HOME_MODES),
                "back": sorted(DISCHARGE_MODES),
            },
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


def catch_up(person_ids: Collection[int] | None) -> None:
    """Open items in whose window a visit lies already (None: of everybody) get it, and missed ones after whose window
    one lies are made up. Safe to run twice."""
    for person_id, since in waiting(person_ids):
        with transaction.atomic():
            Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
            _replay(person_id, since)
            for react in after_catching_up:
                react(person_id)
