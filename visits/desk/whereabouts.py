"""Where somebody is, what was tried, and who has to be found at once: words and links for the pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from accounts.roles import COUNTY, TOWNSHIP, WRITES_VISITS
from visits.desk import links
from visits.desk.reading import Read
from visits.followup.selectors.searching import told
from visits.records.models import Attempt, Excuse
from visits.records.selectors.unreached import Unreached, unreached, unreached_person
from visits.records.services.excusing import asks_of, standing_of
from visits.roster import absence_rows
from visits.roster.models import Absence, Person
from visits.roster.selectors.transitions import Elsewhere
from visits.roster.selectors.transitions import open_of as open_transition
from visits.roster.services.absences import is_clerk
from visits.roster.transition_rows import target
from visits.schedule import rows as due_rows
from visits.schedule.models import DueItem
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import day, moment

MOST = 20


def card(read: Read, user: Any, today: date) -> dict[str, Any] | None:
    """The absence that goes on, or the stay in hospital that just ended; None when there is nothing to say."""
    person, row = read.person, read.absence
    if row is None:
        return _just_back(person, user, today) if read.there.discharges else None
    clerk = is_clerk(person, user)
    may = user.duty.has(WRITES_VISITS) and (clerk or not row.suspends)
    hospital = row.kind == Absence.Kind.HOSPITAL
    return {
        "title": row.get_kind_display() + ("，暂缓巡访" if row.suspends else ""),
        "say": absence_rows.words(row, today),
        "tel": row.phone,
        "document": row.document_no,
        "review": f"{day(row.review_on, today)}再核" if row.review_on else "",
        "noted": f"{row.noted_by.name}，{day(row.noted_at, today)}记的",
        "back_url": links.to("visits_roster:absence_end", person.uuid, row.pk) if may else "",
        "back_word": "出院了" if hospital else "回来了",
        "edit_url": links.to("visits_roster:absence_new", person.uuid) if may else "",
        "void_url": links.to("visits_roster:absence_void", person.uuid, row.pk)
        if clerk or (may and row.noted_by_id == user.pk)
        else "",
        "reopen_url": "",
    }


def _just_back(person: Person, user: Any, today: date) -> dict[str, Any] | None:
    owed = DueItem.objects.filter(person=person, cause=DueItem.Cause.DISCHARGE, done_on=None, stored="")
    starts = owed.values_list("period_start", flat=True)
    row = (
        person.absences.filter(voided_at=None, ends_on__in=list(starts))
        .select_related("noted_by")
        .order_by("-ends_on")
        .first()
    )
    if row is None:
        return None
    may = user.duty.has(WRITES_VISITS) and (
        is_clerk(person, user) or user.pk in (row.noted_by_id, row.ended_by_id)
    )
    return {
        "title": "出院了", "say": f"{absence_rows.words(row, today)}。7天内要当面看一次。", "tel": "", "document": "",
        "review": "", "noted": "", "back_url": "", "back_word": "", "edit_url": "", "void_url": "",
        "reopen_url": links.to("visits_roster:absence_reopen", person.uuid, row.pk) if may else "",
    }  # fmt: skip


def entrusted(read: Read, user: Any, today: date) -> dict[str, str] | None:
    """What is under way with another township, or how the file came to be visited from there."""
    row = open_transition(read.person, today) if read.there.transitions else None
    if row is None:
        return None
    to = target(row)
    if row.state == "accepted":
        until = f"，到{day(row.ends_on, today)}" if row.ends_on else ""
        say = f"{row.from_township.name}委托{to}探访{until}，住{row.address}。责任和统计在{row.from_township.name}。"
    else:
        say = f"{day(row.proposed_at, today)}向{to}发起{row.get_kind_display()}，等对方{day(row.answer_by, today)}前答复。"
    office = user.duty.has(TOWNSHIP | COUNTY)
    return {
        "title": row.get_kind_display(),
        "number": row.number,
        "say": say,
        "tel": row.phone if row.state == "accepted" else "",
        "url": links.to("visits_roster:transition", row.uuid) if office else "",
    }


def tried(read: Read, row: DuePerson | None, user: Any) -> dict[str, str]:
    """What is still asked before 未访成 may be noted, or that it was; empty when nobody tried."""
    person = read.person
    if not read.there.excused and (row is None or not read.there.attempts):
        return {}
    noted = (
        Excuse.objects.filter(due_item__person=person, undone_at=None, due_item__stored="excused")
        .select_related("due_item")
        .order_by("-due_item__closes_on")
        .first()
    )
    may = user.duty.has(WRITES_VISITS)
    url = links.to("visits_records:excuse", person.uuid) if may else ""
    if row is None:
        if noted is None or noted.due_item.closes_on < user.duty.on:
            return {}
        return {
            "say": f"这一期记了未访成（已按规定尝试），找过{noted.tries}次。",
            "url": url,
            "word": "看一看",
        }
    found = standing_of(person, row.item, asks_of(person, user))
    if not found.basis:
        return {}
    since = Attempt.objects.of_files([person.pk]).filter(tried_on__gte=row.item.opens_on)
    next_on = since.order_by("-tried_on", "-pk").values_list("next_on", flat=True).first()
    again = due_rows.again(next_on, user.duty.on)
    then = f"{again}。" if again else ""
    if found.missing:
        return {"say": f"还差：{found.missing}。{then}", "url": url, "word": "看找过几次"}
    return {"say": f"按规定找过了。{then}", "url": url, "word": "记未访成"}


def lines(rows: Iterable[Absence], today: date) -> dict[int, dict[str, str]]:
    """Person id → a line of the card: where they are, with the telephone there."""
    return {
        row.person_id: {"icon": "info", "text": absence_rows.words(row, today), "tel": row.phone}
        for row in rows
    }


def entrusted_line(there: Elsewhere, user: Any) -> dict[str, str]:
    """A line of the card of somebody whom another township visits: by the reader's side, and where they live."""
    return {"icon": "send", "text": f"{there.said(user)}，住{there.address}"}


def alarms(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Who has to be found within 24 hours, in the user's scope."""
    return [_alarm(one, now) for one in unreached(user, now)[:MOST]]


def alarms_told(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Who was not found in 24 hours, of whom the user was told: for an office that looks after many townships."""
    return [_alarm(one, now) for one in told(user, now)[:MOST]]


def alarm(read: Read, now: datetime) -> dict[str, Any] | None:
    """The same of one person."""
    found = unreached_person(read.person, now) if read.there.attempts else None
    return _alarm(found, now) if found else None


def _alarm(one: Unreached, now: datetime) -> dict[str, Any]:
    person = one.person
    until = moment(one.until)
    return {
        "name": person.name,
        "url": links.to("visits_desk:person", person.uuid),
        "why": f"{one.why}，找过{one.tries}次没找到",
        "over": one.over(now),
        "say": f"{until}已过24小时，请马上打110" if one.over(now) else f"到{until}还没有找到，请打110",
        "contact": person.contact_relation + person.contact_name,
        "tel": person.contact_phone or person.phone,
        "try_url": links.to("visits_records:attempt_new", person.uuid),
    }
