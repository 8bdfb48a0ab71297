"""Lists of a class and month, brought in for tests, and what they are compared with."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tests.visits.roster.lists import as_csv, number, row
from visits.roster.imports import holding
from visits.roster.imports import services as imports
from visits.roster.models import Membership, MissingRow, Person, RosterImport
from xunfang.kit.crypto import blind_index

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)
START = date(2026, 7, 1)
WORDS = {"dibao": "低保", "tekun": "特困"}


def quiet(*_: object) -> None:
    """Progress nobody watches."""


def read(
    cast: Any, rows: list[dict[str, Any]], month: date = NOV, group: str | None = "dibao", *, area: str = "",
    full: bool = True, at: datetime = AT,
) -> RosterImport:  # fmt: skip
    """Given and read."""
    batch = imports.start(
        content=as_csv(rows), file_name="名单.csv", month=month, default_start=START, township_id=cast.township.pk,
        by=cast.township_clerk, at=at, group_id=group, area=area, coverage="full" if full else "supplement",
    )  # fmt: skip
    imports.read(import_id=batch.pk, today=TODAY, at=at, progress=quiet)
    batch.refresh_from_db()
    return batch


def load(cast: Any, batch: RosterImport, at: datetime = AT) -> RosterImport:
    """Confirmed and loaded."""
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=at)
    imports.load(import_id=batch.pk, today=TODAY, at=at, progress=quiet)
    batch.refresh_from_db()
    return batch


def bring(
    cast: Any, rows: list[dict[str, Any]], month: date = NOV, group: str | None = "dibao", **more: Any
) -> RosterImport:
    """Given, read, looked at where it is held, and loaded."""
    batch = read(cast, rows, month, group, **more)
    if batch.held:
        release(cast, batch)
    return load(cast, batch, more.get("at", AT))


def release(cast: Any, batch: RosterImport) -> None:
    holding.release(import_id=batch.pk, by=cast.township_clerk, at=AT)
    batch.refresh_from_db()


def lines(*serials: int, group: str = "dibao", **values: Any) -> list[dict[str, Any]]:
    return [row(n, group=WORDS.get(group, group), **values) for n in serials]


def person_of(serial: int) -> Person:
    return Person.objects.get(id_index=blind_index(number(serial), "person.id_number"))


def spans(serial: int) -> list[tuple[str, date, date | None]]:
    """Group, first and last day of every membership."""
    rows = Membership.objects.filter(person=person_of(serial), voided_at=None).order_by(
        "group_id", "starts_on"
    )
    return list(rows.values_list("group_id", "starts_on", "ends_on"))


def asked(batch: RosterImport, **more: Any) -> set[int]:
    """Persons whom this list asks about."""
    return set(MissingRow.objects.filter(batch=batch, **more).values_list("person_id", flat=True))
