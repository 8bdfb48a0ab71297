"""打印全档: everything of one person as one PDF with an index, or packed with the photographs and a list to check it by.

Papers only: what is not to be told in the village stands on none of them (practice P17). The full id number stands
on the first paper, and only when it was asked for with a reason."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Region
from visits.desk import full_file_cases, reading
from visits.desk import full_file_rows as rows
from visits.desk.reading import Read
from visits.followup.rows import plans as plan_rows
from visits.followup.selectors import plans
from visits.records import documents
from visits.records.models import Photo, Sheet, Visit
from visits.roster.models import Person
from visits.roster.selectors.reader import reader_of
from visits.roster.units import full_name
from visits.templatetags.xf import day_year
from xunfang.kit import files, jobs, pdf

KEEP_DAYS = 7


@dataclass(frozen=True)
class Order:
    """Whose file, for whom, at what time, with or without the full id number."""

    user: Any
    person: Person
    with_id: bool
    at: datetime

    @property
    def today(self) -> date:
        return timezone.localtime(self.at).date()

    @cached_property
    def read(self) -> Read:
        """What the person's page reads of the file."""
        return reading.read(self.person, reader_of(self.user), self.user, self.today)


@dataclass(frozen=True)
class Part:
    """One paper of the file: its line in the index, and its HTML."""

    group: str
    title: str
    html: str


def make(order: Order, progress: jobs.Progress, *, packed: bool) -> str:
    """Lay everything out and store it, encrypted, for whoever asked; gives its address. Raises `jobs.JobRefused`."""
    visits = visits_of(order.person)
    total = len(visits) + 5
    progress(0, total, "正在排版")
    index: list[Part] = []

    def htmls() -> Iterator[str]:
        for part in parts(order, visits):
            index.append(part)
            yield part.html

    def front(starts: list[int]) -> str:
        return _html("pdf/full_front.html", order, {"lines": _lines(index, starts), "total": len(index)})

    try:
        data = pdf.render_book(htmls(), front, lambda done: progress(min(done, total), total, "正在排版"))
    except pdf.PdfUnavailable as error:
        raise jobs.JobRefused(str(error)) from None
    name, kind = f"{order.person.name}全档{order.today:%m%d}", "application/pdf"
    if packed:
        data, kind = pack(order, data), "application/zip"
    stored = files.store(
        data, name=f"{name}.{'zip' if packed else 'pdf'}", content_type=kind, kind="full_file",
        owner_id=order.user.pk, encrypted=True, keep_days=KEEP_DAYS, at=order.at,
    )  # fmt: skip
    what = "打好包了，里面有说明和校验清单" if packed else "排好了，打开就能打印"
    progress(total, total, f"{len(visits)}份记录的全档{what}。{KEEP_DAYS}天以后自动删掉。")
    return reverse("accounts:file", args=[stored.uuid])


def visits_of(person: Person) -> list[Visit]:
    """Every valid record of the file and of those merged into it, the oldest first."""
    found = Visit.objects.valid().of_files([person.pk])
    found = found.select_related("person", "visitor", "recorder", "form_version").prefetch_related("photos")
    return list(found.order_by("visited_on", "pk"))


def parts(order: Order, visits: list[Visit]) -> Iterator[Part]:
    """The papers in their order: 登记表, records, plans, changes, what the county did about them, emergencies, signatures,
    经过. What there is none of has no paper of its own, but for those that every file has."""
    yield Part("登记表", "登记表", _html("pdf/full_file.html", order, rows.registration(order)))
    for visit in visits:
        html = _html("pdf/record.html", order, documents.visit_context(visit, order.today))
        yield Part("巡访记录", f"{day_year(visit.visited_on)}　第{visit.record_no}号", html)
    village = Region.objects.get(pk=order.person.village_id)
    for plan in reversed(list(plans.versions(order.person, order.user))):
        benefits = plan_rows.benefit_words(plans.benefits_of(order.person, order.today))
        context = plan_rows.paper(plan, full_name(village), benefits, order.today)
        yield Part("救助方案", f"第{plan.version}版", _html("pdf/plan.html", order, context))
    yield _sections(order, "变化上报和问题台账", "", rows.changes(order))
    for group, title, sections in full_file_cases.papers(order):
        yield _sections(order, group, title, sections)
    yield _sections(order, "签字", "", rows.signatures(order))
    yield _sections(order, "经过", "", rows.timeline(order))


def _sections(order: Order, group: str, title: str, sections: list[dict[str, Any]]) -> Part:
    head = f"{group}　{title}" if title else group
    return Part(
        group, title or group, _html("pdf/full_file.html", order, {"title": head, "sections": sections})
    )


def _html(template: str, order: Order, context: dict[str, Any]) -> str:
    about = {"screen": False, "file_no": order.person.file_no, "name": order.person.name,
             "printed": day_year(order.today), "by": order.user.name}  # fmt: skip
    return render_to_string(template, about | context)


def _lines(index: list[Part], starts: list[int]) -> list[dict[str, Any]]:
    """The index: a part with one paper is one line, records and plans stand under theirs."""
    return [
        {
            "number": number,
            "group": part.group,
            "title": part.title if part.title != part.group else "",
            "page": start,
        }
        for number, (part, start) in enumerate(zip(index, starts, strict=True), start=1)
    ]


def pack(order: Order, whole: bytes) -> bytes:
    """The PDF, the photographs, the papers signed by hand of single records, those of cases, 说明.txt, and 校验清单.txt
    over all of them, as `sha256sum` writes and reads it."""
    contents: dict[str, bytes] = {"全档.pdf": whole, **_pictures(order.person)}
    for name, file in full_file_cases.pictures(order):
        _add(contents, name, file)
    contents["说明.txt"] = "\ufeff".encode() + _readme(order, list(contents)).replace("\n", "\r\n").encode()
    listed = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    contents["校验清单.txt"] = listed.encode()
    out = io.BytesIO()
    when = timezone.localtime(order.at).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in contents.items():
            packed.writestr(zipfile.ZipInfo(name, when), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _pictures(person: Person) -> dict[str, bytes]:
    """Name in the pack → content. A table of the whole village is not in it: it names others."""
    found: dict[str, bytes] = {}
    photos = Photo.objects.kept().filter(visit__in=Visit.objects.valid().of_files([person.pk]).values("pk"))
    for n, photo in enumerate(photos.select_related("visit", "file").order_by("visit_id", "pk"), start=1):
        assert photo.visit is not None
        name = f"照片/{photo.visit.visited_on.isoformat()}第{photo.visit.record_no}号-{n}.jpg"
        _add(found, name, photo.file)
    sheets = Sheet.objects.filter(
        visit__in=Visit.objects.of_files([person.pk]).values("pk"), paper__isnull=False
    )
    for sheet in sheets.select_related("visit", "paper").order_by("pk"):
        assert sheet.visit is not None
        assert sheet.paper is not None
        end = "pdf" if sheet.paper.content_type == "application/pdf" else "jpg"
        _add(found, f"纸质签字/第{sheet.visit.record_no}号-{sheet.pk}.{end}", sheet.paper)
    return found


def _add(found: dict[str, bytes], name: str, file: Any) -> None:
    try:
        found[name] = files.read(file)
    except files.FileGone:
        return  # its time was over: what is left of it is the record


def _readme(order: Order, names: list[str]) -> str:
    return render_to_string(
        "visits/desk/full_file_readme.txt",
        {"person": order.person, "printed": day_year(order.today), "by": order.user.name, "names": names},
    )
