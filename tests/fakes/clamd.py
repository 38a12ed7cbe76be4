"""A clamd that speaks the real protocol on a real socket: VERSION and INSTREAM, with a limit, and faults on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner knows (eicar.org): harmless."""


@dataclass
class FakeClamd:
    """What it was given to scan, and how it behaves. `answer` replaces its answer to a scan, None hangs."""

    setting: str = ""
    limit: int = 25_000_000
    answer: str | None = ""
    scanned: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one command."""
        try:
            command = await reader.readuntil(b"\0")
            if command == b"zVERSION\0":
                writer.write(b"ClamAV 1.4.3/27500/Mon Nov 23 08:00:00 2026\0")
            elif command == b"zINSTREAM\0":
                writer.write(await self._scan(reader))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(size)
            if len(content) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.scanned.append(content)
        if self.answer is None:
            await reader.read()  # until the other side gives up
        if self.answer:
            return self.answer.encode()
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@asynccontextmanager
async def clamd(path: Path | None = None, **how: object) -> AsyncIterator[FakeClamd]:
    """One on a free port of this machine, or on that Unix socket."""
    fake = FakeClamd(**how)  # type: ignore[arg-type]  # tests give its fields
    if path is not None:
        server = await asyncio.start_unix_server(fake.serve, path)
        fake.setting = str(path)
    else:
        server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        fake.setting = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
