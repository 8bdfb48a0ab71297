"""Where things lie: the checkout, its state folder, its sockets, and the user the servers run as."""

import contextlib
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .say import Stop, disk_full

CHECKOUT = Path(__file__).resolve().parents[2]
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOM_NEEDED = 500 * 1024 * 1024  # bytes free before anything is started


@dataclass(frozen=True)
class Servant:
    """The unprivileged account that runs the servers when the launcher itself is root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Layout:
    """All paths of one checkout. `servant` is None when the launcher is not root."""

    checkout: Path
    state: Path
    sockets: Path
    servant: Servant | None

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def unpacked(self) -> Path:
        """The folder into which distribution packages are unpacked when they may not be installed."""
        return self.state / "packages"

    @property
    def python(self) -> Path:
        return self.checkout / ".venv" / "bin" / "python"

    def side(self, kind: str) -> Path:
        """The state of one set of services: `run` or `test`."""
        return self.state / kind

    def socket_dir(self, kind: str) -> Path:
        """Kept short: PostgreSQL takes at most 107 bytes for the path of its socket."""
        return self.sockets / kind

    def log(self, kind: str, name: str) -> Path:
        return self.logs / (f"{name}.log" if kind == "run" else f"{kind}-{name}.log")


def find(checkout: Path = CHECKOUT) -> Layout:
    """The layout of `checkout` for whoever runs the launcher; makes no folders yet."""
    key = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]
    if os.geteuid() == 0:
        state = Path("/var/lib/xunfang") / key
    else:
        base = os.environ.get("XDG_STATE_HOME") or ""
        home = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state"
        state = home / "xunfang" / key
    sockets = Path("/tmp") / f"xf-{os.geteuid()}-{key[:8]}"
    return Layout(checkout, state, sockets, _servant(state) if os.geteuid() == 0 else None)


def _servant(state: Path) -> Servant:
    """Whoever owns the clusters already made here, else an account that exists, else a new one."""
    for cluster in (state / "run" / "pg", state / "test" / "pg"):
        with contextlib.suppress(OSError, KeyError):
            return _account(pwd.getpwuid(cluster.stat().st_uid))
    for name in ("xunfang", "postgres"):
        with contextlib.suppress(KeyError):
            return _account(pwd.getpwnam(name))
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "xunfang"],
        env={"PATH": PLAIN_PATH},  # the caller's may lack sbin
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        raise Stop("无法建立运行数据库的系统账号：请执行 useradd --system xunfang 后重新运行。")
    return _account(pwd.getpwnam("xunfang"))


def _account(entry: pwd.struct_passwd) -> Servant:
    return Servant(entry.pw_name, entry.pw_uid, entry.pw_gid)


def prepare(layout: Layout, kind: str) -> None:
    """Make the folders that one set of services needs; refuse when the disk is nearly full."""
    layout.state.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(layout.state).free < ROOM_NEEDED:
        raise Stop(disk_full(str(layout.state)))
    # The servant must be able to walk through, nobody needs to list.
    layout.state.chmod(0o711 if layout.servant else 0o700)
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    side = layout.side(kind)
    side.mkdir(exist_ok=True)
    side.chmod(0o711 if layout.servant else 0o700)
    _private(layout.sockets, layout.servant)
    _private(layout.socket_dir(kind), layout.servant)


def servant_dir(path: Path, servant: Servant | None) -> Path:
    """Make a folder that only the servers' account can open."""
    path.mkdir(exist_ok=True)
    path.chmod(0o700)
    if servant:
        os.chown(path, servant.uid, servant.gid)
    return path


def _private(path: Path, servant: Servant | None) -> None:
    # SECURITY: everyone may write in /tmp. PostgreSQL trusts whoever can open this folder, so a
    # folder (or link) that someone else put there first is refused, never adopted.
    owner = servant.uid if servant else os.geteuid()
    try:
        path.mkdir(mode=0o700)
        if servant:
            os.chown(path, servant.uid, servant.gid)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise Stop(f"{path} 已被其他账号占用：请删除它后重新运行。")
    if servant and found.st_uid != owner:  # interrupted between mkdir and chown
        os.chown(path, servant.uid, servant.gid)
    path.chmod(0o700)
