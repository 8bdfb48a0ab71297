"""Looking for people without a name or number in an address (decisions 21).

Several words narrow; each may be a name or part of one, a name with * or ?, letters of its sound, the end of a
telephone or id number, a whole number, a village, a 自然村, or the head of the household. Nobody types without
mistakes: when nothing matches to the letter, names that sound alike are shown, and the page says so. There is no
guessing beyond that (a wrong digit is a wrong person).
"""

import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import LogEntry, Region, User
from accounts.models.region import Level
from visits.roster import sounds
from visits.roster.models import Household, Person, PersonQuerySet, StoredSearch
from xunfang.kit.crypto import blind_index

KEPT = timedelta(hours=12)
# A clerk who works through a list looks for somebody every ten seconds at the fastest. Whoever looks for more is
# trying numbers one after the other, to learn who is poor, or is no person.
LIMIT, WINDOW = 60, timedelta(minutes=10)
MOST_WORDS = 5
_TAIL = re.compile(r"\d{3}[\dX]")
_NUMBER = re.compile(r"\d{17}[\dX]")
_WILD = re.compile(r"[*?？＊]")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff〇·]+")
_SHORT_NUMBER = 4


class TooMany(Exception):
    """Too many searches in a short time; `minutes`: how long to wait, at least one."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"找得太多太快，{minutes}分钟后再试")
        self.minutes = minutes


def look_for(*, text: str, by: User, at: datetime) -> str:
    """What somebody typed, kept as `store` does. Raises `TooMany` after `LIMIT` in `WINDOW`; the first refusal is
    in the log."""
    # A search of an export is kept longer, and was counted when it was typed.
    recent = StoredSearch.objects.filter(user=by, until__gt=at + KEPT - WINDOW, until__lte=at + KEPT)
    if recent.count() < LIMIT:
        return store(text=text, by=by, at=at)
    oldest = recent.order_by("-until")[LIMIT - 1 : LIMIT].get()
    if not LogEntry.objects.filter(action="search_limited", actor_id=by.pk, at__gt=at - WINDOW).exists():
        with transaction.atomic():
            audit.record("search_limited", at=at, by_id=by.pk, target=by, searches=LIMIT)
    wait = oldest.until - KEPT + WINDOW - at
    raise TooMany(max(1, -(-int(wait.total_seconds()) // 60)))


def store(*, text: str, by: User, at: datetime, kept: timedelta = KEPT) -> str:
    """Keep what is looked for, encrypted; gives the token that stands in the address."""
    StoredSearch.objects.filter(user=by, until__lte=at).delete()
    token = secrets.token_urlsafe(18)
    StoredSearch.objects.create(token=token, user=by, text=text, until=at + kept)
    return token


def recall(token: str, user: Any, at: datetime) -> str | None:
    """What the user looked for under this token; None: it is over, or was somebody else's."""
    row = StoredSearch.objects.visible_to(user).filter(token=token[:32], until__gt=at).first()
    return row.text if row else None


def forget(*, at: datetime) -> int:
    """Delete what is over. Returns how many."""
    count, _ = StoredSearch.objects.filter(until__lte=at).delete()
    return count


def words_of(text: str) -> list[str]:
    """What was typed as words; a number with spaces or hyphens in it is one."""
    plain = unicodedata.normalize("NFKC", text).strip()
    joined = re.sub(r"[\s-]", "", plain)
    if re.fullmatch(r"\d{4,}[Xx]?", joined):
        return [joined]
    return plain.split()[:MOST_WORDS]


def refusal(text: str) -> str:
    """Why this can't be looked for ("" when it can)."""
    words = words_of(text)
    if not words or not any(re.sub(r"[*?%_]", "", word) for word in words):
        return "请填姓名、拼音首字母、电话或身份证末四位"
    if any(re.fullmatch(r"\d{1,3}", word) for word in words):
        return "数字请至少填末四位"
    if len(words) == 1 and re.fullmatch("[A-Za-z]", words[0]):
        return "只填一个字母太少了，请再多填一个"
    return ""


@dataclass(frozen=True)
class Found:
    """People that match; `alike`: only names that sound like what was typed."""

    people: PersonQuerySet
    alike: bool = False


def find(people: PersonQuerySet, text: str) -> Found:
    """Those who match to the letter; nobody: those whose names sound the same, then nearly the same."""
    exact = narrow(people, text)
    if exact.exists():
        return Found(exact)
    words = words_of(text)
    for near in (False, True):
        sounding = [_sounding(word, near=near) for word in words]
        if any(condition is not None for condition in sounding):
            found = people
            for word, condition in zip(words, sounding, strict=True):
                found = found.filter(condition if condition is not None else _wanted(word))
            if found.exists():
                return Found(found, alike=True)
    return Found(exact)


def narrow(people: PersonQuerySet, text: str) -> PersonQuerySet:
    """Those in the caller's scope whom every word fits."""
    words = words_of(text)
    if not words:
        return people.none()
    for word in words:
        people = people.filter(_wanted(word))
    return people


def _wanted(word: str) -> Q:
    if _WILD.search(word):
        parts = [re.escape(part) for part in re.split(r"([*?])", word)]
        return Q(name__regex="^" + "".join({r"\*": ".*", r"\?": "."}.get(part, part) for part in parts) + "$")
    upper = word.upper()
    wanted = Q(name__contains=word)
    if re.fullmatch("[A-Za-z]+", word):
        wanted |= _by_letters(word)
    if len(word) > 1 and _HAN.fullmatch(word):
        wanted |= _by_place(word) | Q(household_id__in=_households(word))
    if _TAIL.fullmatch(upper):
        wanted |= Q(tail_index=blind_index(upper, "person.id_tail"))
    if word.isdecimal() and len(word) >= _SHORT_NUMBER:
        wanted |= Q(phone__endswith=word) | Q(contact_phone__endswith=word)
    if re.search(r"\d", word) and (ids := _by_number(word, upper)):
        wanted |= Q(pk__in=ids)
    return wanted


def _by_letters(word: str) -> Q:
    """lym, linyimei, linym: the first letters narrow by index, the characters decide."""
    wanted = Q(initials__startswith=word.lower()[:20])
    ways = sounds.ways(word)
    # Whole syllables are what is meant when the letters can be read so: linyimei is not l-i-n-….
    whole = [parts for parts in ways if all(len(part) > 1 for part in parts)]
    for parts in whole or ways:
        if any(len(part) > 1 for part in parts) and (pattern := sounds.pattern(parts)):
            sounding = Q(name__regex=pattern)
            if any(len(part) == 1 for part in parts):
                sounding &= Q(initials__startswith="".join(part[0] for part in parts))
            wanted |= sounding
    return wanted


def _sounding(word: str, *, near: bool) -> Q | None:
    """Names that sound like the word; None: it is no name."""
    if _HAN.fullmatch(word) and len(word) >= 2:
        pattern = sounds.alike(word, near=near)
        return Q(name__regex=pattern) if pattern else None
    if near and re.fullmatch("[A-Za-z]{4,}", word):
        patterns = [
            pattern
            for parts in sounds.ways(word)
            if all(part in sounds.syllables() for part in parts)
            and (pattern := sounds.pattern(parts, near=True))
        ]
        return Q(name__regex="|".join(patterns)) if patterns else None
    return None


def _by_place(word: str) -> Q:
    villages = Region.objects.filter(level=Level.VILLAGE, name__contains=word)
    wanted = Q(hamlet__contains=word)
    ids = list(villages.values_list("pk", flat=True)[:200])
    return wanted | Q(village_id__in=ids) if ids else wanted


def _households(word: str) -> Any:
    # The people themselves are in scope already, so their household needs no second question.
    return Household.objects.filter(head_name__contains=word).values("pk")


def _by_number(word: str, upper: str) -> list[int]:
    """People by id, file or temporary number; a file that was merged leads to the one it is kept in."""
    wanted = Q(file_no__in={word, upper}) | Q(temporary_no__in={word, upper})
    if _NUMBER.fullmatch(upper):
        wanted |= Q(id_index=blind_index(upper, "person.id_number"))
    if re.fullmatch(r"\d{6}", word):
        wanted |= Q(file_no__endswith=f"-{word}")
    # SECURITY: over all units, but only as keys; what may be seen is decided by the caller's scope.
    return _roots(Person.objects.filter(wanted).values_list("pk", "merged_into_id")[:50])


def _roots(rows: Any) -> list[int]:
    found: set[int] = set()
    step: Collection[tuple[int, int | None]] = list(rows)
    for _ in range(10):
        found |= {pk for pk, into in step if into is None}
        kept = {into for _, into in step if into is not None}
        if not kept:
            break
        step = list(Person.objects.filter(pk__in=kept).values_list("pk", "merged_into_id"))
    return sorted(found)
