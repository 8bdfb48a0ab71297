"""One set of services (`run` or `test`): find the programs, clean up, start, stop."""

import signal
from dataclasses import dataclass

from . import binaries, cache, packages, postgres, processes
from .binaries import Programs
from .layout import Layout, prepare
from .say import Stop

# name → how it is asked to stop, and how many seconds it may take. Stopped in this order.
MANNERS = {
    "web": (signal.SIGTERM, 10.0),
    "worker": (signal.SIGTERM, 15.0),
    "beat": (signal.SIGTERM, 5.0),
    "redis": (signal.SIGTERM, 15.0),
    "postgres": (signal.SIGINT, 60.0),
}


@dataclass(frozen=True)
class Needs:
    """Which servers we must run ourselves; the others were named by the environment."""

    postgres: bool = True
    redis: bool = True


def programs_for(layout: Layout, kind: str, needs: Needs) -> Programs:
    """Programs for what is needed: the machine's, else installed, else unpacked."""
    major = postgres.existing_major(layout, kind) if needs.postgres else None

    def enough(found: Programs) -> bool:
        return (found.postgres or not needs.postgres) and (found.redis or not needs.redis)

    for look in (lambda: binaries.on_machine(major), lambda: binaries.unpacked(layout, major)):
        if enough(found := look()):
            return found
    packages.provide_servers(layout)
    for look in (lambda: binaries.on_machine(major), lambda: binaries.unpacked(layout, major)):
        if enough(found := look()):
            return found
    if major:
        raise Stop(
            f"现有数据库由PostgreSQL {major}建立：请先安装这个版本（postgresql-{major}），再重新运行。"
        )
    raise Stop(
        "没有找到PostgreSQL和Redis：请联系管理员执行 apt-get install postgresql redis-server 后重新运行。"
    )


def up(layout: Layout, kind: str, needs: Needs, *, dies_with_us: bool) -> dict:
    """Start what is not running yet; returns the processes started now, by name."""
    prepare(layout, kind)
    programs = programs_for(layout, kind, needs)
    started: dict = {}
    tried: list[str] = []  # on failure only these are stopped: the others may serve somebody else
    try:
        if needs.postgres and not postgres.answers(layout, kind, programs):
            tried.append("postgres")
            clear(layout, kind, tried[-1:])
            postgres.create(layout, kind, programs)
            started["postgres"] = postgres.start(layout, kind, programs, dies_with_us=dies_with_us)
        if needs.postgres:
            postgres.bootstrap(layout, kind, programs)
        if needs.redis and not cache.answers(layout, kind):
            tried.append("redis")
            clear(layout, kind, tried[-1:])
            started["redis"] = cache.start(layout, kind, programs, dies_with_us=dies_with_us)
    except BaseException:
        down(layout, kind, tried)
        raise
    return started


def down(layout: Layout, kind: str, names: list[str] | None = None) -> list[str]:
    """Stop in order whatever of ours is still alive; returns the names of what was stopped."""
    stopped = []
    for name in names or list(MANNERS):
        path = layout.side(kind) / f"{name}.pid"
        found = processes.recall(path)
        if found:
            how, patience = MANNERS[name]
            processes.end(found, how, patience=patience)
            stopped.append(name)
        path.unlink(missing_ok=True)
    return stopped


def clear(layout: Layout, kind: str, names: list[str] | None = None) -> None:
    """Stop leftovers of a launcher that was killed; a stranger with a reused pid is never touched."""
    down(layout, kind, names)
    if names is None or "postgres" in names:
        # The cluster's own note, for the case that our pid file is gone. Its process is ours only
        # if it works in our data folder.
        found = processes.identify(postgres.postmaster_pid(layout, kind) or 0)
        if found and processes.works_in(found.pid, postgres.data_dir(layout, kind)):
            processes.end(found, *MANNERS["postgres"][:1], patience=MANNERS["postgres"][1])
