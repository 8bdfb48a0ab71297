"""A question (待核) in the shape the components draw."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.roster.selectors.reviews import Question
from visits.templatetags.xf import day


def as_row(question: Question, today: date) -> dict[str, Any]:
    """One question as a line: who, what, until when, what to do."""
    row, (view, args) = question.row, question.form
    return {
        "pk": row.pk,
        "name": row.person.name,
        "url": reverse("visits_desk:person", args=[row.person.uuid]),
        "about": f"{row.person.get_sex_display()} {row.person.age(today)}岁",
        "due": {
            "state": "late" if row.due_on < today else "soon",
            "word": question.kind,
            "text": day(row.due_on, today),
        },
        "say": question.say,
        "form_url": reverse(view if ":" in view else f"visits_roster:{view}", args=args),
        "form_word": question.plan.form_word,
        "outcomes": question.plan.taps,
        "settle_here": not question.plan.own_page,
        "settle_url": reverse("visits_roster:review", args=[row.pk]),
    }


def as_table(questions: Sequence[Question], today: date) -> dict[str, Any]:
    """Questions of one kind as a list with tick boxes."""
    found = {question.row.person.village_id for question in questions}
    villages = dict(Region.objects.filter(pk__in=found).values_list("pk", "name"))
    rows = []
    for question in questions:
        line, person = as_row(question, today), question.row.person
        rows.append(
            {
                "cells": [
                    {"text": line["name"], "pick": "review", "value": line["pk"]},
                    {"text": line["name"], "url": line["url"], "note": line["about"], "head": True},
                    {"text": f"{villages.get(person.village_id, '')} {person.hamlet}".strip()},
                    {"text": line["say"]},
                    {"text": line["due"]["text"]},
                    {"text": line["form_word"], "url": line["form_url"]},
                ]
            }
        )
    columns = ["选", "姓名", "地方", "什么事", "到哪天", "去办"]
    return {"caption": "要核的", "columns": columns, "rows": rows}
