"""Evidence: what is stored with an answer proves it years later, whatever became of the files and of the lessons."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.commands.evidence import evidence
from bot.conversations.models import Message
from bot.engines import READERS
from bot.errors import DeskError, NotFound
from bot.learning import rehearsal
from bot.learning.models import KnowledgeVersion, PolicyText
from bot.learning.replay import Replay
from knowledge.kept import digest_of_all
from knowledge.policy import digest
from tests.integration.test_learning import NEWER, QUESTION, WORDS, draft, imported, looked, publish, write
from tests.integration.whole_desk import World, letter, world
from tests.support import running

SELLING = "do you sell my data"


async def proved(desk: World, message_id: int) -> Replay:
    return await desk.desk.desk.keeper.replay(message_id)


async def answers(desk: World) -> list[Message]:
    return [line for line in await desk.all(Message) if line.author == "bot"]


async def test_an_answer_stores_what_it_rests_on(tmp_path: Path) -> None:
    """Clause, digest, score, confidence, policy and its date, knowledge version and the question's line."""
    async with world(tmp_path) as desk:
        await desk.texted(SELLING)
        (line,) = await answers(desk)
        (question, _answer) = await desk.all(Message)
        found = await proved(desk, line.id)
        assert (found.knowledge, found.policy, found.effective) == (1, "iomart", "2007-12-15")
        assert (found.outcome, found.question_id, found.question) == ("answered", question.id, SELLING)
        assert found.confidence == line.confidence
        assert found.quotations[0].clause == "3.2"
        assert found.quotations[0].digest == line.citations[0]["digest"]
        assert found.quotations[0].score > 0
        assert (found.proved, found.again, found.reason) == (True, "same", "")
        with pytest.raises(NotFound, match="no answer"):
            await proved(desk, question.id)


async def test_the_same_words_are_shown_when_file_and_lessons_are_gone(tmp_path: Path) -> None:
    """An answer from an imported policy, one by staff's words, one by mail: each replays after the file was deleted,
    the lesson withdrawn, and another version published.
    """
    async with world(tmp_path) as desk:
        imported(tmp_path, NEWER, "2026-01-01")
        await looked(desk)
        actor = await desk.staff()
        await desk.texted(QUESTION)
        await draft(desk, actor, "curated", questions=["is there a cat in the office"], text=WORDS, clauses=["2"])
        await publish(desk, actor)
        await desk.texted("is there a cat in your office?")
        await desk.mailed(letter(QUESTION, subject="A question"))
        shutil.rmtree(tmp_path / "policies")
        await looked(desk)
        keeper = desk.desk.desk.keeper
        token = (await keeper.rehearse()).token
        assert await keeper.revert(2, actor, token=token, note="") == 5
        assert "doesn't say" in await desk.texted(QUESTION)
        first, curated, mailed, silent = [await proved(desk, line.id) for line in await answers(desk)]
        assert [each.knowledge for each in (first, curated, mailed, silent)] == [2, 3, 3, 5]
        assert [each.again for each in (first, curated, mailed, silent)] == ["same"] * 4
        assert first.quotations[0].text == "We keep your data for nine years."
        assert (curated.curated, curated.quotations[0].clause) == (WORDS, "2")
        assert mailed.question.startswith("A question\n")
        assert (silent.outcome, silent.effective, silent.quotations) == ("silent", "2007-12-15", ())
        assert all(each.proved for each in (first, curated, mailed))


async def test_answers_of_the_past_and_their_changes_replay_for_their_day(tmp_path: Path) -> None:
    """Other versions' words beside an answer, or beside silence, are kept, proved, and no part of what is asked again;
    a date in the question counts from the day of asking, years later too.
    """
    async with world(tmp_path) as desk:
        imported(tmp_path, NEWER, "2026-01-01")
        await looked(desk)
        await desk.texted("I joined last year, how long do you keep my data?")
        await desk.texted("I joined last year, do you sell my data?", "+447700900002")
        desk.clock.move(days=800)
        silent, answered = [await proved(desk, line.id) for line in await answers(desk)]
        assert (silent.outcome, silent.effective, silent.again) == ("silent", "2007-12-15", "same")
        assert [(each.effective, each.text, each.stands) for each in silent.quotations] == [
            ("2026-01-01", "We keep your data for nine years.", True)
        ]
        assert (answered.outcome, answered.effective, answered.again) == ("answered", "2007-12-15", "same")
        assert answered.quotations[0].clause == "3.2"


async def test_with_a_text_missing_nothing_is_asked_again(tmp_path: Path) -> None:
    """What the other versions alone would answer proves nothing; the quotation is still looked up where it stands."""
    async with world(tmp_path) as desk:
        imported(tmp_path, NEWER, "2026-01-01")
        await looked(desk)
        await desk.texted(QUESTION)
        (line,) = await answers(desk)
        await write(desk, lambda session: session.execute(delete(PolicyText).where(PolicyText.effective < "2026")))
        found = await proved(desk, line.id)
        assert (found.again, found.proved) == ("not asked", True)
        assert found.reason.startswith("A text of that policy is not kept")


async def test_altered_words_are_found(tmp_path: Path) -> None:
    """Neither a changed line nor a changed text of the policy passes."""
    async with world(tmp_path) as desk:
        await desk.texted(SELLING)
        (line,) = await answers(desk)

        def alter(session: Session) -> None:
            found = session.get_one(Message, line.id)
            first, *rest = found.citations
            found.citations = [{**first, "text": first["text"].replace("not", "gladly")}, *rest]

        await write(desk, alter)
        found = await proved(desk, line.id)
        assert (found.proved, found.quotations[0].unaltered, found.quotations[0].stands) == (False, False, False)

        def other_digest(session: Session) -> None:
            session.get_one(Message, line.id).citations = [{**line.citations[0], "digest": "0" * 64}]

        await write(desk, other_digest)
        found = await proved(desk, line.id)
        assert (found.quotations[0].unaltered, found.quotations[0].stands) == (False, False)

        def forge(session: Session) -> None:
            session.get_one(Message, line.id).citations = line.citations
            for text in session.query(PolicyText):
                text.content = text.content.replace("sell", "trade")

        await write(desk, forge)
        found = await proved(desk, line.id)
        assert (found.quotations[0].unaltered, found.quotations[0].stands) == (True, False)


async def test_what_is_altered_throughout_is_found_too(tmp_path: Path) -> None:
    """Line, digest and kept text changed to fit each other: the text has not its own digest any more. And what a
    version taught can't be changed unseen.
    """
    async with world(tmp_path) as desk:
        await desk.texted(SELLING)
        (line,) = await answers(desk)

        def forge(session: Session) -> None:
            first, *rest = line.citations
            words = first["text"].replace("not", "gladly")
            session.get_one(Message, line.id).citations = [{**first, "text": words, "digest": digest(words)}, *rest]
            for text in session.query(PolicyText):
                text.content = text.content.replace(json.dumps(first["text"])[1:-1], json.dumps(words)[1:-1])

        await write(desk, forge)
        found = await proved(desk, line.id)
        assert (found.proved, found.quotations[0].unaltered, found.quotations[0].stands) == (False, True, False)

        def taught(session: Session) -> None:
            lesson = {"kind": "example", "question": SELLING, "clause": "5", "of": "2007-12-15"}
            session.get_one(KnowledgeVersion, 1).lessons = [{"policy": "iomart", "lessons": [lesson]}]

        await write(desk, taught)
        assert "not as it was recorded" in (await proved(desk, line.id)).reason


async def test_it_is_told_why_other_software_answers_otherwise(tmp_path: Path) -> None:
    """The stored clauses stand; that the question finds others now is put down to the classifier, or to the rules."""
    async with world(tmp_path) as desk:
        await desk.texted(SELLING)
        (line,) = await answers(desk)

        def otherwise(session: Session) -> None:
            found = session.get_one(Message, line.id)
            found.citations = [*found.citations, *found.citations]

        await write(desk, otherwise)
        assert "rules of answering" in (await proved(desk, line.id)).reason

        def older(session: Session) -> None:
            version, texts = session.get_one(KnowledgeVersion, 1), desk.desk.desk.library.texts
            version.classifier, version.digest = "0" * 64, digest_of_all("0" * 64, texts, {})

        await write(desk, older)
        found = await proved(desk, line.id)
        assert (found.again, found.clauses_now[0]) == ("differs", "3.2")
        assert found.reason.startswith("The classifier has changed")


async def test_an_answer_of_an_older_desk_is_proved_by_its_digests(tmp_path: Path) -> None:
    """Without a knowledge version the kept text of the day is looked through, and the question is not asked again."""
    async with world(tmp_path) as desk:
        await desk.texted(SELLING)
        (line,) = await answers(desk)

        def older(session: Session) -> None:
            session.get_one(Message, line.id).evidence = {}

        await write(desk, older)
        found = await proved(desk, line.id)
        assert (found.proved, found.again, found.knowledge) == (True, "not asked", 0)


async def test_the_command_proves_and_names_what_is_altered(tmp_path: Path, monkeypatch: Any) -> None:
    """It prints the words with where they stand, and no orders to the terminal; it fails where they are not as sent."""
    async with world(tmp_path) as desk:
        await desk.texted(f"{SELLING}\x1b[2J")
        (line,) = await answers(desk)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    told = CliRunner().invoke(evidence, [str(line.id)], color=True)
    assert told.exit_code == 0
    assert "\x1b" not in told.output
    assert "\ufffd[2J" in told.output
    assert "Clause 3.2 of iomart 2007-12-15" in told.output
    assert "Asked again of what was known then: the same." in told.output
    found = json.loads(CliRunner().invoke(evidence, [str(line.id), "--json"]).output)
    assert (found["proved"], found["again"], found["knowledge"]) == (True, "same", 1)
    async with running(tmp_path) as started:
        await started.desk.database.write(
            lambda session: setattr(
                session.get_one(Message, line.id), "citations", [{**line.citations[0], "text": "x"}]
            )
        )
    result = CliRunner().invoke(evidence, [str(line.id)])
    assert isinstance(result.exception, DeskError)
    assert "ALTERED" in result.output


async def test_a_dry_run_shows_which_answers_would_change(tmp_path: Path) -> None:
    """Distinct questions of the past, newest first; only those that the drafts touch, before and after."""
    async with world(tmp_path) as desk:
        said = (QUESTION, "How LONG do you keep  my data?", SELLING, "delete my data", "what's the weather")
        for number, words in enumerate(said):
            await desk.texted(words, f"+4477009000{number:02}")
        keeper, actor = desk.desk.desk.keeper, await desk.staff()
        nothing = await keeper.rehearse()
        assert (nothing.looked, nothing.whole, nothing.changes) == (3, True, ())
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        found = await keeper.rehearse()
        (change,) = found.changes
        assert change.question.text == "How LONG do you keep  my data?"
        assert (change.before, change.after) == (
            rehearsal.Said("silent", (), ""),
            rehearsal.Said("answered", ("5",), ""),
        )
        assert "doesn't say" in await desk.texted(QUESTION)
        await keeper.publish(actor, token=found.token, note="as rehearsed")
        assert (await keeper.rehearse()).changes == ()


async def test_dry_runs_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often somebody asks for one, one thread is at work on them: customers' long messages need threads too."""
    async with world(tmp_path) as desk:
        keeper, compare = desk.desk.desk.keeper, rehearsal.compare
        began, go_on = threading.Semaphore(0), threading.Event()

        def slowly(*given: Any) -> rehearsal.Rehearsal:
            began.release()
            go_on.wait(20)
            return compare(*given)

        monkeypatch.setattr(rehearsal, "compare", slowly)
        runs = [asyncio.create_task(keeper.rehearse()) for _ in range(2)]
        await asyncio.to_thread(began.acquire, timeout=20)
        read = threading.Barrier(READERS)
        await asyncio.gather(*(desk.desk.desk.database.read(lambda _: read.wait(20)) for _ in range(READERS)))
        for _ in range(200):
            await asyncio.to_thread(int)  # the other has read what it needed by now, and would begin
        assert not began.acquire(blocking=False)
        go_on.set()
        assert [run.whole for run in await asyncio.gather(*runs)] == [True, True]


async def test_a_dry_run_ends_in_time(tmp_path: Path) -> None:
    """What it could not look at is said, not waited for."""
    async with world(tmp_path) as desk:
        await desk.texted(QUESTION)
        actor = await desk.staff()
        await draft(desk, actor, "example", question=QUESTION, clause="5")
        past = await desk.desk.desk.database.read(rehearsal.questions)
        live = desk.desk.desk.library
        found = rehearsal.compare(past, live, live, {"iomart": "iomart"}, "UTC", seconds=-1.0)
        assert (found.looked, found.whole) == (0, False)
