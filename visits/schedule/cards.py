"""The 25 people of a page of the due list, in two prepared statements: what stands in a row, and the labels; and in one
query more when another township visits somebody of them."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import DateField, Model, OuterRef, Subquery, Value
from django.db.models.expressions import BaseExpression

from accounts.models import Region, User
from accounts.scoping import once
from visits.roster.models import CareGroup, Membership, Person, is_visited
from visits.roster.selectors import labels as roster_labels
from visits.roster.selectors.reader import Reader, reader_of
from visits.roster.selectors.transitions import elsewhere
from visits.schedule import selectors
from visits.schedule.due import left_days
from visits.schedule.models import DueItem, FrequencyRule, Round
from xunfang.kit.compiled import GIVEN, Compiled, compiled


def _fields(model: type[Model], *names: str) -> tuple[str, ...]:
    """These columns in the order in which a row becomes an object."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)


# What a row of the list shows; nothing that would have to be decrypted.
_ITEM = _fields(DueItem, "id", "cause", "rule_id", "round_id", "person_id", "opens_on", "due_on", "first")
_PERSON = _fields(
    Person, "id", "uuid", "name", "sex", "birth_date", "hamlet", "household_id", "township_id", "village_id", "assignee_id", "phone",
    "entrusted_to_id",
)  # fmt: skip
_RULE = _fields(FrequencyRule, "id", "kind", "sentence", "clause", "group_id")
_COLUMNS = (
    *_ITEM, *(f"person__{name}" for name in _PERSON), "person__assignee__name", "state", "last_on", "visited", "at_name",
    "tries", "next_on",
)  # fmt: skip

# What the room above knows of an item, as expressions that ride on the rows: how often nobody was met since it opened,
# and on which day somebody wanted to go again. Set in its AppConfig.ready().
tried: dict[str, Callable[[], BaseExpression]] = {}
_NOT_TRIED: dict[str, BaseExpression] = {"tries": Value(0), "next_on": Value(None, DateField())}


@lru_cache(maxsize=4)
def _rows(today: date) -> Compiled:
    last = (
        DueItem.objects.filter(person_id=OuterRef("person_id"), done_on__isnull=False)
        .order_by("-done_on")
        .values("done_on")[:1]
    )
    village = Region.objects.order_by().filter(pk=OuterRef("person__village_id")).values("name")
    found = DueItem.objects.filter(pk__in=GIVEN).with_state(today)
    named = found.annotate(
        last_on=Subquery(last),
        visited=is_visited(today, "person__"),
        at_name=Subquery(village),
        **_NOT_TRIED | {name: made() for name, made in tried.items()},
    )
    return compiled(named.order_by().values_list(*_COLUMNS))


# The few rules and rounds behind many items. Beside the rows: with four more tables in one statement the server plans
# for longer than it reads.
@lru_cache(maxsize=1)
def _rules() -> Compiled:
    rows = FrequencyRule.objects.order_by().filter(pk__in=GIVEN)
    return compiled(rows.values_list(*_RULE, "group__visible_from"))


@lru_cache(maxsize=1)
def _rounds() -> Compiled:
    return compiled(Round.objects.order_by().filter(pk__in=GIVEN).values_list("pk", "name"))


@lru_cache(maxsize=512)
def _labels(reader: Reader, today: date) -> Compiled:
    members = Membership.objects.live(today).filter(person_id__in=GIVEN)
    return compiled(roster_labels.rows_of(members, reader))


def read(user: Any, today: date, items: Sequence[int]) -> list[selectors.DuePerson]:
    """The rows of the page, in the order of the ids."""
    if not items:
        return []
    reader = reader_of(user)
    rows = _rows(today).rows(items)
    people = [row[_ITEM.index("person_id")] for row in rows]
    found = once(
        user, ("labels", tuple(people), today),
        lambda: roster_labels.sorted_labels(_labels(reader, today).rows(people), care=True),
    )  # fmt: skip
    causes = {name: {row[_ITEM.index(name)] for row in rows} - {None} for name in ("rule_id", "round_id")}
    rules = {rule.pk: rule for rule in map(_rule, _rules().rows(causes["rule_id"]))}
    rounds = (
        {pk: Round(pk=pk, name=name) for pk, name in _rounds().rows(causes["round_id"])}
        if causes["round_id"]
        else {}
    )
    place = {pk: at for at, pk in enumerate(items)}
    cards: list[selectors.DuePerson] = []
    visitors: dict[int, User] = {}
    made = [_item(row, visitors) for row in rows]
    away = [item.person_id for item, _, _ in made if item.person.entrusted_to_id is not None]
    there = elsewhere(away, today) if away else {}
    for item, village, visited in made:
        item.rule, item.round = rules.get(item.rule_id), rounds.get(item.round_id)
        own = found.get(item.person_id, roster_labels.Labels())
        left = left_days(item.due_on, today)
        where = there.get(item.person_id)
        cards.append(
            selectors.card(item, own, user, left=left, village=village, has_visitor=visited, there=where)
        )
    return sorted(cards, key=lambda card: place[card.item.pk])


def _item(row: tuple[Any, ...], visitors: dict[int, User]) -> tuple[DueItem, str, bool]:
    """A row as the item with its person and visitor; the name of their village, and whether somebody visits them."""
    at = len(_ITEM)
    item = DueItem.from_db("default", _ITEM, row[:at])
    person = Person.from_db("default", _PERSON, row[at : at + len(_PERSON)])
    visitor, item.state, item.last_on, visited, village, tries, next_on = row[at + len(_PERSON) :]  # type: ignore[attr-defined]
    item.tries, item.next_on = tries or 0, next_on  # type: ignore[attr-defined]
    item.person, who = person, person.assignee_id
    if who is not None and who not in visitors:
        visitors[who] = User.from_db("default", ("id", "name"), (who, visitor))
    person.assignee = visitors[who] if who is not None else None
    return item, village or "", visited


def _rule(values: tuple[Any, ...]) -> FrequencyRule:
    rule = FrequencyRule.from_db("default", _RULE, values[:-1])
    code = rule.group_id
    rule.group = CareGroup.from_db("default", ("code", "visible_from"), (code, values[-1])) if code else None
    return rule
