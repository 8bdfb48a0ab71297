"""The working calendar, what units decide, and what people are told."""

from visits.core.models.calendar import (
    CalendarDay,
    CalendarDraft,
    CalendarYear,
    UnitSetting,
    UnitSettingQuerySet,
)
from visits.core.models.notices import (
    Delivery,
    Digest,
    Notice,
    NoticeQuerySet,
    NoticeWay,
    Webhook,
)

__all__ = [
    "CalendarDay",
    "CalendarDraft",
    "CalendarYear",
    "Delivery",
    "Digest",
    "Notice",
    "NoticeQuerySet",
    "NoticeWay",
    "UnitSetting",
    "UnitSettingQuerySet",
    "Webhook",
]
