"""In hospital, away, suspended: what is owed meanwhile and afterwards, who may say so, and how it is taken back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.scoping import duty_of
from tests.cast import Cast, make_person, signed_in
from tests.world import visit
from visits.records.services import void
from visits.roster.models import Absence, Person, Review
from visits.roster.selectors.absences import absent
from visits.roster.services import CannotChange, absences, mark_left, open_reviews, settle_review, undo_left
from visits.schedule import services as schedule
from visits.schedule.models import DueItem

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
DISCHARGE = {"cause": "discharge"}


@pytest.fixture(autouse=True)
def noon(time_machine: Any) -> None:
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def person(cast: Cast) -> Person:
    made = make_person(cast, created_at=timezone.make_aware(datetime(2026, 1, 5)))
    schedule.generate(on=TODAY)
    return made


def note(cast: Cast, person: Person, kind: str = "hospital", start: date = TODAY, **more: Any) -> Absence:
    by = more.pop("by", cast.township_clerk)
    if kind in Absence.SUSPENDING:
        more = {"document_no": "刑9号", "review_on": TODAY + timedelta(days=90)} | more
    return absences.note_absence(person_id=person.pk, kind=kind, starts_on=start, by=by, at=AT, **more)


def end(row: Absence, by: Any, on: date = TODAY) -> Absence:
    return absences.end_absence(absence_id=row.pk, on=on, by=by, at=AT)


def to_do(person: Person, **more: Any) -> int:
    return DueItem.objects.filter(person=person, **more).to_do(TODAY).count()


# ── after hospital ───────────────────────────────────────────────────────────────────────────────


def test_the_end_of_a_stay_in_hospital_owes_a_visit_within_seven_days(cast: Cast, person: Person) -> None:
    row = note(cast, person, start=TODAY - timedelta(days=10))
    assert not DueItem.objects.filter(**DISCHARGE)
    end(row, cast.visitor)
    (item,) = DueItem.objects.filter(**DISCHARGE)
    assert (item.opens_on, item.due_on) == (TODAY, TODAY + timedelta(days=7))
    assert (item.assignee, item.village_id) == (cast.visitor, person.village_id)
    schedule.generate(on=TODAY)
    assert DueItem.objects.filter(**DISCHARGE).count() == 1


@pytest.mark.parametrize(("mode", "done"), [("phone", False), ("home", True), ("institution", True), ("hospital", False)])  # fmt: skip
def test_only_a_visit_face_to_face_and_out_of_hospital_does_it_and_it_does_the_period_too(
    cast: Cast, person: Person, mode: str, done: bool
) -> None:
    end(note(cast, person, start=TODAY - timedelta(days=10)), cast.visitor)
    more = (
        {"reasons": dict.fromkeys(("gas", "water_heating", "electricity"), "phone")}
        if mode == "phone"
        else {}
    )
    values = {"gas": 9, "water_heating": 9, "electricity": 9} if mode == "phone" else {}
    visit(person, cast.visitor, TODAY, mode=mode, values=values, **more)
    assert DueItem.objects.filter(**DISCHARGE, done_on=TODAY).exists() is done
    assert DueItem.objects.get(person=person, cause="rule").done_on == TODAY


def test_a_visit_that_is_on_record_already_does_it_when_the_discharge_is_noted_late(
    cast: Cast, person: Person
) -> None:
    row = note(cast, person, start=TODAY - timedelta(days=10))
    visit(person, cast.visitor, TODAY - timedelta(days=2), met="proxy")  # which ends nothing by itself
    cast.refresh(TODAY)
    end(row, cast.visitor, TODAY - timedelta(days=3))
    assert DueItem.objects.get(**DISCHARGE).done_on == TODAY - timedelta(days=2)


def test_a_visit_to_the_bed_on_the_last_day_does_not_do_it_when_the_discharge_is_noted_after_it(
    cast: Cast, person: Person
) -> None:
    row = note(cast, person, start=TODAY - timedelta(days=10))
    visit(person, cast.visitor, TODAY, mode="hospital")
    end(row, cast.visitor)
    assert to_do(person, **DISCHARGE) == 1
    assert DueItem.objects.get(**DISCHARGE).modes == ["home", "institution"]


def test_an_end_taken_back_and_a_voided_stay_take_the_visit_back(cast: Cast, person: Person) -> None:
    row = end(note(cast, person, start=TODAY - timedelta(days=10)), cast.visitor)
    absences.reopen_absence(absence_id=row.pk, by=cast.visitor, at=AT)
    assert not to_do(person, **DISCHARGE)
    end(row, cast.visitor)
    assert to_do(person, **DISCHARGE) == 1
    absences.void_absence(absence_id=row.pk, reason="是他弟弟住院", by=cast.township_clerk, at=AT)
    assert not to_do(person, **DISCHARGE)
    assert DueItem.objects.get(**DISCHARGE).stored == "dropped"


def test_nobody_is_asked_for_a_stay_that_was_over_long_ago_or_for_who_died(
    cast: Cast, person: Person
) -> None:
    end(note(cast, person, start=TODAY - timedelta(days=80)), cast.visitor, TODAY - timedelta(days=40))
    assert not DueItem.objects.filter(**DISCHARGE)
    end(note(cast, person, start=TODAY - timedelta(days=5)), cast.visitor, TODAY - timedelta(days=1))
    mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.township_clerk, at=AT)
    assert DueItem.objects.get(**DISCHARGE).stored == "dropped"
    undo_left(person_id=person.pk, by=cast.township_clerk, at=AT)
    assert to_do(person, **DISCHARGE) == 1


def test_whoever_is_met_at_home_is_at_home_until_that_record_is_voided(cast: Cast, person: Person) -> None:
    row = note(cast, person, start=TODAY - timedelta(days=10))
    visit(person, cast.visitor, TODAY - timedelta(days=3), mode="hospital")
    row.refresh_from_db()
    assert row.ends_on is None
    made = visit(person, cast.visitor, TODAY)
    row.refresh_from_db()
    assert row.ends_on == TODAY
    assert DueItem.objects.get(**DISCHARGE).done_on == TODAY  # the same visit does what the discharge asks
    void(visit_id=made.pk, reason="记错人了", by=cast.visitor, at=AT)
    row.refresh_from_db()
    assert row.ends_on is None
    assert not to_do(person, **DISCHARGE)


# ── 暂缓 ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_suspended_leaves_the_lists_and_comes_back(cast: Cast, person: Person) -> None:
    row = note(cast, person, "prison")
    assert not to_do(person)
    assert DueItem.objects.get(person=person).stored == "dropped"  # due on 31 December, in prison
    assert [one.person for one in absent(cast.township_clerk, TODAY, "suspended", 0, 9)[0]] == [person]
    end(row, cast.township_clerk)
    assert DueItem.objects.get(person=person).stored == ""
    # Both days of an absence are days away: tomorrow somebody goes.
    assert [
        DueItem.objects.filter(person=person).to_do(TODAY + timedelta(days=n)).count() for n in (0, 1)
    ] == [0, 1]


def test_only_the_clerk_suspends_with_a_document_and_a_day(cast: Cast, person: Person) -> None:
    for more, field in (
        ({"by": cast.visitor}, "kind"), ({"by": cast.village_head}, "kind"), ({"document_no": ""}, "document_no"),
        ({"review_on": None}, "review_on"), ({"review_on": TODAY}, "review_on"),
        ({"review_on": TODAY + timedelta(days=400)}, "review_on"),
    ):  # fmt: skip
        with pytest.raises(CannotChange) as refused:
            note(cast, person, "missing", **more)
        assert refused.value.field == field
    row = note(cast, person, "missing")
    with pytest.raises(CannotChange, match="民政办"):
        end(row, cast.visitor)
    with pytest.raises(CannotChange, match="先结束暂缓"):
        note(cast, person, "away")


def test_the_night_asks_again_on_the_day_that_was_said(cast: Cast, person: Person) -> None:
    row = note(cast, person, "rehab", review_on=TODAY + timedelta(days=30))
    open_reviews(on=TODAY + timedelta(days=29), at=AT)
    assert not Review.objects.filter(kind="absence_review")
    for _ in range(2):
        open_reviews(on=TODAY + timedelta(days=30), at=AT)
    asked = Review.objects.get(kind="absence_review")
    settle_review(review_id=asked.pk, outcome="still", by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert row.review_on == date(2027, 5, 24)
    open_reviews(on=row.review_on, at=AT)
    end(row, cast.township_clerk)
    assert not Review.objects.waiting().filter(person=person)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"start": TODAY + timedelta(days=1)}, "starts_on"),
        ({"start": date(1900, 1, 1)}, "starts_on"),
        ({"back_on": TODAY - timedelta(days=1)}, "back_on"),
        ({"kind": "holiday"}, "kind"),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(
    cast: Cast, person: Person, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotChange) as refused:
        note(cast, person, **values)
    assert refused.value.field == field


def test_a_stranger_notes_and_ends_nothing(cast: Cast, person: Person) -> None:
    with pytest.raises(CannotChange, match="不归您"):
        note(cast, person, by=cast.neighbour)
    row = note(cast, person)
    with pytest.raises(CannotChange, match="不归您"):
        end(row, cast.neighbour)


def test_a_visitor_corrects_only_what_they_noted(cast: Cast, person: Person) -> None:
    row = note(cast, person)
    with pytest.raises(CannotChange, match="民政办"):
        absences.void_absence(absence_id=row.pk, reason="错了", by=cast.visitor, at=AT)
    absences.void_absence(absence_id=row.pk, reason="错了", by=cast.township_clerk, at=AT)
    own = note(cast, person, by=cast.visitor)
    absences.void_absence(absence_id=own.pk, reason="错了", by=cast.visitor, at=AT)


def test_the_database_refuses_two_at_once_and_a_suspension_without_a_document(
    cast: Cast, person: Person
) -> None:
    row = note(cast, person)
    common = {"person": person, "starts_on": TODAY, "noted_by": cast.visitor, "noted_at": AT}
    for wrong in ({"kind": "away"}, {"kind": "prison", "ends_on": TODAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.create(**common, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=row.pk).update(ends_on=TODAY - timedelta(days=1))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_noting_ending_and_voiding_on_the_pages(cast: Cast, person: Person) -> None:
    client, clerk = signed_in(cast.visitor), signed_in(cast.township_clerk)
    new = reverse("visits_roster:absence_new", args=[person.uuid])
    assert "文书号" not in client.get(new).content.decode()
    assert "文书号" in clerk.get(new).content.decode()
    assert client.post(new, {"kind": "prison", "starts_on": TODAY}).status_code == 422
    data = {"kind": "hospital", "starts_on": "2026-11-20", "place": "永泰县医院", "phone": "13800004471"}
    assert client.post(new, data).status_code == 302
    row = Absence.objects.get()
    file = reverse("visits_desk:person", args=[person.uuid])
    text = client.get(file).content.decode()
    assert "永泰县医院" in text
    assert "138 0000 4471" in text
    assert "住院，11月20日起" in client.get("/").content.decode()  # on the card of who is due
    back = reverse("visits_roster:absence_end", args=[person.uuid, row.pk])
    assert client.post(back, {"on": "2026-12-24"}).status_code == 422
    assert client.post(back, {"on": "2026-11-24"}).status_code == 302
    assert "7天内要当面看一次" in client.get(file).content.decode()
    assert client.post(reverse("visits_roster:absence_reopen", args=[person.uuid, row.pk])).status_code == 302
    void = reverse("visits_roster:absence_void", args=[person.uuid, row.pk])
    assert client.post(void, {"reason": ""}).status_code == 422
    assert client.post(void, {"reason": "记错人"}).status_code == 302
    assert client.get(back).status_code == 404


def test_the_list_has_its_tabs_and_reads_ten_and_thirty_alike(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = signed_in(cast.township_clerk), []
    client.get(reverse("visits_roster:absent"))
    for n in range(2):
        for _ in range(10 + 10 * n):
            note(cast, make_person(cast, name="郑水清"), "prison")
        with CaptureQueriesContext(connection) as caught:
            text = client.get(reverse("visits_roster:absent")).content.decode()
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert "暂缓 30" in text
    duty_of(cast.visitor, TODAY)
    page = client.get(f"{reverse('visits_roster:absent')}?kind=hospital&page=x").content.decode()
    assert "没有这样的人" in page
