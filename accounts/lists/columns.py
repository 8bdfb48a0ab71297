"""The columns of a list of accounts, the names offices give them, and posts as offices write them. Pure data."""

import re
import unicodedata
from dataclasses import dataclass

from accounts.roles import ROLES, Role


@dataclass(frozen=True)
class Field:
    """A column we read."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    must: bool = False
    width: int = 12
    help: str = ""


FIELDS = (
    Field("name", "姓名", ("名字", "干部姓名", "巡访人姓名"), True, 10, "照身份证写。"),
    Field("phone", "手机号", ("手机", "手机号码", "电话", "联系电话", "电话号码"), True, 15,
          "11位，以后用它登录。没有手机的，留空，填工号。"),
    Field("village", "村", ("村居", "村（居）", "村社区", "村/社区", "村（社区）", "所在村", "村名", "行政村", "村委会",
                           "村（居）委会", "单位", "所在单位"), True, 14,
          "村（居）的名称；乡镇的岗位写乡镇名，县级的写县名。"),
    Field("role", "角色", ("岗位", "系统角色"), False, 14, "从下拉里选。不写的，照“职务”认。"),
    Field("title", "职务", ("现任职务", "村内职务", "职务名称"), False, 18, "例如：村党组织书记兼主任、挂村干部。"),
    Field("township", "乡镇", ("乡镇（街道）", "乡镇街道", "镇", "街道", "所在乡镇"), False, 12,
          "有同名的村才要填。"),
    Field("county", "县", ("县（市、区）", "县区", "县市区", "区县"), False, 12, "有同名的乡镇才要填。"),
    Field("staff_no", "工号", ("员工号", "人员编号"), False, 12, "可不填；没有手机号的，用工号登录。"),
    Field("starts_on", "从哪天", ("从哪天起", "任职日期", "起始日期", "开始日期", "任职时间"), False, 12,
          "例如2026-11-24。不写的，从您上传时选的那一天算。"),
)  # fmt: skip
REASON, REMEDY = "原因", "怎么改"
# A list may not make these: they come one by one, with a letter, or run the system itself.
LISTED = (
    Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON, Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, Role.COUNTY_OFFICER,
    Role.COUNTY_HEAD,
)  # fmt: skip
# practice P27: titles as they are; the first that fits.
TITLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile("包村|挂村|驻村|包片|驻点|挂点|挂钩"), Role.LIAISON),
    (re.compile("民政办|民政助理|民政专干|社会事务办|社会救助经办"), Role.TOWNSHIP_CLERK),
    (re.compile("^(镇长|乡长|街道办(事处)?主任|(镇|乡|街道)?党(工)?委书记|主要负责人)$"), Role.TOWNSHIP_HEAD),
    (
        re.compile("副主任|委员|网格|巡访|专干|会计|文书|妇联|儿童主任|社工|志愿|村干部|小组长|报账员"),
        Role.VISITOR,
    ),
    (re.compile("主任|书记"), Role.VILLAGE_HEAD),
)


def normal(text: str) -> str:
    """A head, a role or a name of a unit as it is compared: NFKC, without blanks, stars and “（必填）”."""
    folded = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", text))
    return folded.replace("(必填)", "")


_KNOWN = {normal(word): field.key for field in FIELDS for word in (field.title, *field.aliases)}
_ROLES = {normal(ROLES[role].label): role for role in LISTED} | {
    "巡访员": Role.VISITOR, "村主任": Role.VILLAGE_HEAD, "村居主任": Role.VILLAGE_HEAD, "村(居)主任": Role.VILLAGE_HEAD,
    "挂村干部": Role.LIAISON, "驻村干部": Role.LIAISON, "经办人": Role.TOWNSHIP_CLERK,
    "乡镇主要负责人": Role.TOWNSHIP_HEAD, "主要负责人": Role.TOWNSHIP_HEAD,
}  # fmt: skip


def key_of(title: str) -> str | None:
    """Which of our columns this head means; None: one we do not read."""
    return _KNOWN.get(normal(title))


def role_of(role: str, title: str) -> Role | None:
    """What a row makes somebody; None when neither the role nor the title says it."""
    if role:
        return _ROLES.get(normal(role)) or _by_title(normal(role))
    return _by_title(normal(title))


def _by_title(title: str) -> Role | None:
    return next((role for pattern, role in TITLES if pattern.search(title)), None)
