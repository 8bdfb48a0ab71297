"""The staff of the demo: one account per role, and visitors for each village."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import Delegation, Post, Region, User
from accounts.roles import ROLES, Role
from visits.management.demo.people import FEMALE, MALE, SURNAMES

INSPECTION = {"document_no": "榕民检〔2026〕3号"}
PASSWORD = "Rongshu-2018-Kan"


@dataclass(frozen=True)
class Village:
    """A village of the demo with its people in charge."""

    region: Region
    size: int
    urban: bool
    head: User
    liaison: User
    visitors: tuple[User, ...]


@dataclass
class Staff:
    villages: list[Village] = field(default_factory=list)
    clerks: dict[int, User] = field(default_factory=dict)
    heads: dict[int, User] = field(default_factory=dict)
    officers: dict[int, User] = field(default_factory=dict)
    shown: list[tuple[str, str, str]] = field(default_factory=list)  # role, unit, phone


# county, township, villages to fill (None: the first three), people per village, urban
PLACES = (
    ("永泰县", "嵩口镇", ("月洲村", "大喜村", "芦洋村", "道南村"), 34, False),
    ("永泰县", "梧桐镇", None, 14, False),
    ("鼓楼区", "鼓东街道", None, 14, True),
    ("高新区", "南屿镇", None, 14, False),
    ("连江县", "凤城镇", None, 12, True),
)
NAMES = [
    "林国清",
    "谢永华",
    "林建忠",
    "林月香",
    "郑晓琳",
    "郑文彬",
    "王丽娟",
    "黄志勇",
    "张秋云",
    "陈明辉",
    "许建平",
    "雷美玉",
    "林芳",
    "陈立",
    "叶青松",
    "郭晓燕",
    "何志强",
    "方丽华",
    "江小军",
    "柯美珍",
    "苏永泉",
    "周秀兰",
    "徐志刚",
    "董春梅",
    "薛长贵",
    "赖文清",
    "温玉兰",
    "余晓东",
    "汪美英",
    "鄢志平",
    "刘国栋",
    "卢秀珠",
    "吴建国",
    "李春生",
    "杨美玲",
    "曾志明",
    "邱玉英",
    "廖国强",
    "罗春香",
    "范志新",
    "彭丽娜",
    "潘国平",
    "钟玉珍",
    "蔡志远",
    "蒋美凤",
    "程国华",
    "丁春燕",
    "魏志成",
    "沈玉琴",
    "姚国梁",
    "龚丽萍",
    "石志勇",
    "康美云",
    "庄国兴",
    "施玉梅",
    "洪志伟",
    "游春花",
    "翁国良",
    "涂美芳",
    "童志军",
    "严玉红",
    "尤国忠",
    "池春莲",
    "阮志鹏",
    "包美华",
    "左国英",
    "甘玉清",
    "毕志文",
    "柳春霞",
    "葛国发",
    "祝美琴",
    "章志峰",
    "骆玉萍",
    "凌国安",
    "万春芳",
]


def _names() -> Iterator[str]:
    """The names above, then more of the same kind."""
    yield from NAMES
    dice = random.Random(350100)
    while True:
        yield dice.choice(SURNAMES) + dice.choice(FEMALE + MALE)


class _Maker:
    def __init__(self, today: date, staff: Staff) -> None:
        self.today = today
        self.staff = staff
        self.number = 0
        self.names = _names()
        # One hash for all: the demo's password is printed anyway, and Argon2 takes its time.
        self.password = make_password(PASSWORD)

    def user(self, *posts: tuple[Role, Region, str], show: bool = False) -> User:
        self.number += 1
        phone = f"1380002{self.number:04d}"
        user = User.objects.create(name=next(self.names), phone=phone, password=self.password)
        for role, region, title in posts:
            letter = INSPECTION if role is Role.INSPECTOR else {}
            until = {"ends_on": self.today + timedelta(days=60)} if letter else {}
            start = date(self.today.year - 3, 1, 1)
            Post.objects.create(
                user=user, region=region, role=role, title=title, starts_on=start, **letter, **until
            )
        if show:
            role, region, title = posts[0]
            self.staff.shown.append((title or ROLES[role].label, region.name, phone))
        return user


def make(today: date) -> Staff:
    """Users and posts. The first township's are the ones whose accounts are shown."""
    staff = Staff()
    maker = _Maker(today, staff)
    for number, (county_name, township_name, names, size, urban) in enumerate(PLACES):
        county = Region.objects.get(level=2, name=county_name)
        township = Region.objects.get(level=3, name=township_name, county_id=county.pk)
        first = number == 0
        every = list(Region.objects.live(today).filter(level=4, parent=township).order_by("position"))
        chosen = [r for r in every if r.name in names] if names else every[:3]
        chosen.sort(key=lambda r: names.index(r.name) if names else r.position)
        for order, region in enumerate(chosen):
            show = first and order == 0
            visitors = tuple(
                maker.user((Role.VISITOR, region, "村委会委员"), show=show and n == 0) for n in range(2)
            )
            staff.villages.append(
                Village(
                    region=region,
                    size=size + 8 if show else size,
                    urban=urban,
                    head=maker.user((Role.VILLAGE_HEAD, region, "村委会主任"), show=show),
                    liaison=maker.user((Role.LIAISON, region, "包村干部"), show=show),
                    visitors=visitors,
                )
            )
        staff.clerks[township.pk] = maker.user((Role.TOWNSHIP_CLERK, township, "民政办经办人"), show=first)
        title = "主任" if urban and township_name.endswith("街道") else "镇长"
        staff.heads[township.pk] = maker.user((Role.TOWNSHIP_HEAD, township, title), show=first)
        if county.pk not in staff.officers:
            staff.officers[county.pk] = maker.user(
                (Role.COUNTY_OFFICER, county, "社会救助股经办人"), show=first
            )
            maker.user((Role.COUNTY_HEAD, county, "分管副局长"), show=first)
        Region.objects.filter(pk=township.pk).update(duty_phone=f"0591-2000{1000 + number}")
        Region.objects.filter(pk=county.pk).update(duty_phone=f"0591-2000{2000 + number}")
    city = Region.objects.get(level=1)
    for role in (Role.CITY_SUPERVISOR, Role.CITY_BUSINESS, Role.INSPECTOR, Role.SYSTEM_ADMIN, Role.AUDITOR):
        where = Region.objects.get(level=2, name="永泰县") if role is Role.INSPECTOR else city
        maker.user((role, where, ""), show=True)
    _deputy(today, staff)
    return staff


def newcomer(post: tuple[Role, Region, str], today: date) -> User:
    """Somebody who came after the first staff: an account with one post."""
    count = User.objects.filter(phone__startswith="13800029").count()
    user = User.objects.create(
        name=NAMES[-1 - count % len(NAMES)], phone=f"13800029{count:03d}", password=make_password(PASSWORD)
    )
    role, region, title = post
    Post.objects.create(
        user=user, region=region, role=role, title=title, starts_on=date(today.year - 3, 1, 1)
    )
    return user


def _deputy(today: date, staff: Staff) -> None:
    """Standing delegation in the second township: the clerk's colleague signs for the head (practice P2)."""
    township_id = list(staff.heads)[1]
    head = staff.heads[township_id]
    deputy = staff.villages[4].liaison
    Delegation.objects.create(
        region_id=township_id,
        role=Role.TOWNSHIP_HEAD,
        deputy=deputy,
        deputy_title="副镇长",
        principal_name=head.name,
        document_no=f"梧委〔{today.year}〕18号",
        reason="日常授权",
        starts_on=date(today.year, 1, 1),
        ends_on=date(today.year, 12, 31),
        created_by=staff.clerks[township_id],
    )
