"""axe-core over a page: what it finds against WCAG 2.2 AA and the good practices."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def complaints(page: Page, *rules: str) -> list[Any]:
    """What axe finds, as the rule with its elements and reasons; only by these rules where some are named."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
    results = await page.evaluate("(options) => axe.run(options)", {"runOnly": only, "resultTypes": ["violations"]})
    return [
        (found["id"], [(node["target"], [one["message"] for one in node["any"]]) for node in found["nodes"]])
        for found in results["violations"]
    ]
