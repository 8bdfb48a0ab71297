"""办交接: emergencies that somebody took, shifts to come, changes that a clerk has still to report, findings that somebody was to settle."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db.models import Count

from accounts import audit, authority
from accounts.handover import Kind, Move
from accounts.models import Region, User
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.services import CannotManage, acting_as
from visits.followup.models import Case, CaseQuerySet, ChangeReport, Emergency, Finding, FindingQuerySet
from visits.followup.selectors import shifts as shift_lists
from visits.followup.services import shifts as shift_service
from visits.schedule.services import visitors_for


def _changes(user: User, on: date) -> Mapping[int, int]:
    held = authority.unended(user.pk, on).filter(role=Role.TOWNSHIP_CLERK).values("region_id")
    rows = ChangeReport.objects.filter(state=ChangeReport.State.NOTED, township_id__in=held)
    return {
        row["township_id"]: row["n"] for row in rows.order_by().values("township_id").annotate(n=Count("pk"))
    }


KIND = Kind(
    code="changes",
    title="还没报县级的变化",
    unit="件",
    say="期限照走：由镇里的民政办经办人接着报。",
    count=_changes,
    release_word="先空着，请主要负责人盯住期限",
    stays=True,
    roles=frozenset({Role.TOWNSHIP_CLERK}),
    order=15,
)


def _held(user: User, unit_id: int | None = None) -> FindingQuerySet:
    rows = Finding.objects.filter(owner=user, state=Finding.State.OPEN, person__merged_into=None)
    return rows if unit_id is None else rows.filter(person__village_id=unit_id)


def _findings(user: User, on: date) -> Mapping[int, int]:
    rows = _held(user).order_by().values("person__village_id").annotate(n=Count("pk"))
    return {row["person__village_id"]: row["n"] for row in rows}


def _pass_on(move: Move) -> int:
    """Raises `CannotManage` at the pile when the successor holds no post that visits there."""
    assert move.to is not None
    village = Region.objects.get(pk=move.unit_id)
    if move.to.pk not in {user.pk for user in visitors_for(village, move.on)}:
        raise CannotManage(
            f"{move.to.name}在{village.name}没有任职，请先加任职，或者另选一位", f"findings_{village.pk}"
        )
    return _give(move, move.to.pk)


def _release(move: Move) -> int:
    return _give(move, None)


def _give(move: Move, to_id: int | None) -> int:
    """What was meant to be done stays; who does it is named anew, or openly nobody."""
    rows = list(_held(move.user, move.unit_id).select_for_update(of=("self",), no_key=True).order_by("pk"))
    for row in rows:
        row.owner_id = to_id
        row.save(update_fields=["owner"])
    audit.record_many(
        "finding_handed_over", rows, at=move.at, by_id=move.by.pk, role=acting_as(move.by), to=to_id
    )
    return len(rows)


FINDINGS = Kind(
    code="findings",
    title="问题台账上由他办的",
    unit="件",
    say="怎么处理、哪天前办好都不变，换一个人办。",
    count=_findings,
    pass_on=_pass_on,
    release=_release,
    release_word="先空着，由民政办另定谁办",
    order=16,
)


def _cases(user: User, unit_id: int | None = None) -> CaseQuerySet:
    rows = Case.objects.filter(taken_by=user).exclude(state=Case.State.CLOSED)
    return rows if unit_id is None else rows.filter(county_id=unit_id)


def _cases_by_county(user: User, on: date) -> Mapping[int, int]:
    rows = _cases(user).order_by().values("county_id").annotate(n=Count("pk"))
    return {row["county_id"]: row["n"] for row in rows}


def _pass_cases(move: Move) -> int:
    """Raises `CannotManage` at the pile when the successor does not work in that county's office."""
    assert move.to is not None
    posts = authority.unended(move.to.pk, move.on).filter(role__in=COUNTY, region_id=move.unit_id)
    if not posts.exists():
        county = Region.objects.get(pk=move.unit_id)
        raise CannotManage(
            f"{move.to.name}在{county.name}没有任职，请先加任职，或者另选一位", f"cases_{county.pk}"
        )
    rows = list(_cases(move.user, move.unit_id).select_for_update(of=("self",), no_key=True).order_by("pk"))
    for row in rows:
        row.taken_by_id = move.to.pk
        row.save(update_fields=["taken_by"])
    audit.record_many(
        "case_handed_over", rows, at=move.at, by_id=move.by.pk, role=acting_as(move.by), to=move.to.pk
    )
    return len(rows)


CASES = Kind(
    code="cases",
    title="接手了还没办结的案子",
    unit="个",
    say="三个工作日照算：谁接着办，名字就换成谁。",
    count=_cases_by_county,
    pass_on=_pass_cases,
    keep_word="先挂着，局里谁都能接着办",
    order=14,
)


# ── 紧急情况 and 值班 ────────────────────────────────────────────────────────────────────────────────

OFFICES = TOWNSHIP | COUNTY


def _emergencies(user: User, on: date) -> Mapping[int, int]:
    """What they took and is not over, by the office in which they took it."""
    held = authority.unended(user.pk, on).filter(role__in=OFFICES).values_list("region_id", flat=True)
    units = set(held)
    found: Counter[int] = Counter()
    for row in Emergency.objects.unsettled().filter(acknowledged_by=user):
        unit = row.township_id if row.township_id in units else row.county_id
        if unit in units:
            found[unit] += 1
    return found


EMERGENCIES = Kind(
    code="emergencies",
    title="他接了、还没结束的紧急情况",
    unit="件",
    say="由本单位别的同志接着办；谁接的不改。",
    count=_emergencies,
    release_word="先空着，请负责人盯住",
    stays=True,
    roles=frozenset(OFFICES),
    order=12,
)


def _first_free(on: date) -> datetime:
    """Shifts that end later are not his any more."""
    return shift_lists.moment(on + timedelta(days=1))


def _shifts(user: User, on: date) -> Mapping[int, int]:
    return Counter(row.region_id for row in shift_service.held_by(user, _first_free(on)))


def _give_shifts(move: Move) -> int:
    rows = shift_service.held_by(move.user, _first_free(move.on), move.unit_id)
    for row in rows:
        shift_service.pass_on(row, move.to, move.by, move.at)
    audit.record_many(
        "shift_handed_over", rows, at=move.at, by_id=move.by.pk, role=acting_as(move.by),
        to=move.to.pk if move.to else None,
    )  # fmt: skip
    return len(rows)


SHIFTS = Kind(
    code="shifts",
    title="排在他名下的值班",
    unit="个",
    say="今晚起的班换成接手的人，电话换成他的手机号。",
    count=_shifts,
    pass_on=_give_shifts,
    release=_give_shifts,
    release_word="先取消，另排",
    order=13,
)
KINDS = (EMERGENCIES, SHIFTS, CASES, KIND, FINDINGS)
