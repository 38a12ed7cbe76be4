"""What a visitor's open page is told beside the lines: who answers, who is writing, what was read. Pure values.

None of it is a message: it is never stored as one, and what is lost of it is told again with the next change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from channels.files import Attachment


class Person(NamedTuple):
    """One of the staff as customers may see them: a display name, and the hash under which their picture is served."""

    name: str
    picture: str = ""


class File(NamedTuple):
    """A file of a line as its customer may see it. `kept` is false while it is looked through and when it is gone."""

    id: int
    name: str
    size: int
    content_type: str
    kept: bool = True


class Standing(NamedTuple):
    """How a conversation stands. `read` is the last line up to which its customer's own were read, by staff or bot."""

    owner: Literal["bot", "human"] = "bot"
    staff: Person | None = None
    read: int = 0


NEW = Standing()
"""Of a conversation in which nothing was said yet."""


class Live(Protocol):
    """What the desk gives a channel whose customers have a page open.

    `online` is whether staff are at hand now. `standing` and `seen` (the customer has read up to a line) look at the
    database and raise Temporary. `follow` calls back, on the event loop, whenever the standing of an address may have
    changed or staff begin or cease to write there; `writes` says whether they do. `followed` is called back whenever
    `online` changes. `here` and `typing` tell of the customer.
    """

    @property
    def online(self) -> bool:
        """Whether staff are at hand now."""
        ...

    async def standing(self, address: str) -> Standing:
        """Who answers there, and what was read."""
        ...

    async def seen(self, address: str, seq: int) -> None:
        """The customer has read everything up to that line."""
        ...

    def writes(self, address: str) -> bool:
        """Whether one of the staff is writing there now."""
        ...

    def follow(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Be called when the standing there may have changed; returns a function that ends it."""
        ...

    def follow_staff(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be called when `online` changes; returns a function that ends it."""
        ...

    def here(self, address: str, *, here: bool) -> None:
        """The customer's page was opened, or the last one closed."""
        ...

    def typing(self, address: str, *, on: bool = True) -> None:
        """The customer is writing, or has sent it."""
        ...

    def checked(self, name: str, content: bytes) -> Attachment:
        """A file as it may be kept, by its content. Raises Permanent with what is wrong and what to do."""
        ...

    async def file(self, file_id: int) -> Attachment | None:
        """A file that may be given out; None where there is none of that number. Raises Temporary."""
        ...

    async def picture(self, hash_: str) -> Attachment | None:
        """A colleague's picture, by the hash that their `Person` names; None where there is none. Raises Temporary."""
        ...


class Nobody:
    """A desk without staff and files: for channels and tests that have no use for them."""

    online = False

    async def standing(self, address: str) -> Standing:  # noqa: ARG002 - the contract's names
        """Nothing is known."""
        return NEW

    async def seen(self, address: str, seq: int) -> None:
        """Not kept."""

    def writes(self, address: str) -> bool:  # noqa: ARG002 - as above
        """Nobody does."""
        return False

    def follow(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - as above
        """Nothing changes."""
        return lambda: None

    def follow_staff(self, wake: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - as above
        """Nothing changes."""
        return lambda: None

    def here(self, address: str, *, here: bool) -> None:
        """Not kept."""

    def typing(self, address: str, *, on: bool = True) -> None:
        """Not kept."""

    def checked(self, name: str, content: bytes) -> Attachment:
        """As it is."""
        return Attachment(name, "application/octet-stream", content)

    async def file(self, file_id: int) -> Attachment | None:  # noqa: ARG002 - as above
        """There is none."""
        return None

    async def picture(self, hash_: str) -> Attachment | None:  # noqa: ARG002 - as above
        """There is none."""
        return None
