"""The list behind a figure goes out by the roster's door, with its rules (decisions 23): who is in one's scope today."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404

from accounts.models import Region
from visits.desk import behind, links, scope
from visits.roster.exports.scope import MAY_EXPORT, Other, others
from visits.schedule.periods import Period

NAME = "figures"


def url(user: Any, region: Region, period: Period, code: str, upto: date | None) -> str:
    """The address at which this list may be taken out; "" for whoever may not."""
    if not user.duty.has(MAY_EXPORT):
        return ""
    text = f"{region.pk}.{period.key}.{code}.{upto.isoformat() if upto else ''}"
    return links.to("visits_roster:export", **{NAME: text})


def _found(user: Any, text: str, today: date) -> tuple[Region, Period, behind.Behind] | None:
    """“<unit>.<period>.<measure>.<day>” as what stands behind it, if the reader oversees the unit."""
    parts = [*text.split("."), "", "", ""][:4]
    try:
        region = scope.unit_of(user, parts[0] or "x")
    except Http404:
        return None
    period = scope.period_of(parts[1], today)
    found = behind.find(region, period, today, scope.day_of(parts[3], today) or today, parts[2])
    return (region, period, found) if found is not None else None


def _people(user: Any, text: str, today: date) -> Q | None:
    found = _found(user, text, today)
    return Q(pk__in=found[2].people.order_by().values("pk")) if found else None


def _words(user: Any, text: str) -> str:
    found = _found(user, text, user.duty.on)
    return f"{found[0].name}{found[1].label}{found[2].measure.word}的人" if found else "概览里的人"


def register() -> None:
    """Called when the application starts."""
    others[NAME] = Other(_people, _words)
