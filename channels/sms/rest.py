"""Twilio's REST interface, as much of it as a desk needs: create a message, look at the account.

We use aiohttp directly and not twilio's own client: measured here with 20 requests at once, one message costs 440 µs
of processor time through `messages.create_async` and 230 µs this way, which is the difference between sending taking
a half or a quarter of a core at 1,000 texts a second. The client also drops Retry-After, logs bodies at debug level,
and keeps the last request and response on an object that concurrent requests share.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from channels.answers import body_of
from channels.errors import ChannelError, OptedOut, Permanent, Temporary
from channels.sms import codes
from channels.twilio_accounts import API

DEFAULT_BASE = API

# Settings are mended by a person, so asking again at once is of no use.
DESK_RETRY_SECONDS = 300.0
_MAX_RETRY_AFTER = 3600.0
_MAX_ANSWER = 256 * 1024
_CONNECTIONS = 100


class Answer(NamedTuple):
    """One answer of Twilio's: `fields` is its JSON object, empty where it sent none."""

    status: int
    fields: Mapping[str, Any]
    retry_after: str


class Api:
    """One account at Twilio; open between `start` and `stop`, both harmless when repeated."""

    def __init__(self, account: str, token: str, base: str, now: Callable[[], datetime], seconds: float) -> None:
        self._account = f"{base.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}"
        self._authorization = "Basic " + b64encode(f"{account}:{token}".encode()).decode()
        self._now = now
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    @property
    def open(self) -> bool:
        """Whether it was started and not stopped."""
        return self._session is not None

    async def start(self) -> None:
        """Open the pool of connections."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Authorization": self._authorization, "Accept": "application/json"},
                timeout=self._timeout,
            )

    async def stop(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def create_message(self, fields: Mapping[str, str | list[str]]) -> Mapping[str, Any]:
        """Hand over one message; Twilio's record of it.

        Raises:
            Temporary: Twilio is away, busy, or refuses our settings; `retry_after` in seconds where known.
            OptedOut: the recipient told Twilio to stop.
            Permanent: Twilio will never take this message; the text names the mend.
        """
        # yarl writes the form four times faster than urllib (9 µs), and leaves out lone surrogates, which are no text.
        # It leaves reserved signs as they are, which a list of addresses must not hold.
        listed = any(isinstance(value, list) for value in fields.values())
        form = urlencode(fields, doseq=True, errors="ignore") if listed else URL.build(query=fields).raw_query_string
        body = form.encode()
        answer = await self._ask("POST", "/Messages.json", body)
        if answer.status >= 300:  # noqa: PLR2004 - the first HTTP status that is no success
            raise error_of(answer, self._now())
        if not isinstance(answer.fields.get("sid"), str):
            raise Temporary("What answers at DESK_TWILIO_API_BASE is not Twilio: check the address")
        return answer.fields

    async def check_account(self) -> None:
        """Ask for our own account; raises what `create_message` would."""
        answer = await self._ask("GET", ".json")
        if answer.status >= 300:  # noqa: PLR2004 - as above
            raise error_of(answer, self._now())

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        if self._session is None:
            raise Temporary("The SMS channel is not started")
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else None
        try:
            async with self._session.request(
                method, self._account + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                raw = await body_of(answer, _MAX_ANSWER)
                return Answer(answer.status, _object(raw), answer.headers.get("Retry-After", ""))
        except TimeoutError as error:
            raise Temporary("Twilio did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The kind of error only: its text may hold the address.
            raise Temporary(f"Twilio can't be reached ({type(error).__name__}): check the network") from error


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def error_of(answer: Answer, now: datetime) -> ChannelError:
    """The error that a refusal stands for. Pure."""
    code = str(answer.fields.get("code") or "")
    meaning = codes.MEANINGS.get(code)
    text = f"Twilio refused the text (HTTP {answer.status}): {codes.words(code) or 'it gave no reason'}"
    wait = seconds_until(answer.retry_after, now)
    if meaning is not None and meaning.kind == "opted_out":
        return OptedOut(text, code=code)
    if answer.status in (401, 403) and meaning is None:
        text = f"{text}; check DESK_TWILIO_ACCOUNT_SID and DESK_TWILIO_AUTH_TOKEN"
        return Temporary(text, code=code, retry_after=wait or DESK_RETRY_SECONDS)
    if meaning is not None and meaning.kind == "desk":
        return Temporary(text, code=code, retry_after=wait or DESK_RETRY_SECONDS)
    if answer.status == 429 or answer.status >= 500 or (meaning is not None and meaning.kind == "temporary"):  # noqa: PLR2004 - HTTP's own numbers
        return Temporary(text, code=code, retry_after=wait)
    if answer.status < 400:  # noqa: PLR2004 - a redirect
        return Temporary("What answers at DESK_TWILIO_API_BASE redirects: name the final address")
    return Permanent(text, code=code, bad_address=codes.is_bad_address(code))


def seconds_until(retry_after: str, now: datetime) -> float | None:
    """Read Retry-After, in seconds or as a date (RFC 9110 10.2.3); at most an hour, None when absent or unreadable."""
    value = retry_after.strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), _MAX_RETRY_AFTER)
    try:
        wait = (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), _MAX_RETRY_AFTER)
