"""Backups of the run's data: made while the site runs, tried out, given back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import asking, environment, postgres, serve, services, single, surroundings
from .binaries import Programs, server_env
from .layout import Layout, prepare
from .say import Stop, say


def backup(layout: Layout) -> int:
    """PLACE=/folder: a backup, whether the site runs or not."""
    place = _path("PLACE", "make backup PLACE=/放备份的文件夹")
    with _database(layout) as (env, _):
        _command(layout, env, "backup", str(place), *_keep())
    return 0


def drill(layout: Layout) -> int:
    """FROM=/folder/2026-11-25-031000: restore into a database made for the moment, compare, throw away."""
    folder = _path("FROM", "make drill FROM=/某一份备份")
    with _database(layout) as (env, _):
        _command(layout, _as_owner(layout, env), "restore", str(folder), "--drill")
    return 0


def restore(layout: Layout) -> int:
    """FROM=/folder/2026-11-25-031000: in place of what is there, after asking."""
    folder = _path("FROM", "make restore FROM=/某一份备份")
    if single.holder(layout)[0]:
        raise Stop("网站正在运行：请先按 Ctrl-C 或执行 make stop，再恢复。")
    if not surroundings.needs(layout).postgres:
        raise Stop("数据库不是本机这一套：请照《安装手册》新建空库，用 manage.py restore 恢复。")
    _ask(layout)
    with _database(layout) as (env, programs):
        # The old one is kept until the new one is whole.
        _sql(
            layout,
            programs,
            "DROP DATABASE IF EXISTS xunfang_new",
            "CREATE DATABASE xunfang_new OWNER xunfang_owner",
        )
        fresh = {**env, "DATABASE_URL": postgres.url(layout, "run", "xunfang_owner", "xunfang_new")}
        _command(layout, fresh, "restore", str(folder))
        _sql(
            layout,
            programs,
            "DROP DATABASE IF EXISTS xunfang_before",
            "ALTER DATABASE xunfang RENAME TO xunfang_before",
            "ALTER DATABASE xunfang_new RENAME TO xunfang",
        )
    say("恢复好了。原来的库留着，名叫xunfang_before，下次恢复时才删。")
    return 0


@contextmanager
def _database(layout: Layout) -> Iterator[tuple[dict[str, str], Programs]]:
    """The run's database, started for this moment when nobody else has; with the environment to reach it."""
    running = single.holder(layout)[0] is not None
    prepare(layout, "run")
    environment.ensure(layout, dev=False)
    wanted = surroundings.needs(layout)
    try:
        if not running:
            services.up(layout, "run", wanted, dies_with_us=True)
        programs = services.programs_for(layout, "run", wanted)
        env = {**surroundings.inherited(), **surroundings.for_run(layout, wanted, serve.wanted_port())}
        if programs.postgres:
            env |= {"PG_BIN": str(programs.postgres), **programs.env}
        yield env, programs
    finally:
        if not running:
            services.down(layout, "run")


def _as_owner(layout: Layout, env: dict[str, str]) -> dict[str, str]:
    return surroundings.as_owner(layout, surroundings.needs(layout), env)


def _command(layout: Layout, env: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [str(layout.python), "manage.py", *words], cwd=layout.checkout, env=env, check=False
    )
    if done.returncode != 0:
        raise Stop("没有做完，原因在上面。")


def _sql(layout: Layout, programs: Programs, *lines: str) -> None:
    """As the cluster's superuser, each by itself: databases are not made in transactions."""
    assert programs.postgres is not None
    for line in lines:
        target = postgres.url(layout, "run", "postgres", "postgres")
        command = [
            str(programs.postgres / "psql"),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            target,
            "-c",
            line,
        ]
        done = subprocess.run(
            command, env=server_env(programs.env), capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode != 0:
            raise Stop(f"数据库没有照办：{done.stderr.strip()}")


def _path(name: str, example: str) -> Path:
    given = os.environ.get(name, "")
    if not given:
        raise Stop(f"请写{name}，例如 {example}")
    return Path(given).expanduser().resolve()


def _keep() -> list[str]:
    keep = os.environ.get("KEEP", "")
    if keep and not keep.isdecimal():
        raise Stop("KEEP 要写数字，例如 make backup PLACE=/backup KEEP=30")
    return ["--keep", keep] if keep else []


def _ask(layout: Layout) -> None:
    if not sys.stdin.isatty() and os.environ.get("YES") != "恢复":
        raise Stop("恢复会换掉现在的数据，需要确认：请在终端里执行，或者写上 YES=恢复。")
    if os.environ.get("YES") == "恢复":
        return
    question = f"将用这份备份换掉 {layout.state} 里的数据。确定请输入“恢复”后回车："
    if not asking.typed(question, "恢复"):
        raise Stop("没有恢复，什么都没有动。")
