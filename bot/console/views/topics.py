"""Page "Clauses and topics": what each clause of the policy in force is about, and what the policy leaves unsaid."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from bot.console.gate import Call
from bot.console.typed import NOTHING, Typed
from bot.console.views import learning
from bot.errors import NotFound
from bot.learning import repository
from knowledge.topics import classifier
from knowledge.version import Spoken

PAGE = 200
BY = {
    "staff": "tagged by staff",
    "file": "tagged in the policy's file",
    "classifier": "read by the classifier",
}


class Row(NamedTuple):
    """One clause with its topics."""

    id: str
    heading: str
    text: str
    spoken: Spoken


async def listing(call: Call) -> web.StreamResponse:
    """The coverage of a policy, and its clauses with their tags."""
    known = learning.policies(call.desk)
    key = call.request.query.get("policy", "")
    key = key if key in known else next(iter(known))
    library = call.desk.library
    today = call.desk.today()
    policy, spoken = library.in_force(key, today), await learning.in_turn(call, library.topics_of, key, today)
    lessons = await call.desk.database.read(lambda s: repository.lessons(s, "draft", policy=key))
    covered: dict[str, list[str]] = {}
    for clause, about in spoken.items():
        for topic in about.topics:
            covered.setdefault(topic, []).append(clause)
    first = learning.number(call.request.query.get("from", ""))
    shown = policy.passages[first : first + PAGE]
    rows = [Row(each.id, each.heading, each.text, spoken[each.id]) for each in shown]
    return learning.show(
        call, "topics.html", key=key, policy=policy, rows=rows, by=BY, covered=covered, first=first, page=PAGE,

        silent=[topic for topic in classifier().names if topic not in covered],
        drafted={lesson.content["clause"]: lesson.id for lesson in lessons if lesson.kind == "tags"},
    )  # fmt: skip


async def clause(call: Call) -> web.StreamResponse:
    """One clause, with a form for its tags."""
    return await show_clause(call, call.request.query.get("policy", ""), call.request.query.get("clause", ""))


async def show_clause(call: Call, key: str, ident: str, typed: Typed = NOTHING) -> web.StreamResponse:
    """The tags of a clause, with what somebody had chosen where that could not be kept."""
    if key not in learning.policies(call.desk):
        raise NotFound("there is no such policy: go back to the clauses")
    library = call.desk.library
    today = call.desk.today()
    policy = library.in_force(key, today)
    passage = next((each for each in policy.passages if each.id == ident), None)
    if passage is None:
        raise NotFound("there is no such clause in the policy now in force: go back to the clauses")
    spoken = (await learning.in_turn(call, library.topics_of, key, today))[ident]
    lessons = await call.desk.database.read(lambda s: repository.lessons(s, "draft", "published", policy=key))
    mine = [each for each in lessons if each.kind == "tags" and each.content["clause"] == ident]
    return learning.show(
        call, "clause_tags.html", status=typed.status, key=key, policy=policy, passage=passage, spoken=spoken, by=BY,
        lessons=mine, typed=typed, line=typed.form.get("from") or call.request.query.get("from", ""),
    )  # fmt: skip
