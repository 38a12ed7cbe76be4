"""Mail over real SMTP: accepted means stored, and what is not stored is refused so that it is sent again."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from channels.base import InboundMessage
from channels.errors import Temporary
from channels.mail import create
from channels.mail.channel import MailChannel
from tests.patience import patience
from tests.unit.channels.mail.desk import Inbox, context, sign

MAIL = b"From: Ann <ann@example.net>\r\nMessage-ID: <one@example.net>\r\nSubject: hi\r\n\r\nWhat do you hold?\r\n"
T = TypeVar("T")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def channel(inbox: Inbox) -> AsyncIterator[MailChannel]:
    started = create(context(inbox, smtp_port="0", smtp_max_bytes="300000"))
    assert isinstance(started, MailChannel)
    await started.start()
    yield started
    await started.stop()


async def client(channel: MailChannel, work: Callable[[smtplib.SMTP], T]) -> T:
    """Run a blocking SMTP conversation beside the loop."""

    def run() -> T:
        with smtplib.SMTP("127.0.0.1", channel.port, timeout=20) as smtp:
            smtp.ehlo("client.example")
            return work(smtp)

    return await asyncio.to_thread(run)


def post(content: bytes, *recipients: str, sender: str = "ann@example.net") -> Callable[[smtplib.SMTP], int]:
    """A conversation that sends one mail and returns the answer's code."""

    def work(smtp: smtplib.SMTP) -> int:
        try:
            smtp.sendmail(sender, recipients or ["info@iomart.com"], content)
        except smtplib.SMTPDataError as error:
            return error.smtp_code
        except smtplib.SMTPSenderRefused as error:
            return error.smtp_code
        except smtplib.SMTPRecipientsRefused as error:
            return next(iter(error.recipients.values()))[0]
        return 250

    return work


async def test_a_mail_is_stored_verbatim_before_it_is_accepted(channel: MailChannel, inbox: Inbox) -> None:
    """250 comes after the inbox has the raw bytes, with what only the conversation knew."""
    assert await client(channel, post(MAIL)) == 250
    (found,) = inbox.items
    assert found.payload == MAIL
    assert found.sender == "ann@example.net"
    assert found.dedupe_key.startswith("one@example.net:")
    assert found.facts["mail_from"] == "ann@example.net"
    assert (found.facts["site"], found.facts["mailbox"]) == ("iomart", "info@iomart.com")
    assert found.facts["helo"] == "client.example"
    decoded = channel.decode(found)
    assert isinstance(decoded, InboundMessage)
    assert decoded.text == "What do you hold?"


@pytest.mark.parametrize("failure", [Temporary("the database is locked"), RuntimeError("disk full"), OSError("gone")])
async def test_what_can_not_be_stored_is_refused_for_now(
    channel: MailChannel, inbox: Inbox, failure: Exception
) -> None:
    """Whatever goes wrong, the answer is 451 and the same mail is taken later."""
    inbox.fail = failure
    assert await client(channel, post(MAIL)) == 451
    inbox.fail = None
    assert await client(channel, post(MAIL)) == 250
    assert len(inbox.items) == 1


async def test_the_same_mail_twice_has_one_key(channel: MailChannel, inbox: Inbox) -> None:
    """A repeated mail is answered as the first; a reused id with other words is another mail."""
    assert await client(channel, post(MAIL)) == 250
    assert await client(channel, post(MAIL)) == 250
    assert await client(channel, post(MAIL.replace(b"hold", b"know"))) == 250
    assert len({item.dedupe_key for item in inbox.items}) == 2


async def test_equal_words_without_an_id_from_two_people_are_two_mails(channel: MailChannel, inbox: Inbox) -> None:
    """Without Message-ID and From, the envelope's sender tells them apart."""
    assert await client(channel, post(b"stop", sender="a@example.net")) == 250
    assert await client(channel, post(b"stop", sender="b@example.net")) == 250
    assert len({item.dedupe_key for item in inbox.items}) == 2


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("nobody@iomart.com", "mailbox"),
        ("info@example.org", "relaying"),
        ("info+c1-0123456789abcdef@iomart.com", "mailbox"),
    ],
)
async def test_other_peoples_recipients_are_refused(
    channel: MailChannel, inbox: Inbox, recipient: str, reason: str
) -> None:
    """The desk is no relay, and a forged reply address is no mailbox; staff see which of the two it was."""
    refused: list[tuple[str, str]] = []
    object.__setattr__(channel.context, "rejected", lambda name, why: refused.append((name, why)))
    assert await client(channel, post(MAIL, recipient)) == 550
    assert inbox.items == []
    assert refused == [("mail", reason)]


async def test_a_signed_reply_address_proves_the_conversation(channel: MailChannel, inbox: Inbox) -> None:
    """The key is put into the facts at the door, whichever recipient carried it and in whatever case."""
    signed = f"Info+C9-{sign('reply', 'c9')[:20].upper()}@IOMART.com"
    assert await client(channel, post(MAIL, "privacy@iomart.com", signed)) == 250
    decoded = channel.decode(inbox.items[0])
    assert isinstance(decoded, InboundMessage)
    assert (decoded.reply_token, decoded.recipient) == ("c9", "privacy@iomart.com")


async def test_an_empty_envelope_sender_is_taken_and_marked(channel: MailChannel, inbox: Inbox) -> None:
    """Bounces come from nobody; they are stored like all else and never answered."""
    assert await client(channel, post(MAIL, sender="")) == 250
    decoded = channel.decode(inbox.items[0])
    assert isinstance(decoded, InboundMessage)
    assert decoded.automatic == "empty envelope sender"


async def test_a_mail_above_the_announced_size_is_refused(channel: MailChannel, inbox: Inbox) -> None:
    """552, when the size is declared and when it only shows; counted, and the connection stays usable."""
    large = MAIL + b"a line\r\n" * 40_000
    refused: list[tuple[str, str]] = []
    object.__setattr__(channel.context, "rejected", lambda name, why: refused.append((name, why)))

    def undeclared(smtp: smtplib.SMTP) -> tuple[int, int]:
        smtp.docmd("MAIL FROM:<ann@example.net>")
        smtp.docmd("RCPT TO:<info@iomart.com>")
        return smtp.data(large)[0], post(MAIL)(smtp)

    assert await client(channel, lambda smtp: smtp.esmtp_features["size"]) == "300000"
    assert await client(channel, post(large)) == 552
    assert await client(channel, undeclared) == (552, 250)
    assert len(inbox.items) == 1
    assert refused == [("mail", "too_large")] * 2


async def test_a_line_without_end_is_refused(channel: MailChannel, inbox: Inbox) -> None:
    """Long lines of real mail pass; what exceeds the bound is refused, and the next mail is taken."""
    assert await client(channel, post(MAIL + b"x" * 60_000)) == 250

    def overlong(smtp: smtplib.SMTP) -> tuple[int, int]:
        return post(MAIL + b"x" * 70_000)(smtp), post(MAIL)(smtp)

    assert await client(channel, overlong) == (500, 250)
    assert len(inbox.items) == 2


async def test_many_large_mails_at_once_do_not_fill_the_memory(channel: MailChannel, inbox: Inbox) -> None:
    """Beyond the bound over all connections the answer is 452, and what was held is given back."""
    doorman = channel.handler.doorman
    doorman.held = doorman.limits.held - 1000
    assert await client(channel, post(MAIL + b"x\r\n" * 1000)) == 452
    assert doorman.held == doorman.limits.held - 1000
    doorman.held = 0
    assert await client(channel, post(MAIL)) == 250
    assert doorman.held == 0


@pytest.mark.parametrize(
    "body",
    [b"", b".", b"..", ".\r\n.x\r\n", b"\r\n", b"\r\n\r\n.\r\n..\r\n", b"a\r\n.b", b"bare\nline\n.\nends", b"\r\n.\n"],
)
async def test_dots_come_through_unchanged(channel: MailChannel, inbox: Inbox, body: bytes | str) -> None:
    """Dot-stuffing is undone exactly, at the first line as anywhere; only CRLF.CRLF ends a message."""
    raw = body.encode() if isinstance(body, str) else body
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in raw.split(b"\r\n"))

    def work(smtp: smtplib.SMTP) -> int:
        smtp.docmd("MAIL FROM:<ann@example.net>")
        smtp.docmd("RCPT TO:<info@iomart.com>")
        assert smtp.docmd("DATA")[0] == 354
        smtp.send(stuffed + b"\r\n.\r\n")
        return smtp.getreply()[0]

    assert await client(channel, work) == 250
    assert inbox.items[0].payload == raw + b"\r\n"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r\n\0.\r\n"])
async def test_no_odd_end_of_a_mail_begins_another(channel: MailChannel, inbox: Inbox, end: bytes) -> None:
    """SMTP smuggling: what another server might take for the end is part of the one mail, commands after it too."""
    hidden = b"MAIL FROM:<boss@example.net>\r\nRCPT TO:<info@iomart.com>\r\nDATA\r\n\r\nErase it all."

    def work(smtp: smtplib.SMTP) -> list[int]:
        smtp.docmd("MAIL FROM:<ann@example.net>")
        smtp.docmd("RCPT TO:<info@iomart.com>")
        smtp.docmd("DATA")
        smtp.send(MAIL + end + hidden + b"\r\n.\r\n")
        return [smtp.getreply()[0], smtp.docmd("NOOP")[0]]

    assert await client(channel, work) == [250, 250]
    (one,) = inbox.items
    assert hidden in one.payload


async def test_an_empty_message_is_taken(channel: MailChannel, inbox: Inbox) -> None:
    """A lone dot right after DATA is a message without a byte."""

    def work(smtp: smtplib.SMTP) -> int:
        smtp.docmd("MAIL FROM:<ann@example.net>")
        smtp.docmd("RCPT TO:<info@iomart.com>")
        smtp.docmd("DATA")
        smtp.send(b".\r\n")
        return smtp.getreply()[0]

    assert await client(channel, work) == 250
    assert inbox.items[0].payload == b""


async def test_commands_sent_ahead_are_kept_apart(channel: MailChannel, inbox: Inbox) -> None:
    """What follows the end of a message in the same packet is a command, never part of it."""

    def work(smtp: smtplib.SMTP) -> list[int]:
        smtp.docmd("MAIL FROM:<ann@example.net>")
        smtp.docmd("RCPT TO:<info@iomart.com>")
        smtp.docmd("DATA")
        smtp.send(MAIL + b".\r\nMAIL FROM:<b@example.net>\r\nRCPT TO:<info@iomart.com>\r\n")
        return [smtp.getreply()[0] for _ in range(3)]

    assert await client(channel, work) == [250, 250, 250]
    assert inbox.items[0].payload == MAIL


async def test_a_client_that_falls_silent_is_let_go(inbox: Inbox) -> None:
    """Half a message is not stored, and holds no connection for ever."""
    channel = MailChannel(context(inbox, smtp_port="0"), timeout=0.3)
    await channel.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<info@iomart.com>\r\nDATA\r\nhalf a mess")
    async with patience():
        said = await reader.read(-1)
    assert b"354" in said
    assert inbox.items == []
    writer.close()
    await channel.stop()


async def test_a_stranger_gets_few_connections(inbox: Inbox) -> None:
    """A peer that is not trusted is turned away with 421 beyond its share, and let in again afterwards."""
    channel = MailChannel(context(inbox, smtp_port="0", trusted_peers="192.0.2.1"))
    await channel.start()
    open_ones = [await asyncio.open_connection("127.0.0.1", channel.port) for _ in range(21)]
    greetings = [await reader.readline() for reader, _ in open_ones]
    assert [line[:3] for line in greetings] == [b"220"] * 20 + [b"421"]
    for _, writer in open_ones:
        writer.close()
        await writer.wait_closed()
    async with patience():
        while channel.handler.doorman.peers.total():  # noqa: ASYNC110 - the server has no event for this
            await asyncio.sleep(0)
    assert await client(channel, post(MAIL)) == 250
    await channel.stop()


async def test_all_together_get_so_many_connections(channel: MailChannel, inbox: Inbox) -> None:
    """Also trusted peers: one too many is told when to come again, and whoever is in stays."""
    door = channel.handler.doorman
    door.limits = door.limits._replace(connections=2)
    open_ones = [await asyncio.open_connection("127.0.0.1", channel.port) for _ in range(3)]
    greetings = [await reader.readline() for reader, _ in open_ones]
    assert [line[:3] for line in greetings] == [b"220", b"220", b"421"]
    assert greetings[2] == b"421 4.3.2 Too many connections; please try again in 60 seconds\r\n"
    for _, writer in open_ones:
        writer.close()
        await writer.wait_closed()
    async with patience():
        while door.peers.total():  # noqa: ASYNC110 - the server has no event for this
            await asyncio.sleep(0)
    assert await client(channel, post(MAIL)) == 250
    assert len(inbox.items) == 1


async def test_all_together_hold_so_many_bytes_of_unfinished_mails(channel: MailChannel, inbox: Inbox) -> None:
    """What finds no room in memory is told when to come again and is no loss; the room is free again at once."""
    door = channel.handler.doorman
    door.limits = door.limits._replace(held=50_000)

    def large(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("ann@example.net", ["info@iomart.com"], MAIL + b"a line of it\r\n" * 10_000)
        return refused.value.smtp_code, bytes(refused.value.smtp_error)

    told = (452, b"4.3.1 Too many messages at once; please try again in 60 seconds")
    assert await client(channel, large) == told
    assert (door.held, inbox.items) == (0, [])
    assert await client(channel, post(MAIL)) == 250


async def test_a_stranger_can_not_repeat_commands_for_ever(inbox: Inbox) -> None:
    """Guessing mailboxes ends with 421; a trusted relay is never limited."""

    def guess(smtp: smtplib.SMTP) -> set[int]:
        smtp.docmd("MAIL FROM:<a@example.net>")
        codes = set()
        for number in range(450):
            try:
                codes.add(smtp.docmd(f"RCPT TO:<n{number}@iomart.com>")[0])
            except smtplib.SMTPServerDisconnected:
                break
        return codes

    for peers, expected in (("192.0.2.1", {550, 421}), ("127.0.0.1", {550})):
        channel = MailChannel(context(inbox, smtp_port="0", trusted_peers=peers))
        await channel.start()
        assert await client(channel, guess) == expected
        await channel.stop()


async def test_a_mail_that_is_being_stored_is_stored_though_the_sender_hangs_up(inbox: Inbox) -> None:
    """The sender will try again; the key makes that harmless."""
    gate, begun, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()
    channel = MailChannel(context(inbox, smtp_port="0"))

    async def slow(received: object) -> bool:
        begun.set()
        await gate.wait()
        stored.set()
        return True

    object.__setattr__(channel.context, "accept", slow)
    await channel.start()
    _, writer = await asyncio.open_connection("127.0.0.1", channel.port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<info@iomart.com>\r\nDATA\r\n")
    writer.write(MAIL + b".\r\n")
    await asyncio.wait_for(begun.wait(), 10)
    writer.close()
    stopping = asyncio.create_task(channel.stop())
    gate.set()
    await asyncio.wait_for(stopping, 10)
    assert stored.is_set()


async def test_stopping_says_so_to_who_is_connected(channel: MailChannel) -> None:
    """An idle relay hears 421 and comes back later."""
    reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
    await reader.readline()
    await channel.stop()
    assert (await reader.read(-1)).startswith(b"421")
    writer.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", channel.port), timeout=5)


async def test_check_tells_what_listens(channel: MailChannel, inbox: Inbox) -> None:
    """The port is well while it listens; a second desk on it is told apart from a stranger's program."""
    port, relay = await channel.check()
    assert port.ok
    assert not relay.ok
    assert "DESK_RELAY_URL" in relay.mend
    second = MailChannel(context(inbox, smtp_port=str(channel.port)))
    assert (await second.check())[0].ok
    with pytest.raises(OSError, match="in use"):
        await second.start()


async def test_settings_that_can_not_be_read_name_the_mend(inbox: Inbox) -> None:
    """A wrong peer or relay is found at start, not at the first mail."""
    with pytest.raises(ValueError, match="DESK_TRUSTED_PEERS"):
        create(context(inbox, trusted_peers="nonsense"))
    with pytest.raises(ValueError, match="DESK_RELAY_URL"):
        create(context(inbox, relay_url="http://relay.example"))
