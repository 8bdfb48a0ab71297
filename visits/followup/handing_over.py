"""办交接: changes that a clerk has still to report."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count

from accounts import authority
from accounts.handover import Kind
from accounts.models import User
from accounts.roles import Role
from visits.followup.models import ChangeReport


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
