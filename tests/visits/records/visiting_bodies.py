"""Clean bodies for tests of visits: everything well, unless said otherwise."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from visits.records.items import ITEM_CODES

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def body(**changes: Any) -> dict[str, Any]:
    """A home visit of today with nothing to report. Item codes among the changes go into the answers."""
    values = dict.fromkeys(ITEM_CODES, 0)
    values.update({code: changes.pop(code) for code in list(changes) if code in ITEM_CODES})
    made = {
        "visited_on": DAY,
        "part_of_day": "pm",
        "mode": "home",
        "met": "self",
        "contact_month": None,
        "values": values,
        "reasons": {},
        "notes": {},
        "season": None,
        "self_care": None,
        "phrases": ["stove"],
        "remark": "",
        "private_note": "",
        "companions": "",
        "visitor_id": None,
        "report": True,
        "second": False,
        "replaces": None,
        "void_reason": "",
    }
    return made | changes
