"""Production does not start with a secret, an address or mail half configured, and says what is missing."""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
from urllib.parse import quote

import pytest

from xunfang.settings.strength import guessable, twins, weak_password

GOOD = {
    "XUNFANG_SECRET_KEY": "kq0Zt7Vw3nYbXe9RmLs2Jd8HfGuCp5TaOi4Nv6Bx1QyWz_Er-KoMhPjDlUgScFIA", "XUNFANG_HOSTS": "a.example.gov.cn",
    "XUNFANG_DATA_KEYS": "1:VqU1Lm0c9n3bYx7TzEwKfR5hGdJ2sA8oPiNuQyXvB4k=",
    "XUNFANG_INDEX_KEY": "mZ3xH7tLq9WcY1vRb5NfK0sGdJ8uE2oPaTiQyXzV6Cg=",
    "XUNFANG_EXTERNAL_URL": "https://a.example.gov.cn", "XUNFANG_FILES": "/var/lib/xunfang/files",
    "DATABASE_URL": "postgresql://app_rt:8c1f0e7ab94d2563@127.0.0.1/xunfang", "REDIS_URL": "redis://:e27d5b90c3a8146f@127.0.0.1:6379/0",
}  # fmt: skip
CASES = [
    ({}, ""),
    ({"HOST": "h", "FROM": "a@b.cn"}, ""),
    ({"HOST": "h", "FROM": "a@b.cn", "USER": "u", "PASSWORD": "p"}, ""),
    ({"HOST": "h"}, "XUNFANG_MAIL_FROM"),
    ({"FROM": "a@b.cn"}, "XUNFANG_MAIL_HOST"),
    ({"HOST": "h", "FROM": "a@b.cn", "USER": "u"}, "XUNFANG_MAIL_PASSWORD"),
    ({"HOST": "h", "FROM": "a@b.cn", "SECURITY": "tls"}, "XUNFANG_MAIL_SECURITY"),
    (
        {"HOST": "h", "FROM": "a@b.cn", "USER": "u", "PASSWORD": "p", "SECURITY": "none"},
        "XUNFANG_MAIL_SECURITY",
    ),
]
# What an installation must say itself: without it, with an empty one, with the example's.
NAMES = tuple(GOOD)
BAD = [
    *((name, value) for name in NAMES for value in (None, "")),
    ("XUNFANG_SECRET_KEY", "short"), ("XUNFANG_DATA_KEYS", "1:c2hvcnQ="), ("XUNFANG_HOSTS", "*"),
    ("XUNFANG_EXTERNAL_URL", "http://a.example.gov.cn"), ("DATABASE_URL", "postgresql://app_rt:口令@127.0.0.1/xunfang"),
    ("REDIS_URL", "redis://:口令@127.0.0.1:6379/0"),
    ("XUNFANG_DATA_KEYS", GOOD["XUNFANG_DATA_KEYS"][2:]), ("XUNFANG_DATA_KEYS", "1:不是base64"),
    ("XUNFANG_INDEX_KEY", "1:" + GOOD["XUNFANG_INDEX_KEY"]), ("XUNFANG_INDEX_KEY", GOOD["XUNFANG_DATA_KEYS"][2:]),
    ("REDIS_URL", "redis://127.0.0.1:6379/0"),
]  # fmt: skip


def key(of: bytes) -> str:
    return base64.b64encode(of).decode()


def address(password: str) -> str:
    return f"postgresql://app_rt:{quote(password)}@127.0.0.1/xunfang"


# Long enough, and found by the first who tries.
WEAK = [
    *(
        ("XUNFANG_SECRET_KEY", value)
        for value in ("a" * 60, "ab" * 30, "abcdefghijklmnop" * 4, "django-insecure-" + GOOD["XUNFANG_SECRET_KEY"],
                      "".join(map(chr, range(40, 120))), "changeme" + GOOD["XUNFANG_SECRET_KEY"])
    ),
    *(
        (name, start + key(value))
        for name, start in (("XUNFANG_DATA_KEYS", "1:"), ("XUNFANG_INDEX_KEY", ""))
        for value in (bytes(32), bytes(range(32)), b"0123456789" * 3 + b"01", b"password" * 4,
                      b"The county's SECRET is kept well", bytes(range(0, 256, 16)) * 2)
    ),
    *(
        ("DATABASE_URL", address(value))
        for value in ("password", "P@ssw0rd2026!", "123456", "xunfang2018Fuzhou", "Postgres#8812kt", "aaaaaaaaaaaaaaaa",
                      "abcdefghijklmnop", "k7Wq2z", "巡访系统的库2026abcdxyz", "8c1f8c1f8c1f8c1f")
    ),
    *(("REDIS_URL", f"redis://:{value}@127.0.0.1:6379/0") for value in ("password", "foobared", "redis", "k7Wq2z")),
]  # fmt: skip
# What differs from GOOD and is as good.
FINE = [
    {"DATABASE_URL": "postgresql://app_rt@/xunfang?host=/run/postgresql", "REDIS_URL": "unix:///run/redis/redis.sock?db=0"},
    {"XUNFANG_SECRET_KEY": "9f2c4e8a7b016d53fe1b0c9a84d7263558ae03f1c7b9d4622e6a8f015c3d7b94"},
    {"XUNFANG_DATA_KEYS": GOOD["XUNFANG_DATA_KEYS"] + ",2:" + key(hashlib.sha256(b"the next").digest())},
]  # fmt: skip
# One process for all: what is read from the environment is read again.
CODE = """
import importlib, json, os, sys
good = dict(os.environ)
for case in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update({**good, **{name: value for name, value in case.items() if value is not None}})
    for name in [name for name, value in case.items() if value is None]:
        del os.environ[name]
    for name in ("xunfang.settings.base", "xunfang.settings.prod"):
        sys.modules.pop(name, None)
    try:
        importlib.import_module("xunfang.settings.prod")
        print()
    except Exception as error:
        print(error)
"""


@pytest.fixture(scope="module")
def answers() -> list[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNFANG_")} | GOOD
    mail = [{f"XUNFANG_MAIL_{name}": value for name, value in case.items()} for case, _ in CASES]
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([*mail, *({name: value} for name, value in [*BAD, *WEAK]), *FINE])],
        env=env, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout.split("\n")


@pytest.mark.parametrize("number", range(len(CASES)))
def test_mail_is_configured_as_a_whole_or_not_at_all(answers: list[str], number: int) -> None:
    wanted = CASES[number][1]
    assert (wanted in answers[number]) if wanted else answers[number] == "", answers[number]


@pytest.mark.parametrize("number", range(len(BAD)), ids=[f"{name}={value}" for name, value in BAD])
def test_nothing_that_only_the_installation_knows_has_a_default(answers: list[str], number: int) -> None:
    assert BAD[number][0] in answers[len(CASES) + number]


@pytest.mark.parametrize("number", range(len(WEAK)), ids=[f"{name}={value[:20]}" for name, value in WEAK])
def test_a_secret_that_can_be_guessed_is_refused_with_the_way_to_a_good_one(
    answers: list[str], number: int
) -> None:
    answer = answers[len(CASES) + len(BAD) + number]
    assert WEAK[number][0] in answer
    assert "生成一" in answer
    assert WEAK[number][1] not in answer, "the secret itself stands in no log"


def test_sockets_hexadecimal_keys_and_a_second_key_are_as_good(answers: list[str]) -> None:
    assert answers[len(CASES) + len(BAD) + len(WEAK) :][: len(FINE)] == [""] * len(FINE)


def test_what_the_manual_tells_to_run_makes_secrets_that_are_taken() -> None:
    for _ in range(200):
        assert guessable(secrets.token_urlsafe(64), distinct=10) == ""
        assert guessable(secrets.token_bytes(32), distinct=20) == ""
        assert weak_password(secrets.token_hex(24)) == ""


def test_two_names_for_one_key_are_told() -> None:
    assert twins({"a": b"1", "b": b"2", "c": b"1"}) == ("a", "c")
    assert twins({"a": b"1", "b": b"2"}) is None
