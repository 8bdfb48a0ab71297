"""需要关注: which units below to ask about what, why, and whom."""

from datetime import date
from functools import lru_cache
from typing import Any

from accounts import authority
from accounts.models import Post, Region
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import Duty
from visits.desk import links, shades
from visits.desk.overview import Overview, Row, list_url
from visits.roster.selectors import freshness
from visits.templatetags.xf import num, rate
from xunfang.kit.compiled import GIVEN, Compiled, compiled

# Who is asked about a unit, by its level.
IN_CHARGE = {
    Level.COUNTY: Role.COUNTY_OFFICER,
    Level.TOWNSHIP: Role.TOWNSHIP_CLERK,
    Level.VILLAGE: Role.VILLAGE_HEAD,
}
ATTENTION = 5


def lines(page: Overview, duty: Duty) -> list[dict[str, Any]]:
    """At most five sentences about units below, with whom to ring; where nobody is in charge, whoever may open an account
    is led there. Chosen by weight, shown in code order."""
    found = [(row, *said) for row in page.rows if (said := _worst(page, row)) is not None]
    chosen = sorted(found, key=lambda one: -one[1])[:ATTENTION]
    people = _in_charge([row.region.pk for row in page.rows], page)
    said_of = []
    for row, weight, line in sorted(chosen, key=lambda one: page.rows.index(one[0])):
        said_of.append(
            {
                **line,
                "state": "late" if weight >= 3 else "soon",
                "where": row.region.name,
                **_whom(row.region, people.get(row.region.pk), duty),
            }
        )
    return said_of


def _whom(region: Region, found: tuple[str, str] | None, duty: Duty) -> dict[str, Any]:
    """Whom to ask about a unit: who is in charge, else the duty office; else that there is nobody."""
    who, tel = found or ("", "")
    if not tel and region.duty_phone:
        return {"who": "值班室", "tel": region.duty_phone}
    if who:
        return {"who": who, "tel": tel}
    may = authority.may_grant(duty, IN_CHARGE[Level(region.level)], region)
    return {"nobody": True, "open_url": links.to("accounts:user_new") if may else ""}


def words(lines: list[dict[str, Any]]) -> str:
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
