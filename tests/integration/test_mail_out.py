"""Mail to a real relay: what it receives, and what its refusals mean."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import dkim
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot import plugins
from bot.errors import SettingsError
from channels.base import Attachment, OutboundMessage
from channels.errors import ChannelError, Permanent, Temporary
from channels.mail import connections, create, smtp_out
from channels.mail.channel import MailChannel
from tests.unit.channels.mail.desk import Inbox, context
from tests.unit.channels.mail.test_signing import key_file, resolved


class Recorder:
    """A relay that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.rcpt = "250 OK"
        self.data = "250 OK"
        self.port = 0
        self.greeted = 0
        self.servers: list[SMTP] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.got.append(envelope)
        return self.data

    async def handle_EHLO(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greeted += 1
        self.servers.append(server)
        session.host_name = hostname
        return responses


@pytest.fixture
async def relay() -> AsyncIterator[Recorder]:
    recorder, loop = Recorder(), asyncio.get_running_loop()

    def made() -> SMTP:
        return SMTP(recorder, hostname="relay", enable_SMTPUTF8=True, loop=loop, data_size_limit=100_000)

    server = await loop.create_server(made, "127.0.0.1", 0)
    recorder.port = server.sockets[0].getsockname()[1]
    yield recorder
    server.close()


def desk(port: int) -> MailChannel:
    """A mail channel whose relay is on this port."""
    channel = create(context(Inbox(), relay_url=f"smtp://127.0.0.1:{port}"))
    assert isinstance(channel, MailChannel)
    return channel


def reply(**changes: object) -> OutboundMessage:
    """A staff reply."""
    known: dict[str, object] = {
        "key": "k1",
        "address": "ann@example.net",
        "sender": "info@iomart.com",
        "text": "Hello Ann.\nHere is what we hold.",
        "site": "iomart",
        "subject": "A question",
        "message_id": "m1@iomart.com",
        "in_reply_to": "theirs@example.net",
        "references": ("first@example.net",),
        "reply_token": "c42",
        "automatic": False,
    }
    return OutboundMessage(**{**known, **changes})  # type: ignore[arg-type]


async def test_a_reply_reaches_the_relay_threaded(relay: Recorder) -> None:
    """Headers, envelope and words arrive as composed, and the id is what delivery is followed by."""
    sent = await desk(relay.port).send(reply())
    assert sent == ("m1@iomart.com", "sent")
    (envelope,) = relay.got
    assert str(envelope.mail_from).startswith("info+c42-")
    assert envelope.rcpt_tos == ["ann@example.net"]
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=default)
    assert parsed["From"] == "iomart <info@iomart.com>"
    assert parsed["References"] == "<first@example.net> <theirs@example.net>"
    plain = parsed.get_body(("plain",))  # type: ignore[attr-defined]
    assert plain.get_content().splitlines()[:2] == ["Hello Ann.", "Here is what we hold."]


async def test_automatic_mail_leaves_with_an_empty_sender(relay: Recorder) -> None:
    """Nobody bounces to a machine."""
    await desk(relay.port).send(reply(automatic=True))
    assert relay.got[0].mail_from == "<>"


async def test_a_connection_is_used_again_and_a_dead_one_is_not(relay: Recorder) -> None:
    """One greeting for mails one after another, after a refusal too; one that the relay ended is noticed in time."""
    channel = desk(relay.port)
    await channel.send(reply())
    relay.rcpt = "550 5.1.1 No such user"
    with pytest.raises(Permanent):
        await channel.send(reply())
    relay.rcpt = "250 OK"
    await channel.send(reply())
    assert (relay.greeted, len(relay.got)) == (1, 2)
    transport = relay.servers[0].transport
    assert transport is not None
    transport.close()
    await channel.send(reply())
    assert (relay.greeted, len(relay.got)) == (2, 3)
    await channel.stop()


async def test_many_mails_at_once_share_a_few_connections(relay: Recorder) -> None:
    """Each arrives once."""
    channel = desk(relay.port)
    await asyncio.gather(*(channel.send(reply(address=f"p{number}@example.net")) for number in range(40)))
    assert sorted(envelope.rcpt_tos[0] for envelope in relay.got) == sorted(f"p{n}@example.net" for n in range(40))
    assert relay.greeted <= connections.AT_ONCE
    await channel.stop()


async def test_files_go_with_it_within_the_relays_size(relay: Recorder) -> None:
    """As parts with their own names; a mail beyond what the relay announced is not even begun."""
    files = (
        Attachment("your data.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),
        Attachment("Grüße.txt", "text/plain", "Grüße".encode()),
        Attachment("asked.eml", "message/rfc822", b"From: a@example.net\r\n\r\nhello"),
        Attachment('a"\r\nBcc: x@example.org', "no/type\r\nX: y", b"x"),
    )
    await desk(relay.port).send(reply(attachments=files))
    content = relay.got[0].content
    assert isinstance(content, bytes)
    parsed = message_from_bytes(content, policy=default)
    parts = list(parsed.iter_attachments())  # type: ignore[attr-defined]
    assert [part.get_filename() for part in parts[:3]] == ["your data.pdf", "Grüße.txt", "asked.eml"]
    assert [part.get_content_type() for part in parts] == [
        "application/pdf", "text/plain", "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip
    assert [part.get_payload(decode=True) for part in parts] == [file.content for file in files]
    assert parsed.get_body(("html",)) is not None  # type: ignore[attr-defined]
    assert b"\nBcc:" not in content
    with pytest.raises(Permanent, match="the relay takes 0 MB") as caught:
        await desk(relay.port).send(reply(attachments=(Attachment("a.txt", "text/plain", b"x" * 200_000),)))
    assert caught.value.code == "5.3.4"
    assert len(relay.got) == 1


async def test_what_leaves_is_signed(relay: Recorder, tmp_path: Path) -> None:
    """By the key of the mailbox's domain; the relay gets the mail as it was signed."""
    path = key_file(tmp_path)
    settings = {"dkim_key_file": str(path), "dkim_selector": "desk"}
    channel = create(context(Inbox(), relay_url=f"smtp://127.0.0.1:{relay.port}", **settings))
    assert isinstance(channel, MailChannel)
    await channel.send(reply(automatic=True))
    content = relay.got[0].content
    assert isinstance(content, bytes)
    assert dkim.verify(content, dnsfunc=resolved(channel.keys))
    assert any("desk._domainkey.iomart.com" in finding.text for finding in await channel.check())
    with pytest.raises(SettingsError, match="openssl genrsa"):
        plugins.built(plugins.CHANNELS, "mail", context(Inbox(), dkim_key_file="/nowhere.pem", dkim_selector="s"))


async def test_an_international_address_is_carried(relay: Recorder) -> None:
    """SMTPUTF8 is asked for where the address needs it."""
    await desk(relay.port).send(reply(address="jørn@bücher.example"))
    assert relay.got[0].rcpt_tos == ["jørn@xn--bcher-kva.example"]
    assert relay.got[0].smtp_utf8


@pytest.mark.parametrize(
    ("rcpt", "data", "kind", "code"),
    [
        ("450 4.2.1 Mailbox busy", "250 OK", Temporary, "4.2.1"),
        ("550 5.7.1 Not from you", "250 OK", Permanent, "5.7.1"),
        ("250 OK", "550 5.1.1 No such user", Permanent, "5.1.1"),
        ("550 5.1.1 No such user", "250 OK", Permanent, "5.1.1"),
        ("250 OK", "451 4.3.0 Try later", Temporary, "4.3.0"),
        ("250 OK", "554 5.7.1 Refused", Permanent, "5.7.1"),
        ("250 OK", "552 Too large", Permanent, "552"),
    ],
)
async def test_the_relays_answer_decides(
    relay: Recorder, rcpt: str, data: str, kind: type[ChannelError], code: str
) -> None:
    """4xx is tried again, 5xx never; the code is kept for staff. Only what is said of the recipient, by a code that
    says that there is none, speaks against the address.
    """
    relay.rcpt, relay.data = rcpt, data
    with pytest.raises(kind) as caught:
        await desk(relay.port).send(reply())
    assert caught.value.code == code
    assert getattr(caught.value, "bad_address", False) is rcpt.startswith("550 5.1.1")


async def test_a_relay_that_is_down_is_tried_again() -> None:
    """Nobody listens: the mail waits."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = desk(taken.getsockname()[1])
        with pytest.raises(Temporary, match="can't be reached"):
            await channel.send(reply())
        assert not (await channel.check())[1].ok


async def test_a_relay_that_hangs_up_is_tried_again() -> None:
    """A connection that ends in the middle is no answer."""

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    with pytest.raises(Temporary):
        await desk(server.sockets[0].getsockname()[1]).send(reply())
    server.close()


class Listener:
    """A relay's lines: what a client says to it."""

    def __init__(self) -> None:
        self.said: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            self.said.append(line.split()[0].upper())
            writer.write(b"250-relay\r\n250 AUTH PLAIN LOGIN\r\n" if line[:4].upper() == b"EHLO" else b"221 bye\r\n")
        writer.close()


async def test_a_distant_relay_without_starttls_gets_neither_mail_nor_password() -> None:
    """Anybody between who strips STARTTLS hears a greeting; the mail waits, and the error says what to do."""
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    distant = smtp_out.relay("smtp://user:password@relay.example")
    assert distant.security == "starttls"
    here = distant._replace(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    channel = desk(here.port)
    channel.relay = here
    with pytest.raises(Temporary, match=r"no STARTTLS.*smtp\+plain://"):
        await channel.send(reply())
    finding = (await channel.check())[1]
    assert not finding.ok
    assert "STARTTLS" in finding.mend
    assert set(listener.said) <= {b"EHLO", b"QUIT"}
    server.close()


async def test_without_a_relay_the_reason_is_shown() -> None:
    """Nothing is pretended: the mail waits with its reason."""
    channel = create(context(Inbox()))
    with pytest.raises(Temporary, match="no DESK_RELAY_URL is set") as caught:
        await channel.send(reply())
    assert caught.value.retry_after == 300


async def test_check_reaches_the_relay(relay: Recorder) -> None:
    """Connect, greet and NOOP; nothing is sent."""
    assert (await desk(relay.port).check())[1].ok
    assert relay.got == []
