"""The words of notices, in one place. Pure data and functions.

SECURITY: a notice holds no name, no number, no illness and no free text: what kind of thing waits, until which day,
in which unit. Whoever follows its address sees the rest if it is theirs to see. Nothing typed comes in here."""

from dataclasses import dataclass
from datetime import date, datetime

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Kind:
    """`one`: one such thing (“一份变化”). `undone`: what is still to be done about it. `name`: its word in filters and
    digests."""

    name: str
    icon: str
    one: str = ""
    undone: str = ""


KINDS: dict[str, Kind] = {
    "report": Kind("变化上报", "flag", "一份变化", "还没有报县级"),
    "case": Kind("初步方案", "clip", "一件变化", "还没有定初步方案"),
    "supplement": Kind("补材料", "attach", "县级要的一份材料", "还没有补去"),
    "measure": Kind("落实措施", "heart", "一条措施", "还没有落实"),
    "summary": Kind("当日汇总", "cal", "一天的汇总", "还没有确认"),
    "emergency": Kind("紧急情况", "warn", "一件紧急情况", "还没有补上经过"),
    "signing": Kind("签字", "sign", "巡访结果确认表", "还没有签完"),
    "delegation": Kind("授权代签", "pen"),
    "urgent": Kind("紧急", "warn"),
    "unreached": Kind("要找到的人", "warn"),
    "calendar": Kind("放假安排", "cal"),
    "told": Kind("办事进展", "send"),
}


# What waits for the county's head goes back to who proposed it.
REJOINED = "您提的方案还没批准，这家又报来新的情况，请看过后重新提"


def day(on: date) -> str:
    """11月24日 周二."""
    return f"{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]}"


def deadline(kind: str, due_on: date, *, over: bool, where: str = "", days: int = 0, vacant: str = "") -> str:
    """One level of a deadline. `over`: its day is over. `where`: the unit, for whoever has several under them.
    `days`: working days since, told from the second on. `vacant`: the post that nobody holds and that was to be
    told before."""
    words = KINDS[kind]
    place = f"{where}：" if where else ""
    # True whenever it is read: also weeks later, while it is not done.
    since = f"，超过{days}个工作日" if days > 1 else ""
    last = f"已经过了{day(due_on)}{since}" if over else f"最后一天是{day(due_on)}"
    text = f"{place}{words.one}{words.undone}，{last}"
    return f"{text}。{vacant}现在没有人，没提醒到" if vacant else text


def within_a_day(*, again: bool, where: str = "") -> str:
    """五(三)-9: the details of an emergency are written down within 24 hours; `again`: another day has gone."""
    place = f"{where}：" if where else ""
    since = "，又过了一天" if again else ""
    return f"{place}一件紧急情况过了24小时，还没有补上经过{since}"


def to_be_found(until: datetime, *, over: bool, where: str = "") -> str:
    """1-E E7: somebody who may be in danger and was not found. `until`: local, when 24 hours are over."""
    place = f"{where}：" if where else ""
    moment = f"{day(until.date())} {until:%H:%M}"
    if over:
        return f"{place}有一个人过了24小时还没有找到（到{moment}），请马上打110，并看找到哪一步了"
    return f"{place}有一个人去了没见到，要在24小时内找到。到{moment}还没有找到，请打110"


def delegated(since: date) -> str:
    """To whoever holds the post: somebody else signs in its place from that day on."""
    return f"登记了一份授权，{since.month}月{since.day}日起有人代您签确认表。没有委托过的，请点进来收回"


def calendar_missing(year: int) -> str:
    """Until the notice is in, deadlines are counted on an estimate."""
    return f"{year}年放假安排还没有录入，用到它的期限先按预估的算，请录入"
