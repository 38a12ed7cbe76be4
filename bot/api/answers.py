"""What the API answers with. Built by `bot.api.shown` from the desk's tables; the OpenAPI document shows these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.api import examples
from bot.tickets.states import Certainty, State


def like(*given: dict[str, Any]) -> ConfigDict:
    """The configuration of an answer with these examples."""
    return ConfigDict(json_schema_extra={"examples": list(given)})


class ErrorBody(BaseModel):
    """`code` is for programs and stays; `text` is for people and says what to do."""

    model_config = like({"code": "not_found", "text": "there is no such conversation"})
    code: str
    text: str


class Error(BaseModel):
    """What every refusal looks like."""

    model_config = like({"error": {"code": "not_found", "text": "there is no such conversation"}})
    error: ErrorBody


class Person(BaseModel):
    """One of the staff."""

    model_config = like(examples.PERSON)
    id: int
    name: str


class Ticket(BaseModel):
    """Something to be done for somebody by a date. `summary` is the customer's own words."""

    model_config = like(examples.TICKET)
    reference: str
    kind: str
    state: State
    certainty: Certainty
    conversation_id: int
    assignee: Person | None
    summary: str
    received_at: datetime
    due_on: date | None
    updated_at: datetime
    closed_at: datetime | None


class Tickets(BaseModel):
    """A page of tickets, newest first. `after` leads to the next page, null at the end."""

    model_config = like({"items": [examples.TICKET], "after": "MTI"})
    items: list[Ticket]
    after: str | None


class Counted(BaseModel):
    """An event that a ticket's clock counts from."""

    model_config = like(examples.COUNTED)
    type: str
    at: datetime


class TicketInFull(Ticket):
    """A ticket with its clock: the law and calendar, why the date is what it is, and what may be done next."""

    model_config = like(examples.TICKET_IN_FULL)
    regime: str
    calendar: str
    timezone: str
    due_at: datetime | None
    trace: list[str]
    events: list[Counted]
    possible: list[str] = Field(description="The events that this token's role may send now.")


class Conversation(BaseModel):
    """Who speaks with the desk, where, and who answers: `owner` is "bot" or "human"."""

    model_config = like(examples.CONVERSATION)
    id: int
    channel: str
    address: str
    name: str
    subject: str
    site: str
    state: Literal["open", "closed"]
    owner: Literal["bot", "human"]
    assignee: Person | None
    handover_reason: str
    last_intent: str
    last_text: str
    last_seq: int = Field(description="Send it back as `seen_seq` with a reply.")
    undelivered: bool
    ticket: str | None = Field(description="The reference of the most urgent open ticket.")
    created_at: datetime
    last_at: datetime


class Conversations(BaseModel):
    """A page of conversations, newest first. `after` leads to the next page, null at the end."""

    model_config = like({"items": [examples.CONVERSATION], "after": "MjAyNi0x"})
    items: list[Conversation]
    after: str | None


class Delivery(BaseModel):
    """What became of an outgoing line."""

    model_config = like(examples.DELIVERY)
    state: str
    error: str
    attempts: int
    sent_at: datetime | None


class File(BaseModel):
    """A file that came with a line; the console hands it out."""

    model_config = like(examples.FILE)
    id: int
    name: str
    content_type: str
    size: int


class Line(BaseModel):
    """One line. `seq` is null for a note; `author` is "you" for the customer, else "bot", "staff" or "system"."""

    model_config = like(examples.LINE)
    id: int
    seq: int | None
    direction: Literal["in", "out", "note"]
    author: Literal["you", "bot", "staff", "system"]
    staff: Person | None
    text: str
    quoted: str
    subject: str
    intent: str
    outcome: str
    confidence: float | None
    helpful: bool | None = Field(
        description="Whether an answer of the bot's helped, as the customer said; null where they did not say."
    )
    clauses: list[str]
    state: str
    at: datetime
    deliveries: list[Delivery]
    files: list[File]
    evidence: dict[str, str] = Field(
        description="What is known of who sent it, as it was kept; `why_silent` is why nothing answered it."
    )
    warnings: list[str] = Field(description="What in the evidence speaks against the sender, for people.")


class Transcript(BaseModel):
    """A conversation with its newest lines in order; `earlier` leads to the lines before, null at the beginning."""

    model_config = like(examples.TRANSCRIPT)
    conversation: Conversation
    opted_out: bool
    tickets: list[str]
    lines: list[Line]
    earlier: int | None


class Written(BaseModel):
    """The line that was written. `repeated` is true when the same key had written it before."""

    model_config = like({"line": examples.LINE, "repeated": False})
    line: Line
    repeated: bool


class Entry(BaseModel):
    """One entry of the audit. `hash` is bound to the entry before by `previous`."""

    model_config = like(examples.ENTRY)
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    data: dict[str, Any]
    previous: str
    hash: str


class Entries(BaseModel):
    """A page of the audit, oldest first. `after` leads to the next page, null at the end."""

    model_config = like({"items": [examples.ENTRY], "after": 1204})
    items: list[Entry]
    after: int | None
