"""The lines of a 巡访结果确认表 as values: order, figures, sentences, differences. No database, no clock.

A line's `content` is what is frozen and sealed with the first signature: everything the paper says about it
and the digest of the record behind it. Private notes never stand here, only that there is something (P17).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from visits.records import canonical

VISIT, TRIED, LATE = "visit", "tried", "late"
NO_HAMLET = "其他"
MODE_WORDS = {
    "home": "上门",
    "phone": "电话",
    "video": "视频",
    "wechat": "微信",
    "institution": "机构内",
    "hospital": "医院内",
    "other": "其他方式",
}
MET_WORDS = {"self": "见到本人", "proxy": "家人代述", "away": "在外务工或就学"}
MET_SHORT = {"self": "本人", "proxy": "家人代述", "away": "在外"}
HIDDEN_WORDS = "另有情况已报"


@dataclass(frozen=True)
class Line:
    """One line. `row` counts from 1. `visit_id` None: somebody who was to be visited and was not."""

    person_id: int
    visit_id: int | None
    exceptional: bool
    content: Mapping[str, Any]
    row: int = 0

    @property
    def key(self) -> str:
        """Names the line in a form, whatever its row."""
        return f"v{self.visit_id}" if self.visit_id else f"p{self.person_id}"

    @property
    def digest(self) -> str:
        """Short: only tells a line from its own earlier self."""
        return canonical.digest([self.exceptional, dict(self.content)]).hex()[:12]

    @property
    def hamlet(self) -> str:
        return self.content["hamlet"] or NO_HAMLET


def ordered(lines: Iterable[Line]) -> list[Line]:
    """Exceptions first (urgent, then by record number, people not reached last), the others by hamlet; one
    person's lines of a group stand together; numbered."""

    def group(line: Line) -> tuple[Any, ...]:
        content = line.content
        if line.exceptional:
            return (0, line.visit_id is None, content["level"] < 3, "")
        return (1, False, content["hamlet"] == "", content["hamlet"])

    lines = list(lines)
    first: dict[tuple[Any, ...], int] = {}
    for line in lines:
        key = (*group(line), line.person_id)
        number = line.content["record_no"] or 0
        first[key] = min(first.get(key, number), number)

    def place(line: Line) -> tuple[Any, ...]:
        key = (*group(line), line.person_id)
        return (*group(line), first[key], line.person_id, line.content["record_no"] or 0)

    return [
        Line(line.person_id, line.visit_id, line.exceptional, line.content, row)
        for row, line in enumerate(sorted(lines, key=place), start=1)
    ]


def seal(*, kind: str, period: str, batch: int, village: int, lines: Iterable[Line]) -> bytes:
    """What the names stand for: SHA-256 over the whole table."""
    rows = [{"row": x.row, "exceptional": x.exceptional, "content": dict(x.content)} for x in lines]
    return canonical.digest(
        canonical.table(kind=kind, period=period, batch=batch, village=village, lines=rows)
    )


@dataclass(frozen=True)
class Figures:
    """Counted from the lines and from nothing else, so that the sentence and the table cannot disagree.

    By person, not by line. `modes`: the person's latest visit. `met_self`: at least one visit of the table."""

    lines: int
    people: int
    visited: int
    met_self: int
    modes: Mapping[str, int]
    tried: int
    late: int
    exceptional: int
    ordinary: int
    excused: int = 0
    attempts: int = 0


def figures(lines: Iterable[Line]) -> Figures:
    """Count the lines; what was struck out is left out by the caller."""
    lines = list(lines)
    visits = sorted(
        (line for line in lines if line.visit_id), key=lambda x: (x.content["dates"], x.content["record_no"])
    )
    latest = {line.person_id: line.content["mode"] for line in visits}
    tried = [line for line in lines if line.content["kind"] == TRIED]
    return Figures(
        lines=len(lines),
        people=len({line.person_id for line in lines}),
        visited=len(latest),
        met_self=len({line.person_id for line in visits if line.content["met"] == "self"}),
        modes=Counter(latest.values()),
        tried=len(tried),
        late=sum(line.content["kind"] == LATE for line in lines),
        exceptional=sum(line.exceptional for line in lines),
        ordinary=sum(not line.exceptional for line in lines),
        excused=sum(bool(line.content["excused"]) for line in tried),
        attempts=sum(line.content["times"] for line in tried),
    )


def reached_words(count: Figures) -> str:
    """“表上42人，访到41人：上门35人，电话5人，机构内1人；”: the first half of the sentence of figures."""
    modes = "，".join(
        f"{MODE_WORDS[mode]}{count.modes[mode]}人" for mode in MODE_WORDS if count.modes.get(mode)
    )
    rows = f"（共{count.lines}行）" if count.lines != count.people else ""
    return f"表上{count.people}人{rows}，访到{count.visited}人" + (f"：{modes}" if modes else "")


def missed_words(count: Figures) -> str:
    """“1人去过3次没见到。2人逾期没访。”: the rest of it; empty when everybody was reached."""
    tried = f"{count.tried}人去过{count.attempts}次没见到。" if count.tried else ""
    late = f"{count.late}人逾期没访。" if count.late else ""
    return tried + late


def split_words(count: Figures) -> str:
    """What is printed in full and what is folded."""
    if not count.exceptional:
        return f"{count.ordinary}行都没有异常。"
    rest = f"；其余{count.ordinary}行没有异常" if count.ordinary else ""
    return f"{count.exceptional}行有变化或没访成，写在前面{rest}。"


def sentence(text: str) -> str:
    """With one full stop, whoever wrote it."""
    return text if text[-1:] in ("。", "！", "？") else f"{text}。"


def struck_words(rows: int) -> str:
    """“划出2行，不在签字范围。”; empty when none was."""
    return f"划出{rows}行，不在签字范围。" if rows else ""


def summary(count: Figures) -> str:
    """The sentence on paper."""
    parts = [f"{reached_words(count)}；见到本人{count.met_self}人"]
    if count.excused:
        parts.append(f"未访成（已按规定尝试）{count.excused}人")
    if count.tried - count.excused:
        parts.append(f"没见到{count.tried - count.excused}人")
    if count.late:
        parts.append(f"逾期没访{count.late}人")
    return "；".join(parts) + "。"


def by_hamlet(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The ordinary lines in their groups, in the order of the rows."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if not line.exceptional:
            groups.setdefault(line.hamlet, []).append(line)
    return list(groups.items())


@dataclass(frozen=True)
class Difference:
    """What came, went and changed in a table since it was looked at."""

    added: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    gone: int = 0

    @property
    def sentences(self) -> list[str]:
        """One for each line, to be read before signing again."""
        found = [f"新增第{line.row}行：{line.content['name']}" for line in self.added]
        found += [f"第{line.row}行有改动：{line.content['name']}" for line in self.changed]
        return found + ([f"少了{self.gone}行"] if self.gone else [])


def shown(lines: Iterable[Line]) -> str:
    """The lines a page shows, for its form: what `difference` compares with later."""
    return " ".join(f"{line.key}:{line.digest}" for line in lines)


def difference(before: str, lines: Iterable[Line]) -> Difference:
    """Compare what a form says was shown with the lines of now. Words that make no sense count for nothing."""
    old = dict(part.split(":", 1) for part in before.split() if ":" in part)
    lines = list(lines)
    return Difference(
        added=[line for line in lines if line.key not in old],
        changed=[line for line in lines if line.key in old and old[line.key] != line.digest],
        gone=len(old.keys() - {line.key for line in lines}),
    )
