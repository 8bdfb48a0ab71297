"""打印全档: one PDF with an index, or a pack that anybody can check; one logged reason; nothing the village must not read."""

import io
import re
import shutil
import subprocess
import zipfile
from datetime import date
from uuid import uuid4

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import make_person, signed_in
from tests.kit.pictures import picture
from tests.visits.records.signing_cast import AT, drafted, sign_all, visit_of
from visits.desk import full_file, full_file_rows
from visits.desk import tasks as _handlers  # noqa: F401 (jobs find their handlers by name)
from visits.records.models import Visit
from visits.records.services.photographs import add_photo
from visits.roster.services import CannotChange
from visits.roster.services.full_file import take_out
from xunfang.kit import files, jobs
from xunfang.kit.models import Job, StoredFile


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def person(cast):
    made = make_person(cast, name="林依妹", groups=("dibao",))
    duty_of(cast.visitor, AT.date())
    visit_of(cast, made, date(2026, 5, 12), remark="灶台收拾过了")
    visit_of(cast, made, date(2026, 8, 6), private_note="儿子打她")
    sign_all(cast, drafted(cast))
    for user in (cast.township_clerk, cast.county_officer, cast.visitor):
        duty_of(user, AT.date())
    return made


def order(cast, person, **changes) -> full_file.Order:
    values = {"user": cast.township_clerk, "person": person, "with_id": False, "at": AT} | changes
    return full_file.Order(**values)


def told(*_: object) -> None:
    """Progress that nobody looks at."""


def made(order, packed=False) -> bytes:
    url = full_file.make(order, told, packed=packed)
    return files.read(StoredFile.objects.get(uuid=url.rstrip("/").split("/")[-1]))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_everything_is_one_pdf_whose_index_gives_the_pages(cast, person):
    pages = [
        squeezed(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(made(order(cast, person)))).pages
    ]
    index = pages[0]
    assert "目录" in index
    whole = "".join(pages)
    for words in ("登记表", "灶台收拾过了", "另有情况已报", "系统内签", "经过", "问题台账"):
        assert words in whole
    assert "儿子打她" not in whole
    # Each part begins where the index says, and says so itself.
    parts = list(full_file.parts(order(cast, person), full_file.visits_of(person)))
    assert [part.group for part in parts] == [
        "登记表",
        "巡访记录",
        "巡访记录",
        "变化上报和问题台账",
        "签字",
        "经过",
    ]
    assert "登记表" in pages[1]
    for number, page in enumerate(pages[1:], start=1):
        assert f"全档第{number}页" in page
    records = [number for number, page in enumerate(pages[1:], start=1) if "困难群众巡访记录" in page]
    assert f"第{Visit.objects.earliest('pk').record_no}号{records[0]}" in index


def test_the_id_number_stands_on_the_first_paper_and_only_when_asked_for(cast, person):
    without = "".join(part.html for part in full_file.parts(order(cast, person), []))
    assert str(person.id_number) not in without
    papers = list(full_file.parts(order(cast, person, with_id=True), full_file.visits_of(person)))
    assert [str(person.id_number) in part.html for part in papers] == [True] + [False] * (len(papers) - 1)


def test_the_signatures_say_who_signed_what(cast, person):
    rows = full_file_rows.signatures(order(cast, person))[0]["rows"]
    assert rows[0][1] == "第1批第1行"
    assert rows[0][2].count("系统内签") == 3
    assert re.fullmatch(r"([0-9A-F]{4}-){3}[0-9A-F]{4}", rows[0][4])


def test_the_pack_is_checked_with_what_everybody_has(cast, person, tmp_path):
    photo = add_photo(person_id=person.pk, key=uuid4(), content=picture(), by=cast.visitor, at=AT)
    type(photo).objects.filter(pk=photo.pk).update(visit=Visit.objects.earliest("pk"))
    with zipfile.ZipFile(io.BytesIO(made(order(cast, person), packed=True))) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path)
    assert names[-1] == "校验清单.txt"
    listed = [line.split("  ", 1)[1] for line in (tmp_path / "校验清单.txt").read_text("utf-8").splitlines()]
    assert sorted(listed) == sorted(set(names) - {"校验清单.txt"})
    assert any(name.startswith("照片/2026-05-12") for name in names)
    readme = (tmp_path / "说明.txt").read_text("utf-8-sig")
    assert "sha256sum -c 校验清单.txt" in readme
    assert "林依妹" in readme
    tool = shutil.which("sha256sum")
    assert tool is not None
    check = [tool, "-c", "校验清单.txt"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "全档.pdf").write_bytes(b"%PDF-1.4 changed")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_one_reason_is_logged_and_the_job_carries_ids_only(cast, person):
    client = signed_in(cast.township_clerk)
    url = reverse("visits_desk:full_file", args=[person.uuid])
    assert url in client.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    bad = client.post(url, {"kind": "pdf"})
    assert bad.status_code == 422
    assert not Job.objects.filter(kind="desk.full_file").exists()
    answer = client.post(url, {"kind": "zip", "reason": "asked", "with_id": "on"})
    job = Job.objects.get(kind="desk.full_file")
    assert answer["Location"] == reverse("accounts:job", args=[job.uuid])
    assert job.payload == {
        "user_id": cast.township_clerk.pk,
        "person_id": person.pk,
        "with_id": True,
        "packed": True,
    }
    row = LogEntry.objects.get(action="file_taken_out")
    assert (row.detail["reason"], row.detail["ids"]) == ("asked", True)
    assert "林依妹" not in f"{job.title}{job.payload}{row.detail}"
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    stored = StoredFile.objects.get(kind="full_file")
    assert (stored.encrypted, stored.private, stored.owner_id) == (True, True, cast.township_clerk.pk)


@pytest.mark.parametrize(("who", "status"), [("visitor", 403), ("village_head", 403), ("neighbour", 404)])
def test_nobody_else_takes_it_out(cast, person, who, status):
    user = getattr(cast, who)
    client: Client = signed_in(user)
    assert client.get(reverse("visits_desk:full_file", args=[person.uuid])).status_code == status
    duty_of(user, AT.date())
    with pytest.raises(CannotChange):
        take_out(person_id=person.pk, reason="asked", with_id=False, packed=False, by=user, at=AT)
