"""A request from its first text to its last download, in a real browser.

The demo's phone and mailbox, two colleagues at the console, and the page that the link opens.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import demo
from bot.app import Running
from bot.console import auth
from bot.console.models import Staff
from bot.packages.link_models import PackageAccess
from bot.tickets.models import Ticket
from tests.support import settings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
OTHERS_NAME, OTHERS_NUMBER = "Joan Fraser", "07700 900555"
DETAILS = "Sam Carter, G1 1AA, customer number IOM-20117"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with demo.running(settings(tmp_path_factory.mktemp("package"), channels="sms,mail,webchat")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        await chromium.close()


class Story:
    """The customer's screen and two colleagues' consoles."""

    def __init__(self, desk: Running, customer: Page, base: str) -> None:
        self.desk, self.customer, self.base = desk, customer, base

    async def text(self, words: str) -> Locator:
        """The customer sends a text; the newest answer on the phone."""
        before = await self.customer.locator("#phone .theirs").count()
        await self.customer.fill("#phone-text", words)
        await self.customer.get_by_role("button", name="Send the text").click()
        await expect(self.customer.locator("#phone .theirs")).not_to_have_count(before)
        return self.customer.locator("#phone .theirs").last

    async def colleague(self, browser: Browser, email: str, name: str, role: str) -> Page:
        """Somebody signed in at the console."""
        database, now = self.desk.desk.database, self.desk.desk.now()

        def work(session: Session) -> str:
            person = Staff(email=email, name=name, role=role, created_at=now)
            session.add(person)
            session.flush()
            return auth.sign_in_link(session, person.id, now)

        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        await page.goto(f"{self.base}/console/enter/{await database.write(work)}")
        await page.get_by_role("button", name="Sign in").click()
        return page

    async def state(self, reference: str) -> str:
        """The ticket's state."""
        query = select(Ticket.state).where(Ticket.reference == reference)
        return str(await self.desk.desk.database.read(lambda session: session.scalar(query)))


@pytest_asyncio.fixture(loop_scope="module")
async def story(desk: Running, browser: Browser) -> AsyncIterator[Story]:
    base = f"http://127.0.0.1:{desk.http_port}"
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = await context.new_page()
    await page.goto(f"{base}/demo/")
    yield Story(desk, page, base)
    await context.close()


async def test_from_a_text_to_a_saved_package(story: Story, browser: Browser) -> None:
    """A texted request is shown to be theirs, searched, reviewed, redacted and built by one colleague and released by
    another; the customer opens the mailed link with the texted code, reads the package and saves it; it is delivered.
    """
    answer = await story.text("wot data do u hold on me")
    await expect(answer).to_contain_text(re.compile(r"DR-\w+-\w+"))
    reference = re.findall(r"DR-\w{5}-\w{5}", await answer.inner_text())[0]
    await story.text(f"Do you record calls? {OTHERS_NAME} on {OTHERS_NUMBER} says you rang her")
    sam = await story.colleague(browser, "sam@iomart.com", "Sam Reid", "agent")
    await sam.goto(f"{story.base}/console/tickets/{reference}")
    await proved(story, sam)
    await second_address(story, sam)
    await searched(sam)
    await built(sam)
    lena = await story.colleague(browser, "lena@iomart.com", "Lena Okafor", "lead")
    link = await released(story, lena, reference)
    await opened(story, link)
    assert await story.state(reference) == "delivered"
    steps = select(PackageAccess.what).order_by(PackageAccess.id)
    taken = await story.desk.desk.database.read(lambda session: list(session.scalars(steps)))
    assert taken == ["link_opened", "code_sent", "code_wrong", "opened", "downloaded", "downloaded"]
    await lena.reload()
    await expect(lena.locator("#release")).to_contain_text("read or saved everything as one archive")
    await expect(story.customer.locator("#phone .theirs").last).to_contain_text("has been opened")


async def proved(story: Story, sam: Page) -> None:
    """Staff ask who it is; the code and details on the phone are enough, for a record agrees."""
    who = sam.locator("section#identity")
    await who.get_by_text("Ask to show it's them").click()
    await who.get_by_label("Why their identity is in doubt").select_option("unknown_address")
    await who.get_by_label("Yes: the clock waits for it").check()
    before = await story.customer.locator("#phone .theirs").count()
    await who.get_by_role("button", name="Ask", exact=True).click()
    await expect(story.customer.locator("#phone .theirs")).not_to_have_count(before)
    code = re.findall(r"\b\d{6}\b", await story.customer.locator("#phone .theirs").last.inner_text())[0]
    await expect(await story.text(code)).to_contain_text("full name and one more detail")
    await story.text(DETAILS)
    await expect(story.customer.locator("#phone .theirs").last).to_contain_text("You've shown that it's you")


async def second_address(story: Story, sam: Page) -> None:
    """The customer writes a mail too; a code that went there and is typed on the phone shows that it is theirs."""
    await story.customer.fill("#mail-text", "Do you use cookies?")
    await story.customer.get_by_role("button", name="Send the mail").click()
    await expect(story.customer.locator("#mailbox .theirs")).to_have_count(1)
    await sam.reload()
    who = sam.locator("section#identity")
    await who.get_by_text("Addresses of this person").click()
    await who.get_by_label("Another address of theirs").fill("customer@example.com")
    await who.get_by_role("button", name="Send it a code").click()
    await expect(story.customer.locator("#mailbox .theirs")).to_have_count(2)
    code = re.findall(r"code is (\d{6})", await story.customer.locator("#mailbox .theirs").last.inner_text())[0]
    await expect(await story.text(code)).to_contain_text("both addresses are yours")


async def searched(sam: Page) -> None:
    """The sources were asked by themselves; a colleague looks through the fax ledger, and the search is complete."""
    await sam.reload()
    search = sam.locator("section#checklist")
    await expect(search).to_contain_text("Customer records (invented)")
    await search.get_by_text("Nothing there? Record a nil return").click()
    await search.get_by_label("Where you looked, and why there is nothing").fill("The ledger of faxes has nothing.")
    await search.get_by_role("button", name="Record a nil return").click()
    await search.get_by_role("button", name="The search is complete").click()
    await expect(search).to_contain_text("what was found is in review")


async def built(sam: Page) -> None:
    """Somebody else's name and number are found by the machine and left out by a person; the package is built."""
    package = sam.locator("section#package")
    await package.get_by_role("button", name="Look through for other people").click()
    for kind in ("name", "telephone number"):
        leave_out = package.get_by_role("button", name=f"Leave out every {kind}")
        await leave_out.click()
        await expect(leave_out).to_have_count(0)
        await expect(package).to_contain_text("It is decided")
    rest = package.get_by_role("button", name="Leave in every")
    for left in reversed(range(await rest.count())):
        await rest.first.click()
        await expect(rest).to_have_count(left)
    await expect(package).to_contain_text("All decided")
    await package.get_by_role("button", name="Build the package").click()
    await expect(package).to_contain_text("The package is built. A second person can release it.")
    await expect(sam.locator("section#release")).to_contain_text("ask a second person to release it")
    await expect(sam.get_by_role("button", name="Release and send the link")).to_have_count(0)


async def released(story: Story, lena: Page, reference: str) -> str:
    """The second person finds it in the queue and lets it out: the link by mail, codes by text. Returns the link."""
    await lena.goto(f"{story.base}/console/?view=release")
    await expect(lena.locator("[data-live=views] a[href$='view=release']")).to_contain_text("1")
    await lena.goto(f"{story.base}/console/tickets/{reference}")
    release = lena.locator("section#release")
    await release.get_by_label("The link goes to").select_option(label="Email: customer@example.com")
    await release.get_by_label("The code goes to").select_option(label="Text: +447700900123")
    await release.get_by_role("button", name="Release and send the link").click()
    await expect(release).to_contain_text("Released. The link is on its way")
    letter = story.customer.locator("#mailbox .theirs").last
    await expect(letter).to_contain_text("/package/")
    return re.findall(r"http\S+/package/[\w-]{43}", await letter.inner_text())[0]


async def opened(story: Story, link: str) -> None:
    """The customer opens it on their own: link, a wrong code, the right one, the readable page, the archive."""
    customer = await story.customer.context.new_page()
    await customer.goto(link)
    before = await story.customer.locator("#phone .theirs").count()
    await customer.get_by_role("button", name="Send me a code").click()
    await expect(story.customer.locator("#phone .theirs")).not_to_have_count(before)
    code = re.findall(r"\b\d{6}\b", await story.customer.locator("#phone .theirs").last.inner_text())[0]
    await customer.get_by_label("The code of six digits").fill(f"{(int(code) + 1) % 1_000_000:06}")
    await customer.get_by_role("button", name="Open the package").click()
    await expect(customer.get_by_role("alert")).to_contain_text("That code did not open it")
    await customer.get_by_label("The code of six digits").fill(code)
    await customer.get_by_role("button", name="Open the package").click()
    await expect(customer.get_by_role("heading", name="Your data")).to_be_visible()
    for width in (360, 768, 1600):
        await customer.set_viewport_size({"width": width, "height": 800})
        assert await customer.evaluate("document.documentElement.scrollWidth") <= width
    async with story.customer.context.expect_page() as shown:
        await customer.get_by_role("button", name="Read your data").click()
    report = await shown.value
    await expect(report.locator("body")).to_contain_text("Broadband 8 Mb")
    await expect(report.locator("body")).to_contain_text("you rang her")
    text = await report.locator("body").inner_text()
    assert OTHERS_NAME not in text
    assert OTHERS_NUMBER not in text
    async with customer.expect_download() as saved:
        await customer.get_by_role("button", name="Save everything").click()
    with zipfile.ZipFile(io.BytesIO((await (await saved.value).path()).read_bytes())) as archive:
        assert archive.testzip() is None
        assert {"report.html", "report.pdf", "data.json", "manifest.json"} <= set(archive.namelist())
        assert OTHERS_NUMBER.encode() not in archive.read("data.json")
    assert await story.customer.context.cookies() == []
