"""One `make run` for each checkout: a lock that the system itself releases when its holder dies."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from . import processes
from .layout import Layout
from .processes import Identity


def _path(layout: Layout) -> Path:
    return layout.state / "run.lock"


def take(layout: Layout) -> IO[str] | None:
    """The lock, to be kept open while running; None when somebody else has it."""
    handle = _path(layout).open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    handle.truncate(0)
    return handle


def write(handle: IO[str], address: str) -> None:
    """Say in the lock who runs, and where the site is."""
    me = processes.identify(os.getpid())
    handle.truncate(0)
    handle.write(json.dumps({"address": address, "who": me.__dict__ if me else None}))
    handle.flush()


def holder(layout: Layout) -> tuple[Identity | None, str]:
    """Who runs (None: nobody, or only just starting) and the address it gave."""
    try:
        told = json.loads(_path(layout).read_text())
        who = Identity(**told["who"])
    except (OSError, ValueError, TypeError, KeyError):
        return None, ""
    return (who, told["address"]) if who.alive() else (None, "")
