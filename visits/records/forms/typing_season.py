"""What the season and the rounds of a day ask of a typed row, and the house in the flood season.

Functions over the row, as `typing_more` has them: keys become fields of the visit form, which has the rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from visits.records.assessment import WINDOW, Question, fires
from visits.records.forms import seasons
from visits.records.forms.beside import HELPER
from visits.records.forms.keys import key_field
from visits.records.forms.typing_more import Row
from visits.roster.forms.dwelling import NONE, RISKS

HOUSE = "house"
SAME = "0"


def add(row: Row, day: date) -> None:
    """The keys of that day, in the order of the paper."""
    for code in row.asked.blocks_on(day):
        for question in seasons.asked_in(row.asked.form, code):
            field = row.fields[f"s_{question.code}"] = _field(question)
            if question.code == WINDOW and (fire := fire_keys(row, code)):
                field.widget.attrs |= {"data-only": fire[0], "data-only-keys": fire[1]}
                field.help_text = f"烧火的才填：{field.help_text}"
        if code == "flood":
            row.fields[HOUSE] = _house(row)
    for one in row.asked.rounds_on(day):
        if one.questions:
            hint = " ".join(f"{n}{words}" for n, words in enumerate(one.questions, start=1))
            row.fields[one.field] = key_field(one.name, len(one.questions), hint)


def _field(question: Question) -> forms.CharField:
    hint = " ".join(f"{n}{option.words}" for n, option in enumerate(question.options))
    if question.kind == "one":
        return key_field(question.label, 1, hint, one=True)
    if question.kind == "many":
        return key_field(question.label, 6, hint)
    if question.kind == "tick":
        return key_field(question.label, 1, "1是，不是就不填", one=True)
    return key_field(question.label, 3, "量了才填")


def _house(row: Row) -> forms.CharField:
    words = " ".join(f"{n}{label}" for n, (code, label) in enumerate(RISKS, start=1) if code != NONE)
    if row.asked.dwelling is None:
        return key_field("房屋", len(RISKS), f"0都不是；是的写编号：{words}")
    return key_field("房屋", len(RISKS), f"0没变；变了的写编号：{words} {len(RISKS)}都不是")


def fill(row: Row, data: QueryDict, values: Mapping[str, Any], day: date) -> None:
    """The keys as fields of the visit form."""
    for code in row.asked.blocks_on(day):
        _check_window(row, code, values)
        for question in seasons.asked_in(row.asked.form, code):
            typed = (values.get(f"s_{question.code}") or "").strip()
            if typed:
                _answer(row, data, question, typed)
        if code == "flood" and (typed := (values.get(HOUSE) or "").strip()):
            _fill_house(row, data, typed)
    for one in row.asked.rounds_on(day):
        typed = values.get(one.field) or ""
        numbers = [str(int(digit) - 1) for digit in typed if digit.isdecimal() and digit != "0"]
        if one.questions and numbers:
            data.setlist(one.field, numbers)


def fire_keys(row: Row, code: str) -> tuple[str, str] | None:
    """The key field and the keys of what is burnt; None where the wording knows no fire."""
    for name, values in fires(row.asked.form, code).items():
        options = next(q.options for q in row.asked.form.season(code).questions if q.code == name)
        keys = "".join(str(n) for n, option in enumerate(options) if option.value in values)
        return f"s_{name}", keys
    return None


def _check_window(row: Row, code: str, values: Mapping[str, Any]) -> None:
    """On paper nobody sees an answer vanish: a shut window without a fire is asked back."""
    name, found = f"s_{WINDOW}", fire_keys(row, code)
    if found is None or (values.get(name) or "0") == "0":
        return
    if not set(values.get(found[0]) or "") & set(found[1]):
        row.add_error(name, "没烧火的不用填；烧火的，用什么取暖也写上")


def _answer(row: Row, data: QueryDict, question: Question, typed: str) -> None:
    name = f"s_{question.code}"
    if question.kind == "degrees":
        data[name] = typed
    elif question.kind == "tick":
        if typed != "0":
            data[name] = "on"
    elif all(digit.isdecimal() and int(digit) < len(question.options) for digit in typed):
        data.setlist(name, [str(question.options[int(digit)].value) for digit in dict.fromkeys(typed)])
    else:
        row.add_error(name, f"写0到{len(question.options) - 1}")


def _fill_house(row: Row, data: QueryDict, typed: str) -> None:
    """Who helps and where to go stay as the file has them: a sheet has no room for them."""
    known = row.asked.dwelling
    if typed == SAME and known is not None:
        data["dwelling"] = "same"
        return
    if typed != SAME and not all(digit.isdecimal() and 0 < int(digit) <= len(RISKS) for digit in typed):
        row.add_error(HOUSE, f"写0，或编号1到{len(RISKS)}")
        return
    if known is not None:
        data["dwelling"] = "changed"
    codes = [NONE] if typed == SAME else [RISKS[int(digit) - 1][0] for digit in dict.fromkeys(typed)]
    data.setlist("dwelling_risks", codes)
    for name in HELPER:
        data[f"dwelling_{name}"] = getattr(known, name, "") if known is not None else ""


def place_of(name: str) -> str | None:
    """The key field that a field of the visit form belongs to."""
    return HOUSE if name.startswith("dwelling") else None
