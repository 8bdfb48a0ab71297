"""The secrets of one installation: made once, readable by their owner alone, passed as environment."""

import base64
import os
import secrets
from pathlib import Path

from .layout import Layout
from .say import Stop

NAMES = ("XUNFANG_SECRET_KEY", "XUNFANG_DATA_KEYS", "XUNFANG_INDEX_KEY")


def fresh() -> dict[str, str]:
    """New random secrets."""
    return {
        "XUNFANG_SECRET_KEY": secrets.token_urlsafe(64),
        "XUNFANG_DATA_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "XUNFANG_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def load(layout: Layout) -> dict[str, str]:
    """The secrets, made at the first call. What they encrypted is lost without them: never overwritten."""
    path = layout.state / "secrets.env"
    if not path.exists():
        _create(path)
    path.chmod(0o600)
    found = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    if any(not found.get(name) for name in NAMES):
        raise Stop(f"密钥文件 {path} 不完整：请从备份恢复这个文件后重新运行。")
    return {name: found[name] for name in NAMES}


def _create(path: Path) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in fresh().items())
        out.flush()
        os.fsync(out.fileno())
    draft.rename(path)
