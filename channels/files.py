"""Files that come and go with messages, and what a channel does whose provider keeps them, or the words.

`decode` is pure, so where a provider holds the file (Twilio's media) it gives the place only; the desk then asks the
channel to fetch it, stores it, and has the provider forget it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, or goes with one.

    `source` is where it is while `content` is empty: coming in, the provider's address of it, which only the channel
    may open; going out, an address that expires under which the provider may get it from us. `inline` is true of a
    picture that a mail's own words show.
    """

    name: str
    content_type: str
    content: bytes = b""
    source: str = ""
    inline: bool = False


class Fetched(NamedTuple):
    """A file as the provider gave it. `content_type` is the provider's word and proves nothing."""

    content: bytes
    content_type: str


@runtime_checkable
class Fetches(Protocol):
    """A channel whose provider keeps the files of a message.

    `source` is what `decode` read out of a payload, so it may name any place: both hold it against their own provider
    before anything is asked, since what they ask with (a token) must go nowhere else, and no redirect leads elsewhere.
    """

    async def fetch(self, source: str) -> Fetched:
        """The file at that place. Raises Temporary, or Permanent where it is gone, too large, or no place of theirs.

        Read it within a bound: the desk keeps 25 MB of one file. A Permanent with code "404" is tried a few times more,
        for a provider's store may lag behind its message.
        """
        ...

    async def forget(self, source: str) -> str:
        """Have the provider delete it, once it is stored here or never will be; returns what proves that it did, in
        words. Raises Temporary or Permanent: staff then read that it is still there.
        """
        ...


@runtime_checkable
class Empties(Protocol):
    """A channel whose provider keeps the words of a message after we have it. `empties` is whether it is to forget."""

    empties: bool

    async def empty(self, provider_id: str, *, account: str, sender: str) -> str:
        """Have the provider forget its words; returns what proves that it did. `account` is ours that it came or went
        by, "" where that is not known; `sender` is our number. Raises Temporary or Permanent.
        """
        ...


@runtime_checkable
class Records(Protocol):
    """A channel whose provider may keep recordings of what was said there."""

    async def forget_recordings(self, call: str, *, account: str) -> str:
        """Have the provider delete all of one call, which it names so; returns what proves that it did. `account` is
        ours that it came by, "" where that is not known. Raises Temporary or Permanent.
        """
        ...


@runtime_checkable
class Offered(Protocol):
    """A channel whose provider gets the files of our messages from us: they go as `source`, without their content."""

    by_address: bool


def emptied_by(channel: object) -> Empties | None:
    """The channel, where its provider is to forget the words of messages."""
    return channel if isinstance(channel, Empties) and channel.empties else None
