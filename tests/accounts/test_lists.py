"""Accounts from a list: read as offices write it, judged by rights and numbers, made once."""

import datetime as dt
import io
from typing import Any

import pytest
import time_machine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.lists import columns, services
from accounts.lists.judging import content_of
from accounts.models import AccountImport, AccountRow, LogEntry, Post, User
from accounts.roles import Role
from accounts.services import CannotManage
from tests.cast import make_user, signed_in
from xunfang.kit import excel, files
from xunfang.kit.models import StoredFile

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
URL = "/account/users/lists"
HEADS = ("姓名", "手机号", "村", "职务")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def silent(*_: Any, **__: Any) -> None:
    pass


def book(*rows: tuple[Any, ...], heads: tuple[str, ...] = HEADS, above: int = 0) -> bytes:
    """A workbook as an office would send it."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    sheet, day = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd"})
    for number in range(above):
        sheet.write(number, 0, f"某镇巡访人员花名册{number}")
    for number, row in enumerate([heads, *rows], start=above):
        for place, value in enumerate(row):
            if isinstance(value, dt.datetime):
                sheet.write_datetime(number, place, value, day)
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write(number, place, value)
    made.close()
    return out.getvalue()


def bring(by: User, content: bytes) -> AccountImport:
    batch = services.start(content=content, file_name="名单.xlsx", default_start=DAY, by=by, at=NOON)
    services.read(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    batch.refresh_from_db()
    return batch


def confirm(batch: AccountImport) -> AccountImport:
    services.confirm(import_id=batch.pk, by=batch.created_by, at=NOON)
    services.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    batch.refresh_from_db()
    return batch


def verdicts(batch: AccountImport) -> list[str]:
    return list(batch.rows.order_by("pk").values_list("verdict", flat=True))


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def test_a_list_as_offices_write_it_becomes_accounts(cast: Any) -> None:
    content = book(
        ("林国清", "１３９ ００００ １１２７", "月洲村委会", "村党组织书记兼主任"),
        ("林月香", 13900001128, "", "挂村干部"),
        ("陈 立", "139-0000-1129", "月洲", "村委会委员"),
        ("", "", "", ""),
        ("合计", "", "3人", ""),
        above=2,
    )
    batch = bring(cast.township_clerk, content)
    assert batch.state == "preview"
    assert verdicts(batch) == ["new", "new", "new"]
    assert batch.counts["skipped"] == 1
    assert not User.objects.filter(phone="13900001127").exists()
    confirm(batch)
    made = {post.user.phone: post for post in Post.objects.filter(user__phone__startswith="1390000112")}
    assert {phone: post.role for phone, post in made.items()} == {
        "13900001127": "village_head", "13900001128": "liaison", "13900001129": "visitor",
    }  # fmt: skip
    assert {post.region for post in made.values()} == {cast.village}
    assert made["13900001127"].title == "村党组织书记兼主任"
    assert made["13900001127"].created_by == cast.township_clerk
    assert not made["13900001127"].user.has_usable_password()
    log = LogEntry.objects.get(action="accounts_loaded")
    assert (log.detail["new"], log.detail["post"]) == (3, 0)
    assert "139" not in str(log.detail).replace(log.detail["sha256"], "")


def test_a_second_post_stands_on_a_second_line_and_the_same_list_again_does_nothing(cast: Any) -> None:
    content = book(
        ("林国清", "13900001127", cast.village.name, "包村干部"),
        ("林国清", "13900001127", cast.other_village.name, "包村干部"),
        ("林国清", "13900001127", cast.other_village.name, "包村干部"),
    )
    batch = bring(cast.township_clerk, content)
    assert verdicts(batch) == ["new", "post", "same"]
    assert confirm(batch).counts["loaded"] == {"new": 1, "post": 1, "same": 1}
    again = bring(cast.township_clerk, content)
    assert verdicts(again) == ["same", "same", "same"]
    with pytest.raises(CannotManage, match="没有要开的账号"):
        services.confirm(import_id=again.pk, by=cast.township_clerk, at=NOON)
    assert User.objects.filter(phone="13900001127").count() == 1


def test_the_day_may_be_written_and_a_staff_number_stands_for_a_phone(cast: Any) -> None:
    heads = ("姓名", "手机号", "工号", "村", "角色", "从哪天")
    content = book(
        ("林国清", "", "MZ0017", "月洲村", "巡访人", dt.datetime(2027, 1, 1)),
        ("林月香", "13900001128", "", "月洲村", "巡访人", "2026年12月1日"),
        ("陈立", "13900001129", "", "月洲村", "巡访人", "下个月"),
        heads=heads,
    )
    batch = confirm(bring(cast.township_clerk, content))
    assert Post.objects.get(user__staff_no="MZ0017").starts_on == dt.date(2027, 1, 1)
    assert Post.objects.get(user__phone="13900001128").starts_on == dt.date(2026, 12, 1)
    assert batch.rows.get().reason == "“从哪天”看不懂"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (book(("林国清", "1"), heads=("姓名", "生日")), "没有找到表头"),
        (book(("林国清", "13900001127", "月洲村"), heads=("姓名", "手机号", "村")), "没有“角色”或“职务”"),
        (book(), "一个人也没有"),
    ],
    ids=["no head", "no role", "nobody"],
)
def test_what_is_no_list_is_refused_with_a_sentence(cast: Any, content: bytes, sentence: str) -> None:
    batch = bring(cast.township_clerk, content)
    assert batch.state == "refused"
    assert sentence in batch.refusal
    html = signed_in(cast.township_clerk).get(f"{URL}/{batch.uuid}").content.decode()
    assert sentence in html
    assert "⟦" not in html


# ── wrong rows ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "13900001127", "月洲村", "委员"), "没有姓名"),
        (("林国清", "1390000112", "月洲村", "委员"), "手机号是10位"),
        (("林国清", "0591-28570000", "月洲村", "委员"), "手机号不对"),
        (("林国清", "", "月洲村", "委员"), "没有手机号"),
        (("林国清", "13900001127", "月洲村", "厨师"), "看不出是哪个角色"),
        (("林国清", "13900001127", "不存在村", "委员"), "没有“不存在村”"),
        (("林国清", "13900001127", "嵩口镇", "民政办主任"), "民政办经办人不归您开"),
        (("林国清", "13900001127", "嵩口镇", "挂村干部"), "要任在村（居）一级"),
        (("别人", "13800000101", "月洲村", "委员"), "已经是另一个人的账号"),
        (("TOWNSHIP", "13800000104", "月洲村", "委员"), "这是您自己的号码"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_row_says_why_and_how_to_mend_it(cast: Any, row: tuple[str, ...], reason: str) -> None:
    batch = bring(cast.township_clerk, book(row))
    wrong = batch.rows.get()
    assert wrong.verdict == "wrong"
    assert reason in wrong.reason
    assert wrong.remedy
    assert batch.errors_file is not None


def test_a_number_of_somebody_else_is_never_joined_silently(cast: Any) -> None:
    content = book(
        ("林国清", "13900001127", "月洲村", "委员"), ("林国青", "13900001127", "月洲村", "挂村干部")
    )
    batch = confirm(bring(cast.township_clerk, content))
    assert batch.rows.get().reason == "和第2行是同一个号码，姓名却不一样"
    assert User.objects.get(phone="13900001127").name == "林国清"


def test_a_closed_account_is_not_opened_by_a_list(cast: Any) -> None:
    User.objects.filter(pk=cast.visitor.pk).update(is_active=False)
    batch = bring(cast.township_clerk, book((cast.visitor.name, cast.visitor.phone, "月洲村", "挂村干部")))
    assert batch.rows.get().reason == "这个人的账号已停用"


def test_the_wrong_rows_come_back_as_a_workbook_and_go_in_once_mended(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "139000011", "月洲村", "=委员"), above=1))
    assert batch.errors_file is not None
    rows = excel.read(files.read(batch.errors_file))[0].rows
    assert rows[0] == [*HEADS, "原因", "怎么改"]
    assert rows[1][:4] == ["林国清", "139000011", "月洲村", "'=委员"]
    assert "9位" in str(rows[1][4])
    rows[1][1], rows[1][3] = "13900001127", "委员"
    mended = book(*[tuple(row) for row in rows[1:2]], heads=tuple(map(str, rows[0])))
    assert verdicts(bring(cast.township_clerk, mended)) == ["new"]


def test_a_county_officer_brings_townships_and_the_administrator_everybody(cast: Any) -> None:
    rows = (
        ("郑晓琳", "13900001127", "嵩口镇", "民政办经办人"),
        ("林国清", "13900001128", "月洲村", "村委会主任"),
    )
    assert verdicts(bring(cast.county_officer, book(*rows))) == ["new", "wrong"]
    batch = bring(cast.system_admin, book(*rows))
    assert verdicts(batch) == ["new", "new"]
    neighbour = bring(cast.neighbour, book(*rows))
    assert verdicts(neighbour) == ["wrong", "wrong"]


def test_namesakes_are_asked_back_and_told_apart_by_the_township(cast: Any) -> None:
    from accounts.models import Region

    names = list(Region.objects.live(DAY).filter(level=4).values_list("name", flat=True))
    twice = next(unit for unit in Region.objects.live(DAY).filter(level=4) if names.count(unit.name) == 2)
    heads = ("姓名", "手机号", "县", "乡镇", "村", "角色")
    above = Region.objects.in_bulk([twice.county_id, twice.township_id])
    content = book(
        ("林国清", "13900001127", "", "", twice.name, "巡访人"),
        ("林月香", "13900001128", above[twice.county_id].name, above[twice.township_id].name, twice.name, "巡访人"),
        heads=heads,
    )  # fmt: skip
    batch = bring(cast.system_admin, content)
    assert verdicts(batch) == ["wrong", "new"]
    assert "有2个单位都叫" in batch.rows.order_by("pk")[0].reason


def test_a_list_makes_no_inspector_and_no_administrator(cast: Any) -> None:
    assert not {Role.INSPECTOR, Role.SYSTEM_ADMIN, Role.AUDITOR, Role.CITY_BUSINESS} & set(columns.LISTED)
    heads = ("姓名", "手机号", "村", "角色")
    content = book(("林国清", "13900001127", "福州市", "系统管理员"), heads=heads)
    assert verdicts(bring(cast.system_admin, content)) == ["wrong"]


# ── between preview and yes ──────────────────────────────────────────────────────────────────────


def test_what_changed_since_the_preview_is_judged_once_more(cast: Any) -> None:
    batch = bring(
        cast.township_clerk,
        book(("林国清", "13900001127", "月洲村", "委员"), ("陈立", "13900001128", "月洲村", "委员")),
    )
    make_user("另一个人", "13900001127", Role.VISITOR, cast.other_county_village)
    make_user("陈立", "13900001128", Role.VISITOR, cast.village)
    confirm(batch)
    assert batch.counts["loaded"] == {"new": 0, "post": 0, "same": 1}
    assert "另一个人的账号" in batch.rows.get().reason


def test_rights_that_ended_make_nothing(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    services.confirm(import_id=batch.pk, by=cast.township_clerk, at=NOON)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=DAY - dt.timedelta(days=1))
    services.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    assert not User.objects.filter(phone="13900001127").exists()


def test_a_second_press_and_a_second_run_do_nothing(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    confirm(batch)
    services.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    services.read(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    with pytest.raises(CannotManage, match="已经办过了"):
        services.confirm(import_id=batch.pk, by=cast.township_clerk, at=NOON)
    assert Post.objects.filter(user__phone="13900001127").count() == 1


def test_a_list_is_seen_by_whoever_brought_it_only(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    assert signed_in(cast.county_officer).get(f"{URL}/{batch.uuid}").status_code == 404
    assert signed_in(cast.system_admin).post(f"{URL}/{batch.uuid}/confirm").status_code == 404
    with pytest.raises(CannotManage, match="不归您处理"):
        services.confirm(import_id=batch.pk, by=cast.system_admin, at=NOON)
    stored = batch.file
    assert (stored.private, stored.encrypted) == (True, True)
    assert stored.expires_at == NOON + dt.timedelta(days=7)


def test_after_a_week_the_rows_are_gone_and_nothing_can_be_confirmed(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    services.forget(at=NOON + dt.timedelta(days=6))
    assert batch.rows.exists()
    services.forget(at=NOON + dt.timedelta(days=7))
    batch.refresh_from_db()
    assert batch.state == "dropped"
    assert not AccountRow.objects.exists()


def test_rows_are_encrypted(cast: Any) -> None:
    from django.db import connection

    bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM accounts_accountrow")
        raw = bytes(cursor.fetchone()[0])
    assert "林国清".encode() not in raw
    assert b"13900001127" not in raw
    assert content_of(AccountRow.objects.get())["phone"] == "13900001127"


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_the_whole_way_in_the_browsers_own_steps(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    template = client.get(f"{URL}/template")
    heads = excel.read(template.content)[0].rows[0]
    assert heads[:3] == ["姓名*", "手机号*", "村*"]
    upload = SimpleUploadedFile(
        "村干部.xlsx", book(("林国清", "13900001127", "月洲村", "委员"), ("陈立", "1", "月洲村", "委员"))
    )
    answer = client.post(URL, {"file": upload, "default_start": "2026-11-24"})
    batch = AccountImport.objects.get()
    assert answer["Location"] == f"{URL}/{batch.uuid}"
    assert "正在读名单" in client.get(answer["Location"]).content.decode()
    services.read(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    html = client.get(answer["Location"]).content.decode()
    assert "要新开账号1个，1行要您改" in html
    assert "下载有错的" in html
    assert "⟦" not in html
    client.post(f"{URL}/{batch.uuid}/confirm")
    services.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    html = client.get(answer["Location"]).content.decode()
    assert "办好了：新开账号1个" in html
    assert "打印开通单" in html
    assert "⟦" not in html


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"<html>"], ids=["empty", "pdf", "page"])
def test_what_is_no_workbook_is_refused_at_the_field(cast: Any, content: bytes) -> None:
    upload = SimpleUploadedFile("名单.xlsx", content)
    answer = signed_in(cast.township_clerk).post(URL, {"file": upload, "default_start": "2026-11-24"})
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_a_list_that_is_put_aside_changes_nothing(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    assert client.post(f"{URL}/{batch.uuid}/drop")["Location"] == URL
    assert not User.objects.filter(phone="13900001127").exists()
    assert "没有办" in client.get(f"{URL}/{batch.uuid}").content.decode()


# ── what the database refuses ────────────────────────────────────────────────────────────────────


def test_a_row_stands_once_and_a_wrong_one_says_why(cast: Any) -> None:
    batch = bring(cast.township_clerk, book(("林国清", "13900001127", "月洲村", "委员")))
    there = batch.rows.get()
    with pytest.raises(IntegrityError, match="account_row_once"), transaction.atomic():
        AccountRow.objects.create(
            batch=batch, sheet=there.sheet, number=there.number, content="{}", verdict="new"
        )
    with pytest.raises(IntegrityError, match="account_wrong_has_reason"), transaction.atomic():
        AccountRow.objects.create(batch=batch, number=99, content="{}", verdict="wrong")
    with pytest.raises(IntegrityError, match="account_import_finished"), transaction.atomic():
        AccountImport.objects.filter(pk=batch.pk).update(state="done")


def test_the_template_goes_in_as_it_is(cast: Any) -> None:
    from accounts.lists import workbooks
    from accounts.lists.reading import CannotUse, read_rows

    content = workbooks.template(villages=["月洲村"], roles=["巡访人"])
    with pytest.raises(CannotUse, match="一个人也没有"):
        read_rows(excel.read(content))
