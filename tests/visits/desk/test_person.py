"""The page of one person: who may open it, what stands on it, how far back it goes."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Region
from tests.cast import make_person, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.world import item, line, monthly, name_under, sheet, visit
from visits.followup.models import ChangeReport
from visits.records.models import Attempt
from visits.roster.models import Grant, Household, Person
from visits.schedule.periods import Quarter

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    found = make_person(
        cast,
        name="林依妹",
        groups=("tekun", "old_alone"),
        hamlet="祠堂边",
        find_me="祠堂后第二家，红木门",
        mind="耳背，站右边说；进门脱鞋",
        phone="13800000825",
        contact_name="林秀云",
        contact_relation="侄女",
        contact_phone="13800006602",
        lives_alone=True,
    )
    item(found, date(2026, 11, 1), date(2026, 11, 30), by=monthly(cast))
    return found


def url(person, **query):
    extra = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/person/{person.uuid}" + (f"?{extra}" if extra else "")


def test_the_page_says_why_a_visit_is_due_and_how_to_find_her(cast, person):
    text = page(signed_in(cast.visitor), url(person))
    for words in (
        "临期", "11月30日 周一前", "还剩6天", "特困人员：每月至少一次", "永民〔2026〕8号", "女 83岁",
        f"尾号{person.id_tail}", "80岁以上独居", "重点", "祠堂后第二家，红木门", "侄女林秀云", "进门脱鞋",
        person.file_no, 'href="tel:13800000825"', 'href="tel:110"', "VISITOR（巡访人）",
    ):  # fmt: skip
        assert words in text, words
    assert person.id_number not in text


@pytest.mark.parametrize(
    "who",
    ["visitor", "village_head", "liaison", "township_clerk", "township_head", "county_officer", "inspector"],
)
def test_who_works_with_her_opens_the_file(cast, person, who):
    assert "林依妹" in page(signed_in(getattr(cast, who)), url(person))


@pytest.mark.parametrize("who", ["city_business", "system_admin", "auditor", "nobody"])
def test_other_roles_are_refused_before_anything_is_read(cast, person, who):
    response = signed_in(getattr(cast, who)).get(url(person))
    assert response.status_code == 403
    assert "林依妹" not in response.content.decode()


def test_a_neighbour_and_a_visitor_of_others_find_nothing(cast, person):
    Person.objects.filter(pk=person.pk).update(assignee=None)
    assert signed_in(cast.neighbour).get(url(person)).status_code == 404
    assert signed_in(cast.visitor).get(url(person)).status_code == 404
    assert signed_in(cast.county_officer).get(f"/person/{uuid.uuid4()}").status_code == 404


def test_a_file_shared_by_name_opens_until_its_day(cast, person):
    Grant.objects.create(
        person=person,
        to=cast.neighbour,
        reason="协办",
        until=date(2026, 11, 24),
        created_by=cast.township_clerk,
    )
    assert "林依妹" in page(signed_in(cast.neighbour), url(person))
    Grant.objects.update(until=date(2026, 11, 23))
    assert signed_in(cast.neighbour).get(url(person)).status_code == 404


def test_the_last_eight_visits_are_drawn_with_the_words_of_the_newest(cast, person):
    for n in range(10):
        visit(person, date(2026, 1, 5) + timedelta(days=30 * n), cast.visitor, indoor=1 if n else 3, gas=9)
    text = page(signed_in(cast.visitor), url(person))
    assert "潮湿、昏暗、地滑" in text
    drawn = re.search(r'aria-label="室内环境，由远到近：([^"]*)"', text)[1]
    assert drawn == "、".join(["关注"] * 8)
    assert "没看到的画圈" in text
    assert text.count('class="xf-mult__r"') == 18


def test_without_a_visit_the_page_says_what_to_do(cast, person):
    assert "还没有巡访记录" in page(signed_in(cast.visitor), url(person))


def test_the_timeline_tells_visits_tries_changes_signing_and_groups(cast, person):
    made = visit(person, date(2026, 9, 16), cast.visitor, remark="断药补上了", companions="林月香")
    table = sheet(cast.village, Quarter(2026, 3), 3, "approved", cast.county_officer)
    line(table, made, 12)
    name_under(table, 3, cast.township_head)
    place = {
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
    }
    Attempt.objects.create(
        person=person, tried_on=date(2026, 9, 15), mode="home", outcome="not_home", note="邻居说去墟场了",
        visitor=cast.visitor, recorder=cast.visitor, key=uuid.uuid4(), body_digest=b"-",
        submitted_at=timezone.now(), **place,
    )  # fmt: skip
    ChangeReport.objects.create(
            source="call",
            key=uuid.uuid4(),
        person=person, found_on=date(2026, 9, 16), due_on=date(2026, 9, 18), noted_by=cast.visitor,
        noted_at=timezone.now(), **place,
    )  # fmt: skip
    text = page(signed_in(cast.visitor), url(person))
    story = text[text.index('id="jingguo"') :]
    for words in ("上门，见到本人", "断药补上了", "同行林月香", "没见到：不在家", "邻居说去墟场了", "报给民政办一件变化",
                  "还没有上报县级", "第3批第12行", "列入特困人员救助供养对象"):  # fmt: skip
        assert words in story, words
    assert story.index("第3批") < story.index("断药补上了") < story.index("不在家") < story.index("列入特困")


def test_the_timeline_goes_back_eight_visits_at_a_time_and_repeats_nothing(cast, person):
    for n in range(19):
        visit(person, date(2025, 1, 10) + timedelta(days=20 * n), cast.visitor)
    client, seen, address = signed_in(cast.visitor), [], url(person)
    while address:
        text = page(client, address)
        seen.append(re.findall(r"第(\d+)号记录", text))
        more = re.search(r'href="([^"#]*before=[^"#]*)#jingguo"', text)
        address = more[1] if more else ""
    assert [len(one) for one in seen] == [8, 8, 3]
    assert sorted(int(n) for one in seen for n in one) == list(range(1, 20))


def test_a_note_not_for_the_village_is_read_by_its_writer_and_from_the_township_up(cast, person):
    visit(person, date(2026, 10, 5), cast.visitor, private_note="儿子要钱时动过手")
    for who in ("visitor", "township_clerk", "township_head", "county_officer"):
        assert "儿子要钱时动过手" in page(signed_in(getattr(cast, who)), url(person))
    for who in ("village_head", "liaison"):
        text = page(signed_in(getattr(cast, who)), url(person))
        assert "儿子要钱" not in text
        assert "另有情况已报" in text


def test_a_voided_record_stays_readable_as_voided_and_out_of_the_drawing(cast, person):
    visit(
        person, date(2026, 10, 5), cast.visitor, voided_at=timezone.now(), voided_by=cast.township_clerk,
        void_reason="录错人了",
    )  # fmt: skip
    text = page(signed_in(cast.visitor), url(person))
    assert "作废的记录" in text
    assert "录错人了" in text
    assert "还没有巡访记录" in text


def test_the_household_lists_members_whose_files_one_may_open(cast, person):
    home = Household.objects.create(
        head_name="林依妹",
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )
    person.household = home
    person.save()
    child = make_person(cast, name="林小宝", household=home, relation="孙子")
    Person.objects.filter(pk=make_person(cast, name="林别家", household=home).pk).update(assignee=None)
    text = page(signed_in(cast.visitor), url(person))
    assert str(child.uuid) in text
    assert "孙子" in text
    assert "林别家" not in text
    assert "林别家" in page(signed_in(cast.village_head), url(person))


def test_who_died_is_not_to_be_visited_any_more(cast, person):
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=date(2026, 11, 20))
    text = page(signed_in(cast.township_clerk), url(person))
    assert "去世" in text
    assert "不再要访" in text
    assert "代录巡访" not in text


def test_the_button_says_what_the_reader_will_do(cast, person):
    assert "去巡访" in page(signed_in(cast.visitor), url(person))
    assert "代录巡访" in page(signed_in(cast.township_clerk), url(person))
    person.drafts.create(author=cast.visitor, saved_at=timezone.now())
    assert "接着写" in page(signed_in(cast.visitor), url(person))
    for who in ("township_head", "county_officer", "inspector"):
        text = page(signed_in(getattr(cast, who)), url(person))
        assert "去巡访" not in text
        assert "没见到" not in text


def test_a_file_that_was_merged_leads_to_the_one_it_is_kept_in(cast, person):
    other = make_person(cast, name="林依妹")
    Person.objects.filter(pk=other.pk).update(merged_into=person)
    response = signed_in(cast.township_clerk).get(url(other))
    assert response.headers["Location"] == url(person)


def test_a_long_history_costs_the_same_queries_and_stays_small(cast, person):
    Region.objects.filter(pk=cast.township.pk).update(duty_phone="059120000119")

    def queries():
        client = signed_in(cast.visitor)
        client.get(url(person))
        with CaptureQueriesContext(connection) as caught:
            text = page(client, url(person))
        assert len(text.encode()) < 100_000
        return len(caught)

    for n in range(3):
        visit(person, date(2024, 1, 10) + timedelta(days=20 * n), cast.visitor)
    few = queries()
    for n in range(3, 40):
        visit(person, date(2024, 1, 10) + timedelta(days=20 * n), cast.visitor, remark="插座还没换。" * 8)
    assert queries() == few


def test_the_clerk_can_take_back_a_death_that_was_a_mistake(cast, person):
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=date(2026, 11, 20))
    assert "记错了，撤销" in page(signed_in(cast.township_clerk), url(person))
    assert "记错了，撤销" not in page(signed_in(cast.village_head), url(person))
