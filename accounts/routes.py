"""Every address of the application with its rule: for the table in docs/access.md and for the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.access import Rule
from accounts.roles import ROLES, Role


@dataclass(frozen=True)
class Route:
    """An address: its name with its room, its pattern, what it takes, and its rule (None: refused)."""

    name: str
    pattern: str
    takes: tuple[str, ...]
    rule: Rule | None


def routes(resolver: Any = None, prefix: str = "", room: str = "") -> Iterator[Route]:
    """All routes, depth first, in the order in which they are tried."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (room, entry.namespace or "") if part)
            yield from routes(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            name = ":".join(part for part in (room, entry.name or "") if part)
            takes = tuple(entry.pattern.converters)
            yield Route(name, pattern, takes, getattr(entry.callback, "rule", None))


def matrix() -> str:
    """The table of docs/access.md: who may open what."""
    roles = list(Role)
    lines = [
        "# Who may open what",
        "",
        "Made by `manage.py access_matrix` from the rule each view declares; a test compares. A role opens a page",
        "only for its own units: everything else is “not found”. “公开” needs no sign-in.",
        "",
        f"| 地址 | 名称 | 读 | 写 | {' | '.join(ROLES[role].label for role in roles)} | 公开 |",
        f"|{'---|' * (len(roles) + 5)}",
    ]
    for route in sorted(routes(), key=lambda route: route.pattern):
        rule = route.rule or Rule(frozenset())
        marks = ["●" if role in rule.roles else "" for role in roles]
        cells = [
            f"`/{route.pattern}`",
            route.name,
            rule.reads,
            rule.writes,
            *marks,
            "●" if rule.public else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
