"""Bounces: what became of our mail, and what only looks like it."""

from __future__ import annotations

import pytest

from channels.base import DeliveryReport, InboundMessage
from channels.mail.decode import decode
from tests.unit.channels.mail.desk import received

DSN = """From: Mail Delivery <mailer-daemon@mx.example.net>
To: info@iomart.com
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} some words

--b
Content-Type: text/rfc822-headers

Message-ID: <ours@iomart.com>
Subject: Re: your data
--b--
"""


def report(raw: str, mail_from: str = "") -> DeliveryReport:
    """Decode and insist on a report."""
    found = decode(received(raw, mail_from=mail_from))
    assert isinstance(found, DeliveryReport)
    return found


@pytest.mark.parametrize(
    ("action", "status", "state", "bad"),
    [
        ("failed", "5.1.1", "failed", True),
        ("Failed (user unknown)", "5.1.1", "failed", True),
        ("failed", "5.2.2", "failed", False),
        ("delayed", "4.4.1", "delayed", False),
        ("delivered", "2.0.0", "delivered", False),
        ("relayed", "2.0.0", "delivered", False),
    ],
)
def test_a_delivery_status_names_state_code_and_our_message(action: str, status: str, state: str, bad: bool) -> None:
    """RFC 3464's fields are read; only a failed 5.1.1 marks the address."""
    found = report(DSN.format(action=action, status=status, recipient="Ann@Example.net"))
    assert (found.state, found.code, found.bad_address) == (state, status, bad)
    assert (found.recipient, found.message_id) == ("ann@example.net", "ours@iomart.com")
    assert "could not be delivered" in found.text


@pytest.mark.parametrize(
    ("body", "state", "recipient", "code"),
    [
        (
            (
                "Hi. This is the mail program.\nI'm afraid I wasn't able to deliver your message.\n\n"
                "<ann@example.net>:\n550 5.1.1 unknown user\n\n--- Below this line is a copy of the message.\n\n"
                "Message-ID: <ours@iomart.com>\n"
            ),
            "failed",
            "ann@example.net",
            "5.1.1",
        ),
        (
            (
                "This is a warning message only. Delivery to ann@example.net has been delayed.\n"
                "------ original message ------\nMessage-Id: <ours@iomart.com>\n"
            ),
            "delayed",
            "ann@example.net",
            "",
        ),
    ],
)
def test_a_bare_bounce_is_read_from_its_words(body: str, state: str, recipient: str, code: str) -> None:
    """Servers without RFC 3464 say it in prose."""
    found = report(f"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\n{body}", mail_from="")
    assert (found.state, found.recipient, found.code) == (state, recipient, code)
    assert found.message_id == "ours@iomart.com"


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("ann@example.net", "Undeliverable mail", "My letter to you could not be delivered: what do you hold on me?"),
        ("ann@example.net", "failure notice", "I got a failure notice from you. No such user, it said."),
        ("postmaster@example.net", "Our account", "My account is closed and your page does not exist. Delete my data."),
        ("postmaster@example.net", "Your data on us", "Please tell us what you hold on our company's staff."),
    ],
)
def test_a_customer_who_writes_about_bounces_is_heard(sender: str, subject: str, body: str) -> None:
    """A phrase alone makes no bounce, and neither does a sender."""
    found = decode(received(f"From: {sender}\nSubject: {subject}\n\n{body}\n", mail_from=sender))
    assert isinstance(found, InboundMessage)
    assert found.text == body


def test_a_read_receipt_is_no_bounce_and_is_not_answered() -> None:
    """A disposition notification says that somebody read it."""
    raw = DSN.replace("delivery-status", "disposition-notification").replace("could not be delivered", "was read")
    raw = (
        raw.replace("mailer-daemon", "ann")
        .replace("Undelivered", "Read")
        .format(action="displayed", status="", recipient="ann@example.net")
    )
    found = decode(received(raw.replace("550  some words", ""), mail_from="ann@mx.example.net"))
    assert isinstance(found, InboundMessage)
    assert found.automatic == "read receipt"


def test_a_mailbox_that_was_discontinued_is_one_that_does_not_work() -> None:
    """In plain words, with no code; that it is full is no reason to mark it."""
    raw = (
        "From: mailer-daemon@mx.example.net\nTo: info@iomart.com\nSubject: Delivery failed\n\n"
        "Your message could not be delivered to ann@example.net: {why}\n"
    )
    found = report(raw.format(why="the account was disabled and is now discontinued"))
    assert (found.state, found.recipient, found.bad_address) == ("failed", "ann@example.net", True)
    assert not report(raw.format(why="the mailbox is over its quota")).bad_address
