"""催办: each level of each deadline is told once, whoever scans and however late (docs/adr/0025).

Set by set: which levels of which open rows have come and were not told; the rows, locked; who is told; the proof
(`Escalation`) and the notices in one transaction. A row that somebody is settling just now is left to the next scan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.holders import holders
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import ROLES, SIGNATORIES, Role
from visits.core import notice_words
from visits.core.calendar import load as load_calendar
from visits.core.models import CalendarYear, Notice
from visits.core.telling import News, settle_all, tell
from visits.core.workdays import OFFICIAL, Calendar
from visits.followup import deadlines
from visits.followup.deadlines import HANDLER, ROLE_WORDS, SOURCES, TURN, Source
from visits.followup.escalation import Rule, Step, day_steps, merge, window
from visits.followup.models import Escalation, EscalationRule, Subject
from visits.followup.services.escalating_whom import Due, find_people
from xunfang.kit.compiled import Compiled, compiled

# Rows told in one transaction: a first scan after an outage of days does not hold its locks for long.
CHUNK = 500
# A rule that ended is asked as long as an outage may have hidden one of its moments.
REMEMBERED = timedelta(days=60)
# A row that belongs to a county only, and one that nobody was told of.
NOWHERE, NOBODY = Value(0, BigIntegerField()), Value(-1, BigIntegerField())
# For the city one notice a county and last day, for who signs one a township and last day.
CITY, TOGETHER = "@c", "@t"
CITY_ROLES = frozenset({Role.CITY_SUPERVISOR.value})
NOVEMBER = 11  # domain 2.2: from then on the next year's notice is asked for


@dataclass(frozen=True)
class Policy:
    """The steps that hold in some counties: in `only` these, or in all but `others`."""

    steps: tuple[Step, ...]
    only: frozenset[int] | None
    others: frozenset[int] = frozenset()

    def where(self, prefix: str) -> Q:
        if self.only is not None:
            return Q(**{f"{prefix}county_id__in": self.only})
        return ~Q(**{f"{prefix}county_id__in": self.others}) if self.others else Q()


def rule_of(row: EscalationRule) -> Rule:
    return Rule(
        row.subject, row.level, row.days, row.at, row.role, row.starts_on, row.ends_on, row.at_once,
        own=row.region.level != Level.CITY, id=row.pk,
    )  # fmt: skip


def policies(on: date) -> list[Policy]:
    """The city's steps, and those of each county that decided more."""
    rows = EscalationRule.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on - REMEMBERED)).select_related(
        "region"
    )
    city = [rule_of(row) for row in rows if row.region.level == Level.CITY]
    own: dict[int, list[Rule]] = {}
    for row in rows:
        if row.region.level == Level.COUNTY:
            own.setdefault(row.region_id, []).append(rule_of(row))
    found = [Policy(merge(city), None, frozenset(own))]
    return found + [Policy(merge([*city, *rules]), frozenset({pk})) for pk, rules in sorted(own.items())]


def scan(*, at: datetime) -> int:
    """Tell what has come. Safe to run twice, late, or twice at once. Gives how many levels were told."""
    now = timezone.localtime(at)
    calendar = load_calendar()
    _ask_for_calendar(calendar, now, at)
    held = policies(now.date())
    told = sum(
        _tell(source, chunk, now, at)
        for source in SOURCES
        for chunk in candidates(source, held, calendar, now)
    )
    settle_what_is_over(at=at)
    return told


def candidates(
    source: Source, held: Sequence[Policy], calendar: Calendar, now: datetime
) -> Iterable[dict[int, list[Step]]]:
    """Row id → its levels that have come and were not told, in portions."""
    found: dict[int, list[Step]] = {}
    for policy in held:
        for step in policy.steps:
            if step.subject == source.subject and (span := _span(source, step, calendar, now)) is not None:
                # What runs by the hour is asked otherwise each time.
                ask = _asked.__wrapped__ if source.hourly else _asked
                for (pk,) in ask(source.subject, policy, step.level, span).rows():
                    found.setdefault(pk, []).append(step)
    ids = sorted(found)
    for place in range(0, len(ids), CHUNK):
        yield {pk: found[pk] for pk in ids[place : place + CHUNK]}


def _span(source: Source, step: Step, calendar: Calendar, now: datetime) -> tuple[Any, Any] | None:
    """Which last days (both inclusive) have come; of what runs by the hour, which moments (after, up to)."""
    if source.hourly:
        return day_steps(step, now)
    found = window(calendar, step, now)
    return (found.first, found.last) if found else None


@lru_cache(maxsize=256)
def _asked(subject: Subject, policy: Policy, level: int, span: tuple[Any, Any]) -> Compiled:
    """The rows of a span that were not told of a level where they are now: the same statement all day, put together
    once."""
    source = deadlines.BY_SUBJECT[subject]
    same: dict[str, Any] = {"subject": source.subject.value, "subject_id": OuterRef("pk"), "level": level}
    rows = source.rows().filter(policy.where(source.place))
    if source.hourly:
        rows = rows.filter(**{f"{source.due}__gt": span[0], f"{source.due}__lte": span[1]})
    else:
        same["due_on"] = OuterRef(source.due)
        rows = rows.filter(**{f"{source.due}__range": span})
    there = Escalation.objects.filter(**same).order_by("-told_at", "-stay")
    told_in = Subquery(there.values(unit=Coalesce("township_id", NOWHERE))[:1])
    rows = rows.alias(
        told_in=Coalesce(told_in, NOBODY), now_in=Coalesce(f"{source.place}township_id", NOWHERE)
    )
    return compiled(rows.filter(~Q(told_in=F("now_in"))).order_by().values_list("pk"))


@transaction.atomic
def _tell(source: Source, come: dict[int, list[Step]], now: datetime, at: datetime) -> int:
    # Whoever is settling one of these has it locked: it is over when they are done, or comes with the next scan.
    rows = (
        source.rows()
        .select_related(*source.related)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk__in=list(come))
        .order_by("pk")
    )
    due = [Due(row, sorted(come[row.pk], key=lambda step: step.level)) for row in rows if source.due_on(row)]
    find_people(source, due, now.date())
    new = _prove(source, due, at)
    if not new:
        return 0
    news = _news(source, due, new)
    told = set(tell(news, at=at, again=True))
    _supersede([one for one in news if (one.user_id, one.key) in told and not one.superseded], at)
    return len(new)


# ── the proof and the words ──────────────────────────────────────────────────────────────────────

PROVE = """
INSERT INTO visits_followup_escalation
  (subject, subject_id, due_on, level, stay, told_at, told, county_id, township_id, village_id)
SELECT %s, p.id, p.due_on, p.level, coalesce(before.stay + 1, 0), %s, p.told, p.county_id, p.township_id, p.village_id
  FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[])
       AS p(id, due_on, level, told, county_id, township_id, village_id)
  LEFT JOIN LATERAL (
       SELECT e.stay, e.township_id FROM visits_followup_escalation e
        WHERE e.subject = %s AND e.subject_id = p.id AND e.due_on = p.due_on AND e.level = p.level
        ORDER BY e.stay DESC LIMIT 1) AS before ON TRUE
 WHERE before.stay IS NULL OR before.township_id IS DISTINCT FROM p.township_id
 ORDER BY p.id, p.level
ON CONFLICT (subject, subject_id, due_on, level, stay) DO NOTHING RETURNING subject_id, level
"""


def _prove(source: Source, due: list[Due], at: datetime) -> set[tuple[int, int]]:
    """Write the levels down; gives (row id, level) of those that nobody wrote before."""
    rows = [
        (one.row.pk, source.due_on(one.row), step.level, len(one.people[step.level]), *source.units(one.row))
        for one in due
        for step in one.steps
    ]
    if not rows:
        return set()
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(PROVE, [source.subject.value, at, *columns, source.subject.value])
        return set(cursor.fetchall())


def _news(source: Source, due: list[Due], new: set[tuple[int, int]]) -> list[News]:
    """Each person's notices; of several levels that come at once only the highest asks something."""
    names = _names(source, due)
    vacant = _vacant(source, due)
    found: dict[tuple[int, str], News] = {}
    for one in due:
        steps = [step for step in one.steps if (one.row.pk, step.level) in new]
        highest: dict[int, int] = {}
        for step in steps:
            for user_id, _ in one.people[step.level]:
                highest[user_id] = step.level
        for step in steps:
            for user_id, role in one.people[step.level]:
                before = vacant.get((one.row.pk, step.level), "")
                news = _one(
                    source, one.row, step, user_id, role, names, before, step.level < highest[user_id]
                )
                found.setdefault((user_id, news.key), news)
    return list(found.values())


def _one(
    source: Source,
    row: Any,
    step: Step,
    user_id: int,
    role: str,
    names: dict[int, str],
    vacant: str,
    low: bool,
) -> News:
    county, township, _ = source.units(row)
    subject, on = source.subject.value, source.due_on(row)
    about, unit, url = subject, row.pk, source.page(row)
    where = names.get(township, names.get(county, ""))
    if role in CITY_ROLES:
        about, unit, where = f"{subject}{CITY}", county, names.get(county, "")
        url = deadlines.to("visits_desk:overview", unit=county)
    elif source.together:
        about, unit = f"{subject}{TOGETHER}", township
        mine = step.roles == (TURN,) or role in SIGNATORIES
        url = reverse("visits_records:sheets") + (
            "?state=mine" if mine else f"?state=waiting&township={township}"
        )
    if role == HANDLER or ROLES[Role(role)].level > Level.COUNTY:
        where = ""  # whoever works in one township knows which
    words = (
        notice_words.within_a_day(again=step.days > 0, where=where)
        if source.hourly
        else notice_words.deadline(
            subject, on, over=step.days > 0, where=where, days=step.days, vacant=vacant
        )
    )
    return News(
        user_id=user_id,
        key=f"{about}:{unit}:{on.isoformat()}:{step.level}",
        kind=subject,
        words=words,
        url=url,
        subject=about,
        subject_id=unit,
        due_on=on,
        at_once=step.at_once or source.urgent(row),
        superseded=low,
    )


def _names(source: Source, due: list[Due]) -> dict[int, str]:
    ids = {pk for one in due for pk in source.units(one.row)[:2] if pk}
    return dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))


def _vacant(source: Source, due: list[Due]) -> dict[tuple[int, int], str]:
    """(row id, level) → the post that was to be told one level before, when nobody holds it."""
    told = Escalation.objects.filter(
        subject=source.subject.value, subject_id__in=[one.row.pk for one in due], told=0
    )
    nobody = {(pk, level) for pk, level in told.values_list("subject_id", "level")}
    rules = EscalationRule.objects.filter(
        subject=source.subject.value, region__level=Level.CITY, ends_on=None
    )
    words = {row.level: role_words(row.role) for row in rules}
    return {
        (one.row.pk, step.level): words.get(step.level - 1, "")
        for one in due
        for step in one.steps
        if (one.row.pk, step.level - 1) in nobody
    }


def role_words(role: str) -> str:
    return ROLE_WORDS.get(role) or ROLES[Role(role)].label


EARLIER = """
SELECT n.id FROM visits_core_notice n
  JOIN unnest(%s::bigint[], %s::text[], %s::bigint[], %s::date[], %s::text[]) AS m(user_id, subject, subject_id, due_on, key)
    ON n.user_id = m.user_id AND n.subject = m.subject AND n.subject_id = m.subject_id AND n.due_on = m.due_on
   AND n.kind = %s AND n.key <> m.key
 WHERE n.settled_at IS NULL
"""


def _supersede(news: list[News], at: datetime) -> None:
    """A person's lower levels of the same matter ask nothing any more: the newest says it."""
    if not news:
        return
    columns = ("user_id", "subject", "subject_id", "due_on", "key")
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, [*([getattr(one, name) for one in news] for name in columns), news[0].kind])
        ids = [pk for (pk,) in cursor.fetchall()]
    settle_all(Notice.objects.filter(pk__in=ids), at=at)


# ── what is over ─────────────────────────────────────────────────────────────────────────────────


def settle_what_is_over(*, at: datetime) -> int:
    """Whatever closed a row, however, its notices ask nothing any more; so do those of a day that was moved."""
    settled = 0
    for source in SOURCES:
        kind = source.subject.value
        same_day = {} if source.hourly else {source.due: OuterRef("due_on")}
        row = source.rows().order_by().filter(pk=OuterRef("subject_id"), **same_day)
        settled += _settle_without(Notice.objects.filter(kind=kind, subject=kind), row, at)
        marks = ((CITY, "county_id"), (TOGETHER, "township_id"))[: 2 if source.together else 1]
        for mark, column in marks:
            unit = {f"{source.place}{column}": OuterRef("subject_id")}
            rows = source.rows().order_by().filter(**unit, **same_day)
            settled += _settle_without(Notice.objects.filter(kind=kind, subject=f"{kind}{mark}"), rows, at)
    years = CalendarYear.objects.filter(year=OuterRef("subject_id"), status=OFFICIAL)
    over = Notice.objects.filter(kind="calendar", subject="calendar", settled_at=None).filter(Exists(years))
    return settled + settle_all(over, at=at)


def _settle_without(notices: Any, still_open: Any, at: datetime) -> int:
    return settle_all(notices.filter(~Exists(still_open), settled_at=None), at=at)


def stopped(subject: Subject, pk: int, at: datetime) -> None:
    """The rooms' hook, in the transaction that met a deadline: its notices are over at once."""
    settle_all(Notice.objects.filter(kind=subject, subject=subject, subject_id=pk, settled_at=None), at=at)


# ── the calendar, and what does not wait ─────────────────────────────────────────────────────────


def _ask_for_calendar(calendar: Calendar, now: datetime, at: datetime) -> None:
    """A year that deadlines need and nobody has loaded: those who load it are told, once."""
    known = {year for year, table in calendar.years.items() if table.status == OFFICIAL}
    missing = [now.year] if now.year not in known else []
    if now.month >= NOVEMBER and now.year + 1 not in known:
        missing.append(now.year + 1)
    if not missing:
        return
    cities = list(Region.objects.filter(level=Level.CITY).values_list("pk", flat=True))
    posts = holders({Role.SYSTEM_ADMIN: cities, Role.CITY_BUSINESS: cities}, now.date())
    tell(
        [
            News(
                user_id=user_id,
                key=f"calendar:{year}",
                kind="calendar",
                words=notice_words.calendar_missing(year),
                url=reverse("visits_core:calendar_new"),
                subject="calendar",
                subject_id=year,
            )
            for year in missing
            for user_id in sorted({pk for ids in posts.values() for pk in ids})
        ],
        at=at,
    )
