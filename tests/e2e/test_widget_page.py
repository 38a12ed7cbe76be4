"""The widget and the page around it: its API, several tabs, languages, themes, and what it leaves behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from channels.webchat.assets import LANGUAGES
from tests.e2e.axe import complaints
from tests.e2e.scripted_desk import SESSION
from tests.e2e.widget_page import ShopPage, scripted_shop
from tests.e2e.widget_states import CITATIONS, SAM, answered

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ENGLISH = json.loads((LANGUAGES / "en.json").read_text())
IDENTITY = {"user": "4711", "name": "Ann", "email": "ann@example.com", "at": 1_795_000_000, "hash": "ab" * 32}
LISTEN = """() => {
  window.heard = [];
  for (const name of ["ready", "open", "close", "message", "unread", "handover", "error"])
    PrivacyDesk.on(name, (detail) => heard.push([name, detail]));
}"""
HEARD = """() => new Promise((give) => {
  const last = () => heard.some(([name]) => name === "error") && give(heard);
  if (!last()) PrivacyDesk.on("error", last);
})"""
"""All that was heard, once the error is: it comes last, and nothing on the page shows it while the chat is closed."""


async def call(page: Page, words: str, argument: Any = None) -> Any:
    """Do this on the page, as its own scripts would."""
    return await page.evaluate(words, argument)


async def test_the_page_opens_closes_and_hears_what_happens(chromium: Browser) -> None:
    """open, close, toggle, on and off; an event tells no more than the page needs, and no word of what was said."""
    async with scripted_shop(chromium) as (here, desk):
        await here.page.goto(here.url)
        await call(here.page, LISTEN)
        await call(here.page, "() => PrivacyDesk.toggle()")
        await here.ask("Secret words")
        await expect(here.page.get_by_text("You said: Secret words")).to_be_visible()
        await call(here.page, "() => PrivacyDesk.close()")
        await desk.tell("status", owner="human", staff=SAM, online=True)
        await desk.line("staff", "Secret too.", staff=SAM)
        await desk.tell("error", code="unavailable", text="We can't take messages just now.")
        await expect(here.page.get_by_role("button", name="Open the privacy chat, 1 new")).to_be_visible()
        heard = await call(here.page, HEARD)
        names = ["open", "ready", "message", "close", "handover", "unread", "message", "error"]
        assert [name for name, _ in heard] == names
        assert heard[1][1] == {"name": "iomart", "owner": "bot", "online": True, "files": True}
        assert heard[4][1] == {"owner": "human", "name": "Sam Okafor"}
        assert heard[5][1] == {"count": 1}
        assert "Secret" not in str(heard)
        assert "session" not in str(heard)
        with pytest.raises(Exception, match='not of "opened"'):
            await call(here.page, '() => PrivacyDesk.on("opened", () => 1)')


async def test_a_listener_that_fails_harms_only_its_page(chromium: Browser) -> None:
    """The fault is reported as the page's own, and the answer is shown."""
    async with scripted_shop(chromium) as (here, _desk):
        await here.page.goto(here.url)
        await call(here.page, '() => PrivacyDesk.on("message", () => { throw new Error("of the page"); })')
        await call(here.page, "() => PrivacyDesk.open()")
        await here.ask("Hello")
        await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
        assert any("of the page" in fault for fault in here.faults)


async def test_the_page_says_who_its_visitor_is_and_when_they_are_gone(chromium: Browser) -> None:
    """The hello carries what the site signed; somebody else, or nobody, begins anew; what is no identity is refused."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await here.ask("Before")
        await expect(here.page.get_by_text("You said: Before")).to_be_visible()
        await call(here.page, "(who) => PrivacyDesk.identify(who)", IDENTITY)
        hello = await desk.said("hello", identity=IDENTITY)
        assert hello["session"] == "a-session-of-the-desk"
        assert "ann@example.com" not in str(await here.stored())
        await call(here.page, "() => PrivacyDesk.identify(null)")
        await expect(here.page.get_by_text("You said: Before")).to_have_count(0)
        assert (await here.stored())["session"] == {}
        await expect(here.page.get_by_role("button", name="Do you share my data?")).to_be_visible()
        for bad in ({"user": "4711"}, IDENTITY | {"at": "soon"}, IDENTITY | {"user": "x" * 200}):
            with pytest.raises(Exception, match="needs user, hash, and at"):
                await call(here.page, "(who) => PrivacyDesk.identify(who)", bad)


async def test_who_is_signed_in_is_shown_their_own_conversation_whole(chromium: Browser) -> None:
    """The desk's other session of theirs comes from its first line; its hash is told once, and not when it is old."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await here.ask("Before")
        await expect(here.page.get_by_text("You said: Before")).to_be_visible()
        desk.session = "of-4711"
        desk.lines = [desk.lines[0] | {"text": "Of yesterday", "id": "y"}, desk.lines[1] | {"text": "Answered"}]
        await call(here.page, "(who) => PrivacyDesk.identify(who)", IDENTITY)
        await expect(here.page.get_by_text("Answered")).to_be_visible()
        assert await here.lines() == ["Of yesterday", "Answered"]
        again = await desk.said("hello", session="of-4711")
        assert "identity" not in again
        await here.page.reload()
        await expect(here.page.get_by_role("button", name="Open the privacy chat")).to_be_visible()
        assert len([frame for frame in desk.frames if frame["type"] == "hello"]) == 3
        await call(here.page, "(who) => PrivacyDesk.identify(who)", IDENTITY)
        await expect(here.page.get_by_text("Answered")).to_be_visible()


async def test_a_conversation_of_somebody_signed_in_is_shown_to_nobody_else(chromium: Browser) -> None:
    """In the same tab, on a page that names nobody, the chat that is opened is a new one."""
    async with scripted_shop(chromium) as (here, desk):
        await here.page.goto(here.url)
        await call(here.page, "(who) => { PrivacyDesk.identify(who); PrivacyDesk.open(); }", IDENTITY)
        await here.ask("Mine alone")
        await expect(here.page.get_by_text("You said: Mine alone")).to_be_visible()
        await here.page.reload()
        desk.lines = []
        await here.page.get_by_role("button", name="Open the privacy chat").click()
        await expect(here.page.get_by_role("heading", name="iomart privacy questions")).to_be_visible()
        assert "session" not in desk.frames[-1]
        assert "identity" not in desk.frames[-1]
        assert await here.lines() == []
        assert (await here.stored())["session"] == {}


async def test_a_destroyed_widget_leaves_nothing(chromium: Browser) -> None:
    """No element, no name, no open socket."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await call(here.page, "() => PrivacyDesk.destroy()")
        gone = "() => !document.getElementById('privacy-desk') && !('PrivacyDesk' in window)"
        assert await call(here.page, gone)
        await desk.left()
        assert here.faults == []


async def test_tabs_of_one_browser_are_one_conversation(chromium: Browser) -> None:
    """A tab that was open joins as the first begins, a later one as it is loaded; what one read is read in all."""
    async with scripted_shop(chromium) as (here, desk):
        second = ShopPage(await here.page.context.new_page(), here.url)
        await second.page.goto(here.url)
        await here.open()
        assert await second.stored() == {"session": {}, "local": {}, "cookie": ""}
        await here.ask("From the first")
        await desk.said("hello", session=SESSION, last_seq=0)
        third = ShopPage(await here.page.context.new_page(), here.url)
        await third.page.goto(here.url)
        await here.page.get_by_role("button", name="Close the chat").click()
        await desk.line("bot", "One more thing.")
        new = "Open the privacy chat, 1 new"
        await expect(here.page.get_by_role("button", name=new)).to_be_visible()
        await third.page.get_by_role("button", name="Open the privacy chat").click()
        await expect(here.page.get_by_role("button", name="Open the privacy chat", exact=True)).to_be_visible()
        await second.page.get_by_role("button", name="Open the privacy chat").click()
        await third.ask("From the third")
        for tab in (second, third):
            await expect(tab.page.get_by_text("You said: From the third")).to_be_visible()
        said = ["From the first", "You said: From the first", "One more thing."]
        assert await second.lines() == [*said, "From the third", "You said: From the third"] == await third.lines()
        assert [frame.get("session") for frame in desk.frames if frame["type"] == "hello"] == [None, SESSION, SESSION]
        assert (await third.stored())["local"] == {}


async def test_another_browser_or_visitor_joins_nothing(chromium: Browser) -> None:
    """A tab whose page names somebody else is told no session."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await call(here.page, "(who) => PrivacyDesk.identify(who)", IDENTITY)
        await here.ask("Mine")
        await expect(here.page.get_by_text("You said: Mine")).to_be_visible()
        other = ShopPage(await here.page.context.new_page(), here.url)
        await other.open()
        assert await other.lines() == []
        assert "session" not in desk.frames[-1]


async def test_another_language_comes_from_the_desk_and_reads_from_the_right(chromium: Browser) -> None:
    """Words, direction and numbers are the catalogue's, what it has not is English; what is said to the bot is too."""
    async with scripted_shop(chromium, attributes='data-lang="ar"', viewport={"width": 1280, "height": 740}) as (
        here,
        desk,
    ):
        await here.page.goto(here.url)
        await here.page.get_by_role("button", name="فتح محادثة الخصوصية").click()
        await here.page.get_by_role("button", name="هل تشاركون بياناتي مع غيركم؟").click()
        await desk.said("message", text="Do you share my data?")
        await desk.said("hello", lang="ar")
        box = await here.page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] < 100
        assert await complaints(here.page) == []


async def test_a_language_that_the_desk_has_not_stays_english(chromium: Browser) -> None:
    """It asks for the variant and the language, gets neither, and every word of its frame is English, left to right."""
    asked: list[str] = []
    async with scripted_shop(chromium, attributes='data-lang="xx-YY"') as (here, desk):
        here.page.on("response", lambda got: asked.append(f"{got.status} {got.url.removeprefix(desk.url)}"))
        await here.open()
        assert [one for one in asked if "/lang/" in one] == ["404 /chat/lang/xx-yy.json", "404 /chat/lang/xx.json"]
        assert await here.page.locator(".box").get_attribute("lang") == "en"
        box = await here.page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] > 640  # the end of a line that is read from the left
        shown = await here.page.get_by_role("dialog").inner_text()
        for key in ("automatic", "greeting", "kept", "example_1", "example_2", "example_3", "person"):
            assert ENGLISH[key] in shown, key
        for role, key in (
            ("textbox", "your_message"),
            ("button", "send"),
            ("button", "attach"),
            ("log", "conversation"),
        ):
            await expect(here.page.get_by_role(role, name=ENGLISH[key], exact=True)).to_be_visible()
        await expect(here.page.get_by_placeholder(ENGLISH["placeholder"])).to_be_visible()
        await here.ask("Hello")
        await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
        hello = await desk.said("hello")
        assert hello["lang"] == "xx-YY"
        assert all("404" in fault for fault in here.faults)


# What is shown of a name or number in a line of Arabic: whether the one stands left of the other.
LEFT_OF = """([part, one, other]) => {
  const root = document.getElementById("privacy-desk").shadowRoot;
  const place = (words) => {
    for (const node of root.querySelectorAll(part)) {
      const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const at = walk.currentNode.data.lastIndexOf(words);
        if (at < 0) continue;
        const range = new Range();
        range.setStart(walk.currentNode, at);
        range.setEnd(walk.currentNode, at + words.length);
        return range.getBoundingClientRect();
      }
    }
    throw new Error(`${words} is not shown in ${part}`);
  };
  return place(one).right <= place(other).left + 1;
}"""


async def test_in_arabic_names_numbers_and_links_keep_their_own_order(chromium: Browser) -> None:
    """A name stands right of the words after it; a size and an address read from the left; send is at the end."""
    async with scripted_shop(chromium, "rtl", 'data-lang="ar"', viewport={"width": 1280, "height": 740}) as (
        here,
        desk,
    ):
        await here.page.goto(here.url)
        await here.page.locator(".launcher").click()
        await desk.said("hello")
        await here.page.locator("#text").fill("مرحبا")
        await here.page.keyboard.press("Enter")
        await desk.said("message")
        await desk.tell("status", owner="human", staff=SAM, online=True)
        await expect(here.page.locator("#subtitle")).to_contain_text("Sam Okafor")
        shown = {"name": "letter.pdf", "size": 34_000, "type": "application/pdf", "url": f"{desk.url}/f"}
        await desk.line("bot", "1. calls\n2. post", choices=["calls", "post"], citations=CITATIONS, files=[shown])
        await desk.line("bot", "انظر https://desk.example/a/b?c=1 ثم اكتب.", choices=["calls", "post"])
        await expect(here.page.locator(".line p a")).to_be_visible()
        for part, left, right in (
            ("#subtitle", "يجيب", "Sam Okafor"),
            (".system p", "معك", "Sam Okafor"),
            (".file small", "34", "kB"),
            (".line p a", "https://desk", "c=1"),
        ):
            assert await here.page.evaluate(LEFT_OF, [part, left, right]), part
        send = await here.page.locator(".send").bounding_box()
        clip = await here.page.locator(".clip").bounding_box()
        assert send
        assert clip
        assert send["x"] < clip["x"]
        assert here.faults == []


async def test_english_on_a_page_from_right_to_left_keeps_its_stops(chromium: Browser) -> None:
    """Without a catalogue the frame is mirrored and its sentences are not: each ends at its right."""
    async with scripted_shop(chromium, "rtl") as (here, _desk):
        await here.open()
        await here.page.context.set_offline(True)
        await here.ask("Do you record calls?")
        await expect(here.page.get_by_text("You are offline. 1 message is kept")).to_be_visible()
        assert await here.page.evaluate(LEFT_OF, [".state span", "back", "."])


@pytest.mark.parametrize(("accent", "theme"), [("#ffe600", "light"), ("#112233", "dark"), ("red", "dark")])
async def test_any_accent_of_a_site_can_be_read(chromium: Browser, accent: str, theme: str) -> None:
    """It is darkened or lightened until it can; what is no colour is none. A theme wins over the browser's scheme."""
    attributes = f'data-accent="{accent}" data-theme="{theme}"'
    scheme: Any = "light" if theme == "dark" else "dark"
    async with scripted_shop(chromium, attributes=attributes, color_scheme=scheme) as (here, desk):
        await answered(here, desk)
        assert await complaints(here.page, "color-contrast") == []
        ground = await here.page.locator(".log").evaluate("(log) => getComputedStyle(log).backgroundColor")
        assert ground == ("rgb(16, 22, 30)" if theme == "dark" else "rgb(243, 245, 248)")
        await here.keep_picture(f"accent-{accent.strip('#')}-{theme}")
