"""What a county or township may decide, with the default that holds when nobody decided (dated data)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Region
from visits.core.models import UnitSetting


@dataclass(frozen=True)
class Option:
    default: Any
    label: str


OPTIONS: dict[str, Option] = {
    # practice P1: records with a change, a level 3 or a return are signed singly, or with the table.
    "sign_exceptions": Option("singly", "有变化、紧急、退回过的记录：逐份签 singly，随表签 together"),
    # practice P2: the day of the month after the period by which the table is signed.
    "sign_by_day": Option(10, "签字截止：下一期第一个月的几号"),
    # practice P27: what the three signers are called here.
    "title_village_head": Option("村（居）主任", "第一签字人称呼"),
    "title_liaison": Option("包村干部", "第二签字人称呼"),
    "title_township_head": Option("乡镇（街道）主要负责人", "第三签字人称呼"),
    # domain §7 no. 10.
    "flood_season": Option(["04-01", "10-15"], "汛期"),
    "winter": Option(["12-01", "02-29"], "冬季"),
    "soon_days": Option(7, "到期前几天算临期"),
    # 二(四), 二(五), practice P27: whole years, inclusive; a group added later has its own on `CareGroup`.
    "min_age_old_alone": Option(80, "独居老年人：满几岁"),
    "min_age_old_with_disabled_child": Option(60, "与重残子女同住的老年人：满几岁"),
    "min_age_old_childless": Option(60, "无子女或子女不在本地的独居老年人：满几岁"),
    "max_age_left_behind": Option(15, "留守儿童：不超过几岁"),
    "children_place": Option("city", "“子女不在本地”指不在：本市 city，本县 county"),
    # practice P6: a full list on which more than this share is missing is held.
    "missing_hold_percent": Option(5, "名单上少了百分之几就先停下来核"),
    # practice P4: the day on which a township begins; None: not yet set.
    "go_live": Option(None, "启用日期"),
    "before_start_done": Option(False, "启用前已巡访都登记好了"),
}


def option(key: str, region: Region, on: date) -> Any:
    """The nearest decision up the tree that is in force on that day, else the default."""
    return options((key,), region, on)[key]


def options(keys: tuple[str, ...], region: Region, on: date) -> dict[str, Any]:
    """Several decisions for one unit in one query."""
    ids = [int(part) for part in region.path.split("/") if part]
    rows = UnitSetting.objects.live(on).filter(region_id__in=ids, key__in=keys)
    found: dict[str, tuple[int, Any]] = {}
    for row in rows:
        depth = ids.index(row.region_id)
        if row.key not in found or depth > found[row.key][0]:
            found[row.key] = (depth, row.value)
    return {key: found[key][1] if key in found else OPTIONS[key].default for key in keys}
