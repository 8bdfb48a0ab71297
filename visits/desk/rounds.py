"""各村巡访单 as one PDF, for a printer that runs while somebody has tea (practice P10)."""

from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Region
from accounts.models.region import Level
from visits.desk import documents
from visits.schedule.selectors import urgent_items
from xunfang.kit import files, jobs, pdf
from xunfang.kit.models import Job

KIND = "desk.rounds_pdf"
KEEP_DAYS = 7


def villages_of(user: Any, township_ids: list[int], today: date) -> list[Region]:
    """Villages of these townships in which the user still has people to visit, in their order."""
    held = (
        urgent_items(user, today, without_rounds=True, entrusted="here")
        .order_by()
        .filter(person__township_id__in=township_ids)
    )
    ids = set(held.values_list("person__village_id", flat=True))
    return list(
        Region.objects.filter(pk__in=ids, level=Level.VILLAGE).order_by("township_id", "position", "pk")
    )


def make(user: Any, township_ids: list[int], now: datetime, progress: jobs.Progress) -> str:
    """Lay the villages out one after another and store the paper; gives its address. Raises `jobs.JobRefused`."""
    today = timezone.localtime(now).date()
    villages = villages_of(user, township_ids, today)
    if not villages:
        raise jobs.JobRefused("现在没有要访的人，不用打巡访单。先导入名单，再分给巡访人。")
    progress(0, len(villages), "正在排版")
    papers = [
        paper for village in villages if (paper := documents.keep_round(user, village, now)) is not None
    ]
    pages = (
        render_to_string("pdf/round.html", documents.round_of(user, paper, today) | {"screen": False})
        for paper in papers
    )
    try:
        data = pdf.render_many(pages, lambda done: progress(done, len(villages), "正在排版"))
    except pdf.PdfUnavailable as error:
        raise jobs.JobRefused(str(error)) from None
    stored = files.store(
        data,
        name=f"各村巡访单{today:%m%d}.pdf",
        content_type="application/pdf",
        kind="rounds_pdf",
        owner_id=user.pk,
        keep_days=KEEP_DAYS,
    )
    progress(len(villages), len(villages), f"{len(villages)}个村的巡访单做好了，打开就能打印。")
    return reverse("accounts:file", args=[stored.uuid])


def printed(township_id: int) -> bool:
    """Whether the sheets of a township were ever made."""
    done = Job.objects.filter(kind=KIND, state=Job.State.DONE)
    return done.filter(payload__township_ids__contains=township_id).exists()
