"""Production does not start with mail half configured, and says what is missing."""

import json
import os
import subprocess
import sys

import pytest

GOOD = {
    "XUNFANG_SECRET_KEY": "x" * 60, "XUNFANG_HOSTS": "a.example.gov.cn",
    "XUNFANG_DATA_KEYS": "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "XUNFANG_INDEX_KEY": "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=",
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
# One process for all: what is read from the environment is read again.
CODE = """
import importlib, json, os, sys
for case in json.loads(sys.argv[1]):
    for name in list(os.environ):
        if name.startswith("XUNFANG_MAIL_"):
            del os.environ[name]
    os.environ.update({"XUNFANG_MAIL_" + name: value for name, value in case.items()})
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
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([case for case, _ in CASES])],
        env=env, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout.split("\n")


@pytest.mark.parametrize("number", range(len(CASES)))
def test_mail_is_configured_as_a_whole_or_not_at_all(answers: list[str], number: int) -> None:
    wanted = CASES[number][1]
    assert (wanted in answers[number]) if wanted else answers[number] == "", answers[number]
