"""Benchmarks run only when they are asked for: `pytest -m bench tests/bench` (make bench)."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks alone unless the marker was asked for."""
    return None if "bench" in (config.option.markexpr or "") else True
