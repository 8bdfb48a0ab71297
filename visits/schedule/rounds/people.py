"""Whom a round means, and their items, written by one statement.

`fitting` is the one definition: the figures before saving, the first writing and the newcomers of the night all
come from it. Who died or left is in no round; who is in prison, in rehabilitation or can't be found is owed nothing
while that lasts (1-E E10). Who lies in hospital or is away for some days stays in it: a call, or a visit at the
bedside, reaches them too.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import IsNull

from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.roster.models import Absence, CareGroup, Membership, Person, PersonQuerySet
from visits.roster.selectors.dwelling import at_risk
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import hooks
from visits.schedule.rounds.kinds import DAYS_AFTER, closes_of
from visits.schedule.writing import one_at_a_time

OLD = 80
ALONE_GROUPS = ("old_alone", "old_childless")


def day_of(row: Round, on: date) -> date:
    """The day whose memberships decide: today, but neither before the round begins nor after it was due."""
    return min(max(on, row.starts_on), row.due_on)


def fitting(row: Round, on: date, people: Sequence[int] | None = None) -> PersonQuerySet:
    """The people whom the round means on that day; `row` need not be saved yet."""
    day = day_of(row, on)
    found = Person.objects.filter(merged_into=None).filter(Q(left_on=None) | Q(left_on__gt=day))
    if row.region.level != Level.CITY:
        found = found.filter(**{COLUMN[Level(row.region.level)]: row.region_id})
    if row.village_ids:
        found = found.filter(village_id__in=row.village_ids)
    if people is not None:
        found = found.filter(pk__in=people)
    suspended = Absence.objects.live(day).suspending().filter(person=OuterRef("pk"))
    found = found.filter(_member(day), ~Exists(suspended)).filter(_who(row.profile, day))
    return without(found, row.profile["without"]) if row.profile.get("without") else found


def without(found: PersonQuerySet, rounds: Collection[int]) -> PersonQuerySet:
    """Only who is asked for by none of these rounds; one that is called off asks for nobody but whom it reached."""
    # Asked person by person, as a value: of a round that was just made the server thinks that it has one item, and would
    # read all its items for each person.
    theirs = asked(DueItem.objects.filter(round__in=rounds, person=OuterRef("pk"))).order_by()
    return found.filter(IsNull(Subquery(theirs.values("pk")[:1]), True))


def asked(items: QuerySet) -> QuerySet:
    """Of these items those that a round still asks for, or that were done."""
    return items.exclude(stored__in=[DueItem.Stored.DROPPED, DueItem.Stored.SUPERSEDED])


def _member(day: date, **more: Any) -> Exists:
    return Exists(Membership.objects.live(day).filter(person=OuterRef("pk"), **more))


def _who(profile: dict[str, Any], day: date) -> Q:
    who = profile.get("who", [])
    if "all" in who:
        return Q()
    alone = Q(lives_alone=True) | Q(_member(day, group_id__in=ALONE_GROUPS))
    parts = {
        "alone": alone,
        "old_alone": alone & Q(birth_date__lte=_born_by(day, OLD)),
        "dwelling": _bad_dwelling(),
    }
    found = Q(pk__in=[])
    for code in who:
        found |= parts[code]
    if profile.get("groups"):
        found |= Q(_member(day, group_id__in=profile["groups"]))
    return found


def _bad_dwelling() -> Q:
    """四(二)-4: what the file says of the house, or a visit said. Too many in a storm is no harm."""
    found = Q(at_risk())
    for made in hooks.bad_dwelling:
        found |= Q(made())
    return found


def _born_by(day: date, years: int) -> date:
    """The last birth date of whoever is that old on the day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)


# The columns of an item in the order of INSERT; `fitting` gives the rest of the row.
INSERT = """
INSERT INTO visits_schedule_dueitem (cause, round_id, period_start, period_end, first, opens_on, due_on, closes_on,
       stored, done_mode, done_met, done_via, person_id, tier, county_id, township_id, village_id, assignee_id,
       entrusted_to_id)
SELECT 'round', %s, %s, %s, FALSE, %s, %s, %s, '', '', '', '', f.* FROM ({people}) f
ON CONFLICT DO NOTHING
"""


def _rows(row: Round, on: date, people: Sequence[int] | None) -> tuple[str, tuple[Any, ...]]:
    key = _member(day_of(row, on), group__tier=CareGroup.Tier.KEY)
    tier = Case(When(key, then=Value("key")), default=Value("general"))
    # Who was put on file after the round was due was never asked for in it.
    known = fitting(row, on, people).filter(created_at__date__lte=row.due_on).annotate(round_tier=tier)
    columns = ("pk", "round_tier", "county_id", "township_id", "village_id", "assignee_id", "entrusted_to_id")
    return known.order_by().values_list(*columns).query.sql_with_params()


def write(row: Round, on: date, people: Sequence[int] | None = None) -> int:
    """Give everybody whom the round means an item, once, however often and from however many sides it is called.
    Returns how many are new."""
    one_at_a_time()
    sql, parameters = _rows(row, on, people)
    dates = (row.pk, row.starts_on, row.due_on, row.starts_on, row.due_on, closes_of(row.due_on))
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(people=sql), (*dates, *parameters))
        return cursor.rowcount


def correct(row: Round, on: date, people: Sequence[int] | None = None) -> None:
    """Open items of who is suspended, or has left, are dropped; they are back when that is taken back."""
    items = DueItem.objects.filter(round=row, done_on=None)
    if people is not None:
        items = items.filter(person_id__in=people)
    suspended = Absence.objects.live(day_of(row, on)).suspending().filter(person=OuterRef("person_id"))
    gone = Exists(suspended) | Q(person__left_on__lte=on) | Q(person__merged_into__isnull=False)
    items.filter(gone, stored=DueItem.Stored.OPEN).update(stored=DueItem.Stored.DROPPED)
    back = items.filter(
        stored=DueItem.Stored.DROPPED, person__in=fitting(row, on, people).order_by().values("pk")
    )
    back.update(stored=DueItem.Stored.OPEN)


def running(on: date) -> QuerySet:
    """Rounds whose items may still be done, those to come included."""
    return Round.objects.open().filter(due_on__gte=on - timedelta(days=DAYS_AFTER))


def bring_up_to_date(on: date, people: Sequence[int] | None = None) -> int:
    """The nightly part, and what a change to some people asks for. Returns the number of new items."""
    made = 0
    for row in running(on).select_related("region").order_by("pk"):
        correct(row, on, people)
        made += write(row, on, people)
    return made
