"""Paper: a printed sheet with some rows typed and its photographs, a visit with a photograph, a wording to come."""

import copy
from datetime import date, timedelta
from uuid import uuid4

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post, User
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.desk import documents
from visits.management.demo.pictures import house, page, snapped
from visits.management.demo.roster import _work
from visits.management.demo.staff import Staff
from visits.records import tasks  # noqa: F401 - who does the jobs
from visits.records.asking import asked_of
from visits.records.forms.typing import RowForm
from visits.records.models import FormVersion, RoundPaper
from visits.records.services.photographs import add_photo
from visits.records.services.scanning import bring_scans
from visits.records.services.typing import type_visit
from visits.records.services.wording import make_version
from visits.records.typing import scan_of
from visits.roster.models import Person
from visits.schedule.models import DueItem


def play(staff: Staff, today: date) -> None:
    """The sheet of a village came back: photographed, half of it typed; and the rest of this module's heading."""
    village = staff.villages[3]
    clerk = staff.clerks[village.region.township_id]
    duty_of(clerk, today)
    at = timezone.now()
    paper = documents.keep_round(clerk, village.region, at)
    if paper is not None:
        names = list(
            Person.objects.filter(pk__in=paper.people[: paper.per_page]).values_list("name", flat=True)
        )
        url = settings.EXTERNAL_URL + reverse("visits_records:paper_code", args=[paper.code, 1])
        sheet = page(url, names=names, title=f"一村一轮巡访单　{paper.number}")
        loose = page("", names=names[:5], title="写在别的纸上的")
        pictures = [snapped(sheet, turn=91), snapped(loose, turn=3, blur=1)]
        bring_scans(pictures=[("1.jpg", pictures[0]), ("2.jpg", pictures[1])], by=clerk, at=at)
        _work()
        _type(paper, clerk, today)
    _photograph(staff, today)
    _reword(today)


def _keys(person: Person, by: User, today: date) -> RowForm:
    """A routine row: everything as last time."""
    asked = asked_of(person, by, timezone.now())
    blank = RowForm(asked=asked, me=by.pk, sheet_on=today)
    data = QueryDict(mutable=True)
    visitor = person.assignee_id if person.assignee_id in dict(asked.visitors) else by.pk
    data.update(
        {
            "key": str(uuid4()),
            "visitor": str(visitor),
            "sheet_on": today.isoformat(),
            "met": "1",
            "areas": "0",
            "safety": "000",
        }
    )
    for name in blank.fields:
        if name in ("care", "s_leak", "s_refuge_told", "s_warmth", "s_heating"):
            data[name] = "0"
        elif name == "afresh":
            data[name] = "0" * len(blank.afresh)
    return RowForm(data, asked=asked, me=by.pk)


def _type(paper: RoundPaper, clerk: User, today: date) -> None:
    for pk in paper.people[:3]:
        person = Person.objects.visible_to(clerk).filter(pk=pk, status=Person.Status.LIVE).first()
        if person is None:
            continue
        form = _keys(person, clerk, today)
        if form.is_valid() and form.visit is not None and form.visit.body is not None:
            type_visit(
                person_id=person.pk, by=clerk, at=timezone.now(), key=form.cleaned_data["key"], body=form.visit.body,
                paper=paper, scan=scan_of(paper, 1),
            )  # fmt: skip


def _photograph(staff: Staff, today: date) -> None:
    """A visitor of the first village goes to somebody who is due, and photographs the mended roof."""
    visitor = staff.villages[0].visitors[0]
    duty_of(visitor, today)
    due = DueItem.objects.filter(assignee=visitor, done_on=None, stored="", opens_on__lte=today, cause="rule")
    for item in due.select_related("person").order_by("-due_on", "pk")[:5]:
        form = _keys(item.person, visitor, today)
        if form.is_valid() and form.visit is not None and form.visit.body is not None:
            key, at = form.cleaned_data["key"], timezone.now()
            add_photo(person_id=item.person_id, key=key, content=house(), by=visitor, at=at)
            type_visit(person_id=item.person_id, by=visitor, at=at, key=key, body=form.visit.body)
            return


def _reword(today: date) -> None:
    """A wording that begins next month: one answer in plainer words."""
    keeper = Post.objects.get(role=Role.CITY_BUSINESS).user
    duty_of(keeper, today)
    definition = copy.deepcopy(FormVersion.live(today).definition)
    for area in definition["areas"]:
        for item in area["items"]:
            for option in item["options"]:
                if item["code"] == "illness" and option["value"] == 1:
                    option["words"] = "药吃得不准时"
    make_version(
        definition=definition, starts_on=(today.replace(day=1) + timedelta(days=32)).replace(day=1),
        document_no="榕民〔2026〕31号", summary="“慢病用药不规律”改成“药吃得不准时”，村里反映看不懂",
        by=keeper, at=timezone.now(),
    )  # fmt: skip
