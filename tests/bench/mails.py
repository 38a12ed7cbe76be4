"""Mails over raw SMTP, many in each connection as a relay sends them.

`python -m tests.bench.mails PORT --count 1000 --first 1` says {"built"}, waits for go, and says {"seconds", "good"}.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator

from tests.bench.child import say, wait_for_go
from tests.bench.texts import QUESTIONS


def mail(number: int) -> tuple[bytes, bytes]:
    """The envelope's sender, and the mail with its final dot: a small one with the headers that real ones have."""
    sender = f"customer{number}@example.org"
    lines = (
        f"Received: from mx.example.org by relay.example.net with ESMTP id {number}; Fri, 20 Nov 2026 12:00:00 +0000",
        f"From: A Customer <{sender}>",
        "To: info@iomart.com",
        "Subject: A question about your privacy policy",
        f"Message-ID: <{number}@example.org>",
        "Date: Fri, 20 Nov 2026 12:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        "Hello,",
        "",
        QUESTIONS[number % len(QUESTIONS)],
        "",
        "Kind regards",
        "A Customer",
        ".",
        "",
    )
    return sender.encode(), "\r\n".join(lines).encode()


async def _connection(port: int, mails: Iterator[tuple[bytes, bytes]]) -> int:
    """Send from the shared supply until it is empty; how many were taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def answer(expected: bytes) -> bool:
        line = await reader.readuntil(b"\n")
        while line[3:4] == b"-":
            line = await reader.readuntil(b"\n")
        return line.startswith(expected)

    async def ask(command: bytes, expected: bytes) -> bool:
        writer.write(command)
        return await answer(expected)

    assert await answer(b"220")
    assert await ask(b"EHLO relay.example.net\r\n", b"250")
    good = 0
    for sender, content in mails:
        assert await ask(b"MAIL FROM:<" + sender + b">\r\n", b"250")
        assert await ask(b"RCPT TO:<info@iomart.com>\r\n", b"250")
        assert await ask(b"DATA\r\n", b"354")
        good += await ask(content, b"250")
    writer.write(b"QUIT\r\n")
    writer.close()
    return good


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=20)
    options = parser.parse_args()

    async def run(built: list[tuple[bytes, bytes]]) -> dict[str, object]:
        mails = iter(built)
        began = time.perf_counter()
        good = await asyncio.gather(*(_connection(options.port, mails) for _ in range(options.connections)))
        return {"seconds": time.perf_counter() - began, "good": sum(good)}

    built = [mail(number) for number in range(options.first, options.first + options.count)]
    say("built")
    wait_for_go()
    say(asyncio.run(run(built)))


if __name__ == "__main__":
    main()
