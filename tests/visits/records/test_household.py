"""A household visited in one go: one page, a record for each member, all of them or none (practice P18)."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.followup.models import ChangeReport, Finding, FindingStep
from visits.records import services
from visits.records.models import Draft, KnownState, Visit
from visits.records.services.household import MemberSameDay, submit_household
from visits.records.services.knowing import note_known
from visits.roster.models import Household, Person
from visits.schedule import services as schedule
from visits.schedule.models import DueItem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def home(cast: Cast) -> list[Person]:
    """户主, 妻, 母 on 低保 and 特困 uncle: four under one roof."""
    village = cast.village
    made = Household.objects.create(
        head_name="林金火",
        county_id=village.county_id,
        township_id=village.township_id,
        village_id=village.pk,
    )
    rows = [
        make_person(cast, name="林金火", sex="M", birth=datetime(1975, 3, 1).date(), relation="户主"),
        make_person(cast, name="陈秀英", birth=datetime(1977, 3, 1).date(), relation="妻"),
        make_person(cast, name="林依妹", relation="母"),
        make_person(cast, name="林依弟", sex="M", groups=("tekun",), relation="叔"),
    ]
    Person.objects.filter(pk__in=[row.pk for row in rows]).update(
        household=made, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    schedule.generate(on=DAY)
    return list(Person.objects.filter(household=made).order_by("pk"))


def url(person: Person, name: str = "household_visit") -> str:
    return reverse(f"visits_records:{name}", args=[person.uuid])


def filled(home: list[Person], states: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A first visit: the household's answers once, one button a member."""
    made: dict[str, Any] = {
        "key": str(uuid.uuid4()),
        "shown_on": DAY.isoformat(),
        "day": "today_pm",
        "mode": "home",
        "area_family": "good",
        "gas": "8",
        "water_heating": "0",
        "electricity": "0",
        "area_hygiene": "good",
        "area_dwelling": "good",
        "report": "yes",
        "action": "save",
    }
    for person, state in zip(home, states or ["self", "proxy", "self", "self"], strict=True):
        made |= {f"state__{person.pk}": state, f"last__{person.pk}": "none"}
        if state in ("self", "proxy"):
            made[f"own__{person.pk}"] = "good"
    uncle = home[3].pk
    if made[f"state__{uncle}"] == "self":
        made[f"area_self_care__{uncle}"] = "good"
    return {name: value for name, value in (made | changes).items() if value is not None}


def test_one_press_makes_a_record_of_each_and_does_what_was_owed(cast: Cast, home: list[Person]) -> None:
    answer = signed_in(cast.visitor).post(url(home[0]), filled(home))
    assert answer.status_code == 302, answer.content.decode()
    visits = list(Visit.objects.order_by("person_id"))
    assert [visit.met for visit in visits] == ["self", "proxy", "self", "self"]
    assert len({visit.together for visit in visits}) == 1
    assert visits[0].together is not None
    assert all(visit.gas == 8 and visit.mode == "home" and visit.visited_on == DAY for visit in visits)
    assert visits[3].extra["self_care"]["eating"] is True
    assert not DueItem.objects.to_do(DAY).exists()
    assert LogEntry.objects.filter(action="visit_submitted").count() == 4


def test_who_was_not_met_stays_owed_and_the_away_are_asked_for_their_month(
    cast: Cast, home: list[Person]
) -> None:
    client, wife, mother = signed_in(cast.visitor), home[1], home[2]
    states = ["self", "away", "none", "none"]
    answer = client.post(url(home[0]), filled(home, states))
    assert answer.status_code == 422
    assert "请选最近一次联系是几月" in answer.content.decode()
    answer = client.post(url(home[0]), filled(home, states, **{f"contact_month__{wife.pk}": "11"}))
    assert answer.status_code == 302
    assert {visit.person_id: visit.met for visit in Visit.objects.all()} == {
        home[0].pk: "self",
        wife.pk: "away",
    }
    assert Visit.objects.get(person=wife).extra["contact_month"] == 11
    assert Visit.objects.get(person=wife).mood == 9
    assert Visit.objects.get(person=wife).gas == 8
    assert set(DueItem.objects.to_do(DAY).values_list("person_id", flat=True)) == {mother.pk, home[3].pk}


def test_whoever_must_be_met_is_named_and_cannot_be_spoken_for(cast: Cast, home: list[Person]) -> None:
    page = signed_in(cast.visitor).get(url(home[0])).content.decode()
    assert "要见本人才算" in page
    assert "林依弟" in page[page.index("要见本人才算") : page.index("要见本人才算") + 60]
    states = ["self", "self", "self", "proxy"]
    answer = signed_in(cast.visitor).post(url(home[0]), filled(home, states))
    assert answer.status_code == 302
    assert not Visit.objects.filter(person=home[3]).exists()  # what is not offered is not taken


def test_the_shared_answers_are_those_that_stood_on_the_page_and_the_own_ones_each_persons(
    cast: Cast, home: list[Person]
) -> None:
    before = DAY - timedelta(days=40)
    for person, changes in (
        (home[0], {"mobility": 1, "outdoor": 1}),
        (home[2], {"thinking": 1, "outdoor": 0}),
    ):
        services.submit(
            person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(),
            body=body(visited_on=before - timedelta(days=person.pk == home[2].pk), **changes),
        )  # fmt: skip
    post = filled(home, ["self", "self", "self", "none"], area_hygiene="same", area_dwelling="same")
    for person in (home[0], home[2]):
        post |= {f"own__{person.pk}": "same", f"last__{person.pk}": ""}
    answer = signed_in(cast.visitor).post(url(home[2]), post)
    assert answer.status_code == 302, answer.content.decode()
    now = {visit.person_id: visit for visit in Visit.objects.exclude(together=None)}
    assert [now[home[n].pk].outdoor for n in (0, 1, 2)] == [1, 1, 1]
    assert [now[home[n].pk].mobility for n in (0, 1, 2)] == [1, 0, 0]
    assert [now[home[n].pk].thinking for n in (0, 1, 2)] == [0, 0, 1]


def test_a_change_in_one_of_them_is_theirs_alone(cast: Cast, home: list[Person]) -> None:
    mother = home[2].pk
    post = filled(home) | {f"own__{mother}": "changed", f"mobility__{mother}": "2"}
    post |= {f"{code}__{mother}": "0" for code in ("speech", "illness", "mood", "thinking", "stress")}
    post |= {f"personal_hygiene__{mother}": "1", f"note_mobility__{mother}": "跌了一跤"}
    answer = signed_in(cast.visitor).post(url(home[0]), post)
    assert answer.status_code == 302, answer.content.decode()
    hers = Visit.objects.get(person=mother)
    assert (hers.mobility, hers.personal_hygiene, hers.notes) == (2, 1, {"mobility": "跌了一跤"})
    assert not Visit.objects.exclude(person=mother).exclude(mobility=0).exists()


def test_a_change_of_the_household_is_reported_once(cast: Cast, home: list[Person]) -> None:
    """practice P23: several changes in one family stay one case."""
    answer = signed_in(cast.visitor).post(url(home[0]), filled(home, area_family="changed", income="12"))
    assert answer.status_code == 302
    assert Visit.objects.filter(income=12, reportable=True, report_wanted=True).count() == 4
    report = ChangeReport.objects.get()
    assert [row["code"] for row in report.items] == ["income"]


def test_what_is_missing_is_said_where_it_is_and_by_name(cast: Cast, home: list[Person]) -> None:
    post = filled(home, **{f"own__{home[1].pk}": None, "gas": None, "area_dwelling": None})
    answer = signed_in(cast.visitor).post(url(home[0]), post)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("陈秀英：本人的情况还没选", "燃气：每次都要现看，请选一个", "居住环境还没选"):
        assert words in page
    assert "家庭状况还没选" not in page
    assert not Visit.objects.exists()
    empty = signed_in(cast.visitor).post(url(home[0]), filled(home, ["none"] * 4))
    assert "还没有点见到了谁" in empty.content.decode()


def test_the_same_press_twice_makes_one_visit_each_and_other_words_are_refused(
    cast: Cast, home: list[Person]
) -> None:
    client, post = signed_in(cast.visitor), filled(home)
    assert client.post(url(home[0]), post).status_code == 302
    assert client.post(url(home[0]), post).status_code == 302
    assert Visit.objects.count() == 4
    other = client.post(url(home[0]), post | {"electricity": "1"})
    assert other.status_code == 409
    assert "两次填的不一样" in other.content.decode()
    fewer = client.post(url(home[0]), post | {f"state__{home[1].pk}": "none"})
    assert fewer.status_code == 409
    assert Visit.objects.count() == 4


def test_somebody_recorded_that_day_is_joined_or_left_out_and_the_others_wait(
    cast: Cast, home: list[Person]
) -> None:
    head = make_user("谢依水", "13800000777", cast.visitor.posts.get().role, cast.village)
    Person.objects.filter(pk=home[0].pk).update(assignee=head)
    cast.refresh()
    from accounts.scoping import duty_of

    duty_of(head, DAY)
    first, _ = services.submit(person_id=home[0].pk, by=head, at=AT, key=uuid.uuid4(), body=body())
    Person.objects.filter(pk=home[0].pk).update(assignee=cast.visitor)
    client, post = signed_in(cast.visitor), filled(home)
    answer = client.post(url(home[0]), post)
    assert answer.status_code == 422
    assert "谢依水已经记过一次" in answer.content.decode()
    assert Visit.objects.count() == 1  # all or nothing
    answer = client.post(url(home[0]), post | {f"clash__{home[0].pk}": "join"})
    assert answer.status_code == 302
    first.refresh_from_db()
    assert first.companions == cast.visitor.name
    assert Visit.objects.count() == 4
    assert Visit.objects.filter(person=home[0]).count() == 1


def test_a_second_record_of_the_day_can_be_made_on_purpose(cast: Cast, home: list[Person]) -> None:
    services.submit(person_id=home[0].pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body())
    post = filled(home, ["self", "self", "none", "none"], **{f"clash__{home[0].pk}": "second"})
    assert signed_in(cast.visitor).post(url(home[0]), post).status_code == 302
    assert Visit.objects.filter(person=home[0]).count() == 2


def test_the_service_takes_all_or_none(cast: Cast, home: list[Person]) -> None:
    services.submit(person_id=home[3].pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body())
    with pytest.raises(MemberSameDay) as refused:
        submit_household(
            by=cast.visitor, at=AT, key=uuid.uuid4(), bodies={row.pk: body() for row in home[2:]}
        )
    assert refused.value.person_id == home[3].pk
    assert Visit.objects.count() == 1
    stranger = make_person(cast, name="别家人")
    with pytest.raises(services.CannotVisit, match="有变动"):
        submit_household(
            by=cast.visitor, at=AT, key=uuid.uuid4(), bodies={home[0].pk: body(), stranger.pk: body()}
        )


def test_the_typing_is_kept_for_the_household_beside_that_of_a_single_form(
    cast: Cast, home: list[Person]
) -> None:
    client, post = signed_in(cast.visitor), filled(home, remark="下周再来")
    single = {"key": str(uuid.uuid4()), "remark": "单独写的"}
    client.post(reverse("visits_records:draft", args=[home[0].uuid]), single, headers={"X-Autosave": "1"})
    answer = client.post(url(home[0], "household_draft"), post, headers={"X-Autosave": "1"})
    assert answer.json()["saved"]
    page = client.get(url(home[1])).content.decode()  # opened from another member: the same draft
    assert "接着写" in page
    assert "下周再来" in page
    assert f'id="id_own__{home[2].pk}_good" value="good" checked' in page
    assert client.post(url(home[1]), post).status_code == 302
    assert not Draft.objects.filter(together=True).exists()
    # a save that was on its way brings nothing back
    assert client.post(url(home[0], "household_draft"), post, headers={"X-Autosave": "1"}).json() == {
        "saved": ""
    }


def test_the_draft_can_be_dropped_and_is_its_authors_own(cast: Cast, home: list[Person]) -> None:
    client = signed_in(cast.visitor)
    client.post(url(home[0], "household_draft"), filled(home, remark="先写着"))
    other: Client = signed_in(cast.village_head)
    assert "先写着" not in other.get(url(home[0])).content.decode()
    client.post(url(home[1], "household_draft"), {"action": "drop"})
    assert not Draft.objects.exists()


def test_whoever_lives_alone_is_recorded_on_the_single_form(cast: Cast) -> None:
    person = make_person(cast, name="郑依姆")
    answer = signed_in(cast.visitor).get(url(person))
    assert answer.url == reverse("visits_records:visit_new", args=[person.uuid])


def test_members_of_other_visitors_are_not_recorded_by_a_visitor(cast: Cast, home: list[Person]) -> None:
    Person.objects.filter(pk=home[1].pk).update(assignee=cast.village_head)
    page = signed_in(cast.visitor).get(url(home[0])).content.decode()
    assert "陈秀英" not in page
    assert "陈秀英" in signed_in(cast.village_head).get(url(home[0])).content.decode()


def test_who_has_changed_says_what_and_who_is_away_is_asked_nothing_else(
    cast: Cast, home: list[Person]
) -> None:
    services.submit(
        person_id=home[0].pk, by=cast.visitor, at=AT, key=uuid.uuid4(),
        body=body(visited_on=DAY - timedelta(days=40)),
    )  # fmt: skip
    post = filled(home, ["self", "away", "none", "none"], area_hygiene=None)
    post |= {f"own__{home[0].pk}": "changed", f"last__{home[0].pk}": ""}
    page = signed_in(cast.visitor).post(url(home[0]), post).content.decode()
    assert "林金火：点了有变化，请点出是哪一项" in page
    assert "卫生状况还没选" in page
    assert "陈秀英：本人的情况" not in page


def test_a_household_of_four_stays_a_bearable_page(cast: Cast, home: list[Person]) -> None:
    """The budget of 100 kB is a page of one; this page stands for four."""
    answer = signed_in(cast.visitor).get(url(home[0]))
    assert len(answer.content) < 150_000


def test_what_was_not_settled_is_asked_of_whom_it_concerns_and_answered_for_them_only(
    cast: Cast, home: list[Person]
) -> None:
    first, second = home[0], home[1]
    client = signed_in(cast.visitor)
    for person in (first, second):
        services.submit(
            person_id=person.pk, by=cast.visitor, at=AT - timedelta(days=40), key=uuid.uuid4(),
            body=body(visited_on=DAY - timedelta(days=40), mood=2),
        )  # fmt: skip
    found = {row.person_id: row for row in Finding.objects.filter(code="mood")}
    name = {pk: f"open_{row.uuid.hex}__{pk}" for pk, row in found.items()}
    page = client.get(url(home[0])).content.decode()
    assert page.count("上次没办好的：") == 2
    data = filled(home, area_hygiene="same", area_dwelling="same")
    data |= {name[first.pk]: "done", name[second.pk]: "not"}
    data |= {f"last__{p.pk}": str(Visit.objects.get(person=p).uuid) for p in (first, second)}
    answer = client.post(url(home[0]), data)
    assert answer.status_code == 302, answer.content.decode()
    words = {
        pk: set(FindingStep.objects.filter(finding=row).values_list("kind", flat=True))
        for pk, row in found.items()
    }
    assert "better" in words[first.pk]
    assert words[first.pk] != words[second.pk]


def test_what_lasts_is_said_beside_the_member_it_is_known_of(cast: Cast, home: list[Person]) -> None:
    duty_of(cast.township_clerk, DAY)
    note_known(
        person_id=home[2].pk, code="mobility", value=2, care="儿媳照料", on=DAY - timedelta(days=30),
        by=cast.township_clerk, at=AT - timedelta(days=30),
    )  # fmt: skip
    page = signed_in(cast.visitor).get(url(home[0])).content.decode()
    assert page.count("长期状况（已知）：</b>") == 1
    assert f'name="failed_mobility__{home[2].pk}"' in page
    answer = signed_in(cast.visitor).post(
        url(home[0]), filled(home) | {f"failed_mobility__{home[2].pk}": "on"}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert KnownState.objects.get().ended_on == DAY
    assert Visit.objects.get(person=home[2]).report_wanted
