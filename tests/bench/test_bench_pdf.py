"""500 visit records as PDF beside one page at a time (goal 15 of docs/bench.md: at least three times the rate)."""

import io
import time
from datetime import date

import pypdf
import pytest
from django.template.loader import render_to_string

from tests.bench import report
from tests.cast import make_cast, make_person
from tests.visits.records.signing_cast import visit_of
from visits.records import documents
from xunfang.kit import pdf, pdf_many

RECORDS, SINGLE = 500, 25
TODAY = date(2026, 10, 8)
NOTE = (
    "Records of real visits (a few, over and over): chunks of up to 25 to a WeasyPrint document, two processes, put together; "
    "their start is in the time. Base: as many seconds as 500 would take when each record is made by itself, from 25 "
    "of them. The HTML is made before, for both. The limit is a third."
)


@pytest.mark.bench
def test_many_records_come_three_times_as_fast_as_one_by_one(db: None) -> None:
    cast = make_cast(TODAY)
    contexts = []
    for n in range(10):
        visit = visit_of(cast, make_person(cast, name=f"余细根{n}"), date(2026, 8, 1 + n), remark=f"第{n}次")
        contexts.append(documents.visit_context(visit, TODAY) | {"screen": False})
    records = [contexts[n % len(contexts)] for n in range(RECORDS)]
    pages = [render_to_string("pdf/record.html", one) for one in records[:SINGLE]]
    chunks = [
        render_to_string(
            "pdf/records.html", {"records": records[start : start + pdf_many.CHUNK], "screen": False}
        )
        for start in range(0, RECORDS, pdf_many.CHUNK)
    ]
    pdf.render(pages[0])  # the libraries are loaded
    begun = time.perf_counter()
    for page in pages:
        pdf.render(page)
    base = (time.perf_counter() - begun) / SINGLE * RECORDS
    begun = time.perf_counter()
    data = pdf_many.render_chunks(chunks)
    took = time.perf_counter() - begun
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) >= RECORDS
    report.record(report.Line("15", f"{RECORDS} visit records as PDF", base, took, 1 / 3, NOTE))
