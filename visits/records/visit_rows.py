"""A record in the shape its page draws."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.roles import READS_CASEWORK, Role
from visits.records import beside_words
from visits.records.assessment import NOT_SEEN, REASSESS, URGENT, Form, level_of, load, unpack_told
from visits.records.beside_words import known_words
from visits.records.models import LineReturn, Met, Mode, PaperScan, TypedRow, Visit
from visits.records.services.visiting import blocks_of, is_late_entry, values_of
from visits.templatetags.xf import LEVEL_WORDS, day, day_year, hm, level_icon, level_state

PARTS = {"am": "上午", "pm": "下午", "": ""}
# SECURITY: whom a note is for that is not to be read in the village (practice P17).
READ_PRIVATE = READS_CASEWORK | {Role.INSPECTOR}

# Other parts of the house add what they know about a record: a function of (visit, user, today) that gives
# {state, title, text} and may give url + link, or None.
panels: list[Callable[[Visit, Any, date], dict[str, Any] | None]] = []


def returned(visit: Visit, user: Any, today: date) -> dict[str, Any] | None:
    """A line of the record that was struck out and waits for a word; whoever may say it finds the way."""
    waiting = LineReturn.objects.filter(line__visit=visit, answered_at=None).order_by("-at").first()
    if waiting is None or visit.voided_at is not None:
        return None
    panel = {"state": "back", "title": f"{waiting.by_title}退回：", "text": f"“{waiting.reason}”。"}
    clerk = visit.township_id in user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    if clerk or user.pk in (visit.visitor_id, visit.recorder_id):
        panel |= {"url": reverse("visits_records:visit_answer", args=[visit.uuid]), "link": "补一句话"}
    return panel


panels.append(returned)


def typed_from(visit: Visit, user: Any, today: date) -> dict[str, Any] | None:
    """The paper from which the record was typed, and its photograph for whoever may see the sheet."""
    typed = TypedRow.objects.filter(visit=visit).select_related("paper", "scan").first()
    if typed is None:
        return None
    panel = {"state": "idle", "title": "照纸上录的：", "text": f"巡访单{typed.paper.number}第{typed.row}行。"}
    scan = typed.scan
    if scan and scan.removed_at is None and PaperScan.objects.visible_to(user).filter(pk=scan.pk).exists():
        panel |= {"url": reverse("visits_records:scan_picture", args=[scan.uuid]), "link": "看那张纸的照片"}
    return panel


panels.append(typed_from)


def areas(visit: Visit, last: Visit | None) -> list[dict[str, Any]]:
    """The answers by area: words, level, what was told, last time's words where they differ, the note."""
    form = load(visit.form_version.definition)
    values, before = values_of(visit), values_of(last) if last else {}
    told, notes = unpack_told(visit.told), visit.notes or {}
    reasons = {reason.code: reason.words for reason in form.reasons}
    why = (visit.extra or {}).get("reasons") or {}
    known = known_words(visit.extra)
    covered = (visit.extra or {}).get("known") or {}
    groups = [(area.label, area.icon, area.items) for area in form.areas]
    if (visit.extra or {}).get("minor"):
        groups.append(("孩子的情况", "heart", form.minor))
    return [
        {
            "name": label,
            "icon": icon,
            "rows": [
                {
                    "item": item.label,
                    "words": said(form, item.code, values[item.code]),
                    "why": reasons.get(why.get(item.code, ""), "") if values[item.code] == NOT_SEEN else "",
                    "state": level_state(level_of(values[item.code])),
                    "icon": level_icon(level_state(level_of(values[item.code]))),
                    "level": LEVEL_WORDS[level_of(values[item.code])]
                    if 0 < level_of(values[item.code]) <= URGENT and item.code not in covered
                    else "",
                    "known": known.get(item.code, ""),
                    "told": item.code in told,
                    "last": said(form, item.code, before[item.code])
                    if item.code in before and before[item.code] != values[item.code]
                    else "",
                    "note": notes.get(item.code, ""),
                }
                for item in items
                if item.code in values
            ],
        }
        for label, icon, items in groups
    ]


def said(form: Form, code: str, value: int) -> str:
    """An answer in the words of that day; of an older wording, its level."""
    try:
        return form.words(code, value)
    except KeyError:
        return form.level_words[level_of(value)]


def facts(visit: Visit, today: date) -> list[tuple[str, str]]:
    """Who, when, how, with whom: label and words."""
    month = (visit.extra or {}).get("contact_month")
    rows = [
        ("哪天", f"{day(visit.visited_on, today)}{PARTS[visit.part_of_day]}"),
        ("怎么访的", visit.get_mode_display()),
        ("见到谁", visit.get_met_display() + (f"（最近联系{month}月）" if month else "")),
        ("巡访人", visit.visitor.name),
    ]
    if visit.companions:
        rows.append(("同行人", visit.companions))
    typed = f"{visit.recorder.name}，{day(visit.submitted_at, today)} {hm(visit.submitted_at)}"
    rows.append(("录入人", typed + ("（补录）" if is_late_entry(visit) else "")))
    return rows


def blocks(visit: Visit) -> list[tuple[str, list[str]]]:
    """Season, self-care and what was done, as headings with lines."""
    form, extra = load(visit.form_version.definition), visit.extra or {}
    found: list[tuple[str, list[str]]] = []
    for answered in blocks_of(extra):
        block = form.season(answered["code"])
        lines = [
            f"{question.label}：{_season_words(question, given)}"
            for question in block.questions
            if (given := answered["answers"].get(question.code)) is not None
        ]
        found.append((block.label, lines))
    found += [(one["name"], round_lines(one)) for one in extra.get("rounds") or [] if one["yes"] or one["no"]]
    if extra.get("self_care"):
        lost = [label for code, label in form.self_care if not extra["self_care"].get(code, True)]
        found.append(("自己照料自己", [f"{'、'.join(lost)}做不了" if lost else "6样都能"]))
        if extra.get("self_care_changes"):
            found[-1][1].append(f"{REASSESS}。")
    found += [(title, [words]) for title, words in beside_words.lines(extra)]
    if visit.phrases:
        words = {phrase.code: phrase.words for phrase in form.phrases}
        found.append(
            ("今天做了什么", ["、".join(words.get(code, "") for code in visit.phrases if code in words)])
        )
    return found


def round_lines(one: dict[str, Any]) -> list[str]:
    """What a round asked, what was answered: first what needs somebody."""
    return [*(f"{words}：是" for words in one["yes"]), *(f"{words}：否" for words in one["no"])]


def did(visit: Visit) -> list[str]:
    """What the visit did on the due list, in words."""
    rows = visit.fulfilments.select_related("due_item__rule", "due_item__round").order_by(
        "due_item__due_on", "pk"
    )
    return [
        f"{row.due_item.sentence}"
        + (f"（{day_year(row.due_item.period_start)}起的这一期）" if row.due_item.rule_id else "")
        for row in rows
    ]


def _season_words(question: Any, given: Any) -> str:
    if question.kind == "degrees":
        return f"{given}度"
    if question.kind == "tick":
        return "是"
    wanted = given if isinstance(given, list) else [given]
    return "、".join(option.words for option in question.options if option.value in wanted)


def may_read_private(visit: Visit, user: Any) -> bool:
    """Whether this user reads what is not to be known in the village."""
    return user.duty.has(READ_PRIVATE)


def differences(visit: Visit, body: dict[str, Any], today: date) -> list[tuple[str, str, str]]:
    """What stands in the file and what came now, where they differ: label, stored words, new words."""
    form = load(visit.form_version.definition)
    pairs = [
        ("哪天", day(visit.visited_on, today), day(body["visited_on"], today)),
        ("怎么访的", visit.get_mode_display(), dict(Mode.choices)[body["mode"]]),
        ("见到谁", visit.get_met_display(), dict(Met.choices)[body["met"]]),
        ("同行人", visit.companions, body["companions"]),
        ("写几句", visit.remark, body["remark"]),
        ("不便在村里公开", "写了" if visit.private_note else "", "写了" if body["private_note"] else ""),
    ]
    stored, notes = values_of(visit), visit.notes or {}
    for code, value in body["values"].items():
        label = form.item(code).label
        pairs.append(
            (label, said(form, code, stored[code]) if code in stored else "", said(form, code, value))
        )
        pairs.append((f"{label}：怎么回事", notes.get(code, ""), body["notes"].get(code, "")))
    found = [(label, was or "没写", now or "没写") for label, was, now in pairs if was != now]
    return found or [("季节、自理或做了什么", "和这次不同", "这次填的")]
