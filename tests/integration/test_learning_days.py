"""Which day it is for learning: the one where the desk is. In London a summer's day begins at 23:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.learning import service
from bot.learning.models import Lesson
from tests.integration.test_learning import NEWER, QUESTION, draft, imported, publish
from tests.integration.whole_desk import letter, world
from tests.support import HeldClock

EVENING = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
"""Half past eleven in London."""
TAGGED = "# 1. Contact us\n\nAsk us anything.\n\n# 2. Elsewhere\n\nOur head office is:\n5 Far Lane\nFartown\n"


async def test_a_version_of_tomorrow_counts_from_midnight_without_a_restart(tmp_path: Path) -> None:
    """The answer, the company's name and the address in the letter change together; nothing is put on the shelf."""
    clock = HeldClock(EVENING)
    imported(tmp_path, NEWER, "2026-07-01")
    async with world(tmp_path, clock) as desk:
        held = desk.desk.desk.shelf.held
        mail = await desk.mailed(letter(QUESTION, subject="A question", ident="n1@example.net"))
        assert mail is not None
        assert "iomart" in mail.text
        assert "1 New Street" not in mail.text
        clock.move(hours=1)
        mail = await desk.mailed(letter(QUESTION, subject="A question", ident="n2@example.net"))
        assert mail is not None
        assert "Newmart's privacy policy says" in mail.text
        assert "1 New Street" in mail.text
        assert desk.desk.desk.shelf.held is held


async def test_lessons_are_of_the_policy_of_the_desk_s_day(tmp_path: Path) -> None:
    """At half past midnight in London the new version is taught, though it is still yesterday in UTC; what was drafted
    in the evening for a clause that went away is refused.
    """
    clock = HeldClock(EVENING)
    imported(tmp_path, NEWER, "2026-07-01")
    async with world(tmp_path, clock) as desk:
        actor = await desk.staff()
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        clock.move(hours=1)
        with pytest.raises(service.Refused, match="'5' is not in the policy of 2026-07-01"):
            await publish(desk, actor)
        made = await draft(desk, actor, "example", question="for how long?", clause="2")
        assert made.content["of"] == "2026-07-01"
        assert len(await desk.all(Lesson)) == 2


async def test_a_dry_run_asks_for_the_day_of_asking(tmp_path: Path) -> None:
    """A question of half past midnight is asked again of the version of that day, which a lesson on it changes."""
    clock = HeldClock(EVENING)
    imported(tmp_path, NEWER, "2026-07-01")
    async with world(tmp_path, clock) as desk:
        clock.move(hours=1)
        assert "nine years" in await desk.texted(QUESTION)
        await draft(desk, await desk.staff(), "example", question=QUESTION, clause="1")
        (change,) = (await desk.desk.desk.keeper.rehearse()).changes
        assert (change.before.clauses[0], change.after.clauses[0]) == ("2", "1")


async def test_a_dry_run_leaves_the_questions_of_older_versions_alone(tmp_path: Path) -> None:
    """A lesson on a clause that is new changes nothing of what was asked before there was such a clause."""
    clock = HeldClock(EVENING)
    imported(tmp_path, NEWER, "2026-07-01")
    async with world(tmp_path, clock) as desk:
        assert "doesn't say" in await desk.texted(QUESTION)
        clock.move(days=1)
        await draft(desk, await desk.staff(), "example", question=QUESTION, clause="1")
        found = await desk.desk.desk.keeper.rehearse()
        assert (found.looked, found.changes) == (1, ())


async def test_the_contact_block_is_of_the_clause_that_staff_tagged(tmp_path: Path) -> None:
    """Topic tags of a lesson count from its publishing, as the policy's own would."""
    imported(tmp_path, TAGGED, "2026-01-01")
    async with world(tmp_path) as desk:
        assert desk.desk.desk.shelf.contacts["iomart"] == ""
        actor = await desk.staff()
        await draft(desk, actor, "tags", clause="2", topics=["contact"])
        await publish(desk, actor)
        assert desk.desk.desk.shelf.contacts["iomart"] == "5 Far Lane\nFartown"
        mail = await desk.mailed(letter(QUESTION, subject="A question"))
        assert mail is not None
        assert "5 Far Lane" in mail.text
