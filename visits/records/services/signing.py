"""Names under a table: the first fixes its content, the order is fixed, and a line can be struck out.

五(一)-7: village head, liaison cadre, head of the township. A vacant or absent post never blocks: whoever holds
a written 授权 signs in its place, and the paper says so (practice P2). Neither the counting of a visit nor the
report of a change waits for any of this.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Delegation, User
from accounts.roles import Role
from accounts.scoping import COLUMN
from visits.records import sheet_rows, workflow
from visits.records.models import (
    SLOT_LEVELS,
    SLOT_ROLES,
    LineReturn,
    Sheet,
    SheetLine,
    Signature,
    Visit,
)
from visits.records.services.sheets import Place, single_sheet
from visits.records.sheet_titles import in_county_words
from visits.records.sheets import Difference, Line, difference
from visits.roster.models import NearRelative, Person
from xunfang.kit import files
from xunfang.kit.models import StoredFile

NEAR = ("配偶", "丈夫", "妻子", "父", "母", "儿", "女", "子", "兄", "弟", "姐", "妹", "孙", "祖")
NOT_NEAR = ("侄", "甥", "表", "堂", "婿", "媳")


class CannotSign(Exception):
    """Refused; the text is a Chinese sentence. `changed`: what differs from what was looked at."""

    def __init__(self, text: str, changed: Difference | None = None) -> None:
        super().__init__(text)
        self.changed = changed


@dataclass(frozen=True)
class Actor:
    """In which capacity somebody acts on a slot."""

    role: Role
    title: str
    delegation: Delegation | None = None

    @property
    def on_behalf(self) -> str:
        """“郑文彬（嵩委〔2026〕18号）”, or empty."""
        paper = self.delegation
        return f"{paper.principal_name}（{paper.document_no}）" if paper else ""


def near_relatives(sheet: Sheet, person_ids: Collection[int]) -> set[int]:
    """Users who stand in a file of the table as its near relative, by the telephone given there."""
    kin = Q()
    for word in NEAR:
        kin |= Q(contact_relation__contains=word)
    people = Person.objects.filter(kin, pk__in=person_ids).exclude(contact_phone="")
    phones = [
        phone
        for phone, relation in people.values_list("contact_phone", "contact_relation")
        if is_near(relation)
    ]
    return set(User.objects.filter(phone__in=phones).values_list("pk", flat=True))


def filed_relatives(sheet: Sheet, person_ids: Collection[int]) -> set[int]:
    """Users who are filed as near relatives of somebody on the table (低保审核确认办法11)."""
    rows = NearRelative.objects.filter(person_id__in=person_ids, voided_at=None, user__isnull=False)
    return set(rows.values_list("user_id", flat=True))


#: Who is a near relative of anybody on the table and must leave the signing to somebody else.
relatives: list[Callable[[Sheet, Collection[int]], set[int]]] = [near_relatives, filed_relatives]


def kin_of(sheet: Sheet, lines: Collection[Line]) -> set[int]:
    """Users who leave the signing of this table to somebody else."""
    people = {line.person_id for line in lines}
    return {user_id for source in relatives for user_id in source(sheet, people)}


def family_of(user: User) -> set[int]:
    """People of whom the user is a near relative: the same two facts, seen from the other end."""
    filed = NearRelative.objects.filter(user=user, voided_at=None).values_list("person_id", flat=True)
    if not user.phone:
        return set(filed)
    named = Person.objects.filter(contact_phone=user.phone).values_list("pk", "contact_relation")
    return {*filed, *(pk for pk, relation in named if is_near(relation))}


def is_near(relation: str) -> bool:
    return any(word in relation for word in NEAR) and not any(word in relation for word in NOT_NEAR)


def lock(sheet_id: int, by: User) -> Sheet:
    """The table, locked and scoped once more. The record of a single table first: whoever takes a record
    back holds it when he comes for the table."""
    found = Sheet.objects.visible_to(by).filter(pk=sheet_id).values_list("visit_id").first()
    if found is None:
        raise CannotSign("没有找到这张表，可能已经不归您管")
    if found[0] is not None:
        Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=found[0])
    return Sheet.objects.visible_to(by).select_for_update(of=("self",), no_key=True).get(pk=sheet_id)


def live_delegations(sheet: Sheet, on: date) -> list[Delegation]:
    """Every 授权 that stands for a slot of this table on that day."""
    units = Q()
    for slot, role in SLOT_ROLES.items():
        units |= Q(role=role, region_id=getattr(sheet, COLUMN[SLOT_LEVELS[slot]]))
    return list(Delegation.objects.live(on).filter(units).select_related("deputy").order_by("pk"))


def actor_for(
    sheet: Sheet,
    slot: int,
    by: User,
    on: date,
    *,
    delegation_id: int | None = None,
    delegations: list[Delegation] | None = None,
) -> Actor | None:
    """As what this user may act on the slot: by post, else by 授权; None when by neither."""
    role = SLOT_ROLES[slot]
    if delegation_id is None:
        level = SLOT_LEVELS[slot]
        for post in by.duty.posts:  # type: ignore[attr-defined]
            if post.role == role and post.region_id == getattr(sheet, COLUMN[level]):
                return Actor(role, post.words)
    for paper in live_delegations(sheet, on) if delegations is None else delegations:
        if paper.deputy_id == by.pk and paper.role == role and delegation_id in (None, paper.pk):
            return Actor(role, paper.deputy_title, paper)
    return None


def signed_slots(sheet: Sheet) -> dict[int, Signature]:
    return {name.slot: name for name in sheet.signatures.select_related("drawing").order_by("slot")}


def current(sheet: Sheet, at: datetime) -> tuple[list[Line], bytes]:
    """The lines under the lock and their seal: those that are frozen, or those of now.

    Raises CannotSign when what is stored is not what was sealed."""
    lines = sheet_rows.lines_of(sheet, timezone.localtime(at).date(), lock=True)
    seal = sheet_rows.seal_of(sheet, lines)
    if sheet.seal and bytes(sheet.seal) != seal:
        raise CannotSign("这张表的内容和校对码对不上，先别签，请联系系统管理员")
    return lines, seal


def freeze_lines(sheet: Sheet, lines: list[Line], seal: bytes, at: datetime) -> None:
    """Content and seal go in together; what is frozen stays as it is. Raises CannotSign for an empty table."""
    if not lines:
        raise CannotSign("表里没有要签的行")
    if sheet.seal:
        return
    SheetLine.objects.bulk_create(
        SheetLine(
            sheet=sheet,
            row=line.row,
            person_id=line.person_id,
            visit_id=line.visit_id,
            exceptional=line.exceptional,
            content=dict(line.content),
        )
        for line in lines
    )
    sheet.seal, sheet.frozen_at = seal, at
    sheet.save(update_fields=["seal", "frozen_at"])


def freeze_as_is(sheet: Sheet, at: datetime) -> None:
    freeze_lines(sheet, *current(sheet, at), at)


def fix(sheet: Sheet, *, at: datetime, digest: str, shown: str = "") -> list[Line]:
    """The lines, frozen from here on. Raises CannotSign when they are not what somebody looked at."""
    lines, seal = current(sheet, at)
    if seal.hex() != digest:
        raise CannotSign("表里有变动，请再看一遍", difference(shown, lines))
    freeze_lines(sheet, lines, seal, at)
    return lines


def step(sheet: Sheet, action: str, role: str, signed: Collection[int], on: date, reason: str = "") -> str:
    """Apply the table of states; gives the new state."""
    try:
        return workflow.apply(action, sheet.state, role, signed, reason)[1]
    except workflow.CannotAct as refusal:
        raise CannotSign(in_county_words(str(refusal), sheet, on)) from None


def _acting(sheet: Sheet, slot: int, by: User, at: datetime, delegation_id: int | None) -> Actor:
    on = timezone.localtime(at).date()
    actor = actor_for(sheet, slot, by, on, delegation_id=delegation_id)
    if actor is None:
        title = in_county_words(workflow.SLOTS[slot - 1].title, sheet, on)
        raise CannotSign(f"“{title}”由任这个职务的同志签，或凭授权书代签。您今天没有这个村的任职或授权")
    return actor


def _refuse_signer(
    sheet: Sheet, slot: int, by: User, names: Collection[Signature], lines: list[Line], on: date
) -> None:
    """One slot a person, and nobody for a near relative."""
    kin = kin_of(sheet, lines)
    before = {name.signer_id for name in names if name.signer_id}
    if (refusal := workflow.may_sign(slot, by.pk, before, kin)) is not None:
        raise CannotSign(in_county_words(refusal, sheet, on))


@transaction.atomic
def sign(
    *,
    sheet_id: int,
    slot: int,
    by: User,
    at: datetime,
    method: str = Signature.Method.SCREEN,
    digest: str,
    delegation_id: int | None = None,
    shown: str = "",
    drawing: bytes | None = None,
) -> Signature:
    """Put a name into a slot. `digest`: the seal of what was shown (hexadecimal); `shown`: its lines, for
    saying what changed; `drawing`: a small JPEG of `images.drawn`, if the signer drew. Raises CannotSign; two
    at once: one name, the other is told whose."""
    sheet, on = lock(sheet_id, by), timezone.localtime(at).date()
    names = signed_slots(sheet)
    if slot in names:
        raise CannotSign(f"{names[slot].signed_name}已经签过这一格了，不用再签")
    actor = _acting(sheet, slot, by, at, delegation_id)
    if slot != workflow.next_slot(names):
        title = in_county_words(workflow.SLOTS[slot - 1].title, sheet, on)
        raise CannotSign(f"还没有轮到“{title}”，前面的签完您再签")
    state = step(sheet, workflow.SIGN, actor.role, names, on)
    lines = fix(sheet, at=at, digest=digest, shown=shown)
    _refuse_signer(sheet, slot, by, names.values(), lines, on)
    name = Signature.objects.create(
        sheet=sheet,
        slot=slot,
        signer=by,
        signed_name=by.name,
        title=actor.title,
        delegation=actor.delegation,
        on_behalf=actor.on_behalf,
        method=method,
        drawing=_keep_drawing(sheet, drawing, at) if drawing else None,
        seal=sheet.seal,
        signed_at=at,
    )
    sheet.state = state
    sheet.save(update_fields=["state"])
    delegated = actor.delegation.pk if actor.delegation else None
    detail: dict[str, Any] = {"slot": slot, "method": method, "lines": len(lines), "delegation": delegated}
    detail["drawn"] = drawing is not None
    audit.record("sheet_signed", at=at, by_id=by.pk, role=actor.role, target=sheet, **detail)
    return name


def _keep_drawing(sheet: Sheet, drawing: bytes, at: datetime) -> StoredFile:
    # SECURITY: private and of no owner: it is seen in its slot only, by whoever sees the table.
    return files.store(
        drawing,
        name="signature.jpg",
        content_type="image/jpeg",
        kind="sheet_drawing",
        owner_id=None,
        at=at,
        **Place.of(sheet).columns,  # type: ignore[arg-type]
    )


@transaction.atomic
def strike(
    *,
    sheet_id: int,
    rows: Collection[int],
    reason: str,
    by: User,
    at: datetime,
    digest: str,
    delegation_id: int | None = None,
    shown: str = "",
) -> list[LineReturn]:
    """Strike lines out and send them back, with a reason; whoever is next does it. The other lines stay, so
    do the names under them; the record comes back for signing by itself. Raises CannotSign."""
    sheet = lock(sheet_id, by)
    names = signed_slots(sheet)
    slot = workflow.next_slot(names)
    if slot is None:
        raise CannotSign("三个人都签过了，不能再划。要改请县民政局整表退回")
    actor = _acting(sheet, slot, by, at, delegation_id)
    step(sheet, workflow.STRIKE, actor.role, names, timezone.localtime(at).date(), reason)
    if sheet.kind == Sheet.Kind.SINGLE:
        raise CannotSign("这张表只有一行，请用“整表退回”")
    lines = fix(sheet, at=at, digest=digest, shown=shown)
    struck = _strikeable(sheet, lines, rows)
    made = LineReturn.objects.bulk_create(
        LineReturn(line=line, by=by, by_title=actor.title, reason=reason.strip(), at=at) for line in struck
    )
    Visit.objects.filter(pk__in=[line.visit_id for line in struck]).update(returned=True)
    audit.record(
        "lines_struck", at=at, by_id=by.pk, role=actor.role, target=sheet, rows=sorted(rows), slot=slot
    )
    return made


def _strikeable(sheet: Sheet, lines: list[Line], rows: Collection[int]) -> list[SheetLine]:
    """The stored lines of these rows, if they may be struck."""
    if not rows:
        raise CannotSign("请先勾选要退回的行")
    gone = set(LineReturn.objects.filter(line__sheet=sheet).values_list("line__row", flat=True))
    if gone & set(rows):
        raise CannotSign("有的行已经划出去了，请刷新后再选")
    picked = [line for line in lines if line.row in rows]
    if len(picked) != len(set(rows)):
        raise CannotSign("有的行表里没有，请刷新后再选")
    if any(line.visit_id is None for line in picked):
        raise CannotSign("没访成的行没有记录可退，请直接和巡访人说")
    if len(gone) + len(picked) == len(lines):
        raise CannotSign("整张表都要退的，请用“整表退回”")
    if any(line.content["single"] for line in picked):
        raise CannotSign("逐份签的记录不在这张表里退，请打开那一份再退")
    return list(SheetLine.objects.filter(sheet=sheet, row__in=rows).order_by("row"))


@transaction.atomic
def answer(*, visit_id: int, text: str, by: User, at: datetime) -> Sheet:
    """What the visitor says to a record that came back; it is then signed by itself (decisions 14). To
    change the record, take it back and write a new one. Raises CannotSign."""
    visit = Visit.objects.visible_to(by).filter(pk=visit_id).first()
    if visit is None:
        raise CannotSign("没有找到这份记录，可能已经不归您管")
    visit = Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=visit_id)
    clerk = visit.township_id in by.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
    if by.pk not in (visit.visitor_id, visit.recorder_id) and not clerk:
        raise CannotSign("由巡访人或录入人回答")
    if visit.voided_at is not None:
        raise CannotSign("这份记录已经作废，不用再答")
    if not text.strip():
        raise CannotSign("请写清楚补了什么")
    waiting = LineReturn.objects.filter(line__visit=visit, answered_at=None)
    if not waiting.update(answered_at=at, answer=text.strip()):
        raise CannotSign("这份记录没有等您回答的退回")
    old = Sheet.objects.filter(visit=visit, state=Sheet.State.RETURNED, replaced_by=None).last()
    sheet = single_sheet(visit, timezone.localtime(at).date(), replaces=old)
    audit.record("return_answered", at=at, by_id=by.pk, target=visit, sheet=str(sheet.uuid))
    return sheet


def returns_waiting(user: User) -> list[LineReturn]:
    """Records of this user that were sent back and wait for a word; oldest first."""
    return list(
        LineReturn.objects.filter(answered_at=None, line__visit__voided_at=None)
        .filter(Q(line__visit__visitor=user) | Q(line__visit__recorder=user))
        .select_related("line__visit__person", "by")
        .order_by("at", "pk")
    )
