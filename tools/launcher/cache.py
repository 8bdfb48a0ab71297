"""A private Redis (or Valkey): unix socket only."""

import signal
import socket
import time
from pathlib import Path

from . import processes, quitting
from .binaries import Programs, server_env
from .layout import Layout, servant_dir
from .say import Stop


def socket_path(layout: Layout, kind: str) -> Path:
    return layout.socket_dir(kind) / "redis.sock"


def url(layout: Layout, kind: str) -> str:
    return f"unix://{socket_path(layout, kind)}?db=0"


def start(layout: Layout, kind: str, programs: Programs, *, dies_with_us: bool):
    """Start the server and wait until it answers; returns the process."""
    folder = servant_dir(layout.side(kind) / "redis", layout.servant)
    # noeviction: the broker's queue lives here, losing a message silently is worse than refusing one.
    command = [str(programs.redis), "--port", "0", "--unixsocket", str(socket_path(layout, kind))]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--daemonize", "no", "--save", ""]
    command += ["--appendonly", "yes" if kind == "run" else "no", "--maxmemory-policy", "noeviction"]
    command += ["--databases", "64", "--ignore-warnings", "ARM64-COW-BUG"]
    log = layout.log(kind, "redis")
    process = processes.spawn(
        command,
        env=server_env(programs.env),
        log=log,
        cwd=Path("/"),
        servant=layout.servant,
        dies_with_us=signal.SIGTERM if dies_with_us else None,
    )
    processes.remember(layout.side(kind) / "redis.pid", process.pid)
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        if answers(layout, kind):
            return process
        quitting.pause(0.05)
    if any("No space left" in line for line in processes.tail(log)):
        raise OSError(28, "No space left on device", str(layout.state))
    raise Stop(f"消息服务没有启动成功：请查看 {log} 末尾的说明，处理后重新运行。")


def answers(layout: Layout, kind: str) -> bool:
    return ask(layout, kind, "PING").startswith(b"+PONG")


def ask(layout: Layout, kind: str, command: str) -> bytes:
    """The raw reply to one command; empty when nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(socket_path(layout, kind)))
            line.sendall(command.encode() + b"\r\n")
            return line.recv(256 * 1024)
    except OSError:
        return b""
