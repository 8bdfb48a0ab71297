"""长期状况（已知）: noted, kept, ended; asked again by night; its page (practice P15)."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import LogEntry
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import services
from visits.records.models import KnownState
from visits.records.selectors.known import known_of
from visits.records.services import CannotVisit
from visits.records.services.knowing import end_known, note_known, prolong_known
from visits.roster import services as roster
from visits.roster.models import Person, Review

HALF = date(2027, 5, 24)


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast, care_arrangement="女儿照料，每天来两次")
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return found


def wheelchair(cast: Cast, person: Person, **more: Any) -> KnownState:
    facts: dict[str, Any] = {
        "code": "mobility",
        "value": 2,
        "care": "女儿照料",
        "on": DAY,
        "by": cast.visitor,
    }
    return note_known(person_id=person.pk, at=AT, **(facts | more))


def test_a_state_is_noted_in_the_words_of_the_form_and_looked_at_again_in_half_a_year(
    cast: Cast, person: Person
) -> None:
    row = wheelchair(cast, person)
    assert (row.words, row.review_on) == ("只能在屋里、坐轮椅", HALF)
    entry = LogEntry.objects.get(action="known_noted")
    assert (entry.object_id, entry.detail) == (str(person.uuid), {"item": "mobility", "known": row.pk})


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"value": 3}, "value"),
        ({"value": 0}, "value"),
        ({"code": "illness", "value": 2}, "value"),
        ({"code": "income", "value": 12}, "value"),
        ({"code": "gas", "value": 2}, "value"),
        ({"code": "nothing"}, "value"),
        ({"care": "  "}, "care"),
        ({"review_on": DAY}, "review_on"),
        ({"review_on": DAY + timedelta(days=800)}, "review_on"),
    ],
    ids=[
        "urgent",
        "nothing wrong",
        "news",
        "the family",
        "safety",
        "no item",
        "no care",
        "today",
        "too late",
    ],
)
def test_what_can_not_be_known_is_refused_with_a_sentence(
    cast: Cast, person: Person, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotVisit) as refused:
        wheelchair(cast, person, **facts)
    assert refused.value.field == field
    assert not KnownState.objects.exists()


def test_a_neighbour_notes_nothing(cast: Cast, person: Person) -> None:
    stranger = make_user("别村的", "13800000777", cast.visitor.posts.get().role, cast.other_village)
    cast.users["stranger"] = stranger
    cast.refresh()
    with pytest.raises(CannotVisit):
        wheelchair(cast, person, by=stranger)


def test_the_database_refuses_two_live_states_of_one_item(cast: Cast, person: Person) -> None:
    row = wheelchair(cast, person)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_worse_state_takes_the_place_of_the_one_before(cast: Cast, person: Person) -> None:
    old = wheelchair(cast, person, value=1)
    new = wheelchair(cast, person, value=2)
    old.refresh_from_db()
    assert (old.ended_on, [row.pk for row in known_of(person)]) == (DAY, [new.pk])
    assert wheelchair(cast, person, value=2).pk == new.pk


def test_it_is_kept_with_the_arrangement_put_right_or_ended_with_a_reason(cast: Cast, person: Person) -> None:
    row = wheelchair(cast, person)
    prolong_known(known_id=row.pk, care="儿媳照料", review_on=date(2027, 1, 5), by=cast.visitor, at=AT)
    row.refresh_from_db()
    assert (row.care, row.review_on) == ("儿媳照料", date(2027, 1, 5))
    with pytest.raises(CannotVisit):
        end_known(known_id=row.pk, reason=" ", on=DAY, by=cast.visitor, at=AT)
    end_known(known_id=row.pk, reason="手术后能走了", on=DAY, by=cast.visitor, at=AT)
    assert known_of(person) == []
    with pytest.raises(CannotVisit):
        prolong_known(known_id=row.pk, by=cast.visitor, at=AT)


def test_on_its_day_the_office_is_asked_once_and_either_answer_is_carried_out(
    cast: Cast, person: Person
) -> None:
    row = wheelchair(cast, person, on=DAY - timedelta(days=200), review_on=DAY)
    assert roster.open_reviews(on=DAY - timedelta(days=1), at=AT) == 0
    roster.open_reviews(on=DAY, at=AT)
    roster.open_reviews(on=DAY, at=AT)
    asked = Review.objects.get(kind="known_review")
    roster.settle_review(review_id=asked.pk, outcome="same", by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert row.review_on == HALF
    roster.open_reviews(on=HALF, at=AT)
    again = Review.objects.waiting().get(kind="known_review")
    roster.settle_review(review_id=again.pk, outcome="over", note="能走了", by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert (row.ended_on, row.end_reason) == (DAY, "能走了")


def test_the_office_is_no_longer_asked_when_somebody_looked(cast: Cast, person: Person) -> None:
    row = wheelchair(cast, person, on=DAY - timedelta(days=200), review_on=DAY)
    roster.open_reviews(on=DAY, at=AT)
    prolong_known(known_id=row.pk, by=cast.visitor, at=AT)
    assert not Review.objects.waiting().filter(kind="known_review").exists()


def test_the_question_stands_on_the_list_of_the_office_with_the_way_to_the_page(
    cast: Cast, person: Person
) -> None:
    wheelchair(cast, person, on=DAY - timedelta(days=200), review_on=DAY)
    roster.open_reviews(on=DAY, at=AT)
    page = signed_in(cast.township_clerk).get(reverse("visits_roster:reviews")).content.decode()
    assert "长期状况" in page
    assert reverse("visits_records:known", args=[person.uuid]) in page


def test_what_is_known_goes_over_when_files_are_merged_and_comes_back(cast: Cast, person: Person) -> None:
    other = make_person(cast)
    moved, left = wheelchair(cast, other), wheelchair(cast, other, code="thinking", value=1)
    wheelchair(cast, person, code="thinking", value=2)
    done = roster.merge(
        kept_id=person.pk, merged_id=other.pk, take=(), reason="换过证", by=cast.township_clerk, at=AT
    )
    assert {(row.code, row.value) for row in known_of(person)} == {("mobility", 2), ("thinking", 2)}
    roster.unmerge(merge_id=done.pk, by=cast.township_clerk, at=AT)
    assert {row.pk for row in known_of(other)} == {moved.pk, left.pk}


# its page


def page_of(person: Person, name: str = "known", *more: int) -> str:
    return reverse(f"visits_records:{name}", args=[person.uuid, *more])


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return signed_in(cast.visitor)


def test_the_page_offers_who_cares_from_the_file_and_notes_a_state(person: Person, visitor: Client) -> None:
    page = visitor.get(page_of(person)).content.decode()
    assert "女儿照料，每天来两次" in page
    assert "2027-05-24" in page
    assert "卧床没人照料" not in page
    sent = {"state": "mobility:2", "care": "女儿照料", "review_on": "2027-01-10"}
    assert visitor.post(page_of(person), sent).status_code == 302
    page = visitor.get(page_of(person)).content.decode()
    assert "行动能力：只能在屋里、坐轮椅" in page
    assert "2027年1月10日" in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"state": "mobility:3"}, "请从选项里选"),
        ({"care": ""}, "请写谁在照料"),
        ({"review_on": "2026-11-24"}, "两年以内"),
        ({"review_on": "明年"}, "日期写成"),
    ],
)
def test_the_page_says_what_is_wrong(
    person: Person, visitor: Client, sent: dict[str, str], sentence: str
) -> None:
    good = {"state": "mobility:2", "care": "女儿照料", "review_on": "2027-01-10"}
    answer = visitor.post(page_of(person), good | sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_state_is_kept_and_ended_on_the_page(cast: Cast, person: Person, visitor: Client) -> None:
    row = wheelchair(cast, person)
    keep = page_of(person, "known_keep", row.pk)
    assert visitor.post(keep, {f"keep{row.pk}-care": ""}).status_code == 422
    sent = {f"keep{row.pk}-care": "儿媳照料", f"keep{row.pk}-review_on": "2027-02-01"}
    assert visitor.post(keep, sent).status_code == 302
    row.refresh_from_db()
    assert row.care == "儿媳照料"
    end = page_of(person, "known_end", row.pk)
    assert visitor.post(end, {f"end{row.pk}-reason": ""}).status_code == 422
    assert visitor.post(end, {f"end{row.pk}-reason": "能走了"}).status_code == 302
    assert "能走了" in visitor.get(page_of(person)).content.decode()


def test_the_person_s_page_says_what_is_known_with_the_way_to_it(
    cast: Cast, person: Person, visitor: Client
) -> None:
    wheelchair(cast, person)
    page = visitor.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert "只能在屋里、坐轮椅，女儿照料" in page
    assert page_of(person) in page
    assert reverse("visits_roster:file_dwelling", args=[person.uuid]) in page


# on a visit


def submit(cast: Cast, person: Person, **changes: Any) -> Any:
    made, _ = services.submit(
        person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body(**changes)
    )
    return made


def test_a_known_state_is_no_finding_of_a_visit_and_the_record_says_so(cast: Cast, person: Person) -> None:
    wheelchair(cast, person, on=DAY - timedelta(days=10))
    visit = submit(cast, person, mobility=2)
    assert (visit.max_level, visit.exceptional) == (0, False)
    assert visit.extra["known"] == {"mobility": "女儿照料"}
    worse = submit(cast, person, mobility=3, second=True)
    assert worse.max_level == 3
    assert "known" not in (worse.extra or {})


def test_when_nobody_cares_any_more_the_state_ends_and_the_office_hears_of_it(
    cast: Cast, person: Person
) -> None:
    row = wheelchair(cast, person, on=DAY - timedelta(days=10))
    visit = submit(cast, person, mobility=2, care_failed=["mobility"])
    assert (visit.max_level, visit.reportable, visit.report_wanted) == (2, True, True)
    row.refresh_from_db()
    assert (row.ended_on, row.end_reason) == (DAY, "照料的人顾不上了")
    services.void(visit_id=visit.pk, reason="记错人", by=cast.visitor, at=AT)
    row.refresh_from_db()
    assert (row.ended_on, row.end_reason) == (None, "")


def test_what_is_called_lasting_on_a_visit_is_known_from_then_on_and_not_without_the_visit(
    cast: Cast, person: Person
) -> None:
    visit = submit(cast, person, mobility=2, known={"mobility": {"care": "女儿照料", "review_on": HALF}})
    assert visit.max_level == 0
    assert [(row.code, row.visit_id) for row in known_of(person)] == [("mobility", visit.pk)]
    services.void(visit_id=visit.pk, reason="记错人", by=cast.visitor, at=AT)
    assert known_of(person) == []


def test_what_has_just_come_is_a_finding_once_even_when_it_will_last(cast: Cast, person: Person) -> None:
    submit(cast, person, visited_on=DAY - timedelta(days=30))
    visit = submit(cast, person, mobility=2, known={"mobility": {"care": "女儿照料", "review_on": HALF}})
    assert (visit.max_level, visit.rise) == (2, True)
    later = submit(cast, person, mobility=2, second=True)
    assert (later.max_level, later.rise) == (0, False)


def test_a_visit_that_finds_it_as_it_was_moves_the_day_to_look_again(cast: Cast, person: Person) -> None:
    row = wheelchair(cast, person, on=DAY - timedelta(days=200), review_on=DAY)
    submit(cast, person, mobility=2, known_again=["mobility"])
    row.refresh_from_db()
    assert row.review_on == HALF


def test_what_can_not_be_known_is_refused_with_the_visit(cast: Cast, person: Person) -> None:
    with pytest.raises(CannotVisit):
        submit(cast, person, mobility=3, known={"mobility": {"care": "女儿照料", "review_on": HALF}})
    assert not KnownState.objects.exists()
