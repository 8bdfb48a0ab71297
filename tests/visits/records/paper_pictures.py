"""A page of a round sheet as a phone sees it: drawn, turned, tilted, out of focus, in a shadow."""

import io
import random

import segno
from PIL import Image, ImageDraw, ImageFilter

# A4 across at 200 dots an inch; the code is 20 mm.
PAGE = (2339, 1654)


def page(text: str, *, size: tuple[int, int] = PAGE) -> Image.Image:
    """The sheet with its code at the top right, lines, and some handwriting."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    side = round(size[0] * 20 / 297)
    code = segno.make(text, error="m", micro=False, boost_error=False) if text else None
    if code is not None:
        rows = list(code.matrix)
        whole = Image.new("L", (len(rows[0]) + 8, len(rows) + 8), 255)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    whole.putpixel((x + 4, y + 4), 0)
        image.paste(whole.resize((side, side), Image.Resampling.NEAREST), (size[0] - side - 90, 60))
    chance = random.Random(text)
    for row in range(13):
        y = 300 + row * (size[1] - 400) // 13
        draw.line((60, y, size[0] - 60, y), fill="black", width=3)
        for _ in range(20):
            x = chance.randrange(80, size[0] - 160)
            draw.line(
                (x, y + 60, x + chance.randrange(10, 50), y + chance.randrange(20, 70)), fill="#223", width=4
            )
    return image


def snapped(
    image: Image.Image, *, turn: float = 0, blur: float = 0, tilt: float = 0, shadow: bool = False
) -> bytes:
    """A photograph of it on a table, as JPEG. `turn` in degrees counter-clockwise, `tilt` a share of the width."""
    found = image.rotate(turn, expand=True, fillcolor="#8a7a66", resample=Image.Resampling.BICUBIC)
    if tilt:
        w, h = found.size
        d = w * tilt
        found = found.transform(
            (w, h), Image.Transform.QUAD, (-d, -d / 2, d / 3, h + d, w + d / 2, h - d / 2, w + d / 4, -d), Image.Resampling.BICUBIC,
            fillcolor="#8a7a66",
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
