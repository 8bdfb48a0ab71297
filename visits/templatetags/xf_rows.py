"""The parts of a page that stand there a hundred times over, drawn in Python: the rows of a list and what stands in
their cells. A template takes ten times as long for them, and a list of 25 people is most of what is opened all day.

The markup is the components' own (`_list.html`, `_due.html`, `_tag.html`): each of them is drawn from here, so that
there is one of each.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from visits.templatetags import xf
from visits.templatetags.xf import STATE_ICONS

register = template.Library()
Cell = Mapping[str, Any]
icon_of = xf.icon


def esc(value: Any) -> str:
    """As Django escapes, without asking plain text whether it is a promise of text."""
    return html.escape(value) if type(value) is str else conditional_escape(value)


@register.simple_tag
def state_tag(state: str | None, word: Any, icon: str = "") -> SafeString:
    """A state word (`_tag.html`)."""
    if state == "me":
        return SafeString(f'<span class="xf-tag xf-tag--me">{icon_of("pen")}{esc(word)}</span>')
    if state:
        drawn = icon_of(icon or STATE_ICONS.get(state, "info"))
        return SafeString(f'<span class="xf-tag s-{esc(state)}">{drawn}{esc(word)}</span>')
    return SafeString(f'<span class="xf-tag">{esc(word)}</span>')


@register.simple_tag
def due_chip(due: Cell, band: Any = False) -> SafeString:
    """When something is due (`_due.html`), as a chip or as a band on top of a card."""
    state = due["state"]
    tag, css, left = ("div", "xf-due xf-due--band", ' class="left"') if band else ("span", "xf-due", "")
    said = f"<b>{icon_of(due.get('icon') or STATE_ICONS.get(state, 'info'))}{esc(due['word'])}</b>"
    if due.get("text"):
        said += f" <span>{esc(due['text'])}</span>"
    if due.get("left"):
        said += f" <span{left}>{esc(due['left'])}</span>"
    return SafeString(f'<{tag} class="{css} s-{esc(state)}">{said}</{tag}>')


@register.simple_tag
def list_rows(listed: Mapping[str, Any]) -> SafeString:
    """The rows of `_list.html`, each cell with the word of its column for a phone."""
    columns = [
        (esc(column["word"]), bool(column.get("num")))
        if isinstance(column, Mapping)
        else (esc(column), False)
        for column in listed["columns"]
    ]
    return SafeString("\n".join(_row(row["cells"], columns) for row in listed["rows"]))


@register.simple_tag
def stat_tile(stat: Mapping[str, Any]) -> SafeString:
    """One figure with its link (`_stat.html`)."""
    unit = f"<small>{esc(stat['unit'])}</small>" if stat.get("unit") else ""
    line = xf.spark(stat["line"]) if stat.get("line") else ""
    note = f'<span class="d">{esc(stat["note"])}</span>' if stat.get("note") else ""
    return SafeString(
        f'<a class="xf-stat" href="{esc(stat["url"])}"><span class="t">{esc(stat["title"])}</span>'
        f'<span class="v">{esc(stat["value"])}{unit}</span>{line}{note}</a>'
    )


FIRST_ASKED = '<span class="visually-hidden">，先问这里</span>'


@register.simple_tag
def heat_rows(heat: Mapping[str, Any]) -> SafeString:
    """The rows of `_heat.html`: units × measures, hundreds of cells."""
    css = [f" {esc(column['css'])}" if column.get("css") else "" for column in heat["columns"]]
    rows = []
    for row in heat["rows"]:
        name = _linked(row.get("url"), esc(row["name"]))
        cells = [
            f'<td class="t{cell["shade"]}{more}">'
            f"{_asked(cell) if cell['shade'] == 3 else _linked(cell.get('url'), esc(cell['text']))}</td>"
            for cell, more in zip(row["cells"], css, strict=True)
        ]
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return SafeString("\n".join(rows))


def _asked(cell: Cell) -> str:
    """A cell that is asked about first: its mark stands before it, with a link or without."""
    found = _linked(cell.get("url"), esc(cell["text"]), FIRST_ASKED)
    return found if cell.get("url") else f'<span class="m">{found}{FIRST_ASKED}</span>'


def _linked(url: str | None, said: str, more: str = "") -> str:
    return f'<a href="{esc(url)}">{said}{more}</a>' if url else said


def _row(cells: Sequence[Cell], columns: Sequence[tuple[str, bool]]) -> str:
    drawn = []
    for place, (cell, (word, num)) in enumerate(zip(cells, columns, strict=True)):
        pick, due = cell.get("pick"), cell.get("due")
        if cell.get("head") or (place == 0 and not pick):
            drawn.append(f'<th scope="row"><span class="c">{_text(cell)}{_note(cell, HEAD_NOTE)}</span></th>')
            continue
        css = "n" if num else "pick" if pick else "is-due" if due else ""
        if pick:
            inner = _pick(cell)
        elif due:
            inner = due_chip(due)
        elif cell.get("state"):
            inner = state_tag(cell["state"], cell["text"])
        else:
            inner = _text(cell)
        kind = f' class="{css}"' if css else ""
        drawn.append(f'<td{kind} data-t="{word}"><span class="c">{inner}{_note(cell, NOTE)}</span></td>')
    return f"<tr>{''.join(drawn)}</tr>"


HEAD_NOTE, NOTE = "fw-normal muted small nb", "muted small"


def _text(cell: Cell) -> str:
    url, text = cell.get("url"), esc(cell["text"])
    if cell.get("unbroken"):
        text = f'<span class="nb">{text}</span>'
    css = ' class="nb"' if cell.get("nb") else ""
    return f'<a{css} href="{esc(url)}">{text}</a>' if url else text


def _note(cell: Cell, css: str) -> str:
    note = cell.get("note")
    whole = " nb" if cell.get("whole") else ""
    return f' <span class="{css}{whole}">{esc(note)}</span>' if note else ""


def _pick(cell: Cell) -> str:
    checked = " checked" if cell.get("checked") else ""
    return (
        f'<span class="xf-check"><input class="form-check-input" type="checkbox" name="{esc(cell["pick"])}"'
        f' value="{esc(cell["value"])}" aria-label="选 {esc(cell["text"])}"{checked}></span>'
    )


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The choices of a select, value and word, with the one that is chosen: a county's list of visitors is hundreds."""
    now = "" if chosen is None else str(chosen)
    return SafeString(
        "".join(
            f'<option value="{esc(str(value))}"{" selected" if now and str(value) == now else ""}>{esc(word)}</option>'
            for value, word in choices
        )
    )


# ── the last eight visits of every item (`_mult.html`) ───────────────────────────────────────────────


@register.simple_tag
def mult_areas(areas: Sequence[Cell]) -> SafeString:
    """Each area with its items, and what the newest visit said of them."""
    drawn = []
    for area in areas:
        rows = "\n".join(_mult_row(row) for row in area["rows"])
        drawn.append(f"<section>\n<h3>{icon_of(area['icon'])}{esc(area['name'])}</h3>\n{rows}\n</section>")
    return SafeString("\n".join(drawn))


def _mult_row(row: Cell) -> str:
    name, level = esc(row["name"]), row["level"]
    named = f'<a href="{esc(row["url"])}">{name}</a>' if row.get("url") else f"<span>{name}</span>"
    state = f" s-{xf.level_state(level)}" if 0 < level < 4 else ""
    bars = xf.bars_of(tuple(row["levels"]))
    return (
        f'<div class="xf-mult__r">{named}{bars.replace(xf.WORD, name)}'
        f'<span class="now{state}">{esc(row["now"])}</span></div>'
    )


# ── what happened (`_timeline.html`) ─────────────────────────────────────────────────────────────────


@register.simple_tag
def timeline_days(days: Sequence[Cell]) -> SafeString:
    """Each day with its events."""
    drawn = []
    for entry in days:
        aside = f"<small>{esc(entry['aside'])}</small>" if entry.get("aside") else ""
        drawn.append(f'<li class="xf-tl__day">{esc(entry["day"])}{aside}</li>')
        drawn.extend(_event(event) for event in entry["events"])
    return SafeString("\n".join(drawn))


def _event(event: Cell) -> str:
    state, url = event["state"], event.get("url")
    sign = icon_of(event.get("icon") or STATE_ICONS.get(state, "info"))
    more = f'　<a class="nb" href="{esc(url)}">{esc(event["link"])}</a>' if url else ""
    text = f"<p>{esc(event['text'])}</p>" if event.get("text") else ""
    by = f'<p class="small">{esc(event["by"])}</p>' if event.get("by") else ""
    return (
        f'<li class="xf-tl__e"><span class="xf-tl__i s-{esc(state)}">{sign}</span>\n'
        f"<b>{esc(event['title'])}</b>{more}{text}{by}</li>"
    )
