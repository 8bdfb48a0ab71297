"""Encrypted values and their blind index.

A value is kept as AES-256-GCM with the number of its key in front, so that keys can change while old
rows stay readable; equality is asked of an HMAC that can't be turned back.
"""

import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE = 12


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
