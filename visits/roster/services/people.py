"""A file is opened and kept: one person, one file (四(一)-7)."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import VILLAGE, Role
from visits.core.idnumber import IdNumber
from visits.roster import reviewing
from visits.roster.membership import Circumstances
from visits.roster.models import Household, Person
from visits.roster.names import county_short, initials
from visits.roster.services.circumstances import under_one_roof
from visits.roster.services.common import (
    AlreadyOnFile,
    CannotChange,
    Conflict,
    NeedsConfirmation,
    clerk_townships,
    lock_own,
    lock_visible,
    tell,
)
from visits.roster.services.memberships import Into, put_into_group, weigh
from xunfang.kit import numbering
from xunfang.kit.crypto import blind_index

# What visitors know better than any list: theirs to correct, and a list never overwrites a correction (P6).
CONTACT_FIELDS = (
    "phone", "contact_name", "contact_relation", "contact_phone", "residence", "hamlet", "find_me",
)  # fmt: skip
VISITOR_FIELDS = (
    "phone", "hamlet", "find_me", "mind", "contact_name", "contact_relation", "contact_phone",
)  # fmt: skip


@dataclass(frozen=True)
class Details:
    """What a file's form holds. `number` None: no id yet (a temporary number is given), or, for a file
    that has one, unchanged."""

    name: str
    number: IdNumber | None
    sex: str
    birth_date: date
    village_id: int
    phone: str = ""
    contact_name: str = ""
    contact_relation: str = ""
    contact_phone: str = ""
    residence: str = ""
    hamlet: str = ""
    find_me: str = ""
    mind: str = ""
    head_name: str = ""
    certificate_no: str = ""
    relation: str = ""
    lives_alone: bool = False


# The columns that are copied from the form as they are.
PLAIN = tuple(
    f.name
    for f in fields(Details)
    if f.name not in ("number", "village_id", "head_name", "certificate_no", "name")
)


def add_person(
    *,
    details: Details,
    group_id: str,
    starts_on: date,
    by: User,
    at: datetime,
    confirmed: Collection[str] = (),
    **membership: Any,
) -> Person:
    """Open a file with its first group (`membership`: the rest of `memberships.Into`). Raises
    `AlreadyOnFile`, `NeedsConfirmation` or `CannotChange`."""
    village = _village(details.village_id, by)
    into = Into(group_id=group_id, starts_on=starts_on, **membership)
    if details.number is not None:
        refuse_second_file(details.number, by)
    try:
        with transaction.atomic():
            household = household_of(village, details.head_name, details.certificate_no)
            facts, unusual = weigh(into, _life(details, household), village, by.duty.on)  # type: ignore[attr-defined]
            accepted = _confirm(details, household, None, confirmed, unusual)
            person = Person(
                file_no=file_numbers(village, 1)[0],
                household=household,
                created_by=by,
                created_at=at,
                **{name: getattr(details, name) for name in PLAIN},
            )
            _place(person, village)
            _name(person, details.name)
            _number(person, details, village)
            person.save()
            made = put_into_group(person, into, facts)
            reviewing.ask_about([made.pk], on=by.duty.on, at=at)  # type: ignore[attr-defined]
            _record("person_added", person, by, at, group=group_id, accepted=sorted(accepted))
            tell([person.pk])
    except IntegrityError:
        # Two clerks at once: the database refused the second number.
        if details.number is None:
            raise
        refuse_second_file(details.number, by)
        raise
    return person


@transaction.atomic
def edit_person(
    *,
    person_id: int,
    version: int,
    details: Details,
    by: User,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Person:
    """Save the clerk's form. Raises `Conflict` when somebody saved since `version`, and all that
    `add_person` raises."""
    village = _village(details.village_id, by)
    person = lock_own(person_id, by)
    if person.version != version:
        raise Conflict(person)
    if details.number is not None and details.number.number != person.id_number:
        refuse_second_file(details.number, by)
    before = values_of(person)
    household = household_of(village, details.head_name, details.certificate_no, person.household)
    accepted = _confirm(details, household, person, confirmed)
    for name in PLAIN:
        setattr(person, name, getattr(details, name))
    person.household = household
    _place(person, village)
    _name(person, details.name)
    if details.number is not None or person.id_number is None:
        _number(person, details, village)
    changed = _save(person, before)
    if changed:
        _record("person_edited", person, by, at, fields=changed, accepted=sorted(accepted))
        tell([person.pk])
    return person


@transaction.atomic
def edit_contact(*, person_id: int, version: int, values: dict[str, str], by: User, at: datetime) -> Person:
    """Save what a visitor found on the spot; only `VISITOR_FIELDS`. Raises `Conflict`, `CannotChange`."""
    person = lock_visible(person_id, by)
    if person.version != version:
        raise Conflict(person)
    before = values_of(person)
    for name in VISITOR_FIELDS:
        setattr(person, name, values[name])
    changed = _save(person, before)
    if changed:
        _record("person_contact_corrected", person, by, at, fields=changed)
        # Nothing that is owed or followed up hangs on a telephone: only where somebody lives is told.
        if "hamlet" in changed:
            tell([person.pk])
    return person


def values_of(person: Person) -> dict[str, Any]:
    """The editable values of a file, for comparing."""
    return {
        **{name: getattr(person, name) for name in PLAIN},
        "name": person.name,
        "id_tail": person.id_tail,
        "id_index": bytes(person.id_index) if person.id_index is not None else None,
        "village_id": person.village_id,
        "household_id": person.household_id,
        "head_name": person.household.head_name if person.household else "",
        "certificate_no": person.household.certificate_no if person.household else "",
    }


def _save(person: Person, before: dict[str, Any]) -> list[str]:
    """Save what differs, with the next version and the marks of what was corrected by hand. Returns the
    names of what changed (nothing is written when nothing did)."""
    now = values_of(person)
    changed = [name for name in now if now[name] != before[name]]
    if changed:
        marks = {*person.corrected, *(name for name in changed if name in CONTACT_FIELDS)}
        person.corrected = [name for name in CONTACT_FIELDS if name in marks]
        person.version += 1
        person.save()
    return changed


def refuse_second_file(number: IdNumber, by: User) -> None:
    """一人一档. Raises `AlreadyOnFile` with the file when the user may open it; else says only whom to ask."""
    index = blind_index(number.number, "person.id_number")
    held = Person.objects.filter(id_index=index).select_related("merged_into").first()
    if held is None:
        return
    person = held.merged_into or held
    if Person.objects.visible_to(by).filter(pk=person.pk).exists():
        raise AlreadyOnFile(person)
    raise CannotChange(kept_elsewhere(person, clerk_townships(by)), "id_number")


def kept_elsewhere(person: Person, townships: Collection[int]) -> str:
    """Whom to ask about a file of another place.

    # SECURITY: within the county its township; beyond it only the county. Never the person's name."""
    return f"这个身份证号的档案在别处，请联系{asked_at(person, townships)}核对，不用再建"


def asked_at(person: Person, townships: Collection[int]) -> str:
    """The office that keeps a file of another place, with its telephone when it is known.

    # SECURITY: within the county its township; beyond it only the county."""
    units = Region.objects.in_bulk([person.township_id, person.county_id, *townships])
    own_counties = {units[pk].county_id for pk in townships if pk in units}
    unit = units.get(person.township_id if person.county_id in own_counties else person.county_id)
    name = unit.name if unit else "别处"
    office = f"{name}民政办" if unit and unit.level == Level.TOWNSHIP else f"{name}民政局"
    phone = f"（{unit.duty_phone}）" if unit and unit.duty_phone else ""
    return f"{office}{phone}"


def household_of(
    village: Region, head_name: str, certificate_no: str, current: Household | None = None
) -> Household | None:
    """The household of that certificate in the village, or of that head when there is exactly one; made
    when there is none. `current`: the one the person is in, which stays when it can be meant. None when
    neither head nor certificate is given."""
    if not head_name and not certificate_no:
        return None
    here = Household.objects.filter(village_id=village.pk)
    found = None
    if certificate_no:
        found = here.filter(certificate_no=certificate_no).first()
    if found is None and current is not None and current.village_id == village.pk:
        meant = head_name in ("", current.head_name) and current.certificate_no in ("", certificate_no)
        found = current if meant else None
    if found is None and not certificate_no:
        same = list(here.filter(head_name=head_name).order_by("pk")[:2])
        found = same[0] if len(same) == 1 else None
    if found is None:
        values = {"county_id": village.county_id, "township_id": village.township_id, "head_name": head_name}
        if not certificate_no:
            return Household.objects.create(village_id=village.pk, **values)
        # The database decides between two clerks who bring the same family at once.
        return Household.objects.get_or_create(
            village_id=village.pk, certificate_no=certificate_no, defaults=values
        )[0]
    head, number = head_name or found.head_name, certificate_no or found.certificate_no
    if (found.head_name, found.certificate_no) != (head, number):
        found.head_name, found.certificate_no = head, number
        found.save(update_fields=["head_name", "certificate_no"])
    return found


def file_numbers(village: Region, count: int) -> list[str]:
    """New file numbers of the village's county, such as 永泰-000482: nothing personal, never changed."""
    county = Region.objects.get(pk=village.county_id)
    short = county_short(county.name)
    return [f"{short}-{number:06d}" for number in numbering.take(f"file_no:{county.pk}", count)]


def warnings_for(details: Details, household: Household | None, person: Person | None) -> dict[str, str]:
    """What is unusual about these values: code → sentence (二 “Bad input”, 4.3)."""
    found = {}
    if details.lives_alone:
        besides = person.pk if person else None
        names = under_one_roof(details.village_id, household, details.residence, besides)
        if names:
            found["alone"] = f"写的是独居，可同一处还有{'、'.join(names)}在册，请核对"
    if not details.phone and not details.contact_phone:
        found["no_phone"] = "本人和联系人都没有电话，有事联系不上，请核对"
    return found


def _confirm(
    details: Details,
    household: Household | None,
    person: Person | None,
    confirmed: Collection[str],
    unusual: dict[str, str] | None = None,
) -> set[str]:
    """The codes that were ticked, those of the group (`unusual`) included; raises `NeedsConfirmation` for
    the others."""
    warnings = (unusual or {}) | warnings_for(details, household, person)
    if open_ := {code: text for code, text in warnings.items() if code not in confirmed}:
        raise NeedsConfirmation(open_)
    return set(warnings)


def _life(details: Details, household: Household | None) -> Circumstances:
    """What a new file says; its family can't be entered before there is a file."""
    return Circumstances(
        birth=details.birth_date,
        lives_alone=details.lives_alone,
        others=under_one_roof(details.village_id, household, details.residence),
        kin=None,
    )


def _village(village_id: int, by: User) -> Region:
    village = (
        Region.objects.live(by.duty.on)  # type: ignore[attr-defined]
        .filter(pk=village_id, level=Level.VILLAGE, township_id__in=clerk_townships(by))
        .first()
    )
    if village is None:
        raise CannotChange("这个村不归您这里管，请从名单里选", "village")
    return village


def _place(person: Person, village: Region) -> None:
    person.county_id = village.county_id
    person.township_id = village.township_id
    person.village_id = village.pk


def _name(person: Person, name: str) -> None:
    person.name = name
    person.initials = initials(name)


def _number(person: Person, details: Details, village: Region) -> None:
    """The id with its indexes; or a temporary number until there is one (1-E E17)."""
    if details.number is None:
        if person.temporary_no is None:
            county = Region.objects.get(pk=village.county_id)
            given = numbering.take_one(f"temporary_no:{county.pk}")
            person.temporary_no = f"{county_short(county.name)}临-{given:04d}"
        return
    number = details.number.number
    person.temporary_no = None
    person.id_number = number
    person.id_index = blind_index(number, "person.id_number")
    person.id_tail = number[-4:]
    person.tail_index = blind_index(number[-4:], "person.id_tail")
    person.sex = details.number.sex
    person.birth_date = details.number.birth_date


def _record(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    role = by.duty.role_for(person, {Role.TOWNSHIP_CLERK, *VILLAGE})  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, **detail)
