"""The due list and the telephone list of a round go out by the roster's door, with its rules (decisions 23)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from visits.roster.exports.scope import Other, others
from visits.schedule.forms import DueFilter
from visits.schedule.models import Round
from visits.schedule.rounds import selectors as rounds
from visits.schedule.selectors import urgent_items

# The list as a book of its own, with the columns of a due list (kept by the highest room: it knows of tries).
BOOK = "due"
STATES = {"all": "要访的", "late": "逾期的", "soon": "临期的", "idle": "还没到期的"}


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


def _due_people(user: Any, text: str, today: date) -> Q | None:
    """Lists of people that were asked for before the due list had a book. “<state>.<cause>”: the people of the due list in that state; other filters are the roster's own."""
    state, _, cause = text.partition(".")
    chosen = DueFilter({"state": state, "cause": cause}).chosen()
    return Q(pk__in=urgent_items(user, today, **chosen).order_by().values("person_id"))


def _due_words(user: Any, text: str) -> str:
    return STATES.get(text.partition(".")[0], STATES["all"])


def register() -> None:
    """Called when the application starts."""
    others["round"] = Other(_round_people, _round_words)
    others["due"] = Other(_due_people, _due_words)
