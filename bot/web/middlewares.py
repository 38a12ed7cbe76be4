"""What every HTTP answer gets: security headers, and errors that say what to do but not how the desk is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import WSCloseCode, web

from bot.errors import NotFound, PermanentError, TemporaryError

log = structlog.get_logger()
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

SERVER = "privacydesk"
"""In place of the names and versions of what the desk is made with, which tell an attacker where to begin."""

BEGUN = web.RequestKey("begun", web.StreamResponse)
"""Key of the answer that a request has begun to send: nothing else may be sent in its place."""


async def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers of every answer, before it is sent; a handler's own word wins."""
    request[BEGUN] = response
    response.headers.merge(HEADERS)
    response.headers["Server"] = SERVER


@web.middleware
async def errors(request: web.Request, handler: Handle) -> web.StreamResponse:
    """The desk's own errors as HTTP: 404, 400 and 503; anything else is a logged 500 without detail."""
    try:
        return await _whole(request, handler)
    except web.HTTPException:
        raise
    except NotFound as error:
        return web.Response(status=404, text=str(error))
    except PermanentError as error:
        return web.Response(status=400, text=str(error))
    except TemporaryError as error:
        return web.Response(status=503, text=str(error), headers={"Retry-After": "5"})
    except Exception:
        log.exception("a page failed", action="page_failed", route=_route(request))
        return web.Response(status=500, text="Something went wrong here. It is logged; please try again.")


async def _whole(request: web.Request, handler: Handle) -> web.StreamResponse:
    """The handler's answer; what fails after it was begun ends it, for a second one would be written into the first."""
    try:
        return await handler(request)
    except Exception as error:
        begun: web.StreamResponse | None = request.get(BEGUN)
        if begun is None:
            raise
        if isinstance(error, TemporaryError):
            log.warning("an answer was cut off", action="answer_cut_off", route=_route(request), reason=str(error))
        elif not isinstance(error, ConnectionError | web.HTTPException):
            log.exception("an answer was cut off", action="answer_cut_off", route=_route(request))
        if isinstance(begun, web.WebSocketResponse):
            await begun.close(code=WSCloseCode.INTERNAL_ERROR)
        elif request.transport is not None:
            request.transport.abort()  # a half answer must not look like a whole one
        return begun


def _route(request: web.Request) -> str:
    route = request.match_info.route.resource
    return route.canonical if route else ""
