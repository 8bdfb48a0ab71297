"""Tuesday, 24 November 2026, at noon."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield
