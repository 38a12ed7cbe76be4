"""Decoding in a process of its own: limits, deaths, and starts that fail."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.workers import decoder as decoding
from bot.workers.decoder import Decoder, DecoderDown
from channels.base import InboundMessage, Received
from channels.errors import Undecodable
from channels.mail.decode import decode
from tests.fakes import decoders
from tests.support import NOON

MAIL = Received("mail", "k", "ann@example.net", b"From: ann@example.net\r\n\r\nHello\r\n", NOON)


class Channel:
    """As much of a channel as the decoder sees."""

    isolated = True

    def __init__(self, decode: Callable[[Received], Any]) -> None:
        self.decode = decode


async def test_a_mail_is_read_in_another_process_which_is_kept() -> None:
    """Two mails, one process; none is left at the end."""
    decoder = Decoder()
    read = [await decoder.decode(Channel(decode), MAIL) for _ in range(2)]  # type: ignore[arg-type]
    assert [message.text for message in read if isinstance(message, InboundMessage)] == ["Hello", "Hello"]
    first, second = decoder._readers
    process = first._process
    assert second._process is None
    await decoder.stop()
    assert process is not None
    assert not process.is_alive()


async def test_stopping_does_not_wait_for_what_is_being_read() -> None:
    """A mail that keeps the parser busy is given up at once, to be read at the next start."""
    decoder = Decoder(limit=60)
    reading = asyncio.ensure_future(decoder.decode(Channel(decoders.hangs), MAIL))  # type: ignore[arg-type]
    while decoder._readers[0]._process is None or decoder._readers[0]._process.pid is None:  # noqa: ASYNC110  a thread's
        await asyncio.sleep(0)
    await decoder.stop()
    with pytest.raises(DecoderDown):
        await asyncio.wait_for(reading, 30)


async def test_a_decoder_that_hangs_is_killed_at_the_limit() -> None:
    """The limit counts from when the process is ready; the next mail is read by a new one."""
    decoder = Decoder(limit=0.3)
    with pytest.raises(Undecodable, match=r"more than 0\.3 s"):
        await decoder.decode(Channel(decoders.hangs), MAIL)  # type: ignore[arg-type]
    assert decoder._readers[0]._process is None
    decoder._limit = 10.0
    assert isinstance(await decoder.decode(Channel(decode), MAIL), InboundMessage)  # type: ignore[arg-type]
    await decoder.stop()


async def test_other_work_is_done_apart_and_killed_at_its_own_limit() -> None:
    """What a channel asks for beside decoding gives its result, or is ended; the next mail is read all the same."""
    decoder = Decoder()
    assert await decoder.apart(len, "abc", 10.0) == 3
    with pytest.raises(Undecodable, match=r"more than 0\.3 s"):
        await decoder.apart(decoders.hangs, MAIL, 0.3)
    assert isinstance(await decoder.decode(Channel(decode), MAIL), InboundMessage)  # type: ignore[arg-type]
    await decoder.stop()


async def test_a_slow_start_is_no_fault_of_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is not ready in time is a reason to try again, not to call the mail unreadable."""
    monkeypatch.setattr(decoding, "START", 0.0)
    decoder = Decoder()
    began = time.monotonic()
    with pytest.raises(DecoderDown):
        await decoder.decode(Channel(decode), MAIL)  # type: ignore[arg-type]
    assert time.monotonic() - began < 10
    await decoder.stop()


async def test_what_a_bug_says_of_a_message_is_not_repeated() -> None:
    """The error's own words may be the customer's: only its kind is kept."""
    decoder = Decoder()
    with pytest.raises(Undecodable, match="LookupError while reading it") as raised:
        await decoder.decode(Channel(decoders.trips), MAIL)  # type: ignore[arg-type]
    assert "customer" not in str(raised.value)
    await decoder.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_to_the_whole_group_does_not_cost_a_mail(number: signal.Signals) -> None:
    """Ctrl-C and a service's stop reach the decoder too: it reads on, and the desk ends it."""
    decoder = Decoder()
    await decoder.decode(Channel(decode), MAIL)  # type: ignore[arg-type]
    process = decoder._readers[0]._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, number)
    assert isinstance(await decoder.decode(Channel(decode), MAIL), InboundMessage)  # type: ignore[arg-type]
    assert decoder._readers[0]._process is process
    await decoder.stop()


async def test_a_death_is_the_messages_fault_only_the_third_time() -> None:
    """A process that was killed over a message is no proof against it: twice it is tried again, then given up."""
    decoder = Decoder()
    for attempts in (0, 1):
        with pytest.raises(DecoderDown):
            await decoder.decode(Channel(decoders.dies), MAIL, attempts=attempts)  # type: ignore[arg-type]
    with pytest.raises(Undecodable, match="died"):
        await decoder.decode(Channel(decoders.dies), MAIL, attempts=2)  # type: ignore[arg-type]
    assert isinstance(await decoder.decode(Channel(decode), MAIL, attempts=2), InboundMessage)  # type: ignore[arg-type]
    await decoder.stop()


def test_a_program_that_forgets_to_stop_it_ends_all_the_same() -> None:
    """The decoder ignores the signal by which Python ends its children at exit: it is killed there instead."""
    program = (
        "import asyncio\n"
        "from tests.unit.workers.test_decoder import MAIL, Channel, Decoder, decode\n"
        "if __name__ == '__main__': asyncio.run(Decoder().decode(Channel(decode), MAIL)); print('read')\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "read\n"


async def test_what_was_read_last_is_forgotten_with_its_process() -> None:
    """After an erasure no process keeps a mail in its memory; the next mail starts another."""
    decoder = Decoder()
    await decoder.decode(Channel(decode), MAIL)  # type: ignore[arg-type]
    process = decoder._readers[0]._process
    decoder.forget()
    assert process is not None
    assert not process.is_alive()
    read = await decoder.decode(Channel(decode), MAIL)  # type: ignore[arg-type]
    assert isinstance(read, InboundMessage)
    await decoder.stop()
