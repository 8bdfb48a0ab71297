"""The due list as Excel and on paper: the rows of the filter in the address, all pages of it, in the words of its reader."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LogEntry
from tests.cast import Cast, make_person, signed_in
from tests.visits.schedule.test_due_list import DAY, URL, _today, world  # noqa: F401
from tests.visits.test_books import inside, sheet
from tests.world import evening
from visits.desk.due_book import COLUMNS
from visits.records.models import Attempt
from visits.roster.exports import services as exports
from visits.roster.models import Person, RosterExport
from visits.schedule import services as schedule
from visits.schedule.models import DueItem, FrequencyRule

pytestmark = pytest.mark.django_db
FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"state": "late"}, {"state": "soon", "sort": "place"}, {"cause": "round"}, {"hamlet": "上洋", "state": "idle"},
    {"assignee": "none"}, {"group": "old_alone"},
)  # fmt: skip


def take(client: Any, url: str) -> list[dict[str, str]]:
    answer = client.post(url, {"columns": list(COLUMNS), "reason": "核对待访"})
    assert answer.status_code == 302, answer.content.decode()
    return sheet(RosterExport.objects.latest("pk"))


def names(page: Any) -> list[str]:
    return [row["cells"][1]["text"] for row in page["list"]["rows"]]


def test_the_file_holds_exactly_the_rows_of_the_filter_in_the_order_of_the_screen(world: Cast) -> None:  # noqa: F811
    client = signed_in(world.township_clerk)
    for query in (*FILTERS, {"village": world.other_village.pk, "township": world.township.pk}):
        page = client.get(URL, query).context
        assert client.get(page["export_url"]).context["count"] == page["total"] > 0, query
        assert [row["姓名"] for row in take(client, page["export_url"])] == names(page), query
    logged = [entry.detail for entry in LogEntry.objects.filter(action="roster_exported")]
    assert {detail["book"] for detail in logged} == {"due"}
    assert ["township", "village"] in [detail["filters"] for detail in logged]
    assert "林" not in str(RosterExport.objects.latest("pk").filters)
    assert signed_in(world.visitor).get(URL).context["export_url"] == ""


def test_all_pages_go_out_and_a_hundred_cost_what_ten_do(cast: Cast) -> None:
    costs = []
    for count in (8, 40):
        for n in range(count):
            make_person(cast, name=f"林{count}{n}")
        schedule.generate(on=DAY)
        with CaptureQueriesContext(connection) as caught:
            export = exports.ask(filters={"book": "due"}, columns=list(COLUMNS), full=False, reason="核对",
                                 by=cast.township_clerk, at=evening(DAY))  # fmt: skip
        costs.append(len(caught))
    assert len(sheet(export)) == 48
    assert costs[0] == costs[1]


def test_a_line_says_everything_the_office_asks_and_no_whole_number(world: Cast) -> None:  # noqa: F811
    person = Person.objects.get(name="林01")
    Person.objects.filter(pk=person.pk).update(
        phone="13900000001",
        contact_name="林大",
        contact_relation="儿子",
        contact_phone="13900000002",
        find_me="祠堂后",
    )
    for number, day in enumerate((20, 22)):
        Attempt.objects.create(
            person=person, county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
            tried_on=dt.date(2026, 11, day), mode="home", outcome="not_home", visitor=world.visitor,
            recorder=world.visitor, key=uuid.UUID(int=number), body_digest=b"", submitted_at=evening(DAY),
        )  # fmt: skip
    client = signed_in(world.township_clerk)
    rows = take(client, client.get(URL, {"state": "late"}).context["export_url"])
    line = next(row for row in rows if row["姓名"] == "林01")
    item = DueItem.objects.get(person=person)
    assert (line["身份证尾号"], line["村（居）"], line["自然村"]) == (
        person.id_tail,
        world.village.name,
        "上洋",
    )
    assert (line["缓急"], line["哪天前（含当天）"], line["还剩几天（过了期的是负数）"]) == (
        "逾期",
        "2026-11-21",
        "-3",
    )
    assert (line["哪一期"], line["为什么要访"]) == ("2026年第四季度", item.sentence)
    assert (line["谁去访"], line["没见到几次"], line["最近一次没见到"]) == (
        world.visitor.name,
        "2",
        "2026-11-22",
    )
    assert (line["电话"], line["联系不上时找谁"], line["联系人电话"]) == (
        "13900000001",
        "林大（儿子）",
        "13900000002",
    )
    assert line["怎么访"] == "哪种方式都行"
    text = inside(RosterExport.objects.latest("pk"))
    assert person.id_number not in text
    assert f"{person.birth_date:%Y%m%d}" not in text


def test_what_a_rule_asks_stands_in_the_file(world: Cast) -> None:  # noqa: F811
    FrequencyRule.objects.update(min_home=1, modes=["home", "phone"])
    client = signed_in(world.township_clerk)
    said = {row["怎么访"] for row in take(client, client.get(URL, {"cause": "rule"}).context["export_url"])}
    assert said == {"上门、电话；至少上门1次"}
