"""What the decision is made from and what it is made of: where a conversation stands, what was heard, what to do.

Plain values; `handling` fills them and carries them out, `states.decide` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TOLD = "told:"
"""How the outcome of a line begins that tells of a step of a request. Staff made that step: it answers no message, and
counts in no loop of automatic replies.
"""
SHOWN = ("identity_details", "identity_claimed", "identity_proved", "identity_linked")
"""Replies that only a right code brings, and each once: whoever typed it is no machine."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the conversation stands when a message comes.

    `tickets` maps the kind of each open ticket of this conversation to its reference; of the kinds in `done` the one
    there is has been answered or delivered, so that who asks again asks anew. `ended` says that there is one here that
    has ended, where none is open. `replies_last_hour` counts the
    bot's messages to this address, for the cap that ends mail loops, and `domain_replies_last_hour` those to everybody
    at its domain, for the cap on what forged senders can have sent there. `after_answer` says that the bot's last words
    were an answer or silence, `answers` how many it gave, `failures` how many failed in a row, and `asked_helpful` that
    the customer was asked once whether one helped. `owes` is the reference of a request that waits for the customer,
    and `owes_words` says that it waits for their answer to a question. `settled` says that a request of here is done or
    has ended. `quiet` says that its sender was told to wait,
    `too_many` that they are to be told so now, `same` that these words were answered often enough, and `braked` until
    when strangers get no automatic text, "" where they do.
    """

    channel: str
    owner: Literal["bot", "human"]
    asked: str = ""
    opted_out: bool = False
    tickets: tuple[tuple[str, str], ...] = ()
    replies_last_hour: int = 0
    domain_replies_last_hour: int = 0
    after_answer: bool = False
    answers: int = 0
    failures: int = 0
    asked_helpful: bool = False
    owes: str = ""
    owes_words: bool = False
    done: frozenset[str] = frozenset()
    ended: bool = False
    settled: bool = False
    quiet: bool = False
    too_many: bool = False
    same: bool = False
    braked: str = ""

    def reference(self, kind: str) -> str:
        """The reference of the open ticket of that kind that is still owed an answer, or ""."""
        return "" if kind in self.done else dict(self.tickets).get(kind, "")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came, as far as the decision needs it.

    `open_choice` marks an answer that may be meant for one of several topics, `repeats` one with no other clauses than
    the answer before, on which the message leans. `understood` is false where a message is
    neither a question nor small talk of a known kind; `beside` is true where it says something that is no question on
    privacy, and no greeting or thanks. `confidence` is the answer's. `silent_on` is the key of the topic
    that the policy leaves open. `agent`, `copy_first` and `withdraws` are its `hints`.
    `only_names` says that it asks for news only as far as it names a reference. `elsewhere` is the reference that it
    asks after, of a request that did not come from
    here. `identity` is the reply where it shows who they are (see identifying), `identity_handover` why a person then
    takes over. `language` is the code of another language than English.
    `invitation` marks one to a meeting, written by a calendar, whose few words sound like anything.
    """

    text: str = ""
    intent: str = "other"
    also: tuple[str, ...] = ()
    outcome: str = "off_topic"
    suspected: bool = False
    maybe_access: bool = False
    conflict: bool = False
    open_choice: bool = False
    repeats: bool = False
    understood: bool = True
    beside: bool = False
    confidence: float = 1.0
    silent_on: str = ""
    reason: str = ""
    automatic: str = ""
    suppress: bool = False
    consent: str = ""
    provider_answers: bool = False
    undecodable: bool = False
    stranger: bool = False
    only_files: bool = False
    encrypted: bool = False
    invitation: bool = False
    agent: str = ""
    copy_first: str = ""
    withdraws: bool = False
    only_names: bool = False
    elsewhere: str = ""
    identity: str = ""
    identity_handover: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: the wording to reply with ("" for none), tickets to open as (kind, certainty), and the rest.

    `handover` is the reason for which a person takes over, "" where the bot keeps the conversation. `asked` is the
    question that the reply puts. `why_silent` says why there is no reply, for staff. `helpful` is what the customer
    says of the last answer, None for nothing. `failures` is the new count, and `may_ask` says that the reply may ask
    whether it helped, where there is room. `agent` is who asks for somebody else, and `waits` says that deleting waits
    until the copy is delivered. `about` is the reference that the reply is about, where it is no new one.
    """

    reply: str = ""
    tickets: tuple[tuple[str, str], ...] = ()
    handover: str = ""
    asked: str = ""
    why_silent: str = ""
    helpful: bool | None = None
    failures: int = 0
    may_ask: bool = False
    agent: str = ""
    waits: bool = False
    about: str = ""
