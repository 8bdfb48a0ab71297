"""What the page of a case says: about whom, what changed member by member, who can be asked, what else was there."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.workdays import Calendar
from visits.followup.models import Case, ChangeReport
from visits.followup.rows import cases as rows
from visits.followup.rows import changes as report_rows
from visits.followup.selectors import cases as selectors
from visits.roster.models import Person
from visits.schedule.services import groups_in_words
from visits.templatetags.xf import day

FILED = ChangeReport.State.FILED


def about(case: Case, names: Mapping[int, str], number: str, user: User, today: date) -> dict[str, Any]:
    """Title, place, classes, crumbs, and other cases of the family."""
    person = rows.person_of(case)
    township, village = names.get(person.township_id, ""), names.get(person.village_id, "")
    groups = "、".join(groups_in_words([person.pk], today, user).get(person.pk, [])) or "不在名单"
    count = len(case.reports.all())
    together = f"　{count}份上报，一个案子" if count > 1 else ""
    others = selectors.before(case, user)
    letters = selectors.letters({one.county_id for one in others})
    return {
        "person": person,
        "title": f"{rows.name_of(case)}：{rows.what(case)}",
        "about": f"{township}{village}{person.hamlet}　{groups}{together}",
        "crumbs": [
            ("变化办理", reverse("visits_followup:cases")),
            (township, f"{reverse('visits_followup:cases')}?township={person.township_id}"),
            (number, ""),
        ],
        "gone": "" if person.status == Person.Status.LIVE else f"{person.name}的档案上已登记{person.get_status_display()}。",
        "others": [
            {
                "name": rows.number(one, letters),
                "url": reverse("visits_followup:case", args=[one.uuid]),
                "said": f"{day(one.received_at, today)}收到，{one.get_state_display()}",
            }
            for one in others
        ],
    }  # fmt: skip


def changes(case: Case, calendar: Calendar, user: User, today: date) -> dict[str, Any]:
    """Before and now of every member, what the visitors wrote, the township's clock, who can be asked, what happened."""
    reports = [report for report in case.reports.all() if report.state == FILED]
    first = reports[0] if reports else None
    return {
        "rows": [line for report in reports for line in report_rows.differences(report)],
        "found": _found(reports, today),
        "remarks": [_remark(report) for report in reports if _remark(report)],
        "quiet": _quiet(case, {report.person_id for report in reports}, today),
        "their_clock": report_rows.clock_of(first, calendar, today) if first else None,
        "reports": [
            {
                "name": f"{report.person.name}，{day(report.found_on, today)}发现",
                "url": reverse("visits_followup:change", args=[report.uuid]),
            }
            for report in reports
        ],
        "ask": _ask(case, first, user, today),
        "days": rows.timeline(list(case.steps.select_related("by")), today),
    }


def _found(reports: list[ChangeReport], today: date) -> str:
    words = [
        f"{day(report.found_on, today)}{report.visit.get_mode_display() if report.visit else report_rows.source_words(report)}"
        for report in reports
    ]
    return "；".join(dict.fromkeys(words))


def _remark(report: ChangeReport) -> str:
    """What the visitor wrote, in their words."""
    return (
        f"{report.visit.visitor.name}写的：“{report.visit.remark}”"
        if report.visit and report.visit.remark
        else ""
    )


def _quiet(case: Case, told: set[int], today: date) -> str:
    """The members of whom nothing was reported."""
    if case.household_id is None:
        return ""
    rest = (
        Person.objects.on_roster().filter(household_id=case.household_id).exclude(pk__in=told).order_by("pk")
    )
    names = [f"{person.name}（{person.age(today)}岁）" for person in rest]
    return f"另外{len(names)}人没有报变化：{'、'.join(names)}" if names else ""


def _ask(case: Case, first: ChangeReport | None, user: User, today: date) -> list[dict[str, str]]:
    """Who knows more, with a number to call."""
    found: dict[int, dict[str, str]] = {}
    for clerk in selectors.clerks(case.person.township_id, today):
        found[clerk.pk] = {"who": f"{clerk.name}　镇里经办人", "phone": str(clerk.phone or "")}
    if first is not None:
        finder = first.visit.visitor if first.visit else first.noted_by
        word = "巡访人" if first.visit else "登记的人"
        found.setdefault(finder.pk, {"who": f"{finder.name}　{word}", "phone": str(finder.phone or "")})
    if case.taken_by is not None and not user.duty.has(COUNTY):  # type: ignore[attr-defined]
        found[case.taken_by.pk] = {
            "who": f"{case.taken_by.name}　县局经办人",
            "phone": str(case.taken_by.phone or ""),
        }
    own = [one for pk, one in found.items() if pk != user.pk and one["phone"]]
    person = rows.person_of(case)
    if person.phone and user.duty.role_for(person, TOWNSHIP | COUNTY) is not None:  # type: ignore[attr-defined]
        own.append({"who": f"{person.name}　本人", "phone": person.phone})
    return own
