"""What visits and tries know about the people of a round: hooks that the due list asks (docs/adr 7)."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Mod

from visits.records.models import Attempt, Visit
from visits.schedule.models import Round
from visits.schedule.rounds import hooks
from visits.schedule.rounds.kinds import closes_of


def last_try(row: Round) -> Subquery:
    made = Attempt.objects.filter(
        person_id=OuterRef("person_id"), tried_on__range=(row.starts_on, closes_of(row.due_on))
    )
    refused = Case(When(outcome=Attempt.Outcome.REFUSED, then=Value("refused")), default=Value("tried"))
    return Subquery(made.order_by("-tried_on", "-pk").values_list(refused)[:1])


def bad_dwelling() -> Exists:
    """四(二)-4: “紧挨山坡溪边”, “滑坡、积水威胁”, “危房”: said on any valid visit. Too many in a storm is no harm."""
    rows = Visit.objects.valid().annotate(outside=Mod("outdoor", 10), inside=Mod("indoor", 10))
    said = rows.filter(person_id=OuterRef("pk"))
    return Exists(said.filter(outside__in=[2, 3]) | said.filter(inside=3))


def said_yes(row: Round, question: str) -> Q:
    """Of whom a valid visit of its days says yes, under this file or under one that was merged into it: asked person by
    person, of a whole city's visits by nobody."""
    rows = Visit.objects.valid().filter(
        extra__contains={"rounds": [{"round": str(row.uuid), "yes": [question]}]},
        visited_on__range=(row.starts_on, closes_of(row.due_on)),
    )
    merged = rows.filter(person__merged_into_id=OuterRef("person_id"))
    return Q(Exists(rows.filter(person_id=OuterRef("person_id")))) | Q(Exists(merged))


def register() -> None:
    """Called when the application starts."""
    pairs: tuple[tuple[list[Any], Any], ...] = (
        (hooks.last_try, last_try),
        (hooks.bad_dwelling, bad_dwelling),
        (hooks.said_yes, said_yes),
    )
    for found, hook in pairs:
        found.append(hook)
