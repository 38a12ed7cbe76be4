"""Asks clamd whether a file is infected: its INSTREAM command, over TCP or a Unix socket (man clamd, "COMMANDS").

aioclamd speaks TCP alone and sends a kilobyte at a time, each through a thread; this is all that the desk needs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from bot.errors import PermanentError, SettingsError, TemporaryError

BLOCK = 65_536
"""Bytes in one block; clamd asks only that it be shorter than its StreamMaxLength."""
SECONDS = 60.0
"""For one scan, from connecting to the answer."""
LONGEST_ANSWER = 4_096
_FOUND = re.compile(r"^stream: (.+) FOUND$")
_TCP = re.compile(r"^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$")


class ScannerDown(TemporaryError):
    """clamd can't be asked now; the text names the mend."""


class TooLargeToScan(PermanentError):
    """The file is larger than clamd takes (its StreamMaxLength)."""


class Place(NamedTuple):
    """Where clamd listens: a host and a port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"


def installed(setting: str) -> Clamd | None:
    """The clamd that DESK_CLAMD names; None where it is empty. Raises SettingsError."""
    return Clamd(place(setting)) if setting else None


def place(setting: str) -> Place:
    """What DESK_CLAMD names. Raises SettingsError with the mend."""
    bare = setting.removeprefix("unix:")
    if bare.startswith("/"):
        return Place(path=bare)
    found = _TCP.match(setting.removeprefix("tcp://"))
    if not found or not 0 < int(found[3]) < 65_536:  # noqa: PLR2004  the largest port and one
        raise SettingsError(
            "DESK_CLAMD can't be read: write host:port, like 127.0.0.1:3310, or the path of clamd's socket, like "
            "/run/clamav/clamd.ctl"
        )
    return Place(host=found[1] or found[2], port=int(found[3]))


class Clamd:
    """One clamd. A connection carries one command, as clamd does it without sessions."""

    def __init__(self, where: Place, *, seconds: float = SECONDS) -> None:
        self.where, self._seconds = where, seconds

    async def scan(self, content: bytes) -> str:
        """What is in the file, by clamd's name for it; "" where it is clean.

        Raises:
            ScannerDown: clamd can't be reached, is too slow, or says that it failed.
            TooLargeToScan: the file is beyond clamd's limit.
        """
        async with self._connected() as (reader, writer):
            # Over its limit clamd says so and hangs up while we still write: who listens only afterwards hears nothing.
            answer = asyncio.ensure_future(_answer(reader))
            try:
                await _stream(writer, content)
                said = await answer
            finally:
                answer.cancel()
        if said == "stream: OK":
            return ""
        if found := _FOUND.match(said):
            return found[1]
        if "size limit exceeded" in said:
            raise TooLargeToScan("it is larger than clamd takes: raise StreamMaxLength in clamd.conf")
        raise ScannerDown(f"clamd at {self.where} could not scan it ({said[:100] or 'no answer'}): look at its log")

    async def version(self) -> str:
        """What clamd says that it is, as "ClamAV 1.4.3/27500/Mon Nov 23 …". Raises ScannerDown."""
        async with self._connected() as (reader, writer):
            writer.write(b"zVERSION\0")
            await writer.drain()
            said = await _answer(reader)
        if not said.startswith("ClamAV"):
            raise ScannerDown(f"what listens at {self.where} is no clamd: correct DESK_CLAMD")
        return said

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection within the time limit; every fault of it becomes ScannerDown."""
        writer = None
        try:
            async with asyncio.timeout(self._seconds):
                if self.where.path:
                    reader, writer = await asyncio.open_unix_connection(self.where.path, limit=LONGEST_ANSWER)
                else:
                    reader, writer = await asyncio.open_connection(
                        self.where.host, self.where.port, limit=LONGEST_ANSWER
                    )
                yield reader, writer
        except TimeoutError:
            slow = f"clamd at {self.where} took longer than {self._seconds:g} s: see that it runs"
            raise ScannerDown(slow) from None
        except OSError as error:
            why = f"clamd at {self.where} can't be reached ({error.strerror or 'refused'})"
            raise ScannerDown(f"{why}: start it, or correct DESK_CLAMD") from error
        finally:
            if writer is not None:
                writer.close()


async def _stream(writer: asyncio.StreamWriter, content: bytes) -> None:
    """The file in blocks, each with its length before it, and an empty one at the end."""
    with suppress(ConnectionError):  # what it says to that is what counts
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(content), BLOCK):
            block = content[start : start + BLOCK]
            writer.write(len(block).to_bytes(4) + block)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> str:
    """One answer, which ends with NUL or with the connection."""
    try:
        said = await reader.readuntil(b"\0")
    except asyncio.IncompleteReadError as error:
        said = error.partial
    except asyncio.LimitOverrunError:
        said = b""
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
