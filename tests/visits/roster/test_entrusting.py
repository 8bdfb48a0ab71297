"""委托探访 and 移交: who may see and do what while it lasts, how it ends, and that nothing waits for a task."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Region, User
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_cast, make_person, make_user, signed_in
from tests.world import visit
from visits.records.models import Visit
from visits.roster.entrusting import overdue, standing
from visits.roster.models import Absence, Grant, Person, Transition
from visits.roster.selectors.transitions import counts, shown
from visits.roster.services import (
    CannotChange,
    entrusting,
    mark_left,
    merge,
    transferring,
    undo_left,
    unmerge,
)
from visits.roster.services.transitions import letter_number
from visits.schedule import services as schedule
from visits.schedule.models import Area, DueItem

TODAY = date(2026, 11, 24)  # a Tuesday: three working days end on Friday the 27th
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
LATER = TODAY + timedelta(days=4)


class World:
    """Our township, and another of the county with its own people."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        there = cast.other_township
        self.village = Region.objects.filter(level=4, parent=there).order_by("position").first()
        assert self.village is not None
        self.clerk = make_user("那边经办", "13800000601", Role.TOWNSHIP_CLERK, there)
        self.head = make_user("那边镇长", "13800000602", Role.TOWNSHIP_HEAD, there)
        self.visitor = make_user("那边巡访", "13800000603", Role.VISITOR, self.village)
        self.second = make_user("那边二号", "13800000604", Role.VISITOR, self.village)
        self.others = (self.clerk, self.head, self.visitor, self.second)
        self.on(TODAY)
        self.person = make_person(
            cast, groups=("dibao",), phone="13800004471", created_at=timezone.make_aware(datetime(2026, 1, 5))
        )
        schedule.generate(on=TODAY)

    def on(self, day: date) -> None:
        self.cast.refresh(day)
        for user in self.others:
            duty_of(user, day)

    def ask(self, person: Person | None = None, **more: Any) -> Transition:
        values = {
            "to_township_id": self.cast.other_township.pk, "to_outside": "", "address": "大洋镇埔埕村1号", "phone": "",
            "reason": "随儿子长住", "asks": "每季度上门一次", "ends_on": TODAY + timedelta(days=200),
        } | more  # fmt: skip
        by = values.pop("by", self.cast.township_clerk)
        return entrusting.entrust(person_id=(person or self.person).pk, by=by, at=AT, **values)

    def offer(self, **more: Any) -> Transition:
        values = {
            "to_township_id": self.cast.other_township.pk, "to_outside": "", "address": "大洋镇埔埕村1号",
            "phone": "", "reason": "户口迁过去了",
        } | more  # fmt: skip
        return transferring.transfer(person_id=self.person.pk, by=self.cast.township_clerk, at=AT, **values)

    def accept(self, row: Transition, visitor: User | None = None) -> Transition:
        got = entrusting.accept(
            transition_id=row.pk, visitor_id=(visitor or self.visitor).pk, by=self.clerk, at=AT
        )
        self.person.refresh_from_db()
        return got


@pytest.fixture
def world(cast: Cast, time_machine: Any) -> World:
    time_machine.move_to(AT, tick=False)
    return World(cast)


def sees(user: User, person: Person) -> bool:
    return Person.objects.visible_to(user).filter(pk=person.pk).exists()


# ── asked ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_proposal_has_a_number_and_three_working_days(world: World) -> None:
    row = world.ask()
    assert (row.number, row.answer_by, row.state) == ("嵩口委〔2026〕1号", date(2026, 11, 27), "proposed")
    assert not sees(world.clerk, world.person)  # only the letter, until it is accepted
    assert list(Transition.objects.visible_to(world.clerk)) == [row]
    assert not Transition.objects.visible_to(world.cast.neighbour)
    with pytest.raises(CannotChange, match="已经有一次委托探访在办（嵩口委〔2026〕1号）"):
        world.ask()
    with pytest.raises(CannotChange, match="在办"):
        world.offer()


@pytest.mark.django_db
def test_a_holiday_does_not_count_for_the_answer(world: World) -> None:
    world.on(date(2026, 9, 30))  # before National Day
    assert world.ask(ends_on=date(2026, 12, 31)).answer_by > date(2026, 10, 8)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"to_township_id": None}, "to_township"),
        ({"to_outside": "厦门"}, "to_township"),
        ({"to_township_id": 0}, "to_township"),
        ({"to_township_id": "own"}, "to_township"),
        ({"address": ""}, "address"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": TODAY + timedelta(days=400)}, "ends_on"),
    ],
)
def test_what_can_not_be_asked_is_refused_at_its_field(world: World, values: Any, field: str) -> None:
    if values.get("to_township_id") == "own":
        values = {"to_township_id": world.cast.township.pk}
    with pytest.raises(CannotChange) as refused:
        world.ask(**values)
    assert refused.value.field == field


@pytest.mark.django_db
def test_only_the_clerk_who_keeps_the_file_asks_and_a_telephone_is_needed(world: World) -> None:
    for by in (world.clerk, world.cast.visitor, world.cast.county_officer, world.cast.neighbour):
        with pytest.raises(CannotChange, match="不归您"):
            world.ask(by=by)
    Person.objects.filter(pk=world.person.pk).update(phone="")
    with pytest.raises(CannotChange, match="电话"):
        world.ask()


@pytest.mark.django_db
def test_townships_of_one_name_have_the_county_in_front(world: World) -> None:
    own, twin = world.cast.township, world.cast.other_township
    Region.objects.filter(pk=twin.pk).update(name=own.name.replace("镇", "乡"))
    assert letter_number("entrust", own, 2026) == "永泰嵩口委〔2026〕1号"


# ── accepted ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_while_it_lasts_the_other_side_sees_file_and_visits_owed_and_ours_keeps_everything(
    world: World,
) -> None:
    row = world.accept(world.ask())
    assert (world.person.assignee, world.person.entrusted_to) == (world.visitor, world.cast.other_township)
    assert row.assignee_before == world.cast.visitor
    for user in (world.clerk, world.head, world.visitor, world.cast.township_clerk, world.cast.village_head):
        assert sees(user, world.person), user.name
        assert DueItem.objects.visible_to(user).filter(person=world.person).exists()
    for user in (world.second, world.cast.visitor, world.cast.neighbour):
        assert not sees(user, world.person), user.name
    item = DueItem.objects.get(person=world.person)
    assert (item.entrusted_to, item.township_id) == (world.cast.other_township, world.cast.township.pk)
    grant = Grant.objects.get(to=world.visitor)
    assert (grant.until, grant.transition) == (row.ends_on, row)
    assert world.visitor.has_perm("visits_roster.assist_person", world.person)
    assert world.person in Person.objects.with_visitor(TODAY)
    assert not Person.objects.writable_by(world.clerk).filter(pk=world.person.pk)


@pytest.mark.django_db
def test_a_visit_by_the_other_side_counts_there_as_done_by_them(world: World) -> None:
    world.accept(world.ask())
    assert [one.said for one in shown(world.clerk, TODAY, "in", 0, 9)[0]] == ["还没访，12月31日前"]
    made = visit(world.person, world.visitor, TODAY)
    item = DueItem.objects.get(person=world.person)
    assert (item.done_via, item.township_id) == ("entrusted", world.cast.township.pk)
    assert Visit.objects.visible_to(world.clerk).get() == made
    world.on(TODAY)
    assert [(one.said, one.done) for one in shown(world.clerk, TODAY, "in", 0, 9)[0]] == [
        ("11月24日访的", True)
    ]
    # Typed by the clerk over there for the visitor over there; and by ours for ourselves it is an ordinary record.
    item_of_ours = make_person(world.cast, created_at=timezone.make_aware(datetime(2026, 1, 5)))
    schedule.generate(on=TODAY)
    visit(item_of_ours, world.cast.visitor, TODAY)
    assert DueItem.objects.get(person=item_of_ours).done_via == ""


@pytest.mark.django_db
def test_what_was_done_at_home_before_the_letter_is_not_claimed_by_whoever_was_asked(world: World) -> None:
    visit(world.person, world.cast.visitor, TODAY - timedelta(days=34))
    world.on(TODAY)
    world.accept(world.ask())
    (one,) = shown(world.clerk, TODAY, "in", 0, 9)[0]
    assert (one.said, one.done) == ("10月21日户籍地访过，这一期不用再访", False)
    page = signed_in(world.clerk).get(f"{reverse('visits_roster:transitions')}?part=in").content.decode()
    assert "受托1人，这一页上这一期已访0人" in page


@pytest.mark.django_db
def test_the_figures_stay_with_ours_and_theirs_have_a_column_of_their_own(world: World) -> None:
    from accounts.models.region import Level
    from visits.desk.selectors import figures, figures_below, people_of
    from visits.schedule.periods import Quarter

    world.accept(world.ask())
    visit(world.person, world.visitor, TODAY)
    quarter, ours, theirs = Quarter(2026, 4), world.cast.township.pk, world.cast.other_township.pk
    here = figures({Level.TOWNSHIP: {ours}}, quarter, TODAY)
    there = figures({Level.TOWNSHIP: {theirs}}, quarter, TODAY)
    assert (here.due, here.done, here.offline, here.entrusted) == (1, 1, 0, 0)
    assert (there.due, there.done, there.entrusted) == (0, 0, 1)
    assert list(people_of({Level.TOWNSHIP: {theirs}}, quarter, TODAY, "entrusted")) == [world.person]
    below = figures_below({Level.COUNTY: {world.cast.county.pk}}, Level.COUNTY, quarter, TODAY)
    assert (below[ours].entrusted, below[theirs].entrusted) == (0, 1)


@pytest.mark.django_db
def test_the_clerk_over_there_types_for_the_visitor_over_there(world: World) -> None:
    world.accept(world.ask())
    made = visit(world.person, world.clerk, TODAY, visitor_id=world.visitor.pk)
    assert (made.visitor, made.recorder) == (world.visitor, world.clerk)
    assert DueItem.objects.get(person=world.person).done_via == "entrusted"


@pytest.mark.django_db
def test_ours_assigns_no_entrusted_person_and_theirs_may_send_somebody_else(world: World) -> None:
    row = world.accept(world.ask())
    with pytest.raises(schedule.CannotAssign, match="先结束委托"):
        schedule.assign(
            person_ids=[world.person.pk], to_id=world.cast.visitor.pk, by=world.cast.township_clerk, at=AT
        )
    entrusting.change_visitor(transition_id=row.pk, visitor_id=world.second.pk, by=world.clerk, at=AT)
    assert sees(world.second, world.person)
    assert not sees(world.visitor, world.person)
    assert not world.visitor.has_perm("visits_roster.assist_person", world.person)
    with pytest.raises(CannotChange, match="巡访的任职"):
        entrusting.change_visitor(
            transition_id=row.pk, visitor_id=world.cast.visitor.pk, by=world.clerk, at=AT
        )


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────


def given_back(world: World, row: Transition, state: str) -> None:
    row.refresh_from_db()
    world.person.refresh_from_db()
    assert row.state == state
    assert (world.person.assignee, world.person.entrusted_to) == (world.cast.visitor, None)
    assert not Grant.objects.filter(ended_at=None)
    assert not world.visitor.has_perm("visits_roster.assist_person", Person.objects.get(pk=world.person.pk))
    item = DueItem.objects.get(person=world.person)
    assert (item.assignee, item.entrusted_to) == (world.cast.visitor, None)


@pytest.mark.django_db
@pytest.mark.parametrize("side", ["from", "to"])
def test_either_side_ends_it_and_the_old_visitor_has_them_again(world: World, side: str) -> None:
    row = world.accept(world.ask())
    by = world.cast.township_clerk if side == "from" else world.clerk
    with pytest.raises(CannotChange, match="为什么结束"):
        entrusting.end(transition_id=row.pk, reason=" ", by=by, at=AT)
    entrusting.end(transition_id=row.pk, reason="人回来了", by=by, at=AT)
    given_back(world, row, "ended")
    assert not sees(world.clerk, world.person)


@pytest.mark.django_db
def test_after_its_last_day_it_is_over_before_the_task_has_run(world: World) -> None:
    row = world.accept(world.ask(ends_on=LATER))
    after = LATER + timedelta(days=1)
    world.on(after)
    assert not sees(world.clerk, world.person)
    assert not sees(world.visitor, world.person)
    assert standing(row, after) == "ended"
    assert counts(world.clerk, after)["in"] == 0
    with pytest.raises(CannotChange, match="委托已结束"):
        entrusting.change_visitor(transition_id=row.pk, visitor_id=world.second.pk, by=world.clerk, at=AT)
    assert [entrusting.expire(on=after, at=AT), entrusting.expire(on=after, at=AT)] == [1, 0]
    given_back(world, row, "ended")


@pytest.mark.django_db
def test_silence_falls_back_before_the_task_has_run_and_another_may_be_asked(world: World) -> None:
    row = world.ask()
    world.on(row.answer_by)
    assert standing(row, row.answer_by) == "proposed"  # to the end of the day
    after = row.answer_by + timedelta(days=1)
    world.on(after)
    assert (counts(world.clerk, after)["waiting"], counts(world.clerk, after)["over"]) == (0, 1)
    with pytest.raises(CannotChange, match="已退回"):
        entrusting.accept(transition_id=row.pk, visitor_id=world.visitor.pk, by=world.clerk, at=AT)
    again = world.ask(ends_on=after + timedelta(days=9))
    row.refresh_from_db()
    assert (row.state, again.state) == ("lapsed", "proposed")
    assert entrusting.expire(on=after, at=AT) == 0


@pytest.mark.django_db
def test_the_task_lapses_what_nobody_answered(world: World) -> None:
    row = world.ask()
    assert entrusting.expire(on=row.answer_by, at=AT) == 0
    assert entrusting.expire(on=row.answer_by + timedelta(days=1), at=AT) == 1
    row.refresh_from_db()
    assert row.state == "lapsed"


@pytest.mark.django_db
def test_a_death_ends_it_and_an_undo_brings_it_back_as_it_was(world: World) -> None:
    row = world.accept(world.ask())
    mark_left(person_id=world.person.pk, status="dead", on=TODAY, by=world.visitor, at=AT)
    row.refresh_from_db()
    assert (row.state, row.close_reason) == ("ended", "本人去世")
    assert not sees(world.clerk, world.person)
    assert not Grant.objects.filter(ended_at=None)
    undo_left(person_id=world.person.pk, by=world.cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert (row.state, row.closed_at) == ("accepted", None)
    assert sees(world.visitor, world.person)
    assert DueItem.objects.get(person=world.person).assignee == world.visitor


@pytest.mark.django_db
def test_declined_and_withdrawn_change_nothing_about_the_person(world: World) -> None:
    row = world.ask()
    with pytest.raises(CannotChange, match="为什么不接受"):
        entrusting.decline(transition_id=row.pk, answer="", by=world.clerk, at=AT)
    with pytest.raises(CannotChange, match="对方的民政办"):
        entrusting.withdraw(transition_id=row.pk, reason="", by=world.clerk, at=AT)
    entrusting.decline(transition_id=row.pk, answer="人不住这里", by=world.clerk, at=AT)
    given_back(world, row, "declined")
    second = world.ask()
    entrusting.withdraw(transition_id=second.pk, reason="人回来了", by=world.cast.township_clerk, at=AT)
    given_back(world, second, "withdrawn")
    with pytest.raises(CannotChange, match="已收回"):
        world.accept(second)


@pytest.mark.django_db
def test_outside_the_city_the_answer_is_typed_and_nobody_over_there_gets_in(world: World) -> None:
    row = world.ask(to_township_id=None, to_outside="厦门市湖里区江头街道")
    assert row.answer_by == TODAY + timedelta(days=30)
    entrusting.answer_on_paper(
        transition_id=row.pk,
        accepted=True,
        answer="复函，由社区张华上门",
        by=world.cast.township_clerk,
        at=AT,
    )
    world.person.refresh_from_db()
    assert (world.person.assignee, world.person.entrusted_to) == (world.cast.visitor, None)
    world.on(row.ends_on + timedelta(days=1))
    entrusting.expire(on=row.ends_on + timedelta(days=1), at=AT)
    world.person.refresh_from_db()
    assert world.person.assignee == world.cast.visitor


# ── 移交 ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_transfer_moves_the_file_and_what_is_open_and_leaves_what_is_closed(world: World) -> None:
    old = DueItem.objects.get(person=world.person)
    DueItem.objects.create(
        person=world.person, rule=old.rule, period_start=date(2026, 7, 1), period_end=date(2026, 9, 30),
        opens_on=date(2026, 7, 1), due_on=date(2026, 9, 30), closes_on=date(2026, 9, 30), tier="key",
        done_on=date(2026, 9, 1), done_mode="home", done_met="self", county_id=old.county_id,
        township_id=old.township_id, village_id=old.village_id, assignee=world.cast.visitor,
    )  # fmt: skip
    Grant.objects.create(
        person=world.person,
        to=world.cast.neighbour,
        reason="一起去",
        until=TODAY,
        created_by=world.cast.township_clerk,
    )
    row = world.offer()
    assert (row.number, row.answer_by) == ("嵩口移〔2026〕1号", TODAY + timedelta(days=10))
    with pytest.raises(CannotChange, match="哪个村"):
        transferring.accept_transfer(
            transition_id=row.pk, village_id=world.cast.village.pk, by=world.clerk, at=AT
        )
    transferring.accept_transfer(
        transition_id=row.pk, village_id=world.village.pk, hamlet="埔埕", visitor_id=world.visitor.pk,
        by=world.clerk, at=AT,
    )  # fmt: skip
    world.person.refresh_from_db()
    assert (world.person.village_id, world.person.hamlet) == (world.village.pk, "埔埕")
    assert world.person.assignee == world.visitor
    open_, closed = DueItem.objects.filter(person=world.person).order_by("-period_start")
    assert (open_.village_id, open_.assignee) == (world.village.pk, world.visitor)
    assert (closed.village_id, closed.assignee) == (world.cast.village.pk, world.cast.visitor)
    assert not Grant.objects.filter(ended_at=None)
    for user in (world.cast.township_clerk, world.cast.visitor, world.cast.village_head):
        assert not sees(user, world.person)
    assert sees(world.visitor, world.person)
    assert sees(world.clerk, world.person)


@pytest.mark.django_db
def test_without_a_name_the_visitor_of_the_place_is_taken(world: World) -> None:
    Area.objects.create(
        county_id=world.village.county_id, township_id=world.village.township_id, village_id=world.village.pk,
        hamlet="埔埕", visitor=world.second, starts_on=date(2026, 1, 1), made_by=world.clerk, made_at=AT,
    )  # fmt: skip
    row = world.offer()
    transferring.accept_transfer(
        transition_id=row.pk, village_id=world.village.pk, hamlet="埔埕", by=world.clerk, at=AT
    )
    world.person.refresh_from_db()
    assert world.person.assignee == world.second


@pytest.mark.django_db
def test_after_ten_days_the_county_of_the_sender_sees_it_and_it_can_still_be_taken(world: World) -> None:
    row = world.offer()
    county = world.cast.county_officer
    assert counts(county, TODAY)["waiting"] == 0
    after = row.answer_by + timedelta(days=1)
    world.on(after)
    assert overdue(row, after)
    assert counts(county, after)["waiting"] == 1
    assert entrusting.expire(on=after, at=AT) == 0
    transferring.accept_transfer(transition_id=row.pk, village_id=world.village.pk, by=world.clerk, at=AT)


@pytest.mark.django_db
def test_outside_the_city_a_transfer_is_a_move_away_with_a_letter(world: World) -> None:
    row = world.offer(to_township_id=None, to_outside="厦门市湖里区江头街道")
    world.person.refresh_from_db()
    assert (row.state, world.person.status, world.person.left_on) == ("done", "departed", TODAY)
    assert row.number in world.person.left_reason


@pytest.mark.django_db
def test_the_database_refuses_what_the_services_never_write(world: World) -> None:
    row = world.ask()
    for wrong in (
        {"to_township": world.cast.township}, {"to_outside": "厦门"}, {"ends_on": TODAY - timedelta(days=1)},
        {"state": "ended"}, {"state": "accepted", "kind": "transfer"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Transition.objects.filter(pk=row.pk).update(**wrong)


# ── two files of one person ──────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_merge_carries_entrustment_and_absences_and_an_undo_gives_them_back(world: World) -> None:
    row = world.accept(world.ask())
    kept = make_person(world.cast, assignee=world.cast.village_head)
    away = Absence.objects.create(
        person=world.person, kind="away", starts_on=TODAY, noted_by=world.visitor, noted_at=AT
    )
    done = merge(
        kept_id=kept.pk,
        merged_id=world.person.pk,
        take=[],
        reason="同一个人",
        by=world.cast.township_clerk,
        at=AT,
    )
    for one in (row, away, kept):
        one.refresh_from_db()
    assert row.person == away.person == kept
    assert (kept.assignee, kept.entrusted_to) == (world.visitor, world.cast.other_township)
    assert row.assignee_before == world.cast.village_head
    assert sees(world.visitor, kept)
    unmerge(merge_id=done.pk, by=world.cast.township_clerk, at=AT)
    for one in (row, away, kept, world.person):
        one.refresh_from_db()
    assert row.person == away.person == world.person
    assert row.assignee_before == world.cast.visitor
    assert (kept.assignee, kept.entrusted_to) == (world.cast.village_head, None)
    assert (world.person.assignee, world.person.entrusted_to) == (world.visitor, world.cast.other_township)
    assert sees(world.visitor, world.person)
    assert not sees(world.visitor, kept)


@pytest.mark.django_db
def test_two_files_with_something_under_way_each_are_not_merged(world: World) -> None:
    world.ask()
    other = make_person(world.cast, phone="13800004472")
    world.ask(other)
    with pytest.raises(CannotChange, match="都有一次委托或移交"):
        merge(
            kept_id=other.pk, merged_id=world.person.pk, take=[], reason="同一个人",
            by=world.cast.township_clerk, at=AT,
        )  # fmt: skip


# ── two at the same moment ───────────────────────────────────────────────────────────────────────


def both(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    gate, got = threading.Barrier(2), []

    def work(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            got.append(call())
        except CannotChange as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(call,)) for call in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 2
    return got


def test_accept_and_withdraw_at_once_have_one_winner(committed: None, time_machine: Any) -> None:
    time_machine.move_to(AT, tick=False)
    world = World(make_cast())
    row = world.ask()
    got = both(
        lambda: world.accept(row),
        lambda: entrusting.withdraw(transition_id=row.pk, reason="", by=world.cast.township_clerk, at=AT),
    )
    assert sum(isinstance(one, CannotChange) for one in got) == 1
    row.refresh_from_db()
    person = Person.objects.get(pk=world.person.pk)
    assert (person.entrusted_to_id is not None) == (row.state == "accepted") == Grant.objects.exists()


def test_two_accepts_at_once_name_one_visitor(committed: None, time_machine: Any) -> None:
    time_machine.move_to(AT, tick=False)
    world = World(make_cast())
    row = world.ask()
    got = both(lambda: world.accept(row), lambda: world.accept(row, world.second))
    assert sum(isinstance(one, CannotChange) for one in got) == 1
    assert (
        Grant.objects.filter(ended_at=None).get().to_id == Person.objects.get(pk=world.person.pk).assignee_id
    )


def test_accept_and_a_death_at_once_leave_nothing_open(committed: None, time_machine: Any) -> None:
    time_machine.move_to(AT, tick=False)
    world = World(make_cast())
    row = world.ask()
    both(
        lambda: world.accept(row),
        lambda: mark_left(
            person_id=world.person.pk, status="dead", on=TODAY, by=world.cast.township_clerk, at=AT
        ),
    )
    row.refresh_from_db()
    assert row.state in ("withdrawn", "ended")
    assert not Grant.objects.filter(ended_at=None).exists()


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_pages_from_the_question_to_the_end(world: World) -> None:
    ours, theirs = signed_in(world.cast.township_clerk), signed_in(world.clerk)
    new = reverse("visits_roster:entrust", args=[world.person.uuid])
    name = Region.objects.get(pk=world.cast.other_township.pk).name
    data = {
        "to_township": f"永泰县{name}",
        "address": "埔埕1号",
        "reason": "随儿子住",
        "ends_on": "2027-05-01",
    }
    assert ours.get(new).status_code == 200
    blank = ours.get(new).content.decode()
    assert f'<option value="永泰县{name}"></option>' in blank
    assert "永泰县嵩口镇" not in blank.partition("<datalist")[2]
    assert blank.count("这两栏填一栏") == 2
    empty = ours.post(new, {"reason": ""})
    assert list(empty.context["form"].errors) == ["address", "reason", "ends_on", "to_township"]
    assert ours.post(new, data | {"to_outside": "厦门市湖里区"}).context["form"].errors.keys() == {
        "to_township"
    }
    wrong = ours.post(new, data | {"to_township": "没有这个镇"})
    assert wrong.status_code == 422
    assert len(wrong.context["form"].errors["to_township"]) == 1
    assert ours.post(new, data | {"ends_on": ""}).status_code == 422
    page = ours.post(new, data).url
    row = Transition.objects.get()
    assert page == reverse("visits_roster:transition", args=[row.uuid])
    again = ours.get(new).content.decode()
    assert "已经有一次在办" in again
    assert "to_township" not in again
    assert "1份等您答复" in theirs.get("/").content.decode()
    assert "11月27日 周五 24:00前" in theirs.get(page).content.decode()
    letter = theirs.get(f"{page}/letter").content.decode()
    assert "嵩口委〔2026〕1号" in letter
    assert f'href="{page}/letter?pdf=1">下载PDF' in letter
    paper = theirs.get(f"{page}/letter?pdf=1")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert theirs.post(f"{page}/accept", {"visitor": ""}).status_code == 422
    assert theirs.post(f"{page}/decline", {"reason": ""}).status_code == 422
    assert theirs.post(f"{page}/accept", {"visitor": world.visitor.pk}).status_code == 302
    file = reverse("visits_desk:person", args=[world.person.uuid])
    assert "委托" in signed_in(world.visitor).get(file).content.decode()
    assert theirs.get(file).status_code == 200
    assert "办不了" in ours.post(f"{page}/withdraw", {"reason": "x"}, follow=True).content.decode()
    assert ours.post(f"{page}/end", {"reason": "人回来了"}).status_code == 302
    assert theirs.get(file).status_code == 404
    assert theirs.get(page).status_code == 200
    for user in (world.cast.township_head, world.cast.county_officer):
        assert signed_in(user).get(reverse("visits_roster:transitions")).status_code == 200


@pytest.mark.django_db
def test_a_transfer_on_the_pages(world: World) -> None:
    ours, theirs = signed_in(world.cast.township_clerk), signed_in(world.clerk)
    name = world.cast.other_township.name
    data = {"to_township": f"永泰县{name}", "address": "埔埕1号", "reason": "户口迁过去了"}
    page = ours.post(reverse("visits_roster:transfer", args=[world.person.uuid]), data).url
    assert theirs.post(f"{page}/receive", {"village": ""}).status_code == 422
    done = theirs.post(f"{page}/receive", {"village": world.village.pk, "hamlet": "埔埕", "visitor": ""})
    assert done.status_code == 302
    assert ours.get(reverse("visits_desk:person", args=[world.person.uuid])).status_code == 404
    assert ours.get(page).status_code == 200


@pytest.mark.django_db
def test_ten_and_twenty_rows_cost_the_same(world: World) -> None:
    from django.test.utils import CaptureQueriesContext

    client, found = signed_in(world.clerk), []
    url = f"{reverse('visits_roster:transitions')}?part=in"
    client.get(url)
    for _ in range(2):
        for _ in range(8):
            world.accept(world.ask(make_person(world.cast, phone="13800004473")))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        found.append(len(caught))
    assert found[0] == found[1]
