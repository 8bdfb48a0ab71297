"""Looking for people without a name or number in an address (decisions 21)."""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts.models import User
from visits.roster.models import Person, PersonQuerySet, StoredSearch
from xunfang.kit.crypto import blind_index

KEPT = timedelta(hours=12)
_TAIL = re.compile(r"\d{3}[\dX]")
_NUMBER = re.compile(r"\d{17}[\dX]")


def store(*, text: str, by: User, at: datetime) -> str:
    """Keep what is looked for, encrypted; gives the token that stands in the address."""
    StoredSearch.objects.filter(user=by, until__lte=at).delete()
    token = secrets.token_urlsafe(18)
    StoredSearch.objects.create(token=token, user=by, text=text, until=at + KEPT)
    return token


def recall(token: str, user: Any, at: datetime) -> str | None:
    """What the user looked for under this token; None: it is over, or was somebody else's."""
    row = StoredSearch.objects.visible_to(user).filter(token=token[:32], until__gt=at).first()
    return row.text if row else None


def forget(*, at: datetime) -> int:
    """Delete what is over. Returns how many."""
    count, _ = StoredSearch.objects.filter(until__lte=at).delete()
    return count


def narrow(people: PersonQuerySet, text: str) -> PersonQuerySet:
    """Those whose name holds the text, whose initials begin with it, whose phone is it or ends in it, whose
    id ends in it (four characters) or is it. Inside the caller's scope."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    upper = text.upper()
    if not text:
        return people.none()
    wanted = Q(name__contains=text)
    if re.fullmatch("[A-Za-z]+", text):
        wanted |= Q(initials__startswith=text.lower())
    if _TAIL.fullmatch(upper):
        wanted |= Q(tail_index=blind_index(upper, "person.id_tail"))
    if _NUMBER.fullmatch(upper):
        wanted |= Q(id_index=blind_index(upper, "person.id_number"))
    if text.isdecimal() and len(text) >= 4:
        wanted |= Q(phone__endswith=text) | Q(contact_phone__endswith=text)
    number = Q(file_no__iexact=text) | Q(temporary_no__iexact=text)
    # A file that was merged is found under its old number: it leads to the one that is kept.
    merged = Person.objects.filter(number, merged_into__isnull=False).values("merged_into_id")
    return people.filter(wanted | number | Q(pk__in=merged))
