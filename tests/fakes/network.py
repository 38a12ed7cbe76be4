"""A network that drops, delays and resets: a proxy for TCP between a test's visitors and its desk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Network:
    """Leads to a port on loopback. A connection lives for so many bytes, both directions together, and is then reset.

    The places come from `seed`, so that a failure comes again. After `cuts` of them the network is `reliable`, and lets
    everybody finish. `longest` is how many bytes a connection lives for at most, `slowest` how many seconds a piece of
    it is held back.
    """

    def __init__(self, port: int, seed: int, *, cuts: int, longest: int = 2_500, slowest: float = 0.0) -> None:
        self._port = port
        self._random = random.Random(seed)
        self._most, self._longest, self._slowest = cuts, longest, slowest
        self._wires: set[asyncio.Task[None]] = set()
        self.cuts = 0

    @property
    def reliable(self) -> bool:
        """Whether new connections live for as long as they like."""
        return self.cuts >= self._most

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Carry what comes to the port that this gives."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for wire in tuple(self._wires):
                wire.cancel()
            await asyncio.gather(*self._wires, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._wires.add(task)
        try:
            await self._lead(reader, writer)
        except ConnectionError:
            writer.transport.abort()  # the desk is away
        finally:
            self._wires.discard(task)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._port)
        left = [10**9 if self.reliable else self._random.randrange(1, self._longest)]
        ways = [self._carry(reader, here, left), self._carry(there, writer, left)]
        carrying = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in carrying:
                way.cancel()
            await asyncio.gather(*carrying, return_exceptions=True)
            for end in (here, writer):
                end.transport.abort()  # a reset, not a polite end

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]) -> None:
        """Pass bytes on, late and in pieces, until the connection's time has come."""
        with suppress(ConnectionError):
            while data := await reader.read(4_096):
                await self._held_back()
                cut = self._random.randrange(1, len(data) + 1)
                for piece in (data[:cut], data[cut:]):
                    writer.write(piece[: left[0]])
                    left[0] -= len(piece)
                    await writer.drain()
                    if left[0] <= 0:
                        self.cuts += 1
                        return

    async def _held_back(self) -> None:
        for _ in range(self._random.randrange(3)):
            await asyncio.sleep(0)  # later than others that came after
        if self._slowest:
            await asyncio.sleep(self._random.uniform(0, self._slowest))
