"""What the console says: ages, dates, channels, deliveries and owners in plain words. Pure; templates call it as `say`.

Times are said in the desk's zone; the exact moment stands beside each in its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.casework.values import KEYS
from bot.contacts.models import ERASED
from bot.conversations.standing import TOLD
from bot.tickets.vocabulary import AWAITING, DONE, OWED

Tone = Literal["", "good", "warn", "bad", "info"]

DUE_SOON = timedelta(days=7)

_HASH = re.compile(r"[0-9a-f]{32}")
"""A chat visitor's address, which says nothing to a person."""
CHANNELS = {"sms": "Text", "mail": "Email", "webchat": "Web chat", "memory": "Test", "phone": "Telephone",
            "letter": "Letter", "fax": "Fax", "counter": "In person"}  # fmt: skip
KINDS = {
    "access": "Access request",
    "portability": "Copy to take elsewhere",
    "erasure": "Erasure request",
    "rectification": "Correction request",
    "objection": "Objection",
    "restriction": "Restriction request",
    "complaint": "Complaint",
    "breach": "Breach report",
    "human": "Asks for a person",
    "escalation": "Brought up by us",
    "enquiry": "Logged enquiry",
    "status": "Asks for news",
    "question": "Question",
    "other": "Something else",
}
STATES = {
    "suspected": "Perhaps a request",
    "received": "Received",
    "awaiting_identity": "Waiting for proof of identity",
    "awaiting_authority": "Waiting for proof of authority",
    "awaiting_fee": "Waiting for the fee",
    "searching": "Being worked on",
    "awaiting_clarification": "Waiting for the customer",
    "review": "In review",
    "ready": "Ready to be collected",
    "delivered": "Delivered",
    "answered": "Answered",
    "closed": "Closed",
    "not_request": "Dismissed as no request",
    "closed_unverified": "Closed, identity not proved",
    "refused": "Refused",
    "partly_refused": "Refused in part",
    "withdrawn": "Withdrawn",
    "merged": "Merged with another",
}
OUTCOMES = {
    "answered": "answered from the policy",
    "answer": "answered from the policy",
    "silent": "the policy is silent",
    "silent_again": "the policy is silent again",
    "all_said": "said that the policy says no more",
    "choose": "asked which topic is meant",
    "rephrase": "asked for other words",
    "helped": "heard that it helped",
    "off_topic": "not about privacy",
    "handed_over": "handed over to a person",
    "access": "noted an access request",
    "suspected": "noted what may be a request",
    "right": "noted a rights request",
    "repeat": "said that the request is known",
    "status": "told how the request stands",
    "complaint": "noted a complaint",
    "breach": "noted a breach report",
    "declined": "left it at that",
    "stopped": "confirmed the opt-out",
    "started": "confirmed the opt-in",
    "help": "told how to get help",
    "noted": "noted what the customer was asked for",
    "logged": "written down by staff",
    "taken_back": "said that a person asks about taking it back",
    **{f"{TOLD}{key}": "told of a step" for key in KEYS},
}
ACTIONS = {
    "redaction.decided": "decided what to leave out",
    "redaction.marked": "marked words to leave out",
    "item.decided": "decided on an item",
    "package.built": "built the package",
    "package.findings_settled": "let words of the package stand",
    "package.previewed": "downloaded a file of the package",
    "consent.granted": "recorded a permission",
    "consent.withdrawn": "recorded a withdrawal",
    "consent.refused": "recorded a refusal",
    "hold.placed": "laid a legal hold",
    "hold.ended": "ended a legal hold",
    "erasure.requested": "asked for the erasure",
    "erasure.confirmed": "confirmed the erasure",
    "erasure.cancelled": "took the erasure back",
    "erasure.done": "erased the person",
    "ticket.opened": "opened the ticket",
    "ticket.assigned": "assigned the ticket",
    "ticket.unassigned": "gave the ticket back",
    "ticket.confirmed": "confirmed that it is a request",
    "ticket.dismissed": "decided that it is no request",
    "ticket.restored": "took the dismissal back",
    "ticket.identity_requested": "asked for proof of identity",
    "ticket.identity_proved": "noted a proof of identity",
    "ticket.identity_confirmed": "confirmed the identity",
    "ticket.closed_unverified": "closed it, as the identity was not proved",
    "ticket.agent_named": "noted who asks for whom",
    "ticket.authority_requested": "asked for proof of authority",
    "ticket.authority_confirmed": "confirmed the authority",
    "ticket.fee_requested": "asked for a fee",
    "ticket.fee_paid": "noted that the fee was paid",
    "ticket.started": "began the work",
    "ticket.clarification_requested": "asked the customer, and waits",
    "ticket.resumed": "the customer wrote, so it goes on",
    "ticket.customer_wrote": "the customer wrote again",
    "ticket.search_done": "finished the search",
    "ticket.searched_again": "went back to the search",
    "ticket.reviewed": "reviewed the package",
    "ticket.released": "released the package",
    "ticket.package_withdrawn": "took the package back",
    "ticket.delivered": "delivered the package",
    "ticket.answered": "answered the ticket",
    "ticket.refused": "refused the request",
    "ticket.partly_refused": "refused a part of the request",
    "ticket.withdrawn": "withdrew the request",
    "ticket.extended": "extended the time",
    "ticket.acknowledged": "acknowledged the complaint",
    "ticket.regulator_told": "told the regulator",
    "ticket.merged": "merged it with another ticket",
    "ticket.unmerged": "took the merge back",
    "ticket.joined": "went on for another ticket too",
    "ticket.parted": "parted from another ticket again",
    "ticket.split": "made a second ticket of it",
    "ticket.told": "told the customer",
    "ticket.told_by_staff": "tells the customer by themselves",
    "ticket.not_told": "could not tell the customer",
    "reminder.done": "was done with a reminder",
    "ticket.waits_no_longer": "no longer waits for another ticket",
    "ticket.complained": "complained about it",
    "ticket.closed": "closed the ticket",
    "ticket.reopened": "reopened the ticket",
    "package.link_sent": "sent a link to the package",
    "package.link_opened": "looked at the link to the package",
    "package.code_sent": "asked for a code to open the package",
    "package.code_wrong": "typed a code that did not open the package",
    "package.code_read_out": "called back and read out a code",
    "package.opened": "opened the package",
    "package.downloaded": "read or saved files of the package",
    "package.withdrawn": "took the package back",
    "package.deleted": "deleted the files of a package",
    "conversation.taken_over": "took the conversation over",
    "conversation.given_back": "gave the conversation back to the bot",
    "conversation.handed_over": "handed the conversation to a person",
    "conversation.answered": "answered",
    "conversation.replied": "replied",
    "delivery.retried": "sent a message once more",
    "conversation.logged": "wrote down what came in",
    "conversation.noted": "wrote a note",
    "conversation.closed": "closed the conversation",
    "conversation.reopened": "reopened the conversation",
    "deliveries.cancelled": "cancelled the messages that waited",
    "address.marked_bad": "the provider says that the address does not exist",
    "opted_out": "opted out of messages",
    "opted_in": "wants messages again",
    "conversation.assigned": "assigned the conversation",
    "ticket.read": "looked at the request",
    "conversation.read": "read the conversation",
    "evidence.bundled": "bundled all the evidence",
    "attachment.downloaded": "downloaded a file",
    "item.read": "read something that was found",
    "item.downloaded": "downloaded a file that was found",
    "search.planned": "made the checklist of the search",
    "search.ended": "searched a source to its end",
    "search.failed": "could not search a source",
    "search.left_to_people": "left a source to be looked through by hand",
    "search.again": "had a source searched again",
    "search.nil_recorded": "recorded a nil return",
    "search.nil_taken_back": "took a nil return back",
    "search.uploaded": "added a file",
    "search.upload_removed": "took an added file away",
    "message.downloaded": "downloaded a message as it came in",
    "question.set_aside": "set questions aside",
    "question.taken_up": "took questions up again",
    "answer.judged": "judged the bot's answer",
    "answer.helped": "said that the answer helped",
    "answer.did_not_help": "said that the answer did not help",
}
WHY = {
    "assigned": "whose ticket it is",
    "queue": "from the queue",
    "search": "from a search",
    "conversation": "from the conversation",
    "report": "from a report",
    "request": "for the request",
    "answer": "to see why it was answered so",
    "teaching": "to teach the bot",
    "program": "by a program",
    "opened": "by its address",
}
"""Why somebody looked, as the history says it."""


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

    def owner(self, owner: str, assignee_id: int | None, assignee: str) -> str:
        """Who has a conversation: "The bot is answering", "You have this conversation", "Sam has …"."""
        if owner == "bot":
            return "The bot is answering"
        if assignee_id is None:
            return "Nobody has taken this conversation yet"
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
    return f"Visitor {address[:6]}" if _HASH.fullmatch(address) else address


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


LESSONS = {"example": "Example question", "tags": "Topic tags", "curated": "Curated answer"}
SAID = {
    "answered": "Answered",
    "silent": "“The policy does not say”",
    "off_topic": "“Not about privacy”",
    "handoff": "Handed to a person",
    "request": "Taken as a request",
}
"""What the desk would do with a question, as a trial shows it."""
