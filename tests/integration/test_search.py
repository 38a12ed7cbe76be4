"""Searches: a request gets its checklist, every source is asked, trouble is shown and tried again, nothing left out."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts import linking
from bot.contacts.models import ContactAddress
from bot.conversations.models import Conversation
from bot.sources import running, service
from bot.sources.collecting import Packed
from bot.sources.models import FoundRow, SearchRun
from bot.sources.running import Due, InForce
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from tests.integration.console_support import customer, wrote
from tests.integration.search_support import (
    AGENT,
    HEAD,
    SAM,
    asked,
    desk,
    folder_source,
    items,
    lines,
    prove,
    searched,
    start,
)
from tests.support import HeldClock

HANGING = """
import threading
FREE = threading.Event()
CALLS = []
class Slow:
    covers = ()
    def __init__(self, setting):
        self.name, self.title = setting.name, "Archive"
    def search(self, subject):
        CALLS.append(subject)
        FREE.wait(20)
        return ()
def create(setting):
    return Slow(setting)
"""


def plugin(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str) -> None:
    """Install a package with a kind of source."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[privacydesk.data_sources]\n{name} = {name}:create\n")
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder with the records of Sam and of somebody else."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "customers.csv").write_text(
        HEAD + f"C-1,{SAM},,2005-03-02,Sam Carter\nC-2,robin@example.com,07700900456,2012-01-01,Robin Okafor\n"
        "C-3,,07700 900123,2011-06-07,S Carter\n"
    )
    return folder


async def test_a_request_is_searched_from_its_checklist_to_review(tmp_path: Path, exports: Path) -> None:
    """Sources are asked by themselves, people do the rest, and only then it goes to review."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running)
        found = await searched(running, ticket)
        assert {source: run.state for source, run in found.items()} == {"own": "found", "crm": "found"}
        held = await items(running, ticket)
        assert [(item.source, item.title) for item in held][-1] == ("crm", "Customer record")
        assert {item.kind for item in held if item.source == "own"} >= {"contact", "conversation", "ticket", "message"}
        (message,) = [item for item in held if item.kind == "message"]
        assert message.content["text"] == "What do you hold about me?"  # type: ignore[index,call-overload]
        assert message.content["quoted"] == "> an earlier word"  # type: ignore[index,call-overload]
        record = held[-1]
        assert (record.collected_on, record.policy_key, record.nearest) == (date(2005, 3, 2), "iomart", True)
        await running.desk.database.write(lambda s: service.finish(s, ticket, AGENT, running.desk.now()))
        assert (await running.desk.database.read(lambda s: s.get(Ticket, ticket))).state == "review"


async def test_what_is_found_lies_sealed(tmp_path: Path, exports: Path) -> None:
    """The rows of what was found show none of its words, and the audit none either."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running)
        await searched(running, ticket)
        rows = await running.desk.database.read(
            lambda s: [bytes(row.content) + row.title.encode() for row in s.scalars(select(FoundRow))]
        )
        audit = await running.desk.database.read(
            lambda s: [f"{row.subject} {row.data}" for row in s.scalars(select(AuditEntry))]
        )
    assert rows
    assert not any(b"Carter" in row or SAM.encode() in row for row in rows)
    assert not any("Carter" in entry or SAM in entry for entry in audit)


async def test_what_a_search_gives_after_it_was_given_up_is_not_kept(tmp_path: Path, exports: Path) -> None:
    """A batch may still be on its way when the search is over, begun anew, or the person erased: it leaves no row."""
    async with desk(tmp_path, folder_source(exports)) as running_desk:
        ticket = await asked(running_desk)
        run = (await searched(running_desk, ticket))["crm"]
        late = Packed("C-9", "Customer record", "record", None, b"sealed", None, "d" * 64, shared=False)
        due = Due(run.id, ticket, "crm", run.round, 0)
        await running_desk.desk.database.write(
            lambda s: running.keep(s, due, [(late, InForce("", None))], running_desk.desk.now())
        )
        kept = await running_desk.desk.database.read(lambda s: list(s.scalars(select(FoundRow.reference))))
        assert "Customer record:C-1" in kept
        assert "C-9" not in kept


async def test_nobody_is_searched_for_before_they_are_known(tmp_path: Path, exports: Path) -> None:
    """No checklist and no item while identity is open; both as soon as it is proved."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running, known=False)
        await running.searcher.settled()
        assert await lines(running, ticket) == {}
        assert await items(running, ticket) == []

        def known(session: Session) -> None:
            conversation = session.scalars(select(Conversation)).one()
            prove(session, conversation, running.desk.now())
            start(session, ticket, running.desk.now())

        await running.desk.database.write(known)
        assert set(await searched(running, ticket)) == {"own", "crm"}


async def test_a_source_that_fails_is_shown_and_comes_back(tmp_path: Path, exports: Path) -> None:
    """Its reason and the time of the next try stand in the line; other sources go on; it is tried again by itself."""
    clock = HeldClock()
    (exports / "customers.csv").rename(tmp_path / "away.csv")
    async with desk(tmp_path, folder_source(exports), clock=clock) as running:
        ticket = await asked(running)
        found = await searched(running, ticket)
        assert (found["own"].state, found["crm"].state, found["crm"].attempts) == ("found", "failed", 1)
        assert "no file in" in found["crm"].error
        assert found["crm"].due_at is not None
        assert found["crm"].due_at > clock.at
        with pytest.raises(NotAllowed, match="Customer database"):
            await running.desk.database.write(lambda s: service.finish(s, ticket, AGENT, clock.at))
        (tmp_path / "away.csv").rename(exports / "customers.csv")
        clock.move(seconds=31)
        assert (await searched(running, ticket))["crm"].state == "found"
        assert (await lines(running, ticket))["crm"].error == ""


async def test_backoff_is_kept_across_restarts(tmp_path: Path, exports: Path) -> None:
    """A new process neither forgets that a source failed nor asks it sooner; what was in hand is begun anew."""
    clock = HeldClock()
    (exports / "customers.csv").unlink()
    async with desk(tmp_path, folder_source(exports), clock=clock) as running:
        ticket = await asked(running)
        first = (await searched(running, ticket))["crm"]

        def cut_off(session: Session) -> None:
            session.scalars(select(SearchRun).where(SearchRun.source == "own")).one().state = "running"

        await running.desk.database.write(cut_off)
    async with desk(tmp_path, folder_source(exports), clock=clock) as running:
        assert (await searched(running, ticket))["own"].state == "found"
        again = (await lines(running, ticket))["crm"]
        assert (again.state, again.attempts, again.due_at) == ("failed", 1, first.due_at)


async def test_a_source_that_hangs_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit of time the search fails, others are done, and it is not asked again while it hangs."""
    plugin(tmp_path, monkeypatch, "hanging", HANGING)
    clock = HeldClock()
    table = {"name": "archive", "kind": "hanging", "search_seconds": 0.2}
    async with desk(tmp_path / "data", table, clock=clock) as running:
        import hanging  # type: ignore[import-not-found]

        try:
            ticket = await asked(running)
            found = await searched(running, ticket)
            assert (found["own"].state, found["archive"].state) == ("found", "failed")
            assert "did not end within 0.2 seconds" in found["archive"].error
            clock.move(minutes=5)
            await running.searcher.settled()
            assert len(hanging.CALLS) == 1
        finally:
            hanging.FREE.set()
        await asyncio.to_thread(_joined)
        assert (await searched(running, ticket))["archive"].state == "nothing"


def _joined() -> None:
    import threading

    for thread in threading.enumerate():
        if thread.name == "desk-source-archive":
            thread.join()


async def test_more_that_is_proved_is_searched_for_and_what_is_taken_back_counts_no_more(
    tmp_path: Path, exports: Path
) -> None:
    """A second address brings its records; parted again, they are gone from what counts."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running)
        await searched(running, ticket)
        now = running.desk.now()

        def linked(session: Session) -> int:
            phone = customer(session, now, address="+447700900123", name="S Carter")
            wrote(session, phone, "A text from the phone", now)
            prove(session, phone, now)
            contact = session.get(Ticket, ticket).contact_id  # type: ignore[union-attr]
            made = linking.link(session, contact, phone.contact_id, "code", AGENT, now)
            assert made is not None
            session.flush()
            return made.id

        link = await running.desk.database.write(linked)
        await searched(running, ticket)
        assert "C-3" in str(await items(running, ticket))
        assert "A text from the phone" in str(await items(running, ticket))
        await running.desk.database.write(lambda s: linking.unlink(s, link, AGENT, now))
        await searched(running, ticket)
        assert "C-3" not in str(await items(running, ticket))
        assert "A text from the phone" not in str(await items(running, ticket))


KINDS = ("message", "ticket")


async def test_a_line_of_a_shared_address_is_marked(tmp_path: Path) -> None:
    """What came from an address that several people use is marked for whoever reviews."""
    async with desk(tmp_path) as running:
        now = running.desk.now()
        ticket = await asked(running)

        def shared(session: Session) -> None:
            office = customer(session, now, channel="mail", address="office@example.com")
            wrote(session, office, "From all of us", now)
            tickets.open_ticket(
                session, kind="question", conversation=office, summary="From all of us", received_at=now, now=now,
                terms=tickets.Terms(),
            )  # fmt: skip
            linking.link(session, session.get(Ticket, ticket).contact_id, office.contact_id, "staff", AGENT, now)  # type: ignore[union-attr]
            address = session.scalars(select(ContactAddress).where(ContactAddress.value == "office@example.com")).one()
            linking.share(session, address.id, AGENT, now, shared=True)

        await searched(running, ticket)
        await running.desk.database.write(shared)
        await searched(running, ticket)
        assert "From all of us" in str(await items(running, ticket))
        marked = {str(item.content): item.shared for item in await items(running, ticket) if item.kind in KINDS}
        assert sum(marked.values()) == 2, "the line, and the request that quotes it"
        assert {("From all of us" in content) == is_shared for content, is_shared in marked.items()} == {True}


async def test_a_chat_s_own_mark_is_told_once_and_in_plain_words(tmp_path: Path) -> None:
    """What the desk knows a browser by is their data too: named for what it is, and not repeated with every line."""
    mark = "0123456789abcdef" * 2
    async with desk(tmp_path) as running:
        now = running.desk.now()
        ticket = await asked(running)

        def chatted(session: Session) -> None:
            talk = customer(session, now, channel="webchat", address=mark)
            wrote(session, talk, "hello from my browser", now)
            linking.link(session, session.get_one(Ticket, ticket).contact_id, talk.contact_id, "staff", AGENT, now)

        await running.desk.database.write(chatted)
        await searched(running, ticket)
        found = await items(running, ticket)
        assert "hello from my browser" in str(found)
        holding = [item for item in found if mark in str(item.content)]
        assert [item.title for item in holding] == ["Your browser in our chat"]
        assert "a code that we made to know your browser by" in str(holding[0].content)


async def test_an_agent_s_request_is_looked_through_by_hand(tmp_path: Path, exports: Path) -> None:
    """Of the person for whom somebody asks nothing is proved: no source is asked, every line is left to people."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running, known=False)

        def agent(session: Session) -> None:
            now = running.desk.now()
            tickets.name_agent(session, ticket, "solicitor", "Robin Okafor", AGENT, now)
            prove(session, session.scalars(select(Conversation)).one(), now)
            start(session, ticket, now)
            tickets.change(session, ticket, "ask_authority", AGENT, now)
            tickets.change(session, ticket, "authority_proved", AGENT, now, reason="A signed letter")

        await running.desk.database.write(agent)
        found = await searched(running, ticket)
        assert {run.state for run in found.values()} == {"by_hand"}
        assert await items(running, ticket) == []


async def test_the_same_search_twice_finds_the_same_once(tmp_path: Path, exports: Path) -> None:
    """Searching again makes no second copy; a record that changed replaces what it said before."""
    async with desk(tmp_path, folder_source(exports)) as running:
        ticket = await asked(running)
        crm = (await searched(running, ticket))["crm"]
        before = await items(running, ticket)
        await running.desk.database.write(lambda s: service.search_again(s, crm.id, AGENT, running.desk.now()))
        assert (await searched(running, ticket))["crm"].round == 2
        assert [item.id for item in await items(running, ticket)] == [item.id for item in before]
        (exports / "customers.csv").write_text(HEAD + f"C-1,{SAM},,2005-03-02,Sam J Carter\n")
        await running.desk.database.write(lambda s: service.search_again(s, crm.id, AGENT, running.desk.now()))
        assert (await searched(running, ticket))["crm"].round == 3
        records = [item for item in await items(running, ticket) if item.source == "crm"]
        assert [item.content["name"] for item in records] == ["Sam J Carter"]  # type: ignore[index,call-overload]
