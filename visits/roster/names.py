"""Names and numbers of people as they are kept and looked for: pure functions."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PHRASES_DICT

# Surnames that are read otherwise than the character alone.
SURNAMES = {"单": "s", "解": "x", "仇": "q", "区": "o", "查": "z", "曾": "z", "朴": "p", "盖": "g", "任": "r",
            "翟": "z", "缪": "m", "乐": "y", "员": "y", "逄": "p", "覃": "q", "尉": "w", "召": "s", "冼": "x",
            "种": "c", "黑": "h", "折": "s", "宓": "m", "晟": "c", "洗": "x", "谌": "c", "幺": "y"}  # fmt: skip
_NAME = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff〇·A-Za-z]+")
_HAN = re.compile(r"[㐀-鿿]+")
_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")


class BadName(ValueError):
    """Not a name; the text is a Chinese sentence that says how to mend it."""


def clean_name(text: str) -> str:
    """A name as it is kept: NFKC, without spaces, one kind of dot. Raises `BadName`."""
    if len(text) <= 40 and _HAN.fullmatch(text):
        return text  # nearly always: nothing to be folded
    name = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    name = re.sub(r"[•‧・.。]", "·", name)
    if not name:
        raise BadName("没有姓名，请补上")
    if len(name) > 40:
        raise BadName("姓名太长，请核对")
    if not _NAME.fullmatch(name):
        raise BadName("姓名里有汉字、字母以外的字，请核对")
    return name


@lru_cache(maxsize=30_000)
def _only_letter(char: str) -> str:
    """The first letter of a character that has one reading, so that its neighbours do not matter; else ""."""
    letters = {reading[:1] for reading in pinyin(char, style=Style.FIRST_LETTER, heteronym=True)[0]}
    return letters.pop().lower() if len(letters) == 1 else ""


@lru_cache(maxsize=30_000)
def _alone(char: str) -> str:
    """The first letter of a character that stands in no phrase."""
    return "".join(lazy_pinyin(char, style=Style.FIRST_LETTER))[:1].lower()


def _has_phrase(name: str) -> bool:
    """Whether neighbours tell how a character is read: 长乐 against 长大."""
    ends = range(2, len(name) + 1)
    return any(name[start:end] in PHRASES_DICT for end in ends for start in range(end - 1))


def initials(name: str) -> str:
    """The first letters of the name's syllables, lower case, at most 20: 林依妹 → lym."""
    letters = [_only_letter(char) for char in name] if _HAN.fullmatch(name) else [""]
    if not all(letters) and _HAN.fullmatch(name) and not _has_phrase(name):
        letters = [_alone(char) for char in name]
    if not all(letters):
        found = lazy_pinyin(name, style=Style.FIRST_LETTER)
        letters = [part[:1].lower() for part in found if part[:1].isalpha()]
    if name[:1] in SURNAMES and letters:
        letters[0] = SURNAMES[name[0]]
    return "".join(letters)[:20]


def county_short(name: str) -> str:
    """What a county's file numbers begin with: 永泰县 → 永泰, 高新区 → 高新."""
    return name[:-1] if len(name) > 2 and name[-1] in "县市区" else name
