"""问题台账 and 救助方案 of the demo: findings in every state and plans in every state, through the services."""

import uuid
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from accounts.roles import Role
from visits.followup import services
from visits.followup.models import Finding, Plan
from visits.followup.planning import need_of
from visits.followup.selectors import plans as planned
from visits.management.demo.history import at_evening, on_duty
from visits.management.demo.staff import Staff
from visits.records.assessment import all_good, load, season
from visits.records.items import AREAS
from visits.records.models import FormVersion
from visits.records.selectors.visiting import is_minor, last_visit
from visits.records.services import CannotVisit, submit
from visits.roster.models import Person

# What is done about an item: measure, who does it, how it ended.
DONE: dict[str, tuple[str, str, str]] = {
    "indoor": ("请瓦工翻西屋的瓦", "村委会 林师傅", "瓦换了，下雨看过不漏了"),
    "illness": ("陪去县医院复诊、把药配齐", "村医 张医生", "药配齐了，教会按盒吃"),
    "income": ("报民政办看能不能临时救助", "民政办", "办了临时救助"),
    "electricity": ("换线、装漏保", "供电所 陈师傅", "厨房的线换了，装了漏保"),
    "gas": ("换软管、装报警器", "燃气公司", "软管换了，报警器装好试过"),
    "mood": ("每周去坐坐，请社工来一次", "社工站 小王", "话多起来了，肯出门了"),
}
USUAL = ("村里想办法解决", "村委会", "办好了")
# Of this week, so that every state can be seen: what is seen, and what is needed.
THIS_WEEK: tuple[tuple[dict[str, int], str, list[str]], ...] = (
    ({"electricity": 2}, "厨房的线裸着，插座发黑", ["safety"]),
    ({"gas": 2}, "煤气瓶放在睡觉的屋里", []),
    ({"mood": 2}, "老伴走了以后常常一个人哭", ["company"]),
    ({"illness": 2, "mobility": 1}, "摔了一跤，药断了三天", ["medicine", "care"]),
    ({}, "", ["meals"]),
)


def play(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """This week's visits, then what offices did about everything that visits had found."""
    _this_week(staff, people, today)
    rows = (
        Finding.objects.filter(state=Finding.State.OPEN).select_related("person").order_by("found_on", "pk")
    )
    for number, row in enumerate(rows):
        _settle(staff, row, today, number)
    _plans(staff, today)
    _standard(staff, today)


def _this_week(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    village = staff.villages[0]
    ids = {person.pk for person in people[village.region.pk]}
    rows = Person.objects.on_roster().filter(pk__in=ids, village_id=village.region.pk).order_by("pk")
    found = [person for person in rows.select_related("assignee") if person.assignee is not None]
    for (values, note, needs), person in zip(THIS_WEEK, reversed(found), strict=False):
        day = today - timedelta(days=1)
        last = last_visit(person.pk, today)
        assert person.assignee is not None
        if last is not None and last.visited_on >= day:
            continue
        body = _body(person, day, values, note) | {"needs": needs}
        by = on_duty(person.assignee, day)
        try:
            submit(person_id=person.pk, by=by, at=at_evening(day), key=uuid.uuid4(), body=body)
        except CannotVisit:
            continue


def _body(person: Person, day: date, values: dict[str, int], note: str) -> dict[str, Any]:
    form = load(FormVersion.live(day).definition)
    answers = dict.fromkeys(AREAS["safety"], 0)
    for area in AREAS:
        if area != "safety":
            answers |= all_good(form, area)
    if is_minor(person, day):
        answers |= {item.code: 0 for item in form.minor}
    body: dict[str, Any] = {
        "visited_on": day, "part_of_day": "pm", "mode": "home", "met": "self", "values": answers | values,
        "notes": {next(iter(values)): note} if values else {}, "phrases": ["stove"], "remark": "" if values else "想有人送饭。",
    }  # fmt: skip
    running = season(day)
    if running == "flood":
        body["season"] = {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}}
    elif running == "winter":
        body["season"] = {"code": "winter", "answers": {"warmth": 0, "heating": [20]}}
    if person.memberships.filter(group_id="tekun").exists():
        body["self_care"] = {code: True for code, _ in form.self_care}
    return body


def _settle(staff: Staff, row: Finding, today: date, number: int) -> None:
    """The older, the further: settled, overdue, under way, and the newest without a word."""
    age = (today - row.last_seen_on).days
    if age < 3 and number % 3 == 0:
        return
    measure, who, end = DONE.get(row.code, USUAL)
    said = row.last_seen_on + timedelta(days=2)
    if said > today:
        return
    clerk = staff.clerks.get(row.person.township_id)
    if clerk is None:
        return
    late = number % 7 == 3
    due = said + timedelta(days=5 if late else 14)
    services.set_measure(
        finding_ids=[row.pk], measure=measure, owner_id=None, owner_words=who, due_on=due,
        by=on_duty(clerk, said), at=at_evening(said),
    )  # fmt: skip
    done = said + timedelta(days=8)
    if not late and done <= today and number % 9 != 5:
        services.close(finding_id=row.pk, note=end, on=done, by=on_duty(clerk, done), at=at_evening(done))


def _plans(staff: Staff, today: date) -> None:
    """A plan for whoever has something open that is under way, some with a second version, one to be looked at."""
    rows = Finding.objects.filter(state=Finding.State.OPEN).exclude(measure="").select_related("person")
    for number, row in enumerate(rows.order_by("pk")):
        clerk = staff.clerks.get(row.person.township_id)
        if clerk is None or Plan.objects.filter(person=row.person).exists():
            continue
        day = (
            max(row.last_seen_on, today - timedelta(days=200))
            if number % 4 == 0
            else today - timedelta(days=9)
        )
        _plan(on_duty(clerk, day), row, day, today, number)


def _plan(clerk: User, row: Finding, day: date, today: date, number: int) -> None:
    need = need_of(row.code)
    measures = (
        services.Measure(
            need, row.measure, row.owner_words.split(" ")[0] or "村委会", "林主任", day + timedelta(days=20)
        ),
        services.Measure("company", "每周上门坐一坐", "村委会", "邻里互助员", day + timedelta(days=90)),
    )
    draft = services.Draft(
        degree=("heavy", "common", "grave")[number % 3],
        needs=[need],
        review_on=day + timedelta(days=180),
        measures=measures[: 1 + number % 2],
        note="家人都在外地，有事先打侄女的电话。" if number % 2 else "",
        told="self" if number % 3 else "",
        told_on=day if number % 3 else None,
    )
    plan = services.make(person_id=row.person_id, draft=draft, by=clerk, at=at_evening(day))
    if number % 3 == 1:
        done = min(day + timedelta(days=5), today)
        first = plan.measures.first()
        assert first is not None
        services.finish(
            measure_id=first.pk,
            done_on=done,
            result="办好了，本人满意",
            by=on_duty(clerk, done),
            at=at_evening(done),
        )


def _standard(staff: Staff, today: date) -> None:
    """Every second village has been gone through."""
    for village in staff.villages[::2]:
        clerk = on_duty(staff.clerks[village.region.township_id], today)
        if Role.TOWNSHIP_CLERK not in clerk.duty.roles:  # type: ignore[attr-defined]
            continue
        ids = list(planned.standard_people(clerk, village.region.pk).values_list("pk", flat=True))
        if ids:
            services.confirm_standard(
                village_id=village.region.pk,
                person_ids=ids,
                by=clerk,
                at=at_evening(today - timedelta(days=1)),
            )
