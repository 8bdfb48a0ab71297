"""manage.py restore FOLDER: a backup into an empty database; --drill: into one made for the moment, and compared."""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from accounts import audit
from xunfang.kit import backup
from xunfang.kit.models import BackupRun

DRILL = f"xunfang_drill_{os.getpid()}"


class Command(BaseCommand):
    help = "恢复一份备份到空库（要用表的主人的账号）；--drill演练：恢复到临时的库，核对完就删"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="哪一份备份，例如/backup/2026-11-25-031000")
        parser.add_argument("--drill", action="store_true", help="只演练，不动正在用的库和文件")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, begun = options["folder"].resolve(), timezone.now()
        try:
            if not options["drill"]:
                self._tell(*self._restore(folder, Path(settings.FILES_ROOT)))
                return
            with TemporaryDirectory() as store, _scratch():
                restored, verdict = self._restore(folder, Path(store))
        except (backup.CannotRestore, backup.CannotRun) as error:
            if options["drill"]:
                self._note(folder, begun, whole=False, note=str(error))
            raise CommandError(str(error)) from error
        wrong = _wrong(restored, verdict)
        self._note(folder, begun, whole=not wrong, note=wrong, restored=restored)
        self._tell(restored, verdict)

    def _restore(self, folder: Path, store: Path) -> tuple[backup.Restored, audit.Verdict]:
        restored = backup.restore(folder, store=store)
        return restored, audit.verify()

    def _note(
        self,
        folder: Path,
        begun: datetime,
        *,
        whole: bool,
        note: str,
        restored: backup.Restored | None = None,
    ) -> None:
        BackupRun.objects.create(
            kind=BackupRun.Kind.DRILL,
            started_at=begun,
            finished_at=timezone.now(),
            whole=whole,
            name=folder.name[:40],
            rows=restored.manifest.rows if restored else 0,
            files=restored.files if restored else 0,
            size=restored.manifest.dump[0] if restored else 0,
            note=note[:300],
        )

    def _tell(self, restored: backup.Restored, verdict: audit.Verdict) -> None:
        self.stdout.write(
            f"{len(restored.manifest.tables)}张表{restored.manifest.rows:,}行，{restored.files:,}个文件。\n"
            f"日志{verdict.rows:,}条：{verdict.why}。"
        )
        wrong = _wrong(restored, verdict)
        if wrong:
            raise CommandError(wrong)
        self.stdout.write("和备份时逐表核对过，一样。")


def _wrong(restored: backup.Restored, verdict: audit.Verdict) -> str:
    parts = []
    if restored.different:
        parts.append(f"这些表和备份时不一样：{'、'.join(restored.different)}")
    if restored.lost:
        parts.append(f"少了{len(restored.lost)}个文件，或者内容不对")
    if verdict.broken is not None:
        parts.append(f"日志{verdict.why}")
    return "；".join(parts)


@contextmanager
def _scratch() -> Iterator[None]:
    """An empty database of our own, and the connection pointed at it; gone afterwards."""
    name = connection.settings_dict["NAME"]
    drop = f'DROP DATABASE IF EXISTS "{DRILL}"'
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            raise backup.CannotRun(
                f"这个账号不能建库。请让数据库管理员执行ALTER ROLE {connection.settings_dict['USER']} CREATEDB"
            )
        cursor.execute(drop)
        cursor.execute(f'CREATE DATABASE "{DRILL}" TEMPLATE template0')
    try:
        _point_at(DRILL)
        yield
    finally:
        _point_at(name)
        with connection.cursor() as cursor:
            cursor.execute(drop)


def _point_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
