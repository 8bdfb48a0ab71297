"""Telephone numbers as they are kept: digits only. No table of area codes, no clock."""

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}", re.ASCII)
_DROP = re.compile(r"[\s()'’‘`.·\-‐‑‒–—―−\u200b\u200c\u200d\u2060\ufeff]")
_COUNTRY = re.compile(r"^(\+86|0086|86(?=1[3-9]\d{9}$))")


class PhoneError(ValueError):
    """Not a number one can call. The text is Chinese, says how to mend it, and repeats no digit."""


def normalise_phone(text: str | float) -> str:
    """Digits of a mobile (11) or of a landline with its area code (10 to 12).

    Folds full width, spaces, hyphens, brackets, +86 and a workbook's “.0”. Raises PhoneError.
    """
    raw = unicodedata.normalize("NFKC", repr(text) if isinstance(text, float) else str(text)).strip()
    digits = _COUNTRY.sub("", _DROP.sub("", re.sub(r"(\d)\.0$", r"\1", raw)))
    if not digits:
        raise PhoneError("还没有填电话，请填手机号或带区号的座机号")
    if not re.fullmatch(r"\d+", digits, re.ASCII):
        raise PhoneError("电话里有数字以外的字，请只填一个号码，其余写进备注")
    if is_mobile(digits) or _LANDLINE.fullmatch(digits):
        return digits
    raise PhoneError(_what_is_wrong(digits))


def is_mobile(digits: str) -> bool:
    """Whether these digits are a mobile number."""
    return _MOBILE.fullmatch(digits) is not None


def spaced(digits: str) -> str:
    """A kept number in groups that can be read aloud: 139 0000 1127, 0591-2000 0121."""
    if is_mobile(digits):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    # 010 and 02x are the only area codes of three digits.
    split = 3 if re.match(r"010|02", digits) else 4
    local = digits[split:]
    return f"{digits[:split]}-{local[:-4]} {local[-4:]}"


def _what_is_wrong(digits: str) -> str:
    if digits[0] == "1":
        if len(digits) != 11:
            return f"手机号应是11位（现{len(digits)}位），请核对"
        return "手机号第2位不对，请核对"
    if digits[0] != "0" and len(digits) in (7, 8):
        return "座机请加区号，例如0591-87654321"
    return "号码位数不对，请填11位手机号，或带区号的座机号"
