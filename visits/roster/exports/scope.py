"""Who may take a list out, who may agree to the whole numbers, and which people a request means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models.region import Level
from accounts.roles import COUNTY, ROLES, TOWNSHIP, Role
from accounts.scoping import COLUMN, HeldPost
from visits.roster import search, selectors
from visits.roster.exports import books
from visits.roster.forms.finding import PeopleFilter
from visits.roster.models import PersonQuerySet, RosterExport
from visits.roster.selectors import by_day
from visits.roster.services.common import CannotChange

MAY_EXPORT = TOWNSHIP | COUNTY | {Role.INSPECTOR}
# Who may ask for whole id numbers, and who may agree: never one person (decisions 23).
MAY_ASK_FULL = frozenset(role for role in MAY_EXPORT if ROLES[role].ids)
MAY_APPROVE = COUNTY | {Role.TOWNSHIP_HEAD}


@dataclass(frozen=True)
class Other:
    """Another room's list of people that may be taken out by the same rules: what stands in the address under its name.
    `people`: whom it holds, as a condition on people; None for nonsense. `words`: which list that is."""

    people: Callable[[Any, str, date], Any]
    words: Callable[[Any, str], str]


others: dict[str, Other] = {}
OVER = "查找的内容已经过了时间，请回到名单重新找一次再导出"


def roles_of(filters: Mapping[str, Any], *, full: bool) -> frozenset[Role]:
    """Who takes this list out: of a book only whoever reads the page it leaves from."""
    book = books.book_of(filters)
    roles = MAY_ASK_FULL if full else MAY_EXPORT
    return roles & book.roles if book else roles


def post_of(user: Any, filters: Mapping[str, Any], *, full: bool) -> HeldPost | None:
    """The post as which the user takes this list out: the highest."""
    roles = roles_of(filters, full=full)
    held = [post for post in user.duty.posts if post.role in roles]
    return min(held, key=lambda post: (post.level, post.id), default=None)


def still_may(user: Any, export: RosterExport) -> bool:
    """Whether the user's posts of today would still let them take this list out."""
    return user.duty.role_for(export, roles_of(export.filters, full=export.full_ids)) is not None


def may_decide(user: Any, export: RosterExport) -> bool:
    """A second person, over the same unit."""
    return export.created_by_id != user.pk and user.duty.role_for(export, MAY_APPROVE) is not None


def people(
    user: Any, filters: dict[str, Any], today: date, at: datetime, *, full: bool, unit: Any = None
) -> PersonQuerySet:
    """The people whom these filters show the user now. With whole numbers only those of the asker's own unit:
    whoever agrees stands over that unit and no other. Raises `CannotChange` when a search is over."""
    chosen = PeopleFilter(filters).chosen()
    token = chosen.pop("s", "")
    found = selectors.people(user, today, chosen)
    for name, other in others.items():
        if filters.get(name):
            condition = other.people(user, str(filters[name]), today)
            found = found.none() if condition is None else found.filter(condition)
    if filters.get("s"):
        wanted = search.recall(token, user, at)
        if wanted is None:
            raise CannotChange(OVER)
        found = search.find(found, wanted).people
    return _own(found, unit) if full and unit is not None else found


def _own(found: PersonQuerySet, unit: Any) -> PersonQuerySet:
    for level in (Level.VILLAGE, Level.TOWNSHIP, Level.COUNTY):
        column = COLUMN[level]
        if getattr(unit, column) is not None:
            return found.filter(**{column: getattr(unit, column)})
    return found


def day_list(user: Any, filters: dict[str, Any]) -> by_day.DayList:
    """The list of a day that these filters mean."""
    chosen = PeopleFilter(filters).chosen()
    return by_day.list_on(
        user, date.fromisoformat(filters["on"]), village=chosen.get("village"), group=chosen.get("group")
    )
