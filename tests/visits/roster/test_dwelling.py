"""房屋情况: noted once, confirmed, put right; found again when it storms (practice P13)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast, make_person, signed_in
from visits.roster import services
from visits.roster.models import Dwelling, Person
from visits.roster.selectors.dwelling import dwelling_of, words_of
from visits.roster.services import CannotChange, Conflict
from visits.roster.services.dwelling import Facts, confirm_dwelling, note_dwelling
from visits.schedule.rounds.people import fitting
from visits.schedule.rounds.services import Plan, round_of

DAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 0))
BY_STREAM = Facts(("stream", "low"), "王永福", "13800004471", "月洲小学")


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def note(cast: Cast, person: Person, facts: Facts = BY_STREAM, **more: Any) -> Dwelling:
    return note_dwelling(person_id=person.pk, facts=facts, at=AT, **({"on": DAY, "by": cast.visitor} | more))


def test_the_facts_stand_on_the_file_in_the_order_of_the_form(cast: Cast) -> None:
    person = make_person(cast)
    assert words_of(dwelling_of(person), DAY) == [("房屋", "还没有人看过")]
    note(cast, person)
    words = dict(words_of(dwelling_of(person), DAY))
    assert (words["房屋"], words["避灾点"]) == ("低洼易涝、靠溪、靠水", "月洲小学")
    person.refresh_from_db()
    assert person.version == 2


def test_a_look_that_finds_nothing_new_takes_the_file_from_nobody(cast: Cast) -> None:
    person = make_person(cast)
    note(cast, person, on=DAY - timedelta(days=90))
    confirm_dwelling(person_id=person.pk, on=DAY, by=cast.village_head, at=AT)
    person.refresh_from_db()
    found = dwelling_of(person)
    assert found is not None
    assert (found.confirmed_on, found.confirmed_by, person.version) == (DAY, cast.village_head, 2)


def test_an_older_look_typed_later_changes_nothing(cast: Cast) -> None:
    person = make_person(cast)
    note(cast, person)
    note(cast, person, Facts(("unsafe",)), on=DAY - timedelta(days=3))
    confirm_dwelling(person_id=person.pk, on=DAY - timedelta(days=3), by=cast.visitor, at=AT)
    found = dwelling_of(person)
    assert found is not None
    assert (found.risks, found.confirmed_on) == (["low", "stream"], DAY)


@pytest.mark.parametrize(
    ("facts", "more", "field"),
    [
        (Facts(("river",)), {}, "risks"),
        (Facts((), helper_phone="13800004471"), {}, "helper"),
        (Facts(()), {"on": DAY + timedelta(days=1)}, "confirmed_on"),
    ],
    ids=["an unknown risk", "a number of nobody", "tomorrow"],
)
def test_what_can_not_be_is_refused(cast: Cast, facts: Facts, more: dict[str, Any], field: str) -> None:
    with pytest.raises(CannotChange) as refused:
        note(cast, make_person(cast), facts, **more)
    assert refused.value.field == field


def test_who_visits_nobody_and_who_is_elsewhere_note_nothing(cast: Cast) -> None:
    person = make_person(cast, village=cast.other_county_village)
    for user in (cast.visitor, cast.inspector):
        with pytest.raises(CannotChange):
            note(cast, person, by=user)
    with pytest.raises(CannotChange):
        confirm_dwelling(person_id=make_person(cast).pk, on=DAY, by=cast.visitor, at=AT)


def test_the_database_refuses_a_risk_it_does_not_know(cast: Cast) -> None:
    person = make_person(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dwelling.objects.create(person=person, risks=["river"], confirmed_on=DAY, confirmed_by=cast.visitor)


def test_somebody_saved_meanwhile_and_both_texts_are_shown(cast: Cast) -> None:
    person = make_person(cast)
    with pytest.raises(Conflict):
        note(cast, person, version=7)
    url = reverse("visits_roster:file_dwelling", args=[person.uuid])
    client = signed_in(cast.visitor)
    note(cast, person)
    sent = {
        "version": "1",
        "risks": ["unsafe"],
        "helper": "",
        "helper_phone": "",
        "refuge": "",
        "confirmed_on": "2026-11-24",
    }
    answer = client.post(url, sent)
    assert answer.status_code == 409
    assert "低洼易涝、靠溪、靠水" in answer.content.decode()


def test_the_page_shows_the_facts_and_saves_them(cast: Cast) -> None:
    person = make_person(cast)
    url = reverse("visits_roster:file_dwelling", args=[person.uuid])
    client = signed_in(cast.visitor)
    assert "都不是" in client.get(url).content.decode()
    bad = client.post(url, {"version": "1", "risks": ["none", "low"], "confirmed_on": "2026-11-24"})
    assert bad.status_code == 422
    assert "不能再选别的" in bad.content.decode()
    assert "请点一下" in client.post(url, {"version": "1", "confirmed_on": "2026-11-24"}).content.decode()
    good = {"version": "1", "risks": ["none"], "refuge": "月洲小学", "confirmed_on": "2026-11-24"}
    assert client.post(url, good).status_code == 302
    found = dwelling_of(person)
    assert found is not None
    assert (found.risks, found.refuge) == ([], "月洲小学")


def test_a_storm_finds_who_lives_badly_by_the_file(cast: Cast) -> None:
    low, safe, unseen = (make_person(cast, name=name) for name in ("低洼", "平安", "没看"))
    note(cast, low)
    note(cast, safe, Facts(()))
    plan = Plan("typhoon", "台风专项巡访", DAY, DAY + timedelta(days=1), ("home",), "flood", ("dwelling",))
    found = {person.pk for person in fitting(round_of(plan, cast.township), DAY)}
    assert found == {low.pk}
    assert unseen.pk not in found


def test_the_facts_go_over_when_files_are_merged_and_come_back(cast: Cast) -> None:
    kept, merged = make_person(cast), make_person(cast)
    row = note(cast, merged)
    done = services.merge(
        kept_id=kept.pk, merged_id=merged.pk, take=(), reason="换过证", by=cast.township_clerk, at=AT
    )
    found = dwelling_of(kept)
    assert found is not None
    assert found.pk == row.pk
    services.unmerge(merge_id=done.pk, by=cast.township_clerk, at=AT)
    assert dwelling_of(kept) is None
