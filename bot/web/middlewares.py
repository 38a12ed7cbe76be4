"""What every HTTP answer gets: security headers, and errors that say what to do but not how the desk is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

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


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers of every answer, before it is sent; a handler's own word wins."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def errors(request: web.Request, handler: Handle) -> web.StreamResponse:
    """The desk's own errors as HTTP: 404, 400 and 503; anything else is a logged 500 without detail."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except NotFound as error:
        return web.Response(status=404, text=str(error))
    except PermanentError as error:
        return web.Response(status=400, text=str(error))
    except TemporaryError as error:
        return web.Response(status=503, text=str(error), headers={"Retry-After": "5"})
    except Exception:
        route = request.match_info.route.resource
        log.exception("a page failed", action="page_failed", route=route.canonical if route else "")
        return web.Response(status=500, text="Something went wrong here. It is logged; please try again.")
