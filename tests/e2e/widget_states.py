"""Every state that the widget can be in, each as a way to bring a freshly loaded page into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.e2e.scripted_desk import ScriptedDesk
from tests.e2e.widget_page import ShopPage

Bring = Callable[[ShopPage, ScriptedDesk], Awaitable[None]]

QUOTE = "We will not sell, rent or share your details with anybody for marketing unless you agree."
LABEL = "iomart privacy policy, clause 3.2, as seen on 15 December 2007"
URL = "https://desk.example/policy/iomart/2007-12-15#3.2"
CITATIONS = [{"id": "3.2", "url": URL, "text": QUOTE, "label": LABEL}]
SAM = {"name": "Sam Okafor", "picture": ""}


async def unopened(here: ShopPage, _desk: ScriptedDesk) -> None:
    await here.page.goto(here.url)
    await expect(here.page.get_by_role("button", name="Open the privacy chat")).to_be_visible()


async def unread(here: ShopPage, desk: ScriptedDesk) -> None:
    await answered(here, desk)
    await here.page.get_by_role("button", name="Close the chat").click()
    await desk.line("bot", "One more thing.")
    await expect(here.page.get_by_role("button", name="Open the privacy chat, 1 new")).to_be_visible()


async def greeted(here: ShopPage, _desk: ScriptedDesk) -> None:
    await here.open()


async def answered(here: ShopPage, desk: ScriptedDesk) -> None:
    await here.open()
    desk.facts["owner"] = "human"  # so that the script answers by itself
    await here.ask("Do you share my data?")
    await expect(here.page.get_by_text("Delivered")).to_be_visible()
    said = f"iomart's privacy policy says:\n\n“{QUOTE}”\n{LABEL}: {URL}\n\nDid that answer it?"
    await desk.line("bot", said, citations=CITATIONS, choices=["Yes, that helps", "No"])
    await expect(here.page.locator("blockquote")).to_be_visible()


async def choosing(here: ShopPage, desk: ScriptedDesk) -> None:
    await here.open()
    await desk.line("bot", "Do you mean:\n\n1. calls\n2. offers by post", choices=["calls", "offers by post"])
    await expect(here.page.get_by_role("button", name="2 offers by post")).to_be_visible()


async def working(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.answering = False
    await here.open()
    await here.ask("How long do you keep my data?")
    await desk.said("message")
    await desk.tell("typing", **{"from": "bot", "on": True})
    await expect(here.page.get_by_text("Working on an answer")).to_be_visible()


async def failed(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.answering = False
    await here.open()
    await here.ask("Do you record calls?")
    sent = await desk.said("message")
    wait = "Too many messages at once. Try again in 60 seconds."
    await desk.tell("error", code="rate_limited", text=wait, id=sent["id"], retry_after=60)
    await expect(here.page.get_by_role("button", name="Try again")).to_be_visible()


async def refused(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.answering = False
    await here.open()
    await here.ask("Do you record calls?")
    sent = await desk.said("message")
    await desk.tell("error", code="empty", text="There is no text in this message.", id=sent["id"])
    await expect(here.page.get_by_role("button", name="Change it")).to_be_visible()


async def offline(here: ShopPage, _desk: ScriptedDesk) -> None:
    await here.open()
    await here.page.context.set_offline(True)
    await here.ask("Do you record calls?")
    await expect(here.page.get_by_text("You are offline. 1 message is kept")).to_be_visible()


async def reconnecting(here: ShopPage, desk: ScriptedDesk) -> None:
    await here.open()
    await here.ask("Hello")
    await expect(here.page.get_by_text("You said: Hello")).to_be_visible()
    desk.sockets_allowed = desk.greeting = False
    await desk.close(1001)
    await expect(here.page.get_by_text("Connection lost. Trying again…")).to_be_visible()


async def ended(here: ShopPage, desk: ScriptedDesk) -> None:
    await here.open()
    await desk.close(1008)
    await expect(here.page.get_by_role("button", name="Open again")).to_be_visible()


async def handed_over(here: ShopPage, desk: ScriptedDesk) -> None:
    await answered(here, desk)
    await desk.tell("status", owner="human", staff=SAM, online=True)
    await desk.line("staff", "Hello, Sam here. I have read what you wrote. What should I look up?", staff=SAM)
    await here.ask("Who has my address?")
    await expect(here.page.get_by_text("Delivered")).to_have_count(2)
    await desk.tell("receipt", seq=len(desk.lines), state="read")
    await desk.tell("typing", **{"from": "staff", "on": True})
    await expect(here.page.get_by_text("Sam Okafor is writing")).to_be_visible()


async def nobody_there(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.facts |= {"owner": "human", "online": False, "hours": "Monday to Friday, 9:00 to 17:30"}
    await here.open()
    await here.ask("Talk to a person")
    await expect(here.page.get_by_text("No person is here just now. They answer")).to_be_visible()


async def after_hours(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.facts |= {"online": False, "hours": "Monday to Friday, 9:00 to 17:30"}
    await here.open()
    await expect(here.page.get_by_text("People answer Monday to Friday")).to_be_visible()


async def menu(here: ShopPage, desk: ScriptedDesk) -> None:
    await answered(here, desk)
    await here.page.get_by_role("button", name="More").click()
    await expect(here.page.get_by_role("button", name="Download the conversation")).to_be_visible()


async def leaving(here: ShopPage, desk: ScriptedDesk) -> None:
    await menu(here, desk)
    await here.page.get_by_role("button", name="Email me the answer").click()
    await here.page.get_by_label("Your email address").fill("sam at example")
    await here.page.keyboard.press("Enter")
    await expect(here.page.get_by_text("This is no email address.")).to_be_visible()


async def file_sent(here: ShopPage, desk: ScriptedDesk) -> None:
    desk.facts["max_file"] = 50_000
    await here.open()
    await attach(here, "letter.pdf", 34_000)
    await expect(here.page.get_by_role("link", name="letter.pdf")).to_be_visible()
    desk.refusal = (415, "We don't take programs. Send a picture, a PDF or a text.")
    await attach(here, "setup.exe", 1_000)
    await expect(here.page.get_by_text("We don't take programs.")).to_be_visible()
    await attach(here, "film.mp4", 51_000)
    await expect(here.page.get_by_text("film.mp4 is 51 kB")).to_be_visible()


async def attach(here: ShopPage, name: str, size: int) -> None:
    """Choose a file of that size."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": b"x" * size}
    await here.page.locator("input[type=file]").set_input_files(file)


async def dropping(here: ShopPage, _desk: ScriptedDesk) -> None:
    await here.open()
    await here.page.get_by_role("log").evaluate("""(log) => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], "letter.txt"));
      const how = { bubbles: true, composed: true, cancelable: true };
      log.dispatchEvent(new DragEvent("dragenter", { dataTransfer: data, ...how }));
    }""")
    await expect(here.page.get_by_text("Drop the file here to send it")).to_be_visible()


STATES: dict[str, Bring] = {
    bring.__name__: bring
    for bring in (
        unopened, unread, greeted, answered, choosing, working, failed, refused, offline, reconnecting, ended,
        handed_over, nobody_there, after_hours, menu, leaving, file_sent, dropping,
    )
}  # fmt: skip
