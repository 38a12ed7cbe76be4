"""One item of a request side by side with what will be handed over, and what staff decide about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.panels import package as panel
from bot.console.panels.package import KINDS, Row
from bot.console.redactions import Sides, sides
from bot.console.views.common import rendered
from bot.console.views.package import TURNS, choice_of
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.packages import review, taking
from bot.packages.cover import REASONS
from bot.packages.errors import NotReady
from bot.packages.files import Words, words_in
from bot.packages.gathering import reviews_of
from bot.packages.models import ItemReview
from bot.packages.proposals import known
from bot.packages.taking import Held
from bot.sources import found
from bot.sources import service as searches
from bot.tickets import finding
from bot.tickets.models import Ticket

LONGEST_WORDS = 2_000
DONE = {
    "decided": "It is decided.",
    "marked": "It is left out, wherever it stands in this item.",
    "withheld": "The item is left out of the package.",
    "free": "It is noted that you read it. It is handed over.",
    "include": "The item is in the package again.",
}


class Looked(NamedTuple):
    """What the page shows of an item."""

    ticket: Ticket
    held: Held
    row: Row
    before: Row | None
    after: Row | None
    sides: Sides
    review: ItemReview | None
    may_decide: bool


async def look(call: Call) -> web.StreamResponse:
    """GET: the page; each look is audited."""
    looked = await _looked(call)
    ticket, item, who, now = looked.ticket.id, looked.held.item.id, call.actor, call.desk.now()
    await call.desk.database.write(lambda session: searches.looked_at(session, ticket, item, who, now, file=False))
    return await _page(call, looked)


async def decide(call: Call) -> web.StreamResponse:
    """POST: leave one proposal out or in, or all open ones of this item."""
    now, choice = call.desk.now(), choice_of(call)
    number = call.form.get("redaction", "")

    def work(session: Session, ticket_id: int, held: Held) -> None:
        if number == "all":
            review.decide_all(session, ticket_id, "", choice, call.actor, now, item=held.digest)
        else:
            ident = int(number) if number.isdecimal() and len(number) < 16 else 0  # noqa: PLR2004
            review.decide(session, ticket_id, held, ident, choice, actor=call.actor, now=now)

    return await _run(call, work, "decided")


async def mark(call: Call) -> web.StreamResponse:
    """POST: leave out words that somebody chose: where they were marked, or wherever they stand."""
    now, said = call.desk.now(), call.form.get("words", "")[:LONGEST_WORDS].replace("\r\n", "\n")
    kind = call.form.get("kind", "other")
    start, end = (_place(call.form.get(name, "")) for name in ("start", "end"))

    def work(session: Session, ticket_id: int, held: Held) -> None:
        if start is not None and end is not None:
            if " ".join(held.flat.text[start:end].split()) != " ".join(said.split()):
                raise NotReady("what was marked is not what stands there: load the page and mark it again")
            review.mark(session, ticket_id, held, start, end, kind, actor=call.actor, now=now)
        else:
            review.mark_words(session, ticket_id, held, said, kind, actor=call.actor, now=now)

    return await _run(call, work, "marked")


async def whole(call: Call) -> web.StreamResponse:
    """POST: withhold the item, hand a file over as it is, or take either back."""
    now, decision, form = call.desk.now(), call.form.get("decision", ""), call.form
    inside = Words("")
    if decision == "free" and (await _looked(call)).held.item.has_file:
        inside = await _words(call)

    def work(session: Session, ticket_id: int, held: Held) -> None:
        if decision == "withheld":
            review.withhold(
                session, ticket_id, held, form.get("reason", ""), form.get("note", ""), actor=call.actor, now=now
            )
        elif decision == "free":
            review.free(session, ticket_id, held, inside, call.actor, now)
        else:
            review.include(session, ticket_id, held, call.actor, now)

    return await _run(call, work, decision if decision in DONE else "include")


async def _run(call: Call, work: Callable[[Session, int, Held], Any], done: str) -> web.StreamResponse:
    """Do it and come back to the page; what is not possible comes back as a sentence with what was typed."""
    reference, number, sealer = call.request.match_info["reference"], call.number("item"), call.desk.sealer

    def unit(session: Session) -> str:
        ticket = finding.named(session, reference)
        work(session, ticket.id, taking.one(session, ticket.id, number, sealer))
        wake(session, "console")
        return ticket.reference

    try:
        written = await call.desk.database.write(unit)
    except NotFound:
        raise
    except PermanentError as error:
        return await _page(call, await _looked(call), problem=f"That didn't work: {error}.", status=409)
    query = urlencode({"done": done})
    # A reference is read in any spelling, also with the end of a line in it: no header may have that.
    where = f"/console/tickets/{written}/items/{number}?{query}"
    return web.Response(status=303, headers={"Location": where + ("#open" if done == "decided" else "")})


async def _looked(call: Call) -> Looked:
    reference, number, sealer = call.request.match_info["reference"], call.number("item"), call.desk.sealer

    def read(session: Session) -> Looked:
        ticket = finding.named(session, reference)
        held = taking.one(session, ticket.id, number, sealer)
        before, reviews = known(session, ticket.id), reviews_of(session, ticket.id)
        rows = panel.list_of(session, ticket, before, reviews)
        at = next((place for place, row in enumerate(rows) if row.id == number), None)
        if at is None:
            raise NotFound("that item was found anew: open it from the request again")
        return Looked(
            ticket, held, rows[at], rows[at - 1] if at else None, rows[at + 1] if at + 1 < len(rows) else None,
            sides(held.flat, before.redactions.get(held.digest, ())), reviews.get(held.digest),
            ticket.state in review.REVIEWABLE,
        )  # fmt: skip

    return await call.desk.database.read(read)


async def _page(call: Call, looked: Looked, problem: str = "", status: int = 200) -> web.StreamResponse:
    inside = await _words(call) if looked.held.item.has_file else None
    return rendered(
        call,
        "package_item.html",
        status=status,
        looked=looked,
        ticket=looked.ticket,
        kinds=KINDS,
        reasons=REASONS,
        inside=inside,
        typed=call.form,
        problem=problem,
        done="" if problem else DONE.get(call.request.query.get("done", ""), ""),
    )


async def _words(call: Call) -> Words:
    """The words in the item's file, read in a thread: it may take long."""
    number, sealer = call.number("item"), call.desk.sealer
    try:
        kept = await call.desk.database.read(lambda session: found.file_of(session, number, sealer))
    except NotFound as error:
        return Words("", str(error))
    async with call.request.app[TURNS].turn():
        return await asyncio.to_thread(words_in, kept.content, kept.content_type)


def _place(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004
