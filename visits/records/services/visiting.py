"""A visit was made: recorded once, weighed, counted, and passed on; or taken back as if it had not been.

The body of a visit, clean values only:
visited_on date · part_of_day "am" "pm" "" · mode · met · contact_month int or None (met "away") · values
{item: value}, the questions about a minor among them · reasons {item: code} · notes {item: text} · season
{code, answers} or None · more_seasons [the same], blocks that a round asks besides · rounds {uuid: [numbers of the
questions that were answered yes]} · self_care {code: bool} or None · phrases [code] · remark · private_note · companions ·
visitor_id int or None · report bool · second bool · after_death bool · replaces uuid or None, void_reason.
Beside the answers, all optional (`services/beside.py`): known {item: {care, review_on}}, said to be lasting ·
known_again [item], known and still so · care_failed [item], known and nobody cares any more · dwelling None, {changed:
False} or {changed: True, risks, helper, helper_phone, refuge} · needs [code] · police {told: bool, words}, asked for
where an answer is a duty to tell the police (E12) · open_rows {code: “done” or “not”}, of `records/open_rows.py`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.records.assessment import (
    Answers,
    Form,
    Judgement,
    judge,
    judge_season,
    pack_told,
    self_care_changes,
)
from visits.records.items import ITEM_CODES
from visits.records.models import Draft, Visit
from visits.records.selectors.beforehand import Beforehand, beforehand
from visits.records.selectors.visiting import is_minor
from visits.records.services import beside, fulfilling
from visits.records.services.common import (
    AfterDeath,
    CannotVisit,
    Conflict,
    already,
    check_day,
    digest,
    file_of,
    lock_person,
    role_of,
    visitor_of,
)
from visits.records.wordings import form_of
from visits.roster.models import Person
from visits.roster.services.after_death import ask_about_visit, visit_taken_back
from visits.schedule.models import DueItem
from xunfang.kit import prepared

__all__ = [
    "AfterDeath",
    "CannotVisit",
    "Conflict",
    "SameDay",
    "Submission",
    "after_submit",
    "after_void",
    "join",
    "submit",
    "void",
]


class SameDay(CannotVisit):
    """Somebody was there on that day already (E14). `visit` is theirs: join it, or say that there were two."""

    def __init__(self, text: str, visit: Visit) -> None:
        super().__init__(text, "second")
        self.visit = visit


@dataclass(frozen=True)
class Submission:
    """What higher rooms get to know of a visit, in its own transaction. `care`: self-care indicators that
    changed; `last`: the visit before, or None; `before`: what was known before it was written."""

    visit: Visit
    person: Person
    form: Form
    judgement: Judgement
    care: tuple[str, ...]
    last: Visit | None
    by: User
    at: datetime
    before: Beforehand
    # The record that was taken back for it, and which of that one's photographs (uuids) are not taken over.
    replaced: Visit | None = None
    left_photos: Collection[str] = ()
    # What the visitor said of what was open (`records.open_rows`): code → “done” or “not”.
    open_rows: Mapping[str, str] = field(default_factory=dict)

    @property
    def replaces(self) -> bool:
        """Whether it took the place of a record."""
        return self.replaced is not None


# Higher rooms append to these in their AppConfig.ready(): called inside the transaction, in this order.
after_submit: list[Callable[[Submission], None]] = []
after_void: list[Callable[[Visit, User, datetime], None]] = []


@transaction.atomic
def submit(
    *, person_id: int, by: User, at: datetime, key: UUID, body: dict[str, Any], together: UUID | None = None
) -> tuple[Visit, bool]:
    """Record a visit. Returns it and whether this call made it: the same press twice gives the first one.
    `together`: what the records of one household, made in one go, share (practice P18); a correction shares it too.

    It counts from now on, for the period of its day (decisions 2). Raises CannotVisit with a sentence; Conflict
    when the press was recorded with other words; SameDay when another record stands for that day."""
    person = lock_person(person_id, by)
    day, fingerprint = body["visited_on"], digest(body)
    # The words that were read are those of today, whenever the visit was.
    ask = {"by_id": by.pk, "key": key, "on": day, "today": timezone.localtime(at).date()}
    before = beforehand(person_id=person.pk, **ask)
    stored = already(Visit, key, person, by, fingerprint) if before.repeated else None
    if stored is not None:
        return stored, False
    check_day(person, day, at, "on", after_death=body.get("after_death", False), joined_on=before.joined_on)
    replaced = _replace(person, body, by, at) if body.get("replaces") else None
    if replaced is not None:
        # A note that is not for the village goes over: whoever corrects may be one of those who can't read it.
        body = body | {"private_note": body.get("private_note") or replaced.private_note}
        before = beforehand(person_id=person.pk, **ask)
    visitor_id = visitor_of(person, by, body.get("visitor_id"), day)
    if before.same_day and not body.get("second"):
        _refuse_same_day(person, day, by)
    form = form_of(before.wording, before.mark)
    last = before.last
    states = beside.read(form, person, body, values_of(last) if last else None, known=before.known)
    weighed, care, season_level = _weigh(form, person, body, last, states)
    visit = Visit(
        person=person,
        visitor_id=visitor_id,
        recorder=by,
        form_version_id=before.wording,
        key=key,
        together=together or (replaced.together if replaced else None),
        body_digest=fingerprint,
        submitted_at=at,
        **_columns(person, body, weighed, care, season_level, states),
    )
    prepared.insert(visit, numbered=("record_no", f"visit:{person.village_id}"))
    beside.write(visit, body, form, states, by, at)
    done = fulfilling.fulfil_submitted(visit, before)
    left, told = body.get("left_photos") or (), body.get("open_rows") or {}
    _pass_on(
        Submission(visit, person, form, weighed, care, last, by, at, before, replaced, left, told), len(done)
    )
    return visit, True


def _pass_on(submission: Submission, done: int) -> None:
    """What else follows from a visit that was written down, and that it was. `done`: so many items."""
    visit, person, by = submission.visit, submission.person, submission.by
    _ask_after_death(visit, person)
    if submission.before.draft:
        Draft.objects.filter(author=by, person=person, together=False).delete()
    for react in after_submit:
        react(submission)
    _log(visit, role_of(by, person), done)


def _ask_after_death(visit: Visit, person: Person) -> None:
    """practice P8: recorded as it was said, and explained by the township before anybody above asks."""
    if (
        person.status == Person.Status.DEAD
        and person.left_on is not None
        and visit.visited_on > person.left_on
    ):
        ask_about_visit(
            person=person,
            visit_id=visit.pk,
            visited_on=visit.visited_on,
            met=visit.get_met_display(),
            at=visit.submitted_at,
        )


def _log(visit: Visit, role: str, done: int) -> None:
    audit.record(
        "visit_submitted",
        at=visit.submitted_at,
        by_id=visit.recorder_id,
        role=role,
        target=visit,
        mode=visit.mode,
        met=visit.met,
        level=visit.max_level,
        reportable=visit.reportable,
        wanted=visit.report_wanted,
        typed_for=visit.visitor_id if visit.visitor_id != visit.recorder_id else None,
        fulfilled=done,
    )


def _refuse_same_day(person: Person, day: date, by: User) -> None:
    """E14: two records of one day need a word; mostly it is one visit typed by two."""
    other = (
        Visit.objects.valid().of_files([person.pk]).filter(visited_on=day).select_related("visitor").first()
    )
    if other is None:
        return
    if by.pk in (other.visitor_id, other.recorder_id):
        raise SameDay(f"{day.month}月{day.day}日您已经记过一次（第{other.record_no}号）。", other)
    raise SameDay(
        f"{day.month}月{day.day}日{other.visitor.name}已经记过一次（第{other.record_no}号）。"
        "一起去的，把自己加为同行人就行，不用再填。",
        other,
    )


def _weigh(
    form: Form, person: Person, body: dict[str, Any], last: Visit | None, states: beside.States
) -> tuple[Judgement, tuple[str, ...], int]:
    """Judge the answers once more under the lock: the page judged what it knew. Gives the judgement, the
    self-care indicators that changed, and the level of the season block."""
    weighed = judge(
        form,
        Answers(body["values"], body.get("reasons") or {}),
        values_of(last) if last else None,
        body["mode"],
        body["met"],
        minor=is_minor(person, body["visited_on"]),
        known=states.known,
        failed=states.failed,
    )
    if not weighed.complete:
        raise CannotVisit(next(iter(weighed.errors.values()), "还有没答完的项，请补上再存。"))
    if weighed.police_duty and not body.get("police"):
        raise CannotVisit(beside.POLICE_FIRST, "police")
    season_level = 0
    for block in blocks_of(body):
        asked = judge_season(form, block["code"], block["answers"], body["mode"])
        if asked.missing or asked.errors:
            raise CannotVisit(next(iter(asked.errors.values()), "季节内容还没答完，请补上再存。"))
        season_level = max(season_level, asked.max_level)
    care_before = (last.extra or {}).get("self_care") if last else None
    care = self_care_changes(form, care_before, body["self_care"]) if body.get("self_care") else ()
    return weighed, care, season_level


def blocks_of(extra: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The season blocks that were answered: of the season, and of a round at another time of the year. `extra`: of a
    stored visit, or the body of one."""
    return [block for block in (extra.get("season"), *(extra.get("more_seasons") or [])) if block]


def _round_answers(person: Person, body: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What a round asked and what was answered, in its own words, for good: the name of the round and its questions
    are part of what is signed. Only rounds that mean this person, and only on their days."""
    given: dict[str, list[int]] = body.get("rounds") or {}
    if not given:
        return None
    items = DueItem.objects.filter(person=person, round__uuid__in=list(given)).select_related("round")
    found = []
    for item in items.filter(opens_on__lte=body["visited_on"], closes_on__gte=body["visited_on"]).order_by(
        "round_id"
    ):
        row = item.round
        assert row is not None
        yes = [words for n, words in enumerate(row.questions) if n in given[str(row.uuid)]]
        no = [words for words in row.questions if words not in yes]
        found.append({"round": str(row.uuid), "name": row.name, "yes": yes, "no": no})
    return found or None


def values_of(visit: Visit) -> dict[str, int]:
    """The answers of a stored visit, the questions about a minor among them."""
    return visit.ratings | ((visit.extra or {}).get("minor") or {})


def _columns(
    person: Person,
    body: dict[str, Any],
    weighed: Judgement,
    care: tuple[str, ...],
    season_level: int,
    states: beside.States,
) -> dict[str, Any]:
    """What is stored of the body. The units are those of today: people move, last quarter's figures must not."""
    extra = {
        "season": body.get("season"),
        "more_seasons": body.get("more_seasons") or None,
        "rounds": _round_answers(person, body),
        "self_care": body.get("self_care"),
        "minor": {code: value for code, value in weighed.values.items() if code not in ITEM_CODES} or None,
        "reasons": dict(weighed.reasons) or None,
        "contact_month": body.get("contact_month"),
        "self_care_changes": list(care) or None,
        **beside.stored(form_values=weighed.values, body=body, person=person, states=states),
    }
    reportable = bool(weighed.reportable) or bool(care)
    return {
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
        **{code: weighed.values[code] for code in ITEM_CODES},
        "visited_on": body["visited_on"],
        "part_of_day": body.get("part_of_day", ""),
        "mode": body["mode"],
        "met": body["met"],
        "companions": body.get("companions", ""),
        "told": pack_told(weighed.told),
        "notes": body.get("notes") or None,
        "extra": {name: value for name, value in extra.items() if value is not None} or None,
        "phrases": body.get("phrases") or [],
        "remark": body.get("remark", ""),
        "private_note": body.get("private_note", ""),
        "max_level": max(weighed.max_level, season_level),
        "reportable": reportable,
        # An emergency or a duty to tell the police is passed on whatever was ticked (E12).
        "report_wanted": (reportable and body.get("report", True))
        or weighed.emergency
        or weighed.police_duty,
        "rise": bool(weighed.rises),
    }


def may_void(visit: Visit, by: User) -> bool:
    """Who may take a record back: the township's clerk; whoever went or typed it, while nobody has signed it."""
    clerk = visit.person.township_id in by.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
    if clerk:
        return True
    return by.pk in (visit.visitor_id, visit.recorder_id) and not visit.sheet_lines.exists()


@transaction.atomic
def void(*, visit_id: int, reason: str, by: User, at: datetime) -> Visit:
    """Take a record back, with a reason; nothing is deleted. What it had done is open again, unless another
    record of the person does it. Raises CannotVisit."""
    visit = Visit.objects.visible_to(by).filter(pk=visit_id).first()
    if visit is None:
        raise CannotVisit("没有找到这份记录，可能已经不归您管。")
    person = lock_person(file_of(visit), by)
    visit = (
        Visit.objects.select_for_update(of=("self",), no_key=True).select_related("person").get(pk=visit_id)
    )
    if visit.voided_at is not None:
        raise CannotVisit("这份记录已经作废了，不用再作废。")
    if not may_void(visit, by):
        raise CannotVisit("这份记录已经有人签字，要改请找民政办经办人。")
    if not reason.strip():
        raise CannotVisit("请写为什么作废。", "reason")
    visit.voided_at, visit.voided_by, visit.void_reason = at, by, reason.strip()
    visit.save(update_fields=["voided_at", "voided_by", "void_reason"])
    fulfilling.take_back(visit)
    visit_taken_back(person_id=person.pk, visit_id=visit.pk, by=by, at=at)
    for react in after_void:
        react(visit, by, at)
    audit.record(
        "visit_voided", at=at, by_id=by.pk, role=role_of(by, person), target=visit, record_no=visit.record_no
    )
    return visit


def _replace(person: Person, body: dict[str, Any], by: User, at: datetime) -> Visit:
    """A correction is a new record and the old one taken back, in one go. Returns the old one."""
    old = Visit.objects.of_files([person.pk]).filter(uuid=body["replaces"]).first()
    if old is None:
        raise CannotVisit("要替换的那份记录找不到了，请刷新后再改。")
    void(visit_id=old.pk, reason=body.get("void_reason") or "", by=by, at=at)
    return old


@transaction.atomic
def join(*, visit_id: int, by: User, at: datetime) -> Visit:
    """E14: somebody was there too. Their name goes to those who went along; nothing is typed twice.

    Raises CannotVisit when it is voided or signed: what was signed is never edited."""
    visit = Visit.objects.visible_to(by).filter(pk=visit_id).first()
    if visit is None:
        raise CannotVisit("没有找到这份记录，可能已经不归您管。")
    person = lock_person(file_of(visit), by)
    visit = Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=visit_id)
    if visit.voided_at is not None or visit.sheet_lines.exists():
        raise CannotVisit("这份记录已经签字或作废，不能再加同行人。")
    names = [name for name in visit.companions.split("、") if name]
    if by.pk in (visit.visitor_id, visit.recorder_id) or by.name in names:
        return visit
    words = "、".join([*names, by.name])
    if len(words) > Visit._meta.get_field("companions").max_length:  # type: ignore[operator]
        raise CannotVisit("同行人已经写满了，不能再加。")
    visit.companions, visit.version = words, visit.version + 1
    visit.save(update_fields=["companions", "version"])
    Draft.objects.filter(author=by, person=person, together=False).delete()
    audit.record("visit_joined", at=at, by_id=by.pk, role=role_of(by, person), target=visit)
    return visit


def is_late_entry(visit: Visit) -> bool:
    """补录: typed more than three days after the visit (domain §7 no. 16). A fact, never an accusation."""
    return (timezone.localtime(visit.submitted_at).date() - visit.visited_on).days > 3
