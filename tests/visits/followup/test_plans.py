"""救助方案: who needs one is on the list at once; each has one that holds, and what was told stays as it was."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.scoping import duty_of
from tests.cast import Cast, make_cast, make_person, signed_in
from tests.world import evening, visit
from visits.followup import planning, services
from visits.followup.models import OpenNeed, Plan, PlanMeasure
from visits.followup.selectors import plans as selectors
from visits.records.models import Visit
from visits.records.services import void
from visits.roster.models import Benefit, Person
from visits.roster.services import CannotChange, merging

TODAY = date(2026, 11, 24)
AT = evening(TODAY)
CARE = services.Measure("care", "请护理员每周上门两次", "养老服务站", "王师傅", TODAY + timedelta(days=20))
DRAFT = services.Draft(
    degree="heavy", needs=["care"], review_on=TODAY + timedelta(days=180), measures=(CARE,), note="女儿在外地"
)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def planned(cast: Cast, person: Person, draft: services.Draft = DRAFT, at: datetime = AT) -> Plan:
    return services.make(person_id=person.pk, draft=draft, by=cast.township_clerk, at=at)


def ticking(cast: Cast, person: Person, *codes: str, on: date = TODAY, **more) -> Visit:
    """A visit on which these needs were ticked."""
    made = visit(person, cast.visitor, on, needs=list(codes), **more)
    cast.refresh(TODAY)
    return made


def listed(cast: Cast, which: str = "needs") -> list[str]:
    return [person.name for person in selectors.people(cast.township_clerk, {"which": which}, TODAY)]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("classes", "benefits", "found", "degree"),
    [
        ({"dibao"}, {"dibao"}, [], "common"),
        ({"dibao"}, {"dibao"}, [("mood", 2)], "common"),
        ({"dibao"}, set(), [("mood", 2)], "heavy"),
        ({"dibao"}, {"dibao"}, [("mood", 2), ("gas", 2)], "heavy"),
        ({"tekun"}, {"tekun"}, [], "heavy"),
        ({"tekun"}, {"tekun"}, [("care_eating", 2)], "grave"),
        ({"dibao"}, {"dibao"}, [("illness", 3)], "grave"),
    ],
)
def test_how_hard_life_is_is_suggested_from_what_is_known(classes, benefits, found, degree) -> None:
    assert planning.degree(classes, benefits, found) == degree


@pytest.mark.parametrize(
    ("on", "key", "review"),
    [
        (date(2026, 11, 24), True, date(2027, 5, 24)),
        (date(2026, 8, 31), True, date(2027, 2, 28)),
        (date(2028, 2, 29), False, date(2029, 2, 28)),
        (date(2026, 12, 31), False, date(2027, 12, 31)),
    ],
)
def test_when_a_plan_is_looked_at_again(on, key, review) -> None:
    assert planning.review_day(on, key=key) == review


def answer(at: datetime, needs_: list[str], *measures: tuple[str, date | None]) -> planning.Answer:
    return planning.Answer(at, needs_, measures)


@pytest.mark.parametrize(
    ("plan", "open_"),
    [
        (None, ("care", "house")),
        (answer(AT - timedelta(days=9), ["care"], ("care", None)), ("house",)),
        (answer(AT - timedelta(days=9), ["care"], ("care", TODAY - timedelta(days=1))), ("care", "house")),
        (answer(AT - timedelta(days=9), ["care"], ("care", TODAY)), ("house",)),
        (answer(AT + timedelta(days=1), ["care", "house"], ("care", None)), ("house",)),
        (answer(AT + timedelta(days=1), [], ("care", None)), ()),
        (answer(AT - timedelta(days=9), []), ("care", "house")),
    ],
    ids=["no plan", "one is under way", "it was done before", "it was done since", "weighed, one left", "weighed, not needed",
         "the standard plan is older"],
)  # fmt: skip
def test_which_needs_no_measure_answers(plan, open_) -> None:
    assert planning.unmet(["care", "house"], TODAY, AT, plan) == open_


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_a_need_that_was_ticked_is_on_the_list_until_a_measure_answers_it(cast: Cast) -> None:
    person = make_person(cast, name="甲")
    ticking(cast, person, "care", "house")
    assert listed(cast) == ["甲"]
    assert OpenNeed.objects.get().codes == ["care", "house"]
    planned(cast, person, replace(DRAFT, needs=["care", "house"]))
    assert OpenNeed.objects.get().codes == ["house"]
    assert listed(cast) == ["甲"]
    repair = services.Measure("house", "换西屋的瓦", "村委会", "林主任", TODAY + timedelta(days=30))
    planned(cast, person, replace(DRAFT, needs=["care", "house"], measures=(CARE, repair), seen=1))
    assert not OpenNeed.objects.exists()
    assert listed(cast) == []


def test_a_record_that_is_voided_takes_its_needs_with_it(cast: Cast) -> None:
    person = make_person(cast)
    made = ticking(cast, person, "meals")
    void(visit_id=made.pk, reason="去的是隔壁", by=cast.visitor, at=AT)
    assert not OpenNeed.objects.exists()


def test_a_finding_nobody_has_said_anything_about_is_on_the_list_too(cast: Cast) -> None:
    person = make_person(cast, name="甲")
    visit(person, cast.visitor, TODAY, values={"gas": 2})
    cast.refresh(TODAY)
    assert listed(cast) == ["甲"]
    row = person.findings.get()
    services.set_measure(
        finding_ids=[row.pk],
        measure="换软管",
        owner_id=None,
        owner_words="燃气公司",
        due_on=TODAY,
        by=cast.visitor,
        at=AT,
    )
    assert listed(cast) == []


# ── versions ─────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_a_new_version_and_the_old_one_stays_as_it_was(cast: Cast) -> None:
    person = make_person(cast)
    old = planned(cast, person)
    row = old.measures.get()
    services.finish(measure_id=row.pk, done_on=TODAY, result="每周二、五来", by=cast.visitor, at=AT)
    new = planned(cast, person, replace(DRAFT, degree="grave", seen=1))
    old.refresh_from_db()
    assert (old.replaced_by, old.replaced_at, old.degree) == (new, AT, "heavy")
    assert (new.version, new.degree, new.measures.get().result) == (2, "grave", "每周二、五来")
    page = signed_in(cast.visitor).get(reverse("visits_followup:plan", args=[old.uuid])).content.decode()
    assert "这是以前的一版" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"degree": "x"}, "degree"),
        ({"needs": ["gold"]}, "needs"),
        ({"review_on": TODAY}, "review_on"),
        ({"review_on": TODAY + timedelta(days=366)}, "review_on"),
        ({"told": "self"}, "told_on"),
        ({"told": "self", "told_on": TODAY + timedelta(days=1)}, "told_on"),
        ({"measures": (), "note": " "}, "note"),
    ],
)
def test_what_a_plan_may_not_say_is_refused_at_its_field(cast: Cast, changes, field) -> None:
    with pytest.raises(CannotChange) as refused:
        planned(cast, make_person(cast), replace(DRAFT, **changes))
    assert refused.value.field == field


def test_only_who_makes_plans_makes_plans(cast: Cast) -> None:
    person = make_person(cast)
    for user in (cast.visitor, cast.township_head, cast.neighbour, cast.inspector):
        with pytest.raises(CannotChange):
            services.make(person_id=person.pk, draft=DRAFT, by=user, at=AT)
    assert services.make(person_id=person.pk, draft=DRAFT, by=cast.county_officer, at=AT).version == 1


def test_whoever_saves_over_another_version_sees_both(cast: Cast) -> None:
    person = make_person(cast)
    client, url = signed_in(cast.township_clerk), reverse("visits_followup:plan_edit", args=[person.uuid])
    assert client.get(url).status_code == 200
    services.make(person_id=person.pk, draft=replace(DRAFT, note="县里先存的"), by=cast.county_officer, at=AT)
    page = client.post(url, posted(seen=0, note="乡镇后存的"))
    text = page.content.decode()
    assert page.status_code == 409
    assert "县里先存的" in text
    assert "乡镇后存的" in text
    assert Plan.objects.count() == 1
    assert client.post(url, posted(seen=1, note="乡镇后存的")).status_code == 302
    assert Plan.objects.live().get().note == "乡镇后存的"


def posted(*, seen: int = 0, rows: int = 1, **changes: object) -> dict[str, object]:
    data: dict[str, object] = {
        "seen": seen, "degree": "heavy", "needs": ["care"], "review_on": "2027-05-24", "note": "", "told": "",
        "m-TOTAL_FORMS": 6, "m-INITIAL_FORMS": 0, "m-MIN_NUM_FORMS": 0, "m-MAX_NUM_FORMS": 12,
    }  # fmt: skip
    for n in range(rows):
        data |= {f"m-{n}-kind": "care", f"m-{n}-words": "上门护理", f"m-{n}-unit": "服务站", f"m-{n}-who": "王师傅",
                 f"m-{n}-due_on": "2026-12-20"}  # fmt: skip
    return data | changes


def test_a_measure_is_complete_or_refused_where_it_lacks_something(cast: Cast) -> None:
    person = make_person(cast)
    client, url = signed_in(cast.township_clerk), reverse("visits_followup:plan_edit", args=[person.uuid])
    page = client.post(url, posted(**{"m-0-who": "", "m-1-words": "研究"}))
    text = page.content.decode()
    assert page.status_code == 422
    assert 'id="id_m-0-who_error"' in text
    assert "请写谁负责" in text
    assert "请写哪个单位" in text
    assert client.post(url, posted()).status_code == 302
    assert PlanMeasure.objects.get().who == "王师傅"


def test_the_editor_starts_from_what_is_known(cast: Cast) -> None:
    person = make_person(cast)
    Benefit.objects.create(
        person=person,
        kind="dibao",
        starts_on=date(2026, 1, 1),
        amount=73500,
        created_at=AT,
        created_by=cast.township_clerk,
    )
    ticking(cast, person, "meals", on=TODAY - timedelta(days=3), values={"electricity": 3})
    page = (
        signed_in(cast.township_clerk)
        .get(reverse("visits_followup:plan_edit", args=[person.uuid]))
        .content.decode()
    )
    assert "低保金每月735元" in page
    for value in ("meals", "safety"):
        assert f'value="{value}" id="id_needs_' in page
    assert page.count("checked") >= 3
    assert 'value="grave"' in page


def test_the_database_knows_one_plan_that_holds(cast: Cast) -> None:
    plan = planned(cast, make_person(cast))
    units = {"county_id": plan.county_id, "township_id": plan.township_id, "village_id": plan.village_id}
    common = {
        "person": plan.person,
        "degree": "common",
        "review_on": TODAY,
        "made_by": cast.township_clerk,
        "made_at": AT,
    }
    for values in (
        {"version": 2},
        {"version": 1, "replaced_at": AT},
        {"version": 3, "replaced_at": AT, "told": "self"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.create(**common, **units, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanMeasure.objects.create(plan=plan, kind="care", words="护理", unit="", who="王", due_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanMeasure.objects.filter(plan=plan).update(done_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        OpenNeed.objects.create(person=plan.person, codes=[], since=TODAY, **units)


def test_two_who_save_at_the_same_moment_make_one_version(committed) -> None:
    cast = make_cast()
    person = make_person(cast)
    gate, got = threading.Barrier(2), []

    def save(user) -> None:
        gate.wait()
        try:
            got.append(services.make(person_id=person.pk, draft=DRAFT, by=user, at=AT))
        except CannotChange as error:
            got.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=save, args=(user,)) for user in (cast.township_clerk, cast.county_officer)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(one).__name__ for one in got) == ["Plan", "PlanConflict"]
    assert Plan.objects.live().count() == 1


def test_a_measure_is_done_once_with_what_came_of_it(cast: Cast) -> None:
    plan = planned(cast, make_person(cast))
    row = plan.measures.get()
    url = reverse("visits_followup:measure_done", args=[plan.uuid, row.pk])
    client = signed_in(cast.visitor)
    assert client.get(url).status_code == 200
    assert client.post(url, {"done_on": "2026-11-24", "result": ""}).status_code == 422
    assert client.post(url, {"done_on": "2026-11-24", "result": "来了两次"}).status_code == 302
    row.refresh_from_db()
    assert (row.done_on, row.result, row.done_by) == (TODAY, "来了两次", cast.visitor)
    assert client.post(url, {"done_on": "2026-11-24", "result": "又来"}).status_code == 422


# ── 标准方案 ──────────────────────────────────────────────────────────────────────────────────────


def test_one_press_gives_the_village_the_standard_plan_and_one_takes_it_back(cast: Cast) -> None:
    for n in range(3):
        make_person(cast, name=f"平{n}", groups=("tekun",) if n == 0 else ("sudden",))
    needy, found, has = (
        make_person(cast, name="丁需"),
        make_person(cast, name="丁查"),
        make_person(cast, name="丁有"),
    )
    make_person(cast, name="丁邻", village=cast.other_village)
    ticking(cast, needy, "meals")
    visit(found, cast.visitor, TODAY, values={"gas": 2})
    cast.refresh(TODAY)
    planned(cast, has)
    client, home = signed_in(cast.township_clerk), reverse("visits_followup:standard")
    url = f"{home}?village={cast.village.pk}"
    page = client.get(url).content.decode()
    assert [name in page for name in ("平0", "平1", "平2", "丁需", "丁查", "丁有", "丁邻")] == [True] * 3 + [
        False
    ] * 4
    ids = list(selectors.standard_people(cast.township_clerk, cast.village.pk).values_list("pk", flat=True))
    assert client.post(url, {"person": [*ids, needy.pk]}).status_code == 422
    assert client.post(url, {"person": ids}).status_code == 302
    made = Plan.objects.filter(standard=True)
    assert sorted(made.values_list("person__name", "review_on")) == [
        ("平0", date(2027, 5, 24)), ("平1", date(2027, 11, 24)), ("平2", date(2027, 11, 24)),
    ]  # fmt: skip
    assert set(made.values_list("note", flat=True)) == {"维持现有救助，按期巡访"}
    # One of them gets a plan of their own: an undo leaves it.
    planned(cast, Person.objects.get(name="平1"), replace(DRAFT, seen=1))
    batch = made.first().batch
    assert "2人" in client.get(home).content.decode()
    assert (
        signed_in(cast.visitor).post(reverse("visits_followup:standard_undo"), {"batch": batch}).status_code
        == 403
    )
    with pytest.raises(CannotChange):
        services.undo_standard(batch=batch, by=cast.neighbour, at=AT)
    assert client.post(reverse("visits_followup:standard_undo"), {"batch": batch}).status_code == 302
    assert sorted(Plan.objects.live().values_list("person__name", flat=True)) == ["丁有", "平1"]
    assert selectors.standard_people(cast.township_clerk, cast.village.pk).count() == 2
    services.confirm_standard(village_id=cast.village.pk, person_ids=ids, by=cast.township_clerk, at=AT)
    assert Plan.objects.live().get(person__name="平0").version == 2


def test_the_same_words_in_more_than_twenty_plans_are_counted_quietly(cast: Cast) -> None:
    people = [make_person(cast, name=f"同{n}") for n in range(21)]
    for person in people[:20]:
        planned(cast, person)
    url = reverse("visits_followup:plans")
    client = signed_in(cast.township_clerk)
    assert "内容相同的方案" not in client.get(url).content.decode()
    planned(
        cast,
        people[20],
        replace(DRAFT, measures=(replace(CARE, who="李师傅", words="请护理员 每周上门两次"),)),
    )
    assert ">21份<" in client.get(url).content.decode()
    ((text, n),) = selectors.alike(cast.township_clerk)
    assert n == 21
    assert "共21人" in client.get(url, {"alike": text}).content.decode()


# ── where it goes, and where it is told ──────────────────────────────────────────────────────────


def test_two_files_become_one_with_the_plan_of_the_other(cast: Cast) -> None:
    kept, merged = make_person(cast, name="甲"), make_person(cast, name="甲")
    plan = planned(cast, merged)
    done = merging.merge(
        kept_id=kept.pk, merged_id=merged.pk, take=[], reason="换过证", by=cast.township_clerk, at=AT
    )
    plan.refresh_from_db()
    assert plan.person == kept
    merging.unmerge(merge_id=done.pk, by=cast.township_clerk, at=AT)
    plan.refresh_from_db()
    assert plan.person == merged


def test_the_person_and_the_next_form_say_what_is_under_way(cast: Cast) -> None:
    person = make_person(cast)
    planned(cast, person)
    client = signed_in(cast.visitor)
    page = client.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert "救助方案" in page
    assert "请护理员每周上门两次" in page
    form = client.get(reverse("visits_records:visit_new", args=[person.uuid])).content.decode()
    assert "方案在办：请护理员每周上门两次（养老服务站 王师傅，12月14日 周一前）" in form


def test_a_plan_on_paper_says_everything_in_plain_words(cast: Cast) -> None:
    person = make_person(cast, name="林依妹")
    Benefit.objects.create(
        person=person,
        kind="dibao",
        starts_on=date(2026, 1, 1),
        amount=73500,
        created_at=AT,
        created_by=cast.township_clerk,
    )
    plan = planned(cast, person, replace(DRAFT, told="self", told_on=TODAY))
    url = reverse("visits_followup:plan_print", args=[plan.uuid])
    page = signed_in(cast.township_clerk).get(url).content.decode()
    for words in (
        "林依妹",
        "较重",
        "有人照料",
        "请护理员每周上门两次",
        "2026年12月14日",
        "2026年11月24日告诉了本人",
        "低保金每月735元",
    ):
        assert words in page
    assert "低保金" not in signed_in(cast.visitor).get(url).content.decode()


def test_todays_page_counts_needs_and_reviews(cast: Cast) -> None:
    ticking(cast, make_person(cast), "meals")
    for who in ("township_clerk", "township_head", "county_officer"):
        page = signed_in(getattr(cast, who)).get("/").content.decode()
        assert "1人有需要、没方案" in page
        assert reverse("visits_followup:plans") + "?which=needs" in page


def test_a_list_of_many_asks_no_more_than_a_list_of_few(cast: Cast) -> None:
    client, url = signed_in(cast.township_clerk), reverse("visits_followup:plans")
    for n in range(2):
        planned(cast, make_person(cast, name=f"甲{n}"))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url, {"which": "all"})
        return len(queries)

    count()
    few = count()
    for n in range(12):
        planned(cast, make_person(cast, name=f"乙{n}"))
    duty_of(cast.township_clerk, TODAY)
    assert count() == few
