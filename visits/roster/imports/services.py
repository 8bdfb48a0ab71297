"""Events in the life of a list: given, read, confirmed, loaded, put aside, forgotten."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.roles import Role
from visits.roster.imports import holding, known, missing, packing, workbooks
from visits.roster.imports.asking import questions, with_answers
from visits.roster.imports.judging import Judged, hold_against_files, judge
from visits.roster.imports.layout import plans
from visits.roster.imports.loading import Loader, fresh
from visits.roster.imports.packing import unpack
from visits.roster.imports.reading import CannotUse, Reading, rows_of
from visits.roster.models import ImportRow, Person, RosterImport
from visits.roster.services.common import CannotChange, clerk_townships, lock_township, tell_later
from xunfang.kit import excel, files, jobs
from xunfang.kit.garbage import no_collecting
from xunfang.kit.models import Job, StoredFile

# decisions 26: sources and lists of errors hold full id numbers.
KEEP_DAYS = 7
BATCH = 5000
State = RosterImport.State
Verdict = ImportRow.Verdict
GOOD = (Verdict.NEW, Verdict.CHANGED, Verdict.SAME)


@transaction.atomic
def start(
    *,
    content: bytes,
    file_name: str,
    month: date,
    default_start: date,
    township_id: int,
    by: User,
    at: datetime,
    group_id: str | None = None,
    area: str = "",
    coverage: str = RosterImport.Coverage.SUPPLEMENT,
) -> RosterImport:
    """Keep the file, encrypted and for its owner only, and have it read. `group_id` with `area`: the class
    that the whole list is of; None: its rows say it. Raises `CannotChange`."""
    if township_id not in clerk_townships(by):
        raise CannotChange("这个乡镇的名单不归您导入")
    if coverage == RosterImport.Coverage.FULL and not group_id:
        raise CannotChange("全部名单要写明是哪一类的；各类混在一起的，请选补充名单", "coverage")
    township = Region.objects.get(pk=township_id)
    units = {"county_id": township.county_id, "township_id": township.pk}
    stored = _keep(content, file_name, "application/octet-stream", "roster", by.pk, at, units)
    batch = RosterImport.objects.create(
        **units,
        file=stored,
        month=month.replace(day=1),
        default_start=default_start,
        group_id=group_id or None,
        area=area if group_id == "dibao" else "",
        coverage=coverage,
        created_by=by,
        created_at=at,
    )
    return _given(batch, at)


def _given(batch: RosterImport, at: datetime) -> RosterImport:
    batch.job = _work("roster.read", batch, "读名单")
    batch.save(update_fields=["job"])
    audit.record(
        "roster_given",
        at=at, by_id=batch.created_by_id, role=Role.TOWNSHIP_CLERK, target=batch, sha256=batch.file.sha256,
    )  # fmt: skip
    return batch


def _keep(
    content: bytes, name: str, kind: str, purpose: str, owner_id: int, at: datetime, units: dict[str, int]
) -> StoredFile:
    """Encrypted, for its owner only, for seven days."""
    return files.store(
        content,
        name=name,
        content_type=kind,
        kind=purpose,
        owner_id=owner_id,
        encrypted=True,
        private=True,
        keep_days=KEEP_DAYS,
        at=at,
        **units,
    )


def _work(kind: str, batch: RosterImport, title: str) -> Job:
    return jobs.enqueue(kind, {"import_id": batch.pk}, title=title, owner_id=batch.created_by_id)


def read(*, import_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Read, check and hold every row against the files. Safe to run again: a list that was read is left
    alone, half a reading is never seen."""
    batch = RosterImport.objects.select_related("file").get(pk=import_id)
    if batch.state != State.READING:
        return
    try:
        progress(0, 1, "正在读表")
        # The bytes were guarded when they were given (and are those: files.read compares their hash).
        with no_collecting():
            sheets = excel.read_apart(files.read(batch.file), count=False)
        context = known.context_of(batch, today)
        found, others = plans(sheets, context)
        found = with_answers(found, batch)
        asks = {} if batch.layout.get("answered") else questions(found, context, batch)
        if asks:
            RosterImport.objects.filter(pk=batch.pk, state=State.READING).update(
                state=State.ASKING, asks=asks
            )
            return
        with no_collecting():
            reading = rows_of(found, context, others=others, group=bool(batch.group_id))
            judged = judge(reading.rows, context, progress)
    except (excel.CannotRead, CannotUse, files.FileGone) as error:
        RosterImport.objects.filter(pk=batch.pk, state=State.READING).update(
            state=State.REFUSED, refusal=str(error)[:200], finished_at=at
        )
        return
    _store(batch, reading, judged, at)
    progress(len(reading.rows), len(reading.rows), "读完了")


@transaction.atomic
def _store(batch: RosterImport, reading: Reading, judged: Sequence[Judged], at: datetime) -> None:
    if RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk).state != State.READING:
        return
    batch.rows.all().delete()
    packing.store(judged, batch.pk)
    batch.counts = {
        **_tally(judged),
        "rows": len(judged),
        "sheets": len(reading.titles),
        "skipped": reading.skipped,
        "unread": reading.unread[:8],
        "titles": reading.titles,
        "others": reading.others[:8],
        "loaded": {},
    }
    _hold(batch, judged, at)
    batch.errors_file = _errors_file(batch, reading.titles, judged, at)
    batch.state = State.PREVIEW
    batch.save(update_fields=["counts", "held", "errors_file", "state"])


def _hold(batch: RosterImport, judged: Sequence[Judged], at: datetime) -> None:
    """Who is on the list no longer, in numbers, and whether somebody must look before it goes on."""
    newer = missing.newer_full(batch) if batch.group_id else None
    batch.counts["newer"] = newer.isoformat() if newer else ""
    batch.counts["unreadable"] = sum(1 for row in judged if row.unreadable)
    if batch.coverage != RosterImport.Coverage.FULL or newer is not None:
        return
    named = {row.person_id for row in judged if row.person_id is not None}
    found = missing.numbers(batch, len(judged), missing.snapshot(batch), named)
    holding.hold(batch, found, timezone.localdate(at))


def _tally(rows: Sequence[Judged]) -> dict[str, int]:
    counts = {verdict.value: 0 for verdict in Verdict}
    for row in rows:
        counts[row.verdict] += 1
    return counts


def _errors_file(
    batch: RosterImport, titles: dict[str, list[str]], judged: Sequence[Judged], at: datetime
) -> StoredFile | None:
    """The wrong rows with their own columns, the reason and the remedy: to be mended and brought again."""
    wrong = [row for row in judged if row.verdict == Verdict.WRONG]
    if not wrong:
        return None
    township = Region.objects.get(pk=batch.township_id)
    content = workbooks.errors(
        wrong, titles, footer=workbooks.footer(township.name, batch.created_by.name, at)
    )
    units = {"county_id": batch.county_id, "township_id": batch.township_id}
    name = f"有错的{len(wrong)}行.xlsx"
    return _keep(content, name, excel.CONTENT_TYPE, "roster_errors", batch.created_by_id, at, units)


@transaction.atomic
def confirm(*, import_id: int, by: User, at: datetime) -> RosterImport:
    """Have the right rows loaded. Raises `CannotChange`."""
    batch = _lock(import_id, by)
    if batch.state != State.PREVIEW:
        raise CannotChange("这份名单已经处理过了，请刷新后再看")
    if not batch.rows.exclude(verdict=Verdict.WRONG).exists():
        raise CannotChange("没有可以入库的人，改好有错的行再传")
    if batch.counts.get("hold") == "half" and batch.released_by_id is None:
        raise CannotChange("人数比上一份少了一半以上，请先核对人数再入库")
    batch.state = State.LOADING
    batch.job = _work("roster.load", batch, "名单入库")
    batch.save(update_fields=["state", "job"])
    return batch


@transaction.atomic
def drop(*, import_id: int, by: User, at: datetime) -> RosterImport:
    """先不入库: nothing of what is still waiting goes in. Raises `CannotChange`."""
    batch = _lock(import_id, by)
    stuck = batch.job is not None and batch.job.state == Job.State.FAILED
    if batch.state not in (State.PREVIEW, State.ASKING) and not (
        stuck and batch.state in (State.READING, State.LOADING)
    ):
        raise CannotChange("这份名单已经处理过了，请刷新后再看")
    batch.rows.all().delete()
    batch.state = State.DONE if batch.counts.get("loaded") else State.DROPPED
    batch.finished_at = at
    batch.save(update_fields=["state", "finished_at"])
    audit.record("roster_dropped", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=batch)
    return batch


def _lock(import_id: int, by: User) -> RosterImport:
    batch = (
        RosterImport.objects.filter(pk=import_id, township_id__in=clerk_townships(by))
        .select_for_update(of=("self",), no_key=True)
        .select_related("job")
        .first()
    )
    if batch is None:
        raise CannotChange("这份名单不归您处理，请刷新后再看")
    return batch


def load(*, import_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Load what was confirmed. One transaction: killed in the middle it leaves nothing, run again it does
    the same; run twice, the second finds it done."""
    total = ImportRow.objects.filter(batch_id=import_id).exclude(verdict=Verdict.WRONG).count()
    progress(0, total, "正在入库")
    with transaction.atomic():
        # First the township, then the list, then people: the order of everything that changes many.
        lock_township(RosterImport.objects.values_list("township_id", flat=True).get(pk=import_id))
        batch = (
            RosterImport.objects.select_for_update(of=("self",), no_key=True)
            .select_related("file")
            .get(pk=import_id)
        )
        if batch.state != State.LOADING:
            return
        first = not batch.counts.get("loaded")
        before = missing.snapshot(batch) if first else {}
        named = set(batch.rows.exclude(person=None).values_list("person_id", flat=True)) if before else set()
        ids = list(batch.rows.exclude(verdict=Verdict.WRONG).order_by("pk").values_list("pk", flat=True))
        loader = Loader(batch, known.context_of(batch, today), at)
        loaded: dict[str, int] = {}
        again: list[Judged] = []
        on_list: dict[str, list[int]] = {}
        with no_collecting():
            for start_at in range(0, len(ids), BATCH):
                progress(start_at, total)
                _load_chunk(loader, ids[start_at : start_at + BATCH], loaded, again, on_list)
        # Once for the whole list: each time looks through the memberships.
        missing.note_named(batch, on_list, at)
        batch.rows.exclude(verdict=Verdict.WRONG).delete()
        if first:
            named |= {row.person_id for row in again if row.person_id is not None}
            _missing(batch, before, named, today)
        _finish(batch, loaded, again, at)
    progress(total, total, "入库了")


def _missing(batch: RosterImport, before: Mapping[int, int], named: Collection[int], today: date) -> None:
    """名单上没有了: written once, when the list is loaded; a list that nobody confirmed has said nothing."""
    if batch.coverage != RosterImport.Coverage.FULL or missing.newer_full(batch) is not None:
        return
    holding.hold(batch, missing.numbers(batch, batch.counts["rows"], before, named), today)
    batch.counts["asked"] = missing.ask(batch, before, named)


def _load_chunk(
    loader: Loader,
    ids: Sequence[int],
    loaded: dict[str, int],
    again: list[Judged],
    on_list: dict[str, list[int]],
) -> None:
    """Load the rows whose file is as the preview showed it; put the others into `again`. `on_list`: class →
    people whom the list names."""
    rows = loader.batch.rows.filter(pk__gte=ids[0], pk__lte=ids[-1]).exclude(verdict=Verdict.WRONG)
    stored = list(rows.values_list(*packing.READ, named=True))
    still = _unchanged(stored)
    pairs = [(row, unpack(row)) for row in stored if row.person_id not in still]
    hold_against_files([row for _, row in pairs], loader.context, lock=True)
    ready = [judged for row, judged in pairs if fresh(judged, row)]
    moved = [judged for row, judged in pairs if not fresh(judged, row)]
    again += [judged for judged in moved if judged.verdict != Verdict.SAME]
    same = [judged for judged in moved if judged.verdict == Verdict.SAME]
    loaded["same"] = loaded.get("same", 0) + len(still) + len(same)
    loader.load(ready)
    for row in stored:
        if row.person_id in still:
            for code in row.codes:
                on_list.setdefault(code, []).append(row.person_id)
    for judged in ready:
        loaded[judged.verdict] = loaded.get(judged.verdict, 0) + 1
    for judged in ready + same:
        for place in judged.good.places if judged.good else ():
            on_list.setdefault(place.code, []).append(judged.person_id)  # type: ignore[arg-type]


def _unchanged(stored: Sequence[Any]) -> set[int]:
    """People whose row changed nothing when it was read, and whose file nobody has touched since."""
    same = {row.person_id: row.person_version for row in stored if row.verdict == Verdict.SAME}
    found = Person.objects.filter(pk__in=same).values_list("pk", "version")
    return {pk for pk, version in found if same[pk] == version}


def _finish(batch: RosterImport, loaded: dict[str, int], again: Sequence[Judged], at: datetime) -> None:
    """Counts, what waits for another look, one audit row, and the due list of the township."""
    packing.store(again, batch.pk)
    before = batch.counts.get("loaded", {})
    total = {key: before.get(key, 0) + loaded.get(key, 0) for key in {*before, *loaded}}
    waiting = {
        row["verdict"]: row["n"] for row in batch.rows.order_by().values("verdict").annotate(n=Count("pk"))
    }
    batch.counts = {
        **batch.counts,
        **{verdict.value: waiting.get(verdict.value, 0) for verdict in Verdict},
        "loaded": total,
        "again": len(again),
    }
    batch.state = State.PREVIEW if any(waiting.get(verdict) for verdict in GOOD) else State.DONE
    batch.finished_at = at if batch.state == State.DONE else None
    batch.save(update_fields=["counts", "held", "state", "finished_at"])
    audit.record(
        "roster_loaded",
        at=at,
        by_id=batch.created_by_id,
        role=Role.TOWNSHIP_CLERK,
        target=batch,
        sha256=batch.file.sha256,
        again=len(again),
        wrong=waiting.get(Verdict.WRONG, 0),
        **{verdict: loaded.get(verdict, 0) for verdict in ("new", "changed", "same")},
    )
    tell_later(batch.township_id)


def forget(*, at: datetime) -> int:
    """Delete the rows of lists that are older than their files may be: a list that was not confirmed by
    then is dropped. Returns how many rows."""
    # What was confirmed is loaded first, however late the worker is.
    old = RosterImport.objects.filter(created_at__lte=at - timedelta(days=KEEP_DAYS)).exclude(
        state=State.LOADING
    )
    count, _ = ImportRow.objects.filter(batch__in=old).delete()
    half_loaded = Q(state=State.PREVIEW, counts__loaded__has_key="same")
    old.filter(half_loaded).update(state=State.DONE, finished_at=at)
    old.filter(state__in=(State.ASKING, State.PREVIEW)).update(state=State.DROPPED, finished_at=at)
    return count
