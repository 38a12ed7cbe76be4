"""Whom a limit counts: the network address behind a request, where trusted proxies may speak for others. Pure.

Used by the web chat and by the desk's own pages and API; all of them read DESK_TRUSTED_PEERS the same way.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Networks = tuple[IPv4Network | IPv6Network, ...]

LONGEST = 45
"""Characters of the longest address: an IPv6 one whose end is written as IPv4."""
LOOPBACK = "127.0.0.0/8,::1"
"""The trusted peers where DESK_TRUSTED_PEERS is unset."""


@lru_cache(maxsize=8)
def networks(setting: str, name: str = "DESK_TRUSTED_PEERS") -> Networks:
    """The peers of a setting: addresses and networks with commas between. Raises ValueError with the mend."""
    words = [word.strip() for word in (setting or LOOPBACK).split(",")]
    try:
        return tuple(ip_network(word, strict=False) for word in words if word)
    except ValueError as error:
        raise ValueError(
            f"{name}: {error}; give addresses or networks with commas between, like 10.0.0.5,192.0.2.0/24"
        ) from error


def trusted(remote: str | None, networks: Networks) -> bool:
    """Say whether this peer is one of the trusted; a local socket without an address is."""
    if not remote:
        return True
    ip = _ip(remote)
    return ip is not None and any(ip in network for network in networks)


def client(remote: str | None, forwarded_for: str, networks: Networks) -> str:
    """Whom to count: an IPv4 address, or the /64 of an IPv6 one, for a household or a server has all of its /64.

    `forwarded_for` is every X-Forwarded-For header, joined by commas. Only a trusted peer is believed, and only its
    own word, the last one: everything before it is what the visitor says of themselves.
    """
    if forwarded_for and trusted(remote, networks):
        said = _ip(_without_port(forwarded_for.rpartition(",")[2].strip()))
        if said is not None:
            return _key(said)
    ip = _ip(remote or "")
    return (remote or "")[:64] if ip is None else _key(ip)


def counted(remote: str | None, forwarded_for: str, networks: Networks) -> str:
    """As `client`, but "" for a trusted peer that speaks for itself, which limits do not count."""
    return "" if not forwarded_for and trusted(remote, networks) else client(remote, forwarded_for, networks)


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    """The address without its zone; an IPv4 address that came over IPv6 is itself."""
    bare = text.partition("%")[0]
    return _parsed(bare) if len(bare) <= LONGEST else None


@lru_cache(maxsize=1024)
def _parsed(bare: str) -> IPv4Address | IPv6Address | None:
    """Remembered, for a relay's address is asked for with each of its mails."""
    try:
        ip = ip_address(bare)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _without_port(text: str) -> str:
    """Some proxies write the port too: 192.0.2.1:5000, [2001:db8::1]:5000."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _key(ip: IPv4Address | IPv6Address) -> str:
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
