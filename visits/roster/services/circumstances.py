"""What the rules of membership ask of a file, read from the database: the county's settings, who lives under
the same roof, the family."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Region
from visits.core.options import options
from visits.roster import membership
from visits.roster.models import CareGroup, Household, Person, Relative

NAMED = 3


def group_facts(region: Region | None = None, on: date | None = None) -> dict[str, membership.GroupFacts]:
    """All groups in use as values for the pure rules, in their order; under the settings of that unit on that
    day (without a unit: the defaults)."""
    settings = settings_of(region, on) if region is not None and on is not None else {}
    return {
        group.code: membership.with_settings(
            membership.GroupFacts(
                group.code, group.name, group.short, group.clause, group.tier,
                group.min_age, group.max_age, group.alone,
            ),
            settings,
        )
        for group in CareGroup.objects.filter(active=True).order_by("position")
    }  # fmt: skip


def settings_of(region: Region, on: date) -> dict[str, Any]:
    """The ages and the place of children as the county has decided them."""
    return options(membership.SETTING_KEYS, region, on)


def under_one_roof(
    village_id: int, household: Household | None, residence: str, besides: int | None = None
) -> tuple[str, ...]:
    """Names of people on the roster in the same household, or entered at the very same address of the
    village; at most three."""
    same = Q(pk__in=[])
    if household is not None:
        same |= Q(household_id=household.pk)
    if residence:
        same |= Q(village_id=village_id, residence=residence)
    rows = Person.objects.on_roster().filter(same).exclude(pk=besides).order_by("pk")
    return tuple(rows.values_list("name", flat=True)[:NAMED])


def families_of(person_ids: Iterable[int]) -> dict[int, tuple[membership.Kin, ...]]:
    """Person id → the entered family as the rules see it. One query."""
    found: dict[int, tuple[membership.Kin, ...]] = {}
    for row in Relative.objects.filter(person_id__in=list(person_ids), voided_at=None).order_by("pk"):
        found[row.person_id] = (*found.get(row.person_id, ()), kin_of(row))
    return found


def kin_of(row: Relative) -> membership.Kin:
    return membership.Kin(
        row.kind, row.relation, row.birth_year, row.where, row.disability_kind, row.disability_grade, row.unable
    )  # fmt: skip


def family_of(person: Person) -> tuple[membership.Kin, ...]:
    """The entered family of one person."""
    return families_of([person.pk]).get(person.pk, ())


def circumstances_of(person: Person) -> membership.Circumstances:
    """What the file says about this life today."""
    return membership.Circumstances(
        birth=person.birth_date,
        lives_alone=person.lives_alone,
        others=under_one_roof(person.village_id, person.household, person.residence, person.pk),
        kin=family_of(person),
    )
