"""The door through which Twilio comes in, for every channel that it serves: who speaks, and how much of it is read.

Twilio signs the exact public URL and every field, but no time: an old request stays valid for ever, so each channel
needs a dedupe key of its own.

What is refused, and how:
- 403 for everything that Twilio did not provably send: no or a wrong signature, another account, a number or Messaging
  Service that is another account's, and also a desk with no credentials, which can't tell Twilio from a forger (a 503
  would invite forgers to come back). The body is empty.
- 413 above 64 KiB, 408 for a body that does not arrive, 400 for one that is no form, or a request line with a host.

The account comes first: its own token checks the signature, and nobody else's. Then To or the Messaging Service picks
the site, never the other way round: numbers behind a Messaging Service need not be known here. One that nobody names
goes to the site of that account's other numbers, else to the first, so that nothing is lost.
"""

from __future__ import annotations

import asyncio
import binascii
import hmac
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

from channels import twilio_accounts
from channels.context import Context, Site
from channels.errors import Undecodable
from channels.twilio_accounts import Account
from channels.twilio_form import fields_of, first

_SIGNATURE = "X-Twilio-Signature"
_LIMIT = 64 * 1024
# Twilio gives 15 seconds in all.
_READ_SECONDS = 5.0

_log = structlog.get_logger()


class Opened(NamedTuple):
    """A webhook that Twilio provably sent. `url` is the one that it signed, `body` the payload verbatim, `site` the key
    of the site that it is for, "" where there is none.
    """

    fields: MultiDict[str]
    body: bytes
    url: str
    is_json: bool
    site: str


class Door:
    """Checks who speaks, for one channel of the desk."""

    def __init__(self, context: Context, channel: str) -> None:
        self._context, self._channel = context, channel
        self._accounts = twilio_accounts.configured(context.setting)
        self._signers = {each.sid: Signer(each.token) for each in self._accounts if each.complete}
        named = [number for site in context.sites for number in site.sms_numbers]
        self._known = {twilio_accounts.plain(each) for each in (*named, context.setting("twilio_from")) if each}
        # Ruled once for each number of ours: only who has a token of ours gets that far.
        self._site_for = lru_cache(maxsize=256)(self._ruled)
        self._base = context.public_url.rstrip("/")

    async def open(self, request: web.Request) -> Opened | web.Response:
        """The webhook, or the answer that refuses it."""
        if not self._signers:
            return self.refuse("no_credentials", status=403)
        if not request.raw_path.startswith("/"):
            # A target that names a host of its own ("POST http://… HTTP/1.1") makes no URL of ours.
            return self.refuse("absolute_target", status=400)
        try:
            body = await _read(request)
        except TimeoutError:
            return self.refuse("slow", status=408)
        if body is None:
            return self.refuse("oversized", status=413)
        is_json = request.content_type == "application/json"
        try:
            fields = fields_of(body, is_json=is_json)
        except Undecodable:
            return self.refuse("unreadable", status=400)
        url = self._base + request.raw_path
        # A JSON body is signed through its hash in the URL; a form is signed field by field.
        signed = body.decode("utf-8", "replace") if is_json else fields
        account = self._accounts.of_sid(first(fields, "AccountSid"))
        if account is None or not account.complete:
            return self.refuse("wrong_account", status=403)
        if not _is_signed(self._signers[account.sid], url, signed, request.headers.getall(_SIGNATURE, [])):
            return self.refuse("bad_signature", status=403)
        site = self._site_for(account, first(fields, "To"), first(fields, "MessagingServiceSid"))
        if site is None:
            return self.refuse("another_accounts_number", status=403)
        return Opened(fields, body, url, is_json, site)

    def _ruled(self, account: Account, *ours: str) -> str | None:
        """The site that is written to; None where another account has that number or Messaging Service."""
        if not self._accounts.speaks_for(account, ours, self._known):
            return None
        return _site_of(ours, account, self._context.sites)

    def refuse(self, reason: str, *, status: int) -> web.Response:
        """The empty answer to what is not taken; it is counted and logged, without a word of what it said."""
        self._context.rejected(self._channel, reason)
        _log.warning("A webhook in Twilio's name was refused", action=f"{self._channel}_rejected", reason=reason)
        return web.Response(status=status)


class Signer:
    """Signs as Twilio does, with one account's token. Its own validator judges every form that is out of the common."""

    def __init__(self, token: str) -> None:
        self._key = token.encode()
        self.validator = RequestValidator(token)

    def signature(self, url: str, fields: MultiDict[str]) -> bytes:
        """What Twilio's `compute_signature` says of a form, in a quarter of its time where no field is repeated."""
        names = set(fields)
        if len(names) != len(fields):
            return str(self.validator.compute_signature(url, fields)).encode()
        said = url + "".join([name + fields[name] for name in sorted(names)])
        return binascii.b2a_base64(hmac.digest(self._key, said.encode(), "sha1"), newline=False)


def _is_signed(signer: Signer, url: str, signed: MultiDict[str] | str, signatures: list[str]) -> bool:
    """Check the one signature over the exact URL, with and without its port, and the body.

    A form is compared here and not by `validator.validate`, which always computes both URLs and compares in its own
    loop (50 µs; this takes 5).
    """
    if len(signatures) != 1:
        return False
    if isinstance(signed, str):
        return "bodySHA256=" in url and bool(signer.validator.validate(url, signed, signatures[0]))
    given = signatures[0].encode("utf-8", "replace")
    return any(hmac.compare_digest(signer.signature(variant, signed), given) for variant in _variants(url))


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


def _site_of(ours: Sequence[str], account: Account, sites: Sequence[Site]) -> str:
    """The site that owns the number or the Messaging Service, in that form or as the number itself; else the account's
    own, else the first.
    """
    named = {*ours} - {""}
    for asked in (named, {twilio_accounts.plain(each) for each in named}, {*account.numbers, *account.services}):
        owner = next((site.key for site in sites if not asked.isdisjoint(site.sms_numbers)), None)
        if owner is not None:
            return owner
    return sites[0].key if sites else ""
