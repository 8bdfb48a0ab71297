"""PostgreSQL's own programs, found and called; a password is in no process list."""

import os
import shutil
from pathlib import Path
from typing import IO, Any


class CannotRun(Exception):
    """A program of PostgreSQL is missing or failed; the text says what to do."""


def program(name: str) -> str:
    """The newest on this machine, `PG_BIN` first."""
    own = os.environ.get("PG_BIN", "")
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), reverse=True
    )
    choices = [Path(own) / name] if own else []
    for path in (*choices, *found):
        if path.exists():
            return str(path)
    path = shutil.which(name)
    if path is None:
        raise CannotRun(
            f"没有找到{name}：请安装PostgreSQL的客户端程序（Debian：apt-get install postgresql-client）"
        )
    return path


def surroundings(entry: dict[str, Any]) -> dict[str, str]:
    """Where the programs find a database, by environment."""
    named = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    found = {name: str(entry[key]) for name, key in named.items() if entry.get(key)}
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
    return {**kept, **found, "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=0", "LC_ALL": "C.UTF-8"}


def last_line(said: IO[bytes]) -> str:
    """What a program said last before it gave up."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "没有说明"
