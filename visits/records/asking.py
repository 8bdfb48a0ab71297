"""What a visit to this person is asked about: the facts that the form, its page and its checks share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Region
from accounts.roles import Role
from visits.core.options import options
from visits.records.assessment import (
    URGENT,
    Area,
    Form,
    Item,
    Window,
    all_good,
    coming,
    level_of,
    load,
    season,
    unchanged,
    unpack_told,
)
from visits.records.models import FormVersion, KnownState, Photo, Visit
from visits.records.open_rows import OpenRow, rows_of
from visits.records.selectors.known import known_of, sentence
from visits.records.selectors.visiting import is_minor, is_tekun, last_visit
from visits.records.services.common import may_go
from visits.records.services.visiting import values_of
from visits.roster.models import Dwelling, Membership, Person, Relative
from visits.roster.selectors.dwelling import dwelling_of
from visits.schedule.due import MET_SELF
from visits.schedule.models import DueItem
from visits.schedule.services import accepted_meetings
from visits.templatetags.xf import day as day_words

MINOR = "minor"
FIRST = "none"  # what an open page says instead of a uuid when there was no visit before


@dataclass(frozen=True)
class AskedRound:
    """A round in which the person has an open item (四(二)-4, -5): its block and its own questions. Days inclusive."""

    uuid: str
    name: str
    block: str
    questions: tuple[str, ...]
    say: str
    opens_on: date
    closes_on: date

    @property
    def field(self) -> str:
        """The name of its field on the page."""
        return f"round_{self.uuid.replace('-', '')}"


@dataclass(frozen=True)
class Known:
    """A lasting state as the page shows it (practice P15). `due`: its day to be looked at again has come. `newer`: it
    was noted after the last visit, whose answer it takes the place of."""

    code: str
    value: int
    say: str
    due: bool
    newer: bool = False


@dataclass(frozen=True)
class Asked:
    """`afternoon`: it is past noon where the page is open. `self_only`: only the person's own word counts.
    `correcting`: the record that this one takes the place of; `noted` what it had called lasting, item → who cares.
    `care`: who cares, as the file has it. `parents`: words and telephone of a minor's parents and guardians.
    `photos`: those of the record that this one takes the place of."""

    form: Form
    today: date
    afternoon: bool
    windows: tuple[Window, ...]
    last: Visit | None
    minor: bool
    tekun: bool
    self_only: bool
    institution: bool
    visitors: tuple[tuple[int, str], ...] = ()
    correcting: Visit | None = None
    rounds: tuple[AskedRound, ...] = ()
    open_rows: tuple[OpenRow, ...] = ()
    known: tuple[Known, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)
    care: str = ""
    dwelling: Dwelling | None = None
    parents: tuple[tuple[str, str], ...] = ()
    photos: tuple[Photo, ...] = ()

    @property
    def known_values(self) -> dict[str, int]:
        return {one.code: one.value for one in self.known}

    @property
    def last_values(self) -> dict[str, int]:
        return values_of(self.last) if self.last else {}

    @property
    def last_care(self) -> Mapping[str, bool] | None:
        return (self.last.extra or {}).get("self_care") if self.last else None

    @property
    def areas(self) -> tuple[Area, ...]:
        """The six, and the questions about a minor as a seventh."""
        if not self.minor:
            return self.form.areas
        return (*self.form.areas, Area(MINOR, "孩子的情况", "heart", self.form.minor))

    def season_on(self, day: date) -> str | None:
        return season(day, self.windows)

    def rounds_on(self, day: date) -> tuple[AskedRound, ...]:
        """The rounds that a visit of that day answers."""
        return tuple(one for one in self.rounds if one.opens_on <= day <= one.closes_on)

    def blocks_on(self, day: date) -> tuple[str, ...]:
        """The season blocks to ask on that day: the season's own, and those of rounds; each once."""
        found = [self.season_on(day), *(one.block for one in self.rounds_on(day))]
        return tuple(dict.fromkeys(code for code in found if code))

    def copied(self, area: Area, mode: str) -> dict[str, int]:
        """What “与上次一致” fills in; for the questions about a minor by the same rule. What is known stands where
        last time says nothing, or was before it."""
        known = self._known_in(area)
        newer = {one.code for one in self.known if one.newer}
        return known | self._copied(area, mode) | {code: known[code] for code in newer & set(known)}

    def _known_in(self, area: Area) -> dict[str, int]:
        """What is known of an area, but for what was urgent last time: that is looked at."""
        known = self.known_values
        return {
            item.code: known[item.code]
            for item in area.items
            if item.code in known
            and item.option(known[item.code]) is not None
            and level_of(self.last_values.get(item.code, 0)) != URGENT
        }

    def _copied(self, area: Area, mode: str) -> dict[str, int]:
        if self.last is None:
            return {}
        if area.code != MINOR:
            return unchanged(self.form, area.code, self.last_values, mode, unpack_told(self.last.told))
        return {
            item.code: value
            for item in area.items
            if "copyable" in item.flags
            and (value := self.last_values.get(item.code)) is not None
            and item.option(value) is not None
            and value % 10 != 3
        }

    def good(self, area: Area) -> dict[str, int]:
        """What “都好” fills in: never what must be looked at afresh; what is known stays as it is."""
        if area.code == MINOR:
            return {item.code: 0 for item in area.items if "safety" not in item.flags}
        return all_good(self.form, area.code) | self._known_in(area)

    def always(self, area: Area) -> tuple[Item, ...]:
        """Items that no button answers: safety, and what “与上次一致” may not copy into a home visit."""
        afresh = [item for item in area.items if "safety" in item.flags]
        if self.can_copy(area):
            copied = self.copied(area, "home")
            afresh += [item for item in area.items if "copyable" in item.flags and item.code not in copied]
        return tuple(afresh)

    def can_copy(self, area: Area) -> bool:
        """Whether there is anything from last time to be the same as."""
        return any("copyable" in item.flags for item in area.items) and bool(self._copied(area, "home"))


def asked_of(
    person: Person, user: Any, now: datetime, *, last: str = "", correcting: Visit | None = None
) -> Asked:
    """Read the facts. `last`: uuid of the visit that the open page shows as last time, or FIRST when it shows
    none, so that “与上次一致” means what its reader saw, even when somebody recorded a visit meanwhile; ""
    when no page is open yet."""
    local = timezone.localtime(now)
    today = local.date()
    before = None if last == FIRST else _shown(person, last)
    if before is None and last != FIRST:
        before = last_visit(
            person.pk, correcting.visited_on if correcting else today, correcting and correcting.uuid
        )
    village = Region.objects.get(pk=person.village_id)
    return Asked(
        form=load(FormVersion.live(today).definition),
        today=today,
        afternoon=local.hour >= 12,
        windows=windows_of(village, today),
        last=before,
        minor=is_minor(person, today),
        tekun=is_tekun(person, today),
        self_only=accepted_meetings(person.pk, today) == MET_SELF,
        institution=Membership.objects.live(today).filter(person=person, care="institution").exists(),
        visitors=visitors_of(person, user, today),
        correcting=correcting,
        rounds=_rounds(person, today, correcting),
        # A correction is no second look: what the record found itself is not asked about.
        open_rows=() if correcting else rows_of(person, user),
        known=_known(person, today, before, correcting),
        noted=_noted(correcting),
        care=person.care_arrangement,
        dwelling=dwelling_of(person),
        parents=_parents(person) if is_minor(person, today) else (),
        photos=tuple(correcting.photos.order_by("pk")) if correcting else (),
    )


def _known(person: Person, today: date, last: Visit | None, correcting: Visit | None) -> tuple[Known, ...]:
    """What is known; for a correction as it was before the record that it takes the place of."""
    rows = {row.code: row for row in known_of(person)}
    if correcting is not None:
        ended = ((correcting.extra or {}).get("care_failed") or {}).values()
        back = {row.code: row for row in KnownState.objects.filter(pk__in=ended)}
        rows = back | {code: row for code, row in rows.items() if row.visit_id != correcting.pk}
    return known_facts(rows.values(), today, last)


def known_facts(rows: Iterable[KnownState], today: date, last: Visit | None) -> tuple[Known, ...]:
    """Lasting states as a page shows them. `last`: the visit that it shows as last time."""
    return tuple(
        Known(
            code=row.code,
            value=row.value,
            say=sentence(row, today),
            due=row.review_on <= today,
            newer=last is not None and row.since > last.visited_on,
        )
        for row in rows
    )


def _noted(correcting: Visit | None) -> dict[str, str]:
    if correcting is None:
        return {}
    return dict(KnownState.objects.filter(visit=correcting).values_list("code", "care"))


def _parents(person: Person) -> tuple[tuple[str, str], ...]:
    """未成年人保护法 23: who is asked whether they keep in touch, with where they are and their telephone."""
    kinds = (Relative.Kind.PARENT, Relative.Kind.GUARDIAN)
    rows = Relative.objects.filter(person=person, voided_at=None, kind__in=kinds).order_by("kind", "pk")
    return tuple(
        (
            "，".join(filter(None, [f"{row.relation or row.get_kind_display()}{row.name}", row.place])),
            row.phone,
        )
        for row in rows
    )


# How far back a round is still asked about when a visit in its days is typed later (practice P3).
TYPED_LATER = timedelta(days=31)


def _rounds(person: Person, today: date, correcting: Visit | None) -> tuple[AskedRound, ...]:
    """Rounds that wait for this person, and those that the record to be corrected has answered."""
    answered = [one["round"] for one in ((correcting.extra or {}).get("rounds") or [])] if correcting else []
    items = DueItem.objects.filter(person=person, cause=DueItem.Cause.ROUND, opens_on__lte=today)
    waiting = Q(done_on=None, stored__in=["", DueItem.Stored.EXCUSED], closes_on__gte=today - TYPED_LATER)
    found = (
        items.filter(waiting | Q(round__uuid__in=answered)).select_related("round").order_by("due_on", "pk")
    )
    return tuple(
        AskedRound(
            uuid=str(item.round.uuid),
            name=item.round.name,
            block=item.round.block,
            questions=tuple(item.round.questions),
            say=item.round.say,
            opens_on=item.opens_on,
            closes_on=item.closes_on,
        )
        for item in found
        if item.round is not None
    )


def _shown(person: Person, last: str) -> Visit | None:
    try:
        uuid = UUID(last)
    except ValueError:
        return None
    return Visit.objects.of_files([person.pk]).filter(uuid=uuid).select_related("form_version").first()


def visitors_of(person: Person, user: Any, today: date) -> tuple[tuple[int, str], ...]:
    """Whom a township clerk may type for (practice P3)."""
    if Role.TOWNSHIP_CLERK not in user.duty.roles:
        return ()
    return tuple((one.pk, one.name) for one in may_go(person, today) if one.pk != user.pk)


def windows_of(unit: Region, today: date) -> tuple[Window, Window]:
    """The flood season and the winter of a unit, as they were decided there or above."""
    chosen = options(("flood_season", "winter"), unit, today)
    return _window("flood", chosen["flood_season"]), _window("winter", chosen["winter"])


BEGINS = {
    "flood": "汛期{day}开始，上门要看漏雨积水，说清谁来帮忙转移",
    "winter": "冬季{day}开始，上门要看屋里冷不冷、用什么取暖",
}


def season_soon(unit: Region, today: date) -> str:
    """A sentence when a season begins within seven days; else nothing."""
    found = coming(today, windows_of(unit, today))
    if found is None:
        return ""
    code, first = found
    return BEGINS[code].format(day=day_words(first))


def _window(code: Any, days: list[str]) -> Window:
    (starts, ends) = (tuple(int(part) for part in day.split("-")) for day in days)
    return Window(code, starts, ends)  # type: ignore[arg-type]
