"""Who may bring mail, how much, and over what: STARTTLS, allowed peers, limits, what the server announces."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.mail import create
from channels.mail.channel import MailChannel
from tests.integration.test_mail_in import MAIL, client, post
from tests.unit.channels.mail.desk import NOW, Inbox, context

STRANGER = "192.0.2.1"
"""Trusted in place of this machine, which is then a stranger."""


def certificate(folder: Path, name: str = "mx.iomart.com", *, good_days: int = 90) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=good_days)).sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, pem = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, pem


@asynccontextmanager
async def door(inbox: Inbox, **settings: str) -> AsyncIterator[MailChannel]:
    """The mail channel with these settings, listening."""
    channel = create(context(inbox, smtp_port="0", **settings))
    assert isinstance(channel, MailChannel)
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()


def any_certificate() -> ssl.SSLContext:
    """A client that takes any certificate, as mail servers do."""
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


async def test_mail_comes_encrypted_where_there_is_a_certificate(tmp_path: Path) -> None:
    """STARTTLS is announced, a large mail comes whole over it, and that it did is known."""
    inbox = Inbox()
    cert, key = certificate(tmp_path)
    large = MAIL + b"line\r\n.dots\r\n" * 20_000

    def work(smtp: smtplib.SMTP) -> tuple[bool, bool, bool]:
        before = smtp.has_extn("starttls")
        smtp.starttls(context=any_certificate())
        smtp.ehlo("client.example")
        assert post(large)(smtp) == 250
        assert post(MAIL)(smtp) == 250
        return before, smtp.has_extn("starttls"), smtp.has_extn("auth")

    async with door(inbox, smtp_tls_cert=str(cert), smtp_tls_key=str(key)) as channel:
        assert await client(channel, work) == (True, False, False)
        assert [item.payload for item in inbox.items] == [large, MAIL]
        assert inbox.items[0].facts["tls"] is True
        assert await client(channel, post(MAIL)) == 250
        assert inbox.items[2].facts["tls"] is False
        assert channel.handler.doorman.peers.total() <= 1


async def test_commands_slipped_in_before_tls_are_forgotten(tmp_path: Path) -> None:
    """What a hand on the wire adds behind STARTTLS is no part of the encrypted talk (RFC 3207 section 4.2)."""
    inbox = Inbox()
    cert, key = certificate(tmp_path)

    def work(smtp: smtplib.SMTP) -> int:
        smtp.send(b"STARTTLS\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<info@iomart.com>\r\n")
        assert smtp.getreply()[0] == 220
        assert isinstance(smtp.sock, socket.socket)
        smtp.sock = any_certificate().wrap_socket(smtp.sock)
        smtp.file = None
        smtp.ehlo("client.example")
        return smtp.docmd("RCPT TO:<info@iomart.com>")[0]

    async with door(inbox, smtp_tls_cert=str(cert), smtp_tls_key=str(key)) as channel:
        assert await client(channel, work) == 503


async def test_encryption_can_be_required_of_strangers(tmp_path: Path) -> None:
    """530 without STARTTLS; a trusted relay may do without, and no certificate is an error that names the mend."""
    inbox = Inbox()
    cert, key = certificate(tmp_path)
    with_tls = {"smtp_tls_cert": str(cert), "smtp_tls_key": str(key), "smtp_tls_required": "True"}

    def encrypted(smtp: smtplib.SMTP) -> int:
        smtp.starttls(context=any_certificate())
        smtp.ehlo("client.example")
        return post(MAIL)(smtp)

    async with door(inbox, **with_tls, trusted_peers=STRANGER) as channel:
        assert await client(channel, lambda smtp: smtp.docmd("MAIL FROM:<a@example.net>")) == (
            530,
            b"5.7.0 Must issue a STARTTLS command first",
        )
        assert await client(channel, encrypted) == 250
    async with door(inbox, **with_tls) as channel:
        assert await client(channel, post(MAIL)) == 250
    with pytest.raises(ValueError, match="set DESK_SMTP_TLS_CERT"):
        create(context(inbox, smtp_tls_required="true"))
    with pytest.raises(ValueError, match="DESK_SMTP_TLS_KEY"):
        create(context(inbox, smtp_tls_key=str(key)))


async def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    """New files serve the next connection; unreadable ones leave the old in place, and doctor tells of its end."""
    cert, key = certificate(tmp_path)
    seen: list[str] = []

    def work(smtp: smtplib.SMTP) -> None:
        smtp.starttls(context=any_certificate())
        assert isinstance(smtp.sock, ssl.SSLSocket)
        shown = x509.load_der_x509_certificate(smtp.sock.getpeercert(binary_form=True) or b"")
        seen.append(str(shown.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value))

    async with door(Inbox(), smtp_tls_cert=str(cert), smtp_tls_key=str(key)) as channel:
        await client(channel, work)
        new_cert, new_key = certificate(tmp_path, "new.iomart.com", good_days=3)
        cert.write_bytes(new_cert.read_bytes())
        key.write_bytes(new_key.read_bytes())
        await client(channel, work)
        told = {found.part: found for found in await channel.check()}["mail TLS"]
        assert (told.ok, "05 March 2026" in told.text) == (False, True)
        key.write_text("no key")
        await client(channel, work)
        assert seen == ["mx.iomart.com", "new.iomart.com", "new.iomart.com"]
    with pytest.raises(ValueError, match="without a passphrase"):
        create(context(Inbox(), smtp_tls_cert=str(cert), smtp_tls_key=str(key)))
    with pytest.raises(ValueError, match="can't be read"):
        create(context(Inbox(), smtp_tls_cert=str(tmp_path / "none")))


async def test_only_allowed_peers_bring_mail() -> None:
    """Others hear 554 at once; allowed and trusted ones are let in, and the refusal is counted."""
    inbox = Inbox()
    refused: list[tuple[str, str]] = []
    async with door(inbox, smtp_allow="192.0.2.0/24", trusted_peers=STRANGER) as channel:
        object.__setattr__(channel.context, "rejected", lambda name, why: refused.append((name, why)))
        with pytest.raises(smtplib.SMTPConnectError, match="554"):
            await client(channel, post(MAIL))
    assert refused == [("mail", "peer")]
    async with door(inbox, smtp_allow="127.0.0.0/8", trusted_peers=STRANGER) as channel:
        assert await client(channel, post(MAIL)) == 250
    async with door(inbox, smtp_allow="192.0.2.0/24", trusted_peers="127.0.0.1") as channel:
        assert await client(channel, post(MAIL)) == 250
    assert len(inbox.items) == 2
    with pytest.raises(ValueError, match="DESK_SMTP_ALLOW"):
        create(context(inbox, smtp_allow="everybody"))


async def test_a_stranger_brings_so_many_mails_a_minute() -> None:
    """Beyond it the answer is 451 with the seconds to wait; a trusted relay is never held up."""
    inbox = Inbox()

    def flood(smtp: smtplib.SMTP) -> list[tuple[int, bytes]]:
        answers = []
        for _ in range(4):
            answers.append(smtp.docmd("MAIL FROM:<a@example.net>"))
            smtp.docmd("RSET")
        return answers

    async with door(inbox, smtp_per_minute="3", trusted_peers=STRANGER) as channel:
        answers = await client(channel, flood)
        assert [code for code, _ in answers] == [250, 250, 250, 451]
        assert answers[3][1] == b"4.7.1 Too many messages from you; please try again in 20 seconds"
    async with door(inbox, smtp_per_minute="3") as channel:
        assert [code for code, _ in await client(channel, flood)] == [250] * 4


async def test_what_is_announced_is_kept() -> None:
    """SIZE, PIPELINING, 8BITMIME, SMTPUTF8 and enhanced codes: each answer but the greeting's carries one."""
    inbox = Inbox()

    def work(smtp: smtplib.SMTP) -> dict[str, str]:
        smtp.send(
            b"MAIL FROM:<j\xc3\xb6rg@b\xc3\xbccher.example> BODY=8BITMIME SMTPUTF8 SIZE=200\r\n"
            b"RCPT TO:<info@iomart.com>\r\nRCPT TO:<nobody@iomart.com>\r\nDATA\r\n"
        )
        got = [smtp.getreply() for _ in range(4)]
        assert [code for code, _ in got] == [250, 250, 550, 354]
        assert [words.split()[0] for _, words in got[:3]] == [b"2.1.0", b"2.1.5", b"5.1.1"]
        smtp.send("From: Jörg <jörg@bücher.example>\r\nSubject: Übersicht\r\n\r\nWas wißt ihr?\r\n.\r\n".encode())
        assert smtp.getreply() == (250, b"2.0.0 Accepted")
        for command, code in (
            ("NOOP", b"2.0.0"),
            ("FROB", b"5.5.2"),
            ("AUTH PLAIN x", b"5.5.1"),
            ("RCPT TO:<a>", b"5.5.1"),
        ):
            assert smtp.docmd(command)[1].startswith(code), command
        assert smtp.docmd("MAIL FROM:<a@b.example> SIZE=99999999999") == (
            552,
            b"5.3.4 Error: message size exceeds fixed maximum message size",
        )
        return smtp.esmtp_features

    async with door(inbox) as channel:
        features = await client(channel, work)
    assert {"size", "pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"} <= set(features)
    assert "auth" not in features
    decoded = channel.decode(inbox.items[0])
    assert (decoded.text, decoded.address) == ("Was wißt ihr?", "jörg@xn--bcher-kva.example")  # type: ignore[union-attr]
