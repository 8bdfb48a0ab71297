"""Citizen id numbers (公民身份号码) and disability certificate numbers: checked by rule, without any table.

The county part (digits 3 to 6) is not held against today's or yesterday's code list: most people visited here
were born under codes that no list keeps, and a refusal would shut out the very people the guideline names.

No sentence and no `repr` here contains a digit of the number: messages end up in logs and workbooks.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from operator import mul

PERMIT_PREFIXES = frozenset({"81", "82", "83"})  # 港澳台居民居住证, same algorithm
PROVINCES = (
    frozenset(str(code) for code in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47)))
    | frozenset(str(code) for code in (*range(50, 55), *range(61, 66), 71))
    | PERMIT_PREFIXES
)
OLDEST_YEARS = 130
DISABILITY_KINDS = {
    "1": "视力残疾",
    "2": "听力残疾",
    "3": "言语残疾",
    "4": "肢体残疾",
    "5": "智力残疾",
    "6": "精神残疾",
    "7": "多重残疾",
}

_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CHECK_CHARS = "10X98765432"
_DASHES = r"\-‐‑‒–—―−﹣"  # the first one escaped: inside brackets it would open a range
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_DROP = re.compile(rf"[\s'’‘`{_DASHES}{_INVISIBLE}]")
_PLAIN = re.compile(r"\d{17}[\dX]", re.ASCII)  # nearly always: nothing to be folded
_SCIENTIFIC = re.compile(r"\d(\.\d*)?E\+?\d+")
_CERTIFICATE = re.compile(r"(\d{17}[\dX])([1-7])([1-4])(B\d)?", re.ASCII)


class IdNumberError(ValueError):
    """A number that cannot be right. The text is Chinese, says how to mend it, and names no digit.

    `code` is one of empty, excel, length, character, province, date, future, age, check, certificate.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class IdNumber:
    """A checked number: 18 characters, upper-case X. `kind` is "resident" or "permit" (港澳台居民居住证)."""

    number: str = field(repr=False)
    birth_date: dt.date = field(repr=False)
    sex: str
    kind: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DisabilityCertificate:
    """A certificate number: id part, kind 1–7, grade 1–4 (1 the gravest), "" or B1, B2… after a re-issue."""

    number: str = field(repr=False)
    id_number: str = field(repr=False)
    kind: str
    grade: int
    reissue: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def is_severe(self) -> bool:
        """重度残疾: first or second grade."""
        return self.grade <= 2

    @property
    def is_third_grade_mental(self) -> bool:
        """Third grade, intellectual or psychiatric: severe for some benefits only, so it needs a look."""
        return self.grade == 3 and self.kind in "56"


def check_char(seventeen: str) -> str:
    """The 18th character for the first seventeen digits (ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}", seventeen, re.ASCII):
        raise ValueError("exactly 17 digits are needed")
    total = sum(map(mul, map(int, seventeen), _WEIGHTS))
    return _CHECK_CHARS[total % 11]


def mask(number: str) -> str:
    """What may stand on a screen beside a birth date: the last four only (“尾号0025”)."""
    return f"尾号{number[-4:]}"


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Completed years on `day`; who was born on 29 February has the birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def parse(text: str | float, today: dt.date) -> IdNumber:
    """Check what was typed, or what a workbook cell holds (text or number).

    Folds full width, spaces, hyphens and a lower-case x; an old 15-digit number is completed to 18 with a
    warning. Raises IdNumberError, one kind and one sentence for each fault; `today` bounds the birth date.
    """
    value = text if isinstance(text, str) and _PLAIN.fullmatch(text) else _clean(text)
    if not value:
        raise IdNumberError("empty", "还没有填身份证号，请对照证件填18位号码")
    if _SCIENTIFIC.fullmatch(value) or (
        not isinstance(text, str) and len(value) > 15 and value[-3:] == "000"
    ):
        raise _excel_damage()
    if len(value) not in (15, 18):
        raise IdNumberError("length", f"位数不对（现{len(value)}位，应为18位），请对照证件补全")
    _refuse_other_characters(value)
    warnings: tuple[str, ...] = ()
    if len(value) == 15:
        value = value[:6] + "19" + value[6:]
        value += check_char(value)
        warnings = ("这是15位旧号，已补成18位，请与现在的证件核对",)
    intact = check_char(value[:17]) == value[17]
    if not intact and _is_rounded(value):
        raise _excel_damage()
    if value[:2] not in PROVINCES:
        raise IdNumberError("province", "前两位不是省份代码，请核对第1、2位")
    birth_date = _birth_date(value[6:14], today)
    if not intact:
        raise IdNumberError("check", "校验码不对，请逐位核对")
    return IdNumber(
        number=value,
        birth_date=birth_date,
        sex="M" if int(value[16]) % 2 else "F",
        kind="permit" if value[:2] in PERMIT_PREFIXES else "resident",
        warnings=warnings,
    )


def parse_disability(text: str, id_number: str | None = None) -> DisabilityCertificate:
    """Check a 残疾证号: the id number, one digit for the kind, one for the grade, B1, B2… after a re-issue.

    Another id inside the certificate than the person's own (`id_number`) is a warning: ids do get changed.
    Raises IdNumberError.
    """
    value = _clean(text)
    if not value:
        raise IdNumberError("empty", "还没有填残疾证号，请对照证件填20位号码")
    if _SCIENTIFIC.fullmatch(value):
        raise _excel_damage()
    found = _CERTIFICATE.fullmatch(value)
    if found is None:
        if len(value) not in (20, 22):
            sentence = f"残疾证号位数不对（现{len(value)}位，应为20位，补办的22位），请对照证件补全"
            raise IdNumberError("length", sentence)
        sentence = "残疾证号应是18位身份证号，加1位类别（1到7）、1位等级（1到4），请对照证件核对"
        raise IdNumberError("certificate", sentence)
    own, kind, grade, reissue = found.groups(default="")
    warnings = []
    if check_char(own[:17]) != own[17]:
        warnings.append("残疾证号前18位的校验码不对，请逐位核对")
    if id_number is not None and own != id_number:
        warnings.append("残疾证号前18位与身份证号不一样，请核对是不是本人的证")
    return DisabilityCertificate(value, own, kind, int(grade), reissue, tuple(warnings))


def _clean(text: str | float) -> str:
    if isinstance(text, float):
        # repr keeps the digits a workbook really stored; formatting would invent the ones it lost.
        text = repr(text)
    value = _DROP.sub("", unicodedata.normalize("NFKC", str(text))).upper().replace("×", "X")
    return re.sub(r"(\d)\.0+$", r"\1", value)


def _excel_damage() -> IdNumberError:
    return IdNumberError(
        "excel", "Excel把号码当成了数字，末几位已经丢失。请先把这一列设为“文本”，再重新填18位号码"
    )


def _is_rounded(value: str) -> bool:
    """Whether this is what remains of a number of which a workbook kept fifteen figures."""
    if not value.isdecimal():
        return False
    kept = repr(float(value)).partition("e")[0].replace(".", "")
    return value.endswith("000") or (len(kept) <= 15 and int(float(value)) == int(value))


def _refuse_other_characters(value: str) -> None:
    if _PLAIN.fullmatch(value):
        return
    for place, char in enumerate(value, start=1):
        if char in "0123456789" or (char == "X" and place == 18):
            continue
        raise IdNumberError("character", f"第{place}位不是数字，请对照证件改正（只有第18位可以是X）")


def _birth_date(digits: str, today: dt.date) -> dt.date:
    try:
        birth_date = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdNumberError("date", "出生日期不存在，请核对第7到14位") from None
    if birth_date > today:
        raise IdNumberError("future", "出生日期晚于今天，请核对第7到14位")
    if age_on(birth_date, today) > OLDEST_YEARS:
        raise IdNumberError("age", f"按号码已超过{OLDEST_YEARS}岁，请核对第7到14位")
    return birth_date
