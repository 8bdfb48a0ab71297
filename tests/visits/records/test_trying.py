"""What the rule asks before 未访成 may be noted (1-E E6, E7): pure, no database."""

import datetime as dt

import pytest

from visits.records.trying import Asks, Try, standing

D = dt.date(2026, 11, 2)


def t(day: int, outcome: str, *, home: bool = True, witnessed: bool = False, part: str = "") -> Try:
    return Try(D + dt.timedelta(days=day), outcome, home, witnessed, part)


@pytest.mark.parametrize(
    ("tries", "missing"),
    [
        ([], None),
        ([t(0, "hospital")], None),
        ([t(0, "refused")], "再上门一次，换一天，请同行人或村里人在场"),
        ([t(0, "refused", witnessed=True)], "再上门一次，换一天"),
        ([t(0, "refused", witnessed=True), t(0, "refused")], "再上门一次，换一天"),
        ([t(0, "refused"), t(1, "refused")], "再上门一次，请同行人或村里人在场"),
        ([t(0, "refused"), t(1, "refused", home=False, witnessed=True)], "再上门一次，请同行人或村里人在场"),
        ([t(0, "refused"), t(1, "refused", witnessed=True)], ""),
        ([t(0, "not_home")], "再找两次，换一天"),
        ([t(0, "not_home", part="am"), t(0, "not_home", part="pm"), t(0, "not_home")], "再找一次，换一天"),
        ([t(0, "not_home", part="am"), t(0, "not_home", home=False, part="pm"), t(1, "lost", home=False)], ""),
        ([t(0, "not_home", home=False, part="am"), t(0, "lost", home=False, part="pm"), t(1, "lost", home=False)],
         "再上门一次，打电话不够"),
        # E7: one half of a day is one try, knocked or rung, however often it is written down.
        ([t(0, "not_home", part="pm"), t(0, "not_home", part="pm"), t(1, "not_home", part="am")], "再找一次"),
        ([t(0, "not_home", part="pm"), t(0, "lost", home=False, part="pm"), t(1, "not_home")], "再找一次"),
        ([t(0, "not_home"), t(0, "not_home"), t(1, "not_home", part="pm"), t(1, "not_home")], "再找一次"),
        ([t(0, "refused", part="pm", witnessed=True), t(0, "refused", part="pm"), t(1, "refused")], ""),
        ([t(0, "away", home=False), t(3, "away", home=False), t(6, "away", home=False)], ""),
        # Either rule is enough; a refusal beside them takes nothing away.
        ([t(0, "not_home"), t(1, "not_home"), t(2, "away"), t(3, "refused")], ""),
        ([t(0, "refused", witnessed=True), t(1, "not_home"), t(2, "not_home")], "再找一次"),
    ],
)  # fmt: skip
def test_the_page_says_what_is_still_missing(tries: list[Try], missing: str | None) -> None:
    found = standing(tries, Asks())
    if missing is None:
        assert (found.basis, found.enough) == ("", False)
    else:
        assert (found.missing, found.enough) == (missing, not missing)


def test_a_county_may_ask_for_more() -> None:
    tries = [t(0, "not_home"), t(1, "not_home"), t(2, "not_home")]
    assert standing(tries, Asks(times=4, days=3)).missing == "再找一次"
    assert standing(tries, Asks()).tries == 3
    assert standing([*tries, t(2, "lost", home=False)], Asks()).tries == 3
