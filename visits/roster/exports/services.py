"""A list is asked for, agreed to or refused, made, fetched (decisions 23, practice P28)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.scoping import duty_of
from visits.roster import search
from visits.roster.exports import books, lines, pages, scope, workbook
from visits.roster.models import RosterExport
from visits.roster.services.common import CannotChange
from xunfang.kit import excel, files, jobs

State = RosterExport.State
# More rows than this are made in the background.
AT_ONCE = 5000
# The search of a list that waits for somebody's yes must outlive the waiting.
WAITS = search.KEPT * 20
KEEP_DAYS = 1
NOT_ANY_MORE = "申请人现在不在原来的岗位，没有做"


def count_of(user: Any, filters: dict[str, Any], today: date, at: datetime, *, full: bool) -> int:
    """How many rows the list would hold now. Raises `CannotChange`."""
    if book := books.book_of(filters):
        return book.count(user, filters, today)
    if filters.get("on"):
        return len(scope.day_list(user, filters).rows)
    return scope.people(user, filters, today, at, full=full, unit=_unit_of(user, filters, full=full)).count()


def _unit_of(user: Any, filters: dict[str, Any], *, full: bool) -> Any:
    return scope.post_of(user, filters, full=full) if full else None


@transaction.atomic
def ask(
    *,
    filters: dict[str, Any],
    columns: Sequence[str],
    full: bool,
    reason: str,
    by: User,
    at: datetime,
) -> RosterExport:
    """Ask for a list. A masked one is made at once (in the background when it is long); one with whole id
    numbers waits for a second person. Raises `CannotChange`."""
    name = books.said(filters)
    if full and name is not books.PEOPLE:
        raise CannotChange(f"{name.title}只带身份证末四位", "full")
    post = scope.post_of(by, filters, full=full)
    if post is None and not full:
        # SECURITY: a book goes out to nobody who may not read the page it leaves from.
        raise CannotChange(f"您的岗位不能导出{name.title}")
    if post is None:
        raise CannotChange("您的岗位不能导出带完整身份证号的名单，请选“只带末四位”", "full")
    today = by.duty.on  # type: ignore[attr-defined]
    filters = dict(filters)
    if filters.get("s"):
        wanted = search.recall(str(filters["s"]), by, at)
        if wanted is None:
            raise CannotChange(scope.OVER)
        filters["s"] = search.store(text=wanted, by=by, at=at, kept=WAITS)
    count = count_of(by, filters, today, at, full=full)
    if not count:
        raise CannotChange(f"这些条件下{name.none}也没有，换一个条件再导出")
    export = RosterExport.objects.create(
        county_id=post.county_id,
        township_id=post.township_id,
        village_id=post.village_id,
        filters={**filters, "columns": list(columns)},
        words=pages.words(filters, by)[: pages.LONGEST],
        full_ids=full,
        reason=reason,
        state=State.WAITING if full else State.MAKING,
        people=count,
        created_by=by,
        created_at=at,
    )
    _record("roster_export_asked", export, by, at)
    if not full and count <= AT_ONCE:
        _make(export, by, today, at, progress=_nobody_watches)
    elif not full:
        _work(export)
    return export


def _nobody_watches(*_: object) -> None:
    """Progress of what is done before the page is there."""


def _work(export: RosterExport) -> None:
    title = f"导出{books.said(export.filters).title}"
    export.job = jobs.enqueue(
        "roster.export", {"export_id": export.pk}, title=title, owner_id=export.created_by_id
    )
    export.save(update_fields=["job"])


def _record(action: str, export: RosterExport, by: User | None, at: datetime, **more: Any) -> None:
    role = by.duty.role_for(export, scope.MAY_EXPORT) if by is not None else ""  # type: ignore[attr-defined]
    narrowed = sorted(set(export.filters) - {"columns", books.KEY})
    if books.KEY in export.filters:
        more[books.KEY] = export.filters[books.KEY]
    audit.record(
        action,
        at=at,
        by_id=by.pk if by else None,
        role=role or "",
        target=export,
        people=export.people,
        full=export.full_ids,
        filters=narrowed,
        **more,
    )


def _lock(export_id: int, by: User) -> RosterExport:
    export = (
        RosterExport.objects.visible_to(by)
        .filter(pk=export_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if export is None or export.state != State.WAITING:
        raise CannotChange("这份申请已经处理过了，请刷新后再看")
    if export.created_by_id == by.pk:
        raise CannotChange("自己申请的不能自己同意，请另一位同志来看")
    if not scope.may_decide(by, export):
        raise CannotChange("这份申请不归您同意")
    return export


@transaction.atomic
def approve(*, export_id: int, by: User, at: datetime) -> RosterExport:
    """A second person agrees to whole id numbers; the list is made in the background. Raises `CannotChange`."""
    export = _lock(export_id, by)
    export.state, export.decided_by, export.decided_at = State.MAKING, by, at
    export.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        "roster_export_approved", at=at, by_id=by.pk, target=export,
        role=by.duty.role_for(export, scope.MAY_APPROVE), people=export.people,  # type: ignore[attr-defined]
    )  # fmt: skip
    _work(export)
    return export


@transaction.atomic
def refuse(*, export_id: int, reason: str, by: User, at: datetime) -> RosterExport:
    """A second person does not agree, and says why. Raises `CannotChange`."""
    export = _lock(export_id, by)
    if not reason:
        raise CannotChange("请写明为什么不同意", "refusal")
    export.state, export.refusal = State.REFUSED, reason
    export.decided_by, export.decided_at = by, at
    export.save(update_fields=["state", "refusal", "decided_by", "decided_at"])
    audit.record(
        "roster_export_refused", at=at, by_id=by.pk, target=export,
        role=by.duty.role_for(export, scope.MAY_APPROVE),  # type: ignore[attr-defined]
    )  # fmt: skip
    return export


@transaction.atomic
def withdraw(*, export_id: int, by: User, at: datetime) -> RosterExport:
    """Whoever asked does not need it any more, while nobody has answered. Raises `CannotChange`."""
    own = RosterExport.objects.filter(pk=export_id, created_by=by)
    export = own.select_for_update(of=("self",), no_key=True).first()
    if export is None or export.state != State.WAITING:
        raise CannotChange("这份申请已经处理过了，撤不回来了")
    export.state = State.DROPPED
    export.save(update_fields=["state"])
    _record("roster_export_withdrawn", export, by, at)
    return export


def make(*, export_id: int, today: date, at: datetime, progress: jobs.Progress) -> None:
    """Make a list in the background, as its asker and with the rights the asker has by now. Run twice it does
    nothing the second time. Raises `JobRefused` when the asker may not any more."""
    with transaction.atomic():
        export = (
            RosterExport.objects.filter(pk=export_id)
            .select_for_update(of=("self",), no_key=True)
            .select_related("created_by")
            .get()
        )
        if export.state != State.MAKING:
            return
        by = export.created_by
        duty_of(by, today)
        why = "" if by.is_active and scope.still_may(by, export) else NOT_ANY_MORE
        try:
            if not why:
                _make(export, by, today, at, progress=progress)
        except CannotChange as error:
            why = str(error)
        if why:
            export.state, export.refusal = State.REFUSED, why
            export.save(update_fields=["state", "refusal"])
    if why:
        raise jobs.JobRefused(why)


def _make(export: RosterExport, by: User, today: date, at: datetime, *, progress: jobs.Progress) -> None:
    total, title, rows, columns = _content(export, by, today, at)
    name = books.said(export.filters).title
    written = _Counted(rows, total, progress, f"正在写{name}")
    content = workbook.make(written, columns=columns, title=title, mark=workbook.watermark(by, at))
    # SECURITY: without an owner and private: the common door to files never opens it, only `exports.file`.
    export.file = files.store(
        content, name=f"{title}.xlsx", content_type=excel.CONTENT_TYPE, kind="roster_export", owner_id=None,
        encrypted=True, private=True, keep_days=KEEP_DAYS, at=at,
    )  # fmt: skip
    export.people, export.state = written.count, State.DONE
    export.save(update_fields=["file", "people", "state"])
    _record("roster_exported", export, by, at, sha256=export.file.sha256)
    progress(total, total, f"{name}做好了，24小时内可以下载")


def _content(
    export: RosterExport, by: User, today: date, at: datetime
) -> tuple[int, str, Iterable[Any], list]:
    """How many rows, the title, the rows, their columns."""
    filters = export.filters
    chosen = filters.get("columns", ())
    if book := books.book_of(filters):
        keys = book.wanted(chosen)
        total, rows = book.count(by, filters, today), book.rows(by, filters, today, keys)
        return total, f"{book.title}{today:%Y-%m-%d}", rows, [book.columns[key] for key in keys]
    keys = workbook.columns(chosen, full=export.full_ids)
    columns = [workbook.COLUMNS[key] for key in keys]
    if filters.get("on"):
        found = scope.day_list(by, filters)
        lined = lines.of_day(found, by)
        return len(found.rows), f"名单{filters['on']}", workbook.cells(lined, keys), columns
    people = scope.people(by, filters, today, at, full=export.full_ids, unit=export)
    lined = lines.of_people(people, today, by, sort=filters.get("sort", ""), full=export.full_ids)
    return people.count(), f"名单{today:%Y-%m-%d}", workbook.cells(lined, keys), columns


class _Counted:
    """Passes rows on, counts them, and tells how far it is."""

    def __init__(self, rows: Iterable[Any], total: int, progress: jobs.Progress, say: str) -> None:
        self.rows, self.total, self.progress, self.say, self.count = rows, total, progress, say, 0

    def __iter__(self) -> Any:
        for row in self.rows:
            self.count += 1
            if self.count % 2000 == 0:
                self.progress(self.count, self.total, self.say)
            yield row


def fetch(*, export: RosterExport, by: User, at: datetime) -> bytes:
    """The file, for its asker, while it lives and the asker still may (checked now, not when it was made).
    Raises `files.FileGone`."""
    file = export.file
    if file is None or export.state != State.DONE or (file.expires_at and file.expires_at <= at):
        raise files.FileGone("过了24小时，已经删了")
    if export.created_by_id != by.pk or not scope.still_may(by, export):
        raise files.FileGone(NOT_ANY_MORE)
    content = files.read(file)
    _record("roster_export_read", export, by, at)
    return content
