"""Who is not at home in the demo, and whom another township visits: all through the services."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Region, User
from accounts.scoping import duty_of
from visits.management.demo.history import at_evening
from visits.management.demo.replies import letters_came
from visits.management.demo.staff import Staff
from visits.records.models import Attempt
from visits.records.selectors.unreached import unreached
from visits.records.services import attempt, excuse
from visits.records.services.common import CannotVisit
from visits.roster.models import Absence, Person, Transition
from visits.roster.services import absences, entrusting, transferring
from visits.roster.units import full_name
from visits.schedule.models import DueItem


class Elsewhere:
    """Plays the first township's people who are away, after everything else of the demo."""

    def __init__(self, staff: Staff, people: dict[int, list[Person]], today: date) -> None:
        self.today, self.staff = today, staff
        first = staff.villages[0].region
        self.here, self.there = first.township_id, list(staff.clerks)[1]
        self.clerk, self.other = staff.clerks[self.here], staff.clerks[self.there]
        owed = DueItem.objects.filter(person__township_id=self.here).to_do(today).values("person_id")
        busy = Transition.objects.open().values("person_id")
        mine = Person.objects.on_roster().filter(pk__in=owed, assignee__isnull=False).exclude(pk__in=busy)
        by_village = [mine.filter(village_id=pk).order_by("-pk")[:12] for pk in people]
        self.free = [person for rows in by_village for person in rows if not person.absences.exists()]

    def _as(self, user: User) -> dict[str, Any]:
        duty_of(user, self.today)
        return {"by": user, "at": timezone.now()}

    def play(self) -> None:
        self._settle_old_tries()
        self._absences()
        self._in_vain()
        self._in_danger()
        self._transitions()

    def _settle_old_tries(self) -> None:
        """What was tried in earlier weeks was found out since: only today's are looked for today."""
        for user in {self.clerk, *self.staff.clerks.values()}:
            duty_of(user, self.today)
            for one in unreached(user, timezone.now()):
                person = one.person
                by = person.assignee or user
                duty_of(by, self.today)
                self._try(
                    person,
                    by,
                    self.today - timedelta(days=1),
                    "away",
                    mode="phone",
                    note="电话里说在女儿家，平安",
                )

    def _try(self, person: Person, by: User, day: date, outcome: str, **more: Any) -> Attempt:
        duty_of(by, day)
        at: datetime = min(at_evening(day), timezone.now())
        body = {"tried_on": day, "part_of_day": "am", "mode": "home", "outcome": outcome, "note": ""} | more
        made, _ = attempt(person_id=person.pk, by=by, at=at, key=uuid.uuid4(), body=body)
        duty_of(by, self.today)
        return made

    def _take(self) -> Person:
        return self.free.pop(0)

    def _absences(self) -> None:
        day = self.today
        for place, back in (
            ("永泰县医院3楼", day + timedelta(days=5)),
            ("协和医院心内科", day - timedelta(days=1)),
        ):
            person = self._take()
            if person.assignee is not None and not absences.open_of(person):
                self._try(
                    person, person.assignee, day - timedelta(days=6), "hospital", place=place, phone="0591-24850120",
                    back_on=back,
                )  # fmt: skip
        home = self._take()
        row = absences.note_absence(
            person_id=home.pk,
            kind="hospital",
            starts_on=day - timedelta(days=15),
            place="永泰县中医院",
            **self._as(self.clerk),
        )
        absences.end_absence(absence_id=row.pk, on=day - timedelta(days=2), **self._as(self.clerk))
        absences.note_absence(
            person_id=self._take().pk, kind="away", starts_on=day - timedelta(days=20), place="福州儿子家",
            back_on=day + timedelta(days=60), **self._as(self.clerk),
        )  # fmt: skip
        for kind, paper, review in (
            ("prison", "（2026）闽0125刑初88号", day + timedelta(days=150)),
            ("missing", "接警单〔2026〕1103号", day),
        ):
            person = self._take()
            absences.note_absence(
                person_id=person.pk, kind=kind, starts_on=day - timedelta(days=30), document_no=paper,
                review_on=day + timedelta(days=1), **self._as(self.clerk),
            )  # fmt: skip
            Absence.objects.filter(person=person, ends_on=None).update(review_on=review)
        told = self._take()
        if told.assignee is not None:
            self._try(told, told.assignee, day - timedelta(days=1), "prison", note="邻居说上个月被带走了")

    def _in_vain(self) -> None:
        """One for whom enough was tried, one for whom a try is missing."""
        grown = [p for p in self.free if 20 < p.age(self.today) < 75]
        for count, person in zip((3, 2), grown, strict=False):
            self.free.remove(person)
            if person.assignee is None:
                continue
            for back in range(count, 0, -1):
                self._try(
                    person, person.assignee, self.today - timedelta(days=back), "not_home", note="门锁着"
                )
            if count == 3:
                try:
                    excuse(person_id=person.pk, **self._as(person.assignee))
                except CannotVisit:
                    continue  # in the first days of a period there was no time to try

    def _in_danger(self) -> None:
        """Somebody of 80 or more, alone, whom this morning's visit did not find."""
        old = date(self.today.year - 82, 1, 1)
        person = next((one for one in self.free if one.birth_date < old), None)
        if person is None or person.assignee is None:
            return
        Person.objects.filter(pk=person.pk).update(lives_alone=True)
        self._try(person, person.assignee, self.today, "not_home", note="门锁着，邻居说昨天起没见到")

    def _transitions(self) -> None:
        there, here = Region.objects.get(pk=self.there), Region.objects.get(pk=self.here)
        until = self.today + timedelta(days=300)
        visitors = {pk: next(v for v in self.staff.villages if v.region.township_id == pk) for pk in (self.here, self.there)}  # fmt: skip
        common = {"to_outside": "", "phone": "13900000000", "reason": "随儿子长住，户口还在", "ends_on": until, "asks": "每季度上门一次"}  # fmt: skip
        for accepted in (True, False):
            row = entrusting.entrust(
                person_id=self._take().pk, to_township_id=self.there, address=f"{full_name(there)}新街12号",
                **common, **self._as(self.clerk),
            )  # fmt: skip
            if accepted:
                entrusting.accept(
                    transition_id=row.pk,
                    visitor_id=visitors[self.there].visitors[0].pk,
                    **self._as(self.other),
                )
        others = (
            Person.objects.on_roster().filter(township_id=self.there, assignee__isnull=False).order_by("-pk")
        )
        for n, person in enumerate(others[:2]):
            row = entrusting.entrust(
                person_id=person.pk, to_township_id=self.here, address=f"{full_name(here)}桥头3号",
                **common, **self._as(self.other),
            )  # fmt: skip
            if n == 0:
                entrusting.accept(
                    transition_id=row.pk,
                    visitor_id=visitors[self.here].visitors[0].pk,
                    **self._as(self.clerk),
                )
        transferring.transfer(
            person_id=self._take().pk, to_township_id=self.there, to_outside="", address=f"{full_name(there)}新村",
            phone="13900000001", reason="户口已迁过去", **self._as(self.clerk),
        )  # fmt: skip
        for place, answered in (("厦门市湖里区江头街道", False), ("泉州市鲤城区海滨街道", True)):
            row = entrusting.entrust(
                person_id=self._take().pk, to_township_id=None, address=f"{place[6:]}新街1号",
                **(common | {"to_outside": place}), **self._as(self.clerk),
            )  # fmt: skip
            if answered:
                letters_came(row, **self._as(self.clerk))
