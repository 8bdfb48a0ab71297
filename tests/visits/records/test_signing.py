"""五(一)-7: three names in order under what was seen, each of them once, none of it ever changed."""

from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import Delegation, LogEntry, Post
from accounts.roles import Role
from tests.cast import make_person, make_user
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
from visits.records import sheet_rows
from visits.records.models import LineReturn, Sheet, SheetLine, Signature, Visit
from visits.records.services import signing, void
from visits.records.services.signing import CannotSign
from visits.roster.models import NearRelative


@pytest.fixture
def people(cast):
    return village(cast)


@pytest.fixture
def sheet(cast, people):
    return drafted(cast)


def test_three_names_in_order_make_the_table_signed(cast, sheet):
    for slot, state in ((1, "signing"), (2, "signing"), (3, "signed")):
        sign(cast, sheet, slot)
        sheet.refresh_from_db()
        assert sheet.state == state
    names = list(Signature.objects.filter(sheet=sheet).order_by("slot").values_list("signed_name", "method"))
    assert names == [("VILLAGE_", "screen"), ("LIAISON", "screen"), ("TOWNSHIP", "screen")]
    logged = LogEntry.objects.filter(action="sheet_signed", object_id=str(sheet.uuid))
    assert sorted(entry.detail["slot"] for entry in logged) == [1, 2, 3]
    assert {entry.village_id for entry in logged} == {cast.village.pk}


def test_the_first_name_freezes_the_lines_and_their_seal(cast, sheet):
    before = sheet_rows.lines_of(sheet, DAY)
    assert not SheetLine.objects.filter(sheet=sheet).exists()
    sign(cast, sheet, 1)
    sheet.refresh_from_db()
    assert sheet_rows.frozen(sheet) == before
    assert bytes(sheet.seal) == sheet_rows.seal_of(sheet, sheet_rows.frozen(sheet))
    assert bytes(sheet.signatures.get().seal) == bytes(sheet.seal)


def test_the_seal_is_the_same_when_names_of_people_and_units_change_later(cast, sheet, people):
    sign_all(cast, sheet)
    cast.village.name = "月洲社区"
    cast.village.save()
    person = people["黄玉钗"]
    person.name = "黄玉叉"
    person.save()
    sheet.refresh_from_db()
    assert sheet_rows.seal_of(sheet, sheet_rows.frozen(sheet)) == bytes(sheet.seal)


@pytest.mark.parametrize("slot", [2, 3])
def test_nobody_signs_before_those_in_front(cast, sheet, slot):
    with pytest.raises(CannotSign, match="还没有轮到"):
        sign(cast, sheet, slot)
    assert not Signature.objects.exists()
    sheet.refresh_from_db()
    assert sheet.seal is None


def test_a_slot_is_signed_once(cast, sheet):
    sign(cast, sheet, 1)
    with pytest.raises(CannotSign, match="VILLAGE_已经签过这一格了"):
        sign(cast, sheet, 1)


def test_only_the_post_over_the_village_signs(cast, sheet):
    elsewhere = make_user("邻村主任", "13800000301", Role.VILLAGE_HEAD, cast.other_village)
    cast.users["elsewhere"] = elsewhere
    cast.refresh(DAY)
    with pytest.raises(CannotSign, match="没有找到这张表"):
        sign(cast, sheet, 1, by=elsewhere)
    with pytest.raises(CannotSign, match="由任这个职务的同志签"):
        sign(cast, sheet, 1, by=cast.township_clerk)


def test_a_post_that_ended_signs_nothing(cast, sheet):
    Post.objects.filter(user=cast.village_head).update(ends_on=date(2026, 10, 7))
    cast.refresh(DAY)
    with pytest.raises(CannotSign):
        sign(cast, sheet, 1)


def test_nobody_stands_in_two_slots(cast, sheet):
    Post.objects.create(
        user=cast.village_head, region=cast.village, role=Role.LIAISON, starts_on=date(2020, 1, 1)
    )
    cast.refresh()
    sign(cast, sheet, 1)
    with pytest.raises(CannotSign, match="已经签过一格"):
        sign(cast, sheet, 2, by=cast.village_head)


def test_a_near_relative_leaves_the_signing_to_a_deputy(cast, sheet, people):
    person = people["黄玉钗"]
    person.contact_phone, person.contact_relation = cast.village_head.phone, "儿子"
    person.save()
    with pytest.raises(CannotSign, match="表里有您的亲属"):
        sign(cast, sheet, 1)
    person.contact_relation = "侄子"
    person.save()
    sign(cast, sheet, 1)


def test_who_is_filed_as_a_near_relative_leaves_the_signing_too(cast, sheet, people):
    filed = NearRelative.objects.create(
        person=people["黄玉钗"], user=cast.village_head, name="林建忠", office="月洲村主任", relation="堂弟",
        filed_on=DAY, created_at=AT, created_by=cast.township_clerk,
    )  # fmt: skip
    with pytest.raises(CannotSign, match="表里有您的亲属"):
        sign(cast, sheet, 1)
    filed.voided_at, filed.void_reason = AT, "记错了"
    filed.save()
    sign(cast, sheet, 1)


def test_what_was_shown_must_be_what_is_there(cast, sheet):
    lines = sheet_rows.lines_of(sheet, DAY)
    digest, shown = digest_of(sheet), signing_shown(lines)
    late = make_person(cast, name="郑大生")
    visit_of(cast, late, date(2026, 9, 18))
    with pytest.raises(CannotSign, match="表里有变动，请再看一遍") as refused:
        sign(cast, sheet, 1, digest=digest, shown=shown)
    assert [line.content["name"] for line in refused.value.changed.added] == ["郑大生"]
    assert not Signature.objects.exists()
    assert not SheetLine.objects.filter(sheet=sheet).exists()


def signing_shown(lines):
    from visits.records.sheets import shown

    return shown(lines)


def test_a_changed_record_is_named_among_the_changes(cast, sheet):
    lines = sheet_rows.lines_of(sheet, DAY)
    digest, shown = digest_of(sheet), signing_shown(lines)
    Visit.objects.filter(person__name="余细根0").update(remark="走路更慢了", version=2)
    with pytest.raises(CannotSign) as refused:
        sign(cast, sheet, 1, digest=digest, shown=shown)
    assert [line.content["name"] for line in refused.value.changed.changed] == ["余细根0"]
    assert "有改动：余细根0" in refused.value.changed.sentences[0]


def test_a_late_visit_waits_for_the_next_batch(cast, sheet):
    sign(cast, sheet, 1)
    late = make_person(cast, name="郑大生")
    visit_of(cast, late, date(2026, 9, 18))
    sign(cast, sheet, 2)
    assert "郑大生" not in {line.content["name"] for line in sheet_rows.frozen(sheet)}
    sign(cast, sheet, 3)
    second = drafted(cast)
    assert (second.pk != sheet.pk, second.batch_no) == (True, 2)
    assert [line.content["name"] for line in sheet_rows.live(second, DAY)] == ["郑大生"]


def delegation(cast, **values):
    facts = {
        "region": cast.township, "role": Role.TOWNSHIP_HEAD, "deputy": cast.township_clerk,
        "deputy_title": "副镇长", "principal_name": "郑文彬", "document_no": "嵩委〔2026〕18号",
        "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "created_by": cast.township_head,
    }  # fmt: skip
    return Delegation.objects.create(**facts | values)


def test_a_deputy_signs_by_document_and_the_name_says_for_whom(cast, sheet):
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    with pytest.raises(CannotSign):
        sign(cast, sheet, 3, by=cast.township_clerk)
    paper = delegation(cast)
    name = sign(cast, sheet, 3, by=cast.township_clerk, delegation_id=paper.pk)
    assert (name.title, name.on_behalf) == ("副镇长", "郑文彬（嵩委〔2026〕18号）")
    assert name.delegation == paper


@pytest.mark.parametrize(
    "values",
    [{"ends_on": date(2026, 10, 7)}, {"starts_on": date(2026, 10, 9)}, {"withdrawn_at": AT - timedelta(1)}],
    ids=["ended", "not begun", "withdrawn"],
)
def test_a_document_counts_on_its_days_only(cast, sheet, values):
    paper = delegation(cast, **values)
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    with pytest.raises(CannotSign):
        sign(cast, sheet, 3, by=cast.township_clerk, delegation_id=paper.pk)


@pytest.mark.parametrize("model", [SheetLine, Signature])
def test_the_database_refuses_to_change_what_was_signed(cast, sheet, model):
    sign(cast, sheet, 1)
    column = {SheetLine: {"content": {}}, Signature: {"signed_name": "别人"}}[model]
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        model.objects.filter(sheet=sheet).update(**column)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        model.objects.filter(sheet=sheet)._raw_delete("default")


def test_a_struck_line_goes_back_and_the_others_keep_their_names(cast, sheet, people):
    sign(cast, sheet, 1)
    line = SheetLine.objects.get(sheet=sheet, person=people["余细根0"])
    signing.strike(
        sheet_id=sheet.pk,
        rows=[line.row],
        reason="哪天去的？写清楚",
        by=cast.liaison,
        at=AT,
        digest=digest_of(sheet),
    )
    sheet.refresh_from_db()
    assert sheet.state == "signing"
    assert line.returned.reason == "哪天去的？写清楚"
    assert Visit.objects.get(pk=line.visit_id).returned
    assert sheet_rows.seal_of(sheet, sheet_rows.frozen(sheet)) == bytes(sheet.seal)
    sign(cast, sheet, 2)
    assert sheet.signatures.count() == 2


def test_striking_before_the_first_name_freezes_the_table(cast, sheet):
    signing.strike(
        sheet_id=sheet.pk, rows=[3], reason="写清楚", by=cast.village_head, at=AT, digest=digest_of(sheet)
    )
    sheet.refresh_from_db()
    assert (sheet.state, sheet.seal is not None) == ("open", True)
    sign(cast, sheet, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": "  "}, "原因"),
        ({"rows": []}, "请先勾选"),
        ({"rows": [99]}, "有的行表里没有"),
        ({"rows": [1, 2, 3, 4, 5]}, "整张表都要退"),
        ({"by": "liaison"}, "由任这个职务"),
        ({"digest": "00"}, "表里有变动"),
    ],
)
def test_striking_is_refused(cast, sheet, change, words):
    values = {"rows": [3], "reason": "写清楚", "by": "village_head", "digest": digest_of(sheet)} | change
    with pytest.raises(CannotSign, match=words):
        signing.strike(sheet_id=sheet.pk, at=AT, **values | {"by": getattr(cast, values["by"])})
    assert not LineReturn.objects.exists()


def test_somebody_nobody_met_has_no_record_to_send_back(cast, people):
    owed(make_person(cast, name="郑水清"))
    sheet = drafted(cast)
    row = next(x.row for x in sheet_rows.live(sheet, DAY) if x.content["name"] == "郑水清")
    with pytest.raises(CannotSign, match="没有记录可退"):
        signing.strike(
            sheet_id=sheet.pk, rows=[row], reason="x", by=cast.village_head, at=AT, digest=digest_of(sheet)
        )


def test_an_answered_line_is_signed_by_itself_and_keeps_the_exchange(cast, sheet, people):
    line = next(x for x in sheet_rows.live(sheet, DAY) if x.content["name"] == "余细根0")
    signing.strike(
        sheet_id=sheet.pk,
        rows=[line.row],
        reason="哪种药？",
        by=cast.village_head,
        at=AT,
        digest=digest_of(sheet),
    )
    assert [row.line.row for row in signing.returns_waiting(cast.visitor)] == [line.row]
    single = signing.answer(visit_id=line.visit_id, text="降压药", by=cast.visitor, at=AT)
    assert (single.kind, single.visit_id, single.state) == ("single", line.visit_id, "open")
    content = sheet_rows.live(single, DAY)[0].content
    assert (content["back"], content["done"]) == ("VILLAGE_10月8日退回：“哪种药？”", "10月8日补写：降压药。")
    assert signing.returns_waiting(cast.visitor) == []
    with pytest.raises(CannotSign, match="没有等您回答"):
        signing.answer(visit_id=line.visit_id, text="再说一次", by=cast.visitor, at=AT)
    sign_all(cast, single)


def test_only_those_who_wrote_it_answer(cast, sheet, people):
    line = next(x for x in sheet_rows.live(sheet, DAY) if x.content["name"] == "余细根0")
    signing.strike(
        sheet_id=sheet.pk,
        rows=[line.row],
        reason="哪种药？",
        by=cast.village_head,
        at=AT,
        digest=digest_of(sheet),
    )
    with pytest.raises(CannotSign, match="由巡访人或录入人回答"):
        signing.answer(visit_id=line.visit_id, text="降压药", by=cast.liaison, at=AT)
    with pytest.raises(CannotSign, match="没有找到"):
        signing.answer(visit_id=line.visit_id, text="降压药", by=cast.neighbour, at=AT)


def test_a_record_with_a_change_gets_a_table_of_its_own_at_once(cast, people):
    single = Sheet.objects.get(kind="single")
    assert single.visit.person == people["张志坚"]
    assert (single.state, single.period, single.sign_by) == ("open", "2026Q3", date(2026, 10, 10))
    line = next(x for x in sheet_rows.live(drafted(cast), DAY) if x.person_id == people["张志坚"].pk)
    assert line.content["single"]


def test_a_county_may_let_exceptions_go_with_the_table(cast):
    from visits.core.models import UnitSetting

    UnitSetting.objects.create(
        region=cast.county, key="sign_exceptions", value="together", starts_on=date(2020, 1, 1)
    )
    village(cast)
    assert not Sheet.objects.filter(kind="single").exists()


def test_a_corrected_record_that_was_signed_is_signed_anew_by_itself(cast, sheet, people):
    sign(cast, sheet, 1)
    old = Visit.objects.get(person=people["余细根0"])
    new = visit_of(
        cast, people["余细根0"], old.visited_on, at=AT, by=cast.township_clerk, second=True,
        replaces=old.uuid, void_reason="日期写错", remark="补写", visitor_id=cast.visitor.pk,
    )  # fmt: skip
    single = Sheet.objects.get(kind="single", visit=new)
    assert single.state == "open"
    assert new.returned
    assert old.pk in {line.visit_id for line in sheet_rows.frozen(sheet)}  # what was signed stays on its line


def test_taking_a_record_back_takes_its_own_table_away(cast, people):
    single = Sheet.objects.get(kind="single")
    sign(cast, single, 1)
    void(visit_id=single.visit_id, reason="录错人", by=cast.township_clerk, at=AT)
    single.refresh_from_db()
    assert single.state == "voided"
    assert single.signatures.count() == 1


def test_signing_out_of_scope_finds_no_table(cast, sheet):
    with pytest.raises(CannotSign, match="没有找到这张表"):
        sign(cast, sheet, 1, by=cast.neighbour)


@pytest.mark.parametrize("state", ["signed", "approved", "returned", "voided"])
def test_a_finished_table_takes_no_more_names(cast, sheet, state):
    sign_all(cast, sheet)
    values = {"approved_by": cast.county_officer, "approved_at": AT} if state == "approved" else {}
    Sheet.objects.filter(pk=sheet.pk).update(state=state, return_reason="缺章", **values)
    with pytest.raises(CannotSign):
        signing.strike(
            sheet_id=sheet.pk, rows=[3], reason="x", by=cast.township_head, at=AT, digest=digest_of(sheet)
        )
    with pytest.raises(CannotSign):
        sign(cast, sheet, 3)


def test_the_visitor_may_sign_as_village_head(cast, people):
    person = make_person(cast, name="卢永珠", assignee=cast.village_head)
    visit_of(cast, person, date(2026, 9, 6), by=cast.village_head)
    sheet = drafted(cast)
    assert sign(cast, sheet, 1).signer == cast.village_head
