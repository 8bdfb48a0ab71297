"""What may come of a question (待核), as data: words, the form that leads on, what a tap does. No database."""

from collections.abc import Iterable
from dataclasses import dataclass

# What an answer writes beside settling the question.
PROLONG, CARE_AGAIN, DIE, END = "prolong", "care_again", "die", "end"
ABSENCE_AGAIN = "absence_again"
# Written by the room that asked (`services.reviews.answers_above`).
KNOWN_AGAIN, KNOWN_END = "known_again", "known_end"


@dataclass(frozen=True)
class Outcome:
    """`does`: what is written beside the answer; `note`: it wants a sentence. END wants a last day."""

    code: str
    word: str
    does: str = ""
    note: bool = False

    @property
    def tap(self) -> bool:
        """Whether it needs nothing but itself."""
        return not self.note and self.does != END


@dataclass(frozen=True)
class Plan:
    """`form`: the page that puts it right, with its word; `outcomes`: the usual one first. `own_page`: that
    page shows what must be seen before it is answered (a later visit, the other list), so it is answered there."""

    form: str
    form_word: str
    outcomes: tuple[Outcome, ...]
    own_page: bool = False

    @property
    def taps(self) -> tuple[Outcome, ...]:
        """Answers for a button of the list."""
        return () if self.own_page else tuple(one for one in self.outcomes if one.tap)


_IN = (Outcome("joined", "已列入"), Outcome("not_needed", "不用列入"))
_END = Outcome("end", "结束这一类", END)
_OUT = (Outcome("ended", "已结束或换类"), Outcome("goes_on", "还在上学，继续"), _END)
PLANS: dict[str, Plan] = {
    "turns_80": Plan("membership_new", "加一类", _IN),
    "turns_60": Plan("membership_new", "加一类", _IN),
    "turns_18": Plan("membership_end", "结束这一类", _OUT),
    "turns_16": Plan("membership_end", "结束这一类", (Outcome("ended", "已结束或换类"), _END)),
    "group_review": Plan(
        "membership_end", "结束这一类",
        (Outcome("still", "情况还在，半年后再核", PROLONG), Outcome("ended", "已结束"), _END),
    ),
    "group_ends": Plan("membership_new", "加一类", (Outcome("known", "知道了，到期结束"), Outcome("joined", "已另列一类"))),
    "benefit_ends": Plan("benefit_edit", "改待遇", (Outcome("renewed", "已续上"), Outcome("stops", "到期不续"))),
    "certificate_ends": Plan("certificate_edit", "改残疾证", (Outcome("renewed", "已换证"), Outcome("told", "已告知去换证"))),
    "care_review": Plan("file_care", "改照料安排", (Outcome("same", "安排没变，一年后再核", CARE_AGAIN), Outcome("changed", "已改好"))),
    "temporary_no": Plan("person_edit", "补身份证号", (Outcome("waiting", "还在办，90天后再问"), Outcome("given", "已补上号码"))),
    "absent_told": Plan("absence_new", "登记暂缓", (Outcome("found", "找到了，照常巡访"), Outcome("looking", "还在找，先不暂缓"))),
    "absence_review": Plan("absence_end", "人回来了", (Outcome("still", "情况还在，半年后再核", ABSENCE_AGAIN),)),
    "known_review": Plan(
        "visits_records:known", "看长期状况",
        (Outcome("same", "还是这样，半年后再看", KNOWN_AGAIN), Outcome("over", "不再算长期状况", KNOWN_END, note=True)),
    ),
    "aid_decided": Plan(
        "membership_end", "结束这一类", (_END, Outcome("ended", "已结束这一类"), Outcome("kept", "还在这一类", note=True))
    ),
    "death_list": Plan(
        "deaths", "去核",
        (Outcome("dead", "是本人，登记去世", DIE), Outcome("not_same", "不是本人", note=True), Outcome("alive", "还健在", note=True)),
        own_page=True,
    ),
    "seen_after_death": Plan(
        "deaths", "去核",
        (Outcome("day_wrong", "去世日期记错了"), Outcome("visit_wrong", "巡访日期写错了", note=True),
         Outcome("not_met", "没见到本人，写错了", note=True), Outcome("other", "另有原因", note=True)),
        own_page=True,
    ),
    "household_death": Plan(
        "deaths", "去核", (Outcome("checked", "核过了，不用变"), Outcome("changed", "核过了，已报变化")), own_page=True
    ),
    "base_only_here": Plan(
        "compare", "到比对里核",
        (Outcome("stays", "该在列，名单漏了", note=True), Outcome("ended", "不再属于这一类", END)), own_page=True,
    ),
}  # fmt: skip
# What a list could not say: the same kind, asked once.
ASKED = Plan("relative_new", "登记家里人", (Outcome("entered", "已补上"), Outcome("nothing", "核过，不用补")))
ASKED_EVENT = Plan(
    "membership_event", "补发生了什么", (Outcome("entered", "已补上"), Outcome("ended", "已结束"), _END)
)
# A class that is used no longer.
CLOSED = Plan("membership_end", "结束这一类", (Outcome("ended", "已结束或换类"), _END))
FALLBACK = Plan("person_edit", "看资料", (Outcome("checked", "核过了"),))


def plan_of(kind: str, detail: dict[str, object]) -> Plan:
    """What may come of a question of that kind."""
    ask = detail.get("ask")
    if ask:
        return ASKED_EVENT if ask == "event" else ASKED
    if detail.get("closed"):
        return CLOSED
    return PLANS.get(kind, FALLBACK)


def answers_of(kinds: Iterable[tuple[str, dict[str, object]]]) -> list[Outcome]:
    """What may come of any of these questions (kind, detail), each answer once, in the order of the plans."""
    found: dict[str, Outcome] = {}
    for kind, detail in kinds:
        for one in plan_of(kind, detail).outcomes:
            found.setdefault(one.code, one)
    return list(found.values())


def word_of(kind: str, detail: dict[str, object], code: str) -> str:
    """What was found, in words; a code that another room wrote stands as “核过了”."""
    words = {outcome.code: outcome.word for outcome in plan_of(kind, detail).outcomes}
    return words.get(code, "核过了")
