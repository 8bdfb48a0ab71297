"""A village's third quarter of 2026 for tests of signing: visits, tries, somebody nobody went to."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.cast import Cast, make_person
from tests.visits.records.visiting_bodies import body
from visits.records import sheet_rows
from visits.records.models import Sheet, Signature, Visit
from visits.records.services import sheets, signing, submit
from visits.roster.models import Person
from visits.schedule.models import DueItem, FrequencyRule

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 10, 8)
AT = datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)
QUARTER = "2026Q3"


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, 0, tzinfo=SHANGHAI)


def visit_of(
    cast: Cast, person: Person, on: date = date(2026, 8, 6), at: datetime | None = None, **changes: Any
) -> Visit:
    """A visit through the service, typed on its own evening by its visitor."""
    made, _ = submit(
        person_id=person.pk,
        by=changes.pop("by", cast.visitor),
        at=at or moment(on),
        key=uuid4(),
        body=body(visited_on=on, **changes),
    )
    return made


def owed(person: Person, end: date = date(2026, 9, 30), **values: Any) -> DueItem:
    """A key person's item of the third quarter, not done."""
    start = values.pop("start", date(2026, 7, 1))
    return DueItem.objects.create(
        person=person,
        rule=FrequencyRule.objects.get(tier="key"),
        period_start=start,
        period_end=end,
        opens_on=start,
        due_on=end,
        closes_on=end,
        tier="key",
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
        **values,
    )


def village(cast: Cast, ordinary: int = 3) -> dict[str, Person]:
    """Ordinary visits in two hamlets, one record to be handled (随表签), one with a change (逐份签)."""
    people = {}
    for number in range(ordinary):
        name = f"余细根{number}"
        people[name] = make_person(cast, name=name, hamlet="祠堂边" if number % 2 == 0 else "上洋")
        visit_of(cast, people[name], date(2026, 8, 6 + number % 20))
    people["黄玉钗"] = make_person(cast, name="黄玉钗", hamlet="上洋")
    visit_of(
        cast, people["黄玉钗"], date(2026, 8, 25), indoor=2, remark="台风后西屋漏雨", private_note="儿子打她"
    )
    people["张志坚"] = make_person(cast, name="张志坚", groups=("dibao", "old_alone"))
    visit_of(cast, people["张志坚"], date(2026, 9, 3), income=12, notes={"income": "三个月没有工钱"})
    return people


def drafted(cast: Cast, at: datetime = AT) -> Sheet:
    return sheets.draft_sheet(village_id=cast.village.pk, period_key=QUARTER, by=cast.township_clerk, at=at)


def digest_of(sheet: Sheet, on: date = DAY) -> str:
    """What a page would carry in its form now."""
    sheet.refresh_from_db()
    return sheet_rows.seal_of(sheet, sheet_rows.lines_of(sheet, on)).hex()


SIGNERS = {1: "village_head", 2: "liaison", 3: "township_head"}


def sign(cast: Cast, sheet: Sheet, slot: int, at: datetime = AT, **changes: Any) -> Signature:
    by = changes.pop("by", None) or getattr(cast, SIGNERS[slot])
    return signing.sign(
        sheet_id=sheet.pk,
        slot=slot,
        by=by,
        at=at,
        digest=changes.pop("digest", None) or digest_of(sheet),
        **changes,
    )


def sign_all(cast: Cast, sheet: Sheet) -> Sheet:
    for slot in SIGNERS:
        sign(cast, sheet, slot)
    sheet.refresh_from_db()
    return sheet
