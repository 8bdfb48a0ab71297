"""The round sheet as a row: kept when it is printed, so that its code finds whom each of its rows meant."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from visits.records.models import RoundPaper
from visits.roster.models import Person
from visits.roster.services import CannotChange

# No 0 and O, 1 and I, no U and V side by side: whoever cannot scan reads the code aloud.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTWXYZ"
CODE_LENGTH = 7
MOST_ROWS = 400


@transaction.atomic
def keep_paper(
    *, village_id: int, people: Sequence[int], number: str, per_page: int, by: User, at: datetime
) -> RoundPaper:
    """Keep the list that is about to be printed. `people`: ids in the order of the rows; `per_page`: rows of a page.

    The same list printed by the same person on the same day is the same paper. Raises CannotChange when somebody
    on it is not the printer's to see."""
    village = Region.objects.filter(pk=village_id, level=Level.VILLAGE).first()
    ids = list(people)
    if village is None or not ids or len(ids) > MOST_ROWS:
        raise CannotChange("现在没有要访的人，不用打巡访单。")
    if Person.objects.visible_to(by).filter(pk__in=ids).count() != len(set(ids)):
        raise CannotChange("名单刚刚变了，请再点一次打印。")
    on = timezone.localtime(at).date()
    same = RoundPaper.objects.filter(
        village_id=village.pk, printed_by=by, printed_on=on, people=ids, per_page=per_page
    ).first()
    if same is not None:
        return same
    made = RoundPaper.objects.create(
        county_id=village.county_id,
        township_id=village.township_id,
        village_id=village.pk,
        code=_code(),
        number=number,
        printed_on=on,
        printed_by=by,
        people=ids,
        per_page=per_page,
    )
    audit.record("paper_printed", at=at, by_id=by.pk, role=_role(by), target=made, rows=len(ids))
    return made


def _code() -> str:
    """Short, and not the next one of the last: a guessed code would still meet the scope."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if not RoundPaper.objects.filter(code=code).exists():
            return code


def _role(by: User) -> str:
    main = by.duty.main  # type: ignore[attr-defined]
    return main.role if main else ""
