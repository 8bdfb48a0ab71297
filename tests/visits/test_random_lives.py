"""People walk through half a year at random: they join and leave classes, move, are entrusted, lie in hospital, sit in
prison, die and come back, under rules that change and rounds that come between. Every few days every count is
compared with a plain recount."""

import datetime as dt
import random
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.roles import Role
from tests.cast import Cast, make_person, make_user
from tests.visits.desk.test_figures import recount as recounted
from tests.world import evening, visit
from visits.core.models import UnitSetting
from visits.desk import scope
from visits.desk import selectors as figures
from visits.desk.selectors import MEASURES
from visits.records.services import CannotVisit
from visits.roster.models import Absence, Membership, Person, Transition
from visits.roster.services import CannotChange, mark_left, undo_left
from visits.roster.services.absences import end_absence, note_absence
from visits.roster.services.entrusting import accept, end, entrust
from visits.roster.services.memberships import end_membership
from visits.roster.services.transferring import accept_transfer, transfer
from visits.schedule import lives, selectors, selfcheck, services
from visits.schedule.due import state_of
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.periods import HalfYear, Quarter
from visits.schedule.rounds import services as rounds
from visits.schedule.rounds.services import Plan

pytestmark = pytest.mark.django_db
START = dt.date(2026, 7, 3)
PERIODS = (Quarter(2026, 3), Quarter(2026, 4), HalfYear(2026, 2))
GROUPS = ("dibao", "tekun", "old_alone", "sudden")
REFUSED = (CannotChange, CannotVisit)


class Lives:
    """A village of people and whatever may happen to one of them on a day."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.dice = cast, random.Random(seed)
        self.day = START
        there = cast.other_township
        self.there_clerk = make_user("那边经办", "13800000301", Role.TOWNSHIP_CLERK, there)
        self.there_visitor = make_user("那边巡访", "13800000302", Role.VISITOR, there)
        self.others = (self.there_clerk, self.there_visitor)
        self.people = [
            make_person(
                cast, name=f"林{number}", birth=dt.date(1940, 1, 1 + number), groups=(GROUPS[number % 4],),
                hamlet=("上洋", "下厝")[number % 2], phone=f"1390000{number:04d}", residence="上洋12号",
                created_at=evening(dt.date(2026, 5, 1)),
            )
            for number in range(7)
        ]  # fmt: skip
        self.happened: Counter[str] = Counter()

    def on(self, day: dt.date) -> None:
        from accounts.scoping import duty_of

        self.day = day
        self.cast.refresh(day)
        for user in self.others:
            duty_of(user, day)

    def step(self) -> None:
        """Something happens to somebody; what the house refuses did not happen."""
        event: Callable[[Person], None] = self.dice.choice(
            [self.visited, self.visited, self.joins, self.leaves_class, self.away, self.back, self.entrusted, self.ended,
             self.moves, self.dies, self.lives_after_all, self.rule, self.round, self.soon]
        )  # fmt: skip
        person = Person.objects.get(pk=self.dice.choice(self.people).pk)
        try:
            event(person)
        except REFUSED:
            return
        self.happened[event.__name__] += 1

    def _clerk(self, person: Person) -> User:
        return (
            self.there_clerk
            if person.township_id == self.cast.other_township.pk
            else self.cast.township_clerk
        )

    def visited(self, person: Person) -> None:
        who = User.objects.get(pk=person.assignee_id)
        visit(person, who, self.day - dt.timedelta(days=self.dice.randrange(3)))

    def joins(self, person: Person) -> None:
        group = self.dice.choice(GROUPS)
        if not person.memberships.filter(group_id=group, ends_on=None, voided_at=None).exists():
            start = self.day - dt.timedelta(days=self.dice.randrange(40))
            Membership.objects.filter(person=person, group_id=group, ends_on__gte=start).update(
                ends_on=start - dt.timedelta(days=1), starts_on=dt.date(2020, 1, 1)
            )
            Membership.objects.create(person=person, group_id=group, starts_on=start)
            services.refresh(person_ids=[person.pk], on=self.day)

    def leaves_class(self, person: Person) -> None:
        row = person.memberships.filter(ends_on=None, voided_at=None).first()
        if row is not None:
            end_membership(
                membership_id=row.pk, ends_on=max(self.day - dt.timedelta(days=self.dice.randrange(20)), row.starts_on),
                reason="停发", by=self._clerk(person), at=evening(self.day),
            )  # fmt: skip

    def away(self, person: Person) -> None:
        kind = self.dice.choice(["hospital", "away", "prison", "missing"])
        note_absence(
            person_id=person.pk, kind=kind, starts_on=self.day - dt.timedelta(days=self.dice.randrange(10)), place="那里",
            document_no="〔2026〕1号", review_on=self.day + dt.timedelta(days=60), by=self._clerk(person),
            at=evening(self.day),
        )  # fmt: skip

    def back(self, person: Person) -> None:
        row = Absence.objects.filter(person=person, ends_on=None, voided_at=None).first()
        if row is not None:
            on = max(row.starts_on, self.day - dt.timedelta(days=self.dice.randrange(3)))
            end_absence(absence_id=row.pk, on=on, by=self._clerk(person), at=evening(self.day))

    def entrusted(self, person: Person) -> None:
        if person.township_id != self.cast.township.pk:
            return
        row = entrust(
            person_id=person.pk, to_township_id=self.cast.other_township.pk, to_outside="", address="那边路1号",
            phone="13900000000", reason="随儿子住", asks="", ends_on=self.day + dt.timedelta(days=90),
            by=self.cast.township_clerk, at=evening(self.day),
        )  # fmt: skip
        accept(
            transition_id=row.pk, visitor_id=self.there_visitor.pk, by=self.there_clerk, at=evening(self.day)
        )

    def ended(self, person: Person) -> None:
        row = Transition.objects.filter(person=person, state="accepted").first()
        if row is not None:
            end(transition_id=row.pk, reason="回来了", by=self.cast.township_clerk, at=evening(self.day))

    def moves(self, person: Person) -> None:
        if person.township_id != self.cast.township.pk:
            return
        row = transfer(
            person_id=person.pk, to_township_id=self.cast.other_township.pk, to_outside="", address="那边路1号",
            phone="13900000000", reason="户口迁了", by=self.cast.township_clerk, at=evening(self.day),
        )  # fmt: skip
        village = self.cast.other_township.children.filter(level=4).first()
        accept_transfer(
            transition_id=row.pk, village_id=village.pk, visitor_id=self.there_visitor.pk, by=self.there_clerk,
            at=evening(self.day),
        )  # fmt: skip

    def dies(self, person: Person) -> None:
        mark_left(
            person_id=person.pk, status="dead", on=self.day - dt.timedelta(days=self.dice.randrange(5)), reason="村里报的",
            confirmed=("seen_after",), by=self._clerk(person), at=evening(self.day),
        )  # fmt: skip

    def lives_after_all(self, person: Person) -> None:
        undo_left(person_id=person.pk, by=self._clerk(person), at=evening(self.day))

    def rule(self, person: Person) -> None:
        if FrequencyRule.objects.filter(region=self.cast.county).count() >= 2:
            return
        FrequencyRule.objects.create(
            region=self.cast.county, tier=self.dice.choice(["key", "general"]), kind=self.dice.choice(["month", "quarter"]),
            modes=["home", "phone"], min_home=self.dice.randrange(2), sentence="县里的", clause="县", position=9,
            starts_on=self.day - dt.timedelta(days=self.dice.randrange(20)),
        )  # fmt: skip
        services.generate(on=self.day)

    def soon(self, person: Person) -> None:
        """The county thinks anew of what is soon: from today on."""
        rows = UnitSetting.objects.filter(region=self.cast.county)
        if rows.filter(starts_on=self.day).exists():
            return
        rows.filter(ends_on=None).update(ends_on=self.day - dt.timedelta(days=1))
        days = self.dice.randint(1, 30)
        UnitSetting.objects.create(region=self.cast.county, key="soon_days", value=days, starts_on=self.day)

    def round(self, person: Person) -> None:
        if rounds.Round.objects.count() < 3:
            until = self.day + dt.timedelta(days=2)
            plan = Plan("typhoon", "台风专项巡访", self.day, until, ("home", "phone"), "", ("all",))
            rounds.make(
                key=uuid.UUID(int=self.dice.getrandbits(128)), plan=plan, unit_id=self.cast.township.pk,
                by=self.cast.township_clerk, at=evening(self.day),
            )  # fmt: skip


def to_visit(township_id: int, day: dt.date) -> Counter[str]:
    """People whom the township is to visit by the state of their most urgent item, from all rows in plain Python."""
    found: dict[int, DueItem] = {}
    for row in DueItem.objects.select_related("person").order_by("due_on", "pk"):
        person = row.person
        if township_id not in (person.township_id, person.entrusted_to_id):
            continue
        if (
            row.stored
            or row.done_on
            or row.made_up_on
            or row.opens_on > day
            or person.left_on
            or person.merged_into_id
        ):
            continue
        absent = person.absences.filter(voided_at=None)
        if any(one.suspends and _holds(one.starts_on, one.ends_on, day) for one in absent):
            continue
        member = any(_holds(m.starts_on, m.ends_on, day) for m in person.memberships.filter(voided_at=None))
        if row.closes_on < day and (row.cause == "round" or not member):
            continue
        found.setdefault(person.pk, row)
    states: Counter[str] = Counter()
    decided = {
        row.region_id: row.value for row in UnitSetting.objects.filter(key="soon_days").order_by("starts_on")
    }
    for row in found.values():
        state = state_of(
            due_on=row.due_on, closes_on=row.closes_on, opens_on=row.opens_on, done_on=None, made_up_on=None, stored="",
            today=day, soon_days=decided.get(row.person.county_id, 7),
        )  # fmt: skip
        states["late" if state == "missed" else state] += 1
    return states


def _holds(start: dt.date, until: dt.date | None, day: dt.date) -> bool:
    return start <= day and (until is None or until >= day)


def check(world: Lives) -> None:
    """What is owed, who is to be visited, what the overview says: all as a plain recount has it."""
    cast, day = world.cast, world.day
    ids = [person.pk for person in world.people]
    assert selfcheck.differing(ids, on=day, book=lives.Rulebook()) == []
    for clerk, unit in ((cast.township_clerk, cast.township), (world.there_clerk, cast.other_township)):
        shown = selectors.state_counts(clerk, day)
        assert {key: n for key, n in shown.items() if n} == dict(to_visit(unit.pk, day)), (unit.name, day)
        assert len(selectors.due_people(clerk, day)) == sum(shown.values())
    for period in PERIODS:
        for region in (cast.city, cast.county, cast.township, cast.other_township):
            units = scope.units_of(region)
            said, plain = figures.figures(units, period, day), recounted(units, period, day)
            for code in MEASURES:
                assert said.of(code) == len(plain[code]), (code, region.name, period.key, day)


@pytest.mark.parametrize("seed", range(2))
def test_every_count_stays_a_plain_recount_through_random_lives(cast: Cast, seed: int) -> None:
    world = Lives(cast, seed)
    world.on(START)
    services.generate(on=START)
    while world.day < dt.date(2026, 11, 20):
        world.on(world.day + dt.timedelta(days=world.dice.randint(4, 16)))
        for _ in range(world.dice.randint(1, 4)):
            world.step()
        services.generate(on=world.day)
        check(world)
    assert len(world.happened) >= 5
