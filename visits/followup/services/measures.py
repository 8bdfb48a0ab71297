"""What a plan asks for is carried out, one measure after the other; and what is given before there is a plan."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.options import option
from visits.followup import answers
from visits.followup.models import UNANSWERED, Case, CaseMeasure, CaseStep, Subject
from visits.followup.services import hooks
from visits.followup.services.cases import money, revisit_since
from visits.followup.services.common import GONE, lock_case, today_of
from visits.followup.services.joining import file_of, step
from visits.records.needs import WORDS as NEED_WORDS
from visits.records.services.fulfilling import catch_up
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from visits.schedule import revisits

Kind, State = CaseStep.Kind, Case.State


def may_settle(person: Person, by: User) -> bool:
    """Who says what came of a measure: the offices of the township and of the county."""
    return by.duty.role_for(person, TOWNSHIP | COUNTY) is not None  # type: ignore[attr-defined]


@transaction.atomic
def advance(
    *, case_id: int, kind: str, words: str, fen: int | None, unit: str, who: str, given_on: date, by: User, at: datetime,
    key: UUID | None = None,
) -> CaseMeasure:  # fmt: skip
    """先行救助: urgent hardship gets a small sum before the plan. The clock goes on. `key`: of the page, so that the
    same press twice is one sum. Raises `CannotChange`."""
    case = lock_case(case_id, by, TOWNSHIP | COUNTY, "由乡镇（街道）或县级民政部门登记")
    today = today_of(at)
    # Whoever pressed first had the case locked: what they wrote is there by now.
    made = CaseMeasure.objects.filter(key=key).first() if key else None
    if made is not None:
        if (made.case_id, made.kind, made.words, made.amount) != (case.pk, kind, words.strip(), fen):
            raise CannotChange("这一页刚才已经记过一笔，两次填的不一样。要另记一笔，请回到案子重新打开")
        return made
    if case.state not in UNANSWERED:
        raise CannotChange("方案已经批准了，救助写在方案的措施里")
    if kind not in NEED_WORDS:
        raise CannotChange("请选是哪一类", "kind")
    if not words.strip() or answers.vague(words):
        raise CannotChange("请写给了什么", "words")
    if not (unit.strip() and who.strip()):
        raise CannotChange("请写哪个单位、谁经手", "who")
    if fen is not None and fen <= 0:
        raise CannotChange("金额要大于零", "amount")
    most = option("advance_most", Region.objects.get(pk=case.county_id), today)
    if fen is not None and fen > most * 100:
        raise CannotChange(f"先行救助一次最多{most:,}元，更多的写进方案", "amount")
    if given_on > today:
        raise CannotChange("日期晚于今天，请核对", "given_on")
    if given_on < today_of(case.received_at) - timedelta(days=60):
        raise CannotChange("日期太早，请核对", "given_on")
    row = CaseMeasure.objects.create(
        case=case, kind=kind, words=words.strip(), amount=fen, unit=unit.strip(), who=who.strip(), due_on=given_on,
        advance=True, done_on=given_on, result="已先行救助", done_by=by, made_by=by, made_at=at,
        key=key,
    )  # fmt: skip
    step(case, Kind.ADVANCE, row.words + money(fen), by, at)
    audit.record("case_advance", at=at, by_id=by.pk, target=case)
    return row


@transaction.atomic
def void(*, measure_id: int, reason: str, by: User, at: datetime) -> CaseMeasure:
    """What was written down as given in advance was not, or twice: it stays with its reason, and counts nowhere. Raises
    `CannotChange` with the field."""
    ids = CaseMeasure.objects.filter(pk=measure_id, case__in=Case.objects.visible_to(by)).values("pk")
    rows = CaseMeasure.objects.filter(pk__in=ids, advance=True).select_related("case__person")
    row = rows.select_for_update(of=("self",), no_key=True).first()
    if row is None or not may_settle(row.case.person, by):
        raise CannotChange(GONE)
    if row.voided_at is not None:
        raise CannotChange("这一笔已经作废了，请刷新后再看")
    if not reason.strip():
        raise CannotChange("请写为什么作废", "reason")
    row.voided_by, row.voided_at, row.void_reason = by, at, reason.strip()
    row.save(update_fields=["voided_by", "voided_at", "void_reason"])
    step(row.case, Kind.ADVANCE, f"作废：{row.words}{money(row.amount)}（{row.void_reason}）", by, at)
    audit.record("case_advance_voided", at=at, by_id=by.pk, target=row.case)
    return row


def _lock(measure_id: int, by: User) -> CaseMeasure:
    """An open measure of a plan that is being carried out. Raises `CannotChange`."""
    ids = CaseMeasure.objects.filter(pk=measure_id, case__in=Case.objects.visible_to(by)).values("pk")
    row = (
        CaseMeasure.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("case__person__merged_into")
        .first()
    )
    if row is None or not may_settle(row.case.person, by):
        raise CannotChange(GONE)
    if row.case.state != State.CARRIED_OUT:
        raise CannotChange("方案批准以后才记结果")
    if row.done_on or row.dropped_on:
        raise CannotChange("这一条已经记过结果了")
    return row


@transaction.atomic
def finish(*, measure_id: int, done_on: date, result: str, by: User, at: datetime) -> CaseMeasure:
    """It was carried out, with what came of it. Raises `CannotChange` with the field."""
    row = _lock(measure_id, by)
    _check(row, done_on, result, at, "done_on")
    row.done_on = done_on
    opens_on = max(done_on + timedelta(days=1), revisit_since(row.case))
    person_id = file_of(row.case.person).pk
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)  # against a visit just now
    revisits.open_from(person_id=person_id, since=revisit_since(row.case), opens_on=opens_on)
    _settle(row, result, f"{row.words}：{result.strip()}", "case_measure_done", by, at)
    catch_up([person_id])  # somebody may have been there already
    return row


@transaction.atomic
def drop(*, measure_id: int, reason: str, by: User, at: datetime) -> CaseMeasure:
    """Nothing came of it, and why. Raises `CannotChange` with the field."""
    row = _lock(measure_id, by)
    today = today_of(at)
    _check(row, today, reason, at, "result")
    row.dropped_on = today
    return _settle(row, reason, f"{row.words}：不办了，{reason.strip()}", "case_measure_dropped", by, at)


def _check(row: CaseMeasure, on: date, words: str, at: datetime, field: str) -> None:
    if not words.strip():
        raise CannotChange("请写一句结果", "result")
    if on > today_of(at):
        raise CannotChange("日期晚于今天，请核对", field)
    received = timezone.localtime(row.case.received_at).date()
    if on < received:
        raise CannotChange("这一天县里还没有收到，请核对", field)


def _settle(row: CaseMeasure, result: str, words: str, action: str, by: User, at: datetime) -> CaseMeasure:
    row.result, row.done_by = result.strip(), by
    row.save(update_fields=["done_on", "dropped_on", "result", "done_by"])
    step(row.case, Kind.MEASURE, words, by, at)
    audit.record(action, at=at, by_id=by.pk, target=row.case)
    hooks.stopped(Subject.MEASURE, row.pk, at)
    return row
