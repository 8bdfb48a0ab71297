"""Invented pictures: a page of a round sheet as a phone sees it (turned, tilted, out of focus, in a shadow), a house."""

import io
import random
from collections.abc import Sequence

import segno
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from xunfang.kit import pdf

# A4 across at 200 dots an inch; the code is 20 mm.
PAGE = (2339, 1654)
TABLE = "#8a7a66"
PEN = "#1d2b6b"


def page(
    text: str, *, size: tuple[int, int] = PAGE, names: Sequence[str] = (), title: str = ""
) -> Image.Image:
    """The sheet with the code of `text` at the top right ("" for none), twelve rows, and ticks by hand."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    if text:
        _code(image, text)
    font = ImageFont.truetype(str(pdf.FONTS[2]), size[1] // 45)
    draw.text((80, 90), title, fill="black", font=ImageFont.truetype(str(pdf.FONTS[0]), size[1] // 28))
    chance = random.Random(text)
    step = (size[1] - 380) // 12
    for row in range(13):
        y = 280 + row * step
        draw.line((60, y, size[0] - 60, y), fill="black", width=3)
        if row == 12:
            break
        if row < len(names):
            draw.text((90, y + 12), f"{row + 1}  {names[row]}", fill="black", font=font)
        for n in range(9):
            x = size[0] * (32 + 5 * n) // 100
            draw.rectangle((x, y + 30, x + 26, y + 56), outline="black", width=2)
            if n % 3 and row < max(len(names), 9):
                dx = chance.randrange(-4, 5)
                draw.line((x + dx, y + 42, x + 10, y + 58, x + 34 + dx, y + 14), fill=PEN, width=5)
    return image


def _code(image: Image.Image, text: str) -> None:
    side = round(image.width * 20 / 297)
    rows = list(segno.make(text, error="m", micro=False, boost_error=False).matrix)
    whole = Image.new("L", (len(rows[0]) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                whole.putpixel((x + 4, y + 4), 0)
    image.paste(whole.resize((side, side), Image.Resampling.NEAREST), (image.width - side - 90, 60))


def house() -> bytes:
    """A yard with a red door, as nobody would photograph it."""
    image = Image.new("RGB", (1200, 900), "#bcd3df")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 600, 1200, 900), fill="#8f9a6a")
    draw.polygon(((250, 380), (600, 200), (950, 380)), fill="#5d4a42")
    draw.rectangle((300, 380, 900, 680), fill="#e9e0cf")
    draw.rectangle((540, 450, 660, 680), fill="#9c3b2e")
    draw.rectangle((370, 440, 470, 530), fill="#52616b")
    draw.rectangle((730, 440, 830, 530), fill="#52616b")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def snapped(
    image: Image.Image, *, turn: float = 0, blur: float = 0, tilt: float = 0, shadow: bool = False
) -> bytes:
    """A photograph of it on a table, as JPEG. `turn` in degrees counter-clockwise, `tilt` a share of the width."""
    found = image.rotate(turn, expand=True, fillcolor=TABLE, resample=Image.Resampling.BICUBIC)
    if tilt:
        w, h = found.size
        d = w * tilt
        found = found.transform(
            (w, h), Image.Transform.QUAD, (-d, -d / 2, d / 3, h + d, w + d / 2, h - d / 2, w + d / 4, -d), Image.Resampling.BICUBIC,
            fillcolor=TABLE,
        )  # fmt: skip
    if shadow:
        dark = Image.linear_gradient("L").resize(found.size).rotate(90).resize(found.size)
        found = Image.composite(
            found, Image.new("RGB", found.size, "#222"), dark.point(lambda v: 90 + v // 2)
        )
    if blur:
        found = found.filter(ImageFilter.GaussianBlur(blur))
    out = io.BytesIO()
    found.save(out, "JPEG", quality=80)
    return out.getvalue()
