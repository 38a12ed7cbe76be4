"""The stream that keeps open pages true: it tells of changes, ends with its session, and never holds up a stop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bot.console.views import live
from tests.integration.console_support import Console, console, customer, http, signed_in, wrote
from tests.patience import patience


async def event(response: aiohttp.ClientResponse) -> str:
    """The name of the next event."""
    async with patience():
        while True:
            line = (await response.content.readline()).decode()
            if line.startswith("event: ") or not line:
                return line.removeprefix("event: ").strip()


async def test_a_change_is_told_to_every_open_page(desk: Console) -> None:
    """A customer's message reaches two colleagues' streams; the stream itself carries no words."""
    async with http() as one, http() as two:
        await signed_in(desk, one)
        await signed_in(desk, two, "lena@iomart.com")
        async with one.get(f"{desk.url}/console/events") as first, two.get(f"{desk.url}/console/events") as second:
            assert first.headers["Content-Type"] == "text/event-stream"
            assert [await event(first), await event(second)] == ["ready", "ready"]
            await desk.write(lambda s: wrote(s, customer(s, desk.clock.at), "secret words", desk.clock.at))
            assert [await event(first), await event(second)] == ["changed", "changed"]


async def test_signing_out_ends_the_stream(desk: Console) -> None:
    """The stream of a session that is over says so and closes."""
    async with http() as browser:
        token = await signed_in(desk, browser)
        async with browser.get(f"{desk.url}/console/events") as stream:
            assert await event(stream) == "ready"
            await (await browser.post(f"{desk.url}/console/sign-out", data={"csrf": token})).read()
            assert await event(stream) == "ended"
            assert await event(stream) == ""


async def test_an_expired_session_ends_the_stream(desk: Console) -> None:
    """A stream does not outlive its session: it is checked at every sign of life."""
    async with http() as browser:
        await signed_in(desk, browser)
        async with browser.get(f"{desk.url}/console/events") as stream:
            assert await event(stream) == "ready"
            desk.clock.move(hours=2)
            desk.desk.bus.publish(["console"])
            assert await event(stream) == "ended"


async def test_one_session_has_a_bounded_number_of_streams(desk: Console) -> None:
    """One more than the bound is refused, and closing one makes room again."""
    async with http() as browser:
        await signed_in(desk, browser)
        url = f"{desk.url}/console/events"
        streams = [await browser.get(url) for _ in range(live.MOST_FOR_ONE)]
        async with browser.get(url) as refused:
            assert refused.status == 429
        gone = streams.pop()
        gone.close()
        async with patience():
            while (again := await browser.get(url)).status == 429:
                again.close()
        assert await event(again) == "ready"
        for stream in (again, *streams):
            stream.close()


async def test_stopping_the_desk_waits_for_no_stream(tmp_path: Path) -> None:
    """An open page doesn't delay a stop."""
    async with http() as browser:
        async with console(tmp_path) as desk:
            await signed_in(desk, browser)
            stream = await browser.get(f"{desk.url}/console/events")
            assert await event(stream) == "ready"
            begun = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - begun < 3
        stream.close()
