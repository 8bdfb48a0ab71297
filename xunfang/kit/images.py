"""Pictures that somebody sends: looked at before they are opened, and never kept as they came.

What is stored is drawn anew as JPEG: no position, no time, no maker (decisions 13), and nothing that somebody hung
behind the picture. A picture bomb is refused by its stated size before a single pixel of it is unpacked.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

#: Largest file that is accepted, bytes.
MAX_BYTES = 10 * 1024 * 1024
#: Largest picture, pixels: 50 million is a phone's best; 100 million would be 300 MB unpacked.
MAX_PIXELS = 50_000_000
#: Longest side of what is stored, and of its thumbnail, pixels.
LONGEST, SMALL = 1600, 320
QUALITY = 82
#: A signature drawn with a finger: what a browser's canvas may send (bytes), and what is kept (pixels).
DRAWN_BYTES = 300 * 1024
DRAWN_LONGEST = 480
# Only decoders of what phones and scanners send; the others are so much more that can go wrong.
FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")

TOO_BIG = "这张照片超过10兆，请拍小一点，或在手机里先压缩再传。"
TOO_MANY_PIXELS = "这张照片的像素太多，打不开。请用手机普通模式重拍一张。"
HEIC = (
    "这是苹果手机的HEIC格式，本系统打不开。请在手机“设置—相机—格式”里选“兼容性最佳”再拍，或截屏以后传截图。"
)
PDF = "这是PDF，不是照片。请拍照，或存成JPG再传。"
NO_PICTURE = "这个文件打不开，不是照片，或者没有传完整。请重新拍一张，存成JPG再传。"


class CannotRead(Exception):
    """This is no picture that we take; the text is a Chinese sentence that says why and what to do."""


@dataclass(frozen=True)
class Cleaned:
    """A picture drawn anew, with its thumbnail: both JPEG. Sides in pixels."""

    content: bytes
    small: bytes
    width: int
    height: int


def opened(content: bytes, *, max_bytes: int = MAX_BYTES) -> Image.Image:
    """The picture, upright, as RGB. Raises CannotRead.

    Upright: the camera's orientation is applied, the rest of what it wrote is never read."""
    if len(content) > max_bytes:
        raise CannotRead(TOO_BIG)
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        raise CannotRead(HEIC)
    if content.startswith(b"%PDF-"):
        raise CannotRead(PDF)
    try:
        with warnings.catch_warnings():
            # SECURITY: Pillow only warns at half of what it refuses; here a warning is a refusal.
            warnings.simplefilter("error")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            # SECURITY: the stated size is all that was read so far; a bomb ends here.
            if image.width * image.height > MAX_PIXELS:
                raise CannotRead(TOO_MANY_PIXELS)
            if image.format == "JPEG":
                image.draft("RGB", (LONGEST * 2, LONGEST * 2))
            image.load()
            image = ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CannotRead(TOO_MANY_PIXELS) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Warning, MemoryError):
        raise CannotRead(NO_PICTURE) from None
    except (ArithmeticError, LookupError, TypeError, AttributeError):
        # A broken file may fail anywhere inside a decoder.
        raise CannotRead(NO_PICTURE) from None
    return _flat(image)


def _flat(image: Image.Image) -> Image.Image:
    """On white paper: what was transparent would be black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return image.convert("RGB")


def cleaned(content: bytes, *, longest: int = LONGEST, max_bytes: int = MAX_BYTES) -> Cleaned:
    """What may be stored of a picture. Raises CannotRead."""
    return redrawn(opened(content, max_bytes=max_bytes), longest=longest)


def drawn(content: bytes) -> bytes | None:
    """A signature drawn on a canvas, as a small JPEG; None when nothing was drawn. Raises CannotRead."""
    image = opened(content, max_bytes=DRAWN_BYTES)
    darkest, _ = image.convert("L").getextrema()
    if not isinstance(darkest, int | float) or darkest > 200:
        return None
    return _jpeg(_within(image, DRAWN_LONGEST))


def redrawn(image: Image.Image, *, longest: int = LONGEST) -> Cleaned:
    """An opened picture as JPEG, at most `longest` pixels on its longer side, with a thumbnail."""
    large = _within(image, longest)
    return Cleaned(_jpeg(large), _jpeg(_within(large, SMALL)), *large.size)


def _within(image: Image.Image, longest: int) -> Image.Image:
    found = image.copy()
    found.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return found


def _jpeg(image: Image.Image) -> bytes:
    # A new picture from the pixels alone: whatever else hung on the old one stays behind.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
