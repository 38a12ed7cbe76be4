"""Runs the desk for minutes under mixed load, and tells whether it stayed well.

    python -m tests.soak [--minutes 10] [--seed 1] [--pause 0.1]

All channels at once: texts, pictures, WhatsApp, calls, mail, chats by WebSocket and by long poll, files, colleagues in
the console; deliveries that come twice, reports and bounces, forged and broken input, and bombs. It fails where a good
input was not answered as it should be, where something that was accepted is not handled, where the log holds an error,
or where memory kept growing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import deque
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import aiohttp

from tests import processes
from tests.contract.mail_outside import Relay
from tests.fakes.twilio import FakeTwilio
from tests.integration.console_support import LoopbackJar
from tests.soak import chats, letters, pages, phones, verdict
from tests.soak.outside import Outside
from tests.soak.tally import Tally

WRITERS = {
    phones.text: 3, phones.picture: 1, phones.report: 1, phones.call: 1, phones.bad: 1,
    letters.mail: 2, letters.bounce: 1, letters.bad: 1, letters.bomb: 1,
    chats.chat: 3, chats.poll: 2, chats.bad: 1, pages.console: 1, pages.public: 1,
}  # fmt: skip
"""How many of each kind write at the same time."""
KEPT = 200
"""Messages of the desk's that the world outside remembers, to report on."""


async def soak(folder: Path, minutes: float, seed: int, pause: float) -> list[str]:
    """Run it; prints what was done and returns what was wrong."""
    relay, twilio = Relay(), FakeTwilio()
    relay.mails = mails = deque(maxlen=KEPT)  # type: ignore[assignment]
    twilio.messages = deque(maxlen=KEPT)  # type: ignore[assignment]
    for endless in ("led", "deleted", "emptied", "offered"):
        setattr(twilio, endless, deque(maxlen=1))
    async with AsyncExitStack() as stack:
        server = await relay.listen()
        stack.callback(server.close)
        await stack.enter_async_context(twilio)
        settings = processes.twilio_settings(twilio.base) | {
            "relay_url": f"smtp+plain://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            "channels": "sms,mail,webchat,voice", "trusted_peers": "", "mail_dns": "off",
        }  # fmt: skip
        desk = processes.Served(folder / "desk", **settings)
        desk.environ["DESK_PUBLIC_URL"] = desk.base
        await stack.enter_async_context(desk)
        timeout = aiohttp.ClientTimeout(total=60)
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        colleague = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, cookie_jar=LoopbackJar()))
        await sign_in(desk, colleague)
        until = asyncio.get_running_loop().time() + 60 * minutes
        there = Outside(
            desk.base, desk.smtp_port, http, twilio, mails, Tally(), Random(seed), until, pause, colleague
        )  # fmt: skip
        held = await go(there, desk.pid)
        await desk.idle(5 * processes.DEADLINE)
    return verdict.of(there.tally, desk, held)


async def go(there: Outside, pid: int) -> list[float]:
    """Let all write until the time is over; gives the MB that the desk held, every ten seconds."""
    async with asyncio.TaskGroup() as group:
        group.create_task(there.pace())
        watching = group.create_task(verdict.watch(there, pid))
        for once, number in WRITERS.items():
            for _ in range(number):
                group.create_task(there.go_on(once))
    return watching.result()


async def sign_in(desk: processes.Served, browser: aiohttp.ClientSession) -> None:
    """A colleague gets an account, and uses its link."""
    command = (sys.executable, "-m", "bot", "staff", "add", "sam@example.com", "--role", "agent", "--link")
    process = await asyncio.create_subprocess_exec(
        *command, env=desk.environ, cwd=desk.folder, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    async with browser.post(said.decode().split()[-1]) as answer:
        assert answer.status == 200, await answer.text()


def main() -> None:
    """Run it, say what was wrong, exit 1 for anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two inputs of one writer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = asyncio.run(soak(Path(folder), options.minutes, options.seed, options.pause))
    for each in wrong:
        sys.stdout.write(f"WRONG  {each}\n")
    sys.stdout.write(f"\nVERDICT: {'not well, for the above' if wrong else 'all was well, and memory stayed flat'}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
