"""What was measured, written into docs/bench.md: ratios within one run, the machine and the day."""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bench.md"
HEAD = """# Measured

Written by `make bench`; nothing here is typed. Each line compares two things timed in the same run on the same
machine: only the ratio means anything elsewhere. A line whose base is a dash has a limit in seconds instead. A goal
that is missed is a line here and stops nothing; a line that a run did not measure stays as the last one left it.
"""
TABLE = ["| day | goal | what | base | ours | ratio | at most | |", "|---|---|---|---|---|---|---|---|"]


@dataclass(frozen=True)
class Line:
    """One goal: `base` and `ours` in seconds, `limit`: the ratio that is wanted at most; without a base, the
    seconds."""

    goal: str
    what: str
    base: float | None
    ours: float
    limit: float
    note: str = ""

    @property
    def value(self) -> float:
        return self.ours if self.base is None else self.ours / self.base

    @property
    def cells(self) -> list[str]:
        alone = self.base is None
        return [
            self.goal,
            self.what,
            "—" if alone else seconds(self.base or 0),
            seconds(self.ours),
            "—" if alone else f"{self.value:.2f}",
            seconds(self.limit) if alone else f"{self.limit:.2f}",
            "met" if self.value <= self.limit else "**missed**",
        ]


def seconds(took: float) -> str:
    return f"{took:.2f} s" if took >= 1 else f"{took * 1000:.1f} ms"


LINES: list[Line] = []


def record(line: Line) -> None:
    """Keep a line for the page. A missed goal is written, not raised."""
    print(f"\n{' | '.join(line.cells)}")
    LINES.append(line)


def median(*works: Callable[[], object], times: int = 15) -> list[float]:
    """Seconds of the middle run of each, in turns, so that whatever else the machine does hits all of them."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for place, work in enumerate(works):
            begun = time.perf_counter()
            work()
            took[place].append(time.perf_counter() - begun)
    return [statistics.median(one) for one in took]


def machine() -> str:
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [row for row in cpuinfo.read_text().splitlines() if row.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else ""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; load of the machine at the end {load:.1f}"
    )


def _kept() -> tuple[dict[tuple[str, str], list[str]], dict[str, str]]:
    """Lines and notes of the page as it is."""
    text = PAGE.read_text() if PAGE.exists() else ""
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines() if row[:2] == "| "
    ]
    lines = {(row[1], row[2]): row for row in rows if len(row) == 8 and row[0] != "day"}
    return lines, {goal: note for goal, note in re.findall(r"^\*\*(.+?)\.\*\* (.+)$", text, re.M)}


def write(day: date) -> None:
    """The page, when anything was measured."""
    if not LINES:
        return
    lines, notes = _kept()
    for line in LINES:
        lines[line.goal, line.what] = [day.isoformat(), *line.cells]
        if line.note:
            notes[line.goal] = line.note
    rows = sorted(lines.values(), key=lambda row: (not row[1].isdecimal(), row[1].zfill(3)))
    said = {row[1] for row in rows}
    parts = [
        HEAD,
        f"{machine()}.\n",
        *TABLE,
        *(f"| {' | '.join(row)} |" for row in rows),
        *(
            f"\n**{goal}.** {notes[goal]}"
            for goal in sorted(notes, key=lambda goal: goal.zfill(3))
            if goal in said
        ),
        "",
    ]
    PAGE.write_text("\n".join(parts))
