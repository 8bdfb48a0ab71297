"""Scans: of a PDF only its pages are kept; what can't be read or is too big is refused with what to do."""

import io

import pytest
from pypdf import PdfReader

from tests.kit.papers import AUTHOR, PLACE, pdf
from xunfang.kit import images, scans


def test_a_pdf_keeps_its_pages_and_nothing_of_who_made_it_with_what_and_where() -> None:
    sent = pdf()
    assert AUTHOR.encode() in sent
    assert b"PhoneMaker" in sent
    kept = scans.cleaned("复函.PDF", sent)
    assert (kept.name, kept.content_type, kept.small) == ("复函.pdf", "application/pdf", None)
    for word in (
        AUTHOR,
        PLACE,
        "xmpmeta",
        "where.txt",
        "PhoneMaker",
        "Exif",
        "/Metadata",
        "/Author",
        "pypdf",
    ):
        assert word.encode() not in kept.content, word
    reader = PdfReader(io.BytesIO(kept.content))
    assert not reader.metadata
    assert len(reader.pages) == 1
    assert reader.pages[0].images[0].image.size == (60, 40)


def test_the_same_pdf_is_kept_as_the_same_bytes() -> None:
    assert scans.pages_only(sent := pdf()) == scans.pages_only(sent)


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.4 made elsewhere", pdf()[:300], pdf(password="123456"), b"%PDF-1.7\n%%EOF"],
    ids=["not one", "cut off", "with a password", "without pages"],
)
def test_a_pdf_that_can_not_be_read_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(images.CannotRead, match="这份PDF打不开"):
        scans.cleaned("a.pdf", content)


def test_a_pdf_that_is_too_big_is_not_called_a_photograph() -> None:
    with pytest.raises(images.CannotRead, match="文件超过15兆，请分开传"):
        scans.cleaned("a.pdf", b"%PDF-1.4" + b"0" * scans.MAX_BYTES)
    with pytest.raises(images.CannotRead, match="照片超过15兆"):
        scans.cleaned("a.jpg", b"\xff\xd8\xff" + b"0" * scans.MAX_BYTES)
