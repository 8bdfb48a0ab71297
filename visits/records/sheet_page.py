"""A table as its page shows it: who signs when, the lines in words, and what this user may do with it."""

import base64
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Delegation, Post, Region, User
from accounts.roles import COUNTY, Role
from accounts.scoping import COLUMN
from visits.core import calendar
from visits.core.start import go_live
from visits.core.workdays import YearNotLoaded
from visits.records import sheet_rows, sheets, workflow
from visits.records.models import SLOT_LEVELS, SLOT_ROLES, LineReturn, Sheet, Signature, Visit
from visits.records.selectors.offline import done_offline
from visits.records.services.signing import Actor, actor_for, kin_of, live_delegations, signed_slots
from visits.records.sheet_titles import titles_of
from visits.records.sheets import LATE, MET_SHORT, MET_WORDS, MODE_WORDS, TRIED, Line
from visits.schedule.periods import parse
from visits.schedule.trial import WORDS, on_trial
from visits.templatetags.xf import day, dayshort, left, moment
from xunfang.kit import files

SOON_DAYS = 3
STATE_DUE = {"signed": "idle", "approved": "done", "returned": "back", "voided": "idle"}
METHOD_WORDS = {Signature.Method.SCREEN: "屏幕签名", Signature.Method.PAPER: "纸质签字"}


@dataclass
class SheetPage:
    """Everything the templates need; `digest` and `shown` go into every form that fixes the content."""

    sheet: Sheet
    village: Region
    place: str
    lines: list[Line]
    digest: str
    names: dict[int, Signature]
    titles: dict[int, str]
    delegations: list[Delegation]
    actor: Actor | None
    actions: frozenset[str]
    struck: dict[int, LineReturn] = field(default_factory=dict)
    # Near relatives of anybody on the table among the users; whose slot it would be but for that, by name.
    kin: set[int] = field(default_factory=set)
    recused: dict[int, list[str]] = field(default_factory=dict)
    # Who holds each slot's post today, and what the records behind the lines are now: version, voided.
    holders: dict[int, list[str]] = field(default_factory=dict)
    now: dict[int, tuple[int, bool]] = field(default_factory=dict)
    # What must be said beside the figures, on the screen and on paper; no part of what is signed.
    asides: list[str] = field(default_factory=list)

    @property
    def slot(self) -> int | None:
        return workflow.next_slot(self.names)

    @property
    def shown(self) -> str:
        return sheets.shown(self.lines)

    @property
    def kept(self) -> list[Line]:
        """What is signed: without the lines that were struck out."""
        return self.lines if self.single else [x for x in self.lines if x.row not in self.struck]

    @property
    def single(self) -> bool:
        return self.sheet.kind == Sheet.Kind.SINGLE

    @property
    def period_label(self) -> str:
        return parse(self.sheet.period).label


def page_of(sheet: Sheet, user: User, on: date) -> SheetPage:
    """Read what the page shows. The number of queries does not grow with the table."""
    village = Region.objects.get(pk=sheet.village_id)
    lines = sheet_rows.lines_of(sheet, on)
    names = signed_slots(sheet)
    papers = live_delegations(sheet, on)
    slot = workflow.next_slot(names)
    actor = actor_for(sheet, slot, user, on, delegations=papers) if slot else None
    kin = kin_of(sheet, lines) if slot else set()
    # Who can't sign anyway is shown no button: one may hold only one slot, and nobody signs for a relative.
    if actor and (user.pk in kin or any(name.signer_id == user.pk for name in names.values())):
        actor = None
    struck = {
        row.line.row: row for row in LineReturn.objects.filter(line__sheet=sheet).select_related("line")
    }
    holders = _holders(sheet, on)
    return SheetPage(
        sheet, village, sheet_rows.place_of(sheet), lines, sheet_rows.seal_of(sheet, lines).hex(), names,
        _titles(village, names, on), papers, actor, _actions(sheet, user, slot, actor), struck,
        kin, {slot: [name for pk, name in rows if pk in kin] for slot, rows in holders.items()},
        {slot: kept for slot, rows in holders.items() if (kept := [name for pk, name in rows if pk not in kin])},
        _records_now(lines), _asides(sheet, on),
    )  # fmt: skip


def _titles(village: Region, names: dict[int, Signature], on: date) -> dict[int, str]:
    """What the posts are called: those that signed, as they were called on that day."""
    found = titles_of(village, on)
    days = {slot: timezone.localtime(name.signed_at).date() for slot, name in names.items()}
    then = {when: titles_of(village, when) for when in set(days.values()) - {on}}
    return found | {slot: then[when][slot] for slot, when in days.items() if when in then}


def _asides(sheet: Sheet, on: date) -> list[str]:
    """practice P4: what was visited outside the system is counted and not signed here; a trial is named."""
    if sheet.kind != Sheet.Kind.VILLAGE:
        return []
    trial = on_trial(go_live(sheet.township_id, on), min(on, sheet.period_end))
    offline = len(done_offline(sheet.village_id, sheet.period_start, sheet.period_end))
    said = f"另有{offline}人线下已访，没有巡访记录，不在本表签字。" if offline else ""
    return [one for one in (f"{WORDS}。" if trial else "", said) if one]


def _actions(sheet: Sheet, user: User, slot: int | None, actor: Actor | None) -> frozenset[str]:
    """The buttons, from the table of states and nothing else."""
    roles: set[str] = {actor.role} if actor else set()
    for role in (Role.TOWNSHIP_CLERK, *COUNTY):
        if user.duty.role_for(sheet, {role}):  # type: ignore[attr-defined]
            roles.add(role)
    return frozenset(action for role in roles for action in workflow.allowed(sheet.state, role, slot))


def due_chip(sheet: Sheet, on: date, note: str = "") -> dict[str, str]:
    """How the signing stands, for _due.html."""
    if sheet.state not in (Sheet.State.OPEN, Sheet.State.SIGNING):
        return {"state": STATE_DUE[sheet.state], "word": sheet.get_state_display(), "text": "", "left": ""}
    days = (sheet.sign_by - on).days
    state, word = (
        ("late", "签字超时") if days < 0 else ("soon", "临期") if days <= SOON_DAYS else ("idle", "待签")
    )
    return {"state": state, "word": word, "text": f"{day(sheet.sign_by)}前签完{note}", "left": left(days)}


def rest_day_note(when: date) -> str:
    """“（调休上班）” or “（休息日）” for a date whose weekday says otherwise."""
    try:
        works = calendar.load().is_workday(when)
    except YearNotLoaded:
        return ""
    weekend = when.isoweekday() > 5
    return "（调休上班）" if works and weekend else "（休息日）" if not works else ""


def slots_of(page: SheetPage, user: User) -> list[dict[str, Any]]:
    """The three places for _sign_strip.html."""
    rows = []
    for slot in SLOT_ROLES:
        row: dict[str, Any] = {"order": slot, "post": page.titles[slot]}
        name = page.names.get(slot)
        if name is not None:
            row |= {
                "state": "done",
                "word": "已签",
                "who": name.signed_name,
                "note": signed_note(name, page.titles[slot]),
            }
            row["drawing"] = drawing_url(name)
        elif slot == page.slot and page.actor and workflow.SIGN in page.actions:
            row |= {"state": "next", "word": "轮到您", "who": user.name, "note": _to_do(page)}
        else:
            row |= _waiting(page, slot, page.holders.get(slot, []), user)
        rows.append(row)
    return rows


def drawing_url(name: Signature) -> str:
    """The drawn signature as a data address, for its slot on the screen and on paper; "" when nobody drew."""
    if name.drawing is None:
        return ""
    try:
        return f"data:image/jpeg;base64,{base64.b64encode(files.read(name.drawing)).decode()}"
    except files.FileGone:
        return ""


def signed_note(name: Signature, post: str = "") -> str:
    """As what, when, how, for whom. `post`: what stands above it already."""
    when = moment(name.signed_at) if name.method == Signature.Method.SCREEN else day(name.signed_at)
    as_what = f"{name.title}　" if name.title and name.title != post else ""
    return f"{as_what}{when}　{METHOD_WORDS[Signature.Method(name.method)]}{behalf_words(name)}"


def behalf_words(name: Signature) -> str:
    """“　受郑文彬委托代签（嵩委〔2026〕18号）”, or nothing."""
    if not name.on_behalf:
        return ""
    principal, _, document = name.on_behalf.partition("（")
    return f"　受{principal}委托代签（{document}"


def _to_do(page: SheetPage) -> str:
    count = sheets.figures(page.kept)
    behalf = f"受{page.actor.on_behalf}委托代签。" if page.actor and page.actor.delegation else ""
    if not count.exceptional:
        return f"{behalf}{count.ordinary}行都没有异常，可以逐个打开。"
    rest = f"后面{count.ordinary}行也可以逐个打开。" if count.ordinary else ""
    return f"{behalf}看完下面{count.exceptional}件，再签。{rest}"


def _holders(sheet: Sheet, on: date) -> dict[int, list[tuple[int, str]]]:
    """Id and name of those who hold each slot's post today."""
    units = {getattr(sheet, COLUMN[level]) for level in SLOT_LEVELS.values()}
    posts = Post.objects.live(on).filter(
        role__in=SLOT_ROLES.values(), region_id__in=units, user__is_active=True
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for role, unit, pk, name in posts.order_by("pk").values_list(
        "role", "region_id", "user_id", "user__name"
    ):
        for slot, wanted in SLOT_ROLES.items():
            if wanted == role and unit == getattr(sheet, COLUMN[SLOT_LEVELS[slot]]):
                found.setdefault(slot, []).append((pk, name))
    return found


def _waiting(page: SheetPage, slot: int, holders: list[str], user: User) -> dict[str, Any]:
    papers = [
        paper
        for paper in page.delegations
        if paper.role == SLOT_ROLES[slot] and paper.deputy_id not in page.kin
    ]
    note = "；".join(
        f"{paper.deputy_title}{paper.deputy.name}受托代签（{paper.document_no}，"
        f"{f'到{dayshort(paper.ends_on)}' if paper.ends_on else '长期'}）"
        for paper in papers
    )
    now = slot == page.slot and page.sheet.state in (Sheet.State.OPEN, Sheet.State.SIGNING)
    if not holders and not papers:
        away = page.recused.get(slot, [])
        row: dict[str, Any] = {
            "state": "vacant",
            "word": "回避" if away else "空缺",
            "who": "、".join(away[:2]) or "还没有人",
            "note": "表里有近亲属，按规定回避，请凭授权书代签。" if away else "可以凭授权书代签。",
        }
        if user.duty.has({Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, *COUNTY}):  # type: ignore[attr-defined]
            row |= {"url": reverse("visits_records:delegations"), "link": "去登记授权"}
        return row
    return {"state": "wait", "word": "待签" if now else "未到", "who": "、".join(holders[:2]) or papers[0].principal_name,
            "note": note}  # fmt: skip


def next_signer(page: SheetPage) -> str:
    """To whom the table goes after this user's name; empty when it goes to the county."""
    after = (page.slot or 0) + 1
    if after not in SLOT_ROLES:
        return ""
    paper = next((x for x in page.delegations if x.role == SLOT_ROLES[after]), None)
    return paper.deputy.name if paper else "、".join(page.holders.get(after, [])[:2]) or page.titles[after]


def tag_of(content: Any) -> tuple[str, str]:
    """State and word of an exceptional line."""
    if content["kind"] == TRIED:
        return "tried", "未访成" if content["excused"] else "没见到"
    if content["kind"] == LATE:
        return "late", "逾期"
    if content["level"] >= 3:
        return "late", "紧急"
    if content["returned"]:
        return "back", "退回过"
    return ("todo", "需处理") if content["level"] == 2 else ("todo", "有变化")


def when_words(content: Any) -> tuple[str, str]:
    """“9月3日 周四” and “上门，见到本人”; for tries their days and how often."""
    days = [date.fromisoformat(text) for text in content["dates"]]
    if content["kind"] == LATE:
        return "没有去过", ""
    if content["kind"] == TRIED:
        first = dayshort(days[0])
        rest = [f"{d.day}日" if d.month == days[0].month else dayshort(d) for d in days[1:]]
        return "、".join([first, *rest]), f"{MODE_WORDS.get(content['mode'], '')}{content['times']}次"
    return day(days[0]), f"{mode_words(content)}，{MET_WORDS[content['met']]}"


def mode_words(content: Any) -> str:
    """“上门”, or “上门（补录）” for what was typed more than three days later."""
    return MODE_WORDS[content["mode"]] + ("（补录）" if content.get("late") else "")


def exception_rows(page: SheetPage) -> list[dict[str, Any]]:
    """The lines that are printed in full."""
    singles = singles_of(page.lines)
    return [_exception(page, line, singles.get(line.visit_id)) for line in page.lines if line.exceptional]


def singles_of(lines: list[Line]) -> dict[int | None, Sheet]:
    """The table of its own of each record among these that has one."""
    rows = Sheet.objects.filter(
        kind=Sheet.Kind.SINGLE, visit_id__in=[x.visit_id for x in lines if x.exceptional and x.visit_id]
    ).exclude(state=Sheet.State.VOIDED)
    return {row.visit_id: row for row in rows.order_by("pk")}


def _exception(page: SheetPage, line: Line, single: Sheet | None) -> dict[str, Any]:
    content = line.content
    state, word = tag_of(content)
    when, how = when_words(content)
    return {
        "row": line.row, "name": content["name"], "tail": content["tail"], "groups": "、".join(content["groups"]),
        "when": when, "how": how, "state": state, "word": word, "findings": content["findings"],
        "plain": missed_plain(content), "words": content["words"], "back": content["back"],
        "hidden": content["hidden"], "done": content["done"],
        "signed": _signed_how(page, line, single.state if single else None),
        "signed_url": reverse("visits_records:sheet", args=[single.uuid]) if single and not page.single else "",
        "back_word": "退回" if page.single else "划出",
        "record": record_words(content), "url": record_url(content),
        "struck": page.struck.get(line.row), "stale": stale(line, page.now),
    }  # fmt: skip


def missed_plain(content: Any) -> str:
    if content["kind"] == LATE:
        return "到期没有访到"
    return "已按规定尝试" if content["excused"] else ""


def _signed_how(page: SheetPage, line: Line, single: str | None) -> str:
    if page.single or not line.visit_id:
        return ""
    if single is None and not line.content["single"]:
        return "随本表签"
    return "已逐份签" if single in (Sheet.State.SIGNED, Sheet.State.APPROVED) else "逐份签"


def record_words(content: Any) -> str:
    version = f"第{content['version']}版" if content["version"] > 1 else ""
    return f"第{content['record_no']}号{version}" if content["visit"] else ""


def record_url(content: Any) -> str:
    return reverse("visits_records:visit", args=[content["visit"]]) if content["visit"] else ""


def _records_now(lines: list[Line]) -> dict[int, tuple[int, bool]]:
    rows = Visit.objects.filter(pk__in=[line.visit_id for line in lines if line.visit_id])
    return {
        pk: (version, gone is not None)
        for pk, version, gone in rows.values_list("pk", "version", "voided_at")
    }


def stale(line: Line, now: dict[int, tuple[int, bool]]) -> str:
    """What happened to the record since its line was fixed; empty when nothing did."""
    if not line.visit_id or line.visit_id not in now:
        return ""
    version, voided = now[line.visit_id]
    return "记录后来作废" if voided else "记录后来改过" if version != line.content["version"] else ""


def folded(page: SheetPage) -> list[dict[str, Any]]:
    """The ordinary lines by hamlet, each group in two halves that are read one after the other."""
    groups = []
    for name, lines in sheets.by_hamlet(page.lines):
        rows = [_ordinary(page, line) for line in lines]
        half = (len(rows) + 1) // 2
        kept = sum(not row["struck"] for row in rows)
        groups.append({"name": name, "count": kept, "halves": [rows[:half], rows[half:]] if half else [rows]})
    return groups


def _ordinary(page: SheetPage, line: Line) -> dict[str, Any]:
    content = line.content
    return {
        "row": line.row, "name": content["name"], "url": record_url(content),
        "date": dayshort(date.fromisoformat(content["dates"][0])), "mode": mode_words(content),
        "met": MET_SHORT[content["met"]], "record": f"{content['record_no']}号",
        "struck": page.struck.get(line.row), "stale": stale(line, page.now), "hidden": content["hidden"],
    }  # fmt: skip
