"""Who was on the roster before their township began (practice P4, decisions 4): they are no newcomers."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef

from visits.core.start import go_lives
from visits.roster.models import Membership, Person, PersonQuerySet


def mark_on_roster(*, person_ids: Collection[int], on: date) -> int:
    """Stamp people whose list says that they were in a class before their township's 启用日期, as far as
    nobody stamped them. Returns how many."""
    townships = set(
        Person.objects.filter(pk__in=person_ids, on_roster_before=None)
        .order_by()
        .values_list("township_id", flat=True)
    )
    marked = 0
    for township_id, day in go_lives(townships, on).items():
        people = Person.objects.filter(pk__in=person_ids, on_roster_before=None, township_id=township_id)
        marked += _stamp(people, day)
    return marked


def restart(*, township_id: int, day: date) -> int:
    """The township begins on another day than was said: everybody's stamp follows. Returns how many changed."""
    people = Person.objects.filter(township_id=township_id)
    joined = Membership.objects.filter(person_id=OuterRef("pk"), voided_at=None, starts_on__lt=day)
    taken_back = people.filter(~Exists(joined), on_roster_before__isnull=False).update(on_roster_before=None)
    return taken_back + _stamp(people.exclude(on_roster_before=day), day)


def _stamp(people: PersonQuerySet, day: date) -> int:
    joined = Membership.objects.filter(person_id=OuterRef("pk"), voided_at=None, starts_on__lt=day)
    return people.filter(Exists(joined)).update(on_roster_before=day)
