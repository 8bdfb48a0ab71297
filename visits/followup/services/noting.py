"""问题台账 (四(二)-3), from the visits' side: what one found is noted in its own transaction, what one takes back is
taken back. Nobody presses a button for it, and nothing is noted twice."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts import audit
from accounts.models import User
from visits.followup import ledger
from visits.followup.models import Finding, FindingStep
from visits.records.assessment import NOT_SEEN, URGENT, WINDOW, Form, burns, fires, level_of
from visits.records.models import Visit
from visits.records.services import Submission
from visits.records.services.visiting import blocks_of, values_of
from xunfang.kit.prepared import Prepared

State, Kind = Finding.State, FindingStep.Kind
SAFETY_DAYS = timedelta(days=7)
# What is a change and no trouble: it goes to the county (五(三)-7), there is nothing to be mended.
GAINS = frozenset({("family_size", 2), ("income", 2), ("property", 2)})
DONE, NOT_YET = "done", "not"
NO_NEED = "不用再办"


@dataclass(frozen=True)
class Sighting:
    """One thing at level 2 or 3 on one visit. `known`: noted only where it is open already."""

    code: str
    item: str
    level: int
    words: str
    note: str = ""
    safety: bool = False
    known: bool = False


def note_findings(submission: Submission) -> None:
    """What the visit saw goes into the ledger: opened, seen again, better, or open once more after it was settled."""
    seen = {one.code: one for one in sightings(submission)}
    rows = _rows(submission)
    for code, one in seen.items():
        row = rows.get(code)
        if row is not None:
            _see(row, one, submission)
        elif not one.known:
            _open(one, submission)
    better = better_codes(submission)
    for code, row in rows.items():
        if code not in seen and row.state == State.OPEN:
            _answer(row, code in better, submission)


# Asked before a visit is written (`records.selectors.beforehand`): whether there is anything on the ledger.
NOTED = "findings"
ANY_NOTED = "EXISTS (SELECT FROM visits_followup_finding WHERE person_id = %(person)s)"
_NOTED = Prepared[int](
    lambda *, person: (
        Finding.objects.filter(person_id=person).exclude(state=State.VOIDED).values_list("pk", flat=True)
    )
)


def _rows(submission: Submission) -> dict[str, Finding]:
    """What is on the ledger for the person, by code; and what the record that this one corrects had opened, taken
    back a moment ago: its measure is not to be thought of twice. The person is locked."""
    if NOTED not in submission.before.above:
        return {}
    ids = set(_NOTED.all(person=submission.person.pk))
    if submission.replaces:
        corrected = Finding.objects.filter(
            state=State.VOIDED, steps__kind=Kind.VOIDED, steps__at=submission.at, person=submission.person
        )
        ids |= set(corrected.values_list("pk", flat=True))
    if not ids:
        return {}
    rows = Finding.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True)
    by_code: dict[str, Finding] = {}
    for row in sorted(rows, key=lambda row: (row.state != State.VOIDED, row.pk)):
        by_code[row.code] = row
    return by_code


def sightings(submission: Submission) -> Iterable[Sighting]:
    """Everything at level 2 or 3 that is not long known: items, questions of a season, self-care that was lost."""
    form, visit = submission.form, submission.visit
    values, notes = values_of(visit), visit.notes or {}
    # practice P15: a lasting state that nobody cares for any more needs somebody, however light it is.
    alone = (visit.extra or {}).get("care_failed") or {}
    for code in submission.judgement.findings:
        if (code, values[code]) not in GAINS:
            item = form.item(code)
            level = max(level_of(values[code]), 2 if code in alone else 0)
            yield Sighting(
                code, item.label, level, form.words(code, values[code]), notes.get(code, ""),
                safety="safety" in item.flags,
            )  # fmt: skip
    for code, label, level, words in season_answers(form, visit):
        if level >= 2:
            yield Sighting(code, label, level, words, safety=True)
    for code, able in ((visit.extra or {}).get("self_care") or {}).items():
        if not able:
            label = dict(form.self_care).get(code, code)
            yield Sighting(f"care_{code}", f"自己{label}", 2, "做不了", known=code not in submission.care)


def season_answers(form: Form, visit: Visit) -> list[tuple[str, str, int, str]]:
    """Code, question, level and words of every answered question of the season blocks. Fire without an open window
    is level 2 at least, as `judge_season` has it; where nothing is burnt any more, it is all right."""
    found = []
    for block in blocks_of(visit.extra or {}):
        answers = block["answers"]
        options = {
            question.code: (
                question,
                [o for o in question.options if o.value in _listed(answers.get(question.code))],
            )
            for question in form.season(block["code"]).questions
        }
        burning = burns(form, block["code"], answers)
        for code, (question, chosen) in options.items():
            if code == WINDOW and not burning:
                if any(answers.get(name) for name in fires(form, block["code"])):
                    found.append((f"season_{code}", question.label, 0, "不烧火"))
                continue
            shut = code == WINDOW and answers.get(code) != 0
            if chosen or shut:
                level = max([option.level for option in chosen] + ([2] if shut else []))
                words = "、".join(option.words for option in chosen) or "没有问到"
                found.append((f"season_{code}", question.label, level, words))
    return found


def _listed(given: object) -> Collection[object]:
    return given if isinstance(given, list) else [given]


def better_codes(submission: Submission) -> set[str]:
    """What the visit answered better than level 2. A change says nothing: “无变化” is as bad as it was."""
    form, visit = submission.form, submission.visit
    changes = {item.code for item in form.items if "change" in item.flags}
    found = {
        code
        for code, value in values_of(visit).items()
        if code not in changes and value != NOT_SEEN and level_of(value) not in (2, URGENT)
    }
    found |= {code for code, _, level, _ in season_answers(form, visit) if level < 2}
    return found | {
        f"care_{code}" for code, able in ((visit.extra or {}).get("self_care") or {}).items() if able
    }


def _open(one: Sighting, submission: Submission) -> None:
    visit = submission.visit
    row = Finding.objects.create(
        person=submission.person,
        county_id=visit.county_id,
        township_id=visit.township_id,
        village_id=visit.village_id,
        code=one.code[:40],
        level=one.level,
        found_on=visit.visited_on,
        last_seen_on=visit.visited_on,
        visit=visit,
        last_visit=visit,
        item=one.item[:40],
        words=one.words[:80],
        note=one.note[:200],
        due_on=due_of(one.level, submission.at, safety=one.safety),
        created_at=submission.at,
    )
    _step(row, Kind.FOUND, submission, level=one.level, words=one.words)
    _log("finding_found", row, submission)


def due_of(level: int, at: datetime, *, safety: bool) -> date | None:
    """Until when it should be mended if nobody says otherwise: urgent today, safety in a week."""
    today = timezone.localtime(at).date()
    if level == URGENT:
        return today
    return today + SAFETY_DAYS if safety else None


def _see(row: Finding, one: Sighting, submission: Submission) -> None:
    was, level = row.state, row.level
    if one.known and was != State.OPEN:
        return
    kind = Kind.FOUND if was == State.VOIDED else Kind.SEEN
    if was == State.CLOSED and row.closed_on is not None and submission.visit.visited_on >= row.closed_on:
        kind = Kind.REOPENED
    _step(row, kind, submission, level=one.level, words=one.words)
    row.item = one.item[:40]
    recompute(row)
    if row.state == State.OPEN and was == State.CLOSED:
        row.due_on = due_of(row.level, submission.at, safety=one.safety)
        row.save(update_fields=["due_on"])
        _log("finding_reopened", row, submission)
    elif row.level == URGENT and level < URGENT:
        today = timezone.localtime(submission.at).date()
        row.due_on = min(row.due_on or today, today)
        row.save(update_fields=["due_on"])


def _answer(row: Finding, better: bool, submission: Submission) -> None:
    """What the visitor said of it beside the items: 办好了, 还没好; or that the item is better now."""
    told = submission.open_rows.get(row.uuid.hex, "")
    care = ((submission.visit.extra or {}).get("known") or {}).get(row.code)
    if told == NOT_YET:
        _step(row, Kind.SEEN, submission, words="还没好")
    elif told == DONE or (better and submission.visit.visited_on >= row.last_seen_on):
        _step(row, Kind.BETTER, submission, words="办好了" if told == DONE else "这次看是好的")
    elif care is not None:  # practice P15: known and cared for is no finding any more
        _step(row, Kind.BETTER, submission, words=f"长期状况，{care}")
    else:
        return
    recompute(row)


def _step(row: Finding, kind: str, submission: Submission, *, level: int | None = None, words: str) -> None:
    FindingStep.objects.create(
        finding=row,
        kind=kind,
        on=submission.visit.visited_on,
        visit=submission.visit,
        level=level,
        words=words[:80],
        by=submission.by,
        at=submission.at,
    )


def _log(action: str, row: Finding, submission: Submission) -> None:
    audit.record(action, at=submission.at, by_id=submission.by.pk, target=row, level=row.level)


def standing(row: Finding) -> ledger.Standing:
    """What the steps of a finding amount to."""
    return ledger.stand(
        ledger.Step(
            kind=step.kind,
            on=step.on,
            visit=step.visit_id,
            level=step.level,
            words=step.words,
            by=step.by_id,
            voided=step.visit is not None and step.visit.voided_at is not None,
        )
        for step in row.steps.select_related("visit").order_by("pk")
    )


def recompute(row: Finding) -> None:
    """Write how the finding stands after its steps changed. The caller holds the row."""
    now = standing(row)
    row.state = now.state
    row.closed_on, row.closed_by_id, row.closing_note = now.closed_on, now.closed_by, now.closing_note
    row.closed_with_person = now.state == State.CLOSED and now.closed_by is None
    row.better_on = now.better_on if now.state == State.OPEN else None
    if now.state != State.VOIDED:
        assert now.found_on is not None
        assert now.last_seen_on is not None
        row.level, row.words, row.times = now.level, now.words, now.times
        row.found_on, row.last_seen_on = now.found_on, now.last_seen_on
        row.visit_id = now.first
        if row.last_visit_id != now.last:
            row.last_visit = Visit.objects.get(pk=now.last)
        row.note = (row.last_visit.notes or {}).get(row.code, row.note)[:200]
        row.measure = now.measure or (NO_NEED if now.state == State.CLOSED else "")
    row.save()


def take_back(visit: Visit, by: User, at: datetime) -> None:
    """A record was voided: what it had said of findings counts no more. What no other visit saw leaves the ledger;
    what this one had opened again is settled as before."""
    rows = Finding.objects.filter(pk__in=FindingStep.objects.filter(visit=visit).values("finding_id"))
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        FindingStep.objects.create(
            finding=row,
            kind=Kind.VOIDED,
            on=visit.visited_on,
            visit=visit,
            words=f"第{visit.record_no}号记录作废",
            by=by,
            at=at,
        )
        recompute(row)
        audit.record("finding_taken_back", at=at, by_id=by.pk, target=row, state=row.state)
