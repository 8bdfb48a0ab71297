"""Finding the programs of PostgreSQL and Redis: the machine's own, or those we unpacked."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .layout import PLAIN_PATH, Layout

CACHES = ("redis-server", "valkey-server")


@dataclass(frozen=True)
class Programs:
    """Paths of the servers' programs; `env` is what they need around them."""

    postgres: Path | None  # a bin folder
    redis: Path | None  # a program
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return self.postgres is not None and self.redis is not None


def ignore_system() -> bool:
    """For proving the download-and-unpack way on a machine that has the servers."""
    return os.environ.get("XUNFANG_IGNORE_SYSTEM_SERVICES") == "1"


def server_env(libraries: Mapping[str, str] | None = None) -> dict[str, str]:
    """A bare environment for a server: nothing of the caller's leaks in."""
    return {"PATH": PLAIN_PATH, "LANG": "C.UTF-8", "TZ": "UTC", **(libraries or {})}


def on_machine(wanted_major: str | None = None) -> Programs:
    """What the machine has. `wanted_major`: only this PostgreSQL can open an existing cluster."""
    if ignore_system():
        return Programs(None, None)
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb", path=f"{os.environ.get('PATH', '')}:{PLAIN_PATH}")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    redis = next((p for name in CACHES if (p := shutil.which(name, path=PLAIN_PATH))), None)
    return Programs(_newest(folders, wanted_major, {}), Path(redis) if redis else None)


def unpacked(layout: Layout, wanted_major: str | None = None) -> Programs:
    """What we unpacked into our own folder."""
    root = layout.unpacked / "root"
    env = libraries(root)
    folders = list(root.glob("usr/lib/postgresql/*/bin"))
    found = [p for name in CACHES if (p := root / "usr" / "bin" / name).exists()]
    return Programs(_newest(folders, wanted_major, env), found[0] if found else None, env)


def libraries(root: Path) -> dict[str, str]:
    """The environment in which programs below `root` find the libraries unpacked there."""
    folders = [
        *root.glob("usr/lib/*-linux-gnu*"),
        *root.glob("lib/*-linux-gnu*"),
        *root.glob("usr/lib/postgresql/*/lib"),
    ]
    return {"LD_LIBRARY_PATH": ":".join(str(p) for p in folders)} if folders else {}


def _newest(folders: list[Path], wanted_major: str | None, env: Mapping[str, str]) -> Path | None:
    usable = []
    for folder in folders:
        if not all((folder / name).exists() for name in ("postgres", "initdb", "psql")):
            continue
        major = major_of(folder / "postgres", env)
        if major and (wanted_major is None or major == wanted_major):
            usable.append((int(major), folder))
    return max(usable)[1] if usable else None


def major_of(program: Path, env: Mapping[str, str]) -> str | None:
    """The major version a PostgreSQL program reports; None when it does not start."""
    try:
        said = subprocess.run(
            [program, "--version"], env=server_env(env), capture_output=True, text=True, check=False, cwd="/"
        ).stdout
    except OSError:
        return None
    found = re.search(r"\) (\d+)", said)
    return found.group(1) if found else None
