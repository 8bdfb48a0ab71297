"""The columns of a list, and the names offices give them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A column we read. `limit`: most characters that are kept; 0: the value has a check of its own."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    must: bool = False
    limit: int = 0
    width: int = 12
    help: str = ""


FIELDS = (
    Field("name", "姓名", ("对象姓名", "成员姓名", "家庭成员姓名", "名字"), True, 0, 10, "照身份证写。"),
    Field("id_number", "身份证号", ("身份证号码", "公民身份号码", "公民身份证号码", "公民身份证号", "身份证", "证件号码"),
          True, 0, 22, "18位，这一列已设为文本，不要改成数字，不然末几位会丢。"),
    Field("village", "村", ("村居", "村（居）", "村(居)", "村社区", "村/社区", "村（社区）", "村(社区)", "所在村",
                           "村名", "行政村", "村委会", "所属村居", "所属村", "所在村居", "村别", "村（居）委会", "村(居)委会"),
          True, 0, 14, "户籍所在的村（居），写不写“村委会”都行。"),
    Field("group", "类别", ("对象类别", "救助类别", "人员类别", "保障类别", "类型", "对象类型", "救助类型", "困难类型"),
          True, 0, 20, "从下拉里选；属于几类的写在同一格，用顿号隔开。"),
    Field("sex", "性别", (), False, 0, 6, "可不填，以身份证号为准。"),
    Field("birth", "出生日期", ("出生年月", "生日", "出生年月日", "出生时间"), False, 0, 12, "可不填，以身份证号为准。"),
    Field("phone", "电话", ("联系电话", "手机", "手机号", "手机号码", "本人电话", "电话号码", "联系方式", "移动电话"),
          False, 0, 14, "只填一个号码，座机带区号。"),
    Field("relation", "与户主关系", ("关系", "与户主的关系", "家庭关系", "与户主之间关系", "成员关系", "称谓"), False, 10, 10, "户主本人写“本人”。"),
    Field("head_name", "户主姓名", ("户主",), False, 40, 10, "同一户的人写同一个户主。"),
    Field("certificate_no", "低保证号", ("低保证编号", "低保证号码"), False, 40, 18, "同一户的人写同一个证号。"),
    Field("hamlet", "自然村", ("自然村（小区）", "自然村(小区)", "村民小组", "小组", "小区"), False, 30, 12,
          "或者小区。"),
    Field("find_me", "怎么找", (), False, 60, 24, "例如：祠堂后第二家。"),
    Field("residence", "住址", ("家庭住址", "现住址", "地址", "居住地址", "家庭地址", "详细地址"), False, 100, 24,
          "现在住哪里。"),
    Field("contact_name", "联系人", ("联系人姓名", "紧急联系人"), False, 40, 10, "联系不上本人时找谁。"),
    Field("contact_phone", "联系人电话", ("联系人手机", "联系人手机号"), False, 0, 14, "只填一个号码。"),
    Field("starts", "起始年月", ("开始年月", "起始日期", "享受起始年月", "起始时间", "开始时间"), False, 0, 12,
          "例如2026-11。不写的，从您上传时选的那一天算。"),
    Field("alone", "独居", ("是否独居",), False, 0, 6, "填“是”或“否”。"),
    Field("care", "供养方式", ("供养形式",), False, 0, 12, "特困人员填：集中供养、分散供养。"),
    Field("visitor_phone", "巡访人手机号", ("巡访人手机", "巡访人电话"), False, 0, 14,
          "这位同志要在该村（或本乡镇）任职，才会自动分给他。"),
)  # fmt: skip
# Not in the template: what the lists of other systems have, and we need to understand them.
EXTRA = (
    Field("head_id", "户主身份证号", ("户主身份证号码", "户主身份证", "户主公民身份号码", "户主证件号码")),
    Field("serial", "序号", ("编号", "户号", "户序号", "序列", "No", "NO", "No.", "NO.")),
)
BY_KEY = {field.key: field for field in (*FIELDS, *EXTRA)}
# Added by us to the rows that go back; read over when they come again.
REASON, REMEDY = "原因", "怎么改"
# Never read and never kept (P5).
BANK = re.compile("银行|账号|帐号|账户|帐户|卡号|开户|存折|一卡通|社保卡|户名|打卡号")
MUST = tuple(field.key for field in FIELDS if field.must)
# A column that is not read; and how its head begins when the rows go back.
SKIP = ""
UNREAD = "（不读）"


def normal(title: str) -> str:
    """A column's head as it is compared: NFKC, without spaces, stars and “（必填）”."""
    text = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", title))
    return text.replace("(必填)", "")


_KNOWN = {normal(word): field.key for field in BY_KEY.values() for word in (field.title, *field.aliases)}


def key_of(title: str) -> str | None:
    """Which of our columns this head means; None: one we do not read."""
    return _KNOWN.get(normal(title))


# A head that holds such a word, in this order; None: known to be something that we do not read.
_LIKE: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        ("户主.*(身份|证件)", "head_id"),
        ("(监护|代理|代领|委托|配偶|父亲|母亲|经办|残疾).*(身份|证件|证)", None),
        ("(身份证|公民身份|证件号)", "id_number"),
        ("巡访.*(电话|手机)", "visitor_phone"),
        ("联系人.*(电话|手机|方式)", "contact_phone"),
        ("(监护|代理|代领|委托|干部|经办|村委).*(电话|手机)", None),
        ("(电话|手机|联系方式)", "phone"),
        ("户主.*(姓名|名字)", "head_name"),
        ("(与|和).*户主.*关系|户主关系|家庭关系|成员关系", "relation"),
        ("联系人", "contact_name"),
        ("(监护|代理|代领|委托|配偶|父亲|母亲|经办|干部|开户|巡访|走访|填表|调查)", None),
        ("(姓名|名字)", "name"),
        ("(自然村|村民小组|小组|小区)", "hamlet"),
        ("(所在|所属|行政|户籍|管理).*(村|居|社区)|村.?居|村.?社区|村\\(|村名", "village"),
        ("(低保|保障|救助|特困).*(证号|证编号|证书号)", "certificate_no"),
        ("(对象|救助|人员|保障|困难|低保|特困).*(类别|类型|种类)", "group"),
        ("(出生|生日)", "birth"),
        ("(享受|起始|开始|纳入|批准|救助).*(年月|时间|日期|月份)", "starts"),
        ("(供养).*(方式|形式|类型)", "care"),
        ("独居", "alone"),
        ("(现住|家庭|居住|详细).*(址|地)|^(住址|地址)", "residence"),
        ("性别", "sex"),
    )
)


def like(title: str) -> str | None:
    """Which of our columns a head that is none of the known ones probably means."""
    text = normal(title)
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", text)
    if bare in _KNOWN:
        return _KNOWN[bare]
    for pattern, key in _LIKE:
        if pattern.search(text):
            return key
    return None


def read_as(path: Sequence[str]) -> tuple[str | None, bool]:
    """What a head of one or more lines means, and whether that is sure: 户主信息 | 姓名 is the head's name."""
    own, above = path[-1] if path else "", "".join(path[:-1])
    if own.startswith(UNREAD):
        return None, True
    key, sure = key_of(own), True
    if key is None:
        key, sure = like(own), False
    if "户主" in above and "成员" not in above and "户主" not in own:
        key = {"name": "head_name", "id_number": "head_id"}.get(key or "", key)
    elif re.search("监护|联系人|代理|代领|配偶|父母|子女|干部|巡访", above):
        named = (
            {"name": "contact_name", "phone": "contact_phone"}.get(key or "") if "联系人" in above else None
        )
        key = named if key in ("name", "phone", "id_number", "residence", "sex", "birth") else key
    return key, sure
