"""A change found on a visit reaches the county in two working days, or says why not."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, signed_in
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.core.models import CalendarDay, CalendarYear
from visits.followup import services
from visits.followup.models import ChangeReport
from visits.records import services as records
from visits.roster.models import Person


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def found(
    cast: Cast, *, on: date = DAY, by: Any = None, person: Person | None = None, **changes: Any
) -> ChangeReport:
    person = person or make_person(cast)
    changes = changes or {"income": 12}
    visit, _ = records.submit(
        person_id=person.pk,
        by=by or cast.visitor,
        at=AT,
        key=uuid.uuid4(),
        body=body(visited_on=on, **changes),
    )
    return ChangeReport.objects.get(visit=visit)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2026, 2, 13), date(2026, 2, 24)),
        (date(2026, 2, 14), date(2026, 2, 25)),
        (date(2026, 5, 8), date(2026, 5, 11)),
        (date(2026, 9, 18), date(2026, 9, 21)),
        (date(2026, 9, 30), date(2026, 10, 9)),
        (date(2026, 11, 20), date(2026, 11, 24)),
    ],
)
def test_the_county_must_know_on_the_second_working_day_after(cast: Cast, on: date, due: date) -> None:
    changes: dict[str, Any] = {"income": 12}
    if date(2026, 4, 1) <= on <= date(2026, 10, 15):
        changes["season"] = {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}}
    report = found(cast, on=on, **changes)
    assert (report.found_on, report.due_on) == (on, due)


def test_typing_it_late_does_not_move_the_clock(cast: Cast) -> None:
    report = found(cast, on=DAY - timedelta(days=5))
    assert report.due_on == date(2026, 11, 23)


def test_a_year_that_is_not_known_is_never_guessed_and_counted_when_it_is(cast: Cast) -> None:
    at = datetime(2026, 12, 30, 10, tzinfo=UTC)
    duty_of(cast.visitor, date(2026, 12, 30))
    person = make_person(cast)
    with time_machine.travel(at, tick=False):
        season = {"code": "winter", "answers": {"warmth": 0, "heating": [0]}}
        records.submit(
            person_id=person.pk,
            by=cast.visitor,
            at=at,
            key=uuid.uuid4(),
            body=body(visited_on=date(2026, 12, 30), season=season, income=12),
        )
    report = ChangeReport.objects.get()
    assert (report.due_on, report.due_note) == (None, "2027年放假安排还没有录入")
    CalendarYear.objects.create(year=2027, status="official", document="x")
    CalendarDay.objects.create(day=date(2027, 1, 1), kind="off", name="元旦")
    assert services.recount(at=at) == 1
    report.refresh_from_db()
    assert (report.due_on, report.due_note) == (date(2027, 1, 4), "")
    assert LogEntry.objects.filter(action="change_recounted").count() == 1


def test_it_says_before_and_now_in_words(cast: Cast) -> None:
    person = make_person(cast)
    records.submit(
        person_id=person.pk,
        by=cast.visitor,
        at=AT,
        key=uuid.uuid4(),
        body=body(visited_on=DAY - timedelta(days=40)),
    )
    report = found(cast, person=person, illness=2, notes={"illness": "上周住院"})
    assert report.items == [
        {
            "code": "illness",
            "item": "疾病状况",
            "was": "没病，或慢病稳定",
            "now": "新患大病、病情加重、断药",
            "level": 2,
            "note": "上周住院",
        }
    ]


def test_nothing_is_reported_of_a_quiet_visit(cast: Cast) -> None:
    records.submit(
        person_id=make_person(cast).pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body(mood=1)
    )
    assert not ChangeReport.objects.exists()


def test_the_clerk_files_with_one_press(cast: Cast) -> None:
    report = found(cast)
    client = signed_in(cast.township_clerk)
    page = reverse("visits_followup:change", args=[report.uuid])
    shown = client.get(page).content.decode()
    for words in (
        "11月26日 周四 24:00前",
        "还剩2个工作日",
        "11月25日 周三、11月26日 周四",
        "明显减少",
        "林依妹",
    ):
        assert words in shown
    assert "⟦" not in shown
    assert "已经到县级" in client.post(page, {}, follow=True).content.decode()
    report.refresh_from_db()
    assert (report.state, report.filed_by, report.filed_at) == ("filed", cast.township_clerk, AT)
    assert LogEntry.objects.get(action="change_filed").detail == {"late": False}
    assert "已经上报过了" in client.post(page, {}).content.decode()


def test_late_is_possible_with_one_sentence_why(cast: Cast) -> None:
    report = found(cast, on=DAY - timedelta(days=8))
    client = signed_in(cast.township_clerk)
    page = reverse("visits_followup:change", args=[report.uuid])
    refused = client.post(page, {"late_reason": " "})
    assert refused.status_code == 422
    assert "已经过了两个工作日，请写一句原因" in refused.content.decode()
    shown = client.post(page, {"late_reason": "下乡没网"}, follow=True).content.decode()
    assert "超时了，原因：下乡没网" in shown


def test_only_the_clerk_of_the_township_files_and_others_look(cast: Cast) -> None:
    page = reverse("visits_followup:change", args=[found(cast).uuid])
    for user in (cast.township_head, cast.county_officer, cast.county_head):
        client = signed_in(user)
        assert "由林依妹所在乡镇的民政办经办人上报" in client.get(page).content.decode()
        assert client.post(page, {}).status_code == 403
    for user in (cast.visitor, cast.village_head, cast.auditor):
        assert signed_in(user).get(page).status_code == 403
    assert signed_in(cast.neighbour).get(page).status_code == 404


def test_the_service_itself_refuses_other_townships_and_withdrawn_reports(cast: Cast) -> None:
    report = found(cast)
    with pytest.raises(services.CannotFile, match="没有找到"):
        services.file(change_id=report.pk, by=cast.neighbour, at=AT)
    with pytest.raises(services.CannotFile, match="所在乡镇"):
        services.file(change_id=report.pk, by=cast.county_officer, at=AT)
    records.void(visit_id=report.visit_id, reason="记错", by=cast.visitor, at=AT)
    with pytest.raises(services.CannotFile, match="已经作废"):
        services.file(change_id=report.pk, by=cast.township_clerk, at=AT)


def test_a_report_the_county_has_stays_when_its_record_is_voided(cast: Cast) -> None:
    report = found(cast)
    services.file(change_id=report.pk, by=cast.township_clerk, at=AT)
    records.void(visit_id=report.visit_id, reason="记错", by=cast.visitor, at=AT)
    report.refresh_from_db()
    assert report.state == "filed"


def test_the_list_puts_what_is_urgent_and_late_first(cast: Cast) -> None:
    found(cast, person=make_person(cast, name="甲早"), on=DAY - timedelta(days=1))
    found(cast, person=make_person(cast, name="乙晚"), on=DAY - timedelta(days=9))
    found(cast, person=make_person(cast, name="丙急"), gas=3)
    page = signed_in(cast.township_clerk).get(reverse("visits_followup:changes")).content.decode()
    assert page.index("丙急") < page.index("乙晚") < page.index("甲早")
    assert "1份超时未报" in page
    assert "⟦" not in page
    late = signed_in(cast.county_officer).get(reverse("visits_followup:changes"), {"which": "late"})
    assert "乙晚" in late.content.decode()
    assert "甲早" not in late.content.decode()
    assert "乙晚" not in signed_in(cast.neighbour).get(reverse("visits_followup:changes")).content.decode()
    assert signed_in(cast.visitor).get(reverse("visits_followup:changes")).status_code == 403


@pytest.mark.parametrize(
    "query", [{"which": "x"}, {"page": "-1"}, {"page": "99999999999"}, {"which": ["a", "b"]}]
)
def test_nonsense_in_the_address_shows_the_list(cast: Cast, query: dict[str, Any]) -> None:
    assert signed_in(cast.township_clerk).get(reverse("visits_followup:changes"), query).status_code == 200


def test_ten_reports_cost_what_one_costs(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _ in range(10):
        found(cast)
    client = signed_in(cast.township_clerk)
    with django_assert_max_num_queries(15):
        client.get(reverse("visits_followup:changes"))


def test_the_record_says_how_far_its_report_is(cast: Cast) -> None:
    report = found(cast)
    page = reverse("visits_records:visit", args=[report.visit.uuid])
    assert "民政办还没上报县级" in signed_in(cast.visitor).get(page).content.decode()
    services.file(change_id=report.pk, by=cast.township_clerk, at=AT)
    assert "变化已上报县级" in signed_in(cast.visitor).get(page).content.decode()


def test_the_database_refuses_a_filed_report_without_its_filer(cast: Cast) -> None:
    report = found(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeReport.objects.filter(pk=report.pk).update(state="filed")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeReport.objects.filter(pk=report.pk).update(due_on=None)


def test_a_table_and_a_paper_say_what_came_of_a_change(cast) -> None:
    from tests.world import evening, fill
    from visits.followup.models import ChangeReport
    from visits.followup.rows import changes as rows
    from visits.followup.services import file
    from visits.records import documents, sheet_rows

    cast.refresh(date(2026, 11, 24))
    fill(cast, date(2026, 11, 24))
    report = ChangeReport.objects.get()
    assert rows.done_words in sheet_rows.done_sources
    assert rows.on_paper in documents.report_sources
    assert rows.done_words([report.visit_id]) == {report.visit_id: "待报县级。"}
    assert rows.on_paper(report.visit)["to"] == "民政办"
    file(change_id=report.pk, by=cast.township_clerk, at=evening(date(2026, 11, 16)), late_reason="")
    assert rows.done_words([report.visit_id]) == {report.visit_id: "11月16日已报县级。"}
    assert rows.on_paper(report.visit)["to"] == "县民政局"


def test_whoever_tells_of_deadlines_hears_when_one_begins_and_when_it_is_met(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str, int]] = []
    monkeypatch.setattr(
        services.hooks, "after_clock_started", [lambda *what: heard.append(("started", *what[:2]))]
    )
    monkeypatch.setattr(
        services.hooks, "after_clock_stopped", [lambda *what: heard.append(("stopped", *what[:2]))]
    )
    report = found(cast)
    services.file(change_id=report.pk, by=cast.township_clerk, at=AT)
    report.refresh_from_db()
    assert heard == [
        ("started", "report", report.pk),
        ("started", "case", report.case_id),
        ("stopped", "report", report.pk),
    ]
