"""Real mail, bounces and replies over real SMTP: all accepted, all decoded, quotations folded."""

from __future__ import annotations

import os
import re
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.base import DeliveryReport, InboundMessage
from channels.mail import create
from channels.mail.channel import MailChannel
from channels.mail.decode import decode
from channels.mail.parts import TEXT_LIMIT
from channels.mail.smtp_server import has_long_line
from tests.integration.test_mail_in import client
from tests.unit.channels.mail.desk import Inbox, context, received

CASES = Path(os.environ.get("DESK_TEST_CASES") or Path(__file__).parents[3] / "shared" / "cases")
pytestmark = [pytest.mark.external, pytest.mark.skipif(not CASES.is_dir(), reason=f"no folder {CASES}")]

# A person's mail that was filed with the bounces, and a bounce whose sender is no mail system.
NOT_RECOGNISED = {"groupwise_03.txt", "simple_20.txt"}


def files(*folders: str) -> list[Path]:
    """Every case of these folders, licences apart."""
    found = [path for folder in folders for path in sorted((CASES / folder).rglob("*")) if path.is_file()]
    return [path for path in found if path.name != "LICENSE"]


def crlf(path: Path) -> bytes:
    """The file as a mail client would send it."""
    return path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def channel(inbox: Inbox) -> AsyncIterator[MailChannel]:
    started = create(context(inbox, smtp_port="0"))
    assert isinstance(started, MailChannel)
    await started.start()
    yield started
    await started.stop()


async def test_every_real_mail_is_accepted_and_decoded(channel: MailChannel, inbox: Inbox) -> None:
    """Over one SMTP connection, stored as sent and decoded, with no NUL and no unsafe file name.

    One bare reply text of a single 700 KB line stays out: no mail program sends it so.
    """
    paths = [path for path in files("mail", "bounces", "replies") if not has_long_line(path.read_bytes())]
    assert len(paths) > 260

    def work(smtp: smtplib.SMTP) -> None:
        for path in paths:
            smtp.sendmail("ann@example.net", ["info@iomart.com"], crlf(path))

    await client(channel, work)
    assert len(inbox.items) == len(paths)
    for item, path in zip(inbox.items, paths, strict=True):
        assert item.payload.rstrip(b"\r\n") == crlf(path).rstrip(b"\r\n"), path.name
        found = channel.decode(item)
        assert "\x00" not in found.text
        found.text.encode()
        for file in found.attachments if isinstance(found, InboundMessage) else ():
            assert "/" not in file.name
            assert file.name.isprintable() or not file.name.isascii()


def test_bounces_are_recognised() -> None:
    """All but a mail that is none and one that no mail system signs; the latter is never answered."""
    for path in files("bounces"):
        found = decode(received(crlf(path), mail_from="someone@example.org"))
        assert isinstance(found, DeliveryReport) == (path.name not in NOT_RECOGNISED), path.name
        if isinstance(found, DeliveryReport):
            assert found.state in {"failed", "delayed"}, path.name
            assert found.text, path.name
        elif path.name == "simple_20.txt":
            assert found.automatic


def test_delays_are_no_failures() -> None:
    """A report that says delayed marks no address."""
    delayed = {"dsn_05.txt", "dsn_07.txt", "dsn_17.txt", "simple_28.txt", "simple_40.txt"}
    found = {path.name: decode(received(crlf(path), mail_from="")) for path in files("bounces")}
    states = {name: item.state for name, item in found.items() if isinstance(item, DeliveryReport)}
    assert {name for name, state in states.items() if state == "delayed"} == delayed
    assert not any(
        item.bad_address for item in found.values() if isinstance(item, DeliveryReport) and item.state == "delayed"
    )


def test_no_persons_mail_is_taken_for_a_bounce() -> None:
    """What is read as a report in mail/ comes from a mail system by its own words."""
    for path in files("mail"):
        found = decode(received(crlf(path), mail_from="someone@example.org"))
        if isinstance(found, DeliveryReport):
            raw = path.read_text("latin-1").lower()
            assert re.search(r"mailer-daemon|postmaster|delivery-status|mail delivery", raw), path.name


def body(path: Path) -> InboundMessage:
    """A reply decoded: whole mails as they are, bare bodies with a head put before."""
    raw = crlf(path)
    if path.suffix != ".eml":
        kind = "html" if path.suffix == ".html" else "plain"
        raw = f"From: a@example.net\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n".encode() + raw
    found = decode(received(raw))
    assert isinstance(found, InboundMessage)
    return found


def test_replies_fold() -> None:
    """In every case something stays, no line with a quote mark does, and no attribution or quoted head does."""
    for path in files("replies"):
        found = body(path)
        assert found.text, path.name
        for line in found.text.split("\n"):
            assert not line.lstrip().startswith(">"), path.name
            assert not re.search(r"(wrote|написал):\s*$", line), path.name
            assert not re.match(r"\**(From|Sent|Subject|От|Кому):", line.strip()), path.name
            assert "Original Message" not in line, path.name
            assert not line.startswith("Sent from my ") or "," in line, path.name


def test_nothing_of_a_reply_is_lost() -> None:
    """Text and fold together hold every word of a plain body."""
    for path in files("replies/github", "replies/zapier"):
        if path.stat().st_size > TEXT_LIMIT:
            continue  # a body beyond the bound is cut, and says so
        found = body(path)
        before = sorted(path.read_text("utf-8").split())
        assert sorted(f"{found.text}\n{found.quoted}".split()) == before, path.name


@pytest.mark.parametrize(
    ("name", "own", "folded"),
    [
        ("email_1_1", "clear a Riak bucket", "mailing list"),
        ("email_1_2", "would do it.", "run"),
        ("email_1_8", "and under this.", "hi there"),
        ("email_2_1", "Outlook with a reply", "Google Apps"),
        ("email_bullets", "how about bullets", "Joe Smith"),
        ("email_one_is_not_on", "when I run...", "lastLocation"),
        ("greedy_on", "tunnel is not working", "odd issue"),
        ("pathological", "back to a computer.", "debugging output"),
        ("correct_sig", "correct -- signature", "rick"),
        ("email_iPhone", "another email", "iPhone"),
    ],
)
@pytest.mark.parametrize("source", ["github", "zapier"])
def test_the_right_words_stay(source: str, name: str, own: str, folded: str) -> None:
    """The writer's last words are in the text, and the quoted ones are not."""
    found = body(CASES / "replies" / source / f"{name}.txt")
    assert own in found.text
    assert folded in found.quoted
    assert own not in found.quoted or folded not in found.text


@pytest.mark.parametrize("path", [p for p in files("replies/talon") if p.suffix == ".html"], ids=lambda p: p.name)
def test_html_replies_fold(path: Path) -> None:
    """Each mail program's HTML is cut where the quotation begins."""
    found = body(path)
    assert found.quoted
    assert len(found.text.split()) <= 8
    assert "Hello" not in found.text
