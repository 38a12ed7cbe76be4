"""Carrying an erasure through: killed anywhere it goes on, twice it does nothing more, and others are untouched."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts import holds
from bot.contacts.models import Contact, ContactAddress
from bot.db import Base
from bot.erasure import caches, carrying, physical, planning, removing, scope
from bot.learning import grouping
from bot.messages.models import Inbox
from bot.models import ErasureRun
from tests.support import NOON
from tests.unit.erasure import support
from tests.unit.erasure.support import SECRET, SIGN


class Killed(BaseException):
    """The machine goes down."""


def _columns(session: Session) -> str:
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
            found += [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


def test_killed_after_any_step_it_goes_on_to_the_same_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the desk dies in the middle; what is counted as removed is the same as in one go."""
    monkeypatch.setattr(removing, "BATCH", 2)
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    bob = run(lambda s: support.person(s, "bob@example.org", "plainwords"))
    before = run(lambda s: support.held(s, bob))
    number = run(lambda s: support.confirmed(s, [hers]))
    kills = 0
    for allowed in range(200):
        left = allowed + 1

        def mortal(unit: Any, steps: list[int] = [left]) -> Any:  # noqa: B006  counts down in this try alone
            steps[0] -= 1
            if steps[0] < 0:
                raise Killed
            return run(unit)

        try:
            if carrying.drive(mortal, engine, number, SIGN, NOON):
                break
        except Killed:
            kills += 1
    assert kills > 3
    assert SECRET not in run(_columns)
    assert "ann@example.net" not in run(_columns)
    assert run(lambda s: support.held(s, bob)) == before
    assert not physical.found(engine, [SECRET.encode(), b"ann@example.net"])
    done = run(lambda s: s.get_one(ErasureRun, number))
    assert done.state == "done"
    assert done.removed["messages, answers and notes"] == 6
    assert done.removed["attached files"] == 3
    engine.dispose()


def test_it_can_begin_only_once_and_twice_changes_nothing(tmp_path: Path) -> None:
    """Done is done: a second run finds nothing, and the person is marked with the day."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "+447700900001", SECRET, channel="sms"))
    number = run(lambda s: support.confirmed(s, [hers]))
    assert carrying.drive(run, engine, number, SIGN, NOON)
    after = run(_columns)
    assert not carrying.drive(run, engine, number, SIGN, NOON)
    assert run(_columns) == after
    contact = run(lambda s: s.get_one(Contact, hers))
    assert (contact.name, contact.erased_at) == ("", NOON)
    assert run(lambda s: s.scalar(select(func.count()).select_from(ContactAddress))) == 0
    assert run(lambda s: planning.plan(s, hers)).total == 0
    engine.dispose()


def test_a_message_that_has_just_come_in_stops_it(tmp_path: Path) -> None:
    """What was accepted is never lost: it is handled first, then all is erased."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    number = run(lambda s: support.confirmed(s, [hers]))
    fresh = Inbox(
        channel="mail", dedupe_key="new", sender="ann@example.net", payload=b"hello", facts={}, received_at=NOON
    )  # fmt: skip
    run(lambda s: s.add(fresh))
    assert not carrying.drive(run, engine, number, SIGN, NOON)
    stopped = run(lambda s: s.get_one(ErasureRun, number))
    assert (stopped.state, "just come in" in stopped.problem) == ("stopped", True)
    run(lambda s: s.get_one(Inbox, fresh.id).__setattr__("state", "handled"))
    assert carrying.drive(run, engine, number, SIGN, NOON)
    assert run(lambda s: s.get_one(Inbox, fresh.id)).payload == b""
    engine.dispose()


def test_whoever_is_proved_to_be_the_same_goes_with_them(tmp_path: Path) -> None:
    """Links count in both directions and over several steps; an ended one does not."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    people = [run(lambda s, n=n: support.person(s, f"a{n}@example.net", f"{SECRET}{n}", lines=1)) for n in range(4)]
    run(lambda s: support.same(s, people[1], people[0]))
    run(lambda s: support.same(s, people[1], people[2]))
    assert run(lambda s: scope.linked(s, people[0])) == people[:3]
    plan = run(lambda s: planning.plan(s, people[2]))
    assert (list(plan.contacts), plan.addresses) == (people[:3], 3)
    assert run(lambda s: planning.plan(s, people[2], linked=False)).contacts == [people[2]]
    number = run(lambda s: support.confirmed(s, people[:3]))
    assert carrying.drive(run, engine, number, SIGN, NOON)
    assert f"{SECRET}3 0" in run(_columns)
    assert f"{SECRET}0" not in run(_columns)
    engine.dispose()


def test_bytes_that_are_left_in_free_pages_make_the_file_be_written_anew(tmp_path: Path) -> None:
    """A database from before secure_delete has old words in its free pages; only then is the whole file copied."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    raw = engine.raw_connection()
    raw.driver_connection.execute("PRAGMA secure_delete=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("CREATE TABLE old (words TEXT)")  # type: ignore[union-attr]
    raw.driver_connection.execute("INSERT INTO old VALUES ('ann@example.net' || hex(zeroblob(9000)))")  # type: ignore[union-attr]
    raw.driver_connection.execute("DELETE FROM old")  # type: ignore[union-attr]
    raw.driver_connection.execute("PRAGMA secure_delete=ON")  # type: ignore[union-attr]
    raw.close()
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    number = run(lambda s: support.confirmed(s, [hers]))
    assert carrying.drive(run, engine, number, SIGN, NOON)
    assert not physical.found(engine, [b"ann@example.net"])
    assert run(lambda s: s.get_one(ErasureRun, number)).vacuumed
    engine.dispose()


def test_a_word_across_two_pieces_of_a_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any case, at any place."""
    monkeypatch.setattr(physical, "CHUNK", 8)
    file = tmp_path / "f"
    file.write_bytes(b"x" * 5 + b"Ann@Example.NET" + b"y" * 9)
    assert physical.holds(file, [b"ann@example.net"])
    assert not physical.holds(file, [b"bob@example.net"])
    assert not physical.holds(file, [])


def test_what_the_running_desk_remembers_is_forgotten() -> None:
    """Every memory of words in the rooms that read messages is known and emptied."""
    grouping._reading("a distinctive question")
    assert grouping._reading.cache_info().currsize
    assert len(caches.remembering()) >= 6
    caches.forget()
    assert not grouping._reading.cache_info().currsize


def test_receipts_that_name_the_address_lose_their_raw_form(tmp_path: Path) -> None:
    """A status of a text has the number in a form's encoding; it is nobody's line, and goes all the same."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "+447700900001", SECRET, channel="sms"))
    for key, payload in (("hers", b"To=%2B447700900001&MessageStatus=sent"), ("not", b"To=%2B447700900002")):
        row = Inbox(
            channel="sms", dedupe_key=key, sender="x", payload=payload, facts={"kind": "status"}, received_at=NOON,
            state="handled", handled_at=NOON,
        )  # fmt: skip
        run(lambda s, row=row: s.add(row))
    number = run(lambda s: support.confirmed(s, [hers]))
    assert carrying.drive(run, engine, number, SIGN, NOON)
    kept = run(lambda s: dict(list(s.execute(select(Inbox.dedupe_key, Inbox.payload)))))
    assert (kept["hers"], kept["not"]) == (b"", b"To=%2B447700900002")
    engine.dispose()


async def test_both_drivers_do_the_same(tmp_path: Path) -> None:
    """The running desk's job, over its own writer thread."""
    from bot.db import Database

    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    run(lambda s: support.confirmed(s, [hers]))
    engine.dispose()
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    forgotten: list[bool] = []
    try:
        assert await carrying.carry_due(database, SIGN, NOON, forget=lambda: forgotten.append(True)) == 1
        assert await carrying.carry_due(database, SIGN, NOON, forget=lambda: forgotten.append(True)) == 0
        assert SECRET not in await database.read(_columns)
    finally:
        await database.close()
    assert forgotten
    assert not await asyncio.to_thread(physical.holds, tmp_path / "desk.db", [SECRET.encode()])


def test_a_hold_on_one_holds_all_that_are_the_same_person(tmp_path: Path) -> None:
    """Whoever is erased alone, without those who are proved to be the same, is still the person under the hold."""
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    phone = run(lambda s: support.person(s, "+447700900001", SECRET, channel="sms"))
    run(lambda s: support.same(s, hers, phone))
    run(lambda s: holds.place(s, hers, "a claim", Actor("lead", 0), NOON) and None)
    assert "hold is in force" in run(lambda s: planning.plan(s, phone, linked=False)).stops[0]
    number = run(lambda s: support.confirmed(s, [phone]))
    assert not carrying.drive(run, engine, number, SIGN, NOON)
    assert run(lambda s: s.get_one(ErasureRun, number)).state == "stopped"
    assert run(lambda s: support.held(s, phone))[1].startswith(SECRET)
    engine.dispose()


def test_a_hold_laid_while_it_is_under_way_keeps_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one more batch goes; staff see why, and once the hold is over it goes on to its end."""
    monkeypatch.setattr(removing, "BATCH", 1)
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET))
    number = run(lambda s: support.confirmed(s, [hers]))
    units = 0

    def held_meanwhile(unit: Any) -> Any:
        nonlocal units
        units += 1
        if units == 4:
            run(lambda s: holds.place(s, hers, "a claim", Actor("lead", 0), NOON) and None)
        return run(unit)

    assert not carrying.drive(held_meanwhile, engine, number, SIGN, NOON)
    stopped = run(lambda s: s.get_one(ErasureRun, number))
    assert (stopped.state, "hold" in stopped.problem) == ("stopped", True)
    assert run(lambda s: s.get_one(Contact, hers)).name
    assert any(SECRET in each for each in run(lambda s: support.held(s, hers)))
    run(lambda s: holds.end(s, 1, Actor("lead", 0), NOON) and None)
    assert carrying.drive(run, engine, number, SIGN, NOON)
    assert SECRET not in run(_columns)
    engine.dispose()
