"""The whole desk at work: start-up, texts answered end to end, chat, idle visitors, memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil

from tests import processes
from tests.bench.child import child
from tests.bench.report import Figure, middle, percentile


async def start_up(folder: Path, rounds: int) -> list[Figure]:
    """From spawning to /readyz: on a new data directory, and again on it."""
    fresh, again = [], []
    for number in range(rounds):
        for kept in (fresh, again):
            desk = processes.Served(folder / f"start{number}")
            kept.append(await desk.start())
            await desk.stop()
    return [
        Figure("start-up to ready", middle(again), "s", 2.0, "less"),
        Figure("start-up to ready, new data directory", middle(fresh), "s"),
    ]


async def at_work(folder: Path, *, texts: int, questions: int, visitors: int, paced: int) -> list[Figure]:
    """One desk with all channels: texts through it (for `paced` seconds at half of what it bears), chat, idle
    visitors, and its memory before and after.
    """
    record = folder / "sent.jsonl"
    async with processes.recording_twilio(record) as base:
        settings = {**processes.twilio_settings(base), "chat_max_per_address": str(visitors + 10)}
        async with processes.Served(folder / "work", **settings) as desk:
            before = _memory(desk.pid)
            figures = await _texts(desk, record, texts, paced)
            figures += await _chat(desk, questions)
            after = _memory(desk.pid)
            figures += await _idle(desk, visitors)
    return [
        *figures,
        Figure("resident memory after start-up", before, "MB", 200, "less"),
        Figure("resident memory after the work", after, "MB", 200, "less"),
    ]


async def _texts(desk: processes.Served, record: Path, count: int, seconds: int) -> list[Figure]:
    """As fast as it goes, in the same words and in ever new ones; then at half pace to see how long one text takes."""
    await _poured(desk, record, first=1, count=max(100, count // 10))  # warm
    rate, cost = await _flat_out(desk, record, count, first=10_000)
    fresh_rate, fresh_cost = await _flat_out(desk, record, count, first=30_000, unlike=True)
    timed = await _poured(desk, record, first=50_000, count=int(rate / 2 * seconds), rate=rate / 2)
    waits = [(timed["sent"][sender] - posted) * 1e3 for sender, posted in timed["posted"].items()]
    return [
        Figure("texts answered end to end", rate, "/s", 1_000),
        Figure("texts end to end, the desk's processor time", cost * 1e6, "µs each"),
        Figure("texts of which no two are alike, answered end to end", fresh_rate, "/s"),
        Figure("texts of which no two are alike, the desk's processor time", fresh_cost * 1e6, "µs each"),
        Figure("text to reply at half that pace, p50", percentile(waits, 0.5), "ms"),
        Figure("text to reply at half that pace, p99", percentile(waits, 0.99), "ms", 250, "less"),
    ]


async def _flat_out(
    desk: processes.Served, record: Path, count: int, *, first: int, unlike: bool = False
) -> tuple[float, float]:
    """Texts answered in a second, and the desk's processor seconds for each."""
    process = psutil.Process(desk.pid)
    before = sum(process.cpu_times()[:2])
    result = await _poured(desk, record, first=first, count=count, unlike=unlike)
    cost = (sum(process.cpu_times()[:2]) - before) / count
    return count / (max(result["sent"].values()) - result["began"]), cost


async def _poured(
    desk: processes.Served, record: Path, *, first: int, count: int, rate: float = 0.0, unlike: bool = False
) -> dict[str, Any]:
    """Send texts and wait until all are answered; `sent` holds when each sender's answer reached Twilio."""
    url = f"{desk.base}/sms/twilio"
    words = ("--unlike",) if unlike else ()
    async with child("texts", url, "--first", first, "--count", count, "--rate", rate, *words) as load:
        await load.says()
        load.go()
        result: dict[str, Any] = await load.says()
    assert result["good"] == count, f"{count - result['good']} of {count} were not accepted"
    await desk.idle(deadline=300)
    sent = {message["To"]: float(message["at"]) for message in processes.recorded(record)}
    return result | {"sent": {sender: sent[sender] for sender in result["posted"]}}


async def _chat(desk: processes.Served, count: int) -> list[Figure]:
    async with child("chats", desk.base, "ask", "--count", count) as load:
        await load.says()
        load.go()
        latencies = [seconds * 1e3 for seconds in (await load.says())["latencies"]]
    return [
        Figure("chat, question to answer, p50", percentile(latencies, 0.5), "ms", 10, "less"),
        Figure("chat, question to answer, p99", percentile(latencies, 0.99), "ms"),
    ]


async def _idle(desk: processes.Served, visitors: int) -> list[Figure]:
    """What one open chat costs, with the first few not counted."""
    async with child("chats", desk.base, "idle", "--count", max(10, visitors // 10)) as first:
        await first.says()
        before = _memory(desk.pid)
        began = time.perf_counter()
        async with child("chats", desk.base, "idle", "--count", visitors) as load:
            assert await load.says() == visitors
            each = (_memory(desk.pid) - before) * 1024 / visitors
            seconds = time.perf_counter() - began
    return [
        Figure("one idle chat visitor", each, "KiB", 25, "less"),
        Figure("chats opened", visitors / seconds, "/s"),
    ]


def _memory(pid: int) -> float:
    """Resident MB (2^20 bytes) of the desk's own process."""
    return float(psutil.Process(pid).memory_info().rss / 2**20)
