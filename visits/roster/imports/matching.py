"""Words of a list to what we know: villages, groups, months, yes and no. Pure."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from xunfang.kit.excel import Cell, text_of

_SUFFIX = re.compile("(村民委员会|居民委员会|村委会|居委会|村委|居委|村会|社区|村|居)$")
_CITY = ("福建省", "福州市")
_MONTH = re.compile(r"(\d{4})[-./年、]?(\d{1,2})(?:[-./月、]?(?:(\d{1,2})[日号]?)?)?", re.ASCII)
_CLOCK = re.compile(r"[\sT]\d{1,2}:\d{2}\S*$", re.ASCII)
_YES = {"是", "有", "对", "√", "✓", "1", "Y", "YES", "独居"}
_NO = {"否", "无", "不", "不是", "×", "0", "N", "NO", "非独居"}
CARE = {
    "集中": "institution", "集中供养": "institution", "机构供养": "institution", "集中特困": "institution",
    "分散": "home", "分散供养": "home", "居家": "home", "分散特困": "home",
}  # fmt: skip


def squeeze(text: str) -> str:
    """NFKC without any white space."""
    if text.isascii():
        return text if text.isalnum() else "".join(text.split())
    return "".join(unicodedata.normalize("NFKC", text).split())


def stem(name: str) -> str:
    """A village's name without 村, 社区, 居委会 and the like; never empty."""
    while len(cut := _SUFFIX.sub("", name)) < len(name) and cut:
        name = cut
    return name


@dataclass
class VillageIndex:
    """The villages a list may name. `prefixes`: units that may stand in front (嵩口镇月洲村)."""

    names: dict[int, str]
    prefixes: tuple[str, ...] = ()
    exact: dict[str, set[int]] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    stems: dict[str, set[int]] = field(default_factory=dict)
    _seen: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        villages: Iterable[tuple[int, str, str]],
        prefixes: Iterable[str],
        aliases: Mapping[str, int] | None = None,
    ) -> "VillageIndex":
        """From (id, name, name in the source) of each village, and the spellings that were asked about."""
        index = cls(
            {}, (*_CITY, *prefixes), aliases={squeeze(text): pk for text, pk in (aliases or {}).items()}
        )
        for pk, name, source in villages:
            index.names[pk] = name
            for word in {squeeze(name), squeeze(source)} - {""}:
                index.exact.setdefault(word, set()).add(pk)
                index.stems.setdefault(stem(word), set()).add(pk)
        return index

    def find(self, text: str) -> int | None:
        """The village meant; None: none, or more than one."""
        if text not in self._seen:
            self._seen[text] = self._find(text)
        return self._seen[text]

    def _find(self, text: str) -> int | None:
        word = squeeze(text)
        if self.aliases.get(word) in self.names:
            return self.aliases[word]
        for candidate in (word, self._bare(word)):
            for table, key in ((self.exact, candidate), (self.stems, stem(candidate))):
                found = table.get(key, set())
                if len(found) == 1:
                    return next(iter(found))
        return None

    def _bare(self, word: str) -> str:
        for prefix in self.prefixes:
            if word.startswith(prefix) and len(word) > len(prefix):
                word = word[len(prefix) :]
        return word

    def alike(self, text: str) -> list[str]:
        """Names that may be meant: those of the same stem, or the nearest one."""
        word = stem(self._bare(squeeze(text)))
        several = self.stems.get(word, set())
        if several:
            return sorted(self.names[pk] for pk in several)
        near = difflib.get_close_matches(word, self.stems, n=1, cutoff=0.5)
        return [self.names[min(self.stems[near[0]])]] if near else []


@dataclass(frozen=True)
class GroupWord:
    """What a word for a group says: which, and 城/乡 or 集中/分散 when the word says that too."""

    code: str
    area: str = ""
    care: str = ""


def group_words(groups: Iterable[tuple[str, Iterable[str]]]) -> dict[str, GroupWord]:
    """Every word by which lists call a group, from (code, words)."""
    table: dict[str, GroupWord] = {}
    for code, words in groups:
        for word in words:
            area = "rural" if word.startswith("农村") else "urban" if word.startswith("城市") else ""
            care = "institution" if "集中" in word else "home" if "分散" in word else ""
            table[squeeze(word)] = GroupWord(
                code, area if code == "dibao" else "", care if code == "tekun" else ""
            )
    return table


def find_groups(text: str, table: Mapping[str, GroupWord]) -> tuple[list[GroupWord], list[str]]:
    """The groups a cell names (several by 、 or a comma), and the words that name none."""
    word = squeeze(text)
    if word in table:
        return [table[word]], []
    found, unknown = [], []
    for part in re.split(r"[、,;/+]", word):
        if part in table:
            if table[part].code not in {known.code for known in found}:
                found.append(table[part])
        elif part:
            unknown.append(part)
    return found, unknown


def nearest_word(text: str, table: Mapping[str, GroupWord]) -> str | None:
    near = difflib.get_close_matches(squeeze(text), table, n=1, cutoff=0.5)
    return near[0] if near else None


_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# Numbers of days that lie between 1920 and 2100: smaller ones are years, ages and amounts.
_DAYS = (7306, 73051)


def serial_day(number: float, from_1904: bool = False) -> date | None:
    """The day that a workbook keeps as its number; None: too far away to be one."""
    if not _DAYS[0] - (1462 if from_1904 else 0) <= number <= _DAYS[1]:
        return None
    return (_EPOCH_1904 if from_1904 else _EPOCH_1900) + timedelta(days=int(number))


def first_day(cell: Cell, from_1904: bool = False) -> date | None:
    """The day a 起始年月 or 出生日期 means: the given day, or the first of the month; None: not to be
    understood. A bare number is the workbook's count of days, from 1900 or `from_1904`."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and not cell.is_integer() and abs(cell) < 10_000:
        return None  # 2026.1 was 2026.10 before the workbook made it a number
    text = squeeze(_CLOCK.sub("", text_of(cell))).lstrip("'")
    if re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
        return serial_day(float(text), from_1904)
    match = _MONTH.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None


def yes_or_no(text: str) -> bool | None:
    """是 or 否 in the ways they are written; None: neither."""
    word = squeeze(text).upper()
    return True if word in _YES else False if word in _NO else None
