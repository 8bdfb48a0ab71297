"""Due people in the shape the components draw: words only, no rules."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django.urls import reverse

from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.selectors import visitor_cell
from visits.roster.selectors.transitions import Elsewhere
from visits.schedule.areas import Change
from visits.schedule.assign_forms import AssignTable
from visits.schedule.assigning import Load, Row, Step
from visits.schedule.due import MODES
from visits.schedule.models import DueItem
from visits.schedule.periods import Kind, period_of
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import day, dayshort, left, num, tel, tel_digits

NOBODY = UUID(int=0)


def about(row: DuePerson, today: date) -> str:
    """女 83岁"""
    return f"{row.person.get_sex_display()} {row.person.age(today)}岁"


def until(row: DuePerson) -> str:
    """11月30日 周一前; of another year than the present one with it."""
    return f"{day(row.due_on, _today(row))}前"


def _today(row: DuePerson) -> date:
    return row.due_on - timedelta(days=row.left)


def chip(row: DuePerson) -> dict[str, Any]:
    """The due chip or band of a person: state, date with weekday, what is left."""
    return {
        "state": row.look,
        "word": row.word,
        "text": until(row) if row.left >= 0 else f"应于{until(row)}",
        "left": left(row.left),
    }


def why(row: DuePerson) -> list[str]:
    """Why this person is due, and when somebody was there last."""
    return [row.why, f"上次{dayshort(row.last_on, _today(row))}" if row.last_on else "还没有访过"]


def again(next_on: date | None, today: date) -> str:
    """约11月29日再去: what was said after the last try in vain, true whenever it is read."""
    if next_on is None:
        return ""
    if next_on == today:
        return "约好今天再去"
    return f"约{dayshort(next_on)}再去" if next_on > today else f"约的{dayshort(next_on)}过了，还没再去"


def tried(row: DuePerson, today: date) -> str:
    """没见到2次，约11月29日再去: since the item opened; empty when nobody tried."""
    if not row.tries:
        return ""
    return "，".join(filter(None, (f"没见到{row.tries}次", again(row.next_on, today))))


def period(item: DueItem) -> str:
    """2026年第四季度，首访 · 11月24日至11月26日: what it counts for."""
    if item.rule is None:
        years = item.period_start if item.period_start.year != item.period_end.year else None
        return f"{dayshort(item.period_start)}至{dayshort(item.period_end, years)}"
    kind = cast(Kind, item.rule.kind)
    return period_of(kind, item.period_start).label + ("，首访" if item.first else "")


def asked(item: DueItem) -> str:
    """上门、电话；至少上门1次: by which ways it is done."""
    modes = [word for mode, word in MODES.items() if mode in item.modes]
    return ("、".join(modes) if len(modes) < len(MODES) else "哪种方式都行") + (
        f"；至少上门{item.min_home}次" if item.min_home else ""
    )


def table(
    rows: Sequence[DuePerson],
    today: date,
    *,
    user: Any,
    village: bool,
    townships: Mapping[int, str],
    ticked: Collection[str] | None,
) -> dict[str, Any]:
    """The due list of `user`; a household stands together and says so. `townships`: names, when there are several.
    `ticked`: ids of whoever is chosen; None: nobody can be."""
    homes = [row.person.household_id for row in rows]
    own = any(mine(row, user) for row in rows)
    # An address is put together once and filled in 25 times.
    urls = [
        reverse(name, args=[NOBODY])
        for name in ("visits_desk:person", "visits_schedule:why", "visits_records:visit_new")
    ]
    return {
        "caption": "待访名单",
        "columns": columns(pick=ticked is not None, own=own, alone=alone(user)),
        "rows": [
            table_row(
                row, today, user=user, urls=urls, village=village, ticked=ticked, own=own,
                township=townships.get(row.person.township_id, ""),
                same=homes[place] is not None and place > 0 and homes[place] == homes[place - 1],
            )
            for place, row in enumerate(rows)
        ],
    }  # fmt: skip


def table_row(
    row: DuePerson,
    today: date,
    *,
    user: Any,
    urls: Sequence[str],
    village: bool,
    ticked: Collection[str] | None,
    own: bool = False,
    township: str = "",
    same: bool = False,
) -> dict[str, Any]:
    """A row of the due list, a card on a phone. `urls`: of a person, of why they are due and of the form, with NOBODY
    in them; `own`: somebody of the list is the reader's own to visit; `same`: of one household with the row before."""
    url, why_url, visit_url = (one.replace(str(NOBODY), str(row.person.uuid)) for one in urls)
    place = " ".join(filter(None, (township, row.village if village else "", row.person.hamlet)))
    note = about(row, today) + ("，与上一位同户" if same else "")
    cells: list[dict[str, Any]] = [
        {"text": row.person.name, "url": url, "note": note, "head": True},
        {"due": chip(row)},
        living(row.elsewhere, user) if row.elsewhere else {"text": place or "没写"},
        {
            "text": "、".join(row.groups) or "为什么",
            "url": why_url,
            "note": "，".join(filter(None, (*why(row), tried(row, today)))),
        },
    ]
    if not alone(user):
        cells.append(visitor_cell(row.person, row.has_visitor))
    if own:
        cells += _go(row, visit_url) if mine(row, user) else [{"text": "—"}, {"text": "—"}]
    if ticked is not None:
        pk = row.person.pk
        cells.insert(
            0, {"text": row.person.name, "pick": "person", "value": pk, "checked": str(pk) in ticked}
        )
    return {"cells": cells}


def mine(row: DuePerson, user: Any) -> bool:
    """Whether the reader is who visits this person."""
    return row.has_visitor and row.person.assignee_id == user.pk


def alone(user: Any) -> bool:
    """Whether the reader only visits: the list is of one's own people, and who visits them need not be said."""
    return user.duty.roles == {Role.VISITOR}


def _go(row: DuePerson, url: str) -> list[dict[str, Any]]:
    """The telephone and the form, for whoever goes there."""
    number = (row.elsewhere and row.elsewhere.phone) or row.person.phone
    return [
        {"text": tel(number), "url": f"tel:{tel_digits(number)}", "nb": True}
        if number
        else {"text": "没有电话"},
        {"text": "去巡访", "url": url, "nb": True},
    ]


def living(there: Elsewhere, user: Any) -> dict[str, str]:
    """Where somebody lives whom another township visits, for which, and the telephone there."""
    return {
        "text": f"住{there.address}",
        "note": "，".join(filter(None, (there.said(user), tel(there.phone)))),
    }


def columns(*, pick: bool, own: bool = False, alone: bool = False) -> list[str]:
    """`own`: with the telephone and the form of those whom the reader visits; `alone`: who only visits."""
    found = ["姓名", "哪天前", "地方", "为什么要访", *([] if alone else ["巡访人"])]
    return [*(["选"] if pick else []), *found, *(["电话", "去访"] if own else [])]


ENTRUSTED = {"here": "委托别处去访的没有列在这里。", "out": "这里只列委托别处去访的。"}


def sub(soon_days: int | None, entrusted: str = "") -> str:
    """What stands under the title; None: the reader's people are of several counties. `entrusted`: as in the address."""
    soon = (
        f"离期限{soon_days}天以内的算临期。" if soon_days is not None else "临期按各县（市、区）定的天数算。"
    )
    return f"每个人列最急的一次，点名字看档案，点类别看为什么要访。{soon}{ENTRUSTED.get(entrusted, '')}"


PLACE_STATES = (("", "还要访"), ("late", "逾期"), ("soon", "临期"), ("idle", "未到期"))


def places(
    parts: Mapping[int, Mapping[str, int]],
    names: Mapping[int, str],
    level: int,
    url: Callable[[int, str], str],
) -> dict[str, Any]:
    """People by unit and state, units in code order: no ranking."""
    word = "乡镇（街道）" if level == Level.TOWNSHIP else "村（居）"
    rows = []
    for pk, name in names.items():
        counts = {"": sum(parts[pk].values()), **parts[pk]}
        cells: list[dict[str, Any]] = [{"text": name, "url": url(pk, "")}]
        cells += [
            {"text": num(counts[state]), "url": url(pk, state) if counts[state] else ""}
            for state, _ in PLACE_STATES
        ]
        rows.append({"cells": cells})
    return {
        "title": f"按{word}看",
        "count": len(rows),
        "list": {
            "caption": f"各{word}还要访的人",
            "columns": [word, *({"word": one, "num": True} for _, one in PLACE_STATES)],
            "tight": True,
            "rows": rows,
        },
    }


def nag(parts: Mapping[int, Mapping[str, int]], units: Mapping[int, str], today: date) -> str:
    """practice P31: 催办文字, each place once and never a name. `units`: their names, in their order. What was owed and
    done of a quarter is said by the overview, in the same words: this list has no quarter."""
    total = sum(sum(counts.values()) for counts in parts.values())
    late = sum(counts["late"] for counts in parts.values())
    left = "、".join(name for pk, name in units.items() if any(parts.get(pk, {}).values()))
    said = f"还有{total}人要访" + (f"，其中逾期{late}人，请先访" if late else "")
    if late == total:
        said = f"逾期{total}人，请先访"
    return f"截至{dayshort(today)}，{said}{'。' if late else '，'}未完成：{left}。"


# ── the table of villages and visitors ───────────────────────────────────────────────────────────

SHOWN = 3


def assign_row(row: Row, form: AssignTable, names: Mapping[int, str], *, open_: bool) -> dict[str, Any]:
    """A village of the table; its 自然村 only when they are laid open."""
    many = len(row.hamlets) > 1
    return {
        **_assign_cells(row, form, names),
        "pk": row.place.village_id,
        "more": len(row.hamlets) if many and not open_ else 0,
        "hamlets": [_assign_cells(small, form, names) for small in row.hamlets] if many and open_ else [],
    }


def _assign_cells(row: Row, form: AssignTable, names: Mapping[int, str]) -> dict[str, Any]:
    now = [f"{names.get(pk, '别人')}{n}" for pk, n in row.by.most_common(SHOWN)]
    if len(row.by) > SHOWN:
        now.append(f"等{len(row.by)}位")
    return {
        "name": row.name,
        "people": row.people,
        "nobody": row.nobody,
        "now": "、".join(now),
        "field": form[row.place.key],
    }


def step_words(step: Step, villages: Mapping[int, str], names: Mapping[int, str]) -> dict[str, Any]:
    """月洲村46人：林建忠30、未落实16→谢依水."""
    where = villages.get(step.place.village_id, "")
    if step.place.hamlet is not None:
        where += step.place.hamlet or "没写自然村的"
    was = [
        f"{names.get(pk, '别人') if pk else '未落实'}{n}人" for pk, n in sorted(step.was.items(), key=_many)
    ]
    return {"where": where, "n": len(step.people), "was": "、".join(was), "to": names.get(step.to_id, "")}


def area_words(change: Change, villages: Mapping[int, str], names: Mapping[int, str]) -> dict[str, str]:
    """责任区月洲村上坂：林建忠→谢依水."""
    return {
        "where": villages.get(change.spot[0], "") + change.spot[1],
        "was": names.get(change.was_id, "别人") if change.was_id else "还没有人",
        "to": names.get(change.to_id, ""),
        "drops": "、".join(hamlet for _, hamlet in change.drops),
    }


def _many(pair: tuple[int | None, int]) -> tuple[int, int]:
    return (-pair[1], pair[0] or 0)


def load_words(
    steps: Iterable[Step], loads: Iterable[Load], after: Mapping[int, int], names: Mapping[int, str]
) -> list[dict[str, Any]]:
    """What everybody who is touched has afterwards: 谢依水 46人→92人."""
    before = {load.user_id: load.people for load in loads}
    touched = {step.to_id for step in steps} | {pk for step in steps for pk in step.was if pk is not None}
    rows = [
        {"name": names.get(pk, "别人"), "was": before.get(pk, 0), "now": after.get(pk, 0)} for pk in touched
    ]
    return sorted(rows, key=lambda row: str(row["name"]))


def staffing(loads: Sequence[Load]) -> dict[str, Any]:
    """五(三)-1: who visits how many, by name: no ranking."""
    return {
        "caption": "每位巡访人访几个人",
        "columns": ["巡访人", {"word": "人数", "num": True}, {"word": "这一季度要访", "num": True}],
        "tight": True,
        "one": True,
        "rows": [
            {
                "cells": [
                    {"text": load.name, "url": f"{reverse('visits_roster:people')}?assignee={load.user_id}"},
                    {"text": num(load.people)},
                    {"text": num(load.due)},
                ]
            }
            for load in loads
        ],
    }


def staffing_words(loads: Sequence[Load]) -> str:
    """One sentence about the whole, without a name in it."""
    if not loads:
        return "还没有人分到巡访对象。"
    counts = [load.people for load in loads]
    mean = round(sum(counts) / len(counts))
    if len(counts) == 1:
        return f"现在由1位同志巡访{counts[0]}人。"
    return f"{len(counts)}位同志，平均每位{mean}人，最少{min(counts)}人，最多{max(counts)}人。分得匀不匀，看路远近和各村情况定。"
