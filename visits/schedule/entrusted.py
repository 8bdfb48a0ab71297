"""How the visits of entrusted people stand, for the lists of both sides; and who visits a place."""

from collections.abc import Collection
from datetime import date

from django.db.models import Max, Min, Q

from visits.schedule.models import Area, DueItem
from visits.templatetags.xf import dayshort


def visits_of(person_ids: Collection[int], today: date) -> dict[int, tuple[str, bool]]:
    """Person id → (words, whether the running period is done). Two queries, whatever their number."""
    ids = list(person_ids)
    owed = dict(
        DueItem.objects.filter(person_id__in=ids)
        .to_do(today)
        .order_by()
        .values_list("person_id")
        .annotate(Min("due_on"))
    )
    done = dict(
        DueItem.objects.filter(person_id__in=ids, done_on__isnull=False).order_by().values_list("person_id")
        .annotate(last=Max("done_on", filter=Q(closes_on__gte=today)))
    )  # fmt: skip
    found: dict[int, tuple[str, bool]] = {}
    for pk in ids:
        if pk in owed:
            found[pk] = (f"还没访，{dayshort(owed[pk])}前", False)
        elif done.get(pk):
            found[pk] = (f"{dayshort(done[pk])}访的", True)
    return found


def visitor_of_place(village_id: int, hamlet: str, on: date) -> int | None:
    """Whose place it is on that day: the 自然村 before the rest of its village."""
    rows = Area.objects.live(on).filter(village_id=village_id, hamlet__in=[hamlet, ""])
    found = dict(rows.values_list("hamlet", "visitor_id"))
    return found.get(hamlet, found.get(""))
