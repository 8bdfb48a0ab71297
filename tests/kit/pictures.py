"""Small pictures as a phone would send them."""

import io

import segno
from PIL import Image


def picture(size: tuple[int, int] = (80, 60), colour: str = "white", kind: str = "JPEG") -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def photograph(url: str, turn: int = 0) -> bytes:
    """A photographed paper: white, with a square code in the corner; `turn`: counter-clockwise, degrees."""
    matrix = list(segno.make(url, error="m", micro=False, boost_error=False).matrix)
    size = len(matrix)
    code = Image.new("L", (size, size), 255)
    code.putdata([0 if dark else 255 for row in matrix for dark in row])
    paper = Image.new("RGB", (900, 1200), "white")
    paper.paste(code.resize((size * 6, size * 6), Image.Resampling.NEAREST).convert("RGB"), (500, 60))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SomePhone"
    paper.rotate(turn, expand=True).save(out, "JPEG", exif=exif)
    return out.getvalue()
