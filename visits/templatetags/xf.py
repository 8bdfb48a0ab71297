"""How values look on a page: dates, telephone numbers, icons, small drawings, form controls.

Formatting only. Nothing here asks the database, reads the clock or decides anything: a page hands
in what is true, these tags say it the way `look.md` of the house wants it said.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

register = template.Library()

NONE = "—"
WEEKDAYS = "一二三四五六日"
STATE_ICONS = {
    "idle": "idle",
    "done": "ok",
    "soon": "soon",
    "todo": "todo",
    "late": "warn",
    "back": "back",
    "tried": "tried",
}
# The four steps of an item, by level 0..3; 8 does not apply, 9 was not seen (never drawn as good news).
LEVEL_STATES = ("done", "soon", "todo", "late")
LEVEL_WORDS = {0: "正常", 1: "关注", 2: "需处理", 3: "紧急", 8: "不适用", 9: "没看到"}
LEVEL_ICONS = {"done": "check", "soon": "info", "todo": "todo", "late": "stop"}
MESSAGE_STATES = {"debug": "idle", "info": "idle", "success": "done", "warning": "soon", "error": "late"}


def _get(thing: Any, name: str, default: Any = None) -> Any:
    """Read `name` from a mapping or an object, the way a template would."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


# ── icons ────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    """One decorative icon of the sprite; the word beside it carries the meaning."""
    return drawn_icon(name, css, _sprite(settings.STATIC_URL))


@lru_cache(maxsize=4)
def _sprite(base: str) -> str:
    """The address of the sprite, looked up once: a page draws sixty icons."""
    return static("img/icons.svg")


@lru_cache(maxsize=1024)
def drawn_icon(name: str, css: str, sprite: str) -> SafeString:
    """The same with the address of the sprite."""
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', css, sprite, name)


@register.filter
def state_icon(state: str) -> str:
    """The icon that belongs to a state colour (idle, done, soon, todo, late, back, tried)."""
    return STATE_ICONS.get(state, "info")


@register.filter
def level_icon(state: str) -> str:
    """The icon that belongs to one of the four steps of an item (done, soon, todo, late)."""
    return LEVEL_ICONS.get(state, "info")


@register.filter
def level_word(state: str) -> str:
    """正常, 关注, 需处理 or 紧急 for one of the four steps of an item (done, soon, todo, late)."""
    return LEVEL_WORDS[LEVEL_STATES.index(state)] if state in LEVEL_STATES else ""


@register.filter
def level_state(level: int | None) -> str:
    """The state colour of a level 0..3; grey for anything else."""
    return LEVEL_STATES[level] if level in (0, 1, 2, 3) else "idle"


@register.filter
def message_state(message: Any) -> str:
    """The state colour of a Django message, by its level."""
    return MESSAGE_STATES.get(_get(message, "level_tag", ""), "idle")


# ── dates and numbers ────────────────────────────────────────────────────────────────────────────


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


@register.filter
def day(value: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """“11月24日 周二”; with the year in front when `today` is given and lies in another year."""
    if not value:
        return NONE
    value = _local(value)
    year = f"{value.year}年" if today and today.year != value.year else ""
    return f"{year}{value.month}月{value.day}日 周{WEEKDAYS[value.weekday()]}"


@register.filter
def day_year(value: dt.date | dt.datetime | None) -> str:
    """“2026年11月24日 周二”: for paper and for anything that is kept for years."""
    return f"{_local(value).year}年{day(value)}" if value else NONE


@register.filter
def dayshort(value: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """“11月24日”; with the year in front when `today` is given and lies in another year."""
    if not value:
        return NONE
    value = _local(value)
    year = f"{value.year}年" if today and today.year != value.year else ""
    return f"{year}{value.month}月{value.day}日"


@register.filter
def hm(value: dt.datetime | dt.time | None) -> str:
    """“14:32”."""
    if not value:
        return NONE
    if isinstance(value, dt.datetime):
        value = _local(value)
    return f"{value.hour}:{value.minute:02d}"  # type: ignore[union-attr]


@register.filter
def moment(value: dt.datetime | None, today: dt.date | None = None) -> str:
    """“11月24日 周二 14:32”."""
    return f"{day(value, today)} {hm(value)}" if value else NONE


@register.filter
def left(days: int | None) -> str:
    """Calendar days to a date in words: “还剩6天”, “今天到期”, “过了1天”."""
    return _left(days, "天", "今天到期")


@register.filter
def left_work(days: int | None) -> str:
    """Working days to a date in words: “还剩2个工作日”, “今天到期”, “过了1个工作日”."""
    return _left(days, "个工作日", "今天到期")


def _left(days: int | None, unit: str, today: str) -> str:
    if days is None or days == "":
        return ""
    if days == 0:
        return today
    return f"还剩{days}{unit}" if days > 0 else f"过了{-days}{unit}"


@register.filter
def rate(value: float | Decimal | None) -> str:
    """A share of one as per cent with one decimal, without the sign: 0.792 → “79.2”; None → “—”.

    100.0 is shown only for all, 0.0 only for none: 9,999 of 10,000 is 99.9.
    """
    if value is None or value == "":
        return NONE
    exact = Decimal(str(value)) * 100
    shown = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if exact < 100 <= shown:
        shown = Decimal("99.9")
    elif exact > 0 >= shown:
        shown = Decimal("0.1")
    return str(shown)


@register.filter
def num(value: int | None) -> str:
    """128520 → “128,520”; None → “—”."""
    return NONE if value is None or value == "" else f"{value:,}"


# ── names and telephone numbers ──────────────────────────────────────────────────────────────────


@register.filter
def tel(value: str | None) -> str:
    """13800004471 → “138 0000 4471”, 059120000119 → “0591-2000 0119”; other numbers as they are."""
    digits = tel_digits(value)
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    if match := re.fullmatch(r"(0(?:10|2\d|[3-9]\d{2}))(\d{3,4})(\d{4})", digits):
        return f"{match[1]}-{match[2]} {match[3]}"
    return (value or "").strip()


@register.filter
def tel_digits(value: str | None) -> str:
    """What stands behind `tel:`: the digits, and a leading plus sign."""
    return re.sub(r"(?!^\+)\D", "", (value or "").strip())


@register.filter
def mask_name(value: str | None) -> str:
    """林依妹 → 林**: the first character, a star for each of the others."""
    name = (value or "").strip()
    return name[:1] + "*" * (len(name) - 1)


# ── small drawings ───────────────────────────────────────────────────────────────────────────────


def _spark_points(values: Sequence[float], low: float, high: float) -> list[str]:
    span, step = high - low, 114 / max(len(values) - 1, 1)
    points = []
    for i, value in enumerate(values):
        y = 24 - 20 * (value - low) / span if span else 14
        points.append(f"{2 + i * step:.1f},{min(max(y, 2), 26):.1f}")
    return points


@register.simple_tag
def spark(line: Any) -> SafeString:
    """A small line without axes. `line`: points (oldest first), word (what it is), and low, high to share a scale."""
    values = [float(v) for v in _get(line, "points") or [] if v is not None]
    if len(values) < 2:
        return SafeString("")
    low, high = _get(line, "low"), _get(line, "high")
    points = _spark_points(
        values, min(values) if low is None else float(low), max(values) if high is None else float(high)
    )
    first, last = points[0].split(",")[0], points[-1].split(",")[0]
    return format_html(
        '<svg class="xf-spark" viewBox="0 0 118 28" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area" d="M{} 28L{}L{} 28z"/><polyline points="{}"/></svg>',
        _get(line, "word", ""),
        first,
        "L".join(points),
        last,
        " ".join(points),
    )


BARS = {0: (24, 3), 1: (17, 10), 2: (10, 17), 3: (2, 25)}  # level: y, height


WORD = "⟦word⟧"  # where the name of the item stands in bars that are drawn once


@lru_cache(maxsize=4096)
def bars_of(levels: tuple[int | None, ...]) -> SafeString:
    """Up to eight visits of one item, oldest first, the newest shaded at the right; None: no visit. `WORD` stands for
    the name of the item: most items look alike."""
    levels = levels[-8:]
    shapes = []
    for i, level in enumerate(levels, start=8 - len(levels)):
        if level in BARS:
            y, height = BARS[level]
            shapes.append(
                f'<rect class="b{level}" x="{3 + 18 * i}" y="{y}" width="12" height="{height}" rx="1.5"/>'
            )
        elif level == 9:
            shapes.append(f'<circle class="b9" cx="{9 + 18 * i}" cy="20" r="4"/>')
        elif level == 8:
            shapes.append(f'<path class="b8" d="M{5 + 18 * i} 24.5h8"/>')
    said = "、".join(LEVEL_WORDS.get(level, "没访") for level in levels) or "还没有"  # type: ignore[arg-type]
    return SafeString(
        f'<svg viewBox="0 0 146 30" preserveAspectRatio="xMinYMid meet" role="img" aria-label="{WORD}，由远到近：{said}">'
        '<rect class="here" x="126" y="0" width="18" height="30" rx="3"/><path class="base" d="M0 27.5h146"/>'
        f"{''.join(shapes)}</svg>"
    )


@register.simple_tag
def mult_bars(levels: Iterable[int | None], word: str) -> SafeString:
    """The same with its name."""
    return SafeString(bars_of(tuple(levels)).replace(WORD, conditional_escape(word)))


@register.filter
def beside(left_list: Iterable[Any], right_list: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Two lists side by side: the cells of a row with its columns."""
    return list(zip(left_list, right_list, strict=True))


# ── form controls ────────────────────────────────────────────────────────────────────────────────


@register.filter
def kind(field: BoundField) -> str:
    """Which control a form field is: hidden, group, check, select, file or text."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    for name, classes in (
        ("group", (forms.RadioSelect, forms.CheckboxSelectMultiple)),
        ("check", (forms.CheckboxInput,)),
        ("select", (forms.Select,)),
        ("file", (forms.FileInput,)),
    ):
        if isinstance(widget, classes):
            return name
    return "text"


@register.filter
def many(field: BoundField) -> bool:
    """Whether several choices of a group may be taken at once."""
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's own widget, dressed; Django adds required, aria-invalid and aria-describedby."""
    widget = field.field.widget
    css = {"select": "form-select", "check": "form-check-input"}.get(kind(field), "form-control")
    classes = [widget.attrs.get("class", ""), css, "is-invalid" if field.errors else ""]
    attrs = {"class": " ".join(c for c in classes if c)}
    if (
        isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10"
    ):  # Django's default: half a phone
        attrs["rows"] = "3"
    return field.as_widget(attrs=attrs)


@register.filter
def error_rows(form: forms.BaseForm) -> list[dict[str, str]]:
    """Each error of a form with the id of the control it belongs to; errors of the whole form have none."""
    rows = [{"id": "", "label": "", "text": text} for text in form.non_field_errors()]
    for field in form:
        # Without a label of its own a field would be called by its English name.
        label = "" if field.is_hidden else str(field.field.label or "")
        target = "" if field.is_hidden else field.auto_id
        # A sentence that begins with the name of its field needs no name before it.
        rows += [
            {"id": target, "label": "" if text.startswith(label) else label, "text": text}
            for text in map(str, field.errors)
        ]
    return rows


@register.simple_tag(takes_context=True)
def size_url(context: template.Context, size: int) -> str:
    """The present address with `zi` set: a change of letter size keeps filters and page."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query["zi"] = str(size)
    return "?" + query.urlencode()
