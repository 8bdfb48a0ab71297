"""What a file still lacks, as words that lead to the right page: no score, nobody is measured by it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from visits.roster.membership import LIVING_ALONE, OF_AGE
from visits.roster.models import Person, Relative


@dataclass(frozen=True)
class Gap:
    """One thing that is not there. `view`: the page where it is entered; `kind`: of a row of the family;
    `visitor`: whether whoever visits may enter it."""

    word: str
    view: str
    kind: str = ""
    visitor: bool = False


def gaps(person: Person, kinds: Collection[str], groups: Collection[str], today: date) -> list[Gap]:
    """What is missing, the most useful first. `kinds`: of the rows of the family that stand; `groups`: codes of
    the classes the person is in."""
    found = []
    if not person.phone:
        found.append(Gap("电话", "contact", visitor=True))
    if not person.contact_phone:
        found.append(Gap("联系人", "contact", visitor=True))
    elif Relative.Kind.CONTACT not in kinds:
        found.append(Gap("第二联系人", "relative_new", "contact", visitor=True))
    if not person.find_me:
        found.append(Gap("怎么找", "contact", visitor=True))
    if person.informed_on is None:
        found.append(Gap("告知", "file_notice"))
    if person.age(today) < OF_AGE:
        if Relative.Kind.GUARDIAN not in kinds:
            found.append(Gap("监护人", "relative_new", "guardian"))
        if Relative.Kind.PARENT not in kinds:
            found.append(Gap("父母在哪里", "relative_new", "parent"))
    elif LIVING_ALONE & set(groups) and Relative.Kind.CHILD not in kinds:
        found.append(Gap("子女在哪里", "relative_new", "child"))
    if (person.lives_alone or "tekun" in groups) and not person.care_arrangement:
        found.append(Gap("照料人", "file_care"))
    if person.family_notice == Person.FamilyNotice.UNASKED:
        found.append(Gap("家属要不要知道", "file_notice"))
    return found
