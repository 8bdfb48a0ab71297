"""What stands on the page of somebody who is on the roster no longer, and which files were merged into one."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from visits.desk import links
from visits.desk.reading import Read
from visits.roster.models import Merge, Person
from visits.roster.services.departures import may_undo, open_departure
from visits.templatetags.xf import day, moment


def when(person: Person, today: date) -> str:
    """11月20日 周五, or 2026年9月前后 when only the month is known."""
    if person.left_on is None:
        return ""
    if person.left_approximate:
        return f"{person.left_on.year}年{person.left_on.month}月前后"
    return day(person.left_on, today)


def card(person: Person, user: Any, today: date) -> dict[str, Any] | None:
    """When, who noted it, from where it is known, and how to take it back; None for somebody on the roster."""
    if person.left_on is None:
        return None
    departure = open_departure(person)
    noted = ""
    if departure is not None:
        noted = f"{departure.noted_by.name}，{moment(timezone.localtime(departure.noted_at), today)}"
    voided = person.status == Person.Status.VOIDED
    clerk = user.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None
    mine = clerk if voided else may_undo(person, departure, user)
    undo = "visits_roster:file_unvoid" if voided else "visits_roster:departure_undo"
    return {
        "word": person.get_status_display(),
        "when": when(person, today),
        "noted": noted,
        "reason": person.left_reason,
        "undo_url": links.to(undo, person.uuid) if mine else "",
        "voided": voided,
        "dead": person.status == Person.Status.DEAD,
    }


def merged(read: Read, user: Any, today: date) -> list[dict[str, str]]:
    """Files that became this one, newest first; only the newest can be taken out again."""
    person = read.person
    if not read.there.merges:
        return []
    rows = (
        Merge.objects.filter(kept=person, undone_at=None)
        .select_related("merged", "merged_by")
        .order_by("-pk")
    )
    clerk = user.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None
    return [
        {
            "file_no": row.merged.file_no,
            "said": f"{row.merged_by.name}{day(row.merged_at, today)}并进来的：{row.reason}",
            "undo_url": links.to("visits_roster:unmerge", person.uuid, row.pk) if clerk and n == 0 else "",
        }
        for n, row in enumerate(rows)
    ]
