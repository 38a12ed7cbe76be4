"""The widget for who hears it and does not see it: what is read out as it comes, what things are called, the focus."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.widget_page import ShopPage, scripted_shop
from tests.e2e.widget_states import CITATIONS, LABEL, QUOTE, SAM, STATES, URL

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

# Listens as a screen reader does: to what is added to a live region, or shown in it, unless that is off or busy
# (WAI-ARIA 1.2: aria-live, aria-busy, and the roles log, status and alert).
LISTEN = """() => {
  const root = document.getElementById("privacy-desk").shadowRoot;
  const OWN = { log: "polite", status: "polite", alert: "assertive" };
  window.heard = [];
  const live = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const own = at.getAttribute("aria-live") ?? OWN[at.getAttribute("role")];
      if (own) return own !== "off" && at.getAttribute("aria-busy") !== "true";
    }
    return false;
  };
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.hidden || node.getAttribute("aria-hidden") === "true") return "";
    return [...node.childNodes].map(words).join(" ");
  };
  const hear = (node) => {
    const near = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!near?.isConnected || !near.checkVisibility() || !live(near)) return;
    const text = words(node).replace(/\\s+/g, " ").trim();
    if (text) window.heard.push(text);
  };
  new MutationObserver((all) => {
    const shown = new Set();
    for (const one of all) if (one.oldValue !== null && !one.target.hidden) shown.add(one.target);
    for (const one of all) {
      const within = [...shown].some((node) => node.contains(one.target));
      if (one.type === "childList" && !within) one.addedNodes.forEach(hear);
    }
    shown.forEach(hear);
  }).observe(root, { childList: true, subtree: true, attributeFilter: ["hidden"], attributeOldValue: true });
}"""


async def heard(page: Page) -> list[str]:
    """All that was read out so far, without the times of day."""
    said = await page.evaluate("() => heard")
    return [re.sub(r"\d\d:\d\d( [AP]M)?", "", each).strip() for each in said]


async def listening(here: ShopPage) -> None:
    await here.open()
    await here.page.evaluate(LISTEN)


async def test_each_line_is_read_out_once_with_who_said_it(chromium: Browser) -> None:
    """Own words, the answer with its clause, the person: each once and in order; ticks interrupt nobody."""
    async with scripted_shop(chromium) as (here, desk):
        await listening(here)
        desk.facts["owner"] = "human"  # so that the script answers by itself
        await here.ask("Do you share my data?")
        await expect(here.page.get_by_text("Delivered")).to_be_visible()
        await desk.tell("typing", **{"from": "bot", "on": True})
        await expect(here.page.get_by_text("Working on an answer")).to_be_visible()
        await desk.tell("typing", **{"from": "bot", "on": True})  # again, as long as it goes on
        said = f"Our policy says:\n\n“{QUOTE}”\n{LABEL}: {URL}\n\nDid that answer it?"
        await desk.line("bot", said, citations=CITATIONS, choices=["Yes, that helps", "No"])
        await expect(here.page.locator("blockquote")).to_be_visible()
        await desk.tell("status", owner="human", staff=SAM, online=True)
        await desk.line("staff", "Hello, Sam here.", staff=SAM)
        await expect(here.page.get_by_text("Hello, Sam here.")).to_be_visible()
        await desk.tell("receipt", seq=1, state="read")
        await expect(here.page.locator(".you .meta")).to_contain_text("Read")
        told = await heard(here.page)
        assert told[:2] == ["You: Do you share my data? Sending…", "Working on an answer"]
        answer = next(each for each in told if each.startswith("Automatic answer:"))
        assert answer.startswith(f"Automatic answer: Our policy says: “{QUOTE}” {LABEL} (opens in a new tab)")
        assert "Yes, that helps No" in answer
        assert "https://" not in answer
        assert [each for each in told if "Sam" in each] == [
            "Sam Okafor is here now. You are talking to a person.",
            "Sam Okafor: Hello, Sam here.",
        ]
        assert len(told) == len(set(told)) == 5


async def test_a_failure_is_read_out_with_what_to_do(chromium: Browser) -> None:
    """The reason is heard once; while it is sent again nothing is."""
    async with scripted_shop(chromium) as (here, desk):
        desk.answering = False
        await listening(here)
        await here.ask("Do you record calls?")
        sent = await desk.said("message")
        wait = "Too many messages at once. Try again in 60 seconds."
        await desk.tell("error", code="rate_limited", text=wait, id=sent["id"], retry_after=60)
        await expect(here.page.get_by_role("button", name="Try again")).to_be_visible()
        told = await heard(here.page)
        assert told[0] == "You: Do you record calls? Sending…"
        assert " ".join(told[1:]) == f"{wait} Try again"
        desk.answering = True
        await here.page.get_by_role("button", name="Try again").click()
        await expect(here.page.get_by_text("You said: Do you record calls?")).to_be_visible()
        assert [each for each in (await heard(here.page)) if "Sending" in each or "Delivered" in each] == told[:1]


async def test_a_lost_connection_is_told_once_and_its_lines_are_not_read_again(chromium: Browser) -> None:
    """What came before is not repeated when the connection is back; what came meanwhile is."""
    async with scripted_shop(chromium) as (here, desk):
        await listening(here)
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        desk.greeting = False
        await desk.close(1001)
        await expect(here.page.get_by_text("Connection lost. Trying again…")).to_be_visible()
        await desk.line("bot", "Meanwhile.")
        await desk.said("hello", last_seq=2)
        await desk.greet()
        await expect(here.page.get_by_text("Meanwhile.")).to_be_visible()
        told = await heard(here.page)
        for words in ("You: One", "Automatic answer: You said: One", "Automatic answer: Meanwhile."):
            assert sum(words in each for each in told) == 1, words
        assert told.count("Connection lost. Trying again…") == 1


NAMELESS = re.compile(r"- (button|link|textbox|dialog|log)(?! \")")


@pytest.mark.parametrize("state", STATES)
async def test_everything_that_can_be_used_has_a_name_in_every_state(chromium: Browser, state: str) -> None:
    """As the browser tells it to a screen reader: no button, link or box without words, one log, one dialog."""
    async with scripted_shop(chromium, viewport={"width": 1280, "height": 740}) as (here, desk):
        await STATES[state](here, desk)
        tree = await here.page.locator(".box").aria_snapshot()
        assert NAMELESS.findall(tree) == [], tree
        is_open = await here.page.get_by_role("dialog").count()
        assert (tree.count('- dialog "'), tree.count('- log "Conversation"')) == (is_open, is_open)
        assert tree.count("- button") == len(re.findall(r'- button ".+?"', tree))
        if is_open:  # who said it is shown below a line and told before it: once
            assert tree.count("Automatic answer:") == await here.page.locator(".line.bot").count()
            assert len(re.findall(r"\bYou:", tree)) == await here.page.locator(".line.you").count()


async def test_the_focus_goes_in_and_out_with_the_chat(chromium: Browser) -> None:
    """Opened by key: into the box; closed by its button: back to the launcher; by the page: it stays where it was."""
    async with scripted_shop(chromium) as (here, _desk):
        await here.page.goto(here.url)
        launcher = here.page.get_by_role("button", name="Open the privacy chat")
        await launcher.focus()
        await here.page.keyboard.press("Enter")
        await expect(here.page.get_by_label("Your message")).to_be_focused()
        await here.page.get_by_role("button", name="Close the chat").focus()
        await here.page.keyboard.press("Enter")
        await expect(launcher).to_be_focused()
        await here.page.keyboard.press("Enter")
        await here.page.get_by_role("link", name="A link on the page").focus()
        await here.page.evaluate("() => PrivacyDesk.close()")
        await expect(here.page.get_by_role("link", name="A link on the page")).to_be_focused()


async def test_on_a_touch_screen_opening_calls_up_no_keyboard(chromium: Browser) -> None:
    """The focus goes to the conversation, from which it is read; the box waits to be touched."""
    size: Any = {"width": 360, "height": 740}
    async with scripted_shop(chromium, viewport=size, has_touch=True, is_mobile=True) as (here, desk):
        await here.page.goto(here.url)
        await here.page.get_by_role("button", name="Open the privacy chat").tap()
        await desk.said("hello")
        await expect(here.page.get_by_role("log", name="Conversation")).to_be_focused()


async def test_a_choice_that_was_pressed_leaves_the_focus_in_the_chat(chromium: Browser) -> None:
    """Its button goes away; the keyboard goes on from the box and not from the top of the page."""
    async with scripted_shop(chromium) as (here, desk):
        await STATES["choosing"](here, desk)
        await here.page.get_by_role("button", name="2 offers by post").focus()
        await here.page.keyboard.press("Enter")
        await expect(here.page.get_by_text("You said: offers by post")).to_be_visible()
        await expect(here.page.get_by_label("Your message")).to_be_focused()
