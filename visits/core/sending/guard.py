"""Where a message to an outside address may go.

SECURITY: whoever may type an address could otherwise make the server speak to itself and its neighbours: the
database, the cloud's own pages, other machines of the network. Https only, a host with a public address, no name and
password in it, no redirect; the address that was checked is the one that is called. A message platform inside the
government network is named by whoever installs the system (XUNFANG_WEBHOOK_ORIGINS), never by a user."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 500


class BadAddress(Exception):
    """The address can't be used; the text says why, in words that may be shown."""


@dataclass(frozen=True)
class Target:
    """`trusted`: named by the installation, not looked at further."""

    secure: bool
    host: str
    port: int
    path: str
    trusted: bool


def target(address: str) -> Target:
    """The address in parts, looked at without asking the network. Raises `BadAddress`."""
    if len(address) > LONGEST or not address.isascii() or any(char.isspace() for char in address):
        raise BadAddress("地址不对：不能有空格和中文，最多500个字")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("地址不对，请整段复制") from None
    secure = parts.scheme == "https"
    trusted = f"{parts.scheme}://{parts.netloc}" in settings.WEBHOOK_ORIGINS
    if not trusted:
        if not secure:
            raise BadAddress("地址要以https://开头")
        if parts.username is not None or parts.password is not None:
            raise BadAddress("地址里不能带用户名和口令")
        if port not in (None, 443):
            raise BadAddress("地址里不能带端口")
        _refuse_inner(host)
    path = parts.path or "/"
    return Target(
        secure,
        host,
        port or (443 if secure else 80),
        path + (f"?{parts.query}" if parts.query else ""),
        trusted,
    )


def _refuse_inner(host: str) -> None:
    try:
        _refuse_private(host)
    except ValueError:
        # A name. One without a dot, or of the local kinds, is a neighbour.
        if "." not in host.strip(".") or host.rstrip(".").endswith(
            (".local", ".internal", ".localhost", ".lan")
        ):
            raise BadAddress("这是内部的地址，不能用") from None
        # 2130706433, 0x7f.1, 0177.0.0.1: numbers that some resolvers take for an address.
        if host.rstrip(".").rsplit(".", 1)[-1][:1].isdigit():
            raise BadAddress("请填网址，不要填数字地址") from None


def _refuse_private(text: str) -> None:
    """Raises `BadAddress` for an address that is not public, ValueError for what is no address."""
    found = ipaddress.ip_address(text.split("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    if not found.is_global or not inner.is_global or found.is_multicast:
        raise BadAddress("这是内部的地址，不能用")


def resolve(goal: Target) -> str:
    """The address to call: each one the name stands for must be public. Raises `BadAddress`, or OSError when the
    name is not known."""
    if goal.trusted:
        return goal.host
    found = socket.getaddrinfo(goal.host, goal.port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _refuse_private(str(place[0]))
    return str(found[0][4][0])
