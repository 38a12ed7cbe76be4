"""Learning in the console: from a question that was left open to an answer, through the whole desk, and back again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.learning import questions, service
from bot.learning.models import Lesson
from bot.models import AuditEntry
from bot.tickets.references import new_reference
from bot.turns import MOST_WAITING
from tests.integration.console_support import PASSWORD, csrf_of, http, staff
from tests.integration.whole_desk import World, world

T = TypeVar("T")
QUESTION = "how long do you keep my data?"
ALIKE = "how long do u keep my data"
WORDS = "We keep your data while your contract runs."
NASTY = "how long do you keep my data <script>alert(1)</script>\"'{{7*7}}"


class Reader:
    """One of the staff at the console, as a browser without JavaScript."""

    def __init__(self, desk: World, session: aiohttp.ClientSession) -> None:
        self.desk, self.session, self.csrf = desk, session, ""
        self.base = f"http://127.0.0.1:{desk.desk.http_port}"

    async def sign_in(self, email: str) -> None:
        form = {"email": email, "password": PASSWORD}
        async with self.session.post(f"{self.base}/console/sign-in", data=form) as answer:
            self.csrf = csrf_of(await answer.text())

    async def page(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.base + path) as answer:
            text = await answer.text()
            assert answer.status == status, text[:500]
            return text

    async def post(self, path: str, status: int = 200, **form: str) -> str:
        async with self.session.post(self.base + path, data={"csrf": self.csrf, **form}) as answer:
            text = await answer.text()
            assert answer.status == status, text[:500]
            return text

    async def draft(self, line: int, status: int = 200, **form: str) -> str:
        return await self.post("/console/lessons", status, **{"policy": "iomart", "from": str(line), **form})

    async def publish(self, note: str = "") -> str:
        text = await self.page("/console/knowledge?try=1")
        return await self.post("/console/knowledge/publish", token=token(text), note=note)


def token(text: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', text)
    assert found, text
    return found[1]


@asynccontextmanager
async def at_work(tmp_path: Path) -> AsyncIterator[tuple[World, Callable[[str], Any]]]:
    """A desk with an agent, a lead and an admin; the second value signs one of them in."""
    async with world(tmp_path) as desk, http() as one, http() as two:
        now, sessions = desk.clock(), iter((one, two))

        def accounts(session: Session) -> None:
            for role in ("agent", "lead", "admin"):
                staff(session, now, f"{role}@iomart.com", role.capitalize(), role)

        await desk.desk.desk.database.write(accounts)

        async def come(role: str) -> Reader:
            reader = Reader(desk, next(sessions))
            await reader.sign_in(f"{role}@iomart.com")
            return reader

        yield desk, come


async def found(desk: World) -> list[questions.Question]:
    return await desk.desk.desk.database.read(questions.newest)


async def audited(desk: World) -> list[str]:
    query = select(AuditEntry.action).order_by(AuditEntry.seq)
    return await desk.desk.desk.database.read(lambda session: list(session.scalars(query)))


async def test_from_a_silent_question_to_an_answer_and_back(tmp_path: Path) -> None:
    """By SMS: silent → in a group → drafted → tried → a lead publishes → answered, no restart → back → silent."""
    async with at_work(tmp_path) as (desk, come):
        assert "doesn't say" in await desk.texted(QUESTION)
        await desk.texted(ALIKE, "+447700900002")
        agent, lead = await come("agent"), await come("lead")
        assert re.search(
            r'href="/console/questions"><span>Questions</span> <span class="count">2<', await lead.page("/console/")
        )
        listing = await agent.page("/console/questions")
        assert listing.count('class="card group"') == 1
        assert "<b>2 questions</b>" in listing
        assert listing.index(ALIKE) < listing.index(QUESTION)
        first, second = sorted(each.id for each in await found(desk))
        assert f'href="/console/questions/{first}"' in listing
        group = await agent.page(f"/console/questions/{second}")
        assert "With the drafts" not in group
        drafted = await agent.draft(second, kind="example", question=QUESTION, clause="5")
        assert "2 of 2 would be answered otherwise" in drafted
        assert "doesn't say" in await desk.texted(QUESTION, "+447700900003")
        tried = await agent.page("/console/knowledge?try=1")
        assert "past questions would be answered otherwise" in tried
        assert "A lead or an admin publishes" in tried
        await agent.post("/console/knowledge/publish", 403, token="", note="")
        assert "Published. The desk answers from it now." in await lead.publish("keeping <b>data</b>")
        assert "policy 5" in await desk.texted(QUESTION, "+447700900004")
        settled = await agent.page("/console/questions?show=settled")
        assert "3 questions" in settled
        assert "</svg> Taught</span>" in settled
        assert {each.state for each in await found(desk)} == {"taught"}
        versions = await lead.page("/console/knowledge")
        assert "keeping &lt;b&gt;data&lt;/b&gt;" in versions
        assert "Added" in await lead.page("/console/knowledge/2")
        await agent.post("/console/knowledge/1/revert", 403)
        back = token(await lead.page("/console/knowledge/1"))
        assert "answers again as it did then" in await lead.post(
            "/console/knowledge/1/revert", token=back, note="wrong"
        )
        assert "doesn't say" in await desk.texted(QUESTION, "+447700900005")
        assert "4 questions" in await agent.page("/console/questions")
        assert {each.state for each in await found(desk)} == {"open"}
        actions = await audited(desk)
        assert [each for each in actions if each.startswith(("lesson", "knowledge"))] == [
            "knowledge.changed", "lesson.added", "knowledge.published", "knowledge.reverted",
        ]  # fmt: skip


async def test_our_own_words_come_with_their_clauses(tmp_path: Path) -> None:
    """A curated answer needs a clause; what was typed comes back when it has none."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        lead = await come("lead")
        (line,) = [each.id for each in await found(desk)]
        words = {"kind": "curated", "questions": f"{QUESTION}\n{ALIKE}", "text": WORDS}
        refused = await lead.draft(line, 422, **words)
        assert "rests on 1 to 3 clauses" in refused
        assert WORDS in refused
        await lead.draft(line, 422, **words, other="99.9")
        assert WORDS in await lead.draft(line, **words, **{"cite-5": "on"})
        await lead.publish()
        told = await desk.texted(ALIKE, "+447700900002")
        assert told.startswith(WORDS)
        (lesson,) = await desk.all(Lesson)
        assert lesson.content["questions"] == [QUESTION, ALIKE]
        assert lesson.message_id == line
        number = (await desk.all(Message))[-1].id
        why = await lead.page(f"/console/messages/{number}/why")
        assert f"<dt>Message number</dt><dd>{number}</dd>" in why
        assert "Every quotation is as it was sent" in why
        assert "gets the same answer from what was known then" in why
        assert WORDS in why


async def test_a_group_that_was_set_aside_comes_back_with_a_new_question(tmp_path: Path) -> None:
    """Nothing to learn: it leaves the list, and returns when somebody asks alike; taking it up again works too."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent = await come("agent")
        (line,) = [each.id for each in await found(desk)]
        assert "set aside" in await agent.post(f"/console/questions/{line}/aside")
        assert 'class="card group"' not in await agent.page("/console/questions")
        assert "Set aside" in await agent.page("/console/questions?show=settled")
        await agent.post(f"/console/questions/{line}/take-up")
        assert "1 question<" in await agent.page("/console/questions")
        await agent.post(f"/console/questions/{line}/aside")
        await desk.texted(ALIKE, "+447700900002")
        assert "2 questions</b>, 1 not settled" in await agent.page("/console/questions")
        actions = [each for each in await audited(desk) if each.startswith("question")]
        assert actions == ["question.set_aside", "question.taken_up", "question.set_aside"]


async def test_taking_up_again_leaves_what_was_taught_alone(tmp_path: Path) -> None:
    """Only what was set aside comes back: a question that a published lesson answers needs nobody."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        lead = await come("lead")
        (line,) = [each.id for each in await found(desk)]
        await lead.draft(line, kind="example", question=QUESTION, clause="5")
        await lead.publish()
        assert [each.state for each in await found(desk)] == ["taught"]
        await lead.post(f"/console/questions/{line}/take-up")
        assert [each.state for each in await found(desk)] == ["taught"]


async def test_answers_that_did_not_help_or_were_wrong_are_questions_too(tmp_path: Path) -> None:
    """An answer is found wanting once the customer or one of the staff says so, until they take that back."""
    async with at_work(tmp_path) as (desk, come):
        assert "3.2" in await desk.texted("do you sell my data")
        agent = await come("agent")
        assert await found(desk) == []
        (answer,) = [line.id for line in await desk.all(Message) if line.author == "bot"]
        await agent.post(f"/console/messages/{answer}/judge", verdict="wrong")
        assert "Judged wrong by staff" in await agent.page("/console/questions")
        await agent.post(f"/console/messages/{answer}/judge", verdict="right")
        assert await found(desk) == []

        def did_not_help(session: Session) -> None:
            session.get_one(Message, answer).helpful = False

        await desk.desk.desk.database.write(did_not_help)
        (asked,) = await found(desk)
        assert (asked.text, asked.clauses[0], asked.reply_id) == ("do you sell my data", "3.2", answer)
        assert "Did not help, says the customer" in await agent.page("/console/questions")
        await desk.texted(QUESTION, "+447700900002")
        assert await desk.desk.desk.database.read(questions.count) == 2
        who, now = await desk.staff(), desk.clock()
        await desk.desk.desk.database.write(lambda session: questions.settle(session, [asked.id], who, now))
        assert await desk.desk.desk.database.read(questions.count) == 1


async def test_a_customer_s_no_brings_the_question_that_was_answered(tmp_path: Path) -> None:
    """By SMS: asked whether it was answered, "no" names the question before, not itself."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted("do you sell my data")
        assert "Did that answer it?" in await desk.texted("who do you share it with")
        await desk.texted("no")
        (asked,) = await found(desk)
        assert (asked.text, asked.helpful) == ("who do you share it with", False)
        agent = await come("agent")
        assert "Did not help, says the customer" in await agent.page(f"/console/questions/{asked.id}")
        assert "Teach a better answer" in await agent.page(f"/console/messages/{asked.reply_id}/why")


async def test_topics_of_a_clause_are_corrected(tmp_path: Path) -> None:
    """The page says what each clause is about and what the policy leaves unsaid; a correction is a draft, then acts."""
    async with at_work(tmp_path) as (desk, come):
        lead = await come("lead")
        page = unescape(await lead.page("/console/topics"))
        assert "It does not speak of" in page
        assert "read by the classifier" in page or "tagged in the policy's file" in page
        before = desk.desk.desk.library.topics_of("iomart")["5"]
        form = {"policy": "iomart", "kind": "tags", "clause": "5"}
        assert "no topic" in await lead.post("/console/lessons", 422, **form, main="nonsense")
        await lead.post("/console/lessons", **form, main="retention", **{"also-security": "on"})
        assert "Draft waits" in await lead.page("/console/topics")
        assert desk.desk.desk.library.topics_of("iomart")["5"] == before
        await lead.publish()
        assert desk.desk.desk.library.topics_of("iomart")["5"] == (("retention", "security"), "staff")
        assert "policy 5" in await desk.texted(QUESTION)
        assert "tagged by staff" in await lead.page("/console/topics")
        await lead.page("/console/topics/clause?policy=iomart&clause=77", 404)
        await lead.page("/console/topics/clause?policy=none&clause=5", 404)


async def test_what_a_colleague_changed_meanwhile_is_told_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    """Two at once: a draft changed in between, and a publishing of what was not seen."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent, lead = await come("agent"), await come("lead")
        (line,) = [each.id for each in await found(desk)]
        await agent.draft(line, kind="example", question=QUESTION, clause="5")
        seen = token(await lead.page("/console/knowledge?try=1"))
        await agent.post("/console/lessons/1/edit", kind="example", question=QUESTION, clause="8", seen="1")
        stale = await lead.post(
            "/console/lessons/1/edit", 409, question="my own words on keeping", clause="5", seen="1"
        )
        assert "Somebody else changed this meanwhile" in stale
        assert "my own words on keeping" in stale
        assert "answered with clause 8" in stale
        refused = await lead.post("/console/knowledge/publish", 409, token=seen, note="my note")
        assert "Nothing was published" in refused
        assert 'value="my note"' in refused
        assert token(refused) != seen
        await lead.post("/console/lessons/1/withdraw", 409, seen="1")
        assert "It is withdrawn" in await lead.post("/console/lessons/1/withdraw", seen="2")
        assert "can't be changed" in await lead.page("/console/lessons/1")
        await lead.page("/console/lessons/99", 404)


async def test_looking_for_a_clause_keeps_what_was_typed(tmp_path: Path) -> None:
    """Whether by the button or by Enter in the field; nothing is drafted meanwhile."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent = await come("agent")
        (line,) = [each.id for each in await found(desk)]
        typed = {"kind": "curated", "questions": QUESTION, "text": "half a sentence", "cite-5": "on"}
        for more in ({"q": "9", "searched": "", "find": "1"}, {"q": "9", "searched": ""}):
            again = await agent.draft(line, **typed, **more)
            assert "half a sentence" in again
            assert 'name="cite-9"' in again
            assert not await desk.all(Lesson)
        assert "The draft is kept" in await agent.draft(line, **typed, q="9", searched="9")


async def test_the_list_is_narrowed_by_policy_and_period(tmp_path: Path) -> None:
    """Old questions leave a list of the last days, not the desk; what names no policy of ours counts as unset."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        desk.clock.move(days=20)
        await desk.texted("is my data encrypted", "+447700900002")
        agent = await come("agent")
        for query, groups in (("", 2), ("?days=7", 1), ("?days=30&policy=iomart", 2), ("?days=x&policy=y&from=z", 2)):
            text = await agent.page(f"/console/questions{query}")
            assert text.count('class="card group"') == groups, query
        newest = await agent.page("/console/questions?sort=newest")
        assert newest.index("is my data encrypted") < newest.index(QUESTION)
        await agent.page("/console/questions/99999", 404)


async def test_going_back_is_refused_where_a_colleague_was_quicker(tmp_path: Path) -> None:
    """Who saw an older state is told so and keeps the note; going back to what is taught already is refused too."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        lead = await come("lead")
        (line,) = [each.id for each in await found(desk)]
        await lead.draft(line, kind="example", question=QUESTION, clause="5")
        await lead.publish()
        seen = token(await lead.page("/console/knowledge/1"))
        await lead.draft(line, kind="example", question=QUESTION, clause="8")
        stale = await lead.post("/console/knowledge/1/revert", 409, token=seen, note="back, please")
        assert "Nothing was changed" in stale
        assert 'value="back, please"' in stale
        await lead.post("/console/knowledge/1/revert", token=token(stale), note="back, please")
        assert "policy 5" not in await desk.texted(QUESTION, "+447700900002")
        same = await lead.post("/console/knowledge/1/revert", 422, token=token(await lead.page("/console/knowledge/1")))
        assert "nothing to go back to" in same
        await lead.page("/console/knowledge/9", 404)


@pytest.mark.parametrize(
    ("named", "kind"),
    [("ann@example.net", "an email address"), ("07700 900123", "a long number"), ("020 7946 0000", "a long number"),
     ("G12 8QQ", "a postcode"), ("DR-7K3M9-QX4RT", "")],
)  # fmt: skip
async def test_what_is_kept_for_ever_names_nobody(tmp_path: Path, named: str, kind: str) -> None:
    """Addresses, numbers and references in a customer's question do not become part of a lesson, new or changed."""
    if not kind:
        named, kind = new_reference(), "a reference"
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent = await come("agent")
        (line,) = [each.id for each in await found(desk)]
        mine = f"how long do you keep the data of {named}"
        assert f"names {kind}" in await agent.draft(line, 422, kind="example", question=mine, clause="5")
        curated = {"kind": "curated", "questions": f"{QUESTION}\n{mine}", "text": WORDS, "cite-5": "on"}
        assert f"names {kind}" in await agent.draft(line, 422, **curated)
        await agent.draft(line, kind="example", question="how long were data of 2006-2010 kept", clause="5")
        await agent.post("/console/lessons/1/edit", 422, question=mine, clause="5", seen="1")
        assert [lesson.content["question"] for lesson in await desk.all(Lesson)] == [
            "how long were data of 2006-2010 kept"
        ]


async def test_a_hundred_presses_keep_nobody_waiting_for_ever(tmp_path: Path) -> None:
    """Pages that take their time are made one after another, and only so many wait; texts are answered meanwhile."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent = await come("agent")
        async with desk.desk.desk.keeper.turns.turn():
            waiting = [asyncio.create_task(agent.page("/console/questions")) for _ in range(MOST_WAITING + 1)]
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert "503" in str(done.pop().exception())  # the one that was one too many
            assert "Nothing was changed; go back" in await agent.page("/console/topics", 503)
            assert "3.2" in await desk.texted("do you sell my data", "+447700900002")
        assert sum("card group" in str(page) for page in await asyncio.gather(*waiting, return_exceptions=True)) > 1


async def test_only_so_many_drafts_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody could look through is not drafted; withdrawing one makes room."""
    monkeypatch.setattr(service, "MOST_DRAFTS", 1)
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(QUESTION)
        agent = await come("agent")
        (line,) = [each.id for each in await found(desk)]
        await agent.draft(line, kind="example", question=QUESTION, clause="5")
        assert "1 drafts wait already" in await agent.draft(line, 422, kind="example", question=ALIKE, clause="5")
        await agent.post("/console/lessons/1/withdraw", seen="1")
        await agent.draft(line, kind="example", question=ALIKE, clause="5")


async def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    """What a customer or a colleague writes is escaped on every page of learning."""
    async with at_work(tmp_path) as (desk, come):
        await desk.texted(NASTY)
        lead = await come("lead")
        (line,) = [each.id for each in await found(desk)]
        await lead.draft(line, kind="curated", questions=NASTY, text="<img src=x onerror=alert(2)>", **{"cite-5": "on"})
        await lead.publish("<i>note</i>")
        await desk.texted(NASTY, "+447700900002")
        paths = [
            "/console/questions", "/console/questions?show=settled", f"/console/questions/{line}", "/console/knowledge",
            "/console/knowledge?try=1", "/console/knowledge/2", "/console/lessons/1", "/console/topics",
            f"/console/messages/{(await desk.all(Message))[-1].id}/why",
            f"/console/questions/{line}?q=%22%3E%3Cscript%3Ealert(1)", "/console/questions?policy=%3Cscript%3E&from=x",
        ]  # fmt: skip
        for path in paths:
            text = await lead.page(path)
            assert "<script>alert" not in text, path
            assert "<img src=x" not in text, path
            assert "<i>note" not in text, path


@pytest.mark.parametrize(
    "path",
    ["/console/lessons", "/console/lessons/1/edit", "/console/lessons/1/withdraw", "/console/questions/1/aside",
     "/console/questions/1/take-up", "/console/knowledge/publish", "/console/knowledge/1/revert"],
)  # fmt: skip
async def test_nothing_is_taught_without_the_form_s_own_token(tmp_path: Path, path: str) -> None:
    """Each way to change something refuses a form that our page did not make."""
    async with at_work(tmp_path) as (_desk, come):
        admin = await come("admin")
        admin.csrf = "forged"
        assert "gone stale" in await admin.post(path, 403)
