"""Learning in a real browser: from a question that was left open to its answer, by keyboard where it counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.test_console import ARGUMENTS, CONTRAST
from tests.integration.console_support import PASSWORD
from tests.integration.test_learning_pages import ALIKE, QUESTION, at_work
from tests.integration.whole_desk import World

pytestmark = pytest.mark.browser
NAMELESS = "all => all.filter(n => !(n.labels?.length || n.textContent.trim() || n.ariaLabel)).map(n => n.outerHTML)"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[World]:
    async with at_work(tmp_path) as (made, _come):
        yield made


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


async def come(desk: World, chromium: Browser, **how: Any) -> Page:
    """The lead, signed in; `how` is what the browser is like."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, **how)
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{desk.desk.http_port}/console/sign-in")
    await page.get_by_label("Work email").fill("lead@iomart.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#queue-title")).to_be_visible()
    return page


@pytest.mark.parametrize("scripts", [True, False])
async def test_from_a_question_to_its_answer_and_back(desk: World, chromium: Browser, scripts: bool) -> None:
    """With and without JavaScript: list, group, draft, dry run, publishing, the answer by text, going back."""
    assert "doesn't say" in await desk.texted(QUESTION)
    await desk.texted(ALIKE, "+447700900002")
    page = await come(desk, chromium, java_script_enabled=scripts)
    link = page.get_by_role("navigation", name="Views").get_by_role("link", name="Questions 2", exact=True)
    await link.click()
    await page.get_by_role("link", name="How long data is kept").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("How long data is kept")
    await expect(page.locator(".asked > li")).to_have_count(2)
    await page.get_by_label("Another clause, by its number").first.fill("5")
    await page.get_by_role("button", name="Draft the example").click()
    await expect(page.get_by_role("status").first).to_contain_text("The draft is kept")
    await expect(page.locator(".trial .changes")).to_have_count(2)
    await page.get_by_role("link", name="published", exact=True).click()
    await expect(page.locator("#trial-title")).to_contain_text("2 of 2 past questions")
    await page.get_by_label("Note for the record").fill("How long we keep data")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("status").first).to_contain_text("The desk answers from it now")
    assert "policy 5" in await desk.texted(QUESTION, "+447700900003")
    await page.get_by_role("link", name="Version 1").click()
    await page.get_by_role("button", name="Go back to version 1").click()
    await expect(page.get_by_role("status").first).to_contain_text("answers again as it did then")
    assert "doesn't say" in await desk.texted(QUESTION, "+447700900004")


async def test_a_group_is_worked_by_keyboard(desk: World, chromium: Browser) -> None:
    """Tab goes through the forms in their order, Space chooses, Enter drafts; each control shows that it has focus."""
    await desk.texted(QUESTION)
    page = await come(desk, chromium)
    await page.goto(f"http://127.0.0.1:{desk.desk.http_port}/console/questions/1")
    question = page.get_by_label("Example question")
    await question.focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    chosen = page.locator("input[name=clause]:checked")
    await expect(chosen).to_be_focused()
    assert await chosen.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    clause = await chosen.input_value()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Another clause, by its number").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("The draft is kept")
    await expect(page.get_by_text(f"is answered with clause {clause}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_of_learning_fit_and_can_be_read(desk: World, chromium: Browser, scheme: Any) -> None:
    """At four widths nothing runs over the edge, all text has contrast, and every control has a name."""
    await desk.texted(QUESTION)
    page = await come(desk, chromium, color_scheme=scheme)
    base = f"http://127.0.0.1:{desk.desk.http_port}/console"
    paths = ("questions", "questions/1", "topics", "topics/clause?policy=iomart&clause=5", "knowledge", "knowledge/1",
             "messages/2/why")  # fmt: skip
    for width in (360, 768, 1280, 1600):
        await page.set_viewport_size({"width": width, "height": 820})
        for path in paths:
            await page.goto(f"{base}/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
            controls = page.locator("button:visible, input:visible, select:visible, textarea:visible")
            assert await controls.evaluate_all(NAMELESS) == [], path
            assert await page.evaluate(CONTRAST) == [], path
