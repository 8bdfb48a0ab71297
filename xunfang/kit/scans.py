"""Photographs and scans of paper, as they are sent: a picture is drawn anew, a PDF is kept as it came."""

from dataclasses import dataclass

from xunfang.kit import images

#: Largest file that is accepted, bytes.
MAX_BYTES = 15 * 1024 * 1024
#: Names and a seal must be readable, pixels on the longer side.
LONGEST = 2400
PDF, JPEG = "application/pdf", "image/jpeg"
MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG))
ACCEPT = "image/jpeg,image/png,application/pdf"
TOO_BIG = "照片超过15兆，请拍小一点或存成PDF再传"


@dataclass(frozen=True)
class Scan:
    """What may be stored. `small`: a thumbnail; none of a PDF."""

    name: str
    content: bytes
    content_type: str
    small: bytes | None = None


def kind_of(content: bytes) -> str | None:
    """The media type by the first bytes: PDF or JPEG; None for anything else, whatever its name says."""
    return next((kind for magic, kind in MAGIC if content.startswith(magic)), None)


def cleaned(name: str, content: bytes) -> Scan:
    """The paper without what a phone wrote beside it. Raises `images.CannotRead`."""
    if len(content) > MAX_BYTES:
        raise images.CannotRead(TOO_BIG)
    if kind_of(content) == PDF:
        return Scan(f"{_stem(name)}.pdf", content, PDF)
    picture = images.cleaned(content, longest=LONGEST, max_bytes=MAX_BYTES)
    return Scan(f"{_stem(name)}.jpg", picture.content, JPEG, picture.small)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
