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
    # The path holds digits and the letters M, h, v, z only, whatever the text was.
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-label="{}"><path fill="#000" d="{}"/></svg>',
        side, side, label, mark_safe(path),
    )  # fmt: skip


def _bars(row: bytearray, y: int) -> str:
    """One row of modules as the bars of its dark runs."""
    bars, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            width = x - start
            bars.append(f"M{start + QUIET_ZONE} {y}h{width}v1h-{width}z")
            start = None
    return "".join(bars)
