"""办交接: the people somebody visits go to a successor, or openly to nobody."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count

from accounts.handover import Kind, Move
from accounts.models import Region, User
from accounts.services import CannotManage, acting_as
from visits.roster.models import Person
from visits.schedule import areas
from visits.schedule.models import Area
from visits.schedule.services import give, visitors_for


def _count(user: User, on: date) -> Mapping[int, int]:
    rows = Person.objects.on_roster().filter(assignee=user, entrusted_to=None).order_by().values("village_id")
    return {row["village_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _locked(move: Move) -> list[Person]:
    rows = Person.objects.on_roster().filter(assignee=move.user, village_id=move.unit_id, entrusted_to=None)
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _pass_on(move: Move) -> int:
    """Raises `CannotManage` at the pile when the successor holds no post there that visits."""
    assert move.to is not None
    village = Region.objects.get(pk=move.unit_id)
    if move.to.pk not in {user.pk for user in visitors_for(village, move.on)}:
        raise CannotManage(
            f"{move.to.name}在{village.name}没有巡访的任职，请先加任职，或者另选一位", f"people_{village.pk}"
        )
    return _give(move, move.to.pk)


def _release(move: Move) -> int:
    return _give(move, None)


def _give(move: Move, to_id: int | None) -> int:
    people = _locked(move)
    give(people, to_id, by=move.by, at=move.at, on=move.on, role=acting_as(move.by))
    return len(people)


def _count_areas(user: User, on: date) -> Mapping[int, int]:
    rows = areas.held_by(user, on).order_by().values("village_id")
    return {row["village_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _locked_areas(move: Move) -> list[Area]:
    rows = areas.held_by(move.user, move.on).filter(village_id=move.unit_id)
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _pass_on_areas(move: Move) -> int:
    """After the people: whoever of them went to the same successor goes on following the area."""
    assert move.to is not None
    village = Region.objects.get(pk=move.unit_id)
    if move.to.pk not in {user.pk for user in visitors_for(village, move.on)}:
        raise CannotManage(
            f"{move.to.name}在{village.name}没有巡访的任职，请先加任职，或者另选一位", f"areas_{village.pk}"
        )
    found = _locked_areas(move)
    for area in found:
        areas.pass_on(area, move.to.pk, by=move.by, at=move.at, on=move.on)
    return len(found)


def _release_areas(move: Move) -> int:
    found = _locked_areas(move)
    for area in found:
        areas.release(area, by=move.by, at=move.at, on=move.on)
    return len(found)


AREAS = Kind(
    code="areas",
    title="责任区",
    unit="处",
    say="以后新列入、搬来的人归接手的人。",
    count=_count_areas,
    pass_on=_pass_on_areas,
    release=_release_areas,
    release_word="先不定，列入没有划责任区的地方",
    order=11,
)
KIND = Kind(
    code="people",
    title="名下的巡访对象",
    unit="人",
    say="连同还没访的一起交，期限不变。",
    count=_count,
    pass_on=_pass_on,
    release=_release,
    release_word="先不定，列入“未落实巡访人员”",
    order=10,
)
