"""Lists that leave the system: same people as on the screen, whose copy it is, a second person for whole numbers."""

import io
import re
import zipfile
from datetime import date, datetime, timedelta
from unittest.mock import ANY

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LogEntry, Post
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import make_person, make_user, signed_in
from visits.roster import search
from visits.roster import tasks as _handlers  # noqa: F401 (jobs find their handlers by name)
from visits.roster.exports import services as exports
from visits.roster.exports import workbook
from visits.roster.models import Person, RosterExport
from visits.roster.services import CannotChange
from xunfang.kit import excel, files, jobs
from xunfang.kit.models import Job

pytestmark = pytest.mark.django_db
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


def ask(cast, *, by=None, **values) -> RosterExport:
    return exports.ask(
        **{"filters": {}, "columns": workbook.USUAL, "full": False, "reason": "核对11月名单",
           "by": by or cast.township_clerk, "at": AT, **values}
    )  # fmt: skip


def sheet(export: RosterExport) -> list[list[str]]:
    (one,) = excel.read(files.read(export.file))
    return [[excel.text_of(cell) for cell in row] for row in one.rows]


def rows(export: RosterExport) -> list[list[str]]:
    """The people's rows: under the mark and the heads, above the last mark."""
    return sheet(export)[2:-1]


def inside(export: RosterExport) -> str:
    """Everything the file says, as it stands in it."""
    with zipfile.ZipFile(io.BytesIO(files.read(export.file))) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))


def work(export: RosterExport) -> Job:
    jobs.run(export.job_id)
    export.refresh_from_db()
    return Job.objects.get(pk=export.job_id)


# ── what is in it ────────────────────────────────────────────────────────────────────────────────


def test_the_file_holds_exactly_the_people_on_the_screen(cast) -> None:
    for n in range(5):
        make_person(cast, name=f"林{n}", lives_alone=n < 3, groups=("tekun",) if n < 4 else ("dibao",))
    make_person(cast, name="远", lives_alone=True, village=cast.other_county_village)
    client = signed_in(cast.township_clerk)
    for query in ({}, {"alone": "1"}, {"group": "tekun", "alone": "1", "sort": "age"}):
        screen = client.get("/roster/", query).context
        export = ask(cast, filters=query)
        names = [row["cells"][1]["text"] for row in screen["list"]["rows"]]
        assert [row[0] for row in rows(export)] == names
        assert export.people == len(names) == screen["pager"]["count"]


def test_a_search_is_exported_as_it_is_seen_and_its_words_are_kept_nowhere_plain(cast) -> None:
    make_person(cast, name="林依妹", initials="lym")
    make_person(cast, name="陈桂香", initials="cgx")
    token = search.store(text="林依美", by=cast.township_clerk, at=AT)
    export = ask(cast, filters={"s": token})
    assert [row[0] for row in rows(export)] == ["林依妹"]
    assert "林依" not in str(export.filters)
    assert not any("林依" in str(entry.detail) for entry in LogEntry.objects.all())
    with pytest.raises(CannotChange, match="过了时间"):
        ask(cast, filters={"s": "unknown"})
    with pytest.raises(CannotChange, match="过了时间"):
        ask(cast, filters={"s": token}, by=cast.township_head)


def test_ids_show_their_tail_only_and_nothing_that_makes_the_rest(cast) -> None:
    person = make_person(cast, birth=date(1943, 5, 6))
    export = ask(cast, columns=tuple(workbook.CHOICES))
    heads = sheet(export)[1]
    assert "身份证尾号" in heads
    assert "身份证号" not in heads
    text = inside(export)
    assert person.id_number[-4:] in text
    for part in (person.id_number, "19430506", "1943-05-06", person.id_number[:14]):
        assert part not in text


def test_whose_copy_it_is_stands_first_last_and_on_each_printed_page(cast) -> None:
    make_person(cast)
    export = ask(cast)
    cells = sheet(export)
    mark = "2026-11-24 09:12导出"
    assert cast.township_clerk.name in cells[0][0]
    assert f"手机尾号{cast.township_clerk.phone[-4:]}" in cells[0][0]
    assert mark in cells[0][0]
    assert mark in cells[-1][0]
    for place in ("oddHeader", "oddFooter"):
        found = re.search(f"<{place}>(.*?)</{place}>", inside(export))
        assert found
        assert mark in found[1]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_nothing_is_a_formula(cast, first: str) -> None:
    make_person(cast, hamlet=f"{first}cmd|' /C calc'!A0", find_me=f'{first}HYPERLINK("http://x","y")')
    export = ask(cast, columns=tuple(workbook.CHOICES))
    text = inside(export)
    assert "<f>" not in text
    assert "<f " not in text
    assert "<hyperlink" not in text
    texts = [str(value) for row in rows(export) for value in row if value and "cmd|" in str(value)]
    assert texts
    assert all(text.startswith("'") for text in texts)
    assert excel.plain(f"{first}1").startswith("'")


def test_a_hundred_people_cost_as_many_queries_as_ten(cast) -> None:
    costs = []
    for count in (10, 90):
        for _ in range(count):
            make_person(cast)
        with CaptureQueriesContext(connection) as caught:
            ask(cast)
        costs.append(len(caught))
    assert costs[0] == costs[1]


# ── who may, and for how long ────────────────────────────────────────────────────────────────────


def test_a_masked_list_needs_the_password_a_reason_and_nobody_elses_yes(cast) -> None:
    make_person(cast, lives_alone=True)
    client = signed_in(cast.township_clerk)
    session = client.session
    session["sure_at"] = 0
    session.save()
    assert client.get("/roster/export?alone=1")["Location"].startswith("/account/sure")
    client = signed_in(cast.township_clerk)
    form = {"columns": list(workbook.USUAL), "full": "no", "reason": ""}
    response = client.post("/roster/export?alone=1", form)
    assert response.status_code == 422
    assert "请写明做什么用" in response.content.decode()
    html = client.post("/roster/export?alone=1", form | {"reason": "核对"}, follow=True).content.decode()
    assert "名单做好了，1人" in html
    export = RosterExport.objects.get()
    response = client.get(f"/roster/exports/{export.uuid}/file")
    assert response["Content-Type"] == excel.CONTENT_TYPE
    assert response.content == files.read(export.file)
    actions = list(LogEntry.objects.order_by("at", "pk").values_list("action", flat=True))
    assert sorted(actions) == ["roster_export_asked", "roster_export_read", "roster_exported"]
    assert LogEntry.objects.get(action="roster_exported").detail == {
        "people": 1, "full": False, "filters": ["alone"], "sha256": ANY,
    }  # fmt: skip


def test_the_file_is_the_askers_alone_and_the_common_door_does_not_open_it(cast) -> None:
    make_person(cast)
    export = ask(cast)
    for who in ("township_head", "county_officer", "neighbour", "visitor"):
        got = signed_in(cast.users[who]).get(f"/roster/exports/{export.uuid}/file").status_code
        assert got == (403 if who == "visitor" else 404), who
    for who in ("township_clerk", "county_officer"):
        assert signed_in(cast.users[who]).get(f"/account/files/{export.file.uuid}").status_code == 404


def test_the_file_dies_after_a_day(cast) -> None:
    make_person(cast)
    export = ask(cast)
    assert export.file.expires_at == AT + timedelta(days=1)
    assert exports.fetch(export=export, by=cast.township_clerk, at=AT + timedelta(hours=23))
    with pytest.raises(files.FileGone):
        exports.fetch(export=export, by=cast.township_clerk, at=AT + timedelta(hours=24))
    with time_machine.travel(AT + timedelta(hours=25), tick=False):
        response = signed_in(cast.township_clerk).get(f"/roster/exports/{export.uuid}/file")
    assert response.status_code == 410
    assert "重新导出" in response.content.decode()
    files.delete_expired(AT + timedelta(hours=25))
    export.file.refresh_from_db()
    assert export.file.deleted_at is not None


def test_rights_are_asked_again_when_the_file_is_fetched(cast) -> None:
    make_person(cast)
    export = ask(cast)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=TODAY - timedelta(days=1))
    Post.objects.create(user=cast.township_clerk, region=cast.other_township, role=Role.TOWNSHIP_CLERK,
                        starts_on=TODAY)  # fmt: skip
    response = signed_in(cast.township_clerk).get(f"/roster/exports/{export.uuid}/file")
    assert response.status_code == 410
    assert "不在原来的岗位" in response.content.decode()


def test_a_long_list_is_made_in_the_background_and_says_how_far_it_is(cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    for _ in range(5):
        make_person(cast)
    export = ask(cast)
    assert export.state == "making"
    assert export.file is None
    assert work(export).state == "done"
    assert (export.state, export.people, len(rows(export))) == ("done", 5, 5)
    exports.make(export_id=export.pk, today=TODAY, at=AT, progress=lambda *_: None)
    assert LogEntry.objects.filter(action="roster_exported").count() == 1


def test_rights_are_asked_again_when_the_job_runs(cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make_person(cast)
    export = ask(cast)
    Post.objects.filter(user=cast.township_clerk).update(ends_on=TODAY - timedelta(days=1))
    job = work(export)
    assert job.state == "failed"
    assert "不在原来的岗位" in job.message
    assert (export.state, export.file) == ("refused", None)


def test_who_moved_away_before_the_job_ran_is_not_in_it(cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make_person(cast, name="留")
    gone = make_person(cast, name="转走")
    export = ask(cast)
    far = cast.other_county_village
    Person.objects.filter(pk=gone.pk).update(
        county_id=far.county_id, township_id=far.township_id, village_id=far.pk
    )
    work(export)
    assert [row[0] for row in rows(export)] == ["留"]


# ── whole numbers ────────────────────────────────────────────────────────────────────────────────


def test_whole_numbers_wait_for_a_second_person_who_is_told_at_home(cast) -> None:
    person = make_person(cast, name="林依妹")
    export = ask(cast, full=True, reason="县财政核对发放")
    assert (export.state, export.file, export.job) == ("waiting", None, None)
    html = signed_in(cast.township_head).get("/").content.decode()
    assert "1份带完整身份证号的名单等您同意" in html
    assert "1份带完整身份证号的名单等您同意" in signed_in(cast.county_officer).get("/").content.decode()
    page = signed_in(cast.township_head).get("/roster/exports").content.decode()
    assert "县财政核对发放" in page
    assert person.id_number not in page
    response = signed_in(cast.township_head).post(f"/roster/exports/{export.uuid}/decide", {"answer": "yes"})
    assert response.status_code == 302
    export.refresh_from_db()
    assert export.decided_by == cast.township_head
    work(export)
    assert person.id_number in [cell for row in rows(export) for cell in row]
    assert "等您同意" not in signed_in(cast.township_head).get("/").content.decode()
    assert LogEntry.objects.filter(action="roster_export_approved", actor_id=cast.township_head.pk).exists()


def test_who_asked_may_take_it_back_while_nobody_has_answered(cast) -> None:
    make_person(cast)
    export = ask(cast, full=True)
    url = f"/roster/exports/{export.uuid}/withdraw"
    assert signed_in(cast.county_officer).post(url).status_code == 404
    client = signed_in(cast.township_clerk)
    assert "不要了，撤回" in client.get("/roster/exports").content.decode()
    page = client.post(url, follow=True).content.decode()
    assert "自己撤回了" in page
    assert "不要了，撤回" not in page
    with pytest.raises(CannotChange, match="已经处理过了"):
        exports.approve(export_id=export.pk, by=cast.county_officer, at=AT)
    assert "撤不回来了" in client.post(url, follow=True).content.decode()
    assert LogEntry.objects.filter(action="roster_export_withdrawn").count() == 1


def test_nobody_agrees_to_their_own(cast) -> None:
    make_person(cast)
    export = ask(cast, full=True, by=cast.county_officer)
    with pytest.raises(CannotChange, match="自己申请的"):
        exports.approve(export_id=export.pk, by=cast.county_officer, at=AT)
    with pytest.raises(CannotChange):
        exports.approve(export_id=export.pk, by=cast.township_head, at=AT)
    exports.approve(export_id=export.pk, by=cast.county_head, at=AT)


def test_the_database_refuses_whole_numbers_without_a_second_person(cast) -> None:
    make_person(cast)
    export = ask(cast, full=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterExport.objects.filter(pk=export.pk).update(state="done")
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterExport.objects.filter(pk=export.pk).update(decided_by=cast.township_clerk, decided_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterExport.objects.filter(pk=export.pk).update(reason="")


@pytest.mark.parametrize("who", ["township_clerk", "neighbour", "inspector"])
def test_who_does_not_stand_over_the_unit_can_not_agree(cast, who: str) -> None:
    make_person(cast)
    other = make_user("另一经办", "13800000555", Role.TOWNSHIP_CLERK, cast.township)
    duty_of(other, TODAY)
    export = ask(cast, full=True, by=other)
    with pytest.raises(CannotChange):
        exports.approve(export_id=export.pk, by=cast.users[who], at=AT)
    assert "等您同意" not in signed_in(cast.users[who]).get("/roster/exports").content.decode()


def test_a_refusal_needs_its_reason_and_the_asker_reads_it(cast) -> None:
    make_person(cast)
    export = ask(cast, full=True)
    head = signed_in(cast.township_head)
    response = head.post(f"/roster/exports/{export.uuid}/decide", {"answer": "no", "refusal": ""})
    assert response.status_code == 422
    assert "请写明为什么不同意" in response.content.decode()
    head.post(f"/roster/exports/{export.uuid}/decide", {"answer": "no", "refusal": "财政已有号码"})
    assert "财政已有号码" in signed_in(cast.township_clerk).get("/roster/exports").content.decode()
    with pytest.raises(CannotChange, match="处理过了"):
        exports.approve(export_id=export.pk, by=cast.township_head, at=AT)


@pytest.mark.parametrize("who", ["township_head", "inspector"])
def test_who_may_not_see_numbers_can_not_ask_for_them(cast, who: str) -> None:
    make_person(cast)
    with pytest.raises(CannotChange, match="不能导出带完整身份证号"):
        ask(cast, full=True, by=cast.users[who])
    page = signed_in(cast.users[who]).get("/roster/export").content.decode()
    assert "带完整号码" not in page


def test_whole_numbers_are_of_the_askers_own_unit_only(cast) -> None:
    """A file lent from next door is seen, and stays out of a list that the own head agrees to."""
    from visits.roster.models import Grant

    make_person(cast, name="自己的")
    lent = make_person(cast, name="借看的", village=cast.other_county_village)
    Grant.objects.create(
        person=lent, to=cast.township_clerk, reason="协办", until=TODAY, created_by=cast.neighbour
    )
    export = ask(cast, full=True)
    exports.approve(export_id=export.pk, by=cast.township_head, at=AT)
    export.refresh_from_db()
    work(export)
    assert [row[0] for row in rows(export)] == ["自己的"]


def test_no_address_and_no_job_holds_a_name(cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make_person(cast, name="林依妹", initials="lym")
    client = signed_in(cast.township_clerk)
    url = client.post("/roster/", {"q": "林依妹"})["Location"]
    link = re.search(r'href="(/roster/export\?[^"]+)"', client.get(url).content.decode())
    assert link
    client.post(link[1].replace("&amp;", "&"), {"columns": ["name"], "full": "no", "reason": "核对"})
    job = Job.objects.get(kind="roster.export")
    assert set(job.payload) == {"export_id"}
    export = RosterExport.objects.get()
    work(export)
    assert [row[0] for row in rows(export)] == ["林依妹"]
