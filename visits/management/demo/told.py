"""What the demo's offices are told today: the scans of the last days as they would have been, and a way to be told."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from visits.core import notice_services
from visits.core.models import Notice
from visits.core.telling import read
from visits.core.workdays import SHANGHAI
from visits.followup.services import escalating
from visits.management.demo.staff import Staff

DAYS = 8


def play(staff: Staff, today: date) -> None:
    """Scan every morning of the last days and today; some of it was seen."""
    for back in range(DAYS, -1, -1):
        moment = datetime.combine(today - timedelta(days=back), time(9, 15), SHANGHAI)
        escalating.scan(at=min(moment, timezone.now()))
    township = staff.villages[0].region.township_id
    for user in (staff.clerks[township], staff.heads[township]):
        _way(user, today)
        for notice in Notice.objects.unread().to(user).order_by("pk")[::3]:
            read(notice_id=notice.pk, by=user, at=timezone.now())


def _way(user: User, today: date) -> None:
    duty_of(user, today)
    notice_services.set_way(email=f"user{user.pk}@example.gov.cn", wants="all", by=user, at=timezone.now())
