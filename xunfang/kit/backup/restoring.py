"""Giving everything back, into an empty database, and comparing it with what the manifest says."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from django.db import connection, transaction

from xunfang.kit import files, privileges
from xunfang.kit.backup import manifest, sealing
from xunfang.kit.backup.manifest import DUMP, LIST, CannotRestore, Manifest, shelf
from xunfang.kit.backup.running import CannotRun, last_line, program, surroundings


@dataclass(frozen=True)
class Restored:
    """What came back. `different`: tables whose rows are not those of the backup; `lost`: files that are missing or
    not what their name says. Empty both: nothing is missing."""

    manifest: Manifest
    files: int
    different: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.different and not self.lost


def restore(folder: Path, *, store: Path) -> Restored:
    """Restore a backup into the database of `DATABASE_URL`, which must be empty and belong to who asks, and its files
    into `store`. Every byte is checked before the first row is written. Raises `CannotRestore`, `CannotRun`."""
    found = manifest.read(folder)
    names = _names(folder, found)
    _empty()
    _whole(folder / DUMP)
    _load(folder / DUMP)
    privileges.grant(connection)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        now = manifest.tables(connection)
    different = tuple(
        name for name in sorted({*now, *found.tables}) if now.get(name) != found.tables.get(name)
    )
    lost = _files(folder.parent, names, store)
    return Restored(found, len(names) - len(lost), different, lost)


def _names(folder: Path, found: Manifest) -> list[str]:
    try:
        names = b"".join(sealing.opened(folder / LIST, LIST)).decode().split()
    except sealing.Unreadable as error:
        raise CannotRestore(str(error)) from error
    if len(names) != found.files[0]:
        raise CannotRestore("备份里的文件目录和清单对不上")
    return names


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(manifest.TABLES)
        if cursor.fetchone() is not None:
            raise CannotRestore(
                f"数据库{connection.settings_dict['NAME']}里已经有表，没有动它。请新建一个空库，再恢复到那里"
            )


def _whole(path: Path) -> None:
    try:
        for _ in sealing.opened(path, DUMP):
            pass
    except sealing.Unreadable as error:
        raise CannotRestore(str(error)) from error


def _load(path: Path) -> None:
    command = [
        program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={connection.settings_dict['NAME']}",
    ]  # fmt: skip
    env = surroundings(connection.settings_dict)
    with TemporaryFile() as said:
        with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stderr=said) as process:
            assert process.stdin is not None
            try:
                for piece in sealing.opened(path, DUMP):
                    process.stdin.write(piece)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it says itself why it stopped
        if process.returncode != 0:
            raise CannotRun(f"pg_restore没有做完：{last_line(said)}")


def _files(place: Path, names: list[str], store: Path) -> tuple[str, ...]:
    """Write the files that are not there yet; all are read and compared with their names."""
    lost = []
    for key in names:
        target = store / key[:2] / key
        there = target.exists() or _take_down(place, key, target)
        if not there or not files.sound(target):
            lost.append(key)
    return tuple(lost)


def _take_down(place: Path, key: str, target: Path) -> bool:
    source = shelf(place, key)
    if not source.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    try:
        _write(part, sealing.opened(source, f"file:{key}"))
    except sealing.Unreadable:
        part.unlink(missing_ok=True)
        return False
    part.replace(target)
    return True


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    with path.open("wb") as out:
        for piece in pieces:
            out.write(piece)
    path.chmod(0o600)
