"""待核: what is asked by night, once; how it is settled; that nobody is dropped by it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import make_cast, make_person, signed_in
from visits.core.models import UnitSetting
from visits.roster import reviewing, services
from visits.roster.membership import birthday
from visits.roster.models import Benefit, DisabilityCertificate, Membership, Person, Relative, Review
from visits.roster.outcomes import PLANS, plan_of
from visits.roster.services import CannotChange

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 1, 10))
SOON, LATER = TODAY + timedelta(days=20), TODAY + timedelta(days=31)


def asked(kind: str) -> set[int]:
    return set(Review.objects.filter(kind=kind).values_list("person_id", flat=True))


def night(on: date = TODAY) -> int:
    return services.open_reviews(on=on, at=AT)


def born(age: int, day: date) -> date:
    return day.replace(year=day.year - age)


def made(cast) -> dict[str, object]:
    return {"created_at": AT, "created_by": cast.township_clerk}


def test_who_turns_eighty_and_lives_alone_is_asked_about_once(cast) -> None:
    alone = make_person(cast, name="甲", birth=born(80, SOON), lives_alone=True)
    younger = make_person(cast, name="乙", birth=born(80, SOON), groups=("old_childless",))
    for other in (
        {"birth": born(80, SOON)}, {"birth": born(80, LATER), "lives_alone": True},
        {"birth": born(80, SOON), "lives_alone": True, "groups": ("old_alone",)},
        {"birth": born(80, SOON), "lives_alone": True, "status": "dead", "left_on": TODAY},
    ):  # fmt: skip
        make_person(cast, name="丙", **other)
    assert night() == 2
    assert asked("turns_80") == {alone.pk, younger.pk}
    row = Review.objects.get(person=alone)
    assert (row.due_on, row.ref, row.detail) == (SOON, "2026", {"age": 80, "group": "old_alone"})
    assert night() == 0
    assert Membership.objects.filter(person=alone).count() == 1


def test_the_age_is_the_one_the_county_decided(cast) -> None:
    UnitSetting.objects.create(region=cast.county, key="min_age_old_alone", value=75, starts_on=TODAY)
    here = make_person(cast, birth=born(75, SOON), lives_alone=True)
    make_person(cast, birth=born(75, SOON), lives_alone=True, village=cast.other_county_village)
    night()
    assert asked("turns_80") == {here.pk}
    assert Review.objects.get().detail["age"] == 75


def test_who_turns_sixty_is_asked_about_when_a_class_comes_near(cast) -> None:
    alone = make_person(cast, birth=born(60, SOON), lives_alone=True)
    parent = make_person(cast, birth=born(60, SOON))
    Relative.objects.create(
        person=parent, kind="child", name="子", disability_kind=4, disability_grade=1, **made(cast)
    )
    make_person(cast, birth=born(60, SOON))
    night()
    assert asked("turns_60") == {alone.pk, parent.pk}


def test_who_outgrows_a_class_is_asked_about_and_stays_in_it(cast) -> None:
    sixteen = make_person(cast, birth=born(16, SOON), groups=("left_behind",))
    grown = make_person(cast, birth=born(18, SOON), groups=("minor_kin",))
    forgotten = make_person(cast, birth=born(25, SOON), groups=("minor_kin",))
    tekun = make_person(cast, birth=born(18, SOON), groups=("tekun",))
    make_person(cast, birth=born(17, SOON), groups=("minor_kin", "tekun"))
    night()
    assert asked("turns_16") == {sixteen.pk}
    assert asked("turns_18") == {grown.pk, forgotten.pk, tekun.pk}
    assert Membership.objects.filter(ends_on=None).count() == 6


def test_what_ends_and_what_is_to_be_looked_at_is_asked_about(cast) -> None:
    people = [make_person(cast, name=f"人{n}") for n in range(6)]
    Membership.objects.filter(person=people[0]).update(review_on=SOON)
    Membership.objects.filter(person=people[1]).update(ends_on=SOON, end_reason="停发")
    Benefit.objects.create(person=people[2], kind="care", starts_on=TODAY, ends_on=SOON, **made(cast))
    DisabilityCertificate.objects.create(
        person=people[3], kind=4, grade=2, valid_until=TODAY - timedelta(days=400), **made(cast)
    )
    Person.objects.filter(pk=people[4].pk).update(care_review_on=SOON)
    Benefit.objects.create(
        person=people[5],
        kind="care",
        starts_on=TODAY,
        ends_on=SOON,
        voided_at=AT,
        void_reason="错",
        **made(cast),
    )
    assert night() == 5
    kinds = ("group_review", "group_ends", "benefit_ends", "certificate_ends", "care_review")
    assert [asked(kind) for kind in kinds] == [{one.pk} for one in people[:5]]
    assert night() == 0


def test_a_temporary_number_is_asked_about_every_ninety_days(cast) -> None:
    person = make_person(cast)
    Person.objects.filter(pk=person.pk).update(
        id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no="永泰临-0001",
        created_at=AT - timedelta(days=89),
    )  # fmt: skip
    assert night() == 0
    assert night(TODAY + timedelta(days=1)) == 1
    assert night(TODAY + timedelta(days=90)) == 0
    assert night(TODAY + timedelta(days=91)) == 1


def test_a_night_that_was_missed_asks_the_same_later(cast) -> None:
    person = make_person(cast, birth=born(80, SOON), lives_alone=True)
    night(SOON + timedelta(days=25))
    assert asked("turns_80") == {person.pk}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([date(1964, 2, 29), date(1963, 2, 28), date(1964, 3, 1), date(1966, 12, 31)]),
    st.integers(1, 90),
)
def test_the_database_counts_birthdays_as_the_rules_do(db, born_on, years) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {reviewing._birthday('%(years)s')} FROM (SELECT %(born)s::date AS birth_date) p",
            {"years": years, "born": born_on},
        )
        assert cursor.fetchone()[0] == birthday(born_on, years)


# ── settling ─────────────────────────────────────────────────────────────────────────────────────


def question(cast, kind="care_review", person=None, **detail) -> Review:
    return Review.objects.create(
        person=person or make_person(cast), kind=kind, ref="1", due_on=TODAY, detail=detail, opened_at=AT
    )


def settle(cast, row, outcome, by=None):
    return services.settle_review(review_id=row.pk, outcome=outcome, by=by or cast.township_clerk, at=AT)


def test_every_kind_has_its_outcomes() -> None:
    assert set(PLANS) == set(Review.Kind.values)
    assert all(plan.outcomes for plan in PLANS.values())
    # What has a page of its own is not settled by a tap elsewhere; every other kind has a tap.
    assert {kind for kind, plan in PLANS.items() if not plan.taps} == {
        "death_list", "seen_after_death", "household_death", "base_only_here"
    }  # fmt: skip
    assert plan_of("something_new", {}).outcomes


def test_one_tap_prolongs_and_says_so(cast) -> None:
    person = make_person(cast, groups=("sudden",))
    row = question(cast, "group_review", person, membership=person.memberships.get().pk)
    settle(cast, row, "still")
    assert person.memberships.get().review_on == date(2027, 5, 24)
    row.refresh_from_db()
    assert (row.outcome, row.settled_by) == ("still", cast.township_clerk)
    with pytest.raises(CannotChange, match="已经核过"):
        settle(cast, row, "still")


def test_an_arrangement_that_holds_is_looked_at_again_in_a_year(cast) -> None:
    row = question(cast)
    settle(cast, row, "same")
    assert Person.objects.get(pk=row.person_id).care_review_on == date(2027, 11, 24)


@pytest.mark.parametrize("outcome", ["", "dropped", "still"])
def test_only_what_fits_the_question_settles_it(cast, outcome) -> None:
    with pytest.raises(CannotChange):
        settle(cast, question(cast), outcome)


def test_only_the_clerk_of_the_place_settles(cast) -> None:
    row = question(cast)
    for user in (cast.visitor, cast.county_officer, cast.neighbour):
        with pytest.raises(CannotChange):
            settle(cast, row, "same", by=user)


def test_what_a_list_could_not_say_is_settled_when_the_file_says_it(cast) -> None:
    person = make_person(cast, groups=("old_childless",), birth=date(1950, 1, 1))
    own = person.memberships.get().pk
    assert reviewing.ask_about([own], on=TODAY, at=AT) == 1
    assert reviewing.ask_about([own], on=TODAY, at=AT) == 0
    row = Review.objects.get()
    assert row.detail["ask"] == "children"
    child = {
        "kind": "child", "name": "林国华", "relation": "儿子", "birth_year": 1980, "phone": "", "where": "", "place": "",
        "disability_kind": None, "disability_grade": None, "document_no": "", "unable": False,
    }  # fmt: skip
    add = {"kind": "relative", "person_id": person.pk, "by": cast.township_clerk, "at": AT}
    services.add_row(values=child, **add)
    row.refresh_from_db()
    assert row.settled_at is None
    services.add_row(values=child | {"where": "away"}, **add)
    row.refresh_from_db()
    assert row.outcome == "entered"


# ── the page ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def now(db):
    return make_cast(timezone.localdate())


def test_the_list_keeps_a_household_together_and_is_filtered(now) -> None:
    from visits.roster.models import Household

    family = Household.objects.create(
        head_name="林国清", county_id=now.county.pk, township_id=now.township.pk, village_id=now.village.pk
    )
    one = make_person(now, name="林依妹", household=family)
    make_person(now, name="陈中间")
    two = make_person(now, name="林小宝", household=family)
    away = make_person(now, name="邻县的", village=now.other_county_village)
    for person, kind in ((one, "care_review"), (two, "base_only_here"), (away, "care_review")):
        question(now, kind, person)
    client = signed_in(now.township_clerk)
    text = client.get(reverse("visits_roster:reviews")).content.decode()
    assert "林国清一户" in text
    assert "邻县的" not in text
    only = client.get(reverse("visits_roster:reviews") + "?kind=base_only_here").content.decode()
    assert "林小宝" in only
    assert "照料安排应" not in only
    assert "2件要核" in client.get("/").content.decode()


def test_a_tap_on_the_list_settles_and_comes_back_to_it(now) -> None:
    row = question(now)
    url = reverse("visits_roster:review", args=[row.pk])
    client = signed_in(now.township_clerk)
    answer = client.post(url + "?back=/roster/reviews%3Fkind%3Dcare_review", {"outcome": "changed"})
    assert answer["Location"] == "/roster/reviews?kind=care_review"
    row.refresh_from_db()
    assert row.outcome == "changed"
    other = question(now)
    answer = client.post(
        reverse("visits_roster:review", args=[other.pk]) + "?back=https://x.example/", {"outcome": "changed"}
    )
    assert answer["Location"] == reverse("visits_roster:reviews")


def test_ten_or_a_hundred_cost_the_same(now) -> None:
    client = signed_in(now.township_clerk)

    def cost(count: int) -> int:
        for _ in range(count):
            question(now)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("visits_roster:reviews")).status_code == 200
        return [one["sql"][:150] for one in queries]

    cost(1)  # the session's first words
    few, many = cost(9), cost(90)
    assert len(few) == len(many), set(many) ^ set(few)


def test_what_has_a_page_of_its_own_is_settled_there_only(cast) -> None:
    row = Review.objects.create(
        person=make_person(cast),
        kind="death_list",
        ref="1",
        due_on=TODAY,
        opened_at=AT,
        detail={"on": "2026-11-20"},
    )
    client = signed_in(cast.township_clerk)
    assert reverse("visits_roster:deaths") in client.get(reverse("visits_roster:reviews")).content.decode()
    one = reverse("visits_roster:review", args=[row.pk])
    assert client.post(one, {"outcome": "dead"})["Location"] == reverse("visits_roster:deaths")
    assert Review.objects.get(pk=row.pk).settled_at is None


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def test_many_of_one_kind_are_settled_together_and_who_is_left_is_said(now) -> None:
    asks = [
        question(now, "group_review", make_person(now, name=f"林依{n}", groups=("old_childless",)), ask="children", group="old_childless")
        for n in range(3)
    ]  # fmt: skip
    sudden = question(now, "group_review", make_person(now, name="陈突发"), ask="event", group="sudden")
    client = signed_in(now.township_clerk)
    url = reverse("visits_roster:reviews") + "?kind=ask"
    values = {"kind": "ask", "review": [row.pk for row in (*asks, sudden)], "outcome": "nothing"}
    page = client.post(url, {**values, "note": "村里核过，子女都在外省"}, follow=True).content.decode()
    assert "3件记下了：核过，不用补" in page
    assert "陈突发没有记：这件事不能这样核，请点进去办" in page
    notes = Review.objects.exclude(settled_at=None).values_list("outcome", "note")
    assert set(notes) == {("nothing", "村里核过，子女都在外省")}
    assert client.post(url, {"kind": "ask", "outcome": "nothing"}).status_code == 422
    foreign = question(now, "care_review", make_person(now, village=now.other_county_village))
    assert client.post(url, {**values, "review": [foreign.pk]}).status_code == 422


def test_classes_that_were_outgrown_end_together_on_one_day(now) -> None:
    people = [make_person(now, name=f"林小{n}", groups=("left_behind",)) for n in range(2)]
    rows = [
        question(now, "turns_16", person, membership=person.memberships.get().pk, group="left_behind", age=16)
        for person in people
    ]
    client = signed_in(now.township_clerk)
    url = reverse("visits_roster:reviews") + "?kind=turns_16"
    values = {"kind": "turns_16", "review": [row.pk for row in rows], "outcome": "end"}
    page = client.post(url, values).content.decode()
    assert "请填最后一天" in page
    assert not Review.objects.exclude(settled_at=None).exists()
    assert client.post(url, {**values, "ends_on": "2026-08-31"}).status_code == 302
    ended = Membership.objects.filter(person__in=people).values_list("ends_on", "end_reason")
    assert set(ended) == {(date(2026, 8, 31), "满龄")}


def test_ten_or_a_hundred_of_a_kind_cost_the_same(now) -> None:
    client = signed_in(now.township_clerk)

    def cost(count: int) -> int:
        for _ in range(count):
            question(now)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("visits_roster:reviews") + "?kind=care_review")
        return len(queries)

    cost(1)
    assert cost(9) == cost(40)
