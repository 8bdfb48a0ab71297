"""Checked rows into people, households and memberships: set by set, inside one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from accounts.models import Region
from visits.roster import reviewing
from visits.roster.imports.checking import Good
from visits.roster.imports.comparing import compare
from visits.roster.imports.judging import Judged
from visits.roster.membership import default_review
from visits.roster.models import Household, ImportRow, Membership, Person, RosterImport
from visits.roster.names import initials
from visits.roster.services.people import file_numbers
from xunfang.kit.crypto import blind_index

BATCH = 500
Key = tuple[int, str, str]


def load_rows(rows: Sequence[Judged], batch: RosterImport, today: date, at: datetime) -> None:
    """Write the new and the changed rows; `existing` of each must be fresh and locked."""
    wanted = [
        row.good for row in rows if row.good is not None and (row.existing is None or _household_asked(row))
    ]
    households = _households(wanted, batch)
    new = [row for row in rows if row.existing is None]
    added = _add_people(new, batch, households, at)
    memberships = [
        _membership(person.pk, place, batch)
        for person, row in zip(added, new, strict=True)
        for place in (row.good.places if row.good else ())
    ]
    memberships += _change_people([row for row in rows if row.existing is not None], batch, households, today)
    made = Membership.objects.bulk_create(memberships, batch_size=BATCH)
    reviewing.ask_about([row.pk for row in made], on=today, at=at)


def _household_asked(row: Judged) -> bool:
    good = row.good
    return good is not None and bool(good.head_name or good.certificate_no)


def _key(good: Good) -> Key | None:
    """By certificate when there is one, else by the head's name; within the village."""
    if good.certificate_no:
        return (good.village_id, good.certificate_no, "")
    return (good.village_id, "", good.head_name) if good.head_name else None


def _households(wanted: Sequence[Good], batch: RosterImport) -> dict[Key, int]:
    """The household of every key that the rows name: found, else made."""
    named = {key: good for good in wanted if (key := _key(good)) is not None}
    villages = {key[0] for key in named}
    here = Household.objects.filter(village_id__in=villages).order_by("pk")
    found: dict[Key, int] = {}
    heads: dict[Key, list[int]] = {}
    for pk, village, certificate, head in here.values_list("pk", "village_id", "certificate_no", "head_name"):
        if certificate:
            key = (village, certificate, "")
            found[key] = pk
            if key in named and named[key].head_name not in ("", head):
                Household.objects.filter(pk=pk).update(head_name=named[key].head_name)
        heads.setdefault((village, "", head), []).append(pk)
    # One household of that head: that is the one meant. Several: the list must name the certificate.
    found |= {key: pks[0] for key, pks in heads.items() if len(pks) == 1}
    missing = [key for key in named if key not in found]
    made = Household.objects.bulk_create(
        [
            Household(
                county_id=batch.county_id,
                township_id=batch.township_id,
                village_id=key[0],
                head_name=named[key].head_name,
                certificate_no=key[1],
            )
            for key in missing
        ],
        batch_size=BATCH,
    )
    return found | {key: row.pk for key, row in zip(missing, made, strict=True)}


def _add_people(
    rows: Sequence[Judged], batch: RosterImport, households: dict[Key, int], at: datetime
) -> list[Person]:
    if not rows:
        return []
    numbers = file_numbers(Region.objects.get(pk=batch.township_id), len(rows))
    people = []
    for row, file_no in zip(rows, numbers, strict=True):
        good = row.good
        assert good is not None
        key = _key(good)
        people.append(
            Person(
                file_no=file_no,
                initials=initials(good.name),
                id_number=good.number,
                id_index=blind_index(good.number, "person.id_number"),
                id_tail=good.number[-4:],
                tail_index=blind_index(good.number[-4:], "person.id_tail"),
                county_id=batch.county_id,
                township_id=batch.township_id,
                household_id=households[key] if key else None,
                created_by_id=batch.created_by_id,
                created_at=at,
                **_columns(good),
            )
        )
    return Person.objects.bulk_create(people, batch_size=BATCH)


def _columns(good: Good) -> dict[str, Any]:
    names = (
        "name", "sex", "birth_date", "village_id", "phone", "relation", "hamlet", "find_me", "residence",
        "contact_name", "contact_phone", "assignee_id",
    )  # fmt: skip
    return {**{name: getattr(good, name) for name in names}, "lives_alone": bool(good.lives_alone)}


def _membership(person_id: int, place: Any, batch: RosterImport) -> Membership:
    return Membership(
        person_id=person_id,
        group_id=place.code,
        starts_on=place.starts_on,
        area=place.area,
        care=place.care,
        basis=f"{batch.month.year}年{batch.month.month}月名单",
        source=batch,
        review_on=default_review(place.code, place.starts_on),
    )


def _change_people(
    rows: Sequence[Judged], batch: RosterImport, households: dict[Key, int], today: date
) -> list[Membership]:
    """Change the files that differ; returns the memberships to be added."""
    memberships: list[Membership] = []
    changed: list[Person] = []
    columns: set[str] = set()
    people = Person.objects.in_bulk([row.existing.id for row in rows if row.existing is not None])
    for row in rows:
        assert row.good is not None
        assert row.existing is not None
        difference = compare(row.good, row.existing, today)
        if not difference.any:
            continue
        person = people[row.existing.id]
        values = dict(difference.columns)
        if "name" in values:
            values["initials"] = initials(values["name"])
        key = _key(row.good)
        if difference.household and key is not None:
            values["household_id"] = households[key]
        for name, value in values.items():
            setattr(person, name, value)
        person.version += 1
        columns |= {name.removesuffix("_id") if name != "village_id" else name for name in values}
        changed.append(person)
        memberships += [_membership(person.pk, place, batch) for place in difference.places]
    if changed:
        Person.objects.bulk_update(changed, sorted({*columns, "version"}), batch_size=BATCH)
    return memberships


def fresh(row: Judged, stored: ImportRow) -> bool:
    """Whether the file is still as the preview showed it: nobody saved it, added it or took it away."""
    now = (row.existing.id, row.existing.version) if row.existing else (None, None)
    return row.verdict == stored.verdict and now == (stored.person_id, stored.person_version)
