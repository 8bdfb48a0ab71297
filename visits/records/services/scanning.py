"""Photographs of filled sheets: brought in bulk, laid to their sheet by the printed code, or by hand."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.records.models import PaperScan, RoundPaper
from visits.roster.services import CannotChange
from xunfang.kit import codes, files, images, jobs
from xunfang.kit.models import Job, StoredFile

KIND = "records.read_scans"
#: Handwriting must be readable beside the rows, pixels on the longer side.
LONGEST = 2400
KEEP_RAW_DAYS = 1
ADDRESS = re.compile(r"/records/papers/([0-9A-Z]{4,12})-(\d{1,3})$")


@transaction.atomic
def bring_scans(*, pictures: Sequence[tuple[str, bytes]], by: User, at: datetime) -> Job:
    """Take the pictures as they came; a worker opens and lays them. What came is deleted after a day.

    Raises CannotChange when the user types no paper."""
    if not by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotChange("只有民政办经办人可以传巡访单的照片。")
    ids = [
        files.store(
            content, name=f"scan-{n}", content_type="application/octet-stream", kind="scan_raw", owner_id=None,
            encrypted=True, keep_days=KEEP_RAW_DAYS, at=at,
        ).pk
        for n, (_, content) in enumerate(pictures, start=1)
    ]  # fmt: skip
    audit.record(
        "scans_brought", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, object_type="paperscan", rows=len(ids)
    )
    return jobs.enqueue(
        KIND, {"file_ids": ids, "user_id": by.pk}, title=f"认{len(ids)}张巡访单照片", owner_id=by.pk
    )


def read_scans(*, file_ids: Sequence[int], by: User, at: datetime, progress: Callable[..., None]) -> str:
    """Open each picture and lay it to its sheet; returns what became of them in a sentence. Safe to run twice."""
    found: Counter[str] = Counter()
    why: list[str] = []
    for n, raw in enumerate(StoredFile.objects.filter(pk__in=file_ids).order_by("pk"), start=1):
        try:
            found[_one(raw, by, at)] += 1
        except images.CannotRead as error:
            found["bad"] += 1
            why.append(str(error))
        except files.FileGone:
            found["bad"] += 1
        progress(n, len(file_ids), "正在认照片")
    parts = [f"传了{len(file_ids)}张", f"{found['laid']}张认出来了"]
    if found["same"]:
        parts.append(f"{found['same']}张以前传过")
    if found["loose"]:
        parts.append(f"{found['loose']}张没认出是哪张单，请指一下")
    if found["other"]:
        parts.append(f"{found['other']}张是别的乡镇（街道）的单，没有收，请交给他们录")
    if found["bad"]:
        parts.append(f"{found['bad']}张打不开：{why[0].rstrip('。') if why else '请重新传'}")
    return "，".join(parts) + "。"


@transaction.atomic
def _one(raw: StoredFile, by: User, at: datetime) -> str:
    """What became of a picture: laid, loose, same, other. Raises images.CannotRead, files.FileGone."""
    image = images.opened(files.read(raw))
    paper, page, turned = _found(image)
    if paper is not None and paper.township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        return "other"
    if turned:
        image = image.rotate(turned, expand=True)  # counter-clockwise: back upright
    clean = images.redrawn(image, longest=LONGEST)
    units: dict[str, Any] = {}
    if paper is not None:
        units = {name: getattr(paper, name) for name in ("county_id", "township_id", "village_id")}
    stored = files.store(
        clean.content, name="scan.jpg", content_type="image/jpeg", kind="scan", owner_id=None, at=at, **units
    )
    again = PaperScan.objects.filter(by=by, removed_at=None, file__sha256=stored.sha256).exists()
    if again:
        stored.delete()
        return "same"
    PaperScan.objects.create(file=stored, paper=paper, page=page, by=by, at=at)
    return "laid" if paper else "loose"


def _found(image: Any) -> tuple[RoundPaper | None, int | None, int]:
    """The sheet and page whose code is in the picture, and how far it is turned; (None, None, 0) for none."""
    for text, turned in codes.read(image):
        match = ADDRESS.search(text)
        paper = RoundPaper.objects.filter(code=match[1]).first() if match else None
        if match and paper is not None and 1 <= int(match[2]) <= paper.pages:
            return paper, int(match[2]), turned
    return None, None, 0


def _mine(scan_id: int, by: User) -> PaperScan:
    scan = PaperScan.objects.visible_to(by).filter(pk=scan_id, removed_at=None).first()
    if scan is None:
        raise CannotChange("这张照片找不到了，可能已经去掉。")
    return PaperScan.objects.select_for_update(of=("self",), no_key=True).get(pk=scan.pk)


@transaction.atomic
def lay_scan(*, scan_id: int, paper: RoundPaper, page: int, by: User, at: datetime) -> PaperScan:
    """Say which sheet a picture shows. Raises CannotChange."""
    scan = _mine(scan_id, by)
    if paper.township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotChange("这张单不归您录。")
    if not 1 <= page <= paper.pages:
        raise CannotChange(f"这张单只有{paper.pages}页。")
    if scan.typed.exists():
        raise CannotChange("照着这张照片已经录过了，不能再改是哪张单。")
    scan.paper, scan.page = paper, page
    scan.save(update_fields=["paper", "page"])
    audit.record("scan_laid", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=scan)
    return scan


@transaction.atomic
def drop_scan(*, scan_id: int, by: User, at: datetime) -> None:
    """Take a picture away that nobody typed from. Raises CannotChange."""
    scan = _mine(scan_id, by)
    if scan.typed.exists():
        raise CannotChange("照着这张照片已经录过了，要留着备查。")
    scan.removed_at = at
    scan.save(update_fields=["removed_at"])
    StoredFile.objects.filter(pk=scan.file_id).update(expires_at=at)
    audit.record("scan_dropped", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=scan)
