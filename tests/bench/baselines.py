"""What the desk is measured against, each in a process of its own that says {"http", "smtp"}: its ports.

`http`: a bare aiohttp handler that stores the raw body with group commit through plain sqlite3, durable as the desk is
(WAL, synchronous=FULL); it checks no signature. `smtp`: aiosmtpd with a handler that does nothing. `desk`: the real
desk whose workers rest, so that accepting alone is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import queue
import signal
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP

from bot import app, logs
from bot.settings import load
from tests.bench.child import say

_Item = tuple[bytes, bytes, asyncio.Future[None]]
MOST_IN_BATCH = 500
INSERT = "INSERT OR IGNORE INTO inbox (key, payload) VALUES (?, ?)"


class GroupCommit:
    """One thread that writes all that waits in one transaction: the least that durable storing can cost."""

    def __init__(self, file: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._file = file
        threading.Thread(target=self._run, daemon=True).start()

    async def store(self, key: bytes, payload: bytes) -> None:
        """Returns after the commit."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((key, payload, future))
        await future

    def _run(self) -> None:
        connection = sqlite3.connect(self._file, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE inbox (id INTEGER PRIMARY KEY, key BLOB UNIQUE, payload BLOB)",
        ):
            connection.execute(statement)
        while True:
            batch = [self._queue.get()]
            while len(batch) < MOST_IN_BATCH and not self._queue.empty():
                batch.append(self._queue.get())
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, [item[:2] for item in batch])
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._tell, batch)

    @staticmethod
    def _tell(batch: list[_Item]) -> None:
        for _, _, future in batch:
            future.set_result(None)


async def http(folder: Path) -> dict[str, int]:
    """Listen as the bare handler."""
    store = GroupCommit(folder / "bare.db").store

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        await store(hashlib.sha256(body).digest(), body)
        return web.Response(body=b"<Response/>", content_type="text/xml")

    application = web.Application()
    application.router.add_post("/sms/twilio", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    return {"http": runner.addresses[0][1]}


class Nothing:
    """Takes every mail and forgets it."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802  aiosmtpd's name
        """Say yes."""
        return "250 2.0.0 Accepted"


async def smtp(_folder: Path) -> dict[str, int]:
    """Listen as the null server."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nothing(), loop=loop, command_call_limit=None), "127.0.0.1", 0)
    return {"smtp": server.sockets[0].getsockname()[1]}


async def desk(_folder: Path) -> dict[str, int]:
    """Start the desk by its own settings, and lay its workers to rest."""
    settings = load()
    logs.configure(level=settings.log_level)
    running = await app.start(settings)
    await running.handler.feeds.stop()
    await running.deliverer.feeds.stop()
    return {"http": running.http_port, "smtp": settings.smtp_port}


SERVERS: dict[str, Callable[[Path], Awaitable[dict[str, int]]]] = {"http": http, "smtp": smtp, "desk": desk}


def main() -> None:
    """Run as a process of its own, until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=tuple(SERVERS))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        say(await SERVERS[options.server](options.folder))
        await stop.wait()

    asyncio.run(run())


if __name__ == "__main__":
    main()
