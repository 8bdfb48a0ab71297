"""The home pages of the offices: township, county, and the roles that look after the system itself."""

from datetime import date
from typing import Any

from django.db.models import Count

from accounts.models import Region
from accounts.roles import COUNTY, Role
from visits.desk import attention, followed, guide, links, overview, waiting
from visits.desk.sentences import at_most_three, due_lines, export_line, line, signing_line
from visits.desk.tallies import checking
from visits.records.models import Sheet
from visits.records.selectors.visiting import reported_gone
from visits.roster.models import Person
from visits.roster.selectors import reviews
from visits.schedule import selfcheck
from visits.schedule.periods import Quarter, parse
from visits.schedule.selectors import state_counts, urgent_items
from visits.templatetags.xf import day, dayshort, left, num

MOST = 60


def clerk(user: Any, today: date) -> dict[str, Any]:
    """The clerk's day: who is due by village, who has no visitor, what must be filed, signed, confirmed."""
    counts, sentences = due_lines(user, today)
    changes, imports = waiting.changes(user, today), waiting.imports(user)
    gone = waiting.missing(user)
    sheets = waiting.sheets_open(user).count()
    unsigned = f"{sheets}张还没签完" if sheets else ""
    rows, due = _villages(user, today), reviews.waiting(user, {}).count()
    nobody = Person.objects.visible_to(user).on_roster().without_visitor(today).count()
    unit = Region.objects.get(pk=min(user.duty.unit_ids(Role.TOWNSHIP_CLERK)))
    works = [
        _work("flag", "变化上报", _changes_words(changes), "visits_followup:changes", which="open"),
        *followed.works(user, today),
        _work(
            "people",
            "未落实巡访人员",
            f"名单上{nobody}人还没定由谁去访" if nobody else "",
            "visits_schedule:assign",
        ),
        _gone(user),
        _work("gone", "去世核对", _deaths_words(user), "visits_roster:deaths"),
        _work("plus", "发现新对象", _told_words(user), "visits_roster:discoveries", state="waiting"),
        _work("send", "委托和移交", *_asked_words(user, today)),
        _work("list", "待核", f"{due}件要核" if due else "", "visits_roster:reviews"),
        _work("sign", "确认表", unsigned, "visits_records:sheets", state="waiting"),
        _work("table", "名单", f"{imports}份等您看" if imports else "", "visits_roster:import"),
        _work(
            "gone",
            "名单上没有了",
            f"{gone}人还没说明去向" if gone else "",
            "visits_roster:freshness",
        ),
        _work("pen", "自己的", _own(user, today), "visits_schedule:due", assignee=user.pk),
    ]
    return {
        "today": {
            "date_line": f"{day(today)}　{unit.name}",
            "title": f"{unit.name}，{_office_title(counts)}",
            "lines": at_most_three(_changes_line(changes), *sentences),
        },
        "guide": guide.of(unit, today),
        "works": [work for work in works if work],
        "list": _village_table(rows),
        "copy": _copy(user, unit, today),
        "overview_url": links.to("visits_desk:overview", unit=unit.pk),
        "import_url": links.to("visits_roster:import"),
    }


def _deaths_words(user: Any) -> str:
    n = waiting.deaths(user)
    return f"{n}件对不上、要核的" if n else ""


def _asked_words(user: Any, today: date) -> tuple[str, str]:
    """What another township asks of us."""
    n = waiting.transitions(user, today)["waiting"]
    return (f"{n}份等您答复" if n else "", "visits_roster:transitions")


def _told_words(user: Any) -> str:
    n = waiting.discoveries(user)
    return f"{n}人等您核，建档或者答复" if n else ""


def _office_title(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return f"还有{num(total)}人要访" if total else "现在没有要访的人"


def _work(icon: str, name: str, say: str, view: str, *args: Any, **query: Any) -> dict[str, str] | None:
    url = links.to(view, *args, **query)
    return {"icon": icon, "name": name, "say": say, "url": url} if say and url else None


def _own(user: Any, today: date) -> str:
    n = sum(state_counts(user, today, mine=user.pk).values())
    return f"您自己还要访{n}人" if n else ""


def _changes_words(changes: dict[str, Any]) -> str:
    """What the sentence on top does not tell: the others beside the late ones, or no date at all."""
    if not changes["open"] or (changes["nearest"] and not changes["late"]):
        return ""
    late = f"，{changes['late']}件超时未报" if changes["late"] else ""
    nearest = f"，最近的{day(changes['nearest'])}24:00前" if changes["nearest"] else ""
    return f"{changes['open']}件要报县级{late}{nearest}"


def _changes_line(changes: dict[str, Any]) -> dict[str, str] | None:
    if changes["late"]:
        url = links.to("visits_followup:changes", which="late")
        return line("late", f"{changes['late']}件变化超时未报", url, rest="，今天先报。")
    if changes["nearest"]:
        url = links.to("visits_followup:changes", which="open")
        return line(
            "todo", f"{changes['open']}件变化要报", url, rest=f"，最近的{day(changes['nearest'])}24:00前。"
        )
    return None


def _villages(user: Any, today: date) -> list[dict[str, Any]]:
    """Due people by village and state, in code order: exactly the due list, filtered."""
    items = urgent_items(user, today).order_by()
    found: dict[int, dict[str, Any]] = {}
    blank = {"late": 0, "soon": 0, "idle": 0, "nobody": 0}
    for village_id, state, n in items.values_list("person__village_id", "state").annotate(n=Count("pk")):
        row = found.setdefault(village_id, dict(blank))
        row["late" if state == "missed" else state] += n
    without = urgent_items(user, today, assignee="none").order_by().values_list("person__village_id")
    for village_id, n in without.annotate(n=Count("pk")):
        found[village_id]["nobody"] = n
    regions = Region.objects.filter(pk__in=found).order_by("position", "pk")
    return [{"region": region, **found[region.pk]} for region in regions]


def _gone(user: Any) -> dict[str, str] | None:
    """Whom a visitor said to be dead or gone while the file says otherwise: the newest by name."""
    told = list(reported_gone(user)[:MOST])
    people = list(dict.fromkeys(row.person for row in told))
    if not people:
        return None
    more = f"等{len(people)}人" if len(people) > 1 else ""
    words = f"{people[0].name}{more}：巡访人说已{told[0].get_outcome_display()}，请核实"
    return _work("gone", "去世或迁出", words, "visits_desk:person", people[0].uuid)


def _village_table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns: list[Any] = ["村（居）"]
    columns += [{"word": word, "num": True} for word in ("还要访", "逾期", "临期", "未到期", "未落实")]
    return {
        "caption": "各村（居）还要访的人",
        "columns": columns,
        "rows": [{"cells": _village_cells(row)} for row in rows],
    }


def _village_cells(row: dict[str, Any]) -> list[dict[str, str]]:
    pk = row["region"].pk
    cells = [{"text": row["region"].name, "url": links.to("visits_schedule:due", village=pk)}]
    cells.append({"text": num(row["late"] + row["soon"] + row["idle"]), "url": cells[0]["url"]})
    for key, query in (
        ("late", {"state": "late"}),
        ("soon", {"state": "soon"}),
        ("idle", {"state": "idle"}),
        ("nobody", {"assignee": "none"}),
    ):
        url = links.to("visits_schedule:due", village=pk, **query) if row[key] else ""
        cells.append({"text": num(row[key]), "url": url})
    return cells


def _copy(user: Any, unit: Region, today: date) -> dict[str, str]:
    page = overview.read(unit, Quarter.containing(today), today, user)
    return {"id": "cuiban", "text": overview.copy_text(page), "word": "复制催办文字"}


def township_head(user: Any, today: date) -> dict[str, Any]:
    """Who signs third and answers for everything: tables to sign, then the township in figures."""
    sheets = list(waiting.sheets_to_sign(user)[:MOST])
    _, sentences = due_lines(user, today)
    unit = Region.objects.get(pk=min(user.duty.unit_ids(Role.TOWNSHIP_HEAD)))
    page = overview.read(unit, Quarter.containing(today), today, user)
    changes = waiting.changes(user, today)
    return {
        "today": {
            "date_line": f"{day(today)}　{unit.name}",
            "title": f"{user.name}，{len(sheets)}张表待您签字"
            if sheets
            else f"{user.name}，现在没有待签的表",
            "lines": at_most_three(
                signing_line(user, count=len(sheets)), export_line(user), _changes_line(changes), *sentences
            ),
        },
        "sheets": _sheet_rows(sheets, today),
        "works": followed.works(user, today),
        "stats": overview.stats(page),
        "pair": overview.pair(page),
        "period": page.period.label,
        "overview_url": links.to("visits_desk:overview", unit=unit.pk),
    }


def _sheet_rows(sheets: list[Sheet], today: date) -> list[dict[str, str]]:
    names = dict(Region.objects.filter(pk__in={one.village_id for one in sheets}).values_list("pk", "name"))
    return [
        {
            "name": names.get(one.village_id, "")
            + (
                f"{parse(one.period).label}第{one.batch_no}批"
                if one.kind == Sheet.Kind.VILLAGE
                else "逐份签的一份记录"
            ),
            "url": links.to("visits_records:sheet", one.uuid),
            "said": f"{dayshort(one.sign_by)}前签，{left((one.sign_by - today).days)}",
        }
        for one in sheets
    ]


# ── county and the others ────────────────────────────────────────────────────────────────────────


def county(user: Any, today: date) -> dict[str, Any]:
    """Tables to approve by township, changes received, and what is worth a call."""
    unit = Region.objects.get(pk=min(user.duty.unit_ids(*COUNTY)))
    tables, changes = waiting.to_approve(user), waiting.changes(user, today)
    page = overview.read(unit, Quarter.containing(today), today, user)
    names = Region.objects.filter(pk__in=tables).order_by("position", "pk")
    asked = attention.lines(page, user.duty)
    return {
        "today": {
            "date_line": f"{day(today)}　{unit.name}",
            "title": f"{unit.name}，{page.period.label}应访{num(page.whole.due)}人，已访{num(page.whole.done)}人",
            "lines": _county_lines(user, today, sum(tables.values()), changes),
        },
        "tables": [
            {
                "name": region.name,
                "n": tables[region.pk],
                "url": links.to("visits_records:sheets", state="ready", township=region.pk),
            }
            for region in names
        ],
        "works": followed.works(user, today),
        "attention": asked,
        "attention_words": attention.words(asked),
        "stats": overview.stats(page),
        "pair": overview.pair(page),
        "period": page.period.label,
        "overview_url": links.to("visits_desk:overview", unit=unit.pk),
    }


def _unanswered_line(user: Any, today: date) -> dict[str, str] | None:
    """1-E E4: files that nobody has taken on in ten days."""
    n = waiting.transitions(user, today)["waiting"]
    url = links.to("visits_roster:transitions", part="waiting")
    return line("late", f"{n}份移交过了十天没人接", url, rest="，请协调。") if n else None


def _county_lines(user: Any, today: date, tables: int, changes: dict[str, Any]) -> list[dict[str, str]]:
    ready = links.to("visits_records:sheets", state="ready")
    late = links.to("visits_followup:changes", which="late")
    return at_most_three(
        *followed.county_lines(user, today),
        line("soon", f"{num(tables)}张确认表待审", ready, rest="。", icon="sign") if tables else None,
        export_line(user),
        line("late", f"乡镇{changes['late']}件变化超时未报", late, rest="。") if changes["late"] else None,
        _unanswered_line(user, today),
    )


OFFICE: dict[Role, tuple[str, tuple[tuple[str, str, str, str], ...]]] = {
    Role.SYSTEM_ADMIN: (
        "您管账号和日历，看不到任何人的档案。",
        (
            ("key", "开账号、定任职、重置密码，到", "账号", "accounts:users"),
            ("house", "单位合并、改名、停用，到", "单位", "accounts:units"),
            ("cal", "国务院放假通知公布后，录到", "日历", "visits_core:calendar"),
            ("shield", "备份、排队、磁盘好不好，看", "运行情况", "visits_desk:health"),
            ("mail", "信和群消息发出去没有，看", "邮件和群消息", "visits_core:deliveries"),
        ),
    ),
    Role.CITY_BUSINESS: (
        "您定全市的规矩，看不到任何人的档案。",
        (
            ("clip", "多久访一次、依据哪一条，看", "规定", "visits_schedule:rules"),
            ("pen", "巡访时问什么、怎么写，到", "巡访表的文字", "visits_records:wording"),
            ("bell", "期限快到、过了期提醒谁，到", "提醒规定", "visits_followup:reminders"),
            ("house", "单位合并、改名、停用，到", "单位", "accounts:units"),
            ("cal", "放假和调休，看", "日历", "visits_core:calendar"),
        ),
    ),
    Role.AUDITOR: (
        "您看日志，什么也改不了，也看不到任何人的档案。",
        (("clip", "谁在什么时候做了什么，逐条核对过没有被改，看", "日志", "accounts:log"),),
    ),
    Role.INSPECTOR: (
        "您按通知书的范围只读，看过谁的档案都有记录。",
        (
            ("chart", "数字从上到下看，到", "概览", "visits_desk:overview"),
            ("people", "一个一个看，到", "名单", "visits_roster:people"),
            ("soon", "谁还没有访、迟了多久，到", "待访", "visits_schedule:due"),
            ("sign", "签过字的巡访结果，到", "确认表", "visits_records:sheets"),
        ),
    ),
}


# Who looks after the whole, and is told whether the list is right.
SEES_CHECK = frozenset({Role.CITY_BUSINESS, Role.SYSTEM_ADMIN})


def office(user: Any, today: date, role: Role) -> dict[str, Any]:
    """Roles that work elsewhere: their few links, in sentences."""
    say, entries = OFFICE[role]
    return {
        "today": {"date_line": f"{day(today)}　{user.duty.main.region_name}", "title": f"{user.name}，您好"},
        "say": say,
        "checks": [
            {"what": what, **one.latest(today)} for what, one in (("待访名单", selfcheck), ("概览", checking))
        ]
        if role in SEES_CHECK
        else [],
        "entries": [
            {"icon": icon, "before": before, "link": link, "url": url}
            for icon, before, link, view in entries
            if (url := links.to(view))
        ],
    }
