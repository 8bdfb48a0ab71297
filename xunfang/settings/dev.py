"""What `make run` serves: plain http on the local network, with demo data."""

import os

from xunfang.settings.base import *  # noqa: F403

DEBUG = os.environ.get("XUNFANG_DEBUG") == "1"
DEMO = True
GALLERY = True
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
