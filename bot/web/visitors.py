"""Where a request comes from, as limits count it. Used by the pages, the console's door and the API's."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.desk import Desk
from channels import peers


def address(request: web.Request, desk: Desk) -> str:
    """The network address behind the request; a trusted proxy is believed about whom it speaks for."""
    return peers.client(request.remote, _forwarded_for(request), _trusted(desk))


def counted(request: web.Request, desk: Desk) -> str:
    """As `address`, but "" for a trusted peer that speaks for itself."""
    return peers.counted(request.remote, _forwarded_for(request), _trusted(desk))


def inside(request: web.Request, desk: Desk) -> bool:
    """Say whether a trusted peer asks for itself: nobody outside has sent this through a proxy."""
    return hdrs.X_FORWARDED_FOR not in request.headers and peers.trusted(request.remote, _trusted(desk))


def _trusted(desk: Desk) -> peers.Networks:
    return peers.networks(desk.settings.trusted_peers)


def _forwarded_for(request: web.Request) -> str:
    """Every header of the name: a proxy may append its word as a header of its own, after the visitor's."""
    return ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ()))
