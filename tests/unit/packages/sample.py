"""A document with all that a package may have, for the tests of its forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from bot.packages.cover import Facts, cover
from bot.packages.detection import Span
from bot.packages.document import Attachment, Document, Entry, Section, Shown
from bot.packages.information import contact_block, information
from bot.packages.law import LAW
from bot.packages.redacting import Part, apply
from knowledge.library import Library
from knowledge.sources.markdown import MarkdownSource

LIBRARY = Library(MarkdownSource().policies())
POLICY = LIBRARY.in_force("iomart")
BASE = "https://desk.example"
MADE = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> & "quoted" =1+1 {{ 7 * 7 }} ${x}'
RIGHT_TO_LEFT = "مرحبا بكم في دبي"


def facts(**values: Any) -> Facts:
    """What a cover note says, with other values."""
    given: dict[str, Any] = {
        "name": "Jane Smith", "reference": "DR-7K3MB-9QX4T", "kind": "access", "channel": "mail",
        "words": "what do you hold about me", "received_on": date(2026, 11, 20), "made_on": MADE.date(),
        "company": "iomart Limited", "contents": (("Our messages", 2), ("Customer database", 1)),
        "withheld": {"privilege": 1, "somebody_else": 2}, "removed": {"name": 3, "card": 1},
        "complaint": LAW["uk-gdpr"]["complaint"], "contact": contact_block(LIBRARY, POLICY, BASE),
    }  # fmt: skip
    return Facts(**{**given, **values})


def document(*texts: str, **values: Any) -> Document:
    """A package of these messages, one field record and one file."""
    messages = [
        Entry(number, "Your message", "own", "message", date(2026, 11, 1), "", (Shown("", (Part(text),)),), text)
        for number, text in enumerate(texts or (HOSTILE, RIGHT_TO_LEFT), 1)
    ]
    line = "Call Tom Ash back"
    record = Entry(
        len(messages) + 1, "Customer record", "crm", "record", None, "iomart privacy policy, seen on 15 December 2007",
        (Shown("note", apply(line, [Span(5, 12, "name", 1.0)])), Shown("=field", (Part("@cmd"),))),
        {"note": "Call [name removed] back", "=field": "@cmd"},
        Attachment("attachments/1.txt", "letter.txt", "text/plain", b"Dear Jane"),
    )  # fmt: skip
    given: dict[str, Any] = {
        "title": "Your data at iomart", "reference": "DR-7K3MB-9QX4T", "version": 1, "kind": "access",
        "company": "iomart Limited", "made_at": MADE, "cover": cover(facts()),
        "information": (information(LIBRARY, POLICY, "uk-gdpr", BASE),),
        "sections": (Section("Our messages", tuple(messages)), Section("Customer database", (record,))),
        "left_out": {"privilege": 1, "somebody_else": 2},
    }  # fmt: skip
    return Document(**{**given, **values})
