"""A list can't put anybody into a class the rules refuse; what it can't know is asked afterwards."""

import re
from datetime import date

from tests.cast import make_person
from tests.visits.roster.lists import number, row, xlsx
from tests.visits.roster.test_imports import AT, bring, counts, load, person_of
from visits.core.models import UnitSetting
from visits.roster.models import CareGroup, Membership, Person, Relative, Review

CHILD = date(2014, 3, 4)


def reasons(batch) -> str:
    return "；".join(batch.rows.filter(verdict="wrong").values_list("reason", flat=True))


def test_a_child_alone_is_reported_first_and_never_by_a_list(cast) -> None:
    batch = bring(cast, xlsx([row(1, id_number=number(1, CHILD), group="独居未成年人")]))
    assert counts(batch) == (0, 0, 0, 1)
    assert "不满16岁独居" in reasons(batch)


def test_what_the_file_says_of_the_family_holds_against_a_list(cast) -> None:
    person = make_person(cast, groups=("dibao",), birth=date(1950, 1, 1))
    Relative.objects.create(
        person=person,
        kind="child",
        name="林国华",
        where="village",
        created_at=AT,
        created_by=cast.township_clerk,
    )
    one = row(1, name=person.name, id_number=person.id_number, group="子女不在本市独居")
    batch = bring(cast, xlsx([one]))
    assert counts(batch) == (0, 0, 0, 1)
    assert "登记的子女有在本市的" in reasons(batch)
    assert not Membership.objects.filter(person=person, group_id="old_childless").exists()


def test_the_county_s_age_holds_for_lists_too(cast) -> None:
    one = row(1, id_number=number(1, date(1950, 1, 1)), group="80岁以上独居")
    assert counts(bring(cast, xlsx([one]))) == (0, 0, 0, 1)
    UnitSetting.objects.create(
        region=cast.county, key="min_age_old_alone", value=75, starts_on=date(2026, 1, 1)
    )
    assert counts(bring(cast, xlsx([one]))) == (1, 0, 0, 0)


def test_what_a_list_cannot_know_is_noted_and_asked_once(cast) -> None:
    rows = [
        row(1, id_number=number(1, date(1950, 1, 1)), group="子女不在本市独居"),
        row(2, id_number=number(2, CHILD), group="留守儿童"),
        row(3, group="突发困难"),
        row(4, group="低保"),
    ]
    batch = bring(cast, xlsx(rows))
    assert counts(batch) == (4, 0, 0, 0)
    load(cast, batch)
    asked = {review.person_id: review.detail["ask"] for review in Review.objects.all()}
    assert asked == {
        person_of_birth(date(1950, 1, 1)): "children",
        person_of_birth(CHILD): "parents",
        person_of(3).pk: "event",
    }
    assert Membership.objects.get(person=person_of(3)).review_on == date(2027, 4, 1)
    load(cast, bring(cast, xlsx([*rows, row(5)])))
    assert Review.objects.count() == 3


def person_of_birth(birth: date) -> int:
    return Person.objects.get(birth_date=birth).pk


def test_a_class_that_was_closed_is_no_word_of_lists_any_more(cast) -> None:
    CareGroup.objects.filter(pk="sudden").update(active=False)
    batch = bring(cast, xlsx([row(1, group="突发困难")]))
    assert counts(batch) == (0, 0, 0, 1)
    assert re.search("没有这个类别", reasons(batch))
