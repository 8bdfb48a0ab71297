"""Sentences of the home pages: each with a count that is a link to exactly those rows."""

from datetime import date
from typing import Any

from visits.desk import links, waiting
from visits.schedule.rounds import selectors as rounds
from visits.schedule.selectors import state_counts
from visits.templatetags.xf import day, num


def line(
    state: str, link: str, url: str, *, before: str = "", rest: str = "", icon: str = ""
) -> dict[str, str]:
    return {"state": state, "link": link, "url": url, "before": before, "rest": rest, "icon": icon}


def at_most_three(*found: dict[str, str] | None) -> list[dict[str, str]]:
    return [one for one in found if one is not None and one["url"]][:3]


def signing_line(user: Any, *, count: int | None = None) -> dict[str, str] | None:
    n = waiting.sheets_to_sign(user).count() if count is None else count
    return (
        line(
            "soon", f"{n}张表待您签字", links.to("visits_records:sheets", state="mine"), rest="。", icon="pen"
        )
        if n
        else None
    )


def export_line(user: Any) -> dict[str, str] | None:
    """decisions 23: whole id numbers leave only when a second person agrees."""
    n = waiting.exports(user)
    if not n:
        return None
    url = links.to("visits_roster:exports")
    return line("soon", f"{n}份带完整身份证号的名单等您同意", url, rest="。", icon="key")


def round_lines(user: Any, today: date) -> list[dict[str, str]]:
    """Running rounds in which somebody is left, the nearest due day first: before anything else."""
    return [
        line(
            "late" if one.row.due_on < today else "soon",
            f"{one.row.name}：还有{num(one.left)}人没访到",
            f"{links.to('visits_schedule:round', one.row.uuid)}?which=left",
            rest=f"，{day(one.row.due_on)}前。"
            if one.row.due_on >= today
            else f"，应于{day(one.row.due_on)}前。",
            icon="storm",
        )
        for one in rounds.running(user, today)
        if one.left
    ]


def queried(narrow: dict[str, Any]) -> dict[str, Any]:
    """The same in the address of the due list, which finds the people by itself."""
    words = {"mine": "assignee", "entrusted": "entrusted"}
    return {words[key]: value for key, value in narrow.items() if value and key in words}


def due_lines(user: Any, today: date, **narrow: Any) -> tuple[dict[str, int], list[dict[str, str] | None]]:
    """Sentences about people to visit, each linked to exactly that part of the due list."""
    query = queried(narrow)
    counts = state_counts(user, today, **narrow)
    late = counts["late"] and line(
        "late",
        f"{num(counts['late'])}人逾期",
        links.to("visits_schedule:due", state="late", **query),
        rest="，先看他们。",
    )
    soon = counts["soon"] and line(
        "soon",
        f"{num(counts['soon'])}人这几天到期",
        links.to("visits_schedule:due", state="soon", **query),
        rest="。",
    )
    return counts, [late or None, soon or None]
