"""Settings shared by every way of running. Secrets and addresses come from the environment, never from here."""

import base64
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parents[2]


def database(url: str) -> dict[str, object]:
    """A Django database entry from ``postgresql://user:password@host:port/name?host=/socket/dir``."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(query.get("port", parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A page that takes longer is a fault; workers set their own limits (xunfang/celery.py).
        "OPTIONS": {
            "options": "-c statement_timeout=15000 -c lock_timeout=3000"
            " -c idle_in_transaction_session_timeout=60000"
        },
        "TEST": {},
    }


def data_keys(text: str) -> dict[int, bytes]:
    """``1:<base64>,2:<base64>`` → key number → 32 bytes. The highest number encrypts, all decrypt."""
    try:
        pairs = (part.split(":", 1) for part in text.split(",") if part)
        return {int(number): key_bytes(key) for number, key in pairs}
    except ValueError:
        return {}  # production says how it is written; nothing else starts without keys either


def key_bytes(text: str) -> bytes:
    """The bytes of a key in base64; none at all where it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


SECRET_KEY = os.environ.get("XUNFANG_SECRET_KEY", "")
DATA_KEYS = data_keys(os.environ.get("XUNFANG_DATA_KEYS", ""))
INDEX_KEY = key_bytes(os.environ.get("XUNFANG_INDEX_KEY", ""))
DATABASES = {"default": database(os.environ.get("DATABASE_URL", "postgresql:///xunfang"))}
RUNTIME_DB_ROLE = os.environ.get("XUNFANG_RUNTIME_DB_ROLE", "app_rt")
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
FILES_ROOT = Path(os.environ.get("XUNFANG_FILES", BASE_DIR / ".state" / "files"))
# Only looked at, for how full their disks are (xunfang/kit/health.py); empty: watched elsewhere.
BACKUPS_ROOT, DATABASE_FILES = (
    Path(os.environ[name]) if os.environ.get(name) else None
    for name in ("XUNFANG_BACKUPS", "XUNFANG_DATABASE_FILES")
)
# 11: printed QR codes must work from both networks, so they use one address that both can reach.
EXTERNAL_URL = os.environ.get("XUNFANG_EXTERNAL_URL", "http://localhost:8000").rstrip("/")
DEMO = False
GALLERY = False
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("XUNFANG_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("XUNFANG_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "pgtrigger",
    "pghistory",
    "guardian",
    "axes",
    "csp",
    "django_htmx",
    "xunfang.kit",
    "accounts",
    "visits",
    "visits.core",
    "visits.roster",
    "visits.schedule",
    "visits.records",
    "visits.followup",
    "visits.desk",
]
MIDDLEWARE = [
    "xunfang.kit.requests.Numbered",
    "django.middleware.security.SecurityMiddleware",
    "accounts.middleware.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.OnDuty",
    "accounts.middleware.SaidWhenNotAllowed",
    "accounts.middleware.KeptSent",
    "accounts.middleware.RuleRequired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "xunfang.urls"
WSGI_APPLICATION = "xunfang.wsgi.application"
FORM_RENDERER = "xunfang.kit.controls.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "visits.desk.frame.frame",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "libraries": {},
            # {% csrf_token %} says whose page it is as well (docs/adr/0021).
            "builtins": ["accounts.templatetags.keeping"],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
# The pictures of the manuals are shown on 使用手册 (visits/desk/manual.py).
STATICFILES_DIRS = [BASE_DIR / "static", ("manual", BASE_DIR / "docs" / "手册" / "图")]
STATIC_ROOT = Path(os.environ.get("XUNFANG_STATIC", BASE_DIR / ".state" / "static"))

# Who may sign in, and how hard it is to guess.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.PhoneOrStaffNumber",
    "accounts.opening_codes.OpeningCode",
    "guardian.backends.ObjectPermissionBackend",  # asks the mirrored grants: has_perm(…, person)
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.FourClasses"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.NotAboutUs"},
]
LOGIN_URL = "accounts:sign_in"
# axes.W006 asks for the address as well; the next comment says why not.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
# By account, never by address alone: a whole town hall shares one address.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_USERNAME_CALLABLE = "accounts.backends.login_key"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "opening_secret"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_IPWARE_PROXY_COUNT = int(os.environ.get("XUNFANG_PROXIES", "0")) or None
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

# django-guardian: the named exceptions only (docs/adr). Without this line it makes a live account
# for everyone who is not signed in.
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False

# E-mail and chat groups: counts and days go out, never a person (visits/core/sending). Nothing set: nothing goes.
MAIL_HOST = os.environ.get("XUNFANG_MAIL_HOST", "")
MAIL_ON = bool(MAIL_HOST)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_ON else 'dummy'}.EmailBackend"
EMAIL_HOST = MAIL_HOST
EMAIL_PORT = int(os.environ.get("XUNFANG_MAIL_PORT", "465"))
EMAIL_HOST_USER = os.environ.get("XUNFANG_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("XUNFANG_MAIL_PASSWORD", "")
MAIL_SECURITY = os.environ.get("XUNFANG_MAIL_SECURITY", "ssl")  # ssl, starttls, none
EMAIL_USE_SSL = MAIL_SECURITY == "ssl"
EMAIL_USE_TLS = MAIL_SECURITY == "starttls"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("XUNFANG_MAIL_FROM", "")
# Message platforms inside the government network, as https://host:port: they are not looked at further.
WEBHOOK_ORIGINS = frozenset(
    origin.rstrip("/") for origin in os.environ.get("XUNFANG_WEBHOOK_ORIGINS", "").split(",") if origin
)

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a flushed Redis must not sign anybody out
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # "Strict" breaks links that are opened from the chat group
SESSION_COOKIE_AGE = 60 * 60 * 12  # the outer bound; per-role times are in accounts/roles.py
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 45  # forty photographs of sheets at once
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440


def broker(url: str) -> str:
    """The address as Celery spells it: it does not know unix://."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', '0')}"


# Celery only hurries what the database already knows (xunfang/kit/jobs.py).
CELERY = {
    "broker_url": broker(REDIS_URL),
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_time_limit": 1800,
    "task_soft_time_limit": 1740,
    "task_serializer": "json",
    "accept_content": ["json"],
    "timezone": TIME_ZONE,
    "broker_transport_options": {"visibility_timeout": 3600},
    "broker_connection_retry_on_startup": True,
    "task_publish_retry": False,
    "worker_hijack_root_logger": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_personal_data": {"()": "xunfang.kit.logs.NoPersonalData"}},
    "formatters": {
        "plain": {
            "()": "xunfang.kit.logs.Plain",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "xunfang.kit.logs.Line"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["no_personal_data"], "formatter": "plain"}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # One line a request is for an installation (prod.py).
        "xunfang.requests": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        # Its warnings quote the document, and documents name people.
        "weasyprint": {"level": "CRITICAL"},
        "fontTools": {"level": "ERROR"},
    },
}
