"""每晚自查: what the set-based list says, against a plain recount by the definition, for everybody.

The recount is `due.items_for` itself, person by person, a few thousand at a time: four queries each. Whoever differs
is looked at again while nothing is written, brought in line by the generation, and told: in the log, and on the
home pages of those who look after the whole.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction

from accounts import audit
from visits.roster.models import Person
from visits.schedule import generation, lives, services
from visits.schedule.due import items_for
from visits.schedule.models import DueItem, SelfCheck
from visits.schedule.periods import Kind, period_of
from visits.schedule.writing import one_at_a_time
from visits.templatetags.xf import dayshort, num

log = logging.getLogger(__name__)

AT_ONCE = 2000
SAMPLE = 20
# More than so many: the night's generation did not run; everybody at once is quicker than one by one.
EVERYBODY = 5000

_ROW = (
    "person_id", "rule_id", "period_start", "period_end", "first", "opens_on", "due_on", "closes_on", "tier", "county_id",
    "township_id", "village_id", "assignee_id", "entrusted_to_id", "stored", "done_on", "made_up_on",
)  # fmt: skip
_Key = tuple[int, date]


def check(*, on: date, at: datetime) -> SelfCheck:
    """Recount everybody, mend what differs, keep and tell the result. Safe to run twice. `seconds` is filled in by
    whoever measures."""
    book = lives.Rulebook()
    people, suspects = 0, []
    for ids in _chunks():
        people += len(ids)
        suspects += differing(ids, on=on, book=book)
    wrong = _again(suspects, on=on, book=book)
    left = _mend(wrong, on=on, book=book)
    earlier = SelfCheck.objects.filter(on=on).order_by("-ran_at", "-pk").first()
    if earlier is not None and not (wrong or earlier.wrong):
        return earlier  # the night's result stands, also when the task came twice
    made = SelfCheck.objects.create(
        ran_at=at, on=on, people=people, wrong=len(wrong), sample=(left or wrong)[:SAMPLE],
        mended=len(wrong) - len(left), seconds=0,
    )  # fmt: skip
    audit.record("self_checked", at=at, by_id=None, people=people, wrong=made.wrong, mended=made.mended)
    if wrong:
        log.error(
            "due list: %s of %s people differ from the definition, %s mended", made.wrong, people, made.mended
        )
    return made


def differing(ids: Sequence[int], *, on: date, book: lives.Rulebook) -> list[int]:
    """Those of these people whose rows of the running periods are not what the definition owes them, or who have a row,
    of whatever period, that does not know where they are now: scope goes by it."""
    rows: dict[int, dict[_Key, tuple[Any, ...]]] = {}
    stored = DueItem.objects.filter(
        person_id__in=ids, cause=DueItem.Cause.RULE, period_start__lte=on, period_end__gte=on
    )
    for pk, rule_id, start, *rest in stored.values_list(*_ROW):
        rows.setdefault(pk, {})[rule_id, start] = tuple(rest)
    owners = lives.read(ids)
    astray = set(generation.astray(ids))
    return [
        pk
        for pk in ids
        if pk in astray or (pk in owners and not _same(_owed(owners[pk], on, book), rows.get(pk, {})))
    ]


def _owed(owner: lives.Owner, on: date, book: lives.Rulebook) -> dict[_Key, tuple[Any, ...]]:
    """What must stand open, as the rows hold it."""
    if owner.merged or not owner.life.spans:
        return {}
    every = book.of(owner.county_id, owner.township_id, owner.village_id)
    found: dict[_Key, tuple[Any, ...]] = {}
    for kind in sorted({rule.kind for rule in every}):
        for item in items_for(owner.life, every, kind, period_of(cast(Kind, kind), on)):
            if owner.on_file <= item.closes_on:
                tier = book.tier(owner.life, item.opens_on, item.period_end)
                found[item.rule_id, item.period_start] = (
                    item.period_end, item.first, item.opens_on, item.due_on, item.closes_on, tier, *owner.place
                )  # fmt: skip
    return found


def _same(owed: dict[_Key, tuple[Any, ...]], rows: dict[_Key, tuple[Any, ...]]) -> bool:
    """What was visited or tried in vain is settled: it stays as it was on that day."""
    for key, row in rows.items():
        *values, stored, done_on, made_up_on = row
        if done_on or made_up_on or stored == DueItem.Stored.EXCUSED:
            continue
        if (stored == DueItem.Stored.OPEN) != (key in owed) or (key in owed and owed[key] != tuple(values)):
            return False
    return owed.keys() <= rows.keys()


def _again(suspects: Sequence[int], *, on: date, book: lives.Rulebook) -> list[int]:
    """Somebody may have been changed between two of our queries: a second look while nobody writes."""
    wrong = []
    for start in range(0, len(suspects), AT_ONCE):
        with transaction.atomic():
            one_at_a_time()
            wrong += differing(suspects[start : start + AT_ONCE], on=on, book=book)
    return wrong


def _mend(wrong: Sequence[int], *, on: date, book: lives.Rulebook) -> list[int]:
    """By generation. Returns who still differs afterwards."""
    if len(wrong) > EVERYBODY:
        services.generate(on=on, anew=True)
    left = []
    for start in range(0, len(wrong), AT_ONCE):
        ids = wrong[start : start + AT_ONCE]
        services.refresh(person_ids=ids, on=on)
        left += differing(ids, on=on, book=book)
    return left


def _chunks() -> Iterator[list[int]]:
    last = 0
    while True:
        rows = Person.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        ids = list(rows[:AT_ONCE])
        if not ids:
            return
        yield ids
        last = ids[-1]


def latest(today: date) -> dict[str, str]:
    """The last result in a sentence, with the state it is shown in."""
    row = SelfCheck.objects.order_by("-ran_at", "-pk").first()
    if row is None:
        return {"state": "idle", "icon": "info", "say": "待访名单还没有自查过，每天凌晨自查一次。"}
    if (today - row.on).days > 1:
        return {
            "state": "late",
            "icon": "warn",
            "say": f"昨晚没有自查，上一次是{dayshort(row.on)}。请看后台任务是不是停了。",
        }
    when = "昨晚自查" if row.on == today else f"{dayshort(row.on)}自查"
    if not row.wrong:
        return {"state": "done", "icon": "ok", "say": f"{when}：{num(row.people)}人，全部一致。"}
    left = row.wrong - row.mended
    if not left:
        return {
            "state": "soon",
            "icon": "warn",
            "say": f"{when}：{num(row.people)}人里，有{num(row.wrong)}人不一致，已按规定重算。",
        }
    say = f"{when}：{num(row.people)}人里，有{num(row.wrong)}人不一致，重算以后还有{num(left)}人不对，请联系维护人员。"
    return {"state": "late", "icon": "warn", "say": say}
