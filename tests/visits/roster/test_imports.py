"""A list is given, read, confirmed and loaded; what is wrong goes back; nothing is done twice."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import LogEntry
from tests.cast import make_cast, make_person
from tests.visits.roster import ugly
from tests.visits.roster.lists import as_csv, number, row, xlsx
from visits.core.idnumber import parse
from visits.roster import tasks  # noqa: F401  (registers the jobs)
from visits.roster.imports import services as imports
from visits.roster.imports.packing import content_of
from visits.roster.models import Household, ImportRow, Membership, Person, Review, RosterImport
from visits.roster.names import initials
from visits.roster.services import CannotChange
from xunfang.kit import excel, files, jobs
from xunfang.kit.crypto import blind_index
from xunfang.kit.models import Job

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


def quiet(*_: object) -> None:
    """Progress nobody watches."""


def bring(cast, content: bytes, name: str = "11月低保.xlsx", **values) -> RosterImport:
    """Given and read."""
    batch = imports.start(
        content=content, file_name=name, month=date(2026, 11, 1), default_start=date(2026, 10, 1),
        township_id=cast.township.pk, by=cast.township_clerk, at=AT, **values,
    )  # fmt: skip
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=quiet)
    batch.refresh_from_db()
    return batch


def load(cast, batch: RosterImport) -> RosterImport:
    """Confirmed and loaded."""
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    imports.load(import_id=batch.pk, today=TODAY, at=AT, progress=quiet)
    batch.refresh_from_db()
    return batch


def person_of(serial: int) -> Person:
    return Person.objects.get(id_index=blind_index(number(serial), "person.id_number"))


def counts(batch: RosterImport) -> tuple[int, int, int, int]:
    return tuple(batch.counts[key] for key in ("new", "changed", "same", "wrong"))


def test_a_list_is_read_first_and_loaded_only_when_it_is_confirmed(cast) -> None:
    rows = [row(n, phone=f"1390000{n:04d}", head_name="林依妹", hamlet="上坂") for n in range(1, 4)]
    batch = bring(cast, xlsx([*rows, row(9, id_number="3.5E+17")]))
    assert batch.state == "preview"
    assert counts(batch) == (3, 0, 0, 1)
    assert not Person.objects.exists()
    load(cast, batch)
    assert batch.state == "done"
    assert batch.counts["loaded"] == {"new": 3, "same": 0}
    person = person_of(1)
    assert (person.phone, person.hamlet, person.village_id) == ("13900000001", "上坂", cast.village.pk)
    assert person.initials == initials(person.name) != ""
    assert person.file_no.startswith("永泰-")
    assert person.tail_words == f"尾号{number(1)[-4:]}"
    assert Household.objects.count() == 1
    assert set(Membership.objects.values_list("starts_on", "source_id")) == {(date(2026, 10, 1), batch.pk)}
    assert Job.objects.filter(kind="schedule.refresh", payload={"township_id": cast.township.pk}).exists()


def test_one_row_in_the_log_with_counts_and_the_files_hash(cast) -> None:
    batch = load(cast, bring(cast, xlsx([row(1), row(2), row(3, village="乌有")])))
    entry = LogEntry.objects.get(action="roster_loaded")
    assert entry.detail == {
        "new": 2, "changed": 0, "same": 0, "wrong": 1, "again": 0, "sha256": batch.file.sha256,
    }  # fmt: skip
    assert number(1) not in str(LogEntry.objects.values_list("detail", flat=True))


def test_a_csv_in_the_offices_encoding_loads_like_a_workbook(cast) -> None:
    batch = bring(cast, as_csv([row(1), row(2)], "gb18030"), "名单.csv")
    assert counts(batch) == (2, 0, 0, 0)


def test_the_same_list_again_changes_nothing(cast) -> None:
    content = xlsx([row(n, head_name="林依妹", phone="13900001127") for n in range(1, 6)])
    load(cast, bring(cast, content))
    versions = list(Person.objects.order_by("pk").values_list("version", flat=True))
    batch = bring(cast, content)
    assert counts(batch) == (0, 0, 5, 0)
    load(cast, batch)
    assert list(Person.objects.order_by("pk").values_list("version", flat=True)) == versions
    assert Membership.objects.count() == 5
    assert Household.objects.count() == 1


def test_a_changed_row_shows_before_and_after_and_changes_only_that(cast) -> None:
    load(cast, bring(cast, xlsx([row(1, phone="13900001127", hamlet="上坂"), row(2)])))
    batch = bring(cast, xlsx([row(1, hamlet="下坂", group="低保、80岁以上独居"), row(2)]))
    assert counts(batch) == (0, 1, 1, 0)
    content = content_of(batch.rows.get(verdict="changed"))
    assert ["自然村", "上坂", "下坂"] in content["changes"]
    load(cast, batch)
    person = person_of(1)
    assert (person.hamlet, person.phone, person.version) == ("下坂", "13900001127", 2)
    assert set(person.memberships.values_list("group_id", flat=True)) == {"dibao", "old_alone"}


def test_a_phone_a_visitor_corrected_outlives_the_list(cast) -> None:
    load(cast, bring(cast, xlsx([row(1, phone="13900001127")])))
    person = person_of(1)
    person.phone, person.corrected = "13900002222", ["phone"]
    person.save()
    batch = bring(cast, xlsx([row(1, phone="13900001127", hamlet="上坂")]))
    load(cast, batch)
    person.refresh_from_db()
    assert (person.phone, person.hamlet) == ("13900002222", "上坂")


def test_a_row_whose_file_somebody_changed_meanwhile_waits_for_another_look(cast) -> None:
    load(cast, bring(cast, xlsx([row(1), row(2)])))
    batch = bring(cast, xlsx([row(1, hamlet="上坂"), row(2, hamlet="上坂"), row(3)]))
    person = person_of(1)
    person.mind, person.version = "耳背", person.version + 1
    person.save()
    load(cast, batch)
    assert batch.state == "preview"
    assert counts(batch) == (0, 1, 0, 0)
    assert batch.counts["again"] == 1
    assert person_of(2).hamlet == "上坂"
    assert person_of(1).hamlet == ""
    load(cast, batch)
    assert batch.state == "done"
    person.refresh_from_db()
    assert (person.hamlet, person.mind) == ("上坂", "耳背")
    assert batch.counts["loaded"] == {"new": 1, "changed": 2, "same": 0}


def test_somebody_who_was_put_on_file_meanwhile_is_not_made_twice(cast) -> None:
    batch = bring(cast, xlsx([row(1), row(2)]))
    load(cast, bring(cast, xlsx([row(1)])))
    load(cast, batch)
    assert batch.state == "done"
    assert Person.objects.count() == 2


def test_the_wrong_rows_come_back_and_can_be_brought_in_once_they_are_mended(cast) -> None:
    batch = bring(cast, xlsx([row(1), row(2, village="大喜洋"), row(3, id_number=number(3)[:17])]))
    assert batch.errors_file is not None
    assert batch.errors_file.encrypted
    assert batch.errors_file.private
    assert batch.errors_file.expires_at == AT + timedelta(days=7)
    (sheet,) = excel.read(files.read(batch.errors_file))
    head, first, second, foot = sheet.rows
    assert head[-2:] == ["原因", "怎么改"]
    assert first[head.index("村")] == "大喜洋"
    assert first[-2:] == ["嵩口镇没有这个村", "改成“大喜村”"]
    assert second[-2] == "身份证号少1位"
    assert foot[0].startswith("※ 嵩口镇")
    mended = [list(map(str, line)) for line in (head, first, second)]
    mended[1][head.index("村")] = "大喜村"
    mended[2][head.index("身份证号")] = number(3)
    again = excel.write([excel.Table("名单", [excel.Column(t) for t in mended[0]], mended[1:])])
    assert counts(bring(cast, again)) == (2, 0, 0, 0)
    unmended = bring(cast, files.read(batch.errors_file))
    assert counts(unmended) == (0, 0, 0, 2)


def test_the_source_and_the_rows_are_encrypted_where_they_lie(cast, settings) -> None:
    batch = bring(cast, as_csv([row(1, name="林阿特别")]))
    stored = [path.read_bytes() for path in settings.FILES_ROOT.rglob("*") if path.is_file()]
    assert stored
    assert not any(number(1).encode() in content for content in stored)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM visits_roster_importrow WHERE batch_id = %s", [batch.pk])
        assert all("林阿特别".encode() not in bytes(content) for (content,) in cursor.fetchall())


def test_the_same_id_twice_in_a_list_is_wrong_the_second_time(cast) -> None:
    batch = bring(cast, xlsx([row(1), row(1, group="特困")]))
    assert counts(batch) == (1, 0, 0, 1)
    assert batch.rows.get(verdict="wrong").reason == "一个人出现两次"


def test_a_file_of_another_township_is_named_by_nothing(cast) -> None:
    far = make_person(cast, name="绝不能看见", village=cast.other_county_village)
    batch = bring(cast, xlsx([row(1, id_number=far.id_number)]))
    wrong = batch.rows.get()
    assert wrong.reason == "档案在别的乡镇"
    assert "绝不能看见" not in wrong.content + wrong.remedy
    assert cast.other_county.name not in wrong.content + wrong.remedy


def test_who_died_does_not_come_back_by_a_list(cast) -> None:
    person = make_person(cast, status="dead", left_on=date(2026, 11, 1))
    batch = bring(cast, xlsx([row(1, id_number=person.id_number)]))
    assert batch.rows.get().reason == "已登记去世"


def test_a_visitor_with_a_post_in_the_village_gets_the_person(cast) -> None:
    load(
        cast,
        bring(cast, xlsx([row(1, visitor_phone=cast.visitor.phone), row(2, visitor_phone="13911112222")])),
    )
    assert person_of(1).assignee == cast.visitor
    assert person_of(2).assignee is None


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<html><table></table></html>", "网页"),
        (b"PK\x03\x04 broken", "坏了"),
        (b"", "空的"),
        ("姓名,村,类别\n林依妹,月洲村,低保\n".encode(), "没有找到身份证号这一列"),
        ("你好\n".encode(), "没有找到表头"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(cast, content, word) -> None:
    batch = bring(cast, content)
    assert batch.state == "refused"
    assert word in batch.refusal


def test_a_list_that_is_put_aside_leaves_no_rows_and_cannot_be_loaded(cast) -> None:
    batch = bring(cast, xlsx([row(1)]))
    imports.drop(import_id=batch.pk, by=cast.township_clerk, at=AT)
    batch.refresh_from_db()
    assert batch.state == "dropped"
    assert not ImportRow.objects.exists()
    with pytest.raises(CannotChange, match="已经处理过"):
        imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)


def test_only_the_own_clerk_brings_confirms_and_drops(cast) -> None:
    batch = bring(cast, xlsx([row(1)]))
    for user in (cast.neighbour, cast.township_head, cast.county_officer, cast.visitor):
        with pytest.raises(CannotChange):
            imports.confirm(import_id=batch.pk, by=user, at=AT)
        with pytest.raises(CannotChange):
            imports.drop(import_id=batch.pk, by=user, at=AT)
        assert not RosterImport.objects.visible_to(user).exists()


def test_confirming_twice_is_refused_and_loading_twice_does_nothing(cast) -> None:
    batch = bring(cast, xlsx([row(1)]))
    load(cast, batch)
    imports.load(import_id=batch.pk, today=TODAY, at=AT, progress=quiet)
    assert Person.objects.count() == 1
    with pytest.raises(CannotChange):
        imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)


def test_reading_twice_gives_the_rows_once(cast) -> None:
    batch = bring(cast, xlsx([row(1), row(2)]))
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=quiet)
    assert batch.rows.count() == 2


def test_rows_are_forgotten_after_seven_days_and_the_counts_stay(cast) -> None:
    batch = bring(cast, xlsx([row(1), row(2, village="乌有")]))
    assert imports.forget(at=AT + timedelta(days=6)) == 0
    assert imports.forget(at=AT + timedelta(days=7)) == 2
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("dropped", (1, 0, 0, 1))


def test_the_rows_that_come_back_from_an_ugly_list_can_be_brought_in_as_they_are(cast) -> None:
    rows = [
        ["嵩口镇低保户名册"], ["序号", "户主信息", "", "家庭成员信息", "", "", "村"],
        ["", "姓名", "低保证号", "姓名", "身份证号", "与户主关系", ""],
        [1, "林国文", "闽A001", "林国文", number(10), "本人", "月洲村"],
        ["", "", "", "陈细妹", number(11)[:17], "配偶", ""],
        [2, "黄宝金", "闽A002", "黄宝金", number(13), "本人", "大喜村"],
    ]  # fmt: skip
    merges = [(1, 1, 1, 2), (1, 3, 1, 5), *((3, column, 4, column) for column in (0, 1, 2, 6))]
    batch = bring(cast, ugly.Book().sheet("名册", rows, merges).bytes(), group_id="dibao")
    assert counts(batch) == (2, 0, 0, 1)
    content = files.read(batch.errors_file)
    (sheet,) = excel.read(content)
    head, line = sheet.rows[0], sheet.rows[1]
    assert line[head.index("户主姓名")] == "林国文"
    unmended = bring(cast, content, group_id="dibao")
    assert (unmended.state, unmended.asks, unmended.refusal) == ("preview", {}, "")
    assert counts(unmended) == (0, 0, 0, 1)
    line[head.index("身份证号")] = number(11)
    mended = excel.write([excel.Table("名册", [excel.Column(str(t)) for t in head], [line])])
    again = load(cast, bring(cast, mended, group_id="dibao"))
    assert again.counts["loaded"]["new"] == 1
    load(cast, batch)
    assert person_of(11).household_id == person_of(10).household_id
    assert Household.objects.count() == 2


def test_no_account_of_an_ugly_list_lies_anywhere_afterwards(cast, settings) -> None:
    batch = bring(cast, ugly.accounts_under_a_name_that_says_nothing())
    assert counts(batch) == (2, 0, 0, 1)
    seen = str(batch.counts) + str(batch.asks) + "".join(row_.content for row_ in batch.rows.all())
    seen += str(excel.read(files.read(batch.errors_file)))
    assert not any(card in seen for card in ugly.CARDS)
    assert number(3)[:17] in seen


def test_progress_of_loading_is_seen_from_outside_while_it_runs(committed, monkeypatch) -> None:
    cast = make_cast()
    batch = bring(cast, xlsx([row(n) for n in range(1, 8)]))
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    batch.refresh_from_db()
    seen: list[int] = []
    real = imports.Loader.load

    def slow(self, rows):
        real(self, rows)
        time.sleep(1.5)
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT done FROM kit_job WHERE id = %s", [batch.job_id])
            seen.append(cursor.fetchone()[0])
        other.close()

    monkeypatch.setattr(imports.Loader, "load", slow)
    monkeypatch.setattr(imports, "BATCH", 3)
    assert jobs.run(batch.job_id)
    assert seen == [0, 3, 6]
    assert Person.objects.count() == 7


words = st.text("上坂下坑尾厝林陈阿依妹", max_size=8)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(
    st.fixed_dictionaries({
        "serial": st.integers(1, 10_000),
        "group": st.sampled_from(["低保", "特困", "突发困难", "低保、特困"]),
        "hamlet": words, "find_me": words, "residence": words, "contact_name": words, "head_name": words,
        "phone": st.sampled_from(["", "13900001127", "0591-24760001"]),
        "alone": st.sampled_from(["", "是", "否"]),
    }), min_size=1, max_size=12, unique_by=lambda one: one["serial"]))  # fmt: skip
def test_right_rows_are_the_files_they_became_and_the_same_list_finds_them_so(cast, rows) -> None:
    Review.objects.all().delete()
    ImportRow.objects.all().delete()
    Membership.objects.all().delete()
    Person.objects.all().delete()
    content = xlsx([row(**one) for one in rows])
    batch = bring(cast, content)
    assert counts(batch) == (len(rows), 0, 0, 0)
    load(cast, batch)
    for one in rows:
        person = person_of(one["serial"])
        assert person.birth_date == parse(number(one["serial"]), TODAY).birth_date
        for key in ("hamlet", "find_me", "residence", "contact_name"):
            assert getattr(person, key) == one[key]
        assert person.phone == one["phone"].replace("-", "")
        assert person.lives_alone == (one["alone"] == "是")
        assert (person.household.head_name if person.household else "") == one["head_name"]
    assert counts(bring(cast, content)) == (0, 0, len(rows), 0)


WORKER = textwrap.dedent(
    """
    import os, sys, time, django
    django.setup()
    from django.db import connection
    connection.close()
    connection.settings_dict.update(NAME=sys.argv[1], USER=sys.argv[4], PASSWORD="")
    from django.conf import settings
    settings.FILES_ROOT = sys.argv[3]
    from visits.roster import tasks  # noqa: F401  (registers the jobs)
    from visits.roster.imports.loading import Loader
    from xunfang.kit import jobs
    real = Loader.load
    def slow(self, rows):
        real(self, rows)
        open(sys.argv[3] + ".loading", "w").close()
        time.sleep(60)
    Loader.load = slow
    jobs.run(int(sys.argv[2]))
    """
)


def test_a_worker_killed_in_the_middle_of_loading_leaves_nothing_and_the_next_one_does_it_all(
    committed, settings
) -> None:
    cast = make_cast()
    batch = bring(cast, xlsx([row(n) for n in range(1, 41)]))
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    batch.refresh_from_db()
    root = str(settings.FILES_ROOT)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, committed, str(batch.job_id), root, connection.settings_dict["USER"]],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "xunfang.settings.test"},
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(300):
            if os.path.exists(f"{root}.loading") or worker.poll() is not None:
                break
            time.sleep(0.1)
        assert os.path.exists(f"{root}.loading"), worker.stderr.read().decode()[-2000:]
        assert not Person.objects.exists()
        os.kill(worker.pid, signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
        worker.stderr.close()
    assert Job.objects.get(pk=batch.job_id).state == "running"
    Job.objects.filter(pk=batch.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.run(batch.job_id)
    batch.refresh_from_db()
    assert batch.state == "done"
    assert Person.objects.count() == Membership.objects.count() == 40
    assert batch.counts["loaded"]["new"] == 40
