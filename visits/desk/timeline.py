"""What happened to a person, newest first, in steps of eight visits."""

from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils import timezone

from accounts.roles import READS_CASEWORK, READS_SHEETS, Role
from visits.desk import links
from visits.desk.reading import Read
from visits.desk.span import Row, Span, files_of
from visits.desk.timeline_clocks import cases_in, changes_in, emergencies_in, endings_in
from visits.desk.visited import Visited
from visits.records import assessment
from visits.records.models import Attempt, OfflineVisit, SheetLine, Signature, Visit
from visits.records.outcomes import OUTCOMES
from visits.records.services.visiting import is_late_entry
from visits.records.wordings import forms_of
from visits.roster.models import Person
from visits.roster.selectors import OTHER, looking
from visits.roster.transition_rows import target
from visits.templatetags.xf import day, dayshort

STEP = 8
# practice P17: what must not become known in the village, for these only (and for whoever wrote it).
SEES_PRIVATE = READS_CASEWORK | {Role.INSPECTOR}


def span_of(person: Person, before: date | None, newest: Visited) -> Span:
    """The days of the newest eight visits before that day."""
    if before is None:
        return Span(newest.rows[STEP - 1].visited_on if len(newest.rows) > STEP else None, None)
    visits = Visit.objects.of_files([person.pk]).filter(visited_on__lt=before)
    days = list(visits.order_by("-visited_on", "-pk").values_list("visited_on", flat=True)[: STEP + 1])
    return Span(days[STEP - 1] if len(days) > STEP else None, before)


def days_of(
    read: Read, user: Any, today: date, before: date | None, *, paper: bool = False
) -> tuple[list[dict[str, Any]], date | None]:
    """The days of one page for `_timeline.html`, and the day before which the next page begins (None: the end).
    `paper`: what is not to be told in the village stands on no paper (practice P17)."""
    person, there = read.person, read.there
    span = span_of(person, before, read.visited)
    found: list[Row] = [*_visits(read, user, span, paper), *_memberships(read, span), *_left(person, span)]
    if there.offline:
        found += _offline(person, span)
    if there.attempts:
        found += _attempts(person, span)
    if there.changes:
        found += changes_in(person, user, span)
    if there.lines:
        found += _signed(person, user, span)
    if there.absences:
        found += _absences(person, span)
    if there.transitions:
        found += _transitions(person, span)
    if there.cases:
        found += cases_in(person, user, span, paper)
    if there.endings:
        found += endings_in(person, user, span)
    if there.looks and not paper:
        found += _looks(person, user, span)
    if there.emergencies:
        found += emergencies_in(person, user, span, paper)
    found.sort(key=lambda one: (one[0], one[1]), reverse=True)
    days = [
        {
            "day": day(on, today),
            "aside": "今天" if on == today else "",
            "events": [event for _, _, event in events],
        }
        for on, events in groupby(found, key=lambda one: one[0])
    ]
    return days, span.start


def _visits(read: Read, user: Any, span: Span, paper: bool) -> list[Row]:
    rows, forms = read.visited.since(span.start) if span.end is None else None, read.visited.forms
    if rows is None:
        found = span.narrow(Visit.objects.of_files([read.person.pk]), "visited_on")
        rows = list(found.select_related("visitor", "recorder").order_by("visited_on", "pk"))
        forms = forms_of(row.form_version_id for row in rows)
    return [(row.visited_on, 5, _visit(row, user, forms[row.form_version_id], paper)) for row in rows]


def _visit(row: Visit, user: Any, form: assessment.Form, paper: bool) -> dict[str, Any]:
    phrases = {phrase.code: phrase.words for phrase in form.phrases}
    told = "、".join(phrases[code] for code in row.phrases if code in phrases)
    said = [row.remark, f"今天做了：{told}。" if told else ""]
    own = user.pk in (row.visitor_id, row.recorder_id)
    if row.private_note and not paper and (own or user.duty.has(SEES_PRIVATE)):
        said.append(f"不便在村里公开：{row.private_note}")
    elif row.private_note:
        said.append("另有情况已报。")
    by = row.visitor.name
    if row.companions:
        by += f"，同行{row.companions}"
    if row.recorder_id != row.visitor_id:
        by += f"，{row.recorder.name}代录"
    title = f"{row.get_mode_display()}，{row.get_met_display()}{'（补录）' if is_late_entry(row) else ''}"
    state = "done"
    if row.voided_at is not None:
        title, state, said = f"作废的记录：{title}", "idle", [row.void_reason]
    elif row.max_level >= 2:
        state = "late" if row.max_level == 3 else "todo"
    return {
        "state": state,
        "icon": "ok" if state == "done" else "",
        "title": title,
        "text": "".join(said),
        "by": by,
        "url": links.to("visits_records:visit", row.uuid),
        "link": f"第{row.record_no}号记录",
    }


def _offline(person: Person, span: Span) -> list[Row]:
    """Visits made outside the system: no items, no signatures (practice P4, P19)."""
    rows = span.narrow(OfflineVisit.objects.filter(person__in=files_of(person)), "visited_on").select_related(
        "recorded_by"
    )
    found = []
    for row in rows.order_by("visited_on", "pk"):
        title = f"{row.words}：{row.get_mode_display()}，{row.get_met_display()}"
        said = f"有变化：{row.change_note}。" if row.changed else "没有变化。"
        said += f"纸在{row.paper_place}。" if row.paper_place else ""
        event = {"state": "done", "icon": "archive", "title": title, "text": said}
        if row.voided_at is not None:
            event = {"state": "idle", "title": f"作废的登记：{title}", "text": row.void_reason}
        event |= {
            "by": f"{row.visitor_name}，{row.recorded_by.name}登记",
            "url": links.to("visits_records:offline_visit", row.uuid),
            "link": "看这条登记",
        }
        found.append((row.visited_on, 5, event))
    return found


def _attempts(person: Person, span: Span) -> list[Row]:
    rows = span.narrow(Attempt.objects.of_files([person.pk]), "tried_on").select_related("visitor")
    return [
        (
            row.tried_on,
            4,
            {
                "state": "tried",
                "title": f"{row.get_mode_display()}没见到：{OUTCOMES[row.outcome].words}",
                "text": row.note + (f"{dayshort(row.next_on)}再去。" if row.next_on else ""),
                "by": row.visitor.name,
            },
        )
        for row in rows.order_by("tried_on", "pk")
    ]


def _absences(person: Person, span: Span) -> list[Row]:
    """Since when somebody is not at home, and when they were back."""
    found = []
    for row in person.absences.filter(voided_at=None).select_related("noted_by", "ended_by").order_by("pk"):
        word = row.get_kind_display()
        if row.starts_on in span:
            said = "，".join(part for part in (row.place, row.document_no) if part)
            title = f"{word}，暂缓巡访" if row.suspends else word
            event = {"state": "idle", "icon": "info", "title": title, "text": said, "by": row.noted_by.name}
            found.append((row.starts_on, 3, event))
        if row.ends_on is not None and row.ends_on in span:
            title = "出院了" if row.kind == "hospital" else f"{word}结束，回来了"
            by = row.ended_by.name if row.ended_by else ""
            found.append(
                (row.ends_on, 3, {"state": "idle", "icon": "house", "title": title, "text": "", "by": by})
            )
    return found


def _transitions(person: Person, span: Span) -> list[Row]:
    """Asked of another township, and how it went on."""
    rows = person.transitions.select_related("to_township", "from_township", "proposed_by", "closed_by")
    found = []
    for row in rows.order_by("pk"):
        asked = timezone.localtime(row.proposed_at).date()
        where = f"{row.from_township.name}到{target(row)}"
        if asked in span:
            event = {"state": "idle", "icon": "send", "title": f"发起{row.get_kind_display()}：{where}"}
            found.append((asked, 3, event | {"text": row.number, "by": row.proposed_by.name}))
        if row.closed_at is not None and (closed := timezone.localtime(row.closed_at).date()) in span:
            event = {
                "state": "idle",
                "icon": "send",
                "title": f"{row.get_kind_display()}：{row.get_state_display()}",
            }
            by = row.closed_by.name if row.closed_by else ""
            found.append((closed, 3, event | {"text": row.close_reason or row.answer, "by": by}))
    return found


def _looks(person: Person, user: Any, span: Span) -> list[Row]:
    """Who at the city looked, and why: for the county, and for whoever looked (practice P30)."""
    found: list[Row] = []
    for row in looking.of_person(person, user):
        on = timezone.localtime(row.at).date()
        if on in span:
            event = {
                "state": "idle",
                "icon": "eye",
                "title": "市局查看了这份档案",
                "text": row.why,
                "by": row.by.name,
            }
            found.append((on, 0, event))
    return found


def _signed(person: Person, user: Any, span: Span) -> list[Row]:
    """Tables on which this person stands, on the day of the third name. A few a year: cut here, not in SQL."""
    lines = SheetLine.objects.filter(person__in=files_of(person), sheet__state__in=["signed", "approved"])
    rows = list(lines.select_related("sheet").order_by("pk"))
    names = Signature.objects.filter(slot=3, sheet_id__in=[row.sheet_id for row in rows])
    third = {pk: timezone.localtime(at).date() for pk, at in names.values_list("sheet_id", "signed_at")}
    found = []
    for row in rows:
        if row.sheet_id in third and third[row.sheet_id] in span:
            event = {
                "state": "done",
                "icon": "pen",
                "title": f"巡访结果已签字，第{row.sheet.batch_no}批第{row.row}行",
            }
            if user.duty.has(READS_SHEETS):
                event |= {"url": links.to("visits_records:sheet", row.sheet.uuid), "link": "看确认表"}
            found.append((third[row.sheet_id], 3, event))
    return found


def _memberships(read: Read, span: Span) -> list[Row]:
    found: list[Row] = []
    for row in sorted(read.memberships, key=attrgetter("pk")):
        if row.starts_on in span:
            event = {"state": "idle", "icon": "list", "title": f"列入{row.group.name}", "text": row.basis}
            if not row.open:  # practice P17
                event |= {"title": f"列入{OTHER}", "text": ""}
            found.append((row.starts_on, 1, event))
        if row.ends_on is not None and row.ends_on in span:
            event = {
                "state": "idle",
                "icon": "list",
                "title": f"不再是{row.group.name}",
                "text": row.end_reason,
            }
            if not row.open:
                event |= {"title": f"不再属于{OTHER}", "text": ""}
            found.append((row.ends_on, 2, event))
    return found


def _left(person: Person, span: Span) -> list[Row]:
    if person.left_on is None or person.left_on not in span:
        return []
    about = "，日子是大概的" if person.left_approximate else ""
    title = f"{person.get_status_display()}{about}"
    return [
        (person.left_on, 9, {"state": "idle", "icon": "gone", "title": title, "text": person.left_reason})
    ]
