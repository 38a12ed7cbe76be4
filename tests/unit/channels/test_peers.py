"""Whom limits count."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import peers

NETWORKS = peers.networks("10.0.0.0/8, 192.0.2.1,2001:db8:1::/48")


def test_a_setting_is_read_as_networks_and_names_the_mend() -> None:
    """Addresses and networks, loopback where it is unset; what is neither says which setting is wrong."""
    assert peers.networks("") == peers.networks("127.0.0.0/8,::1")
    assert peers.networks("192.0.2.1, ,10.1.2.3/8") == (ip_network("192.0.2.1"), ip_network("10.0.0.0/8"))
    with pytest.raises(ValueError, match="DESK_TRUSTED_PEERS"):
        peers.networks("nonsense")


@pytest.mark.parametrize(
    ("remote", "said", "who"),
    [
        ("10.9.9.9", "203.0.113.9", "203.0.113.9"),
        ("10.9.9.9", "evil, 203.0.113.9", "203.0.113.9"),
        ("::ffff:10.9.9.9", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1::7", "2001:db8:2::1", "2001:db8:2::/64"),
        ("10.9.9.9", "203.0.113.9:4711", "203.0.113.9"),
        ("10.9.9.9", "[2001:db8:2::1]:4711", "2001:db8:2::/64"),
        ("10.9.9.9", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.9.9.9", "203.0.113.9, unknown", "10.9.9.9"),
        ("10.9.9.9", "203.0.113.9,", "10.9.9.9"),
        ("10.9.9.9", "", "10.9.9.9"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("2001:db8:9::1", "", "2001:db8:9::/64"),
    ],
)
def test_only_a_trusted_peers_own_last_word_is_believed(remote: str, said: str, who: str) -> None:
    """What a visitor writes before the proxy's word, or without a proxy, changes nothing."""
    assert peers.client(remote, said, NETWORKS) == who


@given(st.text(max_size=60), st.ip_addresses())
def test_no_header_makes_a_stranger_anybody_else(said: str, remote: object) -> None:
    """Whatever the header holds, an untrusted peer is itself, and a trusted one is always counted as somebody."""
    alone = peers.client(str(remote), "", NETWORKS)
    if not peers.trusted(str(remote), NETWORKS):
        assert peers.client(str(remote), said, NETWORKS) == alone
    who = peers.client("10.0.0.1", said + ", " + str(remote), NETWORKS)
    assert ip_address(str(remote)) in ip_network(who) or "ffff:" in str(remote)


def test_only_a_trusted_peer_that_speaks_for_itself_is_not_counted() -> None:
    """A trusted peer with the header is a proxy; its visitor is counted even if that is a trusted address."""
    assert peers.counted("10.0.0.1", "", NETWORKS) == ""
    assert peers.counted(None, "", NETWORKS) == ""
    assert peers.counted("10.0.0.1", "10.0.0.2", NETWORKS) == "10.0.0.2"
    assert peers.counted("198.51.100.1", "", NETWORKS) == "198.51.100.1"
