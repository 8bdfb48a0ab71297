"""The due list goes out by the roster's door, with its rules (decisions 23): the rows of the filter, all pages of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from accounts.roles import CASES
from visits.desk import due_lines
from visits.roster.exports.books import Book, books
from visits.schedule import filter_words, selectors
from visits.schedule.exporting import BOOK
from visits.schedule.forms import DueFilter
from xunfang.kit.excel import Column

COLUMNS = {
    "name": Column("姓名", 10),
    "sex": Column("性别", 6),
    "age": Column("年龄", 6, "number"),
    "tail": Column("身份证尾号", 10),
    "groups": Column("类别", 20),
    "township": Column("乡镇（街道）", 14),
    "village": Column("村（居）", 12),
    "hamlet": Column("自然村", 12),
    "state": Column("缓急", 8),
    "due_on": Column("哪天前（含当天）", 14, "date"),
    "left": Column("还剩几天（过了期的是负数）", 14, "number"),
    "why": Column("为什么要访", 26),
    "period": Column("哪一期", 18),
    "modes": Column("怎么访", 20),
    "visitor": Column("谁去访", 10),
    "tries": Column("没见到几次", 10, "number"),
    "tried_on": Column("最近一次没见到", 14, "date"),
    "last_on": Column("上次访到", 12, "date"),
    "phone": Column("电话", 15),
    "contact": Column("联系不上时找谁", 16),
    "contact_phone": Column("联系人电话", 15),
    "where": Column("不在家的在哪里", 24),
    "residence": Column("现在住哪里", 24),
    "find_me": Column("怎么找", 20),
}
USUAL = (
    "name", "sex", "age", "groups", "village", "hamlet", "state", "due_on", "left", "why", "period", "modes",
    "visitor", "tries", "last_on", "phone",
)  # fmt: skip
NOTE = "身份证只带末四位；要完整号码的，到“名单”里导出。"


def _chosen(filters: Mapping[str, Any]) -> dict[str, Any]:
    return DueFilter(filters).chosen()


def _kept(filters: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in _chosen(filters).items()}


def _count(user: Any, filters: Mapping[str, Any], today: date) -> int:
    return sum(selectors.state_counts(user, today, **_chosen(filters)).values())


def _rows(
    user: Any, filters: Mapping[str, Any], today: date, keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    items = due_lines.items_of(user, today, _chosen(filters))
    for _, line in due_lines.lines(user, today, items):
        yield tuple(line[key] for key in keys)


def _words(user: Any, filters: Mapping[str, Any]) -> str:
    return filter_words.words(user, _chosen(filters))


def register() -> None:
    """Called when the application starts."""
    books[BOOK] = Book(
        "待访名单", "人", COLUMNS, USUAL, _kept, _count, _rows, _words, "visits_schedule:due", CASES, NOTE
    )
