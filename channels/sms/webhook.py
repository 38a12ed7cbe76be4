"""The HTTP ways in from Twilio: messages, the same once more where the first try failed, and what became of ours. Who
speaks is checked by twilio_door.py.

Replaying an old request is harmless, because its MessageSid is the dedupe key: it is answered like the first and
changes nothing. When the desk can't store now, 503 with Retry-After: Twilio or its fallback URL tries again.
The fallback URL stores as the first does, under the same key, so that a message which comes by both is one; that the
first try failed is logged and counted for administrators.
A text with the right account and signature is never refused, whatever number of that account it was sent to.
Our key in a report's URL counts only with the mark that it left with: it names a message by a number that anybody may
guess, and who holds another account's token has no say over it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict

from channels.base import Received, Route
from channels.context import Context
from channels.errors import Temporary
from channels.twilio_door import Door
from channels.twilio_form import first

MESSAGE_PATH = "/sms/twilio"
FALLBACK_PATH = "/sms/twilio/fallback"
STATUS_PATH = "/sms/twilio/status"

_RETRY_AFTER = 5
_EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
# The column for dedupe keys is finite; Twilio's own are 34 characters.
_MAX_SID = 64
_LONGEST_CODE = 6

_Kind = Literal["message", "status"]
_Way = Literal["message", "fallback", "status"]
_log = structlog.get_logger()


class Webhook:
    """Checks who speaks, stores, then answers. One per desk."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._door = Door(context, "sms")

    def routes(self) -> tuple[Route, ...]:
        """The three ways in."""
        return (
            Route("POST", MESSAGE_PATH, self._handler("message")),
            Route("POST", FALLBACK_PATH, self._handler("fallback")),
            Route("POST", STATUS_PATH, self._handler("status")),
        )

    def _handler(self, way: _Way) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._handle(request, way)

        return handle

    async def _handle(self, request: web.Request, way: _Way) -> web.Response:
        opened = await self._door.open(request)
        if isinstance(opened, web.Response):
            return opened
        fields, body, url, is_json, site = opened
        kind: _Kind = "status" if way == "status" else "message"
        facts = {
            "kind": kind,
            "format": "json" if is_json else "form",
            "site": site,
            "url": url if way != "status" or self._is_marked(fields, url) else url.partition("?")[0],
        }
        if way == "fallback":
            facts["failed"] = self._failed_before(fields)
        return await self._store(
            Received("sms", _dedupe_key(fields, kind, body), _sender(fields, kind), body, self._context.now(), facts)
        )

    def _is_marked(self, fields: MultiDict[str], url: str) -> bool:
        """Whether a report's URL is one that a message left with by the account that reports."""
        said = parse_qs(urlsplit(url).query)
        key, mark = (said.get(name, [""])[0] for name in ("key", "mark"))
        wanted = mark_of(self._context.sign, first(fields, "AccountSid"), key)
        return hmac.compare_digest(wanted.encode(), mark.encode("utf-8", "replace"))

    def _failed_before(self, fields: MultiDict[str]) -> str:
        """Twilio's code for the try that failed; administrators see that it did, for the message itself is here."""
        code = first(fields, "ErrorCode")
        code = code if code.isascii() and code.isdecimal() and len(code) <= _LONGEST_CODE else "unknown"
        self._context.rejected("sms", "came_by_fallback")
        _log.warning("A text came by the fallback URL: Twilio's first try failed", action="sms_fallback", code=code)
        return code

    async def _store(self, received: Received) -> web.Response:
        try:
            await self._context.accept(received)
        except Temporary as error:
            _log.warning("A text could not be stored; Twilio is told to try again", action="sms_not_stored")
            return web.Response(status=503, headers={"Retry-After": str(int(error.retry_after or _RETRY_AFTER))})
        # New or had before, the answer is the same.
        return web.Response(body=_EMPTY, content_type="text/xml")


def mark_of(sign: Callable[[str, str], str], account_sid: str, key: str) -> str:
    """What shows that a message of ours left by that account with that key."""
    return sign("twilio-report", f"{account_sid} {key}")


def _dedupe_key(fields: MultiDict[str], kind: _Kind, body: bytes) -> str:
    """Twilio's own id; a report's is its message's with the state, since each state comes once or more."""
    sid = first(fields, "MessageSid", "SmsMessageSid", "SmsSid")
    if not sid or len(sid) > _MAX_SID:
        return f"digest:{hashlib.sha256(body).hexdigest()}"
    return sid if kind == "message" else f"{sid}:{first(fields, 'MessageStatus', 'SmsStatus')[:_MAX_SID]}"


def _sender(fields: MultiDict[str], kind: _Kind) -> str:
    """Whose messages keep their order: a person's texts, and one message's reports."""
    if kind == "message":
        return first(fields, "From")[:_MAX_SID] or "unknown"
    return f"status:{first(fields, 'MessageSid', 'SmsSid')[:_MAX_SID]}"
