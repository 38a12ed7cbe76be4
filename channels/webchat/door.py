"""Who may come in and how much of it: pages by their origin, network addresses and sessions by their allowances."""

from __future__ import annotations

from aiohttp import hdrs, web

from channels.buckets import Limiter
from channels.context import Context, Site
from channels.webchat import frames, identity, limits, sessions
from channels.webchat.cross import Refused

MAX_PER_ADDRESS = 200
"""Sockets and waiting requests for one network address, where DESK_CHAT_MAX_PER_ADDRESS is unset."""
NOT_HERE = "This chat is not set up for this page. Add its origin to the site."
NO_SESSION = "This chat is not known here any more. Load the page again, and send it once more."


class Door:
    """The sites with their origins and secrets, and every allowance. Raises ValueError where a setting is wrong."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sites = {site.key: (site, {frames.origin(text) for text in site.origins} - {""}) for site in context.sites}
        self.origins = {origin for _, origins in self.sites.values() for origin in origins}
        most = int(context.setting("chat_max_per_address") or MAX_PER_ADDRESS)
        self.peers = limits.Peers(context.setting("trusted_peers"), most)
        self._secrets = identity.secrets(context.setting("chat_identity_secret"), self.sites)
        self._messages = (Limiter(limits.SESSION_MESSAGES), Limiter(limits.ADDRESS_MESSAGES))
        self._files = (Limiter(limits.SESSION_FILES), Limiter(limits.ADDRESS_FILES))
        self._emails = (Limiter(limits.SESSION_EMAILS), Limiter(limits.ADDRESS_EMAILS))
        self._polls = (Limiter(limits.SESSION_POLLS), Limiter(limits.ADDRESS_POLLS))

    def origin(self, request: web.Request) -> str:
        """The origin of the page that asks, "" where it is none of a site's, or none is named."""
        origin = frames.origin(request.headers.get(hdrs.ORIGIN, ""))
        if origin in self.origins:
            return origin
        self.context.rejected("webchat", "origin")
        return ""

    def peer(self, request: web.Request) -> str:
        """What limits count this request by, "" for nobody."""
        return self.peers.key(request.remote, ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())))

    def site(self, key: str, origin: str) -> Site | None:
        """The site of this key, if it may be used from this origin."""
        site, origins = self.sites.get(key, (None, set[str]()))
        return site if origin in origins else None

    def secret(self, site: str) -> bytes | None:
        """What the desk shares with this host site, None for nothing."""
        return self._secrets.get(site)

    def visitor(self, session: str, origin: str) -> tuple[Site, str]:
        """The site and address of a session that a page of this origin holds. Raises Refused."""
        sign, now = self.context.sign, self.context.now()
        for site, origins in self.sites.values():
            if origin in origins and sessions.genuine(sign, site.key, session[: frames.MAX_SESSION], now):
                return site, sessions.address(sign, session[: frames.MAX_SESSION])
        self.context.rejected("webchat", "session")
        raise Refused(403, "session", NO_SESSION)

    def message(self, address: str, peer: str) -> float:
        """Take one message from the allowances; returns 0, or the seconds to wait."""
        return self._take(self._messages, address, peer)

    def file(self, address: str, peer: str) -> float:
        """The same for a file."""
        return self._take(self._files, address, peer)

    def email(self, address: str, peer: str) -> float:
        """The same for an address that a visitor leaves."""
        return self._take(self._emails, address, peer)

    def poll(self, session: str, peer: str) -> float:
        """The same for a request that waits, by the session or what stands for one."""
        return self._take(self._polls, session, peer)

    def _take(self, allowances: tuple[Limiter, Limiter], address: str, peer: str) -> float:
        now = self.context.now().timestamp()
        mine, everybodys = allowances
        wait = mine.take(address, now) if address else 0.0
        return wait or (everybodys.take(peer, now) if peer else 0.0)
