"""The smaller commands: set-up, demo data, stopping, starting over, the environment for a shell."""

import os
import shutil
import signal
import sys

from . import (
    asking,
    environment,
    packages,
    postgres,
    processes,
    serve,
    services,
    single,
    surroundings,
)
from .layout import Layout, prepare
from .say import Stop, complain, say


def setup(layout: Layout) -> int:
    """The virtual environment with everything, without starting anything."""
    prepare(layout, "test")
    environment.ensure(layout, dev=True)
    say("运行环境已准备好。")
    return 0


def demo(layout: Layout) -> int:
    """Make the demonstration data anew, in a running site or in one started for this moment."""
    running = single.holder(layout)[0] is not None
    prepare(layout, "run")
    environment.ensure(layout, dev=False)
    wanted = surroundings.needs(layout)
    try:
        if not running:
            services.up(layout, "run", wanted, dies_with_us=True)
        env = {**surroundings.inherited(), **surroundings.for_run(layout, wanted, serve.wanted_port())}
        env |= packages.pdf_environment(layout) or {}
        (layout.state / "files").mkdir(mode=0o700, exist_ok=True)
        serve.set_up_database(layout, wanted, env, demo=False)
        # Signed papers may not be deleted by the runtime role: the owner clears the tables.
        serve.manage(
            layout,
            surroundings.as_owner(layout, wanted, env),
            "demo",
            "--recreate",
            *_crowd(),
            what="演示数据生成",
        )
    finally:
        if not running:
            services.down(layout, "run")
    say("演示数据已重新生成。")
    return 0


def _crowd() -> list[str]:
    """`PEOPLE=200000 YEARS=3`: a whole city beside the played villages."""
    people, years = os.environ.get("PEOPLE", ""), os.environ.get("YEARS", "3")
    if not people:
        return []
    if not (people.isdecimal() and years.isdecimal() and 0 < int(years) <= 20):
        raise Stop("PEOPLE 和 YEARS 要写数字，例如 make demo PEOPLE=200000 YEARS=3")
    return ["--people", people, "--years", years]


def stop(layout: Layout) -> int:
    """Stop the site and the test services of this checkout."""
    if not layout.state.exists():
        say("没有在运行。")
        return 0
    who, _ = single.holder(layout)
    if who:
        processes.end(who, signal.SIGTERM, patience=100, group=False)
    lock = single.take(layout)
    if lock:  # nobody runs: whatever is left was left by a launcher that was killed
        with lock:
            services.clear(layout, "run")
    (layout.side("test") / "keep").unlink(missing_ok=True)
    services.clear(layout, "test")
    say("已停止。")
    return 0


def reset(layout: Layout) -> int:
    """Delete the database and the files of the run, after asking. The secrets stay."""
    if single.holder(layout)[0]:
        raise Stop("网站正在运行：请先按 Ctrl-C 或执行 make stop，再清空数据。")
    if not sys.stdin.isatty():
        raise Stop("清空数据需要人工确认：请在终端里执行 make reset。")
    question = f"将删除 {layout.state} 里的数据库和全部附件，不能恢复。确定请输入“清空”后回车："
    if not asking.typed(question, "清空"):
        say("没有删除任何内容。")
        return 0
    lock = single.take(layout) if layout.state.exists() else None
    if lock:
        with lock:
            services.clear(layout, "run")
            shutil.rmtree(layout.side("run"), ignore_errors=True)
            shutil.rmtree(layout.state / "files", ignore_errors=True)
    say("数据已清空。")
    return 0


def env(layout: Layout) -> int:
    """Print the environment of the running site, or of the test services when it does not run."""
    who, address = single.holder(layout)
    if who and address and os.environ.get("WHICH") != "test":
        port = int(address.rstrip("/").rpartition(":")[2])
        say(surroundings.exports(surroundings.for_run(layout, surroundings.needs(layout), port)))
        return 0
    return test_env(layout)


def test_up(layout: Layout) -> int:
    """Start the test services and leave them running until `make stop`."""
    services.up(layout, "test", services.Needs(), dies_with_us=False)
    (layout.side("test") / "keep").touch()
    return test_env(layout)


def test_env(layout: Layout) -> int:
    """Print the environment of the test services."""
    if not postgres.existing_major(layout, "test"):
        complain("测试用的数据库还没有建立：请先执行 make services")
    say(surroundings.exports(surroundings.for_tests(layout, packages.chromium_here())))
    return 0


def test_down(layout: Layout) -> int:
    """Stop the test services."""
    (layout.side("test") / "keep").unlink(missing_ok=True)
    services.clear(layout, "test")
    return 0
