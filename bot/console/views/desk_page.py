"""The console's main page: views, queue and the chosen conversation, in one rendering for all widths."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.chats import standing
from bot.console import conversation_queries, evidence, file_words, queue_queries, search_queries, visits, words
from bot.console.conversation_queries import Open
from bot.console.gate import Call
from bot.console.queue_views import BY_KEY, VIEWS, Filters, View
from bot.console.views.common import rendered, wording
from bot.console.words import Wording
from bot.conversations import facts as conversation_facts
from bot.conversations import repository, window
from bot.conversations.by_hand import BY_HAND
from bot.tickets import states

KEPT = ("view", "channel", "kind", "state", "q")
DONE: Mapping[str, str] = {
    "replied": "Your reply is on its way.",
    "noted": "Your note is kept. The customer doesn't see it.",
    "taken": "You have this conversation. The bot is silent in it until you give it back.",
    "given": "The bot answers in this conversation again.",
    "assigned": "It is assigned.",
    "closed": "The conversation is closed. If the customer writes again, it opens by itself.",
    "reopened": "The conversation is open again.",
    "retried": "It is being sent once more.",
    "template": "The template is on its way. Write in your own words once they have answered.",
    "transcript": "The conversation is on its way to their email address.",
    "elsewhere": "It goes on there. The open tickets went along.",
    "asked_elsewhere": "A code is on its way there. Once they type it here, it goes on there.",
    "back_here": "It goes on here again.",
    "moved": "The ticket is up to date.",
    "opened": "The ticket is open.",
    "judged": "Thank you. Your judgement is kept with the answer.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody had typed when it could not be sent: it comes back to them, with the reason."""

    text: str = ""
    mode: str = "reply"
    quotes: str = ""
    problem: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What was read for one page, in one snapshot."""

    view: View
    counts: Mapping[str, int]
    rows: Sequence[Any]
    after: str = ""
    dead: Sequence[Any] = field(default=())
    opened: Open | None = None
    jump: str = ""
    window_closed: bool = False
    braked: str = ""
    """Until when strangers get no automatic text, "" where they do."""


def kept(values: Mapping[str, str], **other: str) -> str:
    """The part of the address that keeps somebody's place in the queue."""
    chosen = {name: values[name][:200] for name in KEPT if values.get(name)}
    return urlencode({**chosen, **other})


async def queue(call: Call) -> web.StreamResponse:
    """A view of the queue; without one, the first of Mine, Unassigned and All that has something. It shows names and
    words: each visit of a person is audited.
    """
    say = wording(call)
    asked = call.request.query
    shown = await call.desk.database.read(lambda session: _queue(session, call, say, asked))
    if "X-Desk-Live" not in call.request.headers:
        view = shown.view.key
        await visits.looked(call.desk.database, "queue.read", f"queue:{view}", call.who.id, {"view": view}, say.now)
    return _render(call, say, shown)


def _queue(session: Session, call: Call, say: Wording, asked: Mapping[str, str]) -> Shown:
    counts = queue_queries.counts(session, call.who.id, say.today)
    first = next((key for key in ("mine", "unassigned") if counts[key]), "all")
    view = BY_KEY.get(asked.get("view") or first, BY_KEY["all"])
    chosen = filters(asked, _channels(call))
    found = queue_queries.page(session, view, call.who.id, say.today, chosen, asked.get("after", ""))
    dead = queue_queries.dead_letters(session) if view.key == "undelivered" else ()
    return Shown(view, counts, found.rows, found.after, dead, braked=_braked(session, call, say))


def _braked(session: Session, call: Call, say: Wording) -> str:
    until = conversation_facts.texts_braked(session, call.desk.limits, call.desk.now())
    return say.clock(until) if until else ""


def _channels(call: Call) -> Sequence[str]:
    """The channels that there may be conversations on: the usual ones, and those that are started."""
    return list(dict.fromkeys(("sms", "mail", "webchat", *call.desk.channels, *BY_HAND)))


def filters(asked: Mapping[str, str], known: Collection[str]) -> Filters:
    """The filters of an address; a value that is none of ours counts as unset."""
    channel, kind, state = (asked.get(name, "") for name in ("channel", "kind", "state"))
    return Filters(
        channel if channel in known else "",
        kind if kind in words.KINDS else "",
        state if state in ("open", "closed") else "",
    )


async def conversation(call: Call) -> web.StreamResponse:
    """One conversation, beside the queue that it was chosen from. Each look of a person is audited."""
    ident, now = call.number("id"), call.desk.now()
    shown = await show(call, ident)
    if "X-Desk-Live" not in call.request.headers:
        who, subject, query = f"staff:{call.who.id}", f"conversation:{ident}", call.request.query

        def unit(session: Session) -> None:
            data = {"reason": looked_from(query)}
            audit.append(session, actor=who, action="conversation.read", subject=subject, data=data, now=now)
            standing.read_by_staff(session, ident, repository.get(session, ident).last_seq)

        await call.desk.database.write(unit)
    return shown


def looked_from(asked: Mapping[str, str]) -> str:
    """Why somebody looks at a person's words, as far as the page they come from tells; a key of `words.WHY`.

    Never what was searched for: that may be a name.
    """
    return "search" if asked.get("q") else "queue" if asked.get("view") in BY_KEY else "opened"


async def show(call: Call, conversation_id: int, draft: Draft | None = None) -> web.StreamResponse:
    """The page of a conversation, with a draft given back where one could not be sent."""
    say = wording(call)
    place = call.form if call.request.method == "POST" else call.request.query
    before = place.get("before", "")
    oldest = int(before) if before.isdecimal() and len(before) < 16 else 0  # noqa: PLR2004

    def work(session: Session) -> Shown:
        opened = conversation_queries.load(session, conversation_id, oldest, say.now)
        closed = window.is_closed(session, opened.conversation, say.now)
        if place.get("q"):
            found: Any = search_queries.search(session, place["q"])
            counts = queue_queries.counts(session, call.who.id, say.today)
            return Shown(
                BY_KEY["all"], counts, found.rows, opened=opened, window_closed=closed,
                braked=_braked(session, call, say),
            )  # fmt: skip
        shown = _queue(session, call, say, {"view": "all", **place})
        return replace(shown, opened=opened, window_closed=closed)

    return _render(call, say, await call.desk.database.read(work), draft or Draft())


async def search(call: Call) -> web.StreamResponse:
    """What was found; an exact reference opens its request at once."""
    say, asked = wording(call), call.request.query.get("q", "")

    def work(session: Session) -> Shown:
        found = search_queries.search(session, asked)
        counts = queue_queries.counts(session, call.who.id, say.today)
        return Shown(BY_KEY["all"], counts, found.rows, jump=found.jump)

    shown = await call.desk.database.read(work)
    if shown.jump:
        raise web.HTTPSeeOther(f"/console/tickets/{shown.jump}?{kept({'q': asked}, why='search')}")
    if asked.strip() and "X-Desk-Live" not in call.request.headers:
        # Never what was searched for: that may be a name.
        seen = {"reason": "search", "conversations": [row.conversation.id for row in shown.rows]}
        await call.desk.database.write(
            lambda s: audit.append(
                s,
                actor=f"staff:{call.who.id}",
                action="conversations.listed",
                subject="conversations",
                data=seen,
                now=say.now,
            )
        )
    return _render(call, say, shown)


def _render(call: Call, say: Wording, shown: Shown, draft: Draft | None = None) -> web.Response:
    place = call.form if call.request.method == "POST" else call.request.query
    asked = place.get("q", "")
    values = {name: place[name] for name in KEPT if place.get(name)}
    if not asked:
        values["view"] = shown.view.key
    return rendered(
        call,
        "desk.html",
        status=draft.status if draft else 200,
        say=say,
        evidence=evidence.read,
        file_words=file_words,
        views=VIEWS,
        shown=shown,
        filters=filters(place, _channels(call)),
        channels=_channels(call),
        asked=asked,
        keep=kept(values),
        values=values,
        facts=place.get("panel") == "facts",
        done=DONE.get(call.request.query.get("done", ""), ""),
        undo=call.request.query.get("done", "") == "closed",
        draft=draft or Draft(),
        possible=lambda ticket: states.possible(ticket.state, ticket.kind, call.who.role),
        site=call.desk.site,
        demo=call.desk.demo,
        texts=call.desk.texts,
        has_template=bool(call.desk.settings.twilio_whatsapp_template),
        here=shown.opened is not None and call.desk.presence.is_here(shown.opened.conversation.address),
    )
