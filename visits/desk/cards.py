"""People to visit as cards, by 自然村, and what surrounds them. Words and links only."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from visits.desk import links, whereabouts
from visits.records.models import Attempt, Draft
from visits.records.selectors.household import others_due_of
from visits.records.trying import COUNTED
from visits.roster.models import Person
from visits.roster.selectors.absences import where_now
from visits.roster.selectors.transitions import Elsewhere, elsewhere
from visits.schedule import rows as due_rows
from visits.schedule.due import MODES
from visits.schedule.models import DueItem
from visits.schedule.rounds import rows as round_rows
from visits.schedule.rounds import selectors as rounds
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import dayshort

NO_HAMLET = "没写自然村"
MOST_CALLS = 12
URGENT = ("late", "missed", "soon")


def tries(rows: Iterable[DuePerson]) -> dict[int, list[Attempt]]:
    """Person id → tries in vain since the item opened, oldest first. One query."""
    since = {row.person.pk: row.item.tries_from for row in rows}
    if not since:
        return {}
    found: dict[int, list[Attempt]] = {}
    made = Attempt.objects.of_files(since).filter(tried_on__gte=min(since.values()), outcome__in=COUNTED)
    for attempt in made.order_by("tried_on", "pk"):
        if attempt.tried_on >= since[attempt.file_id]:  # type: ignore[attr-defined]
            found.setdefault(attempt.file_id, []).append(attempt)
    return found


def go_again(rows: Iterable[DuePerson], tried: Mapping[int, list[Attempt]]) -> list[tuple[date, DuePerson]]:
    """Who was not met, with the day that was said for the next try, the nearest first."""
    found = [(tried[row.person.pk][-1].next_on, row) for row in rows if row.person.pk in tried]
    return sorted(((on, row) for on, row in found if on), key=lambda one: (one[0], one[1].person.pk))


def by_hamlet(
    rows: list[DuePerson], user: Any, today: date, tried: Mapping[int, list[Attempt]]
) -> list[dict[str, Any]]:
    """Groups of cards: the 自然村 with the most urgent person first, inside it the most urgent first."""
    drafts = set(
        Draft.objects.filter(
            author=user, together=False, person_id__in=[row.person.pk for row in rows]
        ).values_list("person_id", flat=True)
    )
    where = {row.person.pk: whereabouts.entrusted_line(row.elsewhere, user) for row in rows if row.elsewhere}
    where |= whereabouts.lines(where_now([row.person.pk for row in rows], today).values(), today)
    homes = others_due_of([row.person for row in rows], user, today)
    several = len({row.person.village_id for row in rows if row.elsewhere is None}) > 1
    groups: dict[tuple[int, str], list[dict[str, Any]]] = {}
    names = {}
    for row in rows:
        key, names_it = _spot(row, user, several)
        names[key] = names_it
        made = card(
            row,
            today,
            tried.get(row.person.pk, []),
            row.person.pk in drafts,
            where.get(row.person.pk),
            homes.get(row.person.pk, 0),
        )
        groups.setdefault(key, []).append(made)
    return [{"name": names[key], "cards": found} for key, found in groups.items()]


def _spot(row: DuePerson, user: Any, several: bool) -> tuple[tuple[int, str], str]:
    """Under which heading somebody stands: nobody walks to the old house of who lives elsewhere."""
    if row.elsewhere is not None:
        said = f"受{row.elsewhere.from_name}委托" if row.elsewhere.goes(user) else "委托别处去访的"
        return (0, said), said
    hamlet = row.person.hamlet or NO_HAMLET
    return (row.person.village_id, row.person.hamlet), f"{row.village} {hamlet}" if several else hamlet


def card(
    row: DuePerson,
    today: date,
    tried: list[Attempt],
    draft: bool,
    where: dict[str, str] | None = None,
    others: int = 0,
) -> dict[str, Any]:
    """A person card: why, where they are when not at home, how to find, what to mind, the telephone, and one
    action. `others`: how many of the household are to be visited too."""
    person = row.person
    action = "接着写" if draft else "去首访" if row.item.first and row.last_on is None else "去巡访"
    lines: list[dict[str, Any]] = [where] if where else []
    if person.find_me and row.elsewhere is None:
        lines.append({"icon": "way", "text": person.find_me})
    if person.mind:
        lines.append({"icon": "info", "text": person.mind})
    if tried:
        days = "、".join(dayshort(one.tried_on) for one in tried[-3:])
        again = due_rows.again(tried[-1].next_on, today)
        said = f"没见到{len(tried)}次（{days}）" + (f"，{again}" if again else "")
        lines.append({"icon": "tried", "text": said})
    if (tried or not person.phone) and person.contact_phone:
        who = f"联系不上时找{person.contact_relation}{person.contact_name}"
        lines.append({"icon": "tel", "text": who, "tel": person.contact_phone})
    return {
        "name": person.name,
        "url": links.to("visits_desk:person", person.uuid),
        "action_url": links.to("visits_records:visit_new", person.uuid),
        "action": action,
        "about": due_rows.about(row, today),
        "tags": row.groups,
        "due": due_rows.chip(row),
        "why": due_rows.why(row),
        "why_url": links.to("visits_schedule:why", person.uuid),
        "lines": lines,
        "tel": (row.elsewhere and row.elsewhere.phone) or person.phone,
        "sos_url": links.to("visits_followup:emergency_of", person.uuid),
        "home": {
            "url": links.to("visits_records:household_visit", person.uuid),
            "word": f"一户{others + 1}人一起访",
        }
        if others
        else None,
    }


def calls(user: Any, today: date, mine: int | None, people: Collection[int]) -> list[dict[str, Any]]:
    """Who of these must be rung or seen today: people of running rounds, round by round, the nearest due day first."""
    items = rounds.open_of(user, today).filter(person_id__in=people)
    away = [item.person_id for item in items if item.person.entrusted_to_id is not None]
    there = elsewhere(away, today) if away else {}
    found: dict[int, dict[str, Any]] = {}
    for item in items:
        row = found.setdefault(item.round_id, _call_group(item.round, today, mine))
        row["count"] += 1
        if len(row["people"]) < MOST_CALLS:
            row["people"].append(_call(item.person, there.get(item.person_id), user))
    return list(found.values())


def _call(person: Person, there: Elsewhere | None, user: Any) -> dict[str, str]:
    """Whom to ring, and where they are: at their own place, or where another township visits them."""
    phone = (there and there.phone) or person.phone
    ours = there is None or there.goes(user)
    return {
        "name": person.name,
        "url": links.to("visits_records:visit_new" if ours else "visits_desk:person", person.uuid),
        "tel": phone or person.contact_phone,
        "whose": "" if phone or not person.contact_phone else person.contact_relation or "联系人",
        "where": f"{there.said(user)}，住{there.address}"
        if there
        else " ".join(filter(None, (person.hamlet, person.find_me))),
    }


def _call_group(row: Any, today: date, mine: int | None) -> dict[str, Any]:
    own = {"assignee": mine} if mine else {}
    return {
        "name": row.name,
        "say": row.say,
        "due": round_rows.chip(row, today),
        "phones_url": links.to("visits_schedule:round_phones", row.uuid),
        "all_url": links.to("visits_schedule:due", cause="round", **own),
        "count": 0,
        "people": [],
    }


def done_people(people: Collection[int], today: date) -> list[dict[str, Any]]:
    """Those of these people whose visits of the running periods are all done, newest visit first."""
    running = DueItem.objects.counting().filter(person_id__in=people, closes_on__gte=today)
    # Two questions about a few people: as one, PostgreSQL reads what is left in the whole city.
    left = set(DueItem.objects.to_do(today).filter(person_id__in=people).values_list("person_id", flat=True))
    done = running.filter(done_on__isnull=False).exclude(person_id__in=left).order_by("-done_on", "-pk")
    found: dict[int, dict[str, Any]] = {}
    for item in done.select_related("person").only(
        "done_on", "done_mode", "done_via", "person__name", "person__uuid", "person__status"
    ):
        if item.person.status == Person.Status.LIVE:
            found.setdefault(
                item.person_id,
                {
                    "name": item.person.name,
                    "url": links.to("visits_desk:person", item.person.uuid),
                    "said": dayshort(item.done_on)
                    + ("线下已访" if item.offline else MODES.get(item.done_mode, "")),
                },
            )
    return list(found.values())
