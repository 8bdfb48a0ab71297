"""What findings and plans ask of somebody today, as lines of “等着办的”."""

from datetime import date
from typing import Any

from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.desk import links, waiting
from visits.desk.sentences import line
from visits.templatetags.xf import day, num


def works(user: Any, today: date) -> list[dict[str, str]]:
    """问题台账 and, for offices, 救助方案; each with the address of exactly those rows."""
    found = [*_township(user, today), *_county(user, today)]
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
        if n := waiting.endings(user):
            url = links.to("visits_followup:endings")
            found.append({"icon": "minus", "name": "调整、退出建议", "say": f"{num(n)}份在办", "url": url})
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


def _until(word: str, on: date | None, today: date) -> str:
    """“，最近的11月26日 周四前”; what is over is said so."""
    if on is None:
        return ""
    return f"，{word}{day(on, today)}前" if on >= today else f"，{word}应在{day(on, today)}前"


def _township(user: Any, today: date) -> list[dict[str, str]]:
    """The day's summary to be confirmed, papers the county asked for, measures to be carried out."""
    if not user.duty.has(TOWNSHIP):
        return []
    days, asked = waiting.days(user, today), waiting.asked_by_county(user, today)
    open_ = links.to("visits_followup:cases", which="open")
    under_way = links.to("visits_followup:cases", which="carried_out")
    rows = (
        ("cal", "当日汇总", days["n"], f"天待确认{_until('最早的', days['nearest'], today)}", links.to("visits_followup:days")),
        ("attach", "县里要的材料", asked["papers"], f"份要补{_until('最早的', asked['papers_by'], today)}", open_),
        ("check", "方案的措施", asked["undone"], f"条还没有结果{_until('最早的', asked['undone_by'], today)}", under_way),
    )  # fmt: skip
    return [
        {"icon": icon, "name": name, "say": f"{num(n)}{words}", "url": url}
        for icon, name, n, words, url in rows
        if n
    ]


def _county(user: Any, today: date) -> list[dict[str, str]]:
    """Cases by who must act now."""
    if not user.duty.has(COUNTY):
        return []
    counts = waiting.cases(user, today)
    rows = [("inbox", "变化办理", counts["waiting"], "个案子待接手", "waiting")]
    rows.append(("clip", "变化办理", counts["taken"], "个在办，还没定初步方案", "taken"))
    if not user.duty.has({Role.COUNTY_HEAD}):
        rows.append(("ok", "变化办理", counts["proposed"], "个等负责人批准", "proposed"))
    return [
        {
            "icon": icon,
            "name": name,
            "say": f"{num(n)}{words}",
            "url": links.to("visits_followup:cases", which=which),
        }
        for icon, name, n, words, which in rows
        if n
    ]


def county_lines(user: Any, today: date) -> list[dict[str, str] | None]:
    """What the county must settle today, in sentences: late, to be approved, and until when."""
    counts = waiting.cases(user, today)
    late = links.to("visits_followup:cases", which="late")
    open_ = links.to("visits_followup:cases", which="open")
    unanswered = counts["waiting"] + counts["taken"] + counts["proposed"]
    head = user.duty.has({Role.COUNTY_HEAD})
    return [
        line("late", f"{counts['late']}个案子超过三个工作日", late, rest="，今天先办。") if counts["late"] else None,
        line("todo", f"{counts['proposed']}个方案待您批准", links.to("visits_followup:case_approvals"),
             rest=f"{_until('最近的', counts['nearest_proposed'], today)}。")
        if head and counts["proposed"]
        else None,
        line("todo", f"{'一共' if counts['late'] else ''}{unanswered}个案子要定初步方案", open_, rest=f"{_until('最近的', counts['nearest'], today)}。", icon="inbox")
        if unanswered > 0 and not (head and counts["proposed"])
        else None,
    ]  # fmt: skip
