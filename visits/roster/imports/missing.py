"""名单上没有了: who is in the class and not on its full list (practice P6). Nothing here closes anything.

A full list speaks of a township, a class, and 城 or 乡 where it is of 低保. Whoever is in that class there and
is not on it is asked about, once for each month; a row that is wrong still speaks for the person of its id
number. A list is older than another by its month: it says nothing about what a newer one has said.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q

from visits.roster.models import (
    Listed,
    Membership,
    MembershipQuerySet,
    MissingRow,
    MissingRowQuerySet,
    Person,
    RosterImport,
)

Coverage = RosterImport.Coverage


def last_day(month: date) -> date:
    """The last day of the month of that day."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Numbers:
    """What decides whether a list is held. `had`: people in the class before it; `missing`: those of them who
    are not on it; `people`: lines of it; `last`: people on the last full list, None when there was none."""

    had: int
    missing: int
    people: int
    last: int | None = None

    def hold(self, percent: int) -> str:
        """ "half": not even loaded before somebody looks (一(三)-1: nothing on it, or half the people of the
        last one gone); "share": more than `percent` missing, nothing is settled in bulk (P6); ""."""
        if self.last and self.people * 2 <= self.last:
            return "half"
        return "share" if self.missing * 100 > percent * self.had else ""


def spoken_of(batch: RosterImport) -> MembershipQuerySet:
    """Open memberships that a full list speaks about: begun by the end of its month, not named by the list of a
    later one, of people on the roster.

    The people come first, as values: right after a list was loaded PostgreSQL's figures are those of the tables
    before it, and joined it looks through the whole township for every membership."""
    people = Person.objects.filter(township_id=batch.township_id, status=Person.Status.LIVE, merged_into=None)
    found = Membership.objects.filter(
        group_id=batch.group_id,
        ends_on=None,
        voided_at=None,
        starts_on__lte=last_day(batch.month),
        person_id__in=list(people.values_list("pk", flat=True)),
    )
    found = found.exclude(Exists(Listed.objects.filter(membership=OuterRef("pk"), month__gt=batch.month)))
    return found.filter(area=batch.area) if batch.area else found


def of_month(batch: RosterImport) -> MissingRowQuerySet:
    """What was asked for the list's month or a later one."""
    return MissingRow.objects.filter(batch__month__gte=batch.month, batch__coverage=Coverage.FULL)


def snapshot(batch: RosterImport) -> dict[int, int]:
    """Membership → person of everybody the list speaks about; nobody for a supplement."""
    if batch.coverage != Coverage.FULL:
        return {}
    return dict(spoken_of(batch).values_list("pk", "person_id"))


def newer_full(batch: RosterImport) -> date | None:
    """The month of a full list of the class that is newer than this list and was loaded."""
    found = RosterImport.objects.full().about(batch.group_id, batch.area)
    found = found.filter(township_id=batch.township_id, month__gt=batch.month)
    return found.aggregate(Max("month"))["month__max"]


def last_full(batch: RosterImport) -> RosterImport | None:
    """The full list of exactly this class, 城 or 乡, that was loaded before: the newest up to this month."""
    found = RosterImport.objects.full().filter(
        township_id=batch.township_id, group_id=batch.group_id, area=batch.area, month__lte=batch.month
    )
    return found.exclude(pk=batch.pk).order_by("-month", "-pk").first()


def followed(batch: RosterImport) -> bool:
    """Whether a full list of the class was loaded for an earlier month: who is new on this one was not on that."""
    found = RosterImport.objects.full().about(batch.group_id, batch.area)
    return found.filter(township_id=batch.township_id, month__lt=batch.month).exists()


def newer_months(batch: RosterImport) -> dict[tuple[str, str], date]:
    """(class, area) → month of the newest loaded full list of the township that is newer than this list."""
    found = RosterImport.objects.full().filter(township_id=batch.township_id, month__gt=batch.month)
    rows = found.order_by().values_list("group_id", "area").annotate(Max("month"))
    return {(group, area): month for group, area, month in rows}


def askable(batch: RosterImport) -> MembershipQuerySet:
    """Those of `spoken_of` about whom this list may ask: not asked about for this month or a later one, no
    question open."""
    this = {"membership": OuterRef("pk")}
    return spoken_of(batch).exclude(Exists(of_month(batch).filter(**this))).exclude(
        Exists(MissingRow.objects.filter(settled_at=None, **this))
    )  # fmt: skip


def unnamed(batch: RosterImport, named: Any) -> MembershipQuerySet:
    """Those of `spoken_of` who are not on the list and not answered for its month already. `named`: person
    ids, or a query of them."""
    answered = of_month(batch).filter(membership=OuterRef("pk"), settled_at__isnull=False)
    return spoken_of(batch).exclude(Exists(answered)).exclude(person_id__in=named)


def numbers(batch: RosterImport, people: int, before: Mapping[int, int], named: Collection[int]) -> Numbers:
    """What the list says against `before`. `named`: persons who are on it, in right rows and in wrong ones."""
    last = last_full(batch)
    answered = of_month(batch).filter(membership_id__in=before, settled_at__isnull=False)
    settled = set(answered.values_list("membership_id", flat=True))
    gone = sum(1 for pk, person in before.items() if person not in named and pk not in settled)
    return Numbers(len(before), gone, people, _people_of(last) if last else None)


def _people_of(batch: RosterImport) -> int:
    return int(batch.counts.get("rows", 0))


def ask(batch: RosterImport, before: Mapping[int, int], named: Collection[int]) -> int:
    """Write the questions, inside the transaction that loads the list. Returns how many."""
    if newer_full(batch) is not None:
        return 0
    absent = {membership: person for membership, person in before.items() if person not in named}
    # Under the people's locks: who was noted dead or taken out meanwhile is no question any more.
    people = (
        Person.objects.filter(pk__in=absent.values())
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    list(people.values_list("pk", flat=True))
    rows = askable(batch).filter(pk__in=absent).order_by("pk")
    made = MissingRow.objects.bulk_create(
        [MissingRow(batch=batch, membership_id=pk, person_id=absent[pk]) for pk in rows.values_list("pk", flat=True)],
        batch_size=500,
    )  # fmt: skip
    return len(made)


# The cast: against an array of another type PostgreSQL looks through the whole of it for every row.
MARK = """
INSERT INTO visits_roster_listed (membership_id, month, batch_id)
SELECT id, %(month)s, %(batch)s FROM visits_roster_membership
 WHERE person_id = ANY(%(people)s::bigint[]) AND group_id = %(group)s AND ends_on IS NULL AND voided_at IS NULL
    ON CONFLICT (membership_id) DO UPDATE SET month = EXCLUDED.month, batch_id = EXCLUDED.batch_id
 WHERE visits_roster_listed.month < EXCLUDED.month
"""


def note_named(batch: RosterImport, named: Mapping[str, Collection[int]], at: datetime) -> None:
    """Remember who is on the list (class → persons), and answer what an older or equal list asked about them:
    they are on it again."""
    for group, people in named.items():
        with connection.cursor() as cursor:
            cursor.execute(
                MARK, {"month": batch.month, "batch": batch.pk, "people": list(people), "group": group}
            )
        # The open questions are few, the people may be a hundred thousand.
        asked = MissingRow.objects.open().filter(
            person__township_id=batch.township_id, membership__group_id=group, batch__month__lte=batch.month
        )
        on_it = set(people)
        again = [pk for pk, person in asked.values_list("pk", "person_id") if person in on_it]
        MissingRow.objects.filter(pk__in=again, settled_at=None).update(
            outcome=MissingRow.Outcome.BACK, settled_at=at, settled_by=batch.created_by_id
        )


def asked_by(batch: RosterImport) -> Q:
    """Open questions that belong on the page of this list: what it and earlier lists of the class asked."""
    condition = Q(membership__group_id=batch.group_id, person__township_id=batch.township_id)
    if batch.area:
        condition &= Q(membership__area=batch.area)
    return condition & Q(batch__month__lte=batch.month)


def open_on(batch: RosterImport) -> MissingRowQuerySet:
    """The questions that this list's page asks: its own and what earlier lists of the class left open."""
    if batch.coverage != Coverage.FULL:
        return MissingRow.objects.none()
    return MissingRow.objects.open().filter(asked_by(batch))


def settled_on(batch: RosterImport) -> MissingRowQuerySet:
    """What was asked by this list and is answered."""
    return MissingRow.objects.filter(batch=batch, settled_at__isnull=False)
