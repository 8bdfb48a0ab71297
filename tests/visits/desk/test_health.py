"""运行情况 tells what nobody sees: each part goes wrong by itself and says what to do."""

from collections import namedtuple
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import signed_in
from visits.core.models import CalendarYear
from visits.schedule.models import FullRun, SelfCheck
from xunfang.kit import health, tasks
from xunfang.kit.models import BackupRun, Job, Pulse

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DISKS = ("磁盘", "备份的盘", "数据库的盘")
Usage = namedtuple("Usage", "total used free")
pytestmark = pytest.mark.django_db


def run(kind: str, ago: timedelta, *, whole: bool = True) -> BackupRun:
    ends = NOW - ago
    return BackupRun.objects.create(
        kind=kind, started_at=ends, finished_at=ends, whole=whole, name="2026-11-25-031000", rows=9,
        note="" if whole else "少了2个文件",
    )  # fmt: skip


def job(**fields: object) -> Job:
    made = Job.objects.create(kind="t", **fields)
    Job.objects.filter(pk=made.pk).update(created_at=NOW - timedelta(minutes=30))
    return made


def state_of(part: str) -> tuple[str, health.Finding]:
    found = next(one for one in health.findings(NOW) if one.part == part)
    return found.state, found


@pytest.mark.parametrize(
    ("part", "make", "state", "words"),
    [
        ("定时任务", lambda: None, "late", "还没有动过"),
        (
            "定时任务",
            lambda: Pulse.objects.create(name="clock", at=NOW - timedelta(seconds=20)),
            "done",
            "刚刚",
        ),
        (
            "定时任务",
            lambda: Pulse.objects.create(name="clock", at=NOW - timedelta(minutes=5)),
            "soon",
            "5分钟前",
        ),
        ("定时任务", lambda: Pulse.objects.create(name="clock", at=NOW - timedelta(days=3)), "late", "3天前"),
        ("后台任务", lambda: None, "done", "0件没办完"),
        ("后台任务", lambda: job(), "soon", "等了30分钟"),
        ("后台任务", lambda: job(state="failed", finished_at=NOW - timedelta(days=1)), "soon", "1件没办成"),
        ("后台任务", lambda: job(state="failed", finished_at=NOW - timedelta(days=8)), "done", "0件没办成"),
        ("备份", lambda: None, "late", "还没有备份过"),
        ("备份", lambda: run("backup", timedelta(hours=7)), "done", "7小时前"),
        ("备份", lambda: run("backup", timedelta(hours=40)), "soon", "40小时前"),
        ("备份", lambda: run("backup", timedelta(days=4)), "late", "4天前"),
        ("备份", lambda: run("backup", timedelta(hours=1), whole=False), "late", "少了2个文件"),
        ("恢复演练", lambda: None, "soon", "还没有试过"),
        ("恢复演练", lambda: run("drill", timedelta(days=30)), "done", "30天前"),
        ("恢复演练", lambda: run("drill", timedelta(days=100)), "soon", "100天前"),
        ("恢复演练", lambda: run("drill", timedelta(days=1), whole=False), "late", "没有成"),
        (
            "工作日历",
            lambda: CalendarYear.objects.filter(year__gte=2027).delete(),
            "soon",
            "2027年还没有录入",
        ),
        (
            "工作日历",
            lambda: CalendarYear.objects.update_or_create(year=2027, defaults={"status": "estimated"}),
            "soon",
            "2027年还没有录入",
        ),
        ("工作日历", lambda: CalendarYear.objects.update(status="estimated"), "late", "2026年没有录入"),
        ("工作日历", lambda: CalendarYear.objects.all().delete(), "late", "2026年没有录入"),
        ("待访名单", lambda: None, "late", "还没有生成过"),
        ("待访名单", lambda: FullRun.objects.create(pk=1, on=date(2026, 11, 24)), "soon", "11月24日"),
        ("待访名单", lambda: FullRun.objects.create(pk=1, on=date(2026, 11, 25)), "done", "没有自查过"),
        (
            "待访名单",
            lambda: (
                FullRun.objects.create(pk=1, on=date(2026, 11, 25)),
                SelfCheck.objects.create(ran_at=NOW, on=date(2026, 11, 25), people=9, wrong=2, seconds=1),
            ),
            "late",
            "2人不一致",
        ),
        ("版本", lambda: None, "done", "同一版"),
        ("数据库", lambda: None, "done", "PostgreSQL"),
        ("消息服务", lambda: None, "done", "Redis在"),
    ],
)
def test_each_part_says_how_it_is(part: str, make: Callable[[], object], state: str, words: str) -> None:
    make()
    found_state, found = state_of(part)
    assert (found_state, words in found.say) == (state, True), found
    assert bool(found.todo) or state == "done" or part == "待访名单"


def test_a_database_whose_clock_is_elsewhere_is_told(monkeypatch) -> None:
    monkeypatch.setattr(health.timezone, "now", lambda: datetime.now(tz=ZoneInfo("UTC")) + timedelta(days=3))
    state, found = state_of("时钟")
    assert (state, "的钟差" in found.say, "chrony" in found.todo) == ("late", True, True)


def test_redis_that_does_not_answer_is_told_and_breaks_nothing(settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert state_of("消息服务")[0] == "late"


@pytest.mark.parametrize(("used", "state"), [(84, "done"), (85, "soon"), (95, "late")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(monkeypatch, used: int, state: str) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: Usage(100, used, 100 - used))
    assert state_of("磁盘")[0] == state


@pytest.mark.parametrize(("used", "state"), [(84, "done"), (85, "soon"), (95, "late")])
def test_the_disks_of_backups_and_database_are_watched_as_well(
    monkeypatch, settings, tmp_path, used: int, state: str
) -> None:
    settings.BACKUPS_ROOT, settings.DATABASE_FILES = tmp_path / "backups", tmp_path / "database"
    for place in (settings.BACKUPS_ROOT, settings.DATABASE_FILES):
        place.mkdir()
    usage = Usage(100 * 2**30, used * 2**30, (100 - used) * 2**30)
    full = {settings.BACKUPS_ROOT, settings.DATABASE_FILES}
    monkeypatch.setattr(
        health.shutil, "disk_usage", lambda path: usage if path in full else Usage(100, 1, 99)
    )
    monkeypatch.setattr(health, "_device", lambda path: -1)
    assert {part: state_of(part)[0] for part in DISKS} == {
        "磁盘": "done", "备份的盘": state, "数据库的盘": state
    }  # fmt: skip


def test_a_backup_beside_its_data_or_one_that_will_not_fit_is_told(monkeypatch, settings, tmp_path) -> None:
    settings.FILES_ROOT, settings.BACKUPS_ROOT = tmp_path / "not" / "yet", tmp_path
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: Usage(2**40, 2**30, 5 * 2**30))
    state, found = state_of("备份的盘")
    assert (state, "和附件是同一块" in found.say) == ("soon", True)
    last = run("backup", timedelta(hours=7))
    BackupRun.objects.filter(pk=last.pk).update(size=6 * 2**30)
    state, found = state_of("备份的盘")
    assert (state, "上一份就有6.0 GB" in found.say) == ("late", True)


def test_a_disk_that_is_not_here_is_said_to_be_watched_elsewhere(monkeypatch, settings, tmp_path) -> None:
    settings.BACKUPS_ROOT = settings.DATABASE_FILES = None
    for part in DISKS[1:]:
        state, found = state_of(part)
        assert (state, "要在别处看" in found.say) == ("done", True)
    settings.BACKUPS_ROOT = settings.DATABASE_FILES = tmp_path / "gone"
    assert [state_of(part)[0] for part in DISKS[1:]] == ["late", "soon"]
    monkeypatch.setitem(health.connection.settings_dict, "HOST", "10.0.0.7")
    state, found = state_of("数据库的盘")
    assert (state, "另一台机器（10.0.0.7）" in found.say) == ("done", True)


def test_the_sweep_is_the_heartbeat() -> None:
    tasks.sweep()
    assert Pulse.objects.get(name="clock").at is not None


def test_the_administrator_sees_the_page_and_the_missing_backup_on_every_page(cast) -> None:
    client = signed_in(cast.system_admin, Client())
    page = client.get(reverse("visits_desk:health")).content.decode()
    assert "还没有备份过" in page
    assert "manage.py backup" in page
    home = client.get("/").content.decode()
    assert "还没有备份过" in home
    run("backup", timedelta(days=-1000))
    assert "还没有备份过" not in client.get("/").content.decode()


def test_from_november_on_the_missing_year_is_said_to_those_who_load_it(cast) -> None:
    home = signed_in(cast.city_business, Client()).get("/")
    found = "2027年还没有录入" in home.content.decode()
    assert found == (home.wsgi_request.today.year == 2026 and home.wsgi_request.today.month >= 11)
    CalendarYear.objects.all().delete()
    page = signed_in(cast.city_business, Client()).get("/").content.decode()
    assert "没有录入，跨年的期限先按预估的算" in page
    assert (
        "没有录入，跨年的期限先按预估的算"
        not in signed_in(cast.township_clerk, Client()).get("/").content.decode()
    )
