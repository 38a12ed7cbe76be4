"""What the desk gives a channel whose customers have a page open: `channels.live.Live`, for one channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.chats import standing
from bot.chats.presence import Presence
from bot.conversations import shared_files
from bot.conversations.people import picture
from bot.db import Database
from bot.errors import PermanentError, TemporaryError
from bot.files.checking import checked
from channels.errors import Permanent, Temporary
from channels.files import Attachment
from channels.live import Standing

T = TypeVar("T")


class Live:
    """One channel's view of the desk's presence and standing."""

    def __init__(self, channel: str, database: Database, bus: LocalBus, presence: Presence) -> None:
        self._channel, self._database, self._bus, self._presence = channel, database, bus, presence

    @property
    def online(self) -> bool:
        """Whether staff are at hand now."""
        return self._presence.online

    async def standing(self, address: str) -> Standing:
        """Who answers there, and what was read. Raises Temporary."""
        return await self._read(lambda session: standing.standing(session, self._channel, address))

    async def seen(self, address: str, seq: int) -> None:
        """The customer has read everything up to that line. Raises Temporary."""
        try:
            await self._database.write(
                lambda session: standing.seen_by_customer(session, self._channel, address, seq)
            )  # fmt: skip
        except TemporaryError as error:
            raise Temporary(str(error)) from error

    def writes(self, address: str) -> bool:
        """Whether one of the staff is writing there now."""
        return self._presence.writes(address)

    def follow(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Be called when the standing there may have changed; returns a function that ends it."""
        return self._bus.listen(f"live:{address}", wake)

    def follow_staff(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be called when staff come or go; returns a function that ends it."""
        return self._bus.listen("staff", wake)

    def here(self, address: str, *, here: bool) -> None:
        """The customer's page was opened, or the last one closed."""
        self._presence.here(address, here=here)

    def typing(self, address: str, *, on: bool = True) -> None:
        """The customer is writing, or has sent it."""
        if on:
            self._presence.visitor_writes(address)
        else:
            self._presence.visitor_sent(address)

    def checked(self, name: str, content: bytes) -> Attachment:
        """A file as it may be kept, by its content. Raises Permanent with what is wrong and what to do."""
        try:
            found = checked(name, content)
        except PermanentError as error:
            raise Permanent(str(error)) from error
        return Attachment(found.name, found.content_type, found.content)

    async def file(self, file_id: int) -> Attachment | None:
        """A file that may be given out; None where there is none of that number, or not now. Raises Temporary."""
        return await self._read(lambda session: shared_files.given(session, file_id))

    async def picture(self, hash_: str) -> Attachment | None:
        """A colleague's picture, by its hash; None where there is none. Raises Temporary."""
        return await self._read(lambda session: picture(session, hash_))

    async def _read(self, work: Callable[[Session], T]) -> T:
        try:
            return await self._database.read(work)
        except TemporaryError as error:
            raise Temporary(str(error)) from error
