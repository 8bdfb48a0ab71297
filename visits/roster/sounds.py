"""How Chinese names sound: letters typed on a keyboard as a pattern over characters. Pure; no database.

Every reading of a character counts (单 is read dan, chan and shan), so that a surname is found however it is read.
`near` folds what is mixed up when people here write down what they heard: zh/z, ch/c, sh/s, n/l, f/h, ng/n.
"""

import re
import unicodedata
from functools import lru_cache

from pypinyin.constants import PINYIN_DICT

# The characters names are made of; rarer ones are found by typing them.
FIRST, LAST = 0x4E00, 0x9FA5
LONGEST = 6
MOST_WAYS = 12


def bare(reading: str) -> str:
    """A reading without its tone: lǚ → lv, shàn → shan."""
    plain = unicodedata.normalize("NFD", reading.replace("ü", "v").replace("ǖ", "v").replace("ǘ", "v").replace("ǚ", "v").replace("ǜ", "v"))  # fmt: skip
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def folded(syllable: str) -> str:
    """The syllable as one ear may take it for another."""
    text = re.sub("^(z|c|s)h", r"\1", syllable)
    text = re.sub("^n", "l", text)
    text = re.sub("^f", "h", text)
    return re.sub("ng$", "n", text)


@lru_cache(maxsize=2)
def _characters(near: bool) -> dict[str, str]:
    """Syllable → the characters read so."""
    found: dict[str, set[str]] = {}
    for code, readings in PINYIN_DICT.items():
        if FIRST <= code <= LAST:
            for reading in readings.split(","):
                syllable = bare(reading)
                found.setdefault(folded(syllable) if near else syllable, set()).add(chr(code))
    return {syllable: "".join(sorted(characters)) for syllable, characters in found.items()}


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    return frozenset(_characters(False))


@lru_cache(maxsize=4096)
def readings(character: str) -> tuple[str, ...]:
    """All readings of a character, without tones."""
    text = PINYIN_DICT.get(ord(character), "")
    return tuple(sorted({bare(one) for one in text.split(",")} - {""}))


def ways(letters: str) -> list[tuple[str, ...]]:
    """The ways in which letters can be cut into syllables; a single letter stands for any syllable that
    begins with it, at the end also a few letters: linyimei, lym, linym, linyim."""
    found: list[tuple[str, ...]] = []

    def cut(rest: str, done: tuple[str, ...]) -> None:
        if len(found) >= MOST_WAYS or len(done) > LONGEST:
            return
        if not rest:
            found.append(done)
            return
        for size in range(min(6, len(rest)), 0, -1):
            part = rest[:size]
            last = size == len(rest)
            if part in syllables() or size == 1 or (last and any(s.startswith(part) for s in syllables())):
                cut(rest[size:], (*done, part))

    cut(letters.lower().replace("lyu", "lv").replace("nyu", "nv"), ())
    return found


def _class(characters: str) -> str:
    return f"[{characters}]" if characters else ""


def pattern(parts: tuple[str, ...], *, near: bool = False) -> str:
    """A regular expression for names that begin with these syllables ("" when none can)."""
    table, made = _characters(near), []
    for part in parts:
        key = folded(part) if near else part
        if len(part) == 1:  # any syllable that begins so: whoever asks narrows by the first letters as well
            made.append(".")
        elif key in table:
            made.append(_class(table[key]))
        else:  # the beginning of a syllable
            made.append(_class("".join(sorted({c for s, chars in table.items() if s.startswith(key) for c in chars}))))  # fmt: skip
    return "" if "" in made else "^" + "".join(made)


def alike(name: str, *, near: bool = False) -> str:
    """A regular expression for names of as many characters that sound like this one ("" when it has
    characters without a reading)."""
    table, made = _characters(near), []
    for character in name:
        own = {folded(one) if near else one for one in readings(character)}
        made.append(_class("".join(sorted({c for key in own for c in table.get(key, "")}))))
    return "" if not made or "" in made else "^" + "".join(made) + "$"
