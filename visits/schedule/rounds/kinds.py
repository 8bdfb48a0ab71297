"""What a round of each kind usually looks like: the form is filled in before anybody has touched it. Pure."""

from collections.abc import Sequence
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


# A cold wave comes before the winter of the calendar does.
EARLY = timedelta(days=14)
TYPHOONS = (7, 10)  # months, both inclusive


def kind_of(day: date, flood: Sequence[str], winter: Sequence[str]) -> str:
    """What a round is usually for on a day; "" when nobody can guess. Seasons: their first and last day, “04-01”."""
    if within(day, winter) or within(day + EARLY, winter):
        return "cold"
    if not within(day, flood):
        return ""
    return "typhoon" if TYPHOONS[0] <= day.month <= TYPHOONS[1] else "rain"


def within(day: date, season: Sequence[str]) -> bool:
    """Whether the day lies in a season, its first and last day included; a season may go over the new year."""
    first, last = season
    today = f"{day:%m-%d}"
    return first <= today <= last if first <= last else today >= first or today <= last


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
