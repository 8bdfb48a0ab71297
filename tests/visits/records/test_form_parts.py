"""The visit form beside its eighteen items: lasting states, needs, the house, the police, where the visit was."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.cast import Cast, make_person, signed_in
from tests.visits.records.test_visiting_views import before, filled, url
from tests.visits.records.visiting_bodies import AT, DAY
from visits.core.models import UnitSetting
from visits.followup.models import ChangeReport
from visits.records.models import KnownState, Visit
from visits.records.services.knowing import note_known
from visits.roster.models import Dwelling, Membership, Person, Relative
from visits.roster.services.dwelling import Facts, note_dwelling

SAME = {f"area_{code}": "same" for code in ("health", "mind", "hygiene", "dwelling")}
HALF = date(2027, 5, 24)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast, care_arrangement="女儿照料，每天来两次")
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return found


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return signed_in(cast.visitor)


def page_of(client: Client, person: Person) -> str:
    return client.get(url(person)).content.decode()


def newest() -> Visit:
    return Visit.objects.latest("pk")


# lasting states


def wheelchair(cast: Cast, person: Person, on: date = DAY - timedelta(days=10)) -> KnownState:
    return note_known(
        person_id=person.pk, code="mobility", value=2, care="女儿照料", on=on, by=cast.visitor, at=AT
    )


def test_what_is_known_is_said_and_not_asked_on_a_first_visit(
    cast: Cast, person: Person, visitor: Client
) -> None:
    wheelchair(cast, person)
    page = page_of(visitor, person)
    assert "长期状况（已知）" in page
    assert "只能在屋里、坐轮椅，女儿照料，2027年5月14日再看" in page
    assert "别的都好" in page
    assert visitor.post(url(person), filled()).status_code == 302
    assert (newest().mobility, newest().max_level) == (2, 0)


def test_what_was_noted_after_the_last_visit_stands_for_what_that_visit_said(
    cast: Cast, person: Person, visitor: Client
) -> None:
    before(person, cast.visitor, mobility=0)
    wheelchair(cast, person)
    visitor.post(url(person), filled(**SAME))
    assert (newest().mobility, newest().rise) == (2, False)


def test_better_on_a_later_visit_is_what_the_next_one_takes_over(
    cast: Cast, person: Person, visitor: Client
) -> None:
    wheelchair(cast, person, DAY - timedelta(days=60))
    before(person, cast.visitor, mobility=1)
    visitor.post(url(person), filled(**SAME))
    assert newest().mobility == 1


def test_urgent_last_time_is_looked_at_though_something_is_known(
    cast: Cast, person: Person, visitor: Client
) -> None:
    wheelchair(cast, person, DAY - timedelta(days=60))
    before(person, cast.visitor, mobility=3)
    answer = visitor.post(url(person), filled(**SAME))
    assert "行动能力：请选一个" in answer.content.decode()


def test_worse_than_known_is_a_finding_and_nobody_to_care_makes_it_one_again(
    cast: Cast, person: Person, visitor: Client
) -> None:
    row = wheelchair(cast, person)
    worse = filled(area_health="changed", mobility="3", speech="0", illness="0")
    assert visitor.post(url(person), worse).status_code == 302
    assert newest().max_level == 3
    still = SAME | {"area_health": "changed", "mobility": "2", "failed_mobility": "on", "second": "on"}
    assert visitor.post(url(person), filled(**still)).status_code == 302
    assert (newest().max_level, newest().reportable) == (2, True)
    row.refresh_from_db()
    assert row.ended_on == DAY
    assert "照料的人顾不上了" in str(ChangeReport.objects.get(visit=newest()).items)
    assert "长期状况（已知）" not in page_of(visitor, person)


def test_a_day_that_has_come_is_answered_with_one_tap(cast: Cast, person: Person, visitor: Client) -> None:
    row = wheelchair(cast, person, DAY - timedelta(days=200))
    assert "还是这样，照旧" in page_of(visitor, person)
    visitor.post(url(person), filled(again_mobility="on"))
    row.refresh_from_db()
    assert row.review_on == HALF


def test_who_says_that_nobody_cares_says_that_the_state_is_there(
    cast: Cast, person: Person, visitor: Client
) -> None:
    wheelchair(cast, person, DAY - timedelta(days=60))
    before(person, cast.visitor, mobility=0)
    visitor.post(url(person), filled(**SAME, failed_mobility="on"))
    assert (newest().mobility, newest().max_level) == (2, 2)


LASTS = {"area_health": "changed", "speech": "0", "mobility": "2", "illness": "0", "long_mobility": "on"}


def test_a_state_is_called_lasting_with_who_cares_from_the_file(
    cast: Cast, person: Person, visitor: Client
) -> None:
    page = page_of(visitor, person)
    assert 'name="longcare_mobility" value="女儿照料，每天来两次"' in page
    assert 'name="longback_mobility" value="2027-05-24"' in page
    assert "long_gas" not in page
    assert "long_income" not in page
    sent = filled(**LASTS, longcare_mobility="女儿照料", longback_mobility="2027-02-01")
    assert visitor.post(url(person), sent).status_code == 302
    row = KnownState.objects.get()
    assert (row.code, row.care, row.review_on, row.visit) == (
        "mobility",
        "女儿照料",
        date(2027, 2, 1),
        newest(),
    )
    assert newest().max_level == 0
    record = visitor.get(f"/records/visits/{newest().uuid}").content.decode()
    assert "长期状况（已知）：女儿照料" in record
    paper = visitor.get(f"/records/visits/{newest().uuid}/print").content.decode()
    assert "长期状况（已知）：女儿照料" in paper


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"longcare_mobility": ""}, "行动能力：请写谁在照料"),
        ({"longback_mobility": "2026-11-24"}, "两年以内"),
        ({"longback_mobility": "明年"}, "日期写成"),
    ],
)
def test_what_is_missing_about_a_lasting_state_is_said(
    person: Person, visitor: Client, sent: dict[str, str], sentence: str
) -> None:
    answer = visitor.post(url(person), filled(**LASTS, **({"longcare_mobility": "女儿"} | sent)))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_tick_left_from_an_answer_that_was_changed_means_nothing(person: Person, visitor: Client) -> None:
    sent = filled(**(LASTS | {"mobility": "3"}), longcare_mobility="女儿照料")
    assert visitor.post(url(person), sent).status_code == 302
    assert not KnownState.objects.exists()


def test_a_correction_brings_along_what_was_called_lasting_and_who_failed(
    cast: Cast, person: Person, visitor: Client
) -> None:
    note_known(
        person_id=person.pk,
        code="thinking",
        value=1,
        care="老伴看着",
        on=DAY - timedelta(days=9),
        by=cast.visitor,
        at=AT,
    )
    sent = filled(**LASTS, longcare_mobility="女儿照料", failed_thinking="on")
    assert visitor.post(url(person), sent).status_code == 302
    first = newest()
    form = visitor.get(f"{url(person)}?replaces={first.uuid}").context["form"]
    assert (form["long_mobility"].value(), form["failed_thinking"].value()) == (True, True)
    again = filled(
        **LASTS, longcare_mobility="儿媳照料", replaces=str(first.uuid), void_reason="写错人", last="none"
    )
    assert visitor.post(url(person), again).status_code == 302
    assert set(KnownState.objects.live().values_list("code", "care")) == {
        ("mobility", "儿媳照料"),
        ("thinking", "老伴看着"),
    }


# needs


def test_needs_are_folded_stored_shown_and_never_taken_over(
    cast: Cast, person: Person, visitor: Client
) -> None:
    visitor.post(url(person), filled(needs=["medicine", "house"]))
    first = newest()
    assert first.extra["needs"] == ["medicine", "house"]
    for kind in ("", "/print"):
        assert "看病用药、修房子" in visitor.get(f"/records/visits/{first.uuid}{kind}").content.decode()
    form = visitor.get(url(person)).context["form"]
    assert not form["needs"].value()
    visitor.post(url(person), filled(**SAME, second="on"))
    assert "needs" not in (newest().extra or {})


# the house


@pytest.fixture
def flood(cast: Cast) -> None:
    UnitSetting.objects.create(
        region=cast.county, key="flood_season", value=["11-01", "11-30"], starts_on=date(2020, 1, 1)
    )


WET = {"s_leak": "0", "s_refuge_told": "0"}


def test_outside_the_flood_season_nothing_is_asked_of_the_house(person: Person, visitor: Client) -> None:
    assert "dwelling_risks" not in page_of(visitor, person)


def test_the_first_visit_in_the_season_asks_once_how_the_house_stands(
    person: Person, visitor: Client, flood: None
) -> None:
    answer = visitor.post(url(person), filled(**WET))
    assert "都不是的点“都不是”" in answer.content.decode()
    both = visitor.post(url(person), filled(**WET, dwelling_risks=["none", "low"]))
    assert "不能再选别的" in both.content.decode()
    sent = filled(**WET, dwelling_risks=["stream"], dwelling_helper="王永福", dwelling_refuge="月洲小学")
    assert visitor.post(url(person), sent).status_code == 302
    row = Dwelling.objects.get(person=person)
    assert (row.risks, row.helper, row.refuge, row.confirmed_on) == (["stream"], "王永福", "月洲小学", DAY)
    page = page_of(visitor, person)
    assert "靠溪、靠水" in page
    assert "月洲小学" in page
    assert 'name="dwelling" value="same"' in page


def test_later_visits_confirm_the_house_or_change_it_in_place(
    cast: Cast, person: Person, visitor: Client, flood: None
) -> None:
    facts = Facts(("slope",), "王永福", "13800004471", "月洲小学")
    note_dwelling(
        person_id=person.pk, facts=facts, on=DAY - timedelta(days=80), by=cast.township_clerk, at=AT
    )
    before(person, cast.visitor)
    shown = {"dwelling_risks": ["slope"], "dwelling_helper": "王永福", "dwelling_helper_phone": "13800004471",
             "dwelling_refuge": "月洲小学"}  # fmt: skip
    asked = visitor.post(url(person), filled(**SAME, **WET, **shown))
    assert "房屋情况：有没有变化，请点一下" in asked.content.decode()
    assert visitor.post(url(person), filled(**SAME, **WET, **shown, dwelling="same")).status_code == 302
    row = Dwelling.objects.get()
    assert (row.confirmed_on, row.confirmed_by, row.risks) == (DAY, cast.visitor, ["slope"])
    assert "房屋情况" in visitor.get(f"/records/visits/{newest().uuid}").content.decode()
    changed = {**shown, "dwelling": "changed", "dwelling_risks": ["slope", "unsafe"]}
    assert visitor.post(url(person), filled(**SAME, **WET, **changed, second="on")).status_code == 302
    row.refresh_from_db()
    assert row.risks == ["slope", "unsafe"]
    assert newest().extra["season"]["answers"]["dwelling_changed"] is True
    assert newest().extra["dwelling"]["changed"] is True


def test_a_call_in_the_season_leaves_the_house_alone(
    cast: Cast, person: Person, visitor: Client, flood: None
) -> None:
    call = {"mode": "phone", "area_safety": "unseen", "gas": None, "water_heating": None, "electricity": None}
    assert visitor.post(url(person), filled(**call)).status_code == 302
    assert not Dwelling.objects.exists()


# where the visit was


def test_in_an_institution_neither_flood_nor_house_is_asked(
    cast: Cast, person: Person, visitor: Client, flood: None
) -> None:
    Membership.objects.filter(person=person).update(care="institution")
    page = page_of(visitor, person)
    assert "看他在机构里住的那一间" in page
    assert "住在机构里的，这几样不用填" in page
    assert visitor.post(url(person), filled(mode="more", mode_more="institution")).status_code == 302
    assert newest().extra is None or "season" not in newest().extra


def test_in_hospital_what_belongs_to_the_home_is_not_asked(
    cast: Cast, person: Person, visitor: Client, flood: None
) -> None:
    before(person, cast.visitor)
    lying = {
        "area_hygiene": None,
        "area_dwelling": None,
        "gas": None,
        "water_heating": None,
        "electricity": None,
    }
    sent = filled(**(SAME | lying), mode="more", mode_more="hospital")
    assert visitor.post(url(person), sent).status_code == 302
    visit = newest()
    assert [visit.gas, visit.home_hygiene, visit.indoor, visit.neighbours] == [9, 9, 9, 9]
    assert set(visit.extra["reasons"].values()) == {"hospital"}
    assert visit.mobility == 0
    assert "season" not in visit.extra


def test_in_hospital_what_somebody_did_answer_of_the_home_stays(person: Person, visitor: Client) -> None:
    sent = filled(mode="more", mode_more="hospital", gas="2", water_heating=None, electricity=None)
    assert visitor.post(url(person), sent).status_code == 302
    assert (newest().gas, newest().electricity, newest().home_hygiene) == (2, 9, 9)


def test_self_care_that_changed_names_the_new_assessment(cast: Cast, visitor: Client) -> None:
    person = make_person(cast, groups=("tekun",))
    Person.objects.filter(pk=person.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    able = dict.fromkeys(("eating", "dressing", "bed", "toilet", "walking", "washing"), True)
    before(person, cast.visitor, self_care=able)
    sent = filled(**SAME, area_self_care="changed", care_lost=["washing"])
    assert visitor.post(url(person), sent).status_code == 302
    record = visitor.get(f"/records/visits/{newest().uuid}").content.decode()
    assert "县级应在10个工作日内重新评估" in record
    assert "10个工作日内重新评估" in str(ChangeReport.objects.get().items)


# minors, and what the police must know


@pytest.fixture
def child(cast: Cast) -> Person:
    found = make_person(cast, name="林小妹", birth=date(2016, 3, 1), groups=("left_behind",))
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    Relative.objects.create(
        person=found, kind="parent", relation="父亲", name="林大山", phone="13800004471", place="福清打工",
        created_at=AT, created_by=cast.township_clerk,
    )  # fmt: skip
    return found


CHILD = {"area_minor": "good", "harm": "0"}


def test_a_child_s_form_names_the_parents_with_their_telephone(child: Person, visitor: Client) -> None:
    page = page_of(visitor, child)
    assert "父亲林大山，福清打工" in page
    assert "tel:13800004471" in page
    assert visitor.post(url(child), filled(**CHILD)).status_code == 302


def test_signs_of_abuse_are_not_saved_before_it_is_said_whether_the_police_know(
    child: Person, visitor: Client
) -> None:
    hurt = CHILD | {"harm": "3"}
    answer = visitor.post(url(child), filled(**hurt))
    assert answer.status_code == 422
    assert "先打110，再选一下：报警了吗" in answer.content.decode()
    when = visitor.post(url(child), filled(**hurt, police="told"))
    assert "请写几点报的、哪个派出所" in when.content.decode()
    said = filled(**hurt, police="told", police_words="下午3点20分，嵩口派出所")
    assert visitor.post(url(child), said).status_code == 302
    assert newest().extra["police"] == {"told": True, "words": "下午3点20分，嵩口派出所"}
    assert newest().report_wanted
    record = visitor.get(f"/records/visits/{newest().uuid}").content.decode()
    assert "已报警：下午3点20分，嵩口派出所" in record


def test_a_threatened_adult_is_told_of_110_too_and_nobody_else_is_asked(
    person: Person, visitor: Client
) -> None:
    threat = filled(area_mind="changed", mood="0", thinking="0", stress="13", police="now")
    assert visitor.post(url(person), threat).status_code == 302
    assert newest().extra["police"] == {"told": False, "words": ""}
    calm = SAME | {"stress": "0", "police": "told", "police_words": "昨天", "second": "on"}
    assert visitor.post(url(person), filled(**calm)).status_code == 302
    assert "police" not in (newest().extra or {})
