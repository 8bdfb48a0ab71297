"""What a round of each kind usually looks like: the form is filled in before anybody has touched it. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

DAYS_AFTER = 7  # an item of a round can still be done so many days after its due day
QUESTIONS = 5
QUESTION_LENGTH = 30


@dataclass(frozen=True)
class Usual:
    """`days`: from the first day to the due day. `who`: codes of `WHO`. `questions`: answered yes or no."""

    days: int
    block: str
    who: tuple[str, ...]
    questions: tuple[str, ...] = ()
    say: str = ""


# Whom a round means; somebody whom one of the chosen fits is in it.
WHO = {
    "all": "名单上的所有人",
    "old_alone": "80岁以上独居的",
    "alone": "独居的",
    "dwelling": "靠山坡溪边、积水、危房的",
}
MODES = {"home": "上门", "phone": "电话", "video": "视频"}
# Nobody is sent home to be visited there: a visit in a home for the elderly or at the bedside is one, too.
FACE_TO_FACE = ("home", "institution", "hospital")

USUAL: dict[str, Usual] = {
    "typhoon": Usual(
        1, "flood", ("old_alone", "alone", "dwelling"), ("需要转移", "家里缺粮缺水"), "先打电话，打不通的当天上门"
    ),
    "rain": Usual(1, "flood", ("dwelling", "old_alone"), ("需要转移",), "低洼和山边的先去"),
    "cold": Usual(2, "winter", ("old_alone", "alone"), ("没有取暖的东西",), "看看用什么取暖，烧炭的要通风"),
    "heat": Usual(2, "", ("old_alone", "alone"), ("家里太热，没有电扇",), "中午前后不要让老人出门"),
    "other": Usual(2, "", ("all",)),
}  # fmt: skip


def name_of(kind_word: str, day: date) -> str:
    """台风专项巡访 11月25日"""
    word = "" if kind_word == "其他" else kind_word
    return f"{word}专项巡访 {day.month}月{day.day}日"


def due_of(kind: str, day: date) -> date:
    """Tomorrow, or the day after."""
    return day + timedelta(days=USUAL[kind].days)


def closes_of(due_on: date) -> date:
    """The last day on which a visit still does it, inclusive."""
    return due_on + timedelta(days=DAYS_AFTER)


def modes_of(chosen: list[str]) -> list[str]:
    """The ways that count when these were ticked."""
    return [*FACE_TO_FACE, *(one for one in chosen if one != "home")] if "home" in chosen else list(chosen)
