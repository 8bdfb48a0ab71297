"""The set-based due list against the pure definition, on random lives; twice, late, and at once."""

import datetime as dt
import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import make_cast, make_person
from visits.roster.models import Absence, Membership, Person
from visits.schedule import generation, services
from visits.schedule.due import Item, Life, Rule, Span, items_for
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.periods import parse, period_of

GROUPS = ["dibao", "tekun", "sudden", "old_alone", "minor_kin"]
DAY = dt.date(2026, 11, 24)
days = st.dates(dt.date(2025, 10, 1), dt.date(2027, 3, 31))


@st.composite
def lives(
    draw: st.DrawFn,
) -> tuple[list[Span], dt.date | None, dt.date | None, list[tuple[dt.date, dt.date | None]]]:
    spans: list[Span] = []
    for group in draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True)):
        start = draw(days)
        end = draw(st.none() | st.dates(start, start + dt.timedelta(days=300)))
        spans.append(Span(group, start, end))
        if end is not None and draw(st.booleans()):
            again = end + dt.timedelta(days=draw(st.integers(1, 60)))
            spans.append(Span(group, again, None))
    away: list[tuple[dt.date, dt.date | None]] = []
    if draw(st.booleans()):
        gone = draw(days)
        away.append((gone, draw(st.none() | st.dates(gone, gone + dt.timedelta(days=200)))))
    return spans, draw(st.none() | days), draw(st.none() | days), away


@st.composite
def extra_rules(draw: st.DrawFn) -> list[dict]:
    return [
        {
            "kind": draw(st.sampled_from(["month", "quarter", "half"])),
            "tier": draw(st.sampled_from(["key", "general"])),
            "modes": draw(st.sampled_from([["home"], ["home", "phone"], ["phone"]])),
            "min_home": draw(st.integers(0, 1)),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]


def _expected(rules: list[Rule], life: Life, period: object) -> set[tuple]:
    items: list[Item] = items_for(life, rules, period.kind, period)
    return {
        (i.rule_id, i.period_start, i.period_end, i.opens_on, i.due_on, i.closes_on, i.first) for i in items
    }


def _written(person: Person, period: object) -> set[tuple]:
    rows = DueItem.objects.filter(person=person, period_start=period.start, rule__kind=period.kind, stored="")
    return set(
        rows.values_list("rule_id", "period_start", "period_end", "opens_on", "due_on", "closes_on", "first")
    )


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(lives(), min_size=1, max_size=4), added=extra_rules())
def test_the_statement_writes_what_the_definition_owes(cast, people, added) -> None:
    DueItem.objects.all().delete()
    Absence.objects.all().delete()
    Membership.objects.all().delete()
    Person.objects.all().delete()
    FrequencyRule.objects.filter(region=cast.county).delete()
    for number, values in enumerate(added):
        FrequencyRule.objects.create(
            region=cast.county, sentence="县里的", clause="县", position=10 + number,
            starts_on=dt.date(2026, 2, 10), **values,
        )  # fmt: skip
    made: list[tuple[Person, Life]] = []
    for spans, left_on, before, away in people:
        person = make_person(cast, groups=())
        for span in spans:
            Membership.objects.create(
                person=person, group_id=span.group, starts_on=span.starts_on, ends_on=span.ends_on
            )
        for gone, back in away:
            Absence.objects.create(
                person=person, kind="prison", starts_on=gone, ends_on=back, document_no="刑1号",
                review_on=dt.date(2027, 1, 1), noted_by=cast.township_clerk,
                noted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            )  # fmt: skip
        Person.objects.filter(pk=person.pk).update(
            created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            left_on=left_on,
            status="dead" if left_on else "live",
            on_roster_before=before,
        )
        made.append((person, Life(tuple(spans), left_on, before, tuple(away))))
    rules = generation.rules()
    for key in ("2026Q1", "2026Q2", "2026Q4", "2026H1", "2026H2", "2026-02", "2026-11"):
        period = parse(key)
        generation.write(period, rules)
        for person, life in made:
            assert _written(person, period) == _expected(rules, life, period), (key, life)
        assert generation.write(period, rules) == 0
        assert generation.write(period, rules, anew=True) == 0
        assert generation.correct(period, rules) == 0


@pytest.mark.django_db
def test_an_upgrade_supersedes_and_a_death_drops(cast) -> None:
    person = make_person(cast, groups=("old_alone",))
    services.generate(on=DAY)
    (old,) = DueItem.objects.filter(person=person)
    assert (old.rule.kind, old.due_on) == ("half", dt.date(2026, 12, 31))
    Membership.objects.create(person=person, group_id="dibao", starts_on=dt.date(2026, 10, 10))
    services.refresh(person_ids=[person.pk], on=DAY)
    old.refresh_from_db()
    assert old.stored == "superseded"
    live = DueItem.objects.counting().get(person=person)
    assert (live.rule.kind, live.tier) == ("quarter", "key")
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=dt.date(2026, 11, 20))
    services.refresh(person_ids=[person.pk], on=DAY)
    assert not DueItem.objects.counting().filter(person=person).exists()
    Person.objects.filter(pk=person.pk).update(status="live", left_on=None)
    services.refresh(person_ids=[person.pk], on=DAY)
    assert DueItem.objects.counting().get(person=person).pk == live.pk


@pytest.mark.django_db
def test_a_generation_that_was_down_for_half_a_year_gives_the_same_rows(cast) -> None:
    from django.db import transaction

    for _ in range(3):
        make_person(cast, groups=("dibao", "old_alone"), birth=dt.date(1940, 1, 1))
    Person.objects.update(created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    columns = ("person_id", "rule_id", "period_start", "due_on", "stored")

    def rows_after(days_run: list[dt.date]) -> list:
        sid = transaction.savepoint()
        for day in days_run:
            services.generate(on=day)
        rows = sorted(DueItem.objects.values_list(*columns))
        transaction.savepoint_rollback(sid)
        return rows

    start, end = dt.date(2026, 1, 1), dt.date(2026, 8, 1)
    daily = [start + dt.timedelta(days=n) for n in range(0, 213, 10)] + [end]
    assert rows_after(daily) == rows_after([start, end]) != []


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, str, int, int]]:
    """What becomes known on which day (counted from the first), to whom; the days on which nothing ran."""
    kinds = ["join", "leave", "die", "away", "back", "visitor", "rule", "rule at once", "end rule", "edit"]
    event = st.tuples(
        st.integers(1, 119), st.sampled_from(kinds), st.integers(0, 2), st.integers(0, len(GROUPS) - 1)
    )
    return sorted(draw(st.lists(event, min_size=2, max_size=8)))


def _happen(cast, people: list[Person], event: tuple[int, str, int, int], on: dt.date) -> None:
    """One event on the day it becomes known, with the dates that the services allow."""
    _, kind, who, what = event
    person, group = people[who], GROUPS[what]
    at = dt.datetime.combine(on, dt.time(1), dt.UTC)
    open_ = Membership.objects.filter(person=person, ends_on=None)
    if kind == "join" and not open_.filter(group_id=group).exists():
        Membership.objects.create(person=person, group_id=group, starts_on=on)
    elif kind == "leave":
        open_.filter(starts_on__lte=on).update(ends_on=on)
    elif kind == "die":
        Person.objects.filter(pk=person.pk, left_on=None).update(status="dead", left_on=on)
    elif kind == "away" and not Absence.objects.filter(person=person, ends_on=None).exists():
        Absence.objects.create(
            person=person, kind="prison", starts_on=on, document_no="刑1号", review_on=on,
            noted_by=cast.township_clerk, noted_at=at,
        )  # fmt: skip
    elif kind == "back":
        Absence.objects.filter(person=person, ends_on=None).update(ends_on=on)
    elif kind == "visitor":
        Person.objects.filter(pk=person.pk).update(assignee=[cast.visitor, None][what % 2])
    elif kind in ("rule", "rule at once"):
        length = ("week", "month", "quarter", "month", "half")[what]
        period = period_of(length, on)
        FrequencyRule.objects.create(
            region=cast.county, sentence="县里的", clause="县", position=20 + what, kind=length, modes=["home"],
            tier=["key", "general"][who % 2],
            starts_on=period.start if kind == "rule at once" else period.next().start,
        )  # fmt: skip
    elif kind == "end rule":
        for rule in FrequencyRule.objects.filter(region=cast.county, ends_on=None):
            rule.ends_on = max(period_of(rule.kind, on).end, rule.starts_on)
            rule.save()
    elif kind == "edit":  # somebody's page refreshes one person while the night's work is down
        services.refresh(person_ids=[person.pk], on=on)


@pytest.mark.django_db
@settings(
    max_examples=3, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    events=histories(), down=st.tuples(st.integers(1, 118), st.integers(1, 118)), first=st.sampled_from([0, 61, 150])
)  # fmt: skip
def test_any_outage_ends_in_the_rows_of_a_list_that_was_written_daily(cast, events, down, first) -> None:
    """Random lives and changes of rules; nothing is generated between two random days. What was written and dropped
    again in between is in no figure."""
    from django.db import transaction

    start = dt.date(2026, 1, 15) + dt.timedelta(days=first)
    began, ended = min(down), max(down)

    def rows(dark: range) -> list:
        with transaction.atomic():
            people = [make_person(cast, groups=(group,)) for group in ("dibao", "old_alone", "sudden")]
            numbers = {person.pk: n for n, person in enumerate(people)}
            Person.objects.update(created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
            for day in range(121):
                on = start + dt.timedelta(days=day)
                for event in events:
                    if event[0] == day:
                        _happen(cast, people, event, on)
                # Daily where it matters: around events, at the ends of periods, and every few days.
                matters = day % 4 == 0 or on.day in (1, 2) or day in {0, 120, *(e[0] for e in events)}
                if matters and day not in dark:
                    services.generate(on=on)
            order = {
                pk: n
                for n, pk in enumerate(FrequencyRule.objects.order_by("pk").values_list("pk", flat=True))
            }
            found = sorted(
                (numbers[person], order[rule], *rest)
                for person, rule, *rest in DueItem.objects.filter(stored="").values_list(
                    "person_id", "rule_id", "period_start", "period_end", "opens_on", "due_on", "closes_on", "first",
                    "tier",
                )
            )  # fmt: skip
            transaction.set_rollback(True)
        return found

    assert rows(range(began, ended + 1)) == rows(range(0))


@pytest.mark.django_db
def test_an_import_today_owes_nothing_for_a_period_that_is_over(cast) -> None:
    make_person(cast)
    DueItem.objects.all().delete()
    generation.write(period_of("quarter", dt.date(2026, 8, 1)), generation.rules())
    assert not DueItem.objects.exists()


def test_two_at_once_write_each_item_once(committed) -> None:
    cast = make_cast()
    for _ in range(20):
        make_person(cast)

    def run() -> None:
        services.generate(on=DAY)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert DueItem.objects.count() == 20
