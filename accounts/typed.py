"""What of a posted form was typed by hand, in words a person can read: for pages that give it back.

The labels are those of the forms themselves. What is only chosen (a button, a tick) is counted, not spelled out: the
form that is sent again carries it anyhow.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django import forms

from accounts import kept
from accounts.kept import Body

# Names a field by its name where no form class has it (rooms append in AppConfig.ready()); "" when unknown.
namers: list[Callable[[str], str]] = []
TICK = re.compile(r"[a-z][a-z0-9_-]*|-?\d{1,3}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|", re.I)
ID_NUMBER = re.compile(r"(?<!\d)\d{14}(\d{3}[\dXx])(?!\d)")
# Buttons and ways back: of the page, not of what was said.
PAGE = {"action", "key", "next", "back", "last", "replaces", "shown_on", "version"}
CHOSEN = (forms.ChoiceField, forms.BooleanField, forms.UUIDField, forms.ModelChoiceField)


@dataclass(frozen=True)
class Typed:
    """`text` as it was typed, but for whole id numbers, which show their last four."""

    label: str
    text: str


@dataclass(frozen=True)
class Given:
    """`typed` in the order of the page; `ticks`: how many buttons and ticks went with it."""

    typed: list[Typed]
    ticks: int


def given(body: Body, path: str) -> Given:
    """`path`: where it was posted to. The same name means different things in different rooms: the forms that the
    view there knows come first."""
    typed, ticks = [], 0
    near = _fields_of(getattr(kept.view_of(path), "__module__", ""))
    for name, values in body.items():
        if name in PAGE:
            continue
        fields = near.get(name) or _fields().get(name, ())
        label = _label(name, fields)
        chosen = bool(fields) and all(isinstance(field, CHOSEN) or field.widget.is_hidden for field in fields)
        for value in values:
            if not value.strip():
                continue
            # A choice is a code; words in its place are words all the same.
            if (chosen and value.isascii()) or (not label and TICK.fullmatch(value)):
                ticks += 1
            else:
                typed.append(Typed(label or "您写的", ID_NUMBER.sub(r"**************\1", value)))
    return Given(typed, ticks)


def _label(name: str, fields: Iterable[forms.Field]) -> str:
    for field in fields:
        if field.label:
            return str(field.label)
    return next((words for namer in namers if (words := namer(name))), "")


Fields = dict[str, tuple[forms.Field, ...]]


@lru_cache(maxsize=1)
def _fields() -> Fields:
    """Every field of every form of ours by its name."""
    return _by_name(
        form for form in _forms(forms.BaseForm) if form.__module__.startswith(("accounts.", "visits."))
    )


@lru_cache(maxsize=200)
def _fields_of(module: str) -> Fields:
    """Those of the forms that a module of views works with."""
    named = vars(sys.modules[module]).values() if module in sys.modules else ()
    return _by_name(form for form in named if isinstance(form, type) and issubclass(form, forms.BaseForm))


def _by_name(found: Iterable[type]) -> Fields:
    fields: dict[str, list[forms.Field]] = {}
    for form in found:
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]
            fields.setdefault(name, []).append(field)
    return {name: tuple(ones) for name, ones in fields.items()}


def _forms(kind: type) -> Iterator[type]:
    for form in kind.__subclasses__():
        yield form
        yield from _forms(form)
