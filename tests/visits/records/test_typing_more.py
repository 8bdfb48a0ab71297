"""What a typed row asks for seldom: companions, a note that is not for the village, lasting states."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, make_person, signed_in
from tests.visits.records.test_typing import keys, people, send
from tests.visits.records.visiting_bodies import AT, DAY
from visits.records.models import Attempt, KnownState, Visit
from visits.records.services import knowing
from visits.roster.models import Dwelling, Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return signed_in(cast.township_clerk)


def known(
    cast: Cast, person: Person, *, code: str = "mobility", since: int = 9, back: int = 90
) -> KnownState:
    return knowing.note_known(
        person_id=person.pk, code=code, value=1, care="女儿", on=DAY - timedelta(days=since),
        review_on=DAY + timedelta(days=back), by=cast.visitor, at=AT,
    )  # fmt: skip


def shown(client: Client, cast: Cast) -> str:
    return client.get(f"{reverse('visits_records:type_any')}?village={cast.village.pk}").content.decode()


def numbered(page: str, person: Person) -> str:
    """What the row of that person says its numbers mean."""
    row = page[page.index(reverse("visits_records:type_row", args=[person.uuid])) :]
    found = re.search(r'name="numbered" value="([^"]*)"', row)
    assert found
    return found[1]


def test_companions_and_a_note_that_is_not_for_the_village_are_typed(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    data = keys(cast, companions="王干部、李医生", private="1", remark="儿子要钱")
    assert send(clerk, person, data).status_code == 200
    visit = Visit.objects.get()
    assert (visit.companions, visit.private_note, visit.remark) == ("王干部、李医生", "儿子要钱", "")


def test_an_answer_is_said_to_be_lasting_by_the_number_of_its_item(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    data = keys(cast, areas="221", lasting="22", lastcare="女儿一天来两趟", lastback="3")
    assert send(clerk, person, data).status_code == 200
    row = KnownState.objects.get()
    day = DAY - timedelta(days=2)
    assert (row.code, row.value, row.care, row.since) == ("mobility", 1, "女儿一天来两趟", day)
    assert row.review_on == date(2027, 2, 22)
    assert Visit.objects.get().extra["known"] == {"mobility": "女儿一天来两趟"}


def test_without_a_word_it_is_looked_at_again_in_half_a_year_and_who_cares_is_of_the_file(
    cast: Cast, clerk: Client
) -> None:
    (person,) = people(cast, 1, care_arrangement="儿媳照料")
    assert 'value="儿媳照料"' in shown(clerk, cast)
    send(clerk, person, keys(cast, areas="221", lasting="22", lastcare="儿媳照料"))
    assert KnownState.objects.get().review_on == date(2027, 5, 22)


def test_what_is_known_and_due_is_answered_by_one_key_in_the_row(cast: Cast, clerk: Client) -> None:
    first, second = people(cast)
    row = known(cast, first, since=200, back=-1)
    page = shown(clerk, cast)
    assert page.count('data-field="again"') == 1  # of whom it concerns only
    assert "女儿" in page
    assert send(clerk, first, keys(cast, again="1", numbered=numbered(page, first))).status_code == 200
    row.refresh_from_db()
    assert row.review_on > DAY
    assert Visit.objects.get().mobility == 1
    assert send(clerk, second, keys(cast)).status_code == 200
    assert Visit.objects.latest("pk").mobility == 0


def test_that_nobody_cares_any_more_ends_it(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    row = known(cast, person)
    known(cast, person, code="illness")
    said = numbered(shown(clerk, cast), person)
    assert send(clerk, person, keys(cast, failed="1", numbered=said)).status_code == 200
    row.refresh_from_db()
    assert row.ended_on == DAY - timedelta(days=2)
    assert KnownState.objects.live().get().code == "illness"


def test_a_number_means_what_the_page_showed_or_is_asked_back(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    known(cast, person, code="illness", since=200, back=-1)
    said = numbered(shown(clerk, cast), person)
    known(cast, person, code="mobility", since=200, back=-1)  # somebody else, meanwhile: 1 is another one now
    response = send(clerk, person, keys(cast, failed="1", again="1", remark="写过的字", numbered=said))
    text = response.content.decode()
    assert response.status_code == 422
    assert text.count("编号不一样了") == 2
    for words in ("写过的字", f"id_{person.pk}_failed_error", f"id_{person.pk}_again_error"):
        assert words in text
    assert KnownState.objects.live().count() == 2
    again = numbered(text, person)
    assert again != said
    data = keys(cast, failed="2", again="1", numbered=again)
    assert send(clerk, person, data).status_code == 200
    assert KnownState.objects.live().count() == 1


def test_the_numbers_are_compared_although_something_else_in_the_row_is_wrong(
    cast: Cast, clerk: Client
) -> None:
    (person,) = people(cast, 1)
    known(cast, person, code="illness")
    said = numbered(shown(clerk, cast), person)
    known(cast, person, code="mobility")
    text = send(clerk, person, keys(cast, met="", failed="1", numbered=said)).content.decode()
    assert "编号不一样了" in text


def test_a_number_of_what_is_not_known_any_more_is_not_dropped(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    row = known(cast, person)
    said = numbered(shown(clerk, cast), person)
    row.delete()
    text = send(clerk, person, keys(cast, failed="1", numbered=said)).content.decode()
    assert f"id_{person.pk}_failed_error" in text
    assert Visit.objects.count() == 0
    assert send(clerk, person, keys(cast, failed="", numbered=said)).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [{"again": "1"}, {"failed": "1"}, {"lasting": "22"}, {"lastcare": "女儿"}, {"lastback": "3"}],
    ids=lambda one: next(iter(one)),
)
def test_whoever_was_not_met_has_no_lasting_state_and_the_row_says_so(
    cast: Cast, clerk: Client, typed: dict[str, str]
) -> None:
    (person,) = people(cast, 1, care_arrangement="儿媳照料")
    known(cast, person, since=200, back=-1)
    row = {"met": "4", "outcome": "1", "areas": None, "safety": None, "lastcare": "儿媳照料"}
    row["numbered"] = numbered(shown(clerk, cast), person)
    text = send(clerk, person, keys(cast, **(row | typed))).content.decode()
    assert "没见到的不记长期状况" in text
    assert f"id_{person.pk}_{next(iter(typed))}_error" in text
    assert Attempt.objects.count() == 0
    assert send(clerk, person, keys(cast, **row)).status_code == 200  # who cares, as the page came with it
    assert Attempt.objects.count() == 1


def test_whoever_stood_by_at_a_refusal_is_typed(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    data = keys(cast, met="4", outcome="2", areas=None, safety=None, companions="妇联陈秀英")
    assert send(clerk, person, data).status_code == 200
    assert Attempt.objects.get().companions == "妇联陈秀英"


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"companions": "0"}, "companions", "0只在连着录时管用，请写姓名"),
        ({"private": "1", "remark": ""}, "remark", "请写几句是什么情况"),
        ({"private": "2"}, "private", "写1"),
        ({"areas": "221", "lasting": "22"}, "lastcare", "请写谁在照料"),
        ({"areas": "221", "lasting": "22", "lastcare": "女儿", "lastback": "25"}, "lastback", "写1到24"),
        ({"areas": "221", "lasting": "22", "lastcare": "女儿", "lastback": "0"}, "lastback", "写1到24"),
        ({"lasting": "99"}, "lasting", "不是项目的编码"),
        ({"lasting": "x"}, "lasting", "不是项目的编码"),
        ({"lasting": "12", "lastcare": "女儿"}, "lasting", "不记长期状况"),
        ({"lasting": "22", "lastcare": "女儿"}, "lasting", "不能记成长期状况"),
        ({"lastcare": "女儿"}, "lasting", "也请写是哪一项"),
        ({"failed": "2", "numbered": "illness;;"}, "failed", "写1到1"),
        ({"failed": "1"}, "failed", "编号不一样了"),
        ({"met": "4", "outcome": "1", "private": "1"}, "private", "村里看得到"),
        ({"met": "4", "outcome": "1", "private": "2"}, "private", "写1，或者不填"),
    ],
)
def test_what_is_wrong_below_the_row_is_said_there_and_the_row_is_unfolded(
    cast: Cast, clerk: Client, changes: dict[str, Any], place: str, words: str
) -> None:
    (person,) = people(cast, 1)
    known(cast, person, code="illness")
    response = send(clerk, person, keys(cast, **({"remark": "写过的字"} | changes)))
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert f"id_{person.pk}_{place}_error" in text
    assert "<details" in text
    assert "data-more open" in text
    assert Visit.objects.count() == 0


def test_a_row_without_any_of_it_stays_folded(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1, care_arrangement="儿媳照料")
    text = send(clerk, person, keys(cast, safety="", lastcare="儿媳照料")).content.decode()
    assert "data-more>" in text


def test_a_person_without_any_is_asked_for_none(cast: Cast, clerk: Client) -> None:
    people(cast, 1)
    make_person(cast, name="别人")
    page = shown(clerk, cast)
    assert 'data-field="again"' not in page
    assert 'data-field="failed"' not in page
    assert 'data-field="companions"' in page


# ── the flood season ─────────────────────────────────────────────────────────────────────────────

JUNE = datetime(2026, 6, 10, 7, tzinfo=UTC)


def flooded(cast: Cast, person: Person, **changes: Any) -> Any:
    """A row of the flood season, typed on its day."""
    with time_machine.travel(JUNE, tick=False):
        data = keys(cast, sheet_on="2026-06-09", s_leak="0", s_refuge_told="0",
                    **({"numbered": ";;known" if Dwelling.objects.exists() else ";;"} | changes))  # fmt: skip
        return send(signed_in(cast.township_clerk), person, data)


def test_in_the_flood_season_the_house_is_one_key_more(cast: Cast) -> None:
    with time_machine.travel(JUNE, tick=False):
        (person,) = people(cast, 1)
    text = flooded(cast, person).content.decode()
    assert f"id_{person.pk}_house_error" in text
    assert "房屋情况有变化" not in text  # asked by the key
    assert flooded(cast, person, house="30").status_code == 422
    assert flooded(cast, person, house="13").status_code == 200
    house = Dwelling.objects.get()
    assert (house.risks, house.confirmed_on) == (["low", "stream"], date(2026, 6, 9))
    assert Visit.objects.get().extra["dwelling"]["risks"] == ["low", "stream"]


def test_a_house_that_is_known_is_as_it_was_or_changes_without_losing_who_helps(cast: Cast) -> None:
    with time_machine.travel(JUNE, tick=False):
        same, changed = people(cast)
        for person in (same, changed):
            Dwelling.objects.create(person=person, risks=["low"], helper="村主任", refuge="小学",
                                    confirmed_on=date(2026, 4, 1), confirmed_by=cast.visitor)  # fmt: skip
    assert "0没变" in flooded(cast, same).content.decode()
    assert flooded(cast, same, house="0").status_code == 200
    assert flooded(cast, changed, house="6").status_code == 200
    first, second = Dwelling.objects.order_by("person_id")
    assert (first.risks, first.confirmed_on) == (["low"], date(2026, 6, 9))
    assert (second.risks, second.helper, second.refuge) == ([], "村主任", "小学")


def test_nothing_changed_is_said_of_the_house_that_the_page_knew(cast: Cast) -> None:
    with time_machine.travel(JUNE, tick=False):
        (person,) = people(cast, 1)
    Dwelling.objects.create(person=person, risks=["low"], helper="村主任", refuge="小学",
                            confirmed_on=date(2026, 4, 1), confirmed_by=cast.visitor)  # fmt: skip
    # The page said “0都不是”; by now the same key would say that the low ground is still there.
    response = flooded(cast, person, house="0", numbered=";;")
    assert response.status_code == 422
    assert "0的意思不一样了" in response.content.decode()
    assert (
        flooded(cast, person, house="0", numbered=numbered(response.content.decode(), person)).status_code
        == 200
    )
