"""What the county does with a case: takes it on, answers it within three working days, closes it (五(三)-10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.roles import COUNTY, Role
from visits.core.options import option
from visits.core.telling import settle
from visits.followup import answers
from visits.followup.models import UNANSWERED, Case, CaseMeasure, CaseStep, Subject
from visits.followup.services import hooks, supplements
from visits.followup.services.common import ensure_taken, is_late, lock_at_county, lock_case, today_of
from visits.followup.services.joining import REJOINED, file_of, step, take_from_head
from visits.records.needs import WORDS as NEED_WORDS
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from visits.schedule import revisits

Kind, State, Answer = CaseStep.Kind, Case.State, Case.Answer
MOST_MEASURES = 12
LATEST = timedelta(days=366)
LATE_SAY = "已经过了三个工作日，请写一句原因，照样能办"


@dataclass(frozen=True)
class Measure:
    """One row of a preliminary plan, complete. `fen`: None where it is not money."""

    kind: str
    words: str
    unit: str
    who: str
    due_on: date
    fen: int | None = None
    handed_over: bool = False


@dataclass(frozen=True)
class Proposal:
    """What the county wants to answer: a plan with its measures, or a short end with its reason. `seen`: which
    `last_proposal` the page showed, by id, 0 for none; None: it was made without a page."""

    answer: str
    reason: str = ""
    reference: str = ""
    measures: Sequence[Measure] = field(default_factory=tuple)
    late_reason: str = ""
    seen: int | None = None


class ProposalConflict(CannotChange):
    """A colleague proposed something else meanwhile: `version` is that of theirs, the text says what it is."""

    def __init__(self, last: CaseStep) -> None:
        super().__init__(
            f"您填的时候，{_name(last.by)}提了一版：{last.words}。您填的都还在下面；要以您的为准，核对后再交一次"
        )
        self.version = last.pk


def last_proposal(case: Case) -> CaseStep | None:
    """The step that proposed last, also where it was sent back."""
    return case.steps.filter(kind=Kind.PROPOSED).select_related("by").order_by("-pk").first()


@transaction.atomic
def take(*, case_id: int, by: User, at: datetime) -> Case:
    """接手. Raises `CannotChange`."""
    case = lock_at_county(case_id, by)
    if case.state != State.WAITING:
        raise CannotChange(f"{_name(case.taken_by)}已经接手了，请刷新后再看")
    ensure_taken(case, by, at)
    return case


@transaction.atomic
def propose(*, case_id: int, proposal: Proposal, by: User, at: datetime) -> Case:
    """The officer's answer goes to the head. A second one takes the place of the first, which its page showed, as long
    as nobody has approved it. Raises `ProposalConflict`, `CannotChange` with the field; for a measure `measure_<n>`."""
    case = lock_at_county(case_id, by)
    if case.state not in UNANSWERED:
        raise CannotChange("这个案子已经批准过了，新的变化另立一个案子")
    last = last_proposal(case)
    if proposal.seen is not None and last is not None and last.pk != proposal.seen:
        raise ProposalConflict(last)
    today = today_of(at)
    _check(proposal, case, today)
    late = is_late(case, at)
    if late and not (proposal.late_reason.strip() or case.late_reason):
        raise CannotChange(LATE_SAY, "late_reason")
    ensure_taken(case, by, at)
    case.measures.filter(advance=False).delete()
    if proposal.answer == Answer.PLAN:
        for row in proposal.measures:
            CaseMeasure.objects.create(
                case=case, kind=row.kind, words=row.words.strip(), amount=row.fen, unit=row.unit.strip(),
                who=row.who.strip(), due_on=row.due_on, handed_over=row.handed_over, made_by=by, made_at=at,
            )  # fmt: skip
    case.state, case.answer = State.PROPOSED, proposal.answer
    case.reason, case.reference = proposal.reason.strip(), proposal.reference.strip()
    case.proposed_by, case.proposed_at = by, at
    if late:
        case.late_reason = proposal.late_reason.strip() or case.late_reason
    case.save()
    step(case, Kind.PROPOSED, summary(case), by, at)
    settle(subject=REJOINED, subject_id=case.pk, at=at)
    audit.record("case_proposed", at=at, by_id=by.pk, target=case, answer=case.answer, late=late)
    return case


def _check(proposal: Proposal, case: Case, today: date) -> None:
    if proposal.answer not in Answer.values:
        raise CannotChange("请先选怎么办", "answer")
    if proposal.answer != Answer.PLAN:
        if not proposal.reason.strip():
            raise CannotChange("请写理由：为什么这样办", "reason")
        if answers.vague(proposal.reason):
            raise CannotChange("只写“研究”“视情况”不行，请写为什么这样办", "reason")
        if proposal.answer == Answer.REVIEW and not proposal.reference.strip():
            raise CannotChange("请写动态复核的受理号", "reference")
        return
    if not proposal.measures:
        raise CannotChange("方案至少要有一条措施", "measures")
    if len(proposal.measures) > MOST_MEASURES:
        raise CannotChange(f"最多写{MOST_MEASURES}条措施", "measures")
    for number, row in enumerate(proposal.measures):
        _check_measure(number, row, case, today)
    if answers.all_vague(row.words for row in proposal.measures):
        raise CannotChange(answers.VAGUE_SAY, "measures")


def _check_measure(number: int, row: Measure, case: Case, today: date) -> None:
    at = f"measure_{number}"
    if not (row.kind and row.words.strip() and row.unit.strip() and row.who.strip()):
        raise CannotChange("每条措施要写做什么、哪个单位、谁负责", at)
    if row.kind not in NEED_WORDS:
        raise CannotChange("没有这一类，请重新选", at)
    if answers.vague(row.words):
        raise CannotChange(answers.VAGUE_SAY, at)
    if row.due_on < today:
        raise CannotChange("这一天已经过了，请写今天或以后", at)
    if row.due_on > today + LATEST:
        raise CannotChange("日期太远，请核对年份", at)
    if row.fen is not None and row.fen <= 0:
        raise CannotChange("金额要大于零", at)


def summary(case: Case) -> str:
    """The answer in a line: 定初步方案：临时救助6,000元；校服费减免."""
    if case.answer != Answer.PLAN:
        number = f"（受理号{case.reference}）" if case.reference else ""
        return f"{case.get_answer_display()}{number}：{case.reason}"
    rows = [row.words + money(row.amount) for row in case.measures.filter(advance=False)]
    return f"{case.get_answer_display()}：{'；'.join(rows)}"


def money(fen: int | None) -> str:
    """“ 6,000元”, with fen only where there are some."""
    if fen is None:
        return ""
    return f" {fen // 100:,}元" if fen % 100 == 0 else f" {fen / 100:,.2f}元"


# ── the head ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Settled:
    """What one press did: how many, and (case id, why) of those that stay."""

    done: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)


def stamp(case: Case) -> int:
    """Which proposal a page showed: one that was changed meanwhile is not approved unseen."""
    return round(case.proposed_at.timestamp() * 1000) if case.proposed_at else 0


def approve(*, seen: Mapping[int, int], by: User, at: datetime, late_reason: str = "") -> Settled:
    """The head says yes, to one or many. `seen`: case id → `stamp` of what was on the page. Each by itself: one that
    can't be approved says why and stays."""
    settled = Settled()
    for case_id, seen_stamp in sorted(seen.items()):
        try:
            _approve(case_id, seen_stamp, by, at, late_reason)
        except CannotChange as error:
            settled.left.append((case_id, str(error)))
        else:
            settled.done += 1
    return settled


def _at_head(case_id: int, seen_stamp: int, by: User) -> Case:
    case = lock_case(case_id, by, {Role.COUNTY_HEAD}, "由县级负责人批准")
    if case.state != State.PROPOSED:
        raise CannotChange("这个案子现在不在待批准，请刷新后再看")
    if case.proposed_by_id == by.pk:
        raise CannotChange("这是您自己提的，要由另一位负责人批准")
    if stamp(case) != seen_stamp:
        raise CannotChange("您看的时候，经办人改了一版，请看过新的再批")
    return case


@transaction.atomic
def _approve(case_id: int, seen_stamp: int, by: User, at: datetime, late_reason: str) -> Case:
    case = _at_head(case_id, seen_stamp, by)
    late = is_late(case, at)
    if late and not (late_reason.strip() or case.late_reason):
        raise CannotChange(LATE_SAY, "late_reason")
    measures = list(case.measures.filter(advance=False))
    if any(row.due_on < today_of(at) for row in measures):
        raise CannotChange("措施的日子已经过了，请退回改")
    if late:
        case.late_reason = case.late_reason or late_reason.strip()
    case.approved_by, case.approved_at = by, at
    if case.answer == Answer.PLAN:
        case.state = State.CARRIED_OUT
        case.revisit_on = _owe_revisit(case, measures, at)
    else:
        case.state, case.closed_by, case.closed_at = State.CLOSED, by, at
        case.closing_note = summary(case)[:300]
    case.save()
    supplements.withdraw_open(case, by, at)
    step(case, Kind.APPROVED, "", by, at)
    audit.record("case_approved", at=at, by_id=by.pk, role=Role.COUNTY_HEAD, target=case, late=late)
    hooks.stopped(Subject.CASE, case.pk, at)
    if case.answer == Answer.PLAN:
        for row in measures:
            hooks.started(Subject.MEASURE, row.pk, at)
    return case


def _owe_revisit(case: Case, measures: Sequence[CaseMeasure], at: datetime) -> date:
    """The visit that looks whether it has helped (docs/adr on the county's clock): it counts from the day on which the
    first measure is to be done, or at once where aid was given before the plan."""
    today = today_of(at)
    county = Region.objects.get(pk=case.county_id)
    due_on = today + timedelta(days=option("revisit_days", county, today))
    since = today + timedelta(days=1)
    given = case.measures.filter(advance=True, voided_at=None).exists()
    opens_on = since if given else max(since, min((row.due_on for row in measures), default=since))
    revisits.owe(
        person_id=file_of(case.person).pk, since=since, opens_on=min(opens_on, due_on), due_on=due_on
    )
    return due_on


def send_back(*, seen: Mapping[int, int], reason: str, by: User, at: datetime) -> Settled:
    """The head says no, with what is to be changed; the measures, the reason and the number stay for the officer to
    mend."""
    if not reason.strip():
        raise CannotChange("请写一句为什么退回", "reason")
    settled = Settled()
    for case_id, seen_stamp in sorted(seen.items()):
        try:
            _send_back(case_id, seen_stamp, reason.strip(), by, at)
        except CannotChange as error:
            settled.left.append((case_id, str(error)))
        else:
            settled.done += 1
    return settled


@transaction.atomic
def _send_back(case_id: int, seen_stamp: int, reason: str, by: User, at: datetime) -> None:
    case = _at_head(case_id, seen_stamp, by)
    take_from_head(case)
    step(case, Kind.SENT_BACK, reason, by, at)
    audit.record("case_sent_back", at=at, by_id=by.pk, role=Role.COUNTY_HEAD, target=case)


# ── the end ──────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def close(*, case_id: int, note: str, by: User, at: datetime, no_revisit: str = "") -> Case:
    """办结, with the result, once every measure is settled and somebody has gone to see whether it helped, or it is said
    why not. Raises `CannotChange` with the field."""
    case = lock_at_county(case_id, by)
    if case.state != State.CARRIED_OUT:
        raise CannotChange("落实中的案子才要办结，请刷新后再看")
    left = case.measures.filter(done_on=None, dropped_on=None).count()
    if left:
        raise CannotChange(f"还有{left}条措施没有结果，先逐条记下")
    if not note.strip():
        raise CannotChange("请写一句结果：帮到了没有", "note")
    words = note.strip()
    if not revisited(case):
        if not no_revisit.strip():
            raise CannotChange("还没有人去回访；去不了的，请写为什么", "no_revisit")
        words = f"{words}（没有回访：{no_revisit.strip()}）"
        if not _shares_revisit(case):
            revisits.drop(person_id=file_of(case.person).pk, since=revisit_since(case))
    case.state, case.closed_by, case.closed_at, case.closing_note = State.CLOSED, by, at, words[:300]
    case.save(update_fields=["state", "closed_by", "closed_at", "closing_note"])
    step(case, Kind.CLOSED, words, by, at)
    audit.record("case_closed", at=at, by_id=by.pk, target=case)
    return case


def _shares_revisit(case: Case) -> bool:
    """Whether another plan of the person, approved on the same day, still asks for the one revisit of both."""
    files = Person.objects.of_files([file_of(case.person).pk])
    others = Case.objects.filter(person__in=files, state=State.CARRIED_OUT).exclude(pk=case.pk)
    return any(revisit_since(other) == revisit_since(case) for other in others)


def revisit_since(case: Case) -> date:
    """The day by which the revisit of a case is known on the due list."""
    assert case.approved_at is not None
    return timezone.localtime(case.approved_at).date() + timedelta(days=1)


def revisited(case: Case) -> date | None:
    """The day of the visit that looked whether it has helped; None while nobody has."""
    if case.approved_at is None or case.revisit_on is None:
        return None
    files = Person.objects.of_files([file_of(case.person).pk])
    return revisits.done_on(person_ids=files.values_list("pk", flat=True), since=revisit_since(case))


def may_answer(case: Case, by: User) -> bool:
    """Whether somebody works on the case at the county."""
    return by.duty.role_for(case.person, COUNTY) is not None  # type: ignore[attr-defined]


def _name(user: User | None) -> str:
    return user.name if user else "别人"
