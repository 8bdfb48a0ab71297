"""Who died, who is a double, whom cadres told of, and other offices' lists: the month of the demo's first township."""

import csv
import io
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from visits.management.demo.people import Maker
from visits.management.demo.roster import _work
from visits.management.demo.staff import Staff
from visits.roster import services
from visits.roster.models import Person
from visits.roster.services import Details, comparisons
from visits.roster.services.departures import family_of
from visits.roster.services.discoveries import link_discovery, refuse_discovery, tell_of

TOLD = (
    ("郑阿婆", "上洋，老供销社后面", "老人一个人住；眼睛不好，没见过儿女回来", 82, "old_alone"),
    ("林小军", "桥头，蓝铁门", "孩子没人带；父母都在外地，跟着邻居吃饭", 9, "left_behind"),
    ("黄依顺", "后溪，土墙屋", "得了大病；查出尿毒症，每周三次透析", 57, "sudden"),
)


class Month:
    """Plays the month; `people`: village id → its people, in the order of the lists."""

    def __init__(self, staff: Staff, people: dict[int, list[Person]], today: date) -> None:
        self.today = today
        self.village = staff.villages[0]
        self.clerk = staff.clerks[self.village.region.township_id]
        self.visitor = self.village.visitors[0]
        self.head = self.village.head
        own = [pk for pk in people if any(v.region.pk == pk for v in staff.villages[:4])]
        self.here = [Person.objects.get(pk=p.pk) for p in people[self.village.region.pk]]
        self.township = [Person.objects.get(pk=p.pk) for pk in own for p in people[pk]]

    def play(self) -> None:
        self._deaths()
        self._told()
        self._doubles()
        self._death_list()
        self._base_list()

    def _as(self, user: User) -> dict[str, Any]:
        duty_of(user, self.today)
        return {"by": user, "at": timezone.now()}

    def _deaths(self) -> None:
        """One told by the family whose household goes on, one of whom only the month is known, one mistake."""
        homes = [p for p in self.here if p.household_id and family_of(p)]
        self.dead = homes[0]
        spouse = {p.pk for p in family_of(self.dead)}
        rest = [p for p in self.here[::-1] if p.pk != self.dead.pk and p.pk not in spouse]
        last_month = self.today.replace(day=1) - timedelta(days=1)
        services.mark_left(
            person_id=self.dead.pk, status="dead", on=self.today - timedelta(days=3), reason="家属说的",
            confirmed=["seen"], **self._as(self.head),
        )  # fmt: skip
        services.mark_left(
            person_id=rest[0].pk, status="dead", on=last_month, approximate=True, reason="邻居说的；在县医院走的",
            confirmed=["seen"], **self._as(self.head),
        )  # fmt: skip
        services.mark_left(
            person_id=rest[1].pk, status="departed", on=last_month, reason="看到迁移手续；迁到厦门儿子家",
            **self._as(self.clerk),
        )  # fmt: skip
        services.mark_left(person_id=rest[2].pk, status="dead", on=self.today, **self._as(self.head))
        services.undo_left(person_id=rest[2].pk, **self._as(self.head))
        self.free = rest[3:]

    def _told(self) -> None:
        """Three who wait, one who was on file already, one answered."""
        village = self.village.region.pk
        made = [
            tell_of(
                key=uuid.uuid4(), name=name, village_id=village, where=where, why=why, age=age, group_id=group,
                **self._as(self.visitor),
            )[0]
            for name, where, why, age, group in TOLD
        ]  # fmt: skip
        known = self.free[0]
        linked, _ = tell_of(
            key=uuid.uuid4(), name=known.name, village_id=village, where="祠堂边", why="残疾没人照料",
            **self._as(self.visitor),
        )  # fmt: skip
        link_discovery(discovery_id=linked.pk, person_id=known.pk, **self._as(self.clerk))
        refused, _ = tell_of(
            key=uuid.uuid4(),
            name="叶依银",
            village_id=village,
            where="岭脚",
            why="没有收入",
            **self._as(self.visitor),
        )
        refuse_discovery(
            discovery_id=refused.pk, answer="户口和人都在梧桐镇，已转给他们，谢谢您", **self._as(self.clerk)
        )
        assert len(made) == len(TOLD)

    def _doubles(self) -> None:
        """Two pairs that wait, one that was merged already."""
        for number, original in enumerate(self.free[1:4]):
            copy = self._copy(original, phone=original.phone if number == 0 else "")
            if number == 2:
                services.merge(
                    kept_id=original.pk,
                    merged_id=copy.pk,
                    take=[],
                    reason="先用了临时编号",
                    **self._as(self.clerk),
                )

    def _copy(self, original: Person, *, phone: str) -> Person:
        details = Details(
            name=original.name,
            number=None,
            sex=original.sex,
            birth_date=original.birth_date,
            village_id=original.village_id,
            phone=phone,
            contact_phone="13900000000" if not phone else "",
            hamlet=original.hamlet,
        )
        return services.add_person(
            details=details, group_id="dibao", starts_on=self.today, basis="村里报的",
            confirmed=["alone", "no_phone"], **self._as(self.clerk),
        )  # fmt: skip

    def _bring(self, kind: str, heads: Iterable[str], rows: list[list[str]], **more: Any) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([list(heads), *rows])
        who = self._as(self.clerk)
        comparisons.start(
            kind=kind, content=text.getvalue().encode("utf-8-sig"), file_name=f"{self.today.month}月名单.csv",
            month=self.today.replace(day=1), township_id=self.village.region.township_id,
            group_id=more.get("group_id"), source=more["source"], **who,
        )  # fmt: skip
        _work()

    def _death_list(self) -> None:
        """Three of ours, one under another name; one registered with another day; a stranger; a broken number."""
        alive = self.free[4:7]
        day = self.today - timedelta(days=12)
        rows = [[p.name, str(p.id_number), f"{day:%Y-%m-%d}"] for p in alive]
        rows[2][0] = f"{rows[2][0][:-1]}英"
        rows.append([self.dead.name, str(self.dead.id_number), f"{self.today - timedelta(days=5):%Y-%m-%d}"])
        stranger = Maker(self.today, seed=71).village("350102", 1)[0]
        rows.append([stranger.name, stranger.id_number, f"{day:%Y-%m-%d}"])
        rows.append(["林某", str(alive[0].id_number)[:-1], f"{day:%Y-%m-%d}"])
        self._bring("deaths", ("姓名", "身份证号", "死亡日期"), rows, source="派出所户籍室")

    def _base_list(self) -> None:
        """特困 as the county has it: two of ours are not on it, three of theirs are not here."""
        members = [p for p in self.township if p.memberships.filter(group_id="tekun", ends_on=None).exists()]
        names = {self.village.region.pk: self.village.region.name}
        rows = [
            [p.name, str(p.id_number), names.get(p.village_id, ""), p.phone]
            for p in members[:-2]
            if Person.objects.get(pk=p.pk).status == "live"
        ]
        maker = Maker(self.today, seed=73)
        maker.serial = 700
        new = maker.village("350125", 3)
        rows += [[one.name, one.id_number, self.village.region.name, one.phone] for one in new[:2]]
        rows.append([new[2].name, new[2].id_number, "", ""])
        self._bring(
            "base", ("姓名", "身份证号", "村", "联系电话"), rows, source="县民政局低保中心", group_id="tekun"
        )
