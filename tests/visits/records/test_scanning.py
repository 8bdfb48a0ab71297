"""Photographs of filled sheets: found by their code however they were held, or laid by hand."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cast import make_person, signed_in
from visits.management.demo.pictures import page, snapped
from visits.records.models import PaperScan, RoundPaper, TypedRow
from visits.records.services.scanning import bring_scans, drop_scan, lay_scan, read_scans
from visits.roster.services import CannotChange
from xunfang.kit import codes, files, images
from xunfang.kit.models import Job, StoredFile

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def paper_of(cast, village, by, code="K7M3WXQ", rows=14) -> RoundPaper:
    people = [make_person(cast, name=f"林依{n}", village=village).pk for n in range(rows)]
    return RoundPaper.objects.create(
        code=code, number="2026-4-月洲-1124", printed_on=AT.date(), printed_by=by, people=people,
        county_id=village.county_id, township_id=village.township_id, village_id=village.pk,
    )  # fmt: skip


def text(paper: RoundPaper, number: int = 1) -> str:
    return f"https://xunfang.example.gov.cn/records/papers/{paper.code}-{number}"


def bring(cast, *pictures: bytes) -> str:
    job = bring_scans(
        pictures=[(f"{n}.jpg", one) for n, one in enumerate(pictures)], by=cast.township_clerk, at=AT
    )
    return read_scans(
        file_ids=job.payload["file_ids"], by=cast.township_clerk, at=AT, progress=lambda *_: None
    )


@pytest.mark.parametrize(
    "how",
    [{}, {"turn": 90}, {"turn": 180}, {"turn": 4}, {"turn": -17, "blur": 1}, {"tilt": 0.04},
     {"tilt": 0.06, "turn": 8, "blur": 1}, {"shadow": True}, {"turn": 270, "shadow": True, "blur": 1.2}],
    ids=["straight", "lying", "upside down", "a little crooked", "crooked", "from the side", "from the side, crooked",
         "in a shadow", "standing on its head in a shadow"],
)  # fmt: skip
def test_the_code_is_read_from_a_phone_picture(how) -> None:
    wanted = "https://xunfang.example.gov.cn/records/papers/K7M3WXQ-2"
    found = codes.read(images.opened(snapped(page(wanted), **how)))
    assert [one for one, _ in found] == [wanted]


def test_a_picture_without_a_code_gives_nothing() -> None:
    assert codes.read(images.opened(snapped(page("", size=(900, 640))))) == []


def test_pictures_find_their_sheet_and_stand_upright(cast, db) -> None:
    paper = paper_of(cast, cast.village, cast.township_clerk)
    said = bring(cast, snapped(page(text(paper, 2)), turn=90), snapped(page("", size=(900, 640))), b"nothing")
    assert said.startswith("传了3张，1张认出来了，1张没认出是哪张单，请指一下，1张打不开：")
    laid = PaperScan.objects.get(paper=paper)
    assert (laid.page, laid.by) == (2, cast.township_clerk)
    wide = images.opened(files.read(laid.file))
    assert wide.width > wide.height
    assert codes.read(wide)[0][1] == 0
    assert PaperScan.objects.filter(paper=None).count() == 1


def test_a_job_that_runs_twice_and_a_picture_sent_twice_are_one(cast, db) -> None:
    paper = paper_of(cast, cast.village, cast.township_clerk)
    picture = snapped(page(text(paper)))
    bring(cast, picture)
    assert "1张以前传过" in bring(cast, picture)
    assert PaperScan.objects.count() == 1


def test_a_sheet_of_another_township_is_refused_kindly_and_not_kept(cast, db) -> None:
    theirs = paper_of(cast, cast.other_county_village, cast.neighbour)
    assert "1张是别的乡镇（街道）的单，没有收，请交给他们录" in bring(cast, snapped(page(text(theirs))))
    assert PaperScan.objects.count() == 0
    assert not StoredFile.objects.filter(kind="scan").exists()


def test_what_came_is_encrypted_and_deleted_after_a_day(cast, db) -> None:
    bring(cast, snapped(page("", size=(900, 640))))
    raw = StoredFile.objects.get(kind="scan_raw")
    assert raw.encrypted
    assert (raw.expires_at - AT).days == 1


def test_a_page_that_the_sheet_has_not_is_laid_by_hand(cast, db) -> None:
    paper = paper_of(cast, cast.village, cast.township_clerk)
    bring(cast, snapped(page(text(paper, 9))))
    scan = PaperScan.objects.get()
    assert scan.paper is None
    with pytest.raises(CannotChange, match="只有2页"):
        lay_scan(scan_id=scan.pk, paper=paper, page=3, by=cast.township_clerk, at=AT)
    lay_scan(scan_id=scan.pk, paper=paper, page=2, by=cast.township_clerk, at=AT)
    assert PaperScan.objects.get().page == 2
    with pytest.raises(CannotChange, match="找不到"):
        drop_scan(scan_id=scan.pk, by=cast.neighbour, at=AT)
    drop_scan(scan_id=scan.pk, by=cast.township_clerk, at=AT)
    assert PaperScan.objects.get().removed_at == AT


def test_a_picture_that_was_typed_from_stays(cast, db) -> None:
    from tests.world import visit

    paper = paper_of(cast, cast.village, cast.township_clerk, rows=1)
    bring(cast, snapped(page(text(paper))))
    scan = PaperScan.objects.get()
    person = make_person(cast, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    TypedRow.objects.create(paper=paper, scan=scan, row=1, visit=visit(person, cast.visitor, AT.date()))
    for act in (
        lambda: drop_scan(scan_id=scan.pk, by=cast.township_clerk, at=AT),
        lambda: lay_scan(scan_id=scan.pk, paper=paper, page=1, by=cast.township_clerk, at=AT),
    ):
        with pytest.raises(CannotChange, match="已经录过"):
            act()


def test_the_page_takes_pictures_in_bulk_and_lays_the_rest_by_hand(cast, db, time_machine) -> None:
    time_machine.move_to(AT)
    paper = paper_of(cast, cast.village, cast.township_clerk)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_records:scans")
    sent = [SimpleUploadedFile("a.jpg", snapped(page("", size=(900, 640))), "image/jpeg")]
    response = client.post(url, {"files": sent})
    assert response.status_code == 302
    job = Job.objects.get(kind="records.read_scans")
    assert set(job.payload) == {"file_ids", "user_id"}
    read_scans(file_ids=job.payload["file_ids"], by=cast.township_clerk, at=AT, progress=lambda *_: None)
    assert "没认出是哪张单" in client.get(url).content.decode()
    scan = PaperScan.objects.get()
    wrong = client.post(
        reverse("visits_records:scan_lay", args=[scan.uuid]), {"paper": paper.uuid, "page": "7"}
    )
    assert wrong.status_code == 422
    assert "这张单只有2页" in wrong.content.decode()
    client.post(reverse("visits_records:scan_lay", args=[scan.uuid]), {"paper": paper.uuid, "page": "1"})
    assert PaperScan.objects.get().paper == paper
    typing = client.get(reverse("visits_records:paper_type", args=[paper.uuid])).content.decode()
    assert reverse("visits_records:scan_picture", args=[scan.uuid]) in typing
    shown = client.get(reverse("visits_records:scan_picture", args=[scan.uuid]))
    assert (shown.headers["Content-Type"], shown.headers["X-Content-Type-Options"]) == (
        "image/jpeg",
        "nosniff",
    )


def test_too_many_or_none_say_so(cast, db) -> None:
    client = signed_in(cast.township_clerk)
    url = reverse("visits_records:scans")
    assert "请选照片" in client.post(url, {}).content.decode()
    many = [SimpleUploadedFile(f"{n}.jpg", b"x", "image/jpeg") for n in range(41)]
    assert "一次最多40张" in client.post(url, {"files": many}).content.decode()
