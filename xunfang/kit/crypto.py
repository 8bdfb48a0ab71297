"""Encrypted values and their blind index.

A value is kept as AES-256-GCM with the number of its key in front, so that keys can change while old
rows stay readable; equality is asked of an HMAC that can't be turned back.
"""

import hmac
import os
from collections.abc import Callable, Iterator
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE = 12
# Nonces drawn at once for a list of thousands.
_DRAW = 500


class CannotDecrypt(Exception):
    """The key is not loaded, or the stored bytes were changed."""


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def encrypt(plain: bytes, purpose: str) -> bytes:
    """Bytes that only this purpose can open: a value moved to another column does not decrypt."""
    number = max(settings.DATA_KEYS)
    nonce = os.urandom(NONCE)
    return (
        bytes([number]) + nonce + _cipher(settings.DATA_KEYS[number]).encrypt(nonce, plain, purpose.encode())
    )


def encrypter(purpose: str) -> Callable[[bytes], bytes]:
    """`encrypt` for many values in one go: key and cipher are looked up once, nonces drawn by the hundred.
    SECURITY: not to be kept beyond the piece of work it was made for: a forked process would repeat nonces."""
    number = max(settings.DATA_KEYS)
    head, seal, about = bytes([number]), _cipher(settings.DATA_KEYS[number]).encrypt, purpose.encode()
    nonces = _nonces()

    def one(plain: bytes) -> bytes:
        nonce = next(nonces)
        return head + nonce + seal(nonce, plain, about)

    return one


def _nonces() -> Iterator[bytes]:
    while True:
        drawn = os.urandom(NONCE * _DRAW)
        for at in range(0, len(drawn), NONCE):
            yield drawn[at : at + NONCE]


def decrypt(stored: bytes, purpose: str) -> bytes:
    """The plain bytes; raises `CannotDecrypt`."""
    key = settings.DATA_KEYS.get(stored[0])
    if key is None:
        raise CannotDecrypt(f"key {stored[0]} is not loaded")
    try:
        return _cipher(key).decrypt(stored[1 : 1 + NONCE], stored[1 + NONCE :], purpose.encode())
    except InvalidTag as error:
        raise CannotDecrypt("the stored value was changed, or belongs to another column") from error


def blind_index(text: str, purpose: str) -> bytes:
    """32 bytes that are equal for equal text and purpose, and say nothing else."""
    return hmac.digest(settings.INDEX_KEY, f"{purpose}\0{text}".encode(), "sha256")


def indexer(purpose: str) -> Callable[[str], bytes]:
    """`blind_index` for many texts."""
    key, head, digest = settings.INDEX_KEY, f"{purpose}\0", hmac.digest
    return lambda text: digest(key, (head + text).encode(), "sha256")


class EncryptedTextField(models.BinaryField):
    """Text that is encrypted in the database. Can't be filtered: ask its blind index instead."""

    def __init__(self, *args: object, purpose: str = "", **kwargs: object) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple:
        name, path, args, kwargs = super().deconstruct()
        kwargs["purpose"] = self.purpose
        return name, path, args, kwargs

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> str | None:
        return None if value is None else decrypt(bytes(value), self.purpose).decode()

    def get_db_prep_value(self, value: object, connection: object, prepared: bool = False) -> object:
        if isinstance(value, str):
            value = encrypt(value.encode(), self.purpose)
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise NotImplementedError("encrypted values are not serialised")
