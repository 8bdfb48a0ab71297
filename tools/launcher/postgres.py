"""A private PostgreSQL cluster: unix socket only, reachable by whoever can open the 0700 folder."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import processes, quitting
from .binaries import Programs, server_env
from .layout import Layout, servant_dir
from .say import Stop

# `trust` is safe only because the socket lies in a folder nobody else can open and no port listens.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",  # pages ask small questions; and it spares unpacking LLVM
    "timezone": "UTC",
    "log_timezone": "Asia/Shanghai",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# A test cluster may be lost at any moment, so it need not wait for the disk.
TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_locks_per_transaction": "256",
    "autovacuum": "off",
}
ROLES = """
SELECT 'CREATE ROLE xunfang_owner LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'xunfang_owner') \\gexec
SELECT 'CREATE ROLE app_rt LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_rt') \\gexec
SELECT 'CREATE DATABASE xunfang OWNER xunfang_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'xunfang') \\gexec
"""
# Tests drop databases in which app_rt may still be connected.
TEST_ROLES = """
GRANT pg_signal_backend TO xunfang_owner;
GRANT app_rt TO xunfang_owner;
"""


def data_dir(layout: Layout, kind: str) -> Path:
    return layout.side(kind) / "pg"


def existing_major(layout: Layout, kind: str) -> str | None:
    """The major version that made the cluster, None when there is no cluster yet."""
    try:
        return (data_dir(layout, kind) / "PG_VERSION").read_text().strip()
    except OSError:
        return None


def url(layout: Layout, kind: str, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?host={layout.socket_dir(kind)}"


def create(layout: Layout, kind: str, programs: Programs) -> None:
    """initdb into a folder beside the final one, then rename: half a cluster is never taken for one."""
    final = data_dir(layout, kind)
    if existing_major(layout, kind):
        return
    shutil.rmtree(final, ignore_errors=True)
    fresh = final.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    servant_dir(fresh, layout.servant)
    for locale in ("C.UTF-8", "C"):
        command = [
            programs.postgres / "initdb",
            "-D",
            fresh,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            f"--locale={locale}",
        ]
        command += [
            "--data-checksums",
            "-A",
            "trust",
            "--no-instructions",
            *(["-N"] if kind == "test" else []),
        ]
        made = _as_servant(command, layout, programs)
        if made.returncode == 0:
            fresh.rename(final)
            return
    with layout.log(kind, "postgres").open("a") as log:
        log.write(made.stdout + made.stderr)
    if "No space left" in made.stderr:
        raise OSError(28, "No space left on device", str(final))
    raise Stop(f"数据库建立失败：请查看 {layout.log(kind, 'postgres')} 末尾的说明，处理后重新运行。")


def start(layout: Layout, kind: str, programs: Programs, *, dies_with_us: bool):
    """Start the server and wait until it answers; returns the process."""
    command = [str(programs.postgres / "postgres"), "-D", str(data_dir(layout, kind))]
    command += ["-c", f"unix_socket_directories={layout.socket_dir(kind)}"]
    for name, value in (SETTINGS | (TEST_SETTINGS if kind == "test" else {})).items():
        command += ["-c", f"{name}={value}"]
    log = layout.log(kind, "postgres")
    process = processes.spawn(
        command,
        env=server_env(programs.env),
        log=log,
        cwd=Path("/"),
        servant=layout.servant,
        # SIGINT is PostgreSQL's fast, clean shutdown; SIGTERM would wait for every client.
        dies_with_us=signal.SIGINT if dies_with_us else None,
    )
    processes.remember(layout.side(kind) / "postgres.pid", process.pid)
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if _psql(layout, kind, programs, "SELECT 1", "postgres").returncode == 0:
            return process
        quitting.pause(0.1)
    if any("No space left" in line for line in processes.tail(log)):
        raise OSError(28, "No space left on device", str(layout.state))
    raise Stop(f"数据库没有启动成功：请查看 {log} 末尾的说明，处理后重新运行。")


def bootstrap(layout: Layout, kind: str, programs: Programs) -> None:
    """Roles and database; safe to repeat."""
    done = _psql(layout, kind, programs, ROLES + (TEST_ROLES if kind == "test" else ""), "postgres")
    if done.returncode != 0:
        with layout.log(kind, "postgres").open("a") as log:
            log.write(done.stderr)
        raise Stop(f"数据库账号建立失败：请查看 {layout.log(kind, 'postgres')} 末尾的说明，处理后重新运行。")


def answers(layout: Layout, kind: str, programs: Programs) -> bool:
    return (layout.socket_dir(kind) / ".s.PGSQL.5432").exists() and (
        _psql(layout, kind, programs, "SELECT 1", "postgres").returncode == 0
    )


def postmaster_pid(layout: Layout, kind: str) -> int | None:
    """The pid the cluster itself has written down: a second witness besides our pid file."""
    try:
        first = (data_dir(layout, kind) / "postmaster.pid").read_text().split("\n", 1)[0]
    except OSError:
        return None
    return int(first) if re.fullmatch(r"\d+", first) else None


def _psql(layout: Layout, kind: str, programs: Programs, sql: str, database: str):
    target = url(layout, kind, "postgres", database)
    command = [programs.postgres / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At", "-d", target]
    return subprocess.run(
        command, input=sql, env=server_env(programs.env), capture_output=True, text=True, check=False, cwd="/"
    )


def _as_servant(command: list, layout: Layout, programs: Programs):
    who = layout.servant
    options = {"user": who.uid, "group": who.gid, "extra_groups": []} if who else {}
    return subprocess.run(
        [str(part) for part in command],
        env=server_env(programs.env),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **options,
    )
