"""谁改过: what the history of a file says was changed, from what to what, when, and by whom as far as the log
tells. Read only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.log_words import ACTIONS
from accounts.models import LogEntry, Region, User
from visits.roster.models import (
    Benefit,
    CareGroup,
    DisabilityCertificate,
    Household,
    Membership,
    NearRelative,
    Person,
    Relative,
)

# What is written in a transaction stands in the log at about the same moment.
ABOUT = timedelta(seconds=90)
# Nothing of these is a change of the file; the id number itself is told by its tail.
SILENT = {
    "id", "uuid", "version", "created_at", "created_by", "initials", "id_number", "id_index", "tail_index",
    "county_id", "township_id", "corrected", "source", "person", "made", "voided_at", "kept",
}  # fmt: skip
# What hangs on a person, and what the pages call it.
OF_A_PERSON: tuple[tuple[type[models.Model], str], ...] = (
    (Membership, "类别"),
    (Relative, "家里人"),
    (NearRelative, "近亲属备案"),
    (Benefit, "待遇"),
    (DisabilityCertificate, "残疾证"),
)
LABELS = {"village_id": "村（居）", "name": "姓名", "merged_into": "并入的档案", "ends_on": "结束日期"}
MOST = 300


@dataclass(frozen=True)
class Change:
    """One field at one moment. `was` is "" when the row was new."""

    at: datetime
    what: str
    item: str
    was: str
    now: str
    by: str
    how: str


def changes_of(person: Person) -> list[Change]:
    """Newest first, at most `MOST`. Whole numbers never: ids by their last four, a certificate not at all."""
    raw = [*_raw(Person, "档案", {"pgh_obj_id": person.pk})]
    for model, what in OF_A_PERSON:
        raw += _raw(model, what, {"person_id": person.pk})
    raw.sort(key=lambda one: one[0], reverse=True)
    raw = raw[:MOST]
    names = _Names(raw)
    log = _log(person, raw)
    return [_told(one, names, log) for one in raw]


_Entry = tuple[datetime, str, str]  # at, who, action
_Raw = tuple[datetime, str, Any, Any, Any, Any]  # at, what, row's words, field, was, now


def _raw(model: type[models.Model], what: str, of: dict[str, int]) -> Iterator[_Raw]:
    events = model.pgh_event_model.objects.filter(**of).order_by("pgh_obj_id", "pgh_id")  # type: ignore[attr-defined]
    fields = [field for field in model._meta.concrete_fields if field.name not in SILENT]
    before: dict[int, Any] = {}
    for event in events:
        old = before.get(event.pgh_obj_id)
        before[event.pgh_obj_id] = event
        if old is None:
            yield (event.pgh_created_at, what, event, None, None, event)
            continue
        for field in fields:
            was, now = getattr(old, field.attname), getattr(event, field.attname)
            if was != now:
                yield (event.pgh_created_at, what, event, field, was, now)


class _Names:
    """Names of what the rows point at: users, villages, classes, households, files. One query each."""

    def __init__(self, raw: list[_Raw]) -> None:
        ids: dict[Any, set[Any]] = {}
        for _, _, row, field, was, now in raw:
            if field is None:
                ids.setdefault(CareGroup, set()).add(getattr(row, "group_id", None))
            elif field.attname == "village_id":
                ids.setdefault(Region, set()).update((was, now))
            elif field.is_relation:
                ids.setdefault(field.related_model, set()).update((was, now))
        self.words = {
            User: self._read(User, "name", ids),
            Region: self._read(Region, "name", ids),
            CareGroup: self._read(CareGroup, "short", ids),
            Household: self._read(Household, "head_name", ids),
            Person: self._read(Person, "file_no", ids),
        }

    def _read(self, model: Any, column: str, ids: dict[Any, set[Any]]) -> dict[Any, str]:
        wanted = ids.get(model, set()) - {None}
        return dict(model.objects.filter(pk__in=wanted).values_list("pk", column)) if wanted else {}

    def of(self, field: Any, value: Any) -> str:
        """A value in words: never a number in full."""
        if value is None or value == "":
            return "空白"
        if field.attname == "village_id":
            return self.words[Region].get(value, "别的村")
        if field.is_relation:
            return self.words.get(field.related_model, {}).get(value, "已换")
        if field.name == "id_tail":
            return f"尾号{value}"
        if field.name == "number":  # a certificate's number holds the id number
            return "有号码"
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            value = timezone.localtime(value).date()
        if isinstance(value, date):
            return f"{value.year}年{value.month}月{value.day}日"
        if field.name == "amount":
            return f"{value / 100:.2f}元"
        return str(value)


def _log(person: Person, raw: list[_Raw]) -> list[_Entry]:
    """What the log says of this file, its village's assignments and its township's lists, around these days."""
    if not raw:
        return []
    own = Q(object_type="person", object_id=str(person.uuid))
    own |= Q(action="people_assigned", object_id=str(person.village_id))
    own |= Q(action="roster_loaded", township_id=person.township_id)
    rows = LogEntry.objects.filter(own, at__gte=raw[-1][0] - ABOUT, at__lte=raw[0][0] + ABOUT)
    found = list(rows.order_by("at").values_list("at", "actor_id", "action"))
    names = dict(User.objects.filter(pk__in={pk for _, pk, _ in found}).values_list("pk", "name"))
    return [(at, names.get(pk or 0, ""), action) for at, pk, action in found]


def _told(one: _Raw, names: _Names, log: list[_Entry]) -> Change:
    at, what, row, field, was, now = one
    near = [entry for entry in log if abs(entry[0] - at) <= ABOUT]
    best = min(near, key=lambda entry: abs(entry[0] - at), default=None)
    by, how = (best[1], ACTIONS.get(best[2], "")) if best else ("", "")
    by = by or "没有记到是谁"
    if field is None:
        group = names.words[CareGroup].get(getattr(row, "group_id", None), "")
        said = {"类别": group, "家里人": getattr(row, "name", "")}.get(what, "")
        item = "新建" if what == "档案" else "新加"
        return Change(at, what, item, "", said or "新的一条", by, how)
    label = LABELS.get(field.attname) or LABELS.get(field.name) or str(field.verbose_name)
    return Change(at, what, label, names.of(field, was), names.of(field, now), by, how)
