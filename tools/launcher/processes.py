"""Starting, recognising and ending processes. A process is known by pid, start time and boot."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .layout import Servant

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
LOG_LIMIT = 10 * 1024 * 1024  # bytes; a longer log is set aside at the next start


@dataclass(frozen=True)
class Identity:
    """A pid alone may be reused; with the start time (clock ticks) and the boot it may not."""

    pid: int
    started: str
    boot: str

    def alive(self) -> bool:
        return self.boot == _boot() and _start_time(self.pid) == self.started


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_time(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def identify(pid: int) -> Identity | None:
    """The identity of a living process, None when there is none."""
    started = _start_time(pid)
    return Identity(pid, started, _boot()) if started else None


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process's working folder is `folder`."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def remember(path: Path, pid: int) -> None:
    """Write the pid file of a process we started."""
    found = identify(pid)
    if found:
        path.write_text(json.dumps(found.__dict__))


def recall(path: Path) -> Identity | None:
    """The living process a pid file names; None when it is gone or the file is unreadable."""
    try:
        found = Identity(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.alive() else None


def end(found: Identity, how: signal.Signals, *, patience: float, group: bool = True) -> None:
    """Ask a process to stop, wait up to `patience` seconds, then kill it and its group."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, how)
    until = time.monotonic() + patience
    while found.alive() and time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(found.pid, os.WNOHANG)
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:  # also what it may have left behind: each of our processes leads its own group
            os.killpg(found.pid, signal.SIGKILL)
        elif found.alive():
            os.kill(found.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(found.pid, 0 if not found.alive() else os.WNOHANG)


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path,
    servant: Servant | None = None,
    dies_with_us: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, with its output in `log`.

    `dies_with_us`: the signal the kernel sends it should the launcher itself be killed.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    options: dict = {}
    if servant:
        options = {"user": servant.uid, "group": servant.gid, "extra_groups": []}
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
            preexec_fn=_last_wish(dies_with_us) if dies_with_us else None,
            **options,
        )


def _last_wish(how: signal.Signals) -> Callable[[], None]:
    def ask() -> None:  # runs in the child, after the change of user (which would clear it)
        _libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)

    return ask


def die_with_parent() -> None:
    """Let the launcher stop properly when `make`, its parent, is killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def tail(log: Path, lines: int = 20) -> list[str]:
    """The last lines of a log, for showing to a person."""
    try:
        with log.open("rb") as source:
            source.seek(max(0, log.stat().st_size - 64 * 1024))
            return source.read().decode("utf-8", "replace").splitlines()[-lines:]
    except OSError:
        return []
