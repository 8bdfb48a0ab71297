"""`make run`: from nothing to a page that answers, and down again without leaving anything."""

import errno
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

from . import environment, packages, processes, quitting, services, single, steps, surroundings
from .layout import Layout, prepare
from .say import Stop, disk_full, say

NAMES = {
    "web": "网站",
    "worker": "后台任务",
    "beat": "定时任务",
    "redis": "消息服务（Redis）",
    "postgres": "数据库（PostgreSQL）",
}


def run(layout: Layout) -> int:
    """Start everything, stay until asked to stop; returns the exit code."""
    port = wanted_port()
    prepare(layout, "run")
    lock = single.take(layout)
    if lock is None:
        address = single.holder(layout)[1]
        say(f"已经在运行，地址 {address}" if address else "正在启动或停止，请稍候再试。")
        return 0
    with lock:
        services.clear(layout, "run")
        refuse_taken_port(port)
        address = f"http://127.0.0.1:{port}/"
        single.write(lock, address)
        try:
            children = start(layout, port)
            announce(layout, port)
            watch(layout, children)
        except quitting.Leave:
            single.write(lock, "")
            say("正在停止……")
            services.down(layout, "run")
            say("已停止。")
            return 0
        finally:
            services.down(layout, "run")


def wanted_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Stop("端口要写成1到65535之间的数字，例如：make run PORT=8001")
    return int(text)


def refuse_taken_port(port: int) -> None:
    """Better now than after a minute of preparation."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Stop(
                    f"当前账号不能使用端口 {port}：请换一个大于1023的端口，例如：make run PORT=8000"
                ) from None
            other = 8001 if port != 8001 else 8002
            raise Stop(
                f"端口 {port} 已被占用：请关闭占用它的程序，或换一个端口：make run PORT={other}"
            ) from None


def start(layout: Layout, port: int) -> dict[str, subprocess.Popen]:
    """Everything in order; returns our child processes by name."""
    environment.ensure(layout, dev=False)
    wanted = surroundings.needs(layout)
    children = services.up(layout, "run", wanted, dies_with_us=True)
    pdf = packages.pdf_environment(layout)
    if pdf is None:
        say(
            "提示：缺少打印所需的程序库，PDF暂时不能生成，其他功能正常。请执行 "
            + mend_pdf()
            + " 后重新运行。"
        )
    (layout.state / "files").mkdir(mode=0o700, exist_ok=True)
    env = {**surroundings.inherited(), **surroundings.for_run(layout, wanted, port), **(pdf or {})}
    set_up_database(layout, wanted, env)
    ready = layout.side("run") / "worker.ready"
    ready.unlink(missing_ok=True)
    for name, command in commands(layout, port).items():
        quitting.check()
        extra = {"XUNFANG_READY_FILE": str(ready)} if name == "worker" else {}
        child = processes.spawn(
            command,
            env={**env, **extra},
            log=layout.log("run", name),
            cwd=layout.checkout,
            dies_with_us=signal.SIGTERM,
        )
        processes.remember(layout.side("run") / f"{name}.pid", child.pid)
        children[name] = child
    wait_until_ready(layout, children, port, ready)
    return children


def mend_pdf() -> str:
    return "apt-get install " + " ".join(packages.PDF_LIBRARIES)


def commands(layout: Layout, port: int) -> dict[str, list[str]]:
    """`python -m`, not the scripts: their first line breaks when the checkout is moved or its path is long."""
    python = [str(layout.python), "-m"]
    celery = [*python, "celery", "-A", "xunfang"]
    web = [*python, "gunicorn", "xunfang.wsgi", "-w", "2", "-b", f"0.0.0.0:{port}", "--no-control-socket"]
    if Path("/dev/shm").is_dir():
        web += ["--worker-tmp-dir", "/dev/shm"]
    worker = [*celery, "worker", "-c", "2", "-Q", "celery,slow", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle"]  # one worker has nobody to greet
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]
    beat += ["--schedule", str(layout.side("run") / "beat-schedule")]
    return {"web": web, "worker": worker, "beat": beat}


def set_up_database(
    layout: Layout, wanted: services.Needs, env: dict[str, str], *, demo: bool = True
) -> None:
    """migrate, seed, demo: each only when something it depends on has changed. `demo`: False when it is made next."""
    memory = layout.side("run") / "steps.json"
    done: dict[str, str] = {}
    if memory.exists():
        done = json.loads(memory.read_text() or "{}")
    if done.get("database") != env["DATABASE_URL"]:
        done = {"database": env["DATABASE_URL"]}
    now = surroundings.fingerprint(layout)
    owner = surroundings.as_owner(layout, wanted, env)

    def note(**values: str) -> None:
        done.update(values)
        memory.write_text(json.dumps(done))

    if done.get("migrations") != now["migrations"]:
        say("正在准备数据库……")
        manage(layout, owner, "migrate", "--noinput", what="数据库升级")
        note(migrations=now["migrations"])
    if done.get("code") != now["code"]:
        manage(layout, env, "seed", what="基础数据写入")
        note(code=now["code"])
    if demo and "demo" not in done and os.environ.get("DEMO") != "0":
        say("正在生成演示数据……")
        manage(layout, env, "demo", what="演示数据生成")
        note(demo="done")


def manage(layout: Layout, env: dict[str, str], *words: str, what: str) -> None:
    """Run one management command with its output in the set-up log."""
    log = layout.log("run", "setup")
    before = steps.size(log)
    if steps.run([layout.python, "manage.py", *words], cwd=layout.checkout, env=env, log=log):
        said = steps.since(log, before)
        if steps.disk_trouble(said):
            raise Stop(disk_full(str(layout.state)))
        if "OperationalError" in said and "connection to server" in said:
            raise Stop("连不上DATABASE_URL所指的数据库：请检查这个地址和数据库是否已启动，再重新运行。")
        raise Stop(f"{what}没有完成：请查看 {log} 末尾的说明，处理后重新运行。")


def wait_until_ready(layout: Layout, children: dict, port: int, ready: Path) -> None:
    """Until the page answers and the worker takes work; a child that dies meanwhile ends the start."""
    until = time.monotonic() + 90
    web = worker = False
    while not (web and worker):
        quitting.pause(0.1)
        refuse_dead(layout, children)
        web = web or answers(port)
        worker = worker or ready.exists()
        if time.monotonic() > until:
            late = "web" if not web else "worker"
            raise Stop(
                f"{NAMES[late]}没有按时启动：请查看 {layout.log('run', late)} 末尾的说明，处理后重新运行。"
            )


def answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def refuse_dead(layout: Layout, children: dict) -> None:
    """Raise Stop with the last lines of its log when a child has ended by itself."""
    for name, child in children.items():
        if child.poll() is not None:
            log = layout.log("run", name)
            lines = processes.tail(log)
            if any(steps.disk_trouble(line) for line in lines):
                raise Stop(disk_full(str(layout.state)))
            for line in lines:
                say(f"    {line}")
            raise Stop(f"{NAMES[name]}意外停止，其余部分也已停下：原因见上面这几行，完整日志在 {log}。")


def announce(layout: Layout, port: int) -> None:
    """Addresses, and one account for each role."""
    lan = surroundings.lan_address()
    say()
    say("巡访系统已启动。")
    say(f"  本机打开    http://127.0.0.1:{port}/")
    if lan != "127.0.0.1":
        say(f"  手机和同事  http://{lan}:{port}/")
    if os.environ.get("DEMO") != "0":
        env = {**surroundings.inherited(), **surroundings.for_run(layout, surroundings.needs(layout), port)}
        accounts = steps.output(
            [layout.python, "manage.py", "demo", "--accounts"], cwd=layout.checkout, env=env
        )
        if accounts and accounts.strip():
            say()
            say(accounts.rstrip())
    say()
    say("按 Ctrl-C 停止。")


def watch(layout: Layout, children: dict) -> NoReturn:
    """Look after the children until asked to stop."""
    while True:
        quitting.pause(0.5)
        refuse_dead(layout, children)
