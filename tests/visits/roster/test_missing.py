"""A full list says who is on it no longer; somebody says what became of them; nothing closes by itself (P6)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LogEntry
from tests.cast import make_person, make_user
from tests.visits.roster.lists import number, row
from tests.visits.roster.snapshots import (
    AT,
    NOV,
    OCT,
    START,
    TODAY,
    asked,
    bring,
    lines,
    load,
    person_of,
    read,
    release,
    spans,
)
from visits.roster import services
from visits.roster.imports import holding
from visits.roster.imports import services as imports
from visits.roster.imports.missing import Numbers, last_day
from visits.roster.models import Departure, Listed, Membership, MissingRow, Person, Review, RosterImport
from visits.roster.services import CannotChange, common
from visits.roster.services.missing import Answer, reopen, settle
from xunfang.kit.models import Job

STOP = Answer("stopped", last_month=OCT)


def ids(batch) -> list[int]:
    return list(MissingRow.objects.filter(batch=batch, settled_at=None).values_list("pk", flat=True))


def answer(cast, batch, what: Answer = STOP, row_ids=None, **more):
    return settle(
        import_id=batch.pk, row_ids=ids(batch) if row_ids is None else row_ids, answer=what,
        by=cast.township_clerk, at=AT, **more,
    )  # fmt: skip


# ── who is missing ───────────────────────────────────────────────────────────────────────────────


def test_who_is_in_the_class_and_not_on_its_full_list_is_asked_about_and_stays(cast) -> None:
    bring(cast, lines(1, 2, 3), OCT)
    batch = read(cast, lines(1, 2))
    assert batch.counts["missing"] == 1
    assert not MissingRow.objects.exists()  # a list that nobody confirmed has said nothing
    release(cast, batch)
    load(cast, batch)
    assert asked(batch) == {person_of(3).pk}
    assert spans(3) == [("dibao", START, None)]


def test_a_supplement_says_of_nobody_that_they_are_missing(cast) -> None:
    bring(cast, lines(1, 2, 3), OCT)
    batch = bring(cast, lines(4), full=False)
    assert not asked(batch)
    assert "missing" not in batch.counts


def test_a_full_list_must_name_its_class_and_the_database_says_so_too(cast) -> None:
    with pytest.raises(CannotChange, match="哪一类"):
        read(cast, lines(1), group=None)
    batch = read(cast, lines(1), group=None, full=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterImport.objects.filter(pk=batch.pk).update(coverage="full")


def test_only_the_class_and_the_township_of_the_list_are_spoken_of(cast) -> None:
    own = make_person(cast, name="不在了")
    other = Person.objects.filter(pk=make_person(cast, name="别的类", groups=("tekun",)).pk)
    far = make_person(cast, name="别镇", village=cast.other_county_village)
    dead = make_person(cast, name="去世", status="dead", left_on=TODAY)
    late = make_person(cast, name="后来的", starts_on=date(2026, 12, 1))
    batch = bring(cast, lines(1))
    assert asked(batch) == {own.pk}
    assert not asked(batch) & {other.get().pk, far.pk, dead.pk, late.pk}


def test_a_list_of_rural_people_asks_about_rural_people_only(cast) -> None:
    rural, urban, unknown = (make_person(cast) for _ in range(3))
    Membership.objects.filter(person=rural).update(area="rural")
    Membership.objects.filter(person=urban).update(area="urban")
    batch = bring(cast, lines(1), area="rural")
    assert asked(batch) == {rural.pk}
    assert Membership.objects.get(person=person_of(1)).area == "rural"
    assert unknown.pk not in asked(batch)


def test_who_turned_from_urban_to_rural_is_not_lost_whichever_list_comes_first(cast) -> None:
    bring(cast, lines(1, 2), OCT, area="urban")
    for first, second in ((("rural", 1), ("urban", 2)), (("urban", 2), ("rural", 1))):
        with transaction.atomic():
            for area, serial in (first, second):
                bring(cast, lines(serial), NOV, area=area)
            member = Membership.objects.get(person=person_of(1))
            assert (member.area, member.ends_on, member.starts_on) == ("rural", None, START)
            assert not MissingRow.objects.open().exists()
            transaction.set_rollback(True)


def test_a_wrong_row_speaks_for_the_person_of_its_id_and_an_unreadable_one_is_counted(cast) -> None:
    bring(cast, lines(1, 2, 3, 4), OCT)
    rows = [*lines(1), row(2, village="乌有"), row(3, id_number=number(3)[:17])]
    batch = bring(cast, rows)
    assert batch.counts["unreadable"] == 1
    assert asked(batch) == {person_of(3).pk, person_of(4).pk}
    assert batch.rows.get(person=person_of(2)).verdict == "wrong"
    mended = bring(cast, lines(3), full=False)
    assert MissingRow.objects.get(person=person_of(3)).outcome == "back"
    assert not asked(mended)


def test_a_row_of_another_class_is_wrong_on_a_full_list_and_still_nobody_is_lost(cast) -> None:
    bring(cast, lines(1, 2), OCT)
    batch = bring(cast, [*lines(1), row(2, group="特困")])
    assert "这份是低保的全部名单，这一行写的是特困" in batch.rows.get(verdict="wrong").reason
    assert not asked(batch)


def test_somebody_in_two_classes_is_on_the_list_of_each(cast) -> None:
    batch = bring(cast, lines(1, group="低保、80岁以上独居"))
    assert {group for group, _, _ in spans(1)} == {"dibao", "old_alone"}
    assert batch.counts["wrong"] == 0


# ── repeats, order, coming back ──────────────────────────────────────────────────────────────────


def test_the_same_file_twice_asks_once_and_makes_nobody_twice(cast) -> None:
    bring(cast, lines(1, 2, 3), OCT)
    first, second = bring(cast, lines(1, 2)), bring(cast, lines(1, 2))
    assert (len(asked(first)), len(asked(second))) == (1, 0)
    assert Membership.objects.count() == 3
    answer(cast, first, Answer("left_out"))
    third = read(cast, lines(1, 2))
    assert third.counts["missing"] == 0  # answered for this month
    assert not asked(load(cast, third))


def test_a_question_stays_open_until_a_list_names_the_person_again(cast) -> None:
    bring(cast, lines(1, 2, 3), date(2026, 9, 1))
    october = bring(cast, lines(1, 2), OCT)
    november = bring(cast, lines(1), NOV)
    assert (len(asked(october)), len(asked(november))) == (1, 1)
    assert holding.absent(november).count() == 2  # the page of the newer list asks about both
    bring(cast, lines(3), NOV, full=False)
    assert MissingRow.objects.get(batch=october).outcome == "back"


def test_an_older_list_neither_reopens_nor_asks_what_a_newer_one_has_said(cast) -> None:
    bring(cast, lines(1, 2, 3), date(2026, 9, 1))
    newer = bring(cast, lines(1, 2, 4), NOV)
    answer(cast, newer)
    before = (spans(3), spans(4))
    older = bring(cast, lines(1, 3, 5, phone="13900001127"), OCT)
    assert older.counts["newer"] == "2026-11-01"
    assert not asked(older)
    assert (spans(3), spans(4)) == before
    assert person_of(1).phone == ""  # nor does it bring an older number back
    assert older.rows.get(verdict="wrong").reason == "11月的全部名单已经入库，上面没有这个人"
    assert not Person.objects.filter(name=row(5)["name"], memberships=None).exists()


def test_an_older_full_list_does_not_miss_whom_a_newer_supplement_names(cast) -> None:
    bring(cast, lines(1, 2), date(2026, 9, 1))
    bring(cast, lines(2), NOV, full=False)
    assert not asked(bring(cast, lines(1), OCT))


def test_who_leaves_and_comes_back_has_two_rows_with_dates(cast) -> None:
    bring(cast, lines(1, 2), date(2026, 8, 1))
    gone = bring(cast, lines(1), date(2026, 9, 1))
    answer(cast, gone, Answer("stopped", last_month=date(2026, 8, 1)))
    bring(cast, lines(1, 2), NOV)
    assert spans(2) == [("dibao", START, date(2026, 8, 31)), ("dibao", NOV, None)]


@pytest.mark.parametrize("order", [("dibao", "tekun"), ("tekun", "dibao")])
def test_a_change_of_class_leaves_right_dates_in_any_order(cast, order) -> None:
    bring(cast, lines(1, 2), OCT)
    bring(cast, lines(3, group="tekun"), OCT, "tekun")
    rows = {"dibao": lines(1), "tekun": lines(2, 3, group="tekun")}
    for group in order:
        bring(cast, rows[group], NOV, group)
    answer(cast, RosterImport.objects.get(group="dibao", month=NOV))
    assert spans(2) == [("dibao", START, date(2026, 10, 31)), ("tekun", NOV, None)]


def test_an_import_leaves_alone_what_a_visitor_corrected(cast) -> None:
    bring(cast, lines(1, phone="13900001127"), OCT)
    person = person_of(1)
    Person.objects.filter(pk=person.pk).update(phone="13900002222", corrected=["phone"])
    bring(cast, lines(1, phone="13900001127"))
    assert person_of(1).phone == "13900002222"


def test_who_was_stopped_between_reading_and_loading_is_shown_again_and_not_lost(cast) -> None:
    bring(cast, lines(1, 2), date(2026, 9, 1))
    october = bring(cast, lines(1), OCT)
    november = read(cast, lines(1, 2))
    assert november.counts["same"] == 2
    answer(cast, october, Answer("stopped", last_month=date(2026, 9, 1)))
    load(cast, november)
    assert (november.state, november.counts["again"]) == ("preview", 1)
    load(cast, november)
    assert spans(2) == [("dibao", START, date(2026, 9, 30)), ("dibao", NOV, None)]


# ── settling ─────────────────────────────────────────────────────────────────────────────────────


def world(cast, count: int = 4) -> RosterImport:
    """A loaded list on which 2 to `count` are missing, looked at."""
    bring(cast, lines(*range(1, count + 1)), OCT)
    return bring(cast, lines(1))


def test_stopping_ends_the_class_with_the_month_of_the_last_payment(cast) -> None:
    batch = world(cast)
    versions = dict(Person.objects.values_list("pk", "version"))
    assert answer(cast, batch) == 3
    assert spans(2) == [("dibao", START, date(2026, 10, 31))]
    assert person_of(2).version == versions[person_of(2).pk] + 1
    assert LogEntry.objects.filter(action="membership_ended").count() == 3
    entry = LogEntry.objects.get(action="missing_settled")
    assert (entry.detail, entry.object_id) == ({"outcome": "stopped", "people": 3}, str(batch.uuid))


@pytest.mark.parametrize("status", ["dead", "departed"])
def test_death_and_departure_leave_the_roster_with_the_day(cast, status) -> None:
    batch = world(cast)
    answer(cast, batch, Answer(status, on=date(2026, 11, 5), approximate=True))
    person = person_of(3)
    assert (person.status, person.left_on, person.left_approximate) == (status, date(2026, 11, 5), True)
    assert spans(3) == [("dibao", START, None)]
    assert LogEntry.objects.filter(action="person_left").count() == 3


def test_a_death_of_many_asks_their_families_and_goes_back_exactly(cast) -> None:
    bring(cast, lines(1, 2, 3, 4, head_name="林阿水"), OCT)
    batch = bring(cast, lines(1))
    answer(cast, batch, Answer("dead", on=date(2026, 11, 5)))
    assert Departure.objects.filter(undone_at=None, by_office=True, reason="名单上没有了").count() == 3
    asked_of = Review.objects.filter(kind="household_death", settled_at=None)
    assert set(asked_of.values_list("person_id", flat=True)) == {person_of(1).pk}
    services.undo_left(person_id=person_of(2).pk, by=cast.township_clerk, at=AT)  # on the person's own page
    assert person_of(2).pk in MissingRow.objects.open().values_list("person_id", flat=True)
    rows = list(MissingRow.objects.filter(outcome="dead").values_list("pk", flat=True))
    reopen(import_id=batch.pk, row_ids=rows, by=cast.township_clerk, at=AT)
    assert not Departure.objects.filter(undone_at=None).exists()
    assert not asked_of.exists()


def test_a_visit_after_the_day_of_death_stops_the_many(cast) -> None:
    batch = world(cast)
    met = person_of(3).pk
    common.seen_after.append(lambda deaths: {met: TODAY} if met in deaths else {})
    try:
        with pytest.raises(CannotChange, match="有1人在这天以后还有巡访写着见到本人"):
            answer(cast, batch, Answer("dead", on=date(2026, 11, 5)))
    finally:
        common.seen_after.pop()
    assert not Person.objects.exclude(status="live").exists()


def test_who_was_left_out_stays_and_is_asked_about_next_month_again(cast) -> None:
    bring(cast, lines(1, 2), date(2026, 9, 1))
    october = bring(cast, lines(1), OCT)
    answer(cast, october, Answer("left_out"))
    assert spans(2) == [("dibao", START, None)]
    assert asked(bring(cast, lines(1), NOV)) == {person_of(2).pk}


REFUSED = {
    "no month": (Answer("stopped"), "最后发到哪个月"),
    "a month far away": (Answer("stopped", last_month=date(2030, 1, 1)), "月份太远"),
    "before it began": (Answer("stopped", last_month=date(2026, 5, 1)), "有3人是这个月以后才列入的"),
    "no day": (Answer("dead"), "请填哪天"),
    "a day to come": (Answer("dead", on=TODAY + timedelta(days=1)), "日期晚于今天"),
    "before birth": (Answer("departed", on=date(1900, 1, 1)), "日期早于出生日期"),
}


@pytest.mark.parametrize(("what", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_changes_nothing(cast, what, sentence) -> None:
    batch = world(cast)
    with pytest.raises(CannotChange, match=sentence):
        answer(cast, batch, what)
    assert len(ids(batch)) == 3
    assert not LogEntry.objects.filter(action__in=["missing_settled", "membership_ended"]).exists()


def test_all_of_them_at_once_are_as_many_as_the_clerk_saw(cast) -> None:
    batch = world(cast)
    with pytest.raises(CannotChange, match="请刷新"):
        settle(import_id=batch.pk, row_ids=None, answer=STOP, by=cast.township_clerk, at=AT, expected=4)
    assert (
        settle(import_id=batch.pk, row_ids=None, answer=STOP, by=cast.township_clerk, at=AT, expected=3) == 3
    )


def test_settled_twice_is_refused_the_second_time(cast) -> None:
    batch = world(cast)
    rows = ids(batch)
    answer(cast, batch, row_ids=rows[:1])
    with pytest.raises(CannotChange, match="刷新"):
        answer(cast, batch, row_ids=rows)
    assert len(ids(batch)) == 2


def test_only_the_own_clerk_settles_releases_and_takes_back(cast) -> None:
    batch = world(cast)
    rows = ids(batch)
    other = make_user("别镇经办", "13800000999", "township_clerk", cast.other_township)
    cast.users["other_clerk"] = other
    cast.refresh()
    for user in (other, cast.neighbour, cast.township_head, cast.county_officer, cast.visitor):
        with pytest.raises(CannotChange):
            settle(import_id=batch.pk, row_ids=rows, answer=STOP, by=user, at=AT)
        with pytest.raises(CannotChange):
            reopen(import_id=batch.pk, row_ids=rows, by=user, at=AT)
        with pytest.raises(CannotChange):
            holding.release(import_id=batch.pk, by=user, at=AT)
        assert not MissingRow.objects.visible_to(user).exists()


def test_a_death_told_on_the_way_is_no_question_any_more_and_is_one_again_when_undone(cast) -> None:
    batch = world(cast)
    person = person_of(2)
    Person.objects.filter(pk=person.pk).update(assignee=cast.visitor)
    services.mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.visitor, at=AT)
    assert person.pk not in MissingRow.objects.open().values_list("person_id", flat=True)
    assert holding.absent(batch).count() == 2
    services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    assert holding.absent(batch).count() == 3


# ── taking back ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "what", [STOP, Answer("dead", on=TODAY), Answer("departed", on=TODAY), Answer("left_out")]
)
def test_an_answer_by_mistake_is_taken_back_and_asked_again(cast, what) -> None:
    batch = world(cast)
    rows = ids(batch)
    answer(cast, batch, what, row_ids=rows[:2])
    assert reopen(import_id=batch.pk, row_ids=rows[:2], by=cast.township_clerk, at=AT) == 2
    assert sorted(ids(batch)) == sorted(rows)
    assert not Person.objects.exclude(status="live").exists()
    assert all(spans(n) == [("dibao", START, None)] for n in (2, 3, 4))


def test_what_something_followed_is_not_taken_back(cast) -> None:
    batch = world(cast)
    rows = ids(batch)
    answer(cast, batch)
    bring(cast, lines(2), full=False)  # in the class again, from November on
    with pytest.raises(CannotChange, match="后来又有变动"):
        reopen(import_id=batch.pk, row_ids=rows, by=cast.township_clerk, at=AT)
    with pytest.raises(CannotChange, match="请刷新"):
        reopen(import_id=batch.pk, row_ids=[], by=cast.township_clerk, at=AT)


# ── held ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("numbers", "hold"),
    [
        (Numbers(had=100, missing=5, people=95, last=100), ""),
        (Numbers(had=100, missing=6, people=94, last=100), "share"),
        (Numbers(had=100, missing=0, people=50, last=100), "half"),
        (Numbers(had=100, missing=0, people=51, last=100), ""),
        (Numbers(had=0, missing=0, people=10, last=None), ""),
        (Numbers(had=0, missing=0, people=0, last=20), "half"),
        (Numbers(had=3, missing=1, people=9, last=None), "share"),
    ],
)
def test_too_many_missing_hold_a_list(numbers, hold) -> None:
    assert numbers.hold(5) == hold


def test_a_held_list_is_settled_one_by_one_until_somebody_has_looked(cast) -> None:
    bring(cast, lines(*range(1, 11)), OCT)
    batch = load(cast, read(cast, lines(*range(1, 9))))
    assert (batch.held, batch.counts["hold"]) == (True, "share")
    rows = ids(batch)
    with pytest.raises(CannotChange, match="请先核对人数"):
        answer(cast, batch)
    answer(cast, batch, row_ids=rows[:1])
    release(cast, batch)
    assert batch.released_by == cast.township_clerk
    assert LogEntry.objects.get(action="roster_released").detail["missing"] == 2
    answer(cast, batch, row_ids=rows[1:])


def test_half_the_people_of_the_last_list_are_not_loaded_before_somebody_has_looked(cast) -> None:
    bring(cast, lines(*range(1, 11)), OCT)
    batch = read(cast, lines(1, 2, 3, 4, 5))
    assert (batch.held, batch.counts["hold"]) == (True, "half")
    with pytest.raises(CannotChange, match="少了一半以上"):
        imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    release(cast, batch)
    assert load(cast, batch).state == "done"
    assert not batch.held


def test_a_list_that_is_not_complete_becomes_a_supplement_and_lets_everybody_be(cast) -> None:
    bring(cast, lines(*range(1, 11)), OCT)
    batch = load(cast, read(cast, lines(*range(1, 7))))
    holding.not_complete(import_id=batch.pk, by=cast.township_clerk, at=AT)
    batch.refresh_from_db()
    assert (batch.coverage, batch.held) == ("supplement", False)
    assert set(MissingRow.objects.values_list("outcome", flat=True)) == {"left_out"}
    assert Membership.objects.filter(ends_on=None).count() == 10
    again = bring(cast, lines(*range(1, 9)))  # the complete list of the same month asks
    assert asked(again) == {person_of(9).pk, person_of(10).pk}


def test_a_county_may_hold_later_or_sooner(cast) -> None:
    from visits.core.models import UnitSetting

    bring(cast, lines(*range(1, 11)), OCT)
    UnitSetting.objects.create(
        region=cast.county, key="missing_hold_percent", value=20, starts_on=date(2020, 1, 1)
    )  # fmt: skip
    assert not read(cast, lines(*range(1, 9))).held


# ── what the database refuses ────────────────────────────────────────────────────────────────────


def test_two_open_questions_about_one_membership_are_refused(cast) -> None:
    batch = world(cast, 2)
    other = bring(cast, lines(1, 2), OCT)
    found = MissingRow.objects.get(batch=batch)
    with pytest.raises(IntegrityError), transaction.atomic():
        MissingRow.objects.create(batch=other, person_id=found.person_id, membership_id=found.membership_id)


def test_a_month_that_is_no_first_day_is_refused(cast) -> None:
    bring(cast, lines(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Listed.objects.update(month=date(2026, 11, 2))


def test_the_last_day_of_a_month() -> None:
    assert [last_day(date(2026, m, 1)).day for m in (2, 11, 12)] == [28, 30, 31]
    assert last_day(date(2028, 2, 10)) == date(2028, 2, 29)


def test_a_list_that_was_half_loaded_is_not_forgotten_as_if_it_never_was(cast) -> None:
    bring(cast, lines(1, 2), OCT)
    batch = read(cast, lines(1, 2, phone="13900001127"))
    Person.objects.filter(pk=person_of(1).pk).update(version=9)
    load(cast, batch)
    assert batch.state == "preview"
    imports.forget(at=AT + timedelta(days=8))
    batch.refresh_from_db()
    assert batch.state == "done"
    assert Job.objects.filter(kind="schedule.refresh").exists()
