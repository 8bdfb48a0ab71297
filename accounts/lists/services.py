"""Events in the life of a list of accounts: given, read, confirmed, carried out, put aside, forgotten."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from accounts import audit
from accounts.lists import workbooks
from accounts.lists.judging import Judged, context_of, judge, pack, raw_of
from accounts.lists.reading import CannotUse, Reading, read_rows
from accounts.models import AccountImport, AccountRow, Post, User
from accounts.scoping import duty_of
from accounts.services import CannotManage, acting_as
from xunfang.kit import excel, files, jobs
from xunfang.kit.models import Job, StoredFile

KEEP_DAYS = 7  # decisions 26: the file holds names and numbers
BATCH = 1000
State = AccountImport.State
Verdict = AccountRow.Verdict
GOOD = (Verdict.NEW, Verdict.POST, Verdict.SAME)


@transaction.atomic
def start(*, content: bytes, file_name: str, default_start: date, by: User, at: datetime) -> AccountImport:
    """Keep the file, encrypted and for its owner only, and have it read."""
    stored = _keep(content, file_name, "application/octet-stream", "accounts", by.pk, at)
    batch = AccountImport.objects.create(
        file=stored, default_start=default_start, created_by=by, created_at=at
    )
    batch.job = _work("accounts.read", batch, "读账号名单")
    batch.save(update_fields=["job"])
    audit.record("accounts_given", at=at, by_id=by.pk, role=acting_as(by), target=batch, sha256=stored.sha256)
    return batch


def _keep(content: bytes, name: str, content_type: str, kind: str, owner_id: int, at: datetime) -> StoredFile:
    return files.store(
        content,
        name=name,
        content_type=content_type,
        kind=kind,
        owner_id=owner_id,
        encrypted=True,
        private=True,
        keep_days=KEEP_DAYS,
        at=at,
    )


def _work(kind: str, batch: AccountImport, title: str) -> Job:
    return jobs.enqueue(kind, {"import_id": batch.pk}, title=title, owner_id=batch.created_by_id)


def read(*, import_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Read, and hold every row against the accounts. Safe to run again: a list that was read is left alone."""
    batch = AccountImport.objects.select_related("file", "created_by").get(pk=import_id)
    if batch.state != State.READING:
        return
    try:
        progress(0, 1, "正在读表")
        reading = read_rows(excel.read(files.read(batch.file)))
        progress(0, len(reading.rows), "正在逐行核对")
        duty = duty_of(batch.created_by, today)
        judged = judge(reading.rows, context_of(reading.rows, duty, today, batch.default_start))
    except (excel.CannotRead, CannotUse, files.FileGone) as error:
        AccountImport.objects.filter(pk=batch.pk, state=State.READING).update(
            state=State.REFUSED, refusal=str(error)[:200], finished_at=at
        )
        return
    _store(batch, reading, judged, at)
    progress(len(reading.rows), len(reading.rows), "读完了")


@transaction.atomic
def _store(batch: AccountImport, reading: Reading, judged: Sequence[Judged], at: datetime) -> None:
    if AccountImport.objects.select_for_update(no_key=True).get(pk=batch.pk).state != State.READING:
        return
    batch.rows.all().delete()
    AccountRow.objects.bulk_create([pack(row, batch.pk) for row in judged], batch_size=BATCH)
    tally = {verdict.value: 0 for verdict in Verdict}
    for row in judged:
        tally[row.verdict] += 1
    batch.counts = {
        **tally,
        "rows": len(judged),
        "sheets": len(reading.titles),
        "skipped": reading.skipped,
        "titles": reading.titles,
        "loaded": {},
    }
    batch.errors_file = _errors_file(batch, [row for row in judged if row.verdict == Verdict.WRONG], at)
    batch.state = State.PREVIEW
    batch.save(update_fields=["counts", "errors_file", "state"])


def _errors_file(batch: AccountImport, wrong: Sequence[Judged], at: datetime) -> StoredFile | None:
    if not wrong:
        return None
    content = workbooks.errors(
        wrong, batch.counts["titles"], footer=workbooks.footer(batch.created_by.name, at)
    )
    name = f"有错的{len(wrong)}行.xlsx"
    return _keep(content, name, excel.CONTENT_TYPE, "accounts_errors", batch.created_by_id, at)


@transaction.atomic
def confirm(*, import_id: int, by: User, at: datetime) -> AccountImport:
    """Have the right rows carried out. Raises `CannotManage`."""
    batch = _lock(import_id, by)
    if batch.state != State.PREVIEW:
        raise CannotManage("这份名单已经办过了，请刷新后再看")
    if not batch.rows.filter(verdict__in=[Verdict.NEW, Verdict.POST]).exists():
        raise CannotManage("没有要开的账号，也没有要加的任职")
    batch.state = State.LOADING
    batch.job = _work("accounts.load", batch, "按名单开账号")
    batch.save(update_fields=["state", "job"])
    return batch


@transaction.atomic
def drop(*, import_id: int, by: User, at: datetime) -> AccountImport:
    """先不办: nothing of what is still waiting is done. Raises `CannotManage`."""
    batch = _lock(import_id, by)
    stuck = batch.job is not None and batch.job.state == Job.State.FAILED
    if batch.state != State.PREVIEW and not (stuck and batch.state in (State.READING, State.LOADING)):
        raise CannotManage("这份名单已经办过了，请刷新后再看")
    batch.rows.all().delete()
    batch.state, batch.finished_at = State.DROPPED, at
    batch.save(update_fields=["state", "finished_at"])
    audit.record("accounts_dropped", at=at, by_id=by.pk, role=acting_as(by), target=batch)
    return batch


def _lock(import_id: int, by: User) -> AccountImport:
    batch = (
        AccountImport.objects.visible_to(by)
        .filter(pk=import_id)
        .select_for_update(no_key=True, of=("self",))
        .select_related("job")
        .first()
    )
    if batch is None:
        raise CannotManage("这份名单不归您处理，请刷新后再看")
    return batch


def load(*, import_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Make the accounts and posts that were confirmed. One transaction: killed in the middle it leaves
    nothing; run twice, the second finds it done. Every row is judged once more: by now somebody may have made
    the account, or the right to make it may be over."""
    rows = AccountRow.objects.filter(batch_id=import_id)
    total = rows.exclude(verdict=Verdict.WRONG).count()
    progress(0, total, "正在开账号")
    with transaction.atomic():
        batch = (
            AccountImport.objects.select_for_update(no_key=True, of=("self",))
            .select_related("file", "created_by")
            .get(pk=import_id)
        )
        if batch.state != State.LOADING:
            return
        with connection.cursor() as cursor:
            # Alone: forms that make or change an account wait (services._free).
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts'))")
        raw = [raw_of(row) for row in batch.rows.exclude(verdict=Verdict.WRONG).order_by("pk")]
        by = batch.created_by
        judged = judge(raw, context_of(raw, duty_of(by, today), today, batch.default_start))
        _carry_out(judged, by)
        _finish(batch, judged, by, at)
    progress(total, total, "办好了")


def _carry_out(judged: Sequence[Judged], by: User) -> None:
    """Accounts first, then posts. New accounts have no password: a paper opens them, and hashing thousands of
    first passwords would take a worker half an hour."""
    new = [row for row in judged if row.verdict == Verdict.NEW and row.good]
    users = []
    for row in new:
        assert row.good is not None
        user = User(name=row.good.name, phone=row.good.phone, staff_no=row.good.staff_no)
        user.set_unusable_password()
        users.append(user)
    User.objects.bulk_create(users, batch_size=BATCH)
    made = {_number(row): user.pk for row, user in zip(new, users, strict=True)}
    Post.objects.bulk_create(
        [
            Post(
                user_id=row.user_id or made[_number(row)],
                region_id=row.good.region_id,
                role=row.good.role,
                title=row.good.title,
                starts_on=row.good.starts_on,
                created_by=by,
            )
            for row in judged
            if row.verdict in (Verdict.NEW, Verdict.POST) and row.good is not None
        ],
        batch_size=BATCH,
    )


def _number(row: Judged) -> str:
    assert row.good is not None
    return row.good.phone or row.good.staff_no or ""


def _finish(batch: AccountImport, judged: Sequence[Judged], by: User, at: datetime) -> None:
    """Counts, rows that turned out wrong, and one row of the log for all (decisions 30)."""
    wrong = [row for row in judged if row.verdict == Verdict.WRONG]
    batch.rows.exclude(verdict=Verdict.WRONG).delete()
    AccountRow.objects.bulk_create([pack(row, batch.pk) for row in wrong], batch_size=BATCH)
    loaded: dict[str, Any] = {
        verdict.value: sum(1 for row in judged if row.verdict == verdict)
        for verdict in (Verdict.NEW, Verdict.POST, Verdict.SAME)
    }
    left = dict(batch.rows.order_by().values_list("verdict").annotate(n=Count("pk")))
    batch.counts = {**batch.counts, "loaded": loaded, "wrong": left.get(Verdict.WRONG, 0), "late": len(wrong)}
    batch.state, batch.finished_at = State.DONE, at
    batch.save(update_fields=["counts", "state", "finished_at"])
    audit.record(
        "accounts_loaded",
        at=at,
        by_id=by.pk,
        role=acting_as(by),
        target=batch,
        sha256=batch.file.sha256,
        wrong=left.get(Verdict.WRONG, 0),
        **loaded,
    )


def forget(*, at: datetime) -> int:
    """Delete the rows of lists that are older than their files may be. Returns how many."""
    old = AccountImport.objects.filter(created_at__lte=at - timedelta(days=KEEP_DAYS)).exclude(
        state=State.LOADING
    )
    count, _ = AccountRow.objects.filter(batch__in=old).delete()
    old.filter(state=State.PREVIEW).update(state=State.DROPPED, finished_at=at)
    return count
