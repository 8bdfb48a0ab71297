"""Other rooms' lists whose rows are no people, taken out by the roster's door and its rules (decisions 23)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from accounts.roles import Role
from xunfang.kit import excel

# What names the book in an address and among the kept filters.
KEY = "book"


@dataclass(frozen=True)
class Book:
    """A list that may be taken out. `unit`: what its rows are counted in. `kept`: what an address says of the list, as
    codes that can be kept, never a name. `count` and `rows` are those of the screen for this reader, `rows` in its
    order, with the wanted columns. `home`: the name of the list's address; `back`: the address of the page these filters
    come from, where that is not `home` with them. `roles`: who reads that page. `note`: a sentence about what is on it;
    `same`: whether it holds every row of the page."""

    title: str
    unit: str
    columns: Mapping[str, excel.Column]
    usual: Sequence[str]
    kept: Callable[[Mapping[str, Any]], dict[str, str]]
    count: Callable[[Any, Mapping[str, Any], date], int]
    rows: Callable[[Any, Mapping[str, Any], date, Sequence[str]], Iterable[Sequence[Any]]]
    words: Callable[[Any, Mapping[str, Any]], str]
    home: str
    roles: frozenset[Role]
    note: str = ""
    same: bool = True
    back: Callable[[Mapping[str, Any]], str] | None = None

    def way_back(self, filters: Mapping[str, Any]) -> str:
        """The page it leaves from."""
        if self.back is not None:
            return self.back(filters)
        kept = urlencode({key: value for key, value in filters.items() if key != KEY})
        return f"{reverse(self.home)}?{kept}" if kept else reverse(self.home)

    def wanted(self, chosen: Sequence[str]) -> list[str]:
        """The chosen columns in the book's order; the first always stands."""
        first = next(iter(self.columns))
        return [key for key in self.columns if key == first or key in chosen]


class Said(NamedTuple):
    """How a list is called and counted."""

    title: str
    unit: str
    none: str


PEOPLE = Said("名单", "人", "一个人")
books: dict[str, Book] = {}


def book_of(filters: Mapping[str, Any]) -> Book | None:
    """The book these filters mean; None for the roster's own list of people."""
    return books.get(str(filters.get(KEY) or ""))


def said(filters: Mapping[str, Any]) -> Said:
    book = book_of(filters)
    return Said(book.title, book.unit, f"一{book.unit}") if book else PEOPLE
