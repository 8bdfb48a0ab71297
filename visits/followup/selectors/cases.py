"""Reading cases: the county's inbox, one case with its reports, what waits for whom. One question for the list and its
counts, so that equal numbers are equal lists."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Count, F, Min, Prefetch, Q

from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.followup.answers import unit_letter
from visits.followup.models import UNANSWERED, Case, CaseQuerySet, ChangeReport
from visits.followup.selectors import timely
from visits.roster.models import Person
from visits.roster.selectors.looking import masked

OPEN, WAITING, TAKEN, PROPOSED, CARRIED_OUT, LATE, CLOSED, ALL = (
    "open", "waiting", "taken", "proposed", "carried_out", "late", "closed", "all",
)  # fmt: skip
PARTS = (OPEN, WAITING, TAKEN, PROPOSED, CARRIED_OUT, LATE, CLOSED)
CHOICES = (*PARTS, ALL)
State = Case.State


def _which(which: str, today: date) -> Q:
    if which in State.values:
        return Q(state=which)
    return {
        OPEN: Q(state__in=UNANSWERED),
        LATE: Q(state__in=UNANSWERED, due_on__lt=today),
        ALL: Q(),
    }[which]


def scope(user: Any) -> CaseQuerySet:
    """What the list counts for this reader: at the city all, with masked names (practice P30)."""
    return Case.objects.all() if masked(user) else Case.objects.visible_to(user)


def _narrowed(user: Any, chosen: Mapping[str, Any], today: date) -> CaseQuerySet:
    """`chosen`: township; unit, month, part of 时限情况."""
    rows: Any = timely.narrowed(scope(user), timely.CASES, chosen, today)
    return rows.filter(person__township_id=chosen["township"]) if chosen.get("township") else rows


def cases(user: Any, chosen: Mapping[str, Any], today: date) -> CaseQuerySet:
    """The rows of a filter, what is most pressing first; of closed ones the newest."""
    which = chosen.get("which") or OPEN
    rows = _narrowed(user, chosen, today).filter(_which(which, today))
    if which in (CLOSED, ALL):
        return rows.order_by(F("closed_at").desc(nulls_first=True), "-pk")
    if which == CARRIED_OUT:
        return rows.order_by("revisit_on", "pk")
    return rows.order_by("-urgent", F("due_on").asc(nulls_last=True), "pk")


def counts(user: Any, chosen: Mapping[str, Any], today: date) -> dict[str, int]:
    """How many rows each part shows under the same township."""
    rows = _narrowed(user, chosen, today).order_by()
    return rows.aggregate(**{part: Count("pk", filter=_which(part, today)) for part in CHOICES})


def whole(rows: CaseQuerySet) -> CaseQuerySet:
    """With everything that a line or a page of a case needs."""
    reports = ChangeReport.objects.select_related(
        "person", "offline", "visit__visitor", "visit__form_version", "noted_by", "filed_by"
    ).order_by("filed_at", "pk")
    return rows.select_related(
        "person__merged_into", "household", "taken_by", "proposed_by", "approved_by", "closed_by"
    ).prefetch_related(Prefetch("reports", reports), "measures")


def townships(user: Any) -> list[Region]:
    """The townships that have cases, in code order; not for the city, which comes from a number of one unit."""
    if masked(user):
        return []
    ids = Case.objects.visible_to(user).order_by().values("person__township_id").distinct()
    return list(Region.objects.filter(pk__in=ids).order_by("position", "pk"))


def letters(county_ids: Collection[int]) -> dict[int, str]:
    """County id → the character its numbers begin with. One query."""
    if not county_ids:
        return {}
    names = dict(Region.objects.filter(level=Level.COUNTY).values_list("pk", "name"))
    return {pk: unit_letter(names[pk], names.values()) for pk in county_ids if pk in names}


def waiting(user: Any, today: date) -> dict[str, Any]:
    """What 今日 says: how many wait to be taken on, to be answered, to be approved, are late; and until when."""
    unanswered = Q(state__in=UNANSWERED)
    return (
        Case.objects.visible_to(user)
        .order_by()
        .aggregate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            taken=Count("pk", filter=Q(state=State.TAKEN)),
            proposed=Count("pk", filter=Q(state=State.PROPOSED)),
            late=Count("pk", filter=unanswered & Q(due_on__lt=today)),
            nearest=Min("due_on", filter=unanswered & Q(due_on__gte=today)),
            nearest_proposed=Min("due_on", filter=Q(state=State.PROPOSED)),
        )
    )


def at_township(user: Any, today: date) -> dict[str, Any]:
    """What the county waits for from the township: papers, and measures that have no result yet."""
    rows = Case.objects.visible_to(user).order_by()
    papers = Q(supplements__answered_at=None, supplements__withdrawn_at=None, supplements__isnull=False)
    measure = Q(
        state=State.CARRIED_OUT, measures__done_on=None, measures__dropped_on=None, measures__isnull=False
    )
    return {
        **rows.filter(papers).aggregate(
            papers=Count("pk", distinct=True), papers_by=Min("supplements__due_on")
        ),
        **rows.filter(measure).aggregate(undone=Count("measures"), undone_by=Min("measures__due_on")),
    }


def of_person(person: Person, user: Any) -> CaseQuerySet:
    """Cases about the person or the family they live in, the newest first."""
    family = Q(person__in=Person.objects.of_files([person.pk]))
    if person.household_id is not None:
        family |= Q(household_id=person.household_id)
    family |= Q(
        pk__in=ChangeReport.objects.filter(person__in=Person.objects.of_files([person.pk])).values("case")
    )
    return Case.objects.visible_to(user).filter(family).order_by("-received_at", "-pk")


def before(case: Case, user: Any) -> list[Case]:
    """Earlier and later cases of the same family."""
    return list(of_person(case.person.merged_into or case.person, user).exclude(pk=case.pk)[:5])


def clerks(township_id: int, on: date) -> list[User]:
    """Who may be asked in the township's office."""
    posts = Post.objects.live(on).filter(
        region_id=township_id, role=Role.TOWNSHIP_CLERK, user__is_active=True
    )
    return [post.user for post in posts.select_related("user").order_by("pk")[:2]]


def heads(county_id: int, on: date) -> list[User]:
    """Who approves."""
    posts = Post.objects.live(on).filter(region_id=county_id, role=Role.COUNTY_HEAD, user__is_active=True)
    return [post.user for post in posts.select_related("user").order_by("pk")]
