"""Reading 待核: by household, by kind and village, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.fields.json import KeyTextTransform

from accounts.models import Region
from visits.roster import membership
from visits.roster.models import Absence, Benefit, CareGroup, Membership, Person, Review
from visits.roster.models.files import ReviewQuerySet
from visits.roster.outcomes import Plan, plan_of
from visits.roster.selectors.labels import OTHER, readable

ASK, ASK_WORD = "ask", "要补登记"


@dataclass(frozen=True)
class Question:
    """One question in words, with what may come of it. `form`: route and arguments of the page that puts it
    right."""

    row: Review
    kind: str
    say: str
    plan: Plan
    form: tuple[str, list[Any]]


def waiting(user: Any, chosen: dict[str, Any]) -> ReviewQuerySet:
    """Open questions about people on the roster in the user's scope; `chosen`: kind, village."""
    rows = Review.objects.visible_to(user).waiting()
    rows = rows.filter(person__status=Person.Status.LIVE, person__merged_into=None)
    if chosen.get("kind") == ASK:
        rows = rows.filter(detail__has_key="ask")
    elif "kind" in chosen:
        rows = rows.filter(kind=chosen["kind"]).exclude(detail__has_key="ask")
    if "village" in chosen:
        rows = rows.filter(person__village_id=chosen["village"])
    return rows


def kinds(user: Any) -> dict[str, int]:
    """How many of each kind wait, in the order of the kinds; what a list could not say apart."""
    counts: dict[str, int] = {}
    asks = KeyTextTransform("ask", "detail")
    for kind, ask, n in (
        waiting(user, {}).order_by().annotate(ask=asks).values_list("kind", "ask").annotate(n=Count("pk"))
    ):
        key = ASK if ask else kind
        counts[key] = counts.get(key, 0) + n
    return {kind: counts[kind] for kind in (*Review.Kind.values, ASK) if kind in counts}


def word_of(kind: str) -> str:
    """A kind, or what a list could not say, in a word."""
    return ASK_WORD if kind == ASK else Review.Kind(kind).label


def of_kind(user: Any, chosen: dict[str, Any]) -> ReviewQuerySet:
    """Open questions of the chosen kind, the nearest day first, then by village and household."""
    order = ("due_on", "person__village_id", "person__hamlet", "person__household_id", "pk")
    return waiting(user, chosen).select_related("person").order_by(*order)


def villages(user: Any) -> list[Region]:
    """The villages with open questions, in code order."""
    ids = waiting(user, {}).order_by().values("person__village_id")
    return list(Region.objects.filter(pk__in=ids).order_by("position", "pk"))


def households(rows: ReviewQuerySet, start: int, size: int) -> tuple[list[list[Review]], bool]:
    """Open questions, each household together, the one with the nearest day first; whether there are more.
    Two queries, whatever their number."""
    # Who belongs to no household stands alone: the negative id can't be a household's.
    heads = list(
        rows.order_by()
        .values("person__household_id", "person_id")
        .annotate(first=Min("due_on"))
        .values_list("person__household_id", "person_id", "first")
    )
    first: dict[tuple[str, int], date] = {}
    members: dict[tuple[str, int], list[int]] = {}
    for household_id, person_id, day in heads:
        key = ("h", household_id) if household_id else ("p", person_id)
        first[key] = min(day, first.get(key, day))
        members.setdefault(key, []).append(person_id)
    order = sorted(first, key=lambda key: (first[key], key))
    shown = order[start : start + size]
    ids = [pk for key in shown for pk in members[key]]
    found: dict[int, list[Review]] = {}
    for row in rows.filter(person_id__in=ids).select_related("person__household").order_by("due_on", "pk"):
        found.setdefault(row.person_id, []).append(row)
    groups = [[row for pk in sorted(members[key]) for row in found.get(pk, [])] for key in shown]
    return [group for group in groups if group], len(order) > start + size


def questions(rows: Iterable[Review], user: Any, today: date) -> list[Question]:
    """Rows in words for this reader. Three or four queries, whatever their number."""
    rows = list(rows)
    groups = dict(CareGroup.objects.values_list("code", "short"))
    memberships = {row.detail.get("membership") for row in rows} - {None}
    open_ = set(
        Membership.objects.filter(pk__in=memberships).filter(readable(user)).values_list("pk", flat=True)
    )
    benefits = dict(
        Benefit.objects.filter(pk__in={row.detail.get("benefit") for row in rows} - {None}).values_list("pk", "kind")
    )  # fmt: skip
    found = []
    for row in rows:
        own = row.detail.get("membership")
        group = groups.get(str(row.detail.get("group", "")), "") if own is None or own in open_ else OTHER
        benefit = (
            Benefit.Kind(benefits[row.detail["benefit"]]).label
            if row.detail.get("benefit") in benefits
            else ""
        )
        plan = plan_of(row.kind, row.detail)
        found.append(Question(row, _kind(row), _say(row, group, benefit, today), plan, _form(row, plan)))
    return found


def _kind(row: Review) -> str:
    if row.detail.get("ask"):
        return ASK_WORD
    return f"快满{row.detail['age']}岁" if "age" in row.detail else row.get_kind_display()


def _say(row: Review, group: str, benefit: str, today: date) -> str:
    day = _day(row.due_on)
    passed = row.due_on <= today
    if ask := row.detail.get("ask"):
        return f"{group}：{membership.ASKS.get(str(ask), '')}。"
    if row.detail.get("closed"):
        return f"“{group}”停用了，请结束，或换到合适的类别。"
    if row.kind in ("turns_80", "turns_60"):
        return f"{day}满{row.detail.get('age')}岁，情况合适的可以列入“{group}”。"
    absence = Absence.Kind(str(row.detail["absent"])).label if "absent" in row.detail else ""
    words = {
        "absent_told": f"巡访人说是{absence}，请核实；要暂缓巡访的，凭文书登记。",
        "absence_review": f"因{absence}暂缓巡访，{'应在' if passed else ''}{day}再核。",
        "turns_18": f"{day}满{row.detail.get('age')}岁，还在“{group}”里。",
        "turns_16": f"{day}满{row.detail.get('age')}岁，还在“{group}”里。",
        "group_review": f"“{group}”{'应在' if passed else ''}{day}复核。",
        "group_ends": f"“{group}”到{day}结束，看看别的类别还合不合适。",
        "benefit_ends": f"{benefit}到{day}为止。",
        "certificate_ends": f"残疾证{'已经在' if row.due_on < today else ''}{day}到期。",
        "care_review": f"照料安排{'应在' if passed else ''}{day}再核。",
        "known_review": f"长期状况{'应在' if passed else ''}{day}再看：情况有没有变，还有没有人照料。",
        "temporary_no": f"用临时编号到{day}满90天，请补身份证号。",
        "aid_decided": f"“{group}”县里已经决定停发或终止，{day}起执行，请核对后结束这一类。",
        "death_list": "死亡名单上有这个人，请核实。",
        "base_only_here": "底数名单上没有这个人，请核实。",
    }
    return words.get(row.kind, f"{row.get_kind_display()}，请核实。")


def _form(row: Review, plan: Plan) -> tuple[str, list[Any]]:
    if plan.own_page:
        return plan.form, []
    uuid, detail = row.person.uuid, row.detail
    own = {"membership_end": "membership", "membership_event": "membership", "benefit_edit": "benefit",
           "certificate_edit": "certificate", "absence_end": "absence"}.get(plan.form)  # fmt: skip
    if own is None:
        return plan.form, [uuid]
    return (plan.form, [uuid, detail[own]]) if own in detail else ("person_edit", [uuid])


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def of_person(person: Person, user: Any) -> ReviewQuerySet:
    """What waits about one person."""
    return Review.objects.visible_to(user).waiting().filter(Q(person=person)).order_by("due_on", "pk")
