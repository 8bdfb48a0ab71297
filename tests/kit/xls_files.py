"""A small old-style .xls, written byte by byte: BIFF8 records in a compound file. For tests only."""

import struct

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _cell(row: int, column: int, value: str | float) -> bytes:
    if isinstance(value, str):
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHH", row, column, 0) + text)
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def workbook_stream(name: str, rows: list[list[str | float]]) -> bytes:
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    title = bytes([len(name), 1]) + name.encode("utf-16-le")
    sheet_at = len(_record(0x0809, bof)) + len(_record(0x85, b"\0" * 6 + title)) + len(_record(0x0A, b""))
    book = _record(0x0809, bof) + _record(0x85, struct.pack("<IH", sheet_at, 0) + title) + _record(0x0A, b"")
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(len(row) for row in rows)
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for number, row in enumerate(rows):
        sheet += b"".join(_cell(number, column, value) for column, value in enumerate(row))
    return book + sheet + _record(0x0A, b"")


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0" if name else b""
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + struct.pack("<III", FREE, FREE, child)
        + b"\0" * 36 + struct.pack("<IQ", start, size)
    )  # fmt: skip


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of one stream (of at least 4,096 bytes, so that it needs no small sectors)."""
    ((name, stream),) = streams.items()
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // SECTOR)
    fat = [FAT, END, *range(3, count + 2), END]
    fat += [FREE] * (SECTOR // 4 - len(fat))
    assert len(fat) == SECTOR // 4, "one sector of table is enough for a test"
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry(name, 2, 2, len(stream))
    directory += _entry("", 0, 0, 0) * 2
    body = stream.ljust(count * SECTOR, b"\0")
    return header + struct.pack(f"<{SECTOR // 4}I", *fat) + directory + body


def xls(name: str, rows: list[list[str | float]]) -> bytes:
    return compound({"Workbook": workbook_stream(name, rows)})
