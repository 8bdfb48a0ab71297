"""The people of a due list as lines of a file or a paper: everything the office asks of such a list, in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from accounts.models import Region
from visits.desk import whereabouts
from visits.desk.cards import tries
from visits.roster.selectors.absences import where_now
from visits.schedule import rows as due_rows
from visits.schedule.models import DueItem
from visits.schedule.selectors import DuePerson, cards, urgent_items

CHUNK = 500


def items_of(user: Any, today: date, chosen: Mapping[str, Any]) -> list[int]:
    """Ids of the items of the list with these filters, all pages of it, in its order."""
    return list(urgent_items(user, today, **chosen).values_list("pk", flat=True))


def lines(
    user: Any, today: date, items: Sequence[int], *, paper: bool = False
) -> Iterator[tuple[DuePerson, dict[str, Any]]]:
    """The rows of these items in their order, each with its words by column; memory does not grow with their number.
    `paper`: in the words of a sheet that goes to the village, whoever prints it."""
    for start in range(0, len(items), CHUNK):
        part = items[start : start + CHUNK]
        # SECURITY: no whole id number is even read.
        rows = DueItem.objects.filter(pk__in=part).with_state(today).defer("person__id_number")
        found = {row.item.pk: row for row in cards(rows, today, None if paper else user)}
        yield from _lines([found[pk] for pk in part if pk in found], user, today)


def _lines(rows: list[DuePerson], user: Any, today: date) -> Iterator[tuple[DuePerson, dict[str, Any]]]:
    tried = tries(rows)
    people = [row.person for row in rows]
    # The address first: paper has no room for long words.
    where = {
        row.person.pk: {"text": f"住{row.elsewhere.address}，{row.elsewhere.said(user)}"}
        for row in rows
        if row.elsewhere
    }
    where |= whereabouts.lines(where_now([person.pk for person in people], today).values(), today)
    townships = dict(
        Region.objects.filter(pk__in={person.township_id for person in people}).values_list("pk", "name")
    )
    for row in rows:
        person, made = row.person, tried.get(row.person.pk, [])
        yield (
            row,
            {
                "name": person.name,
                "sex": person.get_sex_display(),
                "age": person.age(today),
                "tail": person.id_tail or person.temporary_no or "",
                "groups": "、".join(row.groups),
                "township": townships.get(person.township_id, ""),
                "village": row.village,
                "hamlet": person.hamlet,
                "state": row.word,
                "due_on": row.due_on,
                "left": row.left,
                "why": row.why,
                "period": due_rows.period(row.item),
                "modes": due_rows.asked(row.item),
                "visitor": person.assignee.name if row.has_visitor and person.assignee else "未落实",
                "tries": len(made),
                "tried_on": made[-1].tried_on if made else None,
                "last_on": row.last_on,
                "phone": (row.elsewhere and row.elsewhere.phone) or person.phone,
                "contact": person.contact_name
                + (f"（{person.contact_relation}）" if person.contact_relation else ""),
                "contact_phone": person.contact_phone,
                "where": where.get(person.pk, {}).get("text", ""),
                "residence": person.residence,
                "find_me": person.find_me,
            },
        )
