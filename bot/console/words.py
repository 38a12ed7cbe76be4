"""What the console says: ages, dates, channels, deliveries and owners in plain words. Pure; templates call `Wording` as
`say`, and the rest, with the tables of labels.py, as `words`.

Times are said in the desk's zone; the exact moment stands beside each in its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.console.labels import ACTIONS, CHANNELS, KINDS, LESSONS, OUTCOMES, SAID, STATES, WHY, way
from bot.contacts.models import ERASED
from bot.conversations import calls
from bot.tickets.vocabulary import AWAITING, DONE, OWED

__all__ = [
    "ACTIONS", "CHANNELS", "DUE_SOON", "KINDS", "LESSONS", "OUTCOMES", "SAID", "STATES", "WHY", "Said", "Tone",
    "Wording", "confidence", "delivery", "first_name", "initials", "lesson", "long_day", "short_day", "size", "way",
    "who",
]  # fmt: skip

Tone = Literal["", "good", "warn", "bad", "info"]

DUE_SOON = timedelta(days=7)

_CALL = re.compile(r" CA[0-9a-fA-F]{32}$")
_HASH = re.compile(r"[0-9a-f]{32}")
"""A chat visitor's address, which says nothing to a person."""
MARK = 6
"""Characters of it that tell one visitor from another: it is a keyed hash, and opens nothing."""


class Said(NamedTuple):
    """Words with the meaning that their colour repeats."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words as of one moment in one zone, for one reader."""

    now: datetime
    zone: ZoneInfo
    reader_id: int

    @property
    def today(self) -> date:
        """The desk's present day."""
        return self.now.astimezone(self.zone).date()

    def age(self, at: datetime) -> str:
        """How long ago, in words: "just now", "5 min", "3 h", "yesterday", "Mon 2 Nov"."""
        past = self.now - at
        if past < timedelta(minutes=1):
            return "just now"
        if past < timedelta(hours=1):
            return f"{past // timedelta(minutes=1)} min ago"
        days = (self.today - at.astimezone(self.zone).date()).days
        if days == 0:
            return f"{past // timedelta(hours=1)} h ago" if past >= timedelta(hours=1) else "just now"
        if days == 1:
            return "yesterday"
        return f"{days} days ago" if days < 7 else short_day(at.astimezone(self.zone).date(), self.today)  # noqa: PLR2004

    def moment(self, at: datetime) -> str:
        """The exact moment, for titles: "Monday 2 November 2026, 14:03:21 GMT"."""
        local = at.astimezone(self.zone)
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S %Z}"

    def iso(self, at: datetime) -> str:
        """For `datetime` attributes."""
        return at.astimezone(self.zone).isoformat(timespec="seconds")

    def clock(self, at: datetime) -> str:
        """The time of day: "14:03"."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """A date line of the transcript: "Today", "Yesterday", "Monday 2 November 2026"."""
        on = at.astimezone(self.zone).date()
        days = (self.today - on).days
        return {0: "Today", 1: "Yesterday"}.get(days, long_day(on))

    def due(self, due_on: date | None, state: str = "received") -> Said:
        """The due chip: "due in 3 days, Mon 21 Dec"."""
        if state not in OWED:
            return Said(STATES.get(state, state), "good" if state in DONE else "")
        if due_on is None:
            waits = state in AWAITING
            return Said("Clock paused" if waits else "No date", "info" if waits else "")
        days = (due_on - self.today).days
        if days < 0:
            return Said(f"{-days} day{_s(-days)} overdue", "bad")
        on = short_day(due_on, self.today)
        if days == 0:
            return Said(f"Due today, {on}", "warn")
        soon = days <= DUE_SOON.days
        return Said(f"Due tomorrow, {on}" if days == 1 else f"Due in {days} days, {on}", "warn" if soon else "")

    def actor(self, actor: str, colleagues: Mapping[int, str]) -> str:
        """Who did something, as the history says it: "You", "Sam Reid", "The bot", "The customer"."""
        kind, _, ident = actor.partition(":")
        if kind == "staff":
            return "You" if int(ident) == self.reader_id else colleagues.get(int(ident), "A former colleague")
        return {"bot": "The bot", "customer": "The customer", "cli": "An admin", "system": "The desk"}.get(kind, kind)

    def when(self, at: datetime) -> str:
        """A day in the middle of a sentence, with its time: "today at 14:03", "on Monday 2 November 2026 at 09:10"."""
        day = {"Today": "today", "Yesterday": "yesterday"}.get(self.day(at), f"on {self.day(at)}")
        return f"{day} at {self.clock(at)}"

    def by(self, actor: str, colleagues: Mapping[int, str]) -> str:
        """As `actor`, in the middle of a sentence: "you", "Sam Reid", "the bot"."""
        said, ident = self.actor(actor, colleagues), actor.partition(":")[2]
        named = ident.isdecimal() and int(ident) != self.reader_id and int(ident) in colleagues
        return said if named else f"{said[0].lower()}{said[1:]}"

    def owner(self, owner: str, assignee_id: int | None, assignee: str) -> str:
        """Who has a conversation: "The bot is answering", "You have this conversation", "Sam has …"."""
        if owner == "bot":
            return "The bot is answering"
        if assignee_id is None:
            return "Nobody has taken it yet"
        return f"{'You have' if assignee_id == self.reader_id else f'{first_name(assignee)} has'} this conversation"


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def long_day(day: date) -> str:
    """A day in full: "Monday 21 December 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date, today: date) -> str:
    """A day in short: "Mon 21 Dec", with the year when it is another one."""
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"


def first_name(name: str) -> str:
    """How colleagues are spoken of: "Sam" of "Sam Reid", "sam" of "sam@example.com"."""
    return next(iter(name.split("@", maxsplit=1)[0].split()), "A colleague")


def initials(name: str) -> str:
    """Two letters for a small circle: SR of "Sam Reid"."""
    parts = name.split("@", maxsplit=1)[0].replace(".", " ").split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"


def who(name: str, address: str) -> str:
    """A customer in a list: the name, or the address shortened so that it can still be told apart."""
    if name:
        return name
    if address.startswith(ERASED):
        return "Erased person"
    if "@" in address:
        local, _, domain = address.partition("@")
        return f"{local if len(local) <= 18 else local[:17] + '…'}@{domain if len(domain) <= 24 else domain[:23] + '…'}"  # noqa: PLR2004
    return f"Visitor {address[:MARK]}" if _HASH.fullmatch(address) else shown(address)


cannot_text = calls.cannot_text
TEXTS_OFF = calls.TEXTS_OFF


def shown(address: str) -> str:
    """An address as people read it: of a call the number alone and not its id, of a chat's visitor a short mark."""
    if _HASH.fullmatch(address):
        return f"visitor {address[:MARK]}"
    return calls.shown(address) if _CALL.search(address) else address


def confidence(value: float) -> str:
    """A confidence from 0 to 1 in words, with the number."""
    word = "sure" if value >= 0.75 else "fairly sure" if value >= 0.5 else "unsure"  # noqa: PLR2004
    return f"{word} ({value:.0%})"


def delivery(state: str, provider_state: str, error: str, *, waits: str = "") -> Said:
    """What became of an outgoing message, in words that staff can act on."""
    if state == "failed":
        return Said(f"Not delivered: {error or 'no reason was given'}", "bad")
    if state == "cancelled":
        return Said(f"Not sent: {error or 'it was cancelled'}", "warn")
    if state == "waiting":
        if error:
            return Said(f"Not sent yet: {error}{f'. Next try {waits}' if waits else ''}", "warn")
        return Said("On its way", "info")
    if state == "delivered" or provider_state == "delivered":
        return Said("Delivered", "good")
    if provider_state == "unconfirmed":
        return Said("Sent, not confirmed: for a day the network has not said whether it arrived", "warn")
    if provider_state == "delayed":
        return Said("Delayed on the way; the provider keeps trying", "warn")
    return Said("Sent", "good")


def size(count: int) -> str:
    """Bytes as people say them."""
    if count < 1_000:  # noqa: PLR2004
        return f"{count} bytes"
    return f"{count / 1_000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"  # noqa: PLR2004


def lesson(kind: str, content: Mapping[str, Any], topics: Mapping[str, str]) -> str:
    """What a lesson teaches, in one line."""
    if kind == "example":
        return f"“{content['question']}” is answered with clause {content['clause']}"
    if kind == "tags":
        about = ", ".join(topics.get(key, key) for key in content["topics"])
        return f"Clause {content['clause']} is about: {about}"
    clauses = ", ".join(content["clauses"])
    return f"“{content['questions'][0]}” is answered in our words: “{content['text']}” (clause {clauses})"
