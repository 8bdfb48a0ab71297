"""The telephone list of a round goes out by the roster's door, with its rules (decisions 23)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from visits.roster.exports.scope import Other, others
from visits.schedule.models import Round
from visits.schedule.rounds import selectors as rounds

# The list as a book of its own, with the columns of a due list (kept by the highest room: it knows of tries).
BOOK = "due"


def _round(user: Any, text: str) -> tuple[Round | None, str]:
    """“<uuid>.<which>” as the round, if the reader may see it, and which of its people."""
    uuid, _, which = text.partition(".")
    try:
        found = Round.objects.visible_to(user).select_related("region").filter(uuid=UUID(uuid)).first()
    except ValueError:
        return None, "all"
    return found, which if which in rounds.WHICH else "all"


def _round_people(user: Any, text: str, today: date) -> Q | None:
    row, which = _round(user, text)
    if row is None:
        return None
    found = rounds.narrowed(rounds.with_how(rounds.items(row, user), row), None, which)
    return Q(pk__in=found.order_by().values("person_id"))


def _round_words(user: Any, text: str) -> str:
    row, which = _round(user, text)
    if row is None:
        return "专项巡访"
    return f"{row.name}{'还没访到的' if which == 'left' else '应访的' if which == 'all' else rounds.HOW.get(which, '已访的')}"


def register() -> None:
    """Called when the application starts."""
    others["round"] = Other(_round_people, _round_words)
