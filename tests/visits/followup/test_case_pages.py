"""The pages of cases, of the day's summary and of a change that somebody told: what each role sees and may do."""

import uuid
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.cast import Cast, signed_in
from tests.visits.followup.casework import DAY, approved, at, family, filed, on_duty, proposed, somebody, told
from tests.world import visit
from visits.followup.models import Case, ChangeReport, DaySummary
from visits.followup.selectors import days as selectors
from visits.followup.services import cases, days, supplements
from visits.records.models import Attempt


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(DAY, 18), tick=False):
        yield


def url(case: Case, act: str = "", *more: Any) -> str:
    return reverse(f"visits_followup:case{act}", args=[case.uuid, *more])


def text(response: Any) -> str:
    page = response.content.decode()
    assert "⟦" not in page
    return page


def plan(**changes: Any) -> dict[str, Any]:
    """The answer as the page sends it: one measure and two empty rows."""
    rows = {"m-TOTAL_FORMS": "3", "m-INITIAL_FORMS": "0"}
    one = {
        "kind": "money",
        "words": "临时救助",
        "amount": "6000",
        "unit": "民政办",
        "who": "郑晓琳",
        "due_on": "2026-11-30",
    }
    return {
        "seen": "0",
        "answer": "plan",
        **rows,
        **{f"m-0-{key}": value for key, value in one.items()},
    } | changes


# ── the county's side ────────────────────────────────────────────────────────────────────────────


def test_the_officer_takes_answers_and_the_head_approves(cast: Cast) -> None:
    case = filed(cast, family(cast, "张志坚", "李秀兰")[0])
    officer, head = signed_in(cast.county_officer), signed_in(cast.county_head)
    page = text(officer.get(url(case)))
    for words in (
        "张志坚家：经济收入", "永变2026-0001", "打零工，月约3200元", "工地摔伤，三个月没有工钱", "11月27日 周五 24:00前",
        "还剩3个工作日", "11月25日 周三、11月26日 周四、11月27日 周五", "按时", "另外1人没有报变化：李秀兰", "接手", "轮到您",
    ):  # fmt: skip
        assert words in page
    officer.post(url(case, "_take"))
    sent = officer.post(url(case, "_propose"), plan(), follow=True)
    assert "批准了，时限才停" in text(sent)
    page = text(head.get(url(case)))
    assert "等您批准" in page
    assert "6,000元" in page
    case.refresh_from_db()
    pick = f"{case.pk}:{round(case.proposed_at.timestamp() * 1000)}"
    done = text(head.post(url(case, "_decide"), {"pick": pick, "what": "approve"}, follow=True))
    assert "批准了1个" in done
    assert "12月24日 周四前，在待访名单上" in done


def test_a_bad_answer_comes_back_whole_with_a_sentence_at_its_place(cast: Cast) -> None:
    case = filed(cast)
    officer = signed_in(cast.county_officer)
    back = officer.post(url(case, "_propose"), plan(**{"m-0-words": "待研究"}))
    assert back.status_code == 422
    assert "不算措施" in text(back)
    assert "郑晓琳" in text(back)
    assert "请写谁负责" in text(officer.post(url(case, "_propose"), plan(**{"m-0-who": ""})))
    assert "请写理由" in text(officer.post(url(case, "_propose"), plan(answer="no_effect")))
    assert "请先选怎么办" in text(officer.post(url(case, "_propose"), plan(answer="")))


def test_a_second_officer_sees_the_first_one_s_answer_before_it_is_replaced(cast: Cast) -> None:
    case = filed(cast)
    officer = signed_in(cast.county_officer)
    proposed(cast, case)
    back = officer.post(url(case, "_propose"), plan(**{"m-0-words": "校服费减免", "m-0-amount": ""}))
    page = text(back)
    assert back.status_code == 422
    assert "提了一版：定初步方案：临时救助 6,000元" in page
    assert 'value="校服费减免"' in page
    assert [row.words for row in case.measures.all()] == ["临时救助"]
    again = {"seen": str(back.context["forms"]["answer"]["seen"].value())}
    officer.post(url(case, "_propose"), plan(**again | {"m-0-words": "校服费减免", "m-0-amount": ""}))
    assert [row.words for row in case.measures.all()] == ["校服费减免"]
    assert officer.post(url(case, "_propose"), plan(seen="")).status_code == 422


def test_what_the_officer_wrote_stands_in_the_form_after_it_was_sent_back(cast: Cast) -> None:
    case = proposed(cast, answer="review", reason="要核对收入", reference="永动复〔2026〕7号")
    cases.send_back(
        seen={case.pk: cases.stamp(case)}, reason="再看看", by=on_duty(cast.county_head, DAY), at=at(DAY, 18)
    )
    form = signed_in(cast.county_officer).get(url(case)).context["forms"]["answer"]
    said = {name: form[name].value() for name in ("answer", "reason", "reference")}
    assert said == {"answer": "review", "reason": "要核对收入", "reference": "永动复〔2026〕7号"}


def test_what_was_sent_back_stands_in_the_form_again(cast: Cast) -> None:
    case = proposed(cast)
    head = signed_in(cast.county_head)
    pick = f"{case.pk}:{round(case.proposed_at.timestamp() * 1000)}"
    assert "为什么退回" in text(head.post(url(case, "_decide"), {"pick": pick, "what": "back"}))
    head.post(url(case, "_decide"), {"pick": pick, "what": "back", "reason": "少了校服费"})
    page = text(signed_in(cast.county_officer).get(url(case)))
    assert "少了校服费" in page
    assert 'value="临时救助"' in page


def test_many_are_approved_from_one_list_and_one_s_own_are_not_on_it(cast: Cast) -> None:
    cases = [proposed(cast), proposed(cast, answer="no_effect")]
    head = signed_in(cast.county_head)
    list_ = reverse("visits_followup:case_approvals")
    page = text(head.get(list_))
    picks = [f"{case.pk}:{round(case.proposed_at.timestamp() * 1000)}" for case in cases]
    assert all(pick in page for pick in picks)
    assert "收入没有超过标准" in page
    assert "批准了2个" in text(head.post(list_, {"pick": picks, "what": "approve"}, follow=True))
    assert "请看过新的再勾" in text(head.post(list_, {"pick": picks, "what": "approve"}))
    assert signed_in(cast.county_officer).get(list_).status_code == 403


def test_the_list_filters_counts_and_keeps_them_in_its_address(cast: Cast) -> None:
    waiting, sent, done = filed(cast), proposed(cast), approved(cast, answer="no_effect")
    late = filed(cast, somebody(cast, name="余细根"), on=date(2026, 11, 16))
    cast.refresh(DAY)
    officer = signed_in(cast.county_officer)
    home = reverse("visits_followup:cases")
    page = text(officer.get(home))
    assert page.index("余细根") < page.index(f"/{waiting.uuid}")
    assert str(done.uuid) not in page
    assert "1个超时了" in page
    for which, n, inside in (
        ("late", 1, late),
        ("proposed", 1, sent),
        ("closed", 1, done),
        ("open", 3, waiting),
    ):
        page = text(officer.get(home, {"which": which, "township": cast.township.pk}))
        assert f"共{n}个" in page
        assert str(inside.uuid) in page
    assert "共0个" not in text(officer.get(home, {"which": "x", "page": "-3"}))
    assert "余细根" not in text(signed_in(cast.neighbour).get(home))


def test_ten_cases_cost_what_one_costs(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _ in range(10):
        filed(cast)
    officer = signed_in(cast.county_officer)
    with django_assert_max_num_queries(18):
        officer.get(reverse("visits_followup:cases"))


# ── the township's side ──────────────────────────────────────────────────────────────────────────


def test_papers_are_asked_for_and_sent_with_a_photograph(cast: Cast) -> None:
    case = filed(cast)
    officer, clerk = signed_in(cast.county_officer), signed_in(cast.township_clerk)
    assert "请写要补什么" in text(officer.post(url(case, "_ask"), {"what": ""}))
    asked = text(officer.post(url(case, "_ask"), {"what": "诊断书的照片"}, follow=True))
    assert "请镇里11月26日 周四前补来" in asked
    assert "三个工作日的时限不停" in asked
    jpeg = BytesIO()
    Image.new("RGB", (60, 40)).save(jpeg, "JPEG")
    photo = SimpleUploadedFile("zhengming.jpg", jpeg.getvalue(), "image/jpeg")
    assert clerk.post(url(case, "_supply"), {"words": "县医院诊断书", "photo": photo}).status_code == 302
    paper = case.supplements.get()
    shown = officer.get(url(case, "_paper", paper.pk))
    assert shown["Content-Type"] == "image/jpeg"
    assert signed_in(cast.neighbour).get(url(case, "_paper", paper.pk)).status_code == 404
    assert "县医院诊断书" in text(officer.get(url(case)))
    bad = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
    supplements.ask(case_id=case.pk, what="收入证明", by=cast.county_officer, at=at(DAY, 18))
    assert clerk.post(url(case, "_supply"), {"words": "证明", "photo": bad}).status_code == 422


def test_the_township_says_what_came_of_each_measure_and_the_county_closes(cast: Cast) -> None:
    case = approved(cast)
    row = case.measures.get()
    clerk = signed_in(cast.township_clerk)
    form = url(case, "_measure", row.pk)
    assert "请写一句结果" in text(clerk.post(form, {"how": "done", "done_on": "2026-11-24", "result": ""}))
    clerk.post(form, {"how": "done", "done_on": "2026-11-24", "result": "钱到账了"})
    officer = signed_in(cast.county_officer)
    page = text(officer.get(url(case)))
    assert "钱到账了" in page
    assert "还没有人去回访" in text(officer.post(url(case, "_close"), {"note": "帮到了"}))
    done = officer.post(url(case, "_close"), {"note": "帮到了", "no_revisit": "搬走了"}, follow=True)
    assert "帮到了（没有回访：搬走了）" in text(done)


def test_each_act_belongs_to_its_side(cast: Cast) -> None:
    case = filed(cast)
    for user, acts in (
        (cast.township_clerk, ("_take", "_ask", "_propose", "_close", "_decide")),
        (cast.county_officer, ("_supply", "_decide")),
        (cast.visitor, ("_take", "_advance")),
    ):
        for act in acts:
            assert signed_in(user).post(url(case, act), {}).status_code == 403
    assert signed_in(cast.visitor).get(url(case)).status_code == 403
    assert signed_in(cast.neighbour).get(url(case)).status_code == 404


def test_help_before_the_plan_is_written_down(cast: Cast) -> None:
    case = filed(cast, urgent=True)
    clerk = signed_in(cast.township_clerk)
    assert "先救助，不等方案" in text(clerk.get(url(case)))
    body = {
        "key": str(uuid.uuid4()),
        "kind": "money",
        "words": "先给生活费",
        "amount": "1000",
        "unit": "镇里",
        "who": "郑晓琳",
        "given_on": "2026-11-24",
    }
    assert "最多3,000元" in text(clerk.post(url(case, "_advance"), body | {"amount": "5000"}))
    for _ in range(2):
        assert "先行救助记下了" in text(clerk.post(url(case, "_advance"), body, follow=True))
    row = case.measures.get()
    address = reverse("visits_followup:case_void", args=[case.uuid, row.pk])
    assert address in clerk.get(url(case)).content.decode()
    assert "请写为什么作废" in text(clerk.post(address, {"reason": ""}))
    page = text(clerk.post(address, {"reason": "没有发出去"}, follow=True))
    assert "作废，没有发出去" in page
    assert address not in page
    assert "已经作废了" in text(clerk.post(address, {"reason": "没有发出去"}))


def test_the_person_s_page_shows_what_is_done_and_a_village_no_more_than_that(cast: Cast) -> None:
    person = somebody(cast, assignee=cast.visitor)
    case = filed(cast, person)
    page = reverse("visits_desk:person", args=[person.uuid])
    assert url(case) in text(signed_in(cast.township_clerk).get(page))
    village = text(signed_in(cast.visitor).get(page))
    assert "变化办理" in village
    assert url(case) not in village
    approved(cast, case)
    assert "临时救助" in text(signed_in(cast.visitor).get(page))


# ── a change that was told ───────────────────────────────────────────────────────────────────────


def _told(**changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()), "source": "neighbour", "found_on": "2026-11-23", "told_by": "隔壁陈姐",
        "c-TOTAL_FORMS": "3", "c-INITIAL_FORMS": "0", "c-0-code": "income", "c-0-was": "打零工", "c-0-now": "停工了",
    } | changes  # fmt: skip


def test_a_visitor_notes_what_was_heard_and_the_clerk_files_it(cast: Cast) -> None:
    person = somebody(cast, assignee=cast.visitor)
    form = reverse("visits_followup:change_new", args=[person.uuid])
    visitor = signed_in(cast.visitor)
    assert text(visitor.get(form))
    assert "请选怎么知道的" in text(visitor.post(form, _told(source="")))
    assert "请写什么变了" in text(visitor.post(form, _told(**{"c-0-code": "", "c-0-was": "", "c-0-now": ""})))
    assert "请写现在怎样" in text(visitor.post(form, _told(**{"c-0-now": ""})))
    assert "晚于今天" in text(visitor.post(form, _told(found_on="2026-11-25")))
    body = _told()
    for _ in range(2):
        assert visitor.post(form, body).status_code == 302
    report = ChangeReport.objects.get()
    assert (report.due_on, report.source) == (date(2026, 11, 25), "neighbour")
    clerk = signed_in(cast.township_clerk)
    page = text(clerk.get(reverse("visits_followup:change", args=[report.uuid])))
    assert "邻居、村民反映（隔壁陈姐）" in page
    filed_ = text(clerk.post(reverse("visits_followup:change", args=[report.uuid]), {}, follow=True))
    assert "永变2026-0001：看县里办到哪了" in filed_
    for user in (cast.neighbour, cast.county_officer):
        assert signed_in(user).get(form).status_code == 403
    assert "隔壁陈姐" not in text(visitor.get(reverse("visits_desk:person", args=[person.uuid])))


# ── the day ──────────────────────────────────────────────────────────────────────────────────────


def _some_days(cast: Cast) -> None:
    monday = date(2026, 11, 23)
    visit(somebody(cast, name="甲早"), cast.visitor, monday, values={"income": 2}, report=True)
    told(cast, somebody(cast, name="乙晚"), on=date(2026, 11, 21))
    days.compile_days(today=DAY, at=at(DAY, 0, 3), since=date(2026, 11, 20))
    visit(somebody(cast, name="丙补"), cast.visitor, monday)
    from visits.records.models import Visit

    Visit.objects.filter(person__name="丙补").update(submitted_at=at(DAY, 9))
    cast.refresh(DAY)


def test_days_are_listed_opened_and_confirmed_together(cast: Cast) -> None:
    _some_days(cast)
    clerk = signed_in(cast.township_clerk)
    list_ = reverse("visits_followup:days")
    page = text(clerk.get(list_))
    assert page.index("11月21日 周六") < page.index("11月23日 周一")
    assert "请先勾" in text(clerk.post(list_, {"note": "x"}))
    ids = list(DaySummary.objects.values_list("pk", flat=True))
    assert "2天确认了" in text(clerk.post(list_, {"day": ids, "note": "看过了"}, follow=True))
    assert "没有待确认的" in text(clerk.get(list_))
    assert "看过了" in text(
        clerk.get(reverse("visits_followup:day", args=[cast.township.pk, date(2026, 11, 21)]))
    )
    assert signed_in(cast.county_officer).post(list_, {"day": ids}).status_code == 403
    assert "乙晚" not in text(signed_in(cast.neighbour).get(list_))


def test_a_day_has_its_rows_behind_its_numbers_and_what_came_later_apart(cast: Cast) -> None:
    _some_days(cast)
    address = reverse("visits_followup:day", args=[cast.township.pk, date(2026, 11, 23)])
    page = text(signed_in(cast.county_officer).get(address))
    assert page.index("甲早") < page.index("后来补录</h2>") < page.index("丙补")
    assert (
        "嵩口镇2026年11月23日 周一巡访汇总：巡访1人，没见到0次。发现变化1件，已报县级0件，还有1件要报，最近的11月25日 周三24:00前。"
        in page
    )
    copied = page.split('class="xf-copy__t"')[1].split("</p>")[0]
    assert "甲早" not in copied
    assert signed_in(cast.neighbour).get(address).status_code == 404
    assert signed_in(cast.visitor).get(address).status_code == 403
    today = reverse("visits_followup:day", args=[cast.township.pk, DAY])
    assert "今天到现在的" in text(signed_in(cast.township_clerk).get(today))
    tomorrow = address.replace("2026-11-23", "2026-11-25")
    assert signed_in(cast.township_clerk).get(tomorrow).status_code == 404
    assert signed_in(cast.township_clerk).get(address.replace("2026-11-23", "2026-02-31")).status_code == 404


def test_changes_and_tries_that_came_after_midnight_are_announced_on_the_list_of_days(cast: Cast) -> None:
    _some_days(cast)
    monday, sunday = date(2026, 11, 23), date(2026, 11, 22)
    late, by = at(DAY, 9), cast.township_clerk
    person = somebody(cast, name="丁迟")
    before = selectors.later([DaySummary.objects.get(on=monday)])[cast.township.pk, monday]
    for on in (monday, sunday):
        told(cast, person, on=on, by=by, when=late)
        Attempt.objects.create(
            person=person, tried_on=on, mode="home", outcome="away", visitor=cast.visitor, recorder=by, key=uuid.uuid4(), body_digest=b"",
            submitted_at=late, county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
        )  # fmt: skip
    assert selectors.later([DaySummary.objects.get(on=monday)])[cast.township.pk, monday] == before + 2
    assert (cast.township.pk, sunday, 2) in selectors.only_later([cast.township.pk], DAY)
    page = text(signed_in(cast.township_clerk).get(reverse("visits_followup:days") + "?which=all"))
    assert "补录2条" in page


# ── the clocks on the pages ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("on", "now", "words"),
    [
        (DAY, at(date(2026, 11, 27), 23, 59), ("11月27日 周五 24:00前", "今天到期")),
        (DAY, at(date(2026, 11, 28), 0, 1), ("超时了", "应在11月27日 周五前")),
        (date(2026, 2, 25), at(date(2026, 2, 28), 12), ("2月28日 周六 24:00前", "今天到期")),
        (date(2026, 12, 30), at(date(2026, 12, 31), 9), ("日期待定", "2027年放假安排还没有录入")),
    ],
    ids=["a minute before midnight", "a minute after", "a make-up Saturday", "over New Year"],
)
def test_the_county_s_clock_on_its_page(cast: Cast, on: date, now: Any, words: tuple[str, ...]) -> None:
    case = filed(cast, on=on)
    with time_machine.travel(now, tick=False):
        page = text(signed_in(cast.county_officer).get(url(case)))
    for one in words:
        assert one in page


def test_today_says_what_waits_and_until_when(cast: Cast) -> None:
    case = filed(cast)
    proposed(cast)
    supplements.ask(case_id=case.pk, what="证明", by=cast.county_officer, at=at(DAY, 17))
    told(cast, on=date(2026, 11, 23))
    days.compile_days(today=DAY, at=at(DAY, 0, 3), since=date(2026, 11, 23))
    cast.refresh(DAY)
    clerk, officer, head = (
        text(signed_in(user).get("/"))
        for user in (cast.township_clerk, cast.county_officer, cast.county_head)
    )
    assert "1天待确认，最早的11月24日 周二前" in clerk
    assert "1份要补，最早的11月26日 周四前" in clerk
    assert "2个案子要定初步方案" in officer
    assert "1个方案待您批准" in head
