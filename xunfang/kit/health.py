"""How the machinery is: measured when it is asked, told in sentences. Each part says what to do when it is not well."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.utils import timezone

from xunfang.kit.models import BackupRun, Job, Pulse

GOOD, LOOK, BAD = "done", "soon", "late"
CLOCK = "clock"

# Half a minute is the rhythm; a restart may take some.
CLOCK_LATE = timedelta(minutes=3)
CLOCK_GONE = timedelta(minutes=15)
CLOCKS_APART = timedelta(seconds=2)
QUEUE_LATE = timedelta(minutes=10)
BACKUP_LATE, BACKUP_GONE = timedelta(hours=26), timedelta(days=3)
DRILL_LATE = timedelta(days=92)
FULL, FULLER = 85, 95  # percent of the disk
FAILED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Finding:
    """One part: `state` good, to be looked at, or bad; what is so; what to do (empty when all is well)."""

    part: str
    state: str
    say: str
    todo: str = ""


# Higher rooms append theirs in their AppConfig.ready(): called with now, in this order after our own.
parts: list[Callable[[datetime], Finding]] = []


def beat(name: str, at: datetime) -> None:
    """Note that something came again."""
    Pulse.objects.update_or_create(name=name, defaults={"at": at})


def findings(now: datetime) -> list[Finding]:
    """Every part, ours first."""
    ours = (
        _database,
        _clocks,
        _broker,
        _clock,
        _jobs,
        backup,
        _drill,
        _disk,
        _backup_disk,
        _database_disk,
        _version,
    )
    return [part(now) for part in (*ours, *parts)]


def _database(now: datetime) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " current_setting('max_connections')::int, split_part(current_setting('server_version'), ' ', 1)"
        )
        size, used, most, version = cursor.fetchone()
    say = f"PostgreSQL {version}，{size}，{used}个连接（最多{most}个）"
    if used > most * 0.8:
        return Finding(
            "数据库", LOOK, say, "连接快用完了：看看是不是有程序没有退出，或者把max_connections调大。"
        )
    return Finding("数据库", GOOD, say)


def _clocks(now: datetime) -> Finding:
    """Deadlines run by the application's clock; a database that is far from it would contradict it in the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    apart = abs(there - timezone.now())
    if apart > CLOCKS_APART:
        say = f"网站和数据库的钟差{apart.total_seconds():.0f}秒"
        return Finding("时钟", BAD, say, "请在两台机器上开启时间同步（chrony或ntp）。期限按网站的钟算。")
    return Finding("时钟", GOOD, "网站和数据库的钟一致")


def _broker(now: datetime) -> Finding:
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        waiting = {name: client.llen(name) for name in ("celery", "slow")}
    except redis.RedisError:
        todo = "请启动Redis。后台的事都记在数据库里，不会丢，Redis好了会接着办。"
        return Finding("消息服务", BAD, "Redis没有答应", todo)
    total = sum(waiting.values())
    return Finding("消息服务", GOOD, f"Redis在，{total}件在排队" if total else "Redis在，没有排队的")


def _clock(now: datetime) -> Finding:
    last = Pulse.objects.filter(name=CLOCK).values_list("at", flat=True).first()
    todo = "请检查celery beat和celery worker两个进程。停着的时候名单和期限照样按日期算，重新启动会补上。"
    if last is None:
        return Finding("定时任务", BAD, "还没有动过", todo)
    ago = now - last
    say = f"{_ago(ago)}动过一次"
    if ago > CLOCK_LATE:
        return Finding("定时任务", BAD if ago > CLOCK_GONE else LOOK, say, todo)
    return Finding("定时任务", GOOD, say)


def _jobs(now: datetime) -> Finding:
    open_ = Job.objects.filter(state__in=[Job.State.NEW, Job.State.RUNNING]).aggregate(
        n=Count("pk"), oldest=Min("created_at")
    )
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__gte=now - FAILED_FOR).count()
    say = f"{open_['n']}件没办完，近7天{failed}件没办成"
    if open_["oldest"] is not None and now - open_["oldest"] > QUEUE_LATE:
        say += f"，最早的一件等了{_long(now - open_['oldest'])}"
        return Finding("后台任务", LOOK, say, "等得久，多半是worker没开，或者在打一大批PDF。")
    if failed:
        return Finding("后台任务", LOOK, say, "没办成的，交办的人页面上写着原因，可以再点一次。")
    return Finding("后台任务", GOOD, say)


def backup(now: datetime) -> Finding:
    """How old the newest backup is."""
    todo = "请照《安装手册》设好每天的备份：manage.py backup 文件夹 --keep 30。"
    last = BackupRun.objects.filter(kind=BackupRun.Kind.BACKUP).order_by("-finished_at").first()
    if last is None:
        return Finding("备份", BAD, "还没有备份过", todo)
    ago = now - last.finished_at
    say = f"{_ago(ago)}备份过：{last.rows:,}行，{last.files:,}个文件"
    if not last.whole:
        return Finding("备份", BAD, f"{say}，但{last.note}", "请查存附件的磁盘，再备份一次。")
    if ago > BACKUP_LATE:
        return Finding("备份", BAD if ago > BACKUP_GONE else LOOK, say, todo)
    return Finding("备份", GOOD, say)


def _drill(now: datetime) -> Finding:
    todo = "每季度试着恢复一次：manage.py restore 某一份备份 --drill。只核对，不动现在的数据。"
    last = BackupRun.objects.filter(kind=BackupRun.Kind.DRILL).order_by("-finished_at").first()
    if last is None:
        return Finding("恢复演练", LOOK, "还没有试过", todo)
    ago = now - last.finished_at
    if not last.whole:
        return Finding("恢复演练", BAD, f"{_ago(ago)}试过，没有成：{last.note}", todo)
    say = f"{_ago(ago)}试过，{last.rows:,}行逐表核对一样"
    return Finding("恢复演练", LOOK if ago > DRILL_LATE else GOOD, say, todo if ago > DRILL_LATE else "")


def _disk(now: datetime) -> Finding:
    place = Path(settings.FILES_ROOT)
    while not place.exists():
        place = place.parent
    return _fullness("磁盘", "放附件的盘", place, "请清理或加盘。满了照片和名单就存不进来，写的字还能存。")


def _backup_disk(now: datetime) -> Finding:
    """The next backup must fit, and not lie where it goes down together with what it saves."""
    part, place = "备份的盘", settings.BACKUPS_ROOT
    if place is None:
        return Finding(part, GOOD, "没有告诉网站备份放在哪里（XUNFANG_BACKUPS），它的盘要在别处看")
    try:
        here, files = place.stat().st_dev, _device(Path(settings.FILES_ROOT))
        free = shutil.disk_usage(place).free
    except OSError:
        return Finding(
            part, BAD, f"{place}打不开", "请看那块盘挂上没有，文件夹是不是还在；没有它，今晚备份不了。"
        )
    last = BackupRun.objects.filter(kind=BackupRun.Kind.BACKUP).order_by("-finished_at").first()
    if last is not None and free < last.size:
        say = f"放备份的盘只剩{free / 2**30:.1f} GB，上一份就有{last.size / 2**30:.1f} GB"
        return Finding(part, BAD, say, "请清理或加盘，不然下一份备份放不下。")
    found = _fullness(part, "放备份的盘", place, "请清理、加盘，或者少留几份（--keep）。满了就没有新的备份。")
    if found.state == GOOD and here == files:
        return Finding(
            part, LOOK, f"{found.say}，和附件是同一块", "请放到另一块盘：这一块坏了，数据和备份就都没有了。"
        )
    return found


def _database_disk(now: datetime) -> Finding:
    """Only where the database runs on this machine and its folder may be looked at."""
    part, place, host = "数据库的盘", settings.DATABASE_FILES, connection.settings_dict["HOST"]
    if host and not host.startswith("/") and host not in ("localhost", "127.0.0.1", "::1"):
        return Finding(part, GOOD, f"数据库在另一台机器（{host}）上，它的盘要在那边看")
    elsewhere = "没有告诉网站数据库的文件在哪里（XUNFANG_DATABASE_FILES），它的盘要在别处看"
    if place is None:
        return Finding(part, GOOD, elsewhere)
    try:
        return _fullness(part, "放数据库的盘", place, "请马上清理或加盘。满了谁都存不进东西，网站就停了。")
    except OSError:
        return Finding(part, LOOK, f"{place}看不到", "请改XUNFANG_DATABASE_FILES，或者空着、在别处看这块盘。")


def _fullness(part: str, name: str, place: Path, todo: str) -> Finding:
    total, used, free = shutil.disk_usage(place)
    percent = round(100 * used / total)
    say = f"{name}用了{percent}%，还剩{free / 2**30:.0f} GB"
    if percent >= FULL:
        return Finding(part, BAD if percent >= FULLER else LOOK, say, todo)
    return Finding(part, GOOD, say)


def _device(place: Path) -> int:
    """The disk a folder lies on, or will lie on."""
    while not place.exists():
        place = place.parent
    return place.stat().st_dev


def _version(now: datetime) -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Finding(
            "版本", BAD, f"有{len(plan)}步升级还没有做", "请用表的主人的账号执行manage.py migrate。"
        )
    return Finding("版本", GOOD, "程序和数据库是同一版")


def _long(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // 1440}天"


def _ago(time: timedelta) -> str:
    return "刚刚" if time < timedelta(minutes=1) else f"{_long(time)}前"
