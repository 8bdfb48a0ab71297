"""What a visit found, on its way to the county: noted at once, withdrawn with its record, filed by the clerk."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.regions import Place
from accounts.roles import Role
from visits.core.calendar import load as load_calendar
from visits.followup import clock
from visits.followup.models import ChangeReport, ChangeReportQuerySet, Subject
from visits.followup.services import correcting, hooks, joining
from visits.records.assessment import REASSESS, URGENT, Form, level_of
from visits.records.items import AREAS
from visits.records.models import OfflineVisit, Visit
from visits.records.services import Submission
from visits.records.services.knowing import FAILED
from visits.records.services.visiting import values_of
from visits.records.wordings import forms_of
from visits.roster.models import Person


class CannotFile(Exception):
    """The report can't be filed; the text says why and what to do. `field` names the place on the form."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def note(submission: Submission) -> None:
    """Put what a visit found on the township's list. The clock starts on the day of the visit, whoever types
    it and when (五(三)-7); nobody presses a button for it (practice P22). What a correction adds to a report that the
    county has runs from the day of the correction: correcting must never be worse than leaving it (practice P21)."""
    visit = submission.visit
    items, urgent = (
        items_of(submission),
        submission.judgement.emergency or submission.judgement.police_duty,
    )
    filed = correcting.filed_before(submission)
    if filed and correcting.has_all(filed, items if visit.report_wanted else [], urgent=urgent):
        correcting.say(filed[0], items, submission.by, submission.at)
        return
    if not visit.report_wanted or _told_by_another(visit, items):
        return
    found_on = timezone.localtime(submission.at).date() if filed else visit.visited_on
    _make(visit, items, urgent, found_on, submission.by, submission.at)


def _make(
    visit: Visit, items: list[dict[str, Any]], urgent: bool, found_on: date, by: User, at: datetime
) -> None:
    due = clock.due(load_calendar(), found_on)
    report = ChangeReport.objects.create(
        person_id=visit.person_id,
        visit=visit,
        county_id=visit.county_id,
        township_id=visit.township_id,
        village_id=visit.village_id,
        found_on=found_on,
        due_on=due.on,
        due_note=due.note,
        items=items,
        urgent=urgent,
        noted_by=by,
        noted_at=at,
    )
    audit.record("change_noted", at=at, by_id=by.pk, target=report, urgent=report.urgent)
    hooks.started(Subject.REPORT, report.pk, at)


def _told_by_another(visit: Visit, items: list[dict[str, Any]]) -> bool:
    """Whether another member of a household that was visited in one go has reported just this: what changed in the
    family is one case (practice P23)."""
    if visit.together is None or not items or not {row["code"] for row in items} <= set(AREAS["family"]):
        return False
    told = ChangeReport.objects.filter(visit__together=visit.together).exclude(visit=visit)
    told = told.exclude(state=ChangeReport.State.WITHDRAWN)
    codes = [{row["code"] for row in report.items} for report in told]
    return any({row["code"] for row in items} <= found for found in codes)


def _let_another_tell(report: ChangeReport, by: User, at: datetime) -> None:
    """A record that had spoken for its household was voided: the next of its records that found the same speaks."""
    visit = report.visit
    if visit is None or visit.together is None:
        return
    rest = Visit.objects.filter(together=visit.together, voided_at=None, report_wanted=True, change=None)
    for other in rest.exclude(pk=visit.pk).select_related("person").order_by("pk"):
        form = forms_of([other.form_version_id])[other.form_version_id]
        items = []
        for row in report.items:
            if row["code"] in AREAS["family"]:
                option = form.item(row["code"]).option(getattr(other, row["code"]))
                if option is not None and "reportable" in option.flags:
                    note = (other.notes or {}).get(row["code"], "")
                    items.append(row | {"now": option.words, "note": note})
        if items and not _told_by_another(other, items):
            _make(other, items, False, other.visited_on, by, at)
            return


def note_offline(visit: OfflineVisit, by: User, at: datetime) -> None:
    """A visit made elsewhere had found a change: it goes onto the same list. What was found stands on paper; the
    two working days run from the day on which the office wrote it down here, for nobody is late because the
    software was switched on (practice P4)."""
    if not visit.changed:
        return
    due = clock.due(load_calendar(), _counted_from(visit, visit.visited_on, at))
    place = f"纸在{visit.paper_place}" if visit.paper_place else ""
    report = ChangeReport.objects.create(
        person=visit.person,
        offline=visit,
        county_id=visit.county_id,
        township_id=visit.township_id,
        village_id=visit.village_id,
        found_on=visit.visited_on,
        due_on=due.on,
        due_note=due.note,
        items=[
            {
                "code": "offline",
                "item": visit.words,
                "was": "",
                "now": visit.change_note,
                "level": 0,
                "note": place,
            }
        ],
        noted_by=by,
        noted_at=at,
    )
    audit.record("change_noted", at=at, by_id=by.pk, target=report, urgent=False)
    hooks.started(Subject.REPORT, report.pk, at)


def _counted_from(offline: OfflineVisit | None, found_on: date, noted_at: datetime) -> date:
    """From which day the two working days run."""
    return timezone.localtime(noted_at).date() if offline is not None else found_on


def counted_from(report: ChangeReport) -> date:
    """The day that is not counted, before the two that are: on which the change was found, or, for a visit made
    outside the system, on which it was written down here."""
    return _counted_from(report.offline, report.found_on, report.noted_at)


def items_of(submission: Submission) -> list[dict[str, Any]]:
    """What is reported, item by item, before and now, in the words of that day: they must read the same when
    the wording has changed. What asks for a report, what is urgent, and self-care that changed."""
    form, now = submission.form, values_of(submission.visit)
    before = values_of(submission.last) if submission.last else {}
    notes = submission.visit.notes or {}
    alone = (submission.visit.extra or {}).get("care_failed") or {}
    found = []
    for code, value in now.items():
        if code in submission.judgement.reportable or level_of(value) == URGENT:
            item = form.item(code)
            was = before.get(code) if "change" not in item.flags else None
            found.append(
                {
                    "code": code,
                    "item": item.label,
                    "was": _words(form, code, was),
                    "now": form.words(code, value),
                    "level": level_of(value),
                    "note": "；".join(filter(None, [FAILED if code in alone else "", notes.get(code, "")])),
                }
            )
    return found + _care(submission)


def _words(form: Form, code: str, value: int | None) -> str:
    """The old answer; one that today's wording no longer has is named by its level."""
    if value is None:
        return ""
    try:
        return form.words(code, value)
    except KeyError:
        return form.level_words.get(level_of(value), "")


def _care(submission: Submission) -> list[dict[str, Any]]:
    able = (submission.visit.extra or {}).get("self_care") or {}
    labels = dict(submission.form.self_care)
    return [
        {
            "code": f"care_{code}",
            "item": f"自己{labels[code]}",
            "was": "做不了" if able[code] else "能",
            "now": "能" if able[code] else "做不了",
            "level": 0 if able[code] else 2,
            "note": REASSESS,
        }
        for code in submission.care
    ]


def withdraw(visit: Visit, by: User, at: datetime) -> None:
    """A record was voided: its report leaves the list, unless the county has it already."""
    _withdraw(ChangeReport.objects.filter(visit=visit), by, at)


def withdraw_offline(visit: OfflineVisit, by: User, at: datetime) -> None:
    """The same for a visit made elsewhere."""
    _withdraw(ChangeReport.objects.filter(offline=visit), by, at)


def _withdraw(reports: ChangeReportQuerySet, by: User, at: datetime) -> None:
    report = reports.select_for_update(of=("self",), no_key=True).first()
    if report is None or report.state != ChangeReport.State.NOTED:
        return
    report.state = ChangeReport.State.WITHDRAWN
    report.save(update_fields=["state"])
    audit.record("change_withdrawn", at=at, by_id=by.pk, target=report)
    hooks.stopped(Subject.REPORT, report.pk, at)
    _let_another_tell(report, by, at)


@transaction.atomic
def file(*, change_id: int, by: User, at: datetime, late_reason: str = "") -> ChangeReport:
    """The township has told the county, which has it as a case from then on. Late is possible at any time, with one
    sentence why (practice P21).

    Raises CannotFile when it is gone, filed, withdrawn, or late without a reason."""
    report = (
        ChangeReport.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=change_id)
        .first()
    )
    if report is None:
        raise CannotFile("没有找到这份变化上报，可能已经不归您管。")
    # The person's township reports: an open row goes with the person (decisions 6).
    if report.person.township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotFile("由本人所在乡镇的民政办经办人上报。")
    if report.state == ChangeReport.State.FILED:
        raise CannotFile("这一份已经上报过了，不用再报。")
    if report.state == ChangeReport.State.WITHDRAWN:
        raise CannotFile("这次巡访记录已经作废，不用再报。")
    late = clock.is_late(timezone.localtime(at).date(), report.due_on)
    if late and not late_reason.strip():
        raise CannotFile("已经过了两个工作日，请写一句原因，照样能报。", "late_reason")
    report.state = ChangeReport.State.FILED
    report.filed_by, report.filed_at = by, at
    report.late_reason = late_reason.strip() if late else ""
    joining.put_to_case(report, by, at)
    report.save(update_fields=["state", "filed_by", "filed_at", "late_reason", "case"])
    audit.record("change_filed", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=report, late=late)
    hooks.stopped(Subject.REPORT, report.pk, at)
    return report


def follow_units(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    """Changes that are not reported yet go with their village; reported ones stay where they were."""
    for unit_id, place in places.items():
        if place.village_id is not None:
            assert place.county_id is not None
            assert place.township_id is not None
            for report in _open(ChangeReport.objects.filter(village_id=unit_id)):
                _move(report, place.county_id, place.township_id, place.village_id, at)


def follow_people(person_ids: Collection[int], at: datetime) -> None:
    """A change that is not reported yet goes with the person to another village or township (decisions 6); one that
    was found under a number that was merged into another file goes with that file."""
    rows = ChangeReport.objects.filter(person__in=Person.objects.of_files(person_ids))
    for report in _open(rows.exclude(village_id=F("person__village_id"))):
        person = report.person
        _move(report, person.county_id, person.township_id, person.village_id, at)


def _open(rows: ChangeReportQuerySet) -> ChangeReportQuerySet:
    found = rows.filter(state=ChangeReport.State.NOTED).select_related("person").order_by("pk")
    return found.select_for_update(of=("self",), no_key=True)


def _move(report: ChangeReport, county_id: int, township_id: int, village_id: int, at: datetime) -> None:
    moved = report.township_id != township_id
    report.county_id, report.township_id, report.village_id = county_id, township_id, village_id
    report.save(update_fields=["county_id", "township_id", "village_id"])
    if moved:  # whoever was told of it there asks nothing more, and the new township is told
        hooks.started(Subject.REPORT, report.pk, at)
