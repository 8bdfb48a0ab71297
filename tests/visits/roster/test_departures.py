"""去世 and 迁出: noted in one action, gone from every list, taken back to the row (practice P8)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import make_person, signed_in
from tests.world import evening, visit
from visits.roster import services
from visits.roster.forms.leaving import DepartureForm
from visits.roster.models import Departure, Household, Membership, Person, Review
from visits.roster.services import CannotChange, NeedsConfirmation
from visits.schedule import services as schedule
from visits.schedule.models import DueItem

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(AT, tick=False)


def listed(cast, **values) -> Person:
    """Somebody on the roster for years, with what is owed."""
    person = make_person(cast, **values)
    Person.objects.filter(pk=person.pk).update(created_at=evening(date(2024, 1, 1)))
    person.refresh_from_db()
    schedule.generate(on=TODAY)
    return person


def leave(cast, person, on=TODAY, by=None, **more) -> Person:
    values = {"status": "dead", "by": by or cast.visitor, "at": AT, **more}
    return services.mark_left(person_id=person.pk, on=on, **values)


def rows(model, **narrow):
    return list(model.objects.filter(**narrow).order_by("pk").values())


def plain(person) -> dict:
    person = Person.objects.values().get(pk=person.pk)
    return {key: value for key, value in person.items() if key not in ("version", "id_number", "id_tail")}


def test_a_death_is_noted_with_who_when_and_from_where(cast) -> None:
    person = leave(cast, listed(cast), date(2026, 11, 20), reason="家属说的", approximate=True)
    assert (person.status, person.left_on, person.left_approximate) == ("dead", date(2026, 11, 20), True)
    assert person.left_reason == "家属说的"
    noted = Departure.objects.get(person=person)
    assert (noted.noted_by, noted.by_office) == (cast.visitor, False)
    entry = LogEntry.objects.get(action="person_left")
    assert entry.detail == {"status": "dead", "on": "2026-11-20", "approximate": True}


@pytest.mark.parametrize(
    ("on", "words"),
    [(TODAY + timedelta(days=1), "日期晚于今天"), (date(1943, 5, 5), "日期早于出生日期")],
    ids=["in the future", "before birth"],
)
def test_a_day_that_can_not_be_is_refused(cast, on, words) -> None:
    person = listed(cast)
    with pytest.raises(CannotChange, match=words):
        leave(cast, person, on)
    assert not Departure.objects.exists()


def test_a_second_death_is_refused_and_so_is_one_of_a_stranger(cast) -> None:
    person = listed(cast)
    leave(cast, person)
    with pytest.raises(CannotChange, match="已经登记过去世"):
        leave(cast, person)
    with pytest.raises(CannotChange, match="不归您"):
        leave(cast, listed(cast, village=cast.other_county_village, assignee=cast.neighbour))


@pytest.mark.parametrize("on", [TODAY, date(2026, 11, 1), date(2026, 6, 30), date(2025, 12, 31)], ids=str)
def test_an_undo_gives_back_every_row_as_it_was(cast, on) -> None:
    person = listed(cast, groups=("tekun", "old_alone"))
    for day in (date(2025, 7, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)):
        schedule.generate(on=day)
    # A missed period of the township before, which no generation would write again.
    DueItem.objects.filter(person=person, period_end=date(2026, 6, 30)).update(
        village_id=cast.other_village.pk
    )
    schedule.generate(on=TODAY)
    before = plain(person), rows(DueItem, person=person), rows(Membership, person=person)
    leave(cast, person, on)
    assert not DueItem.objects.to_do(TODAY).filter(person=person).exists()
    assert rows(DueItem, person=person) != before[1]
    services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    after = plain(person), rows(DueItem, person=person), rows(Membership, person=person)
    assert after == before


def test_an_undo_months_later_keeps_what_happened_since(cast, time_machine) -> None:
    person = listed(cast)
    leave(cast, person)
    later = date(2027, 1, 20)
    time_machine.move_to(evening(later), tick=False)
    schedule.generate(on=later)
    duty_of(cast.visitor, later)
    services.undo_left(person_id=person.pk, by=cast.visitor, at=evening(later))
    owed = DueItem.objects.filter(person=person, stored="", done_on=None).order_by("period_start")
    assert [item.period_start for item in owed][-2:] == [date(2026, 10, 1), date(2027, 1, 1)]


def test_what_the_office_noted_only_the_office_takes_back(cast) -> None:
    person = listed(cast)
    leave(cast, person, by=cast.township_clerk)
    with pytest.raises(CannotChange, match="请找民政办经办人撤销"):
        services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    services.undo_left(person_id=person.pk, by=cast.township_clerk, at=AT)
    assert Person.objects.get(pk=person.pk).status == "live"


def test_a_visit_after_the_death_is_asked_about_and_then_explained_by_the_township(cast) -> None:
    person = listed(cast)
    visit(person, cast.visitor, date(2026, 11, 8))
    cast.refresh()
    with pytest.raises(NeedsConfirmation, match="11月8日有一次巡访写着见到本人"):
        leave(cast, person, date(2026, 11, 5))
    assert Person.objects.get(pk=person.pk).status == "live"
    leave(cast, person, date(2026, 11, 5), confirmed=["seen"])
    asked = Review.objects.get(kind="seen_after_death")
    assert asked.detail == {"left_on": "2026-11-05", "seen_on": "2026-11-08"}
    services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    asked.refresh_from_db()
    assert asked.outcome == "undone"


def test_the_month_is_enough_and_a_visit_in_it_contradicts_nothing(cast) -> None:
    person = listed(cast)
    visit(person, cast.visitor, date(2026, 10, 12))
    cast.refresh()
    form = DepartureForm({"status": "dead", "left_when": "month", "left_month": "2026-10-01"}, today=TODAY)
    assert form.is_valid()
    assert form.left == (date(2026, 10, 31), True)
    leave(cast, person, form.left[0], approximate=True)
    assert not Review.objects.filter(kind="seen_after_death").exists()


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"left_when": "today"}, (TODAY, False)),
        ({"left_when": "yesterday"}, (date(2026, 11, 23), False)),
        ({"left_when": "day", "left_on": "2026-03-09"}, (date(2026, 3, 9), False)),
        ({"left_on": "2026-03-09"}, (date(2026, 3, 9), False)),
        ({"left_when": "month", "left_month": "2026-11-01"}, (TODAY, True)),
        ({"left_month": "2026-02-01"}, (date(2026, 2, 28), True)),
    ],
    ids=["today", "yesterday", "a day", "a day without its button", "this month", "a month"],
)
def test_one_form_says_the_day_in_every_way(values, left) -> None:
    form = DepartureForm({"status": "dead", **values}, today=TODAY)
    assert form.is_valid(), form.errors
    assert form.left == left


@pytest.mark.parametrize(
    ("values", "field"),
    [({}, "left_when"), ({"left_when": "day"}, "left_on"), ({"left_when": "month"}, "left_month")],
    ids=["nothing", "a day without its date", "a month without its name"],
)
def test_a_form_without_a_day_says_where_to_put_it(values, field) -> None:
    form = DepartureForm({"status": "dead", **values}, today=TODAY)
    assert not form.is_valid()
    assert field in form.errors


def test_the_family_is_looked_at_again_and_no_more_after_an_undo(cast) -> None:
    home = Household.objects.create(
        county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk, head_name="林依金"
    )
    person, wife = listed(cast, name="林依金", household=home), listed(cast, name="林依妹", household=home)
    gone = listed(cast, name="林老大", household=home)
    leave(cast, gone)
    Review.objects.all().delete()
    leave(cast, person)
    (asked,) = Review.objects.all()
    assert (asked.person, asked.kind) == (wife, "household_death")
    services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    asked.refresh_from_db()
    assert asked.outcome == "undone"


def test_the_office_corrects_the_day_and_nothing_else_changes(cast) -> None:
    person = listed(cast)
    leave(cast, person, date(2026, 11, 20))
    services.redate_left(
        person_id=person.pk, on=date(2026, 11, 18), approximate=False, reason="死亡名单",
        by=cast.township_clerk, at=AT,
    )  # fmt: skip
    person.refresh_from_db()
    assert (person.status, person.left_on, person.left_reason) == ("dead", date(2026, 11, 18), "死亡名单")
    assert Departure.objects.filter(person=person, undone_at=None).count() == 1
    with pytest.raises(CannotChange):
        services.redate_left(
            person_id=person.pk, on=TODAY, approximate=False, reason="", by=cast.visitor, at=AT
        )


def test_the_database_keeps_one_open_departure_and_whole_undos(cast) -> None:
    person = listed(cast)
    leave(cast, person)
    made = {"person": person, "status": "dead", "left_on": TODAY, "noted_by": cast.visitor, "noted_at": AT}
    for wrong in ({}, {"undone_at": AT}, {"status": "live", "undone_at": AT, "undone_by": cast.visitor}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Departure.objects.create(**{**made, **wrong})


# ── the pages ────────────────────────────────────────────────────────────────────────────────────


def test_one_post_on_the_phone_and_one_tap_back(cast) -> None:
    person = listed(cast)
    client = signed_in(cast.visitor)
    url = reverse("visits_roster:departure", args=[person.uuid])
    answer = client.post(url, {"status": "dead", "left_when": "yesterday", "heard": "family"})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "记错了，撤销" in page
    assert "家属说的" in page
    assert 'btn btn-line" href="tel:' not in page
    assert "tel:110" not in page
    client.post(reverse("visits_roster:departure_undo", args=[person.uuid]))
    person.refresh_from_db()
    assert (person.status, person.left_on, person.left_reason) == ("live", None, "")


def test_a_contradiction_is_ticked_on_the_same_page(cast) -> None:
    person = listed(cast)
    visit(person, cast.visitor, date(2026, 11, 8))
    cast.refresh()
    client = signed_in(cast.visitor)
    url = reverse("visits_roster:departure", args=[person.uuid])
    values = {"status": "dead", "left_when": "day", "left_on": "2026-11-05"}
    answer = client.post(url, values)
    assert answer.status_code == 422
    assert "11月8日有一次巡访写着见到本人" in answer.content.decode()
    assert client.post(url, {**values, "confirm": "seen"}).status_code == 302


def test_not_met_because_of_death_takes_one_post(cast) -> None:
    person = listed(cast)
    client = signed_in(cast.visitor)
    url = reverse("visits_records:attempt_new", args=[person.uuid])
    values = {
        "key": "6f1c2f5e-8c1f-4c3e-9d93-3d3d2f6b5b11", "shown_on": TODAY.isoformat(), "day": "today_pm",
        "mode": "home", "outcome": "died", "note": "邻居说上周走的",
    }  # fmt: skip
    answer = client.post(url, values)
    assert answer.status_code == 422
    assert "请点一下哪天" in answer.content.decode()
    assert not person.attempts.exists()
    answer = client.post(url, {**values, "left_when": "month", "left_month": "2026-11-01"})
    assert answer.url == reverse("visits_desk:person", args=[person.uuid])
    person.refresh_from_db()
    assert (person.status, person.left_on, person.left_approximate) == ("dead", TODAY, True)
    assert person.left_reason == "上门时知道的；邻居说上周走的"
    assert person.attempts.count() == 1
    # The same press again changes nothing and breaks nothing.
    client.post(url, {**values, "left_when": "month", "left_month": "2026-11-01"})
    assert (person.attempts.count(), person.departures.count()) == (1, 1)
    # Taken back, the clerk is not asked to look at it again.
    client.post(reverse("visits_roster:departure_undo", args=[person.uuid]))
    assert "请核实" not in signed_in(cast.township_clerk).get("/").content.decode()
