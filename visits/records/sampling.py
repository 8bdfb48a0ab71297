"""抽查: which records are drawn, so that anybody who has the list and the seed draws the same. No database, no clock.

Every record has a key (unit number of the village, a dash, number of the record). `SHA-256` over “seed-key” in UTF-8
gives each a number that nobody can steer; sorted by it, the first ones are the sample.
"""

import hashlib
from collections.abc import Collection, Iterable

#: More than these are not called back by one office in one go.
MOST = 300
HOW = (
    "每份记录有一个编号（村的单位编号-记录号）。把“抽签数-编号”用SHA-256算出一串数，按这串数从小到大排，"
    "排在前面的就是抽中的。有名单和抽签数，谁来算都一样。"
)


def key(village: str, record_no: int) -> str:
    return f"{village}-{record_no}"


def mark(seed: str, record: str) -> str:
    """What a record is sorted by, as hexadecimal."""
    return hashlib.sha256(f"{seed}-{record}".encode()).hexdigest()


def chosen(seed: str, records: Iterable[str], size: int) -> list[str]:
    """The sample in the order in which it was drawn; all of them when there are no more."""
    return sorted(records, key=lambda record: mark(seed, record))[:size]


def size_of(total: int, percent: int) -> int:
    """So many percent, rounded up: at least one of any, at most `MOST`."""
    return min(-(-total * percent // 100), total, MOST)


def digest(records: Collection[str]) -> bytes:
    """Says later that the list drawn from was this one."""
    return hashlib.sha256("\n".join(sorted(records)).encode()).digest()
