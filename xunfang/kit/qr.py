"""QR codes for paper, drawn as one inline SVG path: no file, no script, no style attribute."""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: Modules of white around the code; the standard asks for four.
QUIET_ZONE = 4


def svg(text: str, label: str = "二维码，扫码打开本表") -> SafeString:
    """Return `text` as an inline `<svg class="qr">`, error level M, quiet zone included.

    `label` is what a screen reader says. The size is the stylesheet's business. `text` is the only input of
    the drawing: the same text gives the same SVG. Raises ValueError when `text` is empty or too long for a code.
    """
    if not text:
        raise ValueError("a QR code needs a text")
    rows = list(segno.make(text, error="m", micro=False, boost_error=False).matrix)
    side = len(rows) + 2 * QUIET_ZONE
    path = "".join(_bars(row, y) for y, row in enumerate(rows, start=QUIET_ZONE))
    # The path holds digits, blanks, points and the letters M, h, m only, whatever the text was.
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-label="{}"><path stroke="#000" d="{}"/></svg>',
        side, side, label, mark_safe(path),
    )  # fmt: skip


def _bars(row: bytearray, y: int) -> str:
    """One row of modules as lines one module thick, along the middle of its dark runs: two steps a run. Outlines take
    five, and a PDF of a hundred papers spent a seventh of its time on them."""
    bars, start, at = [], None, None
    for x, dark in enumerate([*row, 0], start=QUIET_ZONE):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            bars.append((f"M{start} {y}.5" if at is None else f"m{start - at} 0") + f"h{x - start}")
            start, at = None, x
    return "".join(bars)
