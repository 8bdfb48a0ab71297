"""The launcher is no part of the application: it is imported from its own folder."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))


@pytest.fixture
def layout(tmp_path):
    from launcher.layout import Layout

    state = tmp_path / "state"
    for folder in (state, state / "logs", state / "run", state / "test"):
        folder.mkdir()
    return Layout(checkout=tmp_path, state=state, sockets=tmp_path / "sockets", servant=None)
