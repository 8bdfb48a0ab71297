"""Files that show what a file holds: family and where they are, care, benefits, 残疾证, 近亲属备案, 告知, a class
that a village does not read, and questions that wait."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Post, Region, User
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.core import settings
from visits.core.idnumber import parse_disability
from visits.management.demo.staff import Staff
from visits.roster.membership import LIVING_ALONE
from visits.roster.models import Membership, Person
from visits.roster.services import add_membership, add_row, edit_section, open_reviews
from visits.schedule.due import MODES
from visits.schedule.services import add_group

BLANK: dict[str, Any] = {
    "relation": "", "birth_year": None, "phone": "", "where": "", "place": "", "disability_kind": None,
    "disability_grade": None, "document_no": "", "unable": False,
}  # fmt: skip


class Files:
    """Fills files of the first village as its clerk would."""

    def __init__(self, staff: Staff, people: dict[int, list[Person]], today: date) -> None:
        self.village = staff.villages[0]
        self.clerk = staff.clerks[self.village.region.township_id]
        self.people = [Person.objects.get(pk=one.pk) for one in people[self.village.region.pk]]
        self.staff, self.today, self.at = staff, today, timezone.now()
        duty_of(self.clerk, today)

    def of(self, group: str, number: int = 0) -> Person | None:
        """The n-th live person of the village in that class."""
        rows = Membership.objects.live(self.today).filter(group_id=group, person__in=self.people)
        rows = rows.filter(person__status=Person.Status.LIVE).order_by("person_id")
        row = rows[number : number + 1].first()
        return Person.objects.get(pk=row.person_id) if row else None

    def row(self, what: str, person: Person, /, **values: Any) -> None:
        if what == "relative":
            values = BLANK | values
        add_row(kind=what, person_id=person.pk, values=values, by=self.clerk, at=self.at)

    def section(self, person: Person, section: str, **values: Any) -> None:
        person.refresh_from_db()
        edit_section(
            person_id=person.pk,
            version=person.version,
            section=section,
            values=values,
            by=self.clerk,
            at=self.at,
        )

    def everybody(self) -> None:
        """Most were told, and some said what the family may hear."""
        for number, person in enumerate(self.people):
            if person.status != Person.Status.LIVE or number % 5 == 4:
                continue
            how = "guardian" if person.age(self.today) < 18 else ("in_person", "paper")[number % 2]
            self.section(
                person, "notice", informed_on=self.today - timedelta(days=120 + number), informed_how=how,
                family_notice=("yes", "", "no")[number % 3],
            )  # fmt: skip

    def alone(self) -> None:
        """An old woman whose children are away, with a neighbour to call and somebody who looks in."""
        person = self.of("old_childless") or self.of("old_alone") or self.people[0]
        self.row("relative", person, kind="child", name="林国华", relation="儿子", birth_year=self.today.year - 41,
                 phone="13800003301", where="away", place="广东深圳，开货车")  # fmt: skip
        self.row("relative", person, kind="child", name="林秀芳", relation="女儿", birth_year=self.today.year - 38,
                 phone="13800003302", where="away", place="厦门集美，在服装厂")  # fmt: skip
        self.row(
            "relative",
            person,
            kind="contact",
            name="陈水莲",
            relation="邻居",
            phone="13800003303",
            where="village",
        )
        self.section(
            person, "care", care_arrangement="侄女林秀云，已签照料协议，每天来两次",
            care_review_on=self.today + timedelta(days=20), institution="", institution_phone="", mind=person.mind,
        )  # fmt: skip
        self.row("benefit", person, kind="old", starts_on=date(self.today.year - 3, 1, 1), ends_on=None, amount=10000,
                 document_no="", note="")  # fmt: skip

    def disabled(self) -> None:
        """Somebody on 低保 with a certificate that runs out, and a benefit that ends."""
        person = self.of("dibao")
        if person is None:
            return
        number = parse_disability(f"{person.id_number}43", person.id_number)
        self.row(
            "certificate",
            person,
            number=number,
            kind=None,
            grade=None,
            valid_until=self.today + timedelta(days=18),
        )
        self.row("benefit", person, kind="dibao", starts_on=date(self.today.year - 1, 1, 1), ends_on=None, amount=73500,
                 document_no=f"永民〔{self.today.year - 1}〕12号", note="")  # fmt: skip
        self.row("benefit", person, kind="temporary", starts_on=self.today - timedelta(days=40),
                 ends_on=self.today + timedelta(days=25), amount=200000, document_no="", note="住院")  # fmt: skip
        self.row("near_relative", person, name=self.village.head.name, office=f"{self.village.region.name}村委会主任",
                 relation="堂侄", account=str(self.village.head.phone), filed_on=self.today - timedelta(days=200))  # fmt: skip

    def living_with_child(self) -> None:
        person = self.of("old_with_disabled_child")
        if person is not None:
            self.row("relative", person, kind="child", name="陈小勇", relation="儿子", birth_year=person.birth_date.year + 27,
                     where="here", disability_kind=5, disability_grade=1)  # fmt: skip

    def child(self) -> None:
        """A child left behind: both parents away, the grandmother looks after her."""
        person = self.of("left_behind") or self.of("minor_kin")
        if person is None:
            return
        for name, relation, phone, place in (
            ("张志强", "父亲", "13800003311", "福清，在工地"), ("李美香", "母亲", "13800003312", "浙江义乌"),
        ):  # fmt: skip
            self.row("relative", person, kind="parent", name=name, relation=relation, phone=phone, place=place,
                     where="city" if relation == "父亲" else "away", birth_year=self.today.year - 35)  # fmt: skip
        self.row("relative", person, kind="guardian", name="郑细妹", relation="奶奶", birth_year=self.today.year - 63,
                 phone="13800003313", where="here", document_no="委照〔2026〕8号")  # fmt: skip

    def hidden(self) -> None:
        """A class that was added by page, visited monthly, whose name a village does not read."""
        business = Post.objects.get(role=Role.CITY_BUSINESS).user
        duty_of(business, self.today)
        group = add_group(
            kind="month", modes=list(MODES), min_home=0, starts_on=self.today.replace(day=1),
            document_no="民发〔2022〕73号", by=business, at=self.at, name="严重精神障碍患者家庭", short="精神障碍家庭",
            clause="探访关爱二（二）", tier="general", words=["精神障碍", "精神障碍家庭"], visible_from="township",
        )  # fmt: skip
        person = self.of("dibao", 1) or self.people[1]
        add_membership(
            person_id=person.pk, group_id=group.pk, starts_on=self.today, basis="县卫健局名单", by=self.clerk, at=self.at,
            confirmed=sorted(LIVING_ALONE),
        )  # fmt: skip

    def decided(self) -> None:
        """The county has its own word about children, from the first of next month on (practice P27)."""
        county = Region.objects.get(pk=self.village.region.county_id)
        officer: User = self.staff.officers[county.pk]
        duty_of(officer, self.today)
        first = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
        settings.decide(
            region_id=county.pk, key="children_place", value="county", starts_on=first,
            document_no=f"永民〔{self.today.year}〕31号", by=officer, at=self.at,
        )  # fmt: skip


def make(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """All of it, then the questions of the night."""
    files = Files(staff, people, today)
    for step in (
        files.everybody, files.alone, files.disabled, files.living_with_child, files.child, files.hidden, files.decided,
    ):  # fmt: skip
        step()
    open_reviews(on=today, at=files.at)
