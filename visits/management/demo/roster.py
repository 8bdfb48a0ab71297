"""The people of the demo get their files: through the roster's services, by the township's own clerk."""

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from accounts.scoping import duty_of
from visits.core.idnumber import parse
from visits.management.demo.people import Invented, Maker
from visits.management.demo.staff import Staff, Village
from visits.roster.models import Person
from visits.roster.services.memberships import add_membership
from visits.roster.services.people import Details, add_person
from visits.schedule import services as schedule

# The list is older than this system: files that were opened today would owe nothing for the past.
FILED = timedelta(days=700)
# Two in a hundred are given to nobody yet, so that 未落实巡访人员 has something to show.
UNASSIGNED_EVERY = 41


def fill(staff: Staff, today: date) -> dict[int, list[Person]]:
    """Village id → its people."""
    maker = Maker(today)
    people: dict[int, list[Person]] = {}
    number = 0
    for village in staff.villages:
        clerk = staff.clerks[village.region.township_id]
        duty_of(clerk, today)
        county = village.region.code[:6]
        made = []
        for invented in maker.village(county, village.size, urban=village.urban):
            made.append(_file(invented, village, clerk, today))
        people[village.region.pk] = made
        by_visitor: dict[int, list[int]] = {}
        for person in made:
            number += 1
            if number % UNASSIGNED_EVERY:
                visitor = village.visitors[0 if person.hamlet in ("祠堂边", "上洋") else 1]
                by_visitor.setdefault(visitor.pk, []).append(person.pk)
        for visitor_id, ids in by_visitor.items():
            schedule.assign(person_ids=ids, to_id=visitor_id, by=clerk, at=timezone.now())
    Person.objects.update(created_at=datetime.now(UTC) - FILED)
    for group in people.values():
        for person in group:
            person.refresh_from_db()
    return people


def _file(invented: Invented, village: Village, clerk: object, today: date) -> Person:
    number = parse(invented.id_number, today)
    person = add_person(
        details=Details(
            name=invented.name,
            number=number,
            sex=invented.sex,
            birth_date=invented.birth,
            village_id=village.region.pk,
            phone=invented.phone,
            contact_name=invented.contact_name,
            contact_relation="亲戚",
            contact_phone=invented.contact_phone,
            hamlet="" if village.urban else invented.hamlet,
            find_me=invented.find_me,
            mind=invented.mind,
            head_name=invented.head,
            certificate_no=f"DB{today.year - 2}{invented.household:05d}" if invented.household else "",
            relation=invented.relation,
            lives_alone=invented.alone,
        ),
        group_id=invented.groups[0],
        starts_on=invented.since,
        area=invented.area,
        care=invented.care,
        basis="县级民政部门审核确认",
        by=clerk,  # type: ignore[arg-type]
        at=timezone.now(),
        confirmed=("alone", "no_phone"),
    )
    for group in invented.groups[1:]:
        add_membership(
            person_id=person.pk,
            group_id=group,
            starts_on=invented.since,
            area=invented.area,
            basis="县级民政部门审核确认",
            by=clerk,  # type: ignore[arg-type]
            at=timezone.now(),
        )
    return person
