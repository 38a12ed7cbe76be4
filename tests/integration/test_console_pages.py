"""The queue and the conversation over real HTTP: what is shown, what is done, what is refused."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.conversations import repository
from bot.conversations.models import Conversation, Message
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket
from tests.integration.console_day import day_at_the_desk
from tests.integration.console_support import (
    Console,
    csrf_of,
    customer,
    http,
    request,
    signed_in,
    wrote,
)

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


class Markup(HTMLParser):
    """Collects what our pages never have: handlers and styles in attributes, inline scripts, foreign addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            foreign = name in ("src", "href", "action") and not (value or "").startswith(("/", "?", "#"))
            if name.startswith("on") or name == "style" or foreign:
                self.bad.append((tag, name, value))
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.bad.append((tag, "inline", None))


async def page(desk: Console, browser: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with browser.get(desk.url + path) as response:
        text = await response.text()
        assert response.status == status, text[:300]
        return text


async def post(desk: Console, browser: aiohttp.ClientSession, path: str, status: int = 200, **form: str) -> str:
    form["csrf"] = csrf_of(await page(desk, browser, "/console/"))
    async with browser.post(desk.url + path, data=form) as response:
        text = await response.text()
        assert response.status == status, text[:300]
        return text


def counts(text: str) -> dict[str, str]:
    found = re.findall(
        r'href="/console/\?view=(\w+)"[^>]*>\s*<span>[^<]*</span>\s*<span class="count[^"]*">([^<]*)<', text
    )
    return dict(found)


async def test_an_empty_desk_says_what_to_do(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Every view of an empty desk has a sentence of its own."""
    assert "Nobody has written yet" in await page(desk, browser, "/console/")
    for view in counts(await page(desk, browser, "/console/")):
        assert 'class="empty"' in await page(desk, browser, f"/console/?view={view}")


async def test_views_hold_what_their_names_say(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A day's customers land in the right views, with counts, and the first view shown has something in it."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    text = await page(desk, browser, "/console/")
    assert counts(text) == {
        "mine": "1", "unassigned": "4", "due": "1", "overdue": "1", "waiting": "1", "rights": "4", "breaches": "1",
        "undelivered": "2", "unanswered": "6", "all": "8", "release": "0",
    }  # fmt: skip
    assert "Mine</h1>" in text
    wanted = {
        "overdue": "overdue",
        "breaches": "breach",
        "waiting": "due",
        "undelivered": "undelivered",
        "mine": "access",
    }
    for view, about in wanted.items():
        shown = await page(desk, browser, f"/console/?view={view}")
        assert re.findall(r'data-id="(\d+)', shown) == [str(made[about])], view
    assert "10,000 nested parts" in await page(desk, browser, "/console/?view=undelivered")


async def test_filters_narrow_a_view(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Channel, kind and state narrow; an unknown value narrows nothing."""
    await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))

    async def many(query: str) -> int:
        return (await page(desk, browser, f"/console/?{query}")).count('<li class="row')

    assert await many("view=all&channel=mail") == 3
    assert await many("view=rights&kind=erasure") == 1
    assert await many("view=all&state=closed") == 0
    assert await many("view=all&channel=pigeon") == 8


async def test_pages_go_on_without_gap_or_repeat(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Keyset paging shows each of 120 conversations once, newest first, even those of one moment."""

    def many(session: Any) -> None:
        for number in range(120):
            talk = customer(session, desk.clock.at, address=f"+4477009{number:05d}")
            wrote(session, talk, f"message {number}", desk.clock.at)
            request(session, talk, "access", "x", desk.clock.at)

    await desk.write(many)
    for view in ("all", "rights"):
        seen: list[str] = []
        path = f"/console/?view={view}"
        while path:
            text = await page(desk, browser, path)
            seen += re.findall(r'data-id="(\d+)', text)
            more = re.search(r'class="button" href="(/console/\?[^"]+)">Further on', text)
            path = more[1].replace("&amp;", "&") if more else ""
        assert sorted(map(int, seen)) == list(range(1, 121))


async def test_words_of_customers_never_become_markup(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Text, name, subject, quoted mail, file name, handover reason and search are all shown as they were written."""

    def nasty(session: Any) -> int:
        talk = customer(session, desk.clock.at, channel="mail", address="a@example.com", name=NASTY, subject=NASTY)
        line = wrote(session, talk, NASTY, desk.clock.at, subject=NASTY + "2", quoted=NASTY, intent=NASTY[:30])
        talk.handover_reason, talk.owner, talk.last_topic = NASTY[:190], "human", NASTY[:100]
        session.add(
            AttachmentFile(message_id=line, name=NASTY, content_type=NASTY[:50], size=3, digest="", content=b"abc")
        )
        request(session, talk, "access", NASTY, desk.clock.at)
        repository.add_line(session, talk, desk.clock.at, direction="out", author="bot", text=NASTY, citations=[
            {"id": NASTY, "url": "javascript:alert(1)", "text": NASTY + "3", "label": NASTY,
             "policy": "iomart", "effective": "2007-12-15"}
        ])  # fmt: skip
        return talk.id

    talk = await desk.write(nasty)
    for path in (f"/console/conversations/{talk}?view=all", f"/console/search?q={NASTY[:60]}", "/console/?view=all"):
        text = await page(desk, browser, path)
        assert "<script>alert" not in text
        assert "javascript:" not in text
        assert "{{7*7}}" in text or "search" in path
        markup = Markup()
        markup.feed(text)
        assert not markup.bad, path


async def test_a_reply_goes_out_on_the_customers_channel(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Replying queues the delivery, takes the conversation over, marks the ticket and is audited."""

    def begin(session: Any) -> tuple[int, int]:
        talk = customer(session, desk.clock.at, channel="memory", address="ana")
        wrote(session, talk, "what do you hold on me", desk.clock.at)
        return talk.id, request(session, talk, "human", "what do you hold on me", desk.clock.at)

    talk, ticket = await desk.write(begin)
    text = await post(
        desk, browser, f"/console/conversations/{talk}/say", seen="1", mode="reply", text="We hold your name.",
        then=f"answer:{ticket}", view="all",
    )  # fmt: skip
    assert "Your reply is on its way." in text
    assert "You have this conversation" in text
    row = await desk.read(lambda s: s.scalars(select(Outbox).where(Outbox.conversation_id == talk)).one())
    assert (row.channel, row.recipient, row.payload["text"]) == ("memory", "ana", "We hold your name.")
    found = await desk.read(lambda s: s.get(Ticket, ticket))
    assert (found.state, found.assignee_id) == ("answered", 1)
    actions = await desk.read(lambda s: list(s.scalars(select(AuditEntry.action).where(AuditEntry.actor == "staff:1"))))
    assert {"conversation.taken_over", "conversation.replied", "ticket.answered"} <= set(actions)


async def test_a_channel_of_another_package_is_named_where_it_has_no_picture(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Who works with it reads in the list and above the conversation how they came; ours show it by their picture."""

    def begin(session: Any) -> int:
        wrote(session, customer(session, desk.clock.at, channel="sms", address="+447700900123"), "hi", desk.clock.at)
        talk = customer(session, desk.clock.at, channel="night_pager", address="u-7")
        wrote(session, talk, "hello", desk.clock.at)
        return talk.id

    talk = await desk.write(begin)
    async with browser.get(f"{desk.url}/console/conversations/{talk}?view=all") as answer:
        text = await answer.text()
    assert text.count("<span>Night pager</span></span>") == 3
    assert '<span class="unseen">Text</span>' in text


async def test_a_stale_reply_comes_back_with_what_came_meanwhile(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The typed text is kept, the new line is shown, nothing is sent; sending again then works."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at, channel="memory", address="ana").id)
    await desk.write(lambda s: wrote(s, s.get(Conversation, talk), "first", desk.clock.at))
    await desk.write(lambda s: wrote(s, s.get(Conversation, talk), "and another thing", desk.clock.at))
    path = f"/console/conversations/{talk}/say"
    text = await post(desk, browser, path, 409, seen="1", mode="reply", text="My careful <answer>", view="all")
    assert "The customer wrote while you were writing" in text
    assert "and another thing" in text
    assert "My careful &lt;answer&gt;</textarea>" in text
    assert 'name="seen" value="2"' in text
    assert not await desk.read(lambda s: s.scalars(select(Outbox)).all())
    assert "on its way" in await post(desk, browser, path, seen="2", mode="reply", text="My careful <answer>")


async def test_an_empty_reply_and_a_huge_one_say_why(desk: Console, browser: aiohttp.ClientSession) -> None:
    """What can't be sent is said in a sentence, beside what was typed."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    path = f"/console/conversations/{talk}/say"
    assert "write something first" in await post(desk, browser, path, 422, seen="0", mode="reply", text="  ")
    assert "shorten it" in await post(desk, browser, path, 422, seen="0", mode="reply", text="x" * 20_001)


async def test_a_note_stays_inside(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A note is shown on its own ground and never queued for the customer."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    text = await post(desk, browser, f"/console/conversations/{talk}/say", mode="note", text="check the archive")
    assert 'class="said note' in text
    assert "not seen by the customer" in text
    assert not await desk.read(lambda s: s.scalars(select(Outbox)).all())


async def test_a_note_of_the_desk_is_no_colleagues(desk: Console, browser: aiohttp.ClientSession) -> None:
    """What the desk itself notes is not laid to somebody who works there."""

    def noted(session: Any) -> int:
        talk = customer(session, desk.clock.at)
        repository.add_line(session, talk, desk.clock.at, direction="note", author="system", text="asked again")
        return talk.id

    talk = await desk.write(noted)
    text = await page(desk, browser, f"/console/conversations/{talk}")
    assert "<b>The desk</b> noted, not seen by the customer" in text


async def test_ownership_moves_and_closing_can_be_undone(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Take over, assign, give back, close and undo, each said in the phrase for it."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    base = f"/console/conversations/{talk}"
    assert "The bot is answering" in await page(desk, browser, base)
    assert "You have this conversation" in await post(desk, browser, f"{base}/take")
    assert "Lena has this conversation" in await post(desk, browser, f"{base}/assign", to="2")
    assert "The bot is answering" in await post(desk, browser, f"{base}/give-back")
    closed = await post(desk, browser, f"{base}/close")
    assert "This conversation is closed" in closed
    assert f'formaction="{base}/reopen"' in closed
    assert "The bot is answering" in await post(desk, browser, f"{base}/reopen")
    assert "no such colleague" in await post(desk, browser, f"{base}/assign", 404, to="99")


async def test_a_suspected_request_is_confirmed_or_dismissed_by_a_person(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Dismissing closes the ticket under the person's name and can be taken back."""

    def begin(session: Any) -> tuple[int, int]:
        talk = customer(session, desk.clock.at)
        ids = [
            request(session, talk, kind, "?", desk.clock.at, certainty="suspected") for kind in ("access", "objection")
        ]
        return ids[0], ids[1]

    one, two = await desk.write(begin)
    await post(desk, browser, f"/console/tickets/{one}/move", event="confirm")
    assert "Dismissed as no request" in await post(desk, browser, f"/console/tickets/{two}/move", event="dismiss")
    found = await desk.read(lambda s: [t.state for t in s.scalars(select(Ticket).order_by(Ticket.id))])
    assert found == ["received", "not_request"]
    await post(desk, browser, f"/console/tickets/{two}/move", event="restore")
    assert "not possible while" in await post(desk, browser, f"/console/tickets/{two}/move", 409, event="confirm")
    await post(desk, browser, f"/console/tickets/{two}/move", 404, event="explode")


async def test_staff_open_a_ticket_the_bot_missed(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The ticket counts from the customer's last message; without words it is not opened."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    path = f"/console/conversations/{talk}/tickets"
    assert "in their own words" in await post(desk, browser, path, 409, kind="erasure", summary=" ")
    assert "choose a kind" in await post(desk, browser, path, 409, kind="cake", summary="x")
    text = await post(desk, browser, path, kind="erasure", summary="forget me")
    assert "Erasure request" in text
    assert "Monday 21 December 2026" in text


async def test_a_reply_settles_only_tickets_of_its_own_conversation(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """A forged ticket number in the form changes nothing and sends nothing."""

    def begin(session: Any) -> tuple[int, int]:
        talk = customer(session, desk.clock.at)
        other = customer(session, desk.clock.at, address="+447700900999")
        return talk.id, request(session, other, "access", "x", desk.clock.at)

    talk, ticket = await desk.write(begin)
    path = f"/console/conversations/{talk}/say"
    await post(desk, browser, path, 404, seen="0", mode="reply", text="hello", then=f"close:{ticket}")
    assert not await desk.read(lambda s: s.scalars(select(Outbox)).all())


async def test_abusive_words_are_covered_until_they_are_clicked(desk: Console, browser: aiohttp.ClientSession) -> None:
    """In the conversation, the queue and the request; below stands what was written, folded. Ours are never covered."""
    asks = "You idiots, send me all my data"

    def begin(session: Any) -> int:
        talk = customer(session, desk.clock.at)
        wrote(session, talk, asks, desk.clock.at)
        request(session, talk, "access", asks, desk.clock.at)
        repository.add_line(session, talk, desk.clock.at, direction="note", author="staff", text="No idiots here")
        return talk.id

    talk = await desk.write(begin)
    text = await page(desk, browser, f"/console/conversations/{talk}")
    assert '<div class="text" dir="auto">You •••, send me all my data</div>' in text
    folded = re.search(r"<details class=\"quoted covered\">(.*?)</details>", text, re.DOTALL)
    assert folded
    assert asks in folded[1]
    assert asks not in text.replace(folded[0], "")
    assert "No idiots here" in text
    queue = await page(desk, browser, "/console/")
    assert asks not in queue


async def test_clauses_are_found_and_quoted_as_citations(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The search finds by number and words; what is still quoted word for word is kept as a citation."""
    async with browser.get(f"{desk.url}/console/clauses?q=3.2&site=iomart") as response:
        clause = (await response.json())["clauses"][0]
    assert clause["id"] == "3.2"
    async with browser.get(f"{desk.url}/console/clauses?q=do+you+sell+my+details") as response:
        assert "3.2" in [each["id"] for each in (await response.json())["clauses"]]
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    text = f"Our policy says: “{clause['text']}”"
    await post(
        desk, browser, f"/console/conversations/{talk}/say", seen="0", mode="reply", text=text, quotes="3.2 5 9.9"
    )
    line = await desk.read(lambda s: s.scalars(select(Message)).one())
    assert [cite["id"] for cite in line.citations] == ["3.2"]


async def test_segments_are_counted_by_the_code_that_sends(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Curly quotes are straightened before counting; an emoji makes it UCS-2."""
    token = csrf_of(await page(desk, browser, "/console/"))
    for text, wanted in (
        ("It\u2019s \u201cfine\u201d", ("GSM-7", 1)),
        ("x" * 161, ("GSM-7", 2)),
        ("😀" * 36, ("UCS-2", 2)),
    ):
        async with browser.post(
            f"{desk.url}/console/segments", data={"text": text}, headers={"X-Desk-Csrf": token}
        ) as response:
            found = await response.json()
        assert (found["encoding"], found["count"]) == wanted


@pytest.mark.parametrize(
    ("kind", "sent_as"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html; charset=utf-8", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("x\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("image/png", "image/png"),
        ("Application/PDF", "application/pdf"),
    ],
)
async def test_files_are_downloads_only(desk: Console, browser: aiohttp.ClientSession, kind: str, sent_as: str) -> None:
    """Whatever a customer sends, the browser saves it and never shows it; the download is audited."""

    def begin(session: Any) -> int:
        talk = customer(session, desk.clock.at)
        file = AttachmentFile(
            message_id=wrote(session, talk, "see file", desk.clock.at),
            name='a"b\r\nX: y.html', content_type=kind, size=3,
            digest="", content=b"<b>",
        )  # fmt: skip
        session.add(file)
        session.flush()
        return file.id

    ident = await desk.write(begin)
    async with browser.get(f"{desk.url}/console/attachments/{ident}") as response:
        assert await response.read() == b"<b>"
        assert response.headers["Content-Type"] == sent_as
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("sandbox")
        assert "X" not in response.headers
    looks = select(AuditEntry.data).where(AuditEntry.action == "attachment.downloaded")
    assert [json.loads(each)["reason"] for each in await desk.read(lambda s: list(s.scalars(looks)))] == [
        "conversation"
    ]


async def test_what_could_not_be_read_is_shown_and_can_be_had_raw(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """An undecodable message says so, and its bytes come back exactly."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    text = await page(desk, browser, f"/console/conversations/{made['odd']}")
    assert "could not be read" in text
    raw = re.search(r"/console/raw/\d+", text)
    assert raw
    async with browser.get(desk.url + raw[0]) as response:
        assert await response.read() == b"\xff\x00Body="
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_an_undelivered_message_is_sent_once_more(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The reason is shown in words; retrying queues the same row again."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    text = await page(desk, browser, f"/console/conversations/{made['undelivered']}?view=undelivered")
    assert "Not delivered: the phone was off or out of reach" in text
    path = re.search(r"/console/deliveries/\d+/retry", text)
    assert path
    assert "being sent once more" in await post(desk, browser, path[0], view="undelivered")


async def test_search_finds_by_reference_address_name_and_words(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A reference in any spelling opens its request; the rest lists what fits; nothing says what to try."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    reference = await desk.read(lambda s: s.scalar(select(Ticket.reference).where(Ticket.kind == "breach")))
    async with browser.get(f"{desk.url}/console/search?q={reference.lower().replace('-', ' ')}") as response:
        assert response.url.path == f"/console/tickets/{reference}"
    text = await page(desk, browser, f"/console/conversations/{made['breach']}")
    assert f'<a class="mono" href="/console/tickets/{reference}?' in text, "the conversation's head leads there too"
    for asked, about in (
        (reference[:8], "breach"),
        ("07700900321", "access"),
        ("m.ellis@", "due"),
        ("margaret", "due"),
        ("call recordings", "silent"),
        ("RECHNUNG", "breach"),
    ):
        text = await page(desk, browser, f"/console/search?q={asked}")
        assert re.findall(r'data-id="(\d+)', text) == [str(made[about])], asked
    assert "Nothing fits" in await page(desk, browser, "/console/search?q=%25")
    assert "Nothing fits" in await page(desk, browser, "/console/search?q=xyzzyxyzzy")
    query = select(AuditEntry).where(AuditEntry.action == "conversations.listed").order_by(AuditEntry.seq)
    looks = await desk.read(lambda s: s.scalars(query).all())
    found = [json.loads(each.data) for each in looks]
    assert {(each.actor, data["reason"]) for each, data in zip(looks, found, strict=True)} == {("staff:1", "search")}
    assert (bool(found[0]["conversations"]), found[-1]["conversations"]) == (True, [])
    assert "xyzzy" not in str(found), "never what was searched for"


async def test_an_answer_can_be_judged(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Staff say whether the bot was right; the page keeps what they said."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    text = await page(desk, browser, f"/console/conversations/{made['question']}")
    path = re.search(r"/console/messages/\d+/judge", text)
    assert path
    assert "Judged wrong" in await post(desk, browser, path[0], verdict="wrong")
    await post(desk, browser, path[0], 404, verdict="perhaps")


async def test_what_the_customer_says_of_an_answer_stands_beside_it(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Nothing where they said nothing; else that it helped, or did not."""
    made = await desk.write(lambda s: day_at_the_desk(s, desk.clock.at, desk.desk))
    path = f"/console/conversations/{made['question']}"
    assert "says the customer" not in await page(desk, browser, path)
    for helpful, words in ((True, "It helped, says the customer"), (False, "It did not help, says the customer")):
        theirs = (Message.conversation_id == made["question"], Message.author == "bot")
        await desk.write(lambda s, to=helpful, of=theirs: s.execute(update(Message).where(*of).values(helpful=to)))
        assert words in await page(desk, browser, path)


async def test_every_look_is_audited_but_not_the_pages_own(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Opening a conversation leaves who looked and when; live refreshes and failed looks leave nothing."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    await page(desk, browser, f"/console/conversations/{talk}")
    await page(desk, browser, "/console/conversations/99", 404)
    async with browser.get(f"{desk.url}/console/conversations/{talk}", headers={"X-Desk-Live": "1"}) as response:
        assert response.status == 200
    looks = select(AuditEntry.actor, AuditEntry.subject).where(AuditEntry.action == "conversation.read")
    assert await desk.read(lambda s: list(s.execute(looks))) == [("staff:1", f"conversation:{talk}")]


async def test_what_is_not_there_says_where_to_go(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Unknown numbers, and numbers that are none, are a page with a way back."""
    for path in ("conversations/99", "conversations/x", "attachments/99", "raw/99", f"conversations/{'9' * 30}"):
        assert "To the queue" in await page(desk, browser, f"/console/{path}", 404)


async def test_a_long_conversation_comes_in_pages(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The newest hundred lines first, the earlier ones a click away."""

    def begin(session: Any) -> int:
        talk = customer(session, desk.clock.at)
        for number in range(130):
            wrote(session, talk, f"line number {number}.", desk.clock.at)
        return talk.id

    talk = await desk.write(begin)
    text = await page(desk, browser, f"/console/conversations/{talk}")
    assert "line number 129." in text
    assert "line number 29." not in text
    before = re.search(r"before=(\d+)", text)
    assert before
    assert "line number 29." in await page(desk, browser, f"/console/conversations/{talk}?before={before[1]}")


async def test_refusals_at_the_door_are_counted_for_admins(desk: Console) -> None:
    """A refused webhook appears in words, with its number."""
    desk.desk.metrics.rejected.labels("sms", "bad_signature").inc(3)
    desk.desk.metrics.rejected.labels("mail", "mailbox").inc(2)
    async with http() as admin:
        await signed_in(desk, admin, "ada@iomart.com")
        text = await page(desk, admin, "/console/rejections")
    assert "the signature was wrong or missing" in text
    assert "<td>3</td>" in text
    assert "an address in our domains that is no mailbox here" in text


async def test_a_dead_delivery_can_be_downloaded(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A delivery without any conversation can be had raw all the same."""

    def begin(session: Any) -> int:
        row = Inbox(
            channel="mail", dedupe_key="k", sender="a@b", payload=b"raw", facts={},
            received_at=desk.clock.at, state="dead",
            attempts=5,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    ident = await desk.write(begin)
    async with browser.get(f"{desk.url}/console/raw/{ident}") as response:
        assert await response.read() == b"raw"
        assert ".eml" in response.headers["Content-Disposition"]


async def test_evidence_is_shown_with_its_warnings_and_the_reason_of_silence(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """What the relay found, in words and escaped; a failed check and a foreign domain stand out; silence says why."""
    found = {
        "authentication-results": f"mx; dmarc=fail header.from=evil.example; spf=pass {NASTY}",
        "peer": "192.0.2.7",
        "why_silent": "The sender asked for no automatic reply.",
    }

    def mail(session: Session) -> int:
        talk = customer(session, desk.clock.at, channel="mail", address="jo@example.net")
        wrote(session, talk, "Send me my data", desk.clock.at, evidence=found)
        wrote(session, talk, "And soon", desk.clock.at)
        return talk.id

    async with browser.get(f"{desk.url}/console/conversations/{await desk.write(mail)}") as response:
        text = await response.text()
    assert "DMARC failed: perhaps not from this sender" in text
    assert "Checked for evil.example, but the sender is at example.net" in text
    assert "Not answered: <bdi>The sender asked for no automatic reply.</bdi>" in text
    assert text.count("<summary>Evidence</summary>") == 1
    assert "<dd><bdi>192.0.2.7</bdi></dd>" in text
    assert "<script>alert" not in text
    markup = Markup()
    markup.feed(text)
    assert not markup.bad
