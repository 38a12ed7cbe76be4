"""Signed texts over raw keep-alive connections: every request is built beforehand, so the client costs little.

`python -m tests.bench.texts URL --count 2000 --first 1 [--rate 500] [--unlike]` says {"built"}, waits for go, and
says what came of it: {"seconds", "began", "good", "latencies" (s), "posted" {sender: time}}. `began` and `posted` are
Unix times.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from urllib.parse import urlsplit

from tests.bench.child import say, wait_for_go
from tests.fakes import twilio

# Questions that the policy answers, as customers write them; asked in turn.
QUESTIONS = (
    "do you sell my data?",
    "Do you use cookies on your website?",
    "do u record phone calls",
    "Who can see my personal information?",
    "How do I contact you about privacy?",
)
# What people add to a question: four of them in a row make each text one that nobody sent before.
ASIDES = (
    "thanks", "please", "just curious", "my mum wants to know", "sorry to bother you", "asking for a friend",
    "no rush", "as a customer", "before I sign up", "it was on the news", "my neighbour told me", "hope you are well",
    "I read your site", "quick one", "since last year", "if you don't mind",
)  # fmt: skip


def unlike(number: int) -> str:
    """A question that is like no other of the first 65,536: one of the same five, with what people add to it."""
    asides = ", ".join(ASIDES[number // len(ASIDES) ** place % len(ASIDES)] for place in range(4))
    return f"{QUESTIONS[number % len(QUESTIONS)]} {asides}"


def request(url: str, number: int, *, alike: bool) -> tuple[str, bytes]:
    """One signed text as bytes on the wire, from a sender of its own; and that sender."""
    parts = urlsplit(url)
    sender = f"+4478{number:08d}"
    words = QUESTIONS[number % len(QUESTIONS)] if alike else unlike(number)
    body, headers = twilio.webhook(url, twilio.text(number, words, sender=sender))
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return sender, "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Load:
    """The requests, what has come of them, and how many a second may go out (0: as many as are answered)."""

    def __init__(self, url: str, first: int, count: int, rate: float, *, alike: bool) -> None:
        self.requests = [request(url, number, alike=alike) for number in range(first, first + count)]
        self.address = urlsplit(url)
        self.rate = rate
        self.next = 0
        self.good = 0
        self.latencies: list[float] = []
        self.posted: dict[str, float] = {}
        self.done = asyncio.Event()

    async def run(self, connections: int) -> dict[str, object]:
        """Open the connections, then send everything."""
        loop = asyncio.get_running_loop()
        host, port = self.address.hostname, self.address.port
        opened = [await loop.create_connection(lambda: _Connection(self), host, port) for _ in range(connections)]
        began, self.started = time.time(), time.perf_counter()
        for _, connection in opened:
            connection.send()
        await self.done.wait()
        seconds = time.perf_counter() - self.started
        for transport, _ in opened:
            transport.close()
        return {
            "seconds": seconds,
            "began": began,
            "good": self.good,
            "latencies": self.latencies,
            "posted": self.posted,
        }


class _Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self) -> None:
        """The next request, at its time."""
        load = self._load
        if load.next == len(load.requests):
            return
        number, load.next = load.next, load.next + 1
        if not load.rate:
            self._send(number)
            return
        due = load.started + number / load.rate
        self._loop.call_later(max(0.0, due - time.perf_counter()), self._send, number)

    def _send(self, number: int) -> None:
        sender, raw = self._load.requests[number]
        self._load.posted[sender] = time.time()
        self._sent_at = time.perf_counter()
        self._transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, mark, body = self._received.partition(b"\r\n\r\n")
        if not mark or len(body) < _length(head):
            return
        self._received = b""
        load = self._load
        load.latencies.append(time.perf_counter() - self._sent_at)
        load.good += head.startswith(b"HTTP/1.1 200")
        if len(load.latencies) == len(load.requests):
            load.done.set()
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._load.done.is_set():
            raise ConnectionError("the server hung up in the middle of the bench") from exc


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0])


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0 is as many as are answered")
    parser.add_argument("--unlike", action="store_true", help="no two texts in the same words")
    options = parser.parse_args()

    async def run() -> dict[str, object]:
        load = Load(options.url, options.first, options.count, options.rate, alike=not options.unlike)
        say("built")
        wait_for_go()
        return await load.run(options.connections)

    say(asyncio.run(run()))


if __name__ == "__main__":
    main()
