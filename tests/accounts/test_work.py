"""Work in the background as its owner sees it, and the one door to files."""

import datetime as dt
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import signed_in
from xunfang.kit import files
from xunfang.kit.models import Job, StoredFile

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    html: str = response.content.decode()
    assert "⟦" not in html
    return html


def job(cast: Any, **values: Any) -> Job:
    defaults = {"kind": "x", "title": "名单入库", "owner": cast.township_clerk}
    return Job.objects.create(**{**defaults, **values})


RUNNING = {
    "state": "running",
    "done": 412,
    "total": 598,
    "lease_until": dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
}
OVER = {"finished_at": dt.datetime(2026, 11, 24, tzinfo=dt.UTC)}


def test_running_work_shows_how_far_it_is_and_looks_again_also_without_javascript(cast: Any) -> None:
    html = words(signed_in(cast.township_clerk).get(f"/account/jobs/{job(cast, **RUNNING).uuid}"))
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html
    assert 'value="412" max="598"' in html
    assert "已办412，共598" in html
    assert 'hx-trigger="every 3s"' in html


def test_work_that_waits_has_a_bar_that_can_be_drawn(cast: Any) -> None:
    html = words(signed_in(cast.township_clerk).get(f"/account/jobs/{job(cast).uuid}"))
    assert 'value="0" max="1"' in html
    assert "排队中" in html


def test_finished_work_leads_to_its_result_and_asks_no_more(cast: Any) -> None:
    found = job(cast, state="done", result_url="/roster/", message="新增3人", **OVER)
    html = words(signed_in(cast.township_clerk).get(f"/account/jobs/{found.uuid}"))
    assert 'href="/roster/"' in html
    assert "新增3人" in html
    assert "refresh" not in html
    assert "hx-get" not in html


def test_failed_work_says_what_to_do(cast: Any) -> None:
    found = job(cast, state="failed", message="这张表读不了，请另存为.xlsx再传", **OVER)
    html = words(signed_in(cast.township_clerk).get(f"/account/jobs/{found.uuid}"))
    assert "请另存为" in html
    assert "原来的数据没有改动" in html


def test_the_asking_fragment_ends_with_the_work(cast: Any) -> None:
    client = signed_in(cast.township_clerk)
    found = job(cast, **RUNNING)
    part = client.get(f"/account/jobs/{found.uuid}", headers={"HX-Request": "true"})
    assert words(part).lstrip().startswith('<div class="xf-job"')
    Job.objects.filter(pk=found.pk).update(state="done", lease_until=None, **OVER)
    assert client.get(f"/account/jobs/{found.uuid}", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_work_is_seen_by_who_asked_for_it_only(cast: Any) -> None:
    found = job(cast)
    for who in ("township_head", "county_officer", "system_admin", "neighbour"):
        assert signed_in(cast.users[who]).get(f"/account/jobs/{found.uuid}").status_code in (403, 404)
    assert signed_in(cast.system_admin).get(f"/account/jobs/{found.uuid}").status_code == 404
    assert signed_in(cast.township_clerk).post(f"/account/jobs/{found.uuid}").status_code == 405


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def stored(cast: Any, content: bytes = b"%PDF-1.7 x", **values: Any) -> StoredFile:
    given = {
        "name": "确认表 月洲村“2026”.pdf", "content_type": "application/pdf", "kind": "paper",
        "owner_id": cast.township_clerk.pk,
    }  # fmt: skip
    return files.store(content, **{**given, **values})


def fetch(user: Any, file: StoredFile) -> Any:
    return signed_in(user).get(f"/account/files/{file.uuid}")


def test_a_file_comes_as_a_download_under_its_name_and_the_log_knows(cast: Any) -> None:
    file = stored(cast)
    response = fetch(cast.township_clerk, file)
    assert response.content == b"%PDF-1.7 x"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    entry = LogEntry.objects.get(action="file_read")
    assert (entry.actor_id, entry.object_id) == (cast.township_clerk.pk, str(file.uuid))


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/svg+xml", "application/javascript", "", "text/xml"]
)
def test_a_file_is_never_called_something_a_browser_would_run(cast: Any, content_type: str) -> None:
    response = fetch(cast.township_clerk, stored(cast, content_type=content_type))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_private_file_is_its_owner_s_alone(cast: Any) -> None:
    file = stored(cast, county_id=cast.county.pk, township_id=cast.township.pk)
    for user in cast.users.values():
        if user.pk not in (cast.township_clerk.pk, cast.nobody.pk):
            assert fetch(user, file).status_code == 404
    assert fetch(cast.nobody, file).status_code == 403


def test_a_shared_file_is_its_units_and_the_units_above(cast: Any) -> None:
    file = stored(
        cast,
        private=False,
        county_id=cast.county.pk,
        township_id=cast.township.pk,
        village_id=cast.village.pk,
    )
    seen = {name for name, user in cast.users.items() if fetch(user, file).status_code == 200}
    assert seen == {
        "village_head", "liaison", "township_clerk", "township_head", "county_officer", "county_head", "inspector",
    }  # fmt: skip


def test_a_file_of_no_unit_is_shared_with_nobody(cast: Any) -> None:
    assert fetch(cast.county_officer, stored(cast, private=False)).status_code == 404


def test_a_deleted_file_says_so_and_keeps_its_fingerprint(cast: Any) -> None:
    file = stored(cast, keep_days=7)
    files.delete_expired(timezone.now() + dt.timedelta(days=8))
    response = fetch(cast.township_clerk, file)
    assert response.status_code == 410
    assert "文件已按规定删除" in words(response)
    file.refresh_from_db()
    assert file.sha256 == hashlib.sha256(b"%PDF-1.7 x").hexdigest()
    assert fetch(cast.neighbour, file).status_code == 404


def test_a_file_changed_on_disk_is_not_given(cast: Any) -> None:
    file = stored(cast)
    path = next(Path(settings.FILES_ROOT).rglob(file.sha256))
    path.write_bytes(b"%PDF-1.7 y")
    response = fetch(cast.township_clerk, file)
    assert response.status_code == 410
    assert "打不开" in words(response)
    assert b"1.7 y" not in response.content


def test_an_encrypted_file_comes_out_as_it_went_in(cast: Any) -> None:
    file = stored(cast, content=b"350125", encrypted=True)
    assert b"350125" not in next(Path(settings.FILES_ROOT).rglob("*.enc")).read_bytes()
    assert fetch(cast.township_clerk, file).content == b"350125"


def test_a_file_that_does_not_exist_is_not_found(cast: Any) -> None:
    assert signed_in(cast.township_clerk).get(f"/account/files/{uuid.uuid4()}").status_code == 404
