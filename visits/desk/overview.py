"""The overview of a unit in the shape the components draw. No rule here: words, links and order."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from accounts.scoping import Duty
from visits.desk import links, scope, shades, trial
from visits.desk.selectors import MEASURES, Figures, figures, figures_and_below, figures_before
from visits.desk.trial import Trial
from visits.roster.selectors import freshness
from visits.roster.selectors.freshness import Freshness
from visits.schedule.periods import HalfYear, Period, Quarter
from visits.templatetags.xf import day, dayshort, num, rate
from xunfang.kit.prepared import Prepared

# Code of the column, its head, where a vertical line stands, in which group of a phone, the shade it takes.
COLUMNS: tuple[tuple[str, str, str, str, str], ...] = (
    ("due", "应访", "", "1", ""),
    ("home_rate", "户完成率%", "pair", "1", ""),
    ("rate", "人完成率%", "", "1", "rate"),
    ("self_rate", "见到本人率%", "", "1", "self_rate"),
    ("done", "已访", "pair", "", ""),
    ("self", "见到本人", "", "", ""),
    ("open", "未到期", "pair", "2", ""),
    ("late", "逾期", "", "2", "late"),
    ("tried", "未访成", "", "2", ""),
    ("unsigned", "待签", "pair", "3", ""),
    ("signed", "已签", "", "3", ""),
    ("approved", "已审", "", "3", ""),
    ("offline", "线下", "", "3", ""),
    ("unassigned", "未落实", "pair", "4", "unassigned"),
    ("roster", "名单", "", "4", ""),
    ("entrusted", "受托完成", "", "4", ""),
)
RARE = ("offline", "entrusted")
GROUPS = (("1", "完成情况"), ("2", "没访的"), ("3", "签字"), ("4", "人和名单"))
RATES = {
    "home_rate": "homes_done",
    "rate": "done",
    "self_rate": "self",
}  # a rate links to the people it counts
BELOW_WORDS = {Level.CITY: "各县（市、区）", Level.COUNTY: "各乡镇（街道）", Level.TOWNSHIP: "各村（居）"}


@dataclass(frozen=True)
class Row:
    """A unit below with its figures."""

    region: Region
    figures: Figures
    url: str
    # Of a unit that took over others: whose figures these are.
    units: scope.Units | None = None


@dataclass(frozen=True)
class Overview:
    """Everything the page shows, read once."""

    region: Region
    period: Quarter | HalfYear
    today: date
    whole: Figures
    before: Figures
    year_ago: Figures
    rows: list[Row]
    fresh: Freshness
    trial: Trial
    # Whether people are visited once in a half-year; and the last period of the same kind, with how it is called.
    half_yearly: bool
    alike: Figures
    alike_word: str

    @property
    def with_half_year(self) -> bool:
        """Whether visits of a half-year fall due in this quarter, which they do in its second one only."""
        return self.half_yearly and scope.second_of_half(self.period)

    def fresh_words(self, banner: dict[str, Any] | None) -> str:
        """How old the list is, and whether the figures count, unless the line above the page says so."""
        return f"{self.fresh.words}{'' if banner and banner.get('trial') else self.trial.words}"


def columns(page: Overview) -> tuple[tuple[str, str, str, str, str], ...]:
    """Without what is nobody's here: visits made outside the system are a matter of the first quarters, and not
    every township visits for another."""
    return tuple(one for one in COLUMNS if one[0] not in RARE or page.whole.of(one[0]))


def read(
    region: Region, period: Quarter | HalfYear, today: date, user: Any, *, year_ago: bool = False
) -> Overview:
    """The figures of a unit, of the same unit one period earlier (and one year earlier, when asked), and of the
    units below it."""
    units = scope.units_of(region)
    whole, below = figures_and_below(units, region.level, period, today)
    before = figures_before(units, period.previous(), today)
    ago = figures_before(units, scope.year_before(period), today) if year_ago else Figures()
    mixed = isinstance(period, Quarter) and scope.half_yearly(min(today, period.end))
    alike, word = _alike(units, period, today, before, ago, mixed=mixed, asked=year_ago)
    return Overview(
        region=region,
        period=period,
        today=today,
        whole=whole,
        before=before,
        year_ago=ago,
        rows=_rows(region, below, today, period, user.duty),
        fresh=freshness.of(region, today),
        trial=trial.of_page(user, region, today, period),
        half_yearly=mixed,
        alike=alike,
        alike_word=word,
    )


def _alike(
    units: scope.Units,
    period: Quarter | HalfYear,
    today: date,
    before: Figures,
    ago: Figures,
    *,
    mixed: bool,
    asked: bool,
) -> tuple[Figures, str]:
    """The figures of the last period that this one may be held against, and its name. Where visits of a half-year fall
    due in every other quarter: the quarter of a year ago, or else the one before the last; of neither when not asked."""
    if not mixed:
        return before, "上一期"
    if ago.due or not asked:
        return ago, scope.year_before(period).label
    second = period.previous().previous()
    return figures_before(units, second, today), second.label


def _rows(region: Region, below: dict[int, Figures], today: date, period: Period, duty: Duty) -> list[Row]:
    """Units below in code order: all that exist today, and old ones that still have figures and ended in none of these."""
    if region.level == Level.VILLAGE:
        return []
    found = {row.pk: row for row in _children.all(day=today, above=region.pk)}
    took, gone = scope.joined(below, found, region.level + 1)
    below = {pk: row for pk, row in below.items() if pk not in gone}
    below |= {pk: figures(units, period, today) for pk, units in took.items()}
    missing = below.keys() - found.keys()
    if missing:
        found |= {row.pk: row for row in Region.objects.filter(pk__in=missing)}
    return [
        Row(
            child,
            below.get(child.pk, Figures()),
            links.to("visits_desk:overview", unit=child.pk, period=period.key)
            if duty.role_for(child, OVERVIEW)
            else "",
            took.get(child.pk),
        )
        for child in sorted(found.values(), key=lambda row: (row.position, row.pk))
    ]


_children: Prepared[Region] = Prepared(lambda *, day, above: Region.objects.live(day).filter(parent_id=above))


def is_bare(page: Overview, row: Row) -> bool:
    """Whether there is nothing to say of a unit: nobody on its roster, nothing owed, never a list. A row of
    zeros would look like a unit that does nothing."""
    return row.figures == Figures() and page.fresh.of(row.region.pk) is None


def bare(page: Overview) -> list[Row]:
    """The units that have not begun, in code order."""
    return [row for row in page.rows if is_bare(page, row)]


def list_url(region: Region, period: Period, measure: str, upto: date | None = None) -> str:
    """The list behind a number; `upto`: as things stood at the end of that day, None: as they stand."""
    # By hundreds on a page, and nothing in it needs to be escaped.
    day = f"&upto={upto.isoformat()}" if upto else ""
    return f"{_lists()}?unit={region.pk}&period={period.key}&measure={measure}{day}"


@cache
def _lists() -> str:
    return links.to("visits_desk:figures")


def text_of(row: Figures, code: str) -> str:
    return rate(getattr(row, code)) if code in RATES else num(row.of(code))


def heat(page: Overview, group: str) -> dict[str, Any]:
    """The table of units × measures. `group`: which columns a phone shows."""
    with_months = page.region.level in (Level.CITY, Level.COUNTY)
    heads = [
        {"word": word, "css": " ".join(filter(None, [line, "" if on == group else "wide"]))}
        for _, word, line, on, _ in columns(page)
    ]
    if with_months:
        heads.append({"word": "名单截至", "css": "" if group == "4" else "wide"})
    return {
        "caption": f"{page.region.name}{page.period.label}，{BELOW_WORDS.get(Level(page.region.level), '')}",
        "name": "单位",
        "columns": heads,
        "rows": [_heat_row(page, row, with_months) for row in page.rows if not is_bare(page, row)],
        "total": [_total(page, column[0]) for column in columns(page)] + [{"text": "—"}] * with_months,
    }


def _total(page: Overview, code: str) -> dict[str, str]:
    measure = RATES.get(code, code)
    url = list_url(page.region, page.period, measure) if page.whole.of(measure) else ""
    return {"text": text_of(page.whole, code), "url": url}


def _heat_row(page: Overview, row: Row, with_months: bool) -> dict[str, Any]:
    shade = shades.of(row.figures, page.whole)
    cells = []
    for code, _, _, _, shaded in columns(page):
        measure = RATES.get(code, code)
        linked = row.url and row.figures.of(measure)
        cells.append(
            {
                "text": text_of(row.figures, code),
                "url": list_url(row.region, page.period, measure) if linked else "",
                "shade": shade.get(shaded, 0),
            }
        )
    if with_months:
        month, lag = page.fresh.of(row.region.pk), page.fresh.lag(row.region.pk)
        cells.append(
            {
                "text": freshness.month_words(month, page.today) if month else "—",
                "url": "",
                "shade": min(lag + 1, 3) if lag else 0,
            }
        )
    return {"name": row.region.name, "url": row.url, "cells": cells}


def stats(page: Overview) -> list[dict[str, Any]]:
    """The tiles, each linked to exactly its list."""
    notes = {
        "due": _due_note(page),
        "late": "这一期到期没访成" + (f"；上一期有{num(page.before.late)}人" if page.before.late else ""),
        "tried": "已按规定尝试",
        "unassigned": "名单上没定谁去访的",
        "done": f"应访{num(page.whole.due)}人",
        "open": f"这一期还有{(page.period.end - page.today).days}天" if page.today <= page.period.end else "",
        "signed": "三人都签了",
        "unsigned": "访了，还没签完",
        "approved": "县级审核通过",
        "roster": "今天在名单上",
    }
    return [
        {
            "title": MEASURES[code].word,
            "value": num(page.whole.of(code)),
            "unit": "人",
            "url": list_url(page.region, page.period, code),
            "note": note,
        }
        for code, note in notes.items()
    ]


def _due_note(page: Overview) -> str:
    """What 应访 holds beside what one expects of a quarter, and what it may be held against."""
    said = ["含半年一次的"] if page.with_half_year else []
    if page.alike.due:
        said.append(f"{page.alike_word}{num(page.alike.due)}人")
    return "；".join(said)


def pair(page: Overview) -> dict[str, Any]:
    """户完成率, 人完成率 and 见到本人率: one tile, one sentence (look.md, practice P18)."""
    tiles = [
        {
            "title": title,
            "value": rate(value),
            "unit": "%" if value is not None else "",
            "url": list_url(page.region, page.period, measure),
        }
        for title, value, measure in (
            ("户完成率", page.whole.home_rate, "homes_done"),
            ("人完成率", page.whole.rate, "done"),
            ("见到本人率", page.whole.self_rate, "self"),
        )
    ]
    if page.whole.rate is None or page.whole.self_rate is None:
        return {"tiles": tiles, "note": "这一期还没有到期的巡访。"}
    gap = rate(page.whole.rate - page.whole.self_rate)
    say = (
        f"人完成率含家人代述；和见到本人率相差{gap}个百分点：访到了，没有见到本人。"
        if page.whole.done > page.whole.met_self
        else "访到的都见到了本人。"
    )
    if page.alike.rate is not None:
        then = (page.alike.home_rate, page.alike.rate, page.alike.self_rate)
        say += f"{page.alike_word}{'全期' if page.half_yearly else ''}{'、'.join(f'{rate(one)}%' for one in then)}。"
    return {"tiles": tiles, "note": say}


def copy_text(page: Overview) -> str:
    """催办文字 for the chat group: counts and units, never a name (practice P31)."""
    whole = page.whole
    text = f"截至{dayshort(page.today)}，{page.region.name}{page.period.label}应访{whole.due}人，已访{whole.done}人"
    if whole.late:
        text += f"，逾期{whole.late}人"
    if page.trial.running:
        text += f"（{page.trial.words.removesuffix('。')}）"
    left = [row.region.name for row in page.rows if row.figures.due > row.figures.done]
    return f"{text}，未完成：{'、'.join(left)}。" if left else f"{text}。"


@cache
def explained_once() -> SafeString:
    """The same as it stands on the page: it never changes while the site runs."""
    return SafeString(render_to_string("visits/desk/_explained.html", {"explained": explained()}))


def explained() -> list[tuple[str, str]]:
    """“各项怎么算的”."""
    return [(measure.word, measure.explained) for measure in MEASURES.values()] + [
        ("户完成率", "访完户数 ÷ 应访户数。住在一起按今天的档案算。"),
        ("人完成率", "已访人数 ÷ 应访人数，家人代述的也算（按规定要见本人的除外）。"),
        ("见到本人率", "见到本人人数 ÷ 应访人数，跟人完成率用同一批人。"),
        ("一个人几次", "一期里要访几次的，几次都访成才算已访；应访＝已访＋未到期＋逾期＋未访成。"),
        (
            "换过村的人",
            "已经访成的留在原来的村。两个村各有一次的，两个村都算，上级只算一次，所以合计可能小于各行相加。",
        ),
        ("哪一期", "看最后期限落在哪一期：半年一次的算在半年末那个季度，首访算在首访期限那一期。"),
    ]


def until(page: Overview) -> str:
    """The last day that the figures are about."""
    return day(min(page.today, page.period.end))


def title(page: Overview) -> str:
    return f"{page.region.name}　到{until(page)}"
