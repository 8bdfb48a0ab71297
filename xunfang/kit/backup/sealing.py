"""Streams of any length, encrypted piece by piece: no piece can be changed, moved, left out or added."""

import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

PIECE, TAG = 1 << 20, 16
_HEAD = struct.Struct(">4sB16s")  # mark, number of the key, what makes this stream's key its own
_FRAME, _NONCE = struct.Struct(">I?"), struct.Struct(">xxxxQ")
_MARK = b"XFB1"


class Unreadable(Exception):
    """The stream was changed or cut, or belongs to another key or purpose."""


def _key(number: int, salt: bytes, purpose: str) -> AESGCM:
    key = settings.DATA_KEYS.get(number)
    if key is None:
        raise Unreadable("密钥不对：没有当时用的那一把")
    # A key for one stream only, so that a counter is nonce enough.
    own = hashlib.blake2b(salt + purpose.encode(), key=key, digest_size=32, person=b"xunfang-backup").digest()
    return AESGCM(own)


def seal(source: IO[bytes], target: Path, purpose: str) -> tuple[int, str]:
    """Write the stream to a file that appears whole or not at all; its size and its SHA-256."""
    number, salt = max(settings.DATA_KEYS), os.urandom(16)
    cipher, digest, size = _key(number, salt, purpose), hashlib.sha256(), 0
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("wb") as out:
        os.fchmod(out.fileno(), 0o600)
        for block in _blocks(source, cipher, _HEAD.pack(_MARK, number, salt)):
            out.write(block)
            digest.update(block)
            size += len(block)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
    return size, digest.hexdigest()


def _blocks(source: IO[bytes], cipher: AESGCM, head: bytes) -> Iterator[bytes]:
    yield head
    count, piece = 0, source.read(PIECE)
    while True:
        after = source.read(PIECE) if piece else b""
        last = not after
        # The last piece is marked, so that a stream can't be cut at the end of a piece.
        frame = _FRAME.pack(len(piece) + TAG, last)
        yield frame + cipher.encrypt(_NONCE.pack(count), piece, frame)
        if last:
            return
        count, piece = count + 1, after


def opened(path: Path, purpose: str) -> Iterator[bytes]:
    """The plain pieces of a sealed file. Raises `Unreadable`, also after the first pieces."""
    with path.open("rb") as source:
        head = source.read(_HEAD.size)
        if len(head) != _HEAD.size or head[:4] != _MARK:
            raise Unreadable(f"{path.name}不是备份文件，或者开头坏了")
        _, number, salt = _HEAD.unpack(head)
        cipher, count, last = _key(number, salt, purpose), 0, False
        while not last:
            frame = source.read(_FRAME.size)
            if len(frame) != _FRAME.size:
                raise Unreadable(f"{path.name}不完整，后面少了一段")
            length, last = _FRAME.unpack(frame)
            piece = source.read(min(length, PIECE + TAG))
            try:
                yield cipher.decrypt(_NONCE.pack(count), piece, frame)
            except InvalidTag as error:
                raise Unreadable(f"{path.name}被改动过，或者密钥不对") from error
            count += 1


def sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
