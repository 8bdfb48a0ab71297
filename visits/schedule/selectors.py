"""Reading the due list: per person, most urgent first."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Region
from accounts.scoping import county_of
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS
from visits.roster.models import CareGroup, Grant, Membership, Person, VisibleFrom
from visits.roster.selectors import OTHER, Labels, labels_of, readable, with_visitor
from visits.roster.selectors.filtering import NO_HOUSEHOLD
from visits.roster.selectors.labels import FROM_TOWNSHIP
from visits.roster.selectors.transitions import Elsewhere, elsewhere, townships_of
from visits.schedule.due import left_days
from visits.schedule.models import DueItem, DueItemQuerySet, FrequencyRule, Round
from xunfang.kit.prepared import Prepared

WORDS = {
    "idle": "未到期",
    "soon": "临期",
    "late": "逾期",
    "missed": "逾期",
    "done": "已访",
    "done_late": "逾期后补访",
    "excused": "未访成（已按规定尝试）",
    "superseded": "按更严的规定访",
    "dropped": "不再要访",
}
# The colour of a state (look.md): missed and late are both red.
LOOK = {"missed": "late", "done_late": "done", "excused": "tried", "superseded": "idle", "dropped": "idle"}

# Why somebody is due whom neither a rule nor a round names.
EVENTS = {
    DueItem.Cause.DISCHARGE: "出院了：7天内上门看看",
    DueItem.Cause.REVISIT: "救助后回访：上门看帮到了没有",
}


@dataclass(frozen=True)
class DuePerson:
    """A person with the most urgent thing owed, as a card or a row needs it. `elsewhere`: where they live, when another
    township visits them."""

    person: Person
    item: DueItem
    state: str
    due_on: date
    left: int
    why: str
    clause: str
    last_on: date | None
    groups: list[str] = field(default_factory=list)
    village: str = ""
    has_visitor: bool = False
    elsewhere: Elsewhere | None = None
    # Tries in vain since the item opened, and the day that was said after the last of them; of the due list only.
    tries: int = 0
    next_on: date | None = None

    @property
    def look(self) -> str:
        return LOOK.get(self.state, self.state)

    @property
    def word(self) -> str:
        return WORDS[self.state]


_SOON = Prepared[int](
    lambda *, county, on: (
        UnitSetting.objects.live(on).filter(key="soon_days", region_id=county).values_list("value", flat=True)
    )
)


def soon_days(user: Any, today: date) -> int | None:
    """How many days before its day something is soon for the reader's people, in words only: how each stands is said by
    `DueItem`. None: they may be of several counties."""
    county = county_of(user.duty)
    lent = Grant.open_to(user)
    if county is None or (lent and Person.objects.filter(pk__in=lent).exclude(county_id=county).exists()):
        return None
    found = _SOON.first(county=county, on=today)
    return OPTIONS["soon_days"].default if found is None else found


def open_items(user: Any, today: date) -> DueItemQuerySet:
    """What is still to be done for the people the user may see, begun and not made up."""
    return DueItem.objects.visible_to(user).to_do(today)


def urgent_items(user: Any, today: date, **filters: Any) -> DueItemQuerySet:
    """One item a person, the most urgent; a household stands together. `filters`: village, township, group, state,
    cause, hamlet, assignee (id or "none"), tier, mine (id), people (ids: few of them are found by their index, where a
    village among a city is not), entrusted ("here": without whom another township visits for the reader's, "out":
    only them), sort ("" by urgency, "place"), without_rounds (bool: what belongs to the quarter's papers). A page
    with its counts: `listing.read`."""
    items = open_items(user, today).filter(narrowing(user, today, filters))
    first = items.order_by("person_id", "due_on", "pk").distinct("person_id").values("pk")
    # What was lent to the reader may lie in another county.
    county = None if Grant.open_to(user) else county_of(user.duty)
    chosen = DueItem.objects.filter(pk__in=Subquery(first)).with_state(today, county=county)
    if filters.get("state"):
        chosen = chosen.filter(state__in=STATES.get(filters["state"], [filters["state"]]))
    chosen = chosen.annotate(family=FAMILY)
    return chosen.order_by(*ORDERS[filters.get("sort", "")])


# A household stands together; whoever belongs to none stands behind.
FAMILY = Coalesce("person__household_id", Value(NO_HOUSEHOLD))
# The states behind the word of a filter, where there are several.
STATES = {"late": ["late", "missed"]}
# Each ends in the key, so that every page goes on exactly where the last one stopped.
ORDERS = {
    "": ("due_on", "person__village_id", "person__hamlet", "family", "pk"),
    "place": ("person__village_id", "person__hamlet", "family", "due_on", "pk"),
}


def place_of(user: Any, after: int, sort: str) -> tuple[Any, ...] | None:
    """Where an item stands in the list, by the columns of its order; somebody who was visited meanwhile still
    marks it. None: not the reader's to know."""
    # SECURITY: where a stranger would stand in the list is nobody's business.
    marked = DueItem.objects.visible_to(user).filter(pk=after)
    return marked.annotate(family=FAMILY).values_list(*ORDERS[sort]).first()


def _beyond(user: Any, after: int, sort: str) -> Q:
    """Everything behind the place of an item."""
    last = place_of(user, after, sort)
    if last is None:
        return Q()
    same, found = Q(), Q(pk__in=[])
    for name, value in zip(ORDERS[sort], last, strict=True):
        found |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return found


def narrowing(user: Any, today: date, filters: dict[str, Any]) -> Q:
    """Which items these filters keep, the one for the state left out."""
    kept = Q()
    for name, column in (
        ("village", "person__village_id"),
        ("township", "person__township_id"),
        ("hamlet", "person__hamlet"),
        ("cause", "cause"),
        ("tier", "tier"),
        ("mine", "person__assignee_id"),
    ):
        if filters.get(name):
            kept &= Q(**{column: filters[name]})
    if "people" in filters:
        kept &= Q(person_id__in=filters["people"])
    if filters.get("without_rounds"):
        kept &= ~Q(cause=DueItem.Cause.ROUND)
    if filters.get("entrusted"):
        here = Q(person__entrusted_to=None) | Q(person__entrusted_to__in=townships_of(user))
        kept &= here if filters["entrusted"] == "here" else ~here
    if filters.get("assignee") == "none":
        kept &= Q(person__in=Person.objects.without_visitor(today))
    elif filters.get("assignee"):
        kept &= Q(person__assignee_id=filters["assignee"])
    if filters.get("group"):
        members = Membership.objects.live(today).filter(group_id=filters["group"]).filter(readable(user))
        kept &= Q(Exists(members.filter(person_id=OuterRef("person_id"))))
    return kept


def due_people(
    user: Any,
    today: date,
    *,
    after: int | None = None,
    limit: int | None = None,
    paper: bool = False,
    **filters: Any,
) -> list[DuePerson]:
    """Cards of the people to visit, in the order of `urgent_items`. `after`: the item of the last row shown;
    `paper`: in the words of a sheet that goes to the village, whoever prints it."""
    items = urgent_items(user, today, **filters)
    if after is not None:
        items = items.filter(_beyond(user, after, filters.get("sort", "")))
    return cards(items[:limit] if limit else items, today, None if paper else user)


def cards(items: QuerySet, today: date, user: Any | None) -> list[DuePerson]:
    """Items with a `state` annotation as cards for this reader (None: the village): six to nine queries, whatever
    their number."""
    return drawn(list(with_last(items)), today, user)


def with_last(items: QuerySet) -> QuerySet:
    """Items with what a card says of the person, and when somebody was there last."""
    last = (
        DueItem.objects.filter(person_id=OuterRef("person_id"), done_on__isnull=False)
        .order_by("-done_on")
        .values("done_on")[:1]
    )
    return items.select_related("person__assignee").annotate(last_on=Subquery(last))


def drawn(rows: list[DueItem], today: date, user: Any | None) -> list[DuePerson]:
    """`cards` of rows that were read already (`with_last`)."""
    _with_causes(rows)
    ids = [row.person_id for row in rows]
    labels = labels_of(ids, today, user)
    visited = with_visitor(ids, today)
    away = [row.person_id for row in rows if row.person.entrusted_to_id is not None]
    there = elsewhere(away, today) if away else {}
    villages = dict(
        Region.objects.filter(pk__in={row.person.village_id for row in rows}).values_list("pk", "name")
    )
    return [
        card(
            row,
            labels.get(row.person_id, Labels()),
            user,
            left=left_days(row.due_on, today),
            village=villages.get(row.person.village_id, ""),
            has_visitor=row.person_id in visited,
            there=there.get(row.person_id),
        )
        for row in rows
    ]


def card(
    row: DueItem,
    labels: Labels,
    user: Any | None,
    *,
    left: int,
    village: str,
    has_visitor: bool,
    there: Elsewhere | None = None,
) -> DuePerson:
    """An item with `state`, `last_on`, its person and its cause at hand, as a card for this reader."""
    return DuePerson(
        person=row.person,
        item=row,
        state=row.state,  # type: ignore[attr-defined]
        due_on=row.due_on,
        left=left,
        why=_why(row, labels, user),
        clause=_clause(row, labels, user),
        last_on=row.last_on,  # type: ignore[attr-defined]
        groups=list(labels.words),
        village=village,
        has_visitor=has_visitor,
        elsewhere=there,
        tries=getattr(row, "tries", 0),
        next_on=getattr(row, "next_on", None),
    )


def _with_causes(rows: list[DueItem]) -> None:
    """The few rules and rounds behind many items, each read once."""
    rules = FrequencyRule.objects.select_related("group").in_bulk({row.rule_id for row in rows} - {None})
    ids = {row.round_id for row in rows} - {None}
    rounds = Round.objects.in_bulk(ids) if ids else {}
    for row in rows:
        row.rule = rules.get(row.rule_id)
        row.round = rounds.get(row.round_id)


def _may_name(item: DueItem, labels: Labels, user: Any | None) -> bool:
    """Whether the reader may learn from which rule this is owed."""
    return may_name(item.rule.group if item.rule else None, labels, user)


def may_name(group: CareGroup | None, labels: Labels, user: Any | None) -> bool:
    """Whether the reader may learn of a rule for this group (None: for a tier): it names the group (P17)."""
    if group is None or group.pk in labels.shown:
        return True
    if group.pk in labels.hidden:
        return False
    return group.visible_from == VisibleFrom.VILLAGE or (user is not None and user.duty.has(FROM_TOWNSHIP))


def _clause(item: DueItem, labels: Labels, user: Any | None) -> str:
    return item.rule.clause if item.rule and _may_name(item, labels, user) else ""


def _why(item: DueItem, labels: Labels, user: Any | None) -> str:
    if item.round:
        return item.round.name
    if item.rule is None:
        return EVENTS[DueItem.Cause(item.cause)]
    if item.first:
        return f"首访：{(item.due_on - item.opens_on).days}天内要访到"
    if not _may_name(item, labels, user):
        return f"{OTHER}：{item.rule.get_kind_display()}至少一次"
    return item.rule.sentence


def next_person(user: Any, today: date, after_person_id: int) -> Person | None:
    """The next person of the user's own list: in the same 自然村 first, then by urgency."""
    here = Person.objects.filter(pk=after_person_id).values("hamlet", "village_id").first()
    items = urgent_items(user, today, mine=user.pk).exclude(person_id=after_person_id)
    if here is not None:
        near = items.filter(person__hamlet=here["hamlet"], person__village_id=here["village_id"]).first()
        if near is not None:
            return near.person
    first = items.first()
    return first.person if first else None


def state_counts(user: Any, today: date, **filters: Any) -> dict[str, int]:
    """People by the state of their most urgent item: late (missed included), soon, idle."""
    rows = urgent_items(user, today, **filters).order_by().values("state").annotate(n=Count("pk"))
    counts = {"late": 0, "soon": 0, "idle": 0}
    for row in rows:
        counts["late" if row["state"] == "missed" else row["state"]] += row["n"]
    return counts
