"""A signature drawn with a finger, a photograph whose square code says what was signed, and 逐份 to its end."""

import base64
import io
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from PIL import Image, ImageDraw

from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from tests.kit.pictures import photograph, picture
from tests.visits.records.signing_cast import AT, DAY, digest_of, drafted, owed, sign, village, visit_of
from visits.core.models import UnitSetting
from visits.records import documents, sheet_page, sheet_rows, sheets
from visits.records.forms.signing import SignForm
from visits.records.models import Sheet, Signature
from visits.records.services import approval
from visits.records.services.approval import Paper
from visits.records.services.sheets import draft_due_sheets
from visits.records.services.signing import CannotSign
from xunfang.kit import files, images
from xunfang.kit.models import StoredFile

NAMES = ["林国清", "谢永华", "郑文彬"]


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def sheet(cast):
    village(cast, ordinary=1)
    return drafted(cast)


def canvas(ink=True) -> str:
    """What a browser's canvas gives."""
    image = Image.new("RGB", (300, 120), "white")
    if ink:
        ImageDraw.Draw(image).line((10, 60, 290, 40), fill="#111", width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def seen(sheet, **more):
    shown = sheets.shown(sheet_rows.lines_of(sheet, DAY))
    return {"digest": digest_of(sheet), "shown": shown, "slot": 1, **more}


def test_a_drawn_signature_is_kept_small_and_stands_in_its_slot_on_screen_and_paper(cast, sheet):
    client = signed_in(cast.village_head)
    html = client.get(reverse("visits_records:sheet", args=[sheet.uuid])).content.decode()
    assert 'data-draw="sign_drawing" hidden' in html  # without script: no drawing, and the button signs
    client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet, drawing=canvas()))
    name = Signature.objects.get(sheet=sheet)
    kept = Image.open(io.BytesIO(files.read(name.drawing)))
    assert (kept.format, max(kept.size)) == ("JPEG", 300)
    assert (name.drawing.private, name.drawing.owner_id, name.drawing.township_id) == (
        True,
        None,
        cast.township.pk,
    )
    html = client.get(reverse("visits_records:sheet", args=[sheet.uuid])).content.decode()
    assert '<img src="data:image/jpeg;base64,' in html
    sheet.refresh_from_db()
    context = documents.sheet_context(sheet_page.page_of(sheet, cast.liaison, DAY), DAY) | {"screen": False}
    assert [bool(one["drawing"]) for one in context["signers"]] == [True, False, False]
    assert 'class="sig"><img src="data:image/jpeg' in render_to_string("pdf/confirm.html", context)
    # Nobody fetches the picture as a file, not even its signer.
    assert client.get(reverse("accounts:file", args=[name.drawing.uuid])).status_code == 404


@pytest.mark.parametrize("drawing", ["", canvas(ink=False)])
def test_who_draws_nothing_signs_all_the_same(cast, sheet, drawing):
    client = signed_in(cast.village_head)
    client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet, drawing=drawing))
    assert Signature.objects.get(sheet=sheet).drawing is None


@pytest.mark.parametrize(
    "drawing", ["data:image/svg+xml,<svg/>", "data:image/png;base64,!!", "data:image/png;base64,R0lGODlh"]
)
def test_what_is_no_drawing_is_said_and_nothing_is_signed(cast, sheet, drawing):
    client = signed_in(cast.village_head)
    answer = client.post(
        reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet, drawing=drawing)
    )
    assert answer.status_code == 422
    assert "手写签名没有传完整" in answer.content.decode()
    assert not Signature.objects.exists()


def test_too_large_a_drawing_is_refused_before_it_is_opened():
    form = SignForm({"digest": "0" * 64, "slot": 1, "drawing": "data:image/png;base64," + "A" * 500_000})
    assert "手写签名没有传完整" in str(form.errors["drawing"])
    with pytest.raises(images.CannotRead):
        images.drawn(b"\x89PNG" + b"0" * images.DRAWN_BYTES)


def test_the_database_refuses_a_drawing_under_a_name_from_paper(cast, sheet):
    approval.attach_paper(
        sheet_id=sheet.pk, file=Paper("a.jpg", picture()), names=NAMES, signed_on=DAY, code=digest_of(sheet)[:8],
        by=cast.township_clerk, at=AT,
    )  # fmt: skip
    name = Signature.objects.filter(sheet=sheet).first()
    name.pk, name.slot, name.drawing = None, 3, sheet_file()
    with pytest.raises(IntegrityError), transaction.atomic():
        name.save(force_insert=True)


def sheet_file():
    return files.store(b"x", name="x.jpg", content_type="image/jpeg", kind="sheet_drawing", owner_id=None)


def test_a_photograph_is_not_lost_by_a_wrong_code_and_is_nobody_else_s(cast, sheet):
    client = signed_in(cast.township_clerk)
    url = reverse("visits_records:sheet_paper", args=[sheet.uuid])
    form = {"code": "0000", "signed_on": str(DAY)} | {f"name_{n}": name for n, name in enumerate(NAMES, 1)}
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    wrong = client.post(url, form | {"file": photo})
    assert wrong.status_code == 422
    assert "照片已经收到，不用再传" in wrong.content.decode()
    kept = StoredFile.objects.get(kind="sheet_paper_waiting")
    assert (kept.owner_id, kept.private, kept.expires_at is not None) == (cast.township_clerk.pk, True, True)
    assert f'value="{kept.uuid}"' in wrong.content.decode()
    other = signed_in(make_user("另一位经办", "13800000377", Role.TOWNSHIP_CLERK, cast.township))
    again = form | {"kept": str(kept.uuid), "code": digest_of(sheet)[:8]}
    refused = other.post(url, again)
    assert refused.status_code == 422
    assert "照片没有留住，请再传一次" in refused.content.decode()
    assert client.post(url, again).status_code == 302
    sheet.refresh_from_db()
    assert (sheet.state, sheet.paper.kind) == ("signed", "sheet_paper")


def test_a_struck_line_is_struck_through_in_the_printed_style():
    style = (settings.BASE_DIR / "xunfang/kit/static/kit/paper.css").read_text()
    assert re.search(r"tr\.gone td[^{]*\{ text-decoration: line-through", style)


def test_the_password_is_asked_before_anything_is_drawn(cast, sheet):
    client = signed_in(cast.village_head)
    session = client.session
    del session["signing"]
    session.save()
    html = client.get(reverse("visits_records:sheet", args=[sheet.uuid])).content.decode()
    assert "我看过了，去输密码" in html
    assert "data-draw" not in html
    assert f"?next=/records/sheets/{sheet.uuid}" in html


def test_after_a_name_the_next_table_is_one_tap_away(cast, sheet):
    visit_of(cast, make_person(cast, name="郑大生", village=cast.village), date(2026, 6, 10))
    other = Sheet.objects.filter(kind="single").first()
    client = signed_in(cast.village_head)
    client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet))
    html = client.get(reverse("visits_records:sheet", args=[sheet.uuid])).content.decode()
    assert "签下一张" in html
    assert reverse("visits_records:sheet", args=[other.uuid]) in html


def attach(cast, sheet, content, **changes):
    values = {"names": NAMES, "signed_on": DAY, "code": "", "by": cast.township_clerk, "at": AT} | changes
    return approval.attach_paper(sheet_id=sheet.pk, file=Paper("签好.png", content), **values)


def address(cast, sheet):
    return documents.address(sheet_page.page_of(sheet, cast.township_clerk, DAY))


def test_the_square_code_in_the_photograph_says_what_was_signed(cast, sheet):
    content = photograph(address(cast, sheet), turn=90)
    made = attach(cast, sheet, content)
    assert (made.state, made.signatures.count()) == ("signed", 3)
    kept = files.read(made.paper)
    assert b"SomePhone" not in kept
    assert Image.open(io.BytesIO(kept)).size == (900, 1200)
    assert made.paper.name == "签好.jpg"


def test_a_photograph_of_another_table_or_of_an_older_print_is_refused(cast, sheet):
    old = photograph(address(cast, sheet))
    with pytest.raises(CannotSign, match="没认出方块码"):
        attach(cast, sheet, picture())
    visit_of(cast, make_person(cast, name="郑大生"), date(2026, 9, 18), at=AT)
    with pytest.raises(CannotSign, match="重新打印再签"):
        attach(cast, sheet, old)
    single = Sheet.objects.filter(kind="single").first()
    with pytest.raises(CannotSign, match="另一张表"):
        attach(cast, sheet, photograph(address(cast, single)))
    assert not Signature.objects.exists()


def test_who_scans_the_code_need_not_type_it(cast, sheet):
    client = signed_in(cast.township_clerk)
    html = client.get(
        address(cast, sheet).split("://", 1)[1].partition("/")[2].join(["/", ""])
    ).content.decode()
    link = f"{reverse('visits_records:sheet_paper', args=[sheet.uuid])}?code={digest_of(sheet)[:8]}"
    assert link in html
    assert f'value="{digest_of(sheet)[:8]}"' in client.get(link).content.decode()


@pytest.fixture
def each(cast):
    """The county signs every record by itself."""
    UnitSetting.objects.create(
        region=cast.county, key="sign_exceptions", value="each", starts_on=date(2020, 1, 1)
    )


def test_where_every_record_is_signed_by_itself_the_table_has_only_who_was_not_reached(cast, each):
    visit_of(cast, make_person(cast, name="余细根"), date(2026, 8, 6))
    single = Sheet.objects.get()
    assert (single.kind, single.state, single.sign_by) == ("single", "open", date(2026, 10, 10))
    assert draft_due_sheets(DAY) == 0
    owed(make_person(cast, name="郑水清"))
    assert draft_due_sheets(DAY) == 1
    table = Sheet.objects.get(kind="village")
    assert [line.content["name"] for line in sheet_rows.lines_of(table, DAY)] == ["郑水清"]
    for sheet in (single, table):
        for slot in (1, 2, 3):
            sign(cast, sheet, slot)
    done, left = approval.approve(sheet_ids=[single.pk, table.pk], by=cast.county_officer, at=AT)
    assert (done, left) == (2, 0)
    assert draft_due_sheets(DAY + timedelta(days=30)) == 0


def test_records_from_before_the_choice_are_signed_with_the_table(cast):
    visit_of(cast, make_person(cast, name="余细根"), date(2026, 8, 6))
    UnitSetting.objects.create(
        region=cast.county, key="sign_exceptions", value="each", starts_on=date(2026, 9, 1)
    )
    visit_of(cast, make_person(cast, name="陈阿金"), date(2026, 9, 6))
    assert draft_due_sheets(DAY) == 1
    table = Sheet.objects.get(kind="village")
    assert [line.content["name"] for line in sheet_rows.lines_of(table, DAY)] == ["余细根"]
