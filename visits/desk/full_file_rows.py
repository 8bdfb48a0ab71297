"""What stands on the papers of 打印全档 that no other page has: sections of plain words for pdf/full_file.html.

A section is {title, head: column words or [], rows: [[cell]]}; without a head, a row is a label and its words."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from visits.desk import file_page, person_page
from visits.desk import timeline as events
from visits.desk.file_page import ymd
from visits.desk.span import HIDDEN
from visits.followup.models import ChangeReport
from visits.followup.rows import changes as change_rows
from visits.followup.rows import findings as finding_rows
from visits.followup.selectors import findings
from visits.followup.selectors.secret import secret_reports
from visits.records.models import SheetLine, Signature
from visits.records.selectors.known import sentence
from visits.roster.models import Membership, Person
from visits.schedule.periods import parse
from visits.templatetags.xf import tel
from xunfang.kit import pdf

if TYPE_CHECKING:
    from visits.desk.full_file import Order


def section(title: str, head: list[tuple[str, int]], rows: list[list[str]]) -> dict[str, Any]:
    """`head`: each column's word and its share of the width in percent."""
    return {"title": title, "head": head, "rows": rows}


def _day(moment: datetime) -> str:
    return ymd(timezone.localtime(moment).date())


def registration(order: "Order") -> dict[str, Any]:
    """登记表: who it is, whom to ring, the house, the classes, the family, what is known to last."""
    person, today = order.person, order.today
    file, place = file_page.read(order.read, order.user, today), person_page.place(order.read)
    number = person.id_number if order.with_id and person.id_number else person.tail_words
    facts = [
        ["姓名", person.name], ["性别", person.get_sex_display()], ["出生", ymd(person.birth_date)],
        ["身份证号" if person.id_number else "临时编号", str(number)], ["档案号", f"{person.file_no}（{file['opened']}建）"],
        ["在哪里", "".join(place.get(key, "") for key in ("county", "township", "village")) + person.hamlet],
        ["怎么找", person.find_me], ["电话", tel(person.phone)],
        ["联系人", " ".join(part for part in (person.contact_relation, person.contact_name, tel(person.contact_phone)) if part)],
        ["现在", person.get_status_display() + (f"，{ymd(person.left_on)}" if person.left_on else "")],
        ["巡访人", person_page.assignee_words(person, today)], ["上门要留心", person.mind], ["照料", file["care"]],
    ]  # fmt: skip
    facts += [[one["label"], "".join(one["lines"])] for one in file["facts"] if one["lines"]]
    rows = [[label, words] for label, words in facts if words]
    family = [[one["what"], one["name"], one["say"], tel(one["tel"])] for one in file["kin"]]
    lasting = [["已知", sentence(row, today)] for row in file["known"]]
    return {
        "title": "登记表",
        "sections": [
            section("本人", [], rows),
            section(
                "列入过的类别", [("类别", 30), ("从哪天", 18), ("到哪天", 18), ("依据", 34)], _classes(person)
            ),
            section("家里人", [("关系", 14), ("姓名", 16), ("情况", 48), ("电话", 22)], family),
            section("房屋", [], [[label, words] for label, words in file["dwelling"]]),
            section("长期状况（已知）", [], lasting),
        ],
    }


def _classes(person: Person) -> list[list[str]]:
    rows = Membership.objects.filter(person=person, voided_at=None).select_related("group")
    return [
        [row.group.name, ymd(row.starts_on), ymd(row.ends_on) if row.ends_on else "现在",
         "，".join(part for part in (row.basis, row.end_reason) if part)]
        for row in rows.order_by("starts_on", "pk")
    ]  # fmt: skip


def changes(order: "Order") -> list[dict[str, Any]]:
    """What was reported to the county, item by item, and the ledger."""
    reports = ChangeReport.objects.filter(person__in=Person.objects.of_files([order.person.pk]).values("pk"))
    reports = reports.select_related("person", "visit", "offline", "noted_by")
    reports = list(reports.order_by("found_on", "pk"))
    secret = secret_reports(reports)
    told = [
        [ymd(report.found_on),
         HIDDEN if report.pk in secret
         else "；".join(f"{one['item']}：{one['was'] or '—'}→{one['now']}" for one in report.items) or change_rows.what(report),
         _day(report.filed_at) if report.filed_at else "没有上报", report.get_state_display()]
        for report in reports
    ]  # fmt: skip
    found = [
        [
            ymd(row.found_on),
            finding_rows.what(row),
            finding_rows.measure_words(row),
            row.get_state_display(),
        ]
        for row in findings.of_person(order.person, order.user)
        .select_related("owner")
        .order_by("found_on", "pk")
    ]
    return [
        section("报给县里的变化", [("发现", 18), ("什么变化", 44), ("上报", 18), ("现在", 20)], told),
        section("问题台账", [("发现", 18), ("什么事", 30), ("怎么处理", 38), ("现在", 14)], found),
    ]


def signatures(order: "Order") -> list[dict[str, Any]]:
    """Every name under a table on which this person stands, with the code of what was signed."""
    lines = SheetLine.objects.filter(person__in=Person.objects.of_files([order.person.pk]).values("pk"))
    lines = lines.exclude(sheet__state="voided").select_related("sheet__approved_by")
    found = list(lines.order_by("sheet__period_start", "sheet_id", "row"))
    names: dict[int, list[Signature]] = {}
    for name in Signature.objects.filter(sheet_id__in={line.sheet_id for line in found}).order_by("slot"):
        names.setdefault(name.sheet_id, []).append(name)
    rows = [
        [parse(line.sheet.period).label, _where(line), "；".join(_name(name) for name in names.get(line.sheet_id, [])) or "还没有签",
         _approved(line), pdf.check_code(bytes(line.sheet.seal).hex()) if line.sheet.seal else ""]
        for line in found
    ]  # fmt: skip
    return [
        section("签字", [("哪一期", 14), ("表", 14), ("谁签的", 38), ("县级审核", 18), ("校对码", 16)], rows)
    ]


def _where(line: SheetLine) -> str:
    if line.sheet.kind == "single":
        return f"逐份，第{line.content['record_no']}号"
    return f"第{line.sheet.batch_no}批第{line.row}行"


def _name(name: Signature) -> str:
    how = "手签" if name.method == Signature.Method.PAPER else "系统内签"
    behalf = f"，受{name.on_behalf}委托" if name.on_behalf else ""
    return f"{name.title}{name.signed_name}（{_day(name.signed_at)}{how}{behalf}）"


def _approved(line: SheetLine) -> str:
    sheet = line.sheet
    return (
        f"{sheet.approved_by.name}　{_day(sheet.approved_at)}{'（后来作废）' if sheet.state == 'voided' else ''}"
        if sheet.approved_by and sheet.approved_at
        else "—"
    )


def timeline(order: "Order") -> list[dict[str, Any]]:
    """经过: everything, the oldest first. Nothing that is not to be told in the village."""
    before: date | None = None
    days: list[dict[str, Any]] = []
    while True:
        found, before = events.days_of(order.read, order.user, order.today, before, paper=True)
        days += found
        if before is None:
            break
    rows = [
        [one["day"], event["title"], event.get("text", ""), event.get("by", "")]
        for one in reversed(days) for event in reversed(one["events"])
    ]  # fmt: skip
    return [section("经过", [("哪天", 18), ("什么事", 26), ("说明", 42), ("谁", 14)], rows)]
