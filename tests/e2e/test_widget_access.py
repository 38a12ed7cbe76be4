"""The widget for everybody: axe finds nothing in any state; small, enlarged and high-contrast screens; the keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.axe import complaints
from tests.e2e.widget_page import scripted_shop
from tests.e2e.widget_states import STATES, answered, handed_over, leaving, menu

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDE: Any = {"width": 1280, "height": 740}
PHONE: Any = {"width": 360, "height": 740}


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing_in_any_state(chromium: Browser, state: str) -> None:
    """WCAG 2.2 AA and the good practices of axe in light, and every contrast in dark."""
    async with scripted_shop(chromium, viewport=WIDE, color_scheme="light") as (here, desk):
        await STATES[state](here, desk)
        assert await complaints(here.page) == []
        await here.keep_picture(f"state-{state}-light")
        await here.page.emulate_media(color_scheme="dark")
        assert await complaints(here.page, "color-contrast") == []
        await here.keep_picture(f"state-{state}-dark")


async def test_axe_looks_into_the_widget(chromium: Browser) -> None:
    """What is broken inside it is found: else the tests above would prove nothing."""
    async with scripted_shop(chromium, viewport=WIDE) as (here, _desk):
        await here.open()
        await here.page.get_by_role("button", name="Send", exact=True).evaluate(
            "(node) => node.removeAttribute('aria-label')"
        )
        await here.page.get_by_role("button", name="Send", exact=True).evaluate(
            "(node) => node.removeAttribute('title')"
        )
        assert [rule for rule, _ in await complaints(here.page)] == ["button-name"]


ROOM = "(log) => [log.clientHeight, log.scrollWidth - log.clientWidth]"


@pytest.mark.parametrize("size", [(640, 370), (320, 256)])
async def test_a_page_enlarged_to_200_and_400_per_cent_has_all_of_the_chat(
    chromium: Browser, size: tuple[int, int]
) -> None:
    """A screen of 1280 by 740 or 1024: nothing goes sideways or out of reach, the last line can be scrolled to."""
    async with scripted_shop(chromium, viewport={"width": size[0], "height": size[1]}) as (here, desk):
        await answered(here, desk)
        last = here.page.get_by_role("button", name="Yes, that helps")
        await last.scroll_into_view_if_needed()
        for control in (
            last,
            here.page.get_by_label("Your message"),
            here.page.get_by_role("button", name="Talk to a"),
        ):
            await expect(control).to_be_in_viewport(ratio=1)
        room = await here.page.locator(".log").evaluate(
            "(log) => [log.clientHeight, log.scrollWidth - log.clientWidth]"
        )
        assert room[0] >= 80
        assert room[1] == 0
        assert await complaints(here.page, "color-contrast", "target-size") == []
        await here.keep_picture(f"zoom-{size[0]}")


@pytest.mark.parametrize(("state", "control"), [("leaving", "Use this address"), ("offline", "Send"), ("menu", "More")])
async def test_at_200_per_cent_forms_and_strips_leave_their_controls_in_reach(
    chromium: Browser, state: str, control: str
) -> None:
    """The form of an address, the strip that tells of no connection, the menu: scrolled to, each button is whole."""
    async with scripted_shop(chromium, viewport={"width": 640, "height": 370}) as (here, desk):
        await STATES[state](here, desk)
        button = here.page.get_by_role("button", name=control, exact=True)
        await button.scroll_into_view_if_needed()
        await expect(button).to_be_in_viewport(ratio=1)
        sideways = "(panel) => panel.scrollWidth - panel.clientWidth"
        assert await here.page.locator(".panel").evaluate(sideways) == 0
        assert await complaints(here.page, "target-size", "color-contrast") == []


async def test_without_motion_nothing_moves(chromium: Browser) -> None:
    """Who asks for reduced motion has none, not of the panel and not of the dots; who does not has both."""
    running = """() => document.getElementById("privacy-desk").shadowRoot.getAnimations().length"""
    for motion, moving in (("reduce", False), ("no-preference", True)):
        async with scripted_shop(chromium, reduced_motion=motion) as (here, desk):
            await handed_over(here, desk)
            assert bool(await here.page.evaluate(running)) is moving


async def test_forced_colours_keep_every_edge(chromium: Browser) -> None:
    """In a high-contrast mode what was only a ground has a border, and ticks and icons keep their words."""
    async with scripted_shop(chromium, viewport=WIDE, forced_colors="active") as (here, desk):
        await handed_over(here, desk)
        for part in (".panel", ".launcher", ".you .bubble", ".bot .bubble", ".send"):
            style = (
                "(node) => [getComputedStyle(node).borderTopStyle, parseFloat(getComputedStyle(node).borderTopWidth)]"
            )
            kind, width = await here.page.locator(part).last.evaluate(style)
            assert (kind, width >= 1) == ("solid", True), part
        await here.keep_picture("forced-colours")


async def test_the_keyboard_on_a_phone_takes_room_from_the_lines_alone(chromium: Browser) -> None:
    """What the browser says is left is what the panel takes: the box and the head stay in view."""
    async with scripted_shop(chromium, viewport=PHONE) as (here, _desk):
        await here.open()
        await here.page.evaluate("""() => {
          Object.defineProperty(visualViewport, "height", { value: 400 });
          Object.defineProperty(visualViewport, "offsetTop", { value: 30 });
          visualViewport.dispatchEvent(new Event("resize"));
        }""")
        box = await here.page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert (box["y"], box["height"]) == (30, 400)


async def test_escape_takes_away_what_lies_on_top_and_the_focus_goes_back(chromium: Browser) -> None:
    """The menu first, then the form, then the chat; each time the focus is where it was before."""
    async with scripted_shop(chromium, viewport=WIDE) as (here, desk):
        await menu(here, desk)
        await expect(here.page.get_by_role("button", name="Email me the answer")).to_be_focused()
        await here.page.keyboard.press("Escape")
        await expect(here.page.get_by_role("button", name="More")).to_be_focused()
        await here.page.keyboard.press("Enter")
        await here.page.keyboard.press("Enter")
        await expect(here.page.get_by_label("Your email address")).to_be_focused()
        await here.page.keyboard.press("Escape")
        await expect(here.page.get_by_label("Your message")).to_be_focused()
        await here.page.keyboard.press("Escape")
        await expect(here.page.get_by_role("dialog")).to_be_hidden()
        await expect(here.page.get_by_role("button", name="Open the privacy chat")).to_be_focused()


async def test_on_a_phone_the_focus_goes_round_menu_and_form_too(chromium: Browser) -> None:
    """Whatever is open, Tab reaches every control of the panel and none of the page."""
    async with scripted_shop(chromium, viewport=PHONE) as (here, desk):
        await leaving(here, desk)
        reached = set()
        for _ in range(20):
            await here.page.keyboard.press("Tab")
            assert await here.page.evaluate("document.activeElement.id") == "privacy-desk"
            reached.add(await here.page.evaluate(FOCUSED))
        assert {"Use this address", "Cancel", "email", "text", "Send", "More", "Close the chat"} <= reached
        assert await here.page.get_by_role("dialog").get_attribute("aria-modal") == "true"


FOCUSED = """() => {
  const node = document.activeElement.shadowRoot.activeElement;
  return node.id || node.getAttribute("aria-label") || node.textContent.trim();
}"""


async def test_what_comes_is_announced_once_and_what_was_there_is_not(chromium: Browser) -> None:
    """The log is polite and says lines as they come; a conversation that comes back is not read out again."""
    async with scripted_shop(chromium, viewport=WIDE) as (here, desk):
        await answered(here, desk)
        log = here.page.get_by_role("log")
        assert await log.get_attribute("aria-live") == "polite"
        assert await log.get_attribute("aria-busy") == "false"
        desk.greeting = False
        await here.page.reload()
        await desk.said("hello", last_seq=0)
        await here.page.evaluate(WATCH)
        await desk.greet()
        await expect(here.page.locator("blockquote")).to_be_visible()
        assert await here.page.evaluate("() => busy") == ["true", "false"]
        first = await here.page.locator(".bot .aside").first.inner_text()
        assert first == "Automatic answer:"


WATCH = """() => {
  window.busy = [];
  const log = document.getElementById("privacy-desk").shadowRoot.querySelector(".log");
  new MutationObserver(() => busy.push(log.getAttribute("aria-busy"))).observe(log, { attributeFilter: ["aria-busy"] });
}"""


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("look", ["light", "dark", "rtl"])
async def test_it_looks_right_at_every_width(chromium: Browser, width: int, look: str) -> None:
    """Light, dark and right to left: all of a talk fits, and nothing goes sideways. The pictures are for people."""
    direction, attributes = ("rtl", 'data-lang="ar"') if look == "rtl" else ("ltr", "")
    scheme: Any = "dark" if look == "dark" else "light"
    size: Any = {"width": width, "height": 800}
    async with scripted_shop(chromium, direction, attributes, viewport=size, color_scheme=scheme) as (here, desk):
        await here.page.goto(here.url)
        await here.page.locator(".launcher").click()
        await desk.said("hello")
        await here.keep_picture(f"greeting-{width}-{look}")
        await here.page.locator(".picks button").first.click()
        await expect(here.page.locator(".bot")).to_have_count(2)
        assert (await here.page.locator(".log").evaluate(ROOM))[1] == 0
        await here.keep_picture(f"talk-{width}-{look}")
