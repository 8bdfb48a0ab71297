"""Contexts of the papers that are printed before a visit: the blank form and the pre-filled round of a village."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Region
from accounts.models.region import Level
from visits.desk import links, round_season, trial
from visits.desk.round_season import Extra, season_of
from visits.records import assessment
from visits.records.asking import windows_of
from visits.records.assessment import Form, level_of
from visits.records.models import FormVersion, RoundPaper, Visit
from visits.records.services.papers import keep_paper
from visits.roster.models import Person
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
CODE_SAYS = "二维码，民政办扫码录入这一页，巡访人扫码打开这个村的待访名单"
LINE = "＿＿＿＿＿＿＿＿"


def address(path: str) -> str:
    """The one external address that both networks reach, for a printed code."""
    return f"{settings.EXTERNAL_URL}{path}"


def emergency(township_id: int | None, county_id: int | None) -> str:
    """镇值班室 0591-2000 0119, the nearest one; a line to write on when no number is known."""
    lines = duty_phones(township_id, county_id)
    return f"{lines[0]['label']} {tel(lines[0]['number'])}" if lines else f"值班电话 {LINE}"


def people_of(user: Any, village: Region, today: date) -> list[DuePerson]:
    """Who is still to be visited there, in the order of a walk: by 自然村, then by urgency. Whom another township
    visits is nobody's to walk to."""
    rows = due_people(user, today, paper=True, village=village.pk, without_rounds=True, entrusted="here")
    return sorted(
        rows, key=lambda row: (row.person.hamlet == "", row.person.hamlet, row.due_on, row.person.pk)
    )


def number_of(village: Region, today: date) -> str:
    """2026-4-月洲-1125: for the eye and the telephone; the code is what a machine reads."""
    quarter = Quarter.containing(today)
    name = village.name.removesuffix("村").removesuffix("社区")
    return f"{quarter.year}-{quarter.number}-{name}-{today:%m%d}"


def keep_round(user: Any, village: Region, now: datetime) -> RoundPaper | None:
    """Keep the list of today as a paper; None when nobody has to be visited. Raises CannotChange."""
    today = timezone.localtime(now).date()
    rows = people_of(user, village, today)
    if not rows:
        return None
    ids = [row.person.pk for row in rows]
    last, extra = last_answers(ids), round_season.read(village, ids, today, today)
    laid = [
        _round_row(row, n, today, last.get(row.person.pk, ""), extra.of(row.person.pk))
        for n, row in enumerate(rows, start=1)
    ]
    return keep_paper(
        village_id=village.pk,
        people=ids,
        number=number_of(village, today),
        per_page=_size(laid, extra),
        by=user,
        at=now,
    )


def round_of(user: Any, paper: RoundPaper, today: date) -> dict[str, Any]:
    """Context of pdf/round.html: the rows of the paper as they were fixed, with what is known today."""
    village = Region.objects.get(pk=paper.village_id)
    known = {row.person.pk: row for row in people_of(user, village, today)}
    # SECURITY: a paper outlives a post, and people move: each row is asked for anew.
    others = Person.objects.visible_to(user).in_bulk([pk for pk in paper.people if pk not in known])
    last = last_answers([pk for pk in paper.people if pk in known])
    extra = round_season.read(village, list(known), today, paper.printed_on)
    people = []
    for n, pk in enumerate(paper.people, start=1):
        row = known.get(pk)
        if row is not None:
            people.append(_round_row(row, n, today, last.get(pk, ""), extra.of(pk)))
        else:
            people.append(_settled_row(others.get(pk), n, today))
    visitors = list(dict.fromkeys(row.person.assignee.name for row in known.values() if row.has_visitor))
    units = Region.objects.in_bulk([village.township_id, village.county_id])
    pages = pdf.pages_of(people, paper.per_page)
    for page in pages:
        page["code"] = f"{paper.code}-{page['number']}"
        page["qr"] = qr.svg(
            address(links.to("visits_records:paper_code", paper.code, page["number"])), CODE_SAYS
        )
    return {
        "number": paper.number,
        "place": "".join(units[pk].name for pk in (village.county_id, village.township_id)) + village.name,
        "period": Quarter.containing(paper.printed_on).label,
        "trial": trial.of(village, today).paper,
        "visitor": "、".join(visitors) if 0 < len(visitors) <= 3 else LINE,
        "printed": day(paper.printed_on),
        "total": len(people),
        "fresh": freshness.of(village, today).short,
        "emergency": emergency(village.township_id, village.county_id),
        "legend": extra.legend,
        "pages": pages,
    }


def _settled_row(person: Person | None, number: int, today: date) -> dict[str, Any]:
    """A row of a paper that was printed before: nobody has to go there any more."""
    empty = {
        "row": number,
        "sex": "",
        "age": "",
        "tail": "",
        "phone": "",
        "due": "",
        "last": "",
        "care": "",
        "ask": [],
        "fill": [],
    }
    if person is None or person.status != Person.Status.LIVE:
        return empty | {"name": "（空）", "why": "名单上已经没有", "find": ""}
    facts = {"name": person.name, "sex": person.get_sex_display(), "age": person.age(today)}
    why = "打单以后访过了" if person.entrusted_to_id is None else "已委托别的乡镇去访"
    return empty | facts | {"tail": person.tail_words, "why": why, "find": ""}


def _round_row(row: DuePerson, number: int, today: date, answers: str, fill: list[str]) -> dict[str, Any]:
    person = row.person
    why, last = due_rows.why(row)
    place = f"{person.hamlet} {person.find_me}".strip()
    return {
        "row": number,
        "name": person.name,
        "sex": person.get_sex_display(),
        "age": person.age(today),
        "tail": person.tail_words,
        "phone": tel(person.phone or person.contact_phone),
        "why": why.replace("：", " ").replace("至少", ""),
        "due": due_rows.until(row),
        "last": last,
        "find": _cut(place, FIND_WORDS) or "没写怎么找，去了补上",
        "care": _cut(person.mind, CARE_WORDS),
        "ask": [
            *([{"label": f"上次{answers}，现在", "options": ["一样", "变了"]}] if answers else []),
            CARE if any(word.startswith("特困") for word in row.groups) else REPORT,
        ],
        "fill": fill,
    }


# Rows that fit a page, by how many lines the fullest has to tick or to fill in; and one less for words that say how.
FIT = {1: 12, 2: 10, 3: 9, 4: 8}


def _size(people: list[dict[str, Any]], extra: Extra) -> int:
    """How many fit a page; nine at most with long words."""
    lines = max(len(one["ask"]) + len(one["fill"]) for one in people)
    legend = bool(extra.legend)
    fit = FIT.get(lines, 8) - legend
    long = any(len(one["find"]) > LINE_OF_FIND and len(one["care"]) > LINE_OF_CARE for one in people)
    return min(fit, 9) - legend if long else fit


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
    main = user.duty.main
    season, _ = season_of(windows_of(Region.objects.get(pk=main.region_id), today), today)
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
