"""Which mail a machine never answers."""

from __future__ import annotations

import pytest

from channels.base import InboundMessage
from channels.mail.decode import decode
from tests.unit.channels.mail.desk import received


def decoded(headers: str, sender: str = "ann@example.net", mail_from: str = "ann@example.net") -> InboundMessage:
    """A mail with these extra headers."""
    raw = f"From: {sender}\nTo: info@iomart.com\nSubject: x\n{headers}\nhello\n"
    found = decode(received(raw, mail_from=mail_from, ours=["info@iomart.com"]))
    assert isinstance(found, InboundMessage)
    return found


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated (vacation); x=y\n",
        "Precedence: bulk\n",
        "Precedence: junk\n",
        "Precedence: list\n",
        "Precedence: auto_reply\n",
        "List-Id: <a.example>\n",
        "List-Unsubscribe: <https://a.example>\n",
        "X-Autoreply: yes\n",
        "X-Autorespond: yes\n",
        "X-Loop: info@iomart.com\n",
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n',
        "Return-Path: <>\n",
        "Received: from a by b\n" * 60,
    ],
)
def test_mail_from_machines_is_never_answered(headers: str) -> None:
    """Each mark alone is enough, and says which it was."""
    assert decoded(headers).automatic


@pytest.mark.parametrize("sender", ["info@iomart.com", "info+c1-abc@iomart.com", "noreply@shop.example"])
def test_our_own_mail_and_nobodys_mail_is_never_answered(sender: str) -> None:
    """A loop through ourselves ends at once."""
    assert decoded("", sender=sender).automatic


def test_an_empty_envelope_sender_is_never_answered() -> None:
    """There is nobody to answer."""
    assert decoded("", mail_from="").automatic == "empty envelope sender"


@pytest.mark.parametrize("headers", ["", "Auto-Submitted: no\n", "Precedence: normal\n"])
def test_a_persons_mail_is_answered(headers: str) -> None:
    """Headers that say nothing of machines change nothing."""
    assert decoded(headers).automatic == ""


def test_suppression_is_a_wish_and_no_mark_of_a_machine() -> None:
    """X-Auto-Response-Suppress keeps the ticket and drops the acknowledgement."""
    found = decoded("X-Auto-Response-Suppress: OOF, AutoReply\n")
    assert found.suppress
    assert found.automatic == ""
