"""A small lived-in world on top of the cast: people who are due, visited, tried in vain, changed, signed for."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.scoping import duty_of
from tests.cast import Cast, make_person
from visits.records.assessment import all_good, load, season
from visits.records.items import AREAS
from visits.records.models import FormVersion, Visit
from visits.records.selectors.visiting import is_minor
from visits.records.services import attempt, submit
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter

SHANGHAI = ZoneInfo("Asia/Shanghai")


def evening(day: date) -> datetime:
    return datetime.combine(day, time(20, 0), SHANGHAI)


def good_values(person: Person, day: date) -> dict[str, int]:
    """Answers in which nothing is wrong."""
    form = load(FormVersion.live(day).definition)
    values = {code: 0 for code in AREAS["safety"]}
    for area in AREAS:
        if area != "safety":
            values |= all_good(form, area)
    if is_minor(person, day):
        values |= {item.code: 0 for item in form.minor}
    return values


def visit(person: Person, by: User, day: date, *, values: dict[str, int] | None = None, **more: Any) -> Visit:
    """A home visit through the service, with nothing wrong but what `values` say."""
    body: dict[str, Any] = {
        "visited_on": day,
        "part_of_day": "am",
        "mode": "home",
        "met": "self",
        "values": good_values(person, day) | (values or {}),
        "notes": {},
        "phrases": ["stove"],
        "remark": "",
    }
    running = season(day)
    if running == "flood":
        body["season"] = {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}}
    elif running == "winter":
        body["season"] = {"code": "winter", "answers": {"warmth": 0, "heating": [0]}}
    if person.memberships.filter(group_id="tekun").exists():
        form = load(FormVersion.live(day).definition)
        body["self_care"] = {code: True for code, _ in form.self_care}
    duty_of(by, day)
    made, _ = submit(person_id=person.pk, by=by, at=evening(day), key=uuid.uuid4(), body=body | more)
    duty_of(by, day)
    return made


def fill(cast: Cast, today: date) -> dict[str, Person]:
    """Seven people in our village: names say what happened to them. Visits lie in the present quarter, or on
    its first day."""
    quarter = Quarter.containing(today)
    day = max(quarter.start, today - timedelta(days=9))
    common = {
        "hamlet": "祠堂边",
        "phone": "13800004471",
        "find_me": "祠堂后第二家，红木门",
        "mind": "耳背，站右边说",
    }
    people = {
        "due": make_person(cast, name="林依妹", groups=("tekun",), **common),
        "old": make_person(cast, name="黄玉钗", groups=("old_alone",), birth=date(1938, 2, 3), **common),
        "child": make_person(cast, name="张雨欣", groups=("left_behind",), birth=date(today.year - 9, 2, 3)),
        "seen": make_person(cast, name="陈依金", sex="M", birth=date(1955, 1, 9), **common),
        "changed": make_person(cast, name="张志坚", sex="M", birth=date(1968, 4, 1), hamlet="上洋"),
        "tried": make_person(cast, name="郑水清", sex="M", birth=date(1966, 8, 1), hamlet="后溪"),
        "nobody": make_person(cast, name="余细根", sex="M", birth=date(1950, 8, 1), hamlet="后溪"),
    }
    Person.objects.filter(pk=people["nobody"].pk).update(assignee=None)
    Person.objects.update(created_at=evening(today - timedelta(days=400)))
    for person in people.values():
        person.refresh_from_db()
    schedule.generate(on=today)
    visit(people["seen"], cast.visitor, day)
    visit(
        people["changed"], cast.visitor, day, values={"income": 2}, notes={"income": "工地摔伤，三个月没有工钱"},
        report=True,
    )  # fmt: skip
    duty_of(cast.visitor, day)
    attempt(
        person_id=people["tried"].pk, by=cast.visitor, at=evening(day), key=uuid.uuid4(),
        body={"tried_on": day, "part_of_day": "am", "mode": "home", "outcome": "not_home", "note": "",
              "next_on": day + timedelta(days=3)},
    )  # fmt: skip
    cast.refresh(today)
    return people
