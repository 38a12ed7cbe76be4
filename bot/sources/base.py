"""The contract of data sources: where personal data is kept that a person may ask for.

A kind of source is a module with `create(setting) -> DataSource`; `own`, `sql` and `folder` ship, another is found
under the entry point group `privacydesk.data_sources`. Each `[[data_sources]]` table of desk.toml makes one source of a
kind.
All methods are synchronous: the desk calls them in a thread of their own, with a time limit.

Errors, drawn as a tree; each text names the mend, and holds no personal data and no password, since staff read it:

TemporaryError
└── SourceDown       the source can't be searched now; tried again by itself
PermanentError
├── SourceBroken     its settings or its data are wrong: somebody must mend them; tried again all the same
└── TooMuch          it gave more than a search may give
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy.orm import Session

from bot.contacts.matching import Claim, Match
from bot.errors import PermanentError, TemporaryError
from bot.files.values import File as File  # noqa: PLC0414  whoever writes a source finds all of it here
from channels.base import Finding

GROUP = "privacydesk.data_sources"
MOST_ITEMS = 10_000
MOST_BYTES = 50_000_000
LARGEST_ITEM = 5_000_000
SECONDS = 60.0
"""How long a search may take where its setting says nothing else."""

Way = Literal["internet and email", "telephone", "fax", "text", "post"]
"""A way in which a policy says that personal data is collected."""
WAYS: tuple[Way, ...] = ("internet and email", "telephone", "fax", "text", "post")

Content = Mapping[str, Any] | str
"""What an item says: its fields by name (values as JSON has them, nested at will), or words."""


class SourceDown(TemporaryError):
    """The source can't be searched now."""


class SourceBroken(PermanentError):
    """The source can't be searched until somebody mends its settings or its data."""


class TooMuch(PermanentError):
    """The source gave more than a search may give."""


class Subject(NamedTuple):
    """The person whose data is asked for, by proved identifiers only.

    `addresses` are pairs of (channel, value): ("mail", "sam@example.com"), ("sms", "+447700900123"). `details` holds
    what a match or a document proved, by the names of `contacts.matching.FIELDS`; `names` likewise. A name alone proves
    nobody: a source never gives an item for it. `contacts` are the desk's own numbers of the person.
    """

    addresses: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()
    details: Mapping[str, str] = {}
    contacts: tuple[int, ...] = ()

    def on(self, channel: str) -> tuple[str, ...]:
        """The proved addresses on a channel."""
        return tuple(value for each, value in self.addresses if each == channel)


class Item(NamedTuple):
    """One thing that is held about the person.

    `reference` finds it again in its source, and is the same at each search; `collected_on` is the day it was
    collected, None where the source does not know. `kind` is a word for people: "record", "message", "note", "file".
    `shared` is true where it may be about somebody else as well. A `file` counts with its bytes.
    """

    reference: str
    title: str
    content: Content
    kind: str = "record"
    collected_on: date | None = None
    shared: bool = False
    file: File | None = None


class Setting(NamedTuple):
    """What a source is made of: its own table of desk.toml, as far as the desk does not read it itself (`options`).

    `secret(name)` is the DESK_ setting that begins with the source's name ("url" of the source "crm" is DESK_CRM_URL),
    "" where unset. `look(work)` runs `work(session)` over the desk's own database and changes nothing; `timezone`
    is where the desk's days begin.
    """

    name: str
    title: str
    covers: tuple[Way, ...]
    options: Mapping[str, Any]
    secret: Callable[[str], str]
    look: Callable[[Callable[[Session], Any]], Any]
    timezone: str = "UTC"


class DataSource(Protocol):
    """A place where personal data is kept."""

    name: str
    title: str
    """Words for people: "Customer database"."""
    covers: tuple[Way, ...]
    """The policy's ways of collecting for which nothing else needs to be looked through."""

    def search(self, subject: Subject) -> Iterable[Item]:
        """Everything held about the person, streamed. Raises SourceDown or SourceBroken; nothing found is no error."""
        ...

    def match(self, claim: Claim) -> Sequence[Match]:
        """The records that agree with an address of the claim or with its reference; empty where none does."""
        ...

    def check(self) -> Sequence[Finding]:
        """Whether it could be searched now; for `privacydesk doctor`. Reads no personal data."""
        ...


class Erasing(Protocol):
    """What a source that can also erase has besides."""

    def erase(self, subject: Subject) -> Sequence[str]:
        """Erase what it holds of the person; returns the references of what is gone. May be called again."""
        ...
