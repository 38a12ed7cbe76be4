"""A mail's whole way: real SMTP in, clause or ticket, relay out; who is let in, who is never answered."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.contacts.models import ContactAddress, ContactLink
from bot.conversations import identity, service
from bot.conversations.models import Conversation, Message
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket
from tests.fakes import decoders
from tests.integration.test_casework_steps import person
from tests.integration.whole_desk import ANN, OUR_MAILBOX, PUBLIC, Mail, World, letter, world
from tests.support import HeldClock, rows, settled, until

QUESTION = "Do you sell my data?"
EVE = "eve@elsewhere.example"


def bounce(
    of: str, recipient: str = ANN, *, action: str = "failed", status: str = "5.1.1", quote: bool = True
) -> bytes:
    """A delivery status notification as Postfix writes it, about our message with the id `of`."""
    returned = f"Message-ID: {of}\r\nFrom: info@iomart.com\r\nSubject: Re: My data\r\n" if quote else ""
    return (
        f"From: MAILER-DAEMON@mail.example.net (Mail Delivery System)\r\nTo: {OUR_MAILBOX}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} User unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    ).encode()


async def answered(outside: World, words: str = QUESTION, ident: str = "one@example.net") -> Mail:
    """Ann writes; the answer that she got."""
    answer = await outside.mailed(letter(words, ident=ident))
    assert answer is not None
    return answer


async def test_a_question_gets_the_clause_threaded_and_marked_as_automatic(tmp_path: Path) -> None:
    """The clause with its link, below the question in any mail program, and nothing answers it by machine."""
    async with world(tmp_path, channels="mail") as outside:
        mail = await outside.mailed(letter(QUESTION, In_Reply_To="<zero@example.net>", References="<zero@example.net>"))
        assert mail is not None
        assert "We will not sell, rent or share your personal information" in mail.text
        assert f"{PUBLIC}/policy/iomart/2007-12-15#3.2" in mail.text
        assert mail.text.startswith("Dear Ann Lee,")
        head = mail.message
        assert head["In-Reply-To"] == "<one@example.net>"
        assert head["References"].split() == ["<zero@example.net>", "<one@example.net>"]
        assert head["Subject"] == "Re: My data"
        assert head["Auto-Submitted"] == "auto-replied"
        assert head["X-Auto-Response-Suppress"] == "All"
        assert (mail.mail_from, mail.rcpt_to) == ("", ANN)
        assert mail.reply_address.startswith("info+1-")
        row = await outside.sent()
        assert f"<{row.rfc_message_id}>" == head["Message-ID"]


async def test_a_request_opens_a_ticket_and_a_staff_reply_is_no_automatic_mail(tmp_path: Path) -> None:
    """The date and reference by mail; then a person's own words, with a real envelope sender that threads."""
    async with world(tmp_path, channels="mail") as outside:
        mail = await answered(outside, "wot data do u hold on me")
        ticket = await outside.ticket()
        assert (ticket.kind, str(ticket.due_on)) == ("access", "2026-12-21")
        assert ticket.reference in mail.text
        assert "Monday 21 December 2026" in mail.text
        await outside.staff_reply("Hello Ann, Sam here.")
        person = outside.relay.mails[-1]
        assert "Hello Ann, Sam here." in person.text
        assert person.message["Auto-Submitted"] is None
        assert person.message["In-Reply-To"] == "<one@example.net>"
        assert person.mail_from == person.reply_address


@pytest.mark.parametrize("way", ["in_reply_to", "references", "address"])
async def test_a_reply_joins_its_conversation(tmp_path: Path, way: str) -> None:
    """By what it replies to, by any of its references, or by the signed address alone."""
    async with world(tmp_path, channels="mail") as outside:
        first = await answered(outside)
        ours = first.message["Message-ID"]
        headers = {
            "in_reply_to": {"In_Reply_To": ours},
            "references": {
                "References": f"<x@example.org> {ours} <lost@example.net>",
                "In_Reply_To": "<lost@example.net>",
            },
            "address": {},
        }[way]
        to = first.reply_address if way == "address" else OUR_MAILBOX
        assert await outside.mailed(letter("And do you use cookies?", ident="two@example.net", **headers), to=to)
        assert len(await outside.all(Conversation)) == 1
        assert [line.author for line in await outside.lines()] == ["you", "bot", "you", "bot"]


async def test_where_the_marks_of_a_reply_disagree_the_nearest_decides(tmp_path: Path) -> None:
    """What it replies to, then the newest reference that is ours, then the signed address, which may be an old one."""
    async with world(tmp_path, channels="mail") as outside:
        sent = [await outside.mailed(letter(QUESTION, ident=f"{number}@example.net")) for number in range(3)]
        one, two, three = [mail for mail in sent if mail is not None]
        marks = {
            1: {"In_Reply_To": one.message["Message-ID"], "References": two.message["Message-ID"]},
            2: {"References": f"{one.message['Message-ID']} {two.message['Message-ID']} <lost@example.net>"},
            3: {"References": "<lost@example.net>"},
        }
        for number, headers in marks.items():
            thanks = letter("Thank you.", ident=f"re{number}@example.net", **headers)
            await outside.mailed(thanks, to=three.reply_address)
            replies = [line for line in await outside.all(Message) if line.text == "Thank you."]
            assert [line.conversation_id for line in replies] == list(range(1, number + 1))


@pytest.mark.parametrize("way", ["message id", "forwarded address", "both", "reference number"])
async def test_a_stranger_is_not_let_in_and_staff_see_it(tmp_path: Path, way: str) -> None:
    """Whoever quotes Ann's mail, or got its reply address forwarded, gets no word of it; a person looks at theirs."""
    async with world(tmp_path, channels="mail") as outside:
        first = await answered(outside, "wot data do u hold on me")
        reference = (await outside.ticket()).reference
        sent = len(outside.relay.mails)
        headers = {"In_Reply_To": str(first.message["Message-ID"])} if way in ("message id", "both") else {}
        to = first.reply_address if way in ("forwarded address", "both") else OUR_MAILBOX
        words = (
            f"Any news on {reference}?" if way == "reference number" else "Please send it to me at this address now."
        )
        mail = letter(
            words, sender=f"Ann Lee <{EVE}>", ident="eve@elsewhere.example", subject=f"Re: {reference}", **headers
        )
        await outside.mailed(mail, mail_from=EVE, to=to)
        theirs = (await outside.all(Conversation))[1]
        assert theirs.address == EVE
        assert theirs.contact_id != (await outside.all(Conversation))[0].contact_id
        said = " ".join(answer.text for answer in outside.relay.mails[sent:] if answer.rcpt_to == EVE)
        assert "21 December" not in said
        if way == "reference number":
            assert "If there is a request with that reference" in said
        else:
            assert [line.author for line in await outside.lines(1)] == ["you", "bot"]
            assert said == ""
            assert theirs.owner == "human"
            assert "not theirs" in theirs.handover_reason


async def test_two_people_are_never_made_one_by_what_they_write(tmp_path: Path) -> None:
    """The same name, subject and words, one mail with the other's address in it: two people, two conversations, two
    requests, and each hears of their own.
    """
    async with world(tmp_path, channels="mail") as outside:
        mine = "wot data do u hold on me"
        hers = await outside.mailed(letter(mine, ident="one@example.net"))
        words = f"{mine}\n\nAnn Lee\n{ANN}\n"
        his = await outside.mailed(letter(words, sender=f"Ann Lee <{EVE}>", ident="two@example.net"), mail_from=EVE)
        assert hers is not None
        assert his is not None
        conversations = await outside.all(Conversation)
        assert [each.address for each in conversations] == [ANN, EVE]
        assert len({each.contact_id for each in conversations}) == 2
        assert await outside.all(ContactLink) == []
        one, two = await outside.all(Ticket)
        assert {one.contact_id, two.contact_id} == {each.contact_id for each in conversations}
        assert one.reference in hers.text
        assert two.reference in his.text
        assert one.reference not in his.text


async def test_a_reference_alone_asks_after_the_request(tmp_path: Path) -> None:
    """Within her own conversation Ann may send the bare reference: she is told how it stands, and by when."""
    async with world(tmp_path, channels="mail") as outside:
        first = await answered(outside, "wot data do u hold on me")
        reference = (await outside.ticket()).reference
        again = letter(f"{reference.lower()}??", ident="two@example.net", In_Reply_To=str(first.message["Message-ID"]))
        told = await outside.mailed(again)
        assert told is not None
        assert f"reference {reference}: we have it" in told.text


async def test_a_made_up_reply_address_is_refused(tmp_path: Path) -> None:
    """Without the right hash there is no such mailbox: 550, nothing stored."""
    async with world(tmp_path, channels="mail") as outside:
        await answered(outside)
        assert await outside.mail(letter("Let me in"), to="info+1-0123456789abcdef0123@iomart.com") == 550
        assert len(await outside.all(Inbox)) == 1


MACHINES = {
    "autoreply": {"Auto_Submitted": "auto-replied"},
    "generated": {"Auto_Submitted": "auto-generated (vacation)"},
    "list": {"List_Id": "<talk.example.net>"},
    "bulk": {"Precedence": "bulk"},
    "x-autoreply": {"X_Autoreply": "yes"},
    "x-loop": {"X_Loop": "info@iomart.com"},
    "null return path": {"Return_Path": "<>"},
}


async def test_machines_are_never_answered(tmp_path: Path) -> None:
    """Auto-replies, lists, bulk, an empty envelope, our own mail and mailer daemons: kept and shown, not answered."""
    async with world(tmp_path, channels="mail") as outside:
        for name, headers in MACHINES.items():
            sender = f"{name.replace(' ', '.')}@example.org"
            assert (
                await outside.mailed(letter(QUESTION, sender=sender, ident=f"{sender}", **headers), sender) is None
            ), name
        assert await outside.mailed(letter(QUESTION, ident="null@example.net"), mail_from="") is None
        assert await outside.mailed(letter(QUESTION, sender=OUR_MAILBOX, ident="own@iomart.com"), OUR_MAILBOX) is None
        daemon = "mailer-daemon@example.org"
        assert await outside.mailed(letter(QUESTION, sender=daemon, ident="daemon@example.org"), daemon) is None
        lines = await outside.all(Message)
        assert len(lines) == len(MACHINES) + 3
        assert all("never answered" in line.evidence["why_silent"] for line in lines)
        assert await outside.all(Outbox) == []
        assert await outside.all(Ticket) == []


async def test_a_machine_s_access_request_still_starts_the_clock(tmp_path: Path) -> None:
    """A request sent through a portal's no-reply address is a request: the ticket opens, no mail goes out."""
    async with world(tmp_path, channels="mail") as outside:
        portal = letter("Please send me a copy of all the data you hold about me.", Auto_Submitted="auto-generated")
        assert await outside.mailed(portal) is None
        assert (await outside.ticket()).kind == "access"


async def test_a_wish_for_no_acknowledgement_is_kept_and_the_request_too(tmp_path: Path) -> None:
    """X-Auto-Response-Suppress asks for silence and makes nobody a machine."""
    async with world(tmp_path, channels="mail") as outside:
        asked = letter("What data do you hold about me?", X_Auto_Response_Suppress="All")
        assert await outside.mailed(asked) is None
        assert (await outside.ticket()).kind == "access"


async def test_a_bounce_is_linked_marks_the_address_and_is_never_answered(tmp_path: Path) -> None:
    """5.1.1 about our answer: it failed, with words for staff; the address is bad; no line, no ticket, no mail."""
    async with world(tmp_path, channels="mail") as outside:
        first = await answered(outside)
        assert await outside.mailed(bounce(str(first.message["Message-ID"])), mail_from="") is None
        row = await outside.sent()
        assert (row.state, row.provider_state, row.code) == ("failed", "failed", "5.1.1")
        assert "could not be delivered" in row.error
        (address,) = await outside.all(ContactAddress)
        assert address.bad_since is not None
        assert len(await outside.all(Message)) == 2
        assert await outside.all(Ticket) == []


async def test_a_delay_is_no_failure(tmp_path: Path) -> None:
    """The message is still on its way and the address still good; the bounce that follows counts."""
    async with world(tmp_path, channels="mail") as outside:
        ours = str((await answered(outside)).message["Message-ID"])
        await outside.mailed(bounce(ours, action="delayed", status="4.4.1"), mail_from="")
        assert ((await outside.sent()).state, (await outside.sent()).provider_state) == ("sent", "delayed")
        (address,) = await outside.all(ContactAddress)
        assert address.bad_since is None
        await outside.mailed(bounce(ours), mail_from="")
        assert (await outside.sent()).state == "failed"


@pytest.mark.parametrize("ident", ["<outbox-1>", "<made-up@iomart.com>", ""])
async def test_a_forged_bounce_touches_nothing(tmp_path: Path, ident: str) -> None:
    """Anybody can write a bounce: one that names no message of ours fails none, marks nobody, and is shown to people.

    What it quotes opens no ticket.
    """
    async with world(tmp_path, channels="mail") as outside:
        await answered(outside)
        forged = bounce(ident, quote=bool(ident)).replace(
            b"could not be", b"What data do you hold about me? could not be"
        )
        assert await outside.mailed(forged, mail_from="") is None
        assert (await outside.sent()).state == "sent"
        assert all(address.bad_since is None for address in await outside.all(ContactAddress))
        (line,) = await outside.lines(2)
        assert "could not be delivered" in line.text
        assert "no message of ours" in line.evidence["why_silent"]
        assert await outside.all(Ticket) == []


async def test_a_bounce_to_the_reply_address_is_linked_though_it_quotes_nothing(tmp_path: Path) -> None:
    """A person's mail bounces to its signed envelope sender: the conversation's newest message is meant."""
    async with world(tmp_path, channels="mail") as outside:
        await answered(outside)
        await outside.staff_reply("Hello Ann")
        person = outside.relay.mails[-1]
        await outside.mailed(bounce("", quote=False), mail_from="", to=person.mail_from)
        assert [row.state for row in await outside.all(Outbox)] == ["sent", "failed"]


async def test_automatic_answers_end_after_five_in_an_hour(tmp_path: Path) -> None:
    """A loop that nothing marks: the sixth mail is kept and handed to a person; an hour later the bot speaks again."""
    async with world(tmp_path, channels="mail") as outside:
        for number in range(5):
            assert await outside.mailed(letter(QUESTION, ident=f"{number}@example.net")) is not None
        assert await outside.mailed(letter(QUESTION, ident="six@example.net")) is None
        sixth = (await outside.all(Conversation))[-1]
        assert sixth.owner == "human"
        assert "loop" in sixth.handover_reason
        assert await outside.mailed(letter(QUESTION, sender="bob@example.net", ident="bob@example.net")) is not None
        outside.clock.move(hours=1, minutes=1)
        assert await outside.mailed(letter(QUESTION, ident="later@example.net")) is not None


async def test_a_right_code_is_answered_whatever_went_before_in_the_hour(tmp_path: Path) -> None:
    """Five answers went out; the code that staff then ask for is no loop, and nobody is left without a word."""
    async with world(tmp_path, channels="mail") as outside:
        for number in range(4):
            assert await outside.mailed(letter(QUESTION, ident=f"{number}@example.net")) is not None
        first = await outside.mailed(letter("Please send me all the data you hold about me", ident="a@example.net"))
        assert first is not None
        agent, desk = await person(outside, "agent"), outside.desk.desk
        await desk.database.write(
            lambda s: identity.ask(
                s, 1, agent, outside.clock(), house=desk.house, site=desk.sites[0], reason="unknown_address",
                reasonable=True,
            )
        )  # fmt: skip
        await outside.settled()
        asks = outside.relay.mails[-1]
        code = re.findall(r"code is (\d{6})", asks.text)[0]
        reply = letter(code, ident="code@example.net", In_Reply_To=str(asks.message["Message-ID"]))
        answer = await outside.mailed(reply)
        assert answer is not None
        assert "this address is yours" in answer.text


async def test_no_address_of_our_own_is_ever_written_to(tmp_path: Path) -> None:
    """Two desks that write to each other end at once: our reply address as a sender is our own mail."""
    async with world(tmp_path, channels="mail") as outside:
        first = await answered(outside)
        own = letter(QUESTION, sender=first.reply_address, ident="loop@iomart.com")
        assert await outside.mailed(own, mail_from=first.reply_address) is None


WRONG = [
    (decoders.hangs, 1.0, "more than 1 s"),
    (decoders.refuses, 10.0, "ValueError"),
    (decoders.trips, 10.0, "LookupError while reading it"),
    (decoders.dies, 10.0, "died"),
]


@pytest.mark.parametrize(("decode", "limit", "reason"), WRONG)
async def test_what_cannot_be_read_is_kept_and_shown(tmp_path: Path, decode: object, limit: float, reason: str) -> None:
    """A decoder that hangs is killed at its limit, one that dies is replaced: the mail is kept, marked, and a person's.

    The next mail is read as ever.
    """
    async with world(tmp_path, channels="mail") as outside:
        await answered(outside)
        decoder, channel = outside.desk.decoder, outside.desk.desk.channels["mail"]
        real = channel.decode
        decoder._limit = limit
        channel.decode = decode  # type: ignore[method-assign, assignment]
        assert await outside.mailed(letter("Hello", sender="bob@example.org", ident="bob@example.org")) is None
        channel.decode = real  # type: ignore[method-assign]
        decoder._limit = 10.0
        line = (await outside.lines(2))[0]
        assert (line.state, line.author) == ("undecodable", "you")
        assert reason in line.evidence["undecodable"]
        stored = await rows(outside.desk, lambda session: session.get_one(Inbox, line.inbox_id))
        assert stored.state == "handled"
        assert b"Hello" in stored.payload
        bobs = (await outside.all(Conversation))[1]
        assert (bobs.address, bobs.owner) == ("bob@example.org", "human")
        assert await outside.mailed(letter(QUESTION, sender="cat@example.org", ident="cat@example.org")) is not None


def _nested(depth: int) -> bytes:
    head = f"From: Ann <{ANN}>\r\nMessage-ID: <nested@example.net>\r\nSubject: nested\r\nMIME-Version: 1.0\r\n"
    parts = [f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(depth)]
    return (head + "".join(parts) + "Content-Type: text/plain\r\n\r\nWhat data do you hold about me?\r\n").encode()


STRANGE = {
    "10,000 nested parts": _nested(10_000),
    "unknown charset": (
        f"From: {ANN}\r\nMessage-ID: <c@example.net>\r\nContent-Type: text/plain; charset=x-klingon\r\n\r\n"
        f"{QUESTION}\r\n"
    ).encode(),
    "broken MIME": (
        f"From: {ANN}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n{QUESTION}\r\n"
    ).encode(),
    "no Message-ID": f"From: {ANN}\r\nSubject: hi\r\n\r\n{QUESTION}\r\n".encode(),
    "no head at all": b"\r\nDo you sell my data?\r\n",
    "empty": b"",
    "NULs": f"From: {ANN}\r\nSubject: n\r\n\r\nDo you \0sell my data?\r\n".encode(),
    "right to left": f"From: {ANN}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nמה אתם שומרים\r\n".encode(),
}


@pytest.mark.parametrize("name", STRANGE)
async def test_strange_mail_is_accepted_kept_and_shown(tmp_path: Path, name: str) -> None:
    """Each is stored as it came, handled, and has its line; none is a dead letter."""
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mail(STRANGE[name]) == 250
        await outside.settled()
        (stored,) = await outside.all(Inbox)
        assert (stored.state, stored.error) == ("handled", "")
        assert stored.payload.rstrip(b"\r\n") == STRANGE[name].rstrip(b"\r\n")
        (line, *_) = await outside.lines()
        assert "\0" not in line.text


async def test_two_mails_without_a_message_id_are_two(tmp_path: Path) -> None:
    """The content tells them apart, and the same mail again is one."""
    async with world(tmp_path, channels="mail") as outside:
        for words in (QUESTION, "Do you use cookies?", QUESTION):
            assert await outside.mail(letter(words, ident="")) == 250
        await settled(outside.desk)
        assert len(await outside.all(Inbox)) == 2


async def test_a_mail_above_the_size_is_refused_with_552(tmp_path: Path) -> None:
    """Announced in EHLO, refused with 552, nothing stored."""
    async with world(tmp_path, channels="mail", smtp_max_bytes=20_000) as outside:
        assert await outside.mail(letter("x" * 60 + "\n" + "word " * 10_000)) == 552
        assert await outside.all(Inbox) == []


async def test_an_internal_note_is_never_sent(tmp_path: Path) -> None:
    """A note between a question and its answer stays inside."""
    async with world(tmp_path, channels="mail") as outside:
        await answered(outside)
        now, actor = outside.clock(), await outside.staff()
        await outside.desk.desk.database.write(
            lambda session: service.note(session, 1, actor, "Difficult customer", now)
        )
        await outside.staff_reply("Hello Ann")
        raw = b"".join(mail.message.as_bytes() for mail in outside.relay.mails)
        assert b"Difficult" not in raw


async def test_a_file_without_words_goes_to_a_person_with_the_file(tmp_path: Path) -> None:
    """An attachment alone: kept byte for byte, handed over."""
    async with world(tmp_path, channels="mail") as outside:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = ANN, OUR_MAILBOX, "<file@example.net>"
        mail.add_attachment(b"\x89PNG data", maintype="image", subtype="png", filename="id.png")
        await outside.mailed(mail)
        (file,) = await rows(outside.desk, lambda session: session.scalars(select(AttachmentFile)).all())
        assert (file.name, file.content) == ("id.png", b"\x89PNG data")
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"


async def test_a_relay_in_trouble_delays_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times "later": then the answer goes out, once, under the same Message-ID."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)
    async with world(tmp_path, channels="mail") as outside:
        outside.relay.refusals.extend(["451 4.3.0 later", "421 4.3.2 busy", "452 4.2.2 full"])
        assert await outside.mail(letter(QUESTION)) == 250
        await until(outside.desk, lambda: outside.relay.mails)
        await outside.settled()
        assert len(outside.relay.mails) == 1
        assert f"<{(await outside.sent()).rfc_message_id}>" == outside.relay.mails[0].message["Message-ID"]


async def test_what_a_relay_will_never_take_is_a_dead_letter(tmp_path: Path) -> None:
    """550: one attempt, shown to staff with the relay's own words."""
    async with world(tmp_path, channels="mail") as outside:
        outside.relay.refusals.append("550 5.7.1 not from you")
        assert await outside.mailed(letter(QUESTION)) is None
        row = await outside.sent()
        assert (row.state, row.attempts, row.code) == ("failed", 1, "5.7.1")
        assert "not from you" in row.error


async def test_a_mailbox_that_the_relay_refuses_is_shown_and_the_address_marked(tmp_path: Path) -> None:
    """550 at RCPT says at once what a bounce would say later: a dead letter, and an address that does not work."""
    async with world(tmp_path, channels="mail") as outside:
        outside.relay.unknown.add(ANN)
        assert await outside.mailed(letter(QUESTION)) is None
        row = await outside.sent()
        assert (row.state, row.attempts, row.code) == ("failed", 1, "5.1.1")
        (address,) = await outside.all(ContactAddress)
        assert "No such user" in address.bad_reason
        assert address.bad_since == outside.clock()


async def test_a_relay_that_is_down_or_unset_is_waited_for_over_a_restart(tmp_path: Path) -> None:
    """The answer waits with its reason, which names the setting; the next start with a relay sends it."""
    clock = HeldClock()
    for relay, reason in (("smtp://127.0.0.1:1", "can't be reached"), ("", "DESK_RELAY_URL")):
        async with world(tmp_path, clock, channels="mail", relay_url=relay) as outside:
            if reason == "can't be reached":
                await outside.mailed(letter(QUESTION))
            else:
                await until(outside.desk, lambda: _tells(outside, "DESK_RELAY_URL"))
            assert await _tells(outside, reason)
        clock.move(hours=1)
    async with world(tmp_path, clock, channels="mail") as outside:
        await until(outside.desk, lambda: outside.relay.mails)


async def _tells(outside: World, reason: str) -> bool:
    return reason in (await outside.sent()).error


async def test_a_slow_relay_holds_nobody_who_writes(tmp_path: Path) -> None:
    """While the relay takes its time mail is still taken and handled, and each is answered in the end."""
    async with world(tmp_path, channels="mail") as outside:
        outside.relay.delay = 0.2
        for number in range(10):
            sender = f"customer{number}@example.org"
            assert await outside.mail(letter(QUESTION, sender=sender, ident=sender), sender) == 250
        await outside.settled()
        assert len({mail.rcpt_to for mail in outside.relay.mails}) == 10
