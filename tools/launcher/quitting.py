"""Leaving on Ctrl-C, SIGTERM or a closed terminal: a flag, looked at wherever the launcher waits.

Handlers never raise: an exception in the middle of starting a server would lose track of it.
"""

import os
import select
import signal
import time

_WAYS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_asked = False
_terminal: int | None = None


class Leave(BaseException):
    """The person (or the system) asked us to stop; tidy up and go."""


def listen() -> None:
    """From now on the three signals only set the flag, and the terminal is watched."""
    global _terminal
    nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # started to outlive its terminal
    if _terminal is None and not nohup:
        _terminal = next((os.dup(number) for number in (0, 1, 2) if os.isatty(number)), None)
    for way in _WAYS:
        if way != signal.SIGHUP or not nohup:
            signal.signal(way, _note)


def _note(*_: object) -> None:
    global _asked
    _asked = True


def check() -> None:
    """Raise Leave when we were asked to stop."""
    if _asked or _hung_up():
        raise Leave


def _hung_up() -> bool:
    """Whether the terminal was closed. Under `ssh -t … make run` only make hears of it, and make waits."""
    if _terminal is None:
        return False
    line = select.poll()
    line.register(_terminal, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in line.poll(0))


def pause(seconds: float) -> None:
    """Sleep, but not past a request to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, 0.2))
    check()
