"""What happens to a whole table: sent back, taken up again, made anew, signed on paper, approved by the county."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Post, Region, User
from accounts.roles import COUNTY, Role
from accounts.scoping import COLUMN
from visits.records import workflow
from visits.records.models import (
    SLOT_LEVELS,
    LineReturn,
    Sheet,
    SheetLine,
    SheetQuerySet,
    SheetStep,
    Signature,
    Visit,
)
from visits.records.services.sheets import Place, batches_of, days_of_month, sign_by, table
from visits.records.services.signing import (
    CannotSign,
    actor_for,
    current,
    fix,
    freeze_as_is,
    freeze_lines,
    kin_of,
    live_delegations,
    lock,
    signed_slots,
    step,
)
from visits.records.services.steps import log, note, title_of
from visits.records.sheet_titles import titles_of
from visits.records.sheets import Line
from visits.schedule.periods import Quarter, parse
from xunfang.kit import codes, files, images
from xunfang.kit.scans import LONGEST, MAX_BYTES, PDF, kind_of, pages_only, too_big

#: What the square code of a table says, see `documents.address`.
ADDRESS = re.compile(r"/records/sheets/([0-9a-f-]{36})\?code=([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Paper:
    """A photograph or scan of a table signed by hand, as it came."""

    name: str
    content: bytes


def _role(sheet: Sheet, by: User, roles: Collection[Role]) -> str:
    role = by.duty.role_for(sheet, roles)  # type: ignore[attr-defined]
    if role is None:
        raise CannotSign("这一步不归您办")
    return role


def _move(sheet: Sheet, action: str, role: str, at: datetime, reason: str = "") -> str:
    return step(sheet, action, role, signed_slots(sheet), timezone.localtime(at).date(), reason)


@transaction.atomic
def return_sheet(*, sheet_id: int, reason: str, by: User, at: datetime) -> Sheet:
    """Send the whole table back with a reason: the county after three names, or whoever is next to sign. The
    clerk then goes on (`resume`) or makes a new table (`renew`). Raises CannotSign."""
    sheet = lock(sheet_id, by)
    slot = workflow.next_slot(signed_slots(sheet))
    role: str | None = by.duty.role_for(sheet, COUNTY)  # type: ignore[attr-defined]
    title = ""
    if role is None and slot is not None:
        actor = actor_for(sheet, slot, by, timezone.localtime(at).date())
        role, title = (actor.role, actor.title) if actor else (None, "")
    if role is None:
        raise CannotSign("还没有轮到您，不能退回这张表")
    sheet.state, sheet.return_reason = _move(sheet, workflow.RETURN, role, at, reason), reason.strip()
    sheet.save(update_fields=["state", "return_reason"])
    if sheet.visit_id is not None:
        freeze_as_is(sheet, at)
        _send_back(sheet, reason.strip(), by, title or title_of(by, role), at)
    note(sheet, SheetStep.Kind.RETURNED, reason, by=by, role=role, title=title, at=at)
    log("sheet_returned", sheet, reason, by=by, role=role, at=at, kind=sheet.kind)
    return sheet


def _send_back(sheet: Sheet, reason: str, by: User, title: str, at: datetime) -> None:
    """The record of a single table comes back to its visitor, who answers it."""
    Visit.objects.filter(pk=sheet.visit_id).update(returned=True)
    line = SheetLine.objects.get(sheet=sheet)
    LineReturn.objects.update_or_create(
        line=line,
        defaults={"by": by, "by_title": title, "reason": reason, "at": at, "answered_at": None, "answer": ""},
    )


@transaction.atomic
def resume(*, sheet_id: int, answer: str, by: User, at: datetime) -> Sheet:
    """Nothing was edited: the names given before the return still stand. `answer`: what came of the reason, for
    whoever sent the table back. The clerk's. Raises CannotSign."""
    if not answer.strip():
        raise CannotSign("请写一句怎么处理的，退回的人要看")
    sheet = lock(sheet_id, by)
    role = _role(sheet, by, {Role.TOWNSHIP_CLERK})
    if Sheet.objects.filter(replaces=sheet).exists():
        raise CannotSign("已经另出一版，请到新的表上办")
    state = _move(sheet, workflow.RESUME, role, at)
    if _running(sheet).exists():
        raise CannotSign("这个村这一期还有一张没签完的表，先签完它")
    sheet.state, sheet.return_reason = state, ""
    sheet.save(update_fields=["state", "return_reason"])
    if sheet.visit_id is not None:
        LineReturn.objects.filter(line__sheet=sheet, answered_at=None).update(
            answered_at=at, answer=answer.strip()
        )
    note(sheet, SheetStep.Kind.RESUMED, answer, by=by, role=role, at=at)
    log("sheet_resumed", sheet, answer, by=by, role=role, at=at)
    return sheet


def _running(sheet: Sheet) -> SheetQuerySet:
    return Sheet.objects.filter(
        village_id=sheet.village_id,
        period=sheet.period,
        kind=Sheet.Kind.VILLAGE,
        state__in=[Sheet.State.OPEN, Sheet.State.SIGNING],
    ).exclude(pk=sheet.pk)


@transaction.atomic
def renew(*, sheet_id: int, reason: str, by: User, at: datetime) -> Sheet:
    """Something was edited: a new table without names takes this one's place. The clerk's. Gives the new one.
    Raises CannotSign."""
    if not reason.strip():
        raise CannotSign("请先写一句原因，再办这一步")
    sheet = lock(sheet_id, by)
    role = _role(sheet, by, {Role.TOWNSHIP_CLERK})
    if Sheet.objects.filter(replaces=sheet).exists():
        raise CannotSign("已经另出一版，请到新的表上办")
    state = _move(sheet, workflow.RENEW, role, at, reason)
    if (
        sheet.kind == Sheet.Kind.SINGLE
        and Visit.objects.filter(pk=sheet.visit_id, voided_at=None).first() is None
    ):
        raise CannotSign("这份记录已经作废，新的记录另有一张表")
    if sheet.kind == Sheet.Kind.VILLAGE and _running(sheet).exists():
        raise CannotSign("这个村这一期还有一张没签完的表，先签完它")
    sheet.state = state
    sheet.save(update_fields=["state"])
    new = _successor(sheet, timezone.localtime(at).date())
    note(sheet, SheetStep.Kind.RENEWED, reason, by=by, role=role, at=at)
    log("sheet_renewed", sheet, reason, by=by, role=role, at=at, by_sheet=str(new.uuid))
    return new


def _successor(sheet: Sheet, on: date) -> Sheet:
    quarter = parse(sheet.period)
    assert isinstance(quarter, Quarter)
    place = Place.of(sheet)
    until = sign_by(quarter.end, days_of_month([place], on)[place.village_id], on)
    batch = batches_of([sheet.village_id], sheet.period).get(sheet.village_id, 0) + 1
    new = table(place, quarter, batch, until, replaces=sheet)
    if sheet.visit_id is not None:
        new.kind, new.visit_id, new.batch_no = sheet.kind, sheet.visit_id, sheet.batch_no
    new.save(force_insert=True)
    return new


@transaction.atomic
def void_sheet(*, sheet_id: int, reason: str, by: User, at: datetime) -> Sheet:
    """Take a table away: the clerk's while nobody has signed, the county's afterwards. Its records are free
    for another table; who approved it before stays on it. Raises CannotSign."""
    sheet = lock(sheet_id, by)
    role = _role(sheet, by, {Role.TOWNSHIP_CLERK, *COUNTY})
    sheet.state = _move(sheet, workflow.VOID, role, at, reason)
    sheet.save(update_fields=["state"])
    note(sheet, SheetStep.Kind.VOIDED, reason, by=by, role=role, at=at)
    log("sheet_voided", sheet, reason, by=by, role=role, at=at, kind=sheet.kind)
    return sheet


@transaction.atomic
def approve(*, sheet_ids: Collection[int], by: User, at: datetime) -> tuple[int, int]:
    """审核通过: the county's receipt of its copy, never a fourth signature (decisions 15). In bulk.

    Returns how many were approved and how many had moved on meanwhile and were left as they are."""
    rows = list(
        Sheet.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk__in=sheet_ids)
        .order_by("pk")
        .prefetch_related("signatures")
    )
    if len(rows) != len(set(sheet_ids)):
        raise CannotSign("有的表已经不归您管，请刷新后再选")
    done = 0
    for sheet in rows:
        role = _role(sheet, by, COUNTY)
        if workflow.find(workflow.APPROVE, sheet.state, role, None) is None:
            continue
        sheet.state, sheet.approved_by, sheet.approved_at = _move(sheet, workflow.APPROVE, role, at), by, at
        sheet.save(update_fields=["state", "approved_by", "approved_at"])
        note(sheet, SheetStep.Kind.APPROVED, "", by=by, role=role, at=at)
        audit.record("sheet_approved", at=at, by_id=by.pk, role=role, target=sheet, kind=sheet.kind)
        done += 1
    return done, len(rows) - done


@transaction.atomic
def freeze(*, sheet_id: int, digest: str, by: User, at: datetime, shown: str = "") -> Sheet:
    """先定下来再打印: fix the content before it is printed for signing by hand, so that the paper and the
    table stay the same whatever is recorded meanwhile. The clerk's. Raises CannotSign."""
    sheet = lock(sheet_id, by)
    role = _role(sheet, by, {Role.TOWNSHIP_CLERK})
    if sheet.state != Sheet.State.OPEN or sheet.seal:
        raise CannotSign("这张表已经定下来了，直接打印就行")
    lines = fix(sheet, at=at, digest=digest, shown=shown)
    audit.record("sheet_fixed", at=at, by_id=by.pk, role=role, target=sheet, lines=len(lines))
    return sheet


@transaction.atomic
def attach_paper(
    *,
    sheet_id: int,
    file: Paper,
    names: Sequence[str],
    signed_on: date,
    code: str,
    by: User,
    at: datetime,
) -> Sheet:
    """附纸质签字照片: the paper is kept and the names on it are registered, the missing ones at one go.

    `names`: in the order of the slots that are still empty. `code`: at least four signs of the 校对码 printed
    on the paper: it says which content was signed; empty: it is read from the square code in the photograph.
    Raises CannotSign."""
    file, read = clean(file, look=not code)  # the slow part, before anything is locked
    sheet = lock(sheet_id, by)
    role = _role(sheet, by, {Role.TOWNSHIP_CLERK})
    there = signed_slots(sheet)
    state = _move(sheet, workflow.ATTACH, role, at)
    today = timezone.localtime(at).date()
    _check_paper(sheet, signed_on, today)
    slots = [slot for slot in workflow.SLOTS if slot.number not in there]
    names = [name.strip() for name in names]
    if len(names) != len(slots) or not all(names):
        raise CannotSign("请把纸上每一格的签字人都填上")
    if len({*names, *(name.signed_name for name in there.values())}) != len(names) + len(there):
        raise CannotSign("一个人在一张表上只能签一格，请核对纸上的签字人")
    lines = _fix_by_code(sheet, code or _code_of(sheet, read), at)
    _refuse_relatives(sheet, slots, names, lines, signed_on)
    _register(sheet, file, slots, names, signed_on, by, at)
    sheet.state = state
    sheet.save(update_fields=["state", "paper"])
    audit.record("paper_attached", at=at, by_id=by.pk, role=role, target=sheet, names=len(names))
    return sheet


def _register(
    sheet: Sheet,
    file: Paper,
    slots: Sequence[workflow.Slot],
    names: Sequence[str],
    signed_on: date,
    by: User,
    at: datetime,
) -> None:
    """Keep the file and write the names into their slots; the day is the paper's, at noon."""
    sheet.paper = files.store(
        file.content,
        name=file.name,
        content_type=kind_of(file.content) or "",
        kind="sheet_paper",
        owner_id=by.pk,
        private=False,
        at=at,
        **Place.of(sheet).columns,  # type: ignore[arg-type]
    )
    signed_at = timezone.make_aware(datetime.combine(signed_on, time(12)))
    titles = titles_of(Region.objects.get(pk=sheet.village_id), signed_on)
    Signature.objects.bulk_create(
        Signature(
            sheet=sheet,
            slot=slot.number,
            signed_name=name,
            title=titles[slot.number],
            method=Signature.Method.PAPER,
            recorded_by=by,
            seal=sheet.seal,
            signed_at=signed_at,
        )
        for slot, name in zip(slots, names, strict=True)
    )


def clean(file: Paper, *, look: bool) -> tuple[Paper, list[str]]:
    """A photograph is drawn anew, upright, a PDF keeps its pages only: what a phone writes beside it (where, when) is
    never kept (decisions 13). `look`: also what its square codes say. Raises CannotSign."""
    if len(file.content) > MAX_BYTES:
        raise CannotSign(too_big(file.content))
    try:
        if kind_of(file.content) == PDF:
            return Paper(file.name, pages_only(file.content)), []
        image = images.opened(file.content, max_bytes=MAX_BYTES)
    except images.CannotRead as error:
        raise CannotSign(str(error)) from None
    found = codes.read(image) if look else []
    turned = next((turned for text, turned in found if ADDRESS.search(text)), 0)
    if turned:
        image = image.rotate(turned, expand=True)  # counter-clockwise: back upright
    name = f"{file.name.rpartition('.')[0] or file.name}.jpg"
    return Paper(name, images.redrawn(image, longest=LONGEST).content), [text for text, _ in found]


def _code_of(sheet: Sheet, texts: Sequence[str]) -> str:
    """The 校对码 in the square code on the paper."""
    found = [match for text in texts if (match := ADDRESS.search(text))]
    if not found:
        raise CannotSign("照片里没认出方块码。请照纸的左上角填校对码，或者把右上角的方块码拍清楚再传")
    mine = next((match for match in found if match[1] == str(sheet.uuid)), None)
    if mine is None:
        raise CannotSign("照片里是另一张表。请核对，找到那张表再附")
    return mine[2]


def _check_paper(sheet: Sheet, signed_on: date, today: date) -> None:
    if signed_on > today:
        raise CannotSign("签字日期晚于今天，请核对")
    if signed_on < sheet.period_start:
        raise CannotSign("签字日期早于这一期，请核对")


def _refuse_relatives(
    sheet: Sheet, slots: Sequence[workflow.Slot], names: Sequence[str], lines: list[Line], on: date
) -> None:
    """A name on paper is held against those who held the slot on that day, by post or by 授权: nobody signs for
    a near relative by hand either."""
    kin = kin_of(sheet, lines)
    titles = titles_of(Region.objects.get(pk=sheet.village_id), on)
    deputies = {paper.deputy_id for paper in live_delegations(sheet, on)}
    for slot, name in zip(slots, names, strict=True):
        unit = getattr(sheet, COLUMN[SLOT_LEVELS[slot.number]])
        posts = Post.objects.live(on).filter(role=slot.role, region_id=unit, user_id__in=kin)
        held = Q(pk__in=posts.values("user_id")) | Q(pk__in=deputies & kin)
        if User.objects.filter(held, name=name).exists():
            raise CannotSign(f"表里有{name}的亲属，按规定回避，“{titles[slot.number]}”请受托的同志签")


def _fix_by_code(sheet: Sheet, code: str, at: datetime) -> list[Line]:
    """The code on the paper must be the table's, so that three people did sign what stands here."""
    typed = "".join(sign for sign in code.lower() if sign in "0123456789abcdef")
    lines, seal = current(sheet, at)
    if len(typed) < 4 or not seal.hex().startswith(typed):
        raise CannotSign(
            "纸上的校对码和这张表对不上。请核对左上角的校对码；打印以后表里又有变动的，请重新打印再签"
        )
    freeze_lines(sheet, lines, seal, at)
    return lines
