"""Leaving on Ctrl-C, SIGTERM or a closed terminal: a flag, looked at wherever the launcher waits.

Handlers never raise: an exception in the middle of starting a server would lose track of it.
"""

import signal
import time

_WAYS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_asked = False


class Leave(BaseException):
    """The person (or the system) asked us to stop; tidy up and go."""


def listen() -> None:
    """From now on the three signals only set the flag."""
    for way in _WAYS:
        signal.signal(way, _note)


def _note(*_: object) -> None:
    global _asked
    _asked = True


def check() -> None:
    """Raise Leave when we were asked to stop."""
    if _asked:
        raise Leave


def pause(seconds: float) -> None:
    """Sleep, but not past a request to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, 0.2))
    check()
