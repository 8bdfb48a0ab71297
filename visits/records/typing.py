"""The page on which a filled sheet is typed: rows in the order of the paper, what is done, the picture beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import Region, User
from accounts.roles import Role
from visits.records.asking import FIRST, Asked
from visits.records.asking_many import asked_many
from visits.records.forms.keys import SheetForm
from visits.records.forms.typing import RowForm
from visits.records.models import Attempt, PaperScan, RoundPaper, RoundPaperQuerySet, TypedRow, Visit
from visits.records.services.common import may_go
from visits.roster.models import Person
from visits.schedule.selectors import due_people
from visits.templatetags.xf import day

# A page without a paper: as many as a person can keep in view.
ROWS = 15


@dataclass(frozen=True)
class Row:
    """A line of the page. `done`: the record that was typed, in words with its address. `form` None: nothing to type."""

    n: int
    person: Person | None
    form: RowForm | None
    done: dict[str, Any] | None
    who: str = ""
    tries: str = ""
    paper: str = ""
    head_visitor: int | None = None

    @property
    def anchor(self) -> str:
        return f"row-{self.n}"


def village_people(user: Any, village: Region, today: date) -> list[int]:
    """Who is still to be visited there, in the order in which a sheet would be printed."""
    rows = due_people(user, today, paper=True, village=village.pk, without_rounds=True, entrusted="here")
    rows.sort(key=lambda row: (row.person.hamlet == "", row.person.hamlet, row.due_on, row.person.pk))
    return list(dict.fromkeys(row.person.pk for row in rows))


def visitors_in(village: Region, user: User, today: date) -> list[tuple[int, str]]:
    """Who may have gone: oneself, and whoever visits in this village."""
    place = Person(village_id=village.pk)
    others = [(one.pk, one.name) for one in may_go(place, today) if one.pk != user.pk]
    return [*others, (user.pk, f"{user.name}（我自己）")]


def sheet_form(data: Any, village: Region, user: User, today: date) -> SheetForm:
    """The head of the page. No day is guessed: a wrong one would stand in every row."""
    return SheetForm(
        data or None, visitors=visitors_in(village, user, today), today=today, initial={"on": today}
    )


def rows(
    ids: Sequence[int],
    *,
    user: Any,
    now: datetime,
    sheet: SheetForm,
    first: int = 1,
    paper: RoundPaper | None = None,
    bound: tuple[int, RowForm] | None = None,
) -> list[Row]:
    """Rows for these people, numbered from `first`. `bound`: person id and the form as it came, with what is wrong."""
    people = Person.objects.visible_to(user).filter(merged_into=None).in_bulk(list(ids))
    writable = [one for one in people.values() if one.status == Person.Status.LIVE]
    asked = asked_many(writable, user, now)
    done = _done(list(people), paper)
    tries = _tries(list(people), paper)
    values = sheet.cleaned_data if sheet.is_bound and sheet.is_valid() else {}
    on = values.get("on")
    found = []
    for n, pk in enumerate(ids, start=first):
        person = people.get(pk)
        form: RowForm | None = None
        if person is not None and pk in asked and pk not in done:
            form = bound[1] if bound and bound[0] == pk else open_row(person, asked[pk], user, on, values)
        found.append(
            _row(
                n, person, form, done.get(pk), tries.get(pk, ""), asked.get(pk), paper, values.get("visitor")
            )
        )
    return found


def open_row(person: Person, asked: Asked, user: User, on: date | None, values: dict[str, Any]) -> RowForm:
    initial = {
        "key": uuid4(),
        "last": asked.last.uuid if asked.last else FIRST,
        "visitor": values.get("visitor") or _own(person, asked, user),
        "sheet_on": on,
    }
    return RowForm(initial=initial, asked=asked, me=user.pk, sheet_on=on, auto_id=f"id_{person.pk}_%s")


def bound_row(data: Any, person: Person, asked: Asked, user: User) -> RowForm:
    return RowForm(data, asked=asked, me=user.pk, auto_id=f"id_{person.pk}_%s")


def _own(person: Person, asked: Asked, user: User) -> int | None:
    """The person's own visitor, when they may have gone there today."""
    possible = {pk for pk, _ in asked.visitors} | {user.pk}
    return person.assignee_id if person.assignee_id in possible else None


def _row(
    n: int,
    person: Person | None,
    form: RowForm | None,
    done: dict[str, Any] | None,
    tries: str,
    asked: Asked | None,
    paper: RoundPaper | None,
    head_visitor: int | None,
) -> Row:
    who = dict(asked.visitors).get(person.assignee_id, "") if asked and person and person.assignee_id else ""
    return Row(n, person, form, done, who, tries, str(paper.uuid) if paper else "", head_visitor)


def done_words(visit: Visit, n: int = 0) -> dict[str, Any]:
    """A typed row, quiet: what was kept and where it lies."""
    words = (
        f"{day(visit.visited_on)} {visit.get_mode_display()} {visit.get_met_display()}，第{visit.record_no}号"
    )
    if visit.report_wanted:
        words += "，变化已报给民政办"
    return {
        "words": words,
        "url": reverse("visits_records:visit", args=[visit.uuid]),
        "urgent": visit.max_level >= 3,
    }


def _done(ids: list[int], paper: RoundPaper | None) -> dict[int, dict[str, Any]]:
    """Person id → the record since the sheet was printed. Without a sheet: whoever is on the list is not done."""
    if paper is None:
        return {}
    typed = TypedRow.objects.filter(paper=paper, visit__isnull=False).values("visit_id")
    visits = (
        Visit.objects.valid().of_files(ids).filter(visited_on__gte=paper.printed_on)
        | Visit.objects.valid().of_files(ids).filter(pk__in=typed)
    ).order_by("visited_on", "pk")
    return {visit.file_id: done_words(visit) for visit in visits}


def _tries(ids: list[int], paper: RoundPaper | None) -> dict[int, str]:
    if paper is None:
        return {}
    tries = Attempt.objects.of_files(ids).filter(tried_on__gte=paper.printed_on).order_by("tried_on", "pk")
    return {one.file_id: f"{day(one.tried_on)}记过{one.get_outcome_display()}" for one in tries}


def scan_of(paper: RoundPaper | None, page: int) -> PaperScan | None:
    """The newest picture of that page."""
    if paper is None:
        return None
    return PaperScan.objects.filter(paper=paper, page=page, removed_at=None).order_by("-at", "-pk").first()


def reached_papers(user: Any) -> RoundPaperQuerySet:
    """Sheets whose code opens something for this user."""
    return RoundPaper.objects.reached_by(user)


def typing_papers(user: Any, today: date) -> list[dict[str, Any]]:
    """Sheets of one's township that were printed lately, with what is typed of them: two queries."""
    townships = user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    found = (
        RoundPaper.objects.visible_to(user)
        .filter(township_id__in=townships)
        .annotate(
            done=Count("typed__row", distinct=True),
            pictures=Count("scans", filter=Q(scans__removed_at=None), distinct=True),
        )
        .order_by("-printed_on", "-pk")[:40]
    )
    villages = Region.objects.in_bulk({paper.village_id for paper in found})
    return [
        {
            "paper": paper,
            "village": villages[paper.village_id].name,
            "url": reverse("visits_records:paper_type", args=[paper.uuid]),
            "rows": len(paper.people),
            "done": paper.done,
            "pictures": paper.pictures,
        }
        for paper in found
    ]


class RowPlace(forms.Form):
    """Where a row stands: its sheet, when there is one, and its number there."""

    paper = forms.ModelChoiceField(queryset=RoundPaper.objects.none(), to_field_name="uuid", required=False)
    n = forms.IntegerField(min_value=0, max_value=500)
    # What the head of the sheet said, so that the next row begins with it too.
    sheet_on = forms.DateField(required=False)
    head_visitor = forms.IntegerField(required=False, min_value=1)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = user.duty.unit_ids(Role.TOWNSHIP_CLERK)
        self.fields["paper"].queryset = RoundPaper.objects.filter(township_id__in=units)  # type: ignore[attr-defined]

    @property
    def head(self) -> dict[str, str]:
        """The head of the sheet as its address says it."""
        on, visitor = self.cleaned_data.get("sheet_on"), self.cleaned_data.get("head_visitor")
        return ({"on": on.isoformat()} if on else {}) | ({"visitor": str(visitor)} if visitor else {})
