"""Distribution packages: installed where we may, else downloaded and unpacked into our own folder.

apt checks the distribution's signatures in both ways.
"""

import ctypes
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import binaries, steps
from .layout import PLAIN_PATH, Layout
from .say import Stop, disk_full, say

SERVERS = ("postgresql", "redis-server")
PDF_LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
PDF_FILES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
BROWSER = ("chromium", "fonts-noto-cjk")
INSTALLER = Path(__file__).with_name("install.sh")
# Unpacked beside the machine's own these would do harm (libc) or are never used (jit is off).
_NEVER = re.compile(
    r"^(libc6|libc-bin|libcrypt1|libgcc-s1|libstdc\+\+6|libllvm.*|libz3-.*|libperl.*|libpython.*|.*-dev)$"
)
_PLAIN_ENV = {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def may_install() -> list[str] | None:
    """The prefix with which a command runs as root (empty for root); None when it can't."""
    if binaries.ignore_system() or not shutil.which("apt-get", path=PLAIN_PATH):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and steps.output(["sudo", "-n", "true"], cwd=Path("/")) is not None:
        return ["sudo", "-n"]
    return None


def provide_servers(layout: Layout) -> None:
    """Get PostgreSQL and Redis onto the machine or into our folder."""
    if not shutil.which("apt-get", path=PLAIN_PATH):
        raise Stop("本机没有PostgreSQL和Redis，也没有apt-get：请先安装这两个软件，再重新运行。")
    say("正在准备PostgreSQL和Redis，第一次约需一分钟……")
    log, start = layout.log("run", "packages"), steps.size(layout.log("run", "packages"))
    if (prefix := may_install()) is not None:
        names = [*SERVERS, *(PDF_LIBRARIES if not pdf_ready({}) else ())]
        if steps.run([*prefix, "sh", INSTALLER, *names], cwd=Path("/"), log=log) == 0:
            return
    if unpack(layout, _server_names()):
        return
    said = steps.since(log, start)
    if steps.disk_trouble(said):
        raise Stop(disk_full(str(layout.state)))
    if steps.network_trouble(said):
        raise Stop("下载PostgreSQL和Redis时网络不通：请检查网络后重新运行。")
    raise Stop(
        f"PostgreSQL和Redis没有准备好：请管理员执行 apt-get install postgresql redis-server 后重新运行，详情见 {log}。"
    )


def pdf_environment(layout: Layout) -> dict[str, str] | None:
    """Extra environment with which PDFs can be made; None when the libraries can't be had."""
    if pdf_ready({}):
        return {}
    extra = _unpacked_environment(layout)
    if extra and pdf_ready(extra):
        return extra
    log = layout.log("run", "packages")
    say("正在准备打印所需的程序库……")
    prefix = may_install()
    if prefix is not None:
        steps.run([*prefix, "sh", INSTALLER, *PDF_LIBRARIES], cwd=Path("/"), log=log)
        if pdf_ready({}):
            return {}
    if shutil.which("apt-get", path=PLAIN_PATH) and unpack(layout, list(PDF_LIBRARIES)):
        extra = _unpacked_environment(layout)
        if pdf_ready(extra):
            return extra
    return None


def pdf_ready(extra: dict[str, str]) -> bool:
    """Whether the libraries load; asked in a process of its own, as LD_LIBRARY_PATH is read at start."""
    if not extra:
        try:
            return all(ctypes.CDLL(name) for name in PDF_FILES)
        except OSError:
            return False
    probe = "import ctypes, sys; [ctypes.CDLL(name) for name in sys.argv[1:]]"
    env = {"PATH": PLAIN_PATH, **extra}
    return steps.output(["python3", "-c", probe, *PDF_FILES], cwd=Path("/"), env=env) is not None


def chromium(layout: Layout) -> str | None:
    """A browser for the tests, installed where we may; None when there is none."""
    if chromium_here() is None and (prefix := may_install()) is not None:
        say("正在安装测试用的浏览器……")
        log = layout.log("test", "packages")
        steps.run([*prefix, "sh", INSTALLER, *BROWSER], cwd=Path("/"), log=log)
    return chromium_here()


def chromium_here() -> str | None:
    """The machine's browser, if it has one."""
    return shutil.which("chromium", path=f"{os.environ.get('PATH', '')}:{PLAIN_PATH}")


def _unpacked_environment(layout: Layout) -> dict[str, str]:
    root = layout.unpacked / "root"
    extra = binaries.libraries(root)
    if extra and not Path("/etc/fonts/fonts.conf").exists() and (root / "etc/fonts/fonts.conf").exists():
        extra["FONTCONFIG_PATH"] = str(root / "etc" / "fonts")
    return extra


def _server_names() -> list[str]:
    """The concrete packages: `postgresql` itself is only a pointer to the version of the release."""
    told = _ask(["apt-cache", "depends", "postgresql"]) or ""
    found = re.search(r"Depends: (postgresql-(\d+))", told)
    major = found.group(2) if found else "15"
    return [f"postgresql-{major}", f"postgresql-client-{major}", "redis-server", "redis-tools"]


def unpack(layout: Layout, names: list[str]) -> bool:
    """Download `names` and what they need beyond the installed, and unpack it all; False on failure."""
    own = layout.unpacked / "apt"
    for folder in (
        own / "lists" / "partial",
        own / "cache" / "archives" / "partial",
        layout.unpacked / "debs",
    ):
        folder.mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::Lists={own / 'lists'}", "-o", f"Dir::Cache={own / 'cache'}"]
    log = layout.log("run", "packages")
    # The machine's package lists first; when there are none, or they are too old, lists of our own.
    if _fetch(layout, names, [], log):
        return True
    update = ["apt-get", "-q", *_PATIENCE, *options, "update"]
    if steps.run(update, cwd=Path("/"), env=_apt_env(), log=log):
        return False
    return _fetch(layout, names, options, log)


_PATIENCE = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30", "-o", "Debug::NoLocking=1"]


def _fetch(layout: Layout, names: list[str], options: list[str], log: Path) -> bool:
    simulated = _ask(["apt-get", *_PATIENCE, *options, "-s", "install", "--no-install-recommends", *names])
    if simulated is None:
        return False
    missing = re.findall(r"^Inst (\S+)", simulated, re.MULTILINE)
    # Only programs and libraries: the packages' set-up tools would act on the machine, not on our folder.
    useful = [
        n for n in missing if (n.startswith("lib") and not _NEVER.match(n)) or n in ("fontconfig-config",)
    ]
    debs = layout.unpacked / "debs"
    command = ["apt-get", "-q", *_PATIENCE, *options, "download", *dict.fromkeys([*names, *useful])]
    if steps.run(command, cwd=debs, env=_apt_env(), log=log):
        return False
    for deb in sorted(debs.glob("*.deb")):
        if steps.run(["dpkg", "-x", deb, layout.unpacked / "root"], cwd=Path("/"), env=_apt_env(), log=log):
            return False
        deb.unlink()
    return True


def _apt_env() -> dict[str, str]:
    # Proxies and apt's own configuration file are the caller's business; nothing else passes.
    passed = {
        k: v for k, v in os.environ.items() if k.lower().endswith("_proxy") or k in ("APT_CONFIG", "HOME")
    }
    return {"PATH": PLAIN_PATH, **_PLAIN_ENV, **passed}


def _ask(command: list[str]) -> str | None:
    try:
        done = subprocess.run(
            command, env=_apt_env(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
