"""manage.py backup PLACE: everything of the database and all files, encrypted, while people work."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xunfang.kit import backup
from xunfang.kit.models import BackupRun


class Command(BaseCommand):
    help = "做一份备份，放到指定的文件夹。网站不用停。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", type=Path, help="放备份的文件夹，最好在另一块盘上")
        parser.add_argument("--keep", type=int, default=0, help="只留最近的几份，更早的删掉；不写就都留")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = timezone.now()
        if options["keep"] < 0:
            raise CommandError("--keep要写1以上的数")
        try:
            made = backup.make(options["place"].resolve(), at=begun)
        except backup.CannotRun as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"备份没有写成：{error.strerror or error}") from error
        note = f"磁盘上少了{len(made.gone)}个文件的内容" if made.gone else ""
        BackupRun.objects.create(
            kind=BackupRun.Kind.BACKUP,
            started_at=begun,
            finished_at=timezone.now(),
            whole=not made.gone,
            name=made.folder.name,
            rows=made.manifest.rows,
            files=made.manifest.files[0],
            size=made.manifest.dump[0],
            note=note,
        )
        self.stdout.write(
            f"备份好了：{made.folder}\n{len(made.manifest.tables)}张表{made.manifest.rows:,}行，"
            f"{made.manifest.files[0]:,}个文件（新拷{made.copied:,}个）。{note}"
        )
        if options["keep"]:
            gone = backup.prune(options["place"].resolve(), keep=options["keep"])
            if gone:
                self.stdout.write(f"删掉了{gone}份更早的。")
