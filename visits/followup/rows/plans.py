"""Plans in the shape their pages, lists and papers draw."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from visits.followup.models import Finding, OpenNeed, Plan
from visits.followup.rows.measures import measure_due
from visits.followup.services.plans import STANDARD
from visits.records.needs import WORDS
from visits.roster.models import Benefit, Person
from visits.templatetags.xf import day, dayshort

BASIS = "《指南》四（一）：根据每位对象的困难程度、不同需求，制定专门的救助方案。"
DEGREES = {"common": "idle", "heavy": "todo", "grave": "late"}


def need_words(codes: Collection[str]) -> str:
    """生活费、看病用药, in the order of the list."""
    return "、".join(word for code, word in WORDS.items() if code in codes)


def measures(plan: Plan, today: date) -> list[dict[str, Any]]:
    """Measures with their state. Those of the plan are expected to be fetched."""
    return [
        {
            "pk": row.pk,
            "kind": WORDS.get(row.kind, "别的"),
            "words": row.words,
            "who": f"{row.unit} {row.who}",
            "due": measure_due(row, today),
            "result": row.result,
            "done": row.done_on is not None,
        }
        for row in plan.measures.all()
    ]


def summary(plan: Plan) -> str:
    """What is done, in a line."""
    if plan.standard:
        return STANDARD
    rows = list(plan.measures.all())
    done = sum(row.done_on is not None for row in rows)
    if not rows:
        return plan.note
    return f"{len(rows)}条措施，办好{done}条：{'；'.join(row.words for row in rows)}"


def review_chip(plan: Plan, today: date) -> dict[str, str]:
    late = plan.review_on < today
    return {
        "state": "late" if late else "idle",
        "word": "该复核了" if late else "复核",
        "text": f"{'' if plan.review_on.year == today.year else f'{plan.review_on.year}年'}{dayshort(plan.review_on)}",
    }


def told_words(plan: Plan, today: date) -> str:
    if not plan.told or plan.told_on is None:
        return "还没告诉本人"
    return f"{day(plan.told_on, today)}{plan.get_told_display()}"


def table(
    people: Sequence[Person],
    plans: Mapping[int, Plan],
    needs: Mapping[int, OpenNeed],
    found: Mapping[int, list[Finding]],
    places: Mapping[int, str],
    today: date,
    *,
    edits: bool,
) -> dict[str, Any]:
    """People with what they need and what is planned."""
    rows = []
    for person in people:
        plan, need = plans.get(person.pk), needs.get(person.pk)
        wants = need_words(need.codes) if need else ""
        open_ = "、".join(row.item for row in found.get(person.pk, []))
        url = reverse("visits_followup:plan_edit" if edits else "visits_desk:person", args=[person.uuid])
        rows.append(
            {
                "cells": [
                    {
                        "text": person.name,
                        "url": reverse("visits_desk:person", args=[person.uuid]),
                        "note": f"{places.get(person.village_id, '')} {person.hamlet}".strip(),
                    },
                    {"text": wants or "—", "note": f"{dayshort(need.since)}起" if need else ""},
                    {"text": open_ or "—"},
                    {"text": summary(plan), "url": reverse("visits_followup:plan", args=[plan.uuid])}
                    if plan
                    else {"text": "没有方案"},
                    {"due": review_chip(plan, today)} if plan else {"text": "—"},
                    {"text": ("改方案" if plan else "定方案") if edits else "看档案", "url": url},
                ]
            }
        )
    columns = ["姓名", "还没有人办的需要", "台账上待处理的", "方案", "复核", "去办"]
    return {"caption": "救助方案", "columns": columns, "rows": rows}


def standard_table(
    people: Sequence[Person], groups: Mapping[int, list[str]], today: date, ticked: set[str] | None
) -> dict[str, Any]:
    """The people of a village, all ticked unless somebody unticked them."""
    return {
        "caption": "没有方案、也没有要办的事",
        "columns": ["选", "姓名", "自然村", "类别"],
        "rows": [
            {
                "cells": [
                    {"text": person.name, "pick": "person", "value": person.pk, "checked": ticked is None or str(person.pk) in ticked},
                    {
                        "text": person.name,
                        "url": reverse("visits_desk:person", args=[person.uuid]),
                        "note": f"{person.get_sex_display()} {person.age(today)}岁",
                        "head": True,
                    },
                    {"text": person.hamlet or "—"},
                    {"text": "、".join(groups.get(person.pk, [])) or "—"},
                ]
            }
            for person in people
        ],
    }  # fmt: skip


def benefit_words(rows: Sequence[Benefit]) -> str:
    """低保金每月735元、高龄津贴; what runs now."""
    found = []
    for row in rows:
        amount = f"每月{row.amount / 100:g}元" if row.amount and row.kind != Benefit.Kind.TEMPORARY else ""
        found.append(f"{row.get_kind_display()}{amount}")
    return "、".join(found) or "没有登记"


def paper(plan: Plan, place: str, benefits: str, today: date) -> dict[str, Any]:
    """One page A4 for the file and to be read aloud: every key is present."""
    person = plan.person
    made = timezone.localtime(plan.made_at).date()
    return {
        "unit": place,
        "version": f"第{plan.version}版",
        "made": f"{made.year}年{made.month}月{made.day}日",
        "printed": f"{today.year}年{today.month}月{today.day}日",
        "maker": plan.made_by.name,
        "person": {
            "name": person.name,
            "sex": person.get_sex_display(),
            "age": f"{person.age(today)}岁",
            "place": place,
            "file_no": person.file_no,
        },
        "degree": plan.get_degree_display(),
        "needs": need_words(plan.needs) or "没有别的需要",
        "benefits": benefits,
        "measures": [
            {
                "kind": WORDS.get(row.kind, "别的"), "words": row.words, "unit": row.unit, "who": row.who,
                "due": _ymd(row.due_on), "result": f"{_ymd(row.done_on)}：{row.result}" if row.done_on else "",
            }
            for row in plan.measures.all()
        ],
        "note": plan.note,
        "review": _ymd(plan.review_on),
        "told": f"{_ymd(plan.told_on)}{plan.get_told_display()}" if plan.told_on else "",
        "old": plan.replaced_at is not None,
    }  # fmt: skip


def _ymd(on: date | None) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if on else ""
