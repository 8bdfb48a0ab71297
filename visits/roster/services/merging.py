"""并档: two files of one person become one, and two again when that was wrong (四(一)-7, decisions 26).

What a file holds moves to the one that is kept; of a field that is taken over, the two files exchange their
values, so that the merged file holds what the kept one had and an undo only exchanges them back. Visits stay
where they were signed: pages read a file together with those merged into it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.models import (
    Absence,
    Benefit,
    Departure,
    DisabilityCertificate,
    Discovery,
    DistinctPair,
    Dwelling,
    Grant,
    Membership,
    Merge,
    MissingRow,
    NearRelative,
    Person,
    Relative,
    Review,
    Transition,
)
from visits.roster.services import keeping
from visits.roster.services.common import (
    FOLLOWS,
    CannotChange,
    after_merge,
    after_unmerge,
    clerk_townships,
    lock_own,
    tell,
)
from visits.roster.services.people import CONTACT_FIELDS, asked_at
from visits.roster.services.sharing import PERMISSION

ONE_DAY = timedelta(days=1)
CUT = "并档，接着算"

# What can be chosen, field by field: code → (label, columns that go together).
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("姓名", ("name", "initials")),
    "id": (
        "证件号、性别、生日",
        ("id_number", "id_index", "id_tail", "tail_index", "temporary_no", "sex", "birth_date"),
    ),
    "status": ("在不在册", ("status", "left_on", "left_approximate", "left_reason")),
    "place": ("村、自然村", ("county_id", "township_id", "village_id", "hamlet")),
    "find_me": ("怎么找", ("find_me",)),
    "phone": ("电话", ("phone",)),
    "contact": ("联系不上时找谁", ("contact_name", "contact_relation", "contact_phone")),
    "residence": ("现在住哪里", ("residence", "residence_region_id")),
    "registered_address": ("户籍地址", ("registered_address",)),
    "mind": ("上门要留心", ("mind",)),
    "household": ("家庭", ("household_id", "relation")),
    "lives_alone": ("独居", ("lives_alone",)),
    "care": ("谁在照料", ("care_arrangement", "care_review_on")),
    "institution": ("住在哪个机构", ("institution", "institution_phone")),
    "informed": ("告知", ("informed_on", "informed_how")),
    "family_notice": ("家属告知", ("family_notice",)),
    "assignee": ("巡访人", ("assignee_id",)),
}


def _of(model: Any) -> Any:
    return lambda ids: model._default_manager.filter(person_id__in=ids)


# practice P4: the stamp follows from the classes, so it is not chosen; an undo gives each file its own.
STAMP = keeping.Keeper(
    "roster.person", Person, ("on_roster_before",), lambda ids: Person.objects.filter(pk__in=ids)
)
OWN = tuple(
    keeping.Keeper(f"roster.{model.__name__.lower()}", model, fields, _of(model))
    for model, fields in (
        (Membership, ("person_id", "ends_on", "end_reason")),
        (Relative, ("person_id",)),
        (NearRelative, ("person_id",)),
        (Benefit, ("person_id",)),
        (DisabilityCertificate, ("person_id",)),
        (Review, ("person_id",)),
        (Discovery, ("person_id",)),
        (MissingRow, ("person_id",)),
        (Departure, ("person_id",)),
        (Absence, ("person_id",)),
        (Dwelling, ("person_id",)),
    )
)


def _keepers() -> list[keeping.Keeper]:
    return [STAMP, *OWN, *keeping.keepers]


@transaction.atomic
def merge(
    *, kept_id: int, merged_id: int, take: Collection[str], reason: str, by: User, at: datetime
) -> Merge:
    """Put the file `merged_id` into `kept_id`; `take`: the `PARTS` in which the merged one is right. Both file
    numbers lead to the kept file from now on. Raises `CannotChange`."""
    kept, merged = _lock_pair(kept_id, merged_id, by)
    if not reason.strip():
        raise CannotChange("请写明怎么知道是同一个人", "reason")
    if unknown := set(take) - set(PARTS):
        raise CannotChange(f"没有这一项：{'、'.join(sorted(unknown))}")
    ids, among = [kept.pk, merged.pk], _keepers()
    before = keeping.remember(ids, among)
    swapped = [code for code in PARTS if code in take]
    units = _exchange(kept, merged, swapped)
    grants = _move_grants(kept, merged)
    _move_rows(kept, merged, departure="status" in swapped)
    stamps = [day for day in (kept.on_roster_before, merged.on_roster_before) if day is not None]
    Person.objects.filter(pk=kept.pk).update(on_roster_before=min(stamps, default=None))
    Person.objects.filter(pk=merged.pk).update(merged_into=kept)
    on = by.duty.on  # type: ignore[attr-defined]
    for follow in after_merge:
        follow(kept.pk, merged.pk, on)
    tell([kept.pk])
    done = Merge.objects.create(
        kept=kept,
        merged=merged,
        reason=reason.strip(),
        made={
            "swapped": swapped,
            "units": units,
            "grants": grants,
            "rows": keeping.difference(before, ids, among),
        },
        merged_at=at,
        merged_by=by,
    )
    _record("files_merged", kept, merged, by, at)
    return done


def _lock_pair(kept_id: int, merged_id: int, by: User) -> tuple[Person, Person]:
    """Both files, locked in the order of their ids; refuses what can't be merged."""
    if kept_id == merged_id:
        raise CannotChange("选的是同一份档案，请选两份")
    # SECURITY: of a file of another place only the office to ask is named.
    for person in Person.objects.filter(pk__in=(kept_id, merged_id)).order_by("pk"):
        refuse_abroad(person, by)
    rows = {pk: lock_own(pk, by) for pk in sorted((kept_id, merged_id))}
    kept, merged = rows[kept_id], rows[merged_id]
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise CannotChange("其中一份刚才已经并过了，请刷新后再看")
    if Person.objects.filter(merged_into=merged).exists():
        raise CannotChange(f"档案{merged.file_no}里已经并进过别的档案。请保留这一份，或者先撤销那一次并档")
    if Transition.objects.open().filter(person__in=(kept, merged)).count() > 1:
        raise CannotChange("两份档案都有一次委托或移交在办，请先办完或收回一次，再并档")
    if Person.Status.VOIDED in (kept.status, merged.status):
        raise CannotChange("作废的档案不用并，留着就行")
    return kept, merged


def refuse_abroad(person: Person, by: User) -> None:
    """Raises `CannotChange` with whom to ask when the file is kept elsewhere: the other side must know."""
    townships = clerk_townships(by)
    if person.township_id not in townships:
        raise CannotChange(f"另一份档案不在您这里，请先和{asked_at(person, townships)}核对好，由县里定归哪边")


def pair_of(*, one: str, other: str, by: User) -> tuple[Person, Person]:
    """Two files by their numbers. Raises `CannotChange` at the field of a number that names no file, or one of
    another place."""
    found = []
    for field, number in (("one", one), ("other", other)):
        person = Person.objects.filter(file_no__iexact=number.strip()).select_related("merged_into").first()
        if person is None:
            raise CannotChange("没有这个档案号，请核对", field)
        person = person.merged_into or person
        try:
            refuse_abroad(person, by)
        except CannotChange as error:
            raise CannotChange(str(error), field) from error
        found.append(person)
    if found[0].pk == found[1].pk:
        raise CannotChange("这两个档案号是同一份档案", "other")
    return found[0], found[1]


def _exchange(kept: Person, merged: Person, codes: Collection[str]) -> dict[str, dict[str, list[Any]]]:
    """Exchange the values of these parts between the two rows; the merged file then stands where the kept one
    does. Returns what that did to the unit columns of each: column → [was, now]."""
    was = {"kept": _units(kept), "merged": _units(merged)}
    _swap(kept, merged, codes)
    _carry_entrustment(kept, merged, was)
    for name in FOLLOWS:
        setattr(merged, name, getattr(kept, name))
    _save_both(kept, merged)
    now = {"kept": _units(kept), "merged": _units(merged)}
    return {
        side: {name: [was[side][name], now[side][name]] for name in FOLLOWS if was[side] != now[side]}
        for side in was
    }


def _carry_entrustment(kept: Person, merged: Person, was: dict[str, dict[str, int | None]]) -> None:
    """Whoever visits the merged file for us visits the kept one; afterwards it goes back to who visited that."""
    running = Transition.objects.filter(person=merged, state=Transition.State.ACCEPTED)
    if was["merged"]["entrusted_to_id"] is None or not running.exists():
        return
    if kept.assignee_id != was["merged"]["assignee_id"]:
        running.update(assignee_before=kept.assignee_id)
    kept.entrusted_to_id = was["merged"]["entrusted_to_id"]
    kept.assignee_id = was["merged"]["assignee_id"]


def _units(person: Person) -> dict[str, int | None]:
    return {name: getattr(person, name) for name in FOLLOWS}


def _swap(kept: Person, merged: Person, codes: Collection[str]) -> None:
    columns = [name for code in codes for name in PARTS[code][1]]
    for name in columns:
        one, other = getattr(kept, name), getattr(merged, name)
        setattr(kept, name, other)
        setattr(merged, name, one)
    # A correction by hand goes with the value that was corrected.
    contact = [name for name in CONTACT_FIELDS if name in columns]
    ours = [n for n in CONTACT_FIELDS if n in (merged if n in contact else kept).corrected]
    theirs = [n for n in CONTACT_FIELDS if n in (kept if n in contact else merged).corrected]
    kept.corrected, merged.corrected = ours, theirs


def _save_both(kept: Person, merged: Person) -> None:
    """An id can stand on one row only: the merged file lets go of its own first."""
    Person.objects.filter(pk=merged.pk).update(
        id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no=f"并档{merged.pk}"
    )
    for person in (kept, merged):
        person.version += 1
        person.save()


def _move_rows(kept: Person, merged: Person, *, departure: bool) -> None:
    """What hangs on the merged file hangs on the kept one, with its dates."""
    _move_memberships(kept, merged)
    for model in (Relative, NearRelative, Benefit, Discovery):
        model._default_manager.filter(person=merged).update(person=kept)
    certificates = DisabilityCertificate.objects.filter(person=merged)
    if DisabilityCertificate.objects.filter(person=kept, voided_at=None).exists():
        certificates = certificates.exclude(voided_at=None)
    certificates.update(person=kept)
    absences = Absence.objects.filter(person=merged)
    if Absence.objects.filter(person=kept, ends_on=None, voided_at=None).exists():
        absences = absences.exclude(ends_on=None, voided_at=None)
    absences.update(person=kept)
    if not Dwelling.objects.filter(person=kept).exists():
        Dwelling.objects.filter(person=merged).update(person=kept)
    Transition.objects.filter(person=merged).update(person=kept)
    asked = set(Review.objects.filter(person=kept).values_list("kind", "ref"))
    for review in Review.objects.waiting().filter(person=merged):
        if (review.kind, review.ref) not in asked:
            Review.objects.filter(pk=review.pk).update(person=kept)
    if departure:
        noted = list(Departure.objects.filter(person__in=(kept, merged), undone_at=None))
        if len(noted) == 1:
            other = kept if noted[0].person_id == merged.pk else merged
            Departure.objects.filter(pk=noted[0].pk).update(person=other)


def _move_memberships(kept: Person, merged: Person) -> None:
    """In two files open in the same group since different days: the earlier one ends where the later begins.
    One that lies wholly within the kept file's stays where it is."""
    open_ = dict(
        Membership.objects.filter(person=kept, ends_on=None, voided_at=None).values_list(
            "group_id", "starts_on"
        )
    )
    moved = []
    for row in Membership.objects.filter(person=merged).order_by("pk"):
        end, starts_on = row.ends_on, open_.get(row.group_id)
        if row.voided_at is None and end is None and starts_on is not None:
            if row.starts_on >= starts_on:
                continue
            row.ends_on, row.end_reason = starts_on - ONE_DAY, CUT
        row.person = kept
        row.save(update_fields=["person", "ends_on", "end_reason"])
        moved.append(row.pk)
    MissingRow.objects.filter(membership__in=moved, person=merged).update(person=kept)


def _move_grants(kept: Person, merged: Person) -> list[int]:
    """协办 goes along, with the permission that mirrors it. Returns the ids of those that moved."""
    have = set(Grant.objects.filter(person=kept, ended_at=None).values_list("to_id", flat=True))
    moved = []
    for grant in Grant.objects.filter(person=merged, ended_at=None).exclude(to_id__in=have):
        _hand(grant, merged, kept)
        moved.append(grant.pk)
    return moved


def _hand(grant: Grant, source: Person, target: Person) -> None:
    Grant.objects.filter(pk=grant.pk).update(person=target)
    remove_perm(PERMISSION, grant.to, source)
    assign_perm(PERMISSION, grant.to, target)


@transaction.atomic
def unmerge(*, merge_id: int, by: User, at: datetime) -> Merge:
    """It was wrong: two files again, each with its own. Raises `CannotChange`."""
    found = Merge.objects.filter(pk=merge_id).first()
    if found is None:
        raise CannotChange("没有这次并档，请刷新后再看")
    rows = {pk: lock_own(pk, by) for pk in sorted((found.kept_id, found.merged_id))}
    kept, merged = rows[found.kept_id], rows[found.merged_id]
    done = Merge.objects.select_for_update(of=("self",), no_key=True).get(pk=merge_id)
    if done.undone_at is not None:
        raise CannotChange("这次并档已经撤销了，请刷新后再看")
    later = Merge.objects.filter(kept=kept, undone_at=None, pk__gt=done.pk)
    if later.exists():
        raise CannotChange("后来又并进过别的档案，请从最后一次开始，一次一次撤销")
    keeping.put_back(done.made["rows"], _keepers())
    for person in (kept, merged):
        person.refresh_from_db(fields=["on_roster_before"])
    _exchange_back(kept, merged, done.made)
    Person.objects.filter(pk=merged.pk).update(merged_into=None)
    for grant in Grant.objects.filter(pk__in=done.made["grants"], person=kept, ended_at=None):
        _hand(grant, kept, merged)
    for follow in after_unmerge:
        follow(kept.pk, merged.pk, by.duty.on)  # type: ignore[attr-defined]
    done.undone_at, done.undone_by = at, by
    done.save(update_fields=["undone_at", "undone_by"])
    tell([kept.pk, merged.pk])
    _record("files_unmerged", kept, merged, by, at)
    return done


def _exchange_back(kept: Person, merged: Person, made: dict[str, Any]) -> None:
    now = {"kept": _units(kept), "merged": _units(merged)}
    _swap(kept, merged, made["swapped"])
    for side, person in (("kept", kept), ("merged", merged)):
        moved = made["units"][side]
        untouched = all(now[side][name] == became for name, (_, became) in moved.items())
        for name in FOLLOWS:
            setattr(person, name, moved[name][0] if moved and untouched else now[side][name])
    _save_both(kept, merged)


@transaction.atomic
def keep_apart(*, one_id: int, other_id: int, by: User, at: datetime) -> DistinctPair:
    """不是同一个人: these two are not asked about again. Raises `CannotChange`."""
    if one_id == other_id:
        raise CannotChange("选的是同一份档案，请选两份")
    first, second = sorted((one_id, other_id))
    lock_own(first, by)
    lock_own(second, by)
    pair, made = DistinctPair.objects.get_or_create(
        one_id=first, other_id=second, defaults={"said_by": by, "said_at": at}
    )
    if made:
        _record("files_kept_apart", pair.one, pair.other, by, at)
    return pair


def _record(action: str, kept: Person, merged: Person, by: User, at: datetime) -> None:
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=kept, other=str(merged.uuid))
