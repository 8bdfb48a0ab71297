"""未访成（已按规定尝试）: set only after what the rule asks, taken back with a reason (E6, E7).

The due list says where an item stands; a later visit in its window wins over it, and when that visit is voided the
excuse stands again."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from visits.core.options import options
from visits.records.models import Attempt, Excuse
from visits.records.services.common import CannotVisit, lock_person, role_of
from visits.records.trying import Asks, Standing, Try, standing
from visits.roster.models import Person
from visits.schedule.models import DueItem

SETTINGS = ("tries_refused", "tries_not_met", "tries_days")


def asks_of(person: Person, by: User) -> Asks:
    """What the person's county asks today."""
    village = Region.objects.get(pk=person.village_id)
    found = options(SETTINGS, village, by.duty.on)  # type: ignore[attr-defined]
    return Asks(found["tries_refused"], found["tries_not_met"], found["tries_days"])


def standing_of(person: Person, item: DueItem, asks: Asks) -> Standing:
    """How the tries in the item's window stand."""
    rows = Attempt.objects.of_files([person.pk]).filter(tried_on__range=(item.tries_from, item.closes_on))
    return standing([as_try(one) for one in rows], asks)


def as_try(row: Attempt) -> Try:
    return Try(row.tried_on, row.outcome, row.mode == "home", bool(row.companions), row.part_of_day)


@transaction.atomic
def excuse(*, person_id: int, by: User, at: datetime) -> list[Excuse]:
    """Note every visit owed now for which enough was tried. Raises CannotVisit with what is still asked."""
    person = lock_person(person_id, by)
    asks = asks_of(person, by)
    items = list(
        DueItem.objects.filter(person=person)
        .to_do(by.duty.on)  # type: ignore[attr-defined]
        .select_for_update(of=("self",), no_key=True)
        .order_by("due_on", "pk")
    )
    if not items:
        raise CannotVisit("现在没有到期要访的，不用记未访成。")
    found = [(item, standing_of(person, item, asks)) for item in items]
    enough = [(item, one) for item, one in found if one.enough]
    if not enough:
        missing = found[0][1].missing or "还没有人去过"
        raise CannotVisit(f"还差一点：{missing}。")
    DueItem.objects.filter(pk__in=[item.pk for item, _ in enough]).update(stored=DueItem.Stored.EXCUSED)
    made = Excuse.objects.bulk_create(
        Excuse(due_item=item, basis=one.basis, tries=one.tries, noted_by=by, noted_at=at)
        for item, one in enough
    )
    audit.record(
        "visit_excused", at=at, by_id=by.pk, role=role_of(by, person), target=person,
        items=[item.pk for item, _ in enough], basis=enough[0][1].basis,
    )  # fmt: skip
    return made


@transaction.atomic
def undo_excuse(*, person_id: int, reason: str, by: User, at: datetime) -> int:
    """Take back what is noted: the visits are owed again. Returns how many. Raises CannotVisit."""
    person = lock_person(person_id, by)
    if not reason.strip():
        raise CannotVisit("请写明为什么撤回。", "reason")
    rows = list(
        Excuse.objects.filter(due_item__person=person, undone_at=None)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if not rows:
        raise CannotVisit("没有记过未访成，或者已经撤回了，请刷新后再看。")
    ids = [row.due_item_id for row in rows]
    DueItem.objects.filter(pk__in=ids, stored=DueItem.Stored.EXCUSED).update(stored=DueItem.Stored.OPEN)
    Excuse.objects.filter(pk__in=[row.pk for row in rows]).update(
        undone_at=at, undone_by=by, undo_reason=reason.strip()
    )
    audit.record(
        "visit_excuse_undone", at=at, by_id=by.pk, role=role_of(by, person), target=person, items=ids
    )
    return len(rows)


def stand_again(item_ids: Collection[int]) -> None:
    """A visit that had won over an excuse was voided: what was tried stands again."""
    open_ = Excuse.objects.filter(due_item_id__in=item_ids, undone_at=None).values("due_item_id")
    DueItem.objects.filter(pk__in=list(open_.values_list("due_item_id", flat=True)), stored="").update(
        stored=DueItem.Stored.EXCUSED
    )
