"""待核 about deaths and about other offices' lists, settled by the clerk, one or many at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.models import Comparison, Person, Review
from visits.roster.services.common import CannotChange, lock_own
from visits.roster.services.departures import mark_left
from visits.roster.services.memberships import end_membership

Kind = Review.Kind
# Kind → what may come of it, in words.
OUTCOMES: dict[str, dict[str, str]] = {
    Kind.DEATH_LIST: {"dead": "是本人，登记去世", "not_same": "不是本人", "alive": "还健在"},
    Kind.SEEN_AFTER_DEATH: {
        "day_wrong": "去世日期记错了",
        "visit_wrong": "巡访日期写错了",
        "not_met": "没见到本人，写错了",
        "other": "另有原因",
    },
    Kind.HOUSEHOLD_DEATH: {"checked": "核过了，不用变", "changed": "核过了，已报变化"},
    Kind.BASE_ONLY_HERE: {"stays": "该在列，名单漏了", "ended": "不再属于这一类"},
}
# What has to be explained in a sentence.
NEEDS_NOTE = frozenset({"not_same", "alive", "other", "stays", "visit_wrong", "not_met"})


@dataclass
class Settled:
    """How many are done; `left`: (name, why) of those that are not."""

    done: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


def settle(
    *,
    kind: str,
    review_ids: Collection[int],
    outcome: str,
    note: str,
    by: User,
    at: datetime,
    ends_on: date | None = None,
) -> Settled:
    """Settle questions of one kind with the same outcome. Each by itself: one that can't be settled says why
    and stays, the others are done. Raises `CannotChange` when the outcome itself is incomplete."""
    if outcome not in OUTCOMES.get(kind, {}):
        raise CannotChange("请选怎么核的", "outcome")
    if outcome in NEEDS_NOTE and not note.strip():
        raise CannotChange("请写一句说明", "note")
    if outcome == "ended" and ends_on is None:
        raise CannotChange("请填最后一天", "ends_on")
    result = Settled()
    for pk in sorted(set(review_ids)):
        try:
            with transaction.atomic():
                _settle(kind, pk, outcome, note.strip(), ends_on, by, at)
        except CannotChange as error:
            name = Review.objects.visible_to(by).filter(pk=pk).values_list("person__name", flat=True).first()
            result.left.append((name or "", str(error)))
        else:
            result.done += 1
    return result


def _settle(
    kind: str, pk: int, outcome: str, note: str, ends_on: date | None, by: User, at: datetime
) -> None:
    person_id = Review.objects.filter(pk=pk, kind=kind).values_list("person_id", flat=True).first()
    if person_id is None:
        raise CannotChange("没有这一条，请刷新后再看")
    person = lock_own(person_id, by)
    review = Review.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if review.settled_at is not None:
        raise CannotChange("别人刚才核过了")
    if outcome == "dead":
        _mark_dead(person, review, by, at)
    elif outcome == "ended":
        assert ends_on is not None
        _end(person, review, ends_on, by, at)
    review.outcome, review.note, review.settled_at, review.settled_by = outcome, note, at, by
    review.save(update_fields=["outcome", "note", "settled_at", "settled_by"])
    audit.record(
        "review_settled",
        at=at,
        by_id=by.pk,
        role=Role.TOWNSHIP_CLERK,
        target=person,
        kind=kind,
        outcome=outcome,
    )


def _mark_dead(person: Person, review: Review, by: User, at: datetime) -> None:
    """As the list says. The clerk has seen beside it which visit came later: the township explains it next."""
    if person.status == Person.Status.DEAD:
        return
    detail: dict[str, Any] = review.detail
    source = Comparison.objects.filter(pk=int(review.ref)).first() if review.ref.isdecimal() else None
    words = f"{source.month.year}年{source.month.month}月死亡名单" if source else "死亡名单"
    mark_left(
        person_id=person.pk,
        status=Person.Status.DEAD,
        on=date.fromisoformat(detail["on"]),
        approximate=bool(detail.get("approximate")),
        reason=f"{words}（{source.source}）" if source and source.source else words,
        confirmed=["seen"],
        by=by,
        at=at,
    )


def _end(person: Person, review: Review, ends_on: date, by: User, at: datetime) -> None:
    row = person.memberships.filter(group_id=review.detail.get("group"), ends_on=None, voided_at=None).first()
    if row is None:
        return
    end_membership(membership_id=row.pk, ends_on=ends_on, reason="停发", by=by, at=at)
