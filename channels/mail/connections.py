"""Connections to the relay that are used again: greeting, encrypting and signing in cost more than a mail does.

One that waited is asked with RSET whether it still stands before a mail goes over it, so that no mail is ever begun on
a dead one. Those that wait longer than IDLE are closed, before the relay's own limit ends them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiosmtplib

AT_ONCE = 8
"""Connections at a time: relays allow a sender about ten."""
IDLE = 20.0
MOST_MAILS = 100
"""Over one connection; many relays end it soon after that."""
GOODBYE = 2.0


class Connections:
    """Connections to one relay; `opened` makes a client that is not connected yet."""

    def __init__(self, opened: Callable[[], aiosmtplib.SMTP]) -> None:
        self._opened = opened
        self._room = asyncio.Semaphore(AT_ONCE)
        self._idle: list[tuple[aiosmtplib.SMTP, int, asyncio.TimerHandle]] = []
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection for one mail. After an answer of the relay, yes or no, it waits for the next; after anything
        else it is closed. Raises what connecting raises.
        """
        async with self._room:
            client, used = await self._standing() or (self._opened(), 0)
            if not client.is_connected:
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    with suppress(aiosmtplib.SMTPHeloError):  # an old one knows HELO alone, and announces nothing
                        await client.ehlo()
            fit = False
            try:
                yield client
                fit = True
            except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
                fit = not isinstance(error, aiosmtplib.SMTPServerDisconnected) and not _ended(error)
                raise
            finally:
                if fit and client.is_connected and used + 1 < MOST_MAILS:
                    timer = asyncio.get_running_loop().call_later(IDLE, self._close, client)
                    self._idle.append((client, used + 1, timer))
                else:
                    self._leave(client)

    async def _standing(self) -> tuple[aiosmtplib.SMTP, int] | None:
        """The one that waited last and still answers."""
        while self._idle:
            client, used, timer = self._idle.pop()
            timer.cancel()
            try:
                await client.rset(timeout=GOODBYE)
            except (aiosmtplib.SMTPException, OSError):
                self._leave(client)
            else:
                return client, used
        return None

    async def close(self) -> None:
        """Say goodbye on all that wait."""
        while self._idle:
            client, _, timer = self._idle.pop()
            timer.cancel()
            self._leave(client)
        if self._closing:
            await asyncio.wait(self._closing)

    def _close(self, client: aiosmtplib.SMTP) -> None:
        self._idle = [each for each in self._idle if each[0] is not client]
        self._leave(client)

    def _leave(self, client: aiosmtplib.SMTP) -> None:
        task = asyncio.ensure_future(_goodbye(client))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _ended(error: aiosmtplib.SMTPException) -> bool:
    """Whether the relay said that it hangs up (421, RFC 5321 section 3.8)."""
    return getattr(error, "code", 0) == 421  # noqa: PLR2004  as said


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        if client.is_connected:
            await client.quit(timeout=GOODBYE)
    client.close()
