"""Two at the same moment, on two connections: one family is one case, one day one row."""

import threading
import uuid
from datetime import date

from django.db import connection, transaction

from tests.cast import make_cast
from tests.visits.followup.casework import DAY, at, family, filed, on_duty, proposed, told
from tests.visits.roster.test_races import both
from visits.followup import services
from visits.followup.models import Case, DaySummary
from visits.followup.services import cases, days, measures


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


def test_a_report_that_comes_while_the_head_approves_is_never_closed_unseen(committed) -> None:
    cast = make_cast()
    father, mother = family(cast, "张志坚", "李秀兰")
    case = proposed(cast, filed(cast, father), answer="no_effect")
    late = told(cast, mother, urgent=True)
    seen = {case.pk: cases.stamp(case)}
    by, results = on_duty(cast.county_head, DAY), []

    def approve() -> None:
        try:
            results.append(cases.approve(seen=seen, by=by, at=at(DAY, 18)))
        finally:
            connection.close()

    head = threading.Thread(target=approve)
    with transaction.atomic():  # the township files; the head presses before that is written
        report = services.file(change_id=late.pk, by=on_duty(cast.township_clerk, DAY), at=at(DAY, 17, 30))
        head.start()
        head.join(0.3)
        assert results == []
    head.join(30)
    case.refresh_from_db()
    assert (report.case_id, case.state, case.urgent) == (case.pk, "taken", True)
    assert results[0].done == 0
    assert "请刷新" in results[0].left[0][1]


def test_a_sum_whose_button_was_pressed_twice_is_one_sum(committed) -> None:
    cast = make_cast()
    case = filed(cast, urgent=True)
    by, key = on_duty(cast.township_clerk, DAY), uuid.uuid4()

    def press() -> int:
        return measures.advance(
            case_id=case.pk, kind="money", words="先给生活费", fen=100000, unit="镇里", who="郑晓琳", given_on=DAY, key=key,
            by=by, at=at(DAY, 17),
        ).pk  # fmt: skip

    got = both(press, press)
    assert got[0] == got[1] == case.measures.get().pk
