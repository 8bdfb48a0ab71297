"""Where messages go in tests: servers of our own on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.visits.core.sinks import Group, Mailbox, serving


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with serving(Mailbox()) as server:
        settings.MAIL_ON = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        settings.DEFAULT_FROM_EMAIL = "xunfang@example.gov.cn"
        yield server


@pytest.fixture
def group(settings: Any) -> Iterator[Group]:
    with serving(Group()) as server:
        settings.WEBHOOK_ORIGINS = frozenset({server.origin})
        yield server
