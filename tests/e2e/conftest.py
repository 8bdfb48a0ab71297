"""Browser tests: a real gunicorn and a real Celery worker on a copy of the database, Debian's Chromium."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.cast import PASSWORD, Cast, make_cast

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's sync API runs a loop in this thread
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1366, "height": 768}
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _wait(ready: Callable[[], bool], what: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.1)
    raise RuntimeError(f"{what} did not start")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"浏览器测试没有跑：这台机器上没有 {CHROMIUM}，请安装 chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        made.close()


@dataclass
class Site:
    """A running site: `page(user)` gives a signed-in page; `cast` are the people of it."""

    url: str
    cast: Cast
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    javascript: bool = True

    def page(self, user: Any = None, *, size: dict[str, int] = PHONE, javascript: bool | None = None) -> Page:
        context = self.browser.new_context(
            base_url=self.url, viewport=size, java_script_enabled=self.javascript if javascript is None else javascript, locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message))
        if user is not None:
            page.goto("/account/sign-in")
            page.get_by_label("手机号或工号").fill(user.phone)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def check(self, page: Page) -> None:
        """`check_page`, where axe may run: it is a script itself."""
        if self.javascript:
            check_page(page)

    def _console(self, page: Page, message: Any) -> None:
        if message.type == "error" and "status of 422" not in message.text:
            self.problems.append(f"{page.url}: {message.text}")


def give_password(page: Page) -> None:
    """From the page of a table to its button: the password once more, once a session."""
    page.get_by_role("link", name="我看过了，去输密码").click()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="确认").click()


def check_page(page: Page, *, axe: bool = True) -> None:
    """What every page must be: no sideways scroll, no undefined variable, no violation that axe knows.

    A click returns when the new page has begun; on a busy machine it is still empty then, so it is waited for.
    """
    page.wait_for_load_state()
    assert "⟦" not in page.content(), page.url
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px too wide"
    if not axe:
        return
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]


@dataclass
class Server:
    """The processes of the site. They outlive a test: the database under them is dropped and copied anew by
    the same name, as after a restart of the database in production, and starting them costs three seconds."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    url: str = ""
    web: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def up(self, name: str) -> str:
        """The site's address; its database `name` exists by now."""
        if self.processes and all(process.poll() is None for process in self.processes):
            return self.url
        self.down()
        port = _free_port()
        entry = settings.DATABASES["default"]
        self.url = f"http://127.0.0.1:{port}"
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "xunfang.settings.test",
            "XUNFANG_TEST_SERVER_URL": f"postgresql://{settings.RUNTIME_DB_ROLE}@/{name}?host={entry['HOST']}",
            "XUNFANG_FILES": str(self.folder / "files"),
            "XUNFANG_EXTERNAL_URL": self.url,
            "XUNFANG_READY_FILE": str(ready),
        }
        bin_ = Path(sys.executable).parent
        web = [str(bin_ / "gunicorn"), "xunfang.wsgi", "-w", "2", "-b", f"127.0.0.1:{port}", "--preload",
               "--log-level", "warning"]  # fmt: skip
        worker = [str(bin_ / "celery"), "-q", "-A", "xunfang", "worker", "-P", "solo", "--loglevel", "ERROR",
                  "--without-gossip", "--without-mingle"]  # fmt: skip
        self.web, self.env = web, env
        self.processes = [subprocess.Popen(command, env=env) for command in (web, worker)]
        _wait(lambda: _answers(f"{self.url}/healthz"), "gunicorn")
        _wait(ready.exists, "celery")
        return self.url

    def kill_web(self) -> None:
        """As if the machine had lost its power: nobody answers, nothing was finished."""
        master = self.processes[0]
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
        for pid in (master.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        master.wait(timeout=20)

    def start_web(self) -> None:
        """The same command at the same address."""
        self.processes[0] = subprocess.Popen(self.web, env=self.env)
        _wait(lambda: _answers(f"{self.url}/healthz"), "gunicorn")

    def down(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=20)
        self.processes = []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("site"))
    yield made
    made.down()


@pytest.fixture
def site(committed: str, browser: Browser, server: Server) -> Iterator[Site]:
    """A site with the cast of today; closes with a complaint about any script error or CSP violation."""
    cast = make_cast(timezone.localdate())
    settings.FILES_ROOT = server.folder / "files"
    made = Site(server.up(committed), cast, browser)
    yield made
    for context in made.contexts:
        context.close()
    assert made.problems == []
