"""What a typed row asks for seldom, folded below it: companions, a note that is not for the village, lasting states.

Functions over the row, as `beside` has them over the visit form: each adds its keys, or turns them into fields of that
form. They have no rule of their own."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django import forms
from django.http import QueryDict

from visits.records.asking import Asked, Known
from visits.records.assessment import Area, Item
from visits.records.forms.beside import may_last
from visits.records.forms.keys import key_field
from visits.records.forms.visiting import VisitForm
from visits.roster.membership import add_months

NAMES = ("companions", "private", "lasting", "lastcare", "lastback", "failed")
WIDE = ("companions", "lastcare")  # words among keys take what room there is
SAME_PERSON = "0"  # the page puts the companions of the row above in its place
CODE = re.compile(r"^[1-9][1-9][0-9]?$")
MONTHS = 24
KEYS = 18  # as many as there are items
NONE_LEFT = "现在没有长期状况了，请清空"
NOT_MET_LASTING = "没见到的不记长期状况，请点“整张填”"


class Row(Protocol):
    """The typed row, as far as these functions need it."""

    asked: Asked
    today: date
    fields: dict[str, forms.Field]
    errors: Any
    data: Any

    def add_prefix(self, field_name: str) -> str: ...

    @property
    def rated(self) -> list[Area]: ...

    def add_error(self, field: str | None, error: Any) -> None: ...


def _words(label: str, limit: int, hint: str, initial: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=limit,
        help_text=hint,
        initial=initial,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": str(limit)}),
        error_messages={
            "max_length": f"最多{limit}个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )


def _due(row: Row) -> list[Known]:
    return [one for one in row.asked.known if one.due]


def _numbered(row: Row, known: Sequence[Known]) -> str:
    return " ".join(
        f"{n}{row.asked.form.item(one.code).label}（{one.say}）" for n, one in enumerate(known, start=1)
    )


def add_due(row: Row) -> None:
    """What is known and was to be looked at again by now: one key in the row itself, for whom it concerns."""
    if (due := _due(row)) or _posted(row, "again"):
        hint = f"还是这样的写编号：{_numbered(row, due)}" if due else NONE_LEFT
        row.fields["again"] = key_field("长期状况", len(due) or KEYS, hint)


def add_more(row: Row) -> None:
    """The folded part, in the order of `NAMES`."""
    row.fields["companions"] = _words("同行人", 60, "0同上一行；拒访的，写有谁在场")
    row.fields["private"] = key_field("不便公开", 1, "1写的几句只报乡镇和县，村里看不到", one=True)
    row.fields["lasting"] = key_field("长期就是这样", 20, "写项目的两位编码，例如22是行动；空一格写下一个")
    row.fields["lastcare"] = _words("谁在照料", 100, "自己能行的，也写一句", row.asked.care)
    row.fields["lastback"] = key_field("几个月后再看", 2, "不填是6个月")
    if (known := row.asked.known) or _posted(row, "failed"):
        hint = f"照料的人顾不上了的写编号：{_numbered(row, known)}" if known else NONE_LEFT
        row.fields["failed"] = key_field("没人照料了", len(known) or KEYS, hint)


def _posted(row: Row, name: str) -> bool:
    """Whether a key was written on a page that still had this field: it is asked back, not dropped."""
    return bool((row.data or {}).get(row.add_prefix(name)))


def fill(row: Row, data: QueryDict, values: Mapping[str, Any], day: date | None) -> None:
    """The keys as fields of the visit form."""
    fill_companions(row, data, values)
    if is_private(row, values):
        data["private"] = "on"
    for item in _items(row, values.get("lasting") or ""):
        data[f"long_{item.code}"] = "on"
        data[f"longcare_{item.code}"] = values.get("lastcare") or ""
        data[f"longback_{item.code}"] = _back(row, values.get("lastback") or "", day)
    for name, known in (("again", _due(row)), ("failed", list(row.asked.known))):
        for digit in dict.fromkeys(values.get(name) or ""):
            if digit.isdecimal() and 0 < int(digit) <= len(known):
                data[f"{name}_{known[int(digit) - 1].code}"] = "on"
            elif digit != "0":
                row.add_error(name, f"写1到{len(known)}")
                break


def is_private(row: Row, values: Mapping[str, Any]) -> bool:
    """Whether the words are not for the village; a key that says neither is asked back."""
    private = values.get("private") or "0"
    if private not in ("0", "1"):
        row.add_error("private", "写1，或者不填")
    return private == "1"


def refuse_lasting(row: Row, values: Mapping[str, Any]) -> None:
    """A try keeps nothing of this: each field that was filled says so."""
    for name in ("again", "failed", "lasting", "lastcare", "lastback"):
        typed = (values.get(name) or "").strip()
        if typed and not (name == "lastcare" and typed == row.asked.care.strip()):
            row.add_error(name, NOT_MET_LASTING)


def fill_companions(row: Row, data: QueryDict, values: Mapping[str, Any]) -> None:
    """Of a visit and of a try."""
    given = values.get("companions") or ""
    if given == SAME_PERSON:
        row.add_error("companions", "0只在连着录时管用，请写姓名")
    data["companions"] = given


def _items(row: Row, typed: str) -> list[Item]:
    found: dict[str, Item] = {}
    for word in typed.replace("，", " ").replace(",", " ").split():
        item = _item(row, word)
        if item is None:
            row.add_error("lasting", f"“{word}”不是项目的编码，请看编码表")
            return []
        if not may_last(item):
            row.add_error("lasting", f"{item.label}不记长期状况")
            return []
        found[item.code] = item
    return list(found.values())


def _item(row: Row, word: str) -> Item | None:
    """First digit: the area; second: which of its items."""
    if not CODE.match(word) or int(word[0]) > len(row.rated):
        return None
    items = row.rated[int(word[0]) - 1].items
    return items[int(word[1]) - 1] if int(word[1]) <= len(items) else None


def _back(row: Row, typed: str, day: date | None) -> str:
    if not typed or day is None:
        return ""
    if not typed.isdecimal() or not 0 < int(typed) <= MONTHS:
        row.add_error("lastback", f"写1到{MONTHS}")
        return ""
    return add_months(day, int(typed)).isoformat()


def check(row: Row, form: VisitForm, values: Mapping[str, Any]) -> None:
    """A code whose answer can't be lasting is not dropped in silence, as a tick on the page is that hides with it."""
    items = _items(row, values.get("lasting") or "")
    if (
        not items
        and "lasting" not in row.errors
        and (values.get("lastcare") or "") not in ("", row.asked.care)
    ):
        row.add_error("lasting", "写了谁在照料，也请写是哪一项")
    for item in items:
        if item.code not in form.said.declared and "lasting" not in row.errors:
            row.add_error(
                "lasting", f"{item.label}这次的答案不能记成长期状况（正常的、紧急的、要上报的都不记）"
            )


def place_of(name: str) -> str | None:
    """The key field that a field of the visit form belongs to."""
    heads = {"long": "lasting", "longcare": "lastcare", "longback": "lastback", "again": "again",
             "failed": "failed"}  # fmt: skip
    return heads.get(name.split("_", 1)[0]) if "_" in name else None
