"""A checked row beside the file we have: new, changed, or the same. Pure.

An empty cell erases nothing. A contact field that somebody corrected by hand (`Person.corrected`, marked
by the visitor's form and the clerk's) is never overwritten by a list (P6): the marker is on the row, not
looked for in the history, so that one read decides and a clerk can see it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from visits.roster.imports.checking import Good, Place
from visits.roster.membership import Kin

LABELS = {
    "name": "姓名", "village_id": "村", "phone": "电话", "relation": "与户主关系", "hamlet": "自然村",
    "find_me": "怎么找", "residence": "住址", "contact_name": "联系人", "contact_phone": "联系人电话",
    "head_name": "户主", "certificate_no": "低保证号", "lives_alone": "独居", "assignee_id": "巡访人",
}  # fmt: skip
# The ones that stand on the person; household and groups are compared apart.
COLUMNS = (
    "name", "village_id", "phone", "relation", "hamlet", "find_me", "residence", "contact_name",
    "contact_phone", "lives_alone", "assignee_id",
)  # fmt: skip


@dataclass(frozen=True)
class Existing:
    """The file of the same id number. `spans`: group → end of its latest membership (None: open); `kinds`:
    group → 城乡 and 供养方式 of the open one."""

    id: int
    version: int
    township_id: int
    status: str
    status_word: str
    values: Mapping[str, Any]
    household_id: int | None = None
    corrected: frozenset[str] = frozenset()
    spans: Mapping[str, date | None] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    kin: tuple[Kin, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What the list would change: `columns` of the person, whether the household, `places` to be added, and
    `turned`: open ones that are of another 城乡 or 供养方式 now; `kept`: labels of corrections the list would
    have overwritten."""

    columns: dict[str, Any]
    household: bool
    places: tuple[Place, ...]
    kept: tuple[str, ...]
    turned: tuple[Place, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.columns or self.household or self.places or self.turned)


def compare(good: Good, existing: Existing, today: date) -> Difference:
    """What would change in the file."""
    changed, kept = {}, []
    for name in COLUMNS:
        value = getattr(good, name)
        if value in ("", None) or value == existing.values[name]:
            continue
        if name in existing.corrected:
            kept.append(LABELS[name])
        else:
            changed[name] = value
    household = any(
        getattr(good, name) and getattr(good, name) != existing.values[name]
        for name in ("head_name", "certificate_no")
    )
    places, turned = [], []
    for place in good.places:
        end = existing.spans.get(place.code, date.min)
        if end is None and _turned(place, *existing.kinds.get(place.code, ("", ""))):
            turned.append(place)
        if end is None or end >= today:
            continue  # in the group already, or to its announced end (渐退期)
        start = max(place.starts_on, end + timedelta(days=1)) if end > date.min else place.starts_on
        places.append(Place(place.code, start, place.area, place.care))
    return Difference(changed, household, tuple(places), tuple(kept), tuple(turned))


def _turned(place: Place, area: str, care: str) -> bool:
    return place.area not in ("", area) or place.care not in ("", care)
