"""The virtual environment in the checkout, from the lock files, with every hash checked."""

import fcntl
import hashlib
import sys
from pathlib import Path

from . import steps
from .layout import Layout
from .say import Stop, disk_full, say

LOCKS = {"runtime": "requirements/runtime.txt", "dev": "requirements/dev.txt"}


def ensure(layout: Layout, *, dev: bool) -> None:
    """Make or mend `.venv`; a stamp with the lock's hash lets a second start skip this."""
    wanted = ["runtime", "dev"] if dev else ["runtime"]
    with (layout.state / "venv.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two starts must not install into one folder at a time
        _interpreter(layout)
        for name in wanted:
            stamp = layout.checkout / ".venv" / f"xunfang-{name}.stamp"
            lock = layout.checkout / LOCKS[name]
            content = _stamp(lock)
            if not stamp.exists() or stamp.read_text() != content:
                say(
                    "正在安装程序所需的组件，第一次约需一两分钟……"
                    if name == "runtime"
                    else "正在安装测试所需的组件……"
                )
                _install(layout, lock)
                stamp.write_text(content)


def _stamp(lock: Path) -> str:
    return (
        f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}\n"
    )


def _interpreter(layout: Layout) -> None:
    folder = layout.checkout / ".venv"
    probe = [layout.python, "-c", "import pip"]
    if steps.output(probe, cwd=layout.checkout) is not None:
        return
    log = layout.log("run", "install")
    start = steps.size(log)
    # `--clear`: a folder copied from elsewhere or half made is not worth mending.
    code = steps.run([sys.executable, "-m", "venv", "--clear", folder], cwd=layout.checkout, log=log)
    if code:
        said = steps.since(log, start)
        if steps.disk_trouble(said):
            raise Stop(disk_full(str(folder)))
        raise Stop(
            "无法建立Python运行环境：请先安装venv模块，再重新运行。（apt-get install python3-venv）"
            if "ensurepip" in said
            else f"无法在 {folder} 建立Python运行环境：请查看 {log} 末尾的说明，处理后重新运行。"
        )


def _install(layout: Layout, lock: Path) -> None:
    log = layout.log("run", "install")
    start = steps.size(log)
    command = [layout.python, "-m", "pip", "install", "--require-hashes", "--no-input", "--no-color"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", lock]
    if steps.run(command, cwd=layout.checkout, log=log) == 0:
        return
    said = steps.since(log, start)
    if steps.disk_trouble(said):
        raise Stop(disk_full(str(layout.checkout)))
    if "DO NOT MATCH THE HASHES" in said:
        raise Stop(f"下载的组件与清单不一致，已停止安装：请更换下载来源后重新运行，详情见 {log}。")
    if steps.network_trouble(said):
        raise Stop(f"下载组件时网络不通：请检查网络或软件源设置后重新运行，详情见 {log}。")
    raise Stop(f"组件安装没有完成：请查看 {log} 末尾的说明，处理后重新运行。")
