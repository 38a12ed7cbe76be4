"""Load generators and baselines in processes of their own, so that they don't share the desk's interpreter.

Such a process prints one line of JSON whenever it has something to say, and goes on when it is sent a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.processes import ROOT

PATIENCE = 300.0


class Child:
    """A started process, as its parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def says(self) -> Any:
        """The next thing it has to say."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
        assert line, "the process ended: see its error above"
        return json.loads(line)

    def go(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")


@asynccontextmanager
async def child(module: str, *arguments: object, env: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """`python -m tests.bench.MODULE ARGUMENTS` (with the environment `env`), ended at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments), cwd=ROOT, env=env,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def say(value: object) -> None:
    """In the child: tell the parent."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def wait_for_go() -> None:
    """In the child: wait until the parent says go."""
    sys.stdin.readline()
