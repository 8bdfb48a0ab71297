"""A case says who went to see whether aid has helped: once, whichever way the visit came in, and no longer when it is
taken back."""

import random
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from accounts.models import Region
from accounts.roles import Role
from tests.cast import Cast, make_cast, make_user
from tests.visits.followup.casework import approved, at, family, filed, on_duty, somebody
from tests.visits.roster.test_races import both
from tests.world import good_values, visit
from visits.followup.models import Case, CaseStep
from visits.followup.services import cases, measures
from visits.records import services as records
from visits.records.models import OfflineVisit, Visit
from visits.records.services import offline
from visits.records.services.fulfilling import catch_up
from visits.records.services.household import submit_household
from visits.records.services.typing import type_visit
from visits.roster.models import Person
from visits.roster.services import entrusting
from visits.schedule.models import DueItem

OPENS, CLOSES = date(2026, 11, 30), date(2027, 1, 23)
ON = date(2026, 12, 2)
WINTER = {"season": {"code": "winter", "answers": {"warmth": 0, "heating": [0]}}}


def lines(case: Case) -> list[str]:
    return list(case.steps.filter(kind=CaseStep.Kind.REVISITED).values_list("words", flat=True))


def whole(person: Person, day: date, **more: Any) -> dict[str, Any]:
    return {
        "visited_on": day, "part_of_day": "am", "mode": "home", "met": "self", "values": good_values(person, day),
        "notes": {}, "phrases": ["stove"], "remark": "", **WINTER,
    } | more  # fmt: skip


def on_the_form(cast: Cast, person: Person) -> Visit:
    return visit(person, cast.visitor, ON)


def with_the_household(cast: Cast, person: Person) -> Visit:
    by = on_duty(cast.visitor, ON)
    submit_household(by=by, at=at(ON, 20), key=uuid.uuid4(), bodies={person.pk: whole(person, ON)})
    return Visit.objects.get(person=person)


def typed_from_paper(cast: Cast, person: Person) -> Visit:
    by, later = on_duty(cast.township_clerk, ON + timedelta(days=9)), at(ON + timedelta(days=9))
    body = whole(person, ON, visitor_id=cast.visitor.pk)
    return type_visit(person_id=person.pk, by=by, at=later, key=uuid.uuid4(), body=body)


def by_the_entrusted(cast: Cast, person: Person) -> Visit:
    there = cast.other_township
    clerk = on_duty(make_user("那边经办", "13800000601", Role.TOWNSHIP_CLERK, there), ON)
    village = Region.objects.filter(level=4, parent=there).earliest("position")
    other = on_duty(make_user("那边巡访", "13800000603", Role.VISITOR, village), ON)
    row = entrusting.entrust(
        person_id=person.pk, to_township_id=there.pk, to_outside="", address="大洋镇埔埕村1号", phone="13800004471",
        reason="随儿子长住", asks="每季度上门一次", ends_on=ON + timedelta(days=200),
        by=on_duty(cast.township_clerk, ON), at=at(ON, 8),
    )  # fmt: skip
    entrusting.accept(transition_id=row.pk, visitor_id=other.pk, by=clerk, at=at(ON, 9))
    person.refresh_from_db()
    return visit(person, other, ON)


def made_elsewhere(cast: Cast, person: Person, on: date = ON) -> OfflineVisit:
    later = max(ON + timedelta(days=9), on)
    entry = offline.Entry(person_id=person.pk, visited_on=on, mode="home", met="self", visitor_name="林建国")
    kind = OfflineVisit.Kind.OTHER_PROGRAMME
    offline.register(
        township_id=cast.township.pk, kind=kind, programme="防返贫监测", entries=[entry], at=at(later),
        by=on_duty(cast.township_clerk, later),
    )  # fmt: skip
    return OfflineVisit.objects.get(person=person, visited_on=on, voided_at=None)


WAYS: list[Callable[[Cast, Person], Visit | OfflineVisit]] = [
    on_the_form, with_the_household, typed_from_paper, by_the_entrusted, made_elsewhere,
]  # fmt: skip


def take_back(cast: Cast, made: Visit | OfflineVisit, on: date = ON + timedelta(days=9)) -> None:
    by = on_duty(cast.township_clerk, on)
    if isinstance(made, Visit):
        records.void(visit_id=made.pk, reason="记错人", by=by, at=at(on, 21))
    else:
        offline.void(ids=[made.pk], reason="记错人", by=by, at=at(on, 21))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_whichever_way_it_came_in_the_case_says_so_once(cast: Cast, way: Callable[..., Any]) -> None:
    person = family(cast, "张志坚")[0]
    case = approved(cast, filed(cast, person))
    made = way(cast, person)
    assert cases.revisited(case) == ON
    words = (
        f"上门，第{made.record_no}号巡访记录" if isinstance(made, Visit) else "上门，12月2日防返贫监测已走访"
    )
    assert lines(case) == [words]
    catch_up(None)
    assert lines(case) == [words]
    take_back(cast, made)
    assert cases.revisited(case) is None
    assert lines(case) == [words, f"{words}，已作废，不算回访了"]


def test_a_correction_takes_the_place_of_what_it_corrects(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    made = visit(person, cast.visitor, ON)
    again = visit(person, cast.visitor, ON, replaces=made.uuid, void_reason="填错", remark="改过")
    assert [words.rsplit("，", 1)[-1] for words in lines(case)] == [
        f"第{made.record_no}号巡访记录", "不算回访了", f"第{again.record_no}号巡访记录",
    ]  # fmt: skip


def test_another_visit_stands_in_at_once_for_one_that_is_taken_back(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    first = visit(person, cast.visitor, ON)
    second = visit(person, cast.visitor, ON + timedelta(days=1))
    take_back(cast, first)
    assert lines(case)[1:] == [f"上门，第{second.record_no}号巡访记录（原来那份作废）"]


def test_a_visit_after_the_window_is_said_and_a_call_is_none(cast: Cast) -> None:
    """Long after, a telephone call is no revisit either."""
    person, late = somebody(cast), CLOSES + timedelta(days=1)
    case = approved(cast, filed(cast, person))
    visit(person, cast.visitor, late, mode="phone")
    assert (cases.revisited(case), lines(case)) == (None, [])
    made = visit(person, cast.visitor, late + timedelta(days=1))
    assert lines(case) == [f"上门，第{made.record_no}号巡访记录"]
    take_back(cast, made, late + timedelta(days=2))
    assert cases.revisited(case) is None
    assert lines(case)[-1].endswith("不算回访了")


def test_who_had_been_there_before_the_aid_was_noted_has_been_there(cast: Cast) -> None:
    """It was carried out sooner than planned, and noted late: the visit of the day between counts, at once."""
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    made = visit(person, cast.visitor, date(2026, 11, 28))
    assert lines(case) == []
    later = date(2026, 11, 29)
    measures.finish(
        measure_id=case.measures.get().pk, done_on=date(2026, 11, 27), result="到账了", at=at(later),
        by=on_duty(cast.township_clerk, later),
    )  # fmt: skip
    assert lines(case) == [f"上门，第{made.record_no}号巡访记录"]
    assert cases.revisited(case) == made.visited_on


def test_a_closed_case_too_says_that_its_revisit_was_taken_back(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    measures.drop(
        measure_id=case.measures.get().pk, reason="本人不要", by=cast.township_clerk, at=at(hour=19)
    )
    made = visit(person, cast.visitor, ON)
    cases.close(case_id=case.pk, note="帮到了", by=on_duty(cast.county_officer, ON), at=at(ON, 21))
    take_back(cast, made)
    assert lines(case)[-1].endswith("已作废，不算回访了")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_and_goes_the_last_line_says_what_counts(cast: Cast, seed: int) -> None:
    """Against a plain reading of the visits that stand: one of them is named, or that there is none any more; and no
    line is said twice in a row."""
    dice, person = random.Random(seed), somebody(cast)
    case = approved(cast, filed(cast, person))
    standing: list[Visit | OfflineVisit] = []
    for _ in range(9):
        if standing and dice.random() < 0.4:
            take_back(cast, standing.pop(dice.randrange(len(standing))), CLOSES)
        else:
            day = OPENS + timedelta(days=dice.randrange(-2, 12))
            elsewhere = dice.random() < 0.4 and not any(one.visited_on == day for one in standing)
            more = {"mode": dice.choice(["home", "home", "phone"]), "second": True}
            standing.append(
                made_elsewhere(cast, person, day) if elsewhere else visit(person, cast.visitor, day, **more)
            )
        good = [one for one in standing if one.mode == "home" and OPENS <= one.visited_on <= CLOSES]
        names = {
            f"第{one.record_no}号巡访记录"
            if isinstance(one, Visit)
            else f"{one.visited_on:%-m月%-d日}防返贫监测已走访"
            for one in good
        }
        said = lines(case)
        last = said[-1].removesuffix("（原来那份作废）") if said else ""
        assert bool(good) == (last != "" and not last.endswith("不算回访了"))
        assert not good or last.removeprefix("上门，") in names
        assert all(one != next_ for one, next_ in pairwise(said))
        assert (cases.revisited(case) is not None) == bool(good)


def test_two_visits_at_once_are_one_line_and_so_is_a_visit_while_the_aid_is_noted(committed: str) -> None:
    cast = make_cast()
    people = [somebody(cast, name=name) for name in ("张志坚", "李秀兰")]
    first, second = (approved(cast, filed(cast, person)) for person in people)
    cast.refresh(ON)
    both(
        lambda: visit(people[0], cast.visitor, ON, second=True),
        lambda: visit(people[0], cast.liaison, ON, second=True),
    )
    assert len(lines(first)) == 1
    early = date(2026, 11, 28)
    both(
        lambda: visit(people[1], cast.visitor, early),
        lambda: measures.finish(
            measure_id=second.measures.get().pk, done_on=date(2026, 11, 27), result="到账了",
            by=on_duty(cast.township_clerk, ON), at=at(ON),
        ),
    )  # fmt: skip
    assert len(lines(second)) == 1
    assert DueItem.objects.filter(cause="revisit", done_on=None).count() == 0
