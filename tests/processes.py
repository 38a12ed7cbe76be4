"""Real processes for kill tests, browser tests and the bench: the desk by its own command, and a recording Twilio."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import aiohttp

from tests.fakes.twilio import ACCOUNT, TOKEN

ROOT = Path(__file__).resolve().parent.parent
OUR_NUMBER = "+447700900999"
DEADLINE = 60.0
PORTS = range(12_000, 32_000)
PARTS = 20
PORTS_OF_ONE = len(PORTS) // PARTS
_QUEUES = re.compile(rb'^desk_queue_waiting\{queue="\w+"\} ([0-9.]+)', re.MULTILINE)


def free_port() -> int:
    """A port that nothing listens on now, to be listened on by another process a moment later.

    It is none of those that the system gives out by itself (32768 and up on Linux): a test beside this one could be
    given it in that moment. Each process of a run side by side looks in a part of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = PORTS.start + worker % PARTS * PORTS_OF_ONE
    while True:
        port = first + secrets.randbelow(PORTS_OF_ONE)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def environment(folder: Path, **values: str) -> dict[str, str]:
    """The variables of a process that serves from `folder`: none of the caller's own DESK_ settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    ours = {
        "data_dir": str(folder),
        "http_port": str(free_port()),
        "smtp_port": str(free_port()),
        "log_level": "warning",
        **values,
    }
    return kept | {f"DESK_{name.upper()}": value for name, value in ours.items()}


def twilio_settings(base: str) -> dict[str, str]:
    """Settings with which the desk takes signed texts and sends to the Twilio at `base`."""
    return {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": OUR_NUMBER,
        "twilio_api_base": base,
    }


class Served:
    """`privacydesk serve` in a process of its own; its log goes to `serve.log` in the data directory.

    `command` is what runs it, for those who measure a variant of it.
    """

    def __init__(self, folder: Path, command: tuple[str, ...] = ("-m", "bot", "serve"), **values: str) -> None:
        self.folder = folder
        self.environ = environment(folder, **values)
        self.http_port = int(self.environ["DESK_HTTP_PORT"])
        self.smtp_port = int(self.environ["DESK_SMTP_PORT"])
        self.base = f"http://127.0.0.1:{self.http_port}"
        self.database = folder / "desk.db"
        self._command = command
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> float:
        """Spawn, and wait until /readyz says 200; returns the seconds that this took."""
        self.folder.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        with (self.folder / "serve.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._command, env=self.environ, cwd=self.folder, stdout=log, stderr=log
            )
        async with asyncio.timeout(DEADLINE), aiohttp.ClientSession() as session:
            while await self._status(session) != 200:
                assert self._process.returncode is None, (self.folder / "serve.log").read_text()
                await asyncio.sleep(0.01)
        return time.perf_counter() - began

    async def _status(self, session: aiohttp.ClientSession) -> int:
        try:
            async with session.get(f"{self.base}/readyz") as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is tidied."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, as an operator would stop it; harmless when it has ended."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        async with asyncio.timeout(DEADLINE):
            await process.wait()

    async def idle(self, deadline: float = DEADLINE) -> None:
        """Wait until nothing waits to be handled or delivered."""
        async with asyncio.timeout(deadline), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.base}/metrics") as answer:
                    waiting = _QUEUES.findall(await answer.read())
                if len(waiting) == 2 and not any(map(float, waiting)):
                    return
                await asyncio.sleep(0.02)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


@asynccontextmanager
async def recording_twilio(record: Path, *, delay: float = 0.0) -> AsyncIterator[str]:
    """A Twilio in a process of its own, that appends what it is sent to `record`; gives its address."""
    command = ["-m", "tests.fakes.twilio", "--record", str(record), "--delay", str(delay)]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), DEADLINE)).decode().strip()
    finally:
        process.terminate()
        await process.wait()


def recorded(record: Path) -> list[Mapping[str, str]]:
    """What the recording Twilio was sent, in order; a line that is just being written is left for later."""
    whole, _, _ = record.read_text("utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]
