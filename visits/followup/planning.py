"""救助方案 (四(一)-8), the rules as pure functions: how hard life is, when to look again, and which needs no measure
answers. No database, no clock."""

import calendar
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

COMMON, HEAVY, GRAVE = "common", "heavy", "grave"
# What a finding asks for, by its code; a family's changes and the season come beside the items.
ASKS: dict[str, str] = {
    "family_size": "care", "income": "money", "property": "house",
    "speech": "care", "mobility": "aids", "illness": "medicine",
    "mood": "company", "thinking": "care", "stress": "company",
    "gas": "safety", "water_heating": "safety", "electricity": "safety",
    "personal_hygiene": "care", "home_hygiene": "care", "surroundings_hygiene": "other",
    "indoor": "house", "outdoor": "house", "neighbours": "other",
    "guardian": "care", "school": "school", "meals": "meals", "parents_contact": "company",
    "child_mind": "company", "harm": "safety",
    "season_leak": "house", "season_warmth": "money", "season_ventilated": "safety", "care_eating": "meals",
}  # fmt: skip


def need_of(code: str) -> str:
    """The need that a finding asks for: a code of `visits.records.needs`."""
    return ASKS.get(code) or ("care" if code.startswith("care_") else "other")


def degree(
    classes: Collection[str], benefits: Collection[str], open_findings: Iterable[tuple[str, int]]
) -> str:
    """What is suggested from class, benefits and what is open (code, level): never more than a suggestion."""
    found = list(open_findings)
    lost = [code for code, _ in found if code.startswith("care_")]
    if any(level == 3 for _, level in found) or ("tekun" in classes and lost):
        return GRAVE
    if "tekun" in classes or "sudden" in classes or len(found) >= 2 or (found and not benefits):
        return HEAVY
    return COMMON


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def review_day(today: date, *, key: bool) -> date:
    """When a plan is looked at again if nobody says otherwise: half a year for 重点, else a year."""
    return add_months(today, 6 if key else 12)


def latest_review(today: date) -> date:
    """Later than a year is refused; that day itself is not."""
    return add_months(today, 12)


@dataclass(frozen=True)
class Answer:
    """What a live plan says: its needs, and per measure the need it answers and the day on which it was done."""

    made_at: datetime
    needs: Sequence[str]
    measures: Sequence[tuple[str, date | None]]


def unmet(
    ticked: Sequence[str], visited_on: date | None, submitted_at: datetime | None, plan: Answer | None
) -> tuple[str, ...]:
    """The needs that no measure answers. `ticked`: of the newest visit that ticked any.

    A plan made after that visit has weighed them: what it keeps without a measure is open, what it left out is not
    needed. Of a plan made before, a measure answers while it is to be done, or was done on the visit's day or later."""
    if plan is None:
        return tuple(ticked)
    if submitted_at is None or visited_on is None or plan.made_at >= submitted_at:
        answered = {kind for kind, _ in plan.measures}
        return tuple(code for code in plan.needs if code not in answered)
    answered = {kind for kind, done_on in plan.measures if done_on is None or done_on >= visited_on}
    kept = {kind for kind, _ in plan.measures}
    before = [code for code in plan.needs if code not in kept and code not in ticked]
    return tuple(code for code in [*ticked, *before] if code not in answered)


def alike(measures: Iterable[tuple[str, str]], note: str) -> str:
    """The same for plans that say the same, whoever is named in them; blanks don't count."""
    said = "\n".join(sorted(f"{kind}:{''.join(words.split())}" for kind, words in measures))
    return hashlib.md5(f"{said}\n{''.join(note.split())}".encode(), usedforsecurity=False).hexdigest()
