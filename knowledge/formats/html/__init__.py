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
    text = _ended(text)
    reader = Reader(layout_tables(text))
    reader.feed(text)
    reader.close()
    return reader.page()


def _ended(text: str) -> str:
    """A page in which each tag and comment may end: the library's parser looks for the end of one that does not from
    each "<" anew, which takes hours in a file of nothing else.
    """
    at = text.rfind("-->")
    comment = at + 3 if at >= 0 else 0
    text = text[:comment] + text[comment:].replace("<!--", "&lt;!--")
    tag = text.rfind(">") + 1
    return text[:tag] + text[tag:].replace("<", "&lt;")
