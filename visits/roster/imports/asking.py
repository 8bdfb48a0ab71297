"""What only the clerk can say about a list: asked once on one page, remembered for the next month (P6).

The questions hold heads of columns, names of sheets and spellings of villages: never anything about a person.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from visits.roster.imports import columns
from visits.roster.imports.kinds import Known, looks_like_id
from visits.roster.imports.layout import Plan, answered, fits, without_foreign_classes
from visits.roster.imports.matching import squeeze
from visits.roster.imports.reading import CannotUse, has_sections
from visits.roster.models import ListLayout, RosterImport
from xunfang.kit.excel import text_of

# More spellings than this: it is another township's list, and each row says so.
SPELLINGS = 40
SPELLING = 20
SKIPPED = 0


def with_answers(found: Sequence[Plan], batch: RosterImport) -> list[Plan]:
    """The plans as the clerk chose, now or the last time; sheets that are not to be read are left out."""
    remembered = dict(
        ListLayout.objects.filter(
            township_id=batch.township_id,
            group_id=batch.group_id,
            signature__in={plan.signature for plan in found},
        ).values_list("signature", "columns")
    )
    said = batch.layout.get("columns", {})
    sheets: Mapping[str, int] = batch.layout.get("sheets", {})
    result = []
    for plan in found:
        chosen = said.get(plan.signature)
        if chosen is None and fits(plan, remembered.get(plan.signature, {})):
            chosen = remembered[plan.signature]
        plan = answered(plan, chosen) if chosen is not None else plan
        if batch.group_id:
            plan = without_foreign_classes(plan)
        if plan.sheet.name in sheets:
            if sheets[plan.sheet.name] == SKIPPED:
                continue
            plan.village_id = sheets[plan.sheet.name]
        result.append(plan)
    return result


def questions(found: Sequence[Plan], known: Known, batch: RosterImport) -> dict[str, Any]:
    """What has to be asked before the list can be read; empty: nothing. Raises `CannotUse` when no answer
    would help."""
    asks: dict[str, Any] = {}
    if open_ := _columns(found):
        asks["columns"] = open_
    if sheets := [
        {"name": plan.sheet.name, "rows": len(plan.sheet.rows) - plan.start}
        for plan in found
        if not plan.has("village") and plan.village_id is None and not has_sections(plan, known)
    ]:
        asks["sheets"] = sheets
    if not batch.group_id and any(not plan.has("group") and not plan.group for plan in found):
        asks["group"] = True
    spellings = _spellings(found, known, once=bool(asks))
    if spellings:
        asks["villages"] = spellings
    return asks


def _columns(found: Sequence[Plan]) -> list[dict[str, Any]]:
    """The heads of each kind of sheet in which something is not certain."""
    open_: dict[str, dict[str, Any]] = {}
    for plan in found:
        if not plan.has("id_number") and not any(c.kind.key == "id_number" for c in plan.columns):
            raise CannotUse(
                f"{_where(plan)}没有找到身份证号这一列。请在这一列上面写“身份证号”，照名单模板补上再传"
            )
        doubtful = [column for column in plan.columns if not column.sure and not column.secret]
        if plan.has("name") and plan.has("id_number") and not doubtful:
            continue
        if plan.signature in open_:
            open_[plan.signature]["sheets"].append(plan.sheet.name)
            continue
        open_[plan.signature] = {
            "signature": plan.signature,
            "sheets": [plan.sheet.name],
            "heads": [
                {"label": c.label, "kind": c.kind.words, "guess": c.key, "sure": c.sure}
                for c in plan.columns
                if not c.secret
            ],
        }
    return list(open_.values())


def _where(plan: Plan) -> str:
    return f"“{plan.sheet.name}”表里" if plan.sheet.name else "表里"


def _spellings(found: Sequence[Plan], known: Known, *, once: bool) -> list[dict[str, Any]]:
    """Villages in a spelling nobody knows, written twice or more; `once`: also those written once, because
    the page is shown anyway."""
    counts: Counter[str] = Counter()
    for plan in found:
        place = {c.key: c.place for c in plan.columns if c.sure or c.kind.key == c.key}
        if "village" not in place or "id_number" not in place:
            continue
        at, ids = place["village"], place["id_number"]
        for line in plan.sheet.rows[plan.start :]:
            if len(line) > max(at, ids) and looks_like_id(text_of(line[ids])):
                counts[squeeze(text_of(line[at]))] += 1
    unknown = [
        (text, count)
        for text, count in counts.most_common()
        if text and len(text) <= SPELLING and (count > 1 or once) and known.villages.find(text) is None
    ]
    if len(unknown) > SPELLINGS:
        return []
    names = {name: pk for pk, name in known.villages.names.items()}
    rows = []
    for text, count in unknown:
        alike = known.villages.alike(text)
        rows.append({"text": text, "rows": count, "guess": names.get(alike[0]) if len(alike) == 1 else None})
    return rows


def labels(asks: Mapping[str, Any]) -> dict[str, str]:
    """Our columns as the page offers them, with “不读”."""
    return {field.key: field.title for field in (*columns.FIELDS, *columns.EXTRA)} | {
        columns.SKIP: "不读这一列"
    }
