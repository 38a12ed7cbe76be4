"""A visitor's chat and a colleague's console in one browser, with the whole desk and a mail relay between them."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, expect

from bot.conversations.models import Conversation
from tests.e2e.axe import complaints
from tests.e2e.widget_page import ShopPage
from tests.integration.console_support import link, staff
from tests.integration.test_console_chat import png
from tests.integration.test_identity import code_in
from tests.integration.whole_desk import ANN, OUR_MAILBOX, PUBLIC, World, letter, world
from tests.support import rows, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PDF = {"name": "your data.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nmine"}
PICTURE = png((b"IDAT", zlib.compress((b"\0" + b"\x55\x77\xcc" * 2) * 2)))
SHOP = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title>
<link rel="icon" href="data:,"><main><h1>A shop</h1></main>
<script src="{}/chat/widget.js" data-site="iomart" defer></script></html>"""


class Sides:
    """The world, the visitor's page, and the colleague's."""

    def __init__(self, outside: World, visitor: ShopPage, colleague: Page) -> None:
        self.outside = outside
        self.visitor = visitor
        self.colleague = colleague
        self.url = f"http://127.0.0.1:{outside.desk.http_port}"

    async def ask_for_a_person(self) -> None:
        """The visitor asks, and the colleague has the conversation before them."""
        await self.visitor.open()
        await self.visitor.ask("Can I speak to a person?")
        await expect(self.visitor.page.locator(".bot")).to_have_count(2)
        await self.look(1)

    async def take_over(self) -> None:
        """The colleague takes the conversation over."""
        await self.colleague.get_by_role("button", name="Take over").click()
        await expect(self.colleague.locator(".owner")).to_contain_text("You have this conversation")

    async def look(self, conversation: int) -> None:
        """The colleague opens a conversation."""
        await self.colleague.goto(f"{self.url}/console/conversations/{conversation}?view=all")
        await expect(self.colleague.locator("[data-text]")).to_be_visible()


@asynccontextmanager
async def sides(folder: Path, chromium: Browser) -> AsyncIterator[Sides]:
    """A desk, a shop that embeds its chat, and Sam, who is signed in."""
    async with AsyncExitStack() as stack:
        where: list[str] = []

        async def shop(_request: web.Request) -> web.Response:
            return web.Response(text=SHOP.format(where[0]), content_type="text/html")

        app = web.Application()
        app.router.add_get("/", shop)
        pages = await stack.enter_async_context(TestServer(app))
        home = str(pages.make_url("/"))
        site = {"key": "iomart", "name": "iomart", "origins": [home], "mailboxes": [OUR_MAILBOX]}
        outside = await stack.enter_async_context(world(folder, channels="mail,webchat", sites=[site]))
        where.append(f"http://127.0.0.1:{outside.desk.http_port}")
        database, now = outside.desk.desk.database, outside.clock.at
        sam = await database.write(lambda session: staff(session, now))
        token = await database.write(lambda session: link(session, sam, now))

        async def bring(route: Route) -> None:
            """What is asked of the desk's public address is answered by the desk on loopback."""
            path = route.request.url.removeprefix(PUBLIC)
            await route.fulfill(response=await route.fetch(url=where[0] + path))

        opened: list[Page] = []
        for _ in range(2):
            context = await chromium.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 820})
            stack.push_async_callback(context.close)
            await context.route(f"{PUBLIC}/**", bring)
            opened.append(await context.new_page())
        await opened[1].goto(f"{where[0]}/console/enter/{token}")
        await opened[1].get_by_role("button", name="Sign in").click()
        await expect(opened[1].locator("#queue-title")).to_be_visible()
        yield Sides(outside, ShopPage(opened[0], home), opened[1])


async def attach(page: Page) -> None:
    """Choose the file in the composer."""
    files: Any = PDF
    await page.get_by_label("Files to go with it").set_input_files(files)


async def test_a_file_of_the_composer_reaches_the_visitor_in_the_chat(tmp_path: Path, chromium: Browser) -> None:
    """Chosen in the composer and sent by keyboard; the visitor has it as a link to exactly those bytes."""
    async with sides(tmp_path, chromium) as both:
        await both.ask_for_a_person()
        await attach(both.colleague)
        await both.colleague.locator("[data-text]").fill("Here it is.")
        await both.colleague.keyboard.press("Control+Enter")
        await expect(both.colleague.locator(".composer .notice.good")).to_contain_text("on its way")
        await expect(both.colleague.locator(".said").last).to_contain_text("your data.pdf")
        assert await both.colleague.get_by_label("Files to go with it").input_value() == "", "it goes once"
        await expect(both.visitor.page.get_by_text("Here it is.")).to_be_visible()
        file = both.visitor.page.get_by_role("link", name="your data.pdf")
        href = await file.get_attribute("href")
        assert href
        assert href.startswith(PUBLIC)
        async with both.outside.http.get(both.url + href.removeprefix(PUBLIC)) as got:
            assert (got.status, await got.read()) == (200, PDF["buffer"])
            assert got.headers["Content-Disposition"].startswith("attachment")


async def test_a_file_of_the_composer_goes_by_mail(tmp_path: Path, chromium: Browser) -> None:
    """The same field, with a conversation by mail: the relay gets one mail with it, once."""
    async with sides(tmp_path, chromium) as both:
        await both.outside.mailed(letter("Please have a person write to me"))
        before = len(both.outside.relay.mails)
        await both.look(1)
        await attach(both.colleague)
        await both.colleague.locator("[data-text]").fill("Here it is.")
        await both.colleague.get_by_role("button", name="Send email").click()
        await expect(both.colleague.locator(".composer .notice.good")).to_contain_text("on its way")
        await until(both.outside.desk, lambda: len(both.outside.relay.mails) > before)
        mail = both.outside.relay.mails[-1]
        assert mail.rcpt_to == ANN
        parts = {part.get_filename(): part.get_payload(decode=True) for part in mail.message.iter_attachments()}
        assert parts == {"your data.pdf": PDF["buffer"]}
        await both.outside.settled()
        assert len(both.outside.relay.mails) == before + 1


async def test_a_file_that_cannot_go_is_refused_and_the_words_stay(tmp_path: Path, chromium: Browser) -> None:
    """The mend is said where the colleague looks, what they typed is still there, and nothing went out."""
    async with sides(tmp_path, chromium) as both:
        await both.ask_for_a_person()
        wrong: Any = PDF | {"buffer": b"no such thing"}
        await both.colleague.get_by_label("Files to go with it").set_input_files(wrong)
        await both.colleague.locator("[data-text]").fill("Here it is.")
        await both.colleague.get_by_role("button", name="Send in chat").click()
        await expect(both.colleague.get_by_role("alert")).to_contain_text("it is named .pdf but is something else")
        await expect(both.colleague.locator("[data-text]")).to_have_value("Here it is.")
        await expect(both.visitor.page.locator(".staff")).to_have_count(0)


async def test_a_colleague_changes_how_the_visitor_sees_them(tmp_path: Path, chromium: Browser) -> None:
    """Name and picture are set by keyboard on their own page, and stand in the chat's head and beside their line."""
    async with sides(tmp_path, chromium) as both:
        page = both.colleague
        await page.goto(f"{both.url}/console/me")
        assert await complaints(page) == []
        await page.set_viewport_size({"width": 640, "height": 410})  # 200 per cent of a small laptop's screen
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(over) == 0
        await page.set_viewport_size({"width": 1280, "height": 820})
        picture: Any = {"name": "me.png", "mimeType": "image/png", "buffer": PICTURE}
        await page.get_by_label("Picture, a PNG or JPEG").set_input_files(picture)
        await page.get_by_label("Display name").fill("Samira")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="It is saved")).to_be_visible()
        await both.ask_for_a_person()
        await both.take_over()
        await expect(both.visitor.page.get_by_text("Samira is answering")).to_be_visible()
        await expect(both.visitor.page.locator("header img")).to_be_visible()
        await page.locator("[data-text]").fill("Hello.")
        await page.keyboard.press("Control+Enter")
        await expect(both.visitor.page.locator(".staff .meta")).to_contain_text("Samira")
        drawn = await both.visitor.page.locator(".staff img").evaluate("(picture) => picture.naturalWidth")
        assert drawn == 2
        await page.goto(f"{both.url}/console/me")
        await page.get_by_label("Take the picture away").check()
        await page.get_by_role("button", name="Save").click()
        await both.look(1)
        await page.locator("[data-text]").fill("Still here.")
        await page.keyboard.press("Control+Enter")
        await expect(both.visitor.page.locator(".staff .face").last).to_have_text("S")


async def test_each_side_sees_that_the_other_writes(tmp_path: Path, chromium: Browser) -> None:
    """Dots and words for the visitor, words for the colleague; both go once the line is there."""
    async with sides(tmp_path, chromium) as both:
        await both.ask_for_a_person()
        page, visitor = both.colleague, both.visitor.page
        await expect(page.locator("[data-presence]")).to_have_text("Here now")
        await both.take_over()
        await expect(visitor.get_by_text("Sam Reid is answering")).to_be_visible()
        await visitor.get_by_label("Your message").press_sequentially("My order")
        await expect(page.locator("[data-presence]")).to_have_text("Here now, and writing")
        await visitor.keyboard.press("Enter")
        await expect(page.locator("[data-presence]")).to_have_text("Here now")
        # A line counts as read once it was in front of the colleague for three seconds: until then a reply is held.
        await expect(page.locator(".said").last).to_contain_text("My order")
        last = await rows(both.outside.desk, lambda session: session.get_one(Conversation, 1).last_seq)
        await expect(page.locator("[data-seen]")).to_have_value(str(last))
        await page.locator("[data-text]").press_sequentially("Which one")
        await expect(visitor.get_by_text("Sam Reid is writing")).to_be_visible()
        await expect(visitor.locator(".busy i")).to_have_count(3)
        await page.keyboard.press("Control+Enter")
        await expect(visitor.get_by_text("Which one")).to_be_visible()
        await expect(visitor.get_by_text("Sam Reid is writing")).to_be_hidden()


async def test_a_note_is_no_writing_that_the_visitor_sees(tmp_path: Path, chromium: Browser) -> None:
    """While a colleague writes for colleagues, nobody is told that an answer comes."""
    async with sides(tmp_path, chromium) as both:
        await both.ask_for_a_person()
        page = both.colleague
        beats: list[str] = []
        page.on("request", lambda sent: beats.append(sent.post_data or "") if "/presence" in sent.url else None)
        await both.take_over()
        await expect(both.visitor.page.get_by_text("Sam Reid is answering")).to_be_visible()
        await page.keyboard.press("n")
        await page.locator("[data-text]").press_sequentially("ask Lena")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".said.note").last).to_contain_text("ask Lena")
        assert not [beat for beat in beats if "typing=on" in beat]
        await expect(both.visitor.page.locator(".busy")).to_be_hidden()


async def test_who_leaves_has_the_answer_by_email(tmp_path: Path, chromium: Browser) -> None:
    """By keyboard through the menu: address, code from the mail, the page is closed; the answer goes there, once."""
    async with sides(tmp_path, chromium) as both:
        await both.ask_for_a_person()
        visitor, outside = both.visitor.page, both.outside
        await visitor.get_by_role("button", name="More").focus()
        await visitor.keyboard.press("Enter")
        await visitor.keyboard.press("Enter")
        await expect(visitor.get_by_label("Your email address")).to_be_focused()
        await visitor.keyboard.type(ANN)
        await visitor.keyboard.press("Enter")
        await expect(visitor.get_by_text(f"We noted {ANN}.")).to_be_visible()
        await until(outside.desk, lambda: len(outside.relay.mails) == 1)
        await both.visitor.ask(code_in(outside.relay.mails[0].text))
        await expect(visitor.get_by_text("also go to your email address")).to_be_visible()
        await visitor.close()
        await expect(both.colleague.locator("[data-presence]")).to_contain_text("Not here now")
        await both.look(1)
        await both.colleague.locator("[data-text]").fill("It is kept for a year.")
        await both.colleague.keyboard.press("Control+Enter")
        await expect(both.colleague.locator(".composer .notice.good")).to_contain_text("on its way")
        for _ in range(2):
            outside.clock.move(minutes=3)
            await outside.desk.scheduler.run_due()
            await outside.settled()
        (mail,) = [each for each in outside.relay.mails if "Since you left, we wrote:" in each.text]
        assert mail.rcpt_to == ANN
        assert "It is kept for a year." in mail.text
