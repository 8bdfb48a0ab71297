"""Two at the same moment, on two connections: one family is one case, one day one row."""

from datetime import date

from tests.cast import make_cast
from tests.visits.followup.casework import DAY, at, family, told
from tests.visits.roster.test_races import both
from visits.followup import services
from visits.followup.models import Case, DaySummary
from visits.followup.services import days


def test_two_reports_of_one_family_filed_at_once_are_one_case(committed) -> None:
    cast = make_cast()
    father, mother = family(cast, "张志坚", "李秀兰")
    first, second = told(cast, father), told(cast, mother)
    both(
        lambda: services.file(change_id=first.pk, by=cast.township_clerk, at=at(DAY, 16)),
        lambda: services.file(change_id=second.pk, by=cast.township_clerk, at=at(DAY, 16)),
    )
    case = Case.objects.get()
    assert case.reports.count() == 2
    assert sorted(case.steps.values_list("kind", flat=True)) == ["joined", "received"]


def test_two_beats_at_once_write_one_row_a_day(committed) -> None:
    cast = make_cast()
    told(cast, on=date(2026, 11, 23))
    both(
        lambda: days.compile_days(today=DAY, at=at(DAY, 0, 3)),
        lambda: days.compile_days(today=DAY, at=at(DAY, 0, 3)),
    )
    assert DaySummary.objects.count() == 1
