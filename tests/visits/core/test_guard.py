"""Nobody makes the server speak to itself or to its neighbours."""

import socket

import pytest

from visits.core.sending import guard


@pytest.mark.parametrize(
    "address",
    [
        "http://qyapi.weixin.qq.com/x", "ftp://example.com/x", "https://localhost/x", "https://127.0.0.1/x",
        "https://10.0.0.5/x", "https://192.168.1.1/x", "https://172.16.0.1/x", "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x", "https://[fd00::1]/x", "https://[::ffff:127.0.0.1]/x", "https://[::ffff:7f00:1]/x",
        "https://[2002:7f00:1::]/x", "https://0.0.0.0/x", "https://224.0.0.1/x", "https://2130706433/x", "https://0x7f.1/x",
        "https://0177.0.0.1/x", "https://127.1/x", "https://db/x", "https://db.internal/x", "https://a.localhost/x",
        "https://user:pass@example.com/x", "https://example.com:6379/x", "https://example.com/a b", "https://example.com/\r\nX: y",
        "https:///x", "//example.com/x", "", "https://" + "a" * 600 + ".com/", "https://[::1/x", "https://例子.com/x",
    ],
)  # fmt: skip
def test_an_inner_or_odd_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(guard.BadAddress, match=r"地址|网址"):
        guard.target(address)


def test_a_public_address_is_taken_apart() -> None:
    goal = guard.target("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1")
    assert (goal.host, goal.port, goal.path, goal.secure, goal.trusted) == (
        "qyapi.weixin.qq.com", 443, "/cgi-bin/webhook/send?key=1", True, False,
    )  # fmt: skip


def test_what_the_installation_names_may_lie_inside(settings) -> None:
    settings.WEBHOOK_ORIGINS = frozenset({"https://10.1.2.3:8443"})
    assert guard.resolve(guard.target("https://10.1.2.3:8443/send")) == "10.1.2.3"
    for other in (
        "https://10.1.2.3/send",
        "http://10.1.2.3:8443/send",
        "https://10.1.2.3:8443@10.1.2.4/send",
    ):
        with pytest.raises(guard.BadAddress):
            guard.target(other)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1%eth0"])
def test_a_name_that_stands_for_an_inner_address_is_refused(monkeypatch, inner: str) -> None:
    """One public address among inner ones does not help: which of them is called would be luck."""
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (inner, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)
    with pytest.raises(guard.BadAddress):
        guard.resolve(guard.target("https://rebinding.example.com/x"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found[:1])
    assert guard.resolve(guard.target("https://rebinding.example.com/x")) == "93.184.216.34"
