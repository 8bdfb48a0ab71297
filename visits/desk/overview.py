"""The overview of a unit in the shape the components draw. No rule here: words, links and order."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts import authority
from accounts.models import Post, Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW, Role
from accounts.scoping import Duty
from visits.desk import links, scope, shades, trial
from visits.desk.selectors import MEASURES, Figures, figures, figures_and_below, figures_before
from visits.desk.trial import Trial
from visits.roster.selectors import freshness
from visits.roster.selectors.freshness import Freshness
from visits.schedule.periods import HalfYear, Period, Quarter
from visits.templatetags.xf import day, dayshort, num, rate
from xunfang.kit.compiled import GIVEN, Compiled, compiled
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
# Who is asked about a unit, by its level.
IN_CHARGE = {
    Level.COUNTY: Role.COUNTY_OFFICER,
    Level.TOWNSHIP: Role.TOWNSHIP_CLERK,
    Level.VILLAGE: Role.VILLAGE_HEAD,
}
BELOW_WORDS = {Level.CITY: "各县（市、区）", Level.COUNTY: "各乡镇（街道）", Level.TOWNSHIP: "各村（居）"}
ATTENTION = 5


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
    return Overview(
        region=region,
        period=period,
        today=today,
        whole=whole,
        before=figures_before(units, period.previous(), today),
        year_ago=figures_before(units, scope.year_before(period), today) if year_ago else Figures(),
        rows=_rows(region, below, today, period, user.duty),
        fresh=freshness.of(region, today),
        trial=trial.of_page(user, region, today, period),
    )


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
        "due": f"上一期{num(page.before.due)}人",
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
    if page.before.rate is not None:
        before = (page.before.home_rate, page.before.rate, page.before.self_rate)
        say += f"上一期{'、'.join(f'{rate(one)}%' for one in before)}。"
    return {"tiles": tiles, "note": say}


def attention(page: Overview, duty: Duty) -> list[dict[str, Any]]:
    """At most five sentences about units below, with whom to ring; where nobody is in charge, whoever may open an account
    is led there. Chosen by weight, shown in code order."""
    found = [(row, *said) for row in page.rows if (said := _worst(page, row)) is not None]
    chosen = sorted(found, key=lambda one: -one[1])[:ATTENTION]
    people = _in_charge([row.region.pk for row in page.rows], page)
    lines = []
    for row, weight, line in sorted(chosen, key=lambda one: page.rows.index(one[0])):
        lines.append(
            {
                **line,
                "state": "late" if weight >= 3 else "soon",
                "where": row.region.name,
                **_whom(row.region, people.get(row.region.pk), duty),
            }
        )
    return lines


def _whom(region: Region, found: tuple[str, str] | None, duty: Duty) -> dict[str, Any]:
    """Whom to ask about a unit: who is in charge, else the duty office; else that there is nobody."""
    who, tel = found or ("", "")
    if not tel and region.duty_phone:
        return {"who": "值班室", "tel": region.duty_phone}
    if who:
        return {"who": who, "tel": tel}
    may = authority.may_grant(duty, IN_CHARGE[Level(region.level)], region)
    return {"nobody": True, "open_url": links.to("accounts:user_new") if may else ""}


def attention_words(lines: list[dict[str, Any]]) -> str:
    """How many there are, and whether one can ring: promised only where a number stands."""
    with_number = sum(bool(line.get("tel")) for line in lines)
    say = (
        "，都可以打个电话问"
        if with_number == len(lines)
        else "，有电话的可以打个电话问"
        if with_number
        else ""
    )
    return f"{len(lines)}件{say}"


def _worst(page: Overview, row: Row) -> tuple[int, dict[str, str]] | None:
    """The heaviest thing to ask a unit about, if any reaches the second shade."""
    shade, own = shades.of(row.figures, page.whole), row.figures
    lag = page.fresh.lag(row.region.pk) if page.region.level != Level.TOWNSHIP else 0
    said = [
        (
            shade["late"],
            "late",
            "有",
            f"{num(own.late)}人逾期",
            _part(page, own.late, own.due, "应访", "late", "due"),
        ),
        (
            shade["unassigned"],
            "unassigned",
            "还有",
            f"{num(own.unassigned)}人未落实巡访人员",
            _part(page, own.unassigned, own.roster, "名单", "unassigned", "roster"),
        ),
        (
            shade["self_rate"],
            "self",
            "见到本人",
            f"{rate(own.self_rate)}%",
            f"{_below(page, own.self_rate, page.whole.self_rate)}；完成率{rate(own.rate)}%。",
        ),
        (
            shade["rate"],
            "done",
            "完成率",
            f"{rate(own.rate)}%",
            f"{_below(page, own.rate, page.whole.rate)}。",
        ),
    ]
    weight, measure, before, link, after = max(said, key=lambda one: one[0])
    if weight >= 2 and row.url:
        url = list_url(row.region, page.period, measure)
        return weight, {"before": before, "link": link, "after": after, "url": url}
    month = page.fresh.of(row.region.pk)
    if lag and row.url and month:
        link = f"有的名单还是{freshness.month_words(month, page.today)}的"
        return min(lag + 1, 3), {"before": "", "link": link, "after": "。", "url": row.url}
    return None


def _everywhere(page: Overview) -> str:
    """What a unit below is compared with: 全市, 全县, 全镇."""
    last = page.region.name[-2:] if page.region.name.endswith("街道") else page.region.name[-1:]
    return f"全{last}" if last in ("市", "县", "区", "镇", "乡", "街道") else "全部"


def _below(page: Overview, own: float | None, whole: float | None) -> str:
    """By how many points a rate is below that of the whole."""
    if own is None or whole is None or (gap := round(whole * 100, 1) - round(own * 100, 1)) < 0.05:
        return ""
    return f"，比{_everywhere(page)}低{gap:.1f}个点"


def _part(page: Overview, n: int, of: int, word: str, code: str, of_code: str) -> str:
    """What share of the people that is, beside the share in the whole."""
    all_of = page.whole.of(of_code)
    if not of or not all_of:
        return "。"
    return f"，占{word}{num(of)}人的{rate(n / of)}%（{_everywhere(page)}{rate(page.whole.of(code) / all_of)}%）。"


def _in_charge(unit_ids: list[int], page: Overview) -> dict[int, tuple[str, str]]:
    """Unit id → name and telephone of who is asked about it."""
    if not unit_ids:
        return {}
    posts = _posts(IN_CHARGE[Level(page.region.level + 1)], page.today)
    found: dict[int, tuple[str, str]] = {}
    for region_id, name, phone in posts.rows(unit_ids):
        if phone or region_id not in found:
            found[region_id] = (name, phone or "")
    return found


@lru_cache(maxsize=32)
def _posts(role: Role, today: date) -> Compiled:
    posts = (
        Post.objects.live(today).filter(region_id__in=GIVEN, role=role, user__is_active=True).order_by("-pk")
    )
    return compiled(posts.values_list("region_id", "user__name", "user__phone"))


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
