"""Lists as offices really keep them, made by code. All people are invented.

Each maker gives the bytes of a file; `EXPECTED` says who is in it: (name, serial of `lists.number`, village,
group, head of the household).
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from tests.kit.xls_files import xls
from tests.visits.roster.lists import number
from visits.roster.imports.kinds import luhn

Person = tuple[str, int, str, str, str]


def card(stem: str) -> str:
    """The number with its check digit."""
    return next(stem + digit for digit in "0123456789" if luhn(stem + digit))


CARDS = (card("622202123456789012"), card("621700123456789012"), card("622848000000000001"))
CARD = CARDS[0]


class Book:
    """A workbook with joined cells."""

    def __init__(self, **options: Any) -> None:
        self.out = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.out, {"strings_to_numbers": False, **options})

    def sheet(
        self, name: str, rows: Sequence[Sequence[Any]], merges: Sequence[tuple[int, int, int, int]] = ()
    ) -> "Book":
        made = self.book.add_worksheet(name)
        day = self.book.add_format({"num_format": "yyyy/m/d"})
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, dt.date):
                    made.write_datetime(at, column, dt.datetime.combine(value, dt.time()), day)
                elif value not in ("", None):
                    made.write(at, column, value)
        for top, left, bottom, right in merges:
            made.merge_range(top, left, bottom, right, rows[top][left])
        return self

    def bytes(self) -> bytes:
        self.book.close()
        return self.out.getvalue()


def titles_above_and_signatures_below() -> bytes:
    rows = [
        ["嵩口镇2026年11月农村低保发放表"], ["单位：嵩口镇民政办", "", "", "", "日期：2026年11月"], [],
        ["序号", "姓名", "身份证号码", "村居", "救助类别", "开户银行", "银行账号", "金额（元）"],
        [1, "林依妹", number(1), "月洲村委会", "农村低保", "农信社", CARDS[0], 820.5],
        [2, "陈阿金", number(2), "月洲", "农村低保", "农信社", CARDS[1], 400],
        ["", "小计", "", "", "", "", "", 1220.5],
        [3, "鄢水官", number(3), "大喜", "农村低保", "农信社", CARDS[2], 400],
        ["", "合  计", "3", "", "", "", "", 1620.5], [],
        ["制表人：郑晓琳", "", "审核人：", "", "负责人（签字）："], ["第1页，共1页"],
    ]  # fmt: skip
    return Book().sheet("发放表", rows, [(0, 0, 0, 7)]).bytes()


def two_lines_of_head_with_the_household_joined() -> bytes:
    rows = [
        ["嵩口镇低保户家庭成员花名册"],
        ["序号", "户主信息", "", "", "家庭成员信息", "", "", "村", "类别"],
        ["", "姓名", "身份证号", "低保证号", "姓名", "身份证号", "与户主关系", "", ""],
        [1, "林国文", number(10), "闽A001", "林国文", number(10), "本人", "月洲村", "低保"],
        ["", "", "", "", "陈细妹", number(11), "配偶", "", ""],
        ["", "", "", "", "林小英", number(12), "女儿", "", ""],
        [2, "黄宝金", number(13), "闽A002", "黄阿英", number(14), "孙女", "大喜村", "低保"],
    ]  # fmt: skip
    down = [(3, column, 5, column) for column in (0, 1, 2, 3, 7, 8)]
    head = [(0, 0, 0, 8), (1, 1, 1, 3), (1, 4, 1, 6), (1, 0, 2, 0), (1, 7, 2, 7), (1, 8, 2, 8)]
    return Book().sheet("成员", rows, [*head, *down]).bytes()


def heads_of_households_followed_by_their_members() -> bytes:
    rows = [
        ["姓名", "与户主关系", "身份证号", "所在村", "类别", "低保证号"],
        ["林国文", "户主", number(10), "月洲村", "低保", "闽A001"],
        ["陈细妹", "妻", number(11), "", "", ""],
        ["林小英", "女", number(12), "", "", ""],
        ["黄宝金", "户主", number(13), "大喜村", "低保", "闽A002"],
    ]
    return Book().sheet("低保户", rows).bytes()


def a_household_line_above_its_members() -> bytes:
    rows = [
        ["户号", "户主姓名", "村居", "类别", "姓名", "身份证号", "与户主关系"],
        [1, "林国文", "月洲村", "低保"],
        ["", "", "", "", "林国文", number(10), "本人"],
        ["", "", "", "", "陈细妹", number(11), "配偶"],
        [2, "黄宝金", "大喜村", "低保"],
        ["", "", "", "", "黄宝金", number(13), "本人"],
    ]
    return Book().sheet("户", rows).bytes()


def a_sheet_for_each_village() -> bytes:
    head = ["姓名", "公民身份号码", "对象类型"]
    book = Book().sheet("封面", [["嵩口镇特困人员名单"], ["2026年11月"]])
    book.sheet("月洲", [head, ["林依妹", number(1), "特困"], ["小计：1人"]])
    book.sheet("大喜村", [["大喜村名单"], head, ["陈阿金", number(2), "特困"]])
    return book.sheet("道南居委会", [head, ["鄢水官", number(3), "特困"]]).bytes()


def villages_as_headings_inside_one_sheet() -> bytes:
    rows = [
        ["特困供养人员名单"], ["姓名", "身份证号", "类别"], ["一、月洲村"], ["林依妹", number(1), "分散特困"],
        ["二、大喜村"], ["陈阿金", number(2), "集中特困"], ["鄢水官", number(3), "集中特困"],
    ]  # fmt: skip
    return Book().sheet("Sheet1", rows).bytes()


def the_village_written_once_for_many() -> bytes:
    rows = [
        ["村", "姓名", "身份证号", "类别"],
        ["月洲村", "林依妹", number(1), "低保"], ["", "陈阿金", number(2), "低保"], ["", "吴细英", number(4), "低保"],
        ["大喜村", "鄢水官", number(3), "低保"], ["", "黄宝金", number(13), "低保"],
    ]  # fmt: skip
    return Book().sheet("低保", rows, [(1, 0, 3, 0), (4, 0, 5, 0)]).bytes()


def a_csv_with_two_heads_in_the_old_encoding() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([
        ["永泰县嵩口镇低保名册", "", "", "", "", ""], ["序号", "户主信息", "", "成员信息", "", "所属村居"],
        ["", "姓名", "低保证号", "姓名", "身份证号", ""],
        ["1", "林国文", "闽A001", "林国文", f'="{number(10)}"', "月洲村"], ["", "", "", "陈细妹", f"'{number(11)}", ""],
        ["合计", "", "", "2", "", ""],
    ])  # fmt: skip
    return out.getvalue().encode("gb18030")


def tabs_and_utf16_as_excel_saves_text() -> bytes:
    rows = [
        ["姓名", "身份证", "村", "类别"],
        ["林依妹", number(1), "月洲", "低保"],
        ["陈阿金", number(2), "大喜", "低保"],
    ]
    return "\r\n".join("\t".join(row) for row in rows).encode("utf-16")


def a_web_page_that_calls_itself_xls() -> bytes:
    return f"""<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset=gb2312>
    <style>td {{mso-number-format:"@"}}</style></head><body><table border=1>
    <tr><th colspan=5>嵩口镇低保名单</th></tr>
    <tr><td rowspan=2>序号<td rowspan=2>村<td colspan=3>人员信息</tr>
    <tr><td>姓名</td><td>身份证号</td><td>类别</td></tr>
    <tr><td>1</td><td rowspan=2>月洲&nbsp;村</td><td>林依妹</td><td x:str>{number(1)}</td><td>低保</td></tr>
    <tr><td>2</td><td>陈阿金<br></td><td>{number(2)}</td><td>低保</td></tr>
    <tr><td>合计<td colspan=4>2人</table></body></html>""".encode("gb18030")


def an_old_xls_with_dates_in_every_way() -> bytes:
    return xls("低保", [
        ["姓名", "身份证号", "出生年月", "村", "类别", "享受起始年月"],
        ["林依妹", f" {number(1)} ", "1940.1.2", "月洲村", "低保", "2024年3月"],
        ["陈阿金", number(2).lower(), 14612.0, "月洲村", "低保", "20240302"],
        ["鄢水官", number(3), "1940-01", "大喜村", "低保", 45353.0],
    ])  # fmt: skip


def days_counted_from_1904() -> bytes:
    rows = [
        ["姓名", "身份证号", "村", "类别", "起始年月"],
        ["林依妹", number(1), "月洲村", "低保", (dt.date(2024, 3, 2) - dt.date(1904, 1, 1)).days],
        ["陈阿金", number(2), "月洲村", "低保", dt.date(2024, 3, 2)],
    ]
    return Book(date_1904=True).sheet("低保", rows).bytes()


def ids_as_people_type_them() -> bytes:
    wide = number(1).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    spaced = f"{number(2)[:6]} {number(2)[6:14]} {number(2)[14:]}"
    rows = [
        ["姓 名", "身份证号码\n（18位）", "村（社区）", "类  别"],
        ["林　依妹", wide, "月洲村", "低保"], ["陈阿金", spaced, "嵩口镇月洲", "低保"],
        ["鄢水官", f"\u200b{number(3)}\ufeff", "福建省福州市永泰县嵩口镇大喜村委会", "低保"],
        ["黄宝金", f"'{number(13)}", "大喜村", "低保"],
    ]  # fmt: skip
    return Book().sheet("低保", rows).bytes()


def the_head_again_on_each_page() -> bytes:
    head = ["姓名", "身份证号", "村", "类别"]
    rows = [
        ["嵩口镇低保名单（第1页）"], head, ["林依妹", number(1), "月洲村", "低保"], ["本页小计", "1人"],
        ["嵩口镇低保名单（第2页）"], head, ["陈阿金", number(2), "大喜村", "低保"], ["总计", "2人"], ["注：以上属实"],
    ]  # fmt: skip
    return Book().sheet("打印", rows, [(0, 0, 0, 3), (4, 0, 4, 3)]).bytes()


def the_second_sheet_goes_on_without_a_head() -> bytes:
    book = Book().sheet(
        "第一页", [["姓名", "身份证号", "村", "类别"], ["林依妹", number(1), "月洲村", "低保"]]
    )
    return book.sheet("第二页", [["陈阿金", number(2), "大喜村", "低保"]]).bytes()


def accounts_under_a_name_that_says_nothing() -> bytes:
    rows = [
        ["姓名", "身份证号", "村", "类别", "备用", "", "备注"],
        ["林依妹", number(1), "月洲村", "低保", CARDS[0], CARDS[1], f"旧卡{CARDS[2]}已停"],
        ["陈阿金", number(2), "大喜村", "低保", CARDS[1], CARDS[2], ""],
        ["鄢水官", number(3)[:17], "大喜村", "低保", CARDS[2], CARDS[0], f"改发 {CARDS[0]}"],
    ]
    return Book().sheet("低保", rows).bytes()


def _of(*people: Person) -> list[Person]:
    return list(people)


THREE = _of(
    ("林依妹", 1, "月洲村", "dibao", ""),
    ("陈阿金", 2, "月洲村", "dibao", ""),
    ("鄢水官", 3, "大喜村", "dibao", ""),
)
HOUSE = _of(
    ("林国文", 10, "月洲村", "dibao", "林国文"), ("陈细妹", 11, "月洲村", "dibao", "林国文"),
    ("林小英", 12, "月洲村", "dibao", "林国文"),
)  # fmt: skip
TWO = _of(("林依妹", 1, "月洲村", "dibao", ""), ("陈阿金", 2, "大喜村", "dibao", ""))
TEKUN = _of(
    ("林依妹", 1, "月洲村", "tekun", ""),
    ("陈阿金", 2, "大喜村", "tekun", ""),
    ("鄢水官", 3, "道南社区", "tekun", ""),
)


# Maker → who is in the file. The group is dibao where the upload says so and the list has no such column.
def members_side_by_side_in_one_line() -> bytes:
    rows = [
        ["嵩口镇农村低保家庭名册"],
        ["序号", "户主姓名", "户主身份证号", "村", "类别", "成员1姓名", "成员1身份证号", "成员1与户主关系", "成员2姓名",
         "成员2身份证号", "成员2与户主关系", "成员3姓名", "成员3身份证号", "成员3与户主关系", "银行账号"],
        [1, "林国文", number(10), "月洲村", "低保", "陈细妹", number(11), "配偶", "林小英", number(12), "女儿", "", "", "",
         CARDS[0]],
        [2, "黄宝金", number(13), "大喜村", "低保", "黄阿英", number(14), "孙女", "", "", "", "", "", "", CARDS[1]],
        [3, "吴细英", number(4), "大喜村", "低保", "", "", "", "", "", "", "", "", "", CARDS[2]],
    ]  # fmt: skip
    return Book().sheet("家庭", rows, [(0, 0, 0, 14)]).bytes()


def members_side_by_side_under_two_lines_of_head() -> bytes:
    rows = [
        ["村", "类别", "本人", "", "", "共同生活家庭成员一", "", "", "共同生活家庭成员二", "", ""],
        ["", "", "姓名", "身份证号", "电话", "姓名", "身份证号", "关系", "姓名", "身份证号", "关系"],
        ["月洲村", "低保", "林国文", number(10), "13900001127", "陈细妹", number(11), "配偶", "林小英", number(12), "女儿"],
        ["大喜村", "低保", "黄宝金", number(13), "", "黄阿英", number(14), "孙女", "", "", ""],
    ]  # fmt: skip
    head = [(0, 2, 0, 4), (0, 5, 0, 7), (0, 8, 0, 10), (0, 0, 1, 0), (0, 1, 1, 1)]
    return Book().sheet("家庭", rows, head).bytes()


def the_applicant_joined_beside_each_member() -> bytes:
    rows = [
        ["申请人姓名", "申请人身份证号", "村", "类别", "家庭成员姓名", "家庭成员身份证号", "与户主关系"],
        ["林国文", number(10), "月洲村", "低保", "陈细妹", number(11), "配偶"],
        ["", "", "", "", "林小英", number(12), "女儿"],
        ["黄宝金", number(13), "大喜村", "低保", "黄阿英", number(14), "孙女"],
    ]
    return Book().sheet("家庭", rows, [(1, column, 2, column) for column in range(4)]).bytes()


EXPECTED: dict[Callable[[], bytes], list[Person]] = {
    titles_above_and_signatures_below: THREE,
    two_lines_of_head_with_the_household_joined: [
        *HOUSE, ("黄阿英", 14, "大喜村", "dibao", "黄宝金"), ("黄宝金", 13, "大喜村", "dibao", "黄宝金"),
    ],
    heads_of_households_followed_by_their_members: [*HOUSE, ("黄宝金", 13, "大喜村", "dibao", "")],
    a_household_line_above_its_members: [*HOUSE[:2], ("黄宝金", 13, "大喜村", "dibao", "黄宝金")],
    a_sheet_for_each_village: TEKUN,
    villages_as_headings_inside_one_sheet: [*TEKUN[:2], ("鄢水官", 3, "大喜村", "tekun", "")],
    the_village_written_once_for_many: [
        *THREE, ("吴细英", 4, "月洲村", "dibao", ""), ("黄宝金", 13, "大喜村", "dibao", ""),
    ],
    members_side_by_side_in_one_line: [
        *HOUSE, ("黄阿英", 14, "大喜村", "dibao", "黄宝金"), ("黄宝金", 13, "大喜村", "dibao", "黄宝金"),
        ("吴细英", 4, "大喜村", "dibao", "吴细英"),
    ],
    members_side_by_side_under_two_lines_of_head: [
        *HOUSE, ("黄阿英", 14, "大喜村", "dibao", "黄宝金"), ("黄宝金", 13, "大喜村", "dibao", "黄宝金"),
    ],
    the_applicant_joined_beside_each_member: [
        *HOUSE, ("黄阿英", 14, "大喜村", "dibao", "黄宝金"), ("黄宝金", 13, "大喜村", "dibao", "黄宝金"),
    ],
    a_csv_with_two_heads_in_the_old_encoding: HOUSE[:2],
    tabs_and_utf16_as_excel_saves_text: TWO,
    a_web_page_that_calls_itself_xls: THREE[:2],
    an_old_xls_with_dates_in_every_way: THREE,
    days_counted_from_1904: THREE[:2],
    ids_as_people_type_them: [*THREE, ("黄宝金", 13, "大喜村", "dibao", "")],
    the_head_again_on_each_page: TWO,
    the_second_sheet_goes_on_without_a_head: TWO,
    accounts_under_a_name_that_says_nothing: TWO,
}  # fmt: skip
