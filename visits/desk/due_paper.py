"""The due list on paper, by 自然村, with a box to tick and room for a remark. Masked and worded as whatever goes to a
village, whoever prints it (practice P17, P28): ids by their tail, classes that the village may read."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from accounts import audit
from accounts.models import Region
from visits.desk import due_lines
from visits.roster.exports.workbook import watermark
from visits.roster.selectors import freshness
from visits.schedule import filter_words
from visits.schedule import rows as due_rows
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import day, left, tel
from xunfang.kit import pdf

NO_HAMLET = "没写自然村"
# A4 across has room for so many millimetres of rows between the heads and the foot.
ROOM, PERSON, HEADING = 160.0, 13.3, 6.5
# One line of why, two of classes, two of how to find: more would make a row higher than that.
GROUPS_WORDS, FIND_WORDS, WHY_WORDS = 38, 24, 18


def context(user: Any, chosen: Mapping[str, Any], today: date, now: datetime) -> dict[str, Any]:
    """Context of pdf/due.html: everybody whom these filters keep."""
    items = due_lines.items_of(user, today, {**chosen, "sort": "place"})
    rows = due_lines.lines(user, today, items, paper=True)
    main = user.duty.main
    return {
        "title": "待访名单",
        "unit": main.region_name if main else "",
        "which": filter_words.words(user, chosen, paper=True),
        "printed": day(today),
        "fresh": freshness.of_user(user, today).short,
        "total": len(items),
        "pages": pages(_placed(rows)),
        "whose_copy": watermark(user, now).replace("导出", "打印"),
    }


def record_print(*, by: Any, at: datetime, people: int, filters: Mapping[str, Any]) -> None:
    """A list with telephones left the screen: how many people, and by which filters, not by what values."""
    main = by.duty.main
    unit = Region.objects.filter(pk=main.region_id).first() if main else None
    audit.record(
        "due_printed", at=at, by_id=by.pk, role=main.role if main else "", target=unit,
        people=people, filters=sorted(filters),
    )  # fmt: skip


def _placed(rows: Iterable[tuple[DuePerson, dict[str, Any]]]) -> list[dict[str, Any]]:
    """People by 自然村, each with its place in the whole list."""
    found, number, towns = [], 0, set()
    for (township, village, hamlet), group in groupby(
        rows, key=lambda one: (one[1]["township"], one[1]["village"], one[1]["hamlet"])
    ):
        people = []
        for row, line in group:
            number += 1
            people.append(_row(row, line, number))
        towns.add(township)
        found.append({"township": township, "name": f"{village} {hamlet or NO_HAMLET}", "people": people})
    if len(towns) > 1:
        for one in found:
            one["name"] = f"{one['township']} {one['name']}"
    return found


def _row(row: DuePerson, line: Mapping[str, Any], number: int) -> dict[str, Any]:
    phone = line["phone"] or line["contact_phone"]
    whose = "" if line["phone"] or not phone else f"（{row.person.contact_relation or '联系人'}）"
    return {
        "row": number,
        "name": line["name"],
        "about": f"{line['sex']}{line['age']}",
        "tail": row.person.tail_words,
        "phone": tel(phone) + whose,
        "find": _cut(line["where"] or line["find_me"], FIND_WORDS),
        "why": _cut(line["why"], WHY_WORDS),
        "groups": _cut(line["groups"], GROUPS_WORDS),
        "urgent": row.look == "late",
        "state": line["state"],
        "due": due_rows.until(row),
        "left": left(row.left),
        "visitor": line["visitor"],
        "tries": f"没见到{line['tries']}次" if line["tries"] else "",
    }


def pages(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sheets of groups that fit; whoever stands on the next sheet stands there under their 自然村 again."""
    sheets: list[list[dict[str, Any]]] = [[]]
    room = ROOM
    for group in groups:
        people = list(group["people"])
        word = group["name"]
        while people:
            if room < HEADING + PERSON:
                sheets.append([])
                room = ROOM
            fit = int((room - HEADING) // PERSON)
            part, people = people[:fit], people[fit:]
            sheets[-1].append({"name": word, "count": len(group["people"]), "people": part})
            room -= HEADING + PERSON * len(part)
            word = f"{group['name']}（接上页）"
    return [
        {"number": page["number"], "of": page["of"], "groups": page["people"][0]}
        for page in pdf.pages_of(sheets, 1)
    ]


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
