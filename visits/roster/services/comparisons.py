"""Another office's list held against the roster: who died (practice P8), who should be on it (一(三)-1).

Nothing changes by itself: what differs becomes a question (`Review`) for the clerk. The rows go after seven
days; counts, questions and the file's hash stay.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.roles import Role
from visits.roster.imports.known import words_of
from visits.roster.imports.others import Other, read_others
from visits.roster.imports.reading import CannotUse
from visits.roster.models import Comparison, ComparisonRow, Membership, Person, Review
from visits.roster.services.common import CannotChange, clerk_townships
from xunfang.kit import excel, files, jobs
from xunfang.kit.crypto import blind_index

KEEP_DAYS = 7
BATCH = 1000
# What a list asks is looked at within a month.
LOOK_WITHIN = timedelta(days=30)
# domain 一(三)-1: a list of less than half of what we have is more likely the wrong file.
HELD_BELOW = 0.5
# Why somebody who stands on the list is not in the class here, although there is a file.
NO_CLASS = "有档案，没有列入这一类"
ELSEWHERE = "档案在别的乡镇，请联系县民政局核对由哪里管"
Kind = Comparison.Kind
State = Comparison.State
Verdict = ComparisonRow.Verdict


@transaction.atomic
def start(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    month: date,
    group_id: str | None,
    source: str,
    township_id: int,
    by: User,
    at: datetime,
) -> Comparison:
    """Keep the list, encrypted and for its owner only, and have it compared. Raises `CannotChange`."""
    if township_id not in clerk_townships(by):
        raise CannotChange("这个乡镇的名单不归您比对", "township")
    if kind == Kind.BASE and not group_id:
        raise CannotChange("底数名单要选是哪一类的", "group")
    township = Region.objects.get(pk=township_id)
    units = {"county_id": township.county_id, "township_id": township.pk}
    stored = files.store(
        content, name=file_name, content_type="application/octet-stream", kind="comparison", owner_id=by.pk,
        encrypted=True, private=True, keep_days=KEEP_DAYS, at=at, **units,
    )  # fmt: skip
    made = Comparison.objects.create(
        kind=kind,
        group_id=group_id if kind == Kind.BASE else None,
        source=source,
        month=month.replace(day=1),
        file=stored,
        created_by=by,
        created_at=at,
        **units,
    )
    made.job = jobs.enqueue("roster.compare", {"comparison_id": made.pk}, title="比对名单", owner_id=by.pk)
    made.save(update_fields=["job"])
    audit.record(
        "comparison_given", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=made, sha256=stored.sha256
    )
    return made


def compare(*, comparison_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Read the list and hold it against the roster. Safe to run again: a list that was compared is left alone."""
    found = Comparison.objects.select_related("file").get(pk=comparison_id)
    if found.state != State.READING:
        return
    try:
        progress(0, 1, "正在读表")
        rows = read_others(
            excel.read(files.read(found.file)),
            today,
            words_of(found.township_id, today),
            with_day=found.kind == Kind.DEATHS,
        )
    except (excel.CannotRead, CannotUse, files.FileGone) as error:
        Comparison.objects.filter(pk=found.pk, state=State.READING).update(
            state=State.REFUSED, refusal=str(error)[:200], finished_at=at
        )
        return
    progress(0, len(rows), "正在逐行比对")
    _hold(found, rows, today, at)
    progress(len(rows), len(rows), "比好了")


@transaction.atomic
def _hold(found: Comparison, rows: Sequence[Other], today: date, at: datetime) -> None:
    found = (
        Comparison.objects.select_for_update(of=("self",), no_key=True)
        .select_related("file")
        .get(pk=found.pk)
    )
    if found.state != State.READING:
        return
    found.rows.all().delete()
    wrong = [_row(found, row, Verdict.WRONG, reason=row.why) for row in rows if row.id is None]
    right = [row for row in rows if row.id is not None]
    holder = _hold_deaths if found.kind == Kind.DEATHS else _hold_base
    made, counts = holder(found, right, today, at)
    ComparisonRow.objects.bulk_create([*wrong, *made], batch_size=BATCH)
    found.counts = {"rows": len(rows), "wrong": len(wrong), **counts}
    found.state, found.finished_at = State.DONE, at
    found.save(update_fields=["counts", "state", "finished_at"])
    detail: dict[str, Any] = {key: value for key, value in found.counts.items() if isinstance(value, int)}
    audit.record(
        "list_compared",
        at=at,
        by_id=found.created_by_id,
        role=Role.TOWNSHIP_CLERK,
        target=found,
        sha256=found.file.sha256,
        **detail,
    )


def _row(
    found: Comparison,
    row: Other,
    verdict: ComparisonRow.Verdict,
    *,
    person: Person | None = None,
    reason: str = "",
) -> ComparisonRow:
    content: dict[str, Any] = {"name": row.name, "sheet": row.sheet}
    if row.id is not None:
        content["tail"] = row.id.number[-4:]
    if row.day is not None:
        content |= {"day": row.day.isoformat(), "approximate": row.approximate}
    if verdict == Verdict.ONLY_LIST and person is None and row.id is not None:
        # Kept for seven days, encrypted: so that the missing can be brought in as they stand.
        content |= {"id_number": row.id.number, "birth_year": row.id.birth_date.year}
        content |= {"village": row.village, "phone": row.phone, "residence": row.residence}
    return ComparisonRow(
        comparison=found,
        verdict=verdict,
        number=row.number,
        content=json.dumps(content, ensure_ascii=False),
        person=person,
        reason=reason[:200],
    )


def _files(rows: Sequence[Other]) -> dict[str, Person]:
    """Id number → the file we have, wherever it lies; of a merged one the file it was merged into."""
    indexes = {blind_index(row.id.number, "person.id_number"): row.id.number for row in rows if row.id}
    found: dict[str, Person] = {}
    keys = list(indexes)
    for at in range(0, len(keys), BATCH):
        people = Person.objects.filter(id_index__in=keys[at : at + BATCH]).defer(
            "id_number", "id_tail", "mind"
        )
        for person in people.select_related("merged_into"):
            found[indexes[bytes(person.id_index or b"")]] = person.merged_into or person
    return found


# ── deaths ───────────────────────────────────────────────────────────────────────────────────────


def _hold_deaths(
    found: Comparison, rows: Sequence[Other], today: date, at: datetime
) -> tuple[list[ComparisonRow], dict[str, int]]:
    counts = dict.fromkeys(("waiting", "asked", "checked", "other_date", "known", "left", "elsewhere"), 0)
    held, made = _files(rows), []
    for row in rows:
        assert row.id is not None
        assert row.day is not None
        person = held.get(row.id.number)
        if person is None or person.township_id != found.township_id:
            counts["elsewhere"] += 1
        elif person.status == Person.Status.LIVE:
            what = _ask_death(found, person, row, at)
            counts[what] += 1
            if what != "checked":
                made.append(_row(found, row, Verdict.BOTH, person=person))
        elif person.status != Person.Status.DEAD:
            counts["left"] += 1
        elif _same_day(person, row):
            counts["known"] += 1
        else:
            counts["other_date"] += 1
            made.append(_row(found, row, Verdict.BOTH, person=person, reason="去世日期不一样"))
    return made, counts


def _same_day(person: Person, row: Other) -> bool:
    """Whether the two days can be the same: to the month when one of them is approximate."""
    assert row.day is not None
    assert person.left_on is not None
    if person.left_approximate or row.approximate:
        return (person.left_on.year, person.left_on.month) == (row.day.year, row.day.month)
    return person.left_on == row.day


def _ask_death(found: Comparison, person: Person, row: Other, at: datetime) -> str:
    """Open the question, unless it is open, or was answered for the same day before."""
    assert row.day is not None
    asked = Review.objects.filter(person=person, kind=Review.Kind.DEATH_LIST)
    if asked.filter(settled_at=None).exists():
        return "asked"
    if asked.filter(outcome__in=["not_same", "alive"], detail__on=row.day.isoformat()).exists():
        return "checked"
    Review.objects.create(
        person=person,
        kind=Review.Kind.DEATH_LIST,
        ref=str(found.pk),
        due_on=timezone.localtime(found.created_at).date() + LOOK_WITHIN,
        detail={
            "on": row.day.isoformat(),
            "approximate": row.approximate,
            "name_differs": row.name != person.name,
        },
        opened_at=at,
    )
    return "waiting"


# ── who should be on the roster ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Ours:
    """Our people of the class: by id of the person, and those without an id number by name and birth date."""

    people: dict[int, Person]
    without_id: dict[tuple[str, date], int]


def _ours(found: Comparison, today: date) -> _Ours:
    members = Membership.objects.live(today).filter(group_id=found.group_id).values("person_id")
    rows = Person.objects.on_roster().filter(township_id=found.township_id, pk__in=members)
    people = {row.pk: row for row in rows.defer("id_number", "id_tail", "mind")}
    loose = {(row.name, row.birth_date): row.pk for row in people.values() if row.temporary_no is not None}
    return _Ours(people, loose)


def _hold_base(
    found: Comparison, rows: Sequence[Other], today: date, at: datetime
) -> tuple[list[ComparisonRow], dict[str, int]]:
    counts = dict.fromkeys(("both", "missing", "no_class", "dead", "elsewhere", "only_roster"), 0)
    ours, held, made, seen = _ours(found, today), _files(rows), [], set()
    for row in rows:
        assert row.id is not None
        person = held.get(row.id.number)
        loose = ours.without_id.get((row.name, row.id.birth_date))
        if person is None and loose is not None:
            person = ours.people[loose]
        what, reason = _base_verdict(found, ours, person)
        counts[what] += 1
        if what == "both" and person is not None:
            seen.add(person.pk)
        elif what != "both":
            shown = person if person is not None and person.township_id == found.township_id else None
            made.append(_row(found, row, Verdict.ONLY_LIST, person=shown, reason=reason))
            if what == "elsewhere":
                # SECURITY: where the file lies is not said; the row keeps no number to be brought in again.
                made[-1] = _without_number(made[-1])
    left = [person for pk, person in ours.people.items() if pk not in seen]
    counts["only_roster"], counts["roster"] = len(left), len(ours.people)
    made += [ComparisonRow(comparison=found, verdict=Verdict.ONLY_ROSTER, person=person) for person in left]
    counts["held"] = int(len(seen) < HELD_BELOW * len(ours.people))
    if not counts["held"]:
        _ask_base(found, left, at)
    return made, counts


def _base_verdict(found: Comparison, ours: _Ours, person: Person | None) -> tuple[str, str]:
    if person is None:
        return "missing", ""
    if person.pk in ours.people:
        return "both", ""
    if person.township_id != found.township_id:
        return "elsewhere", ELSEWHERE
    if person.status != Person.Status.LIVE:
        return "dead", f"系统里已登记{person.get_status_display()}，名单上还有"
    return "no_class", NO_CLASS


def _without_number(row: ComparisonRow) -> ComparisonRow:
    content = content_of(row)
    row.content = json.dumps({key: content[key] for key in ("name", "sheet", "tail")}, ensure_ascii=False)
    return row


def _ask_base(found: Comparison, people: Sequence[Person], at: datetime) -> None:
    """A question for each, unless one about the same class is open."""
    open_ = set(
        Review.objects.waiting()
        .filter(kind=Review.Kind.BASE_ONLY_HERE, detail__group=found.group_id, person__in=people)
        .values_list("person_id", flat=True)
    )
    Review.objects.bulk_create(
        [
            Review(
                person=person,
                kind=Review.Kind.BASE_ONLY_HERE,
                ref=str(found.pk),
                due_on=timezone.localtime(found.created_at).date() + LOOK_WITHIN,
                detail={"group": found.group_id, "month": found.month.isoformat()},
                opened_at=at,
            )
            for person in people
            if person.pk not in open_
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


@transaction.atomic
def release(*, comparison_id: int, by: User, at: datetime) -> Comparison:
    """The short list is the right one: ask about everybody who is not on it. Raises `CannotChange`."""
    found = lock(comparison_id, by)
    if found.kind != Kind.BASE or not found.counts.get("held"):
        raise CannotChange("这份名单不用确认，请刷新后再看")
    rows = found.rows.filter(verdict=Verdict.ONLY_ROSTER).select_related("person")
    people = [row.person for row in rows if row.person and row.person.status == Person.Status.LIVE]
    found.counts = {**found.counts, "held": 0}
    found.save(update_fields=["counts"])
    _ask_base(found, people, at)
    audit.record("comparison_released", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=found)
    return found


def lock(comparison_id: int, by: User) -> Comparison:
    """A comparison of the clerk's township, locked. Raises `CannotChange`."""
    found = (
        Comparison.objects.filter(pk=comparison_id, township_id__in=clerk_townships(by))
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if found is None:
        raise CannotChange("这份名单不归您处理，请刷新后再看")
    return found


def content_of(row: ComparisonRow) -> dict[str, Any]:
    """What the other list says in this row."""
    return json.loads(str(row.content)) if row.content else {}


def death_in(row: ComparisonRow) -> dict[str, Any]:
    """The day of a death as the list says it: `on` and `approximate`."""
    content = content_of(row)
    return {"on": date.fromisoformat(content["day"]), "approximate": bool(content.get("approximate"))}


def missing_rows(found: Comparison, pks: Collection[int] | None = None) -> list[ComparisonRow]:
    """漏访: on the list, and without a file here; all of them, or those that were ticked."""
    rows = found.rows.filter(verdict=Verdict.ONLY_LIST, person=None, reason="")
    return list((rows if pks is None else rows.filter(pk__in=pks)).order_by("pk"))


def forget(*, at: datetime) -> int:
    """Delete the rows of comparisons that are older than their files may be. Returns how many."""
    old = Comparison.objects.filter(created_at__lte=at - timedelta(days=KEEP_DAYS)).exclude(
        state=State.READING
    )
    count, _ = ComparisonRow.objects.filter(comparison__in=old).delete()
    return count
