"""Charts drawn on the server: each can be read without colours, and its numbers stand beside it as text.

Letters are HTML and lines are SVG that stretches, so that a chart is as readable on a phone as on a wall. A pattern and
a word mark each part; colour only repeats them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
EMPTY = SafeString("")

# Pattern by name: what is drawn in a square of eight points, over what ground.
PATTERNS: dict[str, str] = {
    "full": '<rect width="8" height="8" class="g1"/>',
    "hatch": '<rect width="8" height="8" class="g0"/><path class="ln" d="M-2 2L2 -2M0 8L8 0M6 10L10 6"/>',
    "cross": '<rect width="8" height="8" class="g0"/><path class="ln" d="M0 4H8M4 0V8"/>',
    "dots": '<rect width="8" height="8" class="g0"/><circle class="dt" cx="2" cy="2" r="1.2"/>'
    '<circle class="dt" cx="6" cy="6" r="1.2"/>',
    "empty": '<rect width="8" height="8" class="g0"/>',
    "bars": '<rect width="8" height="8" class="g2"/><path class="dk" d="M2 0V8M6 0V8"/>',
    "rings": '<rect width="8" height="8" class="g0"/><circle class="rg" cx="4" cy="4" r="2.2"/>',
}


@register.simple_tag
def patterns() -> SafeString:
    """The patterns of the page's charts: once, before the first of them."""
    drawn = "".join(
        f'<pattern id="p-{name}" width="8" height="8" patternUnits="userSpaceOnUse">{shapes}</pattern>'
        for name, shapes in PATTERNS.items()
    )
    return SafeString(
        f'<svg class="xf-defs" width="0" height="0" aria-hidden="true"><defs>{drawn}</defs></svg>'
    )


@register.simple_tag
def swatch(name: str) -> SafeString:
    """A small field of a pattern, for the key beside a chart."""
    return format_html(
        '<svg class="xf-sw2" aria-hidden="true"><rect width="100%" height="100%" fill="url(#p-{})"/></svg>',
        name,
    )


@register.simple_tag
def stacked(parts: Sequence[Mapping[str, Any]], word: str) -> SafeString:
    """One bar of parts that make a whole. A part: n, word, pattern. `word`: what the bar is, said aloud."""
    whole = sum(part["n"] for part in parts)
    if not whole:
        return EMPTY
    shapes, x = [], 0.0
    for part in parts:
        if part["n"]:
            wide = 100 * part["n"] / whole
            shapes.append((f"{x:.2f}", f"{wide:.2f}", part["pattern"]))
            x += wide
    said = "，".join(f"{part['word']}{part['n']}" for part in parts if part["n"])
    return format_html(
        '<svg class="xf-bar2" role="img" aria-label="{}：{}">{}</svg>',
        word, said,
        format_html_join("", '<rect x="{}%" width="{}%" height="100%" fill="url(#p-{})"/>', shapes),
    )  # fmt: skip


@register.simple_tag
def progress(lines: Sequence[Mapping[str, Any]], steps: int, word: str) -> SafeString:
    """Shares over time, 0 at the bottom and 100 per cent at the top. A line: points (per cent, oldest first; the first
    stands after one step), style (now, before, ago). `steps`: how many there are; `word`: what it is, said aloud."""
    if steps < 1 or not any(line["points"] for line in lines):
        return EMPTY
    grid = "".join(f'<path class="grid" d="M0 {y}H100"/>' for y in (0, 25, 50, 75, 100))
    drawn = []
    for line in sorted(lines, key=lambda one: one["style"] == "now"):
        points = [
            (0.0, 100.0),
            *((100 * (n + 1) / steps, 100 - value) for n, value in enumerate(line["points"])),
        ]
        drawn.append((line["style"], " ".join(f"{x:.2f},{y:.2f}" for x, y in points)))
    said = "；".join(f"{line['word']}{line['said']}" for line in lines)
    return format_html(
        '<svg class="xf-run" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{}：{}">{}{}</svg>',
        word, said, SafeString(grid),
        format_html_join("", '<polyline class="{}" points="{}"/>', drawn),
    )  # fmt: skip


@register.simple_tag
def stroke(style: str) -> SafeString:
    """A short line in the style of a chart's line, for its key."""
    return format_html(
        '<svg class="xf-run xf-run--key" viewBox="0 0 40 10" aria-hidden="true"><polyline class="{}" points="1,5 39,5"/></svg>',
        style,
    )
