"""为什么要访这个人: what holds for one person today, in sentences.

Everything that is said about what is owed comes from the pure definition (`due`), so that page and list can't
say two things; the list's own row only tells how it stands.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.db.models import BooleanField, ExpressionWrapper

from accounts.models import Region
from visits.roster.models import Absence, CareGroup, Membership, Person, Transition
from visits.roster.selectors import OTHER, Labels
from visits.roster.selectors.labels import CARE_WORDS, FROM_TOWNSHIP, labels_between, readable
from visits.schedule import lives
from visits.schedule.due import MET, MODES, Item, Life, Rule, days_needed, dominator, items_for, live_days
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.periods import KIND_LABELS, Period, period_of
from visits.schedule.selectors import LOOK, WORDS, may_name
from visits.templatetags.xf import day, day_year

# E10 in a village: that nothing is owed, not why.
QUIET = (Absence.Kind.PRISON, Absence.Kind.REHAB)

EXCUSED = "记了未访成（已按规定尝试），不用再去找；又见到了照常记，就算访到。"


@dataclass(frozen=True)
class RuleWords:
    """One rule and what it asks for in its running period. `state`, `word`: as on the list; "": nothing is owed."""

    title: str
    source: str
    say: list[str]
    state: str = ""
    word: str = ""


@dataclass(frozen=True)
class Why:
    """The page, part by part; `gone`: why nothing is owed to this file at all."""

    groups: list[str]
    rules: list[RuleWords]
    others: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    entrusted: str = ""
    last: list[str] = field(default_factory=list)
    gone: str = ""


def explain(person: Person, user: Any, today: date) -> Why:
    """What holds for this person, as far as this reader may know it (docs/adr 15). A dozen queries."""
    owner = lives.read([person.pk])[person.pk]
    book = lives.Rulebook()
    every = book.of(person.county_id, person.township_id, person.village_id)
    rows = FrequencyRule.objects.select_related("region", "group").in_bulk([rule.id for rule in every])
    labels = labels_between([person.pk], period_of("half", today).start, today, user).get(person.pk, Labels())
    reader = _Reader(owner.life, every, rows, labels, user, today)
    items = _items(person, today)
    return Why(
        groups=_groups(person, user, today),
        rules=[] if person.left_on or owner.merged else reader.rules(items),
        others=_others(person, today),
        away=_away(person, user, today),
        entrusted=_entrusted(person),
        last=_last(person, reader),
        gone=_gone(person),
    )


@dataclass
class _Reader:
    """One person's rules before one reader."""

    life: Life
    every: tuple[Rule, ...]
    rows: dict[int, FrequencyRule]
    labels: Labels
    user: Any
    today: date

    def rules(self, items: dict[tuple[int, date], DueItem]) -> list[RuleWords]:
        mine = {span.group for span in self.life.spans}
        found = []
        for rule in self.every:
            period = period_of(rule.kind, self.today)
            if mine & rule.target and rule.starts_on <= period.end and not _over(rule, period.start):
                found.append(self._one(rule, period, items))
        return [one for one in found if one is not None]

    def title(self, rule_id: int) -> str:
        """SECURITY: a rule of one class names it (practice P17)."""
        row = self.rows[rule_id]
        if may_name(row.group, self.labels, self.user):
            return row.sentence
        return f"{OTHER}：{row.get_kind_display()}至少一次"

    def _source(self, row: FrequencyRule) -> str:
        begun = f"{row.region.name}，{day_year(row.starts_on)}起"
        if row.ends_on:
            begun += f"，到{day_year(row.ends_on)}"
        hidden = not may_name(row.group, self.labels, self.user)
        return begun if hidden or not row.document_no else f"{begun}，{row.document_no}"

    def _one(self, rule: Rule, period: Period, items: dict[tuple[int, date], DueItem]) -> RuleWords | None:
        row = self.rows[rule.id]
        item = next(
            (one for one in items_for(self.life, self.every, rule.kind, period) if one.rule_id == rule.id),
            None,
        )
        other = dominator(self.life, self.every, rule, period)
        title, source = self.title(rule.id), self._source(row)
        stored = items.get((rule.id, period.start))
        if item is not None:
            state = stored.state if stored is not None else "idle"  # type: ignore[attr-defined]
            return RuleWords(
                title, source, self._owed(item, rule, stored), LOOK.get(state, state), WORDS[state]
            )
        days = live_days(self.life, rule, period)
        if stored is not None and stored.done_on and not stored.stored:
            say = f"{day(stored.done_on, self.today)}{MODES.get(stored.done_mode, '')}，访到了，算这一次。"
            if other is not None and days:
                say += f"后来由“{self.title(other.id)}”代替，不再另算。"
            return RuleWords(title, source, [say], "done", WORDS["done"])
        if other is not None and days:
            return RuleWords(title, source, [self._stands_in(rule, other, period)])
        if not days:
            return None
        say = f"{period.label}在名单上{days}天，不满{days_needed(period)}天，也不是这一期新列入的，这一期不要求访。"
        return RuleWords(title, source, [say])

    def _owed(self, item: Item, rule: Rule, stored: DueItem | None) -> list[str]:
        asks = f"{'、'.join(word for mode, word in MODES.items() if mode in rule.modes)}都可以"
        if rule.min_home:
            asks += f"，其中至少上门{rule.min_home}次"
        say = [f"{item.reason}。{asks}。", f"从{day(item.opens_on)}起去的都算这一次。"]
        if item.closes_on != item.due_on:
            say[1] = (
                f"从{day(item.opens_on)}到{day(item.closes_on)}去的都算这一次，{day(item.due_on)}以后去的算逾期。"
            )
        if stored is None:
            say.append("待访名单上还没有这一条，今晚更新以后就有。")
        elif stored.done_on:
            say.append(f"{day(stored.done_on, self.today)}{MODES.get(stored.done_mode, '')}，访到了。")
        elif stored.stored == DueItem.Stored.EXCUSED:
            say.append(EXCUSED)
        return say

    def _stands_in(self, rule: Rule, other: Rule, period: Period) -> str:
        name = f"{period.label}由“{self.title(other.id)}”代替"
        if (other.kind, other.modes, other.min_home) == (rule.kind, rule.modes, rule.min_home):
            return f"{name}：两条要求一样，只按排在前面的算一次。"
        why = []
        if other.kind != rule.kind:
            why.append(f"它{KIND_LABELS[other.kind]}一次，更勤")
        if other.modes < rule.modes:
            why.append("认的方式更严")
        if other.min_home > rule.min_home:
            why.append("要求上门的次数更多")
        return f"{name}：{'，'.join(why)}，别的也不比这一条松。访到它要的，这一条不另算。"


def _over(rule: Rule, on: date) -> bool:
    return rule.ends_on is not None and rule.ends_on < on


def _items(person: Person, today: date) -> dict[tuple[int, date], DueItem]:
    rows = DueItem.objects.filter(person=person, cause=DueItem.Cause.RULE, period_end__gte=today)
    return {(cast(int, row.rule_id), row.period_start): row for row in rows.with_state(today)}


def _groups(person: Person, user: Any, today: date) -> list[str]:
    rows = Membership.objects.filter(person=person, voided_at=None).select_related("group")
    rows = rows.annotate(open=ExpressionWrapper(readable(user), output_field=BooleanField()))
    said, hidden = [], False
    for row in rows.order_by("group__position", "starts_on"):
        if row.ends_on is not None and row.ends_on < period_of("half", today).start:
            continue
        if not row.open:  # type: ignore[attr-defined]
            hidden = True
            continue
        tier = CareGroup.Tier(row.group.tier).label
        until = f"，到{day_year(row.ends_on)}（{row.end_reason}）" if row.ends_on else ""
        basis = f"，依据{row.basis}" if row.basis else ""
        care = CARE_WORDS.get(row.care, "")
        said.append(f"{row.group.name}{care}（{tier}）：{day_year(row.starts_on)}列入{basis}{until}。")
    return said + ([f"{OTHER}：有，依据在乡镇（街道）。"] if hidden else [])


def _others(person: Person, today: date) -> list[str]:
    """What is owed beside the running periods: rounds, after a discharge, what was missed before; and which of it was
    excused while its window is open."""
    own = DueItem.objects.filter(person=person).exclude(cause=DueItem.Cause.RULE, period_end__gte=today)
    excused = own.filter(stored=DueItem.Stored.EXCUSED, done_on=None, closes_on__gte=today)
    said = []
    for row in excused.select_related("rule", "round").order_by("due_on", "pk"):
        what = f"专项巡访“{row.round.name}”" if row.round is not None else row.get_cause_display()
        said.append(f"{what if row.rule is None else '首访'}：{EXCUSED}")
    rows = own.to_do(today)
    for row in rows.select_related("round").order_by("due_on", "pk"):
        if row.round is not None:
            said.append(f"专项巡访“{row.round.name}”：{_by(row, today)}访到。")
        elif row.cause == DueItem.Cause.DISCHARGE:
            said.append(f"出院了：{_by(row, today)}上门看看。")
        elif row.cause == DueItem.Cause.REVISIT:
            said.append(f"救助后回访：{_by(row, today)}上门看帮到了没有。")
        else:
            said.append(f"上一期的：应于{day(row.due_on, today)}前访到，没有访成，现在去算补访。")
    return said


def _by(row: DueItem, today: date) -> str:
    """11月30日 周一前要; of a day that is over: 应于11月20日 周五前去，还没有去，要尽快."""
    until = f"{day(row.due_on, today)}前"
    return f"{until}要" if row.due_on >= today else f"应于{until}去，还没有去成，要尽快"


def _away(person: Person, user: Any, today: date) -> list[str]:
    since = period_of("half", today).start
    said = []
    for row in Absence.objects.filter(person=person, voided_at=None).order_by("-starts_on"):
        if row.ends_on is not None and row.ends_on < since:
            continue
        quiet = row.kind in QUIET and not user.duty.has(FROM_TOWNSHIP)
        word = "暂缓巡访" if quiet else row.get_kind_display()
        until = f"到{day_year(row.ends_on)}" if row.ends_on else "现在还是"
        over = row.ends_on is not None and row.ends_on <= today
        if row.suspends:
            more = "这些天暂缓，不要求访；回来的按新列入算，30天内首访"
        elif over:
            more = "那些天也要求访，到那边去、打电话的都算"
        else:
            more = "照样要访，到那边去、打电话，规定认的方式都算"
        said.append(f"{word}：{day_year(row.starts_on)}起，{until}。{more}。")
    return said


def _entrusted(person: Person) -> str:
    if person.entrusted_to_id is None:
        return ""
    name = Region.objects.filter(pk=person.entrusted_to_id).values_list("name", flat=True).first() or ""
    letter = Transition.objects.filter(person=person, state=Transition.State.ACCEPTED).first()
    number = f"（{letter.number}，{day_year(letter.starts_on)}起）" if letter else ""
    return f"住在别处，委托{name}探访{number}。要求和期限不变，责任和数字还在户籍地。"


def _last(person: Person, reader: _Reader) -> list[str]:
    """What the newest visit did, by the list's own rows."""
    done = DueItem.objects.filter(person=person, done_on__isnull=False).select_related("rule", "round")
    rows = list(done.order_by("-done_on", "-pk")[:8])
    rows = [row for row in rows if row.done_on == rows[0].done_on]
    if not rows:
        return []
    first = rows[0]
    how = "，".join(filter(None, (MODES.get(first.done_mode, ""), MET.get(first.done_met, ""))))
    via = f"（{first.get_done_via_display()}）" if first.done_via else ""
    said = [f"{day(first.done_on, reader.today)}{how}{via}，算："]
    for row in rows:
        if row.round is not None:
            said.append(f"专项巡访“{row.round.name}”")
        elif row.rule_id in reader.rows:
            period = period_of(cast(Any, reader.rows[row.rule_id].kind), row.period_start)
            said.append(f"{reader.title(row.rule_id)}（{period.label}）")
        else:
            said.append("以前所在单位的规定" if row.rule_id else row.get_cause_display())
    return said


def _gone(person: Person) -> str:
    if person.merged_into_id is not None:
        return "这份档案并到了另一份，要访的都在那一份里。"
    if person.left_on is None:
        return ""
    return f"{day_year(person.left_on)}{person.get_status_display()}，从那天起到期的都不再要访。"
