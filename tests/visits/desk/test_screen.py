"""A unit's figures fit where they are shown: on a wall of 1366 by 768, and on a phone without scrolling sideways."""

import pytest

from visits.desk import quarterly, screen, tables

AT_MOST = 5  # numbers of a city beside each other on a phone


@pytest.mark.parametrize(
    ("units", "columns"), [(0, []), (13, [13]), (14, [14]), (21, [11, 10]), (40, [14, 14, 12])]
)
def test_units_stand_in_as_few_columns_as_fit_on_the_wall(units, columns):
    rows = [{"name": str(n)} for n in range(units)]
    parts = screen._parts(rows)
    assert [len(part) for part in parts] == columns
    assert [row for part in parts for row in part] == rows


@pytest.mark.parametrize(
    ("columns", "groups", "rare"),
    [
        (tables.HOW_COLUMNS, tables.HOW_GROUPS, tables.HOW_RARE),
        (quarterly.VISITS, quarterly.GROUPS, ("tried_other",)),
    ],
)
def test_every_number_stands_in_a_group_of_a_phone_that_is_narrow_enough(columns, groups, rare):
    assert all(column[3].split() for column in columns)
    for code, _ in groups:
        shown = [column[0] for column in columns if code in column[3].split()]
        assert 1 <= len([one for one in shown if one not in rare or one.startswith("by_")]) <= AT_MOST, code
