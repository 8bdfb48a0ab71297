"""What a visit reads and writes beside its record: lasting states (P15), the house (P13), needs, the police (E12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from visits.records.assessment import Form, level_of, long_known, may_be_known, with_declared
from visits.records.models import KnownState, Visit
from visits.records.needs import WORDS
from visits.records.selectors.known import known_of
from visits.records.services.common import CannotVisit
from visits.records.services.knowing import end_failed, keep_seen, note_known
from visits.roster.models import Person
from visits.roster.selectors.dwelling import dwelling_of
from visits.roster.services.common import CannotChange
from visits.roster.services.dwelling import Facts, confirm_dwelling, note_dwelling, ordered

POLICE_FIRST = "先打110，再选一下：报警了吗"


@dataclass(frozen=True)
class States:
    """`rows`: what was known before the visit, by item. `known`: what counts as known for it, those among them that
    were said to be lasting today; `failed`: of which nobody cares any more. `care`: who cares, by item."""

    rows: Mapping[str, KnownState]
    known: Mapping[str, int]
    failed: frozenset[str]
    care: Mapping[str, str]
    covered: frozenset[str]


def read(
    form: Form, person: Person, body: Mapping[str, Any], last: Mapping[str, int] | None, *, known: bool = True
) -> States:
    """The states that hold for this visit; `known`: whether there are any. Raises CannotVisit when something can't be
    lasting."""
    rows = {row.code: row for row in known_of(person)} if known else {}
    declared = body.get("known") or {}
    values: Mapping[str, int] = body["values"]
    for code in declared:
        if code not in values or not may_be_known(form.item(code), values[code]):
            raise CannotVisit("紧急的、要上报的、安全和家庭变化，不能记成长期状况。", f"long_{code}")
    failed = frozenset(body.get("care_failed") or ()) & set(rows)
    levels = with_declared(
        {code: row.value for code, row in rows.items()}, {code: values[code] for code in declared}, last
    )
    care = {code: row.care for code, row in rows.items()} | {
        code: said["care"] for code, said in declared.items()
    }
    covered = frozenset(
        code
        for code, value in levels.items()
        if code not in failed
        and 1 <= level_of(values.get(code, 0)) <= 2
        and long_known(form.item(code), values[code], value)
    )
    return States(rows, levels, failed, care, covered)


def stored(
    *, form_values: Mapping[str, int], body: Mapping[str, Any], person: Person, states: States
) -> dict[str, Any]:
    """Its share of `Visit.extra`; None where there is nothing to say."""
    return {
        "known": {code: states.care[code] for code in form_values if code in states.covered} or None,
        "care_failed": {code: states.rows[code].pk for code in sorted(states.failed)} or None,
        "dwelling": _house(person, body.get("dwelling")),
        "needs": [code for code in WORDS if code in (body.get("needs") or ())] or None,
        "police": body.get("police") or None,
    }


def write(visit: Visit, body: Mapping[str, Any], form: Form, states: States, by: User, at: datetime) -> None:
    """Carry out what the visit says of them, in its transaction. Raises CannotVisit."""
    end_failed(visit, states.failed, by, at)
    again = set(body.get("known_again") or ()) & set(states.rows) - states.failed
    keep_seen(visit.person, again, visit.visited_on, by, at)
    for code, said in (body.get("known") or {}).items():
        note_known(
            person_id=visit.person_id, code=code, value=visit.ratings[code], care=said["care"],
            review_on=said["review_on"], on=visit.visited_on, visit=visit, form=form, by=by, at=at,
        )  # fmt: skip
    _see_house(visit, body.get("dwelling"), by, at)


def _facts(said: Mapping[str, Any]) -> Facts:
    return Facts(
        tuple(said["risks"]), said.get("helper", ""), said.get("helper_phone", ""), said.get("refuge", "")
    )


def _see_house(visit: Visit, said: Mapping[str, Any] | None, by: User, at: datetime) -> None:
    if not said:
        return
    try:
        if said["changed"]:
            note_dwelling(person_id=visit.person_id, facts=_facts(said), on=visit.visited_on, by=by, at=at)
        else:
            confirm_dwelling(person_id=visit.person_id, on=visit.visited_on, by=by, at=at)
    except CannotChange as error:
        raise CannotVisit(str(error), "dwelling_risks" if said["changed"] else "dwelling") from error


def _house(person: Person, said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was said, or what stood on the file when nothing had changed: as it was on that day."""
    if not said:
        return None
    row = None if said["changed"] else dwelling_of(person)
    facts = Facts.of(row) if row is not None else _facts(said) if said["changed"] else None
    if facts is None:
        return None
    return {
        "changed": bool(said["changed"]),
        "risks": ordered(facts.risks),
        "helper": facts.helper,
        "helper_phone": facts.helper_phone,
        "refuge": facts.refuge,
    }
