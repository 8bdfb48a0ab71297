"""救助方案 (四(一)-8): made, made anew, told, its measures done. A change is a new version: the old one stays as it
was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.roles import COUNTY, TOWNSHIP
from visits.followup import answers, planning
from visits.followup.models import Plan, PlanMeasure
from visits.followup.selectors import plans as selectors
from visits.followup.selectors.plans import MAKERS
from visits.followup.services import needs
from visits.records import needs as words
from visits.records.services.common import may_write
from visits.roster.models import Person
from visits.roster.services.common import CannotChange

STANDARD = "维持现有救助，按期巡访"
MOST_MEASURES = 12


class PlanConflict(CannotChange):
    """Somebody saved a plan meanwhile; `stored` is theirs."""

    def __init__(self, stored: Plan) -> None:
        super().__init__("您填的时候，别人存了一版方案。下面两份都在，核对后再存一次，以您这份为准")
        self.stored = stored


@dataclass(frozen=True)
class Measure:
    """One row of the editor, complete."""

    kind: str
    words: str
    unit: str
    who: str
    due_on: date


@dataclass(frozen=True)
class Draft:
    """A plan as the editor gives it. `seen`: the version that the page showed, 0 for none."""

    degree: str
    needs: Sequence[str]
    review_on: date
    measures: Sequence[Measure] = field(default_factory=tuple)
    note: str = ""
    told: str = ""
    told_on: date | None = None
    seen: int = 0


def may_plan(person: Person, by: User) -> bool:
    """Who makes plans: the clerk of the person's township, the county's officer."""
    return by.duty.role_for(person, MAKERS) is not None  # type: ignore[attr-defined]


def _lock(person_id: int, by: User) -> Person:
    """The person, locked, for somebody who makes plans for them. Raises `CannotChange`."""
    ids = Person.objects.visible_to(by).filter(pk=person_id, merged_into=None).values("pk")
    person = Person.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).first()
    if person is None or not may_plan(person, by):
        raise CannotChange("救助方案由本人所在乡镇的民政办经办人或县级经办人定")
    if person.status != Person.Status.LIVE:
        raise CannotChange(f"档案上已登记{person.get_status_display()}，不用再定方案")
    return person


@transaction.atomic
def make(*, person_id: int, draft: Draft, by: User, at: datetime) -> Plan:
    """Save a version; the one before it is replaced. Raises `CannotChange` with the field, `PlanConflict` when
    somebody was faster."""
    today = timezone.localtime(at).date()
    person = _lock(person_id, by)
    live = Plan.objects.live().filter(person=person).select_for_update(of=("self",), no_key=True).first()
    if (live.version if live else 0) != draft.seen:
        if live is None:
            raise CannotChange("原来的方案刚才撤回了，请刷新后再定")
        raise PlanConflict(live)
    _check(draft, person, today)
    try:
        with transaction.atomic():
            plan = _save(person, draft, live, by, at)
    except IntegrityError as error:
        raise CannotChange("刚才有人也在存这个人的方案，请刷新后再看") from error
    needs.recount([person.pk])
    audit.record(
        "plan_made", at=at, by_id=by.pk, target=plan, version=plan.version, degree=plan.degree,
        measures=len(draft.measures),
    )  # fmt: skip
    return plan


def _check(draft: Draft, person: Person, today: date) -> None:
    if draft.degree not in Plan.Degree.values:
        raise CannotChange("请选困难程度", "degree")
    if unknown := set(draft.needs) - set(words.WORDS):
        raise CannotChange(f"没有这一项：{'、'.join(sorted(unknown))}", "needs")
    if len(draft.measures) > MOST_MEASURES:
        raise CannotChange(f"最多写{MOST_MEASURES}条措施", "needs")
    if any(answers.vague(one.words) for one in draft.measures):
        raise CannotChange(answers.VAGUE_SAY, "needs")
    if draft.review_on <= today:
        raise CannotChange("复核的日子要在今天以后", "review_on")
    if draft.review_on > planning.latest_review(today):
        raise CannotChange("最迟一年复核一次，请改近一点", "review_on")
    if bool(draft.told) != bool(draft.told_on):
        raise CannotChange("告诉了谁、哪天告诉的，要写齐", "told_on")
    if draft.told_on and draft.told_on > today:
        raise CannotChange("日期晚于今天，请核对", "told_on")
    if not draft.measures and not draft.note.strip():
        raise CannotChange("一条措施也没有的，请在说明里写为什么", "note")


def _save(person: Person, draft: Draft, live: Plan | None, by: User, at: datetime) -> Plan:
    if live is not None:
        live.replaced_at = at
        live.save(update_fields=["replaced_at"])
    plan = Plan.objects.create(
        person=person,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
        version=_next_version(person.pk),
        degree=draft.degree,
        needs=[code for code in words.WORDS if code in draft.needs],
        note=draft.note.strip(),
        review_on=draft.review_on,
        told=draft.told,
        told_on=draft.told_on,
        alike=planning.alike([(row.kind, row.words) for row in draft.measures], draft.note),
        made_by=by,
        made_at=at,
    )
    _carry(plan, draft, live)
    if live is not None:
        live.replaced_by = plan
        live.save(update_fields=["replaced_by"])
    return plan


def _carry(plan: Plan, draft: Draft, live: Plan | None) -> None:
    """The measures of the new version; one that stands in both unchanged keeps that it was done."""
    before = {
        (row.kind, row.words, row.unit, row.who, row.due_on): row
        for row in (live.measures.all() if live else [])
    }
    for row in draft.measures:
        old = before.get((row.kind, row.words, row.unit, row.who, row.due_on))
        done = {"done_on": old.done_on, "done_by": old.done_by, "result": old.result} if old else {}
        PlanMeasure.objects.create(
            plan=plan, kind=row.kind, words=row.words, unit=row.unit, who=row.who, due_on=row.due_on, **done
        )


def _next_version(person_id: int) -> int:
    return (Plan.objects.filter(person_id=person_id).aggregate(last=Max("version"))["last"] or 0) + 1


def may_finish(person: Person, by: User) -> bool:
    """Who says that a measure was carried out: whoever visits the person, and the offices."""
    return may_write(person, by) or by.duty.role_for(person, TOWNSHIP | COUNTY) is not None  # type: ignore[attr-defined]


@transaction.atomic
def finish(*, measure_id: int, done_on: date, result: str, by: User, at: datetime) -> PlanMeasure:
    """A measure was carried out, with what came of it. Raises `CannotChange` with the field."""
    row = (
        PlanMeasure.objects.filter(pk=measure_id, plan__in=Plan.objects.visible_to(by))
        .select_related("plan__person")
        .first()
    )
    if row is None or not may_finish(row.plan.person, by):
        raise CannotChange("没有找到这条措施，可能已经不归您管")
    list(Plan.objects.filter(pk=row.plan_id).select_for_update(no_key=True))
    row.refresh_from_db()
    row.plan.refresh_from_db()
    if row.plan.replaced_at is not None:
        raise CannotChange("方案已经换了一版，请在新的一版上记")
    if row.done_on is not None:
        raise CannotChange("这条措施已经记过办好了")
    if not result.strip():
        raise CannotChange("请写一句结果", "result")
    if done_on > timezone.localtime(at).date():
        raise CannotChange("日期晚于今天，请核对", "done_on")
    row.done_on, row.result, row.done_by = done_on, result.strip(), by
    row.save(update_fields=["done_on", "result", "done_by"])
    needs.recount([row.plan.person_id])
    audit.record("measure_done", at=at, by_id=by.pk, target=row.plan)
    return row


# ── 标准方案 (practice P25) ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def confirm_standard(
    *, village_id: int, person_ids: Collection[int], by: User, at: datetime
) -> tuple[UUID, int]:
    """“维持现有救助，按期巡访” for those of a village who were on the list when it was read and are on it still: no
    plan, nothing needed, nothing open. One press. Returns its number and how many. Raises `CannotChange`."""
    today = timezone.localtime(at).date()
    village = Region.objects.filter(pk=village_id).first()
    if village is None or not may_plan_in(village, by):
        raise CannotChange("这个村不归您这里管，请刷新后再看")
    people = list(
        Person.objects.filter(pk__in=selectors.standard_people(by, village_id).values("pk"))
        .filter(pk__in=person_ids)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    # What came in between: somebody else's plan, a finding.
    still = set(
        selectors.standard_people(by, village_id)
        .filter(pk__in=[p.pk for p in people])
        .values_list("pk", flat=True)
    )
    people = [person for person in people if person.pk in still]
    if not people:
        raise CannotChange("没有要确认的人了，请刷新后再看")
    batch, versions = uuid4(), selectors.last_versions([person.pk for person in people])
    keys = selectors.key_people([person.pk for person in people], today)
    made = Plan.objects.bulk_create(
        [
            Plan(
                person=person,
                county_id=person.county_id,
                township_id=person.township_id,
                village_id=person.village_id,
                version=versions.get(person.pk, 0) + 1,
                degree=Plan.Degree.COMMON,
                standard=True,
                note=STANDARD,
                review_on=planning.review_day(today, key=person.pk in keys),
                batch=batch,
                made_by=by,
                made_at=at,
            )
            for person in people
        ],
        batch_size=500,
    )
    audit.record("plans_standard", at=at, by_id=by.pk, target=village, people=len(made), batch=str(batch))
    return batch, len(made)


def may_plan_in(unit: Region, by: User) -> bool:
    return by.duty.role_for(_Unit(unit.county_id, unit.township_id, unit.village_id), MAKERS) is not None  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Unit:
    county_id: int | None
    township_id: int | None
    village_id: int | None


@transaction.atomic
def undo_standard(*, batch: UUID, by: User, at: datetime) -> int:
    """What one press confirmed is taken back, as far as nobody has made another plan since. Returns how many; nothing
    is deleted. Raises `CannotChange`."""
    ids = Plan.objects.visible_to(by).live().filter(batch=batch, standard=True).values("pk")
    rows = list(
        Plan.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("person")
        .order_by("pk")
    )
    if not rows or not all(may_plan(row.person, by) for row in rows):
        raise CannotChange("这一批已经撤回，或者都换过方案了")
    Plan.objects.filter(pk__in=[row.pk for row in rows]).update(replaced_at=at)
    needs.recount([row.person_id for row in rows])
    audit.record(
        "plans_standard_undone", at=at, by_id=by.pk, target=rows[0], people=len(rows), batch=str(batch)
    )
    return len(rows)
