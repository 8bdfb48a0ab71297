"""Pictures that somebody sends: what is refused, and that nothing but the picture is kept."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from xunfang.kit import images


def jpeg(size=(60, 40), *, exif=None, tail=b"", **more) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 4), fill="red")
    out = io.BytesIO()
    image.save(out, "JPEG", **({"exif": exif} if exif else {}), **more)
    return out.getvalue() + tail


def with_position(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0132] = "2026:11:24 09:30:00"
    exif[0x010F] = "PhoneMaker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (25.0, 52.0, 11.0)
    return exif


def test_position_time_and_maker_are_gone() -> None:
    given = jpeg(exif=with_position())
    assert b"PhoneMaker" in given
    clean = images.cleaned(given)
    for content in (clean.content, clean.small):
        again = Image.open(io.BytesIO(content))
        assert again.format == "JPEG"
        assert dict(again.getexif()) == {}
        assert b"PhoneMaker" not in content
        assert b"2026:11:24" not in content


def test_a_picture_stands_upright_before_the_orientation_is_dropped() -> None:
    clean = images.cleaned(jpeg((60, 40), exif=with_position(6)))
    assert (clean.width, clean.height) == (40, 60)


def test_what_hangs_behind_the_picture_is_gone() -> None:
    tail = b"PK\x03\x04 <script>alert(1)</script>"
    assert b"script" not in images.cleaned(jpeg(tail=tail)).content


def test_a_large_picture_becomes_small_and_a_small_one_stays() -> None:
    clean = images.cleaned(jpeg((2400, 1200)))
    assert (clean.width, clean.height) == (1600, 800)
    assert max(Image.open(io.BytesIO(clean.small)).size) == images.SMALL
    assert images.cleaned(jpeg((60, 40))).width == 60


def test_what_is_transparent_becomes_white_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    assert images.opened(out.getvalue()).getpixel((5, 5)) == (255, 255, 255)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 40,000 × 40,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def medium() -> bytes:
    """Between the size at which Pillow warns and the one it refuses, and above ours."""
    out = io.BytesIO()
    Image.new("1", (9_000, 6_000)).save(out, "PNG")
    return out.getvalue()


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(), "像素太多"),
        (medium(), "像素太多"),
        (HEIC, "兼容性最佳"),
        (b"%PDF-1.7 ...", "这是PDF"),
        (b"not a picture at all", "不是照片"),
        (jpeg((300, 300))[:400], "不是照片"),
        (b"", "不是照片"),
        (b"GIF89a" + b"\0" * 40, "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是照片"),
        (b"\0" * (images.MAX_BYTES + 1), "超过10兆"),
    ],
    ids=["bomb", "too many pixels", "HEIC", "PDF", "text", "cut off", "nothing", "GIF", "SVG", "too big"],
)
def test_what_cannot_be_taken_says_why_and_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(images.CannotRead, match=words):
        images.cleaned(content)
