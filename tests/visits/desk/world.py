"""Small worlds for the pages of figures: people with items in every state, seeded, so that they repeat."""

import random
import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Region
from tests.cast import Cast, make_person
from visits.records.items import ITEM_CODES
from visits.records.models import FormVersion, Fulfilment, LineReturn, Sheet, SheetLine, Signature, Visit
from visits.roster.models import Household, Person
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.periods import Quarter

TODAY = date(2026, 11, 24)


def rule(kind: str = "quarter") -> FrequencyRule:
    return FrequencyRule.objects.filter(kind=kind).earliest("pk")


def monthly(cast: Cast) -> FrequencyRule:
    """A stricter rule of a county, so that one person can have several items in a quarter."""
    return FrequencyRule.objects.get_or_create(
        region=cast.county,
        group_id="tekun",
        kind="month",
        defaults={
            "modes": ["home", "phone"],
            "sentence": "特困人员：每月至少一次",
            "clause": "永民〔2026〕8号",
            "starts_on": date(2020, 1, 1),
            "position": 5,
        },
    )[0]


def item(
    person: Person, start: date, end: date, *, by: FrequencyRule | None = None, **values: Any
) -> DueItem:
    """An item of the period `start` to `end`, placed where the person is unless `values` say otherwise."""
    defaults = {
        "rule": by or rule(),
        "period_start": start,
        "period_end": end,
        "opens_on": start,
        "due_on": end,
        "closes_on": end,
        "tier": "key",
        "assignee_id": person.assignee_id,
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
    }
    return DueItem.objects.create(person=person, **{**defaults, **values})


def visit(person: Person, day: date, by: Any, *, items: list[DueItem] | None = None, **values: Any) -> Visit:
    """A valid visit; `items` are done by it."""
    defaults: dict[str, Any] = {code: 0 for code in ITEM_CODES}
    defaults |= {
        "record_no": Visit.objects.filter(village_id=person.village_id).count() + 1,
        "visited_on": day,
        "mode": "home",
        "met": "self",
        "visitor": by,
        "recorder": by,
        "form_version": FormVersion.objects.earliest("number"),
        "key": uuid.uuid4(),
        "body_digest": b"-",
        "submitted_at": timezone.now(),
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
    }
    made = Visit.objects.create(person=person, **{**defaults, **values})
    for owed in items or []:
        Fulfilment.objects.create(visit=made, due_item=owed)
        DueItem.objects.filter(pk=owed.pk).update(done_on=day, done_mode=made.mode, done_met=made.met)
    return made


def sheet(village: Region, quarter: Quarter, batch: int, state: str, by: Any, **values: Any) -> Sheet:
    """A village's table of a quarter, in a state, without its signatures."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "kind": "village",
        "period": quarter.key,
        "period_start": quarter.start,
        "period_end": quarter.end,
        "sign_by": quarter.end + timedelta(days=10),
        "county_id": village.county_id,
        "township_id": village.township_id,
        "village_id": village.pk,
        "batch_no": batch,
        "state": state,
    }
    if state != "open":
        defaults |= {"seal": b"-", "frozen_at": now}
    if state == "approved":
        defaults |= {"approved_by": by, "approved_at": now}
    if state == "returned":
        defaults |= {"return_reason": "请补日期"}
    return Sheet.objects.create(**{**defaults, **values})


def line(on: Sheet, made: Visit, row: int, *, returned_by: Any = None) -> SheetLine:
    found = SheetLine.objects.create(
        sheet=on, row=row, person_id=made.person_id, visit=made, exceptional=False, content={}
    )
    if returned_by is not None:
        LineReturn.objects.create(
            line=found, by=returned_by, by_title="包村干部", reason="缺一句", at=timezone.now()
        )
    return found


def name_under(on: Sheet, slot: int, by: Any) -> Signature:
    return Signature.objects.create(
        sheet=on, slot=slot, signer=by, signed_name=by.name, title="-", method="screen", seal=b"-",
        signed_at=timezone.now(),
    )  # fmt: skip


def villages_of(cast: Cast) -> list[Region]:
    """Two villages of ours, one of another township, one of another county."""
    elsewhere = Region.objects.filter(level=4, parent=cast.other_township).earliest("position")
    return [cast.village, cast.other_village, elsewhere, cast.other_county_village]


def random_world(cast: Cast, seed: int, count: int = 14) -> list[Person]:
    """People in four villages with items of this quarter and the one before, in every state."""
    dice = random.Random(seed)
    villages = villages_of(cast)
    sheets: dict[tuple[int, str], tuple[Sheet, int]] = {}
    people = []
    for n in range(count):
        village = dice.choice(villages)
        person = make_person(
            cast,
            name=f"陈依{n}",
            village=village,
            groups=dice.choice([("dibao",), ("tekun",), ("dibao", "old_alone"), ()]),
            hamlet=dice.choice(["上洋", "后溪", ""]),
        )
        if dice.random() < 0.3:
            Person.objects.filter(pk=person.pk).update(assignee=None)
        if dice.random() < 0.1:
            Person.objects.filter(pk=person.pk).update(status="dead", left_on=date(2026, 11, 2))
        for start, end, by in (
            (date(2026, 7, 1), date(2026, 9, 30), rule()),
            (date(2026, 7, 1), date(2026, 12, 31), rule("half")),
            (date(2026, 10, 1), date(2026, 12, 31), rule()),
            (date(2026, 10, 1), date(2026, 10, 31), monthly(cast)),
            (date(2026, 11, 1), date(2026, 11, 30), monthly(cast)),
        ):
            if dice.random() < 0.6:
                _random_item(
                    cast, dice, person, start, end, by, dice.choice([village, village, villages[1]]), sheets
                )
        people.append(person)
    _households(dice, people)
    return people


def _households(dice: random.Random, people: list[Person]) -> None:
    """Some live together, a few of them are children. From a die of its own, after everything else."""
    homes: dict[int, Household] = {}
    for person in people:
        if dice.random() < 0.6:
            village_id = person.village_id
            if village_id not in homes or dice.random() < 0.4:
                homes[village_id] = Household.objects.create(
                    head_name=person.name,
                    county_id=person.county_id,
                    township_id=person.township_id,
                    village_id=village_id,
                )
            values: dict[str, Any] = {
                "household": homes[village_id],
                "relation": dice.choice(["户主", "子女", ""]),
            }
            if dice.random() < 0.4:
                values["birth_date"] = date(dice.choice([2008, 2009, 2015]), 12, dice.choice([1, 31]))
            Person.objects.filter(pk=person.pk).update(**values)


def _random_item(
    cast: Cast, dice: random.Random, person: Person, start: date, end: date, by: FrequencyRule,
    village: Region, sheets: dict[tuple[int, str], tuple[Sheet, int]],
) -> None:  # fmt: skip
    place = {"county_id": village.county_id, "township_id": village.township_id, "village_id": village.pk}
    made = item(person, start, end, by=by, **place)
    if start == date(2026, 7, 1) and end == date(2026, 9, 30) and dice.random() < 0.4:  # a first visit
        DueItem.objects.filter(pk=made.pk).update(
            first=True, opens_on=date(2026, 9, 10), due_on=date(2026, 10, 10), closes_on=date(2026, 12, 31)
        )
        made.refresh_from_db()
    what = dice.choice(
        ["", "", "visit", "visit", "visit", "excused", "dropped", "superseded", "made_up", "offline"]
    )
    if what == "made_up":
        DueItem.objects.filter(pk=made.pk).update(made_up_on=TODAY)
    elif what == "offline":
        DueItem.objects.filter(pk=made.pk).update(
            done_on=made.opens_on, done_mode="home", done_met="self", done_via="before_start"
        )
    elif what != "visit":
        DueItem.objects.filter(pk=made.pk).update(stored=what)
    else:
        day = made.opens_on + timedelta(
            days=dice.randrange((min(made.closes_on, TODAY) - made.opens_on).days + 1)
        )
        done = visit(
            person, day, cast.visitor, items=[made], met=dice.choice(["self", "self", "proxy", "away"])
        )
        state = dice.choice(["", "open", "signing", "signed", "approved", "returned"])
        if state:
            key = (village.pk, state)
            if key not in sheets:
                number = len(sheets) + 1
                single = {"kind": "single", "visit": done} if state in ("open", "signing") else {}
                sheets[key] = (
                    sheet(village, Quarter(2026, 4), number, state, cast.county_officer, **single), 0
                )  # fmt: skip
            on, row = sheets[key]
            sheets[key] = (on, row + 1)
            line(on, done, row + 1, returned_by=cast.liaison if dice.random() < 0.2 else None)
