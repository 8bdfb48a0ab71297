"""调整、退出救助的建议 (五(三)-11): recommended with a reason, checked, told in writing with the remedies, decided by the
county. Nothing here ends a benefit or a membership: the county decides outside, and the clerk ends the class by hand."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.followup import answers, pictures
from visits.followup.models import AidEnding, Case
from visits.followup.services.common import today_of
from visits.roster.models import Membership, Person, Review
from visits.roster.selectors.labels import readable
from visits.roster.services.common import CannotChange, lock_visible

Kind, State = AidEnding.Kind, AidEnding.State
OPEN = (State.RECOMMENDED, State.CHECKED, State.TOLD)
TEKUN = "tekun"
PUBLISHED_DAYS = 7  # 特困人员认定办法26条, both days included
TAKES_AWAY = (Kind.STOP, Kind.END)
RECOMMENDS = TOWNSHIP | COUNTY


def kinds_for(group_id: str) -> list[tuple[str, str]]:
    """What may be recommended for a class: 特困供养 ends, other aid stops."""
    skip = Kind.STOP if group_id == TEKUN else Kind.END
    return [(one.value, one.label) for one in Kind if one != skip]


def groups_of(person: Person, by: User, on: date) -> list[Membership]:
    """The classes somebody is in, as far as the reader may know."""
    rows = Membership.objects.live(on).filter(readable(by), person=person).select_related("group")
    return list(rows.order_by("group__position"))


@transaction.atomic
def recommend(
    *,
    person_id: int,
    group_id: str,
    kind: str,
    reason: str,
    by: User,
    at: datetime,
    case_id: int | None = None,
) -> AidEnding:
    """A recommendation, no more. Raises `CannotChange` with the field."""
    person = lock_visible(person_id, by)
    if by.duty.role_for(person, RECOMMENDS) is None:  # type: ignore[attr-defined]
        raise CannotChange("由乡镇（街道）或县级民政部门建议")
    if group_id not in {row.group_id for row in groups_of(person, by, today_of(at))}:
        raise CannotChange("本人现在不在这一类，请重新选", "group")
    if kind not in dict(kinds_for(group_id)):
        raise CannotChange("特困供养用“终止”，别的救助用“停发”，请重新选", "kind")
    if not reason.strip() or answers.vague(reason):
        raise CannotChange("请写为什么，要具体", "reason")
    case = Case.objects.visible_to(by).filter(pk=case_id).first() if case_id else None
    try:
        with transaction.atomic():
            row = AidEnding.objects.create(
                person=person, case=case, group_id=group_id, kind=kind, reason=reason.strip(), recommended_by=by,
                recommended_at=at, county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise CannotChange("这个人的这一类已经有一份建议在办", "group") from error
    audit.record("ending_recommended", at=at, by_id=by.pk, target=row, kind=kind, group=group_id)
    return row


def _lock(ending_id: int, by: User, *, county: bool = False) -> AidEnding:
    """An open recommendation for somebody who goes on with it. Raises `CannotChange`."""
    ids = AidEnding.objects.visible_to(by).filter(pk=ending_id).values("pk")
    row = (
        AidEnding.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("person", "group")
        .first()
    )
    if row is None:
        raise CannotChange("没有找到这份建议，可能已经不归您这里管")
    roles = COUNTY if county else RECOMMENDS
    if by.duty.role_for(row.person, roles) is None:  # type: ignore[attr-defined]
        raise CannotChange("由县级民政部门登记决定" if county else "由乡镇（街道）或县级民政部门办理")
    if row.state not in OPEN:
        raise CannotChange("这份建议已经办完了，请刷新后再看")
    return row


def _not_later(on: date, at: datetime, field: str) -> None:
    if on > today_of(at):
        raise CannotChange("日期晚于今天，请核对", field)


@transaction.atomic
def check(*, ending_id: int, on: date, how: str, by: User, at: datetime) -> AidEnding:
    """Looked into: on which day and how. Not any more once it was published or told: both rest on it."""
    row = _lock(ending_id, by)
    if row.told_on is not None or row.published_from is not None:
        raise CannotChange("已经公示或告知过了，核实的日子不能再改", "on")
    _not_later(on, at, "on")
    if not how.strip():
        raise CannotChange("请写怎么核实的", "how")
    row.checked_on, row.checked_how = on, how.strip()
    if row.state == State.RECOMMENDED:
        row.state = State.CHECKED
    row.save(update_fields=["checked_on", "checked_how", "state"])
    audit.record("ending_checked", at=at, by_id=by.pk, target=row)
    return row


@transaction.atomic
def publish(*, ending_id: int, since: date, by: User, at: datetime) -> AidEnding:
    """特困供养 is published for seven days before it ends."""
    row = _lock(ending_id, by)
    if row.kind != Kind.END:
        raise CannotChange("只有终止特困供养要公示")
    if row.checked_on is None:
        raise CannotChange("先核实，再公示")
    _not_later(since, at, "since")
    if since < row.checked_on:
        raise CannotChange("公示要在核实以后，请核对日期", "since")
    row.published_from = since
    row.published_to = since + timedelta(days=PUBLISHED_DAYS - 1)
    row.save(update_fields=["published_from", "published_to"])
    audit.record("ending_published", at=at, by_id=by.pk, target=row)
    return row


@transaction.atomic
def tell(
    *, ending_id: int, on: date, photo: bytes | None, remedies: bool, by: User, at: datetime
) -> AidEnding:
    """社会救助暂行办法32条: told in writing, with the reason and with how to ask for a review or to sue."""
    row = _lock(ending_id, by)
    if row.checked_on is None:
        raise CannotChange("先核实，再书面告知")
    _not_later(on, at, "on")
    if on < row.checked_on:
        raise CannotChange("告知要在核实以后，请核对日期", "on")
    if not photo:
        raise CannotChange("请附上告知书的照片", "photo")
    if not remedies:
        raise CannotChange("告知书里要写明可以申请复议、可以起诉，写了再打勾", "remedies")
    row.told_file = pictures.keep(
        photo, row.person, by, at, kind="ending_notice", longest=pictures.PAPER_EDGE
    )
    row.told_on, row.remedies_told, row.state = on, True, State.TOLD
    row.save(update_fields=["told_file", "told_on", "remedies_told", "state"])
    audit.record("ending_told", at=at, by_id=by.pk, target=row)
    return row


def first_of_next_month(on: date) -> date:
    return date(on.year + on.month // 12, on.month % 12 + 1, 1)


@transaction.atomic
def decide(
    *, ending_id: int, decision_no: str, decided_on: date, effective_from: date | None, by: User, at: datetime
) -> AidEnding:
    """The county's formal decision is written down: its number and its day. Whoever loses a class by it is asked about
    by 待核; the clerk ends the membership by hand. Raises `CannotChange` with the field."""
    row = _lock(ending_id, by, county=True)
    _not_later(decided_on, at, "decided_on")
    _check_steps(row, decided_on)
    if not decision_no.strip():
        raise CannotChange("请填决定书文号", "decision_no")
    later = first_of_next_month(decided_on)
    if row.kind == Kind.END:
        effective_from = later  # 26条: from the month after
    effective_from = effective_from or later
    if row.kind != Kind.INCREASE and effective_from < decided_on:
        raise CannotChange("减发、停发不能从决定以前算起", "effective_from")
    row.decision_no, row.decided_on, row.effective_from = decision_no.strip(), decided_on, effective_from
    row.state, row.settled_by, row.settled_at = State.DECIDED, by, at
    row.save()
    if row.kind in TAKES_AWAY:
        _ask_clerk(row, at)
    audit.record("ending_decided", at=at, by_id=by.pk, target=row, kind=row.kind)
    return row


def _check_steps(row: AidEnding, decided_on: date) -> None:
    if row.checked_on is None:
        raise CannotChange("还没有核实，先核实再登记决定")
    if row.kind != Kind.INCREASE and row.told_on is None:
        raise CannotChange("还没有书面告知本人，先告知、说明救济途径，再登记决定")
    if row.kind == Kind.END and (row.published_to is None or decided_on <= row.published_to):
        raise CannotChange("终止特困供养要先公示满七天，再决定", "decided_on")
    last = max(day for day in (row.checked_on, row.told_on) if day is not None)
    if decided_on < last:
        raise CannotChange("决定要在核实、告知以后，请核对日期", "decided_on")


def _ask_clerk(row: AidEnding, at: datetime) -> None:
    """待核: the class is ended by hand, or it is said why not. Several decisions are several questions."""
    own = Membership.objects.live(today_of(at)).filter(person_id=row.person_id, group_id=row.group_id).first()
    if own is None or row.effective_from is None:
        return
    Review.objects.get_or_create(
        person_id=row.person_id,
        kind=Review.Kind.AID_DECIDED,
        ref=f"e{row.pk}",
        defaults={
            "due_on": row.effective_from,
            "opened_at": at,
            "detail": {"membership": own.pk, "group": row.group_id, "ending": row.pk},
        },
    )


@transaction.atomic
def drop(*, ending_id: int, outcome: str, by: User, at: datetime) -> AidEnding:
    """Nothing changes after all, and why."""
    row = _lock(ending_id, by)
    if not outcome.strip():
        raise CannotChange("请写为什么不调整", "outcome")
    row.state, row.outcome, row.settled_by, row.settled_at = State.DROPPED, outcome.strip(), by, at
    row.save(update_fields=["state", "outcome", "settled_by", "settled_at"])
    audit.record("ending_dropped", at=at, by_id=by.pk, target=row)
    return row


def may_decide(row: AidEnding, by: User) -> bool:
    return by.duty.role_for(row.person, {Role.COUNTY_OFFICER, Role.COUNTY_HEAD}) is not None  # type: ignore[attr-defined]
