"""The manuals say what the screen says, and show pictures that exist."""

import ast
import re
from pathlib import Path

import pytest
from pictures import FOLDER, PICTURES

from visits.desk.frame import MENU
from visits.desk.manual import READ

ROOT = Path(__file__).resolve().parents[2]
MANUALS = sorted((ROOT / "docs" / "手册").glob("*.md"))
# What is read aloud only, what the log calls things, and the gallery are not what a reader looks for.
NOT_PRESSED = ("gallery", "migrations", "demo", "log_words.py", "pdf")
READERS = {path.stem: {role for role, names in READ.items() if names[-1] == path.stem} for path in MANUALS}


def shown() -> tuple[set[str], set[str]]:
    """Whole pieces of text of the templates; whole words that Python hands to them."""
    texts, words = set(), set()
    for folder in ("templates", "visits", "accounts", "xunfang", "static/js"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in (".html", ".py", ".js") or not set(path.parts).isdisjoint(NOT_PRESSED):
                continue
            text = path.read_text("utf-8")
            if path.suffix == ".py":
                found = (one.value for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Constant))
                words |= {one for one in found if isinstance(one, str)}
                continue
            words |= set(re.findall(r"(?:word|title|text|say|label|empty)=\"([^\"]+)\"", text))
            words |= set(re.findall(r"['\"]([^'\"<>]+)['\"]", text)) if path.suffix == ".js" else set()
            plain = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "\0", text)
            texts |= {piece.strip() for piece in re.split(r"<[^>]*>|\0", plain)}
    return texts, words


TEXTS, WORDS = shown()
NAMED = {path.stem: re.findall(r"【([^】]+)】", path.read_text("utf-8")) for path in MANUALS}


@pytest.mark.parametrize("name", NAMED)
def test_words_in_brackets_are_whole_words_of_the_screen(name: str) -> None:
    """Not a piece of a longer one: who looks for 签字 does not find 我看过了，签字."""
    longer = {
        word: next((text for text in TEXTS if text != word and text.endswith(f"，{word}")), None)
        for word in NAMED[name]
        if word not in TEXTS
    }
    wrong = [word for word in NAMED[name] if word not in TEXTS and (word not in WORDS or longer[word])]
    assert [word for word in wrong if word != "方括号"] == []


@pytest.mark.parametrize("name", [name for name, roles in READERS.items() if roles])
def test_words_of_the_menu_are_in_the_menu_of_who_reads_the_manual(name: str) -> None:
    theirs = {entry.label for entry in MENU if READERS[name] & entry.roles}
    others = {entry.label for entry in MENU} - theirs
    assert [word for word in NAMED[name] if word in others] == []


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
