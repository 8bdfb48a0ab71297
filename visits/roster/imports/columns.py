"""The columns of a list, and the names offices give them."""

import re
import unicodedata
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
                           "村名", "行政村", "村委会", "村（居）委会", "村(居)委会"),
          True, 0, 14, "户籍所在的村（居），写不写“村委会”都行。"),
    Field("group", "类别", ("对象类别", "救助类别", "人员类别", "保障类别", "类型", "对象类型"),
          True, 0, 20, "从下拉里选；属于几类的写在同一格，用顿号隔开。"),
    Field("sex", "性别", (), False, 0, 6, "可不填，以身份证号为准。"),
    Field("birth", "出生日期", ("出生年月", "生日", "出生年月日"), False, 0, 12, "可不填，以身份证号为准。"),
    Field("phone", "电话", ("联系电话", "手机", "手机号", "手机号码", "本人电话", "电话号码"),
          False, 0, 14, "只填一个号码，座机带区号。"),
    Field("relation", "与户主关系", ("关系", "与户主的关系", "家庭关系"), False, 10, 10, "户主本人写“本人”。"),
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
BY_KEY = {field.key: field for field in FIELDS}
# Added by us to the rows that go back; read over when they come again.
REASON, REMEDY = "原因", "怎么改"
# Never read and never kept (P5).
BANK = re.compile("银行|账号|帐号|卡号|开户|存折")


def normal(title: str) -> str:
    """A column's head as it is compared: NFKC, without spaces, stars and “（必填）”."""
    text = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", title))
    return text.replace("(必填)", "")


_KNOWN = {normal(word): field.key for field in FIELDS for word in (field.title, *field.aliases)}


def key_of(title: str) -> str | None:
    """Which of our columns this head means; None: one we do not read."""
    return _KNOWN.get(normal(title))
