"""Production does not start with a secret, an address or mail half configured, and says what is missing."""

import json
import os
import subprocess
import sys

import pytest

GOOD = {
    "XUNFANG_SECRET_KEY": "x" * 60, "XUNFANG_HOSTS": "a.example.gov.cn",
    "XUNFANG_DATA_KEYS": "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "XUNFANG_INDEX_KEY": "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=",
    "XUNFANG_EXTERNAL_URL": "https://a.example.gov.cn", "XUNFANG_FILES": "/var/lib/xunfang/files",
    "DATABASE_URL": "postgresql://app_rt:p@127.0.0.1/xunfang", "REDIS_URL": "redis://:p@127.0.0.1:6379/0",
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
        [sys.executable, "-c", CODE, json.dumps([*mail, *({name: value} for name, value in BAD)])],
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
