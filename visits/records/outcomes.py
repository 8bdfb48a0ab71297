"""What may keep a visitor from meeting somebody, and what comes next (E6–E10): data, no rules."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`next`: the next step in words. `days`: how many days later one goes again unless another day is said (None:
    nobody goes). `urgent`: to be followed up today. `absence`: where the person is from now on (`Absence.Kind`);
    `question`: what the clerk looks into; nobody's visits are suspended by a visitor."""

    words: str
    next: str
    days: int | None
    urgent: bool = False
    absence: str = ""
    question: str = ""

    @property
    def next_possible(self) -> bool:
        return self.days is not None


OUTCOMES: dict[str, Outcome] = {
    "not_home": Outcome("不在家", "问一问邻居，打个电话，换一天再去。", 3),
    "refused": Outcome("拒访", "不勉强。换一天再去，请村干部或熟人陪着，两个人上门。", 7),
    "hospital": Outcome("住院", "可以去医院看，或打电话问照料人；出院后7天内上门。", 7, absence="hospital"),
    "away": Outcome("外出", "打电话问一问平安，约好回来的日子再上门。", 14, absence="away"),
    "lost": Outcome(
        "失联",
        "今天就找联系人、邻居、村里问。80岁以上独居、重病和未成年人，24小时找不到就打110。",
        1,
        urgent=True,
        question="missing",
    ),
    "prison": Outcome(
        "服刑·戒毒", "报给民政办核实。凭文书登记暂缓以前，名单上还在。", None, question="prison"
    ),
    "died": Outcome("去世", "下面点一下大概哪天，保存后名单上马上就没有这个人了。记错了可以撤销。", None),
    "moved": Outcome("迁出", "下面点一下大概哪天，保存后名单上马上就没有这个人了。记错了可以撤销。", None),
}

#: Nobody goes there again: the file says so from this moment on.
GONE_STATUS = {"died": "dead", "moved": "departed"}
GONE = frozenset(GONE_STATUS)
#: Of somebody who may be in danger the next 24 hours count (E7); these tell where they are, or that they were seen.
UNREACHED = frozenset({"not_home", "lost"})
SETTLES = frozenset(OUTCOMES) - UNREACHED
