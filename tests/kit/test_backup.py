"""A backup comes back row for row and file for file; whatever is wrong with it is said before anything is touched."""

import io
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.cast import make_cast, make_person
from visits.roster.models import Person
from xunfang.kit import backup, files
from xunfang.kit.backup import sealing
from xunfang.kit.models import BackupRun
from xunfang.settings.base import database

AT = datetime(2026, 11, 25, 3, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def as_owner(committed: str) -> Iterator[None]:
    """Restoring needs who may make a database and its tables."""
    runtime = dict(connection.settings_dict)
    entry = database(os.environ["DATABASE_OWNER_URL"])
    connection.close()
    connection.settings_dict.update(USER=entry["USER"], PASSWORD=entry["PASSWORD"])
    yield
    connection.close()
    connection.settings_dict.update(USER=runtime["USER"], PASSWORD=runtime["PASSWORD"])


@pytest.fixture
def place(as_owner: None, tmp_path: Path) -> Path:
    """Some people and two files, of which one is encrypted, and a folder for backups."""
    cast = make_cast()
    for name in ("林依妹", "𠮷小英"):
        make_person(cast, name=name)
    for content, encrypted in ((b"open", False), (b"sealed", True)):
        files.store(
            content, name="a", content_type="text/plain", kind="t", owner_id=None, encrypted=encrypted
        )
    return tmp_path / "backups"


def made(place: Path, at: datetime = AT) -> Path:
    return backup.make(place, at=at).folder


def test_a_drill_gives_everything_back_and_says_so(place: Path) -> None:
    call_command("backup", place, stdout=io.StringIO())
    folder = next(place.glob("*/manifest.json")).parent
    said = io.StringIO()
    call_command("restore", folder, drill=True, stdout=said)
    assert "逐表核对过，一样" in said.getvalue()
    found = {run.kind: run for run in BackupRun.objects.all()}
    assert (found["backup"].whole, found["drill"].whole, found["drill"].files) == (True, True, 2)
    assert found["drill"].rows == found["backup"].rows > 3000
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'xunfang_drill%%'")
        assert cursor.fetchone()[0] == 0


def test_nothing_that_people_wrote_can_be_read_in_a_backup(place: Path) -> None:
    made(place)
    for path in place.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert "林依妹".encode() not in content
            assert b"sealed" not in content


def test_a_database_that_is_in_use_is_not_touched(place: Path) -> None:
    folder = made(place)
    with pytest.raises(CommandError, match="已经有表"):
        call_command("restore", folder)
    assert Person.objects.count() == 2


@pytest.mark.parametrize("name", ["database.sealed", "files.sealed", "manifest.json"])
def test_a_changed_byte_is_refused(place: Path, name: str) -> None:
    path = made(place) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(backup.CannotRestore):
        backup.read(path.parent)


def test_a_part_that_is_missing_is_refused(place: Path) -> None:
    folder = made(place)
    (folder / "database.sealed").unlink()
    with pytest.raises(backup.CannotRestore, match="少了"):
        backup.read(folder)


def test_another_key_is_refused(place: Path, settings) -> None:
    folder = made(place)
    settings.INDEX_KEY = b"x" * 32
    with pytest.raises(backup.CannotRestore, match="密钥"):
        backup.read(folder)


def test_a_drill_of_a_lost_file_is_noted_as_not_whole(place: Path) -> None:
    folder = made(place)
    next((place / "files").glob("*/*.sealed")).unlink()
    with pytest.raises(CommandError, match="少了1个文件"):
        call_command("restore", folder, drill=True, stdout=io.StringIO())
    run = BackupRun.objects.get(kind="drill")
    assert not run.whole
    assert "少了1个文件" in run.note


def test_rows_that_came_back_otherwise_are_named(place: Path) -> None:
    folder = made(place)
    path = folder / "manifest.json"
    body = json.loads(path.read_text())["backup"]
    body["tables"]["visits_roster_person"][0] += 1
    backup.manifest.write(
        backup.Manifest(**{**body, "tables": body["tables"], "migrations": tuple(body["migrations"])}), folder
    )
    with pytest.raises(CommandError, match="visits_roster_person"):
        call_command("restore", folder, drill=True, stdout=io.StringIO())


def test_a_file_is_copied_once_and_goes_with_the_last_backup_that_holds_it(place: Path) -> None:
    first = backup.make(place, at=AT)
    second = backup.make(place, at=AT + timedelta(days=1))
    assert (first.copied, second.copied) == (2, 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kit_storedfile SET deleted_at = now() WHERE NOT encrypted")
    third = backup.make(place, at=AT + timedelta(days=2))
    assert backup.prune(place, keep=2) == 1
    assert not first.folder.exists()
    assert len(list((place / "files").glob("*/*.sealed"))) == 2
    assert backup.prune(place, keep=1) == 1
    assert third.folder.exists()
    assert len(list((place / "files").glob("*/*.sealed"))) == 1


@bounds(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(1, 255))
def test_a_sealed_stream_opens_to_itself_and_no_byte_of_it_may_change(
    tmp_path_factory, content, at, by
) -> None:
    path = tmp_path_factory.mktemp("s") / "a.sealed"
    sealing.seal(io.BytesIO(content), path, "a")
    assert b"".join(sealing.opened(path, "a")) == content
    with pytest.raises(sealing.Unreadable):
        list(sealing.opened(path, "b"))
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] ^= by
    path.write_bytes(bytes(raw))
    with pytest.raises(sealing.Unreadable):
        list(sealing.opened(path, "a"))


def test_a_long_stream_can_not_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.sealed"
    sealing.seal(io.BytesIO(b"x" * (2 * sealing.PIECE)), path, "a")
    assert len(b"".join(sealing.opened(path, "a"))) == 2 * sealing.PIECE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + 20])
    with pytest.raises(sealing.Unreadable):
        list(sealing.opened(path, "a"))
