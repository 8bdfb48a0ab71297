"""Where a sheet's head is and what its columns are: by their names, and by what stands in them (P5). Pure.

A head may have several lines, the upper ones over several columns; there may be titles above it; a column may
have no name at all. What is not certain is marked so, and asked.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from visits.roster.imports import columns
from visits.roster.imports.columns import SKIP
from visits.roster.imports.kinds import BANK, LONG, SAMPLE, Kind, Known, kind_of, looks_like_id
from visits.roster.imports.matching import find_groups, squeeze
from xunfang.kit.excel import Cell, Sheet, text_of

HEAD_WITHIN = 30
HEAD_LINES = 3
LABEL = 30
WIDEST = 200
# Proposed by their content when no name says so.
_BY_CONTENT = ("id_number", "name", "village", "group", "phone", "relation")
# A key whose column can't be this: the name above it is wrong, or the head is.
_CONTRARY = {
    "id_number": {"phone", "sex", "relation", "village", "group", "name", "serial"},
    "name": {"id_number", "phone", "sex", "relation", "number", "serial", "birth", "group"},
    "village": {"id_number", "phone", "sex", "relation", "number", "birth"},
    "group": {"id_number", "phone", "sex", "birth", "name"},
}
_MUST = ("name", "id_number")
# What each member has of their own when several stand in one line.
_PERSONAL = ("name", "id_number", "relation", "sex", "birth", "phone")


@dataclass(frozen=True)
class Column:
    """A column of a sheet. `label`: its head in one line, unique; `key`: which of ours it is, or `SKIP`;
    `secret`: a bank account or what may be one, never read, kept or shown; `beside`: of a further member, the head
    under which it goes back."""

    place: int
    label: str
    key: str
    sure: bool
    kind: Kind
    secret: bool = False
    named: bool = True
    beside: str = ""


@dataclass
class Plan:
    """How a sheet is read. `start`: the first line under the head, from 0; `signature`: equal for equal heads;
    `titles`: what stands above; `heads`: all texts of the head; `headless`: it has none; `beside`: further members
    of the household in the same line, key → place for each (P5)."""

    sheet: Sheet
    start: int
    columns: list[Column]
    signature: str
    titles: list[str] = field(default_factory=list)
    heads: frozenset[str] = frozenset()
    headless: bool = False
    village_id: int | None = None
    group: str = ""
    beside: tuple[Mapping[str, int], ...] = ()

    def has(self, key: str) -> bool:
        return any(column.key == key for column in self.columns)


def plans(sheets: Sequence[Sheet], known: Known) -> tuple[list[Plan], list[str]]:
    """A plan for every sheet that is a list, and the names of the others that are not empty."""
    sheets = [replace(sheet, name=clean(sheet.name)) for sheet in sheets]
    found: list[Plan] = []
    others: list[str] = []
    waiting: list[Sheet] = []
    for sheet in sheets:
        plan = _with_head(sheet, known)
        if plan is not None:
            found.append(plan)
        elif sheet.rows:
            waiting.append(sheet)
    for sheet in waiting:
        plan = _like_the_others(sheet, found, known) or _without_head(sheet, known)
        if plan is None:
            others.append(sheet.name)
        else:
            found.append(plan)
    order = {id(sheet): place for place, sheet in enumerate(sheets)}
    found.sort(key=lambda plan: order[id(plan.sheet)])
    for plan in found:
        _place(plan, known)
    return found, others


def _place(plan: Plan, known: Known) -> None:
    """The village and the group that a whole sheet is of, by its name or its title."""
    name = squeeze(plan.sheet.name)
    plan.village_id = known.villages.find(name) if name else None
    if plan.village_id is None:
        above = squeeze("".join(plan.titles))
        named = {pk for pk, village in known.villages.names.items() if squeeze(village) in above}
        plan.village_id = named.pop() if len(named) == 1 else None
    words, unknown = find_groups(name, known.words) if name else ([], [""])
    plan.group = plan.sheet.name if words and not unknown else ""


# ── the head ─────────────────────────────────────────────────────────────────────────────────────


def _with_head(sheet: Sheet, known: Known) -> Plan | None:
    grid = _grid(sheet)
    best: tuple[float, int, int, list[tuple[str, ...]]] | None = None
    for bottom in range(len(grid)):
        if not _may_be_head(sheet.rows[bottom], grid[bottom]):
            continue
        for top in range(bottom, max(-1, bottom - HEAD_LINES), -1):
            if top < bottom and _has_people(sheet.rows[top]):
                break
            paths = _paths(grid, top, bottom, spread=not _joined(sheet, top, bottom))
            score = _score(paths)
            if score > (best[0] if best else 1.5):
                best = (score, top, bottom, paths)
    if best is None:
        return None
    _, top, bottom, paths = best
    body = sheet.rows[bottom + 1 :]
    found, beside = _columns(paths, body, known)
    heads = frozenset(squeeze(text_of(cell)) for row in sheet.rows[top : bottom + 1] for cell in row) - {""}
    titles = [text_of(cell)[:60] for row in sheet.rows[:top] for cell in row if text_of(cell)]
    return Plan(
        sheet,
        bottom + 1,
        found,
        _signature("|".join(path) for path in paths),
        titles[:20],
        heads,
        beside=beside,
    )


def _grid(sheet: Sheet) -> list[list[str]]:
    """The texts of the first lines, joined cells filled."""
    rows = sheet.rows[:HEAD_WITHIN]
    width = min(max((len(row) for row in rows), default=0), WIDEST)
    grid = [[_one_line(row[at]) if at < len(row) else "" for at in range(width)] for row in rows]
    for (top, left), (bottom, right) in sheet.merges:
        if top >= len(grid) or left >= width:
            continue
        for line in range(top, min(bottom + 1, len(grid))):
            for at in range(left, min(right + 1, width)):
                grid[line][at] = grid[top][left]
    return grid


def _one_line(cell: Cell) -> str:
    return clean(re.sub(r"\s+", "", text_of(cell)))


def clean(text: str) -> str:
    """Text that the database takes: heads and sheet names are kept as they stand."""
    return re.sub(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


def _may_be_head(row: Sequence[Cell], texts: Sequence[str]) -> bool:
    return len(set(texts) - {""}) >= 2 and not _has_people(row)


def _has_people(row: Sequence[Cell]) -> bool:
    """An id, a long number or a date: no head has one."""
    texts = [text_of(cell) for cell in row]
    return any(looks_like_id(text) or re.fullmatch(r"\d{7,}", text) for text in texts) or any(
        not isinstance(cell, str | int | float) for cell in row
    )


def _joined(sheet: Sheet, top: int, bottom: int) -> bool:
    return any(top <= range_[0][0] <= bottom and range_[0][1] < range_[1][1] for range_ in sheet.merges)


def _paths(grid: list[list[str]], top: int, bottom: int, *, spread: bool) -> list[tuple[str, ...]]:
    """The head of every column from its upper line to its lowest. `spread`: nothing is joined, and an upper
    line reaches to the right as far as nothing else stands there."""
    lines = [list(line) for line in grid[top : bottom + 1]]
    for number, line in enumerate(lines[:-1] if spread else ()):
        for at in range(1, len(line)):
            below = any(other[at] for other in lines[number + 1 :])
            if not line[at] and below and line[at - 1]:
                line[at] = line[at - 1]
    found = []
    for at in range(len(lines[0])):
        texts = [line[at] for line in lines if line[at]]
        found.append(tuple(text for place, text in enumerate(texts) if not place or text != texts[place - 1]))
    return found


def _score(paths: Sequence[tuple[str, ...]]) -> float:
    """How much of a head these are; 0 without a name or an id."""
    keys: dict[str, float] = {}
    for path in paths:
        key, sure = columns.read_as(path)
        if key:
            keys[key] = max(keys.get(key, 0), 1 if sure else 0.6)
    people = {"name", "id_number", "head_name", "head_id"} & set(keys)
    return sum(keys.values()) if people else 0


def _signature(heads: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(heads).encode()).hexdigest()


# ── the columns ──────────────────────────────────────────────────────────────────────────────────


def _columns(
    paths: Sequence[tuple[str, ...]], body: Sequence[Sequence[Cell]], known: Known
) -> tuple[list[Column], tuple[Mapping[str, int], ...]]:
    """The columns of one person, and where those of further members stand."""
    width = min(max([len(paths), *(len(row) for row in body[:SAMPLE])]), WIDEST)
    paths = [*paths, *(() for _ in range(width - len(paths)))]
    found: list[Column] = []
    body = _sample(body)
    for place, path in enumerate(paths):
        cells = [row[place] for row in body if place < len(row)]
        kind = kind_of(cells, known)
        if path or kind.key != "empty":
            found.append(_column_of(place, path, kind, {column.label for column in found}))
    found = _as_people(found)
    found, beside = _side_by_side(found)
    found = _once(found)
    return _by_content(found), beside


def _sample(body: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    """Lines from all over the sheet; only people's lines when there are any: totals and notes tell nothing."""
    some = body[:: max(1, len(body) // (5 * SAMPLE))]
    people = [row for row in some if any(looks_like_id(text_of(cell)) for cell in row)]
    return people or some


def _column_of(place: int, path: tuple[str, ...], kind: Kind, taken: set[str]) -> Column:
    words = "".join(path)
    key, sure = columns.read_as(path)
    label = "-".join(path)[:LABEL] or f"第{place + 1}列"
    if label in taken:
        label = f"{label}（第{place + 1}列）"
    bank = columns.BANK.search(words) is not None and key not in ("id_number", "name", "head_name", "village")
    ids = key in ("id_number", "head_id")  # one digit too few, and an id looks like an account
    account = kind.key == BANK or (kind.key == LONG and key not in ("certificate_no", "phone"))
    if bank or (account and not ids):
        return Column(place, label, SKIP, True, kind, secret=True, named=bool(path))
    if key is None or key == SKIP:
        return Column(place, label, SKIP, bool(path), kind, named=bool(path))
    if kind.key == "id_number" and key not in ("id_number", "head_id"):
        return Column(place, label, SKIP, False, kind)
    if kind.key in _CONTRARY.get(key, ()):
        return Column(place, label, key, False, kind)
    agrees = kind.key in (key, "empty") or key not in columns.MUST
    return Column(place, label, key, sure or agrees, kind)


def _as_people(found: list[Column]) -> list[Column]:
    """A list of heads of households only: they are its people."""
    keys = {column.key for column in found}
    names = {"head_name": "name", "head_id": "id_number"}
    if "name" not in keys and "head_name" in keys and ("head_id" in keys or "id_number" in keys):
        keep_id = "id_number" in keys
        return [
            replace(column, key=names[column.key])
            if column.key in names and not (column.key == "head_id" and keep_id)
            else column
            for column in found
        ]
    return found


def _side_by_side(found: list[Column]) -> tuple[list[Column], tuple[Mapping[str, int], ...]]:
    """成员1姓名、成员1身份证号、成员2姓名、…: name and id come again and again, by turns. The first are the line's own
    person; the columns of the others are read as people of the same household, not as columns left alone."""
    pairs = [
        column
        for column in found
        if column.key in _MUST and column.kind.key not in _CONTRARY[column.key] and not column.secret
    ]
    turns = [{pairs[at].key, pairs[at + 1].key} for at in range(0, len(pairs) - 1, 2)]
    if len(pairs) < 4 or len(pairs) % 2 or any(len(turn) != 2 for turn in turns):
        return found, ()
    starts = [pairs[at].place for at in range(2, len(pairs), 2)]
    result, groups = list(found), []
    for n, (start, end) in enumerate(zip(starts, [*starts[1:], found[-1].place + 1], strict=True), start=2):
        group: dict[str, int] = {}
        for at, column in enumerate(found):
            if start <= column.place < end and column.key in _PERSONAL and column.key not in group:
                group[column.key] = column.place
                head = f"第{n}人{columns.BY_KEY[column.key].title}"
                result[at] = replace(column, key=SKIP, sure=True, beside=head)
        groups.append(group)
    return result, tuple(groups)


def _once(found: list[Column]) -> list[Column]:
    """Each of our columns once: the one whose content agrees, else the first. Two columns of ids under one
    name are not certain."""
    result = list(found)
    for key in {column.key for column in found} - {SKIP}:
        same = [column for column in found if column.key == key]
        if len(same) < 2:
            continue
        agreeing = [column for column in same if column.kind.key == key] or same
        chosen = agreeing[0]
        doubtful = key in _MUST and len(agreeing) > 1
        for column in same:
            at = result.index(column)
            if column is chosen:
                result[at] = replace(column, sure=column.sure and not doubtful)
            else:
                result[at] = replace(column, key=SKIP, sure=not doubtful)
    return result


def _by_content(found: list[Column]) -> list[Column]:
    """Columns without a known name that hold what is still missing."""
    result = list(found)
    for key in _BY_CONTENT:
        holder = next((column for column in result if column.key == key), None)
        if holder is not None and (holder.sure or holder.kind.key == key):
            continue
        free = [c for c in result if c.key == SKIP and c.kind.key == key and not c.secret]
        if key not in columns.MUST:
            free = [column for column in free if not column.named]
        if not free:
            continue
        if holder is not None:
            result[result.index(holder)] = replace(holder, key=SKIP, sure=False)
        at = result.index(free[0])
        result[at] = replace(free[0], key=key, sure=False)
    return result


# ── sheets without a head ────────────────────────────────────────────────────────────────────────


def _first_person(sheet: Sheet) -> int | None:
    for number, row in enumerate(sheet.rows[: HEAD_WITHIN * 2]):
        if any(looks_like_id(text_of(cell)) for cell in row):
            return number
    return None


def _like_the_others(sheet: Sheet, found: Sequence[Plan], known: Known) -> Plan | None:
    """The next page of a list whose head stands on an earlier sheet only."""
    start = _first_person(sheet)
    if start is None:
        return None
    body = sheet.rows[start:]
    for plan in found:
        place = next((column.place for column in plan.columns if column.key == "id_number"), None)
        if place is not None and _kind_at(body, place, known) == "id_number":
            return Plan(sheet, start, plan.columns, plan.signature, [], plan.heads, beside=plan.beside)
    return None


def _kind_at(body: Sequence[Sequence[Cell]], place: int, known: Known) -> str:
    return kind_of([row[place] for row in _sample(body) if place < len(row)], known).key


def _without_head(sheet: Sheet, known: Known) -> Plan | None:
    start = _first_person(sheet)
    if start is None:
        return None
    found, beside = _columns([], sheet.rows[start:], known)
    if not any(column.key == "id_number" for column in found):
        return None
    signature = _signature(["headless", str(len(found)), *(column.kind.key for column in found)])
    titles = [text_of(cell)[:60] for row in sheet.rows[:start] for cell in row if text_of(cell)]
    return Plan(sheet, start, found, signature, titles[:20], headless=True, beside=beside)


# ── what was answered ────────────────────────────────────────────────────────────────────────────


def answered(plan: Plan, chosen: Mapping[str, str]) -> Plan:
    """The plan with the columns that the clerk chose (label → key); others are not read. Bank accounts stay
    unread whatever was chosen."""
    result = [
        column if column.secret else replace(column, key=chosen.get(column.label, SKIP), sure=True)
        for column in plan.columns
    ]
    own = {column.key: column.place for column in plan.columns if column.key in _MUST}
    same = own == {column.key: column.place for column in result if column.key in _MUST}
    # Who says that name or id stands elsewhere has another line in mind than one with members side by side.
    return replace(plan, columns=result, beside=plan.beside if same else ())


def fits(plan: Plan, chosen: Mapping[str, str]) -> bool:
    """Whether a remembered layout still fits what stands in the columns: ids where ids were."""
    keys = {column.key: column for column in answered(plan, chosen).columns}
    return all(key in keys for key in _MUST) and keys["id_number"].kind.key in ("id_number", "empty")


def without_foreign_classes(plan: Plan) -> Plan:
    """What was said at the upload gives the class: a column of A类, B类 is not ours then."""
    result = [
        replace(column, key=SKIP, sure=True)
        if column.key == "group" and column.kind.key not in ("group", "empty")
        else column
        for column in plan.columns
    ]
    return replace(plan, columns=result)
