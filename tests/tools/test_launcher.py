"""The launcher: what it recognises as its own, what it says, and what it leaves alone."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from launcher import (
    environment,
    main,
    packages,
    processes,
    quitting,
    say,
    secrets_file,
    serve,
    services,
    single,
    steps,
    surroundings,
)
from launcher import (
    layout as places,
)


@pytest.fixture
def nobody_asked_to_stop(monkeypatch):
    monkeypatch.setattr(quitting, "_asked", False)


def test_a_reused_process_number_is_not_taken_for_ours():
    me = processes.identify(os.getpid())
    assert me.alive()
    assert not replace(me, started="1").alive()
    assert not replace(me, boot="another").alive()


def test_a_leftover_is_stopped_by_its_pid_file_with_everything_it_started(layout):
    command = [
        sys.executable,
        "-c",
        "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)",
    ]
    child = processes.spawn(command, env={"PATH": "/usr/bin:/bin"}, log=layout.logs / "x.log", cwd=Path("/"))
    processes.remember(layout.state / "run" / "web.pid", child.pid)
    group = child.pid
    until = time.monotonic() + 10
    while len(_group(group)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(_group(group)) == 2
    services.clear(layout, "run")
    child.poll()
    time.sleep(0.1)
    assert _group(group) == []
    assert not (layout.state / "run" / "web.pid").exists()


def _group(number):
    found = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in found.splitlines()]
    return [pid for pid, group, state in rows if int(group) == number and "Z" not in state]


def test_a_strangers_process_survives_a_stale_pid_file(layout):
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        path = layout.state / "run" / "web.pid"
        processes.remember(path, stranger.pid)
        path.write_text(path.read_text().replace('"started": "', '"started": "9'))
        services.clear(layout, "run")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_dies_with_a_killed_launcher(layout):
    code = (
        "import sys, signal, time, pathlib; sys.path.insert(0, sys.argv[1]);"
        "from launcher import processes;"
        "c = processes.spawn(['sleep', '60'], env={'PATH': '/usr/bin:/bin'}, log=pathlib.Path(sys.argv[2]),"
        " cwd=pathlib.Path('/'), dies_with_us=signal.SIGTERM);"
        "print(c.pid, flush=True); time.sleep(60)"
    )
    tools = str(places.CHECKOUT / "tools")
    launcher = subprocess.Popen(
        [sys.executable, "-c", code, tools, str(layout.logs / "x.log")], stdout=subprocess.PIPE, text=True
    )
    with launcher.stdout as told:
        server = processes.identify(int(told.readline()))
    launcher.kill()
    launcher.wait()
    until = time.monotonic() + 5
    while server.alive() and time.monotonic() < until:
        time.sleep(0.05)
    assert not server.alive()


def test_the_socket_fits_into_the_107_bytes_postgresql_takes():
    found = places.find(Path("/a/very/long/folder/" * 20))
    assert len(str(found.socket_dir("test") / ".s.PGSQL.5432.lock")) < 107


def test_two_checkouts_never_share_anything():
    one, other = places.find(Path("/srv/one")), places.find(Path("/srv/two"))
    assert one.state != other.state
    assert one.sockets != other.sockets


def test_a_socket_folder_that_somebody_else_made_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sockets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(say.Stop, match="已被其他账号占用"):
        places._private(tmp_path / "sockets", None)


def test_a_full_disk_is_told_before_anything_starts(layout, monkeypatch):
    monkeypatch.setattr(places, "ROOM_NEEDED", 1 << 62)
    with pytest.raises(say.Stop, match="磁盘空间不足"):
        places.prepare(layout, "run")


def test_secrets_are_made_once_and_only_their_owner_reads_them(layout):
    first = secrets_file.load(layout)
    assert secrets_file.load(layout) == first
    assert stat.S_IMODE((layout.state / "secrets.env").stat().st_mode) == 0o600
    assert len(first["XUNFANG_SECRET_KEY"]) >= 50


def test_a_damaged_secrets_file_is_not_overwritten(layout):
    (layout.state / "secrets.env").write_text("XUNFANG_SECRET_KEY=x\n")
    with pytest.raises(say.Stop, match="从备份恢复"):
        secrets_file.load(layout)
    assert (layout.state / "secrets.env").read_text() == "XUNFANG_SECRET_KEY=x\n"


def test_a_second_start_is_told_the_address_of_the_first(layout, monkeypatch, capsys):
    monkeypatch.setattr(serve, "prepare", lambda *_: None)
    with single.take(layout) as lock:
        single.write(lock, "http://127.0.0.1:8123/")
        assert serve.run(layout) == 0
    assert capsys.readouterr().out == "已经在运行，地址 http://127.0.0.1:8123/\n"


def test_a_taken_port_is_told_with_the_way_out():
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(say.Stop, match=rf"端口 {port} 已被占用.*PORT=8001"):
            serve.refuse_taken_port(port)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "８０００", "-1"])
def test_a_port_that_is_no_port_is_refused(text, monkeypatch):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(say.Stop, match="端口要写成"):
        serve.wanted_port()


def test_celery_gets_the_socket_in_its_own_spelling():
    assert (
        surroundings.broker_url("unix:///tmp/a/redis.sock?db=3")
        == "redis+socket:///tmp/a/redis.sock?virtual_host=3"
    )
    assert surroundings.broker_url("redis://cache:6379/0") == "redis://cache:6379/0"


def test_only_foreign_addresses_replace_our_own_servers(layout, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://app_rt@/xunfang?host={layout.sockets}/test")
    monkeypatch.setenv("REDIS_URL", "redis://cache:6379/0")
    assert surroundings.needs(layout) == services.Needs(postgres=True, redis=False)


def test_a_dead_server_is_named_with_the_end_of_its_log(layout, capsys):
    (layout.logs / "worker.log").write_text("".join(f"line {n}\n" for n in range(30)))
    dead = subprocess.Popen(["true"])
    dead.wait()
    with pytest.raises(say.Stop, match="后台任务意外停止"):
        serve.refuse_dead(layout, {"worker": dead})
    told = capsys.readouterr().out.split("\n")
    assert told[0].strip() == "line 10"
    assert told[19].strip() == "line 29"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "磁盘空间不足"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "没有权限写入 /x"),
        (RuntimeError("surprise"), "启动程序出错"),
        (say.Stop("请先安装。"), "请先安装。"),
    ],
)
def test_every_failure_is_one_chinese_sentence(
    error, sentence, monkeypatch, capsys, layout, nobody_asked_to_stop
):
    def fail(_):
        raise error

    monkeypatch.setattr(quitting, "listen", lambda: None)
    monkeypatch.setattr(processes, "die_with_parent", lambda: None)
    monkeypatch.setattr(places, "find", lambda: layout)
    monkeypatch.setitem(main.COMMANDS, "run", fail)
    assert main.main(["run"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(sentence)
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err + told.out


def test_waiting_ends_when_we_are_asked_to_stop(nobody_asked_to_stop):
    before = signal.getsignal(signal.SIGTERM)
    ways = {way: signal.getsignal(way) for way in quitting._WAYS}
    try:
        quitting.listen()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(quitting.Leave):
            quitting.pause(30)
    finally:
        for way, was in ways.items():
            signal.signal(way, was)
    assert signal.getsignal(signal.SIGTERM) == before


def test_components_are_installed_once_for_each_lock(layout, monkeypatch):
    (layout.checkout / "requirements").mkdir()
    (layout.checkout / ".venv").mkdir()
    lock = layout.checkout / "requirements" / "runtime.txt"
    lock.write_text("one\n")
    installed = []
    monkeypatch.setattr(environment, "_interpreter", lambda _: None)
    monkeypatch.setattr(steps, "run", lambda command, **_: installed.append(command) or 0)
    environment.ensure(layout, dev=False)
    environment.ensure(layout, dev=False)
    assert len(installed) == 1
    assert "--require-hashes" in installed[0]
    lock.write_text("two\n")
    environment.ensure(layout, dev=False)
    assert len(installed) == 2


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("Failed to establish a new connection: [Errno 101] Network is unreachable", "网络不通"),
        ("OSError: [Errno 28] No space left on device", "磁盘空间不足"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "与清单不一致"),
        ("something else", "组件安装没有完成"),
    ],
)
def test_a_failed_installation_says_what_to_do(output, sentence, layout, monkeypatch):
    def fail(command, *, log, **_):
        log.write_text(output)
        return 1

    monkeypatch.setattr(steps, "run", fail)
    with pytest.raises(say.Stop, match=sentence):
        environment._install(layout, layout.checkout / "x")


def test_only_missing_libraries_are_unpacked_beside_the_programs(layout, monkeypatch):
    simulated = (
        "Inst libicu72 (1)\nInst libc6 [1] (2)\nInst libllvm14 (1)\nInst ssl-cert (1)\nInst libpq5 (1)\n"
    )
    commands = []
    monkeypatch.setattr(packages, "_ask", lambda _: simulated)
    monkeypatch.setattr(steps, "run", lambda command, **_: commands.append(command) or 0)
    assert packages.unpack(layout, ["postgresql-15"])
    (download,) = commands
    assert download[download.index("download") + 1 :] == ["postgresql-15", "libicu72", "libpq5"]


def test_the_database_is_set_up_once_and_migrated_when_a_migration_appears(layout, monkeypatch):
    (layout.checkout / "requirements").mkdir()
    (layout.checkout / "requirements" / "runtime.txt").write_text("x")
    for app in ("accounts", "visits", "xunfang"):
        (layout.checkout / app / "migrations").mkdir(parents=True)
    ran = []
    monkeypatch.setattr(
        serve, "manage", lambda layout, env, *words, what: ran.append((words[0], env["DATABASE_URL"]))
    )
    env = {"DATABASE_URL": "postgresql://app_rt@/xunfang"}

    def start():
        ran.clear()
        serve.set_up_database(layout, services.Needs(), env)
        return [word for word, _ in ran]

    assert start() == ["migrate", "seed", "demo"]
    assert "xunfang_owner@" in ran[0][1]
    assert "app_rt@" in ran[1][1]
    assert start() == []
    (layout.checkout / "visits" / "services.py").write_text("changed = 1")
    assert start() == ["seed"]
    (layout.checkout / "visits" / "migrations" / "0002_more.py").write_text("")
    assert start() == ["migrate", "seed"]
