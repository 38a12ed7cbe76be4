"""The demo and the policy page in a real browser, with the whole desk behind them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot import demo
from tests.patience import patience
from tests.support import settings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
WIDTHS = (360, 768, 1280, 1600)


class Screen:
    """A tab on the demo, and what went wrong in it."""

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context, self.page, self.base = context, page, base
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    async def open(self, path: str = "/demo/") -> Page:
        """The page, from a fresh start."""
        await self.page.goto(self.base + path)
        return self.page


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def base(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("demo")
    async with demo.running(settings(folder, channels="sms,mail,webchat")) as desk:
        yield f"http://127.0.0.1:{desk.http_port}"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, base: str) -> AsyncIterator[Screen]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    made = Screen(context, await context.new_page(), base)
    yield made
    assert not made.faults
    await context.close()


async def test_a_text_a_mail_and_a_chat_get_the_cited_clause(screen: Screen) -> None:
    """One question on each channel, by its button: the answers come by themselves, the strip follows."""
    page = await screen.open()
    await page.click("#phone .try >> nth=0")
    await expect(page.locator("#phone .theirs")).to_contain_text("iomart policy 3.2 (seen 15 Dec 2007)")
    await expect(page.locator("#way")).to_contain_text(re.compile(r"Answered[\s\d.]+ms\s+clause 3\.2"))
    await page.click("#mailbox .try >> nth=0")
    await expect(page.locator("#mailbox .theirs")).to_contain_text("clause 6.1, as seen on 15 December 2007")
    await page.locator("#chat textarea").fill("Will you sell my details?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat figure")).to_contain_text("We will not sell, rent or share")
    await expect(page.locator("#way")).to_contain_text("Will you sell my details?")
    await expect(page.locator("#way .done")).to_have_count(4)


async def test_a_request_shows_its_reference_and_date(screen: Screen) -> None:
    """A request in anybody's words ("wot data do u hold on me") opens a ticket; the phone tells which and by when."""
    page = await screen.open()
    await page.click("#phone .try >> nth=2")
    await expect(page.locator("#phone .theirs").last).to_contain_text(
        re.compile(r"Reference DR-\w+-\w+.*We'll answer by")
    )
    await expect(page.locator("#way")).to_contain_text("Ticket opened")


async def test_a_mail_can_be_answered_from_the_mailbox(screen: Screen) -> None:
    """Reply takes the thread along and says so; a new mail can be written instead."""
    page = await screen.open()
    await page.click("#mailbox .try >> nth=1")
    letter = page.locator("#mailbox .theirs").last
    await expect(letter).to_contain_text("transfer your personal information")
    await letter.get_by_role("button", name="Reply").click()
    await expect(page.locator(".replying")).to_contain_text("Replying to “Re: My data abroad”")
    await page.fill("#mail-text", "Do you sell it?")
    await page.get_by_role("button", name="Send the mail").click()
    await expect(page.locator("#mailbox .theirs").last).to_contain_text("We will not sell")
    await expect(page.locator(".replying")).to_be_hidden()


async def test_starting_afresh_empties_phone_mailbox_and_chat(screen: Screen) -> None:
    """The next customer finds nothing of the one before, in the chat neither."""
    page = await screen.open()
    await page.locator("#chat textarea").fill("Do you use cookies?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat figure")).to_contain_text("We do not use Cookies")
    await page.get_by_role("button", name="Start afresh").click()
    await expect(page.locator("#phone .empty")).to_contain_text("+447700900")
    await expect(page.locator("#chat textarea")).to_be_visible()
    await expect(page.locator("#chat figure")).to_have_count(0)


async def test_the_door_leads_into_the_console(screen: Screen) -> None:
    """One click opens the console in a tab of its own, signed in."""
    page = await screen.open()
    async with screen.context.expect_page() as opened:
        await page.get_by_role("button", name="Open the staff console").click()
    console = await opened.value
    await console.get_by_role("button").first.click()
    await expect(console).to_have_url(re.compile(r"/console/(?!enter)"))


async def test_the_phone_and_the_mailbox_work_without_javascript(browser: Browser, base: str) -> None:
    """Plain forms: the answer is there after the page comes back."""
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{base}/demo/")
    await page.fill("#phone-text", "Do you record calls?")
    await page.get_by_role("button", name="Send the text").click()
    await expect(page.locator("#phone .own").last).to_contain_text("Do you record calls?")
    async with patience():
        while not await page.locator("#phone .theirs", has_text="We may monitor and record calls").count():
            await page.reload()
    await context.close()


@pytest.mark.parametrize("path", ["/demo/", "/policy/iomart/2007-12-15?q=do+you+sell+my+data"])
async def test_pages_fit_every_width(screen: Screen, path: str) -> None:
    """No page scrolls sideways, from a small phone to a wide screen."""
    for width in WIDTHS:
        await screen.page.set_viewport_size({"width": width, "height": 800})
        page = await screen.open(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_question_box_answers_without_leaving_the_page(screen: Screen) -> None:
    """The answer is announced in place, and the page keeps its address and sets no cookie."""
    page = await screen.open("/policy/iomart/2007-12-15")
    await page.fill("#question", "do you sell my data")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("We will not sell, rent or share")
    assert page.url.endswith("/policy/iomart/2007-12-15")
    await page.locator("#answer").get_by_role("link", name="Clause 3.2").click()
    await expect(page.locator(".clause:target")).to_contain_text("We will not sell")
    assert await screen.context.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_a_clauses_link_copies_itself(screen: Screen) -> None:
    """A click on the number puts the clause's full address on the clipboard and says so."""
    await screen.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await screen.open("/policy/iomart/2007-12-15")
    await page.get_by_role("link", name="Link to clause 6.1").click()
    await expect(page.locator("#copied")).to_contain_text("Link to clause 6.1 copied")
    assert await page.evaluate("navigator.clipboard.readText()") == f"{screen.base}/policy/iomart/2007-12-15#6.1"
