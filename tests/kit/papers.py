"""A PDF as a phone or an office makes it: a page with a picture, and what is written beside it."""

import io

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

from tests.kit.test_images import jpeg, with_position

AUTHOR, PLACE = "ZhangSan-Phone14", "25.8701N118.9342E"


def pdf(*, author: str = AUTHOR, place: str = PLACE, password: str = "") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(drawn, "PDF")
    drawn.seek(0)
    writer = PdfWriter(clone_from=drawn)
    writer.add_metadata({"/Author": author, "/Creator": author, "/Subject": place})
    beside = StreamObject()
    beside.set_data(f"<x:xmpmeta>{author} {place}</x:xmpmeta>".encode())
    reference = writer._add_object(beside)
    page = writer.pages[0]
    (picture,) = (one.get_object() for one in page["/Resources"]["/XObject"].values())  # type: ignore[index]
    picture._data = jpeg(exif=with_position())
    for part in (writer._root_object, page, picture):
        part[NameObject("/Metadata")] = reference
    writer.add_attachment("where.txt", place.encode())
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
