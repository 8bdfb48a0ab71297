"""How the visits of entrusted people stand, for the lists of both sides; and who visits a place."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Min

from visits.roster.models import Transition
from visits.schedule.models import Area, DueItem
from visits.templatetags.xf import dayshort


def visits_of(letters: Collection[Transition], today: date) -> dict[int, tuple[str, bool]]:
    """Person id → (words, whether the running period was done under the letter). Two queries, whatever their number."""
    ids = [letter.person_id for letter in letters]
    owed = dict(
        DueItem.objects.filter(person_id__in=ids)
        .to_do(today)
        .order_by()
        .values_list("person_id")
        .annotate(Min("due_on"))
    )
    done: dict[int, list[tuple[date, str]]] = {}
    rows = DueItem.objects.filter(person_id__in=ids, done_on__isnull=False, closes_on__gte=today)
    for pk, on, via in rows.order_by("done_on").values_list("person_id", "done_on", "done_via"):
        done.setdefault(pk, []).append((on, via))
    found: dict[int, tuple[str, bool]] = {}
    for letter in letters:
        pk = letter.person_id
        if pk in owed:
            found[pk] = (f"还没访，{dayshort(owed[pk], today)}前", False)
        elif pk in done:
            found[pk] = _visited(letter, done[pk], today)
    return found


def _visited(letter: Transition, days: Sequence[tuple[date, str]], today: date) -> tuple[str, bool]:
    """Theirs is only what they did since they were asked; from outside the city it is typed at home from their letters."""
    outside = letter.to_township_id is None
    theirs = [on for on, via in days if on >= letter.starts_on and (outside or via == DueItem.Via.ENTRUSTED)]
    if theirs:
        return f"{dayshort(theirs[-1], today)}访的", True
    return f"{dayshort(days[-1][0], today)}户籍地访过，这一期不用再访", False


def visitor_of_place(village_id: int, hamlet: str, on: date) -> int | None:
    """Whose place it is on that day: the 自然村 before the rest of its village."""
    rows = Area.objects.live(on).filter(village_id=village_id, hamlet__in=[hamlet, ""])
    found = dict(rows.values_list("hamlet", "visitor_id"))
    return found.get(hamlet, found.get(""))
