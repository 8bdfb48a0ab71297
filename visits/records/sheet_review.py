"""待审: what whoever approves has to judge by: who is on a table, what was found, how it was signed, how often it came."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Q

from visits.records.models import Sheet, SheetLine, Signature
from visits.records.sheets import LATE, TRIED

HOW = {Signature.Method.SCREEN: "屏幕", Signature.Method.PAPER: "纸质"}


def figures_of(sheet_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Of frozen tables, over what is signed: people, how many were reached, lines printed in full, nobody went,
    tried in vain. One query."""
    rows = SheetLine.objects.filter(sheet_id__in=sheet_ids).filter(
        Q(returned=None) | Q(sheet__kind=Sheet.Kind.SINGLE)
    )
    counted = (
        rows.order_by()
        .values("sheet_id")
        .annotate(
            people=Count("person_id", distinct=True),
            reached=Count("person_id", distinct=True, filter=Q(visit__isnull=False)),
            lines=Count("pk"),
            exceptional=Count("pk", filter=Q(exceptional=True, visit__isnull=False)),
            late=Count("pk", filter=Q(content__kind=LATE)),
            tried=Count("pk", filter=Q(content__kind=TRIED)),
        )
    )
    return {row.pop("sheet_id"): row for row in counted}


def figure_cell(found: dict[str, int] | None) -> dict[str, Any]:
    """“35人，访到33人” and “共58行；4行有情况；逾期1人；未访成1人”."""
    if not found:
        return {"text": "—"}
    said = [f"共{found['lines']}行"] if found["lines"] != found["people"] else []
    said += [f"{found['exceptional']}行有情况"] if found["exceptional"] else []
    said += [f"逾期{found['late']}人"] if found["late"] else []
    said += [f"没见到{found['tried']}人"] if found["tried"] else []
    if not (found["exceptional"] or found["late"] or found["tried"]):
        said.append("没有异常")
    return {"text": f"{found['people']}人，访到{found['reached']}人", "note": "；".join(said)}


def how_words(names: Iterable[Signature]) -> str:
    """“屏幕”, “纸质”, or “屏幕1人、纸质2人”."""
    by = Counter(Signature.Method(name.method) for name in names)
    if len(by) == 1:
        return HOW[next(iter(by))]
    return "、".join(f"{word}{by[method]}人" for method, word in HOW.items() if by[method])


def standing(row: Any, sent: str, away: str) -> str:
    """Who must stand aside (`away`, names) and is to be signed for; how often it came, who signed in whose place, by which document; that a line went back."""
    said = [f"{away}回避（表里有近亲属），要登记授权才能签"] if away else []
    said += [sent] if sent and row.state == Sheet.State.SIGNED else []
    said += [
        f"第{name.slot}格{name.title}{name.signed_name}代签，受{name.on_behalf}委托"
        for name in sorted(row.signatures.all(), key=lambda one: one.slot)
        if name.on_behalf
    ]
    return "；".join([*said, *([f"划出{row.struck}行，还没补"] if row.struck else [])])
