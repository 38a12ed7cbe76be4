"""What the desk gives a channel: the sites it serves, a place to store what comes in, and a customer's own lines.

`bot.app` builds one `Context` for all channels; a channel knows nothing else of the desk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from channels.base import Received
from channels.live import File, Live, Nobody, Person

PAGE = 100
"""Fewer lines than this from `transcript` are all that there are."""


class Site(NamedTuple):
    """One brand that the desk serves, with the ways in that are its own."""

    key: str
    name: str
    origins: tuple[str, ...]
    sms_numbers: tuple[str, ...]
    mailboxes: tuple[str, ...]
    policy: str


class Line(NamedTuple):
    """One line of a conversation as its customer may see it. `seq` counts from 1 in each conversation.

    `outcome` is what the desk made of a customer's line ("silence" where nothing answers it), or a wording's name.
    """

    seq: int
    id: str
    author: Literal["bot", "staff", "you", "system"]
    text: str
    citations: tuple[Mapping[str, str], ...]
    at: datetime
    choices: tuple[str, ...] = ()
    staff: Person | None = None
    files: tuple[File, ...] = ()
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What the desk gives a channel, and all that a channel may ask of the desk.

    `accept` returns True when the message is new and False when it was had before; either way it is durably
    stored. It raises Temporary when it can't be stored now. `transcript(address, after_seq)` gives a customer's
    next lines, in order: all that there are, or at least PAGE of them. `listen(address, wake)` calls `wake`, on the
    event loop, when that customer has new lines, and returns a function that stops it. `sign(purpose, text)` is a
    keyed hash, 32 hex digits. `setting(name)` is a DESK_ setting by its lower-case name without the prefix, ""
    where unset. `live` is for channels whose customers have a page open (live.py).
    """

    sites: Sequence[Site]
    public_url: str
    setting: Callable[[str], str]
    accept: Callable[[Received], Awaitable[bool]]
    now: Callable[[], datetime]
    sign: Callable[[str, str], str]
    transcript: Callable[[str, int], Awaitable[Sequence[Line]]]
    listen: Callable[[str, Callable[[], None]], Callable[[], None]]
    rejected: Callable[[str, str], None]
    live: Live = field(default_factory=Nobody)
