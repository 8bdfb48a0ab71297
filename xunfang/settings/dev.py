"""What `make run` serves: plain http on the local network, with demo data."""

import os

from xunfang.settings.base import *  # noqa: F403
from xunfang.settings.base import FILES_ROOT, MAIL_ON

DEBUG = os.environ.get("XUNFANG_DEBUG") == "1"
DEMO = True
GALLERY = True
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
if not MAIL_ON:
    # Letters of the demo lie in a folder, where whoever tries it finds them; none of them goes anywhere.
    MAIL_ON = True
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(FILES_ROOT / "mail")
    DEFAULT_FROM_EMAIL = "xunfang@example.gov.cn"
