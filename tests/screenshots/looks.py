"""The page that shows all pictures, in tables: a row for each look, a column for each width. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.screenshots import console, widget
from tests.screenshots.camera import WIDTHS

HEAD = """# Looks

The chat and the console at the widths that people have. Made by `python -m tests.screenshots`, which writes this page
too; looked at by a person each time. The console's day is an invented one.
"""
SAID = {"light": "Light", "dark": "Dark", "rtl": "Arabic, right to left"}


def page(folder: str) -> str:
    """The page; `folder` is where the pictures are, seen from it."""
    chat = {bring.__name__: about for bring, about in widget.STATES.items()}
    rows = [HEAD, "## The chat\n", *_tables(f"{folder}/widget", chat, widget.LOOKS)]
    rows += ["## The console\n", *_tables(f"{folder}/console", console.PAGES, ("light", "dark"))]
    return "\n".join(rows)


def _tables(folder: str, things: dict[str, str], looks: Iterable[str]) -> Iterator[str]:
    for name, about in things.items():
        yield f"### {about}\n"
        yield "| | " + " | ".join(f"{width} px" for width in WIDTHS) + " |"
        yield "|---" * (len(WIDTHS) + 1) + "|"
        for look in looks:
            shown = (f"![{about}, {SAID[look]}, {width} px]({folder}/{name}-{look}-{width}.webp)" for width in WIDTHS)
            yield f"| {SAID[look]} | " + " | ".join(shown) + " |"
        yield ""
