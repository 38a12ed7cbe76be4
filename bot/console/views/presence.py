"""A visitor of the chat and a colleague, live: each is told whether the other is here, writes, and has read.

POST /console/conversations/{id}/presence with `typing` (on, off or nothing) and `seen` (the last line in front of the
colleague) is answered with {here, typing, seen} of the visitor. Nothing of it is a message or goes into the audit.
"""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from bot.chats import standing
from bot.console.gate import Call
from bot.conversations import repository
from bot.conversations.by_hand import WHILE_THERE

LONGEST = 16
"""Digits of a line's number."""


async def beat(call: Call) -> web.StreamResponse:
    """Tell the visitor's page what the colleague does, and the colleague what the visitor does."""
    ident, seen = call.number("id"), call.form.get("seen", "")
    seq = int(seen) if seen.isdecimal() and len(seen) < LONGEST else 0
    conversation = await call.desk.database.read(lambda session: repository.get(session, ident))
    if conversation.channel not in WHILE_THERE:
        return web.json_response({"here": False, "typing": False, "seen": 0})
    if seq > conversation.read_seq:
        await call.desk.database.write(lambda session: _read(session, ident, seq))
    presence, address = call.desk.presence, conversation.address
    presence.watch(address)
    if call.form.get("typing") in ("on", "off"):
        presence.staff_writes(address, on=call.form["typing"] == "on")
    return web.json_response(
        {
            "here": presence.is_here(address),
            "typing": presence.is_writing(address),
            "seen": conversation.seen_seq,
        }
    )


def _read(session: Session, ident: int, seq: int) -> None:
    standing.read_by_staff(session, ident, seq)
