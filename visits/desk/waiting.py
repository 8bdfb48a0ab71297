"""What waits for somebody today, counted: names to write, tables to approve, changes to file."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count, Min, Q

from accounts.roles import COUNTY
from accounts.scoping import where
from visits.followup.models import AidEnding, ChangeReport
from visits.followup.selectors import cases as casework
from visits.followup.selectors import days as summaries
from visits.followup.selectors import findings as ledger
from visits.followup.selectors import plans as planned
from visits.records.models import Sheet, SheetQuerySet
from visits.records.sheet_list import turn
from visits.roster.exports.scope import MAY_APPROVE
from visits.roster.models import Discovery, MissingRow, Review, RosterExport, RosterImport
from visits.roster.selectors.transitions import counts as transition_counts

SETTLED_ENDINGS = (AidEnding.State.DECIDED, AidEnding.State.DROPPED)


def sheets_to_sign(user: Any) -> SheetQuerySet:
    """Tables on which the next name is this user's, by post or by 授权, earliest deadline first."""
    tables = Sheet.objects.visible_to(user).annotate(names=Count("signatures", distinct=True))
    return tables.filter(turn(user, user.duty.on)).order_by("sign_by", "village_id", "pk")


def sheets_open(user: Any) -> SheetQuerySet:
    """Tables of one's units that are not signed by all three yet."""
    return Sheet.objects.visible_to(user).filter(state__in=[Sheet.State.OPEN, Sheet.State.SIGNING])


def to_approve(user: Any) -> dict[int, int]:
    """Township id → tables that wait for the county."""
    signed = Sheet.objects.filter(where(user.duty, roles=COUNTY, assignee=None), state=Sheet.State.SIGNED)
    return dict(Counter(signed.values_list("township_id", flat=True)))


def changes(user: Any, today: date) -> dict[str, Any]:
    """open, late: reports not filed; nearest: the day the first of the others must be filed; recent: filed in
    the last seven days."""
    noted = Q(state=ChangeReport.State.NOTED)
    return (
        ChangeReport.objects.visible_to(user)
        .order_by()
        .aggregate(
            open=Count("pk", filter=noted),
            late=Count("pk", filter=noted & Q(due_on__lt=today)),
            nearest=Min("due_on", filter=noted & Q(due_on__gte=today)),
            filed=Count("pk", filter=Q(state=ChangeReport.State.FILED)),
        )
    )


def deaths(user: Any) -> int:
    """What deaths ask of the township: lists to be believed, visits to be explained, families to be looked at."""
    kinds = [Review.Kind.DEATH_LIST, Review.Kind.SEEN_AFTER_DEATH, Review.Kind.HOUSEHOLD_DEATH]
    return Review.objects.visible_to(user).waiting().filter(kind__in=kinds, person__merged_into=None).count()


def discoveries(user: Any) -> int:
    """People that cadres told of and nobody has answered."""
    return Discovery.objects.visible_to(user).waiting().count()


def imports(user: Any) -> int:
    """Lists that wait for an answer about their heads, or for a yes."""
    waiting = (RosterImport.State.ASKING, RosterImport.State.PREVIEW)
    return RosterImport.objects.visible_to(user).filter(state__in=waiting).count()


def missing(user: Any) -> int:
    """People who are on a list no longer, and nobody has said what became of them."""
    return MissingRow.objects.visible_to(user).open().count()


def exports(user: Any) -> int:
    """Lists with whole id numbers that wait for this user's yes: never one's own."""
    over = where(user.duty, roles=MAY_APPROVE, assignee=None)
    rows = RosterExport.objects.filter(over, state=RosterExport.State.WAITING)
    return rows.exclude(created_by_id=user.pk).count()


def transitions(user: Any, today: date) -> dict[str, int]:
    """Entrustments and transfers: what waits for our answer, and what is entrusted to us or by us."""
    return transition_counts(user, today)


def findings(user: Any, today: date) -> dict[str, int]:
    """问题台账: open, late, without a measure, and those that a visit saw better."""
    return ledger.waiting(user, today)


def plans(user: Any, today: date) -> dict[str, int]:
    """People with needs and nothing planned, and plans that are to be looked at again."""
    return planned.waiting(user, today)


def cases(user: Any, today: date) -> dict[str, Any]:
    """The county's cases: to be taken on, answered, approved, late; and until when."""
    return casework.waiting(user, today)


def asked_by_county(user: Any, today: date) -> dict[str, Any]:
    """What the county waits for from the township: papers, results of measures."""
    return casework.at_township(user, today)


def days(user: Any, today: date) -> dict[str, Any]:
    """当日汇总 that nobody has confirmed."""
    return summaries.waiting(user, today)


def endings(user: Any) -> int:
    """Recommendations to change or end aid that are not settled."""
    return AidEnding.objects.visible_to(user).exclude(state__in=SETTLED_ENDINGS).count()
