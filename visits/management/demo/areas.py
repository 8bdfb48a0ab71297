"""A county that asks for more than the city, two villages with 责任区 and two without, and a night's recount."""

from datetime import date

from django.utils import timezone

from accounts.scoping import duty_of
from visits.desk.tallies import checking
from visits.management.demo.roster import _work
from visits.management.demo.staff import Staff
from visits.schedule import assigning, ruling, selfcheck
from visits.schedule.assigning import Place
from visits.schedule.due import MODES

COUNTY = "永泰县"


def stricter(staff: Staff, today: date) -> None:
    """永泰县: 特困人员每月一次, in force at once; a township of it asks for home visits as well, from the next month."""
    first = staff.villages[0].region
    officer = staff.officers[first.county_id]
    duty_of(officer, today)
    at = timezone.now()
    wish = ruling.Wish(
        region_id=first.county_id, tier=None, group_id="tekun", kind="month", modes=frozenset(MODES), min_home=0,
        document_no="樟民〔2026〕21号", sentence="特困人员：每月至少一次", immediately=True,
    )  # fmt: skip
    ruling.add_rule(wish, by=officer, at=at, confirmed={"heavy"})
    wish = ruling.Wish(
        region_id=first.township_id, tier=None, group_id="tekun", kind="month", modes=frozenset(MODES), min_home=1,
        document_no="嵩政〔2026〕9号", sentence="特困人员：每月上门一次",
    )  # fmt: skip
    ruling.add_rule(wish, by=officer, at=at, confirmed={"heavy"})
    _work()


def divide(staff: Staff, today: date) -> None:
    """The clerk of the first township gives two of its villages to a visitor each."""
    township_id = staff.villages[0].region.township_id
    clerk = staff.clerks[township_id]
    duty_of(clerk, today)
    mine = [village for village in staff.villages if village.region.township_id == township_id]
    wishes = {Place(village.region.pk): village.visitors[0].pk for village in mine[1:3]}
    found = assigning.steps(wishes, only_nobody=True, by=clerk)
    changes = assigning.area_changes(wishes, only_nobody=True, by=clerk)
    shown = assigning.mark(found, clerk, changes)
    assigning.apply(wishes=wishes, only_nobody=True, shown=shown, by=clerk, at=timezone.now())


def last_night(today: date) -> None:
    checking.check(on=today, at=timezone.now())
    selfcheck.check(on=today, at=timezone.now())
