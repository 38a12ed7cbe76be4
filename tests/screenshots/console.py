"""The console's main pages on an ordinary day, in light and dark."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
from sqlalchemy import select

from bot.tickets.models import Ticket
from tests.integration.console_day import day_at_the_desk
from tests.integration.console_support import Console, console, link
from tests.screenshots.camera import Camera

LENA = 2  # a lead, who sees all
PAGES = {
    "queue": "The queue",
    "conversation": "A conversation",
    "ticket": "A request",
    "report": "Reports",
}


async def take(browser: Browser, camera: Camera) -> None:
    """Every page in both schemes."""
    with tempfile.TemporaryDirectory() as folder:
        async with console(Path(folder)) as desk:
            paths = await _paths(desk)
            for scheme in ("light", "dark"):
                await _look(browser, camera, desk, paths, scheme)


async def _paths(desk: Console) -> dict[str, str]:
    made = await desk.write(lambda session: day_at_the_desk(session, desk.clock.at, desk.desk))
    of_access = select(Ticket.reference).where(Ticket.conversation_id == made["access"])
    reference = await desk.read(lambda session: session.scalars(of_access).one())
    return {
        "queue": "?view=all",
        "conversation": f"conversations/{made['access']}?view=all",
        "ticket": f"tickets/{reference}",
        "report": "report",
    }


async def _look(browser: Browser, camera: Camera, desk: Console, paths: dict[str, str], scheme: Any) -> None:
    options: Any = {"color_scheme": scheme, "reduced_motion": "reduce", "locale": "en-GB"}
    context = await browser.new_context(**options)
    page = await context.new_page()
    token = await desk.write(lambda session: link(session, LENA, desk.clock.at))
    await page.goto(f"{desk.url}/console/enter/{token}")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/console/?view=*")
    for name, path in paths.items():
        await page.goto(f"{desk.url}/console/{path}")
        await camera.take(page, f"{name}-{scheme}")
    await context.close()
