"""The environment handed to Django's processes."""

import hashlib
import os
import shlex
import socket

from . import cache, postgres, secrets_file
from .layout import Layout
from .services import Needs

NEVER_PASSED = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "XUNFANG_READY_FILE")


def inherited() -> dict[str, str]:
    """The caller's environment, without what would lead our Python astray."""
    found = {name: value for name, value in os.environ.items() if name not in NEVER_PASSED}
    found["PYTHONUTF8"] = "1"
    found.setdefault("PATH", "/usr/bin:/bin")
    return found


def needs(layout: Layout) -> Needs:
    """Servers the caller has not named. Addresses of our own sockets (from `make env`) don't count."""

    def foreign(name: str) -> bool:
        value = os.environ.get(name, "")
        return bool(value) and str(layout.sockets) not in value

    return Needs(postgres=not foreign("DATABASE_URL"), redis=not foreign("REDIS_URL"))


def for_run(layout: Layout, wanted: Needs, port: int) -> dict[str, str]:
    """What web, worker and beat need, on top of `inherited()`."""
    redis_url = cache.url(layout, "run") if wanted.redis else os.environ["REDIS_URL"]
    return {
        "DJANGO_SETTINGS_MODULE": "xunfang.settings.dev",
        "DATABASE_URL": postgres.url(layout, "run", "app_rt", "xunfang")
        if wanted.postgres
        else os.environ["DATABASE_URL"],
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": broker_url(redis_url),
        "XUNFANG_FILES": str(layout.state / "files"),
        **({"XUNFANG_DATABASE_FILES": str(layout.side("run"))} if wanted.postgres else {}),
        "XUNFANG_EXTERNAL_URL": os.environ.get("XUNFANG_EXTERNAL_URL") or f"http://{lan_address()}:{port}",
        **secrets_file.load(layout),
    }


def as_owner(layout: Layout, wanted: Needs, env: dict[str, str]) -> dict[str, str]:
    """The same for commands that change tables."""
    if wanted.postgres:
        return {**env, "DATABASE_URL": postgres.url(layout, "run", "xunfang_owner", "xunfang")}
    return {**env, "DATABASE_URL": os.environ.get("DATABASE_OWNER_URL") or env["DATABASE_URL"]}


def for_tests(layout: Layout, chromium: str | None = None) -> dict[str, str]:
    """What pytest needs to reach the test services."""
    redis_url = cache.url(layout, "test")
    found = {
        "DJANGO_SETTINGS_MODULE": "xunfang.settings.test",
        "DATABASE_OWNER_URL": postgres.url(layout, "test", "xunfang_owner", "postgres"),
        "DATABASE_URL": postgres.url(layout, "test", "app_rt", "postgres"),
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": broker_url(redis_url),
    }
    return {**found, "CHROMIUM": chromium} if chromium else found


def broker_url(redis_url: str) -> str:
    """Celery writes the address of a unix socket differently from the redis client."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    database = query.removeprefix("db=") if query.startswith("db=") else "0"
    return f"redis+socket://{path}?virtual_host={database}"


def exports(env: dict[str, str]) -> str:
    """Lines for `eval` in a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items())


def lan_address() -> str:
    """This machine's address as its neighbours see it; loopback when it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: only the route is looked up
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def fingerprint(layout: Layout) -> dict[str, str]:
    """What decides whether migrate and seed have to run again: migrations, and all our code and data."""
    parts = {"migrations": hashlib.sha256(), "code": hashlib.sha256()}
    parts["migrations"].update((layout.checkout / "requirements" / "runtime.txt").read_bytes())
    for app in ("accounts", "visits", "xunfang"):
        for path in sorted((layout.checkout / app).rglob("*")):
            if path.suffix not in (".py", ".json", ".csv", ".sql", ".toml") or "__pycache__" in path.parts:
                continue
            name = str(path.relative_to(layout.checkout)).encode()
            parts["code"].update(name + b"\0" + path.read_bytes())
            if "migrations" in path.parts:
                parts["migrations"].update(name)
    return {name: digest.hexdigest() for name, digest in parts.items()}
