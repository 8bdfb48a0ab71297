"""Two files of one person: visits stay where they were signed; what is being typed, and which visit did what is
owed, goes over. And what visits know about a death."""

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from visits.records.models import Draft, Fulfilment, KnownState, Met, Mode, OfflineVisit, Visit
from visits.roster.services.keeping import Keeper
from visits.schedule.models import DueItem


def _drafts(person_ids: list[int]) -> QuerySet:
    return Draft.objects.filter(person_id__in=person_ids)


def _fulfilments(person_ids: list[int]) -> QuerySet:
    return Fulfilment.objects.filter(due_item__person_id__in=person_ids)


def _known(person_ids: list[int]) -> QuerySet:
    return KnownState.objects.filter(person_id__in=person_ids)


def _remove(ids: list[int]) -> None:
    """A visit of the one file that did an item of the other, because they were one."""
    Fulfilment.objects.filter(pk__in=ids).delete()


KEEPERS = (
    Keeper("records.draft", Draft, ("person_id",), _drafts),
    Keeper("records.known", KnownState, ("person_id",), _known),
    Keeper("records.fulfilment", Fulfilment, ("due_item_id",), _fulfilments, remove=_remove),
)


def follow_merge(kept_id: int, merged_id: int, on: date) -> None:
    """After the schedule's own: a draft goes over unless its author has one of the kept file (that one stays
    open, the other comes back with an undo); a visit of the merged file has done the kept file's item."""
    for together in (False, True):
        busy = Draft.objects.filter(person_id=kept_id, together=together).values_list("author_id", flat=True)
        Draft.objects.filter(person_id=merged_id, together=together).exclude(author_id__in=list(busy)).update(
            person_id=kept_id
        )
    # What the kept file knows of an item stands; what only the other one knew goes over.
    has = KnownState.objects.live().filter(person_id=kept_id).values_list("code", flat=True)
    KnownState.objects.filter(person_id=merged_id).exclude(ended_on=None, code__in=list(has)).update(
        person_id=kept_id
    )
    left_behind = Fulfilment.objects.filter(
        due_item__person_id=merged_id, due_item__stored=DueItem.Stored.SUPERSEDED
    ).select_related("due_item")
    for row in left_behind:
        item = row.due_item
        twin = DueItem.objects.filter(
            person_id=kept_id,
            cause=item.cause,
            rule_id=item.rule_id,
            round_id=item.round_id,
            period_start=item.period_start,
            done_on=item.done_on,
        ).first()
        if twin is not None and not Fulfilment.objects.filter(due_item=twin).exists():
            Fulfilment.objects.filter(pk=row.pk).update(due_item=twin)


def seen_after(deaths: dict[int, date]) -> dict[int, date]:
    """Person id → day of the latest valid visit that met the person after that day (practice P8)."""
    if not deaths:
        return {}
    rows = (
        Visit.objects.valid()
        .of_files(list(deaths))
        .filter(met="self", visited_on__gt=min(deaths.values()))
        .order_by("visited_on")
    )
    return {
        file_id: day for file_id, day in rows.values_list("file_id", "visited_on") if day > deaths[file_id]
    }


def last_visited(person_ids: Collection[int]) -> dict[int, tuple[date, str]]:
    """Person id → day and words of the latest valid visit, in the system or on paper, of files that became this
    one too. Two queries, whatever their number."""
    ids, found = list(person_ids), {}
    for rows, where in ((Visit.objects.valid(), ""), (OfflineVisit.objects.valid(), "线下")):
        newest = rows.of_files(ids).order_by("file_id", "-visited_on", "-pk").distinct("file_id")
        for pk, on, mode, met in newest.values_list("file_id", "visited_on", "mode", "met"):
            visit = (on, f"{where}{Mode(mode).label}，{Met(met).label}")
            found[pk] = max(visit, found.get(pk, visit))
    return found
