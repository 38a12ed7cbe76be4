"""Recordings of calls, which Twilio keeps: found by their call and deleted there, with what proves it.

Nobody reports a recording to us, so that none is missed while the desk is away: whoever wants those of a call gone has
Twilio list them. https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from channels.answers import body_of
from channels.errors import Permanent, Temporary
from channels.twilio_accounts import API, Account, Accounts

MOST = 1_000
"""Recordings of one call that are listed together: the most that Twilio gives."""
_PAGES = 10
"""Lists of one call in one try; the next try goes on with what is left."""
_CALL = re.compile(r"CA[0-9a-fA-F]{32}\Z")
_RECORDING = re.compile(r"RE[0-9a-fA-F]{32}\Z")
_MOST_ANSWER = 4 * 1024 * 1024
_SECONDS = 20.0
_SETTINGS_RETRY = 300.0


class Recordings:
    """Of all our accounts. Open between `start` and `stop`."""

    def __init__(self, accounts: Accounts, base: str, now: Callable[[], datetime], seconds: float = _SECONDS) -> None:
        self._accounts, self._base, self._now = accounts, (base or API).rstrip("/"), now
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout)

    async def stop(self) -> None:
        """Close them; what is under way fails as Temporary."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def forget(self, call: str, account_sid: str) -> str:
        """Have Twilio delete every recording of a call; what proves it, in words. Raises Temporary or Permanent."""
        if not _CALL.match(call):
            raise Permanent("that is no call of Twilio's")
        account = self._accounts.of_sid(account_sid) or self._accounts.main
        if not account.complete:
            raise Temporary("the Twilio account has no credentials here: set them", retry_after=_SETTINGS_RETRY)
        gone, more = 0, True
        for _ in range(_PAGES):
            found, more = await self._of_call(call, account)
            for sid in found:
                await self._ask("DELETE", f"/Recordings/{sid}.json", account)
            gone += len(found)
            if not more:
                break
        if more:
            raise Temporary(f"Twilio lists further recordings of the call after {gone} are deleted")
        count = f"{gone} recordings of the call are deleted" if gone else "it has no recording of the call"
        return f"Twilio answered at {self._now().isoformat(timespec='seconds')}: {count}"

    async def _of_call(self, call: str, account: Account) -> tuple[Sequence[str], bool]:
        """The first page of those that are left, and whether others follow. What is no such list proves nothing."""
        answer = await self._ask("GET", f"/Calls/{call}/Recordings.json?PageSize={MOST}", account)
        if answer is None:
            return [], False
        listed = answer.get("recordings")
        sids = [str(each.get("sid", "")) if isinstance(each, dict) else "" for each in listed or ()]
        if not isinstance(listed, list) or not all(map(_RECORDING.match, sids)):
            raise Temporary("what answers at DESK_TWILIO_API_BASE is not Twilio: check the address")
        return sids, bool(answer.get("next_page_uri"))

    async def _ask(self, method: str, path: str, account: Account) -> dict[str, Any] | None:
        """One request; None where Twilio has no such thing."""
        if self._session is None:
            raise Temporary("the voice channel is not started")
        authorization = "Basic " + b64encode(f"{account.sid}:{account.token}".encode()).decode()
        url = f"{self._base}/2010-04-01/Accounts/{account.sid}{path}"
        try:
            async with self._session.request(
                method, url, headers={"Authorization": authorization}, allow_redirects=False
            ) as answer:
                raw = await body_of(answer, _MOST_ANSWER)
        except TimeoutError as error:
            raise Temporary("Twilio did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Temporary(f"Twilio can't be reached ({type(error).__name__}): check the network") from error
        if answer.status in (401, 403):
            raise Temporary("Twilio refuses the credentials: check DESK_TWILIO_AUTH_TOKEN", retry_after=_SETTINGS_RETRY)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not 200 <= answer.status < 300:  # noqa: PLR2004  HTTP's own numbers
            raise Temporary(f"Twilio did not do it now (HTTP {answer.status})")
        return _object(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        loaded = None
    return loaded if isinstance(loaded, dict) else {}
