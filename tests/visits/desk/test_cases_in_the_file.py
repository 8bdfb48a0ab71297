"""打印全档 and 经过 tell of the county's work and of emergencies: to whoever may read it, in as many queries for one as for many."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from tests.cast import Cast, make_person, signed_in
from tests.visits.desk.world import visit
from tests.visits.followup.casework import DAY, approved, at, family, filed, measure, on_duty, proposed, told
from visits.desk import full_file, full_file_cases
from visits.followup import services
from visits.followup.models import Case, ChangeReport
from visits.followup.services import cases, emergencies, emergency_changes, endings, measures, supplements
from visits.roster.models import Person


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(DAY, 18), tick=False):
        yield


def paper() -> bytes:
    made = BytesIO()
    Image.new("RGB", (60, 40)).save(made, "JPEG")
    return made.getvalue()


def through(cast: Cast, person: Person) -> Case:
    """A case that went all the way: asked, supplied, proposed, approved, carried out, closed."""
    case = filed(cast, person)
    supplements.ask(case_id=case.pk, what="要医院的诊断证明", by=cast.county_officer, at=at(DAY, 17))
    supplements.answer(
        case_id=case.pk, words="县医院的，附照片", photo=paper(), by=cast.township_clerk, at=at(DAY, 17)
    )
    approved(cast, proposed(cast, case))
    row = case.measures.get()
    measures.finish(
        measure_id=row.pk, done_on=DAY, result="打到卡上了", by=cast.township_clerk, at=at(DAY, 18)
    )
    return cases.close(
        case_id=case.pk, note="家里缓过来了", no_revisit="本人来办公室说过了", by=cast.county_officer, at=at(DAY, 18)
    )  # fmt: skip


def stopped(cast: Cast, person: Person) -> None:
    row = endings.recommend(
        person_id=person.pk, group_id="dibao", kind="stop", reason="儿子每月给两千元", by=cast.township_clerk, at=at()
    )  # fmt: skip
    endings.check(ending_id=row.pk, on=DAY, how="入户看过", by=cast.township_clerk, at=at())
    endings.tell(ending_id=row.pk, on=DAY, photo=paper(), remedies=True, by=cast.township_clerk, at=at())
    endings.decide(
        ending_id=row.pk, decision_no="永民停〔2026〕8号", decided_on=DAY, effective_from=date(2026, 12, 1),
        by=cast.county_officer, at=at(DAY, 18),
    )  # fmt: skip


def happened(cast: Cast, person: Person, kind: str, words: str) -> emergencies.Emergency:
    row, _ = emergencies.report(
        key=uuid.uuid4(), person_id=person.pk, kind=kind, words=words, by=on_duty(cast.township_clerk, DAY), at=at()
    )  # fmt: skip
    return row


@pytest.fixture
def person(cast: Cast) -> Person:
    """With a case, an end of aid, an emergency, and one that the village must not talk about."""
    made, _ = family(cast, "张志坚", "李秀兰")
    through(cast, made)
    stopped(cast, made)
    happened(cast, made, "ill", "晕倒了，送县医院")
    secret = happened(cast, made, "abuse", "儿子动手打人")
    emergency_changes.to_change(emergency_id=secret.pk, by=cast.township_clerk, at=at())
    return made


def order(cast: Cast, person: Person, user: str = "township_clerk") -> full_file.Order:
    return full_file.Order(on_duty(getattr(cast, user), DAY), person, False, at(DAY, 18))


def test_the_countys_work_and_emergencies_are_papers_of_the_file(cast: Cast, person: Person) -> None:
    parts = list(full_file.parts(order(cast, person), []))
    assert [(part.group, part.title) for part in parts] == [
        ("登记表", "登记表"), ("变化上报和问题台账", "变化上报和问题台账"), ("变化办理", "永变2026-0001"),
        ("调整、退出救助", "调整、退出救助"), ("紧急情况", "紧急情况"), ("签字", "签字"), ("经过", "经过"),
    ]  # fmt: skip
    case, ending, emergency = (part.html for part in parts[2:5])
    for words in (
        "张志坚家", "工地摔伤，三个月没有工钱", "要医院的诊断证明", "县医院的，附照片", "临时救助 6,000元", "打到卡上了", "COUNTY_H",
        "家里缓过来了", "2026年11月27日",
    ):  # fmt: skip
        assert words in case, words
    assert "永民停〔2026〕8号" in ending
    assert "晕倒了，送县医院" in emergency
    assert "变化办理：办结" in parts[6].html


def test_what_the_village_must_not_talk_about_stands_on_no_paper(cast: Cast, person: Person) -> None:
    whole = "".join(part.html for part in full_file.parts(order(cast, person), []))
    assert "儿子动手打人" not in whole
    assert "受虐待" not in whole
    assert "另有情况已报" in whole


def filed_of(cast: Cast, emergency: emergencies.Emergency) -> Case:
    report = emergency_changes.to_change(emergency_id=emergency.pk, by=cast.township_clerk, at=at())
    made = services.file(change_id=report.pk, by=on_duty(cast.township_clerk, DAY), at=at(DAY, 16, 40))
    assert made.case is not None
    return made.case


SAID = ("儿子打人", "庇护所住三个月", "报告里写的话", "打到卡上了", "已经分开住")


@pytest.mark.parametrize("link", ["by its own report", "by the record it was told from"])
def test_of_a_case_that_is_not_for_the_village_only_number_and_days_are_printed(
    cast: Cast, link: str
) -> None:
    made, _ = family(cast, "张志坚", "李秀兰")
    secret = happened(cast, made, "abuse", "儿子打人")
    case = filed_of(cast, secret)
    if link == "by the record it was told from":
        record = visit(made, DAY, cast.visitor)
        ChangeReport.objects.filter(case=case).update(key=None, visit=record, source="visit")
        emergencies.Emergency.objects.filter(pk=secret.pk).update(visit=record)
    supplements.ask(case_id=case.pk, what="报告里写的话", by=cast.county_officer, at=at(DAY, 17))
    supplements.answer(case_id=case.pk, words="附照片", photo=paper(), by=cast.township_clerk, at=at(DAY, 17))
    approved(cast, proposed(cast, case, measures=(measure(words="庇护所住三个月"),)))
    measures.finish(
        measure_id=case.measures.get().pk,
        done_on=DAY,
        result="打到卡上了",
        by=cast.township_clerk,
        at=at(DAY, 18),
    )
    cases.close(
        case_id=case.pk, note="已经分开住", no_revisit="本人说过了", by=cast.county_officer, at=at(DAY, 18)
    )
    parts = [part for part in full_file.parts(order(cast, made), []) if part.group in ("变化办理", "经过")]
    assert [part.title for part in parts] == ["永变2026-0001", "经过"]
    for part in parts:
        assert "另有情况已报" in part.html
        assert [words for words in SAID if words in part.html] == []
    assert "永变2026-0001" in parts[1].html
    assert "2026年11月24日" in parts[0].html
    assert list(full_file_cases.pictures(order(cast, made))) == []


def test_of_others_in_the_family_only_the_number_of_reports_stands_in_the_file(cast: Cast) -> None:
    made, wife = family(cast, "张志坚", "李秀兰")
    case = filed(cast, made, income="摔伤了")
    assert filed(cast, wife, income="厂里裁员").pk == case.pk
    supplements.ask(case_id=case.pk, what="要诊断证明", by=cast.county_officer, at=at(DAY, 17))
    supplements.answer(case_id=case.pk, words="附照片", photo=paper(), by=cast.township_clerk, at=at(DAY, 17))
    html = next(part.html for part in full_file.parts(order(cast, made), []) if part.group == "变化办理")
    assert "摔伤了" in html
    assert "同一家另有1份" in html
    assert "厂里裁员" not in html
    assert "李秀兰" not in html
    whole = [part for part in full_file.parts(order(cast, made), []) if part.group == "经过"]
    assert "李秀兰：" not in whole[0].html
    assert "同一家又报来一份" in whole[0].html
    assert len(list(full_file_cases.pictures(order(cast, made)))) == 1
    child = make_person(cast, name="张小明", household=made.household)
    html = next(part.html for part in full_file.parts(order(cast, child), []) if part.group == "变化办理")
    assert "同一家另有2份" in html
    assert list(full_file_cases.pictures(order(cast, child))) == []


def test_a_report_that_was_taken_back_waits_for_nobody(cast: Cast, person: Person) -> None:
    ChangeReport.objects.filter(state="noted").update(state="withdrawn")
    for text in (
        story(cast, person, "township_clerk"),
        [part.html for part in full_file.parts(order(cast, person), [])][-1],
    ):
        assert "变化上报已撤回（记录作废）" in text
        assert "还没有上报县级" not in text


def test_it_is_read_by_the_scopes_of_its_own_pages(cast: Cast, person: Person) -> None:
    # Another county has none of it, although the order names the person.
    assert list(full_file_cases.papers(order(cast, person, "neighbour"))) == [
        ("紧急情况", "", [{"title": "别的", "head": [], "rows": [["2026年11月24日", "另有情况已报"]]}])
    ]


def test_the_pack_holds_the_papers_that_were_sent_and_handed_over(cast: Cast, person: Person) -> None:
    with zipfile.ZipFile(io.BytesIO(full_file.pack(order(cast, person), b"%PDF"))) as packed:
        names = packed.namelist()
        listed = packed.read("校验清单.txt").decode()
    for name in ("变化办理/永变2026-0001补来的材料-1.jpg", "书面告知/告知书-1.jpg"):
        assert name in names
        assert name in listed


def story(cast: Cast, person: Person, who: str) -> str:
    page = signed_in(getattr(cast, who)).get(reverse("visits_desk:person", args=[person.uuid]))
    text = page.content.decode()
    return text[text.index('id="jingguo"') :]


def test_an_office_reads_each_step_with_the_way_to_the_case(cast: Cast, person: Person) -> None:
    case, ending = Case.objects.get(), person.aid_endings.get()
    told_ = story(cast, person, "township_clerk")
    for words in ("变化办理：收到上报", "变化办理：要补材料", "变化办理：批准", "变化办理：办结", "建议停发低保", "县级决定：停发低保",
                  "紧急情况：突发疾病", "永变2026-0001", reverse("visits_followup:case", args=[case.uuid]),
                  reverse("visits_followup:ending", args=[ending.uuid])):  # fmt: skip
        assert words in told_, words
    assert told_.index("变化办理：办结") < told_.index("变化办理：收到上报")


@pytest.mark.parametrize("who", ["visitor", "village_head", "inspector"])
def test_others_read_what_came_of_it_and_find_no_link_that_would_be_refused(
    cast: Cast, person: Person, who: str
) -> None:
    text = story(cast, person, who)
    for words in ("变化办理：收到上报", "变化办理：批准", "变化办理：办结"):
        assert words in text, words
    for words in (
        "要医院的诊断证明",
        "变化办理：提出",
        "停发低保",
        reverse("visits_followup:case", args=[Case.objects.get().uuid]),
    ):
        assert words not in text, words


def test_a_member_of_the_family_has_the_familys_case_in_their_story(cast: Cast, person: Person) -> None:
    member = Person.objects.get(name="李秀兰")
    assert "变化办理：办结" in story(cast, member, "township_clerk")
    assert "晕倒了" not in story(cast, member, "township_clerk")
    stranger = make_person(cast, name="黄玉钗")
    assert "变化办理" not in story(cast, stranger, "township_clerk")


def test_many_cases_cost_the_queries_of_one(cast: Cast, person: Person) -> None:
    def asked() -> int:
        client = signed_in(cast.township_clerk)
        address = reverse("visits_desk:person", args=[person.uuid])
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        return len(caught)

    few = asked()
    for back in range(1, 6):
        on = DAY - timedelta(days=7 * back)
        case = filed(cast, person, on=on)
        done = proposed(cast, case, on=on, answer="no_effect")
        cases.approve(seen={done.pk: cases.stamp(done)}, by=on_duty(cast.county_head, on), at=at(on, 18))
        happened(cast, person, "ill", f"第{back}次")
    cast.refresh(DAY)
    told(cast, person)
    assert asked() == few
