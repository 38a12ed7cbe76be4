"""Page "Why this answer?": what an answer rested on, proved again from what was kept."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from bot.audit import log as audit
from bot.console.gate import Call
from bot.console.views import learning
from bot.console.views.desk_page import kept
from bot.conversations.models import Message
from bot.errors import NotFound


async def look(call: Call) -> web.StreamResponse:
    """The passages, scores, versions and digests of one answer, and whether the same question gets it again."""
    ident = call.number("id")
    query = select(Message).where(Message.id == ident, Message.direction == "out")
    line = await call.desk.database.read(lambda session: session.scalars(query).first())
    if line is None:
        raise NotFound("there is no such answer: go back to the conversation")
    found = await call.desk.keeper.replay(ident)
    now, who, subject = call.desk.now(), f"staff:{call.who.id}", f"conversation:{line.conversation_id}"
    facts = {"reason": "answer", "message": ident}
    await call.desk.database.write(
        lambda s: audit.append(s, actor=who, action="conversation.read", subject=subject, data=facts, now=now)
    )
    return learning.show(call, "why.html", line=line, found=found, keep=kept(call.request.query))
