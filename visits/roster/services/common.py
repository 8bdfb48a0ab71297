"""What all events in the life of a file share: refusals, locks, and telling the rooms above."""

from collections.abc import Callable, Collection
from datetime import date

from django.db import OperationalError
from psycopg2.errors import LockNotAvailable

from accounts.models import Region, User
from accounts.roles import Role
from visits.roster.models import Person
from xunfang.kit import jobs


class CannotChange(Exception):
    """This can't be done; the text says why and what to do, and is shown at `field` ("": at the top)."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class AlreadyOnFile(CannotChange):
    """一人一档: this person has a file that the user may open: `person`."""

    def __init__(self, person: Person) -> None:
        state = "" if person.status == Person.Status.LIVE else f"（已登记{person.get_status_display()}）"
        super().__init__(f"这个身份证号已经有档案{state}，请打开原来的档案，不用再建", "id_number")
        self.person = person


class Conflict(CannotChange):
    """Somebody saved in between; `person` is what they left."""

    def __init__(self, person: Person) -> None:
        super().__init__("您填的时候，别人改过这份档案。下面是两边不一样的地方，请核对后再保存")
        self.person = person


class NeedsConfirmation(CannotChange):
    """Unusual, not wrong: `warnings` (code → sentence) want a tick before it is saved."""

    def __init__(self, warnings: dict[str, str]) -> None:
        super().__init__("；".join(warnings.values()))
        self.warnings = warnings


# Called with person ids inside the transaction that changed them, so that what is owed changes at once.
# The rooms above append to it when they start.
after_people_change: list[Callable[[list[int]], None]] = []
# Called inside the transaction of a merge with (kept, merged, the day): what is owed, and what is being
# typed, follows. What they change is remembered (`keeping`) and given back by an undo, after which
# `after_unmerge` is called the same way.
after_merge: list[Callable[[int, int, date], None]] = []
after_unmerge: list[Callable[[int, int, date], None]] = []
# Person id → a day, asked for: person id → day of the latest visit that met the person after it.
seen_after: list[Callable[[dict[int, date]], dict[int, date]]] = []
# Person ids → day and words (“上门”, “线下已访”) of the latest visit of each that was made, asked for: for whoever
# decides about somebody and would otherwise open the file.
last_visited: list[Callable[[Collection[int]], dict[int, tuple[date, str]]]] = []


def last_visits(person_ids: Collection[int]) -> dict[int, tuple[date, str]]:
    """The latest of what the rooms above know of each; who was never visited is left out."""
    found: dict[int, tuple[date, str]] = {}
    for ask in last_visited:
        for pk, visit in ask(person_ids).items():
            found[pk] = max(visit, found.get(pk, visit))
    return found


def tell(person_ids: Collection[int]) -> None:
    """Let the rooms above react in this transaction."""
    ids = sorted(set(person_ids))
    follow_kept(ids)
    for react in after_people_change:
        react(ids)


def follow_kept(person_ids: Collection[int]) -> None:
    """Files that were merged into these stand where these stand: whoever reads the one reads the other."""
    merged = Person.objects.filter(merged_into_id__in=person_ids).select_related("merged_into")
    for row in merged:
        kept = row.merged_into
        assert kept is not None
        values = {name: getattr(kept, name) for name in FOLLOWS}
        if values != {name: getattr(row, name) for name in FOLLOWS}:
            Person.objects.filter(pk=row.pk).update(**values)


FOLLOWS = ("county_id", "township_id", "village_id", "assignee_id", "entrusted_to_id")


def tell_later(township_id: int) -> None:
    """The same for a whole list, in the background: thousands at once are no part of a request."""
    jobs.enqueue("schedule.refresh", {"township_id": township_id}, title="更新待访名单")


def lock_own(person_id: int, by: User) -> Person:
    """The person, locked, if the user keeps the file. Raises `CannotChange`."""
    person = (
        Person.objects.writable_by(by)
        .filter(pk=person_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if person is None:
        raise CannotChange("这份档案不归您这里管，请刷新后再看")
    return person


def lock_visible(person_id: int, by: User) -> Person:
    """The person, locked, if the user may see the file. Raises `CannotChange`."""
    ids = Person.objects.visible_to(by).filter(pk=person_id).values("pk")
    person = Person.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).first()
    if person is None:
        raise CannotChange("这份档案不归您这里管，请刷新后再看")
    return person


def lock_township(township_id: int) -> None:
    """Hold everything else that changes many people of a township at once: a list that is loaded, missing
    ones that are settled. Raises `CannotChange` when a page has waited too long."""
    unit = Region.objects.filter(pk=township_id).select_for_update(no_key=True)
    try:
        list(unit.values_list("pk", flat=True))
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise CannotChange("有一份名单正在入库，请过一会儿再点一次") from error


def clerk_townships(by: User) -> set[int]:
    """Townships whose files the user keeps."""
    return by.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
