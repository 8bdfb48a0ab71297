"""How the county may answer a case (五(三)-10, practice P23), as pure rules. No database, no clock."""

import re
from collections.abc import Iterable

# “研究中” is no measure: what is left of the words when these are taken away says whether something is done.
VAGUE = (
    "研究决定", "进一步研究", "研究中", "待研究", "研究研究", "研究", "视情况而定", "视情况", "看情况", "酌情处理", "酌情",
    "待定", "再议", "商议", "讨论", "持续关注", "加强关注", "密切关注", "关注", "跟进", "另行通知", "尽快", "处理", "解决",
)  # fmt: skip
_JOINTS = re.compile(r"[\s，。、；：,.;:！!（）()后再将会由待请先和并予以给予进行做好已正在]+")
VAGUE_SAY = "只写“研究”“视情况”这样的话不算措施，请写具体做什么、给什么"


def vague(words: str) -> bool:
    """Whether the words say nothing that could be carried out."""
    left = words
    for phrase in VAGUE:
        left = left.replace(phrase, "")
    return not _JOINTS.sub("", left)


def all_vague(words: Iterable[str]) -> bool:
    """Whether none of the measures of a plan says anything."""
    return all(vague(one) for one in words)


def unit_letter(name: str, others: Iterable[str]) -> str:
    """The character before 变 in the number of a case: the county's first, or as many as tell it from the others
    (闽侯 and 闽清)."""
    length = 1
    while length < len(name) and any(one != name and one[:length] == name[:length] for one in others):
        length += 1
    return name[:length]


def case_no(letter: str, year: int, number: int) -> str:
    """永变2026-0113."""
    return f"{letter}变{year}-{number:04d}"
