"""The wordings as they are read: a stored one is long, never changes, and is the same for every visit of a year. Each is
read and checked once in a process."""

from collections.abc import Iterable

from django.db import connection

from visits.records.models import FormVersion
from visits.records.wording import Form, load

# Which row, and which state of it: the same only for what is word for word the same, in whichever database.
MARK = "xmin::text || ctid::text"
MOST = 64
_read: dict[tuple[int, str], Form] = {}


def form_of(pk: int, mark: str) -> Form:
    """The wording with that id; `mark`: its `MARK`, read in the running statement."""
    form = _read.get((pk, mark))
    if form is None:
        form = load(FormVersion.objects.values_list("definition", flat=True).get(pk=pk))
        if len(_read) >= MOST:
            _read.clear()
        _read[pk, mark] = form
    return form


def forms_of(ids: Iterable[int]) -> dict[int, Form]:
    """Id → wording. One short statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {MARK} FROM visits_records_formversion WHERE id = ANY(%s)", [sorted(set(ids))]
        )
        return {pk: form_of(pk, mark) for pk, mark in cursor.fetchall()}
