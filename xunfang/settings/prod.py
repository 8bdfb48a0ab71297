"""Production: https in front, secrets from the environment, nothing assumed."""

import os

from django.core.exceptions import ImproperlyConfigured

from xunfang.settings.base import *  # noqa: F403
from xunfang.settings.base import (
    ALLOWED_HOSTS,
    CSRF_TRUSTED_ORIGINS,
    DATA_KEYS,
    DEFAULT_FROM_EMAIL,
    EMAIL_HOST_PASSWORD,
    EMAIL_HOST_USER,
    EXTERNAL_URL,
    INDEX_KEY,
    LOGGING,
    MAIL_ON,
    MAIL_SECURITY,
    SECRET_KEY,
    SILENCED_SYSTEM_CHECKS,
)

if len(SECRET_KEY) < 50 or "insecure" in SECRET_KEY:
    raise ImproperlyConfigured("XUNFANG_SECRET_KEY: 至少50个随机字符")
if not DATA_KEYS or any(len(key) != 32 for key in DATA_KEYS.values()):
    raise ImproperlyConfigured("XUNFANG_DATA_KEYS: 写成 1:<base64，32字节>")
if len(INDEX_KEY) != 32:
    raise ImproperlyConfigured("XUNFANG_INDEX_KEY: base64，32字节")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("XUNFANG_HOSTS: 写明网址主机名，用逗号隔开")
# What development guesses, an installation says: a QR code on paper that leads to localhost stays wrong for years.
for name in ("DATABASE_URL", "REDIS_URL", "XUNFANG_EXTERNAL_URL", "XUNFANG_FILES"):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name}: 没有设")
if not EXTERNAL_URL.startswith("https://"):
    raise ImproperlyConfigured("XUNFANG_EXTERNAL_URL: 写成https://开头的网址，印在纸上的二维码用它")
if any("口令" in os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")):
    raise ImproperlyConfigured("DATABASE_URL、REDIS_URL: 样例里的“口令”要换成真的")
if not CSRF_TRUSTED_ORIGINS:
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
if MAIL_SECURITY not in ("ssl", "starttls", "none"):
    raise ImproperlyConfigured("XUNFANG_MAIL_SECURITY: ssl、starttls或none")
if MAIL_ON and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("XUNFANG_MAIL_FROM: 设了XUNFANG_MAIL_HOST，就要写发件地址")
if not MAIL_ON and any(os.environ.get(f"XUNFANG_MAIL_{name}") for name in ("USER", "PASSWORD", "FROM")):
    raise ImproperlyConfigured("XUNFANG_MAIL_HOST: 邮件只设了一半；不发邮件就都不要设")
if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
    raise ImproperlyConfigured("XUNFANG_MAIL_USER、XUNFANG_MAIL_PASSWORD: 要设就两个一起设")
if EMAIL_HOST_USER and MAIL_SECURITY == "none":
    raise ImproperlyConfigured("XUNFANG_MAIL_SECURITY: 有口令的，不能用none（口令会明着走）")

DEBUG = False
GALLERY = False
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# No preload: the domain belongs to the city, and a preload can't be taken back for months.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DEMO = os.environ.get("XUNFANG_DEMO") == "1"

# One JSON object a line: whatever collects the logs of the machine reads it (docs/安装手册.md).
LOGGING["handlers"]["console"]["formatter"] = "json"  # type: ignore[index]
LOGGING["loggers"]["xunfang.requests"]["level"] = "INFO"  # type: ignore[index]
