"""代录: a filled sheet typed by keys; every rule is that of the visit form."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import services
from visits.records.asking import asked_of
from visits.records.asking_many import asked_many
from visits.records.forms.keys import day_of
from visits.records.models import Attempt, PaperScan, RoundPaper, TypedRow, Visit
from visits.records.services import knowing
from visits.roster.models import Dwelling, Person
from visits.schedule import services as schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return signed_in(cast.township_clerk)


def people(cast: Cast, count: int = 2, **values: Any) -> list[Person]:
    made = [make_person(cast, name=f"林依{n}", **values) for n in range(count)]
    Person.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    return made


def sheet(cast: Cast, rows: list[Person], printed: date = DAY - timedelta(days=4)) -> RoundPaper:
    return RoundPaper.objects.create(
        code=f"K{rows[0].pk}", number="2026-4-月洲-1120", printed_on=printed, printed_by=cast.township_clerk,
        people=[one.pk for one in rows], county_id=cast.county.pk, township_id=cast.township.pk,
        village_id=cast.village.pk,
    )  # fmt: skip


def keys(cast: Cast, paper: RoundPaper | None = None, n: int = 1, **changes: Any) -> dict[str, Any]:
    """A routine row as it is typed."""
    made = {
        "key": str(uuid.uuid4()), "n": str(n), "paper": str(paper.uuid) if paper else "",
        "visitor": str(cast.visitor.pk), "sheet_on": (DAY - timedelta(days=2)).isoformat(),
        "on": "", "mode": "", "met": "1", "areas": "0", "safety": "800", "remark": "",
    }  # fmt: skip
    return {name: value for name, value in (made | changes).items() if value is not None}


def send(client: Client, person: Person, data: dict[str, Any], *, script: bool = True) -> Any:
    headers = {"x-row": "1"} if script else {}
    return client.post(reverse("visits_records:type_row", args=[person.uuid]), data, headers=headers)


def test_a_routine_row_is_a_visit_of_the_one_who_went_typed_by_the_clerk(cast: Cast, clerk: Client) -> None:
    rows = people(cast)
    paper = sheet(cast, rows)
    response = send(clerk, rows[1], keys(cast, paper, 2))
    assert response.status_code == 200
    visit = Visit.objects.get()
    assert (visit.visitor, visit.recorder) == (cast.visitor, cast.township_clerk)
    assert (visit.visited_on, visit.mode, visit.met) == (DAY - timedelta(days=2), "home", "self")
    assert (visit.gas, visit.electricity, visit.income, visit.mood) == (8, 0, 0, 0)
    assert (visit.typed_row.paper, visit.typed_row.row) == (paper, 2)
    assert f"第{visit.record_no}号" in response.content.decode()
    assert "<form" not in response.content.decode()


def test_what_was_circled_is_typed_by_three_digits_and_the_rest_is_as_last_time(
    cast: Cast, clerk: Client
) -> None:
    (person,) = people(cast, 1)
    services.submit(
        person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(),
        body=body(visited_on=DAY - timedelta(days=40), mobility=1, illness=1),
    )  # fmt: skip
    # 健康 (2), 疾病 (3), the third answer; 家庭 (1), 收入 (2), 明显减少: the fifth.
    send(clerk, person, keys(cast, areas="0 232 124", remark="肺炎住过院", report=""))
    visit = Visit.objects.latest("pk")
    assert (visit.illness, visit.mobility, visit.income, visit.speech) == (2, 1, 12, 0)
    assert visit.report_wanted
    assert visit.remark == "肺炎住过院"


def test_the_first_time_what_is_not_circled_is_all_right(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    send(clerk, person, keys(cast, areas="221"))
    visit = Visit.objects.get()
    assert (visit.mobility, visit.speech, visit.illness, visit.neighbours) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"safety": ""}, "safety", "每次都要现看"),
        ({"safety": "8"}, "safety", "每次都要现看"),
        ({"safety": "807"}, "safety", "没有“7”"),
        ({"safety": "890"}, "safety", "要写原因"),
        ({"areas": ""}, "areas", "还没选"),
        ({"areas": "299"}, "areas", "不是编码"),
        ({"areas": "711"}, "areas", "不是编码"),
        ({"areas": "x"}, "areas", "不是编码"),
        ({"met": ""}, "met", "写1本人"),
        ({"met": "3"}, "month", "最近一次联系是几月"),
        ({"mode": "7"}, "mode", "写1到6"),
        ({"on": "1125"}, "on", "半年以前的写全"),
        ({"on": "99"}, "on", "请写哪天去的"),
        ({"on": "2026-12-01"}, "on", "日期晚于今天"),
        ({"visitor": ""}, "", "没有巡访人"),
        ({"visitor": "999999"}, "", "请从名单里选一位"),
        ({"met": "4", "outcome": ""}, "outcome", "去世、迁出的请点“整张填”"),
        ({"key": "no"}, "", "请重新填"),
    ],
)
def test_what_is_wrong_stands_in_the_row_and_nothing_is_kept_or_lost(
    cast: Cast, clerk: Client, changes: dict[str, str], place: str, words: str
) -> None:
    (person,) = people(cast, 1)
    response = send(clerk, person, keys(cast, remark="写过的字", **changes))
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert "写过的字" in text
    assert not place or f"id_{person.pk}_{place}_error" in text
    assert Visit.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "day"),
    [("", date(2026, 11, 20)), ("24", date(2026, 11, 24)), ("25", date(2026, 10, 25)), ("1120", date(2026, 11, 20)),
     ("705", date(2026, 7, 5)), ("1225", None), ("11-3", date(2026, 11, 3)), ("11.3", date(2026, 11, 3)),
     ("11月3日", date(2026, 11, 3)), ("2026-11-03", date(2026, 11, 3)), ("31", date(2026, 10, 31)), ("0", None),
     ("1332", None), ("x", None)],
)  # fmt: skip
def test_a_day_is_typed_as_it_is_spoken(typed: str, day: date | None) -> None:
    assert day_of(typed, date(2026, 11, 20), date(2026, 11, 24)) == day


def test_nobody_met_is_a_try_in_the_same_row(cast: Cast, clerk: Client) -> None:
    rows = people(cast)
    paper = sheet(cast, rows)
    response = send(
        clerk, rows[0], keys(cast, paper, met="4", outcome="1", areas=None, safety=None, remark="门锁着")
    )
    assert "记下了：不在家" in response.content.decode()
    tried = Attempt.objects.get()
    assert (tried.outcome, tried.note, tried.visitor, tried.recorder) == (
        "not_home", "门锁着", cast.visitor, cast.township_clerk,
    )  # fmt: skip
    assert tried.typed_row.row == 1
    # The row can still be typed when somebody was met later.
    shown = clerk.get(reverse("visits_records:paper_type", args=[paper.uuid])).content.decode()
    assert "记过不在家" in shown
    assert f'action="{reverse("visits_records:type_row", args=[rows[0].uuid])}"' in shown


def test_a_phone_visit_takes_nines_for_what_could_not_be_asked(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    assert send(clerk, person, keys(cast, mode="2", safety="999", areas="0 49")).status_code == 200
    visit = Visit.objects.get()
    assert (visit.gas, visit.home_hygiene) == (9, 9)


def test_the_season_of_that_day_is_asked_and_its_digits_are_positions(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    winter = datetime(2026, 12, 10, 7, tzinfo=UTC)
    with time_machine.travel(winter, tick=False):
        clerk = signed_in(cast.township_clerk)
        data = keys(cast, sheet_on="2026-12-09")
        assert "上门时要看一看" in send(clerk, person, data).content.decode()
        data |= {
            "key": str(uuid.uuid4()),
            "s_warmth": "1",
            "s_heating": "14",
            "s_ventilated": "0",
            "s_degrees": "12",
        }
        assert send(clerk, person, data).status_code == 200
    answers = Visit.objects.get().extra["season"]["answers"]
    assert answers == {"warmth": 1, "heating": [10, 40], "ventilated": 0, "degrees": 12}


def test_the_window_is_asked_about_where_something_is_burnt(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    with time_machine.travel(datetime(2026, 12, 10, 7, tzinfo=UTC), tick=False):
        clerk = signed_in(cast.township_clerk)
        data = keys(cast, sheet_on="2026-12-09", s_warmth="0", s_heating="1", s_ventilated="1")
        refused = send(clerk, person, data).content.decode()
        assert "没烧火的不用填" in refused
        assert 'data-only="s_heating" data-only-keys="456"' in refused
        assert "没烧火" in send(clerk, person, data | {"s_heating": ""}).content.decode()
        assert send(clerk, person, data | {"s_ventilated": "0"}).status_code == 200
    assert Visit.objects.get().extra["season"]["answers"] == {"warmth": 0, "heating": [10]}


def test_who_must_care_for_oneself_is_asked_the_six(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1, groups=("tekun",))
    assert "特困人员每次都要看" in send(clerk, person, keys(cast)).content.decode()
    send(clerk, person, keys(cast, care="56"))
    assert [code for code, can in Visit.objects.get().extra["self_care"].items() if not can] == [
        "walking",
        "washing",
    ]


def test_a_child_has_a_sixth_area_and_what_is_always_looked_at(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1, birth=date(2017, 2, 3), groups=("left_behind",))
    text = send(clerk, person, keys(cast)).content.decode()
    assert f"id_{person.pk}_afresh_error" in text
    send(clerk, person, keys(cast, areas="0 623", afresh="0"))
    assert Visit.objects.get().extra["minor"]["school"] == 2


def test_the_same_press_twice_is_one_record_and_a_second_visit_of_the_day_needs_a_word(
    cast: Cast, clerk: Client
) -> None:
    rows = people(cast)
    paper = sheet(cast, rows)
    data = keys(cast, paper)
    send(clerk, rows[0], data)
    assert send(clerk, rows[0], data).status_code == 200
    assert Visit.objects.count() == TypedRow.objects.count() == 1
    again = send(clerk, rows[0], keys(cast, paper))
    assert "真去了两次的，勾上再存" in again.content.decode()
    assert send(clerk, rows[0], keys(cast, paper, second="on")).status_code == 200
    assert Visit.objects.count() == 2


def test_without_script_a_row_is_a_plain_form_and_the_next_row_follows(cast: Cast, clerk: Client) -> None:
    rows = people(cast)
    paper = sheet(cast, rows)
    page = reverse("visits_records:paper_type", args=[paper.uuid])
    wrong = send(clerk, rows[0], keys(cast, paper, safety="", remark="写过的字"), script=False)
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "写过的字" in text
    assert "每次都要现看" in text
    assert "林依1" in text, "the other rows are there too"
    right = send(clerk, rows[0], keys(cast, paper), script=False)
    assert (right.status_code, right.headers["Location"]) == (
        302,
        f"{page}?page=1&on=2026-11-22#row-2",
    )
    shown = clerk.get(page).content.decode()
    assert "林依0：" in shown
    assert shown.count("data-row autocomplete") == 1
    assert "还有<b data-left>1</b>行没录" in shown


def test_day_and_visitor_of_the_sheet_are_set_once(cast: Cast, clerk: Client) -> None:
    rows = people(cast)
    other = make_user("张桂香", "13800000777", Role.VISITOR, cast.village)
    page = reverse("visits_records:paper_type", args=[sheet(cast, rows).uuid])
    text = clerk.get(page, {"on": "2026-11-21", "visitor": str(other.pk)}).content.decode()
    assert text.count(f'name="visitor" value="{other.pk}"') == 2
    assert text.count('name="sheet_on" value="2026-11-21"') == 2
    data = keys(
        cast,
        RoundPaper.objects.get(),
        sheet_on="2026-11-21",
        visitor=str(other.pk),
        head_visitor=str(other.pk),
    )
    after = send(clerk, rows[0], data, script=False).headers["Location"]
    assert f"on=2026-11-21&visitor={other.pk}" in after
    own = clerk.get(page).content.decode()
    assert "请写哪天去的" in send(clerk, rows[1], keys(cast, sheet_on="")).content.decode(), (
        "no day is guessed"
    )
    assert own.count(f'name="visitor" value="{cast.visitor.pk}"') == 1


def test_a_village_without_a_printed_sheet_is_typed_from_its_list(cast: Cast, clerk: Client) -> None:
    (person,) = people(cast, 1)
    url = reverse("visits_records:type_any")
    assert "月洲村" in clerk.get(url).content.decode()
    assert person.name in clerk.get(url, {"village": str(cast.village.pk)}).content.decode()
    send(clerk, person, keys(cast))
    assert TypedRow.objects.count() == 0
    assert person.name not in clerk.get(url, {"village": str(cast.village.pk)}).content.decode()
    assert clerk.get(url, {"village": str(cast.other_county_village.pk)}).status_code == 404


def test_the_code_opens_the_page_for_the_clerk_and_the_list_for_the_visitor(
    cast: Cast, clerk: Client
) -> None:
    paper = sheet(cast, people(cast))
    url = reverse("visits_records:paper_code", args=[paper.code, 1])
    assert clerk.get(url).headers["Location"] == f"/records/papers/{paper.uuid}/type?page=1"
    assert signed_in(cast.visitor).get(url).headers["Location"] == f"/due/?village={cast.village.pk}"
    assert signed_in(cast.neighbour).get(url).status_code == 404
    assert signed_in(cast.visitor).get(f"/records/papers/{paper.uuid}/type").status_code == 403


def test_a_record_says_from_which_paper_and_picture_it_was_typed(cast: Cast, clerk: Client) -> None:
    from xunfang.kit import files

    rows = people(cast)
    paper = sheet(cast, rows)
    stored = files.store(b"jpeg", name="s", content_type="image/jpeg", kind="scan", owner_id=None)
    scan = PaperScan.objects.create(
        file=stored, paper=paper, page=1, by=cast.township_clerk, at=timezone.now()
    )
    send(clerk, rows[0], keys(cast, paper))
    visit = Visit.objects.get()
    assert visit.typed_row.scan == scan
    url = reverse("visits_records:visit", args=[visit.uuid])
    picture = reverse("visits_records:scan_picture", args=[scan.uuid])
    assert picture in clerk.get(url).content.decode()
    seen = signed_in(cast.visitor).get(url).content.decode()
    assert "照纸上录的" in seen
    assert picture not in seen, "the sheet shows other people's rows too"


def test_a_row_of_somebody_elses_township_is_not_found(cast: Cast, clerk: Client) -> None:
    theirs = make_person(cast, village=cast.other_county_village)
    assert send(clerk, theirs, keys(cast)).status_code == 404


def test_the_page_costs_the_same_for_ten_rows_and_a_hundred(cast: Cast, clerk: Client) -> None:
    rows = people(cast, 24)
    for person in rows:
        knowing.note_known(
            person_id=person.pk, code="mobility", value=1, care="女儿", on=DAY, by=cast.visitor, at=AT
        )
    costs = []
    for count in (4, 24):
        paper = sheet(cast, rows[:count])
        RoundPaper.objects.filter(pk=paper.pk).update(per_page=24, code=f"C{count}")
        url = reverse("visits_records:paper_type", args=[paper.uuid])
        clerk.get(url)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            clerk.get(url)
        costs.append(len(caught))
        RoundPaper.objects.all().delete()
    assert costs[0] == costs[1]


def test_the_facts_of_many_are_those_of_each(cast: Cast) -> None:
    rows = [
        make_person(cast, name="甲", groups=("tekun",)),
        make_person(cast, name="乙", groups=("old_alone",), birth=date(1938, 1, 1)),
        make_person(cast, name="丙", groups=("left_behind",), birth=date(2016, 1, 1)),
        make_person(cast, name="丁", care_arrangement="儿媳"),
    ]
    Person.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    services.submit(
        person_id=rows[3].pk,
        by=cast.visitor,
        at=AT,
        key=uuid.uuid4(),
        body=body(visited_on=DAY - timedelta(days=40)),
    )
    for code, value, person in (("illness", 1, rows[3]), ("mobility", 1, rows[3]), ("mobility", 1, rows[1])):
        knowing.note_known(
            person_id=person.pk, code=code, value=value, care="女儿", on=DAY - timedelta(days=9),
            by=cast.visitor, at=AT,
        )  # fmt: skip
    Dwelling.objects.create(person=rows[1], confirmed_on=DAY, confirmed_by=cast.visitor)
    many = asked_many(rows, cast.township_clerk, timezone.now())
    for one in rows:
        assert many[one.pk] == asked_of(one, cast.township_clerk, timezone.now())


def test_a_typed_row_made_one_thing(cast: Cast) -> None:
    paper = sheet(cast, people(cast))
    with pytest.raises(IntegrityError), transaction.atomic():
        TypedRow.objects.create(paper=paper, row=1)
