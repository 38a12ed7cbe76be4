"""What the widget shows beside the lines: people, ticks, files, leaving; and its ways around what is blocked."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.scripted_desk import SESSION
from tests.e2e.widget_page import scripted_shop
from tests.e2e.widget_states import SAM, attach, handed_over, leaving, menu

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_person_who_takes_over_is_shown_and_so_is_the_hand_back(chromium: Browser) -> None:
    """Name and picture where there is one, initials where not; the header and a line say it."""
    async with scripted_shop(chromium) as (here, desk):
        await handed_over(here, desk)
        await expect(here.page.get_by_text("Sam Okafor is answering")).to_be_visible()
        await expect(here.page.get_by_text("Sam Okafor is here now. You are talking to a person.")).to_be_visible()
        await expect(here.page.locator(".line .face")).to_have_text("SO")
        ann = {"name": "Ann", "picture": f"{desk.url}/picture.svg"}
        await desk.tell("status", owner="human", staff=ann, online=True)
        await expect(here.page.locator("header img")).to_be_visible()
        await expect(here.page.get_by_text("Ann is answering")).to_be_visible()
        await desk.tell("status", owner="bot", staff=None, online=True)
        await expect(here.page.get_by_text("Answers are automatic again.")).to_be_visible()
        await expect(here.page.get_by_text("automatic answers, people when needed")).to_be_visible()
        assert here.faults == []


async def test_ticks_tell_what_became_of_an_own_line(chromium: Browser) -> None:
    """Sent, delivered, read; after a reload they are what the desk says."""
    async with scripted_shop(chromium) as (here, desk):
        desk.facts["owner"] = "human"
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("Delivered")).to_be_visible()
        await desk.tell("receipt", seq=1, state="read")
        await expect(here.page.locator(".you .meta")).to_contain_text("Read")
        desk.lines[0]["state"] = "read"
        await here.page.reload()
        await expect(here.page.locator(".you .meta")).to_contain_text("Read")
        await here.ask("Two")
        await expect(here.page.get_by_text("Delivered")).to_be_visible()
        desk.facts["read"] = 2
        await desk.close(1001)
        await expect(here.page.get_by_text("Delivered")).to_be_hidden()


async def test_writing_is_told_both_ways_but_never_to_the_bot(chromium: Browser) -> None:
    """Staff see that the visitor writes, the visitor that staff do; a bot waits for nobody's next word."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        await here.page.get_by_label("Your message").press_sequentially("Tw")
        await desk.tell("status", owner="human", staff=SAM, online=True)
        await expect(here.page.get_by_text("Sam Okafor is answering")).to_be_visible()
        assert not [frame for frame in desk.frames if frame["type"] == "typing"]
        await here.page.get_by_label("Your message").press_sequentially("o")
        await desk.said("typing")
        await desk.tell("typing", **{"from": "staff", "on": True})
        await expect(here.page.get_by_text("Sam Okafor is writing")).to_be_visible()
        await desk.tell("typing", **{"from": "staff", "on": False})
        await expect(here.page.get_by_text("Sam Okafor is writing")).to_be_hidden()


async def test_what_was_in_view_is_told_as_read(chromium: Browser) -> None:
    """Only what came while the chat was open, or once it is opened."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await here.ask("One")
        await desk.said("read", seq=2)
        await here.page.get_by_role("button", name="Close the chat").click()
        await desk.line("bot", "More.")
        await here.page.get_by_role("button", name="Open the privacy chat, 1 new").click()
        await desk.said("read", seq=3)
        assert [frame["seq"] for frame in desk.frames if frame["type"] == "read"][-2:] == [2, 3]


async def test_files_go_by_button_paste_and_drop(chromium: Browser) -> None:
    """Each comes back as a line with a link to it; the session travels in its own header."""
    async with scripted_shop(chromium) as (here, desk):
        await here.open()
        await attach(here, "chosen.txt", 10)
        await expect(here.page.get_by_role("link", name="chosen.txt")).to_be_visible()
        await here.page.evaluate(GIVE, ["paste", "#text", "pasted.txt"])
        await expect(here.page.get_by_role("link", name="pasted.txt")).to_be_visible()
        await here.page.evaluate(GIVE, ["drop", ".log", "dropped.txt"])
        await expect(here.page.get_by_role("link", name="dropped.txt")).to_be_visible()
        assert [name for _, name, _ in desk.uploads] == ["chosen.txt", "pasted.txt", "dropped.txt"]
        assert {session for session, _, _ in desk.uploads} == {SESSION}
        assert await here.lines() == [
            f"{name}.txt 1\u00a0kB\n(opens in a new tab)" for name in ("chosen", "pasted", "dropped")
        ]


GIVE = """([kind, where, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["words"], name));
  const node = document.getElementById("privacy-desk").shadowRoot.querySelector(where);
  const how = { bubbles: true, cancelable: true, composed: true };
  node.dispatchEvent(kind === "paste" ? new ClipboardEvent(kind, { clipboardData: data, ...how })
    : new DragEvent(kind, { dataTransfer: data, ...how }));
}"""


async def test_a_file_that_is_not_taken_says_why_and_what_to_do(chromium: Browser) -> None:
    """Too large is said before anything is sent; the desk's own words are shown; what may pass is tried again."""
    async with scripted_shop(chromium) as (here, desk):
        desk.facts["max_file"] = 2_000
        await here.open()
        await attach(here, "big.pdf", 2_001)
        await expect(
            here.page.get_by_text("big.pdf is 3 kB, and a file can have 2 kB. Send a smaller one")
        ).to_be_visible()
        await attach(here, "none.pdf", 0)
        await expect(here.page.get_by_text("none.pdf is empty.")).to_be_visible()
        assert desk.uploads == []
        desk.refusal = (503, "We can't take files just now.")
        await attach(here, "letter.pdf", 9)
        await expect(here.page.get_by_text("We can't take files just now.")).to_be_visible()
        desk.refusal = None
        await here.page.get_by_role("button", name="Try again").click()
        await expect(here.page.get_by_role("link", name="letter.pdf")).to_be_visible()
        assert len(desk.uploads) == 1


async def test_the_conversation_is_saved_as_a_file(chromium: Browser) -> None:
    """By the short-lived link that the desk gives for it."""
    async with scripted_shop(chromium) as (here, desk):
        await menu(here, desk)
        await here.page.get_by_role("button", name="Download the conversation").click()
        await desk.said("saved", t="signed")
        await expect(here.page.get_by_text("The conversation opens as a file.")).to_be_visible()
        await expect(here.page.get_by_role("button", name="More")).to_be_focused()


async def test_an_address_is_left_for_the_answer(chromium: Browser) -> None:
    """What is no address is said at once, what the desk refuses in its words; then the form goes."""
    async with scripted_shop(chromium) as (here, desk):
        await leaving(here, desk)
        box = here.page.get_by_label("Your email address")
        await expect(box).to_be_focused()
        await box.fill("refused@example.com")
        await box.press("Enter")
        await expect(here.page.get_by_text("We can't write to that address.")).to_be_visible()
        await box.fill(" sam@example.com ")
        await box.press("Enter")
        await desk.said("leave_email", email="sam@example.com")
        await expect(here.page.get_by_text("We noted sam@example.com.")).to_be_visible()
        await expect(here.page.get_by_label("Your message")).to_be_focused()
        await expect(box).to_have_count(0)


async def test_where_sockets_are_blocked_the_chat_goes_on_by_http(chromium: Browser) -> None:
    """The same frames by long polling: a message, its answer, and what a person writes later."""
    async with scripted_shop(chromium) as (here, desk):
        desk.sockets_allowed = False
        await here.open()
        await here.ask("One")
        await expect(here.page.get_by_text("You said: One")).to_be_visible()
        await desk.line("staff", "Later.")
        await expect(here.page.get_by_text("Later.")).to_be_visible()
        await here.ask("Two")
        await expect(here.page.get_by_text("You said: Two")).to_be_visible()
        assert await here.lines() == ["One", "You said: One", "Later.", "Two", "You said: Two"]


async def test_a_connection_that_is_swallowed_is_given_up_for_the_other_way(chromium: Browser) -> None:
    """A proxy that lets the socket open and carries nothing: after twelve seconds the chat goes on by HTTP."""
    async with scripted_shop(chromium) as (here, desk):
        await here.page.clock.install()
        desk.greeting = False
        await here.page.goto(here.url)
        await here.page.get_by_role("button", name="Open the privacy chat").click()
        await desk.said("hello")
        desk.greeting = True
        await here.page.clock.run_for(12_000)
        await expect(here.page.get_by_text("Connection lost. Trying again…")).to_be_visible()
        await here.page.clock.run_for(1_100)
        await expect(here.page.get_by_role("heading", name="iomart privacy questions")).to_be_visible()
        assert desk.polls > 0


async def test_what_was_on_its_way_when_the_page_was_loaded_anew_goes_out_once(chromium: Browser) -> None:
    """The unsent message is kept in this tab, and sent again under its own number."""
    async with scripted_shop(chromium) as (here, desk):
        desk.answering = False
        await here.open()
        await here.ask("Do not lose me")
        first = await desk.said("message")
        desk.answering = True
        await here.page.reload()
        await expect(here.page.get_by_text("You said: Do not lose me")).to_be_visible()
        assert {frame["id"] for frame in desk.frames if frame["type"] == "message"} == {first["id"]}
        assert await here.lines() == ["Do not lose me", "You said: Do not lose me"]
        assert "Do not lose me" not in str(await here.stored())
