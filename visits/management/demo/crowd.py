"""A whole city of invented people with years of visits, to see that pages stay quick: by COPY and by statements,
past the same constraints as everybody, and recounted at the end. Of the visits no row history is kept."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pgtrigger
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Max

from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.core.models import UnitSetting
from visits.core.start import KEY
from visits.management.demo.bare import analyze, bare
from visits.management.demo.people import FEMALE, MALE, SURNAMES, Invented, Maker, id_number
from visits.records.items import AREAS, ITEM_CODES
from visits.records.models import FormVersion, Fulfilment, Visit
from visits.records.services.fulfilling import catch_up, waiting
from visits.roster.models import Household, Membership, Person
from visits.roster.names import initials
from visits.roster.services.people import file_numbers
from visits.schedule import generation
from visits.schedule.models import DueItem, SelfCheck
from visits.schedule.periods import Kind, Period, period_of
from xunfang.kit import crypto
from xunfang.kit.copying import copy_in, take_ids
from xunfang.kit.garbage import no_collecting

Say = Callable[[str], None]
# Filled with many rows; and by which index the rows of a period are found meanwhile.
FILLED = (DueItem, Visit, Fulfilment, *(model.pgh_event_model for model in (Person, Membership)))
ASKED = (Person, Membership, Household)
KEPT = ("due_period",)
KINDS: tuple[Kind, ...] = ("quarter", "half")
# Most answers are the best one; one in fifteen is a little worse, one in a hundred needs handling. Items of which
# the worse answer is a change to report stay below it: reports are made by visits, not by a demo.
ANSWER = "CASE WHEN random() < 0.93 THEN 0 WHEN random() < 0.85 THEN 1 ELSE 2 END"
BEST = "CASE WHEN random() < 0.97 THEN 0 ELSE 1 END"
CHANGES = frozenset({*AREAS["family"], "illness"})
# One of so many joined, or left, in the years that are played.
JOINED, LEFT = 8, 25
# Share of the visits of a period that is over that were made, and of the running one by now.
REACHED, BY_NOW = 0.94, 0.55
_PERSON = (
    "id", "file_no", "name", "initials", "sex", "birth_date", "id_number", "id_index", "id_tail", "tail_index",
    "phone", "contact_name", "contact_phone", "hamlet", "find_me", "mind", "household_id", "relation", "lives_alone",
    "county_id", "township_id", "village_id", "assignee_id", "status", "left_on", "left_reason", "created_at",
    "on_roster_before",
)  # fmt: skip
_MEMBERSHIP = ("person_id", "group_id", "starts_on", "ends_on", "area", "care", "basis", "created_at")


class NotEqual(Exception):
    """The recount at the end found other numbers; nothing is kept."""


@dataclass
class Crowd:
    """Everything that is known while it is made. `until`: how many people there are to be in the end."""

    until: int
    years: int
    today: date
    say: Say
    maker: Maker = field(init=False)
    visitors: dict[int, int] = field(default_factory=dict)
    taken: set[bytes] = field(default_factory=set)
    begun: dict[int, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.maker = Maker(self.today, seed=350100)
        self.since = date(self.today.year - self.years + 1, 1, 1)
        self.made_at = datetime(self.since.year - 1, 12, 1, tzinfo=UTC)

    def make(self) -> int:
        """Returns how many people were added."""
        villages = list(
            Region.objects.live(self.today)
            .filter(level=4)
            .exclude(pk__in=Person.objects.order_by().values("village_id"))
            .order_by("county_id", "township_id", "position")
        )
        missing = self.until - Person.objects.count()
        if missing <= 0 or not villages:
            return 0
        self.taken = {
            bytes(row) for row in Person.objects.exclude(id_index=None).values_list("id_index", flat=True)
        }
        self._begin({village.township_id for village in villages if village.township_id})
        self._staff(villages)
        with connection.cursor() as cursor:
            # A quarter of the city is sorted and joined in memory, not in files.
            cursor.execute("SET LOCAL work_mem = '128MB'")
        with bare(FILLED, ASKED, KEPT, changed=[DueItem]):
            with no_collecting():
                self._people(villages, missing)
            self.say(f"{missing}人放进去了")
            for period in self._periods():
                self._play(period)
            analyze(*FILLED, *ASKED)  # whoever joins them now must know that they are no longer empty
            self._make_up()
            self._count_on()
        # What is asked more often in places, and the rounds that are running, take the new people in: open, not played.
        generation.bring_up_to_date(self.today)
        catch_up(None)  # who was visited in the days of a round is reached in it
        self._recount()
        # Everything is marked: the worker keeps the numbers of overviews ready within minutes, and until then they are
        # counted live (docs/adr/0027).
        self.say("概览的数字后台接着数，几分钟内打开就快")
        return missing

    # ── units and visitors ───────────────────────────────────────────────────────────────────────

    def _begin(self, townships: set[int]) -> None:
        found = UnitSetting.objects.filter(key=KEY, region__level=Level.TOWNSHIP)
        self.begun = {pk: date.fromisoformat(day) for pk, day in found.values_list("region_id", "value")}
        UnitSetting.objects.bulk_create(
            UnitSetting(region_id=pk, key=KEY, value=self.since.isoformat(), starts_on=self.since)
            for pk in sorted(townships - self.begun.keys())
        )

    def _staff(self, villages: list[Region]) -> None:
        """One visitor a village. Nobody can sign in as them: the demo's accounts stand in its own villages."""
        locked = make_password(None)
        dice = random.Random(1)
        users = [
            User(
                name=dice.choice(SURNAMES) + dice.choice(FEMALE + MALE),
                phone=f"1390{number:07d}",
                password=locked,
            )
            for number in range(len(villages))
        ]
        User.objects.bulk_create(users, batch_size=2000)
        Post.objects.bulk_create(
            [
                Post(user=user, region=village, role=Role.VISITOR, title="村干部", starts_on=self.since)
                for user, village in zip(users, villages, strict=True)
            ],
            batch_size=2000,
        )
        self.visitors = {village.pk: user.pk for user, village in zip(users, villages, strict=True)}

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def _people(self, villages: list[Region], missing: int) -> None:
        dice = random.Random(2)
        weights = [dice.uniform(0.5, 1.5) for _ in villages]
        total, given, put = sum(weights), 0.0, 0
        for county_id in sorted({cast(int, village.county_id) for village in villages}):
            county = Region.objects.get(pk=county_id)
            people: list[tuple[Region, Invented]] = []
            for village, weight in zip(villages, weights, strict=True):
                if village.county_id != county_id:
                    continue
                given += weight
                size = round(missing * given / total) - put
                put += size
                code = (village.code or county.code or "350121")[:6]
                people += [(village, one) for one in self.maker.village(code, size)]
            self._write(county, people, dice)

    def _write(self, county: Region, people: list[tuple[Region, Invented]], dice: random.Random) -> None:
        numbers = self._file_numbers(county, len(people))
        ids = take_ids(Person, len(people))
        homes = self._households(people)
        copy_in(Person, _PERSON, self._person_lines(people, ids, numbers, homes, dice))
        lefts = dict(Person.objects.filter(pk__in=ids, left_on__isnull=False).values_list("pk", "left_on"))
        copy_in(Membership, _MEMBERSHIP, self._membership_lines(people, ids, lefts, dice))

    def _file_numbers(self, county: Region, count: int) -> list[str]:
        village = Region.objects.filter(county_id=county.pk, level=4).first()
        return file_numbers(village, count) if village else []

    def _households(self, people: list[tuple[Region, Invented]]) -> dict[int, int]:
        heads = {
            one.household: (village, one)
            for village, one in people
            if one.household and one.relation == "户主"
        }
        ids = dict(zip(heads, take_ids(Household, len(heads)), strict=True))
        copy_in(
            Household,
            ("id", "county_id", "township_id", "village_id", "head_name", "certificate_no"),
            (
                (ids[key], village.county_id, village.township_id, village.pk, one.name, f"YS{key:07d}")
                for key, (village, one) in heads.items()
            ),
        )
        return ids

    def _number(self, one: Invented) -> str:
        """Their number, or the next that nobody has."""
        number, serial = one.id_number, int(one.id_number[14:17])
        for step in range(1, 500):
            index = crypto.blind_index(number, "person.id_number")
            if index not in self.taken:
                self.taken.add(index)
                return number
            number = id_number(number[:6], one.birth, one.sex, (serial // 2 + step) % 499 + 1)
        raise NotEqual("no number is left for a birthday")

    def _person_lines(
        self, people: list[tuple[Region, Invented]], ids: list[int], numbers: list[str], homes: dict[int, int],
        dice: random.Random,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        span = (self.today - self.since).days
        for pk, file_no, (village, one) in zip(ids, numbers, people, strict=True):
            number = self._number(one)
            tail = number[-4:]
            left = self.since + timedelta(days=dice.randrange(span)) if dice.randrange(LEFT) == 0 else None
            yield (
                pk, file_no, one.name, initials(one.name), one.sex, one.birth,
                crypto.encrypt(number.encode(), "person.id_number"), crypto.blind_index(number, "person.id_number"),
                crypto.encrypt(tail.encode(), "person.id_tail"), crypto.blind_index(tail, "person.id_tail"),
                one.phone, one.contact_name, one.contact_phone, one.hamlet, one.find_me, one.mind,
                homes.get(one.household or 0), one.relation, one.alone, village.county_id, village.township_id,
                village.pk, self.visitors[village.pk] if dice.random() > 0.01 else None,
                "dead" if left else "live", left, "演示" if left else "", self.made_at, self.since,
            )  # fmt: skip

    def _membership_lines(
        self,
        people: list[tuple[Region, Invented]],
        ids: list[int],
        lefts: dict[int, date],
        dice: random.Random,
    ) -> Iterator[tuple[Any, ...]]:
        span = (self.today - self.since).days
        for pk, (_, one) in zip(ids, people, strict=True):
            late = self.since + timedelta(days=dice.randrange(span))
            start = late if dice.randrange(JOINED) == 0 else self.since - timedelta(days=200)
            left = lefts.get(pk)
            start = min(start, left) if left else start
            for group in one.groups:
                area, care = (
                    (one.area, "") if group == "dibao" else ("", one.care if group == "tekun" else "")
                )
                yield (pk, group, start, left, area, care, "演示", self.made_at)

    # ── what was owed and done ───────────────────────────────────────────────────────────────────

    def _periods(self) -> Iterator[Period]:
        for kind in KINDS:
            period = period_of(kind, self.since)
            while period.start <= self.today:
                yield period
                period = period.next()

    def _play(self, period: Period) -> None:
        """Write what was owed, then who was visited: one visit for each item that was done."""
        last = DueItem.objects.order_by().aggregate(pk=Max("pk"))["pk"] or 0
        generation.write(period, generation.rules())
        over = period.end < self.today
        columns = ", ".join(ITEM_CODES)
        answers = ", ".join(f"{BEST if code in CHANGES else ANSWER} AS {code}" for code in ITEM_CODES)
        with connection.cursor() as cursor:
            # Nothing is owed from before a township began: the demo's own had nobody to visit then.
            later = [pk for pk, day in self.begun.items() if day > period.end]
            cursor.execute(BEFORE, [last, later])
            cursor.execute("DROP TABLE IF EXISTS crowd_plan")
            cursor.execute(
                PLAN, {"kind": period.kind, "start": period.start, "end": period.end, "today": self.today,
                       "share": REACHED if over else BY_NOW, "first": f"1390{0:07d}", "last": f"1390{9999999:07d}"},
            )  # fmt: skip
            cursor.execute("ANALYZE crowd_plan")
            with pgtrigger.ignore("visits_records.Visit:insert_insert"):
                form = FormVersion.live(self.today).pk
                cursor.execute(VISITS.format(columns=columns, answers=answers, form=form))
            cursor.execute(DONE)
            cursor.execute(FULFILLED)
            cursor.execute("DROP TABLE crowd_plan")

    def _make_up(self) -> None:
        """A visit does all that is owed in whose window it lies, and makes up what was missed before it, as
        `schedule.fulfil` has it."""
        with connection.cursor() as cursor:
            cursor.execute(DONE_TOO)
            cursor.execute(MADE_UP)

    def _count_on(self) -> None:
        """The next record of a village goes on where these end."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO kit_counter (name, value)"
                " SELECT 'visit:' || village_id, max(record_no) FROM visits_records_visit GROUP BY village_id"
                " ON CONFLICT (name) DO UPDATE SET value = greatest(kit_counter.value, excluded.value)"
            )

    def _recount(self) -> None:
        """Nothing is owed that is not written, and each item that is done was done by one visit."""
        if made := generation.bring_up_to_date(self.today):
            raise NotEqual(f"{made} items were missing")
        done = DueItem.objects.filter(done_on__isnull=False, done_via="").count()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM visits_records_fulfilment f"
                " JOIN visits_schedule_dueitem d ON d.id = f.due_item_id"
                " JOIN visits_records_visit v ON v.id = f.visit_id AND v.visited_on = d.done_on"
                " WHERE d.done_on IS NOT NULL AND d.done_via = ''"
            )
            by_visit = cursor.fetchone()[0]
        if done != by_visit:
            raise NotEqual(f"{done} items are done, {by_visit} by a visit")
        if late := waiting(None):
            raise NotEqual(f"{len(late)} people were visited and are owed the same visit still")
        # The last check of a night knew none of these people.
        SelfCheck.objects.all().delete()
        self.say(f"数过一遍：{DueItem.objects.count()}次应访，{Visit.objects.count()}份巡访记录，都对得上")


# Which items of the period are done, on which day, how: only of the visitors made above.
PLAN = """
CREATE TEMP TABLE crowd_plan AS
SELECT q.*, nextval(pg_get_serial_sequence('visits_records_visit', 'id')) AS visit_id,
       row_number() OVER (PARTITION BY village_id ORDER BY day, item_id)
         + coalesce((SELECT max(v.record_no) FROM visits_records_visit v WHERE v.village_id = q.village_id), 0) AS no
  FROM (SELECT d.id AS item_id, d.person_id, d.county_id, d.township_id, d.village_id, d.assignee_id,
               d.opens_on + floor(random() * (least(d.due_on, %(today)s::date) - d.opens_on + 1))::int AS day,
               CASE WHEN random() < 0.7 THEN 'home' ELSE 'phone' END AS mode
          FROM visits_schedule_dueitem d
          JOIN visits_schedule_frequencyrule r ON r.id = d.rule_id AND r.kind = %(kind)s
          JOIN accounts_user u ON u.id = d.assignee_id AND u.phone BETWEEN %(first)s AND %(last)s
         WHERE d.period_start = %(start)s AND d.period_end = %(end)s AND d.stored = '' AND d.done_on IS NULL AND d.opens_on <= %(today)s
           AND random() < %(share)s) q
"""
VISITS = """
INSERT INTO visits_records_visit (id, uuid, person_id, county_id, township_id, village_id, record_no, visited_on,
       part_of_day, mode, met, visitor_id, recorder_id, companions, form_version_id, told, phrases, remark,
       private_note, max_level, reportable, report_wanted, rise, returned, version, key, body_digest, submitted_at,
       void_reason, {columns})
SELECT p.visit_id, gen_random_uuid(), p.person_id, p.county_id, p.township_id, p.village_id, p.no, p.day,
       'am', p.mode, 'self', p.assignee_id, p.assignee_id, '', {form}, 0, '[]', '', '', greatest({columns}), false, false, false, false,
       1, gen_random_uuid(), sha256(p.visit_id::text::bytea), p.day + time '10:00', '', {columns}
  FROM (SELECT plan.*, {answers} FROM crowd_plan plan) p
"""
BEFORE = "DELETE FROM visits_schedule_dueitem WHERE id > %s AND township_id = ANY(%s)"
# By the first key of the plan, so that the periods before are not read again.
DONE = """
UPDATE visits_schedule_dueitem d SET done_on = p.day, done_mode = p.mode, done_met = 'self'
  FROM crowd_plan p WHERE p.item_id = d.id AND d.id >= (SELECT min(item_id) FROM crowd_plan)
"""
DONE_TOO = """
WITH found AS (
  SELECT DISTINCT ON (m.id) m.id, v.id AS visit_id, v.visited_on, v.mode
    FROM visits_schedule_dueitem m JOIN visits_schedule_frequencyrule r ON r.id = m.rule_id AND r.min_home = 0
    JOIN visits_records_visit v ON v.person_id = m.person_id AND v.visited_on BETWEEN m.opens_on AND m.closes_on
     AND v.mode = ANY(r.modes) AND v.voided_at IS NULL AND v.met = 'self'
   WHERE m.done_on IS NULL AND m.stored = '' ORDER BY m.id, v.visited_on, v.id
), done AS (
  UPDATE visits_schedule_dueitem d SET done_on = f.visited_on, done_mode = f.mode, done_met = 'self'
    FROM found f WHERE f.id = d.id
)
INSERT INTO visits_records_fulfilment (visit_id, due_item_id) SELECT visit_id, id FROM found
"""
MADE_UP = """
UPDATE visits_schedule_dueitem d SET made_up_on = f.day
  FROM (SELECT m.id, min(v.visited_on) AS day
          FROM visits_schedule_dueitem m JOIN visits_records_visit v ON v.person_id = m.person_id AND v.visited_on > m.closes_on
         WHERE m.done_on IS NULL AND m.stored = '' AND m.cause = 'rule' AND v.voided_at IS NULL AND v.met = 'self'
         GROUP BY m.id) f
 WHERE f.id = d.id AND d.made_up_on IS NULL
"""
FULFILLED = (
    "INSERT INTO visits_records_fulfilment (visit_id, due_item_id) SELECT visit_id, item_id FROM crowd_plan"
)
