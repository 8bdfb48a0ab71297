"""What a column holds, by looking at its cells: ids, names, villages, bank accounts… Pure; keeps no value."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Protocol

from visits.core.idnumber import check_char
from visits.roster.imports.matching import GroupWord, VillageIndex, find_groups, first_day, squeeze
from xunfang.kit.excel import Cell, text_of

SAMPLE = 200
# More than this share of the cells that are not empty must look alike.
SHARE = 0.6
BANK, LONG = "bank", "long"

_ID = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII)
_OLD_ID = re.compile(r"[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}", re.ASCII)
_SPOILT_ID = re.compile(r"[1-9]\.\d{2,}[Ee]\+?17")
_DROP = re.compile(r"[\s'’‘`\-\u200b\u200c\u200d\u2060\ufeff]")
_LONG = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,20}(?!\d)", re.ASCII)
_HAN = re.compile(r"[㐀-鿿·•]{2,5}")
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{2,3}\d{7,8}", re.ASCII)
_VILLAGE = re.compile("[㐀-鿿]{1,12}(?:村|社区|村委会|居委会|村委|居委)")
_LONG_NUMBER = re.compile(r"\d{12,30}|\d\.\d{4,}[Ee]\+?1[1-9]", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
# Nine in ten people have one of these.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文翁施柯游欧阳"
    "鄢檀卓池危柳阮连庄詹倪严俞温洪涂童兰蓝雷钱缪官上池关岳齐尤温华章鲁葛伍毕聂焦向柳邢骆翟安倪祝单"
)
_SEXES = {"男", "女", "男性", "女性"}
_KIN = {
    "本人", "户主", "妻", "妻子", "夫", "丈夫", "配偶", "子", "女", "儿子", "女儿", "长子", "次子", "三子", "长女", "次女",
    "三女", "父亲", "母亲", "父", "母", "孙", "孙子", "孙女", "儿媳", "媳妇", "女婿", "兄弟", "姐妹", "兄", "弟", "姐", "妹",
    "哥哥", "弟弟", "姐姐", "妹妹", "祖父", "祖母", "外孙", "外孙女", "岳父", "岳母", "公公", "婆婆", "侄子", "侄女", "其他",
}  # fmt: skip


class Known(Protocol):
    """What the words of a list are held against."""

    @property
    def villages(self) -> VillageIndex: ...

    @property
    def words(self) -> Mapping[str, GroupWord]: ...


@dataclass(frozen=True)
class Kind:
    """What most of a column's cells look like: one of our keys, or bank, serial, number, text, empty."""

    key: str
    count: int

    @property
    def words(self) -> str:
        """As the page of questions says it."""
        return _WORDS.get(self.key, "文字")


_WORDS = {
    "id_number": "像18位身份证号", "name": "像人名", "village": "像村名", "group": "像类别", "phone": "像电话号码",
    "sex": "男、女", "relation": "像与户主关系", "birth": "像日期", "serial": "像序号", "number": "数字", "empty": "空的",
}  # fmt: skip


def looks_like_id(text: str) -> bool:
    """An id number, right or nearly so, also one that a workbook spoilt."""
    bare = _DROP.sub("", squeeze(text))
    return bool(_ID.fullmatch(bare) or _OLD_ID.fullmatch(bare) or _SPOILT_ID.fullmatch(bare))


def _right_id(digits: str) -> bool:
    return bool(_ID.fullmatch(digits)) and check_char(digits[:17]) == digits[17:].upper()


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a card number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def looks_like_account(text: str) -> bool:
    """Sixteen to nineteen digits with a card's check digit that are no id number."""
    bare = _DROP.sub("", squeeze(text))
    return bare.isdecimal() and 16 <= len(bare) <= 19 and not _right_id(bare) and luhn(bare)


def without_accounts(text: str) -> str:
    """The text with card numbers taken out: they stand in remarks too."""
    if len(text) < 15:
        return text
    return _LONG.sub(lambda found: "（账号不留）" if looks_like_account(found[0]) else found[0], text)


def looks_like_name(text: str) -> bool:
    return _HAN.fullmatch(text) is not None and text[0] in _SURNAMES


def kind_of(cells: Sequence[Cell], known: Known) -> Kind:
    """What a column is by its first cells that are not empty."""
    filled = [cell for cell in cells if text_of(cell)][:SAMPLE]
    if not filled:
        return Kind("empty", 0)
    texts = [squeeze(text_of(cell)) for cell in filled]
    for key, test in _tests(known):
        hits = sum(1 for cell, text in zip(filled, texts, strict=True) if test(cell, text))
        if hits > SHARE * len(filled):
            return Kind(key, len(filled))
    if _counts_up(texts):
        return Kind("serial", len(filled))
    numbers = sum(1 for text in texts if _NUMBER.fullmatch(text))
    return Kind("number" if numbers > SHARE * len(texts) else "text", len(filled))


def _tests(known: Known) -> tuple[tuple[str, Callable[[Cell, str], bool]], ...]:
    return (
        ("id_number", lambda cell, text: looks_like_id(text)),
        (BANK, lambda cell, text: looks_like_account(text)),
        (LONG, lambda cell, text: _LONG_NUMBER.fullmatch(_DROP.sub("", text)) is not None),
        ("phone", lambda cell, text: _PHONE.fullmatch(_DROP.sub("", text)) is not None),
        ("sex", lambda cell, text: text in _SEXES),
        ("relation", lambda cell, text: text in _KIN),
        ("group", lambda cell, text: _is_group(text, known)),
        ("village", lambda cell, text: _is_village(text, known)),
        ("birth", _is_day),
        ("name", lambda cell, text: looks_like_name(text)),
    )


def _is_group(text: str, known: Known) -> bool:
    words, unknown = find_groups(text, known.words)
    return bool(words) and not unknown


def _is_village(text: str, known: Known) -> bool:
    return known.villages.find(text) is not None or _VILLAGE.fullmatch(text) is not None


def _is_day(cell: Cell, text: str) -> bool:
    if isinstance(cell, date | datetime):
        return True
    if _NUMBER.fullmatch(text) and len(text) < 8:
        return False  # amounts look like days too
    return len(text) >= 6 and first_day(cell) is not None


def _counts_up(texts: Sequence[str]) -> bool:
    if not all(text.isdecimal() and len(text) < 7 for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return numbers[0] <= 1 and all(after - before in (0, 1) for before, after in pairwise(numbers))
