"""Learning by staff: what is published answers the next message, with no restart; going back; imports beside a desk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.commands.policy_import import Options, bring
from bot.conversations.models import Message
from bot.learning import keeper, repository, service, versions
from bot.learning.models import KnowledgeVersion, Lesson
from bot.models import AuditEntry
from knowledge.library import Library
from tests.integration.whole_desk import World, letter, world
from tests.patience import patience

T = TypeVar("T")
QUESTION = "how long do you keep my data?"
WORDS = "We keep your data while your contract runs."


async def write(desk: World, work: Callable[[Session], T]) -> T:
    return await desk.desk.desk.database.write(work)


async def draft(desk: World, actor: Actor, kind: str, **content: Any) -> Lesson:
    library, now, today = desk.desk.desk.library, desk.clock(), desk.desk.desk.today()
    return await write(
        desk,
        lambda session: service.add(
            session, actor, policy="iomart", kind=kind, content=content, library=library, now=now, today=today
        ),
    )


async def publish(desk: World, actor: Actor, note: str = "taught") -> int:
    found = await desk.desk.desk.database.read(service.pending)
    return await desk.desk.desk.keeper.publish(actor, token=found.token, note=note)


async def test_the_next_text_is_answered_by_what_was_published(tmp_path: Path) -> None:
    """Silent before, staff's words with their clause after, in the same process; a draft alone changes nothing."""
    async with world(tmp_path) as desk:
        assert "doesn't say" in await desk.texted(QUESTION)
        actor = await desk.staff()
        await draft(desk, actor, "curated", questions=[QUESTION], text=WORDS, clauses=["5"])
        # Somebody else asks: the second question in a row that stays open brings a person.
        assert "doesn't say" in await desk.texted(QUESTION, "+447700900002")
        assert await publish(desk, actor) == 2
        told = await desk.texted("how long do u keep my data")
        assert told.startswith(WORDS)
        assert "(Our team's words.) iomart policy 5" in told
        assert "/policy/iomart/2007-12-15#5" in told
        mail = await desk.mailed(letter(QUESTION, subject="A question"))
        assert mail is not None
        assert f"In our privacy team's own words: {WORDS}" in mail.text
        lines = [line for line in await desk.all(Message) if line.author == "bot"]
        assert [line.evidence["knowledge"] for line in lines] == ["1", "1", "2", "2"]
        assert lines[2].evidence | {"question": ""} == {
            "knowledge": "2", "question": "", "policy": "iomart", "effective": "2007-12-15", "today": "2026-11-20",
                "outcome": "answered",
            "curated": WORDS,
        }  # fmt: skip
        assert lines[3].evidence["asked"].startswith("A question\n")


async def test_going_back_is_a_new_version_and_keeps_the_history(tmp_path: Path) -> None:
    """Version 3 knows what 1 knew; 2 stays as it was, its lesson is withdrawn, and 4 brings it back."""
    async with world(tmp_path) as desk:
        actor, keeper = await desk.staff(), desk.desk.desk.keeper
        row = await draft(desk, actor, "example", question=QUESTION, clause="5")
        await publish(desk, actor)
        assert "policy 5" in await desk.texted(QUESTION)
        token = (await desk.desk.desk.database.read(service.pending)).token
        assert await keeper.revert(1, actor, token=token, note="not right") == 3
        assert "doesn't say" in await desk.texted(QUESTION)
        versions = await desk.desk.desk.database.read(repository.versions)
        assert [each.number for each in versions] == [3, 2, 1]
        assert versions[0].digest == versions[2].digest != versions[1].digest
        assert (versions[0].equals, versions[1].lesson_ids, versions[0].lesson_ids) == (1, [row.id], [])
        assert [each.state for each in await desk.all(Lesson)] == ["withdrawn"]
        token = (await desk.desk.desk.database.read(service.pending)).token
        assert await keeper.revert(2, actor, token=token, note="right after all") == 4
        assert "policy 5" in await desk.texted(QUESTION)
        assert [each.state for each in await desk.all(Lesson)] == ["published"]
        actions = [entry.action async for entry in _audit(desk)]
        assert [each for each in actions if each.startswith(("knowledge", "lesson"))] == [
            "knowledge.changed", "lesson.added", "knowledge.published", "knowledge.reverted", "knowledge.reverted",
        ]  # fmt: skip


async def test_going_back_reaches_every_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many drafts were dropped before it: what is taught again counts as published."""
    monkeypatch.setattr(repository, "MOST_LESSONS", 2)
    async with world(tmp_path) as desk:
        actor, keeper = await desk.staff(), desk.desk.desk.keeper
        now = desk.clock()
        for clause in ("3.2", "8"):
            row = await draft(desk, actor, "example", question=QUESTION, clause=clause)
            await write(desk, lambda session, ident=row.id: service.withdraw(session, ident, actor, seen=1, now=now))
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        await publish(desk, actor)
        for number, state in ((1, "withdrawn"), (2, "published")):
            token = (await desk.desk.desk.database.read(service.pending)).token
            await keeper.revert(number, actor, token=token, note="")
            assert [each.state for each in await desk.all(Lesson)] == ["withdrawn", "withdrawn", state]


async def _audit(desk: World) -> Any:
    for entry in await desk.desk.desk.database.read(lambda s: s.query(AuditEntry).order_by(AuditEntry.seq).all()):
        assert QUESTION[:8] not in entry.data
        yield entry


async def test_what_somebody_changed_meanwhile_is_not_published(tmp_path: Path) -> None:
    """Two of the staff: who saw an older state is told so, and nothing is published."""
    async with world(tmp_path) as desk:
        sam, kim, keeper = await desk.staff(), await desk.staff(), desk.desk.desk.keeper
        row = await draft(desk, sam, "example", question=QUESTION, clause="5")
        seen = await desk.desk.desk.database.read(service.pending)
        library, now = desk.desk.desk.library, desk.clock()
        given: dict[str, Any] = {"content": {"question": QUESTION, "clause": "8"}, "seen": 1, "today": now.date()}

        def change(session: Session) -> Lesson:
            return service.edit(session, row.id, kim, library=library, now=now, **given)

        await write(desk, change)
        with pytest.raises(service.Stale, match="somebody else"):
            await keeper.publish(sam, token=seen.token, note="")
        with pytest.raises(service.Stale, match="somebody else"):
            await write(desk, change)
        assert len(await desk.desk.desk.database.read(repository.versions)) == 1
        await publish(desk, sam)
        with pytest.raises(service.Refused, match="nothing waits"):
            await publish(desk, sam)


async def test_going_back_keeps_what_was_to_be_withdrawn(tmp_path: Path) -> None:
    """A lesson of that version stays, also where its withdrawal waited to be published; then nothing waits."""
    async with world(tmp_path) as desk:
        actor, keeper, read = await desk.staff(), desk.desk.desk.keeper, desk.desk.desk.database.read
        first = await draft(desk, actor, "example", question=QUESTION, clause="5")
        await publish(desk, actor)
        await draft(desk, actor, "example", question="what is a cookie?", clause="6.1")
        await publish(desk, actor)
        seen = (await desk.all(Lesson))[0].version
        await write(desk, lambda s: service.withdraw(s, first.id, actor, seen=seen, now=desk.clock()))
        assert await keeper.revert(2, actor, token=(await read(service.pending)).token, note="") == 4
        assert (await read(service.pending)).leaving == []
        assert [(each.state, each.leaving) for each in await desk.all(Lesson)] == [
            ("published", False), ("withdrawn", False),
        ]  # fmt: skip


async def test_whoever_listens_is_told_of_a_new_version(tmp_path: Path) -> None:
    """The watcher prepares what was published: it is woken, and needn't wait for its next look."""
    async with world(tmp_path) as desk:
        woken: list[str] = []
        desk.desk.desk.bus.listen(versions.TOPIC, lambda: woken.append(versions.TOPIC))
        actor = await desk.staff()
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        assert woken == []
        await publish(desk, actor)
        assert woken == [versions.TOPIC]


async def test_a_published_lesson_is_replaced_and_let_go(tmp_path: Path) -> None:
    """Editing makes a draft beside it that takes its place; withdrawing acts with the next publishing."""
    async with world(tmp_path) as desk:
        actor, clock = await desk.staff(), desk.clock()
        first = await draft(desk, actor, "example", question=QUESTION, clause="5")
        await publish(desk, actor)
        library = desk.desk.desk.library
        content = {"question": QUESTION, "clause": "8"}
        second = await write(
            desk,
            lambda s: service.edit(
                s, first.id, actor, content=content, seen=2, library=library, now=clock, today=clock.date()
            ),
        )
        assert (second.state, second.replaces) == ("draft", first.id)
        assert "policy 5" in await desk.texted(QUESTION)
        await publish(desk, actor)
        assert "policy 8" in await desk.texted(QUESTION)
        assert [row.state for row in await desk.all(Lesson)] == ["withdrawn", "published"]
        seen = (await desk.all(Lesson))[1].version
        await write(desk, lambda s: service.withdraw(s, second.id, actor, seen=seen, now=clock))
        assert "policy 8" in await desk.texted(QUESTION)
        await publish(desk, actor)
        assert "doesn't say" in await desk.texted(QUESTION)


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("example", {"question": QUESTION, "clause": "77"}, "not in the policy"),
        ("poem", {"question": QUESTION}, "no kind of lesson"),
        ("example", {"question": QUESTION}, "has the fields question, clause, of"),
    ],
)
async def test_what_cannot_be_taught_is_refused_in_words(
    tmp_path: Path, kind: str, content: dict[str, Any], told: str
) -> None:
    """Nothing of it is kept."""
    async with world(tmp_path) as desk:
        with pytest.raises(service.Refused, match=told):
            await draft(desk, await desk.staff(), kind, **content)
        assert await desk.all(Lesson) == []


async def test_what_was_taught_is_there_after_a_restart(tmp_path: Path) -> None:
    """The same version, and no new one: nothing changed between."""
    async with world(tmp_path) as desk:
        actor = await desk.staff()
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        await publish(desk, actor)
    async with world(tmp_path) as desk:
        assert desk.desk.desk.shelf.held.number == 2
        assert "policy 5" in await desk.texted(QUESTION)


NEWER = (
    "# 1. Contact\n\nWrite to us at:\nNewmart plc\n1 New Street\n\n# 2. Keeping\n\nWe keep your data for nine years.\n"
)


def imported(folder: Path, text: str, day: str) -> None:
    file = folder / "new.md"
    front = f"---\ntitle: Newmart privacy\ncompany: Newmart plc\neffective: {day}\ntopics.1: contact\n---\n"
    file.write_text(front + text, "utf-8")
    bring(folder, file, Options("iomart"))


async def looked(desk: World) -> None:
    """The keeper looks again, as it does every few seconds."""
    await desk.desk.desk.keeper.refresh()


async def test_a_policy_imported_beside_the_desk_answers_at_once(tmp_path: Path) -> None:
    """The clause, the company's name and the address in the letter are the new ones; what was known before is kept."""
    async with world(tmp_path) as desk:
        assert "doesn't say" in await desk.texted(QUESTION)
        imported(tmp_path, NEWER, "2026-01-01")
        desk.desk.desk.bus.publish([versions.TOPIC])
        async with patience():
            while desk.desk.desk.shelf.held.number != 2:  # noqa: ASYNC110 - the watcher wakes nobody else
                await asyncio.sleep(0)
        assert "nine years" in await desk.texted(QUESTION)
        mail = await desk.mailed(letter(QUESTION, subject="A question"))
        assert mail is not None
        assert "Newmart's privacy policy says" in mail.text
        assert "1 New Street" in mail.text
        (second, first) = await desk.desk.desk.database.read(repository.versions)
        assert (first.note, second.note) == ("the desk's first start", "policy imported: iomart 2026-01-01")


async def test_the_versions_that_a_question_may_need_are_built_before_it_comes(tmp_path: Path) -> None:
    """Imported beside the desk, each is ready with no question asked: none waits for the building."""
    async with world(tmp_path) as desk:
        for year in (2024, 2025, 2026):
            imported(tmp_path, NEWER, f"{year}-01-01")
        desk.desk.desk.bus.publish([versions.TOPIC])
        async with patience():
            while len(desk.desk.desk.library.built()) != 4:  # noqa: ASYNC110 - the watcher wakes nobody else
                await asyncio.sleep(0)
        days = {each.policy.effective.isoformat() for each in desk.desk.desk.library.built()}
        assert days == {"2007-12-15", "2024-01-01", "2025-01-01", "2026-01-01"}


async def test_no_more_is_built_ahead_than_memory_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old versions beyond so many clauses are built when somebody asks about them."""
    monkeypatch.setattr(keeper, "MOST_PREPARED", 4)
    for year in (2023, 2024, 2025):
        imported(tmp_path, NEWER, f"{year}-01-01")
    async with world(tmp_path) as desk:
        await desk.desk.desk.keeper._prepare()
        assert [each.policy.effective.year for each in desk.desk.desk.library.built()] == [2025, 2024]


async def test_a_broken_file_leaves_the_knowledge_as_it_was(tmp_path: Path) -> None:
    """Neither an unreadable version nor a half-written one takes a policy out of force; mended, it counts."""
    async with world(tmp_path) as desk:
        imported(tmp_path, NEWER, "2026-01-01")
        await looked(desk)
        file = tmp_path / "policies" / "iomart" / "2026-01-01.md"
        whole = file.read_text("utf-8")
        file.write_text("---\nnothing closes this", "utf-8")
        await looked(desk)
        assert desk.desk.desk.shelf.held.number == 2
        assert "nine years" in await desk.texted(QUESTION)
        file.write_text(whole.replace("nine", "eleven"), "utf-8")
        await looked(desk)
        assert "eleven years" in await desk.texted(QUESTION)
        numbers = [each.number for each in await desk.desk.desk.database.read(repository.versions)]
        assert numbers == [3, 2, 1]


async def test_a_policy_that_is_gone_is_answered_from_until_the_next_start(tmp_path: Path) -> None:
    """Whoever removes the only file of a site's policy takes no words out of force, and keeps what staff publish."""
    file = tmp_path / "new.md"
    file.write_text("# 1. Selling\n\nWe will not sell your data to anybody.\n", "utf-8")
    bring(tmp_path, file, Options("acme", date(2026, 1, 1)))
    async with world(tmp_path, sites=[{"key": "acme", "name": "Acme", "policy": "acme"}]) as desk:
        (tmp_path / "policies" / "acme" / "2026-01-01.md").unlink()
        await looked(desk)
        assert "not sell your data" in await desk.texted("do you sell my data?")
        assert desk.desk.desk.shelf.held.number == 1


async def test_looking_again_changes_nothing_where_nothing_moved(tmp_path: Path) -> None:
    """The same library stays on the shelf, and no version is added."""
    async with world(tmp_path) as desk:
        held = desk.desk.desk.shelf.held
        await looked(desk)
        assert desk.desk.desk.shelf.held is held
        assert len(await desk.desk.desk.database.read(lambda s: s.query(KnowledgeVersion).all())) == 1


async def test_what_is_published_while_a_policy_is_taken_up_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever publishes meanwhile is shown what changed; published again, lesson and policy both answer."""
    async with world(tmp_path) as desk:
        actor, keeper = await desk.staff(), desk.desk.desk.keeper
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        token = (await desk.desk.desk.database.read(service.pending)).token
        imported(tmp_path, "# 1. Contact\n\nWrite to us.\n", "2026-12-01")
        built, began, go_on = keeper._built, threading.Event(), threading.Event()

        def slowly(*given: Any) -> Library | None:
            began.set()
            go_on.wait(20)
            return built(*given)

        monkeypatch.setattr(keeper, "_built", slowly)
        taking_up = asyncio.create_task(keeper.refresh())
        await asyncio.to_thread(began.wait, 20)
        publishing = asyncio.create_task(keeper.publish(actor, token=token, note=""))
        for _ in range(50):
            await asyncio.sleep(0)
        await desk.desk.desk.database.write(lambda _session: None)  # the writer has done all that was queued before
        go_on.set()
        await taking_up
        with pytest.raises(service.Stale):
            await publishing
        assert "doesn't say" in await desk.texted(QUESTION)
        await publish(desk, actor)
        assert "policy 5" in await desk.texted(QUESTION)
        assert [each.number for each in await desk.desk.desk.database.read(repository.versions)] == [3, 2, 1]
