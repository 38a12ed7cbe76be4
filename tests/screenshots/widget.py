"""The chat in its main states, on a page of a shop: in light, in dark, and in Arabic from right to left.

Found by what the elements are and not by their words, so that every look goes the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Browser, expect

from tests.e2e.scripted_desk import ScriptedDesk
from tests.e2e.widget_page import ShopPage, scripted_shop
from tests.e2e.widget_states import CITATIONS, LABEL, QUOTE, URL, attach
from tests.screenshots.camera import Camera

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "rtl": {"color_scheme": "light", "direction": "rtl", "attributes": 'data-lang="ar"'},
}
Bring = Callable[[ShopPage, ScriptedDesk], Awaitable[None]]


async def _opened(here: ShopPage, desk: ScriptedDesk) -> None:
    await here.page.goto(here.url)
    await here.page.locator(".launcher").click()
    await desk.said("hello")


async def _wrote(here: ShopPage, desk: ScriptedDesk, text: str) -> None:
    desk.facts["owner"] = "human"  # so that only this script answers
    await here.page.locator("#text").fill(text)
    await here.page.locator("#text").press("Enter")
    await desk.said("message", text=text)


async def greeting(here: ShopPage, desk: ScriptedDesk) -> None:
    await _opened(here, desk)


async def answer(here: ShopPage, desk: ScriptedDesk) -> None:
    await _opened(here, desk)
    await _wrote(here, desk, "Do you share my data?")
    said = f"iomart's privacy policy says:\n\n“{QUOTE}”\n{LABEL}: {URL}\n\nDid that answer it?"
    await desk.line("bot", said, citations=CITATIONS, choices=["Yes, that helps", "No"])
    await expect(here.page.locator("blockquote")).to_be_visible()


async def unread(here: ShopPage, desk: ScriptedDesk) -> None:
    await answer(here, desk)
    await here.page.keyboard.press("Escape")
    await desk.line("bot", "One more thing.")
    await expect(here.page.locator(".count")).to_have_text("1")


async def choices(here: ShopPage, desk: ScriptedDesk) -> None:
    await _opened(here, desk)
    await _wrote(here, desk, "Do you record me?")
    ways = ["calls that you take", "visits to the website", "something else"]
    listed = "\n".join(f"{nth}. {way}" for nth, way in enumerate(ways, 1))
    await desk.line("bot", f"What do you mean by that?\n\n{listed}", choices=ways)
    await expect(here.page.locator(".picks button")).to_have_count(3)


async def file(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.facts["max_file"] = 50_000
    await _opened(here, desk)
    await attach(here, "letter of authority.pdf", 34_000)
    await expect(here.page.locator("a.file")).to_be_visible()
    await attach(here, "film.mp4", 51_000)
    await expect(here.page.locator(".system")).to_contain_text("film.mp4")


async def person(here: ShopPage, desk: ScriptedDesk) -> None:
    await answer(here, desk)
    sam = {"name": "Sam Okafor", "picture": f"{desk.url}/picture.svg"}
    await desk.tell("status", owner="human", staff=sam, online=True)
    await desk.line("staff", "Hello, Sam here. I have read what you wrote. What should I look up?", staff=sam)
    await _wrote(here, desk, "Who has my address?")
    await desk.tell("receipt", seq=len(desk.lines), state="read")
    await desk.tell("typing", **{"from": "staff", "on": True})
    await expect(here.page.locator(".busy")).to_be_visible()
    await expect(here.page.locator("header img")).to_be_visible()


async def offline(here: ShopPage, desk: ScriptedDesk) -> None:
    await answer(here, desk)
    await here.page.context.set_offline(True)
    await here.page.locator("#text").fill("How long do you keep it?")
    await here.page.locator("#text").press("Enter")
    await expect(here.page.locator(".state span").first).to_be_visible()
    await expect(here.page.locator(".you.wait")).to_be_visible()


async def menu(here: ShopPage, desk: ScriptedDesk) -> None:
    await answer(here, desk)
    await here.page.locator(".more").click()
    await expect(here.page.locator(".menu button")).to_have_count(2)


async def email(here: ShopPage, desk: ScriptedDesk) -> None:
    await menu(here, desk)
    await here.page.locator(".menu button").first.click()
    await here.page.locator("#email").fill("sam at example")
    await here.page.locator("#email").press("Enter")
    await expect(here.page.locator("#email-fault")).to_be_visible()


STATES: dict[Bring, str] = {
    unread: "The launcher, with something unread",
    greeting: "The greeting",
    answer: "An answer with its clause",
    choices: "Numbered choices",
    file: "A file that was sent, and one that is too large",
    person: "A person has taken over",
    offline: "Offline, with a message that waits",
    menu: "The menu: by email, or as a file",
    email: "Email me the answer",
}


async def take(browser: Browser, camera: Camera) -> None:
    """Every state in every look."""
    for look, options in LOOKS.items():
        for bring in STATES:
            size = {"width": 1440, "height": 900}
            zone = {"timezone_id": "Europe/London", "locale": "en-GB"}
            async with scripted_shop(browser, viewport=size, **zone, **options) as (here, desk):
                await here.page.clock.set_fixed_time(NOW)
                await bring(here, desk)
                await camera.take(here.page, f"{bring.__name__}-{look}")
