"""The manuals say what the screen says, and show pictures that exist."""

import re
from pathlib import Path

import pytest
from pictures import FOLDER, PICTURES

ROOT = Path(__file__).resolve().parents[2]
MANUALS = sorted((ROOT / "docs" / "手册").glob("*.md"))
ON_SCREEN = "\n".join(
    path.read_text("utf-8")
    for folder in ("templates", "visits", "accounts", "xunfang", "static/js")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".html", ".py", ".js") and "migrations" not in path.parts
)


@pytest.mark.parametrize("path", MANUALS, ids=lambda path: path.stem)
def test_words_in_brackets_stand_on_the_screen(path: Path) -> None:
    words = re.findall(r"【([^】]+)】", path.read_text("utf-8"))
    assert [word for word in words if word not in ON_SCREEN and word != "方括号"] == []


@pytest.mark.parametrize("path", MANUALS, ids=lambda path: path.stem)
def test_links_and_pictures_of_a_manual_exist(path: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_picture_is_shown_and_can_be_taken_again() -> None:
    shown = {
        Path(target).stem
        for path in MANUALS
        for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", path.read_text("utf-8"))
    }
    assert shown == {picture.name for picture in PICTURES}
    assert shown == {path.stem for path in FOLDER.glob("*.png")}
