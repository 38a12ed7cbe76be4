"""How many sockets an address may hold, and who is counted."""

from __future__ import annotations

import pytest

from channels.webchat.limits import Peers


@pytest.mark.parametrize(
    ("remote", "key"),
    [
        (None, ""),
        ("", ""),
        ("127.0.0.1", ""),
        ("127.9.9.9", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2:0:0:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_visitors_are_counted_by_address_and_the_proxy_is_not(remote: str | None, key: str) -> None:
    """IPv4 by address, IPv6 by its /64, loopback not at all."""
    assert Peers("", 1).key(remote) == key


@pytest.mark.parametrize(
    ("remote", "said", "key"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("::1", "2001:db8::5", "2001:db8::/64"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("192.0.2.7", "198.51.100.7", "192.0.2.7"),
    ],
)
def test_a_proxys_word_counts_its_visitors_one_by_one(remote: str, said: str, key: str) -> None:
    """Behind a trusted proxy its last word is the key; nobody else is believed; nothing with the header is exempt."""
    assert Peers("", 1).key(remote, said) == key


def test_an_address_holds_so_many_sockets_and_no_more() -> None:
    """The limit counts what is open; a trusted peer has none; nothing is left behind."""
    peers = Peers("10.0.0.0/8, 192.0.2.1", 1)
    assert peers.key("10.1.2.3") == peers.key("192.0.2.1") == ""
    assert peers.key("127.0.0.1") == "127.0.0.1"
    assert peers.enter("a")
    assert not peers.enter("a")
    assert peers.enter("b")
    peers.leave("a")
    assert peers.enter("a")
    assert peers.enter("")
    assert peers.enter("")
    for key in ("a", "b", "", ""):
        peers.leave(key)
    assert not peers._open
