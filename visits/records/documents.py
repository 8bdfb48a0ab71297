"""What stands on paper: contexts of the papers of a table and of a record. Texts only, no decisions.

Private notes are on no paper: a line says “另有情况已报” and nothing more (practice P17)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Region
from visits.records import beside_words, canonical, sheet_page, sheet_rows, sheets
from visits.records.assessment import NOT_SEEN, REASSESS, Form, level_of, load, unpack_told
from visits.records.beside_words import known_words
from visits.records.models import SLOT_ROLES, Sheet, SheetLine, Signature, Visit
from visits.records.services.visiting import blocks_of, is_late_entry
from visits.records.sheet_page import SheetPage, when_words
from visits.records.sheet_titles import titles_of
from visits.records.sheets import HIDDEN_WORDS, MET_SHORT, MODE_WORDS, VISIT, Line
from visits.records.visit_rows import round_lines
from visits.schedule.periods import Quarter, parse
from visits.templatetags.xf import day_year, dayshort
from xunfang.kit import pdf, qr

STATEMENTS = {1: "以上属实。", 2: "已核对。", 3: "同意。"}
MET_PAPER = {"self": "本人", "proxy": "家人", "away": "在外"}
LEVEL_PAPER = {0: "", 1: "关注", 2: "需处理", 3: "紧急"}
#: A table of more lines takes more than five pages and is made by a worker.
INLINE_LINES = 300

#: Higher rooms say what was reported of a visit: None or {to, filed, due, state}.
report_sources: list[Callable[[Visit], dict[str, str] | None]] = []


def is_long(page: SheetPage) -> bool:
    """Whether the paper takes more than about five pages: an exception takes the room of four lines."""
    return sum(5 if line.exceptional else 1 for line in page.lines) > INLINE_LINES


def sheet_context(page: SheetPage, on: date) -> dict[str, Any]:
    """For pdf/confirm.html."""
    sheet, count = page.sheet, sheets.figures(page.kept)
    struck = len(page.lines) - count.lines
    period = parse(sheet.period)
    full = [_exception(page, line) for line in page.lines if line.exceptional]
    rest = [_ordinary(page, line) for line in page.lines if not line.exceptional]
    numbers = iter("一二")
    return {
        "place": page.place,
        "period": f"{period.label}（{dayshort(sheet.period_start)}至{dayshort(sheet.period_end)}）",
        "batch": "逐份" if page.single else f"第{sheet.batch_no}批",
        "total": f"{len(page.lines)}行" + (f"，划出{struck}行" if struck else ""),
        "printed": day_year(on),
        "check_code": pdf.check_code(page.digest),
        "qr": qr.svg(address(page)),
        "summary": sheets.summary(count) + sheets.struck_words(struck) + "".join(page.asides),
        "exceptions_title": f"{next(numbers)}、有变化、需处理、退回过和没访成的{count.exceptional}行"
        if full
        else "",
        "exceptions": full,
        "lines_title": f"{next(numbers)}、没有异常的{count.ordinary}行" if rest else "",
        "blocks": pdf.two_columns(rest) if rest else [],
        "signers": signers(page.names, page.titles, {line.content["visitor"] for line in page.lines}),
        "approval": _approval(sheet),
    }


def address(page: SheetPage) -> str:
    """In the square code: the table, and which content of it was printed."""
    return f"{settings.EXTERNAL_URL}{reverse('visits_records:sheet', args=[page.sheet.uuid])}?code={page.digest[:8]}"


def _approval(sheet: Sheet) -> dict[str, str]:
    if sheet.approved_at is None or sheet.approved_by is None:
        return {"by": "", "when": ""}
    gone = "。后来作废，不算数" if sheet.state == Sheet.State.VOIDED else ""
    return {"by": sheet.approved_by.name, "when": f"{day_year(sheet.approved_at)}{gone}"}


def _exception(page: SheetPage, line: Line) -> dict[str, Any]:
    content = line.content
    when, how = when_words(content)
    reached = content["kind"] == VISIT
    return {
        "row": str(line.row),
        "name": content["name"],
        "detail": " ".join([content["tail"], *content["groups"]]),
        "record": sheet_page.record_words(content) if reached else "：没有",
        "when": dayshort(date.fromisoformat(content["dates"][0])) if reached else when,
        "mode": sheet_page.mode_words(content) if reached else how,
        "met": MET_PAPER[content["met"]] if reached else "",
        "finding": _finding(page, line),
        "action": _action(page, line) or "—",
        "gone": line not in page.kept,
    }


def _finding(page: SheetPage, line: Line) -> str:
    content = line.content
    items = "；".join(
        f"{row['label']}：{row['was']}→{row['now']}" if row["was"] else f"{row['label']}：{row['now']}"
        for row in content["findings"]
    )
    if content["kind"] != VISIT:
        word = sheet_page.tag_of(content)[1]
        items = f"{word}（已按规定尝试）" if content["excused"] else word
    parts = [f"{items}。" if items else "", content["words"]]
    parts.append(f"{HIDDEN_WORDS}。" if content["hidden"] else "")
    return "".join(parts) or "没有变化。"


def _action(page: SheetPage, line: Line) -> str:
    content = line.content
    struck = page.struck.get(line.row)
    parts = [content["done"]]
    if struck is not None and not page.single:
        parts.append(f"划出，{struck.by_title}退回：{sheets.sentence(struck.reason)}")
    elif content["back"]:
        parts.append("（退回过）")
    if content["single"] and not page.single:
        parts.append("（逐份签）")
    return "".join(parts)


def _ordinary(page: SheetPage, line: Line) -> dict[str, Any]:
    content = line.content
    how = f"{sheet_page.mode_words(content)} {MET_PAPER[content['met']]}"
    return {
        "row": str(line.row),
        "name": content["name"],
        "date": dayshort(date.fromisoformat(content["dates"][0])),
        "how": "划出，退回" if line.row in page.struck else f"{how} 另报" if content["hidden"] else how,
        "record": str(content["record_no"]),
        "gone": line not in page.kept,
    }


def signers(names: dict[int, Signature], titles: dict[int, str], visitors: set[int]) -> list[dict[str, Any]]:
    """The three ink slots; a name signed by hand leaves its room and says where the ink is."""
    rows = []
    for slot in SLOT_ROLES:
        row: dict[str, Any] = {
            "post": titles[slot], "statement": STATEMENTS[slot], "name": "", "drawing": "", "when": "",
            "on_behalf": None, "remark": "", "seal": slot == 3,
        }  # fmt: skip
        name = names.get(slot)
        if name is not None and name.method == Signature.Method.PAPER:
            row["remark"] = f"{name.signed_name}{dayshort(name.signed_at)}已在纸上签，见所附照片"
        elif name is not None:
            row |= {"name": name.signed_name, "when": day_year(name.signed_at)}
            row["drawing"] = sheet_page.drawing_url(name)
            if name.delegation is not None:
                paper = name.delegation
                row["on_behalf"] = {"of": paper.principal_name, "document": paper.document_no}
            row["remark"] = "签字人也是巡访人" if name.signer_id in visitors else ""
        rows.append(row)
    return rows


def visit_context(visit: Visit, on: date) -> dict[str, Any]:
    """For pdf/record.html. Reads person, visitor, recorder and form_version of the visit."""
    person, form = visit.person, load(visit.form_version.definition)
    last = sheet_rows.previous([visit]).get(visit.pk)
    line, table = _table_of(visit)
    names = (
        {name.slot: name for name in table.signatures.select_related("delegation", "drawing")}
        if table
        else {}
    )
    village = Region.objects.get(pk=visit.village_id)
    groups = sheet_rows.group_words({person.pk}, visit.visited_on, visit.visited_on)
    report = next((found for source in report_sources if (found := source(visit))), _wanted(visit))
    return {
        "unit": sheet_rows.place_of(visit),
        "number": f"第{visit.record_no}号",
        "version": f"第{visit.version}版" if visit.version > 1 else "",
        "period": Quarter.containing(visit.visited_on).label,
        "printed": day_year(on),
        "check_code": pdf.check_code(canonical.digest(canonical.record(visit)).hex()),
        "qr": qr.svg(settings.EXTERNAL_URL + reverse("visits_records:visit", args=[visit.uuid])),
        "batch": f"见第{line.sheet.batch_no}批第{line.row}行" if line else "逐份签" if table else "",
        "person": {
            "name": person.name,
            "sex": person.get_sex_display(),
            "age": f"{person.age(visit.visited_on)}岁",
            "groups": "、".join(groups.get(person.pk, [])),
            "tail": person.tail_words,
            "place": person.hamlet or person.residence,
        },
        "visit": _how(visit),
        "areas": areas(form, visit, last),
        "blocks": blocks(form, visit),
        "chips": _chips(form, visit),
        "notes": _notes(form, visit),
        "hidden_note": bool(visit.private_note),
        "attention": _attention(form, visit),
        "report": report,
        "signers": signers(names, titles_of(village, visit.visited_on), {visit.visitor_id}),
    }


def _wanted(visit: Visit) -> dict[str, str] | None:
    """What the record itself knows: the visitor passed it on with the visit."""
    if not visit.report_wanted:
        return None
    filed = dayshort(visit.submitted_at)
    return {"to": "民政办", "filed": filed, "due": "见变化上报", "state": ""}


def _table_of(visit: Visit) -> tuple[SheetLine | None, Sheet | None]:
    """The line of the village's table on which the record stands, and the table whose names stand for it."""
    line = sheet_rows.standing().filter(visit=visit).select_related("sheet").first()
    single = (
        Sheet.objects.filter(visit=visit, kind=Sheet.Kind.SINGLE)
        .exclude(state__in=[Sheet.State.VOIDED, Sheet.State.RETURNED])
        .first()
    )
    return line, single or (line.sheet if line else None)


def _how(visit: Visit) -> dict[str, str]:
    part = {"am": "上午", "pm": "下午"}.get(visit.part_of_day, "")
    month = (visit.extra or {}).get("contact_month")
    return {
        "date": day_year(visit.visited_on).split(" ")[0] + part,
        "mode": MODE_WORDS[visit.mode],
        "met": MET_SHORT[visit.met] + (f"（最近联系{month}月）" if month else ""),
        "visitor": visit.visitor.name,
        "typist": "" if visit.recorder_id == visit.visitor_id else visit.recorder.name,
        "late": f"，{dayshort(visit.submitted_at)}补录" if is_late_entry(visit) else "",
        "companions": visit.companions,
    }


def areas(form: Form, visit: Visit, last: Visit | None) -> list[dict[str, Any]]:
    """Each item in the words of the visit's own version, beside the words of last time in those of its own."""
    told, before = unpack_told(visit.told), load(last.form_version.definition) if last else form
    reasons = (visit.extra or {}).get("reasons") or {}
    words = {reason.code: reason.words for reason in form.reasons}
    known, covered = known_words(visit.extra), (visit.extra or {}).get("known") or {}
    rows = []
    for area in form.areas:
        items = []
        for item in area.items:
            now = getattr(visit, item.code)
            was = getattr(last, item.code) if last else None
            level = level_of(now)
            said = words.get(reasons.get(item.code, ""), "")
            answer = form.words(item.code, now) + (f"（{said}）" if level == NOT_SEEN and said else "")
            items.append(
                {
                    "name": item.label,
                    "answer": answer
                    + ("（自述）" if item.code in told and level != NOT_SEEN else "")
                    + (f"（{known[item.code]}）" if item.code in known else ""),
                    "level": "" if item.code in covered else LEVEL_PAPER.get(level, ""),
                    "changed": was is not None and was != now,
                    "last": before.words(item.code, was) if was is not None else "",
                }
            )
        rows.append({"name": area.label, "rows": items})
    return rows


def blocks(form: Form, visit: Visit) -> list[dict[str, str]]:
    """The season block, what a round asked, and self-care, when they were asked."""
    extra, found = visit.extra or {}, []
    for season in blocks_of(extra):
        block = form.season(season["code"])
        texts = [_answered(question, season["answers"].get(question.code)) for question in block.questions]
        found.append({"title": block.label, "text": "；".join(text for text in texts if text)})
    for one in extra.get("rounds") or []:
        if one["yes"] or one["no"]:
            found.append({"title": one["name"], "text": "；".join(round_lines(one))})
    care = extra.get("self_care")
    if care:
        texts = [
            f"{label}{'能' if care.get(code) else '不能'}自理"
            for code, label in form.self_care
            if code in care
        ]
        changed = f"。{REASSESS}" if extra.get("self_care_changes") else ""
        found.append({"title": "自理能力", "text": "，".join(texts) + changed})
    minor = extra.get("minor")
    if minor:
        texts = [
            f"{item.label}：{form.words(item.code, minor[item.code])}"
            for item in form.minor
            if item.code in minor
        ]
        found.append({"title": "未成年人", "text": "；".join(texts)})
    return found + [{"title": title, "text": text} for title, text in beside_words.lines(extra)]


def _answered(question: Any, value: Any) -> str:
    if value in (None, "", [], False):
        return ""
    if not question.options:
        return question.label if value is True else f"{question.label}：{value}"
    values = value if isinstance(value, list) else [value]
    words = [option.words for option in question.options if option.value in values]
    return f"{question.label}：{'、'.join(words)}" if words else ""


def _chips(form: Form, visit: Visit) -> list[str]:
    words = {phrase.code: phrase.words for phrase in form.phrases}
    return [words.get(code, code) for code in visit.phrases]


def _notes(form: Form, visit: Visit) -> list[str]:
    labels = {item.code: item.label for item in (*form.items, *form.minor)}
    written = [
        f"{labels[code]}：{text}" for code, text in (visit.notes or {}).items() if code in labels and text
    ]
    count = len(visit.photos.all())
    photos = [f"照片{count}张，存在电子档案里。"] if count else []
    return written + ([visit.remark] if visit.remark else []) + photos


def _attention(form: Form, visit: Visit) -> list[dict[str, str]]:
    covered = (visit.extra or {}).get("known") or {}
    return [
        {
            "item": item.label,
            "text": form.words(item.code, getattr(visit, item.code)),
            "measure": "",
        }
        for item in form.items
        if level_of(getattr(visit, item.code)) in (2, 3) and item.code not in covered
    ]
