"""Celery's doors to the records."""

from celery import shared_task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.marks import mark_of
from accounts.models import Region, User
from accounts.scoping import duty_of
from visits.records import archive_papers, documents, sheet_page
from visits.records.models import OfflineList, Sheet
from visits.records.services import archiving, offline_lists, scanning
from visits.records.services.photographs import drop_forgotten
from visits.records.services.sheets import draft_due_sheets
from xunfang.kit import files, jobs, pdf
from xunfang.kit.models import Job

KEEP_DAYS = 7


@shared_task(name="records.draft_sheets")
def draft_sheets(**_: object) -> None:
    draft_due_sheets(timezone.localdate())


@jobs.handler("records.offline_list")
def offline_list(job: Job, progress: jobs.Progress) -> str:
    """A workbook of visits made elsewhere."""
    batch = OfflineList.objects.get(pk=job.payload["list_id"])
    offline_lists.read(list_id=batch.pk, at=timezone.now(), progress=progress)
    return reverse("visits_records:offline_list_detail", args=[batch.uuid])


@jobs.handler("records.sheet_pdf")
def sheet_pdf(job: Job, progress: jobs.Progress) -> str:
    """A long table as PDF, for whoever asked, if the table is still theirs to see."""
    on = timezone.localdate()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, on)
    sheet = Sheet.objects.visible_to(user).filter(pk=job.payload["sheet_id"]).first()
    if sheet is None:
        raise jobs.JobRefused("这张表已经不归您管，没有生成")
    progress(0, 2, "正在排版")
    context = documents.sheet_context(sheet_page.page_of(sheet, user, on), on)
    context |= {"screen": False, "mark": mark_of(user, on)}
    try:
        data = pdf.render(render_to_string("pdf/confirm.html", context))
    except pdf.PdfUnavailable as error:
        raise jobs.JobRefused(str(error)) from None
    progress(1)
    name = f"{sheet.period}-{sheet.batch_no}.pdf"
    stored = files.store(
        data,
        name=name,
        content_type="application/pdf",
        kind="sheet_pdf",
        owner_id=user.pk,
        keep_days=KEEP_DAYS,
    )
    return reverse("accounts:file", args=[stored.uuid])


@shared_task(name="records.drop_forgotten_photos")
def drop_forgotten_photos(**_: object) -> None:
    drop_forgotten(timezone.now())


@jobs.handler(scanning.KIND)
def read_scans(job: Job, progress: jobs.Progress) -> str:
    """Photographs of filled sheets, for the clerk who brought them."""
    now = timezone.now()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, timezone.localdate())
    total = len(job.payload["file_ids"])
    said = scanning.read_scans(file_ids=job.payload["file_ids"], by=user, at=now, progress=progress)
    progress(total, total, said)
    return reverse("visits_records:scans")


@jobs.handler(archive_papers.KIND)
def archive_pdf(job: Job, progress: jobs.Progress) -> str:
    """The volume of a village's year, for whoever asked, if the archive is still theirs to keep."""
    on = timezone.localdate()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, on)
    village = Region.objects.get(pk=job.payload["village_id"])
    if archiving.level_of(user, village) is None:
        raise jobs.JobRefused("这个村（居）的档案已经不归您管，没有生成")
    whole = job.payload.get("whole", False)
    return archive_papers.make(user, village, job.payload["year"], on, progress, whole=whole)
