"""来函: what came back on paper from outside the city is kept with the entrustment, and seen by the office that asked."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.models import LogEntry
from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from tests.kit.papers import AUTHOR, pdf
from tests.visits.roster.test_entrusting import AT, TODAY, World, world  # noqa: F401
from visits.roster.models import ReplyPaper, Transition
from visits.roster.services import CannotChange, entrusting, replies
from visits.schedule import selectors
from xunfang.kit import files, scans

pytestmark = pytest.mark.django_db
OUTSIDE = {"to_township_id": None, "to_outside": "厦门市湖里区江头街道"}


def jpeg(colour: str = "white", *, where: bytes = b"") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), colour).save(out, "JPEG", comment=where)
    return out.getvalue()


def page(row: Transition, tail: str = "") -> str:
    return f"/roster/transitions/{row.uuid}{tail}"


def answered(world: World) -> Transition:  # noqa: F811
    row = world.ask(**OUTSIDE)
    return entrusting.answer_on_paper(
        transition_id=row.pk, accepted=True, answer="由社区张华上门", by=world.cast.township_clerk, at=AT
    )


def attach(world: World, row: Transition, content: bytes, **more: Any) -> ReplyPaper:  # noqa: F811
    values = {"name": "复函.jpg", "words": "12月探访情况", "by": world.cast.township_clerk, "at": AT} | more
    return replies.attach(transition_id=row.pk, content=content, **values)


def test_the_answer_is_typed_and_its_photograph_goes_with_it(world: World) -> None:  # noqa: F811
    row = world.ask(**OUTSIDE)
    client = signed_in(world.cast.township_clerk)
    html = client.get(page(row)).content.decode()
    assert html.count('enctype="multipart/form-data"') == 1
    photo = SimpleUploadedFile("复函.jpg", jpeg(where=b"GPS-26.1"), "image/jpeg")
    answer = client.post(page(row, "/paper"), {"accepted": "yes", "answer": "由张华上门", "file": photo})
    assert answer.status_code == 302
    paper = ReplyPaper.objects.get(transition=row)
    html = client.get(page(row)).content.decode()
    assert f"{page(row)}/replies/{paper.pk}/small" in html
    assert "复函。" in html
    shown = client.get(page(row, f"/replies/{paper.pk}"))
    assert shown["Content-Type"] == "image/jpeg"
    assert b"GPS" not in shown.content
    assert LogEntry.objects.filter(action="reply_attached", object_id=str(row.pk)).count() == 1
    assert paper.file.private
    assert paper.file.owner_id is None


def test_later_letters_are_attached_also_when_it_is_over(world: World) -> None:  # noqa: F811
    row = answered(world)
    client = signed_in(world.cast.township_clerk)
    sent = SimpleUploadedFile("12月.pdf", pdf(), "application/pdf")
    assert client.post(page(row, "/file"), {"file": sent, "words": "12月探访情况"}).status_code == 302
    entrusting.end(transition_id=row.pk, reason="人回来了", by=world.cast.township_clerk, at=AT)
    photo = SimpleUploadedFile("最后.jpg", jpeg(), "image/jpeg")
    assert client.post(page(row, "/file"), {"file": photo, "words": ""}).status_code == 302
    first, second = ReplyPaper.objects.order_by("pk")
    assert (first.words, first.small, second.words) == ("12月探访情况", None, "")
    saved = client.get(page(row, f"/replies/{first.pk}"))
    assert saved["Content-Type"] == "application/pdf"
    assert AUTHOR.encode() not in saved.content
    assert saved["Content-Disposition"].startswith("attachment")
    assert client.get(page(row, f"/replies/{first.pk}/small")).status_code == 404
    assert "下载PDF" in client.get(page(row)).content.decode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not a picture", "打不开"),
        (b"x" * (scans.MAX_BYTES + 1), "照片超过15兆"),
        (b"%PDF-" + b"x" * scans.MAX_BYTES, "文件超过15兆，请分开传"),
        (b"", "是空的"),
    ],
    ids=["no picture", "too big", "a PDF too big", "empty"],
)
def test_what_is_no_paper_is_refused_at_the_field_and_nothing_is_answered(
    world: World,  # noqa: F811
    content: bytes,
    says: str,
) -> None:
    row = world.ask(**OUTSIDE)
    client = signed_in(world.cast.township_clerk)
    sent = SimpleUploadedFile("复函.jpg", content, "image/jpeg")
    answer = client.post(page(row, "/paper"), {"accepted": "yes", "answer": "由张华上门", "file": sent})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "proposed"
    assert not ReplyPaper.objects.exists()


def test_before_the_answer_is_typed_and_after_it_was_taken_back_no_letter_is_attached(world: World) -> None:  # noqa: F811
    row = world.ask(**OUTSIDE)
    with pytest.raises(CannotChange, match="先录入答复"):
        attach(world, row, jpeg())
    entrusting.withdraw(transition_id=row.pk, reason="写错了", by=world.cast.township_clerk, at=AT)
    with pytest.raises(CannotChange, match="收回了的"):
        attach(world, row, jpeg())
    assert not ReplyPaper.objects.exists()


def test_six_at_most_the_same_one_once_and_a_wrong_one_is_taken_away(world: World) -> None:  # noqa: F811
    row = answered(world)
    colours = ("white", "red", "green", "blue", "black", "gray")
    papers = [attach(world, row, jpeg(colour)) for colour in colours]
    assert attach(world, row, jpeg("red")) == papers[1]
    with pytest.raises(CannotChange, match="最多附6张"):
        attach(world, row, jpeg("yellow"))
    client = signed_in(world.cast.township_clerk)
    assert client.post(page(row, f"/replies/{papers[0].pk}/remove")).status_code == 302
    assert client.get(page(row, f"/replies/{papers[0].pk}")).status_code == 404
    assert client.post(page(row, f"/replies/{papers[0].pk}/remove")).status_code == 404
    files.delete_expired(AT + timedelta(days=1))
    papers[0].refresh_from_db()
    assert papers[0].removed_by == world.cast.township_clerk
    with pytest.raises(files.FileGone):
        files.read(papers[0].file)
    assert attach(world, row, jpeg("white")).pk not in {paper.pk for paper in papers}


def test_the_office_that_asked_and_those_above_see_it_and_only_its_clerk_attaches(world: World) -> None:  # noqa: F811
    row = answered(world)
    paper = attach(world, row, jpeg())
    url = page(row, f"/replies/{paper.pk}")
    for who, status in (
        ("township_clerk", 200), ("township_head", 200), ("county_officer", 200), ("neighbour", 404),
        ("visitor", 403), ("village_head", 403), ("city_business", 403),
    ):  # fmt: skip
        assert signed_in(world.cast.users[who]).get(url).status_code == status, who
    assert signed_in(world.clerk).get(url).status_code == 404
    other = answered_of_another(world)
    assert signed_in(world.cast.township_clerk).get(page(other, f"/replies/{paper.pk}")).status_code == 404
    for by in (world.clerk, world.cast.neighbour, world.cast.county_officer):
        with pytest.raises(CannotChange):
            attach(world, row, jpeg("red"), by=by)
        with pytest.raises(CannotChange):
            replies.remove(transition_id=row.pk, paper_id=paper.pk, by=by, at=AT)
    assert "去掉" not in signed_in(world.cast.county_officer).get(page(row)).content.decode()


def answered_of_another(world: World) -> Transition:  # noqa: F811
    person = make_person(world.cast, name="另一位")
    return world.ask(person, phone="13800000009", **OUTSIDE)


def test_inside_the_city_they_answer_in_the_system(world: World) -> None:  # noqa: F811
    row = world.ask()
    with pytest.raises(CannotChange, match="在系统里答复"):
        attach(world, row, jpeg())
    assert "附上来函" not in signed_in(world.cast.township_clerk).get(page(row)).content.decode()


def test_the_database_refuses_half_a_removal(world: World) -> None:  # noqa: F811
    paper = attach(world, answered(world), jpeg())
    with pytest.raises(IntegrityError), transaction.atomic():
        ReplyPaper.objects.filter(pk=paper.pk).update(removed_at=AT)


def test_who_is_entrusted_stands_with_the_office_and_the_visitor_there_and_not_with_the_village(
    world: World,  # noqa: F811
) -> None:
    """House 5, decisions 18 and 19: the receiving township, and whom it names; a village head there by being named."""
    head = make_user("那边村主任", "13800000605", Role.VILLAGE_HEAD, world.village)
    world.accept(world.ask())
    world.on(TODAY)
    world.cast.users["head_there"] = head
    world.cast.refresh(TODAY)
    for user, n in ((world.clerk, 1), (world.visitor, 1), (head, 0)):
        assert len(selectors.due_people(user, TODAY)) == n, user.name
