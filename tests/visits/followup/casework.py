"""A case at each of its steps, through the services."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.scoping import duty_of
from tests.cast import Cast, make_person
from visits.followup import services
from visits.followup.models import Case, ChangeReport
from visits.followup.services import cases, hearing
from visits.followup.services.cases import Measure, Proposal
from visits.roster.models import Household, Person

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)


def at(day: date = DAY, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def somebody(cast: Cast, **values: Any) -> Person:
    """On file for years, so that a change may have been heard of on any day."""
    person = make_person(cast, **values)
    Person.objects.filter(pk=person.pk).update(created_at=at(date(2020, 1, 1)))
    person.refresh_from_db()
    return person


def family(cast: Cast, *names: str) -> list[Person]:
    home = Household.objects.create(
        head_name=names[0], county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk
    )
    return [somebody(cast, name=name, household=home) for name in names]


def on_duty(user: User, day: date) -> User:
    duty_of(user, day)
    return user


def told(
    cast: Cast, person: Person | None = None, *, on: date = DAY, by: User | None = None, urgent: bool = False,
    income: str = "工地摔伤，三个月没有工钱", when: datetime | None = None,
) -> ChangeReport:  # fmt: skip
    """Somebody called the township about it."""
    return hearing.note_told(
        person_id=(person or somebody(cast)).pk, key=uuid.uuid4(), source="call",
        changes=[hearing.Change("income", "打零工，月约3200元", income)], found_on=on, urgent=urgent,
        by=on_duty(by or cast.township_clerk, on), at=when or at(on),
    )  # fmt: skip


def filed(cast: Cast, person: Person | None = None, *, on: date = DAY, **more: Any) -> Case:
    report = told(cast, person, on=on, **more)
    made = services.file(change_id=report.pk, by=on_duty(cast.township_clerk, on), at=at(on, 16, 40))
    assert made.case is not None
    return made.case


def measure(day: date = DAY, **values: Any) -> Measure:
    return Measure(
        **{"kind": "money", "words": "临时救助", "unit": "嵩口镇民政办", "who": "郑晓琳", "due_on": day + timedelta(days=6),
           "fen": 600000} | values
    )  # fmt: skip


def proposed(
    cast: Cast, case: Case | None = None, *, on: date = DAY, answer: str = "plan", **more: Any
) -> Case:
    case = case or filed(cast, on=on)
    plan = {"measures": (measure(on),)} if answer == "plan" else {"reason": "收入没有超过标准"}
    return cases.propose(
        case_id=case.pk, proposal=Proposal(answer=answer, **plan | more), by=on_duty(cast.county_officer, on), at=at(on, 17)
    )  # fmt: skip


def approved(cast: Cast, case: Case | None = None, *, on: date = DAY, **more: Any) -> Case:
    case = case if case is not None and case.state == "proposed" else proposed(cast, case, on=on, **more)
    settled = cases.approve(
        seen={case.pk: cases.stamp(case)}, by=on_duty(cast.county_head, on), at=at(on, 18)
    )
    assert settled.left == []
    case.refresh_from_db()
    return case
