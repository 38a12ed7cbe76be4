"""Who may come in: whose mailbox a recipient is, which peers are trusted or allowed, how much each may bring. Pure but
for its counting.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from channels import peers
from channels.buckets import Limiter, Rate
from channels.context import Context, Site
from channels.mail.addresses import Mailbox, recipient

CONNECTIONS_LIMIT = 500
PEER_CONNECTIONS = 20
PEER_MESSAGES = 120
"""Messages a minute from a peer that is not trusted."""
HELD_LIMIT = 96 * 1024 * 1024
"""Bytes of unfinished messages in memory, over all connections."""
AGAIN = 60
"""Seconds after which somebody may try again who found no room; most connections last less."""


class Limits(NamedTuple):
    """What the server bears. `timeout` is the seconds of silence, or of one whole DATA, that it waits. `allowed` are
    the peers that may send at all, beside the trusted ones; empty for everybody. `authservs` are the names under which
    our relays write their Authentication-Results. `tls_required` asks STARTTLS of every peer that is not trusted.
    """

    size: int
    timeout: float
    trusted: peers.Networks
    connections: int = CONNECTIONS_LIMIT
    peer_connections: int = PEER_CONNECTIONS
    held: int = HELD_LIMIT
    allowed: peers.Networks = ()
    messages: int = PEER_MESSAGES
    tls_required: bool = False
    authservs: tuple[str, ...] = ()


class Doorman:
    """Knows who may come in: whose mailbox, which peers, how many connections and messages there are."""

    def __init__(self, context: Context, limits: Limits) -> None:
        self.context = context
        self.limits = limits
        self.peers: Counter[str] = Counter()
        self.held = 0
        self.ours = sorted({mailbox.lower() for site in context.sites for mailbox in site.mailboxes})
        self._domains = {_domain(mailbox) for mailbox in self.ours}
        self._messages = Limiter(Rate(limits.messages, limits.messages / 60))

    def trusted(self, peer: str) -> bool:
        """The peer's limits are waived and its Authentication-Results count."""
        # A peer without an address is nobody's relay: mail comes over TCP alone.
        return bool(peer) and peers.trusted(peer, self.limits.trusted)

    def allowed(self, peer: str) -> bool:
        """The peer may send mail here at all."""
        if not self.limits.allowed or self.trusted(peer):
            return True
        return bool(peer) and peers.trusted(peer, self.limits.allowed)

    def room(self, peer: str) -> bool:
        """One more connection from this peer may stay."""
        if self.peers.total() >= self.limits.connections:
            return False
        return self.trusted(peer) or self.peers[_counted(peer)] < self.limits.peer_connections

    def came(self, peer: str) -> None:
        """Count a connection in."""
        self.peers[_counted(peer)] += 1

    def went(self, peer: str) -> None:
        """Count it out."""
        key = _counted(peer)
        self.peers[key] -= 1
        if self.peers[key] <= 0:
            del self.peers[key]

    def wait(self, peer: str) -> int:
        """Count a message; returns 0, or the seconds after which this peer may send the next."""
        if self.trusted(peer):
            return 0
        return math.ceil(self._messages.take(_counted(peer), self.context.now().timestamp()))

    def turned_away(self, busy: bool) -> None:
        """Tell the desk that a connection was refused, for its metrics."""
        self.context.rejected("mail", "connections" if busy else "peer")

    def no_mailbox(self, address: str) -> None:
        """Tell the desk that a recipient was refused: one of our own domains', which staff may have forgotten to name,
        or somebody else's. The address itself is nobody's business here.
        """
        self.context.rejected("mail", "mailbox" if _domain(address) in self._domains else "relaying")

    def too_large(self) -> None:
        """Tell the desk that a mail was refused for its size."""
        self.context.rejected("mail", "too_large")

    def mailbox(self, address: str) -> tuple[Site, Mailbox] | None:
        """The site and mailbox that a recipient names; None when it is not ours."""
        for site in self.context.sites:
            found = recipient(address, site.mailboxes, self.context.sign)
            if found:
                return site, found
        return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip("<> ").lower()


def _counted(peer: str) -> str:
    """Whom a limit counts: a whole /64 of IPv6 is one household or server."""
    return peers.client(peer, "", ())
