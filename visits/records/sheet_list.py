"""待签 and 待审: which tables a user sees, whose turn each is, and by when."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Delegation, Region, User
from accounts.roles import COUNTY, SIGNATORIES, TOWNSHIP
from accounts.scoping import COLUMN, once
from visits.records.models import SLOT_LEVELS, SLOT_ROLES, LineReturn, Sheet, SheetQuerySet
from visits.records.sheet_history import history_of, sent_words
from visits.records.sheet_page import due_chip
from visits.records.sheet_recusal import nobody_may, recused
from visits.records.sheet_review import figure_cell, figures_of, how_words, standing
from visits.records.sheet_titles import titles_of_many
from visits.schedule.periods import parse

SIZE = 50
MINE, WAITING, READY, DONE, BACK = "mine", "waiting", "ready", "done", "back"
STATES = {
    WAITING: (Sheet.State.OPEN, Sheet.State.SIGNING),
    READY: (Sheet.State.SIGNED,),
    DONE: (Sheet.State.APPROVED,),
    BACK: (Sheet.State.RETURNED,),
}
WORDS = {MINE: "轮到您", WAITING: "待签", READY: "待县级审核", DONE: "审核通过", BACK: "退回"}


def turn(user: User, on: date) -> Q:
    """Tables whose next slot is this user's, by post or by 授权, and not one with a near relative of theirs."""
    papers = list(Delegation.objects.live(on).filter(deputy=user).values_list("role", "region_id"))
    found = Q(pk__in=[])
    for slot, role in SLOT_ROLES.items():
        ids = user.duty.unit_ids(role) | {unit for held, unit in papers if held == role}  # type: ignore[attr-defined]
        if ids:
            state = Sheet.State.OPEN if slot == 1 else Sheet.State.SIGNING
            found |= Q(**{f"{COLUMN[SLOT_LEVELS[slot]]}__in": ids}, names=slot - 1, state=state)
    mine = Q(state__in=STATES[WAITING]) & found & ~Q(signatures__signer=user)
    away = once(user, "recused", lambda: recused(user, on))
    return mine & ~Q(pk__in=away) if away else mine


def waiting_count(user: User, on: date) -> int:
    """How many tables wait for this user: to sign, or for the county to approve. For home pages."""
    rows = _all(user)
    if user.duty.has(COUNTY):  # type: ignore[attr-defined]
        return rows.filter(state=Sheet.State.SIGNED).count()
    return rows.filter(turn(user, on)).count()


def next_waiting(user: User, on: date) -> Any:
    """The uuid of the most urgent table that waits for this user's name, or None."""
    rows = _all(user).filter(turn(user, on)).order_by("sign_by", "township_id", "village_id", "kind", "pk")
    return rows.values_list("uuid", flat=True).first()


def _all(user: User) -> SheetQuerySet:
    rows = Sheet.objects.visible_to(user).exclude(state=Sheet.State.VOIDED)
    return rows.annotate(names=Count("signatures", distinct=True))


def _is_number(text: str) -> bool:
    """Whether this part of an address can be an id or a place in a list: “²” is a digit, but no number."""
    return text.isascii() and text.isdigit() and len(text) <= 12


def listing(user: User, on: date, query: Mapping[str, str]) -> dict[str, Any]:
    """Context of the list: filters are addresses, a page has 50 rows, the number of queries is fixed."""
    everything = Sheet.objects.visible_to(user).exclude(state=Sheet.State.VOIDED)
    periods = sorted(set(everything.order_by().values_list("period", flat=True).distinct()), reverse=True)
    chosen = {
        "period": query.get("period", "") if query.get("period") in periods else "",
        "state": query.get("state", "") if query.get("state") in WORDS else _first(user),
        "township": query.get("township", "") if _is_number(query.get("township", "")) else "",
    }
    rows = _all(user)
    if chosen["period"]:
        rows = rows.filter(period=chosen["period"])
    if chosen["township"]:
        rows = rows.filter(township_id=int(chosen["township"]))
    mine = turn(user, on)
    counts = _counts(rows, mine)
    rows = rows.filter(mine) if chosen["state"] == MINE else rows.filter(state__in=STATES[chosen["state"]])
    total = counts[chosen["state"]]
    start = min(int(query["from"]), total) if _is_number(query.get("from", "")) else 0
    struck = LineReturn.objects.filter(line__sheet=OuterRef("pk"), answered_at=None).order_by()
    count = struck.values("line__sheet").annotate(n=Count("pk")).values("n")
    rows = rows.annotate(struck=Coalesce(Subquery(count), 0))
    rows = (
        rows.select_related("visit__person")
        .prefetch_related("signatures")
        .order_by("sign_by", "township_id", "village_id", "kind", "pk")
    )
    shown = list(rows[start : start + SIZE])
    bulk = bool(user.duty.has(COUNTY)) and chosen["state"] == READY  # type: ignore[attr-defined]
    judged = bool(user.duty.has(COUNTY)) and chosen["state"] in (READY, DONE)  # type: ignore[attr-defined]
    return {
        "filters": _filters(chosen, counts, user),
        "period_filters": _period_filters(chosen, periods),
        "township_filters": _township_filters(chosen, user, everything),
        "list": _table(shown, on, bulk, judged),
        "count": total,
        "pager": _pager(chosen, total, start, len(shown)),
        "bulk": bulk and bool(shown),
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "heading": _heading(user),
        "may_delegate": user.duty.has(TOWNSHIP | COUNTY | SIGNATORIES),  # type: ignore[attr-defined]
        "empty": {"title": f"没有“{WORDS[chosen['state']]}”的表", "say": _empty(chosen["state"])},
    }


def _heading(user: User) -> str:
    """The word of the menu: an inspector waits for nobody's name."""
    if user.duty.has(COUNTY):  # type: ignore[attr-defined]
        return "待审"
    return "待签" if user.duty.has(SIGNATORIES | TOWNSHIP) else "确认表"  # type: ignore[attr-defined]


def _empty(state: str) -> str:
    if state == MINE:
        return "轮到您签的时候，表会列在这里。每季度结束后，系统自动按村出表。"
    return "换一个条件看看。"


def _first(user: User) -> str:
    if user.duty.has(COUNTY):  # type: ignore[attr-defined]
        return READY
    if user.duty.has(SIGNATORIES):  # type: ignore[attr-defined]
        return MINE
    return WAITING if user.duty.has(TOWNSHIP) else DONE  # type: ignore[attr-defined]


def _counts(rows: SheetQuerySet, mine: Q) -> dict[str, int]:
    by_state = dict(rows.order_by().values_list("state").annotate(n=Count("pk", distinct=True)))
    counts = {name: sum(by_state.get(state, 0) for state in states) for name, states in STATES.items()}
    return counts | {MINE: rows.filter(mine).count()}


def _url(chosen: Mapping[str, str], **change: str) -> str:
    values = {name: value for name, value in {**chosen, **change}.items() if value}
    return f"{reverse('visits_records:sheets')}?{urlencode(values)}"


def _filters(chosen: Mapping[str, str], counts: Mapping[str, int], user: User) -> list[dict[str, Any]]:
    names = list(WORDS) if counts[MINE] or user.duty.has(SIGNATORIES) else list(STATES)  # type: ignore[attr-defined]
    return [
        {
            "word": WORDS[name],
            "url": _url(chosen, state=name),
            "count": counts[name],
            "current": name == chosen["state"],
        }
        for name in names
    ]


def _period_filters(chosen: Mapping[str, str], periods: list[str]) -> list[dict[str, Any]]:
    if len(periods) < 2:
        return []
    chips: list[dict[str, Any]] = [
        {"word": "各期", "url": _url(chosen, period=""), "count": None, "current": not chosen["period"]}
    ]
    for key in periods[:8]:
        chips.append(
            {
                "word": parse(key).label,
                "url": _url(chosen, period=key),
                "count": None,
                "current": key == chosen["period"],
            }
        )
    return chips


def _township_filters(
    chosen: Mapping[str, str], user: User, everything: SheetQuerySet
) -> list[dict[str, Any]]:
    """For the county: one chip for each township that has tables, in the order of the units."""
    if not user.duty.has(COUNTY):  # type: ignore[attr-defined]
        return []
    units = Region.objects.filter(pk__in=everything.order_by().values("township_id")).order_by(
        "position", "pk"
    )
    chips: list[dict[str, Any]] = [
        {"word": "各乡镇", "url": _url(chosen, township=""), "count": None, "current": not chosen["township"]}
    ]
    for unit in units:
        here = str(unit.pk) == chosen["township"]
        chips.append(
            {"word": unit.name, "url": _url(chosen, township=str(unit.pk)), "count": None, "current": here}
        )
    return chips


def _table(rows: list[Any], on: date, bulk: bool, judged: bool) -> dict[str, Any]:
    ids = {row.village_id for row in rows} | {row.township_id for row in rows}
    names = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
    table = []
    steps, titles = history_of(rows), titles_of_many(rows, on)
    away = nobody_may(rows, on)
    figures = figures_of([row.pk for row in rows]) if judged else {}
    for row in rows:
        url = reverse("visits_records:sheet", args=[row.uuid])
        village = f"{names.get(row.township_id, '')}{names.get(row.village_id, '')}"
        cells: list[dict[str, Any]] = [
            {
                "text": _head(row, names),
                "url": url,
                "head": True,
                "note": names.get(row.township_id, ""),
            },
            {"text": parse(row.period).label, "note": _which(row)},
            # Whoever approves should know that a line went back and waits for a word.
            {
                "text": _where(row, titles[row.village_id]),
                "note": standing(row, sent_words(steps[row.pk]), away.get(row.pk, "")),
            },
            {"due": due_chip(row, on)},
        ]
        if judged:
            cells.insert(2, figure_cell(figures.get(row.pk)))
        if bulk:
            cells.insert(
                0,
                {
                    "pick": "pick",
                    "value": row.uuid,
                    "text": f"{village} {parse(row.period).label} {_which(row)}".strip(),
                },
            )
        table.append({"cells": cells})
    columns = ["村", "哪张表", *(["表里有什么"] if judged else []), "签到哪里", "截止"]
    return {"caption": "确认表", "columns": ["选", *columns] if bulk else columns, "rows": table}


def _head(row: Any, names: Mapping[int, str]) -> str:
    """The village; of a record signed by itself also whose, since a village has many of them."""
    village = names.get(row.village_id, "")
    return f"{village} {row.visit.person.name}" if row.kind == Sheet.Kind.SINGLE else village


def _which(row: Any) -> str:
    """Beside the period: the one record that is signed by itself, or which batch of the village."""
    if row.kind == Sheet.Kind.SINGLE:
        return f"逐份签，第{row.visit.record_no}号"
    return f"第{row.batch_no}批" if row.batch_no > 1 else ""


def _where(row: Any, titles: Mapping[int, str]) -> str:
    if row.state in (Sheet.State.OPEN, Sheet.State.SIGNING):
        return f"等{titles[min(row.names, 2) + 1]}签" + (f"（已签{row.names}人）" if row.names else "")
    if row.state == Sheet.State.RETURNED:
        return f"退回：{row.return_reason}"
    return f"三人都签了（{how_words(row.signatures.all())}）"


def _pager(chosen: Mapping[str, str], total: int, start: int, shown: int) -> dict[str, Any]:
    pager: dict[str, Any] = {"count": total, "unit": "张"}
    if total > SIZE:
        pager["shown"] = f"第{start + 1}到{start + shown}张"
        pager["prev"] = _url(chosen, **{"from": str(max(start - SIZE, 0))}) if start else ""
        pager["next"] = _url(chosen, **{"from": str(start + SIZE)}) if start + SIZE < total else ""
    return pager
