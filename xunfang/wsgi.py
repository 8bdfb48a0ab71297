"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from xunfang.kit.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xunfang.settings.prod")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - every room's pages are loaded now, not with the first request
settle()
