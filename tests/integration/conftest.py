"""A desk with its console, and a browser in which an agent is signed in: what most tests of pages begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.console_support import Console, console, http, signed_in


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def browser(desk: Console) -> AsyncIterator[aiohttp.ClientSession]:
    async with http() as session:
        await signed_in(desk, session)
        yield session
