"""What is owed to two files of one person is owed once, and what was done for the one was done for the other."""

from datetime import date

from django.db.models import QuerySet

from visits.roster.services.keeping import Keeper
from visits.schedule.models import DueItem

Stored = DueItem.Stored


def _of(person_ids: list[int]) -> QuerySet:
    return DueItem.objects.filter(person_id__in=person_ids)


def _remove(ids: list[int]) -> None:
    """Rows that only the change itself wrote; one that a visit has done since stays."""
    DueItem.objects.filter(pk__in=ids, done_on=None, made_up_on=None).delete()


KEEPER = Keeper(
    "schedule.dueitem",
    DueItem,
    (
        "person_id", "stored", "done_on", "done_mode", "done_met", "done_via", "made_up_on", "first", "opens_on", "due_on",
        "closes_on", "tier", "county_id", "township_id", "village_id", "assignee_id", "entrusted_to_id",
    ),
    _of,
    remove=_remove,
    departs=True,
)  # fmt: skip


def follow_merge(kept_id: int, merged_id: int, on: date) -> None:
    """Items of running periods go over to the kept file; of two for one rule and period one is left, done when
    either was. Of periods that are over only a visit goes over that the kept file still lacks: what was
    missed under the other number stays in that period's figures."""
    twins = {
        (item.cause, item.rule_id, item.round_id, item.period_start): item
        for item in DueItem.objects.select_for_update(of=("self",), no_key=True).filter(person_id=kept_id)
    }
    for item in (
        DueItem.objects.select_for_update(of=("self",), no_key=True)
        .filter(person_id=merged_id)
        .order_by("pk")
    ):
        twin = twins.get((item.cause, item.rule_id, item.round_id, item.period_start))
        running = item.closes_on >= on
        if twin is None:
            if running:
                DueItem.objects.filter(pk=item.pk).update(person_id=kept_id)
            continue
        lacks = item.done_on is not None and twin.done_on is None and twin.made_up_on is None
        if lacks and twin.opens_on <= item.done_on <= twin.closes_on:
            DueItem.objects.filter(pk=twin.pk).update(
                done_on=item.done_on,
                done_mode=item.done_mode,
                done_met=item.done_met,
                done_via=item.done_via,
                stored=Stored.OPEN,
            )
        if running or lacks:
            DueItem.objects.filter(pk=item.pk).update(stored=Stored.SUPERSEDED)
