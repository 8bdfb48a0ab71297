"""What a county or township may decide, with the default that holds when nobody decided (dated data)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import Q

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, Role
from visits.core.models import UnitSetting
from xunfang.kit.prepared import Prepared

Kind = Literal["", "number", "choice", "words", "season", "phone"]


@dataclass(frozen=True)
class Option:
    """One thing that may be decided. `kind`: what its value is (`visits.core.values`); "": not on the page.
    `low`, `high`: both inclusive. `choices`: value → words. `roles`: who decides, for their own unit."""

    default: Any
    label: str
    kind: Kind = ""
    low: int = 0
    high: int = 0
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    roles: frozenset[str] = COUNTY
    help: str = ""
    part: str = ""


AGES, SEASONS, SIGNING, TITLES, LISTS = "类别的年龄和范围", "季节和期限", "签字", "称呼", "名单"
STAFF = "巡访人员"
PHONES = "电话"
CASES = "变化上报和办理"
TRYING = "没见到怎么算按规定尝试"
RETURNS = "季报"

OPTIONS: dict[str, Option] = {
    # practice P1: 汇总 or 逐份; with 汇总, what has a change, a level 3 or a return is signed singly or with the table.
    "sign_exceptions": Option(
        "singly", "巡访结果怎么签", "choice", part=SIGNING,
        choices=(("singly", "汇总：一村一表；有变化、紧急、退回过的另外逐份签"),
                 ("together", "汇总：一村一表，都随表签"), ("each", "逐份：每一份记录单独签")),
        help="选“逐份”的，一村一表只列没访到的人；改了以后，从新交的记录起按新的办法",
    ),
    # practice P2: the day of the month after the period by which the table is signed.
    "sign_by_day": Option(
        10, "签字截止：下一期第一个月的几号", "number", 1, 28, "号", part=SIGNING,
        help="只提醒签字；巡访算不算、变化报不报，都不等签字",
    ),
    # practice P27: what the three signers are called here.
    "title_village_head": Option("村（居）主任", "第一签字人的称呼", "words", high=20, part=TITLES),
    "title_liaison": Option("包村干部", "第二签字人的称呼", "words", high=20, part=TITLES),
    "title_township_head": Option("乡镇（街道）主要负责人", "第三签字人的称呼", "words", high=20, part=TITLES),
    # practice P33: what stands on the card that stays with a person, and in the words for the family.
    "office_phone": Option(
        "", "民政办电话，印在巡访联系卡上", "phone", high=20, part=PHONES,
        roles=COUNTY | {Role.TOWNSHIP_CLERK}, help="例如0591-22480123；没填的，卡上留空手写",
    ),
    # domain §7 no. 10.
    "flood_season": Option(["04-01", "10-15"], "汛期", "season", part=SEASONS),
    "winter": Option(["12-01", "02-29"], "冬季", "season", part=SEASONS, help="到2月底的，填2月29日"),
    "soon_days": Option(
        7, "要访的人，到期前几天算临期", "number", 1, 30, "天", part=SEASONS,
        help="名单、首页、导出里的“临期”都按本县（市、区）的天数算；签字快到期另有提醒",
    ),
    # 二(四), 二(五), practice P27: whole years, inclusive; a group added later has its own on `CareGroup`.
    "min_age_old_alone": Option(80, "独居老年人：满几岁", "number", 60, 90, "岁", part=AGES),
    "min_age_old_with_disabled_child": Option(
        60, "与重残子女同住的老年人：满几岁", "number", 60, 80, "岁", part=AGES
    ),
    "min_age_old_childless": Option(
        60, "无子女或子女不在本地的独居老年人：满几岁", "number", 60, 80, "岁", part=AGES
    ),
    "max_age_left_behind": Option(15, "留守儿童：不超过几岁", "number", 13, 17, "岁", part=AGES),
    "children_place": Option(
        "city", "“子女不在本地”指不在哪里", "choice", part=AGES,
        choices=(("city", "不在本市"), ("county", "不在本县（市、区）")),
    ),
    # practice P6: a full list on which more than this share is missing is held.
    "missing_hold_percent": Option(
        5, "名单上少了百分之几就先停下来核", "number", 1, 50, "%", part=LISTS
    ),
    # 五(三)-1, 合理配备: only a reminder, nobody is stopped.
    "people_per_visitor": Option(
        60, "一位巡访人最多访几个人，超过就提醒配备", "number", 5, 500, "人", part=STAFF
    ),
    # 1-E E6, E7: the least that the rule asks; a county may ask for more, never for less.
    "tries_refused": Option(
        2, "拒访：至少在几个不同的日子去过", "number", 2, 6, "天", part=TRYING,
        help="一次可能正好不方便；其中至少一次上门要有同行人或村里人在场，免得各说各的",
    ),
    "tries_not_met": Option(
        3, "不在家、外出、失联：至少找过几次", "number", 3, 9, "次", part=TRYING, help="上门、打电话都算；同一个半天只算一次",
    ),
    "tries_days": Option(
        2, "不在家、外出、失联：至少在几个不同的日子找过", "number", 2, 6, "天", part=TRYING,
        help="同一天去三趟，人出门就三趟都不在",
    ),
    # practice P26: up to which day of a quarter's last month the quarterly return counts; the city says so.
    "return_cut_day": Option(
        25, "季报统计截止日：季度最后一个月的几号", "number", 1, 31, "号", part=RETURNS,
        roles=frozenset({Role.CITY_BUSINESS}), help="由市局定，全市一样；这个月没有那一天的，算到月底",
    ),
    # 五(三)-8, domain §7 no. 5: the papers' own clock; neither the two days nor the three stop for it.
    "supplement_days": Option(
        2, "县里要补的材料，几个工作日内补来", "number", 1, 10, "个工作日", part=CASES,
        help="补材料不影响两个、三个工作日的时限",
    ),
    "advance_most": Option(
        3000, "方案定下来以前，先行救助一次最多多少", "number", 100, 20000, "元", part=CASES,
        help="急难的先给小额，金额照本地的规定",
    ),
    "revisit_days": Option(
        30, "方案批准后，几天内上门回访", "number", 7, 180, "天", part=CASES, help="看帮到了没有",
    ),
    # practice P4: the day on which a township begins; None: not yet set. Has a page of its own.
    "go_live": Option(None, "启用日期"),
    "before_start_done": Option(False, "启用前已巡访都登记好了"),
}  # fmt: skip


DECIDES = frozenset(role for option in OPTIONS.values() for role in option.roles)


def option(key: str, region: Region, on: date) -> Any:
    """The nearest decision up the tree that is in force on that day, else the default."""
    return options((key,), region, on)[key]


_DECIDED = Prepared[UnitSetting](
    lambda keys, *, on, **units: UnitSetting.objects.live(on).filter(
        region_id__in=list(units.values()), key__in=keys
    )
)
_OF_PLACE = Prepared[UnitSetting](
    lambda key, *, on, county, township, village: (
        UnitSetting.objects.live(on)
        .filter(Q(region_id__in=[county, township, village]) | Q(region__level=Level.CITY), key=key)
        .order_by("-region__level")[:1]
    )
)


def option_of(key: str, row: Any, on: date) -> Any:
    """The same for a row with the three unit columns; nobody has to read its village."""
    found = _OF_PLACE.first(
        key, on=on, county=row.county_id, township=row.township_id, village=row.village_id
    )
    return OPTIONS[key].default if found is None else found.value


def options(keys: tuple[str, ...], region: Region, on: date) -> dict[str, Any]:
    """Several decisions for one unit in one query."""
    ids = [int(part) for part in region.path.split("/") if part]
    rows = _DECIDED.all(keys, on=on, **{f"unit{number}": pk for number, pk in enumerate(ids)})
    found: dict[str, tuple[int, Any]] = {}
    for row in rows:
        depth = ids.index(row.region_id)
        if row.key not in found or depth > found[row.key][0]:
            found[row.key] = (depth, row.value)
    return {key: found[key][1] if key in found else OPTIONS[key].default for key in keys}
