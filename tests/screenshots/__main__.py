"""Pictures of the chat and of the console at 360, 768 and 1440 px, for people to look at; kept in .github/screenshots.

    python -m tests.screenshots [widget|console] [--to FOLDER]

Makes every picture anew and the page that shows them, `.github/looks.md`. The chat's come in light, dark and from right
to left, the console's in light and dark. Needs Chromium at /usr/bin/chromium. What nobody looked at proves nothing:
look at them all before you commit them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from tests.screenshots import console, looks, widget
from tests.screenshots.camera import ARGUMENTS, Camera, emptied

HOME = Path(__file__).parent.parent.parent / ".github" / "screenshots"
SETS = {"widget": widget, "console": console}


async def take(folder: Path, names: list[str]) -> None:
    """Make the pictures of these sets in the folder, each set in one of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for name in names:
            await SETS[name].take(browser, Camera(folder / name, await browser.new_page()))
        await browser.close()


def main() -> None:
    """Take them, write the page, and say how much it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("set", nargs="?", choices=SETS, help="only these; without it all")
    parser.add_argument("--to", type=Path, default=HOME, metavar="FOLDER", help="where to; default .github/screenshots")
    options = parser.parse_args()
    names = [options.set] if options.set else list(SETS)
    for name in names:
        emptied(options.to / name)
    asyncio.run(take(options.to, names))
    (options.to.parent / "looks.md").write_text(looks.page(options.to.name))
    made = sorted(options.to.glob("*/*.webp"))
    size = sum(each.stat().st_size for each in made) / 1e6
    sys.stdout.write(f"{len(made)} pictures, {size:.2f} MB, in {options.to}\n")


if __name__ == "__main__":
    main()
