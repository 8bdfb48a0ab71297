"""One family, one case: the county takes it on, answers within three working days, carries out, goes and sees."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LogEntry
from tests.cast import Cast
from tests.visits.followup.casework import (
    DAY,
    approved,
    at,
    family,
    filed,
    measure,
    on_duty,
    proposed,
    somebody,
    told,
)
from tests.world import visit
from visits.core.models import CalendarDay, CalendarYear, Notice, UnitSetting
from visits.followup import services
from visits.followup.answers import case_no, unit_letter, vague
from visits.followup.models import Case, CaseMeasure, ChangeReport, Supplement
from visits.followup.selectors import timely
from visits.followup.services import cases, measures, supplements
from visits.followup.services.cases import Proposal
from visits.followup.services.recounting import recount
from visits.records import services as records
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from visits.schedule.models import DueItem


def kinds(case: Case) -> list[str]:
    return list(case.steps.values_list("kind", flat=True))


# ── received ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 2, 24), date(2026, 2, 27)),
        (date(2026, 2, 25), date(2026, 2, 28)),
        (date(2026, 5, 11), date(2026, 5, 14)),
        (date(2026, 9, 21), date(2026, 9, 24)),
        (date(2026, 9, 29), date(2026, 10, 9)),
        (date(2026, 10, 9), date(2026, 10, 13)),
        (date(2026, 11, 24), date(2026, 11, 27)),
    ],
    ids=lambda day: f"{day:%m-%d}",
)
def test_the_county_answers_on_the_third_working_day_after(cast: Cast, received: date, due: date) -> None:
    case = filed(cast, on=received)
    assert (case.due_on, case.state, case.year, case.number) == (due, "waiting", 2026, 1)


def test_a_report_at_one_minute_to_midnight_and_one_two_minutes_later_have_two_clocks(cast: Cast) -> None:
    first, second = told(cast), told(cast)
    services.file(change_id=first.pk, by=cast.township_clerk, at=at(DAY, 23, 59))
    services.file(change_id=second.pk, by=cast.township_clerk, at=at(date(2026, 11, 25), 0, 1))
    days = Case.objects.order_by("pk").values_list("due_on", flat=True)
    assert list(days) == [date(2026, 11, 27), date(2026, 11, 30)]


def test_two_reports_of_one_family_are_one_case_and_the_first_clock_stands(cast: Cast) -> None:
    father, mother = family(cast, "张志坚", "李秀兰")
    case = filed(cast, father)
    again = filed(cast, mother, on=date(2026, 11, 25), urgent=True)
    case.refresh_from_db()
    assert (again.pk, case.urgent, case.due_on) == (case.pk, True, date(2026, 11, 27))
    assert kinds(case) == ["received", "joined"]
    assert case.reports.count() == 2


def test_people_without_a_household_have_cases_of_their_own(cast: Cast) -> None:
    assert filed(cast).pk != filed(cast).pk
    alone = somebody(cast)
    assert filed(cast, alone).pk == filed(cast, alone).pk


def test_a_report_that_joins_what_waits_for_the_head_is_proposed_anew(cast: Cast) -> None:
    father, mother = family(cast, "张志坚", "李秀兰")
    case = proposed(cast, filed(cast, father))
    old, next_day = cases.stamp(case), date(2026, 11, 25)
    assert filed(cast, mother, on=next_day, urgent=True).pk == case.pk
    head = on_duty(cast.county_head, next_day)
    refused = cases.approve(seen={case.pk: old}, by=head, at=at(next_day, 18))
    assert (refused.done, len(refused.left)) == (0, 1)
    case.refresh_from_db()
    assert (case.state, case.taken_by, case.measures.count()) == ("taken", cast.county_officer, 1)
    assert kinds(case)[-2:] == ["joined", "sent_back"]
    assert [step.words for step in case.steps.all()][-1] == "又报来一份，请重新提"
    notice = Notice.objects.get(user=cast.county_officer, kind="told", settled_at=None)
    assert (notice.at_once, str(case.uuid) in notice.url) == (True, True)
    case = approved(cast, proposed(cast, case, on=next_day), on=next_day)
    notice.refresh_from_db()
    assert (case.state, notice.settled_at is None) == ("carried_out", False)


def test_what_comes_after_the_answer_is_a_new_case(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    assert filed(cast, person).pk != case.pk


def test_numbers_go_on_by_county_and_year_and_say_whose(cast: Cast) -> None:
    assert [filed(cast).number for _ in range(2)] == [1, 2]
    assert filed(cast, on=date(2026, 12, 1)).number == 3
    assert case_no(unit_letter("永泰县", ["鼓楼区", "闽侯县"]), 2026, 113) == "永变2026-0113"
    assert unit_letter("闽侯县", ["闽清县"]) == "闽侯"


def test_a_year_whose_days_off_are_not_known_is_said_and_counted_when_it_is(cast: Cast) -> None:
    eve = date(2026, 12, 30)
    case = filed(cast, on=eve)
    row = supplements.ask(case_id=case.pk, what="诊断书", by=on_duty(cast.county_officer, eve), at=at(eve))
    assert (case.due_on, case.due_note, row.due_on) == (None, "2027年放假安排还没有录入", None)
    CalendarYear.objects.create(year=2027, status="official", document="x")
    CalendarDay.objects.create(day=date(2027, 1, 1), kind="off", name="元旦")
    assert recount(at=at(eve)) == 2
    case.refresh_from_db()
    row.refresh_from_db()
    assert (case.due_on, row.due_on) == (date(2027, 1, 5), date(2027, 1, 4))
    actions = LogEntry.objects.filter(action__endswith="_recounted").values_list("action", flat=True)
    assert sorted(actions) == ["case_recounted", "supplement_recounted"]
    assert recount(at=at(eve)) == 0


def test_a_recount_keeps_to_the_days_that_papers_had_when_they_were_asked_for(cast: Cast) -> None:
    case = filed(cast)
    row = supplements.ask(case_id=case.pk, what="诊断书", by=cast.county_officer, at=at(DAY, 17))
    assert (row.days, row.due_on) == (2, date(2026, 11, 26))
    UnitSetting.objects.create(region=cast.county, key="supplement_days", value=5, starts_on=date(2020, 1, 1))
    assert recount(at=at(DAY, 18)) == 0
    row.refresh_from_db()
    assert row.due_on == date(2026, 11, 26)


def test_whoever_asks_for_papers_has_taken_the_case_on_and_the_log_says_so(cast: Cast) -> None:
    case = filed(cast)
    supplements.ask(case_id=case.pk, what="诊断书", by=cast.county_officer, at=at(DAY, 17))
    case.refresh_from_db()
    assert (case.state, case.taken_by) == ("taken", cast.county_officer)
    assert LogEntry.objects.filter(action="case_taken", actor_id=cast.county_officer.pk).count() == 1


# ── the answer ───────────────────────────────────────────────────────────────────────────────────


def test_taken_proposed_approved_and_the_clock_stops_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    case = filed(cast)
    monkeypatch.setattr(services.hooks, "after_clock_stopped", [lambda *what: heard.append(what[:2])])
    cases.take(case_id=case.pk, by=cast.county_officer, at=at(DAY, 16, 50))
    with pytest.raises(CannotChange, match="已经接手"):
        cases.take(case_id=case.pk, by=cast.county_head, at=at(DAY, 16, 51))
    case = approved(cast, proposed(cast, case))
    assert kinds(case) == ["received", "taken", "proposed", "approved"]
    assert (case.state, case.revisit_on, heard) == ("carried_out", date(2026, 12, 24), [("case", case.pk)])
    assert case.steps.get(kind="proposed").words == "定初步方案：临时救助 6,000元"


@pytest.mark.parametrize(
    ("words", "empty"),
    [("研究中", True), ("待研究后再处理", True), ("视情况", True), ("持续关注，尽快解决", True),
     ("临时救助", False), ("转人社局处理欠薪", False), ("研究后给临时救助600元", False)],
)  # fmt: skip
def test_words_that_say_nothing_are_no_measure(words: str, empty: bool) -> None:
    assert vague(words) is empty


@pytest.mark.parametrize(
    ("proposal", "field"),
    [
        (Proposal(answer=""), "answer"),
        (Proposal(answer="plan"), "measures"),
        (Proposal(answer="plan", measures=(measure(words="待研究"),)), "measure_0"),
        (Proposal(answer="plan", measures=(measure(), measure(who=" "))), "measure_1"),
        (Proposal(answer="plan", measures=(measure(due_on=DAY - timedelta(days=1)),)), "measure_0"),
        (Proposal(answer="no_effect"), "reason"),
        (Proposal(answer="no_effect", reason="视情况"), "reason"),
        (Proposal(answer="review", reason="收入要复核"), "reference"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_a_sentence(
    cast: Cast, proposal: Proposal, field: str
) -> None:
    case = filed(cast)
    with pytest.raises(CannotChange) as refused:
        cases.propose(case_id=case.pk, proposal=proposal, by=cast.county_officer, at=at())
    assert refused.value.field == field
    case.refresh_from_db()
    assert case.state == "waiting"


@pytest.mark.parametrize("answer", ["no_effect", "review", "in_system", "members", "death"])
def test_an_honest_short_end_closes_when_the_head_says_yes(cast: Cast, answer: str) -> None:
    case = approved(cast, answer=answer, reference="永动复〔2026〕7号")
    assert (case.state, case.revisit_on) == ("closed", None)
    assert "收入没有超过标准" in case.closing_note
    assert not DueItem.objects.filter(cause="revisit").exists()


def test_the_author_may_not_approve_and_what_changed_meanwhile_is_not_approved_unseen(cast: Cast) -> None:
    case = filed(cast)
    cases.propose(
        case_id=case.pk, proposal=Proposal("plan", measures=(measure(),)), by=cast.county_head, at=at(DAY, 17)
    )
    case.refresh_from_db()
    left = cases.approve(seen={case.pk: cases.stamp(case)}, by=cast.county_head, at=at(DAY, 18)).left
    assert left == [(case.pk, "这是您自己提的，要由另一位负责人批准")]
    old = cases.stamp(case)
    proposed(cast, case)
    Case.objects.filter(pk=case.pk).update(proposed_at=at(DAY, 17, 30))
    assert "改了一版" in cases.approve(seen={case.pk: old}, by=cast.county_head, at=at(DAY, 18)).left[0][1]


def test_many_are_approved_in_one_press_and_each_that_stays_says_why(cast: Cast) -> None:
    good, gone = proposed(cast), proposed(cast, answer="no_effect")
    approved(cast, gone)
    settled = cases.approve(
        seen={good.pk: cases.stamp(good), gone.pk: cases.stamp(gone)}, by=cast.county_head, at=at(DAY, 18)
    )
    assert settled.done == 1
    assert settled.left == [(gone.pk, "这个案子现在不在待批准，请刷新后再看")]


def test_sent_back_with_a_reason_the_measures_stay_to_be_mended(cast: Cast) -> None:
    case = proposed(cast)
    seen = {case.pk: cases.stamp(case)}
    with pytest.raises(CannotChange, match="为什么退回"):
        cases.send_back(seen=seen, reason=" ", by=cast.county_head, at=at(DAY, 18))
    assert cases.send_back(seen=seen, reason="少了校服费", by=cast.county_head, at=at(DAY, 18)).done == 1
    case.refresh_from_db()
    assert (case.state, case.answer, case.measures.count()) == ("taken", "", 1)
    again = proposed(cast, case, measures=(measure(), measure(kind="school", words="校服费减免", fen=None)))
    assert [row.words for row in again.measures.all()] == ["临时救助", "校服费减免"]


def test_a_measure_whose_day_is_over_is_not_approved(cast: Cast) -> None:
    case = proposed(cast, measures=(measure(due_on=DAY),))
    by = on_duty(cast.county_head, DAY)
    settled = cases.approve(seen={case.pk: cases.stamp(case)}, by=by, at=at(DAY + timedelta(days=1), 9))
    assert settled.left == [(case.pk, "措施的日子已经过了，请退回改")]


def test_what_was_taken_back_is_no_help_that_was_given(cast: Cast) -> None:
    case = filed(cast, urgent=True)
    row = measures.advance(
        case_id=case.pk, kind="money", words="先给生活费", unit="嵩口镇", who="郑晓琳", given_on=DAY, fen=100000,
        by=cast.township_clerk, at=at(DAY, 17),
    )  # fmt: skip
    units = {2: {cast.county.pk}}
    monday = DAY - timedelta(days=DAY.weekday())
    assert timely.week(units, monday, DAY)["fen"] == 100000
    with pytest.raises(CannotChange, match="没有找到"):
        measures.void(measure_id=row.pk, reason="记重了", by=cast.visitor, at=at(DAY, 18))
    measures.void(measure_id=row.pk, reason="记重了", by=cast.township_clerk, at=at(DAY, 18))
    assert timely.week(units, monday, DAY)["advances"] == 0
    assert case.steps.filter(kind="advance", words="作废：先给生活费 1,000元（记重了）").exists()
    for wrong in ({"void_reason": ""}, {"voided_by": None}, {"advance": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseMeasure.objects.filter(pk=row.pk).update(**wrong)


def test_late_asks_for_one_sentence_from_whoever_is_late(cast: Cast) -> None:
    case = proposed(cast)
    late = date(2026, 11, 30)
    head = on_duty(cast.county_head, late)
    seen = {case.pk: cases.stamp(case)}
    assert "写一句原因" in cases.approve(seen=seen, by=head, at=at(late)).left[0][1]
    assert cases.approve(seen=seen, by=head, at=at(late), late_reason="等医院证明").done == 1
    case.refresh_from_db()
    assert case.late_reason == "等医院证明"
    other = filed(cast)
    with pytest.raises(CannotChange) as refused:
        proposed(cast, other, on=late)
    assert refused.value.field == "late_reason"
    assert proposed(cast, other, on=late, late_reason="经办人住院").late_reason == "经办人住院"


def test_only_the_county_answers_and_only_its_head_approves(cast: Cast) -> None:
    case = proposed(cast)
    with pytest.raises(CannotChange, match="由县级民政部门办理"):
        cases.take(case_id=case.pk, by=cast.township_clerk, at=at())
    with pytest.raises(CannotChange, match="没有找到"):
        cases.take(case_id=case.pk, by=cast.neighbour, at=at())
    left = cases.approve(seen={case.pk: cases.stamp(case)}, by=cast.county_officer, at=at(DAY, 18)).left
    assert left == [(case.pk, "由县级负责人批准")]


# ── papers, and help before the plan ─────────────────────────────────────────────────────────────


def test_papers_have_a_clock_of_their_own_and_stop_no_other(cast: Cast) -> None:
    case = filed(cast)
    row = supplements.ask(case_id=case.pk, what="诊断书", by=cast.county_officer, at=at(DAY, 17))
    case.refresh_from_db()
    assert (case.state, case.due_on, row.due_on) == ("taken", date(2026, 11, 27), date(2026, 11, 26))
    with pytest.raises(CannotChange, match="还没有补来"):
        supplements.ask(case_id=case.pk, what="收入证明", by=cast.county_officer, at=at(DAY, 17, 5))
    with pytest.raises(CannotChange, match="补了什么"):
        supplements.answer(case_id=case.pk, words=" ", photo=None, by=cast.township_clerk, at=at(DAY, 18))
    supplements.answer(
        case_id=case.pk, words="县医院证明一份", photo=None, by=cast.township_clerk, at=at(DAY, 18)
    )
    assert kinds(case) == ["received", "taken", "asked", "supplied"]


def test_an_answered_case_waits_for_no_paper(cast: Cast) -> None:
    case = filed(cast)
    supplements.ask(case_id=case.pk, what="诊断书", by=cast.county_officer, at=at(DAY, 16, 50))
    approved(cast, case)
    assert supplements.open_of(case) is None
    assert Supplement.objects.get().withdrawn_at is not None


def test_urgent_hardship_gets_a_small_sum_before_the_plan(cast: Cast) -> None:
    case = filed(cast, urgent=True)
    given = {"kind": "money", "words": "先给生活费", "unit": "嵩口镇", "who": "郑晓琳", "given_on": DAY}
    with pytest.raises(CannotChange, match="最多3,000元"):
        measures.advance(case_id=case.pk, fen=300001, by=cast.township_clerk, at=at(DAY, 17), **given)
    row = measures.advance(case_id=case.pk, fen=100000, by=cast.township_clerk, at=at(DAY, 17), **given)
    assert (row.advance, row.done_on) == (True, DAY)
    done = approved(cast, case)
    assert done.measures.count() == 2
    assert DueItem.objects.get(cause="revisit").opens_on == DAY + timedelta(days=1)
    with pytest.raises(CannotChange, match="写在方案的措施里"):
        measures.advance(case_id=case.pk, fen=100000, by=cast.township_clerk, at=at(DAY, 19), **given)


# ── carried out, seen, closed ────────────────────────────────────────────────────────────────────


def test_carried_out_visited_and_closed_with_its_result(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    item = DueItem.objects.get(cause="revisit")
    assert (item.opens_on, item.due_on, item.person) == (date(2026, 11, 30), date(2026, 12, 24), person)
    assert not DueItem.objects.counting().filter(pk=item.pk).exists()
    row = case.measures.get()
    late = date(2026, 12, 2)
    officer, clerk = on_duty(cast.county_officer, late), on_duty(cast.township_clerk, late)
    with pytest.raises(CannotChange, match="还有1条措施没有结果"):
        cases.close(case_id=case.pk, note="帮到了", by=officer, at=at(late))
    measures.finish(measure_id=row.pk, done_on=date(2026, 11, 26), result="钱到账了", by=clerk, at=at(late))
    item.refresh_from_db()
    assert item.opens_on == date(2026, 11, 27)
    with pytest.raises(CannotChange) as refused:
        cases.close(case_id=case.pk, note="帮到了", by=officer, at=at(late))
    assert refused.value.field == "no_revisit"
    made = visit(person, cast.visitor, late)
    assert cases.revisited(case) == late
    assert kinds(case)[-1] == "revisited"
    records.void(visit_id=made.pk, reason="记错人", by=on_duty(cast.visitor, late), at=at(late, 21))
    assert cases.revisited(case) is None
    assert "不算回访了" in case.steps.last().words
    visit(person, cast.visitor, late)
    closed = cases.close(case_id=case.pk, note="帮到了", by=officer, at=at(late, 22))
    assert (closed.state, closed.closing_note) == ("closed", "帮到了")


def test_two_plans_of_one_day_share_a_revisit_until_the_last_of_them_ends(cast: Cast) -> None:
    person = somebody(cast)
    first = approved(cast, filed(cast, person))
    second = approved(cast, filed(cast, person))
    owed = DueItem.objects.get(person=person, cause="revisit")
    done_at = date(2026, 11, 30)
    officer = on_duty(cast.county_officer, done_at)
    for case, stored in ((first, ""), (second, "dropped")):
        for row in case.measures.all():
            measures.finish(measure_id=row.pk, done_on=done_at, result="已到账", by=officer, at=at(done_at))
        cases.close(
            case_id=case.pk, note="帮到了", no_revisit="搬去外省女儿家", by=officer, at=at(done_at, 17)
        )
        owed.refresh_from_db()
        assert owed.stored == stored


def test_a_telephone_call_is_no_revisit_and_an_explained_one_ends(cast: Cast) -> None:
    person = somebody(cast)
    case = approved(cast, filed(cast, person))
    measures.drop(
        measure_id=case.measures.get().pk, reason="本人不要", by=cast.township_clerk, at=at(DAY, 19)
    )
    day = date(2026, 12, 1)
    visit(person, cast.visitor, day, mode="phone")
    assert cases.revisited(case) is None
    cases.close(
        case_id=case.pk,
        note="本人不要",
        no_revisit="搬去外省女儿家",
        by=on_duty(cast.county_officer, day),
        at=at(day),
    )
    assert DueItem.objects.get(cause="revisit").stored == "dropped"


# ── moves ────────────────────────────────────────────────────────────────────────────────────────


def test_an_open_case_goes_with_the_person_and_a_closed_one_stays(cast: Cast) -> None:
    from visits.followup import tasks

    person = somebody(cast)
    closed = approved(cast, filed(cast, person), answer="no_effect")
    case = filed(cast, person)
    there = cast.other_county_village
    Person.objects.filter(pk=person.pk).update(
        county_id=there.county_id, township_id=there.township_id, village_id=there.pk
    )
    tasks.people_changed([person.pk])
    case.refresh_from_db()
    closed.refresh_from_db()
    assert (case.county_id, case.village_id, case.number) == (there.county_id, there.pk, 1)
    assert "原来的县" in case.steps.last().words
    assert closed.county_id == cast.county.pk
    assert Case.objects.visible_to(cast.neighbour).count() == 2


def test_who_leaves_hands_the_cases_on(cast: Cast) -> None:
    from accounts.handover import Move
    from visits.followup import handing_over

    case = proposed(cast)
    assert handing_over.CASES.count(cast.county_officer, DAY) == {cast.county.pk: 1}
    move = Move(cast.county_officer, cast.county.pk, cast.county_head, cast.system_admin, at(), DAY)
    assert handing_over.CASES.pass_on is not None
    assert handing_over.CASES.pass_on(move) == 1
    case.refresh_from_db()
    assert case.taken_by == cast.county_head


# ── the database refuses ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "taken"}, {"due_on": None}, {"state": "proposed"}, {"answer": "plan"}, {"approved_at": at()},
        {"state": "closed"}, {"revisit_on": DAY},
    ],
    ids=str,
)  # fmt: skip
def test_the_database_refuses_a_case_that_is_half_done(cast: Cast, wrong: dict) -> None:
    case = filed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**wrong)


def test_the_database_refuses_one_hand_doubles_and_empty_rows(cast: Cast) -> None:
    case = approved(cast)
    for wrong in ({"approved_by": case.proposed_by}, {"answer": "no_effect"}, {"closing_note": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**wrong)
    row = case.measures.get()
    for wrong in ({"words": ""}, {"result": "x"}, {"amount": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseMeasure.objects.filter(pk=row.pk).update(**wrong)
    person = somebody(cast)
    open_ = filed(cast, person)
    for twin in ({"number": open_.number}, {"number": 99}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.create(
                year=2026, person=person, received_at=at(), due_on=DAY, county_id=person.county_id,
                township_id=person.township_id, village_id=person.village_id, **twin,
            )  # fmt: skip
    ask = supplements.ask(case_id=open_.pk, what="证明", by=cast.county_officer, at=at())
    for wrong in ({"what": ""}, {"due_on": None}, {"answer": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Supplement.objects.filter(pk=ask.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Supplement.objects.create(
            case=open_, what="y", asked_by=cast.county_officer, asked_at=at(), days=2, due_on=DAY
        )
    noted = told(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeReport.objects.filter(pk=noted.pk).update(case=open_)
