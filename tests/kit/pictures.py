"""Small pictures as a phone would send them."""

import io

from PIL import Image


def picture(size: tuple[int, int] = (80, 60), colour: str = "white", kind: str = "JPEG") -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()
