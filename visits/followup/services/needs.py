"""“有需要、没方案” (practice P25): who needs something that no measure answers, written down when it changes."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Prefetch
from django.utils import timezone

from accounts.models import User
from visits.followup import planning
from visits.followup.models import OpenNeed, Plan, PlanMeasure
from visits.records import needs as words
from visits.records.models import Visit
from visits.records.services import Submission
from visits.roster.models import Person


def note_needs(submission: Submission) -> None:
    """A visit ticked needs: who has no measure for them is on the list at once."""
    if (submission.visit.extra or {}).get("needs"):
        recount([submission.person.pk])


def take_back(visit: Visit, by: User, at: datetime) -> None:
    """The same when the record is voided."""
    if (visit.extra or {}).get("needs"):
        recount([visit.person.merged_into_id or visit.person_id])


def recount(person_ids: Collection[int]) -> None:
    """Write anew what these people need and no measure answers. Four queries and one for each row that changes."""
    plans = {
        plan.person_id: plan
        for plan in Plan.objects.live()
        .filter(person_id__in=person_ids)
        .prefetch_related(Prefetch("measures", PlanMeasure.objects.order_by("pk")))
    }
    visits = latest(person_ids)
    rows = {row.person_id: row for row in OpenNeed.objects.filter(person_id__in=person_ids)}
    for person in Person.objects.filter(pk__in=person_ids).order_by("pk"):
        visit, plan = visits.get(person.pk), plans.get(person.pk)
        found = planning.unmet(
            ticked(visit),
            visit.visited_on if visit else None,
            visit.submitted_at if visit else None,
            answer_of(plan),
        )
        codes = [code for code in words.WORDS if code in found] if person.merged_into_id is None else []
        row = rows.get(person.pk)
        if row is not None and not codes:
            row.delete()
        elif codes and (row is None or row.codes != codes):
            since = visit.visited_on if visit else plan and timezone.localtime(plan.made_at).date()
            OpenNeed.objects.update_or_create(
                person=person,
                defaults={
                    "codes": codes,
                    "since": since if row is None else min(row.since, since or row.since),
                    "county_id": person.county_id,
                    "township_id": person.township_id,
                    "village_id": person.village_id,
                },
            )


def latest(person_ids: Collection[int]) -> dict[int, Visit]:
    """Person id → the newest valid visit that ticked any need, of files that became this one too."""
    rows = Visit.objects.valid().of_files(person_ids).filter(extra__has_key="needs").exclude(extra__needs=[])
    rows = rows.order_by("file_id", "-visited_on", "-pk").distinct("file_id")
    return {row.file_id: row for row in rows}  # type: ignore[attr-defined]


def ticked(visit: Visit | None) -> list[str]:
    """The needs ticked on a visit, in the order of the list."""
    given = (visit.extra or {}).get("needs") or [] if visit else []
    return [code for code in words.WORDS if code in given]


def answer_of(plan: Plan | None) -> planning.Answer | None:
    """A plan as the rules read it. Its measures are expected to be fetched."""
    if plan is None:
        return None
    return planning.Answer(
        plan.made_at, plan.needs, [(measure.kind, measure.done_on) for measure in plan.measures.all()]
    )
