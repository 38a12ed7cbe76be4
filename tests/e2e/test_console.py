"""The console in a real browser: signing in, working by keyboard, live arrivals, drafts, layout at four widths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from sqlalchemy import select

from bot.conversations.models import Conversation, Message
from bot.messages.models import Outbox
from tests.integration.console_day import day_at_the_desk
from tests.integration.console_support import PASSWORD, Console, console, customer, link, request, wrote

pytestmark = pytest.mark.browser
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        made.made = await made.write(lambda s: day_at_the_desk(s, made.clock.at, made.desk))
        yield made


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(desk: Console, chromium: Browser) -> AsyncIterator[Page]:
    """Signed in, with every console error and page error collected: there must be none."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 820})
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    token = await desk.write(lambda s: link(s, 1, desk.clock.at))
    await opened.goto(f"{desk.url}/console/enter/{token}")
    await opened.get_by_role("button", name="Sign in").click()
    await expect(opened.locator("h1")).to_have_text("Mine")
    yield opened
    assert not [error for error in errors if "409" not in error and "ERR_" not in error]
    await context.close()


async def open_talk(desk: Console, page: Page, about: str) -> None:
    await page.goto(f"{desk.url}/console/conversations/{desk.made[about]}?view=all")
    await expect(page.locator("[data-text]")).to_be_visible()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_host_cookie_works_on_loopback_without_https(desk: Console, chromium: Browser, host: str) -> None:
    """Chromium keeps `__Host-desk` with Secure on plain-http loopback, and sends it back."""
    opened = await chromium.new_page()
    await opened.goto(f"{desk.url.replace('127.0.0.1', host)}/console/?view=all")
    await opened.get_by_label("Work email").fill("sam@iomart.com")
    await opened.get_by_label("Password").fill(PASSWORD)
    await opened.get_by_role("button", name="Sign in").click()
    await expect(opened.locator("h1")).to_have_text("All")
    (cookie,) = await opened.context.cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-desk",
        True,
        True,
        "Strict",
    )
    assert await opened.evaluate("document.cookie") == ""


async def test_a_reply_by_keyboard_alone(desk: Console, page: Page) -> None:
    """j, Enter, r, a clause by #, Ctrl+Enter: the reply goes out with its citation and the queue stays in place."""
    await page.goto(f"{desk.url}/console/?view=mine")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#talk-title")).to_have_text("Priya Raman")
    await page.keyboard.press("r")
    await page.keyboard.type("Dear Priya, #")
    await expect(page.locator("#clause-list [role=option]").first).to_be_visible()
    await page.keyboard.type("3.2")
    await expect(page.locator("#clause-list [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-segments]")).to_contain_text("2 segments, GSM-7")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".composer .notice.good")).to_contain_text("on its way")
    await expect(page.locator("[data-text]")).to_have_value("")
    line = await desk.read(
        lambda s: s.scalars(select(Message).where(Message.staff_id == 1, Message.direction == "out")).one()
    )
    assert line.text.startswith("Dear Priya, “We will not sell")
    assert [cite["id"] for cite in line.citations] == ["3.2"]
    assert await desk.read(lambda s: s.scalars(select(Outbox).where(Outbox.message_id == line.id)).one())


async def test_arrivals_announce_themselves_and_wait_to_be_let_in(desk: Console, page: Page) -> None:
    """A new row does not push the others away; the key `.` lets it in; the open conversation grows by itself."""
    await open_talk(desk, page, "access")
    first = await page.locator(".row .who").first.inner_text()

    def more(session: Any) -> None:
        wrote(session, customer(session, desk.clock.at, name="Nia New"), "hello there", desk.clock.at)
        wrote(session, session.get(Conversation, desk.made["access"]), "one more thing", desk.clock.at)

    await desk.write(more)
    await expect(page.locator("[data-show-news]")).to_have_text("1 new: show it")
    await expect(page.locator(".said").last).to_contain_text("one more thing")
    assert await page.locator(".row .who").first.inner_text() == first
    await page.keyboard.press(".")
    await expect(page.locator(".row.new .who")).to_have_text("Nia New")
    await expect(page.locator("[data-news]")).to_be_hidden()


async def test_a_conversation_that_is_shown_is_not_announced_as_new(desk: Console, page: Page) -> None:
    """A ticket opened in a listed conversation changes its row in place, also where the desk chose the view."""
    await page.goto(f"{desk.url}/console/")
    await expect(page).to_have_url(f"{desk.url}/console/?view=mine")
    await page.goto(f"{desk.url}/console/?view=all")

    def more(session: Any) -> None:
        talk = session.get(Conversation, desk.made["question"])
        wrote(session, talk, "what do you hold on me", desk.clock.at)
        request(session, talk, "access", "what do you hold on me", desk.clock.at)

    await desk.write(more)
    row = page.locator(f'.row[data-id="{desk.made["question"]}"]')
    await expect(row.locator(".what")).to_have_text("Access request")
    await expect(page.locator("[data-news]")).to_be_hidden()


async def test_a_change_before_the_page_listens_is_shown(desk: Console, page: Page) -> None:
    """What befalls while a page is still on its way to the stream of changes appears once it listens."""
    listening, let_through = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        listening.set()
        await let_through.wait()
        await route.continue_()

    await page.route("**/console/events", hold)
    async with page.expect_response(lambda response: "x-desk-live" in response.request.headers):
        await page.goto(f"{desk.url}/console/?view=all")
    await listening.wait()

    def more(session: Any) -> None:
        talk = session.get(Conversation, desk.made["question"])
        wrote(session, talk, "what do you hold on me", desk.clock.at)
        request(session, talk, "access", "what do you hold on me", desk.clock.at)

    await desk.write(more)
    let_through.set()
    row = page.locator(f'.row[data-id="{desk.made["question"]}"]')
    await expect(row.locator(".what")).to_have_text("Access request")


async def test_a_draft_survives_leaving_and_a_stale_reply_keeps_it(desk: Console, page: Page) -> None:
    """What was typed is there after a reload; when the customer wrote meanwhile it comes back with their words."""
    await open_talk(desk, page, "silent")
    await page.locator("[data-text]").fill("We keep them for a year.")
    await page.reload()
    await expect(page.locator("[data-text]")).to_have_value("We keep them for a year.")
    await page.evaluate("document.querySelector('[data-seen]').value = '0'")
    await page.keyboard.press("r")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("The customer wrote while you were writing")
    await expect(page.locator("[data-text]")).to_have_value("We keep them for a year.")
    await page.get_by_role("button", name="Send in chat").click()
    await expect(page.locator(".composer .notice.good")).to_be_visible()


async def test_an_unreachable_desk_loses_no_words(desk: Console, page: Page) -> None:
    """When the desk can't be reached the page says so, and the text stays."""
    await open_talk(desk, page, "question")
    await page.locator("[data-text]").fill("Dear Tom")
    await page.route("**/say", lambda route: route.abort())
    await page.get_by_role("button", name="Send email").click()
    await expect(page.get_by_role("alert")).to_contain_text("what you typed is still here")
    await expect(page.locator("[data-text]")).to_have_value("Dear Tom")
    await expect(page.get_by_role("button", name="Send email")).to_be_enabled()


async def test_note_and_reply_are_two_clear_modes(desk: Console, page: Page) -> None:
    """`n` writes a note: another button, another ground, and nothing goes out."""
    await open_talk(desk, page, "breach")
    await page.keyboard.press("n")
    await expect(page.get_by_role("button", name="Add note")).to_be_visible()
    await expect(page.get_by_role("button", name="Send email")).to_be_hidden()
    await page.keyboard.type("call accounts")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".said.note").last).to_contain_text("call accounts")
    assert not await desk.read(
        lambda s: s.scalars(select(Outbox).where(Outbox.conversation_id == desk.made["breach"])).all()
    )


async def test_closing_by_key_can_be_undone(desk: Console, page: Page) -> None:
    """`e` closes, and the notice offers to undo it."""
    await open_talk(desk, page, "silent")
    await page.keyboard.press("e")
    await expect(page.locator(".owner")).to_contain_text("closed")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".owner")).to_contain_text("The bot is answering")


async def test_the_sheet_and_search_have_keys(desk: Console, page: Page) -> None:
    """`?` opens the sheet, Escape closes it, `/` goes to the search."""
    await open_talk(desk, page, "access")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    await page.keyboard.press("/")
    await expect(page.locator("#search")).to_be_focused()


async def test_other_tabs_share_one_stream(desk: Console, page: Page) -> None:
    """Seven tabs stay alive and true: one of them listens for all."""
    tabs = [await page.context.new_page() for _ in range(6)]
    for tab in tabs:
        await tab.goto(f"{desk.url}/console/?view=breaches")
    await desk.write(lambda s: wrote(s, customer(s, desk.clock.at, name="Nia New"), "hello", desk.clock.at))
    for tab in tabs:
        await expect(tab.locator('[data-live=views] a[href$="view=all"]')).to_contain_text("9")


async def test_it_works_without_javascript(desk: Console, chromium: Browser) -> None:
    """Choosing, replying and assigning go by plain links and forms."""
    context = await chromium.new_context(java_script_enabled=False)
    opened = await context.new_page()
    token = await desk.write(lambda s: link(s, 1, desk.clock.at))
    await opened.goto(f"{desk.url}/console/enter/{token}")
    await opened.get_by_role("button", name="Sign in").click()
    await opened.locator(".row > a").first.click()
    await opened.locator("[data-text]").fill("Hello Priya")
    await opened.get_by_role("button", name="Send text").click()
    await expect(opened.locator(".composer .notice.good")).to_contain_text("on its way")
    await context.close()


@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_cut_off_at_any_width(desk: Console, page: Page, width: int, scheme: Any) -> None:
    """No page scrolls sideways, and the composer's button can be reached, light and dark."""
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": 760})
    for path in (
        "?view=all",
        f"conversations/{desk.made['access']}?view=all",
        f"conversations/{desk.made['due']}?panel=facts",
    ):
        await page.goto(f"{desk.url}/console/{path}")
        over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path
    await open_talk(desk, page, "access")
    await expect(page.get_by_role("button", name="Send text")).to_be_in_viewport()


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length && (colour[3] ?? 1) > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(".unseen, option, button:disabled")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const words = node.textContent.trim().slice(0, 30);
    if (ratio < 4.5) bad.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${words}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_can_be_read_and_every_field_has_a_name(desk: Console, page: Page, scheme: Any) -> None:
    """WCAG AA contrast for all text, and an accessible name for each control, in both schemes."""
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": 1600, "height": 820})
    for about in ("access", "undelivered", "breach", "odd"):
        await page.goto(f"{desk.url}/console/conversations/{desk.made[about]}?view=undelivered")
        assert await page.evaluate(CONTRAST) == [], about
        names = await page.locator("button:visible, input:visible, select:visible, textarea:visible").evaluate_all(
            "all => all.filter(n => !(n.labels?.length || n.textContent.trim() || n.ariaLabel)).map(n => n.outerHTML)"
        )
        assert names == []
