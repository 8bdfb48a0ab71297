"""What happened to a person, newest first, in steps of eight visits."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.roles import READS_CASEWORK, READS_SHEETS, Role
from visits.desk import links
from visits.desk.reading import Read
from visits.desk.visited import Visited
from visits.followup.models import PRIVATE, AidEnding, CaseStep, ChangeReport
from visits.followup.rows.cases import STEP_LOOKS
from visits.followup.rows.cases import number as case_number
from visits.followup.rows.emergencies import url as emergency_url
from visits.followup.selectors import cases, emergencies
from visits.followup.selectors.secret import NAMING, secret_cases, shared_cases
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
Row = tuple[date, int, dict[str, Any]]
# practice P17: on paper, what must not be talked about in the village is only said to be there.
HIDDEN = "另有情况已报"
# practice P17: what must not become known in the village, for these only (and for whoever wrote it).
SEES_PRIVATE = READS_CASEWORK | {Role.INSPECTOR}
# Of a case, whoever visits reads what came of it; who asked whom for what is for offices (as beside the findings).
STEPS_FOR_ALL = ("received", "approved", "measure", "revisited", "closed")


@dataclass(frozen=True)
class Span:
    """Days of one page of the timeline: from `start` (None: the beginning) to before `end` (None: today)."""

    start: date | None
    end: date | None

    def narrow(self, rows: Any, column: str) -> Any:
        """Rows whose day in `column` lies in the span."""
        if self.start is not None:
            rows = rows.filter(**{f"{column}__gte": self.start})
        if self.end is not None:
            rows = rows.filter(**{f"{column}__lt": self.end})
        return rows

    def __contains__(self, on: date) -> bool:
        return (self.start is None or on >= self.start) and (self.end is None or on < self.end)


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
        found += _changes(person, user, span)
    if there.lines:
        found += _signed(person, user, span)
    if there.absences:
        found += _absences(person, span)
    if there.transitions:
        found += _transitions(person, span)
    if there.cases:
        found += _cases(person, user, span, paper)
    if there.endings:
        found += _endings(person, user, span)
    if there.looks and not paper:
        found += _looks(person, user, span)
    if there.emergencies:
        found += _emergencies(person, user, span, paper)
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


def _files(person: Person) -> QuerySet:
    """The file and those merged into it: what was visited under an old number happened to this person."""
    return Person.objects.of_files([person.pk]).values("pk")


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
    rows = span.narrow(OfflineVisit.objects.filter(person__in=_files(person)), "visited_on").select_related(
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


def _changes(person: Person, user: Any, span: Span) -> list[Row]:
    rows = span.narrow(ChangeReport.objects.filter(person__in=_files(person)), "found_on").select_related(
        "noted_by"
    )
    found = []
    for row in rows.order_by("found_on", "pk"):
        event = _reported(row) | {"icon": "flag", "by": row.noted_by.name}
        if user.duty.has(READS_CASEWORK):  # no link that would be refused
            event |= {"url": links.to("visits_followup:change", row.uuid), "link": "看这件变化"}
        found.append((row.found_on, 6, event))
    return found


def _reported(row: ChangeReport) -> dict[str, Any]:
    """What became of a report: taken back with its record, it waits for nobody."""
    if row.state == ChangeReport.State.WITHDRAWN:
        return {"state": "idle", "title": "变化上报已撤回（记录作废）", "text": ""}
    filed = f"{dayshort(row.filed_at)}上报县级。" if row.filed_at else "还没有上报县级。"
    title = "报给民政办：紧急" if row.urgent else "报给民政办一件变化"
    return {"state": "done" if row.filed_at else "todo", "title": title, "text": filed}


def _cases(person: Person, user: Any, span: Span, paper: bool) -> list[Row]:
    """What the county did about the family, a line a step. Three statements, however many cases there are."""
    rows = CaseStep.objects.filter(case__in=cases.of_person(person, user).order_by())
    opens = user.duty.has(READS_CASEWORK)
    if not opens:
        rows = rows.filter(kind__in=STEPS_FOR_ALL)
    rows = span.narrow(rows.select_related("case", "by"), "at__date").order_by("-at", "-pk")
    steps = list(rows)
    letters = cases.letters({row.case.county_id for row in steps})
    ids = {row.case_id for row in steps}
    secret = secret_cases(ids) if paper else set()
    shared = shared_cases(ids, _files(person).values_list("pk", flat=True)) if paper else set()
    found: list[Row] = []
    for row in steps:
        state, icon = STEP_LOOKS[row.kind]
        if row.case_id in secret:
            event = {
                "state": "idle",
                "icon": "info",
                "title": HIDDEN,
                "text": "",
                "by": case_number(row.case, letters),
            }
            found.append((timezone.localtime(row.at).date(), 8, event))
            continue
        by = row.by.name if row.by else ""
        words = "" if row.case_id in shared and row.kind in NAMING else row.words
        event = {
            "state": state,
            "icon": icon,
            "title": f"变化办理：{row.get_kind_display()}",
            "text": words or (row.case.get_answer_display() if row.kind == "approved" else ""),
            "by": "　".join(part for part in (case_number(row.case, letters), by) if part),
        }
        if opens:  # no link that would be refused
            event |= {"url": links.to("visits_followup:case", row.case.uuid), "link": "看这个案子"}
        found.append((timezone.localtime(row.at).date(), 8, event))
    return found


def _endings(person: Person, user: Any, span: Span) -> list[Row]:
    """调整、退出救助: recommended, decided or dropped; only offices read of it, as on its own page."""
    if not user.duty.has(READS_CASEWORK):
        return []
    rows = AidEnding.objects.visible_to(user).filter(person__in=_files(person))
    found: list[Row] = []
    for row in rows.select_related("recommended_by", "settled_by", "group").order_by("pk"):
        link = {"url": links.to("visits_followup:ending", row.uuid), "link": "看这份建议"}
        on, what = timezone.localtime(row.recommended_at).date(), f"{row.get_kind_display()}{row.group.short}"
        if on in span:
            event = {"state": "idle", "icon": "minus", "title": f"建议{what}", "text": row.reason}
            found.append((on, 8, event | {"by": row.recommended_by.name} | link))
        if row.settled_at is None or row.settled_by is None:
            continue
        if (on := timezone.localtime(row.settled_at).date()) in span:
            word = "县级决定" if row.state == AidEnding.State.DECIDED else "不调整"
            event = {"state": "done", "icon": "minus", "title": f"{word}：{what}"}
            event |= {"text": row.decision_no or row.outcome, "by": row.settled_by.name}
            found.append((on, 8, event | link))
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


def _emergencies(person: Person, user: Any, span: Span, paper: bool) -> list[Row]:
    """Told, taken, ended, in one line each; what a village must not talk about is only said to be there (P17)."""
    found: list[Row] = []
    hidden = emergencies.hidden_days(person, user)
    for row in emergencies.of_person(person, user):
        if paper and row.kind in PRIVATE:
            hidden.append(row.reported_at)
            continue
        on = timezone.localtime(row.reported_at).date()
        if on not in span:
            continue
        over, word = row.state == "closed", "虚惊" if row.false_alarm else row.get_state_display()
        event = {
            "state": "idle" if row.false_alarm else "done" if over else "late",
            "icon": "stop",
            "title": f"紧急情况：{row.get_kind_display()}（{word}）",
            "text": "。".join(part for part in (row.words, row.outcome) if part),
            "by": row.reported_by.name,
            "url": emergency_url(row),
            "link": "看这一件",
        }
        found.append((on, 7, event))
    for at in hidden:
        on = timezone.localtime(at).date()
        if on in span:
            found.append((on, 7, {"state": "idle", "icon": "info", "title": HIDDEN, "text": ""}))
    return found


def _signed(person: Person, user: Any, span: Span) -> list[Row]:
    """Tables on which this person stands, on the day of the third name. A few a year: cut here, not in SQL."""
    lines = SheetLine.objects.filter(person__in=_files(person), sheet__state__in=["signed", "approved"])
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
