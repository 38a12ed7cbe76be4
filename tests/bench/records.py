"""What is kept for years, and what is made of it: checking a long audit, and building the package of a long customer.

python -m tests.bench.records FOLDER MESSAGES      builds one package, in a process whose memory is its own
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import logs, migrations
from bot.audit.actors import Actor
from bot.audit.chain import GENESIS, Whole, entry_hash, verify
from bot.audit.log import rows
from bot.engines import engine_for
from bot.packages import building, contents, review
from bot.packages.gathering import Around
from bot.packages.models import Redaction
from bot.sources import service
from bot.sources.models import SearchRun
from tests.bench.child import child, say
from tests.bench.policies import Writer
from tests.bench.report import Figure
from tests.integration.console_support import customer, request, wrote
from tests.integration.search_support import desk, prove, start
from tests.support import NOON

BATCH = 10_000
INSERT = "INSERT INTO audit (seq, at, actor, action, subject, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
MOST_MB = 300.0
"""What a package may need beside the desk's own memory, however many messages it is of."""


async def measure(folder: Path, *, entries: int, messages: int) -> list[Figure]:
    """An audit of so many entries, and a package of so many messages."""
    figures = audit(folder / "audit", entries)
    async with child("records", folder / "package", messages) as building_it:
        made = await building_it.says()
    name = f"package of {messages:,} messages"
    return [
        *figures,
        Figure(f"{name}: looked through, decided, built and scanned", made["seconds"], "s"),
        Figure(f"{name}: memory at its peak beyond the desk's own", made["memory"], "MB", MOST_MB, "less"),
        Figure(f"{name}: size of its files", made["size"], "MB"),
    ]


def audit(folder: Path, entries: int) -> list[Figure]:
    """What `privacydesk audit verify` takes for it; writing it is not counted."""
    folder.mkdir()
    file = folder / "desk.db"
    engine = engine_for(f"sqlite:///{file}")
    migrations.upgrade(engine)
    with closing(sqlite3.connect(file)) as connection:
        made = _chain(entries)
        while batch := list(islice(made, BATCH)):
            connection.executemany(INSERT, batch)
        connection.commit()
    with Session(engine) as session:
        began = time.perf_counter()
        found = verify(rows(session))
        seconds = time.perf_counter() - began
    engine.dispose()
    assert isinstance(found, Whole), found
    assert found.count == entries
    return [Figure(f"audit verify of {entries:,} entries", seconds, "s")]


def _chain(entries: int) -> Iterator[tuple[object, ...]]:
    """Entries as a desk writes them: of messages, tickets and conversations."""
    previous = GENESIS
    for seq in range(1, entries + 1):
        entry = {
            "seq": seq,
            "at": f"2026-11-20T12:{seq // 60 % 60:02}:{seq % 60:02}.000000+00:00",
            "actor": "bot",
            "action": "ticket.delivered" if seq % 3 else "message.answered",
            "subject": f"conversation:{seq // 7}",
            "data": json.dumps({"from": "ready", "to": "delivered", "message": seq}, separators=(",", ":")),
        }
        digest = entry_hash(previous, entry)
        yield (*entry.values(), previous, digest)
        previous = digest


async def package(folder: Path, messages: int) -> dict[str, float]:
    """Somebody wrote so many messages, some with somebody else in them: found, decided, built. Seconds and MB."""
    writer, sam = Writer(seed=2), Actor("agent", 1)
    async with desk(folder) as running:
        database, now = running.desk.database, NOON

        def wrote_much(session: Session) -> int:
            talk = customer(session, now, channel="mail", address="sam@example.com", name="Sam Carter")
            for number in range(messages):
                words = f"{writer.passage()} " + ("I met Priya Patel on 07700 900461." if number % 20 == 0 else "")
                wrote(session, talk, words, now)
            ticket = request(session, talk, "access", "What do you hold about me?", now)
            prove(session, talk, now)
            start(session, ticket, now)
            return ticket

        ticket = await database.write(wrote_much)
        await running.searcher.settled()

        def done(session: Session) -> None:
            for run in session.scalars(select(SearchRun).where(SearchRun.state == "by_hand")).all():
                service.record_nil(session, run.id, "looked through it: nothing", sam, now)
            service.finish(session, ticket, sam, now)

        await database.write(done)
        around = Around(running.desk.library, running.desk.sites, running.desk.settings.base_url, running.desk.sealer)
        before, began = _peak(), time.perf_counter()
        # What is left out is asked about wherever else it stands, so there is more to decide after each decision.
        while await building.look_apart(database, ticket, around, now):
            await database.write(lambda session: _all_decided(session, ticket, sam))
        made = await building.build_apart(database, ticket, sam, now, around)
        seconds = time.perf_counter() - began
        size = await database.read(lambda session: sum(each.size for each in contents.entries(session, made)))
        return {"seconds": seconds, "memory": _peak() - before, "size": size / 1e6}


def _all_decided(session: Session, ticket: int, actor: Actor) -> None:
    """Numbers are left out; what only looks like a name in the made words stays."""
    for kind in session.scalars(select(Redaction.kind).where(Redaction.state == "proposed").distinct()).all():
        review.decide_all(session, ticket, kind, "confirmed" if kind == "phone" else "rejected", actor, NOON)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Build one package and say what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("messages", type=int)
    options = parser.parse_args()
    logs.configure(level="warning")
    say(asyncio.run(package(options.folder, options.messages)))


if __name__ == "__main__":
    main()
