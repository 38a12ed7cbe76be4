"""The API over real HTTP: asking, policies, tickets, conversations, the audit."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.audit import log as audit_log
from bot.audit.chain import Whole, verify
from bot.commands.ask import ask
from bot.conversations import repository
from bot.conversations.models import Conversation
from bot.models import Staff
from tests.integration.api_support import Api, api, refused
from tests.integration.console_support import customer, wrote
from tests.support import HeldClock

QUESTIONS = (
    "do you sell my data?",
    "wot data do u hold on me",
    "can I speak to a person",
    "how long do you keep call recordings?",
    "hello",
    "",
)


async def reference_of(desk: Api, ident: int) -> str:
    found = await desk.get(f"/conversations/{ident}")
    return str(found.json["tickets"][0])


async def test_asking_answers_like_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """POST /ask gives field for field what `ask --jsonl` gives: two ways to the same answer don't drift apart."""
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("bot.commands.ask.utc_now", HeldClock())
    lines = [{"text": text} for text in QUESTIONS] + [{"text": QUESTIONS[0], "as_of": "2010-01-01", "policy": "iomart"}]
    given = "".join(json.dumps(line) + "\n" for line in lines)
    said = [json.loads(line) for line in CliRunner().invoke(ask, ["--jsonl"], input=given).stdout.splitlines()]
    async with api(tmp_path, public_url="http://127.0.0.1:8080") as desk:
        for line, expected in zip(lines, said, strict=True):
            answer = await desk.post("/ask", line)
            assert (answer.status, answer.json) == (200, expected)
    assert said[0]["passages"][0]["id"] == "3.2"


async def test_asking_for_an_unknown_policy_is_refused(tmp_path: Path) -> None:
    """The refusal names the policies that there are."""
    async with api(tmp_path) as desk:
        text = refused(await desk.post("/ask", {"text": "hi", "policy": "other"}), 422, "unknown_policy")
        assert "iomart" in text


async def test_policies_are_listed_and_read_clause_by_clause(tmp_path: Path) -> None:
    """The list names each version with its page; a version comes with every clause verbatim."""
    async with api(tmp_path) as desk:
        listed = await desk.get("/policies")
        entry = next(each for each in listed.json["items"] if each["key"] == "iomart")
        assert entry["in_force"] in [version["effective"] for version in entry["versions"]]
        version = await desk.get("/policies/iomart/2007-12-15")
        clauses = {clause["id"]: clause for clause in version.json["clauses"]}
        assert version.json["dated"] == "seen"
        assert "We will not sell" in clauses["3.2"]["text"]
        assert clauses["3.2"]["url"].endswith("/policy/iomart/2007-12-15#3.2")
        refused(await desk.get("/policies/iomart/2001-01-01"), 404, "not_found")
        refused(await desk.get("/policies/iomart/yesterday"), 404, "not_found")
        refused(await desk.get("/policies/other/2007-12-15"), 404, "not_found")


async def test_tickets_are_listed_newest_first_and_page_by_page(tmp_path: Path) -> None:
    """Following `after` yields every ticket once; state and kind narrow the list; the look is audited."""
    async with api(tmp_path) as desk:
        for number in range(55):
            await desk.talk(kind="erasure" if number % 5 else "access", address=f"+4477009{number:05}")
        first = await desk.get("/tickets")
        second = await desk.get(f"/tickets?after={first.json['after']}")
        assert second.json["after"] is None
        found = [ticket["conversation_id"] for ticket in first.json["items"] + second.json["items"]]
        assert len(first.json["items"]) == 50
        assert found == sorted(set(found), reverse=True)
        assert len(found) == 55
        narrowed = await desk.get("/tickets?kind=access&state=received")
        assert {ticket["kind"] for ticket in narrowed.json["items"]} == {"access"}
        assert len(narrowed.json["items"]) == 11
        assert (await desk.get("/tickets?state=closed")).json == {"items": [], "after": None}
        entries = await desk.audit("tickets.listed")
        assert [len(json.loads(entry.data)["conversations"]) for entry in entries] == [50, 5, 11, 0]
        assert entries[0].actor == "staff:1"


async def test_a_ticket_is_read_moved_and_given_away(tmp_path: Path) -> None:
    """Reading shows the clock and what may be done; moving and assigning answer with how it stands then."""
    async with api(tmp_path) as desk:
        reference = await reference_of(desk, await desk.talk(kind="objection"))
        ticket = await desk.get(f"/tickets/{reference.lower().replace('-', '')}")
        assert ticket.json["reference"] == reference
        assert ticket.json["due_on"] == "2026-12-21"
        assert ticket.json["trace"]
        assert "answer" in ticket.json["possible"]
        given = await desk.post(f"/tickets/{reference}/assignee", {"email": "LENA@iomart.com"})
        assert given.json["assignee"] == {"id": 2, "name": "Lena Okafor"}
        back = await desk.post(f"/tickets/{reference}/assignee", {"email": None})
        assert (back.json["assignee"], back.json["state"]) == (None, "received")
        refused(await desk.post(f"/tickets/{reference}/assignee", {"email": "x@y.example"}), 422, "unknown_account")
        text = refused(await desk.post(f"/tickets/{reference}/events", {"event": "answer"}), 409, "not_allowed")
        assert "give the reason why there is no reasonable doubt" in text
        body = {"event": "answer", "reason": "they wrote from the address that we hold"}
        answered = await desk.post(f"/tickets/{reference}/events", body)
        assert (answered.json["state"], answered.json["assignee"]["name"]) == ("answered", "Sam Reid")
        assert (await desk.post(f"/tickets/{reference}/events", {"event": "close"})).json["closed_at"]
        text = refused(await desk.post(f"/tickets/{reference}/events", {"event": "close"}), 409, "not_allowed")
        assert "it has ended already" in text
        assert (await desk.audit("ticket.read"))[0].subject == f"ticket:{reference}"
        assert (await desk.audit("ticket.closed"))[0].actor == "staff:1"


async def test_a_step_tells_the_customer_unless_told_otherwise(tmp_path: Path) -> None:
    """A question goes out in its words and stops the clock; a refusal is for a lead, with a reason that is told."""
    async with api(tmp_path) as desk:
        reference = await reference_of(desk, await desk.talk())
        path = f"/tickets/{reference}/events"
        text = refused(await desk.post(path, {"event": "ask"}), 422, "invalid")
        assert "write the question" in text
        asked = await desk.post(path, {"event": "ask", "words": "Which of your two accounts?"})
        assert (asked.json["state"], asked.json["due_on"]) == ("awaiting_clarification", None)
        assert [each["type"] for each in asked.json["events"]] == ["received", "clarification_requested"]
        refused(await desk.post(path, {"event": "refuse", "reason": "The fifth copy."}), 409, "not_allowed")
        told = await desk.call("POST", path, {"event": "refuse", "reason": "It is the fifth copy."}, role="lead")
        assert (told.json["state"], told.json["certainty"]) == ("refused", "received")
        back = await desk.post(path, {"event": "reopen", "tell": False})
        assert (back.json["state"], back.json["closed_at"]) == ("received", None)
        lines = (await desk.get("/conversations/1")).json["lines"]
        out = [line["text"] for line in lines if line["direction"] == "out"]
        assert len(out) == 2
        assert "Which of your two accounts?" in out[0]
        assert "It is the fifth copy." in out[1]
        for body in ({"event": "deliver"}, {"event": "merge"}, {"event": "ask", "words": "x" * 2_001}):
            refused(await desk.post(path, body), 422, "invalid")


async def test_conversations_are_listed_newest_first_and_page_by_page(tmp_path: Path) -> None:
    """Following `after` yields every conversation once; channel and state narrow the list."""
    async with api(tmp_path) as desk:
        for number in range(52):
            await desk.talk(kind="", address=f"+4477009{number:05}", channel="memory" if number else "sms")
            desk.console.clock.move(seconds=1)
        first = await desk.get("/conversations")
        second = await desk.get(f"/conversations?after={first.json['after']}")
        assert [each["id"] for each in first.json["items"] + second.json["items"]] == list(range(52, 0, -1))
        assert second.json["after"] is None
        assert [each["id"] for each in (await desk.get("/conversations?channel=sms")).json["items"]] == [1]
        assert (await desk.get("/conversations?state=closed")).json["items"] == []
        assert len(await desk.audit("conversations.listed")) == 4


async def test_a_conversation_is_read_and_the_look_is_audited(tmp_path: Path) -> None:
    """The transcript holds notes and lines in order; who looked and when is in the audit before it leaves."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        await desk.post(f"/conversations/{ident}/notes", {"text": "call back"})
        found = await desk.get(f"/conversations/{ident}", role="lead")
        assert [(line["author"], line["text"]) for line in found.json["lines"]] == [
            ("you", "wot data do u hold on me"),
            ("staff", "call back"),
        ]
        assert found.json["lines"][1]["seq"] is None
        assert found.json["lines"][1]["staff"] == {"id": 1, "name": "Sam Reid"}
        assert found.json["conversation"]["last_seq"] == 1
        assert found.json["earlier"] is None
        (entry,) = await desk.audit("conversation.read")
        assert (entry.actor, entry.subject) == ("staff:2", f"conversation:{ident}")
        assert json.loads(entry.data) == {"lines": 2, "token": 2, "reason": "program"}
        refused(await desk.get("/conversations/999"), 404, "not_found")
        refused(await desk.get("/conversations/x"), 404, "not_found")
        refused(await desk.get(f"/conversations/{'9' * 40}"), 404, "not_found")


async def test_a_long_transcript_comes_in_pages(tmp_path: Path) -> None:
    """Following `earlier` yields every line once, back to the first."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        await desk.says(ident, *(f"line {number}" for number in range(120)))
        newest = await desk.get(f"/conversations/{ident}")
        oldest = await desk.get(f"/conversations/{ident}?before={newest.json['earlier']}")
        assert oldest.json["earlier"] is None
        assert [line["seq"] for line in oldest.json["lines"] + newest.json["lines"]] == list(range(1, 122))


async def test_taking_over_giving_back_and_closing(tmp_path: Path) -> None:
    """Each answers with the conversation as it stands then, is audited under its name, and takes an empty body."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        taken = await desk.post(f"/conversations/{ident}/take-over", role="lead")
        assert (taken.json["owner"], taken.json["assignee"]) == ("human", {"id": 2, "name": "Lena Okafor"})
        given = await desk.post(f"/conversations/{ident}/give-back", {})
        assert (given.json["owner"], given.json["assignee"]) == ("bot", None)
        assert (await desk.post(f"/conversations/{ident}/close")).json["state"] == "closed"
        assert (await desk.audit("conversation.taken_over"))[0].actor == "staff:2"
        assert (await desk.audit("conversation.closed"))[0].actor == "staff:1"
        refused(await desk.post("/conversations/999/close"), 404, "not_found")


async def test_the_audit_is_for_admins_and_goes_on_by_number(tmp_path: Path) -> None:
    """Admins read every entry once, oldest first, enough to check the chain; others are told whom to ask."""
    async with api(tmp_path) as desk:

        def many(session: Session) -> None:
            now = desk.console.clock.at
            for number in range(230):
                audit_log.append(session, actor="system", action="test", subject="desk", data={"n": number}, now=now)

        await desk.console.write(many)
        assert "admin" in refused(await desk.get("/audit", role="lead"), 403, "forbidden")
        first = await desk.get("/audit", role="admin")
        second = await desk.get(f"/audit?after={first.json['after']}", role="admin")
        found = first.json["items"] + second.json["items"]
        assert second.json["after"] is None
        assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
        assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(found))
        whole = await desk.console.read(lambda session: verify(audit_log.rows(session)))
        assert isinstance(whole, Whole)
        assert (whole.count, whole.head) == (len(found), found[-1]["hash"])


async def test_a_role_that_changed_counts_at_once(tmp_path: Path) -> None:
    """A token has the role that its holder has now."""
    async with api(tmp_path) as desk:
        await desk.console.write(lambda session: session.execute(update(Staff).values(role="agent")))
        refused(await desk.get("/audit", role="admin"), 403, "forbidden")


async def test_a_transcript_comes_with_the_evidence(tmp_path: Path) -> None:
    """What is known of a sender is handed out as it was kept, with what speaks against them."""
    kept = {"authentication-results": "mx; spf=fail", "why_silent": "They opted out of messages here."}
    async with api(tmp_path) as desk:

        def mail(session: Session) -> int:
            talk = customer(session, desk.console.clock.at, channel="mail", address="jo@example.net")
            wrote(session, talk, "Send me my data", desk.console.clock.at, evidence=kept)
            return talk.id

        found = await desk.get(f"/conversations/{await desk.console.write(mail)}")
        (line,) = found.json["lines"]
        assert line["evidence"] == kept
        assert line["warnings"] == ["SPF failed: perhaps not from this sender"]


async def test_a_transcript_says_whether_an_answer_helped(tmp_path: Path) -> None:
    """What the customer said of it, and null where they said nothing."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()

        def judged(session: Session) -> None:
            talk = session.get_one(Conversation, ident)
            for helpful in (True, False):
                line = repository.add_line(
                    session, talk, desk.console.clock.at, direction="out", author="bot", text="So it is."
                )
                line.helpful = helpful

        await desk.console.write(judged)
        found = await desk.get(f"/conversations/{ident}")
        assert [line["helpful"] for line in found.json["lines"]] == [None, True, False]
