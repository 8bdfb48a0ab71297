"""`make check`, `make test`, `make bench`, `make fmt`: the same commands here and on the build server."""

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from . import environment, packages, secrets_file, services, steps, surroundings
from .layout import Layout, prepare
from .say import complain, say

TEMPLATE = "test_xunfang_base"


def test(layout: Layout) -> int:
    """Set-up, the checks, then the tests; services stop afterwards."""
    browser = _set_up(layout, browser=True)
    with _services(layout):
        if code := _check(layout, base=True):
            return code
        env = {**surroundings.inherited(), **surroundings.for_tests(layout, browser), **_pdf(layout)}
        env["XUNFANG_TEST_TEMPLATE"] = TEMPLATE
        command = [layout.python, "-m", "pytest", "-n", "2", *shlex.split(os.environ.get("ARGS", ""))]
        code = steps.run(command, cwd=layout.checkout, env=env)
    if browser is None:
        complain(
            "注意：没有找到Chromium，浏览器测试全部被跳过。请执行 apt-get install chromium fonts-noto-cjk"
        )
    return code


def bench(layout: Layout) -> int:
    """The benchmarks, one after another; what they measured is written into docs/bench.md."""
    _set_up(layout, browser=False)
    with _services(layout):
        env = {**surroundings.inherited(), **surroundings.for_tests(layout), **_pdf(layout)}
        more = shlex.split(os.environ.get("ARGS", ""))
        command = [layout.python, "-m", "pytest", "-q", "-s", "-m", "bench", "tests/bench", *more]
        code = steps.run(command, cwd=layout.checkout, env=env)
    if not code:
        say("量出来的数写在 docs/bench.md")
    return code


def check(layout: Layout) -> int:
    """Only the checks."""
    _set_up(layout, browser=False)
    with _services(layout):
        return _check(layout)


def fmt(layout: Layout) -> int:
    """Format code and templates in place."""
    _set_up(layout, browser=False)
    scripts = layout.python.parent
    commands = [
        [scripts / "ruff", "check", "--fix-only", "--quiet", "."],
        [scripts / "ruff", "format", "."],
        [scripts / "djade", "--target-version", "5.2", *_templates(layout)],
    ]
    steps.run(commands[0], cwd=layout.checkout)
    steps.run(commands[1], cwd=layout.checkout)
    if _templates(layout):
        steps.run(commands[2], cwd=layout.checkout)
    return 0


def _set_up(layout: Layout, *, browser: bool) -> str | None:
    prepare(layout, "test")
    environment.ensure(layout, dev=True)
    return packages.chromium(layout) if browser else None


def _pdf(layout: Layout) -> dict[str, str]:
    extra = packages.pdf_environment(layout)
    if extra is None:
        complain(
            "注意：缺少打印所需的程序库，PDF的测试会失败。请执行 apt-get install "
            + " ".join(packages.PDF_LIBRARIES)
        )
    return extra or {}


@contextlib.contextmanager
def _services(layout: Layout) -> Iterator[None]:
    """The test services, stopped at the end unless `make services` or another test run wants them."""
    with (layout.state / "test.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_SH)
        try:
            services.up(layout, "test", services.Needs(), dies_with_us=False)
            yield
        finally:
            try:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else's tests still use them and will stop them
            else:
                if not (layout.side("test") / "keep").exists():
                    services.down(layout, "test")


def _templates(layout: Layout) -> list[Path]:
    return sorted((layout.checkout / "templates").rglob("*.html"))


def checks(layout: Layout) -> dict[str, tuple[list, dict[str, str]]]:
    """Name → command and extra environment, the slowest first."""
    python, scripts = layout.python, layout.python.parent
    production = {
        **secrets_file.fresh(),
        "DJANGO_SETTINGS_MODULE": "xunfang.settings.prod",
        "XUNFANG_HOSTS": "xunfang.example.gov.cn",
        "XUNFANG_EXTERNAL_URL": "https://xunfang.example.gov.cn",
        "XUNFANG_FILES": str(layout.side("test") / "files"),
    }
    lint_imports = "from importlinter.cli import lint_imports_command as go; go()"
    deploy = ["check", "--deploy", "--fail-level", "WARNING"]
    found: dict[str, tuple[list, dict[str, str]]] = {
        "mypy": ([python, "-m", "mypy"], {}),
        "ruff format": ([scripts / "ruff", "format", "--check", "."], {}),
        "ruff check": ([scripts / "ruff", "check", "."], {}),
        "djade": ([scripts / "djade", "--check", "--target-version", "5.2", *_templates(layout)], {}),
        "import-linter": ([python, "-c", lint_imports], {}),
        "browser floor": ([python, "tools/browser_floor.py"], {}),
        "makemigrations": ([python, "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        "check --deploy": ([python, "manage.py", *deploy], production),
    }
    if not _templates(layout):
        del found["djade"]
    return found


def _check(layout: Layout, *, base: bool = False) -> int:
    """Run all of them, so that one round shows everything that is wrong; with `base` also make the seeded
    database that the test processes copy: migrating takes as long as the slowest check."""
    env = {**surroundings.inherited(), **surroundings.for_tests(layout), **_pdf(layout)}
    commands = {name: (command, {**env, **extra}) for name, (command, extra) in checks(layout).items()}
    if base:
        make = [
            layout.python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "--create-db",
            "--reuse-db",
            "tests/test_base.py",
        ]
        commands = {"database of the tests": (make, {**env, "XUNFANG_TEST_DB": TEMPLATE}), **commands}
    if failed := steps.together(commands, cwd=layout.checkout):
        complain("检查没有通过：" + "、".join(failed))
        return 1
    return 0
