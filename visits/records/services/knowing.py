"""长期状况（已知） (practice P15): noted with who cares and when to look again, kept, ended; never deleted.

Known is what an answer of a visit may be without being a finding (`assessment.judge`). Urgent is never known."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from visits.records.assessment import Form, load, may_be_known
from visits.records.models import FormVersion, KnownState, Visit
from visits.records.services.common import CannotVisit, lock_person, role_of
from visits.roster.membership import add_months
from visits.roster.models import Person, Review
from visits.roster.services.common import CannotChange
from visits.roster.services.questions import settle_row

REVIEW_MONTHS = 6
LONGEST = timedelta(days=366 * 2)
FAILED = "照料的人顾不上了"
WORSE = "情况变了，另记一条"
VISIT_VOIDED = "记下它的那份巡访记录作废了"


def half_a_year(on: date) -> date:
    """When a state noted or seen on that day is looked at again, unless somebody says otherwise."""
    return add_months(on, REVIEW_MONTHS)


@transaction.atomic
def note_known(
    *,
    person_id: int,
    code: str,
    value: int,
    care: str,
    on: date,
    by: User,
    at: datetime,
    review_on: date | None = None,
    visit: Visit | None = None,
    form: Form | None = None,
) -> KnownState:
    """From the day `on` this answer is known of this person. `review_on`: half a year later unless said. One that
    was known of the same item before ends. `form`: the wording that the value belongs to (of that day unless given).
    Raises CannotVisit at the field "value", "care" or "review_on"."""
    person = lock_person(person_id, by)
    form = form or load(FormVersion.live(on).definition)
    words = _words(form, code, value)
    care, review_on = care.strip(), review_on or half_a_year(on)
    if not care:
        raise CannotVisit("请写谁在照料、怎么照料；自己能行的，也写一句", "care")
    _check_review(review_on, on)
    same = KnownState.objects.live().filter(person=person, code=code).first()
    if same is not None and (same.value, same.care) == (value, care):
        return _keep(same, care, review_on, person, by, at)
    if same is not None:
        _end(same, WORSE, on, person, by, at)
    row = KnownState.objects.create(
        person=person,
        code=code,
        value=value,
        words=words,
        care=care,
        since=on,
        review_on=review_on,
        visit=visit,
        noted_by=by,
        noted_at=at,
    )
    _log("known_noted", person, row, by, at)
    return row


@transaction.atomic
def prolong_known(
    *, known_id: int, by: User, at: datetime, review_on: date | None = None, care: str | None = None
) -> KnownState:
    """It is still so, and cared for: look again on that day (in half a year unless said); `care` puts the
    arrangement right. Raises CannotVisit."""
    row, person = _lock(known_id, by)
    today = timezone.localtime(at).date()
    care = row.care if care is None else care.strip()
    if not care:
        raise CannotVisit("请写谁在照料、怎么照料；自己能行的，也写一句", "care")
    review_on = review_on or half_a_year(today)
    _check_review(review_on, today)
    return _keep(row, care, review_on, person, by, at)


@transaction.atomic
def end_known(*, known_id: int, reason: str, on: date, by: User, at: datetime) -> KnownState:
    """From that day on it is not known any more: gone, worse, or nobody cares. Raises CannotVisit."""
    row, person = _lock(known_id, by)
    if not reason.strip():
        raise CannotVisit("请写为什么不再算", "reason")
    return _end(row, reason.strip(), on, person, by, at)


def end_failed(visit: Visit, codes: Collection[str], by: User, at: datetime) -> dict[str, int]:
    """The visit found that nobody cares any more: these states end with it. In the visit's transaction; returns
    item → id of what ended."""
    found: dict[str, int] = {}
    if not codes:
        return found
    for row in KnownState.objects.live().filter(person=visit.person, code__in=codes).order_by("pk"):
        _end(row, FAILED, visit.visited_on, visit.person, by, at)
        found[row.code] = row.pk
    return found


def keep_seen(person: Person, codes: Collection[str], on: date, by: User, at: datetime) -> None:
    """The visit found them as they were: looked at again half a year after it. In the visit's transaction."""
    if not codes:
        return
    for row in KnownState.objects.live().filter(person=person, code__in=codes).order_by("pk"):
        later = half_a_year(on)
        if later > row.review_on:
            _keep(row, row.care, later, person, by, at)


def take_back(visit: Visit, by: User, at: datetime) -> None:
    """A hook: the record was voided. What it had noted is not known by it; what it had ended is known again."""
    person = Person.objects.get(pk=visit.person.merged_into_id or visit.person_id)
    for row in KnownState.objects.live().filter(visit=visit):
        _end(row, VISIT_VOIDED, timezone.localtime(at).date(), person, by, at)
    ended = ((visit.extra or {}).get("care_failed") or {}).values()
    for row in KnownState.objects.filter(pk__in=ended, end_reason=FAILED):
        if KnownState.objects.live().filter(person_id=row.person_id, code=row.code).exists():
            continue
        row.ended_on, row.ended_by, row.end_reason = None, None, ""
        row.save(update_fields=["ended_on", "ended_by", "end_reason"])
        _log("known_reopened", person, row, by, at)


def keep_by_answer(review: Review, note: str, by: User, at: datetime) -> None:
    """The roster's question was answered “还是这样”. Raises CannotChange."""
    _by_answer(review, by, lambda pk: prolong_known(known_id=pk, by=by, at=at))


def end_by_answer(review: Review, note: str, by: User, at: datetime) -> None:
    """The roster's question was answered “不再算”. Raises CannotChange."""
    on = timezone.localtime(at).date()
    _by_answer(review, by, lambda pk: end_known(known_id=pk, reason=note, on=on, by=by, at=at))


def _by_answer(review: Review, by: User, act: object) -> None:
    row = KnownState.objects.live().filter(pk=review.detail.get("known")).first()
    if row is None:
        return  # over by now: the question is answered by that
    try:
        act(row.pk)  # type: ignore[operator]
    except CannotVisit as error:
        raise CannotChange(str(error)) from error


def _lock(known_id: int, by: User) -> tuple[KnownState, Person]:
    found = KnownState.objects.filter(pk=known_id).select_related("person").first()
    if found is None:
        raise CannotVisit("没有这一条，请刷新后再看")
    person = lock_person(found.person.merged_into_id or found.person_id, by)
    row = KnownState.objects.select_for_update(of=("self",), no_key=True).get(pk=known_id)
    if row.ended_on is not None:
        raise CannotVisit("这一条已经不算了，请刷新后再看")
    return row, person


def _words(form: Form, code: str, value: int) -> str:
    try:
        item = form.item(code)
    except KeyError:
        raise CannotVisit("没有这一项，请重新选", "value") from None
    option = item.option(value)
    if option is None or not may_be_known(item, value):
        raise CannotVisit("这一种情况不能记成长期状况：紧急的、要上报的、安全和家庭变化，每次都要看", "value")
    return option.words[: KnownState._meta.get_field("words").max_length]  # type: ignore[union-attr]


def _check_review(review_on: date, on: date) -> None:
    if not on < review_on <= on + LONGEST:
        raise CannotVisit("再看的日期要在今后两年以内，请核对", "review_on")


def _keep(row: KnownState, care: str, review_on: date, person: Person, by: User, at: datetime) -> KnownState:
    row.care, row.review_on = care, review_on
    row.save(update_fields=["care", "review_on"])
    _settle(row, "same", by, at)
    _log("known_kept", person, row, by, at)
    return row


def _end(row: KnownState, reason: str, on: date, person: Person, by: User, at: datetime) -> KnownState:
    row.ended_on, row.ended_by, row.end_reason = on, by, reason[:100]
    row.save(update_fields=["ended_on", "ended_by", "end_reason"])
    _settle(row, "over", by, at)
    _log("known_ended", person, row, by, at)
    return row


def _settle(row: KnownState, outcome: str, by: User, at: datetime) -> None:
    """The office's question about this state has its answer."""
    waiting = Review.objects.waiting().filter(
        kind=Review.Kind.KNOWN_REVIEW, person_id=row.person_id, detail__known=row.pk
    )
    for review in waiting.select_for_update(of=("self",), no_key=True):
        settle_row(review, outcome, "", by, at)


def _log(action: str, person: Person, row: KnownState, by: User, at: datetime) -> None:
    audit.record(
        action, at=at, by_id=by.pk, role=role_of(by, person), target=person, item=row.code, known=row.pk
    )
