"""The environment handed to Django's processes."""

import os
import shlex
import shutil

from . import binaries, cache, postgres
from .layout import Layout


def for_tests(layout: Layout) -> dict[str, str]:
    """What pytest needs to reach the test services."""
    found = {
        "DJANGO_SETTINGS_MODULE": "xunfang.settings.test",
        "DATABASE_OWNER_URL": postgres.url(layout, "test", "xunfang_owner", "postgres"),
        "DATABASE_URL": postgres.url(layout, "test", "app_rt", "postgres"),
        "REDIS_URL": cache.url(layout, "test"),
    }
    chromium = shutil.which("chromium", path=f"{os.environ.get('PATH', '')}:{binaries.PLAIN_PATH}")
    if chromium:
        found["CHROMIUM"] = chromium
    return found


def exports(env: dict[str, str]) -> str:
    """Lines for `eval` in a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items())
