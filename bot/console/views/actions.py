"""What staff do with a conversation. Each is one unit of work, then a redirect back to where they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.casework import service as casework
from bot.console.gate import Call
from bot.console.models import Staff
from bot.console.views import clauses
from bot.console.views.common import attempt
from bot.console.views.desk_page import Draft, kept, show
from bot.conversations import ownership, repository, sending, transcripts
from bot.conversations import service as conversations
from bot.conversations.models import Message
from bot.conversations.service import Stale
from bot.errors import NotFound, PermanentError
from bot.files import checking
from bot.messages.models import Outbox
from bot.tickets.models import Ticket
from bot.tickets.states import Event, NotAllowed

LONGEST = 20_000
CAME_MEANWHILE = (
    "The customer wrote while you were writing. Read their new message above; your reply is kept below, "
    "so send it again if it still fits."
)
NO_TRANSCRIPT = {
    "no_address": "no email address of theirs is proved: they can ask for it here, and show one by a code",
    "too_many": "they had it three times today: send it tomorrow",
}
"""Why a conversation can't be sent by email."""
THEN = ("ask", "answer", "close")


async def run(call: Call, conversation_id: int, work: Callable[[Session], Any], done: str) -> web.StreamResponse:
    """Do it and go back with a word of what was done; what is not possible comes back as a sentence on the page."""
    if why := await attempt(call, work):
        return await show(call, conversation_id, Draft(problem=f"That didn't work: {why}.", status=409))
    return back(call, conversation_id, done)


def back(call: Call, conversation_id: int, done: str) -> web.StreamResponse:
    """To the conversation, in the place of the queue that it was opened from."""
    where = f"/console/conversations/{conversation_id}?{kept(call.form, done=done)}"
    return web.Response(status=303, headers={"Location": where})


async def say(call: Call) -> web.StreamResponse:
    """Send a reply or keep a note; what can't be sent comes back with its text."""
    conversation_id, text = call.number("id"), call.form.get("text", "")
    mode = "note" if call.form.get("mode") == "note" else "reply"
    quotes = call.form.get("quotes", "")[:400]
    try:
        if mode == "note":
            if call.files:
                raise PermanentError("a note has no files: choose Reply, or write the note without them")  # noqa: TRY301
            await _note(call, conversation_id, text)
        else:
            await _reply(call, conversation_id, text, quotes)
    except NotFound:
        raise
    except Stale:
        return await show(call, conversation_id, Draft(text[:LONGEST], mode, quotes, CAME_MEANWHILE, 409))
    except (NotAllowed, PermanentError) as error:
        return await show(call, conversation_id, Draft(text[:LONGEST], mode, quotes, f"Not sent: {error}.", 422))
    return back(call, conversation_id, "noted" if mode == "note" else "replied")


async def _note(call: Call, conversation_id: int, text: str) -> None:
    who, now = call.actor, call.desk.now()
    await call.desk.database.write(lambda session: conversations.note(session, conversation_id, who, text, now))


async def _reply(call: Call, conversation_id: int, text: str, quotes: str) -> None:
    who, now, desk = call.actor, call.desk.now(), call.desk
    chosen = [await asyncio.to_thread(checking.checked, each.name, each.content) for each in call.files]
    seen = call.form.get("seen", "")
    seen_seq = int(seen) if seen.isdecimal() and len(seen) < 16 else 0  # noqa: PLR2004
    then, ticket = call.form.get("then", "").partition(":")[::2]

    def unit(session: Session) -> None:
        site = desk.site(repository.get(session, conversation_id).site)
        cited = clauses.cited(desk, site.policy, quotes, text)
        conversations.reply(
            session, conversation_id, who, text, seen_seq=seen_seq, site=site, now=now, citations=cited,
            attachments=chosen, scans=desk.clamd is not None,
            files_reached=desk.settings.base_url.startswith("https://") or bool(desk.settings.twilio_api_base),
            texts=desk.texts,
        )  # fmt: skip
        if then in THEN and ticket.isdecimal():
            _own(session, int(ticket), conversation_id)
            # The reply itself is what they are told.
            casework.step(session, int(ticket), cast("Event", then), who, now, house=desk.house, site=site, tell=False)

    await desk.database.write(unit)


def _own(session: Session, ticket_id: int, conversation_id: int) -> None:
    """A reply settles only tickets of its own conversation."""
    if session.scalar(select(Ticket.conversation_id).where(Ticket.id == ticket_id)) != conversation_id:
        raise NotFound("that ticket is not in this conversation: load the page again")


async def take(call: Call) -> web.StreamResponse:
    """Take the conversation over from the bot or a colleague."""
    ident, now = call.number("id"), call.desk.now()
    return await run(call, ident, lambda s: ownership.take_over(s, ident, call.actor, now), "taken")


async def transcript(call: Call) -> web.StreamResponse:
    """Send the conversation to its person by email, where they have proved an address."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk

    def work(session: Session) -> None:
        talk = repository.get(session, ident)
        site = desk.site(talk.site)
        verdict = transcripts.request(session, talk, now, house=desk.house, site=site, actor=call.actor)
        if verdict != "sent":
            raise PermanentError(NO_TRANSCRIPT[verdict])

    return await run(call, ident, work, "transcript")


async def template(call: Call) -> web.StreamResponse:
    """Send the approved template to who has not written by WhatsApp for a day."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk

    def work(session: Session) -> None:
        if not desk.settings.twilio_whatsapp_template:
            raise PermanentError("there is no template: set DESK_TWILIO_WHATSAPP_TEMPLATE")
        site = desk.site(repository.get(session, ident).site)
        sending.send_template(session, ident, call.actor, now, site=site)

    return await run(call, ident, work, "template")


async def give_back(call: Call) -> web.StreamResponse:
    """Let the bot answer again."""
    ident, now = call.number("id"), call.desk.now()
    return await run(call, ident, lambda s: ownership.give_back(s, ident, call.actor, now), "given")


async def close(call: Call) -> web.StreamResponse:
    """Close the conversation; the page then offers to undo it."""
    ident, now = call.number("id"), call.desk.now()
    return await run(call, ident, lambda s: ownership.close(s, ident, call.actor, now), "closed")


async def reopen(call: Call) -> web.StreamResponse:
    """Open it again."""
    ident, now = call.number("id"), call.desk.now()
    return await run(call, ident, lambda s: ownership.reopen(s, ident, call.actor, now), "reopened")


def chosen(session: Session, form_value: str) -> int | None:
    """The member of staff that a form names; None for nobody.

    Raises:
        NotFound: there is no such active account.
    """
    if not form_value:
        return None
    number = int(form_value) if form_value.isdecimal() and len(form_value) < 16 else 0  # noqa: PLR2004
    found = session.scalar(select(Staff.id).where(Staff.id == number, Staff.active))
    if found is None:
        raise NotFound("there is no such colleague: load the page again")
    return found


async def assign(call: Call) -> web.StreamResponse:
    """Give the conversation to somebody, or to nobody."""
    ident, now, to = call.number("id"), call.desk.now(), call.form.get("to", "")

    def work(session: Session) -> None:
        ownership.assign(session, ident, chosen(session, to), call.actor, now)

    return await run(call, ident, work, "assigned")


async def retry(call: Call) -> web.StreamResponse:
    """Send a message once more that could not be delivered."""
    ident, now = call.number("id"), call.desk.now()
    query = select(Outbox.conversation_id).where(Outbox.id == ident)
    conversation_id = await call.desk.database.read(lambda session: session.scalar(query))
    if conversation_id is None:
        raise NotFound("there is no such delivery: go back to the conversation")
    return await run(call, conversation_id, lambda s: sending.retry_delivery(s, ident, call.actor, now), "retried")


async def judge(call: Call) -> web.StreamResponse:
    """Keep whether the bot's answer was right, as one of the staff sees it."""
    ident, now, verdict = call.number("id"), call.desk.now(), call.form.get("verdict", "")
    query = select(Message.conversation_id).where(Message.id == ident, Message.author == "bot")
    conversation_id = await call.desk.database.read(lambda session: session.scalar(query))
    if conversation_id is None or verdict not in ("right", "wrong"):
        raise NotFound("there is no such answer of the bot: go back to the conversation")

    def work(session: Session) -> None:
        session.get_one(Message, ident).judged = verdict
        audit.append(
            session, actor=call.actor.name, action="answer.judged", subject=f"conversation:{conversation_id}",
            data={"message": ident, "verdict": verdict}, now=now,
        )  # fmt: skip

    return await run(call, conversation_id, work, "judged")
