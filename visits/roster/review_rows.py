"""A question (待核) in the shape the components draw."""

from datetime import date
from typing import Any

from django.urls import reverse

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
        "form_url": reverse(f"visits_roster:{view}", args=args),
        "form_word": question.plan.form_word,
        "outcomes": question.plan.outcomes,
        "settle_url": reverse("visits_roster:review", args=[row.pk]),
    }
