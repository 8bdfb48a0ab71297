"""What findings and plans ask of somebody today, as lines of “等着办的”."""

from datetime import date
from typing import Any

from accounts.roles import COUNTY, TOWNSHIP
from visits.desk import links, waiting
from visits.templatetags.xf import num


def works(user: Any, today: date) -> list[dict[str, str]]:
    """问题台账 and, for offices, 救助方案; each with the address of exactly those rows."""
    found = []
    counts = waiting.findings(user, today)
    parts = [
        (counts["late"], "件过期没办好", "late"),
        (counts["better"], "件好转了，可以销号", "better"),
        (counts["todo"], "件还没定怎么处理", "todo"),
        (counts["open"], "件待处理", "open"),
    ]
    n, words, which = next((part for part in parts if part[0]), (0, "", ""))
    if n:
        more = "" if which in ("open", "todo") else f"，一共{num(counts['open'])}件待处理"
        url = links.to("visits_followup:findings", which=which)
        found.append({"icon": "clip", "name": "问题台账", "say": f"{num(n)}{words}{more}", "url": url})
    if user.duty.has(TOWNSHIP | COUNTY):
        found += _plans(user, today)
    return found


def _plans(user: Any, today: date) -> list[dict[str, str]]:
    counts = waiting.plans(user, today)
    return [
        {
            "icon": "heart",
            "name": "救助方案",
            "say": f"{num(counts[which])}{words}",
            "url": links.to("visits_followup:plans", which=which),
        }
        for which, words in (("needs", "人有需要、没方案"), ("review", "份方案该复核了"))
        if counts[which]
    ]
