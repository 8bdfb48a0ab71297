"""Printed codes, read from photographs: turned, tilted, a little out of focus, on a shadowed table."""

from collections.abc import Iterator

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps


def read(image: Image.Image) -> list[tuple[str, int]]:
    """Texts of the square codes in a picture, each with how far it is turned clockwise (0, 90, 180 or 270 degrees).

    The easy way first; a picture in which nothing is found costs all of them, about a second."""
    for attempt in _ways(image):
        found = zxingcpp.read_barcodes(attempt, formats=zxingcpp.BarcodeFormat.QRCode)
        texts = [(one.text, round(one.orientation / 90) * 90 % 360) for one in found if one.text]
        if texts:
            return texts
    return []


def _ways(image: Image.Image) -> Iterator[Image.Image]:
    grey = ImageOps.grayscale(image)
    yield grey
    yield ImageOps.autocontrast(grey, cutoff=2)
    # A shadow over the sheet: what is darker than its surroundings counts, not what is dark.
    around = grey.filter(ImageFilter.BoxBlur(max(grey.size) // 60))
    level = Image.eval(around, lambda value: max(0, value - 12))
    yield Image.composite(Image.new("L", grey.size, 0), Image.new("L", grey.size, 255), _less(grey, level))
    yield grey.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=0))
    if max(grey.size) < 4000:
        yield grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)


def _less(left: Image.Image, right: Image.Image) -> Image.Image:
    return ImageChops.subtract(right, left).point(lambda value: 255 if value else 0)
