"""What Twilio keeps of ours: files of messages, and their words. Fetched, deleted and emptied, each with its proof.

No address that a message names is ever opened as it stands: it must be that of a file at Twilio, and is asked for by
our own base. Twilio then leads to where the file lies; there we go without credentials, over https, and only to
Twilio's own hosts, and never to an address that is not public.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.resolver import ThreadedResolver

from channels.answers import body_of
from channels.errors import ChannelError, Permanent, Temporary
from channels.files import Fetched
from channels.sms.rest import DEFAULT_BASE, DESK_RETRY_SECONDS, seconds_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.abc import ResolveResult

    from channels.twilio_accounts import Account, Accounts

LARGEST = 25_000_000
"""Bytes of one file that are taken; Twilio's own limit is lower on most ways (5 MB by text, 16 to 100 on others)."""
GONE = "404"
"""The code of the error where Twilio has no such file: for some seconds after a message that may yet change."""
_MEDIA = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/[SM]M[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32}\Z")
_MESSAGE = re.compile(r"[SM]M[0-9a-fA-F]{32}\Z")
_HOSTS = re.compile(r"(?:[a-z0-9-]+\.)*(?:twilio\.com|twiliocdn\.com)\Z")
_MOST_REDIRECTS = 3
_MOST_ANSWER = 256 * 1024
_SECONDS = 60.0
_CHUNK = 64 * 1024
_UNFINISHED = "20009"
"""Twilio's code where a message is still on its way, so that it can't be emptied yet."""


class PublicResolver(ThreadedResolver):
    """Looks names up, and gives none that leads to an address inside: a name of Twilio's never should."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError where one is not public."""
        found = await super().resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise OSError(f"{host} leads to an address that is not public")
        return found


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, and to nobody's own network.

    >>> is_public("8.8.8.8"), is_public("10.0.0.1"), is_public("::1"), is_public("x")
    (True, False, False, False)
    """
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def place_of(source: str, base: str) -> tuple[str, str]:
    """The account and the path of a file at Twilio. Pure.

    Raises:
        Permanent: the address is that of no file at Twilio.
    """
    for root in (DEFAULT_BASE, base.rstrip("/")):
        if source.startswith(root + "/"):
            found = _MEDIA.match(source.removeprefix(root))
            if found:
                return found[1], found[0]
    raise Permanent("the file's address is none of Twilio's: look at the message in the Twilio console")


def leads_on(location: str, base: str) -> bool:
    """Whether Twilio may lead us there: https to a host of its own; for a base of our own, that one too. Pure."""
    try:
        url, own = urlsplit(location), urlsplit(base)
        port, host = url.port, url.hostname or ""
    except ValueError:
        return False
    if url.username is not None or url.password is not None:
        return False
    if base != DEFAULT_BASE and (url.scheme, url.netloc) == (own.scheme, own.netloc):
        return True
    return url.scheme == "https" and port in (None, 443) and bool(_HOSTS.match(host))


class Kept:
    """Twilio's keeping of our messages, for all our accounts. Open between `start` and `stop`."""

    def __init__(self, accounts: Accounts, base: str, now: Callable[[], datetime], seconds: float = _SECONDS) -> None:
        self._accounts, self._base, self._now = accounts, base.rstrip("/"), now
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._asking: aiohttp.ClientSession | None = None
        self._following: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open both ways: to Twilio with credentials, and to where it leads without."""
        if self._asking is None:
            self._asking = self._session(aiohttp.TCPConnector(limit=10))
            self._following = self._session(aiohttp.TCPConnector(limit=10, resolver=PublicResolver()))

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout, auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )  # fmt: skip

    async def stop(self) -> None:
        """Close both; what is under way fails as Temporary."""
        sessions, self._asking, self._following = (self._asking, self._following), None, None
        for session in sessions:
            if session is not None:
                await session.close()

    async def fetch(self, source: str) -> Fetched:
        """The file there. Raises Temporary, or Permanent where it is gone (GONE), too large, or not Twilio's."""
        sid, path = place_of(source, self._base)
        url, account = self._base + path, cast("Account | None", self._account(sid))
        for _ in range(_MOST_REDIRECTS + 1):
            async with self._request("GET", url, account) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    await self._refused(answer, "the file")
                    return await _read(answer)
                location = urljoin(url, answer.headers.get("Location", ""))
            if not leads_on(location, self._base):
                raise Permanent("Twilio led to a place that is not its own: the file was not fetched")
            url, account = location, None
        raise Temporary("Twilio led from place to place without end")

    async def forget(self, source: str) -> str:
        """Delete the file at Twilio; what proves it, in words. Raises Temporary or Permanent."""
        sid, path = place_of(source, self._base)
        # The record's own address, as Twilio describes it: without the ending it is the file's.
        async with self._request("DELETE", f"{self._base}{path}.json", self._account(sid)) as answer:
            if answer.status == 404:  # noqa: PLR2004  HTTP's own number
                return self._proof(answer.status, "it has no such file")
            await self._refused(answer, "the file")
            return self._proof(answer.status, "the file is deleted")

    async def empty(self, message_sid: str, account: Account) -> str:
        """Take the words of a message away at Twilio; what proves it, in words. Raises Temporary or Permanent."""
        if not _MESSAGE.match(message_sid):
            raise Permanent("that is no message of Twilio's")
        url = f"{self._base}/2010-04-01/Accounts/{account.sid}/Messages/{message_sid}.json"
        async with self._request("POST", url, self._account(account.sid), data=b"Body=") as answer:
            if answer.status == 404:  # noqa: PLR2004  HTTP's own number
                return self._proof(answer.status, "it has no such message")
            await self._refused(answer, "the emptied message")
            if _fields(await body_of(answer, _MOST_ANSWER)).get("body") != "":
                raise Temporary("Twilio took the request, but did not say that the words are gone")
            return self._proof(answer.status, "the words are gone")

    def _account(self, sid: str) -> Account:
        account = self._accounts.of_sid(sid)
        if account is None or not account.complete:
            raise Permanent(f"the Twilio account {sid[:34]} is none of ours: name it in DESK_TWILIO_ACCOUNTS")
        return account

    def _proof(self, status: int, words: str) -> str:
        return f"Twilio answered {status} at {self._now().isoformat(timespec='seconds')}: {words}"

    @asynccontextmanager
    async def _request(
        self, method: str, url: str, account: Account | None, data: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request: with the account's credentials to our own base, without any to where Twilio leads."""
        session = self._asking if account is not None else self._following
        if session is None:
            raise Temporary("The SMS channel is not started")
        headers = {}
        if account is not None:
            headers["Authorization"] = "Basic " + b64encode(f"{account.sid}:{account.token}".encode()).decode()
        if data is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            async with session.request(method, url, headers=headers, data=data, allow_redirects=False) as answer:
                yield answer
        except TimeoutError as error:
            raise Temporary("Twilio did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The kind of error only: its text may hold the address.
            raise Temporary(f"Twilio can't be reached ({type(error).__name__}): check the network") from error

    async def _refused(self, answer: aiohttp.ClientResponse, what: str) -> None:
        """Raises the error that a refusal stands for; nothing where Twilio did it."""
        status = answer.status
        if 200 <= status < 300:  # noqa: PLR2004  HTTP's own numbers
            return
        code = str(_fields(await body_of(answer, _MOST_ANSWER)).get("code") or "")
        raise refusal(status, code, what, seconds_until(answer.headers.get("Retry-After", ""), self._now()))


def refusal(status: int, code: str, what: str, wait: float | None) -> ChannelError:
    """What a refusal stands for. Pure."""
    said = f"Twilio refused {what} (HTTP {status}{f', code {code}' if code else ''})"
    if status in (401, 403):
        mend = "check the account's SID and token in the settings"
        return Temporary(f"{said}: {mend}", code=code, retry_after=wait or DESK_RETRY_SECONDS)
    if status in (408, 425, 429) or status >= 500 or code == _UNFINISHED:  # noqa: PLR2004  HTTP's own numbers
        return Temporary(f"{said}: it is tried again", code=code, retry_after=wait)
    if status in (404, 410):
        return Permanent(f"Twilio has {what} no more (HTTP {status})", code=GONE)
    return Permanent(said, code=code)


async def _read(answer: aiohttp.ClientResponse) -> Fetched:
    """The body, never more of it than is taken."""
    too_large = Permanent(f"the file is larger than {LARGEST // 1_000_000} MB: ask for it in parts")
    if (answer.content_length or 0) > LARGEST:
        raise too_large
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Permanent("the file came packed, which was not asked for: ask for it again")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > LARGEST:
            raise too_large
    return Fetched(bytes(content), answer.headers.get("Content-Type", ""))


def _fields(raw: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
