"""How a table of visit results (巡访结果确认表) is signed: states, transitions and slots as data.

五(一)-7: the result is signed by the village head, the liaison cadre and the head of the township, in this order.
After the third name the county approves, which is its receipt of its copy and no fourth signature. The service
applies a transition and the page draws its buttons from the same table, so the two cannot disagree.
"""

from collections.abc import Collection
from dataclasses import dataclass

OPEN = "open"
SIGNING = "signing"
SIGNED = "signed"
APPROVED = "approved"
RETURNED = "returned"
VOIDED = "voided"

STATE_LABELS = {
    OPEN: "待签",
    SIGNING: "签字中",
    SIGNED: "已签，待县级审核",
    APPROVED: "审核通过",
    RETURNED: "已退回",
    VOIDED: "作废",
}

SIGN = "sign"
STRIKE = "strike"
RETURN = "return"
ATTACH = "attach"
APPROVE = "approve"
RESUME = "resume"
RENEW = "renew"
VOID = "void"

ACTION_LABELS = {
    SIGN: "我看过了，签字",
    STRIKE: "划出几行，退回",
    RETURN: "整表退回",
    ATTACH: "附纸质签字照片",
    APPROVE: "审核通过",
    RESUME: "没有改动，接着签",
    RENEW: "改过了，另出一版",
    VOID: "作废",
}


class CannotAct(Exception):
    """Refused. The text is Chinese and may be shown."""


@dataclass(frozen=True)
class Slot:
    """A place for a name. `title` is the default; counties have their own (书记兼主任, 挂村干部)."""

    number: int
    role: str
    title: str


SLOTS = (
    Slot(1, "village_head", "村（居）主任"),
    Slot(2, "liaison", "包村干部"),
    Slot(3, "township_head", "乡镇（街道）主要负责人"),
)


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    `to_state` None: what the names under the table say (`state_for`), for signing on after a return. `slot`: only
    while this slot is the next to be signed. `needs_reason`: a sentence must be written.
    """

    action: str
    from_states: frozenset[str]
    to_state: str | None
    roles: frozenset[str]
    needs_reason: bool = False
    slot: int | None = None


def _states(*states: str) -> frozenset[str]:
    return frozenset(states)


_COUNTY = frozenset({"county_officer", "county_head"})
_CLERK = frozenset({"township_clerk"})
_SLOT_STATES = {1: (OPEN, SIGNING), 2: (SIGNING, SIGNING), 3: (SIGNING, SIGNED)}


def _slot_rows() -> tuple[Transition, ...]:
    """Whoever is next may sign, strike out lines and send them back, or send back the whole table."""
    rows = []
    for slot in SLOTS:
        before, after = _SLOT_STATES[slot.number]
        who = frozenset({slot.role})
        rows += [
            Transition(SIGN, _states(before), after, who, slot=slot.number),
            # The names under the other lines stay as they are: the struck record comes back by itself.
            Transition(STRIKE, _states(before), before, who, needs_reason=True, slot=slot.number),
            Transition(RETURN, _states(before), RETURNED, who, needs_reason=True, slot=slot.number),
        ]
    return tuple(rows)


TRANSITIONS: tuple[Transition, ...] = (
    *_slot_rows(),
    # Signed by hand on paper, its photograph attached once: all missing names at one go.
    Transition(ATTACH, _states(OPEN, SIGNING), SIGNED, _CLERK),
    Transition(APPROVE, _states(SIGNED), APPROVED, _COUNTY),
    Transition(RETURN, _states(SIGNED), RETURNED, _COUNTY, needs_reason=True),
    # Nothing was edited: the names given before the return still stand.
    Transition(RESUME, _states(RETURNED), None, _CLERK),
    # Something was edited: a new table with its own names takes the place of this one.
    Transition(RENEW, _states(RETURNED), RETURNED, _CLERK),
    Transition(RENEW, _states(SIGNING, SIGNED), VOIDED, _CLERK, needs_reason=True),
    Transition(VOID, _states(OPEN, RETURNED), VOIDED, _CLERK, needs_reason=True),
    Transition(VOID, _states(SIGNING, SIGNED, APPROVED), VOIDED, _COUNTY, needs_reason=True),
)


def next_slot(signed: Collection[int]) -> int | None:
    """The first slot without a name, or None when all are there. A later name never makes up for an earlier."""
    return next((slot.number for slot in SLOTS if slot.number not in signed), None)


def state_for(signed: Collection[int]) -> str:
    """The state that these names make: open, signing or signed."""
    if next_slot(signed) is None:
        return SIGNED
    return SIGNING if 1 in signed else OPEN


def find(action: str, state: str, role: str, slot: int | None) -> Transition | None:
    """The row that lets `role` do `action` on a table in `state` whose next slot is `slot`, or None."""
    for row in TRANSITIONS:
        applies = row.action == action and state in row.from_states and role in row.roles
        if applies and row.slot in (None, slot):
            return row
    return None


def allowed(state: str, role: str, slot: int | None) -> tuple[str, ...]:
    """The actions open to `role`, in the order of the table: the buttons, and nothing else."""
    return tuple(action for action in ACTION_LABELS if find(action, state, role, slot))


def apply(
    action: str, state: str, role: str, signed: Collection[int], reason: str = ""
) -> tuple[Transition, str]:
    """The row that applies and the state it leads to. Raises CannotAct with what to do instead."""
    slot = next_slot(signed)
    row = find(action, state, role, slot)
    if row is None:
        raise CannotAct(_why_not(action, state, slot))
    if row.needs_reason and not reason.strip():
        raise CannotAct("请先写一句原因，再办这一步")
    return row, state_for(signed) if row.to_state is None else row.to_state


def may_sign(
    slot: int, signer_id: int, previous_signer_ids: Collection[int], relatives: Collection[int]
) -> str | None:
    """Why this person may not sign this slot, as a Chinese sentence, or None.

    Nobody stands in two slots of one table, and nobody signs for a relative: `relatives` are the ids of users
    who are near relatives of anybody on it. The visitor may sign; the print says so (practice P2).
    """
    title = SLOTS[slot - 1].title
    if signer_id in previous_signer_ids:
        return f"您在这张表上已经签过一格，“{title}”请别的同志签"
    if signer_id in relatives:
        return f"表里有您的亲属，“{title}”请受托的同志签"
    return None


def _why_not(action: str, state: str, slot: int | None) -> str:
    if state == VOIDED:
        return "这张表已经作废，不用再办"
    if state == RETURNED:
        return "这张表已经退回，等民政办经办人改好再办"
    if action in (SIGN, STRIKE, RETURN) and state in (OPEN, SIGNING) and slot is not None:
        return f"现在轮到{SLOTS[slot - 1].title}，还没有轮到您"
    return f"这张表现在是“{STATE_LABELS[state]}”，“{ACTION_LABELS[action]}”这一步现在办不了"
