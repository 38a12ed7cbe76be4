"""Errors of the API, in one shape: {"error": {"code", "text"}}. The code is for programs, the text names the mend.

`answered` is the middleware that gives it to everything beneath /api/v1/, to unknown addresses too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web
from pydantic import ValidationError

from bot.api.answers import Error, ErrorBody
from bot.api.once import KeyReused
from bot.conversations.service import Stale
from bot.errors import NotFound, PermanentError, TemporaryError
from bot.tickets.states import NotAllowed

log = structlog.get_logger()
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

NO_STORE = {"Cache-Control": "no-store"}
RETRY_SOON = {"Retry-After": "5"}
MOST_FAULTS = 3
LONGEST_PLACE = 60

FAILED = "Something went wrong here. It is logged; please try again."
MEANINGS: Mapping[int, tuple[str, str]] = {
    400: ("bad_json", "the body is no JSON: send one JSON object in UTF-8"),
    401: ("unauthorized", "send a token that works, as 'Authorization: Bearer TOKEN'"),
    403: ("forbidden", "this is for the role admin: use a token of somebody with that role"),
    404: ("not_found", "there is nothing at this address: see /api/v1/openapi.json"),
    405: ("method_not_allowed", "this address takes another method: see the Allow header"),
    408: ("too_slow", "the body took too long to arrive: send it again"),
    409: ("stale", "the customer wrote meanwhile: read it, then send again"),
    413: ("too_large", "the body is too large: send less"),
    415: ("unsupported_media_type", "send the body as Content-Type: application/json"),
    422: ("invalid", "seen_seq: Field required"),
    429: ("too_many_tries", "too many tries without a working token came from this address: wait 15 minutes"),
    500: ("failed", FAILED),
    503: ("unavailable", "the desk can't do it just now: try again in a moment"),
}
"""Each status that the API may answer with: its usual code and an example of its text."""


class Problem(Exception):
    """A refusal, as it goes out. Without a text the usual one of its status."""

    def __init__(
        self, status: int, text: str = "", *, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        usual_code, usual_text = MEANINGS[status]
        super().__init__(text or usual_text)
        self.status = status
        self.code = code or usual_code
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """The refusal in the API's one shape."""
        body = Error(error=ErrorBody(code=self.code, text=str(self)))
        return web.json_response(text=body.model_dump_json(), status=self.status, headers={**NO_STORE, **self.headers})


@web.middleware
async def answered(request: web.Request, handler: Handle) -> web.StreamResponse:
    """Whatever goes wrong leaves in the one shape."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        return of_http(error).response()
    except Exception as error:  # noqa: BLE001  what is not known is logged and told without detail
        return of_error(error, request).response()


def of_http(error: web.HTTPException) -> Problem:
    """What the router says (404, 405, …) in our words."""
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    status = error.status if error.status in MEANINGS else 400
    code = "" if status == error.status else "bad_request"
    return Problem(status, "" if not code else error.reason, code=code, headers=headers)


def of_error(error: Exception, request: web.Request) -> Problem:
    """What the desk's rooms say, as a status; what nobody foresaw is a logged 500 without detail."""
    if isinstance(error, NotFound):
        return Problem(404, str(error))
    if isinstance(error, Stale):
        return Problem(409, str(error))
    if isinstance(error, NotAllowed):
        return Problem(409, str(error), code="not_allowed")
    if isinstance(error, KeyReused):
        return Problem(422, str(error), code="key_reused")
    if isinstance(error, PermanentError):
        return Problem(422, str(error))
    if isinstance(error, TemporaryError):
        log.warning("the API can't answer now", action="api_unavailable", reason=type(error).__name__)
        return Problem(503, str(error), headers=RETRY_SOON)
    route = request.match_info.route.resource
    log.error("the API failed", action="api_failed", route=route.canonical if route else "", exc_info=error)
    return Problem(500)


def of_validation(error: ValidationError) -> Problem:
    """What is wrong with a body or a query, never repeating what was sent but for the names of fields."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Problem(400)
    told = [f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults[:MOST_FAULTS]]
    more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
    return Problem(422, "; ".join(told) + more)


def _place(path: tuple[int | str, ...]) -> str:
    written = ".".join(str(step) for step in path) or "the body"
    return written[:LONGEST_PLACE].encode("ascii", "replace").decode()
