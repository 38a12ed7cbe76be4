"""What the desk does by itself is killed while it is under way: searches, erasures and reminders, by kill -9 of a real
desk, again and again. Nothing is lost, done twice or left half done.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from bot import migrations
from bot.audit.actors import Actor
from bot.clock import utc_now
from bot.engines import engine_for
from bot.erasure import service as erasures
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from tests import processes
from tests.integration.console_support import customer, request, staff
from tests.integration.search_support import HEAD, prove, start
from tests.unit.erasure import support

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PEOPLE = 9
ROWS = 40
"""Rows of each person in the export, and lines in their conversation."""
AGENT, LEAD = Actor("agent", 1), Actor("lead", 2)
SOURCE = """
[[data_sources]]
name = "crm"
title = "Customer database"
kind = "folder"
path = "{path}"

[[data_sources.files]]
title = "Order"
file = "customers.csv"
email = ["email"]
reference = "no"
"""


def prepared(folder: Path, work: Callable[[Session], Any]) -> None:
    """A database in which that was done, before any desk runs; staff 1 is an agent, 2 a lead."""
    folder.mkdir()
    engine = engine_for(f"sqlite:///{folder / 'desk.db'}")
    migrations.upgrade(engine)
    with Session(engine) as session:
        staff(session, utc_now())
        staff(session, utc_now(), "lena@iomart.com", "Lena Okafor", "lead")
        work(session)
        session.commit()
    engine.dispose()


def rows(desk: processes.Served, query: str) -> list[tuple[Any, ...]]:
    """What the database holds."""
    with closing(sqlite3.connect(desk.database)) as connection:
        return connection.execute(query).fetchall()


async def reached(desk: processes.Served, done: str, count: int) -> int:
    """Wait until that many are done; how many really are."""
    async with asyncio.timeout(processes.DEADLINE * 2):
        while (found := int(rows(desk, done)[0][0])) < count:  # noqa: ASYNC110  another process writes it
            await asyncio.sleep(0.02)
    return found


def overdue(desk: processes.Served, job: str) -> None:
    """Its time is over, so that the next start runs it at once and no test waits for its minute."""
    with closing(sqlite3.connect(desk.database)) as connection, connection:
        connection.execute("DELETE FROM scheduled_run WHERE name = ?", (job,))


async def killed(desk: processes.Served, done: str, moments: Sequence[int], total: int, job: str = "") -> list[int]:
    """Kill whenever so many are done, start again, and see it through; how many were done at each kill. `job` is the
    one that does the work, where it waits for its time.
    """
    found = []
    try:
        for moment in moments:
            await desk.start()
            await reached(desk, done, moment)
            await desk.kill()
            overdue(desk, job)
            found += [int(rows(desk, done)[0][0])]
        await desk.start()
        await reached(desk, done, total)
        await desk.idle()
    finally:
        await desk.stop()
    assert all(0 < each < total for each in found), f"kills while nothing is under way prove nothing: {found}"
    command = (sys.executable, "-m", "bot", "audit", "verify")
    verify = await asyncio.create_subprocess_exec(*command, env=desk.environ, stdout=asyncio.subprocess.DEVNULL)
    assert await verify.wait() == 0
    return found


async def test_a_search_finds_everything_once_over_kills(tmp_path: Path) -> None:
    """Each request has each of its rows once, each line of its checklist ends once, and none is left running."""
    folder = tmp_path / "desk"

    def asks(session: Session) -> None:
        for number in range(PEOPLE):
            talk = customer(session, utc_now(), channel="mail", address=f"p{number}@example.com", name="Sam Carter")
            ticket = request(session, talk, "access", "What do you hold about me?", utc_now())
            prove(session, talk, utc_now())
            start(session, ticket, utc_now())

    prepared(folder, asks)
    exports = tmp_path / "exports"
    exports.mkdir()
    lines = (f"{n}-{row},p{n}@example.com,,2007-01-02,Sam" for row in range(ROWS) for n in range(PEOPLE))
    (exports / "customers.csv").write_text(HEAD + "\n".join(lines) + "\n")
    (folder / "desk.toml").write_text(SOURCE.format(path=exports))
    desk = processes.Served(folder)
    # A request's checklist has other sources too: it is done when none of them is asked or waits to be.
    ended = """
        SELECT count(*) FROM search_run AS crm WHERE source = 'crm' AND state = 'found' AND NOT EXISTS (
            SELECT 1 FROM search_run AS beside
            WHERE beside.ticket_id = crm.ticket_id AND beside.state IN ('waiting', 'running'))
    """
    await killed(desk, ended, (1, PEOPLE // 3, PEOPLE * 2 // 3), PEOPLE)
    found = "SELECT count(*), count(DISTINCT reference) FROM found_item WHERE source = 'crm' GROUP BY ticket_id"
    assert rows(desk, found) == [(ROWS, ROWS)] * PEOPLE
    assert rows(desk, "SELECT DISTINCT items FROM search_run WHERE source = 'crm'") == [(ROWS,)]
    twice = "SELECT ticket_id FROM found_item GROUP BY ticket_id, source, reference HAVING count(*) > 1"
    assert rows(desk, twice) == []
    assert rows(desk, "SELECT count(*) FROM search_run WHERE state IN ('waiting', 'running')") == [(0,)]
    once = """SELECT count(*) FROM audit WHERE action = 'search.ended' AND data LIKE '%"crm"%' GROUP BY subject"""
    assert rows(desk, once) == [(1,)] * PEOPLE


async def test_an_erasure_takes_all_of_a_person_and_nobody_else_over_kills(tmp_path: Path) -> None:
    """Of each nothing is left, in no column; each is done once; those who asked for nothing keep every line."""
    folder = tmp_path / "desk"

    def lived(session: Session) -> None:
        for number in range(PEOPLE):
            who = support.person(session, f"quill{number}@example.com", f"Quill{number}", lines=ROWS)
            run = erasures.request(session, who, AGENT, utc_now())
            erasures.confirm(session, run.id, LEAD, utc_now(), site=cast("Any", None))  # nobody is told: no site needed
            support.person(session, f"heron{number}@example.com", f"Heron{number}", lines=ROWS)

    prepared(folder, lived)
    desk = processes.Served(folder)
    done = "SELECT count(*) FROM erasure_run WHERE state = 'done'"
    blank = f"SELECT ({done}) + (SELECT count(*) FROM message WHERE state = 'erased')"
    lines = PEOPLE * ROWS * 2
    await killed(desk, blank, (1, lines // 3, lines * 2 // 3), lines + PEOPLE, job="erasures")
    assert rows(desk, done) == [(PEOPLE,)]
    with closing(sqlite3.connect(desk.database)) as connection:
        left = [line for line in connection.iterdump() if "quill" in line.lower()]
    assert left == []
    assert rows(desk, "SELECT count(*) FROM audit WHERE action = 'erasure.done' GROUP BY subject") == [(1,)] * PEOPLE
    theirs = "SELECT count(*) FROM message WHERE text LIKE '%Heron%' AND state != 'erased'"
    assert rows(desk, theirs) == [(PEOPLE * ROWS * 2,)]
    assert rows(desk, "SELECT count(*) FROM contact WHERE name LIKE 'Name Heron%' AND erased_at IS NULL") == [(PEOPLE,)]
    assert rows(desk, "SELECT count(*) FROM attachment") == [(PEOPLE * ROWS,)]


def noon() -> str:
    """A time zone in which it is about noon: a process of its own has the real clock, and writes to nobody at night."""
    ahead = 12 - utc_now().hour
    return f"Etc/GMT{-ahead:+d}"  # these names count to the west


async def test_everybody_is_reminded_once_over_kills(tmp_path: Path) -> None:
    """Staff of each overdue request and the customer of each that waits for them: one reminder, one letter each."""
    folder, record, many = tmp_path / "desk", tmp_path / "sent.jsonl", PEOPLE * 5
    zone = noon()

    def asked(session: Session) -> None:
        for number in range(many):
            then = utc_now() - timedelta(days=20)
            talk = customer(session, then, address=f"+44770090{number:04}")
            ticket = request(session, talk, "access", "my data", then)
            tickets.change(session, ticket, "ask_identity", AGENT, then).timezone = zone
            late = utc_now() - timedelta(days=60)
            other = customer(session, late, channel="mail", address=f"late{number}@example.com")
            session.get_one(Ticket, request(session, other, "access", "my data", late)).timezone = zone

    prepared(folder, asked)
    record.touch()
    async with processes.recording_twilio(record) as base:
        outside = processes.twilio_settings(base)
        # The quiet hours go by where a number is, +44 in London: there it may be night.
        desk = processes.Served(folder, channels="sms", timezone=zone, quiet_hours="off", **outside)
        made = "SELECT count(*) FROM reminder"
        await killed(desk, made, (1, many // 2, many), many * 2)
    each = "SELECT audience, kind, count(*), count(DISTINCT ticket_id) FROM reminder GROUP BY audience, kind"
    by_audience = {row[0]: row[2:] for row in rows(desk, each)}
    assert by_audience == {"customer": (many, many), "staff": (many, many)}
    letters = "SELECT count(*), count(DISTINCT recipient) FROM outbox WHERE state IN ('sent', 'delivered')"
    assert rows(desk, letters) == [(many, many)]
    keys: dict[str, set[str]] = {}
    for sent in processes.recorded(record):
        keys.setdefault(sent["To"], set()).add(sent["StatusCallback"])
    assert len(keys) == many
    assert all(len(found) == 1 for found in keys.values()), "a text sent twice is one message of the desk's"
