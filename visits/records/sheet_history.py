"""What happened to tables before: how often one was sent to the county, why it came back, what was answered."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.roles import COUNTY
from visits.records.models import Sheet, SheetStep
from visits.templatetags.xf import day_year, dayshort

CHAIN = """
WITH RECURSIVE chain AS (
  SELECT id AS top, id, replaces_id FROM visits_records_sheet WHERE id = ANY(%s)
  UNION ALL
  SELECT c.top, s.id, s.replaces_id FROM chain c JOIN visits_records_sheet s ON s.id = c.replaces_id)
SELECT top, id FROM chain
"""


def history_of(tables: Collection[Sheet]) -> dict[int, list[SheetStep]]:
    """The steps of each of these tables and of those it took the place of, oldest first, by its id. One query,
    and one more when a table took another's place."""
    chain = [(sheet.pk, sheet.pk) for sheet in tables if not sheet.replaces_id]
    if later := [sheet.pk for sheet in tables if sheet.replaces_id]:
        with connection.cursor() as cursor:
            cursor.execute(CHAIN, [later])
            chain += cursor.fetchall()
    steps: dict[int, list[SheetStep]] = defaultdict(list)
    rows = SheetStep.objects.filter(sheet_id__in={pk for _, pk in chain}).select_related("by")
    for step in rows.order_by("at", "pk"):
        steps[step.sheet_id].append(step)
    found: dict[int, list[SheetStep]] = {sheet.pk: [] for sheet in tables}
    for top, pk in chain:
        found[top] += steps[pk]
    return {pk: sorted(one, key=lambda step: (step.at, step.pk)) for pk, one in found.items()}


def sent_words(steps: Sequence[SheetStep]) -> str:
    """“第2次送审；上次退回：缺盖章（10月8日）；答：已补”, for whoever approves; empty the first time."""
    back = [n for n, step in enumerate(steps) if step.kind == SheetStep.Kind.RETURNED and step.role in COUNTY]
    if not back:
        return ""
    last = steps[back[-1]]
    after = [step for step in steps[back[-1] + 1 :] if step.kind in ANSWERS]
    said = f"；{ANSWERS[after[-1].kind]}：{after[-1].words}" if after else ""
    return f"第{len(back) + 1}次送审；上次退回（{dayshort(last.at)}）：{last.words}{said}"


ANSWERS = {SheetStep.Kind.RESUMED: "答", SheetStep.Kind.RENEWED: "另出一版"}


def rows_of(steps: Sequence[SheetStep], sheet_id: int) -> list[dict[str, Any]]:
    """For the page, newest first: when, who, what, in which words; whether it was on an earlier version."""
    return [
        {
            "when": f"{day_year(step.at)} {timezone.localtime(step.at):%H:%M}",
            "who": f"{step.by_title}{step.by.name}",
            "what": step.get_kind_display(),
            "words": step.words,
            "before": step.sheet_id != sheet_id,
        }
        for step in reversed(steps)
    ]
