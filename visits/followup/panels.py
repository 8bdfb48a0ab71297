"""What other pages say of findings and plans: the person's page, the record, the next visit's form, 今日."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.roles import READS_CASEWORK
from visits.core.calendar import load as load_calendar
from visits.followup.models import Case, Finding, FindingStep
from visits.followup.rows import cases as case_rows
from visits.followup.rows import findings as finding_rows
from visits.followup.rows import plans as plan_rows
from visits.followup.selectors import cases as casework
from visits.followup.selectors import findings, plans
from visits.followup.services.findings import may_handle
from visits.followup.services.plans import may_plan
from visits.records.models import Visit
from visits.records.open_rows import OpenRow
from visits.roster.models import Person

SETTLED = 5  # settled findings that the person's page still shows
CASES = 6


def of_person(
    person: Person, user: Any, today: date, *,
    noted: bool = True, planned: bool = True, needy: bool = True, cased: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The panels of the person's page. `noted`, `planned`, `needy`, `cased`: whether there are findings, plans, needs,
    cases at all."""
    rows = list(findings.of_person(person, user).select_related("owner")) if noted else []
    open_ = [row for row in rows if row.state == Finding.State.OPEN]
    settled = [row for row in rows if row.state == Finding.State.CLOSED]
    plan = plans.plans_of([person.pk]).get(person.pk) if planned else None
    need = plans.needs_of([person.pk]).get(person.pk) if needy else None
    edits = person.status == Person.Status.LIVE and may_plan(person, user)
    return {
        "findings": [_line(row, today) for row in open_],
        "settled": [_line(row, today) for row in settled[:SETTLED]],
        "plan": {
            "url": reverse("visits_followup:plan", args=[plan.uuid]),
            "degree": {"word": plan.get_degree_display(), "state": plan_rows.DEGREES[plan.degree]},
            "review": plan_rows.review_chip(plan, today),
            "measures": plan_rows.measures(plan, today),
            "note": plan.note,
            "told": plan_rows.told_words(plan, today),
        }
        if plan
        else None,
        "need": plan_rows.need_words(need.codes) if need else "",
        "edit_url": reverse("visits_followup:plan_edit", args=[person.uuid]) if edits else "",
        "cases": _cases(person, user, today) if cased else [],
    }


def _cases(person: Person, user: Any, today: date) -> list[dict[str, Any]]:
    """What the county does about the family: open cases with their measures, and the newest that is settled. Who heard
    what from whom is for offices; whoever visits reads what is done."""
    office = user.duty.role_for(person, READS_CASEWORK) is not None
    rows = casework.whole(casework.of_person(person, user)).prefetch_related("measures")
    found = list(rows[:CASES])
    newest = next((case for case in found if case.state == Case.State.CLOSED), None)
    letters = casework.letters({case.county_id for case in found})
    calendar = load_calendar() if found else None
    made = []
    for case in found:
        if case.state == Case.State.CLOSED and case is not newest:
            continue
        shown = case.approved_at is not None or office
        made.append(
            {
                "number": case_rows.number(case, letters),
                "url": reverse("visits_followup:case", args=[case.uuid]) if office else "",
                "what": case_rows.what(case),
                "due": case_rows.chip(case, calendar, today) if calendar else {},
                "measures": case_rows.measures(case, today) if shown else [],
                "say": case.closing_note if case.state == Case.State.CLOSED else "",
            }
        )
    return made


def _line(row: Finding, today: date) -> dict[str, Any]:
    return {
        "url": reverse("visits_followup:finding", args=[row.uuid]),
        "what": finding_rows.what(row),
        "due": finding_rows.chip(row, today),
        "say": finding_rows.measure_words(row)
        or ("还没定怎么处理" if row.state == Finding.State.OPEN else ""),
    }


def of_visit(visit: Visit, user: Any, today: date) -> dict[str, Any] | None:
    """What the page of a record says: what it found, and what it saw better and may be settled now."""
    steps = (
        FindingStep.objects.filter(visit=visit)
        .exclude(kind=FindingStep.Kind.VOIDED)
        .select_related("finding")
    )
    rows = {step.finding_id: step.finding for step in steps}.values()
    open_ = [row for row in rows if row.state == Finding.State.OPEN]
    if not open_ or visit.voided_at is not None:
        return None
    better = [row for row in open_ if row.better_on]
    row = (better or open_)[0]
    more = f"等{len(open_)}件" if len(open_) > 1 else ""
    panel = {
        "state": "done" if better else "todo",
        "title": f"{row.item}{more}：" + ("这次看好转了。" if better else "在问题台账上。"),
        "text": "",
    }
    if may_handle(visit.person, user) or not better:
        panel |= {
            "url": reverse("visits_followup:finding", args=[row.uuid]),
            "link": "销号" if better else "看怎么处理",
        }
    return panel


def form_rows(person: Person, user: Any) -> list[OpenRow]:
    """上次没办好的: what the next visit answers with one tap."""
    rows = findings.open_of(person).select_related("owner")
    return [
        OpenRow(
            row.uuid.hex,
            "，".join(part for part in (finding_rows.what(row), finding_rows.measure_words(row)) if part),
            row.level == 3,
        )
        for row in rows
    ]


def form_lines(person: Person, user: Any, today: date) -> list[str]:
    """方案里在办的: a line for the head of the visit's form."""
    plan = plans.plans_of([person.pk]).get(person.pk)
    under_way = [row for row in plan_rows.measures(plan, today) if not row["done"]] if plan else []
    return [f"方案在办：{row['words']}（{row['who']}，{row['due']['text']}）" for row in under_way]
