"""The demo's customer: a number, a mailbox, and what is on their screens. Kept in memory only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.models import ContactAddress
from bot.demo.settings import MAIL_DOMAIN

NAME = "Sam Carter"
MOST_KEPT = 60
"""Lines that a screen keeps."""
NUMBERS = 1000
"""How many numbers Ofcom set aside for drama: 07700 900000 to 900999."""
FIRST_NUMBER = 123


@dataclass(slots=True)
class Bubble:
    """One text on the phone. `state` is what became of the customer's own."""

    id: int
    own: bool
    text: str
    at: datetime
    state: str = ""


@dataclass(slots=True)
class Letter:
    """One mail in the mailbox; the last three are what a reply needs."""

    id: int
    own: bool
    subject: str
    text: str
    at: datetime
    state: str = ""
    message_id: str = ""
    references: str = ""
    reply_to: str = ""


@dataclass(slots=True)
class Visitor:
    """One customer from start to "start afresh". `opted_out` is what Twilio would know of the number."""

    number: str
    mailbox: str
    texts: deque[Bubble] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    mails: deque[Letter] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    opted_out: bool = False
    _ids: count[int] = field(default_factory=lambda: count(1))

    def bubble(self, *, own: bool, text: str, at: datetime, state: str = "") -> Bubble:
        """Put a text on the phone."""
        made = Bubble(next(self._ids), own, text, at, state)
        self.texts.append(made)
        return made

    def letter(self, *, own: bool, subject: str, text: str, at: datetime, state: str = "") -> Letter:
        """Put a mail in the mailbox."""
        made = Letter(next(self._ids), own, subject, text, at, state)
        self.mails.append(made)
        return made

    def find(self, letter_id: str) -> Letter | None:
        """The received mail that a reply names."""
        return next((mail for mail in self.mails if not mail.own and str(mail.id) == letter_id), None)


def addresses(place: int) -> tuple[str, str]:
    """Number and mailbox of the demo's customer number `place`, from 0."""
    number = (FIRST_NUMBER + place) % NUMBERS
    name = "customer" if place == 0 else f"customer{place + 1}"
    return f"+447700900{number:03}", f"{name}@{MAIL_DOMAIN}"


def unknown(session: Session) -> tuple[str, str]:
    """The first number and mailbox that the desk has never heard from, so that a new start is one for the bot too."""
    known = set(session.scalars(select(ContactAddress.value).where(ContactAddress.channel.in_(("sms", "mail")))))
    for place in range(NUMBERS):
        number, mailbox = addresses(place)
        if number not in known and mailbox not in known:
            return number, mailbox
    return addresses(0)
