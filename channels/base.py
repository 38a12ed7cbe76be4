"""The contract between the outside and the desk: what comes in, what goes out, and what every channel can do.

`bot` builds each channel once through its entry point (`create(context) -> Channel`), mounts its `routes`, and
calls `decode` and `send`. A channel calls back only through its `Context` (context.py), and fails only with the
errors of errors.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from channels.files import Attachment

__all__ = [
    "Attachment", "Channel", "DeliveryReport", "Finding", "InboundMessage", "OutboundMessage", "Paced", "Received",
    "Route", "Sent",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """One message or report as it came in, verbatim, before anybody has read it.

    `dedupe_key` is the provider's own id of it, once for ever within the channel: what comes again under it is had
    before. A report needs one too, as "ID:STATE". `sender` orders the work: what one sender sends is handled strictly
    in turn (320 characters of it count). `facts` holds what only the adapter saw (envelope, peer, site); it is stored
    beside the payload as JSON. `facts["kind"]` is "status" where the adapter knows that this is a provider's report and
    no person's message.
    """

    channel: str
    dedupe_key: str
    sender: str
    payload: bytes
    received_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a person, decoded.

    `address` is theirs, to which answers go, and names their conversation; `recipient` is ours, by which answers leave.
    `site` is the key of one of `Context.sites`, `name` how they call themselves, which proves nothing; `message_id` is
    the provider's. Files come as `attachments`, or where the provider keeps them as places to fetch (files.py).

    Mail finds its conversation by `references` (nearest parent first) and `reply_token` (proved by keyed hash).
    `automatic` says why a machine must never answer it, "" when it may; `suppress` asks for no acknowledgement only.
    `consent` is an opt-out word's meaning, which the provider may answer itself (`provider_answers`). `account` is ours
    at the provider that it came by, where there may be several: its answers go out by the same. `encrypted` is true
    where its words can't be read here. `notice` is "answer" for an automatic answer, whose subject is not its own, and
    "report" for what holds no person's words at all, as a read receipt.
    """

    address: str
    recipient: str
    text: str
    site: str = ""
    name: str = ""
    quoted: str = ""
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    reply_token: str = ""
    automatic: str = ""
    suppress: bool = False
    encrypted: bool = False
    notice: Literal["", "answer", "report"] = ""
    consent: Literal["", "stop", "start", "help"] = ""
    provider_answers: bool = False
    attachments: tuple[Attachment, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    account: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message that we sent: a status callback, or a bounce.

    It names the outgoing message by the provider's id (that of `Sent`), by our own message id (its `message_id`, or its
    `key` beside a provider's id), or by both; what overtakes our own record is looked at once more. `recipient` is the
    failed address when the report says. `text` is what staff may read of it. `bad_address`: nothing ever arrives there.
    """

    state: Literal["queued", "sending", "sent", "delivered", "delayed", "undelivered", "failed"]
    provider_id: str = ""
    message_id: str = ""
    recipient: str = ""
    code: str = ""
    text: str = ""
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message for one person, ready to go. `key` is the same for every attempt at the same message.

    `address` is theirs and `sender` is ours, as they stood in what they wrote (its `address` and `recipient`); `sender`
    may be "" where the desk writes first. `text` is whole: `name`, `subject` and `citations` only say again what it
    says, for a way that shows them better.

    `citations` are the clauses that it rests on, each with id, label, url and text. `unprompted` is true where the
    customer awaits nothing now (a reminder): a text keeps to their quiet hours. `attachments` are put in as it is sent.
    `account` is ours at the provider that the customer wrote to, "" where they did not yet. `last_day` (ISO date) is
    the law's last day for it, beyond which no quiet hours hold it. `template` sends the channel's approved template in
    the place of the text.
    """

    key: str
    address: str
    sender: str
    text: str
    site: str = ""
    name: str = ""
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_token: str = ""
    automatic: bool = True
    citations: tuple[Mapping[str, str], ...] = ()
    unprompted: bool = False
    attachments: tuple[Attachment, ...] = ()
    account: str = ""
    last_day: str = ""
    template: bool = False


class Sent(NamedTuple):
    """The provider took the message; `state` is its first word on delivery."""

    provider_id: str
    state: str = "sent"


class Finding(NamedTuple):
    """What `doctor` or `/readyz` learned of a part, and the mend where it is not well."""

    part: str
    ok: bool
    text: str
    mend: str = ""


class Route(NamedTuple):
    """An HTTP way in: `handler` is an aiohttp handler, mounted by the desk's server."""

    method: str
    path: str
    handler: Callable[[Any], Awaitable[Any]]


class Paced(Protocol):
    """A channel that sends no faster than it may. The desk asks before each message of such a channel."""

    def pace(self, message: OutboundMessage) -> float:
        """Seconds until that message may go, and 0 where it may now, which takes its turn. Pure but for the turns."""
        ...


class Channel(Protocol):
    """A way to speak with customers. `create(context)` behind the entry point returns one."""

    name: str
    isolated: bool
    """True where `decode` may be slow or hostile: it then runs in a process of its own with a time limit."""

    def routes(self) -> Sequence[Route]:
        """HTTP ways in; empty where the channel has none."""
        ...

    async def start(self) -> None:
        """Open what the channel listens on, and its client of the provider; called once, after the desk can accept."""
        ...

    async def stop(self) -> None:
        """Take nothing new, finish what was begun, close. Harmless twice, and where it was never started."""
        ...

    def alive(self) -> bool:
        """Whether it works now: started, still listening where it listens, and not stopped. Cheap: no network.

        A provider that is away is no fault of ours: messages wait in the outbox, and `check` says so.
        """
        ...

    def decode(self, received: Received) -> InboundMessage | DeliveryReport:
        """Read the payload: the same message each time, without I/O. Raises Undecodable and nothing else.

        Its strings hold no NUL and no lone surrogate, which PostgreSQL refuses. Where `isolated`, it is picklable.
        """
        ...

    async def send(self, message: OutboundMessage) -> Sent:
        """Hand the message to the provider. Raises Temporary (also while it is not started), Permanent or OptedOut.

        At least once: after a crash the same message comes again, with the same `key` for a provider that can refuse a
        repetition. Whatever else is raised counts as Temporary and is logged as a fault of the channel.
        """
        ...

    async def check(self) -> Sequence[Finding]:
        """Look at settings and reachability, without sending anything to a customer.

        `privacydesk doctor` asks a channel that was never started: open what this needs here, and close it.
        """
        ...
