"""Reading the long-term states of people (practice P15)."""

from collections.abc import Collection
from datetime import date

from visits.records.items import ITEM_CODES
from visits.records.models import KnownState
from visits.roster.models import Person
from visits.templatetags.xf import dayshort
from xunfang.kit.prepared import Prepared

_KNOWN = Prepared[KnownState](
    lambda *, person: KnownState.objects.live().filter(person_id=person).select_related("noted_by")
)


def known_of(person: Person) -> list[KnownState]:
    """What is known of this person now, in the order of the form."""
    return sorted(_KNOWN.all(person=person.pk), key=lambda row: ITEM_CODES.index(row.code))


def ended_of(person: Person, most: int = 20) -> list[KnownState]:
    """What is known no longer, the latest first."""
    files = Person.objects.of_files([person.pk]).values("pk")
    rows = KnownState.objects.filter(person_id__in=files).exclude(ended_on=None)
    return list(rows.select_related("ended_by").order_by("-ended_on", "-pk")[:most])


def known_by_person(person_ids: Collection[int]) -> dict[int, list[KnownState]]:
    """The live states of these files, by file, in the order of the form. One query, whatever their number."""
    found: dict[int, list[KnownState]] = {}
    for row in KnownState.objects.live().filter(person_id__in=person_ids).order_by("pk"):
        found.setdefault(row.person_id, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: ITEM_CODES.index(row.code))
    return found


def sentence(row: KnownState, today: date) -> str:
    """“只能在屋里、坐轮椅，女儿照料，12月1日再看”."""
    passed = "应在" if row.review_on <= today else ""
    year = "" if row.review_on.year == today.year else f"{row.review_on.year}年"
    return f"{row.words}，{row.care}，{passed}{year}{dayshort(row.review_on)}再看"


#: SELECT person, ref, day, detail, in the shape of `roster.reviewing.QUESTIONS`.
REVIEW_QUESTION = """
SELECT p.id, k.id || ':' || k.review_on, k.review_on, jsonb_build_object('known', k.id)
  FROM visits_roster_person p JOIN visits_records_knownstate k ON k.person_id = p.id
 WHERE k.ended_on IS NULL AND k.review_on <= %(on)s"""
