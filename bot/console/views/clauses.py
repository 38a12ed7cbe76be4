"""Help for the composer: clauses to quote, and how many SMS segments a text takes."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web

from bot.console.gate import Call
from bot.conversations import replies
from bot.desk import Desk
from knowledge.base import Answer, Citation, Passage, Policy, Silent
from knowledge.library import Library
from knowledge.policy import citation

MOST = 8
LONGEST = 200
LONGEST_TEXT = 20_000


async def find(call: Call) -> web.StreamResponse:
    """Clauses that fit `q`: by number, by the words in them, and by what they answer."""
    asked = call.request.query.get("q", "")[:LONGEST].strip()
    site = call.desk.site(call.request.query.get("site", ""))
    found = search(call.desk.library, site.policy, asked, call.desk.today())
    base = call.desk.settings.base_url
    quotes = [replies.quote(citation, base).stored() for citation in found]
    return web.json_response({"clauses": quotes})


def search(library: Library, key: str, asked: str, today: date) -> list[Citation]:
    """At most MOST clauses of the policy now in force, best first; all in order when nothing is asked."""
    policy = library.in_force(key, today)
    words = asked.lower().split()
    ids = [passage.id for passage in policy.passages if passage.id.lower().startswith(asked.lower())]
    ids += [passage.id for passage in policy.passages if words and _holds(passage, words)]
    if words:
        answer = library.ask(asked, policy=key, as_of=today)
        more = answer.citations if isinstance(answer, Answer) else answer.nearest if isinstance(answer, Silent) else ()
        ids += [citation.id for citation in more]
    return [cite(policy, ident) for ident in list(dict.fromkeys(ids))[:MOST]]


def _holds(passage: Passage, words: list[str]) -> bool:
    text = f"{passage.heading} {passage.text}".lower()
    return all(word in text for word in words)


def cite(policy: Policy, ident: str) -> Citation:
    """A clause of this version, as a citation chosen by a person."""
    passage = next(passage for passage in policy.passages if passage.id == ident)
    # A person quotes what they chose and writes what leads to it: the list's own lead-in stays away.
    return citation(policy, passage, 1.0)._replace(context="")


def cited(desk: Desk, key: str, quotes: str, text: str) -> list[dict[str, Any]]:
    """The clauses that a reply quotes: chosen in the composer, and still standing in the text word for word."""
    policy = desk.library.in_force(key, desk.today())
    known = {passage.id: passage.text for passage in policy.passages}
    told = " ".join(text.split())
    ids = [ident for ident in dict.fromkeys(quotes.split(" ")) if ident in known]
    kept = [ident for ident in ids if " ".join(known[ident].split()) in told][:MOST]
    return [replies.quote(cite(policy, ident), desk.settings.base_url).stored() for ident in kept]


async def count_segments(call: Call) -> web.StreamResponse:
    """How a text would travel by SMS, counted by the same code that sends it."""
    from channels.sms import messages, segments, straighten  # noqa: PLC0415  a desk without texts need not load it

    text = call.form.get("text", "")[:LONGEST_TEXT]
    found = segments(straighten(text))
    try:
        parts = len(messages(text))
    except ValueError:
        parts = 0  # too long for texts
    return web.json_response(
        {"encoding": found.encoding, "count": found.count, "units": found.units, "messages": parts}
    )
