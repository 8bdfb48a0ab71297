"""What happened to a whole table is written down where its readers find it: by whom, when, in what words."""

import re
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Value

from accounts import audit
from accounts.models import User
from visits.records.models import Sheet, SheetStep
from visits.roster.models import Person

#: Longer runs of digits are numbers of people, telephones, cards.
NUMBERS = re.compile(r"\d{5,}[\dXx]?")
SOMEBODY = "某某"


def note(
    sheet: Sheet, kind: str, words: str, *, by: User, role: str, title: str = "", at: datetime
) -> SheetStep:
    """One more step. `title`: as what, if by no post of one's own (授权)."""
    return SheetStep.objects.create(
        sheet=sheet,
        kind=kind,
        words=words.strip(),
        by=by,
        role=role,
        by_title=title or title_of(by, role),
        at=at,
    )


def title_of(by: User, role: str) -> str:
    """As what somebody acts: the title of the post."""
    posts = by.duty.posts  # type: ignore[attr-defined]
    return next((post.words for post in posts if post.role == role), "")


def log(action: str, sheet: Sheet, words: str, *, by: User, role: str, at: datetime, **detail: Any) -> None:
    """The row in the business log, with the reason but with nobody's name in it."""
    audit.record(action, at=at, by_id=by.pk, role=role, target=sheet, reason=nameless(words, sheet), **detail)


def nameless(words: str, sheet: Sheet) -> str:
    """The words without names of the village's people, of users, and without long numbers."""
    # SECURITY: the business log names nobody; what was typed may.
    text = {"text": Value(words, output_field=CharField())}
    people = Person.objects.filter(village_id=sheet.village_id).annotate(**text)
    users = User.objects.annotate(**text)
    names = {
        name
        for rows in (people, users)
        for name in rows.filter(text__contains=F("name")).exclude(name="").values_list("name", flat=True)
    }
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, SOMEBODY)
    return NUMBERS.sub("……", words)
