"""Many pages: chunks of HTML laid out by two processes side by side and put together in their order.

A Celery worker may have no children of `multiprocessing`; these are plain processes that read HTML and write PDF
(`pdf_worker`)."""

import io
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from pypdf import PdfWriter
from pypdf.generic import NameObject, TextStringObject

from xunfang.kit import pdf, pdf_worker

#: Pages of one WeasyPrint document: a page at a time is three times slower, hundreds at once cost memory.
CHUNK = 25
PROCESSES = 2
#: So many chunks are laid out here: starting the processes would take longer.
FEW = 4
ROOT = Path(__file__).resolve().parents[2]


class PdfFailed(Exception):
    """A chunk could not be laid out; the text is the class of the error."""


def render_chunks(
    chunks: Iterable[str], each: Callable[[int], None] | None = None, *, processes: int = PROCESSES
) -> bytes:
    """Return the documents as one PDF, in their order. `chunks` is drawn from in this thread (it may ask the
    database); `each` is told here how many are done. Raises as `pdf.render_many` does, and PdfFailed."""
    if reason := pdf.why_not():
        raise pdf.PdfUnavailable(reason)
    source = iter(chunks)
    first = list(islice(source, FEW + 1))
    if len(first) <= FEW or processes < 2:
        return pdf.render_many(chain(first, source), each)
    return _joined(_laid_out(chain(first, source), each, processes))


def _laid_out(chunks: Iterator[str], each: Callable[[int], None] | None, processes: int) -> list[bytes]:
    work: queue.Queue[tuple[int, str] | None] = queue.Queue(maxsize=processes)
    done: dict[int, bytes] = {}
    faults: list[BaseException] = []
    threads = [
        threading.Thread(target=_tend, args=(work, done, faults), daemon=True) for _ in range(processes)
    ]
    for thread in threads:
        thread.start()
    count = 0
    try:
        for count, html in enumerate(chunks, start=1):
            _put(work, (count, html), threads)
            if faults:
                break
            if each is not None and done:
                each(len(done))
    finally:
        for _ in threads:
            _put(work, None, threads)
        for thread in threads:
            thread.join()
    if faults or len(done) < count:
        raise faults[0] if faults else PdfFailed("a process ended early")
    if each is not None:
        each(count)
    return [done[number] for number in range(1, count + 1)]


def _put(
    work: "queue.Queue[tuple[int, str] | None]", one: tuple[int, str] | None, threads: list[threading.Thread]
) -> None:
    """Wait for room, as long as anybody is there to take it."""
    while any(thread.is_alive() for thread in threads):
        try:
            return work.put(one, timeout=1)
        except queue.Full:
            continue


def _tend(
    work: "queue.Queue[tuple[int, str] | None]", done: dict[int, bytes], faults: list[BaseException]
) -> None:
    """One process: hand it a chunk, take its PDF, until there is no more."""
    # SECURITY: the child gets no key and no address of the database; what it lays out comes through the pipe.
    env = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR") if name in os.environ
    }
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "xunfang.kit.pdf_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=ROOT, env=env,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                while (one := work.get()) is not None:
                    done[one[0]] = _ask(process.stdin, process.stdout, one[1])  # type: ignore[arg-type]
            except BaseException:
                process.kill()
                raise
    except BaseException as error:
        faults.append(error)


def _ask(to: BinaryIO, back: BinaryIO, html: str) -> bytes:
    pdf_worker.write_frame(to, html.encode())
    answer = pdf_worker.read_frame(back)
    if not answer or answer[0]:
        raise PdfFailed(answer[1:].decode() if answer else "a process ended early")
    return answer[1:]


def _joined(parts: list[bytes]) -> bytes:
    """Page after page; title and language are the first one's."""
    whole = PdfWriter(clone_from=io.BytesIO(parts[0]))
    for part in parts[1:]:
        whole.append(io.BytesIO(part), import_outline=False)
    whole.root_object[NameObject("/Lang")] = TextStringObject("zh-CN")
    out = io.BytesIO()
    whole.write(out)
    return out.getvalue()
