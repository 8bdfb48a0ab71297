"""What was reported, answered and called in about a person: the clocks' part of the timeline."""

from typing import Any

from django.utils import timezone

from accounts.roles import READS_CASEWORK
from visits.desk import links
from visits.desk.span import HIDDEN, Row, Span, files_of
from visits.followup.models import PRIVATE, AidEnding, CaseStep, ChangeReport
from visits.followup.rows.cases import STEP_LOOKS
from visits.followup.rows.cases import number as case_number
from visits.followup.rows.emergencies import url as emergency_url
from visits.followup.selectors import cases, emergencies
from visits.followup.selectors.secret import NAMING, secret_cases, shared_cases
from visits.roster.models import Person
from visits.templatetags.xf import dayshort

# Of a case, whoever visits reads what came of it; who asked whom for what is for offices (as beside the findings).
STEPS_FOR_ALL = ("received", "approved", "measure", "revisited", "closed")


def changes_in(person: Person, user: Any, span: Span) -> list[Row]:
    rows = span.narrow(ChangeReport.objects.filter(person__in=files_of(person)), "found_on").select_related(
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


def cases_in(person: Person, user: Any, span: Span, paper: bool) -> list[Row]:
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
    shared = shared_cases(ids, files_of(person).values_list("pk", flat=True)) if paper else set()
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


def endings_in(person: Person, user: Any, span: Span) -> list[Row]:
    """调整、退出救助: recommended, decided or dropped; only offices read of it, as on its own page."""
    if not user.duty.has(READS_CASEWORK):
        return []
    rows = AidEnding.objects.visible_to(user).filter(person__in=files_of(person))
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


def emergencies_in(person: Person, user: Any, span: Span, paper: bool) -> list[Row]:
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
