"""What kind of mail it is, where it is no plain letter: for staff to read, and to know what is never answered.

A mail may be of several kinds at once. Each is told by headers where there are any, else by words that machines use;
the words need a second sign beside, so that a customer who writes about holidays or receipts is still heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from typing import Literal

from channels.mail import automatic_words as say
from channels.mail import invitations
from channels.mail.charsets import header_text
from channels.mail.head import Head
from channels.mail.parts import Content

BEGINNING = 600
"""Characters of a text in which a machine says what it is."""
SHORT = 3_000
"""Characters that an automatic text has at most."""
LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-owner")
ANSWERED = frozenset({"vacation", "receipt", "abuse", "challenge", "calendar answer"})
"""Kinds that no machine may answer, whatever their headers say."""
FORWARDED = frozenset({"message/rfc822", "message/global"})


def of(head: Head, content: Content, text: str, *, reply: bool) -> dict[str, str]:
    """Each kind that the mail is of, with its words for staff. `text` are its own words; `reply` says that it answers
    another mail.
    """
    found = {
        "receipt": _receipt(head, content, text),
        "abuse": _abuse(content),
        "challenge": "asks us to confirm that we are people" if _challenge(head, text) else "",
        "calendar": "; ".join(event.words for event in content.events[:3]),
        "calendar answer": "sent by a calendar" if _by_calendar(content) else "",
        "encrypted": f"encrypted with {content.encrypted}: it can't be read here" if content.encrypted else "",
        "signed": f"signed with {content.signed}, which was not checked" if content.signed else "",
        "winmail": f"winmail.dat {content.winmail}" if content.winmail else "",
        "list": "a mailing list or newsletter" if any(head.all(name) for name in LISTS) else "",
        "digest": "a digest of several mails" if head.first("content-type").lower().startswith("multipart/dig") else "",
        "forwarded": _forwarded(content),
    }
    if not any(found[kind] for kind in ("receipt", "abuse", "challenge")):
        found["vacation"] = "an automatic reply or notice of absence" if _vacation(head, text, reply=reply) else ""
    return {kind: words[:1000] for kind, words in found.items() if words}


def automatic(kinds: Mapping[str, str]) -> str:
    """Why a mail of these kinds is never answered; "" where it may be."""
    return next((kinds[kind] for kind in kinds if kind in ANSWERED), "")


def notice(kinds: Mapping[str, str]) -> Literal["", "answer", "report"]:
    """What may be a request in it: nothing in a report, and in an automatic answer its text only, since its subject is
    that of the mail which it answers.
    """
    if (ANSWERED - {"vacation"}) & kinds.keys():
        return "report"
    return "answer" if "vacation" in kinds else ""


def _vacation(head: Head, text: str, *, reply: bool) -> bool:
    """The subject of an automatic reply is enough; a notice of absence that begins as one needs to answer something."""
    subject = head.first("subject")[:500]
    if say.AUTOMATIC_SUBJECT.match(subject) or "auto-replied" in head.first("auto-submitted").lower():
        return True
    if len(text) > SHORT or "?" in text[:BEGINNING]:
        return False
    away, said = say.AWAY_BODY.search(text[:BEGINNING]), say.RECEIVED_BODY.search(text[:SHORT])
    return bool(say.AWAY_SUBJECT.match(subject) or (reply and away) or said)


def _challenge(head: Head, text: str) -> bool:
    if head.all("x-boxtrapper") or head.first("x-delivery-agent").lower().startswith("tmda"):
        return True
    return bool(say.CHALLENGE_SUBJECT.search(head.first("subject")[:500]) and say.CHALLENGE.search(text[:SHORT]))


def _receipt(head: Head, content: Content, text: str) -> str:
    """A read receipt: what became of our mail at its reader's program (RFC 8098), or the bare words of one."""
    for block in content.receipts:
        became = _field(block, "disposition").rpartition(";")[2].split("/")[0].strip().lower()
        if became:
            return f"read receipt: {became[:40]}"
    declared = head.first("content-type").lower()
    if declared.startswith("multipart/report") and "disposition-notification" in declared:
        return "read receipt"
    bare = len(text) < SHORT and say.READ_SUBJECT.match(head.first("subject")[:500]) and say.READ_BODY.search(text)
    return "read receipt" if bare else ""


def _abuse(content: Content) -> str:
    """A provider passes on that somebody called our mail spam (RFC 5965)."""
    for block in content.abuse:
        kind = _field(block, "feedback-type").lower()[:40]
        about = _field(block, "original-rcpt-to").strip("<>")[:254]
        return f"abuse report: {kind or 'abuse'}" + (f", by {about}" if about else "")
    return ""


def _field(block: Message, name: str) -> str:
    return header_text(str(block.get(name, "")))


def _by_calendar(content: Content) -> bool:
    return any(event.method in invitations.FROM_CALENDARS for event in content.events)


def _forwarded(content: Content) -> str:
    count = sum(file.content_type in FORWARDED for file in content.attachments)
    return f"{count} forwarded mail{'s' if count > 1 else ''} attached" if count else ""


def asks_receipt(head: Head) -> bool:
    """It asks for a read receipt. None is ever sent by itself: it would tell anybody when a person read it."""
    names = ("disposition-notification-to", "return-receipt-to", "x-confirm-reading-to", "generate-delivery-report")
    return any(head.all(name) for name in names)
