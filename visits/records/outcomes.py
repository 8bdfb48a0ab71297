"""What may keep a visitor from meeting somebody, and what comes next (E6–E10): data, no rules."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`next`: the next step in words. `days`: how many days later one usually goes again (None: nobody goes).
    `asks_next`: the day must be said. `urgent`: to be followed up today."""

    words: str
    next: str
    days: int | None
    asks_next: bool = False
    urgent: bool = False

    @property
    def next_possible(self) -> bool:
        return self.days is not None


OUTCOMES: dict[str, Outcome] = {
    "not_home": Outcome("不在家", "问一问邻居，打个电话，换一天再去。", 3, asks_next=True),
    "refused": Outcome("拒访", "不勉强。换一天再去，请村干部或熟人陪着，两个人上门。", 7, asks_next=True),
    "hospital": Outcome("住院", "可以去医院看，或打电话问照料人；出院后7天内上门。", 7),
    "away": Outcome("外出", "打电话问一问平安，约好回来的日子再上门。", 14),
    "lost": Outcome(
        "失联",
        "今天就找联系人、邻居、村里问。80岁以上独居、重病和未成年人，24小时找不到就打110。",
        1,
        asks_next=True,
        urgent=True,
    ),
    "died": Outcome("去世", "下面点一下大概哪天，保存后名单上马上就没有这个人了。记错了可以撤销。", None),
    "moved": Outcome("迁出", "下面点一下大概哪天，保存后名单上马上就没有这个人了。记错了可以撤销。", None),
}

#: Nobody goes there again: the file says so from this moment on.
GONE_STATUS = {"died": "dead", "moved": "departed"}
GONE = frozenset(GONE_STATUS)
