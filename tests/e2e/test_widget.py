"""The widget in a real browser, on a page of another origin with a strict Content-Security-Policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from channels.base import Received
from channels.context import Site
from tests.e2e.widget_page import ShopPage, page_of
from tests.unit.channels.webchat.desk import Desk, House, serve

QUOTE = "We will not sell, rent or share your details with anybody for marketing unless you agree."
LABEL = "iomart privacy policy, clause 3.2, as seen on 15 December 2007"
URL = "https://desk.example/policy/iomart/2007-12-15#3"
CITATION = {"id": "3.2", "url": URL + ".2", "text": QUOTE, "label": LABEL}
MORE = {"id": "3", "url": URL, "text": "This is about sharing.", "label": LABEL.replace("3.2", "3")}

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


class Answering(Desk):
    """A desk that quotes, offers choices and hands over, as the real one does."""

    def answer(self, received: Received) -> None:
        """One step: the visitor's line and what is said to it."""
        message = self.chat.decode(received)
        address, text = received.sender, message.text
        if message.attachments:
            super().answer(received)
            return
        self.write(address, "you", text, message.message_id)
        if "share" in text:
            said = f"The privacy policy says:\n\n“{QUOTE}”\n{LABEL}: {CITATION['url']}\n\n“{MORE['text']}”\n"
            said += f"{MORE['label']}: {MORE['url']}\n\nDoes that help?"
            self.write(address, "bot", said, citations=(CITATION, MORE), choices=("Yes, that helps", "No"))
        elif "ring me" in text:
            self.write(address, "bot", "Do you mean:\n\n1. calls\n2. offers", choices=("calls", "offers"))
        elif "how long" in text.lower():
            said = "Our policy doesn't say how long calls are kept. Shall I pass your question to our privacy team?"
            self.write(address, "bot", said, choices=("Yes, please", "No, thank you"))
        elif "person" in text:
            self.write(address, "system", "You are now talking to a person: Sam.")
            self.write(address, "staff", "Hello, Sam here. See https://desk.example/help.")
        else:
            self.write(address, "bot", "You said: " + text)


class Shop(ShopPage):
    """A customer's page in a browser, with the desk behind its chat."""

    def __init__(self, page: Page, url: str, house: House, desk: Answering) -> None:
        super().__init__(page, url)
        self.house = house
        self.desk = desk


@asynccontextmanager
async def shop(chromium: Browser, direction: str = "ltr", **options: Any) -> AsyncIterator[Shop]:
    """A browser, a page and a desk."""
    async with AsyncExitStack() as stack:
        where: list[str] = []
        pages = await stack.enter_async_context(TestServer(page_of(lambda: where[0], direction)))
        url = str(pages.make_url("/"))
        desk = Answering()
        desk.sites = (Site("iomart", "iomart", (url,), (), (), "iomart"),)
        house = await stack.enter_async_context(serve(desk))
        where.append(house.url(""))
        context = await chromium.new_context(**options)
        stack.push_async_callback(context.close)
        yield Shop(await context.new_page(), url, house, desk)


async def test_a_question_is_answered_with_its_clause(chromium: Browser) -> None:
    """The quotation stands apart with its clause as a link; nothing broke the page's strict policy."""
    async with shop(chromium) as here:
        await here.open()
        await here.page.get_by_role("button", name="Do you share my data?").click()
        quotes = here.page.get_by_role("log").locator("blockquote")
        await expect(quotes).to_have_text([f"“{QUOTE}”", "“This is about sharing.”"])
        link = here.page.get_by_role("link", name=LABEL)
        await expect(link).to_have_attribute("href", "https://desk.example/policy/iomart/2007-12-15#3.2")
        bubble = here.page.locator(".bot .bubble").last
        assert await bubble.locator("p").all_inner_texts() == ["The privacy policy says:", "Does that help?"]
        await expect(here.page.locator(".you .meta")).to_contain_text("Read")
        assert here.faults == []


async def test_nothing_is_kept_before_the_first_message(chromium: Browser) -> None:
    """No cookie, no storage; after the first message this tab's session, and still no cookie."""
    async with shop(chromium) as here:
        await here.open()
        await expect(here.page.get_by_text("Your messages are kept")).to_be_visible()
        empty = {"session": {}, "local": {}, "cookie": ""}
        assert await here.stored() == empty
        assert await here.page.context.cookies() == []
        assert here.desk.had == {}
        await here.ask("Hello")
        await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
        kept = await here.stored()
        assert list(kept["session"]) == ["privacydesk:iomart"]
        assert "Hello" not in str(kept)
        assert kept | {"session": {}} == empty
        assert await here.page.context.cookies() == []


async def test_a_reload_brings_the_conversation_back_once(chromium: Browser) -> None:
    """After a reload the same lines stand there, and one more message goes into the same conversation."""
    async with shop(chromium) as here:
        await here.open()
        for text in ("One", "Two"):
            await here.ask(text)
            await expect(here.page.get_by_text("You said: " + text)).to_be_visible()
        await here.page.reload()
        await expect(here.page.get_by_text("You said: Two")).to_be_visible()
        await here.ask("Three")
        await expect(here.page.get_by_text("You said: Three")).to_be_visible()
        lines = await here.page.locator(".line .bubble").all_inner_texts()
        assert lines[1:] == ["One", "You said: One", "Two", "You said: Two", "Three", "You said: Three"]
        assert len(here.desk.lines) == 1


async def test_two_tabs_of_one_browser_have_one_session_at_the_desk(chromium: Browser) -> None:
    """What is written in one stands in both, once, in order."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        other = ShopPage(await here.page.context.new_page(), here.url)
        await other.open()
        await other.ask("Two")
        for tab in (here, other):
            await expect(tab.page.get_by_text("You said: Two")).to_be_visible()
        assert await here.lines() == await other.lines() == ["One", "You said: One", "Two", "You said: Two"]
        assert len(here.desk.lines) == 1


async def test_by_http_alone_messages_and_files_come_to_the_real_desk(chromium: Browser) -> None:
    """Where the socket is refused: a question, its answer, a file and what staff write, once and in order."""
    async with shop(chromium) as here:
        await here.page.route_web_socket("**/chat/ws", lambda socket: socket.close())
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        file = {"name": "words.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 words"}
        await here.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        await expect(here.page.get_by_role("link", name="words.pdf")).to_be_visible()
        here.desk.write(next(iter(here.desk.lines)), "staff", "I have read it.")
        await expect(here.page.get_by_text("I have read it.")).to_be_visible()
        said = [line.partition("\n")[0] for line in await here.lines()]
        assert said[:2] == ["One", "You said: One"]
        assert [line for line in said if "words.pdf" in line] == ["words.pdf 1\u00a0kB"]
        assert said.count("I have read it.") == 1
        assert len(here.desk.lines) == 1


async def test_a_lost_connection_loses_and_doubles_nothing(chromium: Browser) -> None:
    """What is written while the desk can't answer goes out once when it can; what came meanwhile is shown."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        address = next(iter(here.desk.lines))
        await here.page.context.set_offline(True)
        await expect(here.page.get_by_text("You are offline.")).to_be_visible()
        await here.ask("Two")
        await expect(here.page.get_by_text("Waiting for the connection…")).to_be_visible()
        here.desk.write(address, "staff", "Meanwhile.")
        await here.page.context.set_offline(False)
        await expect(here.page.get_by_text("You said: Two")).to_be_visible()
        lines = await here.page.locator(".line .bubble").all_inner_texts()
        assert lines[1:] == ["One", "You said: One", "Meanwhile.", "Two", "You said: Two"]


async def test_a_message_that_could_not_be_stored_is_sent_again(chromium: Browser) -> None:
    """The visitor sees that it was not sent, and sends it with one press."""
    async with shop(chromium) as here:
        await here.open()
        here.desk.down = True
        await here.ask("Hello")
        again = here.page.get_by_role("button", name="Try again")
        await expect(again).to_be_visible()
        here.desk.down = False
        await again.click()
        await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
        assert len(here.desk.had) == 1


async def test_a_restart_goes_unnoticed_and_a_closed_chat_can_be_opened_again(chromium: Browser) -> None:
    """After 1001 the page comes back by itself; after 1008 it says that the chat is closed, and one press opens it."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        for socket in list(here.house.chat._sockets):
            await socket.close(1001, "restart")
        await here.ask("Two")
        await expect(here.page.get_by_text("You said: Two")).to_be_visible()
        for socket in list(here.house.chat._sockets):
            await socket.close(1008, "flood")
        await expect(here.page.get_by_text("This chat was closed.")).to_be_visible()
        await here.page.get_by_role("button", name="Open again").click()
        await here.ask("Three")
        await expect(here.page.get_by_text("You said: Three")).to_be_visible()
        assert len(here.desk.lines) == 1


async def test_choices_are_buttons_and_a_person_can_always_be_reached(chromium: Browser) -> None:
    """A choice is said by its button; "Talk to a person" is there, and the header says when one answers."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("How long are calls kept?")
        await here.page.get_by_role("button", name="Yes, please").click()
        await expect(here.page.get_by_text("You said: Yes, please")).to_be_visible()
        await expect(here.page.get_by_role("button", name="No, thank you")).to_have_count(0)
        await expect(here.page.get_by_label("Your message")).to_be_focused()
        await here.page.get_by_role("button", name="Talk to a person").click()
        await expect(here.page.get_by_text("You are now talking to a person: Sam.")).to_be_visible()
        await expect(here.page.get_by_text("a person is answering")).to_be_visible()
        await expect(here.page.get_by_role("link", name="https://desk.example/help")).to_be_visible()


async def test_topics_to_choose_from_are_numbered_buttons(chromium: Browser) -> None:
    """Each is there once, with the number that can be written instead; the button says its words."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("Do you ring me?")
        await expect(here.page.get_by_role("button", name="2 offers")).to_be_visible()
        await expect(here.page.get_by_text("1. calls")).to_have_count(0)
        await here.page.get_by_role("button", name="1 calls").click()
        await expect(here.page.get_by_text("You said: calls")).to_be_visible()


async def test_whether_an_answer_helped_is_asked_small_and_blocks_nothing(chromium: Browser) -> None:
    """Two small buttons without numbers below the answer; writing something else makes them go."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("Do you share my data?")
        helps = here.page.get_by_role("button", name="Yes, that helps", exact=True)
        await expect(helps).to_be_visible()
        box = await helps.bounding_box()
        assert box
        assert box["height"] < 44
        await here.ask("And what else")
        await expect(here.page.get_by_text("You said: And what else")).to_be_visible()
        await expect(helps).to_have_count(0)


async def test_the_keyboard_is_enough(chromium: Browser) -> None:
    """Tab to the launcher, Enter, write, Enter; Escape closes and the focus is where it was."""
    async with shop(chromium) as here:
        await here.page.goto(here.url)
        focus = "document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"
        for _ in range(2):
            await here.page.keyboard.press("Tab")
        assert await here.page.evaluate(focus) == "Open the privacy chat"
        await here.page.keyboard.press("Enter")
        await expect(here.page.get_by_label("Your message")).to_be_focused()
        await here.page.keyboard.type("Hello")
        await here.page.keyboard.press("Shift+Enter")
        await here.page.keyboard.type("you")
        await here.page.keyboard.press("Enter")
        await expect(here.page.get_by_text("You said: Hello\nyou")).to_be_visible()
        await here.page.keyboard.press("Tab")
        await here.page.keyboard.press("Tab")
        await expect(here.page.get_by_role("button", name="Talk to a person")).to_be_focused()
        await here.page.keyboard.press("Escape")
        await expect(here.page.get_by_role("dialog")).to_be_hidden()
        assert await here.page.evaluate(focus) == "Open the privacy chat"


async def test_on_a_phone_the_focus_stays_where_it_can_be_seen(chromium: Browser) -> None:
    """Full screen, Tab goes round inside the panel; the page behind it is never reached."""
    async with shop(chromium, viewport={"width": 360, "height": 740}) as here:
        await here.open()
        for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
            await here.page.keyboard.press(key)
            assert await here.page.evaluate("document.activeElement.id") == "privacy-desk"
        await here.page.keyboard.press("Escape")
        await expect(here.page.get_by_role("button", name="Open the privacy chat")).to_be_focused()


async def test_hostile_text_stays_text(chromium: Browser) -> None:
    """Markup in a message is shown as written, and a link that runs code is none."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("<img src=x onerror=alert(1)><script>alert(2)</script>")
        await expect(here.page.get_by_text("You said: <img src=x")).to_be_visible()
        address = next(iter(here.desk.lines))
        bad = {"id": "1", "url": "javascript:alert(1)", "text": "", "label": "Clause 1"}
        here.desk.write(address, "bot", "See", citations=(bad,))
        await expect(here.page.get_by_text("Clause 1")).to_be_visible()
        assert await here.page.get_by_role("link", name="Clause 1").count() == 0
        assert await here.page.locator(".log img, .log script").count() == 0
        assert here.faults == []


async def test_news_are_counted_while_the_chat_is_closed(chromium: Browser) -> None:
    """An answer that comes while the panel is closed shows on the launcher, and opening clears it."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("Hello")
        await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
        await here.page.get_by_role("button", name="Close the chat").click()
        here.desk.write(next(iter(here.desk.lines)), "staff", "One more thing.")
        await here.page.get_by_role("button", name="Open the privacy chat, 1 new").click()
        await expect(here.page.get_by_text("One more thing.")).to_be_in_viewport()
        await here.page.evaluate("PrivacyDesk.close()")
        await expect(here.page.get_by_role("button", name="Open the privacy chat", exact=True)).to_be_visible()


async def test_a_text_that_is_too_long_is_kept_in_the_box(chromium: Browser) -> None:
    """Nothing is cut off: the box says by how much it is too long, and sends nothing."""
    async with shop(chromium) as here:
        await here.open()
        await here.ask("x" * 4_010)
        await expect(here.page.get_by_text("Too long by 10 characters")).to_be_visible()
        assert len(await here.page.get_by_label("Your message").input_value()) == 4_010
        assert here.desk.had == {}


@pytest.mark.parametrize("width", [320, 1280])
async def test_it_fits_the_screen(chromium: Browser, width: int) -> None:
    """No sideways scrolling; full screen on a phone, 380 by 600 beside a page."""
    async with shop(chromium, viewport={"width": width, "height": 740}, reduced_motion="reduce") as here:
        await here.open()
        await here.ask("Do you share my data?")
        await expect(here.page.locator("blockquote").first).to_be_visible()
        box = await here.page.get_by_role("dialog").bounding_box()
        assert box is not None
        if width < 480:
            assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, 740)
        else:
            assert (box["width"], box["height"]) == (380, 600)
        assert await here.page.evaluate(WIDEST) <= width


async def test_right_to_left_pages_get_it_on_their_own_side(chromium: Browser) -> None:
    """In a right-to-left page the launcher sits at the left."""
    async with shop(chromium, "rtl", viewport={"width": 1280, "height": 740}) as here:
        await here.open()
        await here.ask("Hello")
        box = await here.page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] < 100
        await here.keep_picture("widget-rtl")


WIDEST = """() => {
  const root = document.getElementById("privacy-desk").shadowRoot;
  const right = [...root.querySelectorAll(".box *")].filter((n) => n.getClientRects().length && !n.closest(".aside"));
  return Math.max(document.documentElement.scrollWidth, ...right.map((n) => n.getBoundingClientRect().right));
}"""
