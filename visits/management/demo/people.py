"""Invented people for the demo: names, numbers, homes. Seeded, so that every demo is the same one."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from visits.core.idnumber import check_char

SURNAMES = "陈林黄张郑王李吴刘卢谢叶余汪鄢余柯江何方苏许周徐郭檀温赖董薛"
FEMALE = [
    "依妹",
    "依仙",
    "玉钗",
    "秀英",
    "宝珠",
    "桂香",
    "月仙",
    "美兰",
    "细妹",
    "金花",
    "秀云",
    "玉珠",
    "兰妹",
    "春香",
    "丽卿",
    "素贞",
    "水莲",
    "惠珍",
    "爱钦",
    "雪梅",
]
MALE = [
    "依金",
    "木生",
    "水清",
    "志坚",
    "细根",
    "庆弟",
    "国清",
    "永华",
    "桂清",
    "大弟",
    "依官",
    "兴旺",
    "建忠",
    "文彬",
    "金弟",
    "长贵",
    "天送",
    "宝官",
    "良栋",
    "炳炎",
]
CHILD = ["雨欣", "子涵", "浩然", "思琪", "俊杰", "梓萱", "宇轩", "诗涵", "家豪", "欣怡", "小宝", "晨曦"]
RARE = ("㛃", "堃", "喆", "赟", "翀", "垚")
HAMLETS = ("祠堂边", "上洋", "后溪", "下厝", "桥头", "山仔里", "新厝", "岭脚")
PLACES = (
    "祠堂后第二家，红木门",
    "小卖部楼上",
    "晒谷场旁，蓝铁门",
    "桥头左手第三间",
    "竹林边上的土墙屋",
    "老供销社对面",
)
MINDS = (
    "耳背，站右边说慢一点",
    "只说福州话",
    "进门脱鞋",
    "下午下地，上午去才碰得上",
    "眼睛看不清，先报名字",
    "狗拴在门口，先喊一声",
)


@dataclass(frozen=True)
class Invented:
    """A person of the demo, before they have a file."""

    name: str
    sex: str
    birth: date
    id_number: str
    groups: tuple[str, ...]
    hamlet: str
    find_me: str
    mind: str
    phone: str
    contact_name: str
    contact_phone: str
    alone: bool
    area: str
    care: str
    since: date
    household: int | None
    relation: str
    head: str


def id_number(county: str, birth: date, sex: str, serial: int) -> str:
    """A number that passes the check. The serial decides the sex by its last digit."""
    odd = serial * 2 + (1 if sex == "M" else 0)
    stem = f"{county}{birth:%Y%m%d}{odd % 1000:03d}"
    return stem + check_char(stem)


class Maker:
    """Makes people for one village after another."""

    def __init__(self, today: date, seed: int = 2018) -> None:
        self.today = today
        self.dice = random.Random(seed)
        self.serial = 100
        self.phones = 4000
        self.households = 0

    def _phone(self) -> str:
        self.phones += 1
        return f"1380001{self.phones:04d}"

    def _birth(self, low: int, high: int) -> date:
        age = self.dice.randint(low, high)
        return date(self.today.year - age, 1, 1) - timedelta(days=self.dice.randint(1, 360))

    def _one(
        self, county: str, low: int, high: int, groups: tuple[str, ...], *, surname: str = "", **more: object
    ) -> Invented:
        dice = self.dice
        sex = dice.choice("FM")
        birth = self._birth(low, high)
        given = dice.choice(CHILD if high < 20 else FEMALE if sex == "F" else MALE)
        if dice.random() < 0.03:
            given = given[0] + dice.choice(RARE)
        family = surname or dice.choice(SURNAMES)
        self.serial = 100 + (self.serial - 99) % 390
        values: dict = {
            "name": family + given,
            "sex": sex,
            "birth": birth,
            "id_number": id_number(county, birth, sex, self.serial),
            "groups": groups,
            "hamlet": dice.choice(HAMLETS[:4]),
            "find_me": dice.choice(PLACES),
            "mind": dice.choice(MINDS) if dice.random() < 0.5 else "",
            "phone": self._phone() if dice.random() < 0.85 else "",
            "contact_name": dice.choice(SURNAMES) + dice.choice(FEMALE + MALE),
            "contact_phone": self._phone(),
            "alone": False,
            "area": "rural",
            "care": "",
            "since": date(self.today.year - dice.randint(1, 5), dice.randint(1, 12), 1),
            "household": None,
            "relation": "",
            "head": "",
        }
        values.update(more)
        return Invented(**values)

    def village(self, county: str, size: int, *, urban: bool = False) -> list[Invented]:
        """About `size` people of one village in the proportions of the field: more than half are on 低保."""
        area = "urban" if urban else "rural"
        found: list[Invented] = []
        while len(found) < size:
            roll = self.dice.random()
            if roll < 0.42:
                found += self._family(county, area)
            elif roll < 0.56:
                care = "institution" if self.dice.random() < 0.3 else "home"
                found.append(self._one(county, 55, 88, ("tekun",), care=care, alone=True))
            elif roll < 0.76:
                groups = ("old_alone",) if self.dice.random() < 0.8 else ("old_alone", "dibao")
                found.append(self._one(county, 86, 96, groups, alone=True, area=area))
            elif roll < 0.84:
                found.append(self._one(county, 66, 79, ("old_childless",), alone=True))
            elif roll < 0.88:
                found.append(self._one(county, 67, 85, ("old_with_disabled_child",)))
            elif roll < 0.97 and not urban:
                found.append(self._one(county, 6, 14, (self.dice.choice(["left_behind", "minor_kin"]),)))
            else:
                since = self.today - timedelta(days=self.dice.randint(5, 120))
                found.append(self._one(county, 30, 60, ("sudden",), since=since))
        return found[:size]

    def _family(self, county: str, area: str) -> list[Invented]:
        self.households += 1
        head = self._one(county, 40, 70, ("dibao",), area=area, household=self.households, relation="户主")
        head = replace(head, head=head.name)
        same = {
            "surname": head.name[0],
            "area": area,
            "household": self.households,
            "since": head.since,
            "hamlet": head.hamlet,
            "find_me": head.find_me,
            "contact_name": head.contact_name,
            "contact_phone": head.contact_phone,
            "head": head.name,
        }
        family = [head]
        if self.dice.random() < 0.4:
            same_wife = {**same, "surname": ""}
            family.append(self._one(county, 38, 68, ("dibao",), relation="配偶", **same_wife))
        if self.dice.random() < 0.35:
            family.append(self._one(county, 7, 17, ("dibao",), relation="子女", **same))
        return family
