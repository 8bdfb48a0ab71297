"""Production: https in front, secrets from the environment, nothing assumed."""

import os
from urllib.parse import unquote, urlsplit

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
from xunfang.settings.strength import guessable, twins, weak_password

# How to make a good one is said in the refusal: whoever reads it has no manual open.
MAKE_TEXT = 'python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
MAKE_KEY = 'python3 -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'
MAKE_PASSWORD = "openssl rand -hex 24"
if len(SECRET_KEY) < 50 or (why := guessable(SECRET_KEY, distinct=10)):
    why = f"只有{len(SECRET_KEY)}个字符，至少要50个" if len(SECRET_KEY) < 50 else why
    raise ImproperlyConfigured(f"XUNFANG_SECRET_KEY: {why}。请用 {MAKE_TEXT} 生成一个")
if not DATA_KEYS or any(len(key) != 32 for key in DATA_KEYS.values()):
    raise ImproperlyConfigured(f"XUNFANG_DATA_KEYS: 写成 1:<base64，32字节>。1:后面用 {MAKE_KEY} 生成")
if len(INDEX_KEY) != 32:
    raise ImproperlyConfigured(f"XUNFANG_INDEX_KEY: 写成 <base64，32字节>，前面没有1:。请用 {MAKE_KEY} 生成")
for name, keys in (("XUNFANG_DATA_KEYS", DATA_KEYS.values()), ("XUNFANG_INDEX_KEY", [INDEX_KEY])):
    for key in keys:
        if why := guessable(key, distinct=20):
            raise ImproperlyConfigured(f"{name}: {why}。请用 {MAKE_KEY} 生成一个")
KEYS = {f"XUNFANG_DATA_KEYS的{number}号": key for number, key in DATA_KEYS.items()}
if same := twins({**KEYS, "XUNFANG_INDEX_KEY": INDEX_KEY}):
    raise ImproperlyConfigured(f"{same[0]}和{same[1]}: 是同一把，要各用各的。请用 {MAKE_KEY} 各生成一把")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("XUNFANG_HOSTS: 写明网址主机名，用逗号隔开")
# What development guesses, an installation says: a QR code on paper that leads to localhost stays wrong for years.
for name in ("DATABASE_URL", "REDIS_URL", "XUNFANG_EXTERNAL_URL", "XUNFANG_FILES"):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name}: 没有设")
if not EXTERNAL_URL.startswith("https://"):
    raise ImproperlyConfigured("XUNFANG_EXTERNAL_URL: 写成https://开头的网址，印在纸上的二维码用它")
for name in ("DATABASE_URL", "REDIS_URL"):
    address = urlsplit(os.environ[name])
    # Through a socket the machine itself says who is there (peer): no password is none that could be weak.
    if address.password is None and not (name == "REDIS_URL" and address.scheme != "unix"):
        continue
    password = unquote(address.password or "")
    if "口令" in password:
        raise ImproperlyConfigured(f"{name}: 样例里的“口令”要换成真的。请用 {MAKE_PASSWORD} 生成一个")
    if not password:
        raise ImproperlyConfigured(f"{name}: 没有写口令（redis://:口令@……）。请用 {MAKE_PASSWORD} 生成一个")
    if why := weak_password(password):
        raise ImproperlyConfigured(f"{name}: 口令{why}。请用 {MAKE_PASSWORD} 生成一个，数据库或Redis里也换上")
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
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # Collected by root, read by the web's own account: not closed as uploads are (FILE_UPLOAD_PERMISSIONS).
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
DEMO = os.environ.get("XUNFANG_DEMO") == "1"

# One JSON object a line: whatever collects the logs of the machine reads it (docs/安装手册.md).
LOGGING["handlers"]["console"]["formatter"] = "json"  # type: ignore[index]
LOGGING["loggers"]["xunfang.requests"]["level"] = "INFO"  # type: ignore[index]
