"""What 打印全档 says of the county's work: each case with its papers, 调整、退出救助, emergencies.

As on their own pages, and by the same scopes; but papers only: what is not to be told in the village stands on none of
them (practice P17), and who told the township of a change neither."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Region, User
from visits.desk.file_page import ymd
from visits.desk.full_file_rows import section
from visits.desk.span import HIDDEN
from visits.followup.models import PRIVATE, AidEnding, Case, CaseMeasure, ChangeReport, Emergency, Supplement
from visits.followup.rows import cases as case_rows
from visits.followup.rows import emergencies as emergency_rows
from visits.followup.rows import endings as ending_rows
from visits.followup.selectors import cases, emergencies
from visits.followup.selectors.secret import NAMING, secret_cases
from visits.followup.services.cases import money
from visits.records.needs import WORDS as NEED_WORDS
from visits.roster.models import Person
from visits.roster.units import full_name
from visits.templatetags.xf import hm
from xunfang.kit.models import StoredFile

if TYPE_CHECKING:
    from visits.desk.full_file import Order

Sections = list[dict[str, Any]]


def papers(order: "Order") -> Iterator[tuple[str, str, Sections]]:
    """Group, title, sections of each paper; nothing where there is nothing."""
    found = _cases(order)
    letters = cases.letters({case.county_id for case in found})
    secret, own = secret_cases([case.pk for case in found]), _files(order)
    for case in found:
        made = _hidden(case) if case.pk in secret else _case(case, own, order.today)
        yield "变化办理", case_rows.number(case, letters), made
    if endings := _endings(order):
        yield "调整、退出救助", "", [_ending(row, order.today) for row in endings]
    if told := _emergencies(order):
        yield "紧急情况", "", told


def pictures(order: "Order") -> Iterator[tuple[str, StoredFile]]:
    """Name in the pack → the paper: what the township sent after, what the person was told in writing. None of a case
    that is only about others of the family, or that is not to be told in the village."""
    own = _files(order)
    found = [case for case in _cases(order) if any(row.person_id in own for row in case.reports.all())]
    secret = secret_cases([case.pk for case in found])
    found = [case for case in found if case.pk not in secret]
    letters = cases.letters({case.county_id for case in found})
    for case in found:
        sent = [row.file for row in case.supplements.all() if row.file is not None]
        for n, file in enumerate(sent, start=1):
            yield f"变化办理/{case_rows.number(case, letters)}补来的材料-{n}.jpg", file
    told = [row.told_file for row in _endings(order) if row.told_file is not None]
    for n, file in enumerate(told, start=1):
        yield f"书面告知/告知书-{n}.jpg", file


def _at(moment: datetime | None) -> str:
    return f"{ymd(timezone.localtime(moment).date())} {hm(moment)}" if moment else ""


def _stamp(moment: datetime | None, by: User | None) -> str:
    return f"{_at(moment)}　{by.name}" if moment and by else ""


def _cases(order: "Order") -> list[Case]:
    """Of the person or the family they live in, as on the person's page; the oldest first."""
    rows = cases.whole(cases.of_person(order.person, order.user)).prefetch_related(
        "measures", "supplements__asked_by", "supplements__answered_by", "supplements__file", "steps__by"
    )
    return list(reversed(rows))


def _files(order: "Order") -> set[int]:
    """The person, and the files merged into theirs."""
    return set(Person.objects.of_files([order.person.pk]).values_list("pk", flat=True))


def _hidden(case: Case) -> Sections:
    """Its number and its days, no more."""
    days = [("县级收到", case.received_at), ("批准", case.approved_at), ("办结", case.closed_at)]
    rows = [[label, _at(moment)] for label, moment in days if moment]
    return [section("办理情况", [], [*rows, ["说明", HIDDEN]])]


def _case(case: Case, own: Collection[int], today: date) -> Sections:
    """`own`: whose reports are told item by item; of others of the family only how many there are."""
    reports = [row for row in case.reports.all() if row.state == ChangeReport.State.FILED]
    told = [line for report in reports if report.person_id in own for line in _report(report)]
    if others := sum(report.person_id not in own for report in reports):
        told.append([f"同一家另有{others}份", "", "", "", ""])
    return [
        section("办理情况", [], [[label, words] for label, words in _facts(case, today) if words]),
        section(
            "上报的变化",
            [("谁", 12), ("哪一项", 14), ("原来", 24), ("现在", 28), ("发现、上报", 22)],
            told,
        ),
        section(
            "要补的材料",
            [("县里要什么", 30), ("应在哪天前", 16), ("补来什么", 36), ("哪天、谁", 18)],
            [_supplement(row) for row in case.supplements.all()],
        ),
        section(
            "措施",
            [("做什么", 32), ("谁负责", 22), ("哪天前", 16), ("结果", 30)],
            [_measure(row) for row in case.measures.all()],
        ),
        section(
            "一步一步",
            [("什么时候", 24), ("什么事", 18), ("说明", 42), ("谁", 16)],
            [[_at(row.at), row.get_kind_display(), "" if others and row.kind in NAMING else row.words, row.by.name if row.by else ""]
             for row in case.steps.all()],
        ),
    ]  # fmt: skip


def _facts(case: Case, today: date) -> list[tuple[str, str]]:
    due = ymd(case.due_on) if case.due_on else case.due_note
    return [
        ("谁家", case_rows.name_of(case)),
        ("县级收到", _at(case.received_at)),
        ("应在哪天前定", due),
        ("现在", case.get_state_display()),
        ("紧急", "是" if case.urgent else ""),
        ("接手", _stamp(case.taken_at, case.taken_by)),
        ("怎么办", case_rows.answer_words(case) if case.answer else ""),
        ("谁提的", _stamp(case.proposed_at, case.proposed_by)),
        ("谁批准", _stamp(case.approved_at, case.approved_by)),
        ("超时原因", case.late_reason),
        ("哪天前回访", ymd(case.revisit_on) if case.revisit_on else ""),
        ("办结", _stamp(case.closed_at, case.closed_by)),
        ("结果", case.closing_note),
    ]


def _report(report: ChangeReport) -> list[list[str]]:
    filed = f"{ymd(timezone.localtime(report.filed_at).date())}上报" if report.filed_at else ""
    when = "，".join(part for part in (f"{ymd(report.found_on)}发现", filed) if part)
    if report.late_reason:
        when += f"（超时：{report.late_reason}）"
    if not report.items:
        return [[report.person.name, "见巡访记录", "", "", when]]
    return [[report.person.name, one["item"], one["was"] or "—", one["now"], when] for one in report.items]


def _supplement(row: Supplement) -> list[str]:
    due = ymd(row.due_on) if row.due_on else row.due_note
    if row.withdrawn_at is not None:
        return [row.what, due, "不用补了", _at(row.withdrawn_at)]
    return [row.what, due, row.answer or "还没有补来", _stamp(row.answered_at, row.answered_by)]


def _measure(row: CaseMeasure) -> list[str]:
    kind = NEED_WORDS.get(row.kind, "别的")
    marks = "".join(
        f"（{word}）"
        for word, on in (("先行救助", row.advance), ("转办", row.handed_over), ("作废", row.voided_at))
        if on
    )
    over = row.done_on or row.dropped_on
    result = f"{ymd(over)}{'办好' if row.done_on else '不办了'}：{row.result}" if over else "还没有结果"
    if row.voided_at:
        result = f"作废：{row.void_reason}"
    return [
        f"{kind}：{row.words}{money(row.amount)}{marks}",
        f"{row.unit} {row.who}",
        ymd(row.due_on),
        result,
    ]


def _endings(order: "Order") -> list[AidEnding]:
    files = Person.objects.of_files([order.person.pk]).values("pk")
    rows = AidEnding.objects.visible_to(order.user).filter(person__in=files)
    return list(rows.select_related("group", "recommended_by", "settled_by", "told_file").order_by("pk"))


def _ending(row: AidEnding, today: date) -> dict[str, Any]:
    said = [("谁建议的", _stamp(row.recommended_at, row.recommended_by)), ("现在", row.get_state_display())]
    return section(
        f"{row.get_kind_display()}{row.group.short}",
        [],
        [[label, words] for label, words in ending_rows.facts(row, today) + said],
    )


def _emergencies(order: "Order") -> Sections:
    """Each that may stand on paper in its own words; of the others only that there was something."""
    rows = emergencies.of_person(order.person, order.user)
    told = [row for row in reversed(rows) if row.kind not in PRIVATE]
    hidden = [row.reported_at for row in rows if row.kind in PRIVATE]
    hidden += emergencies.hidden_days(order.person, order.user)
    villages = {unit.pk: unit for unit in Region.objects.filter(pk__in={row.village_id for row in told})}
    made = [_emergency(row, villages, order.today) for row in told]
    if hidden:
        days = sorted({timezone.localtime(at).date() for at in hidden})
        made.append(section("别的", [], [[ymd(on), HIDDEN] for on in days]))
    return made


def _emergency(row: Emergency, villages: dict[int, Region], today: date) -> dict[str, Any]:
    unit = villages.get(row.village_id or 0)
    facts = emergency_rows.facts(row, full_name(unit) if unit else "", today)
    taken = _stamp(row.acknowledged_at, row.acknowledged_by)
    rows = [[label, words] for label, words in facts if words]
    if taken:
        rows.append(["值班的接", taken])
    rows.append(["现在", row.get_state_display()])
    return section(f"{ymd(timezone.localtime(row.found_at).date())}　{row.get_kind_display()}", [], rows)
