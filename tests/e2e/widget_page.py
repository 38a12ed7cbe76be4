"""A customer's page in a real browser that embeds the widget by one line, under a strict Content-Security-Policy."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from tests.e2e.scripted_desk import ScriptedDesk, scripted


class ShopPage:
    """The page and its visitor."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    async def ask(self, text: str) -> None:
        """Write into the box and press Enter."""
        await self.page.get_by_label("Your message").fill(text)
        await self.page.keyboard.press("Enter")

    async def open(self) -> None:
        """Load the page and open the chat."""
        await self.page.goto(self.url)
        await self.page.get_by_role("button", name="Open the privacy chat").click()
        await expect(self.page.get_by_role("heading", name="iomart privacy questions")).to_be_visible()

    async def stored(self) -> dict[str, Any]:
        """All that the page keeps in the browser."""
        kept = await self.page.evaluate(
            "({session: {...sessionStorage}, local: {...localStorage}, cookie: document.cookie})"
        )
        assert isinstance(kept, dict)
        return kept

    async def lines(self) -> list[str]:
        """What stands in the conversation after the greeting."""
        return (await self.page.locator(".line .bubble").all_inner_texts())[1:]

    async def keep_picture(self, name: str) -> None:
        """Keep a picture for people to look at, where DESK_TEST_PICTURES names a folder."""
        if folder := os.environ.get("DESK_TEST_PICTURES"):
            await self.page.screenshot(path=Path(folder) / f"{name}.png")


def page_of(desk_url: Callable[[], str], direction: str = "ltr", attributes: str = "") -> web.Application:
    """The page; it allows no more than it must."""

    async def home(request: web.Request) -> web.Response:
        desk = desk_url().rstrip("/")
        body = f"""<!doctype html><html lang="en" dir="{direction}"><meta name="viewport" content="width=device-width">
            <title>Shop</title><link rel="icon" href="data:,"><main><h1>A shop</h1>
            <p><a href="#">A link on the page</a></p></main>
            <script src="{desk}/chat/widget.js" data-site="iomart" {attributes} defer></script></html>"""
        policy = (
            f"default-src 'none'; script-src {desk}; connect-src {desk} {desk.replace('http', 'ws')};"
            f" img-src {desk} data:; require-trusted-types-for 'script'; base-uri 'none'"
        )
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", home)
    return app


@asynccontextmanager
async def scripted_shop(
    browser: Browser, direction: str = "ltr", attributes: str = "", **options: Any
) -> AsyncIterator[tuple[ShopPage, ScriptedDesk]]:
    """A page, and a desk that says what the test tells it to; without motion, so that pictures stand still."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(scripted())
        pages = await stack.enter_async_context(TestServer(page_of(lambda: desk.url, direction, attributes)))
        context = await browser.new_context(**{"reduced_motion": "reduce"} | options)
        stack.push_async_callback(context.close)
        yield ShopPage(await context.new_page(), str(pages.make_url("/"))), desk
