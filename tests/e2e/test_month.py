"""J5, the month: the full list comes, whoever is on it no longer is accounted for, people are found, told of, and
put together.

Clicks of the clerk, held to `CLICKS` (typing and choosing from a box are not counted, a tick is a click): 4 bring
the list (the link, 全部名单, 读一读, 确认入库); 16 for whoever is missing (3 to say that the count is right, a tick for
each of five people, 记下 and 记下 for each of four answers); 5 for somebody a cadre told of; 6 for two files that are
one, and two again.
"""

import re
from datetime import date

from playwright.sync_api import Locator, Page, expect

from tests.cast import id_number, make_person
from tests.e2e.conftest import DESKTOP, PHONE, Site
from tests.visits.roster.ugly import CARDS, Book
from visits.roster.models import Discovery, Household, Membership, Merge, MissingRow, Person

SAME = ("林国文", "陈细妹", "林小英", "黄宝金", "黄阿英", "鄢水官", "陈依金", "黄玉钗")
GONE = ("张志坚", "余细根", "张月娥", "卢春生", "郑依土")
NEW = ("吴来发", "吴阿水")
CLICKS = [4, 16, 5, 6]


class Clicks:
    """A hand that counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: Locator) -> None:
        what.click()
        self.count += 1

    def since(self) -> int:
        """Clicks since this was last asked."""
        found, self.count = self.count, 0
        return found


def _workbook(people: dict[str, Person]) -> bytes:
    """The county's list as it comes: a title, two lines of head, households joined, bank cards, a sum, a footer."""
    head = ["序号", "户主信息", "", "", "家庭成员信息", "", "", "", "所属村居"]
    rows: list[list[object]] = [
        ["嵩口镇农村低保发放花名册"], ["单位：嵩口镇民政办", "", "", "", "", "", "", "单位：元"], head,
        ["", "姓名", "低保证号", "银行账号", "姓名", "身份证号", "与户主关系", "联系电话", ""],
    ]  # fmt: skip
    merges = [(0, 0, 0, 8), (2, 1, 2, 3), (2, 4, 2, 7), (2, 0, 3, 0), (2, 8, 3, 8)]
    start = len(rows)
    for at, (name, relation) in enumerate((("林国文", "本人"), ("陈细妹", "配偶"), ("林小英", "女儿"))):
        number = people[name].id_number
        first = [1, "林国文", "闽A001", CARDS[0]] if at == 0 else ["", "", "", ""]
        rows.append([*first, name, number, relation, "", "月洲村" if at == 0 else ""])
    merges += [(start, column, start + 2, column) for column in (0, 1, 2, 3, 8)]
    alone = [(name, people[name].id_number) for name in SAME[3:]]
    alone += [(name, id_number(date(1950 + at, 4, 9))) for at, name in enumerate(NEW)]
    good = id_number(date(1961, 7, 1))
    alone.append(("林错号", good[:-1] + ("1" if good[-1] != "1" else "2")))
    for at, (name, number) in enumerate(alone, start=2):
        phone = "13959100001" if name == SAME[3] else ""
        rows.append([at, name, "", CARDS[1], name, number, "本人", phone, "月洲"])
    rows += [["", "合  计", "", "", len(alone) + 3], [], ["制表人：郑晓琳", "", "", "审核人："]]
    return Book().sheet("发放表", rows, merges).bytes()


def _settle(page: Page, click: Clicks, names: tuple[str, ...], answer: str, on: date | None = None) -> None:
    """The ticked ones get one answer."""
    for name in names:
        click(page.locator("tr", has_text=name).locator("input[name=row]"))
    page.get_by_label("一起记为").select_option(label=answer)
    click(page.get_by_role("button", name="记下"))
    expect(page.locator("main")).to_contain_text(f"把{len(names)}人记为{answer}？")
    if on is not None:
        page.get_by_label("哪天").fill(on.isoformat())
    click(page.get_by_role("button", name="记下"))
    expect(page.locator("main")).to_contain_text(f"{len(names)}人记为{answer}")


def _find(page: Page, words: str) -> Locator:
    page.goto("/roster/")
    page.get_by_label("找人").fill(words)
    page.get_by_role("button", name="找", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]s="))
    assert words not in page.url
    return page.locator("main")


def test_the_month(site: Site) -> None:
    cast, click = site.cast, Clicks()
    people = {
        name: make_person(cast, name=name, birth=date(1940 + at, 5, 6))
        for at, name in enumerate((*SAME, *GONE))
    }
    Membership.objects.update(area="rural")
    units = {"county_id": cast.county.pk, "township_id": cast.township.pk, "village_id": cast.village.pk}
    for name in SAME[3:]:
        own = Household.objects.create(head_name=name, **units)
        Person.objects.filter(name=name).update(household=own, relation="本人")
    for _ in range(2):
        make_person(cast, name="潘秀珠", birth=date(1948, 6, 7), groups=("tekun",))
    clerk = site.page(cast.township_clerk, size=DESKTOP)

    # The list as it came; five results before anything is written.
    clerk.goto("/roster/")
    click(clerk.get_by_role("link", name="导入名单"))
    clerk.locator("input[type=file]").set_input_files(
        {"name": "11月.xlsx", "mimeType": "application/octet-stream", "buffer": _workbook(people)}
    )
    clerk.get_by_label("哪一类的").select_option(label="农村低保")
    click(clerk.get_by_label("全部名单", exact=True))
    click(clerk.get_by_role("button", name=re.compile("读一读")))
    expect(clerk.get_by_role("button", name=re.compile("确认入库"))).to_be_visible(timeout=30_000)
    five = clerk.locator(".xf-five")
    for words in ("新增 2人", "有变化 4人", "没变 4人", "有错 1行", "名单上没有了 5人"):
        expect(five.get_by_role("link", name=words)).to_be_visible()
    site.check(clerk)
    click(clerk.get_by_role("button", name=re.compile("确认入库")))
    expect(clerk.locator("main")).to_contain_text("入库了", timeout=30_000)
    taken = [click.since()]

    # More than one in twenty is missing: the clerk looks at the count, then answers together what is the same.
    click(clerk.get_by_role("link", name="去核对人数"))
    site.check(clerk)
    click(clerk.get_by_role("button", name="名单是全的"))
    click(clerk.get_by_role("link", name="说明5人的去向"))
    site.check(clerk)
    _settle(clerk, click, GONE[:2], "停发")
    _settle(clerk, click, GONE[2:3], "去世", cast.on)
    _settle(clerk, click, GONE[3:4], "迁出", cast.on)
    _settle(clerk, click, GONE[4:], "漏导，还在列")
    expect(clerk.locator("main")).to_contain_text("没有要说明的人")
    assert set(MissingRow.objects.values_list("outcome", flat=True)) == {
        "stopped",
        "dead",
        "departed",
        "left_out",
    }
    assert Person.objects.get(name=GONE[2]).status == "dead"
    taken.append(click.since())

    # How old the list is stands above its numbers; nobody is found through an address.
    clerk.goto("/roster/")
    expect(clerk.locator(".xf-head")).to_contain_text(re.compile(r"名单截至.*月"))
    for words in (SAME[0], "wlf", people[SAME[1]].id_tail or ""):
        expect(_find(clerk, words)).to_contain_text({"wlf": NEW[0], SAME[0]: SAME[0]}.get(words, SAME[1]))
    expect(_find(clerk, GONE[2])).not_to_contain_text("1943年")

    # A cadre tells on the phone; the clerk looks and opens the file.
    cadre = site.page(cast.visitor, size=PHONE)
    cadre.goto("/roster/discoveries/new")
    cadre.get_by_label("姓名").fill("池依姆")
    cadre.get_by_label("住在哪里").fill("上洋，祠堂后第二家")
    cadre.get_by_label("老人一个人住").click()
    cadre.get_by_role("button", name="报给民政办").click()
    expect(cadre.locator("main")).to_contain_text("池依姆报给民政办了")
    clerk.goto("/roster/")
    click.since()
    click(clerk.locator("summary", has_text="核对名单"))
    click(clerk.get_by_role("link", name="发现新对象"))
    click(clerk.get_by_role("link", name="池依姆"))
    click(clerk.get_by_role("link", name="核过了，建档"))
    clerk.get_by_label("身份证号", exact=True).fill(id_number(date(1939, 2, 3)))
    clerk.get_by_label("类别").select_option(value="tekun")
    clerk.get_by_label("从哪天起").fill(cast.on.replace(day=1).isoformat())
    clerk.locator("input[name=phone]").fill("13959100002")
    click(clerk.get_by_role("button", name="建档", exact=True))
    expect(clerk.locator("main")).to_contain_text("池依姆的档案建好了")
    assert Discovery.objects.get().person == Person.objects.get(name="池依姆")
    taken.append(click.since())

    # Two files of one person: side by side, one, and two again.
    clerk.goto("/roster/")
    click(clerk.locator("summary", has_text="核对名单"))
    click(clerk.get_by_role("link", name="重复档案"))
    site.check(clerk)
    click(clerk.get_by_role("link", name="是同一个人，放在一起并"))
    site.check(clerk)
    click(clerk.get_by_label("换过证件"))
    click(clerk.get_by_role("button", name="并成一份"))
    expect(clerk.locator("main")).to_contain_text("并好了")
    assert Person.objects.exclude(merged_into=None).count() == 1
    click(clerk.get_by_role("button", name=re.compile("撤销")).first)
    expect(clerk.locator("main")).to_contain_text("撤销了，又是两份档案")
    assert not Person.objects.exclude(merged_into=None).exists()
    assert Merge.objects.count() == 1
    taken.append(click.since())
    assert taken == CLICKS
