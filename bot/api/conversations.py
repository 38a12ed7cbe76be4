"""Conversations: listing, reading, replying, noting, taking over, giving back, closing. Each look is audited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exc
from sqlalchemy.orm import Session

from bot.api import answers, paging, shown
from bot.api.bodies import ConversationQuery, LinesQuery, Note, Reply
from bot.api.gate import Call
from bot.api.problems import Problem
from bot.audit.actors import Actor
from bot.console import queue_queries
from bot.console.queue_views import BY_KEY, Filters
from bot.console.views import clauses
from bot.conversations import ownership, repository, service
from bot.db import wake

Act = Callable[[Session, int, Actor, datetime], None]


async def index(call: Call) -> answers.Conversations:
    """A page of conversations, newest first."""
    asked, today = call.query(ConversationQuery), call.desk.now().date()
    place = paging.conversation_place(asked.after)
    filters = Filters(channel=asked.channel or "", state=asked.state or "")
    page = await call.desk.database.read(
        lambda session: queue_queries.page(session, BY_KEY["all"], call.who.staff_id, today, filters, place)
    )
    await call.looked("conversations.listed", "conversations", conversations=[row.conversation.id for row in page.rows])
    return answers.Conversations(items=[shown.conversation(row) for row in page.rows], after=paging.mark(page.after))


async def read(call: Call) -> answers.Transcript:
    """A conversation with its newest lines, or those before a line."""
    ident, before = call.number("id"), call.query(LinesQuery).before
    found = await call.desk.database.read(lambda session: shown.transcript(session, ident, before))
    await call.looked("conversation.read", f"conversation:{ident}", lines=len(found.lines))
    return found


async def reply(call: Call) -> answers.Written:
    """A person's reply on the customer's own channel; nothing is sent when the customer wrote meanwhile."""
    ident, body, actor, now = call.number("id"), call.body(Reply), call.who.actor, call.desk.now()

    def write(session: Session) -> int:
        site = call.desk.site(repository.get(session, ident).site)
        cited = clauses.cited(call.desk, site.policy, " ".join(body.clauses), body.text)
        if {each["id"] for each in cited} != set(body.clauses):
            raise Problem(422, "clauses: the text must quote each of them word for word", code="not_quoted")
        line = service.reply(
            session, ident, actor, body.text, seen_seq=body.seen_seq, site=site, now=now, citations=cited,
            texts=call.desk.texts,
        )  # fmt: skip
        return line.id

    return await _written(call, write)


async def note(call: Call) -> answers.Written:
    """A note that only staff see."""
    ident, text, actor, now = call.number("id"), call.body(Note).text, call.who.actor, call.desk.now()
    return await _written(call, lambda session: service.note(session, ident, actor, text, now).id)


async def _written(call: Call, write: Callable[[Session], int]) -> answers.Written:
    """Write a line, or find the one that the same key wrote before."""
    now = call.desk.now()

    def unit(session: Session) -> answers.Written:
        before = call.once.written(session)
        if before is not None:
            return answers.Written(line=shown.one_line(session, before), repeated=True)
        message_id = write(session)
        call.once.remember(session, message_id, now)
        return answers.Written(line=shown.one_line(session, message_id), repeated=False)

    try:
        return await call.desk.database.write(unit)
    except exc.IntegrityError:
        # Another process wrote under the same key at the same moment: what it wrote is there now.
        return await call.desk.database.write(unit)


async def take_over(call: Call) -> answers.Conversation:
    """Take the conversation from the bot or a colleague; the bot is silent in it from now on."""
    return await _act(call, ownership.take_over)


async def give_back(call: Call) -> answers.Conversation:
    """Let the bot answer again."""
    return await _act(call, ownership.give_back)


async def close(call: Call) -> answers.Conversation:
    """Done; the customer's next message opens it again, with the bot."""
    return await _act(call, ownership.close)


async def _act(call: Call, act: Act) -> answers.Conversation:
    ident, actor, now = call.number("id"), call.who.actor, call.desk.now()

    def unit(session: Session) -> answers.Conversation:
        act(session, ident, actor, now)
        wake(session, "console")
        return shown.conversation_now(session, ident)

    return await call.desk.database.write(unit)
