"""The ways in by plain HTTP: a visitor's file, and long polling. Both check the page's origin as the socket does."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from channels.base import Received
from channels.errors import Temporary
from channels.webchat import cross, frames, limits, polling, sessions, uploads, writing
from channels.webchat.cross import Refused
from channels.webchat.door import NOT_HERE, Door
from channels.webchat.talk import Desk

MAX_POLLS = 2_000
"""Requests that wait at once, of all visitors."""
POLLS_EACH = 6
"""Of one visitor: as many pages of theirs."""


class Place(Desk, Protocol):
    """What these ways in need of the channel."""

    door: Door

    @property
    def stopping(self) -> bool:
        """Whether nobody is let in any more."""
        ...

    def left(self, address: str, *, soon: bool = False) -> None:
        """A page has left; `soon` where it is likely to be back at once."""
        ...


class Requests:
    """Files and polls."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._files = uploads.Places()
        self._polls: dict[tuple[str, str], polling.Poll] = {}

    async def before(self, request: web.Request) -> web.Response:
        """OPTIONS: whether a page of this origin may send here."""
        origin = self._place.door.origin(request)
        return cross.before(origin) if origin else web.Response(status=403, text=NOT_HERE + "\n")

    async def upload(self, request: web.Request) -> web.Response:
        """POST /chat/file: stored before the answer; the same id again is answered like the first."""
        return await self._answered(request, self._upload)

    async def poll(self, request: web.Request) -> web.Response:
        """POST /chat/poll: frames in, and frames back as soon as there are some."""
        return await self._answered(request, self._poll)

    async def _answered(
        self, request: web.Request, act: Callable[[web.Request, str, str], Awaitable[web.Response]]
    ) -> web.Response:
        door = self._place.door
        origin = door.origin(request)
        if not origin:
            return web.Response(status=403, text=NOT_HERE + "\n")
        if self._place.stopping:
            return Refused(503, "unavailable", "The desk starts again. Try again in a moment.", 2).answer(origin)
        try:
            response = await act(request, origin, door.peer(request))
        except Refused as refused:
            return refused.answer(origin)
        response.headers.update(cross.headers(origin))
        return response

    # Files

    async def _upload(self, request: web.Request, origin: str, peer: str) -> web.Response:
        place, context = self._place, self._place.context
        session = request.headers.get(cross.SESSION, "")
        site, address = place.door.visitor(session, origin)
        if wait := place.door.file(address, peer):
            raise uploads.too_many(wait)
        with self._files.one(peer or address) as room:
            upload = await uploads.read(request, limits.largest(context.setting), room)
            found = await uploads.checked(context.live, upload)
        now = context.now()
        facts = {
            "site": site.key, "origin": origin, "at": now.isoformat(),
            "file": {"id": upload.id, "name": found.name, "type": found.content_type},
        }  # fmt: skip
        if session.startswith(sessions.SIGNED_IN):
            facts["who"] = {"host_sign_in": "earlier"}
        try:
            await context.accept(
                Received("webchat", f"{address}:{upload.id}", address, found.content, received_at=now, facts=facts)
            )
        except Temporary as error:
            raise uploads.unavailable(error) from error
        return web.json_response({"id": upload.id}, status=202)

    # Polls

    async def _poll(self, request: web.Request, origin: str, peer: str) -> web.Response:
        door = self._place.door
        asked = await self._asked(request)
        if wait := door.poll(asked.hello.session, peer):
            seconds = math.ceil(wait)
            text = f"Too many requests at once. Try again in {writing.seconds(seconds)}."
            raise Refused(429, "rate_limited", text, seconds)
        if len(self._polls) >= MAX_POLLS:
            raise Refused(503, "unavailable", "No room for another chat. Try again soon.", 5)
        if not door.peers.enter(peer):
            self._place.context.rejected("webchat", "connections")
            raise Refused(429, "connections", "Too many chats are open here.", 60)
        poll = polling.Poll(self._place, asked, origin, peer)
        try:
            return await poll.run(lambda: self._began(poll), lambda: self._gone(request))
        finally:
            door.peers.leave(peer)
            if self._polls.get(self._key(poll)) is poll:
                del self._polls[self._key(poll)]
            if poll.talk.joined:
                self._place.left(poll.talk.address, soon=True)

    async def _asked(self, request: web.Request) -> polling.Asked:
        try:
            async with asyncio.timeout(polling.BODY_SECONDS):
                body = await request.content.read(polling.MOST_BODY + 1)
                while len(body) <= polling.MOST_BODY and (more := await request.content.read(polling.MOST_BODY)):
                    body += more
        except TimeoutError:
            raise Refused(408, "slow", "The request came in too slowly. Try again.") from None
        if len(body) > polling.MOST_BODY:
            raise Refused(413, "too_large", "Send fewer frames at once.")
        try:
            return polling.read(body)
        except polling.BadPoll as error:
            raise Refused(400, "bad_poll", str(error)) from error
        except frames.BadFrame as error:
            raise Refused(400, error.code, str(error)) from error

    def _began(self, poll: polling.Poll) -> None:
        """A page that asks again waits no more where it waited; a visitor has only so many pages."""
        key = self._key(poll)
        earlier = [one for one in self._polls if one == key]
        mine = [one for one in self._polls if one[0] == key[0] and one != key]
        for one in [*earlier, *(mine[: len(mine) - POLLS_EACH + 1] if len(mine) >= POLLS_EACH else [])]:
            self._polls.pop(one).answer.filled.set()
        self._polls[key] = poll

    def _key(self, poll: polling.Poll) -> tuple[str, str]:
        return poll.talk.address, poll.told.tab

    def _gone(self, request: web.Request) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._place.stopping or request.transport is None or request.transport.is_closing()

    def waiting(self) -> list[polling.Poll]:
        """The requests that wait now."""
        return list(self._polls.values())

    def stop(self) -> None:
        """Answer all that wait; their pages come back by themselves."""
        for poll in self.waiting():
            poll.answer.code = 1001
            poll.answer.filled.set()
