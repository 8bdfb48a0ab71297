"""What a list is held against, read from the database in a few queries whatever its length."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Post, Region
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS
from visits.roster.imports import missing
from visits.roster.imports.checking import Context
from visits.roster.imports.comparing import COLUMNS, Existing
from visits.roster.imports.matching import GroupWord, VillageIndex, group_words
from visits.roster.membership import Kin
from visits.roster.models import CareGroup, Membership, Person, RosterImport, VillageAlias
from visits.roster.services.circumstances import families_of, group_facts, settings_of

CHUNK = 1000
Kinds = dict[str, tuple[str, str]]
_STATUS = dict(Person.Status.choices)
# Plain rows: a model's instance for each takes several times as long.
_READ = (
    "pk", "version", "township_id", "status", "household_id", "corrected", "household__head_name",
    "household__certificate_no", *COLUMNS,
)  # fmt: skip


def context_of(batch: RosterImport, today: date) -> Context:
    """Villages, groups and visitors of the list's township."""
    township = Region.objects.select_related("parent").get(pk=batch.township_id)
    villages = Region.objects.live(today).filter(level=Level.VILLAGE, township_id=township.pk)
    county = township.parent.name if township.parent else ""
    posts = Post.objects.live(today).filter(
        role__in=WRITES_VISITS, user__is_active=True, user__phone__isnull=False,
        region__township_id=township.pk,
    )  # fmt: skip
    units: dict[str, tuple[int, set[int]]] = {}
    for phone, user_id, region_id in posts.values_list("user__phone", "user_id", "region_id"):
        units.setdefault(phone, (user_id, set()))[1].add(region_id)
    aliases = dict(
        VillageAlias.objects.filter(township_id=township.pk).values_list("text", "village_id").order_by("pk")
    )
    aliases |= {text: pk for text, pk in batch.layout.get("villages", {}).items() if pk}
    groups = CareGroup.objects.filter(active=True).values_list("code", "name", "short", "words")
    return Context(
        today=today,
        # Who was not on an earlier month's full list can't have begun before this month.
        default_start=max(batch.default_start, batch.month)
        if batch.group_id and missing.followed(batch)
        else batch.default_start,
        group=batch.group_id or "",
        area=batch.area,
        full=batch.coverage == RosterImport.Coverage.FULL,
        newer=missing.newer_months(batch),
        township_id=township.pk,
        township=township.name,
        villages=VillageIndex.of(
            villages.values_list("pk", "name", "source_name"), (county, township.name), aliases
        ),
        words=group_words((code, (name, short, *words)) for code, name, short, words in groups),
        groups=group_facts(township, today),
        visitors={phone: (user, frozenset(ids)) for phone, (user, ids) in units.items()},
        children_place=settings_of(township, today)["children_place"],
    )


@dataclass(frozen=True)
class Words:
    """What a list's own words are held against when nothing of it is loaded: villages and classes."""

    villages: VillageIndex
    words: Mapping[str, GroupWord]


def words_of(township_id: int, today: date) -> Words:
    """The villages of a township, with the spellings that were asked once, and the words for classes."""
    township = Region.objects.select_related("parent").get(pk=township_id)
    villages = Region.objects.live(today).filter(level=Level.VILLAGE, township_id=township.pk)
    county = township.parent.name if township.parent else ""
    aliases = VillageAlias.objects.filter(township_id=township.pk).values_list("text", "village_id")
    groups = CareGroup.objects.values_list("code", "name", "short", "words")
    return Words(
        VillageIndex.of(
            villages.values_list("pk", "name", "source_name"),
            (county, township.name),
            dict(aliases.order_by("pk")),
        ),
        group_words((code, (name, short, *words)) for code, name, short, words in groups),
    )


def files_of(indexes: Sequence[bytes], *, lock: bool = False) -> dict[bytes, Existing]:
    """Blind index → the file we have, wherever it lies; a merged file's successor stands for it."""
    found: dict[bytes, Existing] = {}
    for at in range(0, len(indexes), CHUNK):
        found.update(_chunk(indexes[at : at + CHUNK], lock))
    return found


def holders_of(indexes: Sequence[bytes], township_id: int) -> dict[bytes, int]:
    """Blind index → person of the township with that id number, a merged file's successor included."""
    found: dict[bytes, int] = {}
    for at in range(0, len(indexes), CHUNK):
        rows = Person.objects.filter(id_index__in=indexes[at : at + CHUNK], township_id=township_id)
        for index, pk, merged in rows.values_list("id_index", "pk", "merged_into_id"):
            found[bytes(index)] = merged or pk
    return found


def _chunk(indexes: Sequence[bytes], lock: bool) -> dict[bytes, Existing]:
    held = dict(Person.objects.filter(id_index__in=indexes).values_list("id_index", "pk"))
    merged = dict(
        Person.objects.filter(pk__in=held.values(), merged_into__isnull=False).values_list(
            "pk", "merged_into_id"
        )
    )
    final = {bytes(index): merged.get(pk, pk) for index, pk in held.items()}
    if not final:
        return {}
    rows = Person.objects.filter(pk__in=final.values()).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    people = {row[0]: row for row in rows.values_list(*_READ)}
    spans, kinds = _spans(people)
    kin = families_of(people)
    return {
        index: _existing(people[pk], spans.get(pk, {}), kinds.get(pk, {}), kin.get(pk, ()))
        for index, pk in final.items()
        if pk in people
    }


def _spans(ids: Iterable[int]) -> tuple[dict[int, dict[str, date | None]], dict[int, Kinds]]:
    """Person → group → end of the latest membership, and 城乡 and 供养方式 of the open one."""
    spans: dict[int, dict[str, date | None]] = {}
    kinds: dict[int, Kinds] = {}
    rows = Membership.objects.filter(person_id__in=list(ids), voided_at=None).order_by("starts_on")
    for person_id, group, end, area, care in rows.values_list(
        "person_id", "group_id", "ends_on", "area", "care"
    ):
        own = spans.setdefault(person_id, {})
        if group not in own or end is None or (own[group] is not None and end > own[group]):  # type: ignore[operator]
            own[group] = end
        if end is None:
            kinds.setdefault(person_id, {})[group] = (area, care)
    return spans, kinds


def _existing(
    row: tuple[Any, ...], spans: dict[str, date | None], kinds: Kinds, kin: tuple[Kin, ...]
) -> Existing:
    pk, version, township_id, status, household_id, corrected, head, certificate, *values = row
    return Existing(
        id=pk,
        version=version,
        township_id=township_id,
        status=status,
        status_word=_STATUS[status],
        values={
            **dict(zip(COLUMNS, values, strict=True)),
            "head_name": head or "",
            "certificate_no": certificate or "",
        },
        household_id=household_id,
        corrected=frozenset(corrected),
        spans=spans,
        kinds=kinds,
        kin=kin,
    )
