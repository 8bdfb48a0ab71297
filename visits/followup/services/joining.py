"""A report reaches the county: it joins the family's case that is not answered yet, or begins one (practice P23)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.regions import Place
from visits.core import notice_words
from visits.core.calendar import load as load_calendar
from visits.core.telling import News, tell
from visits.followup import clock
from visits.followup.models import Case, CaseStep, ChangeReport, Subject
from visits.followup.services import hooks
from visits.roster.models import Household, Person
from xunfang.kit import numbering

Kind, State = CaseStep.Kind, Case.State
REJOINED = "rejoined"


def file_of(person: Person) -> Person:
    """The file that is kept, where two were merged."""
    return person.merged_into or person


def lock_family(person: Person) -> None:
    """Hold the family: two of its reports filed at the same moment are one case."""
    if person.household_id is not None:
        rows: Any = Household.objects.filter(pk=person.household_id)
    else:
        rows = Person.objects.filter(pk=person.pk)
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def open_case_of(person: Person) -> Case | None:
    """The family's case that the county has not answered yet, locked."""
    family = Q(person__in=Person.objects.of_files([person.pk]))
    if person.household_id is not None:
        family |= Q(household_id=person.household_id) | Q(person__household_id=person.household_id)
    rows = Case.objects.unanswered().filter(family).select_for_update(of=("self",), no_key=True)
    return rows.order_by("pk").first()


def put_to_case(report: ChangeReport, by: User, at: datetime) -> Case:
    """Inside the transaction that files the report; sets its case."""
    person = file_of(report.person)
    lock_family(person)
    case = open_case_of(person)
    if case is None:
        case = _begin(report, person, by, at)
    else:
        if report.urgent and not case.urgent:
            case.urgent = True
            case.save(update_fields=["urgent"])
        step(case, Kind.JOINED, f"{person.name}：{what_of(report)}", by, at)
        if case.state == State.PROPOSED:
            propose_anew(case, "又报来一份，请重新提", at)
    report.case = case
    return case


def propose_anew(case: Case, why: str, at: datetime) -> None:
    """What waits for the head was proposed before this was known: the officer proposes again, having read it.
    The measures stay; the words of the answer stand in the step that proposed it."""
    officer_id = case.proposed_by_id
    assert officer_id is not None
    take_from_head(case)
    step(case, Kind.SENT_BACK, why, None, at)
    audit.record("case_rejoined", at=at, by_id=None, target=case, urgent=case.urgent)
    news = News(
        user_id=officer_id,
        key=f"{REJOINED}:{case.pk}:{case.steps.count()}",
        kind="told",
        words=notice_words.REJOINED,
        url=reverse("visits_followup:case", args=[case.uuid]),
        subject=REJOINED,
        subject_id=case.pk,
        at_once=case.urgent,
    )
    tell([news], at=at)


def take_from_head(case: Case) -> None:
    """The officer has it in hand once more, with the measures, the reason and the number as they are."""
    case.state, case.answer = State.TAKEN, ""
    case.proposed_by, case.proposed_at = None, None
    case.save()


def _begin(report: ChangeReport, person: Person, by: User, at: datetime) -> Case:
    received = timezone.localtime(at)
    due = clock.due(load_calendar(), received.date(), clock.COUNTY_WORKDAYS)
    case = Case.objects.create(
        year=received.year,
        number=take_number(person.county_id, received.year),
        person=person,
        household_id=person.household_id,
        urgent=report.urgent,
        received_at=at,
        due_on=due.on,
        due_note=due.note,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )
    step(case, Kind.RECEIVED, what_of(report), by, at)
    audit.record("case_received", at=at, by_id=by.pk, target=case, urgent=case.urgent)
    hooks.started(Subject.CASE, case.pk, at)
    return case


def take_number(county_id: int, year: int) -> int:
    return numbering.take_one(f"case:{county_id}:{year}")


def what_of(report: ChangeReport) -> str:
    """疾病状况、收入变化: what was reported, in a few words."""
    return "、".join(dict.fromkeys(item["item"] for item in report.items))[:200] or "见巡访记录"


def step(case: Case, kind: str, words: str, by: User | None, at: datetime) -> CaseStep:
    """One more line of what happened to a case."""
    return CaseStep.objects.create(case=case, kind=kind, words=words[:300], by=by, at=at)


# ── a case goes with its person (decisions 6) ────────────────────────────────────────────────────


def follow_people(person_ids: list[int], at: datetime) -> None:
    """The roster's hook: open cases go where the person goes, also those under a number that was merged into this
    file; in another county they get a number of that county."""
    rows = (
        Case.objects.filter(person__in=Person.objects.of_files(person_ids))
        .exclude(state=State.CLOSED)
        .select_related("person")
    )
    for case in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        person = case.person
        if (case.county_id, case.township_id, case.village_id) != (
            person.county_id, person.township_id, person.village_id,
        ):  # fmt: skip
            _move(case, Place(person.county_id, person.township_id, person.village_id), at)


def follow_units(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    """The same when a village is managed from elsewhere."""
    for unit_id, place in places.items():
        if place.village_id is not None:
            rows = Case.objects.filter(village_id=unit_id).exclude(state=State.CLOSED)
            for case in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
                _move(case, place, at)


def _move(case: Case, place: Place, at: datetime) -> None:
    assert place.county_id is not None
    assert place.township_id is not None
    assert place.village_id is not None
    if place.county_id != case.county_id:
        old = f"{case.year}-{case.number:04d}"
        case.number = take_number(place.county_id, case.year)
        step(case, Kind.RECEIVED, f"随人转来，在原来的县（市、区）编{old}号，时限接着算", None, at)
    moved = place.township_id != case.township_id
    case.county_id, case.township_id, case.village_id = place.county_id, place.township_id, place.village_id
    case.save(update_fields=["county_id", "township_id", "village_id", "number"])
    if moved:  # what was told there asks nothing more, and the new place is told
        hooks.started(Subject.CASE, case.pk, at)
        for paper in case.supplements.filter(answered_at=None, withdrawn_at=None):
            hooks.started(Subject.SUPPLEMENT, paper.pk, at)
        for row in case.measures.filter(done_on=None, dropped_on=None):
            hooks.started(Subject.MEASURE, row.pk, at)
