"""One visitor's talk, whichever way their frames come: the session, who they are, and what happens to a message."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any, Protocol

from channels.base import Received
from channels.context import Context
from channels.errors import Temporary
from channels.live import NEW
from channels.webchat import frames, identity, limits, links, sessions, writing
from channels.webchat.cursor import Cursor, Outlet
from channels.webchat.door import Door

STRIKES = 3
"""Bad frames until the socket is closed."""


class Desk(Protocol):
    """What a talk needs of the channel that it belongs to."""

    context: Context
    door: Door

    def joined(self, address: str) -> None:
        """A page has this address now."""
        ...


class Close(Exception):
    """Close the connection with this WebSocket code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Talk:
    """What a connected visitor may do, and what they are told."""

    __slots__ = ("_desk", "_origin", "_peer", "_seen_seq", "_site", "_strikes", "_who", "cursor", "joined")

    def __init__(self, desk: Desk, out: Outlet, origin: str, peer: str) -> None:
        self._desk = desk
        self._origin = origin
        self._peer = peer
        self._site = ""
        self._who: dict[str, str] | None = None
        self._strikes = self._seen_seq = 0
        self.cursor = Cursor(desk.context, out)
        self.joined = False

    @property
    def address(self) -> str:
        """The visitor's address inside the desk; empty before the hello."""
        return self.cursor.address

    async def bad(self, error: frames.BadFrame) -> None:
        """Tell what is wrong with a frame. Raises Close where it is one too many."""
        await self.cursor.error(error.code, str(error), error.id)
        if error.close:
            self._strikes += 1
            if self._strikes >= STRIKES:
                raise Close(error.close, error.code)

    async def handle(self, frame: frames.Frame, data: str) -> None:
        """Do what a frame after the hello asks for. Raises Close."""
        match frame:
            case frames.Message():
                await self._message(frame, data)
            case frames.Hello():
                await self.bad(frames.BadFrame("hello_twice", "This chat has begun already.", 1008))
            case frames.Typing():
                self._desk.context.live.typing(self.address)
            case frames.Read():
                await self._seen(frame.seq)
            case frames.Transcript():
                await self.cursor.say("transcript", url=self._transcript())
            case frames.LeaveEmail():
                await self._leave_email(frame, data)

    def _transcript(self) -> str:
        return links.transcript(self._desk.context, self.address, self._site)

    async def _seen(self, seq: int) -> None:
        """Kept for staff. What can't be kept now is told again with the next line that is read."""
        if seq <= self._seen_seq:
            return
        self._seen_seq = seq
        with suppress(Temporary):
            await self._desk.context.live.seen(self.address, seq)

    # The session

    async def hello(self, hello: frames.Hello, *, greet: bool = True) -> None:
        """Begin, or go on with, the session that the visitor brings. Raises Close.

        Without `greet` nothing is said, and a session that is not known is refused: the page was greeted before.
        """
        context = self._desk.context
        site = self._desk.door.site(hello.site, self._origin)
        if site is None:
            context.rejected("webchat", "origin")
            await self.cursor.error("origin", "This chat is not set up for this page.")
            raise Close(1008, "origin")
        self._site = site.key
        known = sessions.genuine(context.sign, site.key, hello.session, context.now())
        if not known and not greet:
            raise Close(1001, "session")
        session = await self._session(hello, site.key, known=known)
        self._desk.joined(self.address)
        self.joined = True
        known = known or session.startswith(sessions.SIGNED_IN)
        # A new session has no lines, and nothing is read or stored for it.
        latest = await self._find(hello.last_seq) if known else 0
        if not known:
            self.cursor.stands(NEW)
        if greet:
            await self.cursor.say("ready", session=session, seq=latest, name=site.name, **self._facts())
        self.cursor.follow()
        if known:
            # What was written between finding and following woke nobody.
            self.cursor.wake()

    async def _session(self, hello: frames.Hello, site: str, *, known: bool) -> str:
        """The session to go on with, which the cursor then stands in. Raises Close."""
        context = self._desk.context
        session = hello.session if known else sessions.new(context.sign, site)
        self.cursor.address = sessions.address(context.sign, session)
        said = hello.identity
        if said is None:
            if session.startswith(sessions.SIGNED_IN):
                self._who = {"host_sign_in": "earlier"}
            return session
        why = identity.wrong(self._desk.door.secret(site), said, context.now())
        self._who = {"host_sign_in": f"refused: {why}" if why else "confirmed"}
        self._who |= {"host_user": said.user, "host_email": said.email, "host_name": said.name}
        if why:
            context.rejected("webchat", "identity")
            return session
        # Who was nobody yet keeps what they wrote.
        theirs = known and sessions.of_user(context.sign, site, session, said.user)
        if theirs and not session.startswith(sessions.SIGNED_IN) and await self._find(0):
            return session
        session = sessions.signed_in(context.sign, site, said.user, context.now())
        self.cursor.address = sessions.address(context.sign, session)
        return session

    def _facts(self) -> dict[str, Any]:
        """How the conversation stands, and what may be sent in it."""
        context, cursor = self._desk.context, self.cursor
        return writing.status(cursor.standing, context.public_url, online=cursor.online) | {
            "read": cursor.read,
            "hours": context.setting("chat_hours"),
            "max_file": limits.largest(context.setting),
        }

    def staff_came_or_went(self) -> None:
        """Tell the visitor whether somebody is at hand."""
        if self.address:
            self.cursor.stir()

    async def _find(self, last_seq: int | None) -> int:
        try:
            return await self.cursor.find(last_seq)
        except Temporary as error:
            await self.cursor.unavailable(error)
            raise Close(1013, "unavailable") from error

    # Messages

    async def _leave_email(self, left: frames.LeaveEmail, data: str) -> None:
        """A message like any other once it is in: the desk reads it as the request that it is."""
        if wait := self._desk.door.email(self.address, self._peer):
            await self._too_many("addresses", wait, left.id)
        else:
            await self._accept(left.id, self._received(left.id, data))

    async def _message(self, message: frames.Message, data: str) -> None:
        if wait := self._desk.door.message(self.address, self._peer):
            await self._too_many("messages", wait, message.id)
        else:
            await self._accept(message.id, self._received(message.id, data))

    async def _too_many(self, what: str, wait: float, ident: str) -> None:
        seconds = math.ceil(wait)
        text = f"Too many {what} at once. Try again in {writing.seconds(seconds)}."
        await self.cursor.error("rate_limited", text, ident, retry_after=seconds)

    async def _accept(self, ident: str, received: Received) -> None:
        # Before it is accepted, because its line may be there before `accept` returns.
        self.cursor.sent(ident)
        self._desk.context.live.typing(self.address, on=False)
        try:
            if await self._desk.context.accept(received):
                self.cursor.working()
            else:
                await self.cursor.again(ident)
        except Temporary as error:
            self.cursor.refused(ident)
            await self.cursor.unavailable(error, ident)

    def _received(self, ident: str, data: str) -> Received:
        now = self._desk.context.now()
        facts: dict[str, Any] = {"site": self._site, "origin": self._origin, "at": now.isoformat()}
        if self._who:
            facts["who"] = {key: value for key, value in self._who.items() if value}
        return Received(
            channel="webchat",
            dedupe_key=f"{self.address}:{ident}",
            sender=self.address,
            payload=data.encode(),
            received_at=now,
            facts=facts,
        )
