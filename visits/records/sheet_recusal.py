"""回避: tables that wait for somebody who must leave the signing to others, for whoever arranges a 授权."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from accounts.models import Delegation, Post, User
from accounts.scoping import COLUMN
from visits.records import sheet_rows
from visits.records.models import SLOT_LEVELS, SLOT_ROLES, Sheet, SheetLine
from visits.records.services.signing import family_of, is_near
from visits.roster.models import NearRelative, Person

WAITING = (Sheet.State.OPEN, Sheet.State.SIGNING)


def recused(user: User, on: date) -> set[int]:
    """Unsigned tables that name a near relative of the user. Two queries for nearly everybody, who has none."""
    family = family_of(user)
    if not family:
        return set()
    rows = Sheet.objects.visible_to(user).filter(state__in=WAITING)
    return {pk for pk, people in _named(rows, family, on).items() if people}


def nobody_may(rows: Collection[Any], on: date) -> dict[int, str]:
    """By table whose next slot has holders, all of them near relatives of somebody on it, and no 授权: their names.
    `rows` carry `names`, how many have signed. Three queries, and two more where there is such a family."""
    seats = {row.pk: _seat(row) for row in rows if row.state in WAITING and row.names < len(SLOT_ROLES)}
    holders: dict[tuple[str, int], dict[int, str]] = defaultdict(dict)
    posts = Post.objects.live(on).filter(
        role__in={role for role, _ in seats.values()},
        region_id__in={unit for _, unit in seats.values()},
        user__is_active=True,
    )
    phones: dict[str, int] = {}
    for post in posts.select_related("user"):
        holders[post.role, post.region_id][post.user_id] = post.user.name
        if post.user.phone:
            phones[post.user.phone] = post.user_id
    families = _families(phones, {pk for found in holders.values() for pk in found})
    if not families:
        return {}
    everybody = set().union(*families.values())
    named = _named([row for row in rows if row.pk in seats], everybody, on)
    given = set(Delegation.objects.live(on).values_list("role", "region_id"))
    found = {}
    for pk, seat in seats.items():
        there = holders[seat]
        away = all(families.get(user, set()) & named.get(pk, set()) for user in there)
        if there and away and seat not in given:
            found[pk] = "、".join(there.values())
    return found


def _seat(row: Any) -> tuple[str, int]:
    """Role and unit of the slot that is next."""
    slot = row.names + 1
    return SLOT_ROLES[slot], getattr(row, COLUMN[SLOT_LEVELS[slot]])


def _families(phones: dict[str, int], users: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    filed = NearRelative.objects.filter(user_id__in=users, voided_at=None)
    for user, person in filed.values_list("user_id", "person_id"):
        found[user].add(person)
    told = Person.objects.filter(contact_phone__in=phones)
    for phone, relation, person in told.values_list("contact_phone", "contact_relation", "pk"):
        if is_near(relation):
            found[phones[phone]].add(person)
    return found


def _named(rows: Iterable[Sheet], people: set[int], on: date) -> dict[int, set[int]]:
    """Which of these people each table names: a frozen one by its lines, another by those of now."""
    rows = list(rows)
    found: dict[int, set[int]] = defaultdict(set)
    lines = SheetLine.objects.filter(sheet_id__in=[row.pk for row in rows], person_id__in=people)
    for sheet, person in lines.values_list("sheet_id", "person_id"):
        found[sheet].add(person)
    places = set(Person.objects.filter(pk__in=people).values_list("village_id", flat=True))
    for row in rows:
        if not row.seal and row.village_id in places:
            found[row.pk] |= people & {line.person_id for line in sheet_rows.live(row, on)}
    return found
