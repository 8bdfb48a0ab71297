"""What may come of a question (待核), as data: words, the form that leads on, what a tap does. No database."""

from dataclasses import dataclass

# What one tap writes beside settling the question.
PROLONG, CARE_AGAIN = "prolong", "care_again"


@dataclass(frozen=True)
class Outcome:
    code: str
    word: str
    does: str = ""


@dataclass(frozen=True)
class Plan:
    """`form`: the page that puts it right, with its word; `outcomes`: the usual one first, none when that page
    settles it."""

    form: str
    form_word: str
    outcomes: tuple[Outcome, ...]


_IN = (Outcome("joined", "已列入"), Outcome("not_needed", "不用列入"))
_OUT = (Outcome("ended", "已结束或换类"), Outcome("goes_on", "还在上学，继续"))
PLANS: dict[str, Plan] = {
    "turns_80": Plan("membership_new", "加一类", _IN),
    "turns_60": Plan("membership_new", "加一类", _IN),
    "turns_18": Plan("membership_end", "结束这一类", _OUT),
    "turns_16": Plan("membership_end", "结束这一类", (Outcome("ended", "已结束或换类"),)),
    "group_review": Plan(
        "membership_end", "结束这一类",
        (Outcome("still", "情况还在，半年后再核", PROLONG), Outcome("ended", "已结束")),
    ),
    "group_ends": Plan("membership_new", "加一类", (Outcome("known", "知道了，到期结束"), Outcome("joined", "已另列一类"))),
    "benefit_ends": Plan("benefit_edit", "改待遇", (Outcome("renewed", "已续上"), Outcome("stops", "到期不续"))),
    "certificate_ends": Plan("certificate_edit", "改残疾证", (Outcome("renewed", "已换证"), Outcome("told", "已告知去换证"))),
    "care_review": Plan("file_care", "改照料安排", (Outcome("same", "安排没变，一年后再核", CARE_AGAIN), Outcome("changed", "已改好"))),
    "temporary_no": Plan("person_edit", "补身份证号", (Outcome("waiting", "还在办，90天后再问"), Outcome("given", "已补上号码"))),
    # These have a page of their own, where many are settled at once and what follows is written.
    "death_list": Plan("deaths", "去核", ()),
    "seen_after_death": Plan("deaths", "去核", ()),
    "household_death": Plan("deaths", "去核", ()),
    "base_only_here": Plan("compare", "到比对里核", ()),
}  # fmt: skip
# What a list could not say: the same kind, asked once.
ASKED = Plan("relative_new", "登记家里人", (Outcome("entered", "已补上"), Outcome("nothing", "核过，不用补")))
ASKED_EVENT = Plan(
    "membership_event", "补发生了什么", (Outcome("entered", "已补上"), Outcome("ended", "已结束"))
)
# A class that is used no longer.
CLOSED = Plan("membership_end", "结束这一类", (Outcome("ended", "已结束或换类"),))
FALLBACK = Plan("person_edit", "看资料", (Outcome("checked", "核过了"),))


def plan_of(kind: str, detail: dict[str, object]) -> Plan:
    """What may come of a question of that kind."""
    ask = detail.get("ask")
    if ask:
        return ASKED_EVENT if ask == "event" else ASKED
    if detail.get("closed"):
        return CLOSED
    return PLANS.get(kind, FALLBACK)


def word_of(kind: str, detail: dict[str, object], code: str) -> str:
    """What was found, in words; a code that another room wrote stands as “核过了”."""
    words = {outcome.code: outcome.word for outcome in plan_of(kind, detail).outcomes}
    return words.get(code, "核过了")
