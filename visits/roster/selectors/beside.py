"""Two files side by side, part by part, in words."""

from datetime import date
from typing import Any

from accounts.models import Region
from visits.roster.models import Person
from visits.roster.selectors.labels import groups_of
from visits.roster.services.merging import PARTS
from visits.templatetags.xf import day_year, tel


def part_words(person: Person, code: str, villages: dict[int, str]) -> str:
    """What a file says in this part; "" when it says nothing. An id number by its last four."""
    special: dict[str, Any] = {
        "id": lambda: f"{person.tail_words}，{person.get_sex_display()}，{day_year(person.birth_date)}生",
        "status": lambda: (
            person.get_status_display() + (f" {day_year(person.left_on)}" if person.left_on else "")
        ),
        "place": lambda: f"{villages.get(person.village_id, '')} {person.hamlet}".strip(),
        "contact": lambda: " ".join(
            filter(None, (person.contact_relation, person.contact_name, tel(person.contact_phone)))
        ),
        "household": lambda: _household(person),
        "lives_alone": lambda: "是" if person.lives_alone else "否",
        "assignee": lambda: person.assignee.name if person.assignee else "",
        "informed": lambda: f"{person.get_informed_how_display()} {_day(person.informed_on)}".strip(),
        "family_notice": lambda: person.get_family_notice_display() if person.family_notice else "",
        "residence": lambda: person.residence,
        "care": lambda: " ".join(filter(None, (person.care_arrangement, _day(person.care_review_on)))),
        "institution": lambda: " ".join(filter(None, (person.institution, person.institution_phone))),
    }
    if code in special:
        return special[code]()
    return tel(person.phone) if code == "phone" else str(getattr(person, PARTS[code][1][0]) or "")


def _day(on: date | None) -> str:
    return day_year(on) if on else ""


def _household(person: Person) -> str:
    if person.household is None:
        return ""
    words = (f"户主{person.household.head_name}", person.relation, person.household.certificate_no)
    return " ".join(filter(None, words))


def parts_beside(one: Person, other: Person) -> tuple[list[tuple[str, str, str, str]], list[tuple[str, str]]]:
    """The parts that differ as (code, label, one, other), and those that agree as (label, value)."""
    names = dict(Region.objects.filter(pk__in={one.village_id, other.village_id}).values_list("pk", "name"))
    differ, agree = [], []
    for code, (label, columns) in PARTS.items():
        ours, theirs = part_words(one, code, names), part_words(other, code, names)
        if all(getattr(one, column) == getattr(other, column) for column in columns if column != "initials"):
            if ours:
                agree.append((label, ours))
        else:
            differ.append((code, label, ours, theirs))
    return differ, agree


def facts(people: list[Person], on: date, user: Any) -> dict[int, dict[str, str]]:
    """Person id → what tells two people of one name apart (1-E E18)."""
    groups = groups_of([person.pk for person in people], on, user)
    names = dict(Region.objects.filter(pk__in={p.village_id for p in people}).values_list("pk", "name"))
    return {
        person.pk: {
            "born": f"{person.get_sex_display()}，{person.birth_date.year}年{person.birth_date.month}月生",
            "place": f"{names.get(person.village_id, '')} {person.hamlet}".strip(),
            "groups": "、".join(groups.get(person.pk, [])) or "没有在列的类别",
            "state": "" if person.status == Person.Status.LIVE else person.get_status_display(),
        }
        for person in people
    }
