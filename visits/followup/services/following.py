"""Findings and plans go where the person goes: another village, another file, the end of the file."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from accounts.regions import Place
from visits.followup import ledger
from visits.followup.models import AidEnding, Emergency, Finding, FindingStep, OpenNeed, Plan, Subject
from visits.followup.services import hooks, needs
from visits.followup.services.noting import recompute, standing
from visits.roster.models import Person
from visits.roster.services.keeping import Keeper

State, Kind = Finding.State, FindingStep.Kind
UNITS = ("county_id", "township_id", "village_id")


def _open_rows() -> tuple[QuerySet, ...]:
    """What goes with the person; what is over stays where it was (decisions 6)."""
    return (
        Finding.objects.filter(state=State.OPEN),
        Plan.objects.filter(replaced_at=None),
        OpenNeed.objects.order_by(),
        AidEnding.objects.exclude(state__in=[AidEnding.State.DECIDED, AidEnding.State.DROPPED]),
        Emergency.objects.unsettled(),
    )


def follow_units(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    """Open rows go with their village."""
    for unit_id, place in places.items():
        if place.village_id is not None:
            for rows in _open_rows():
                moved = rows.filter(village_id=unit_id)
                told = _told_elsewhere(moved, place.township_id)
                moved.update(
                    county_id=place.county_id, township_id=place.township_id, village_id=place.village_id
                )
                _tell_anew(told, at)
        elif place.township_id is not None:  # where in the township was never said
            moved = Emergency.objects.unsettled().filter(village_id=None, township_id=unit_id)
            told = _told_elsewhere(moved, place.township_id)
            moved.update(county_id=place.county_id, township_id=place.township_id)
            _tell_anew(told, at)


def _told_elsewhere(rows: QuerySet, township_id: int | None) -> list[int]:
    """Ids of the emergencies among these that another township was told of."""
    if rows.model is not Emergency:
        return []
    return list(rows.exclude(township_id=township_id).values_list("pk", flat=True))


def _tell_anew(emergency_ids: Collection[int], at: datetime) -> None:
    for pk in emergency_ids:
        hooks.started(Subject.EMERGENCY, pk, at)


def follow_people(person_ids: Collection[int], at: datetime) -> None:
    """The roster's hook: people moved, died, came back. What stands under a number that was merged into a file goes
    with that file."""
    files = Person.objects.of_files(person_ids)
    for rows in _open_rows():
        moved = rows.filter(person__in=files).exclude(village_id=F("person__village_id"))
        found = moved.values_list("pk", "township_id", *(f"person__{name}" for name in UNITS))
        for pk, was, *units in list(found):
            now = dict(zip(UNITS, units, strict=True))
            rows.model._default_manager.filter(pk=pk).update(**now)
            if rows.model is Emergency and was != now["township_id"]:
                _tell_anew([pk], at)
    _end(person_ids, at)
    _agree(person_ids, at)


def _end(person_ids: Collection[int], at: datetime) -> None:
    """Of who died or moved away nothing is left to be mended."""
    gone = Finding.objects.filter(person_id__in=person_ids, state=State.OPEN)
    gone = gone.exclude(person__status=Person.Status.LIVE).select_related("person")
    for row in gone.select_for_update(of=("self",), no_key=True).order_by("pk"):
        on = max(row.person.left_on or row.last_seen_on, row.last_seen_on)
        _add(row, Kind.CLOSED, on, f"人已{row.person.get_status_display()}", at)
        recompute(row)


def _agree(person_ids: Collection[int], at: datetime) -> None:
    """An undo gave back the rows as they were: the steps get one more that says so."""
    ended = FindingStep.objects.filter(finding=OuterRef("pk"), by=None, kind__in=[Kind.CLOSED, Kind.REOPENED])
    rows = Finding.objects.filter(Exists(ended), person_id__in=person_ids, person__status=Person.Status.LIVE)
    for row in rows.exclude(state=State.VOIDED).order_by("pk"):
        now = standing(row)
        if row.state == State.OPEN and now.state == ledger.CLOSED:
            _add(row, Kind.REOPENED, now.closed_on or row.last_seen_on, "登记撤销，接着办", at)
        elif row.state == State.CLOSED and now.state == ledger.OPEN:
            _add(row, Kind.CLOSED, row.closed_on or row.last_seen_on, row.closing_note, at, row.closed_by_id)


def _add(
    row: Finding, kind: str, on: date, words: str, at: datetime, by_id: int | None = None
) -> FindingStep:
    return FindingStep.objects.create(finding=row, kind=kind, on=on, words=words[:200], by_id=by_id, at=at)


# ── two files of one person ──────────────────────────────────────────────────────────────────────


def _of(model: Any) -> Any:
    return lambda ids: model._default_manager.filter(person_id__in=ids)


KEEPERS = (
    Keeper(
        "followup.finding",
        Finding,
        (
            "person_id", "state", "closed_on", "closed_by_id", "closing_note", "closed_with_person", "measure", "better_on",
            "due_on", *UNITS,
        ),
        _of(Finding),
        departs=True,
    ),
    Keeper("followup.emergency", Emergency, ("person_id", *UNITS), _of(Emergency)),
    Keeper("followup.plan", Plan, ("person_id", *UNITS), _of(Plan)),
)  # fmt: skip


def follow_merge(kept_id: int, merged_id: int, at: datetime) -> None:
    """A finding of the merged file goes over unless the kept file has one of that item: that one is open once more
    if the other was. Plans go over to a file that never had one."""
    own = {row.code: row for row in Finding.objects.filter(person_id=kept_id).exclude(state=State.VOIDED)}
    rows = Finding.objects.filter(person_id=merged_id).exclude(state=State.VOIDED)
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        twin = own.get(row.code)
        if twin is None:
            Finding.objects.filter(pk=row.pk).update(person_id=kept_id)
        elif twin.state == State.CLOSED and row.state == State.OPEN:
            _add(
                twin,
                Kind.REOPENED,
                max(row.last_seen_on, twin.last_seen_on),
                f"并档：另一份档案里还没办好，{row.words}",
                at,
            )
            recompute(twin)
            Finding.objects.filter(pk=twin.pk).update(due_on=row.due_on)
    if not Plan.objects.filter(person_id=kept_id).exists():
        Plan.objects.filter(person_id=merged_id).update(person_id=kept_id)
    kept = Person.objects.get(pk=kept_id)
    emergencies = Emergency.objects.unsettled().filter(person_id=merged_id)
    told = _told_elsewhere(emergencies, kept.township_id)
    emergencies.update(person_id=kept_id, **{name: getattr(kept, name) for name in UNITS})
    _tell_anew(told, at)
    needs.recount([kept_id, merged_id])


def follow_unmerge(kept_id: int, merged_id: int, at: datetime) -> None:
    _agree([kept_id, merged_id], at)
    needs.recount([kept_id, merged_id])
