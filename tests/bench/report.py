"""What was measured, written into docs/bench.md: ratios within one run, the machine and the day."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bench.md"
HEAD = """# Measured

Written by `make bench`; nothing here is typed. Each line compares two things timed in the same run on the same
machine: only the ratio means anything elsewhere.
"""


@dataclass(frozen=True)
class Line:
    """One goal: `base` and `ours` in seconds, `goal`: the ratio that is wanted at most."""

    goal: str
    what: str
    base: float
    ours: float
    limit: float
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.base


LINES: list[Line] = []


def record(line: Line) -> None:
    """Keep a line for the page."""
    LINES.append(line)


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


def write(day: date) -> None:
    """The page, when anything was measured."""
    if not LINES:
        return
    rows = [
        f"| {line.goal} | {line.what} | {line.base:.2f} s | {line.ours:.2f} s | {line.ratio:.2f} | "
        f"{line.limit:.2f} | {'met' if line.ratio <= line.limit else '**missed**'} |"
        for line in LINES
    ]
    notes = [f"\n**{line.goal}.** {line.note}" for line in LINES if line.note]
    text = "\n".join(
        [
            HEAD,
            f"{day.isoformat()}, {machine()}.\n",
            "| goal | what | base | ours | ratio | at most | |",
            "|---|---|---|---|---|---|---|",
            *rows,
            *notes,
            "",
        ]
    )
    PAGE.write_text(text)
