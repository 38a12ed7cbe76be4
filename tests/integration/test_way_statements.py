"""How many SQL statements a text takes from its webhook to Twilio's answer: a count, so that it does not creep up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import Running
from tests.integration.whole_desk import World, world

_KIND = re.compile(r"(INSERT INTO|UPDATE|SELECT) (\w+)")
NEW_SENDER = (
    "INSERT INTO inbox",
    "SELECT inbox",
    "SELECT contact_address",  # is the number known, in any form?
    "INSERT INTO contact",
    "INSERT INTO contact_address",
    "SELECT suppression",  # did its person ask for silence, before an erasure?
    "INSERT INTO conversation",
    "INSERT INTO message",
    "INSERT INTO message",
    "INSERT INTO outbox",
    "SELECT audit",  # once for all that the writer does together
    "INSERT INTO audit",
    "UPDATE inbox",
    "UPDATE contact_address",
    "UPDATE conversation",
    "SELECT outbox",
    "SELECT outbox",  # is it still to be sent? Asked once for all that go at the time
    "UPDATE outbox",
)
KNOWN_SENDER = (
    "INSERT INTO inbox",
    "SELECT inbox",
    "SELECT contact_address",
    "SELECT contact_address",
    "SELECT conversation",
    "SELECT ticket",  # has it any?
    "INSERT INTO message",
    "INSERT INTO message",
    "INSERT INTO outbox",
    "SELECT audit",
    "INSERT INTO audit",
    "UPDATE inbox",
    "UPDATE conversation",
    "SELECT outbox",
    "SELECT outbox",
    "UPDATE outbox",
)


@contextmanager
def counted(desk: Running) -> Iterator[list[str]]:
    """The statements that the desk's database executes meanwhile, on whatever connection."""
    seen: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = _KIND.match(statement)
        if found and "count(" not in statement:  # the test itself counts what is still to be done
            seen.append(f"{found[1]} {found[2]}")

    engines = (desk.desk.database.engine, desk.desk.database._read_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", executed)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", executed)


async def statements(outside: World, question: str) -> list[str]:
    """Those of one text, until its answer is with Twilio."""
    with counted(outside.desk) as seen:
        assert await outside.texted(question)
    return seen


async def test_a_text_takes_these_statements_and_no_more(tmp_path: Path) -> None:
    """A new sender's first question, and their second one: whoever adds a statement for every message sees it here."""
    async with world(tmp_path) as outside:
        work = outside.desk.workers
        for each in (work.scheduler, work.searcher, work.matcher, work.fetcher, work.scanner):
            await each.stop()  # what is looked for round by round is no part of a text's way
        assert await outside.texted("Who can see my personal information?", "+447700900002")  # all has begun
        assert Counter(await statements(outside, "do you sell my data?")) == Counter(NEW_SENDER)
        assert Counter(await statements(outside, "Do you use cookies on your website?")) == Counter(KNOWN_SENDER)
