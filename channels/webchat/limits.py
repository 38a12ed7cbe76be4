"""How much one visitor may send: token buckets, and how long to wait when one is empty. Pure, no clock of its own."""

from __future__ import annotations

from collections import Counter, OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

LOOPBACK = "127.0.0.0/8,::1"
"""The trusted peers where DESK_TRUSTED_PEERS is unset."""


class Rate(NamedTuple):
    """At most `burst` at once, and `per_second` over time."""

    burst: float
    per_second: float


SESSION_MESSAGES = Rate(burst=60, per_second=1)
"""More than anybody types; a browser that resends after a long outage fits in."""
ADDRESS_MESSAGES = Rate(burst=600, per_second=20)
"""An office behind one address."""
SOCKET_FRAMES = Rate(burst=240, per_second=20)
"""Frames of any kind on one socket; who goes beyond is cut off."""


class Bucket:
    """One visitor's allowance. It refills as time goes by."""

    __slots__ = ("at", "left")

    def __init__(self, rate: Rate, now: float) -> None:
        self.left = rate.burst
        self.at = now

    def take(self, rate: Rate, now: float) -> float:
        """Take one; returns 0, or the seconds until there is one to take."""
        # A clock that is set back must not take anything away.
        self.left = min(rate.burst, self.left + max(0.0, now - self.at) * rate.per_second)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / rate.per_second
        self.left -= 1
        return 0.0


class Limiter:
    """A bucket for each key, for as many keys as `most`: the longest unused are forgotten first."""

    def __init__(self, rate: Rate, most: int = 20_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take one for this key; returns 0, or the seconds until there is one to take."""
        bucket = self._buckets.pop(key, None) or Bucket(self._rate, now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take(self._rate, now)


class Peers:
    """Who may hold how many sockets, by network address. Trusted peers (a proxy in front of us) are not counted.

    Behind a proxy all visitors share its address, so a limit on it would be a limit on everybody together.
    """

    def __init__(self, trusted: str, most: int) -> None:
        self._trusted = [ip_network(net.strip(), strict=False) for net in (trusted or LOOPBACK).split(",")]
        self._most = most
        self._open: Counter[str] = Counter()

    def key(self, remote: str | None) -> str:
        """What limits count by: an IPv4 address, an IPv6 network of /64; "" for a trusted peer or a local socket."""
        if not remote:
            return ""
        try:
            ip = ip_address(remote.partition("%")[0])
        except ValueError:
            return remote
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        if any(ip in net for net in self._trusted):
            return ""
        return str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))  # noqa: PLR2004 - IPv4

    def enter(self, key: str) -> bool:
        """Count one socket more; False where that is one too many."""
        if key and self._open[key] >= self._most:
            return False
        self._open[key] += 1
        return True

    def leave(self, key: str) -> None:
        """Count one socket less."""
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]
