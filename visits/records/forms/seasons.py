"""The blocks of the season on the visit form (四(二)-4, -5)."""

from collections.abc import Mapping
from typing import Any

from django import forms

from visits.records.assessment import WINDOW, Form, Question, asks_block, burns, judge_season
from visits.records.forms.beside import Page
from visits.records.forms.fields import pick, ticks

# A question of the first wordings: asked as “无变化” or “有变化” of the facts on the file (practice P13).
HOUSE_TICK = "dwelling_changed"


def asked_in(form: Form, block: str) -> list[Question]:
    """The questions of a block that have a field of their own."""
    return [one for one in form.season(block).questions if one.code != HOUSE_TICK]


def questions(form: Page, block: str) -> list[Question]:
    """Those of the form's wording."""
    return asked_in(form.asked.form, block)


def add_block(form: Page, block: str) -> None:
    """The fields of a block: “s_” and the code of the question."""
    for question in questions(form, block):
        form.fields[f"s_{question.code}"] = _field(question)


def _field(question: Question) -> forms.Field:
    choices = [(str(option.value), option.words) for option in question.options]
    if question.kind == "one":
        return pick(question.label, choices)
    if question.kind == "many":
        return ticks(question.label, choices)
    if question.kind == "tick":
        return forms.BooleanField(label=question.label, required=False)
    return forms.IntegerField(
        label=question.label,
        required=False,
        help_text="量了才填，单位是度。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}),
        error_messages={"invalid": f"{question.label}请填整数，没量可以不填"},
    )


def read_block(form: Page, block: str, values: Mapping[str, Any], mode: str) -> dict[str, Any] | None:
    """{code, answers}, or None when nothing was answered, or nothing asked where this visit was."""
    if not asks_block(block, mode):
        return None
    answers: dict[str, Any] = {}
    if block == "flood" and values.get("dwelling") == "changed":
        answers[HOUSE_TICK] = True
    for question in questions(form, block):
        given = values.get(f"s_{question.code}")
        if question.kind == "one" and given:
            answers[question.code] = int(given)
        elif question.kind == "many" and given:
            answers[question.code] = [int(one) for one in given]
        elif question.kind == "tick" and given:
            answers[question.code] = True
        elif question.kind == "degrees" and given is not None:
            answers[question.code] = given
    if not burns(form.asked.form, block, answers):
        answers.pop(WINDOW, None)  # hidden, or answered before it was said that nothing is burnt
    asked = judge_season(form.asked.form, block, answers, mode)
    labels = {question.code: question.label for question in questions(form, block)}
    for code in asked.missing:
        if code in labels and f"s_{code}" not in form.errors:
            form.add_error(f"s_{code}", f"{labels[code]}：上门时要看一看")
    for code, sentence in asked.errors.items():
        form.add_error(f"s_{code}", sentence)
    return {"code": block, "answers": answers} if answers else None
