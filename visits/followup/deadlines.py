"""Every deadline of ours in one shape: which rows are open, until when, whose they are, where their page is.

What is told, counted in a digest and settled by itself asks here, so that they can't disagree."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.roles import Role
from visits.followup.models import (
    Case,
    CaseMeasure,
    ChangeReport,
    DaySummary,
    Emergency,
    Subject,
    Supplement,
)
from visits.records.models import SLOT_ROLES, Sheet, Signature

# Roles of a rule that are no posts: who has the matter in hand, and whose turn it is to sign.
HANDLER, TURN = "handler", "turn"
ROLE_WORDS = {HANDLER: "经手人", TURN: "下一位签字人"}


@dataclass(frozen=True)
class Source:
    """`rows`: those still open. `due`: the column of the last day (`hourly`: of the moment, days off included).
    `place`: what leads to the three unit columns. `handler`: the column of who has it in hand. `together`: what one
    person is told of at once, at this level of unit, instead of one by one."""

    subject: Subject
    rows: Callable[[], QuerySet[Any]]
    page: Callable[[Any], str]
    due: str = "due_on"
    place: str = ""
    handler: str = ""
    hourly: bool = False
    together: str = ""
    related: tuple[str, ...] = ()

    def due_on(self, row: Any) -> date:
        value = getattr(row, self.due)
        return timezone.localtime(value).date() if self.hourly else value

    def holder(self, row: Any) -> Any:
        """The row that carries the units."""
        return getattr(row, self.place.removesuffix("__")) if self.place else row

    def units(self, row: Any) -> tuple[int, int, int | None]:
        held = self.holder(row)
        return held.county_id, held.township_id, getattr(held, "village_id", None)

    def handler_of(self, row: Any) -> int | None:
        found = row
        for name in self.handler.split("__") if self.handler else ():
            found = getattr(found, name)
        return found if self.handler else None

    def urgent(self, row: Any) -> bool:
        return self.subject == Subject.EMERGENCY or bool(getattr(self.holder(row), "urgent", False))


def to(view: str, *args: Any, **query: Any) -> str:
    """The address of a page; of the home page where there is no such page."""
    try:
        url = reverse(view, args=args)
    except NoReverseMatch:
        return reverse("home")
    return url + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def _case(row: Any) -> str:
    return to("visits_followup:case", row.uuid)


SOURCES: tuple[Source, ...] = (
    Source(
        Subject.REPORT,
        lambda: ChangeReport.objects.filter(state=ChangeReport.State.NOTED),
        lambda row: to("visits_followup:change", row.uuid),
    ),
    Source(
        Subject.CASE,
        lambda: Case.objects.unanswered(),
        _case,
        handler="taken_by_id",
    ),
    Source(
        Subject.SUPPLEMENT,
        lambda: Supplement.objects.filter(answered_at=None, withdrawn_at=None),
        lambda row: _case(row.case),
        place="case__",
        related=("case",),
    ),
    Source(
        Subject.MEASURE,
        # Of a plan that was approved, or given in advance; what is only proposed binds nobody.
        lambda: CaseMeasure.objects.filter(
            Q(case__state=Case.State.CARRIED_OUT) | Q(advance=True) & ~Q(case__state=Case.State.CLOSED),
            done_on=None,
            dropped_on=None,
        ),
        lambda row: _case(row.case),
        place="case__",
        handler="case__taken_by_id",
        related=("case",),
    ),
    Source(
        Subject.SUMMARY,
        lambda: DaySummary.objects.filter(confirmed_at=None),
        lambda row: to("visits_followup:day", row.township_id, row.on),
        due="confirm_by",
    ),
    Source(
        Subject.EMERGENCY,
        lambda: Emergency.objects.filter(details="").exclude(state=Emergency.State.CLOSED),
        lambda row: to("visits_followup:emergency", row.uuid),
        due="details_due_at",
        handler="reported_by_id",
        hourly=True,
    ),
    Source(
        Subject.SIGNING,
        lambda: Sheet.objects.filter(state__in=[Sheet.State.OPEN, Sheet.State.SIGNING]),
        lambda row: to("visits_records:sheets"),
        due="sign_by",
        together="township_id",
    ),
)
BY_SUBJECT = {source.subject.value: source for source in SOURCES}


def turns(sheet_ids: Collection[int]) -> dict[int, str]:
    """Whose name is next on each of these tables, by id."""
    rows = Signature.objects.filter(sheet_id__in=sheet_ids).order_by().values_list("sheet_id")
    names = dict(rows.annotate(n=Count("pk")))
    return {pk: SLOT_ROLES[min(names.get(pk, 0) + 1, len(SLOT_ROLES))] for pk in sheet_ids}


def open_by_unit(source: Source, today: date, now: datetime) -> list[dict[str, Any]]:
    """Open deadlines of today and before, counted by county, township and village: `today` and `late`."""
    place = {name: f"{source.place}{name}" for name in ("county_id", "township_id")}
    rows = source.rows().order_by()
    late = Q(**{f"{source.due}__lt": now if source.hourly else today})
    last = Q(pk__in=[]) if source.hourly else Q(**{source.due: today})
    found = rows.filter(late | last).values(*place.values())
    counted = found.annotate(n_late=Count("pk", filter=late), n_today=Count("pk", filter=last))
    return [
        {
            "county": row[place["county_id"]],
            "township": row[place["township_id"]],
            "late": row["n_late"],
            "today": row["n_today"],
        }
        for row in counted
    ]


# At which level of unit a role stands, by the column that holds it.
ROLE_COLUMN: dict[str, int] = {
    Role.COUNTY_OFFICER: 0,
    Role.COUNTY_HEAD: 0,
    Role.TOWNSHIP_CLERK: 1,
    Role.TOWNSHIP_HEAD: 1,
    Role.VILLAGE_HEAD: 2,
    Role.LIAISON: 2,
}
