"""What a backup must give back, written down and sealed."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from xunfang.kit import files
from xunfang.kit.backup import sealing

NAME, DUMP, LIST = "manifest.json", "database.sealed", "files.sealed"
FORMAT = 1


class CannotRestore(Exception):
    """The backup can't be used, or the place is not free; the text says why. Nothing was changed."""


@dataclass(frozen=True)
class Manifest:
    """`tables`: rows, and the sum of all rows' hashes; `migrations`: how far the tables were; `dump`, `files`: size
    in bytes (for `files` their number) and SHA-256 of the sealed file; `log`: number and seal of the log's head."""

    made_at: str
    tables: Mapping[str, tuple[int, str]]
    migrations: tuple[str, ...]
    log: tuple[int, str]
    dump: tuple[int, str]
    files: tuple[int, str]
    form: int = field(default=FORMAT)

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.tables.values())


def _seal(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.digest(settings.INDEX_KEY, b"backup\0" + text.encode(), "sha256").hex()


def write(manifest: Manifest, folder: Path) -> None:
    body = json.loads(json.dumps(asdict(manifest)))
    path = folder / NAME
    path.write_text(json.dumps({"backup": body, "seal": _seal(body)}, ensure_ascii=False, indent=1))
    path.chmod(0o600)


def read(folder: Path) -> Manifest:
    """The manifest of a backup, after its seal and the sealed files were compared with it. Raises `CannotRestore`."""
    try:
        given = json.loads((folder / NAME).read_text())
        body, seal = given["backup"], given["seal"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRestore(f"{folder}里没有完整的备份清单") from error
    if not hmac.compare_digest(_seal(body), str(seal)):
        raise CannotRestore("备份清单和密钥对不上：清单被改动过，或者用的不是做备份时的密钥")
    if body.get("form") != FORMAT:
        raise CannotRestore("这份备份是别的版本做的，请用做备份时的版本恢复")
    for name, (_, digest) in ((DUMP, body["dump"]), (LIST, body["files"])):
        path = folder / name
        if not path.exists():
            raise CannotRestore(f"备份少了{name}")
        if sealing.sha256(path) != digest:
            raise CannotRestore(f"备份里的{name}被改动过，或者没有拷完整")
    return Manifest(
        made_at=body["made_at"],
        tables={name: (count, total) for name, (count, total) in body["tables"].items()},
        migrations=tuple(body["migrations"]),
        log=(body["log"][0], body["log"][1]),
        dump=(body["dump"][0], body["dump"][1]),
        files=(body["files"][0], body["files"][1]),
    )


TABLES = """
SELECT quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
# The same rows give the same sum in any order, on any machine.
SUM = """
SELECT count(*), coalesce(sum((('x' || substr(md5(t::text), 1, 16))::bit(64)::bigint)::numeric), 0)::text FROM {} t
"""


def tables(connection: BaseDatabaseWrapper) -> dict[str, tuple[int, str]]:
    """Every table with its number of rows and the sum of their hashes, in one snapshot when asked in one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex';"
            " SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'"
        )
        cursor.execute(TABLES)
        names = [row[0] for row in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(SUM.format(name))
            count, total = cursor.fetchone()
            found[name] = (count, total)
    return found


def head_of_log(connection: BaseDatabaseWrapper) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, encode(seal, 'hex') FROM accounts_loghead")
        number, seal = cursor.fetchone()
    return number, seal


def migrations(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        return tuple(row[0] for row in cursor.fetchall())


def shelf(place: Path, key: str) -> Path:
    """Where a file's sealed copy lies. `key`: its name in the store."""
    return place / "files" / key[:2] / f"{key}.sealed"


def keys(connection: BaseDatabaseWrapper) -> list[str]:
    """The names, in the store, of all files whose content is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT sha256 || CASE WHEN encrypted THEN %s ELSE '' END FROM kit_storedfile"
            " WHERE deleted_at IS NULL ORDER BY 1",
            [files.SEALED],
        )
        return [row[0] for row in cursor.fetchall()]
