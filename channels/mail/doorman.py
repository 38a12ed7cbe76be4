"""Who may come in: whose mailbox a recipient is, which peers are trusted, how many connections there are. Pure but
for its counting.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from channels import peers
from channels.context import Context, Site
from channels.mail.addresses import Mailbox, recipient

CONNECTIONS_LIMIT = 500
PEER_CONNECTIONS = 20
HELD_LIMIT = 96 * 1024 * 1024
"""Bytes of unfinished messages in memory, over all connections."""


class Limits(NamedTuple):
    """What the server bears. `timeout` is the seconds of silence, or of one whole DATA, that it waits."""

    size: int
    timeout: float
    trusted: peers.Networks
    connections: int = CONNECTIONS_LIMIT
    peer_connections: int = PEER_CONNECTIONS
    held: int = HELD_LIMIT


class Doorman:
    """Knows who may come in: whose mailbox, which peers are trusted, how many connections there are."""

    def __init__(self, context: Context, limits: Limits) -> None:
        self.context = context
        self.limits = limits
        self.peers: Counter[str] = Counter()
        self.held = 0
        self.ours = sorted({mailbox.lower() for site in context.sites for mailbox in site.mailboxes})

    def trusted(self, peer: str) -> bool:
        """The peer's limits are waived and its Authentication-Results count."""
        # A peer without an address is nobody's relay: mail comes over TCP alone.
        return bool(peer) and peers.trusted(peer, self.limits.trusted)

    def room(self, peer: str) -> bool:
        """One more connection from this peer may stay."""
        if self.peers.total() >= self.limits.connections:
            return False
        return self.trusted(peer) or self.peers[peer] < self.limits.peer_connections

    def mailbox(self, address: str) -> tuple[Site, Mailbox] | None:
        """The site and mailbox that a recipient names; None when it is not ours."""
        for site in self.context.sites:
            found = recipient(address, site.mailboxes, self.context.sign)
            if found:
                return site, found
        return None
