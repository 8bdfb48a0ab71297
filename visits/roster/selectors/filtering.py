"""The list of people: what its filters mean, in which orders it is read, page by page."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Collate

from visits.roster.models import CareGroup, Membership, Person, PersonQuerySet, Relative, Review
from visits.roster.selectors.labels import readable
from visits.roster.selectors.reader import Reader, reader_of
from xunfang.kit.compiled import ONE, Compiled, compiled

# domain 4.3: a mobile that stands for more people than this is probably somebody else's.
SHARED_BY = 5
MOBILE = r"^1[3-9][0-9]{9}$"
# Behind every household: whoever has none comes last.
NO_HOUSEHOLD = 2**62

# The orders of the list; each ends in the key, so that every page goes on exactly where the last one stopped.
ORDERS = {
    "": ("village_id", "hamlet", "pk"),
    "household": ("village_id", "family", "pk"),
    "name": ("sound", "pk"),
    "age": ("birth_date", "pk"),
}
# What a row of the list shows, and no more: half of a page's time is making its rows.
SHOWN = (
    "uuid", "name", "sex", "birth_date", "village_id", "hamlet", "find_me", "household_id", "phone", "status", "left_on",
    "assignee__name",
)  # fmt: skip


def people(user: Any, today: date, chosen: dict[str, Any]) -> PersonQuerySet:
    """The people in scope that the filters leave (`forms.PeopleFilter`); 在册 unless said otherwise."""
    found = Person.objects.visible_to(user).filter(merged_into=None)
    found = found.filter(status=chosen.get("status", Person.Status.LIVE))
    for key, column in (("village", "village_id"), ("township", "township_id"), ("hamlet", "hamlet")):
        if key in chosen:
            found = found.filter(**{column: chosen[key]})
    if chosen.get("assignee") == "none":
        found = found.without_visitor(today)
    elif "assignee" in chosen:
        found = found.filter(assignee_id=chosen["assignee"])
    for key, narrow in _NARROW.items():
        if key in chosen:
            found = narrow(found, chosen[key], today, user)
    return found


def _member(today: date, *narrow: Q, **more: Any) -> Exists:
    return Exists(Membership.objects.live(today).filter(*narrow, person=OuterRef("pk"), **more))


def _tier(found: PersonQuerySet, tier: str, today: date, user: Any) -> PersonQuerySet:
    """重点: in any group of the key tier; 普遍: in a group, and in none of them (二-G1)."""
    key = _member(today, group__tier=CareGroup.Tier.KEY)
    return found.filter(key) if tier == CareGroup.Tier.KEY else found.filter(_member(today), ~key)


def _away(found: PersonQuerySet, *_: Any) -> PersonQuerySet:
    return found.filter(residence_region__isnull=False).exclude(
        residence_region__township_id=F("township_id")
    )


def _no_contact(found: PersonQuerySet, *_: Any) -> PersonQuerySet:
    named = Relative.objects.filter(person=OuterRef("pk"), voided_at=None).exclude(phone="")
    return found.filter(contact_phone="").filter(~Exists(named))


def _review(found: PersonQuerySet, *_: Any) -> PersonQuerySet:
    return found.filter(Exists(Review.objects.waiting().filter(person=OuterRef("pk"))))


def _shared(found: PersonQuerySet, value: str, today: date, user: Any) -> PersonQuerySet:
    # SECURITY: counted among the people one may see; a number beyond would tell of strangers.
    seen = Person.objects.visible_to(user).on_roster().filter(phone__regex=MOBILE)
    often = seen.order_by().values("phone").annotate(n=Count("pk")).filter(n__gt=SHARED_BY)
    return found.filter(phone__in=list(often.values_list("phone", flat=True)))


def _years_before(today: date, years: int) -> date:
    """The last birth date of who is that old today."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)


def _age_from(found: PersonQuerySet, age: int, today: date, user: Any) -> PersonQuerySet:
    return found.filter(birth_date__lte=_years_before(today, age))


def _age_to(found: PersonQuerySet, age: int, today: date, user: Any) -> PersonQuerySet:
    return found.filter(birth_date__gt=_years_before(today, age + 1))


def _since(found: PersonQuerySet, day: date, today: date, user: Any) -> PersonQuerySet:
    """In a group from that day on, and in none before: who is new on the list."""
    rows = Membership.objects.filter(person=OuterRef("pk"), voided_at=None)
    return found.filter(Exists(rows.filter(starts_on__gte=day)), ~Exists(rows.filter(starts_on__lt=day)))


def _month(found: PersonQuerySet, day: date, today: date, user: Any) -> PersonQuerySet:
    """Put into a group by that month's list."""
    rows = Membership.objects.filter(person=OuterRef("pk"), voided_at=None)
    return found.filter(Exists(rows.filter(source__month=day.replace(day=1))))


_NARROW: dict[str, Callable[..., PersonQuerySet]] = {
    "group": lambda found, code, today, user: found.filter(_member(today, readable(user), group_id=code)),
    "area": lambda found, area, today, user: found.filter(_member(today, area=area)),
    "tier": _tier,
    "away": _away,
    "alone": lambda found, *_: found.filter(lives_alone=True),
    "nophone": lambda found, *_: found.filter(phone=""),
    "nocontact": _no_contact,
    "uninformed": lambda found, *_: found.filter(informed_on=None),
    "review": _review,
    "shared": _shared,
    "age_from": _age_from,
    "age_to": _age_to,
    "since": _since,
    "month": _month,
}


def ordered(found: PersonQuerySet, sort: str = "") -> PersonQuerySet:
    """In one of `ORDERS`. Names go by their sound (the database's Chinese order)."""
    if sort == "name":
        found = found.annotate(sound=Collate("name", "zh-x-icu"))
    elif sort == "household":
        found = found.annotate(family=Coalesce("household_id", Value(NO_HOUSEHOLD)))
    return found.order_by(*ORDERS[sort])


def page(
    user: Any,
    found: PersonQuerySet,
    size: int,
    *,
    sort: str = "",
    after: int | None = None,
    before: int | None = None,
) -> tuple[list[Person], bool]:
    """The next rows after a person (or the last ones before one), in order; and whether there are more on
    that side. A person whom the filters leave out by now still marks the place."""
    rows = ordered(found, sort).select_related("assignee").only(*SHOWN)
    mark = after if after is not None else before
    back = after is None and before is not None
    if back:
        rows = rows.reverse()
    got: list[Person] = []
    if mark is not None:
        place = _place(reader_of(user), sort).within(mark)
        if place is not None:
            got = list(rows.filter(_beyond(ORDERS[sort], place, back=back))[: size + 1])
        if not got and Person.objects.visible_to(user).filter(pk=mark).exists():
            return [], False
    got = got or list(rows[: size + 1])
    more, got = len(got) > size, got[:size]
    return (got[::-1] if back else got), more


@lru_cache(maxsize=512)
def _place(reader: Reader, sort: str) -> Compiled:
    """Where a person stands, by the columns of the order; put into words once for a reader."""
    # SECURITY: where a stranger would stand in the list is nobody's business.
    marked = ordered(Person.objects.visible_to(reader).filter(pk=ONE), sort)
    return compiled(marked.order_by().values_list(*ORDERS[sort]))


def _beyond(columns: tuple[str, ...], place: RawSQL, *, back: bool) -> Func:
    """Everything behind (before) the place of the marked row. Compared as one row, in the statement that reads
    the page, so that the index begins exactly there, however far down."""
    return Func(
        Func(*columns, function="ROW", output_field=BooleanField()),
        place,
        template="(%(expressions)s)",
        arg_joiner=" < " if back else " > ",
        output_field=BooleanField(),
    )
