"""Contexts of the papers that are printed before a visit: the blank form and the pre-filled round of a village."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Region
from accounts.models.region import Level
from visits.desk import links, trial
from visits.records import assessment
from visits.records.assessment import Form, level_of
from visits.records.models import FormVersion, Visit
from visits.roster.selectors import freshness, readable_groups
from visits.roster.selectors.duty import duty_phones
from visits.schedule import rows as due_rows
from visits.schedule.due import MODES
from visits.schedule.periods import Quarter
from visits.schedule.selectors import DuePerson, due_people
from visits.templatetags.xf import day, tel
from xunfang.kit import pdf, qr

MET = ["本人", "家人代述", "在外", "没见到"]
REPORT = {"label": "要报民政办", "options": ["不用", "要报"]}
CARE = {"label": "自己照料自己", "options": ["6样都能", "变了"]}
# What fits the cells; more would push somebody off the page.
LAST_WORDS, FIND_WORDS, CARE_WORDS = 13, 19, 22
LINE_OF_FIND, LINE_OF_CARE = 10, 12
LINE = "＿＿＿＿＿＿＿＿"
SEASON_AHEAD = timedelta(days=30)  # a form printed today is used for some weeks


def address(path: str) -> str:
    """The one external address that both networks reach, for a printed code."""
    return f"{settings.EXTERNAL_URL}{path}"


def emergency(township_id: int | None, county_id: int | None) -> str:
    """镇值班室 0591-2000 0119, the nearest one; a line to write on when no number is known."""
    lines = duty_phones(township_id, county_id)
    return f"{lines[0]['label']} {tel(lines[0]['number'])}" if lines else f"值班电话 {LINE}"


def people_of(user: Any, village: Region, today: date) -> list[DuePerson]:
    """Who is still to be visited there, in the order of a walk: by 自然村, then by urgency."""
    rows = due_people(user, today, paper=True, village=village.pk, without_rounds=True)
    return sorted(
        rows, key=lambda row: (row.person.hamlet == "", row.person.hamlet, row.due_on, row.person.pk)
    )


def round_of(user: Any, village: Region, today: date) -> dict[str, Any]:
    """Context of pdf/round.html."""
    rows = people_of(user, village, today)
    quarter = Quarter.containing(today)
    visitors = list(dict.fromkeys(row.person.assignee.name for row in rows if row.has_visitor))
    units = Region.objects.in_bulk([village.township_id, village.county_id])
    name = village.name.removesuffix("村").removesuffix("社区")
    last = last_answers([row.person.pk for row in rows])
    people = [_round_row(row, n, today, last.get(row.person.pk, "")) for n, row in enumerate(rows, start=1)]
    return {
        "number": f"{quarter.year}-{quarter.number}-{name}-{today:%m%d}",
        "place": "".join(units[pk].name for pk in (village.county_id, village.township_id)) + village.name,
        "period": quarter.label,
        "trial": trial.of(village, today).paper,
        "visitor": "、".join(visitors) if 0 < len(visitors) <= 3 else LINE,
        "printed": day(today),
        "total": len(rows),
        "fresh": freshness.of(village, today).short,
        "qr": qr.svg(
            address(links.to("visits_schedule:due", village=village.pk)), "二维码，扫码打开这个村的待访名单"
        ),
        "emergency": emergency(village.township_id, village.county_id),
        "pages": pdf.pages_of(people, _size(people)),
    }


def _round_row(row: DuePerson, number: int, today: date, answers: str) -> dict[str, Any]:
    person = row.person
    why, last = due_rows.why(row)
    place = f"{person.hamlet} {person.find_me}".strip()
    return {
        "row": number,
        "name": person.name,
        "sex": person.get_sex_display(),
        "age": person.age(today),
        "tail": person.id_tail or person.temporary_no,
        "phone": tel(person.phone or person.contact_phone),
        "why": why.replace("：", " ").replace("至少", ""),
        "due": f"{day(row.due_on)}前",
        "last": last,
        "find": _cut(place, FIND_WORDS) or "没写怎么找，去了补上",
        "care": _cut(person.mind, CARE_WORDS),
        "ask": [
            *([{"label": f"上次{answers}，现在", "options": ["一样", "变了"]}] if answers else []),
            CARE if any(word.startswith("特困") for word in row.groups) else REPORT,
        ],
    }


def _size(people: list[dict[str, Any]]) -> int:
    """How many fit a page: twelve rows of three lines, ten with a fourth line to tick, nine with long words."""
    if any(len(one["find"]) > LINE_OF_FIND and len(one["care"]) > LINE_OF_CARE for one in people):
        return 9
    return 10 if any(len(one["ask"]) > 1 for one in people) else 12


def last_answers(person_ids: Iterable[int]) -> dict[int, str]:
    """Person id → what was not all right last time, in few words. Two queries."""
    visits = (
        Visit.objects.valid()
        .of_files(list(person_ids))
        .order_by("file_id", "-visited_on", "-pk")
        .distinct("file_id")
    )
    forms = {row.pk: assessment.load(row.definition) for row in FormVersion.objects.all()}
    found = {}
    for visit in visits:
        form = forms[visit.form_version_id]
        wrong = [item for item in form.items if 1 <= level_of(getattr(visit, item.code)) <= 3]
        wrong.sort(key=lambda item: -level_of(getattr(visit, item.code)))
        words = "、".join(form.words(item.code, getattr(visit, item.code)) for item in wrong)
        if words:
            found[visit.file_id] = _cut(words, LAST_WORDS)
    return found


def blank(user: Any, today: date) -> dict[str, Any]:
    """Context of pdf/blank.html: today's wording, the season of the weeks to come."""
    version = FormVersion.live(today)
    form = assessment.load(version.definition)
    season = assessment.season(today) or assessment.season(today + SEASON_AHEAD)
    main = user.duty.main
    return {
        "unit": _unit_words(main),
        "printed": day(today),
        "form": f"第{version.number}版",
        "qr": qr.svg(address(links.to("home")), "二维码，扫码打开本系统"),
        "emergency": emergency(main.township_id, main.county_id),
        "groups": list(readable_groups(None).filter(active=True).values_list("short", flat=True)),
        "modes": list(MODES.values())[:4],
        "met": MET,
        "chips": [phrase.words for phrase in form.phrases_for(season)],
        "areas": [
            {
                "name": area.label[:2],  # 家庭, 健康, …: a narrow column
                "rows": [
                    {"name": item.label, "options": [_short(option.words) for option in item.options]}
                    for item in area.items
                ],
            }
            for area in form.areas
        ],
        "blocks": _blocks(form, season),
    }


def _unit_words(main: Any) -> str:
    ids = [pk for pk in (main.county_id, main.township_id) if pk]
    units = Region.objects.filter(pk__in=ids, level__lte=Level.TOWNSHIP).order_by("level")
    return "".join(units.values_list("name", flat=True))


def _blocks(form: Form, season: str | None) -> list[dict[str, Any]]:
    blocks = []
    if season is not None:
        block = form.season(season)
        lines = [
            {
                "label": _short(question.label),
                "options": [_short(option.words) for option in question.options],
            }
            for question in block.questions
            if question.options
        ]
        ticks = [question.label for question in block.questions if question.kind == "tick"]
        lines += [{"label": "还有", "options": ticks}] if ticks else []
        blocks.append({"title": block.label, "lines": lines})
    blocks.append(
        {"title": "特困", "lines": [{"label": "自己能", "options": [label for _, label in form.self_care]}]}
    )
    return blocks


def _short(words: str) -> str:
    """Words without what stands in brackets and without a final 吗: the form must stay on one page."""
    return re.sub(r"（[^）]*）", "", words).removesuffix("吗")


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
