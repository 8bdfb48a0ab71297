"""Whole tables: drafted when a quarter is over, sent back, made anew, signed on paper, approved, 授权."""

from datetime import date

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from accounts.models import Delegation, LogEntry, Post
from accounts.roles import Role
from tests.cast import make_person, make_user
from tests.kit.pictures import picture
from tests.visits.records.signing_cast import (
    AT,
    DAY,
    digest_of,
    drafted,
    owed,
    sign,
    sign_all,
    village,
    visit_of,
)
from visits.core.models import Notice, UnitSetting
from visits.records import sheet_rows
from visits.records.models import LineReturn, Sheet, SheetStep, Visit
from visits.records.services import approval
from visits.records.services.approval import Paper
from visits.records.services.delegations import CannotDelegate, delegate, withdraw_delegation
from visits.records.services.sheets import CannotDraft, draft_due_sheets, draft_sheet, sign_by
from visits.records.services.signing import CannotSign, strike
from visits.records.sheet_history import history_of, sent_words

JPEG = Paper("表.jpg", picture())
NAMES = ["林国清", "谢永华", "郑文彬"]


@pytest.fixture
def people(cast):
    return village(cast)


@pytest.fixture
def sheet(cast, people):
    return drafted(cast)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 10, 8), date(2026, 10, 10)),
        (date(2026, 10, 10), date(2026, 10, 10)),
        (date(2026, 10, 11), date(2026, 10, 21)),
        (date(2026, 9, 20), date(2026, 10, 10)),
    ],
)
def test_the_day_of_signing_is_the_tenth_or_ten_days_from_now(on, expected):
    assert sign_by(date(2026, 9, 30), 10, on) == expected


def test_a_county_sets_its_own_day(cast, people):
    UnitSetting.objects.create(region=cast.county, key="sign_by_day", value=31, starts_on=date(2020, 1, 1))
    assert drafted(cast).sign_by == date(2026, 10, 31)


def village_tables():
    return Sheet.objects.filter(kind="village")


def test_every_village_with_visits_gets_its_table_once(cast, people):
    Post.objects.create(
        user=cast.visitor, region=cast.other_village, role=Role.VISITOR, starts_on=date(2020, 1, 1)
    )
    cast.refresh()
    other = make_person(cast, name="邻村人", village=cast.other_village)
    visit_of(cast, other, date(2026, 9, 1))
    visit_of(cast, make_person(cast, name="新季度"), date(2026, 10, 2), at=AT)
    assert draft_due_sheets(DAY) == 2
    assert draft_due_sheets(DAY) == 0
    assert set(village_tables().values_list("village_id", "period", "batch_no")) == {
        (cast.village.pk, "2026Q3", 1),
        (cast.other_village.pk, "2026Q3", 1),
    }


def test_a_running_quarter_gets_no_table_by_itself(cast, people):
    assert draft_due_sheets(date(2026, 9, 30)) == 0
    assert draft_due_sheets(date(2026, 10, 1)) == 1


def test_a_village_nobody_went_to_gets_a_table_that_says_so(cast):
    owed(make_person(cast, name="郑水清"))
    assert draft_due_sheets(DAY) == 1
    assert [x.content["kind"] for x in sheet_rows.live(village_tables().get(), DAY)] == ["late"]


def test_late_visits_get_another_batch_when_the_first_is_signed(cast, people):
    draft_due_sheets(DAY)
    first = village_tables().get()
    visit_of(cast, make_person(cast, name="郑大生"), date(2026, 9, 18))
    assert draft_due_sheets(DAY) == 0  # the open one takes it
    sign_all(cast, first)
    visit_of(cast, make_person(cast, name="谢长弟"), date(2026, 9, 18), at=AT)
    assert draft_due_sheets(DAY) == 1
    assert village_tables().get(batch_no=2).sign_by >= DAY


def test_someone_listed_as_missed_is_not_listed_again(cast, people):
    owed(make_person(cast, name="郑水清"))
    sign_all(cast, drafted(cast))
    visit_of(cast, make_person(cast, name="谢长弟"), date(2026, 9, 18), at=AT)
    second = drafted(cast)
    assert [x.content["name"] for x in sheet_rows.live(second, DAY)] == ["谢长弟"]


def test_somebody_whose_time_is_not_over_stands_in_no_table(cast, people):
    owed(make_person(cast, name="郑水清"))
    sheet = drafted(cast)
    assert "郑水清" not in {x.content["name"] for x in sheet_rows.live(sheet, date(2026, 9, 30))}
    assert "郑水清" in {x.content["name"] for x in sheet_rows.live(sheet, date(2026, 10, 1))}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"by": "neighbour"}, "不归您管"),
        ({"by": "village_head"}, "不归您管"),
        ({"period_key": "2027Q1"}, "还没有开始"),
        ({"period_key": "2026-08"}, "还没有开始"),
        ({"period_key": "2026Q1"}, "没有要签的巡访"),
    ],
)
def test_a_table_is_not_drafted(cast, people, change, words):
    values = {"village_id": cast.village.pk, "period_key": "2026Q3", "by": "township_clerk"} | change
    with pytest.raises(CannotDraft, match=words):
        draft_sheet(at=AT, **values | {"by": getattr(cast, values["by"])})


def test_drafting_twice_gives_the_same_table(cast, sheet):
    assert drafted(cast) == sheet


def test_the_county_sends_back_and_the_names_stand_when_nothing_was_edited(cast, sheet):
    sign_all(cast, sheet)
    approval.return_sheet(sheet_id=sheet.pk, reason="缺盖章", by=cast.county_officer, at=AT)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.return_reason) == ("returned", "缺盖章")
    with pytest.raises(CannotDraft, match="退回了"):
        drafted(cast)
    assert draft_due_sheets(DAY) == 0
    with pytest.raises(CannotSign, match="怎么处理的"):
        approval.resume(sheet_id=sheet.pk, answer=" ", by=cast.township_clerk, at=AT)
    approval.resume(sheet_id=sheet.pk, answer="章已补盖", by=cast.township_clerk, at=AT)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.signatures.count()) == ("signed", 3)
    steps = history_of([sheet])[sheet.pk]
    assert [(x.kind, x.words, x.by) for x in steps] == [
        ("returned", "缺盖章", cast.county_officer),
        ("resumed", "章已补盖", cast.township_clerk),
    ]
    assert sent_words(steps) == "第2次送审；上次退回（10月8日）：缺盖章；答：章已补盖"


def test_a_new_table_takes_the_place_of_a_returned_one(cast, sheet):
    sign_all(cast, sheet)
    approval.return_sheet(sheet_id=sheet.pk, reason="有一行写错", by=cast.county_head, at=AT)
    new = approval.renew(sheet_id=sheet.pk, reason="改了一行", by=cast.township_clerk, at=AT)
    assert (new.state, new.batch_no, new.replaces, new.seal) == ("open", 2, sheet, None)
    assert len(sheet_rows.live(new, DAY)) == 5
    assert sheet.signatures.count() == 3
    with pytest.raises(CannotSign, match="已经另出一版"):
        approval.resume(sheet_id=sheet.pk, answer="看过了", by=cast.township_clerk, at=AT)
    sign_all(cast, new)
    words = sent_words(history_of([new])[new.pk])
    assert words == "第2次送审；上次退回（10月8日）：有一行写错；另出一版：改了一行"


@pytest.mark.parametrize(("role", "words"), [("village_head", "还没有轮到您"), ("neighbour", "没有找到")])
def test_a_signed_table_is_sent_back_by_its_county_only(cast, sheet, role, words):
    sign_all(cast, sheet)
    with pytest.raises(CannotSign, match=words):
        approval.return_sheet(sheet_id=sheet.pk, reason="x", by=getattr(cast, role), at=AT)


def test_a_single_record_sent_back_comes_to_its_visitor(cast, people):
    single = Sheet.objects.get(kind="single")
    approval.return_sheet(sheet_id=single.pk, reason="多少钱？", by=cast.village_head, at=AT)
    returned = LineReturn.objects.get(line__sheet=single)
    assert (returned.reason, Visit.objects.get(pk=single.visit_id).returned) == ("多少钱？", True)
    from visits.records.services.signing import answer

    new = answer(visit_id=single.visit_id, text="每月少800元", by=cast.visitor, at=AT)
    assert new.replaces == single
    sign_all(cast, new)


def test_approval_is_in_bulk_and_leaves_what_moved_on(cast, sheet):
    sign_all(cast, sheet)
    single = Sheet.objects.get(kind="single")
    assert approval.approve(sheet_ids=[sheet.pk, single.pk], by=cast.county_officer, at=AT) == (1, 1)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.approved_by, sheet.signatures.count()) == ("approved", cast.county_officer, 3)
    assert LogEntry.objects.filter(action="sheet_approved").count() == 1


@pytest.mark.parametrize("role", ["neighbour", "township_head"])
def test_nobody_else_approves(cast, sheet, role):
    sign_all(cast, sheet)
    with pytest.raises(CannotSign):
        approval.approve(sheet_ids=[sheet.pk], by=getattr(cast, role), at=AT)


def attach(cast, sheet, **changes):
    values = {
        "file": JPEG, "names": NAMES, "signed_on": DAY, "code": digest_of(sheet)[:8].upper(),
        "by": cast.township_clerk,
    }  # fmt: skip
    return approval.attach_paper(sheet_id=sheet.pk, at=AT, **values | changes)


def test_the_paper_registers_three_names_at_once(cast, sheet):
    attach(cast, sheet)
    sheet.refresh_from_db()
    names = list(
        sheet.signatures.order_by("slot").values_list("signed_name", "method", "signer", "recorded_by")
    )
    assert names == [(name, "paper", None, cast.township_clerk.pk) for name in NAMES]
    assert (sheet.state, sheet.paper.kind, sheet.paper.private) == ("signed", "sheet_paper", False)
    assert bytes(sheet.seal) == sheet_rows.seal_of(sheet, sheet_rows.frozen(sheet))


def test_names_given_on_the_screen_are_kept_and_the_paper_adds_the_rest(cast, sheet):
    sign(cast, sheet, 1)
    attach(cast, sheet, names=NAMES[1:])
    methods = list(sheet.signatures.order_by("slot").values_list("method", flat=True))
    assert methods == ["screen", "paper", "paper"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "0000"}, "校对码和这张表对不上"),
        ({"code": "12"}, "校对码和这张表对不上"),
        ({"names": ["林国清", "", "郑文彬"]}, "每一格"),
        ({"names": ["林国清", "林国清", "郑文彬"]}, "只能签一格"),
        ({"file": Paper("表.jpg", b"GIF89a")}, "不是照片"),
        ({"file": Paper("表.jpg", b"\xff\xd8\xff" + b"0" * 15 * 1024 * 1024)}, "超过15兆"),
        ({"signed_on": date(2026, 10, 9)}, "晚于今天"),
        ({"signed_on": date(2026, 6, 30)}, "早于这一期"),
    ],
)
def test_a_paper_is_refused_and_nothing_is_registered(cast, sheet, change, words):
    with pytest.raises(CannotSign, match=words):
        attach(cast, sheet, **change)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.seal, sheet.paper, sheet.signatures.count()) == ("open", None, None, 0)


def test_a_near_relative_s_name_on_paper_is_refused_too(cast, sheet, people):
    person = people["黄玉钗"]
    person.contact_phone, person.contact_relation = cast.village_head.phone, "儿子"
    person.save()
    with pytest.raises(CannotSign, match="的亲属，按规定回避"):
        attach(cast, sheet, names=[cast.village_head.name, "谢永华", "郑文彬"])
    sheet.refresh_from_db()
    assert (sheet.state, sheet.signatures.count()) == ("open", 0)


def test_only_the_clerk_attaches(cast, sheet):
    with pytest.raises(CannotSign, match="不归您办"):
        attach(cast, sheet, by=cast.village_head)


def test_a_table_fixed_before_printing_stays_as_printed(cast, sheet):
    code = digest_of(sheet)
    approval.freeze(sheet_id=sheet.pk, digest=code, by=cast.township_clerk, at=AT)
    visit_of(cast, make_person(cast, name="郑大生"), date(2026, 9, 18), at=AT)
    attach(cast, sheet, code=code[:4])
    assert len(sheet_rows.frozen(sheet)) == 5


def test_without_fixing_a_later_record_makes_the_paper_wrong(cast, sheet):
    code = digest_of(sheet)[:8]
    visit_of(cast, make_person(cast, name="郑大生"), date(2026, 9, 18), at=AT)
    with pytest.raises(CannotSign, match="重新打印再签"):
        attach(cast, sheet, code=code)


def test_a_single_record_goes_on_with_the_clerk_s_own_words(cast, people):
    single = Sheet.objects.get(kind="single")
    approval.return_sheet(sheet_id=single.pk, reason="多少钱？", by=cast.village_head, at=AT)
    approval.resume(sheet_id=single.pk, answer="问过本人，写的就是全部", by=cast.township_clerk, at=AT)
    assert LineReturn.objects.get(line__sheet=single).answer == "问过本人，写的就是全部"


def test_an_approved_table_that_is_voided_says_why_and_who_had_approved_it(cast, sheet, people):
    sign_all(cast, sheet)
    approval.approve(sheet_ids=[sheet.pk], by=cast.county_officer, at=AT)
    reason = "黄玉钗和林国清13800000123都要重签"
    approval.void_sheet(sheet_id=sheet.pk, reason=reason, by=cast.county_head, at=AT)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.approved_by, sheet.approved_at) == ("voided", cast.county_officer, AT)
    step = SheetStep.objects.get(kind="voided")
    assert (step.words, step.by, step.by_title) == (
        reason,
        cast.county_head,
        cast.county_head.duty.main.words,
    )
    detail = LogEntry.objects.get(action="sheet_voided").detail
    assert detail["reason"] == "某某和林国清……都要重签"


def test_the_database_keeps_steps_as_they_were_said(cast, sheet):
    with pytest.raises(IntegrityError, match="sheet_step_has_words"), transaction.atomic():
        SheetStep.objects.create(sheet=sheet, kind="voided", by=cast.county_head, at=AT)
    made = SheetStep.objects.create(sheet=sheet, kind="voided", words="x", by=cast.county_head, at=AT)
    with pytest.raises(ProgrammingError), transaction.atomic():
        SheetStep.objects.filter(pk=made.pk).update(words="y")
    with pytest.raises(IntegrityError, match="sheet_approval_complete"), transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk).update(approved_by=cast.county_head, approved_at=AT)


def test_taking_a_table_away_frees_its_records(cast, sheet):
    strike(sheet_id=sheet.pk, rows=[3], reason="x", by=cast.village_head, at=AT, digest=digest_of(sheet))
    approval.void_sheet(sheet_id=sheet.pk, reason="出错了村", by=cast.township_clerk, at=AT)
    assert len(sheet_rows.live(drafted(cast), DAY)) == 5


def paper(cast, **changes):
    values = {
        "region_id": cast.township.pk, "role": Role.TOWNSHIP_HEAD, "deputy_id": cast.township_clerk.pk,
        "deputy_title": "副镇长", "principal_name": "郑文彬", "document_no": "嵩委〔2026〕18号",
        "starts_on": date(2026, 10, 1), "ends_on": date(2026, 12, 31), "by": cast.township_head,
    }  # fmt: skip
    return delegate(at=AT, **values | changes)


def test_a_delegation_is_written_down_once_and_logged(cast):
    made = paper(cast)
    assert LogEntry.objects.get(action="delegation_made").object_id == str(made.pk)
    with pytest.raises(CannotDelegate, match="已经有同样的授权"):
        paper(cast)
    withdraw_delegation(delegation_id=made.pk, by=cast.township_clerk, at=AT)
    with pytest.raises(CannotDelegate, match="已经收回了"):
        withdraw_delegation(delegation_id=made.pk, by=cast.township_clerk, at=AT)
    paper(cast)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"document_no": " "}, "文号"),
        ({"ends_on": date(2026, 9, 30)}, "早于开始日期"),
        ({"role": Role.LIAISON}, "对不上"),
        ({"role": Role.COUNTY_HEAD}, "对不上"),
    ],
)
def test_a_delegation_is_refused(cast, change, words):
    with pytest.raises(CannotDelegate, match=words):
        paper(cast, **change)
    assert not Delegation.objects.exists()


def test_nobody_gives_himself_another_s_name(cast):
    with pytest.raises(CannotDelegate, match="不能给自己登记授权。请委托人本人、民政办另一位同志或县民政局"):
        paper(cast, by=cast.township_clerk)
    assert paper(cast, by=cast.county_officer).deputy == cast.township_clerk


def test_a_paper_its_own_deputy_wrote_down_signs_nothing(cast, sheet):
    made = paper(cast)
    Delegation.objects.filter(pk=made.pk).update(created_by=cast.township_clerk)
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    with pytest.raises(CannotSign, match="没有这个村的任职或授权"):
        sign(cast, sheet, 3, by=cast.township_clerk)


def test_the_principal_is_told_and_takes_it_back(cast):
    made = paper(cast, by=cast.county_officer)
    told = Notice.objects.get(kind="delegation")
    assert told.user == cast.township_head
    assert "10月1日起有人代您签确认表" in told.words
    withdraw_delegation(delegation_id=made.pk, by=cast.township_head, at=AT)
    told.refresh_from_db()
    assert told.settled_at == AT


def test_a_village_head_takes_back_what_was_given_for_the_own_post_only(cast):
    other = paper(cast, by=cast.county_officer)
    mine = paper(
        cast, by=cast.township_head, region_id=cast.village.pk, role=Role.VILLAGE_HEAD,
        deputy_id=cast.township_clerk.pk, principal_name="林国清",
    )  # fmt: skip
    assert Notice.objects.filter(user=cast.village_head, kind="delegation").exists()
    with pytest.raises(CannotDelegate, match="没有找到"):
        withdraw_delegation(delegation_id=other.pk, by=cast.village_head, at=AT)
    withdraw_delegation(delegation_id=mine.pk, by=cast.village_head, at=AT)


def test_a_standing_delegation_signs_until_it_is_taken_back(cast, sheet):
    made = paper(cast, ends_on=None)
    with pytest.raises(CannotDelegate, match="已经有同样的授权"):
        paper(cast, starts_on=date(2030, 1, 1), ends_on=date(2030, 12, 31))
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    assert sign(cast, sheet, 3, by=cast.township_clerk).on_behalf == "郑文彬（嵩委〔2026〕18号）"
    withdraw_delegation(delegation_id=made.pk, by=cast.township_head, at=AT)


def test_a_deputy_must_be_able_to_see_what_is_signed(cast):
    with pytest.raises(CannotDelegate, match="没有任职"):
        paper(cast, deputy_id=cast.liaison.pk)
    with pytest.raises(CannotDelegate, match="没有任职"):
        paper(cast, deputy_id=cast.nobody.pk)
    with pytest.raises(CannotDelegate, match="不用授权"):
        paper(cast, deputy_id=cast.township_head.pk, by=cast.township_clerk)


def test_another_township_delegates_nothing_here(cast):
    clerk = make_user("外镇经办", "13800000302", Role.TOWNSHIP_CLERK, cast.other_township)
    from accounts.scoping import duty_of

    duty_of(clerk, DAY)
    with pytest.raises(CannotDelegate, match="不归您管"):
        paper(cast, by=clerk)
    made = paper(cast)
    with pytest.raises(CannotDelegate, match="没有找到"):
        withdraw_delegation(delegation_id=made.pk, by=clerk, at=AT)
