"""The two HTTP ways in from Twilio: texts, and what became of ours.

Twilio signs the exact public URL and every field, but no time: an old request stays valid for ever. Replaying one is
harmless, because its MessageSid is the dedupe key: it is answered like the first and changes nothing.

What is refused, and how:
- 403 for everything that Twilio did not provably send: no or a wrong signature, another account, and also a desk with
  no credentials, which can't tell Twilio from a forger (a 503 would invite forgers to come back). The body is empty.
- 413 above 64 KiB, 408 for a body that does not arrive, 400 for one that is no form, or a request line with a host.
- 503 with Retry-After when the desk can't store now: Twilio or its fallback URL tries again.
A text with the right account and signature is never refused, whatever number it was sent to: it goes to the site of
its To or Messaging Service, else to the first site.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

from channels.base import Received, Route
from channels.context import Context, Site
from channels.errors import Temporary, Undecodable
from channels.sms.decode import fields_of, first

MESSAGE_PATH = "/sms/twilio"
STATUS_PATH = "/sms/twilio/status"

_SIGNATURE = "X-Twilio-Signature"
_LIMIT = 64 * 1024
# Twilio gives 15 seconds in all.
_READ_SECONDS = 5.0
_RETRY_AFTER = 5
_EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
# The column for dedupe keys is finite; Twilio's own are 34 characters.
_MAX_SID = 64

_Kind = Literal["message", "status"]
_log = structlog.get_logger()


class Webhook:
    """Checks who speaks, stores, then answers. One per desk."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._account = context.setting("twilio_account_sid")
        token = context.setting("twilio_auth_token")
        self._validator = RequestValidator(token) if token and self._account else None
        self._base = context.public_url.rstrip("/")

    def routes(self) -> tuple[Route, ...]:
        """The two ways in."""
        return (
            Route("POST", MESSAGE_PATH, self._handler("message")),
            Route("POST", STATUS_PATH, self._handler("status")),
        )

    def _handler(self, kind: _Kind) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._handle(request, kind)

        return handle

    async def _handle(self, request: web.Request, kind: _Kind) -> web.Response:
        if self._validator is None:
            return self._refuse("no_credentials", status=403)
        if not request.raw_path.startswith("/"):
            # A target that names a host of its own ("POST http://… HTTP/1.1") makes no URL of ours.
            return self._refuse("absolute_target", status=400)
        try:
            body = await _read(request)
        except TimeoutError:
            return self._refuse("slow", status=408)
        if body is None:
            return self._refuse("oversized", status=413)
        is_json = request.content_type == "application/json"
        try:
            fields = fields_of(body, is_json=is_json)
        except Undecodable:
            return self._refuse("unreadable", status=400)
        url = self._base + request.raw_path
        # A JSON body is signed through its hash in the URL; a form is signed field by field.
        signed = body.decode("utf-8", "replace") if is_json else fields
        if first(fields, "AccountSid") != self._account:
            # The account comes first, never the number: numbers behind a Messaging Service are not all known here.
            return self._refuse("wrong_account", status=403)
        if not _is_signed(self._validator, url, signed, request.headers.getall(_SIGNATURE, [])):
            return self._refuse("bad_signature", status=403)
        facts = {
            "kind": kind,
            "format": "json" if is_json else "form",
            "site": site_of(fields, self._context.sites),
            "url": url,
        }
        return await self._store(
            Received("sms", _dedupe_key(fields, kind, body), _sender(fields, kind), body, self._context.now(), facts)
        )

    async def _store(self, received: Received) -> web.Response:
        try:
            await self._context.accept(received)
        except Temporary as error:
            _log.warning("A text could not be stored; Twilio is told to try again", action="sms_not_stored")
            return web.Response(status=503, headers={"Retry-After": str(int(error.retry_after or _RETRY_AFTER))})
        # New or had before, the answer is the same.
        return web.Response(body=_EMPTY, content_type="text/xml")

    def _refuse(self, reason: str, *, status: int) -> web.Response:
        self._context.rejected("sms", reason)
        _log.warning("An SMS webhook was refused", action="sms_rejected", reason=reason)
        return web.Response(status=status)


def _is_signed(validator: RequestValidator, url: str, signed: MultiDict[str] | str, signatures: list[str]) -> bool:
    """Check the one signature over the exact URL, with and without its port, and the body.

    A form is compared here and not by `validator.validate`, which always computes both URLs (50 µs; this takes 17)
    and compares in its own loop.
    """
    if len(signatures) != 1:
        return False
    if isinstance(signed, str):
        return "bodySHA256=" in url and bool(validator.validate(url, signed, signatures[0]))
    given = signatures[0].encode("utf-8", "replace")
    return any(
        hmac.compare_digest(validator.compute_signature(variant, signed).encode(), given) for variant in _variants(url)
    )


def _variants(url: str) -> Iterator[str]:
    """The URL as it is, then without and with its port: which one Twilio signs has changed over the years."""
    yield url
    parts = urlsplit(url)
    yield from {remove_port(parts), add_port(parts)} - {url}


async def _read(request: web.Request) -> bytes | None:
    """The body, or None when it is longer than we take."""
    if (request.content_length or 0) > _LIMIT:
        return None
    if request.content.is_eof():
        # It came together with its head, as Twilio's do: there is nothing to wait for (15 µs less).
        whole = request.content.read_nowait()
        return whole if len(whole) <= _LIMIT else None
    body = bytearray()
    async with asyncio.timeout(_READ_SECONDS):
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > _LIMIT:
                return None
    return bytes(body)


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


def site_of(fields: MultiDict[str], sites: Sequence[Site]) -> str:
    """The site that owns the number or the Messaging Service; else the first, so that nothing is lost."""
    asked = {first(fields, "To"), first(fields, "MessagingServiceSid")} - {""}
    owners = (site.key for site in sites if not asked.isdisjoint(site.sms_numbers))
    return next(owners, sites[0].key if sites else "")
