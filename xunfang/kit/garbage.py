"""When Python looks for garbage in circles: not among what lives as long as the process, nor amid long work.

A look at everything costs a tenth of a second in a process that has all of this loaded, and came whenever pages had made
enough new objects (docs/adr/0029)."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects before the youngest are looked at (Python's 700 are the objects of a page or two).
YOUNGEST = 10_000


def settle() -> None:
    """Once, when a process is loaded: what is there now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 20)


@contextmanager
def no_collecting() -> Iterator[None]:
    """While many objects are made and all are kept, each search among them finds nothing and costs a quarter of the
    time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
