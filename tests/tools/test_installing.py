"""What the installing manual tells to type works with the files that are shipped."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "安装手册.md").read_text("utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
ASK = """
from xunfang.settings import prod
static = prod.STORAGES["staticfiles"]["OPTIONS"]["file_permissions_mode"]
print(prod.DATABASES["default"]["USER"], oct(static), *prod.ALLOWED_HOSTS)
"""


def block(section: str, number: int = 0) -> str:
    """The commands of a section, by the start of its heading."""
    part = MANUAL[MANUAL.index(f"\n## {section}") :]
    return re.findall(r"```\n(.*?)```", part, re.S)[number]


def services() -> dict[str, str]:
    """Name → text of each service."""
    text = COMPOSE[COMPOSE.index("\nservices:\n") : COMPOSE.index("\nconfigs:\n")]
    parts = re.split(r"^  ([a-z-]+):", text, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_secrets_the_manual_makes_start_production_and_a_second_time_changes_nothing(
    tmp_path: Path,
) -> None:
    for name in ("env", "owner"):
        (tmp_path / name).write_bytes((ROOT / "deploy" / f"{name}.example").read_bytes())
    command = block("2.1").replace("/etc/xunfang", str(tmp_path))
    subprocess.run(["bash", "-euc", command], check=True)
    made = [(tmp_path / name).read_text() for name in ("env", "owner")]
    subprocess.run(["bash", "-euc", command], check=True)
    assert [(tmp_path / name).read_text() for name in ("env", "owner")] == made

    for more, user in (("", "app_rt"), (f". {tmp_path}/owner", "xunfang_owner")):
        load = f'set -a; . {tmp_path}/env\n{more}\nexec {sys.executable} -c "$ASK"'
        bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ASK": ASK}
        done = subprocess.run(
            ["bash", "-euc", load], cwd=ROOT, env=bare, check=True, capture_output=True, text=True
        )
        # 0o644: collected by root, read by the web's own account.
        assert done.stdout.split() == [user, "0o644", "xunfang.example.gov.cn", "10.0.0.5"]


def test_the_password_of_redis_and_of_both_accounts_come_from_where_production_reads_them(
    tmp_path: Path,
) -> None:
    for name in ("env", "owner"):
        (tmp_path / name).write_bytes((ROOT / "deploy" / f"{name}.example").read_bytes())
    queue, accounts = block("2.2"), block("3. ")
    take = [line for line in (queue + accounts).splitlines() if re.match("[A-Z]+=", line)]
    show = 'echo "$QUEUE $OWNER $RUNTIME"'
    command = "\n".join([*take, show]).replace("/etc/xunfang", str(tmp_path))
    done = subprocess.run(["bash", "-euc", command], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["口令"] * 3
    assert "requirepass %s" in queue
    assert "PASSWORD '$OWNER'" in accounts
    assert "PASSWORD '$RUNTIME'" in accounts


def test_the_proxy_stands_as_one_file_and_knows_every_host_of_the_example() -> None:
    text = re.sub(r"#.*", "", (ROOT / "deploy" / "nginx.conf").read_text("utf-8"))
    used = re.findall(r"access_log \S+ (\w+);", text)
    assert used
    # Inside Debian's http{}, before the first server{}: `nginx -t` refuses a format that nobody defined.
    assert set(used) <= set(re.findall(r"log_format (\w+) ", text[: text.index("server {")]))
    hosts = re.search(r"^XUNFANG_HOSTS=(.+)$", (ROOT / "deploy" / "env.example").read_text("utf-8"), re.M)
    assert hosts
    assert [names.split() for names in re.findall(r"server_name ([^;]+);", text)] == [hosts[1].split(",")] * 2
    assert "nginx -t && systemctl reload nginx" in MANUAL


def test_containers_have_every_secret_from_the_manual_and_the_superusers_for_the_database_alone() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    given = dict(re.findall(r"^(\w+)=(.*)$", block("10"), re.M))
    assert needed == set(given)
    secret = [value for name, value in given.items() if name.endswith(("PASSWORD", "KEY", "KEYS"))]
    assert all(value.startswith(("$(", "1:$(")) for value in secret), "made at random, never written down"
    knows = {name for name, text in services().items() if "SUPERUSER_PASSWORD" in text}
    shared = re.sub(r"^\s*#.*", "", COMPOSE[: COMPOSE.index("\nservices:\n")], flags=re.M)
    assert (knows, "SUPERUSER_PASSWORD" in shared) == ({"db"}, False)
    owners = {name for name, text in services().items() if "OWNER_PASSWORD" in text}
    assert owners == {"migrate", "drill", "restore", "db"}
    assert "requirepass %s" in services()["redis"]


def test_every_service_the_manual_starts_or_runs_is_there() -> None:
    words = re.findall(r"docker compose (?:stop|exec|run --rm)((?: [^\s`#]+)+)", MANUAL)
    named = {word for line in words for word in line.split() if word in services()}
    assert {"web", "worker", "worker-slow", "beat", "db", "redis", "backup", "drill", "restore"} <= named
    units = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    for name in re.findall(r"xunfang-[a-z-]+(?:\.timer)?", MANUAL):
        assert name in units or f"{name}.service" in units
