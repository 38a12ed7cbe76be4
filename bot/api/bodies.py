"""What programs send: the bodies and the queries. Unknown fields are refused, so that a typing slip never passes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.casework.wording import LONGEST_WORDS
from bot.conversations.service import LONGEST_REPLY
from bot.tickets.service import LONGEST_REASON
from bot.tickets.states import Kind, State

LONGEST_QUESTION = 20_000
Key = Annotated[str, Field(max_length=40, description="The key of a policy, such as iomart.")]
After = Annotated[str, Field(max_length=120, description="Where to go on: the `after` of the page before.")]
Move = Literal[
    "confirm", "dismiss", "restore", "ask_identity", "give_up_identity", "ask_authority", "authority_proved", "ask_fee",
    "fee_paid", "start", "ask", "back_to_search", "answer", "refuse", "refuse_partly", "withdraw", "extend",
    "acknowledge", "tell_regulator", "close", "reopen",
]  # fmt: skip
MOVES: tuple[Move, ...] = get_args(Move)
"""The steps that a program may take for staff. Assigning has an address of its own; what needs a search, a package, a
proof or another ticket is done where those are.
"""


class Body(BaseModel):
    """A JSON body: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """The part of an address behind the question mark: exactly these names, each at most once."""

    model_config = ConfigDict(extra="forbid")


class Question(Body):
    """A message as a customer might write it. `as_of` is the day whose policy counts; without it the day that
    the message asks about, or today.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "do u sell my info?"}, {"text": "Do you use cookies?", "as_of": "2008-06-30"}]
        }
    )
    text: str = Field(max_length=LONGEST_QUESTION)
    policy: Key | None = None
    as_of: date | None = None


class Event(Body):
    """A step of a ticket. Which may be tried now stands in the ticket's `possible`; what must be done before one is
    told when it is refused. The customer is told of it on their own channel, unless `tell` is false.

    `reason` is kept with the ticket and, of a refusal or an extension, told. `words` are what the customer is told
    beside it: the question, what was done.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"event": "start", "reason": "known by her voice"},
                {"event": "ask", "words": "Which of your two accounts do you mean?"},
                {"event": "answer", "tell": False},
            ]
        }
    )
    event: Move
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
    words: Annotated[str, Field(max_length=LONGEST_WORDS)] = ""
    tell: bool = True


class NewAssignee(Body):
    """Whose work a ticket is: the email address of one of the staff, or null for nobody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "sam@iomart.com"}, {"email": None}]})
    email: Annotated[str, Field(max_length=320)] | None


class Reply(Body):
    """A reply to the customer, on their own channel.

    `seen_seq` is the `last_seq` of the conversation as its writer saw it: if the customer wrote since, nothing is
    sent. `clauses` are ids of clauses that the text quotes word for word; they are shown with it.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "We have sent your copy by email today.", "seen_seq": 4}]}
    )
    text: str = Field(min_length=1, max_length=LONGEST_REPLY)
    seen_seq: int = Field(ge=0, lt=2**31)
    clauses: list[Annotated[str, Field(pattern=r"^[^\s]{1,40}$")]] = Field(default=[], max_length=8)


class Note(Body):
    """A note that only staff see."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Their old account is closed; see archive."}]})
    text: str = Field(min_length=1, max_length=LONGEST_REPLY)


class Nothing(Body):
    """No fields: an empty body does as well."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class NoQuery(Query):
    """No names."""


class TicketQuery(Query):
    """Which tickets to list."""

    state: State | None = Field(None, description="Only tickets in this state.")
    kind: Kind | None = Field(None, description="Only tickets of this kind.")
    after: After = ""


class ConversationQuery(Query):
    """Which conversations to list."""

    state: Literal["open", "closed"] | None = Field(None, description="Only conversations in this state.")
    channel: Annotated[str, Field(pattern=r"^[a-z]{1,32}$")] | None = Field(None, description="Only this channel.")
    after: After = ""


class LinesQuery(Query):
    """Which part of a transcript to read."""

    before: int = Field(0, ge=0, lt=2**53, description="Only lines before that one: the `earlier` of the page before.")


class AuditQuery(Query):
    """Which part of the audit to read."""

    after: int = Field(0, ge=0, lt=2**53, description="Only entries after that number.")
