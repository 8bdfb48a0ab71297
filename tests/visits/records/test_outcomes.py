"""Somebody was not there: where they are stands in the file, what is enough is enough, and who may be in danger is
told at once."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, signed_in
from tests.world import evening, visit
from visits.records import services
from visits.records.models import Excuse
from visits.records.selectors.unreached import unreached, unreached_person
from visits.records.services.excusing import standing_of
from visits.records.trying import Asks
from visits.roster.models import Absence, Membership, Person, Review
from visits.roster.services import absences, mark_left, settle_review
from visits.schedule import services as schedule
from visits.schedule.models import DueItem

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def at(day: date, hour: int = 15, minute: int = 20) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))


def tried(person: Person, by: User, day: date, outcome: str, **more: Any) -> Any:
    duty_of(by, day)
    body = {"tried_on": day, "part_of_day": "pm", "mode": "home", "outcome": outcome} | more
    made, _ = services.attempt(person_id=person.pk, by=by, at=at(day), key=uuid.uuid4(), body=body)
    duty_of(by, TODAY)
    return made


@pytest.fixture
def person(cast: Cast) -> Person:
    made = make_person(cast, groups=("dibao",), created_at=at(date(2026, 1, 5)))
    schedule.generate(on=TODAY)
    return made


def item(person: Person) -> DueItem:
    return DueItem.objects.with_state(TODAY).get(person=person, cause="rule")


def state(person: Person) -> str:
    return item(person).state


# ── 未访成 ───────────────────────────────────────────────────────────────────────────────────────


def test_it_is_noted_only_after_what_the_rule_asks_and_leaves_the_lists(cast: Cast, person: Person) -> None:
    tried(person, cast.visitor, TODAY - timedelta(days=9), "not_home")
    with pytest.raises(services.CannotVisit, match="再找两次，换一天"):
        services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    tried(person, cast.visitor, TODAY - timedelta(days=5), "not_home", mode="phone")
    tried(person, cast.visitor, TODAY - timedelta(days=5), "lost")  # the same afternoon: one try
    with pytest.raises(services.CannotVisit, match="再找一次"):
        services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    tried(person, cast.visitor, TODAY - timedelta(days=5), "not_home", part_of_day="am")
    services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    assert state(person) == "excused"
    assert not DueItem.objects.filter(person=person).to_do(TODAY)
    assert DueItem.objects.filter(person=person).counting().count() == 1  # still owed, in a column of its own


def test_a_try_outside_the_window_of_the_item_does_not_count(cast: Cast, person: Person) -> None:
    for day in (date(2026, 9, 28), date(2026, 9, 29), TODAY):
        tried(person, cast.visitor, day, "not_home")
    with pytest.raises(services.CannotVisit, match="再找两次"):
        services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))


def test_a_refusal_asks_for_two_days_and_a_witness(cast: Cast, person: Person) -> None:
    tried(person, cast.visitor, TODAY - timedelta(days=3), "refused")
    tried(person, cast.visitor, TODAY - timedelta(days=2), "refused")
    with pytest.raises(services.CannotVisit, match="村里人在场"):
        services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    tried(person, cast.visitor, TODAY - timedelta(days=1), "refused", companions="妇联主任")
    (made,) = services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    assert (made.basis, made.tries) == ("refused", 3)


def excused(cast: Cast, person: Person) -> None:
    for back in (4, 3, 2):
        tried(person, cast.visitor, TODAY - timedelta(days=back), "not_home")
    services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))


def test_a_later_visit_wins_and_when_it_is_voided_the_tries_stand_again(cast: Cast, person: Person) -> None:
    excused(cast, person)
    made = visit(person, cast.visitor, TODAY)
    assert state(person) == "done"
    services.void(visit_id=made.pk, reason="记错人了", by=cast.visitor, at=at(TODAY, 21))
    assert state(person) == "excused"


def test_it_is_taken_back_with_a_reason_and_then_a_voided_visit_leaves_it_owed(
    cast: Cast, person: Person
) -> None:
    excused(cast, person)
    with pytest.raises(services.CannotVisit, match="为什么撤回"):
        services.undo_excuse(person_id=person.pk, reason=" ", by=cast.visitor, at=at(TODAY))
    services.undo_excuse(person_id=person.pk, reason="邻居说在家", by=cast.township_clerk, at=at(TODAY))
    assert state(person) == "idle"
    with pytest.raises(services.CannotVisit, match="已经撤回"):
        services.undo_excuse(person_id=person.pk, reason="再来", by=cast.visitor, at=at(TODAY))
    made = visit(person, cast.visitor, TODAY)
    services.void(visit_id=made.pk, reason="记错人了", by=cast.visitor, at=at(TODAY, 21))
    assert state(person) == "idle"


def test_death_takes_it_out_of_the_figures_and_an_undo_brings_it_back(cast: Cast, person: Person) -> None:
    from visits.roster.services import undo_left

    excused(cast, person)
    mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.township_clerk, at=at(TODAY))
    assert state(person) == "dropped"
    undo_left(person_id=person.pk, by=cast.township_clerk, at=at(TODAY))
    assert state(person) == "excused"


def test_the_database_keeps_an_excuse_whole(cast: Cast, person: Person) -> None:
    excused(cast, person)
    row = Excuse.objects.get()
    for wrong in ({"undone_at": at(TODAY)}, {"undo_reason": "x"}, {"tries": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Excuse.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Excuse.objects.create(
            due_item=row.due_item, basis="refused", tries=2, noted_by=cast.visitor, noted_at=at(TODAY)
        )


def test_the_page_says_what_is_missing_and_offers_the_button_when_it_is_enough(
    cast: Cast, person: Person, browse: Any
) -> None:
    page = reverse("visits_records:excuse", args=[person.uuid])
    tried(person, cast.visitor, TODAY - timedelta(days=4), "not_home")
    text = browse(cast.visitor).get(page).content.decode()
    assert "再找两次，换一天" in text
    assert "记未访成</button>" not in text
    assert browse(cast.visitor).post(page).status_code == 422
    tried(person, cast.visitor, TODAY - timedelta(days=3), "not_home")
    tried(person, cast.visitor, TODAY - timedelta(days=2), "not_home")
    assert "记未访成</button>" in browse(cast.visitor).get(page).content.decode()
    assert browse(cast.visitor).post(page).status_code == 302
    file = browse(cast.visitor).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert "记了未访成（已按规定尝试），找过3次" in file
    undo = reverse("visits_records:excuse_undo", args=[person.uuid])
    assert browse(cast.visitor).post(undo, {"reason": ""}).status_code == 422
    assert browse(cast.visitor).post(undo, {"reason": "邻居说在家"}).status_code == 302
    assert state(person) == "idle"


def test_the_form_says_that_this_half_of_the_day_holds_a_try_already(
    cast: Cast, person: Person, browse: Any
) -> None:
    page = reverse("visits_records:attempt_new", args=[person.uuid])
    assert "已经记过一次没见到" not in browse(cast.visitor).get(page).content.decode()
    tried(person, cast.visitor, TODAY - timedelta(days=5), "not_home")
    for _ in range(2):
        tried(person, cast.visitor, TODAY, "not_home")
    text = browse(cast.visitor).get(page).content.decode()
    assert text.count("今天下午已经记过一次没见到。同一个半天再记，够不够未访成还是只算一次。") == 1
    counts = browse(cast.visitor).get(reverse("visits_records:excuse", args=[person.uuid])).content.decode()
    assert "记了3次，算2次" in counts


@pytest.fixture
def browse(time_machine: Any) -> Any:
    time_machine.move_to(at(TODAY), tick=False)
    return lambda user: signed_in(user)


# ── where they are ───────────────────────────────────────────────────────────────────────────────


def test_a_stay_in_hospital_stands_in_the_file_with_its_next_day(cast: Cast, person: Person) -> None:
    back = TODAY + timedelta(days=4)
    made = tried(
        person, cast.visitor, TODAY, "hospital", place="永泰县医院3楼", phone="059124812345", back_on=back
    )
    row = Absence.objects.get(person=person)
    assert (row.kind, row.starts_on, row.place, row.back_on) == ("hospital", TODAY, "永泰县医院3楼", back)
    assert made.next_on == back
    assert state(person) == "idle"  # still owed: they can be seen there
    again = tried(person, cast.visitor, TODAY, "hospital", place="协和医院")
    row.refresh_from_db()
    assert (row.place, row.back_on) == ("协和医院", back)
    assert again.next_on == TODAY + timedelta(days=7)
    tried(person, cast.visitor, TODAY, "away", place="福州儿子家")
    assert [(one.kind, one.ends_on) for one in person.absences.order_by("pk")] == [
        ("hospital", TODAY), ("away", None),
    ]  # fmt: skip


def test_who_lies_in_hospital_was_not_sought_in_vain(cast: Cast, person: Person, browse: Any) -> None:
    for days in (3, 2):
        tried(person, cast.visitor, TODAY - timedelta(days=days), "not_home")
    data = {
        "key": str(uuid.uuid4()), "shown_on": TODAY.isoformat(), "day": "today_am", "mode": "home", "outcome": "hospital",
    }  # fmt: skip
    url = reverse("visits_records:attempt_new", args=[person.uuid])
    answer = browse(cast.visitor).post(url, data, follow=True)
    said = " ".join(str(one) for one in answer.context["messages"])
    assert "记下了：住院" in said
    assert "未访成" not in said
    for page in ("/", reverse("visits_desk:person", args=[person.uuid])):
        text = browse(cast.visitor).get(page).content.decode()
        assert "没见到2次" in text
        assert "没见到3次" not in text


def test_tries_of_the_day_of_the_discharge_do_not_excuse_the_visit_after_it(
    cast: Cast, person: Person
) -> None:
    back = TODAY - timedelta(days=2)
    tried(person, cast.visitor, back, "hospital")
    for part in ("am", "pm"):
        tried(person, cast.visitor, back, "not_home", part_of_day=part)
    absences.end_absence(absence_id=Absence.objects.get().pk, on=back, by=cast.visitor, at=at(back, 18))
    tried(person, cast.visitor, TODAY, "not_home")
    owed = DueItem.objects.get(cause="discharge")
    assert standing_of(person, owed, Asks()).missing == "再找两次，换一天"
    services.excuse(person_id=person.pk, by=cast.visitor, at=at(TODAY))
    owed.refresh_from_db()
    assert (owed.stored, item(person).stored) == ("", "excused")


def test_the_next_try_is_offered_before_the_last_day_and_said_wherever_the_person_stands(
    cast: Cast, person: Person, browse: Any
) -> None:
    DueItem.objects.filter(person=person).update(due_on=TODAY + timedelta(days=2))
    assert tried(person, cast.visitor, TODAY, "refused").next_on == TODAY + timedelta(days=2)
    assert tried(person, cast.visitor, TODAY, "lost").next_on == TODAY + timedelta(days=1)
    said = TODAY + timedelta(days=9)
    assert tried(person, cast.visitor, TODAY, "not_home", next_on=said).next_on == said
    file = browse(cast.visitor).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert "约12月3日再去。" in file
    DueItem.objects.filter(person=person).update(due_on=TODAY)  # too late already: nothing to hold on to
    assert tried(person, cast.visitor, TODAY, "not_home").next_on == TODAY + timedelta(days=3)


def test_a_visitor_suspends_nobody(cast: Cast, person: Person) -> None:
    tried(person, cast.visitor, TODAY, "prison")
    tried(person, cast.visitor, TODAY, "lost")
    tried(person, cast.visitor, TODAY, "lost")
    assert not Absence.objects.exists()
    assert item(person).stored == ""
    asked = Review.objects.filter(person=person, kind="absent_told").order_by("pk")
    assert [row.detail["absent"] for row in asked] == ["prison", "missing"]
    duty_of(cast.township_clerk, TODAY)
    absences.note_absence(
        person_id=person.pk, kind="prison", starts_on=TODAY, document_no="（2026）闽0125刑初9号",
        review_on=TODAY + timedelta(days=180), by=cast.township_clerk, at=at(TODAY),
    )  # fmt: skip
    assert not Review.objects.waiting().filter(person=person)
    assert not DueItem.objects.filter(person=person).to_do(TODAY)


def test_the_clerk_answers_that_the_person_was_found(cast: Cast, person: Person) -> None:
    tried(person, cast.visitor, TODAY, "lost")
    row = Review.objects.get(person=person)
    settle_review(review_id=row.pk, outcome="found", by=cast.township_clerk, at=at(TODAY, 17))
    assert DueItem.objects.filter(person=person).to_do(TODAY)


# ── who may be in danger ─────────────────────────────────────────────────────────────────────────


def old(cast: Cast, **more: Any) -> Person:
    return make_person(
        cast, groups=("old_alone",), birth=date(1940, 2, 3), created_at=at(date(2026, 1, 5)), **more
    )


def test_who_is_old_and_alone_and_was_not_found_has_a_clock_of_24_hours(cast: Cast) -> None:
    person = old(cast)
    tried(person, cast.visitor, TODAY, "not_home")
    (found,) = unreached(cast.township_clerk, at(TODAY, 16))
    assert (found.person, found.why, found.until) == (
        person, "80岁以上独居", at(TODAY + timedelta(days=1)),
    )  # fmt: skip
    assert not found.over(at(TODAY + timedelta(days=1), 15, 19))
    assert found.over(at(TODAY + timedelta(days=1)))
    assert not unreached(cast.neighbour, at(TODAY, 16))


def test_a_try_typed_in_the_evening_began_when_the_half_of_the_day_was_over(cast: Cast) -> None:
    person = old(cast)
    tried(person, cast.visitor, TODAY, "not_home", part_of_day="am")
    found = unreached_person(person, at(TODAY, 16))
    assert found is not None
    assert found.until == at(TODAY + timedelta(days=1), 12, 0)


def test_a_second_try_in_vain_does_not_start_the_clock_anew(cast: Cast) -> None:
    person = old(cast)
    tried(person, cast.visitor, TODAY - timedelta(days=1), "not_home")
    tried(person, cast.visitor, TODAY, "lost")
    (found,) = unreached(cast.township_clerk, at(TODAY, 16))
    assert (found.tries, found.until) == (2, at(TODAY))


@pytest.mark.parametrize("how", ["visit", "refused", "hospital", "noted", "found", "died"])
def test_the_clock_ends_when_somebody_was_met_or_it_is_known_where_they_are(cast: Cast, how: str) -> None:
    person = old(cast)
    tried(person, cast.visitor, TODAY - timedelta(days=1), "lost")
    assert unreached(cast.township_clerk, at(TODAY, 9))
    if how == "visit":
        visit(person, cast.visitor, TODAY - timedelta(days=1))
    elif how in ("refused", "hospital"):
        tried(person, cast.visitor, TODAY, how)
    elif how == "noted":
        duty_of(cast.township_clerk, TODAY)
        absences.note_absence(
            person_id=person.pk, kind="away", starts_on=TODAY, by=cast.township_clerk, at=at(TODAY)
        )
    elif how == "found":
        row = Review.objects.get(person=person)
        settle_review(review_id=row.pk, outcome="found", by=cast.township_clerk, at=at(TODAY))
    else:
        mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.township_clerk, at=at(TODAY))
    assert not unreached(cast.township_clerk, evening(TODAY))


def test_minors_and_the_gravely_ill_are_watched_and_nobody_else(cast: Cast) -> None:
    child = make_person(cast, groups=("minor_kin",), birth=date(2017, 5, 1), created_at=at(date(2026, 1, 5)))
    ill = make_person(cast, groups=(), birth=date(1970, 5, 1), created_at=at(date(2026, 1, 5)))
    Membership.objects.create(
        person=ill, group_id="sudden", starts_on=date(2026, 9, 1), event="illness", event_on=date(2026, 8, 1)
    )
    recorded = make_person(cast, birth=date(1970, 5, 1), created_at=at(date(2026, 1, 5)))
    visit(
        recorded, cast.visitor, TODAY - timedelta(days=20), values={"illness": 2}, notes={"illness": "透析"}
    )
    plain = make_person(cast, birth=date(1970, 5, 1), created_at=at(date(2026, 1, 5)))
    for person in (child, ill, recorded, plain):
        tried(person, cast.visitor, TODAY, "not_home")
    assert {one.person for one in unreached(cast.township_clerk, at(TODAY, 16))} == {child, ill, recorded}


def test_the_township_sees_them_on_its_first_page_at_once(cast: Cast, browse: Any) -> None:
    person = old(cast, name="鄢依梅")
    tried(person, cast.visitor, TODAY, "not_home")
    for user in (cast.township_clerk, cast.township_head, cast.village_head):
        text = browse(user).get("/").content.decode()
        assert "今天要找到的人" in text
        assert "11月25日 周三 15:20还没有找到，请打110" in text
    file = browse(cast.visitor).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert "请打110" in file


def test_ten_and_twenty_are_read_with_the_same_number_of_queries(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        for _ in range(10):
            tried(old(cast), cast.visitor, TODAY, "not_home")
        with CaptureQueriesContext(connection) as caught:
            assert len(unreached(cast.township_clerk, at(TODAY, 16))) >= 10
        counts.append(len(caught))
    assert counts[0] == counts[1]
