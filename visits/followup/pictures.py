"""Photographs of a finding, before and after: made small, and without where and when they were taken (decisions 13)."""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps

from accounts.models import User
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from xunfang.kit import files
from xunfang.kit.models import StoredFile

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 60_000_000
EDGE = 1280
FORMATS = ("JPEG", "PNG", "WEBP")


def keep(content: bytes, person: Person, by: User, at: datetime) -> StoredFile:
    """Store a photograph. Raises `CannotChange` at “photo” for what is none."""
    return files.store(
        small(content),
        name="zhaopian.jpg",
        content_type="image/jpeg",
        kind="finding_photo",
        owner_id=by.pk,
        encrypted=True,
        at=at,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )


def small(content: bytes) -> bytes:
    """The picture once more as a JPEG of at most 1280 pixels, upright, nothing else of the file kept."""
    if len(content) > MOST_BYTES:
        raise CannotChange("照片太大了，请用小一点的", "photo")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise CannotChange("照片太大了，请用小一点的", "photo")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((EDGE, EDGE))
            out = BytesIO()
            upright.save(out, "JPEG", quality=80, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CannotChange("这个文件不是照片，请选手机拍的照片", "photo") from error
    return out.getvalue()
