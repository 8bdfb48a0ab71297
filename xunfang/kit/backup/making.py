"""Making a backup while people work."""

import io
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from xunfang.kit.backup import manifest, sealing
from xunfang.kit.backup.manifest import DUMP, LIST, Manifest, shelf
from xunfang.kit.backup.running import CannotRun, last_line, program, surroundings


@dataclass(frozen=True)
class Made:
    """A backup that is complete. `copied`: files that were not on the shelf yet; `gone`: of which the disk has
    no content any more."""

    folder: Path
    manifest: Manifest
    copied: int
    gone: tuple[str, ...]


def make(place: Path, *, at: datetime) -> Made:
    """A new backup below `place`; the tables and the sums are of one moment, the files of the moment after. Raises
    `CannotRun`. A backup that was broken off has no manifest and counts for nothing."""
    folder = place / f"{timezone.localtime(at):%Y-%m-%d-%H%M%S}"
    folder.mkdir(parents=True, mode=0o700)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        dump = _dump(folder / DUMP, cursor.fetchone()[0])
        wanted = manifest.keys(connection)
        found = {
            "tables": manifest.tables(connection),
            "migrations": manifest.migrations(connection),
            "log": manifest.head_of_log(connection),
        }
    copied, gone = _copy(place, wanted)
    listed = io.BytesIO("\n".join(key for key in wanted if key not in gone).encode())
    _, digest = sealing.seal(listed, folder / LIST, LIST)
    made = Manifest(made_at=at.isoformat(), dump=dump, files=(len(wanted) - len(gone), digest), **found)
    manifest.write(made, folder)
    return Made(folder, made, copied, tuple(gone))


def _dump(target: Path, snapshot: str) -> tuple[int, str]:
    command = [
        program("pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
    ]
    env = surroundings(connection.settings_dict)
    with TemporaryFile() as said:
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=said) as process:
            assert process.stdout is not None
            sealed = sealing.seal(process.stdout, target, DUMP)
        if process.returncode != 0:
            raise CannotRun(f"pg_dump没有做完：{last_line(said)}")
    return sealed


def _copy(place: Path, wanted: Iterable[str]) -> tuple[int, list[str]]:
    """Put on the shelf what is not there yet: the name says the content, so nothing is copied twice."""
    copied, gone = 0, []
    for key in wanted:
        target = shelf(place, key)
        if target.exists():
            continue
        source = Path(settings.FILES_ROOT) / key[:2] / key
        if not source.exists():
            gone.append(key)
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with source.open("rb") as content:
            sealing.seal(content, target, f"file:{key}")
        copied += 1
    return copied, gone


def complete(place: Path) -> list[Path]:
    """The complete backups, the oldest first."""
    return sorted(path.parent for path in place.glob(f"*/{manifest.NAME}"))


def prune(place: Path, *, keep: int) -> int:
    """Delete all but the newest `keep` complete backups, and files that none of those holds. How many backups went."""
    if keep < 1:
        raise ValueError("at least one backup is kept")
    kept = complete(place)[-keep:]
    newest = kept[-1] if kept else None
    # What was broken off, too, but not what may be in the making.
    old = [
        path
        for path in place.iterdir()
        if path.is_dir() and path.name != "files" and path not in kept and newest and path.name < newest.name
    ]
    held: set[str] = set()
    for folder in kept:
        held |= set(b"".join(sealing.opened(folder / LIST, LIST)).decode().split())
    for path in old:
        shutil.rmtree(path)
    for path in (place / "files").glob("*/*.sealed"):
        if path.name.removesuffix(".sealed") not in held:
            path.unlink()
    return len(old)
