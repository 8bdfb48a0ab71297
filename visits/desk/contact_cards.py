"""巡访联系卡 (practice P33): A6, stays with the person. Who comes, when next, whom to ring; nothing about why."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Region
from visits.core.options import option
from visits.roster.models import Person, PersonQuerySet
from visits.roster.selectors import with_visitor
from visits.roster.selectors.duty import duty_phones
from visits.schedule.models import DueItem
from visits.templatetags.xf import day, tel
from xunfang.kit import files, jobs, pdf

KIND = "desk.contact_cards_pdf"
KEEP_DAYS = 7
FOUR = 4
TEMPLATE = "pdf/contact.html"
BATCH = 48  # cards laid out at once: twelve sheets of four


def people_of(user: Any, village: Region) -> PersonQuerySet:
    """The people on the list of a village whom the user may see, in the order of a walk."""
    rows = Person.objects.visible_to(user).on_roster().filter(village_id=village.pk)
    return rows.select_related("assignee").order_by("hamlet", "pk")


def cards(people: Sequence[Person], today: date) -> list[dict[str, Any]]:
    """What stands on each card. The same number of queries for one and for a village."""
    ids = [person.pk for person in people]
    due = _next_days(ids, today)
    visited = with_visitor(ids, today)
    units = Region.objects.in_bulk(
        {pk for person in people for pk in (person.village_id, person.township_id)}
    )
    offices = {pk: _office(units[pk], today) for pk in {person.township_id for person in people}}
    return [
        {
            "name": person.name,
            "place": f"{units[person.township_id].name}{units[person.village_id].name}",
            "who": person.assignee.name if person.assignee is not None and person.pk in visited else "",
            "when": _when(due.get(person.pk), today),
            **offices[person.township_id],
        }
        for person in people
    ]


def _when(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "这一期来过了，下一期再来"
    return f"{day(due_on, today)}前" if due_on >= today else "这几天就来"


def _next_days(ids: list[int], today: date) -> dict[int, date]:
    """Person id → until when somebody is to come."""
    items = DueItem.objects.filter(person_id__in=ids).to_do(today)
    found: dict[int, date] = {}
    for pk, on in items.order_by("due_on", "pk").values_list("person_id", "due_on"):
        found.setdefault(pk, on)
    return found


def _office(township: Region, today: date) -> dict[str, Any]:
    duty = duty_phones(township.pk, township.county_id)
    return {
        "office": f"{township.name}民政办",
        "phone": tel(option("office_phone", township, today)),
        "duty": f"{duty[0]['label']} {tel(duty[0]['number'])}" if duty else "",
    }


def context(people: Sequence[Person], today: date, *, four: bool) -> dict[str, Any]:
    """Context of pdf/contact.html: one card on an A6, or four on an A4."""
    made = cards(people, today)
    size = FOUR if four else 1
    return {
        "four": four,
        "pages": [made[start : start + size] for start in range(0, len(made), size)],
        "printed": day(today),
    }


def make(user: Any, village: Region, today: date, progress: jobs.Progress) -> str:
    """The cards of a whole village as one PDF, four on an A4; gives its address. Raises `jobs.JobRefused`."""
    people = list(people_of(user, village))
    if not people:
        raise jobs.JobRefused("这个村现在没有在册的人，不用打联系卡。")
    total = len(people)
    progress(0, total, "正在排版")
    pages = (
        render_to_string(
            TEMPLATE, context(people[start : start + BATCH], today, four=True) | {"screen": False}
        )
        for start in range(0, total, BATCH)
    )
    try:
        data = pdf.render_many(pages, lambda done: progress(min(done * BATCH, total), total, "正在排版"))
    except pdf.PdfUnavailable as error:
        raise jobs.JobRefused(str(error)) from None
    stored = files.store(
        data,
        name=f"{village.name}巡访联系卡{today:%m%d}.pdf",
        content_type="application/pdf",
        kind="contact_cards_pdf",
        owner_id=user.pk,
        keep_days=KEEP_DAYS,
    )
    progress(total, total, f"{total}张联系卡做好了，打开就能打印，一张A4四张。")
    return reverse("accounts:file", args=[stored.uuid])
