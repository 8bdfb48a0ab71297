"""问题台账 goes out by the roster's door, with its rules (decisions 23): the rows of the filter, ids by their tail."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Region
from accounts.roles import CASES
from visits.followup.forms.findings import FindingFilter, kept
from visits.followup.models import Finding
from visits.followup.rows import findings as rows
from visits.followup.selectors import findings as selectors
from visits.roster.exports.books import KEY, Book, books
from visits.roster.selectors import groups_of
from visits.templatetags.xf import LEVEL_WORDS
from xunfang.kit.excel import Column

NAME = "findings"
CHUNK = 1000
COLUMNS = {
    "name": Column("姓名", 10),
    "tail": Column("身份证尾号", 10),
    "township": Column("乡镇（街道）", 14),
    "village": Column("村（居）", 12),
    "hamlet": Column("自然村", 12),
    "groups": Column("类别", 18),
    "item": Column("什么事", 14),
    "words": Column("发现的情况", 24),
    "note": Column("怎么回事", 24),
    "level": Column("程度", 8),
    "found_on": Column("发现日期", 12, "date"),
    "last_seen_on": Column("最近看到", 12, "date"),
    "times": Column("第几次出现", 10, "number"),
    "state": Column("办到哪一步", 12),
    "measure": Column("怎么处理", 26),
    "owner": Column("谁来办", 16),
    "due_on": Column("哪天前办好", 12, "date"),
    "closed_on": Column("销号日期", 12, "date"),
    "closing_note": Column("怎么办好的", 26),
    "closed_by": Column("谁销的号", 10),
}
USUAL = (
    "name", "tail", "village", "item", "words", "level", "found_on", "state", "measure", "owner", "due_on",
    "closed_on", "closing_note",
)  # fmt: skip


def _chosen(filters: Mapping[str, Any]) -> dict[str, Any]:
    chosen = FindingFilter(filters).chosen()
    chosen.pop("page", None)
    return chosen


def _kept(filters: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in kept(_chosen(filters)).items()}


def url_of(chosen: Mapping[str, Any]) -> str:
    """Where the list with these filters is taken out."""
    return f"{reverse('visits_roster:export')}?{urlencode({KEY: NAME, **kept(chosen)})}"


def _count(user: Any, filters: Mapping[str, Any], today: date) -> int:
    return selectors.findings(user, _chosen(filters), today).order_by().count()


def _rows(
    user: Any, filters: Mapping[str, Any], today: date, keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The rows in the order of the screen; memory does not grow with their number."""
    found = selectors.findings(user, _chosen(filters), today).select_related("person", "owner", "closed_by")
    # SECURITY: no whole id number is even read.
    source = found.defer("person__id_number").iterator(chunk_size=CHUNK)
    while chunk := list(islice(source, CHUNK)):
        for line in _lines(chunk, user, today):
            yield tuple(line[key] for key in keys)


def _lines(chunk: Sequence[Finding], user: Any, today: date) -> Iterable[dict[str, Any]]:
    people = [row.person for row in chunk]
    groups = groups_of([person.pk for person in people], today, user)
    units = {pk for person in people for pk in (person.village_id, person.township_id)}
    places = dict(Region.objects.filter(pk__in=units).values_list("pk", "name"))
    for row in chunk:
        person = row.person
        yield {
            "name": person.name,
            "tail": person.id_tail or person.temporary_no or "",
            "township": places.get(person.township_id, ""),
            "village": places.get(person.village_id, ""),
            "hamlet": person.hamlet,
            "groups": "、".join(groups.get(person.pk, ())),
            "item": row.item,
            "words": row.words,
            "note": row.note,
            "level": LEVEL_WORDS[row.level],
            "found_on": row.found_on,
            "last_seen_on": row.last_seen_on,
            "times": row.times,
            "state": rows.chip(row, today)["word"],
            "measure": row.measure,
            "owner": rows.owner_words(row),
            "due_on": row.due_on,
            "closed_on": row.closed_on,
            "closing_note": row.closing_note,
            "closed_by": row.closed_by.name if row.closed_by else "",
        }


def _words(user: Any, filters: Mapping[str, Any]) -> str:
    """待处理、月洲村、用电、紧急: which rows, in the words of the page."""
    chosen = _chosen(filters)
    which = chosen.get("which") or selectors.OPEN
    said = ["问题台账", "全部" if which == selectors.ALL else rows.WORDS[which]]
    units = [chosen[key] for key in ("township", "village") if key in chosen]
    if units:
        said += Region.objects.filter(pk__in=units).order_by("level").values_list("name", flat=True)
    if item := chosen.get("item"):
        said.append(selectors.labels(user, [item]).get(item, "别的事"))
    if level := chosen.get("level"):
        said.append(LEVEL_WORDS[level])
    if owner := chosen.get("owner"):
        names = dict(selectors.choices(user)["owner"])
        said.append(f"{names.get(owner, '别人')}来办")
    said.append(rows.month_words(chosen))
    return "、".join(part for part in said if part)


def register() -> None:
    """Called when the application starts."""
    books[NAME] = Book(
        "问题台账", "件", COLUMNS, USUAL, _kept, _count, _rows, _words, "visits_followup:findings", CASES
    )
