"""`tools/dev <command>`: what the Makefile calls. Every failure ends in one sentence, none in a traceback."""

import errno
import os
import sys
import traceback
from collections.abc import Callable

from . import backups, processes, quitting, serve, upkeep, verify
from . import layout as places
from .layout import Layout
from .say import Stop, complain, disk_full, sentence_for

COMMANDS: dict[str, Callable[[Layout], int]] = {
    "run": serve.run,
    "setup": upkeep.setup,
    "demo": upkeep.demo,
    "backup": backups.backup,
    "drill": backups.drill,
    "restore": backups.restore,
    "stop": upkeep.stop,
    "reset": upkeep.reset,
    "env": upkeep.env,
    "test-up": upkeep.test_up,
    "test-env": upkeep.test_env,
    "test-down": upkeep.test_down,
    "check": verify.check,
    "test": verify.test,
    "bench": verify.bench,
    "fmt": verify.fmt,
}


def main(argv: list[str]) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without Chinese gets question marks, not a crash
    command = COMMANDS.get(argv[0]) if len(argv) == 1 else None
    if command is None:
        complain("用法：tools/dev " + "|".join(COMMANDS))
        return 2
    if "MAKELEVEL" in os.environ:
        processes.die_with_parent()
    quitting.listen()
    layout = None
    try:
        layout = places.find()
        return command(layout)
    except quitting.Leave:
        return 0 if argv[0] == "run" else 130
    except Stop as stop:
        complain(str(stop))
    except OSError as error:
        place = str(layout.state) if layout else "/"
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _keep(layout)
        complain(disk_full(place) if error.errno == errno.ENOSPC else sentence_for(error, place))
    except Exception:
        complain(f"启动程序出错：请把 {_keep(layout)} 发给维护人员。")
    return 1


def _keep(layout: Layout | None) -> str:
    """Write the traceback where a maintainer finds it; returns the place."""
    if layout is None or not layout.logs.is_dir():
        return traceback.format_exc().splitlines()[-1]
    log = layout.log("run", "launcher")
    with log.open("a") as out:
        traceback.print_exc(file=out)
    return str(log)
