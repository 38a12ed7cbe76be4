"""Decoding off the event loop, with a time limit, in processes that can be killed.

A hostile mail can keep a parser busy for seconds, and a thread can't be stopped; a process can. Two processes serve all
isolated channels; each starts with its first message and again after a kill.

A process that dies says nothing of the message that it was reading: the system may have needed its memory, or somebody
ended the whole group. So the message is tried again, and only the third death over it counts as its own fault.
"""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar, cast

from bot.errors import TemporaryError
from channels.base import Channel, DeliveryReport, InboundMessage, Received
from channels.errors import Temporary, Undecodable

Decoded = InboundMessage | DeliveryReport
Given = TypeVar("Given")
Result = TypeVar("Result")
LIMIT = 5.0
PROCESSES = 2
START = 60.0
"""Seconds for a new process to be ready; a busy machine's slowness is no fault of the message's."""
DEATHS = 3
"""Processes that must have died over a message until it is given up."""


class DecoderDown(TemporaryError):
    """The decoder's process could not be started or has died, or the desk is stopping: try again."""


class Decoder:
    """Decodes for channels marked `isolated` in processes of their own, and for the others in place."""

    def __init__(self, *, limit: float = LIMIT) -> None:
        self._limit = limit
        self._readers = [_Reader() for _ in range(PROCESSES)]
        self._idle: asyncio.LifoQueue[_Reader] = asyncio.LifoQueue()
        for reader in reversed(self._readers):
            self._idle.put_nowait(reader)

    async def decode(self, channel: Channel, received: Received, *, attempts: int = 0) -> Decoded:
        """What the payload says; `attempts` is how often handling it has failed before.

        Raises:
            Undecodable: it can't be read, or not within the limit.
            DecoderDown: there is no process to read it in now, or it died and this may not be the message's fault.
        """
        if not channel.isolated:
            return channel.decode(received)
        decoded = await self._in_process(channel.decode, received, attempts, self._limit)
        assert isinstance(decoded, InboundMessage | DeliveryReport)
        return decoded

    async def apart(self, work: Callable[[Given], Result], given: Given, seconds: float) -> Result:
        """What `work` gives, done in one of the processes: both picklable, see `channels.evidence.Apart`.

        Raises:
            Undecodable: it failed, or took longer than so many seconds.
            Temporary: there is no process now, or it died.
        """
        try:
            return await self._in_process(work, given, 0, seconds)
        except DecoderDown as error:
            raise Temporary(str(error)) from error

    async def _in_process(self, work: Callable[[Given], Result], given: Given, attempts: int, limit: float) -> Result:
        reader = await self._idle.get()  # the last used first: the second process starts only when it is needed
        try:
            result = await asyncio.to_thread(reader.read, work, given, attempts, limit)
        finally:
            self._idle.put_nowait(reader)
        return cast("Result", result)

    def forget(self) -> None:
        """End the processes that read nothing now: what they read last is in their memory. The next mail starts one."""
        for reader in self._readers:
            reader.forget()

    async def stop(self) -> None:
        """End the processes at once; what they were reading stays accepted, and is read at the next start."""
        for reader in self._readers:
            reader.stop()


class _Reader:
    """One process and the pipe to it; used by one thread at a time."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._stopping = False
        self._turn = threading.Lock()

    def read(self, work: Callable[[Any], Any], given: object, attempts: int, limit: float) -> object:
        with self._turn:
            return self._read(work, given, attempts, limit)

    def _read(self, work: Callable[[Any], Any], given: object, attempts: int, limit: float) -> object:
        pipe = self._started(work)
        try:
            pipe.send((work, given))
            if not pipe.poll(limit):
                self._kill()
                raise Undecodable(f"reading it took more than {limit:g} s")
            result = pipe.recv()
        except (EOFError, OSError) as error:
            self._kill()
            if self._stopping:
                raise DecoderDown("the desk is stopping") from error
            if attempts + 1 < DEATHS:
                raise DecoderDown("the decoder died: it is tried again") from error
            raise Undecodable("the decoder died over it") from error
        if isinstance(result, Exception):
            raise result
        return cast("object", result)

    def forget(self) -> None:
        """Kill the process unless it is reading; the next message starts another."""
        if self._turn.acquire(blocking=False):
            try:
                self._kill()
            finally:
                self._turn.release()

    def stop(self) -> None:
        """Kill the process, also in the middle of a message; safe from another thread."""
        self._stopping = True
        atexit.unregister(self.stop)
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            self._process.join()

    def _started(self, work: Callable[[Any], Any]) -> Connection:
        """The pipe to a process that has loaded what the work needs."""
        if self._stopping:
            raise DecoderDown("the desk is stopping")
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self._kill()
            # It ignores the signal by which the interpreter would end it at exit, and then be waited for.
            atexit.register(self.stop)
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), name="desk-decode", daemon=True)
            try:
                self._process.start()
                theirs.close()
                self._pipe.send((work, None))
                ready = self._pipe.poll(START) and self._pipe.recv() is None
            except (EOFError, OSError):
                ready = False
            if not ready:
                self._kill()
                raise DecoderDown("the decoder can't be started now: see that the machine has memory to spare")
        return self._pipe

    def _kill(self) -> None:
        atexit.unregister(self.stop)
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    """The process's loop: decode what comes, answer with the result or the error; ends when the desk does.

    A signal to the whole group (Ctrl-C, a service's stop) is for the desk, which ends this process when it is ready to.
    `None` for a message asks only whether the process is ready, and is answered with `None`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            decode, received = pipe.recv()
        except (EOFError, OSError):
            return
        if received is None:
            pipe.send(None)
            continue
        try:
            result: object = decode(received)
        except Undecodable as error:
            result = Undecodable(str(error))
        except Exception as error:  # noqa: BLE001  whatever the parser trips over, the message is kept and shown
            result = Undecodable(f"{type(error).__name__} while reading it")
        pipe.send(result)
