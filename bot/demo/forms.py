"""What the demo takes from a browser: small forms, only from its own page, only on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

LONGEST_BODY = 64 * 1024
MOST_FIELDS = 20
READ_SECONDS = 5.0
_HOSTS = {"127.0.0.1", "localhost", "::1"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def at_home(handler: Handler) -> Handler:
    """Refuse requests by another name than loopback's: a web page may have pointed its own name here."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.url.host not in _HOSTS:
            raise web.HTTPForbidden(text="The demo is at http://127.0.0.1 only.\n")
        return await handler(request)

    return guarded


def own_page(handler: Handler) -> Handler:
    """Refuse what another web page sends: Sec-Fetch-Site says so, or in old browsers Origin."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        site = request.headers.get("Sec-Fetch-Site", "")
        origin = request.headers.get(hdrs.ORIGIN, "")
        home = f"{request.scheme}://{request.host}"
        if site not in ("", "same-origin") or (origin or site) not in (home, "same-origin"):
            raise web.HTTPForbidden(text="Use the demo's own page for this.\n")
        return await handler(request)

    return at_home(guarded)


async def read(request: web.Request) -> dict[str, str]:
    """The form's fields, the first of each name, without NULs."""
    if (request.content_length or 0) > LONGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LONGEST_BODY, request.content_length or 0)
    body = bytearray()
    async with asyncio.timeout(READ_SECONDS):
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise web.HTTPRequestEntityTooLarge(LONGEST_BODY, len(body))
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise web.HTTPBadRequest(text="That form can't be read.\n") from error
    return {name: value.replace("\0", "") for name, value in reversed(pairs)}


def port(request: web.Request) -> int:
    """The port on which the desk listens: where this very request came in."""
    assert request.transport is not None
    return int(request.transport.get_extra_info("sockname")[1])
