"""What the season and running rounds ask, on the round sheet of a village: places for numbers beside each person, and what
the numbers mean once on the page. The same keys as the page on which the sheet is typed in (`forms.typing_season`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts.models import Region
from visits.records import assessment
from visits.records.asking import AskedRound, windows_of
from visits.records.asking_many import rounds_of
from visits.records.assessment import Question, Window
from visits.records.forms.seasons import asked_in
from visits.records.models import FormVersion
from visits.roster.forms.dwelling import NONE, RISKS

AHEAD = timedelta(days=30)  # a paper printed today is used for some weeks
RINGS = "①②③④⑤⑥⑦⑧⑨"
TITLES = {"flood": "汛期", "winter": "冬季"}
PLACE = "＿＿"


@dataclass(frozen=True)
class Extra:
    """`legend`: what the numbers mean, a line for each block and round. `lines`: by person, what to fill in."""

    legend: list[str] = field(default_factory=list)
    lines: Mapping[int, list[str]] = field(default_factory=dict)

    def of(self, person_id: int) -> list[str]:
        return self.lines.get(person_id, [])


def season_of(windows: Sequence[Window], day: date) -> tuple[str | None, date | None]:
    """The season of a paper that is printed on that day: the one that runs, or begins within thirty days, and when."""
    running = assessment.season(day, windows)
    return (running, None) if running else assessment.coming(day, windows, AHEAD.days) or (None, None)


def read(village: Region, people: Sequence[int], today: date, printed_on: date) -> Extra:
    """For these people of a sheet printed on that day; rounds that began later have no place on it."""
    form = assessment.load(FormVersion.live(printed_on).definition)
    season, begins = season_of(windows_of(village, printed_on), printed_on)
    rounds = {
        pk: [one for one in own if one.opens_on <= printed_on] for pk, own in rounds_of(people, today).items()
    }
    asked = {
        pk: list(dict.fromkeys(filter(None, [season, *(one.block for one in rounds.get(pk, ()))])))
        for pk in people
    }
    blocks = list(dict.fromkeys(code for codes in asked.values() for code in codes))
    questions = {code: asked_in(form, code) for code in blocks}
    own = {one.uuid: one for found in rounds.values() for one in found if one.questions}
    return Extra(
        [_legend(code, questions[code], begins if code == season else None) for code in blocks]
        + [_round_legend(one) for one in own.values()],
        {
            pk: [_line(code, questions[code]) for code in codes]
            + [f"{one.name}：{PLACE}" for one in rounds.get(pk, ()) if one.questions]
            for pk, codes in asked.items()
        },
    )


def _line(code: str, questions: Sequence[Question]) -> str:
    """冬季：①＿＿②＿＿③＿＿"""
    count = len(questions) + (code == "flood")
    return f"{TITLES[code]}：" + "".join(f"{RINGS[n]}{PLACE}" for n in range(count))


def _legend(code: str, questions: Sequence[Question], begins: date | None) -> str:
    said = [f"{RINGS[n]}{one.label} {_keys(one)}" for n, one in enumerate(questions)]
    if code == "flood":
        risks = " ".join(f"{n}{label}" for n, (key, label) in enumerate(RISKS, start=1) if key != NONE)
        said.append(
            f"{RINGS[len(questions)]}房屋 0没变（没看过的：都不是），变了写编号 {risks} {len(RISKS)}都不是"
        )
    since = f"（{begins.month}月{begins.day}日起）" if begins else ""
    return f"{TITLES[code]}{since}，上门时看，写编号：{'；'.join(said)}"


def _keys(question: Question) -> str:
    if question.kind == "tick":
        return "1是，不是就不填"
    if question.kind == "degrees":
        return "量了才填"
    return " ".join(f"{n}{option.words}" for n, option in enumerate(question.options))


def _round_legend(one: AskedRound) -> str:
    return f"{one.name}，是的写编号：" + " ".join(
        f"{n}{words}" for n, words in enumerate(one.questions, start=1)
    )
