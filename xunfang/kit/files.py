"""Files by content: the name on disk is the SHA-256 of what was given, so a changed byte shows."""

import hashlib
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from xunfang.kit import crypto
from xunfang.kit.models import StoredFile

SEALED = ".enc"


class FileGone(Exception):
    """The content was deleted on time, or the disk lost it."""


class FileChanged(Exception):
    """The bytes on disk are not the bytes that were stored."""


def _path(sha256: str, encrypted: bool) -> Path:
    return Path(settings.FILES_ROOT) / sha256[:2] / (sha256 + (SEALED if encrypted else ""))


def sound(path: Path) -> bool:
    """Whether a file of a store holds what its name says."""
    digest, content = path.name.removesuffix(SEALED), path.read_bytes()
    if path.name.endswith(SEALED):
        try:
            content = crypto.decrypt(content, f"file:{digest}")
        except crypto.CannotDecrypt:
            return False
    return hashlib.sha256(content).hexdigest() == digest


def store(
    content: bytes,
    *,
    name: str,
    content_type: str,
    kind: str,
    owner_id: int | None,
    encrypted: bool = False,
    private: bool = True,
    keep_days: int | None = None,
    at: datetime | None = None,
    **units: Any,
) -> StoredFile:
    """Write the content, then its row. A crash between the two leaves an orphan on disk, never a row
    without a file. `units`: county_id, township_id, village_id of whoever may see it when not private."""
    digest = hashlib.sha256(content).hexdigest()
    at = at or timezone.now()
    with transaction.atomic():
        _one_at_a_time(digest)
        _write(_path(digest, encrypted), content, digest, encrypted)
        return StoredFile.objects.create(
            sha256=digest,
            size=len(content),
            name=Path(name).name[-200:],
            content_type=content_type,
            kind=kind,
            owner_id=owner_id,
            encrypted=encrypted,
            private=private,
            expires_at=at + timedelta(days=keep_days) if keep_days else None,
            **units,
        )


def _one_at_a_time(digest: str) -> None:
    """Until the end of the transaction: the same content is not deleted while somebody brings it again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])


def _write(path: Path, content: bytes, digest: str, encrypted: bool) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    with part.open("wb") as out:
        out.write(crypto.encrypt(content, f"file:{digest}") if encrypted else content)
        out.flush()
        os.fsync(out.fileno())
    part.chmod(0o600)
    part.replace(path)


def read(file: StoredFile) -> bytes:
    """The content as it was given. Raises `FileGone` or `FileChanged`."""
    path = _path(file.sha256, file.encrypted)
    if file.deleted_at or not path.exists():
        raise FileGone("这个文件已经按规定删除了")
    content = path.read_bytes()
    if file.encrypted:
        content = crypto.decrypt(content, f"file:{file.sha256}")
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileChanged("这个文件被改动过，请联系系统管理员")
    return content


def delete_expired(at: datetime) -> int:
    """Delete the content of every file whose time is over; the row and its SHA-256 stay. Returns how many."""
    count = 0
    for file in StoredFile.objects.filter(expires_at__lte=at, deleted_at=None):
        with transaction.atomic():
            _one_at_a_time(file.sha256)
            StoredFile.objects.filter(pk=file.pk).update(deleted_at=at)
            shared = StoredFile.objects.filter(sha256=file.sha256, encrypted=file.encrypted, deleted_at=None)
            if not shared.exists():
                _path(file.sha256, file.encrypted).unlink(missing_ok=True)
        count += 1
    return count
