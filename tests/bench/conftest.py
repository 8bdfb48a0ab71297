"""Benchmarks run only when they are asked for: `pytest -m bench tests/bench` (make bench)."""

from datetime import date
from pathlib import Path

import pytest

from tests.bench import report


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks alone unless the marker was asked for."""
    return None if "bench" in (config.option.markexpr or "") else True


def pytest_runtest_logfinish() -> None:
    """After each test: a run that is cut short keeps what it measured."""
    report.write(date.today())
