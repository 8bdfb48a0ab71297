"""Reading entrustments and transfers."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Post
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, WRITES_VISITS
from visits.roster.entrusting import standing
from visits.roster.models import Person, Transition

# Higher rooms say how the visits of these entrusted people stand on a day: person id → (words, whether whoever was asked
# has been there in this period).
visits_of: list[Callable[[Collection[Transition], date], dict[int, tuple[str, bool]]]] = []

# Tab → its word.
PARTS = {"waiting": "等我们答复", "in": "受托探访", "out": "委托出去", "transfer": "移交", "over": "办完的"}


@dataclass(frozen=True)
class Shown:
    """A row as it stands today, and how the visits stand."""

    row: Transition
    state: str
    said: str = ""
    done: bool = False


def _of_user(user: Any) -> QuerySet:
    rows = Transition.objects.visible_to(user)
    return rows.select_related("person", "from_township", "to_township", "proposed_by", "answered_by")


def _part(user: Any, today: date, which: str) -> QuerySet:
    rows, own = _of_user(user), user.duty.unit_ids(*TOWNSHIP)
    live = rows.open().exclude(kind="entrust", state="proposed", answer_by__lt=today)
    live = live.exclude(state="accepted", ends_on__lt=today)
    if which == "waiting":
        # The county looks at what nobody answered in time (E4).
        county = Q(kind="transfer", answer_by__lt=today) if user.duty.has(COUNTY) else Q(pk__in=[])
        return live.filter(Q(to_township_id__in=own) | county, state="proposed")
    if which == "in":
        return live.filter(to_township_id__in=own, kind="entrust", state="accepted")
    if which == "out":
        mine = Q(from_township_id__in=own) if own else Q()
        return live.filter(mine, kind="entrust")
    if which == "transfer":
        return live.filter(kind="transfer")
    return rows.exclude(pk__in=live.values("pk"))


def shown(user: Any, today: date, which: str, start: int, size: int) -> tuple[list[Shown], bool]:
    """The rows of one tab, the nearest day first; and whether there are more. Few queries, whatever their number."""
    order = ("-proposed_at", "-pk") if which == "over" else ("answer_by", "pk")
    rows = list(_part(user, today, which).order_by(*order)[start : start + size + 1])
    letters = [row for row in rows if row.kind == "entrust"]
    said: dict[int, tuple[str, bool]] = {}
    for ask in visits_of:
        said |= ask(letters, today)
    found = [Shown(row, standing(row, today), *said.get(row.person_id, ("", False))) for row in rows[:size]]
    return found, len(rows) > size


def counts(user: Any, today: date) -> dict[str, int]:
    """How many stand under each tab."""
    return {which: _part(user, today, which).count() for which in PARTS}


def open_of(person: Person, on: date) -> Transition | None:
    """What is under way about somebody on that day."""
    rows = Transition.objects.open().filter(person=person)
    row = rows.select_related("to_township", "from_township", "proposed_by").first()
    return row if row is not None and standing(row, on) == row.state else None


def running(person_ids: Collection[int], on: date) -> QuerySet:
    """The entrustments inside the city by which these people are visited on that day."""
    rows = Transition.objects.filter(
        person_id__in=list(person_ids), kind="entrust", state="accepted", to_township_id__isnull=False
    )
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=on)).select_related("from_township")


@dataclass(frozen=True)
class Elsewhere:
    """Where somebody lives who is visited by another township, as its letter says. `visitor`: who goes; "": nobody."""

    address: str
    phone: str
    from_name: str
    to_id: int
    to_name: str
    visitor: str

    def goes(self, user: Any) -> bool:
        """Whether the reader stands on the side that visits."""
        return self.to_id in townships_of(user)

    def said(self, user: Any) -> str:
        """By the reader's side: 受嵩口镇委托探访; 已委托梧桐镇，苏永泉去访."""
        if self.goes(user):
            return f"受{self.from_name}委托探访"
        return f"已委托{self.to_name}" + (f"，{self.visitor}去访" if self.visitor else "探访")


def townships_of(user: Any) -> set[int]:
    """The townships in which the reader holds a post, in their office or in a village."""
    return {post.township_id for post in user.duty.posts if post.township_id is not None}


def elsewhere(person_ids: Collection[int], on: date) -> dict[int, Elsewhere]:
    """Person id → where they live, of those who are visited by another township on that day. One query."""
    rows = running(person_ids, on).values_list(
        "person_id", "address", "phone", "from_township__name", "to_township_id", "to_township__name",
        "person__assignee__name",
    )  # fmt: skip
    return {row[0]: Elsewhere(*row[1:6], visitor=row[6] or "") for row in rows}


def done_by_other(person_id: int, day: date, visitor_id: int) -> bool:
    """Whether the visitor went for the township that the person was entrusted to on that day."""
    rows = Transition.objects.filter(
        person_id=person_id, kind="entrust", state__in=["accepted", "ended"], answered_at__isnull=False,
        to_township_id__isnull=False, starts_on__lte=day,
    ).filter(Q(ends_on=None) | Q(ends_on__gte=day))  # fmt: skip
    for row in rows:
        closed = timezone.localtime(row.closed_at).date() if row.closed_at else None
        if closed is not None and closed < day:
            continue
        there = Q(region_id=row.to_township_id) | Q(region__parent_id=row.to_township_id)
        posts = Post.objects.live(day).filter(there, user_id=visitor_id, role__in=WRITES_VISITS)
        if posts.filter(region__level__in=[Level.TOWNSHIP, Level.VILLAGE]).exists():
            return True
    return False
