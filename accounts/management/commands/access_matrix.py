"""manage.py access_matrix: write docs/access.md from the rules the views declare."""

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.routes import matrix


class Command(BaseCommand):
    help = "把每个网址谁能用写进 docs/access.md"
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        path = settings.BASE_DIR / "docs" / "access.md"
        path.write_text(matrix(), encoding="utf-8")
        if options["verbosity"]:
            self.stdout.write(f"写好了：{path.relative_to(settings.BASE_DIR)}")
