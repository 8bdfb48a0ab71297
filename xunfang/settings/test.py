"""Tests: real PostgreSQL and Redis, cheap password hashing, nothing else different from production."""

import base64
import os

from xunfang.settings.base import *  # noqa: F403
from xunfang.settings.base import CELERY, TEMPLATES, broker, database

SECRET_KEY = "tests-only-not-a-secret"
DATA_KEYS = {1: base64.b64decode("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")}
INDEX_KEY = base64.b64decode("OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
GALLERY = True
# Each test process has a Redis database of its own: one flushes it, another's worker must not take its jobs.
_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
if "XUNFANG_TEST_SERVER_URL" in os.environ:
    # The site of the browser tests outlives them, and its worker must not take the jobs of a later test, whose
    # database has the same name.
    _number += 8
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0").replace("?db=0", f"?db={_number}")
CELERY = {**CELERY, "broker_url": broker(REDIS_URL)}
os.environ["CELERY_BROKER_URL"] = CELERY["broker_url"]  # Celery prefers it to its configuration
# Test databases are made by the owner; tests/conftest.py then changes to the runtime role.
DATABASES = {
    "default": database(
        # Browser tests start a server of their own on a copy of the database, as the runtime role.
        os.environ.get("XUNFANG_TEST_SERVER_URL")
        or os.environ.get("DATABASE_OWNER_URL", "postgresql://xunfang_owner@/postgres")
    )
}
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("XUNFANG_TEST_DB", "test_xunfang")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # found when asked for: else every test client lists all static files first
STATIC_ROOT = None
# A template variable that does not exist is a fault of the page (tests/conftest.py makes it raise).
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "⟦没有这个变量：%s⟧"
