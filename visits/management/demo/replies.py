"""Letters that came back from outside the city, with their photographs: invented like everything here."""

import io
from datetime import datetime

from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from visits.roster.models import Transition
from visits.roster.services import entrusting, replies
from xunfang.kit import pdf

SIZE = (1240, 1754)
SEAL = "#b3261e"


def letters_came(row: Transition, *, by: User, at: datetime) -> None:
    """They take it on, and write a second time after the first visit."""
    entrusting.answer_on_paper(
        transition_id=row.pk, accepted=True, answer="复函，由海滨街道社区服务站陈素芬上门",
        file=("复函.jpg", letter("复　函", ["贵镇委托探访函收悉，同意受托。", "由社区服务站陈素芬每季度上门一次，", "有变化及时函告。"])),
        by=by, at=at,
    )  # fmt: skip
    told = letter("探访情况", ["已上门，见到本人，身体平稳，能自理，", "住儿子家三楼，用电用气正常。"])
    replies.attach(transition_id=row.pk, name="探访情况.jpg", content=told, words="探访情况", by=by, at=at)


def letter(title: str, lines: list[str]) -> bytes:
    """A page of an office, with a round seal."""
    image = Image.new("RGB", SIZE, "#fdfcf8")
    draw = ImageDraw.Draw(image)
    head, body = (ImageFont.truetype(str(pdf.FONTS[n]), size) for n, size in ((0, 64), (2, 44)))
    draw.text((SIZE[0] // 2, 190), title, fill="black", font=head, anchor="mm")
    for n, line in enumerate(lines):
        draw.text((150, 340 + n * 84), line, fill="black", font=body)
    draw.text((720, 980), "泉州市鲤城区海滨街道", fill="black", font=body, anchor="lm")
    draw.ellipse((790, 860, 1050, 1120), outline=SEAL, width=9)
    draw.text((920, 990), "★", fill=SEAL, font=head, anchor="mm")
    out = io.BytesIO()
    image.rotate(-0.6, fillcolor="#d8d4ca").save(out, "JPEG", quality=82)
    return out.getvalue()
