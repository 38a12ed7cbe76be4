"""HTML → blocks, each with its line: what a visitor of a company's policy page reads. Called by formats.

reader tells words from tags, blocks makes of the words what their tags say, tables and marks know the tables, and what
stands before the entries of lists.
"""

from __future__ import annotations

from knowledge.formats.html.reader import Page, Reader
from knowledge.formats.html.tables import layout_tables

__all__ = ["Page", "read_html"]


def read_html(text: str) -> Page:
    """Read a whole page or a part of one; any text is read."""
    reader = Reader(layout_tables(text))
    reader.feed(text)
    reader.close()
    return reader.page()
