"""线下已访: visits that were made outside the system are registered, and taken back (practice P4, P19).

They are real visits in which somebody was met, so they do what a record would do on the due list, as far as the
rule allows their mode; they carry no items and nobody signs them here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.core.start import go_live
from visits.records.models import OfflineVisit, Visit
from visits.records.services import fulfilling
from visits.roster.models import Person
from visits.schedule.due import MET, MODES
from visits.templatetags.xf import dayshort

Kind = OfflineVisit.Kind
OLDEST = timedelta(days=366)
NO_START = "还没有定启用日期。先定哪天启用，再登记那天以前的巡访。"


class CannotRegister(Exception):
    """Nothing was registered; the text says why. `refused`: the entries at fault."""

    def __init__(self, text: str, refused: "Sequence[Refused]" = ()) -> None:
        super().__init__(text)
        self.refused = tuple(refused)


@dataclass(frozen=True)
class Entry:
    """One visit to be registered. `visitor_name` stands by itself when nobody of that name has an account."""

    person_id: int
    visited_on: date
    mode: str
    met: str
    visitor_name: str
    visitor_id: int | None = None
    change_note: str = ""
    paper_place: str = ""


@dataclass(frozen=True)
class Refused:
    """An entry that can't be, and how to mend it."""

    entry: Entry
    reason: str
    remedy: str


@dataclass
class Outcome:
    """`counted`: people for whom it did something on the due list. `again`: entries that were there already."""

    made: list[OfflineVisit] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    counted: int = 0
    again: int = 0


# Higher rooms append in their AppConfig.ready(): called inside the transaction, for each entry made or voided.
after_register: list[Callable[[OfflineVisit, User, datetime], None]] = []
after_void: list[Callable[[OfflineVisit, User, datetime], None]] = []


@transaction.atomic
def register(
    *,
    township_id: int,
    kind: str,
    entries: Sequence[Entry],
    by: User,
    at: datetime,
    programme: str = "",
    partly: bool = False,
) -> Outcome:
    """Register visits of a township's people. What is there already is left as it is, so a second press or a
    second bringing adds nothing. With `partly` wrong entries are left out and named; else they stop the whole.

    Raises CannotRegister."""
    if township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotRegister("这个乡镇（街道）的线下巡访不归您登记。")
    if (kind == Kind.OTHER_PROGRAMME) != bool(programme.strip()):
        raise CannotRegister("请写明是哪个系统要求的走访。")
    # Against a new 启用日期 in the same moment (`starting.lock_township`).
    Region.objects.select_for_update(of=("self",), no_key=True).get(pk=township_id, level=Level.TOWNSHIP)
    today = timezone.localtime(at).date()
    starts = go_live(township_id, today) if kind == Kind.BEFORE_START else None
    if kind == Kind.BEFORE_START and starts is None:
        raise CannotRegister(NO_START)
    outcome = Outcome()
    good = _sort(township_id, kind, programme.strip(), entries, _Days(today, starts), outcome)
    if outcome.refused and not partly:
        raise CannotRegister("有几行要改一下，还没有登记。", outcome.refused)
    for entry, person in good:
        _make(entry, person, kind, programme.strip(), by, at, outcome)
    if outcome.made:
        audit.record(
            "offline_recorded", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, object_type="region",
            object_id=township_id, kind=kind, people=len({row.person_id for row in outcome.made}),
            rows=len(outcome.made), counted=outcome.counted, changed=sum(row.changed for row in outcome.made),
        )  # fmt: skip
    return outcome


@dataclass(frozen=True)
class _Days:
    """`starts`: entries must lie before that day (None: on any day until today)."""

    today: date
    starts: date | None


def _sort(
    township_id: int, kind: str, programme: str, entries: Sequence[Entry], days: _Days, outcome: Outcome
) -> list[tuple[Entry, Person]]:
    """The entries to be made, with their people locked. The others go into the outcome."""
    ids = {entry.person_id for entry in entries}
    rows = Person.objects.filter(pk__in=ids, township_id=township_id, merged_into=None)
    people = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk")}
    there = set(
        OfflineVisit.objects.valid()
        .filter(person_id__in=people, kind=kind, programme=programme)
        .values_list("person_id", "visited_on")
    )
    recorded = dict(
        ((person_id, on), number)
        for person_id, on, number in Visit.objects.valid()
        .filter(person_id__in=people, visited_on__in={entry.visited_on for entry in entries})
        .values_list("person_id", "visited_on", "record_no")
    )
    good = []
    for entry in entries:
        key = (entry.person_id, entry.visited_on)
        why = objection(entry, people.get(entry.person_id), days.today, days.starts, recorded.get(key))
        if why is not None:
            outcome.refused.append(Refused(entry, *why))
        elif key in there:
            outcome.again += 1
        else:
            there.add(key)
            good.append((entry, people[entry.person_id]))
    return good


def objection(
    entry: Entry, person: Person | None, today: date, starts: date | None, record_no: int | None
) -> tuple[str, str] | None:
    """Why this can't be and how to mend it, or None. `record_no`: of the record that stands for that day."""
    on = entry.visited_on
    if person is None:
        return "不在本乡镇（街道）的名单上", "核对姓名和村；刚迁走的由现在的乡镇登记"
    if on > today:
        return "日期晚于今天", "核对日期"
    if starts is not None and on >= starts:
        words = f"{dayshort(on)}不在启用日期（{dayshort(starts)}）之前"
        return words, "启用以后的巡访，请打开这个人，用“代录巡访”照实录入"
    if on < (starts or today) - OLDEST or on < person.birth_date:
        return "日期太早", "核对年份"
    if person.left_on is not None and on > person.left_on:
        return (
            f"{dayshort(person.left_on)}已{person.get_status_display()}，那天以后不能登记",
            "核对日期，或者先改档案",
        )
    if record_no is not None:
        return f"{dayshort(on)}已经有一份巡访记录（第{record_no}号）", "不用再登记"
    if entry.mode not in MODES or entry.met not in MET:
        return "方式或见到谁看不懂", "从下拉里选"
    if not entry.visitor_name.strip():
        return "没有写巡访人", "写上是谁去的"
    return None


def _make(
    entry: Entry, person: Person, kind: str, programme: str, by: User, at: datetime, outcome: Outcome
) -> None:
    made = OfflineVisit.objects.create(
        person=person,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
        kind=kind,
        programme=programme,
        visited_on=entry.visited_on,
        mode=entry.mode,
        met=entry.met,
        visitor_id=entry.visitor_id,
        visitor_name=entry.visitor_name.strip(),
        change_note=entry.change_note.strip(),
        paper_place=entry.paper_place.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    outcome.made.append(made)
    outcome.counted += bool(fulfilling.fulfil(made))
    for react in after_register:
        react(made, by, at)


@transaction.atomic
def void(*, ids: Collection[int], reason: str, by: User, at: datetime) -> int:
    """Take entries back, with one reason for all; what they had done is open again, unless another visit does
    it. Returns how many. Raises CannotRegister."""
    if not reason.strip():
        raise CannotRegister("请写为什么作废。")
    own = OfflineVisit.objects.filter(
        pk__in=ids,
        person__township_id__in=by.duty.unit_ids(Role.TOWNSHIP_CLERK),  # type: ignore[attr-defined]
    )
    people = sorted(set(own.values_list("person_id", flat=True)))
    list(Person.objects.filter(pk__in=people).select_for_update(of=("self",), no_key=True).order_by("pk"))
    rows = list(own.filter(voided_at=None).select_for_update(of=("self",), no_key=True).order_by("pk"))
    if len(rows) != len(set(ids)):
        raise CannotRegister("有的已经作废了，或者不归您管，请刷新后再看。")
    for row in rows:
        row.voided_at, row.voided_by, row.void_reason = at, by, reason.strip()
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        fulfilling.take_back(row)
        for react in after_void:
            react(row, by, at)
        audit.record(
            "offline_voided", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=row, kind=row.kind
        )
    return len(rows)
