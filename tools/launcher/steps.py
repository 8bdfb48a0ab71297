"""Commands that run to their end (pip, migrate, pytest), while Ctrl-C is still heard."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from . import quitting
from .say import say

NETWORK_WORDS = (
    "Temporary failure",
    "Could not resolve",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Connection refused",
    "Connection timed out",
    "Read timed out",
    "ConnectTimeout",
    "ProxyError",
    "Failed to fetch",
    "Unable to fetch",
    "Could not connect",
    "No matching distribution found",
)


def run(
    command: Sequence[object],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> int:
    """Run to the end; output goes to `log`, or to the terminal without one. Returns the exit code."""
    out = log.open("ab") if log else None
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            cwd=cwd,
            env=None if env is None else dict(env),
        )
        try:
            while process.poll() is None:
                quitting.pause(0.1)
        except quitting.Leave:
            _let_go(process)
            raise
        return process.returncode
    finally:
        if out:
            out.close()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """The terminal's Ctrl-C reached the command too: give it time to finish by itself."""
    for ask in (None, process.terminate, process.kill):
        if ask:
            ask()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue
        return


def together(commands: Mapping[str, tuple[Sequence[object], Mapping[str, str]]], *, cwd: Path) -> list[str]:
    """Run commands by name side by side, as many as there are cores; each prints when it is done, under its
    name. Returns the names of those that failed, in the order in which they were given."""
    waiting, failed = list(commands), []
    running: dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                name = waiting.pop(0)
                command, env = commands[name]
                printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed when its command is done
                words = [str(part) for part in command]
                running[name] = (
                    subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, cwd=cwd, env=dict(env)),
                    printed,
                )  # fmt: skip
            quitting.pause(0.1)
            for name, (process, printed) in list(running.items()):
                if process.poll() is None:
                    continue
                del running[name]
                printed.seek(0)
                say(f"── {name}\n{printed.read().decode('utf-8', 'replace')}".rstrip())
                printed.close()
                if process.returncode:
                    failed.append(name)
    except quitting.Leave:
        for process, _ in running.values():
            _let_go(process)
        raise
    return [name for name in commands if name in failed]


def output(command: Sequence[object], *, cwd: Path, env: Mapping[str, str] | None = None) -> str | None:
    """What a short command prints; None when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=None if env is None else dict(env),
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def since(log: Path, start: int) -> str:
    """What was written to a log after byte `start`."""
    try:
        with log.open("rb") as source:
            source.seek(start)
            return source.read().decode("utf-8", "replace")
    except OSError:
        return ""


def size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def network_trouble(text: str) -> bool:
    return any(word in text for word in NETWORK_WORDS)


def disk_trouble(text: str) -> bool:
    return "No space left on device" in text or "Disk quota exceeded" in text
