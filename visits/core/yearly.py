"""The year's days off: brought by one, compared and put in force by another; open deadlines follow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.roles import ADMINS, Role
from visits.core import notice
from visits.core.models import CalendarDay, CalendarDraft, CalendarYear
from visits.core.notice import Day

# Higher rooms append in their AppConfig.ready(): called with the year, in the transaction that puts it in force.
after_change: list[Callable[[int], None]] = []
FIRST_YEAR, YEARS_AHEAD = 2018, 2
ESTIMATE = "周末和《全国年节及纪念日放假办法》规定的放假日"
State = CalendarDraft.State


class CannotLoad(Exception):
    """This can't be done so; the text says why and what to do, and is shown at `field`."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Difference:
    """How a day was and will be; `was` or `now` empty: like any other of its weekday."""

    day: date
    was: str
    now: str


def _role(by: User) -> Role:
    held = by.duty.roles & ADMINS  # type: ignore[attr-defined]
    if not held:
        raise CannotLoad("放假安排由市里录入和核对，您这里改不了。")
    return min(held)


def days_of(draft: CalendarDraft) -> list[Day]:
    """What the draft would put in force."""
    return [Day(date.fromisoformat(day), kind, name) for day, kind, name in draft.days]


def differences(draft: CalendarDraft) -> list[Difference]:
    """What would be otherwise than it is now, in order of days."""
    now = {row.day: row.kind for row in CalendarDay.objects.filter(day__year=draft.year)}
    new = {one.day: one.kind for one in days_of(draft)}
    words = {"off": "休", "work": "班", None: ""}
    return [
        Difference(day, words[now.get(day)], words[new.get(day)])
        for day in sorted(now.keys() | new.keys())
        if now.get(day) != new.get(day)
    ]


@transaction.atomic
def bring(*, year: int, document: str, source: str, text: str, by: User, at: datetime) -> CalendarDraft:
    """Read the notice and let it wait for a second person. What is odd was shown to and accepted by whoever brings
    it; what is wrong is refused: `CannotLoad`."""
    role = _role(by)
    today: date = by.duty.on  # type: ignore[attr-defined]
    if not FIRST_YEAR <= year <= today.year + YEARS_AHEAD:
        raise CannotLoad(f"年份填{FIRST_YEAR}到{today.year + YEARS_AHEAD}", "year")
    reading = notice.read(text, year)
    if reading.wrong:
        raise CannotLoad("；".join(reading.wrong), "text")
    draft = CalendarDraft(
        year=year, document=document, source=source, text=text, odd=reading.odd, made_by=by, made_at=at,
        days=[[one.day.isoformat(), one.kind, one.name] for one in notice.exceptions(reading)],
    )  # fmt: skip
    if not differences(draft) and official(year):
        raise CannotLoad(f"和现在用的{year}年安排一样，不用再录", "text")
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        raise CannotLoad(f"{year}年已经有一份等着核对，先办完那一份", "year") from None
    audit.record("calendar_brought", at=at, by_id=by.pk, role=role, target=draft, year=year)
    return draft


@transaction.atomic
def confirm(*, draft_id: int, by: User, at: datetime) -> CalendarDraft:
    """A second person has compared it with the notice: it holds from now on, and open deadlines are counted anew.
    Raises `CannotLoad`."""
    role = _role(by)
    draft = _waiting(draft_id)
    if draft.made_by_id == by.pk:
        raise CannotLoad("您自己录的，要请另一位（系统管理员或市级业务管理员）对着原文核对。")
    draft.state, draft.decided_by, draft.decided_at = State.CONFIRMED, by, at
    draft.save(update_fields=["state", "decided_by", "decided_at"])
    changed = len(differences(draft))
    _put_in_force(draft)
    for react in after_change:
        react(draft.year)
    audit.record(
        "calendar_confirmed", at=at, by_id=by.pk, role=role, target=draft, year=draft.year, days=changed
    )
    return draft


def _put_in_force(draft: CalendarDraft) -> None:
    # The year first: its row is what `estimate` and this wait for each other at.
    CalendarYear.objects.update_or_create(
        year=draft.year, defaults={"status": CalendarYear.Status.OFFICIAL, "document": draft.document}
    )
    CalendarDay.objects.filter(day__year=draft.year).delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=one.day, kind=one.kind, name=one.name) for one in days_of(draft)]
    )


def official(year: int) -> bool:
    """Whether the year's notice is in force."""
    return CalendarYear.objects.filter(year=year, status=CalendarYear.Status.OFFICIAL).exists()


@transaction.atomic
def estimate(*, today: date, at: datetime) -> list[int]:
    """This year and the next, where nothing is known of them, are taken as the law gives them (domain 2.2): weekends
    and the statutory days, marked 预估, until the notice is confirmed. Deadlines that had no day get one. Gives the
    years that are new; safe to run again and again."""
    made = []
    for year in (today.year, today.year + 1):
        _, new = CalendarYear.objects.get_or_create(
            year=year, defaults={"status": CalendarYear.Status.ESTIMATED, "document": ESTIMATE}
        )
        if new:
            CalendarDay.objects.bulk_create(
                [CalendarDay(day=one.day, kind=one.kind, name=one.name) for one in notice.by_law(year)]
            )
            made.append(year)
    for year in made:
        audit.record(
            "calendar_estimated", at=at, by_id=None, object_type="calendaryear", object_id=year, year=year
        )
        for react in after_change:
            react(year)
    return made


@transaction.atomic
def turn_down(*, draft_id: int, reason: str, by: User, at: datetime) -> CalendarDraft:
    """Whoever brought it takes it back; another returns it, with a reason. Raises `CannotLoad`."""
    role = _role(by)
    draft = _waiting(draft_id)
    own = draft.made_by_id == by.pk
    if not own and not reason.strip():
        raise CannotLoad("请写一句哪里不对，录入的人好改", "reason")
    draft.state = State.DROPPED if own else State.RETURNED
    draft.decided_by, draft.decided_at, draft.reason = by, at, reason.strip()
    draft.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    action = "calendar_dropped" if own else "calendar_returned"
    audit.record(action, at=at, by_id=by.pk, role=role, target=draft, year=draft.year)
    return draft


def _waiting(draft_id: int) -> CalendarDraft:
    draft = CalendarDraft.objects.select_for_update(of=("self",), no_key=True).filter(pk=draft_id).first()
    if draft is None:
        raise CannotLoad("没有这一份，请刷新后再看。")
    if draft.state != State.WAITING:
        raise CannotLoad(f"这一份{draft.get_state_display()}了，不用再办。")
    return draft


def waiting() -> Iterable[CalendarDraft]:
    """What waits for a second person, the nearest year first."""
    return CalendarDraft.objects.filter(state=State.WAITING).select_related("made_by").order_by("year")
