"""The ledger of a finding as a value, and random visits through the service against a plain replay."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.scoping import duty_of
from tests.cast import Cast, make_person
from tests.world import evening, visit
from visits.followup import services
from visits.followup.ledger import BETTER, CLOSED, FOUND, MEASURE, REOPENED, SEEN, Standing, Step, stand
from visits.followup.models import Finding
from visits.records.services import void

D = date(2026, 11, 1)


def day(n: int) -> date:
    return D + timedelta(days=n)


def test_found_is_open_and_the_newest_sighting_gives_level_and_words() -> None:
    now = stand([Step(FOUND, day(0), 1, 2, "老化"), Step(SEEN, day(5), 2, 3, "冒烟")])
    assert (now.state, now.level, now.words, now.times) == ("open", 3, "冒烟", 1)
    assert (now.found_on, now.last_seen_on, now.first, now.last) == (day(0), day(5), 1, 2)


def test_a_visit_that_is_typed_late_moves_the_first_day_and_not_the_level() -> None:
    now = stand([Step(FOUND, day(5), 1, 3, "冒烟"), Step(SEEN, day(0), 2, 2, "老化")])
    assert (now.level, now.words, now.found_on, now.first, now.last) == (3, "冒烟", day(0), 2, 1)


def test_settled_is_settled_and_seen_later_is_the_second_time() -> None:
    steps = [
        Step(FOUND, day(0), 1, 2, "老化"),
        Step(MEASURE, day(1), words="换线"),
        Step(CLOSED, day(3), words="换了", by=9),
    ]
    now = stand(steps)
    assert (now.state, now.closed_on, now.closed_by, now.closing_note, now.measure) == (
        "closed",
        day(3),
        9,
        "换了",
        "换线",
    )
    again = stand([*steps, Step(REOPENED, day(3), 2, 2, "老化")])
    assert (again.state, again.times, again.measure, again.closed_on) == ("open", 2, "", None)


def test_an_older_visit_that_is_typed_after_it_was_settled_opens_nothing() -> None:
    now = stand(
        [Step(FOUND, day(2), 1, 2), Step(CLOSED, day(5), words="好了", by=9), Step(SEEN, day(1), 2, 2)]
    )
    assert (now.state, now.times, now.found_on) == ("closed", 1, day(1))


def test_the_visit_that_opened_it_again_is_taken_back_and_it_is_settled_as_before() -> None:
    steps = [
        Step(FOUND, day(0), 1, 2),
        Step(MEASURE, day(1), words="换线"),
        Step(CLOSED, day(3), words="换了", by=9),
    ]
    now = stand([*steps, Step(REOPENED, day(9), 2, 2, voided=True)])
    assert now == stand(steps)


def test_without_any_valid_sighting_nothing_is_left() -> None:
    assert stand([Step(FOUND, day(0), 1, 2, voided=True)]).state == "voided"
    assert stand([]) == Standing()


def test_better_is_forgotten_when_it_is_seen_again() -> None:
    steps = [Step(FOUND, day(0), 1, 2), Step(BETTER, day(5), 2)]
    assert stand(steps).better_on == day(5)
    assert stand([*steps, Step(SEEN, day(6), 3, None, "还没好")]).better_on is None
    assert stand([*steps, Step(SEEN, day(3), 3, 2)]).better_on == day(5)


def test_an_end_that_was_none_is_taken_back_without_being_the_second_time() -> None:
    now = stand([Step(FOUND, day(0), 1, 2), Step(CLOSED, day(3), words="人已去世"), Step(REOPENED, day(3))])
    assert (now.state, now.times, now.closing_note) == ("open", 1, "")


# ── random lives ─────────────────────────────────────────────────────────────────────────────────

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("visit"), st.integers(0, 9), st.sampled_from([0, 1, 2, 2, 3])),
        st.tuples(st.just("void"), st.integers(0, 7), st.just(0)),
        st.tuples(st.just("close"), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=9,
)


def plain(history: list[tuple[str, date, int, int]], voided: set[int]) -> dict[str, object]:
    """The same said naively: walk through what still counts, newest rule last. history: (what, day, level, number)."""
    state, times, closed_on = "voided", 0, None
    seen: list[tuple[date, int, int]] = []
    heard: list[tuple[date, int, bool]] = []
    for place, (what, on, level, number) in enumerate(history):
        if what == "close":
            closed_on = on
            state = "closed" if state == "open" else state
        elif number in voided:
            continue
        elif level >= 2:
            if state == "voided":
                state = "closed" if closed_on and on < closed_on else "open"
                times = 1
            elif state == "closed" and on >= closed_on:
                state, times = "open", times + 1
            seen.append((on, place, level))
            heard.append((on, place, False))
        elif what == "better":
            heard.append((on, place, True))
    if not seen:
        return {"state": "voided"}
    best = max(heard)
    return {
        "state": state, "times": times, "level": max(seen)[2], "found_on": min(seen)[0], "last_seen_on": max(seen)[0],
        "better_on": best[0] if best[2] and state == "open" else None,
    }  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
@pytest.mark.django_db
def test_random_visits_leave_the_ledger_that_a_plain_replay_gives(cast: Cast, events) -> None:
    person = make_person(cast)
    history: list[tuple[str, date, int, int]] = []
    visits, voided = [], set()
    for at, (what, n, level) in enumerate(events):
        moment = evening(date(2026, 11, 12)) + timedelta(minutes=at)
        duty_of(cast.visitor, date(2026, 11, 12))
        row = Finding.objects.filter(person=person).exclude(state="voided").first()
        if what == "visit":
            made = visit(person, cast.visitor, day(n), values={"electricity": level}, second=True)
            open_before = row is not None and row.state == "open"
            if level >= 2:
                history.append(("seen", day(n), level, made.pk))
            elif open_before and day(n) >= row.last_seen_on:
                history.append(("better", day(n), level, made.pk))
            visits.append(made)
        elif what == "void" and n < len(visits) and visits[n].pk not in voided:
            void(visit_id=visits[n].pk, reason="记错了", by=cast.visitor, at=moment)
            voided.add(visits[n].pk)
        elif what == "close" and row is not None and row.state == "open":
            services.close(
                finding_id=row.pk,
                note="换好了",
                measure="换线",
                on=row.last_seen_on,
                by=cast.visitor,
                at=moment,
            )
            history.append(("close", row.last_seen_on, 0, 0))
        rows = list(Finding.objects.filter(person=person).exclude(state="voided"))
        assert len(rows) <= 1
        # A finding that nobody saw any more is over: what is found later is a new row with a history of its own.
        expected = plain(history, voided)
        if expected["state"] == "voided":
            assert rows == []
            history = []
        else:
            assert {name: getattr(rows[0], name) for name in expected} == expected
