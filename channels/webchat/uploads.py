"""A visitor's file: read as it comes in, within limits, and looked at before it is taken.

POST /chat/file, multipart/form-data: the field `id`, of the visitor's own, then the file; the session stands in the
header X-Chat-Session. The answer has the id; the line with the file comes as a message, as any line does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from aiohttp import BodyPartReader, web

from channels.errors import Permanent, Temporary
from channels.files import Attachment
from channels.live import Live
from channels.webchat import frames, writing
from channels.webchat.cross import Refused

SECONDS = 120.0
AT_ONCE = 4
"""Files that are read at once: more than that in memory is too much, and whoever comes next is told when to come."""
EACH_AT_ONCE = 2
"""Of these, from one network address, or one visitor where that is not counted: who sends slowly holds up nobody else.
"""
FAIR_SECONDS = 15.0
"""After which a file still coming in gives its place to whoever finds none: whoever sends slowly, from however many
networks, keeps everybody else waiting so long at most.
"""
BUSY_SECONDS = 5
LONGEST_FIELD = 256
LONGEST_NAME = 300
MORE = 16 * 1024
"""Bytes of a form beside its file."""
SLOW = 400_000
"""Bytes from which a file is looked at in a thread: a document is unpacked for it."""


class Upload(NamedTuple):
    """A file as the browser sent it, with the id that makes a second try harmless."""

    id: str
    name: str
    content: bytes


class Place:
    """One of the places for files that are read; `whose`, and since when by the event loop's clock."""

    def __init__(self, whose: str) -> None:
        self.whose, self.since = whose, asyncio.get_running_loop().time()
        self._limit: asyncio.Timeout | None = None

    @property
    def yields(self) -> bool:
        """Whether it is still read, has been for long enough, and is not ending by itself just now."""
        if self._limit is None or self._limit.expired():
            return False
        return asyncio.get_running_loop().time() - self.since >= FAIR_SECONDS

    def end(self) -> None:
        """End its reading."""
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())
            self._limit = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """While it is read. Raises TimeoutError after SECONDS, or where it had to give its place away."""
        async with asyncio.timeout(SECONDS) as self._limit:
            yield
        self._limit = None


class Places:
    """All of them: AT_ONCE, and EACH_AT_ONCE of one visitor or network."""

    def __init__(self) -> None:
        self._taken: list[Place] = []

    @contextmanager
    def one(self, whose: str) -> Iterator[Place]:
        """A place for a file of theirs, where need be that of the one which takes longest. Raises Refused."""
        if sum(each.whose == whose for each in self._taken) >= EACH_AT_ONCE:
            raise too_many(BUSY_SECONDS)
        if len(self._taken) >= AT_ONCE:
            slowest = next((each for each in self._taken if each.yields), None)
            if slowest is None:
                raise too_many(BUSY_SECONDS)
            slowest.end()
            self._taken.remove(slowest)
        place = Place(whose)
        self._taken.append(place)
        try:
            yield place
        finally:
            if place in self._taken:
                self._taken.remove(place)


async def read(request: web.Request, largest: int, place: Place) -> Upload:
    """The form, to its end. Raises Refused."""
    if request.content_type != "multipart/form-data":
        raise Refused(415, "bad_form", "A file is sent as multipart/form-data, with its id before it.")
    if (request.content_length or 0) > largest + MORE:
        raise _too_large(largest)
    try:
        async with place.reading():
            return await _read(request, largest)
    except TimeoutError:
        raise Refused(408, "slow", "The file came in too slowly. Try again on a faster connection.") from None
    except frames.BadFrame as error:
        raise Refused(400, error.code, str(error)) from error
    except (ValueError, LookupError, RuntimeError, AssertionError, ConnectionError):
        raise Refused(400, "bad_form", "The file did not come in whole. Send it once more.") from None


async def _read(request: web.Request, largest: int) -> Upload:
    id_ = ""
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            break
        if part.name == "id" and part.filename is None:
            id_ = frames.ident((await _bounded(part, LONGEST_FIELD, largest)).decode("utf-8", "replace"))
        elif part.filename is not None:
            if not id_:
                raise Refused(400, "bad_id", "The id of a file must stand before it.")
            content = await _bounded(part, largest, largest)
            if await reader.next() is not None:
                raise Refused(400, "bad_form", "One file at a time. Send the others afterwards.")
            return Upload(id_, part.filename[:LONGEST_NAME], content)
        else:
            raise Refused(400, "bad_form", "The form holds an id and one file, and nothing else.")
    raise Refused(400, "no_file", "There is no file in the form. Choose it again.")


async def _bounded(part: BodyPartReader, most: int, largest: int) -> bytes:
    """A part's bytes; what is beyond the bound is not even kept."""
    found = bytearray()
    while chunk := await part.read_chunk(65_536):
        found += chunk
        if len(found) > most:
            raise _too_large(largest)
    return bytes(found)


def _too_large(largest: int) -> Refused:
    return Refused(413, "too_large", f"A file can have {largest / 1_000_000:g} MB. Send a smaller one, or part of it.")


async def checked(live: Live, upload: Upload) -> Attachment:
    """The file by what is in it. Raises Refused with what is wrong and what to do."""
    try:
        if len(upload.content) > SLOW:
            return await asyncio.to_thread(live.checked, upload.name, upload.content)
        return live.checked(upload.name, upload.content)
    except Permanent as error:
        text = str(error)
        raise Refused(422, "refused", f"{text[:1].upper()}{text[1:]}.") from error


def unavailable(error: Temporary) -> Refused:
    """It can't be stored now."""
    seconds = math.ceil(error.retry_after or 2)
    return Refused(503, "unavailable", f"Files can't be taken now. Try again in {writing.seconds(seconds)}.", seconds)


def too_many(wait: float) -> Refused:
    """More than the allowance."""
    seconds = math.ceil(wait)
    return Refused(429, "rate_limited", f"Too many files at once. Try again in {writing.seconds(seconds)}.", seconds)
