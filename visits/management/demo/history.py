"""What happened before today in the demo: visits, tries in vain, signatures, changes: all through the services."""

import random
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.scoping import duty_of
from visits.followup.models import ChangeReport
from visits.followup.services import file
from visits.management.demo.staff import Staff, Village
from visits.records import sheet_rows
from visits.records.assessment import all_good, load, season
from visits.records.items import AREAS
from visits.records.models import FormVersion, Sheet
from visits.records.selectors.visiting import is_minor, last_visit
from visits.records.services import attempt, submit
from visits.records.services.approval import approve
from visits.records.services.sheets import draft_due_sheets
from visits.records.services.signing import sign
from visits.roster.models import Person
from visits.schedule.periods import Quarter

SHANGHAI = ZoneInfo("Asia/Shanghai")
TROUBLE: tuple[tuple[str, int, str], ...] = (
    ("mobility", 1, "右膝疼半个月，拄竹杖走路"),
    ("indoor", 2, "台风后西屋漏雨，床挪到东屋了"),
    ("electricity", 1, "厨房插座上插了三样，没装漏保"),
    ("illness", 2, "上月查出糖尿病，药还没配齐"),
    ("mood", 1, "老伴走了以后话少了"),
    ("thinking", 1, "有时忘了锁门"),
    ("neighbours", 1, "和邻居为水沟的事不来往"),
    ("surroundings_hygiene", 1, "门口水沟有点堵"),
    ("income", 12, "儿子工地摔伤，三个月没有工钱"),
)
NEEDS = {"mobility": "aids", "indoor": "house", "electricity": "safety", "illness": "medicine", "mood": "company",
         "income": "money"}  # fmt: skip
REMARKS = (
    "气色不错，刚从菜地回来。",
    "聊了孙子读书的事。",
    "提醒了别信保健品推销。",
    "屋前的路灯坏了，已告诉村里。",
    "",
    "",
    "",
    "",
)


def at_evening(day: date) -> datetime:
    """Cadres enter their visits in the evening."""
    return datetime.combine(day, time(20, 10), SHANGHAI)


def on_duty(user: User, day: date) -> User:
    duty_of(user, day)
    return user


class Past:
    """Plays the quarters one after another; seeded, so that every demo is the same one."""

    def __init__(
        self, staff: Staff, people: dict[int, list[Person]], today: date, say: Callable[[str], None]
    ) -> None:
        self.staff, self.people, self.today, self.say = staff, people, today, say
        self.dice = random.Random(215)
        version = FormVersion.objects.latest("starts_on")
        self.form = load(version.definition)

    def quarter(self, quarter: Quarter, share: float) -> None:
        """Visits of a quarter: `share` of the people, up to yesterday."""
        last = min(quarter.end, self.today - timedelta(days=1))
        for village in self.staff.villages:
            for person in self.people[village.region.pk]:
                if self.dice.random() < share:
                    self._visit(village, person, self._day(quarter.start, last))
                elif self.dice.random() < 0.25:
                    self._attempt(person, self._day(quarter.start, last))

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.dice.randint(0, (last - first).days))

    def _visit(self, village: Village, person: Person, day: date) -> None:
        joined = person.memberships.order_by("starts_on").values_list("starts_on", flat=True).first()
        if joined is not None and day < joined:
            return
        alone = person.memberships.filter(group__alone=True).exists()
        mode = "phone" if self.dice.random() < 0.2 else "home"
        body: dict[str, Any] = {
            "visited_on": day,
            "part_of_day": self.dice.choice(["am", "pm"]),
            "mode": mode,
            "met": "self" if alone or self.dice.random() < 0.85 else "proxy",
            "values": self._values(person, day, mode),
            "phrases": self.dice.sample(["stove", "fraud", "medicine", "falls"], k=2),
            "remark": self.dice.choice(REMARKS),
            "notes": {},
        }
        self._trouble(body)
        self._extras(body, person, day, mode)
        by = on_duty(person.assignee or village.head, day)
        submit(person_id=person.pk, by=by, at=at_evening(day), key=uuid.uuid4(), body=body)

    def _values(self, person: Person, day: date, mode: str) -> dict[str, int]:
        before = last_visit(person.pk, day)
        values: dict[str, int] = {}
        for area in AREAS:
            if area == "safety":
                values |= {code: 0 for code in AREAS[area]}
            else:
                values |= all_good(self.form, area)
        if before is not None:
            for code in ("mobility", "thinking", "surroundings_hygiene", "neighbours"):
                if before.ratings[code] in (1, 2):
                    values[code] = before.ratings[code]
        if mode == "phone":
            for area in ("hygiene", "safety"):
                values |= {code: 9 for code in AREAS[area]}
            values |= {"indoor": 9, "outdoor": 9}
        if is_minor(person, day):
            for item in self.form.minor:
                values[item.code] = 0
        return values

    def _trouble(self, body: dict[str, Any]) -> None:
        if self.dice.random() > 0.16:
            return
        code, value, words = self.dice.choice(TROUBLE)
        if body["values"].get(code) != 9:
            body["values"][code] = value
            body["notes"] = {code: words}
            body["needs"] = [NEEDS[code]] if code in NEEDS else []

    def _extras(self, body: dict[str, Any], person: Person, day: date, mode: str) -> None:
        if mode == "phone":
            body["reasons"] = {code: "phone" for code, value in body["values"].items() if value == 9}
        running = season(day)
        if running == "flood":
            body["season"] = {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}}
        elif running == "winter":
            body["season"] = {
                "code": "winter",
                "answers": {"warmth": self.dice.choice([0, 0, 1]), "heating": [20]},
            }
        if person.memberships.filter(group_id="tekun").exists():
            body["self_care"] = {code: True for code, _ in self.form.self_care}

    def _attempt(self, person: Person, day: date) -> None:
        outcome = self.dice.choice(["not_home", "not_home", "away", "hospital"])
        body = {
            "tried_on": day,
            "part_of_day": "am",
            "mode": "home",
            "outcome": outcome,
            "note": "",
            "next_on": day + timedelta(days=3) if outcome == "not_home" else None,
        }
        by = on_duty(person.assignee or self.staff.villages[0].visitors[0], day)
        if person.assignee_id:
            attempt(person_id=person.pk, by=by, at=at_evening(day), key=uuid.uuid4(), body=body)

    def sign(self, quarter: Quarter, *, finished: bool) -> None:
        """Sign the quarter's tables. `finished`: all three everywhere and approved; else at every stage."""
        start = quarter.end + timedelta(days=1)
        draft_due_sheets(start)
        sheets = Sheet.objects.filter(period=quarter.key).exclude(
            state__in=["approved", "voided", "returned"]
        )
        villages = {village.region.pk: village for village in self.staff.villages}
        for number, sheet in enumerate(sheets.order_by("pk")):
            steps = 4 if finished else number % 5
            self._steps(sheet, villages[sheet.village_id], start + timedelta(days=2), steps)

    def _steps(self, sheet: Sheet, village: Village, day: date, steps: int) -> None:
        signers = [village.head, village.liaison, self.staff.heads[sheet.township_id]]
        for slot, signer in enumerate(signers[:steps], start=1):
            day = min(day + timedelta(days=1), self.today)
            lines = sheet_rows.lines_of(sheet, day)
            seal = sheet_rows.seal_of(sheet, lines)
            sign(
                sheet_id=sheet.pk, slot=slot, by=on_duty(signer, day), at=at_evening(day), digest=seal.hex(),
            )  # fmt: skip
            sheet.refresh_from_db()
        if steps >= 4:
            officer = self.staff.officers[sheet.county_id]
            approve(sheet_ids=[sheet.pk], by=on_duty(officer, day), at=at_evening(day))

    def report(self) -> None:
        """The clerks filed what was found, next day; the newest are still on their list, one is late."""
        for change in ChangeReport.objects.filter(state="noted").order_by("found_on", "pk"):
            age = (self.today - change.found_on).days
            if age <= 2 or (age <= 14 and change.pk % 7 == 0):
                continue
            day = change.found_on + timedelta(days=1)
            clerk = on_duty(self.staff.clerks[change.township_id], day)
            file(change_id=change.pk, by=clerk, at=at_evening(day))
