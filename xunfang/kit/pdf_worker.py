"""A process of its own that lays out PDFs, for `pdf.render_chunks`: HTML in, PDF out, until its input ends.

A frame is eight bytes of length and as many bytes; an answer has one byte before it: 0 the PDF, 1 the class of the
error. No database, no settings, nothing of the environment: what it needs comes through the pipe."""

import gc
import struct
import sys
from typing import BinaryIO

from xunfang.kit import pdf

LENGTH = struct.Struct(">Q")


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def main() -> None:
    # A chunk makes millions of small objects of which none is garbage before it is done; looking for garbage among
    # them took a fifth of the time. It is collected between two chunks, when nearly nothing is left to look at.
    gc.disable()
    while (html := read_frame(sys.stdin.buffer)) is not None:
        try:
            answer = b"\0" + pdf.render(html.decode())
        except Exception as error:
            # SECURITY: its text may quote the document; only the class goes on.
            answer = b"\1" + type(error).__name__.encode()
        write_frame(sys.stdout.buffer, answer)
        gc.collect()


if __name__ == "__main__":
    main()
