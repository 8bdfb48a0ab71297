"""Photographs and scans of paper: a picture is drawn anew, a PDF keeps its pages and nothing else."""

import io
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, StreamObject

from xunfang.kit import images

#: Largest file that is accepted, bytes.
MAX_BYTES = 15 * 1024 * 1024
#: Names and a seal must be readable, pixels on the longer side.
LONGEST = 2400
PDF, JPEG = "application/pdf", "image/jpeg"
MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG))
ACCEPT = "image/jpeg,image/png,application/pdf"
TOO_BIG = "照片超过15兆，请拍小一点或存成PDF再传"
PDF_TOO_BIG = "文件超过15兆，请分开传，或扫描时选低一点的清晰度"
NO_PDF = "这份PDF打不开，可能加了密码，或没有传完整，请重新扫描，或拍照再传"
#: What a page or a picture in it may carry beside what is seen: who made it, with what, where.
BESIDE = ("/Metadata", "/PieceInfo", "/LastModified", "/AF")
#: Segments of a JPEG: Exif and XMP, what editors note, comments; where the picture itself begins.
NOTES = (0xE1, 0xED, 0xFE)
SCAN = b"\xda"


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


def too_big(head: bytes) -> str:
    """What is said of a file of more than `MAX_BYTES` that begins with these bytes."""
    return PDF_TOO_BIG if kind_of(head) == PDF else TOO_BIG


def cleaned(name: str, content: bytes) -> Scan:
    """The paper without what a phone or a scanner wrote beside it. Raises `images.CannotRead`."""
    if len(content) > MAX_BYTES:
        raise images.CannotRead(too_big(content))
    if kind_of(content) == PDF:
        return Scan(f"{_stem(name)}.pdf", pages_only(content), PDF)
    picture = images.cleaned(content, longest=LONGEST, max_bytes=MAX_BYTES)
    return Scan(f"{_stem(name)}.jpg", picture.content, JPEG, picture.small)


def pages_only(content: bytes) -> bytes:
    """The same pages without author, device and place (decisions 13), without files and scripts that hang behind
    them. The same bytes give the same bytes. Raises `images.CannotRead`."""
    try:
        reader, writer = PdfReader(io.BytesIO(content)), PdfWriter()
        for page in reader.pages:
            _drop_beside(page, set())
            writer.add_page(page)
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except Exception as error:  # a broken file breaks a reader in any way
        raise images.CannotRead(NO_PDF) from error
    if not writer.pages:
        raise images.CannotRead(NO_PDF)
    return out.getvalue()


def _drop_beside(part: DictionaryObject, seen: set[int]) -> None:
    """Of a page or a picture, and of what is drawn in it."""
    if id(part) in seen:
        return
    seen.add(id(part))
    for key in BESIDE:
        part.pop(key, None)
    if isinstance(part, StreamObject) and part.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        part._data = _bare_jpeg(part._data)
    inner = part.get("/Resources", DictionaryObject()).get_object().get("/XObject", DictionaryObject())
    for one in inner.get_object().values():
        _drop_beside(one.get_object(), seen)


def _bare_jpeg(content: bytes) -> bytes:
    """A phone's picture inside a PDF, without its notes (place, time, maker); not drawn anew, for nothing is to blur."""
    if not content.startswith(b"\xff\xd8"):
        return content
    kept, at = [content[:2]], 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in (b"", SCAN):
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] not in NOTES:
            kept.append(content[at:end])
        at = end
    return b"".join([*kept, content[at:]])


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
