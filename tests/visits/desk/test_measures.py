"""How, when and why: every part equals its list and a plain recount, and the parts add up, at every level."""

import datetime as dt
import itertools
import random

import pytest
from django.utils import timezone

from accounts.models.region import Level
from tests.cast import make_person
from tests.visits.desk.test_figures import within
from tests.visits.desk.world import TODAY, item, random_world, villages_of, visit
from visits.core.options import OPTIONS
from visits.desk import behind, measures_classes, measures_findings, measures_how, scope, selectors, standing
from visits.desk.behind import HOW_CODES
from visits.desk.measures_how import REASONS, TIMES, WAYS
from visits.desk.selectors import COUNTED
from visits.desk.tallies import counting
from visits.followup.models import Finding, FindingStep
from visits.records.models import Attempt, Excuse, Visit
from visits.roster.models import Membership, Person
from visits.schedule.due import HOME_MODES, state_of
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

pytestmark = pytest.mark.django_db
PERIODS = (Quarter(2026, 4), Quarter(2026, 3), HalfYear(2026, 2))
EARLIER = dt.date(2026, 11, 5)
CODES = [*COUNTED, *HOW_CODES]


def world(cast, seed):
    """A small world with every way, and with reasons for what was given up."""
    dice = random.Random(seed)
    random_world(cast, seed, 10)
    for row in DueItem.objects.exclude(done_on=None).order_by("pk"):
        mode = dice.choice(["home", "phone", "video", "institution", "hospital"])
        via = dice.choice(["", "", "entrusted"]) if not row.done_via else row.done_via
        DueItem.objects.filter(pk=row.pk).update(done_mode=mode, done_via=via)
        Visit.objects.filter(person_id=row.person_id, visited_on=row.done_on).update(mode=mode)
    for row in DueItem.objects.filter(stored="excused").order_by("pk"):
        outcome = dice.choice(["refused", "not_home", "away", "lost", ""])
        if outcome:
            noted = timezone.make_aware(
                dt.datetime.combine(row.opens_on + dt.timedelta(days=20), dt.time(20))
            )
            basis = "refused" if outcome == "refused" else "not_met"
            Excuse.objects.create(due_item=row, basis=basis, tries=3, noted_by=cast.visitor, noted_at=noted)
            for n, what in enumerate((dice.choice(["not_home", "away"]), outcome)):
                tried(cast, row.person, row.opens_on + dt.timedelta(days=n), what)


def tried(cast, person, day, outcome):
    place = {name: getattr(person, name) for name in ("county_id", "township_id", "village_id")}
    from uuid import uuid4

    Attempt.objects.create(
        person=person, tried_on=day, mode="home", outcome=outcome, visitor=cast.visitor, recorder=cast.visitor,
        key=uuid4(), body_digest=b"-", submitted_at=timezone.now(), **place,
    )  # fmt: skip


def then(row, day):
    """State, day seen, and whether it was given up, at the end of a day: in plain Python."""
    done = row.done_on if row.done_on and row.done_on <= day else None
    made_up = row.made_up_on if row.made_up_on and row.made_up_on <= day else None
    given_up = row.stored == "excused" and not any(
        one.noted_at.astimezone().date() > day for one in row.excuses.filter(undone_at=None)
    )
    stored = row.stored if row.stored != "excused" or given_up else ""
    state = state_of(
        due_on=row.due_on, closes_on=row.closes_on, opens_on=row.opens_on, done_on=done, made_up_on=made_up,
        stored=stored, today=day, soon_days=OPTIONS["soon_days"].default,
    )  # fmt: skip
    return state, done or made_up


def mode_of(row, seen):
    if row.done_mode:
        return row.done_mode
    modes = Visit.objects.filter(person_id=row.person_id, visited_on=seen, voided_at=None).values_list(
        "mode", flat=True
    )
    return "home" if HOME_MODES & set(modes) else "phone"


def reason_of(row):
    excuse = row.excuses.filter(undone_at=None).first()
    if excuse is not None and excuse.basis == "refused":
        return "refused"
    tries = Attempt.objects.filter(
        person_id=row.person_id,
        tried_on__range=(row.opens_on, row.closes_on),
        outcome__in=("not_home", "away", "lost"),
    )
    last = tries.order_by("tried_on", "pk").last()
    return last.outcome if last else "other"


def recount(units, period, day):
    """Person ids by measure, from all rows, for what does not hang on papers."""
    found = {code: set() for code in CODES}
    owed = {}
    for row in DueItem.objects.order_by("pk"):
        state, seen = then(row, day)
        if (
            row.cause == "rule" and within(row, units) and period.start <= row.due_on <= period.end
            and row.stored not in ("superseded", "dropped")
        ):  # fmt: skip
            owed.setdefault(row.person_id, []).append((row, state, seen))
    for pk, rows in owed.items():
        states = {state for _, state, _ in rows}
        found["due"].add(pk)
        if states <= {"done", "done_late"}:
            found["done"].add(pk)
            found["ontime" if states == {"done"} else "made_late"].add(pk)
            if any(row.done_met == "self" for row, *_ in rows):
                found["self"].add(pk)
            week = max(seen for *_, seen in rows)
            for one in measures_how.weeks(period):
                if (one.first or one.start <= week) and (one.last or week <= one.end):
                    found.setdefault(one.code, set()).add(pk)
        elif states & {"late", "missed"}:
            found["late"].add(pk)
        elif states & {"idle", "soon"}:
            found["open"].add(pk)
        else:
            found["tried"].add(pk)
            given_up = [row for row, state, _ in rows if state == "excused"]
            found[f"tried_{reason_of(max(given_up, key=lambda row: (row.due_on, row.pk)))}"].add(pk)
    found["ways"] = {
        pk: (
            any(row.done_via == "entrusted" for row, *_ in owed[pk]),
            any(mode_of(row, seen) in HOME_MODES for row, _, seen in owed[pk]),
        )
        for pk in found["done"]
    }
    return found


@pytest.mark.parametrize(("seed", "day"), [(1, TODAY), (2, TODAY), (3, EARLIER)])
def test_every_part_is_its_list_and_a_recount_and_the_parts_add_up(cast, seed, day):
    world(cast, seed)
    for period in PERIODS[:2] if day == TODAY else PERIODS[:1]:
        weeks = [week.code for week in measures_how.weeks(period)]
        for region in (cast.city, cast.township, cast.village):
            units = scope.units_of(region)
            said = measures_how.counts(units, period, day, [*CODES, *weeks]).get(0)
            plain = recount(units, period, day)
            by_week = counting.weeks(standing.items_at(units, period, day), period, "0").get(0, {})
            assert by_week == {code: said[code] for code in weeks if said and said[code]}
            if said is None:
                assert not plain["due"]
                continue
            lists = {
                code: set(measures_how.people(units, period, day, code).values_list("pk", flat=True))
                for code in [*CODES, *weeks]
            }
            for code, people in lists.items():
                assert said[code] == len(people), code
                if code not in (*WAYS, "signed", "approved", "offline", "sent"):
                    assert people == plain.get(code, set()), (code, region.name, period.key)
            offline = lists["by_offline"]
            for pk, (entrusted, home) in plain["ways"].items():
                way = "by_entrusted" if entrusted else "by_home" if home else "by_phone"
                assert pk in (offline if pk in offline else lists[way])
            assert lists["sent"] == lists["signed"] - lists["approved"]
            assert said["done"] == sum(said[code] for code in WAYS) == sum(said[code] for code in TIMES)
            assert said["done"] == sum(said[code] for code in weeks)
            assert said["tried"] == sum(said[code] for code in REASONS)
            assert said["due"] == said["done"] + said["late"] + said["open"] + said["tried"]


@pytest.mark.parametrize("seed", [5, 6])
def test_today_they_are_the_figures_and_a_unit_says_in_its_row_what_its_own_page_says(cast, seed):
    world(cast, seed)
    for region in (cast.city, cast.county, cast.township):
        units = scope.units_of(region)
        figures = selectors.figures(units, PERIODS[0], TODAY)
        said = measures_how.counts(units, PERIODS[0], TODAY, CODES)[0]
        assert {code: said[code] for code in COUNTED} == {code: figures.of(code) for code in COUNTED}
        below = measures_how.counts(units, PERIODS[0], TODAY, CODES, region.level)
        for pk, row in below.items():
            assert row == measures_how.counts({region.level + 1: {pk}}, PERIODS[0], TODAY, CODES)[0]


def test_a_visit_after_the_day_is_not_yet_made_and_a_code_that_means_nothing_is_none(cast):
    person = make_person(cast)
    owed = item(person, dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    visit(person, dt.date(2026, 11, 20), cast.visitor, items=[owed])
    units, quarter = scope.units_of(cast.village), Quarter(2026, 4)
    assert measures_how.counts(units, quarter, dt.date(2026, 11, 19), ["done", "open"])[0] == {
        "done": 0,
        "open": 1,
    }
    assert measures_how.counts(units, quarter, dt.date(2026, 11, 20), ["done", "open"])[0] == {
        "done": 1,
        "open": 0,
    }
    for code in ("week0", "week15", "class-x", "found_x", "x", ""):
        assert behind.find(cast.village, quarter, TODAY, TODAY, code) is None


def test_the_weeks_tile_the_quarter():
    for period in (Quarter(2026, 4), Quarter(2027, 1), HalfYear(2026, 1)):
        weeks = measures_how.weeks(period)
        assert (weeks[0].start, weeks[-1].end) == (period.start, period.end)
        assert all(one.end + dt.timedelta(days=1) == two.start for one, two in itertools.pairwise(weeks))
        assert all(week.start.weekday() == 0 for week in weeks[1:])


# ── classes, findings ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [1, 2])
def test_classes_are_their_lists_and_a_recount_and_all_of_them_the_roster(cast, seed):
    dice = random.Random(seed)
    random_world(cast, seed, 12)
    for row in Membership.objects.filter(group_id="tekun").order_by("pk"):
        Membership.objects.filter(pk=row.pk).update(care=dice.choice(["institution", "home", ""]))
    for region in (cast.city, cast.county, cast.township, *villages_of(cast)[:2]):
        units, every = scope.units_of(region), [measures_classes.TOTAL, *measures_classes.classes(region)]
        said = measures_classes.counts(region, units, TODAY, every).get(0)
        figures = selectors.figures(units, PERIODS[0], TODAY)
        assert said["class-all"] == figures.roster
        for one in every:
            people = measures_classes.people(region, units, TODAY, one)
            assert said[one.code] == len(people) == len(plain_class(units, one)), (one.code, region.name)
        if region.level < Level.VILLAGE:
            below = measures_classes.counts(region, units, TODAY, every, region.level)
            for code in (one.code for one in every if not one.homes):
                assert said[code] == sum(row[code] for row in below.values())


def plain_class(units, one):
    """Ids of people, or of households, of a class in plain Python."""
    found = set()
    for row in Membership.objects.live(TODAY).select_related("person"):
        person = row.person
        if person.status != Person.Status.LIVE or not within(person, units):
            continue
        if not one.group or (row.group_id == one.group and one.care in (None, row.care)):
            found.add((person.household_id or f"alone {person.pk}") if one.homes else person.pk)
    return found


def test_who_left_after_the_day_stands_on_its_list_and_who_left_before_does_not(cast):
    person = make_person(cast, groups=("dibao",))
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=dt.date(2026, 11, 10))
    units = scope.units_of(cast.village)
    for day, n in ((dt.date(2026, 11, 9), 1), (dt.date(2026, 11, 10), 0)):
        assert measures_classes.people(cast.village, units, day, measures_classes.TOTAL).count() == n


def test_what_was_found_counts_people_once_in_each_area_and_in_its_days(cast):
    first, second = make_person(cast), make_person(cast, village=cast.other_county_village)
    for person, codes in ((first, ("gas", "electricity", "mood")), (second, ("season_flood",))):
        made = visit(person, dt.date(2026, 11, 2), cast.visitor)
        for code in codes:
            found(cast, made, code, dt.date(2026, 11, 2))
    found(cast, visit(first, dt.date(2026, 9, 30), cast.visitor), "indoor", dt.date(2026, 9, 30))
    units = scope.units_of(cast.city)
    said = measures_findings.counts(units, PERIODS[0])[0]
    assert {code: n for code, n in said.items() if n} == {
        "found_any": 2, "found_safety": 1, "found_mind": 1, "found_other": 1,
    }  # fmt: skip
    for code, n in said.items():
        assert measures_findings.people(units, PERIODS[0], code).count() == n
    below = measures_findings.counts(units, PERIODS[0], Level.CITY)
    assert {pk: row["found_any"] for pk, row in below.items()} == {cast.county.pk: 1, cast.other_county.pk: 1}
    Visit.objects.filter(person=second).update(
        voided_at=timezone.now(), voided_by=cast.visitor, void_reason="错了"
    )
    assert measures_findings.counts(units, PERIODS[0])[0]["found_any"] == 1


def found(cast, made, code, day):
    place = {name: getattr(made, name) for name in ("county_id", "township_id", "village_id")}
    row = Finding.objects.create(
        person_id=made.person_id, code=code, level=2, found_on=day, last_seen_on=day, visit=made, last_visit=made,
        item="-", words="-", created_at=timezone.now(), **place,
    )  # fmt: skip
    FindingStep.objects.create(
        finding=row, kind="found", on=day, visit=made, level=2, by=cast.visitor, at=timezone.now()
    )
