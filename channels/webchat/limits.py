"""How much one visitor may send, and how many sockets one network address may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from channels import peers
from channels.buckets import Rate

SESSION_MESSAGES = Rate(burst=60, per_second=1)
"""More than anybody types; a browser that resends after a long outage fits in."""
ADDRESS_MESSAGES = Rate(burst=600, per_second=20)
"""An office behind one address."""
SESSION_FILES = Rate(burst=10, per_second=1 / 30)
"""Ten photographs at once, and then one every half minute."""
ADDRESS_FILES = Rate(burst=60, per_second=1 / 5)
SESSION_POLLS = Rate(burst=60, per_second=4)
"""Requests that wait: one at a time for each page, and another whenever something is said."""
ADDRESS_POLLS = Rate(burst=600, per_second=60)
SESSION_EMAILS = Rate(burst=3, per_second=1 / 600)
"""Addresses that a visitor leaves: two slips of the finger."""
ADDRESS_EMAILS = Rate(burst=10, per_second=1 / 300)
SOCKET_FRAMES = Rate(burst=240, per_second=20)
"""Frames of any kind on one socket; who goes beyond is cut off."""

LARGEST_FILE = 10_000_000
"""Bytes of one file of a visitor's, where DESK_CHAT_MAX_FILE is unset."""


def largest(setting: Callable[[str], str]) -> int:
    """How many bytes a visitor's file may have."""
    return int(setting("chat_max_file") or LARGEST_FILE)


class Peers:
    """Who may hold how many sockets, by network address. A trusted peer that speaks for itself is not counted; one
    that speaks for a visitor (a proxy in front of us) is counted by that visitor's address.
    """

    def __init__(self, trusted: str, most: int) -> None:
        self._trusted = peers.networks(trusted)
        self._most = most
        self._open: Counter[str] = Counter()

    def key(self, remote: str | None, forwarded_for: str = "") -> str:
        """What limits count by, "" for nobody; `forwarded_for` as in `channels.peers.client`."""
        return peers.counted(remote, forwarded_for, self._trusted)

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
