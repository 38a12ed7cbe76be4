"""How long a test waits for what must come, and what it tells where that does not: each thread and task."""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE = 60.0
"""Seconds until a wait counts as a hang. No measure of speed: a busy machine may stand still for some of them."""


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Wait inside for what must come. Raises TimeoutError, and writes all stacks to the captured output, on a hang."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        for task in asyncio.all_tasks():
            task.print_stack(limit=6, file=sys.stderr)
        sys.stderr.flush()
        faulthandler.dump_traceback(file=sys.__stderr__)
        raise
