"""A record is corrected after its change was reported, or voided after it had spoken for its household."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from accounts.scoping import duty_of
from tests.cast import Cast
from tests.visits.followup.casework import family, proposed, somebody
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.core.calendar import load as load_calendar
from visits.followup import services
from visits.followup.models import ChangeReport
from visits.followup.rows import changes as rows
from visits.records import services as records
from visits.records.models import Visit
from visits.records.services.household import submit_household
from visits.roster.models import Person

LATER = AT + timedelta(days=7)  # the two working days are long over


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def on(user: User, day: date) -> User:
    duty_of(user, day)
    return user


def correct(cast: Cast, old: Visit, **changes: Any) -> Visit:
    made, _ = records.submit(
        person_id=old.person_id, by=on(cast.visitor, LATER.date()), at=LATER, key=uuid.uuid4(),
        body=body(replaces=str(old.uuid), void_reason="点错了", **changes),
    )  # fmt: skip
    return made


def reported(cast: Cast, **changes: Any) -> ChangeReport:
    visit, _ = records.submit(
        person_id=somebody(cast).pk, by=on(cast.visitor, DAY), at=AT, key=uuid.uuid4(),
        body=body(**changes or {"income": 12}),
    )  # fmt: skip
    report = ChangeReport.objects.get(visit=visit)
    return services.file(change_id=report.pk, by=on(cast.township_clerk, DAY), at=AT)


def test_a_correction_of_what_the_county_has_is_a_line_of_its_case_and_nothing_is_late(cast: Cast) -> None:
    report = reported(cast)
    first = correct(cast, report.visit, income=12, notes={"income": "工地停工"})
    correct(cast, first, income=12)  # and once more
    correct(cast, Visit.objects.latest("pk"))  # there was no change after all
    assert ChangeReport.objects.get() == report
    words = report.case.steps.filter(kind="corrected").values_list("words", flat=True)
    assert [one.split("：", 1)[1] for one in words] == [
        "收入变化：明显减少", "收入变化：明显减少", "没有要报的变化了",
    ]  # fmt: skip


def test_what_waits_for_the_head_is_proposed_anew_after_a_correction(cast: Cast) -> None:
    report = reported(cast)
    case = proposed(cast, report.case)
    correct(cast, report.visit, income=12)
    case.refresh_from_db()
    assert (case.state, [step.words for step in case.steps.all()][-1]) == ("taken", "记录更正了，请看过再提")


def test_what_a_correction_adds_runs_from_the_day_of_the_correction(cast: Cast) -> None:
    report = reported(cast)
    visit = correct(cast, report.visit, income=12, illness=2)
    made = ChangeReport.objects.get(visit=visit)
    assert (made.state, made.found_on, made.due_on) == ("noted", LATER.date(), date(2026, 12, 3))
    how = rows.clock_of(made, load_calendar(), LATER.date())["how"]
    assert "11月24日 周二的巡访记录，更正后才有这一项，从更正那天起算" in how


def test_a_correction_of_what_nobody_has_filed_runs_from_the_visit_as_before(cast: Cast) -> None:
    visit, _ = records.submit(
        person_id=somebody(cast).pk, by=on(cast.visitor, DAY), at=AT, key=uuid.uuid4(), body=body(income=12)
    )
    made = ChangeReport.objects.get(visit=correct(cast, visit, income=12))
    assert (made.found_on, made.due_on) == (DAY, date(2026, 11, 26))
    assert ChangeReport.objects.get(visit=visit).state == "withdrawn"


def together(cast: Cast) -> list[Person]:
    people = family(cast, "林金火", "陈秀英", "林依妹")
    submit_household(
        by=on(cast.visitor, DAY), at=AT, key=uuid.uuid4(),
        bodies={one.pk: body(income=12) for one in people},
    )  # fmt: skip
    return people


def test_when_the_record_that_spoke_for_a_household_is_voided_the_next_one_speaks(cast: Cast) -> None:
    people = together(cast)
    assert ChangeReport.objects.get().person == people[0]
    for n, person in enumerate(people):
        noted = ChangeReport.objects.get(state="noted")
        assert (noted.person, noted.found_on, noted.due_on) == (person, DAY, date(2026, 11, 26))
        assert [(row["code"], row["now"]) for row in noted.items] == [("income", "明显减少")]
        assert ChangeReport.objects.count() == n + 1
        records.void(visit_id=noted.visit_id, reason="记错", by=on(cast.visitor, LATER.date()), at=LATER)
    assert not ChangeReport.objects.filter(state="noted").exists()


def test_a_corrected_household_is_reported_once_and_by_whoever_still_says_so(cast: Cast) -> None:
    people = together(cast)
    correct(cast, Visit.objects.get(person=people[0]), income=12)
    assert ChangeReport.objects.get(state="noted").person == people[1]  # and the correction adds nothing
    correct(cast, Visit.objects.get(person=people[1]))
    assert ChangeReport.objects.get(state="noted").person == people[2]
    correct(cast, Visit.objects.get(person=people[2]))
    assert ChangeReport.objects.get(state="noted").person == people[0]


def test_a_withdrawn_report_silences_nobody(cast: Cast) -> None:
    people = together(cast)
    Visit.objects.exclude(person=people[0]).update(report_wanted=False)
    spoke = Visit.objects.get(person=people[0])
    records.void(visit_id=spoke.pk, reason="记错", by=on(cast.visitor, LATER.date()), at=LATER)
    assert not ChangeReport.objects.filter(state="noted").exists()
    correct(cast, Visit.objects.get(person=people[1]), income=12)
    assert ChangeReport.objects.get(state="noted").person == people[1]
