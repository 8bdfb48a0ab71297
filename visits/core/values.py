"""Values of settings: what is allowed, how they are kept, how they read. Data and pure functions; a new kind of
value is one entry here, a new setting one row in `options.OPTIONS`."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from visits.core.options import Option

_LEAP = 2000  # a year in which every day of the calendar exists


class BadValue(ValueError):
    """Not allowed; the text is Chinese and says what is."""


def clean(option: Option, typed: Mapping[str, Any]) -> Any:
    """The value as it is kept, from the typed fields (`value`; `first` and `last` of a season). Raises
    `BadValue`."""
    if option.kind == "number":
        text = str(typed.get("value", "")).strip()
        if not text.isdecimal() or not option.low <= int(text) <= option.high:
            raise BadValue(f"请填{option.low}到{option.high}的整数")
        return int(text)
    if option.kind == "choice":
        if typed.get("value") not in dict(option.choices):
            raise BadValue("请从选项里选")
        return typed["value"]
    if option.kind == "words":
        text = str(typed.get("value", "")).strip()
        if not 1 <= len(text) <= option.high or not re.fullmatch(r"[㐀-鿿（）()、]+", text):
            raise BadValue(f"请填1到{option.high}个汉字")
        return text
    if option.kind == "phone":
        text = re.sub(r"[\s　]", "", str(typed.get("value", ""))).replace("—", "-").replace("－", "-")
        if not text:  # nobody has said it yet
            return ""
        if not re.fullmatch(r"[0-9]+(-[0-9]+)*", text) or not 5 <= len(text) <= option.high:
            raise BadValue("请填电话号码，例如0591-22480123")
        return text
    if option.kind == "season":
        return [_month_day(str(typed.get("first", ""))), _month_day(str(typed.get("last", "")))]
    raise BadValue("这一项不在这里定")


def _month_day(text: str) -> str:
    found = re.fullmatch(r"\s*(\d{1,2})[-月./](\d{1,2})日?\s*", text)
    try:
        day = dt.date(_LEAP, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise BadValue("日期写成04-01这样")
    return f"{day:%m-%d}"


def words(option: Option, value: Any) -> str:
    """The value as people say it."""
    if option.kind == "choice":
        return dict(option.choices).get(value, str(value))
    if option.kind == "season":
        return "到".join(_spoken(one) for one in value)
    if option.kind == "phone":
        return str(value) or "还没填"
    return f"{value}{option.unit}"


def _spoken(month_day: str) -> str:
    if month_day == "02-29":
        return "2月底"
    month, day = month_day.split("-")
    return f"{int(month)}月{int(day)}日"
