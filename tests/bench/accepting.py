"""How fast the desk accepts, as a share of what the least possible server does: both in turn, in one run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psutil

from tests import processes
from tests.bench.child import Child, child
from tests.bench.report import Figure, middle


class Door:
    """A server under load: a generator sends to it, its rate and its processor time for each message are kept."""

    def __init__(self, server: Child, load: str, target: str) -> None:
        self._process = psutil.Process(server.pid)
        self._load, self._target = load, target
        self._sent = 0
        self.rates: list[float] = []
        self.costs: list[float] = []

    async def round(self, count: int) -> None:
        """Send `count` messages that were not sent before."""
        first, self._sent = self._sent + 1, self._sent + count
        async with child(self._load, self._target, "--count", count, "--first", first) as load:
            await load.says()
            before = _busy(self._process)
            load.go()
            result = await load.says()
        assert result["good"] == count, f"{count - result['good']} of {count} were not accepted"
        self.rates.append(count / result["seconds"])
        self.costs.append((_busy(self._process) - before) / count * 1e6)


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def resting_desk(folder: Path) -> AsyncIterator[tuple[Child, dict[str, int]]]:
    """A desk that accepts and does not handle; and its ports."""
    settings = {"channels": "sms,mail", **processes.twilio_settings("http://127.0.0.1:9")}
    env = processes.environment(folder, **settings)
    async with child("baselines", "desk", folder, env=env) as server:
        yield server, await server.says()


async def measure(folder: Path, *, rounds: int, texts: int, mails: int) -> list[Figure]:
    """Ratios of accepting, texts and mails."""
    async with AsyncExitStack() as stack:
        desk, ports = await stack.enter_async_context(resting_desk(folder / "resting"))
        bare = await stack.enter_async_context(child("baselines", "http", folder))
        null = await stack.enter_async_context(child("baselines", "smtp", folder))
        url = "http://127.0.0.1:{}/sms/twilio"
        pair = (
            Door(bare, "texts", url.format((await bare.says())["http"])),
            Door(desk, "texts", url.format(ports["http"])),
        )
        posts = (Door(null, "mails", str((await null.says())["smtp"])), Door(desk, "mails", str(ports["smtp"])))
        await _alternate(pair, rounds, texts)
        await _alternate(posts, rounds, mails)
    return [
        *_compared("SMS accept", "bare aiohttp + raw group commit", pair, 0.5),
        *_compared("SMTP accept", "null aiosmtpd", posts, 0.7),
    ]


async def _alternate(doors: Sequence[Door], rounds: int, count: int) -> None:
    for door in doors:
        await door.round(max(50, count // 10))  # warm
        door.rates.clear()
        door.costs.clear()
    for _ in range(rounds):
        for door in doors:
            await door.round(count)


def _compared(what: str, with_what: str, doors: tuple[Door, Door], limit: float) -> list[Figure]:
    base, desk = doors
    ratio = middle([ours / theirs for ours, theirs in zip(desk.rates, base.rates, strict=True)])
    return [
        Figure(f"{what}, share of {with_what}", ratio, "", limit),
        Figure(f"{what}, the desk", middle(desk.rates), "/s"),
        Figure(f"{what}, {with_what}", middle(base.rates), "/s"),
        Figure(f"{what}, the desk's processor time", middle(desk.costs), "µs each"),
        Figure(f"{what}, {with_what}: processor time", middle(base.costs), "µs each"),
    ]
