"""A page's tags and words → the words of one block at a time. Called by html; blocks makes blocks of them.

Scripts, styles and the page's own navigation are dropped, links and emphasis are kept as their words. The library does
no more than tell tags from text, so nothing is mended silently: what is left open is named.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from knowledge.blocks import Block
from knowledge.formats.html.blocks import PARTS, Gathered
from knowledge.formats.html.marks import is_bold, is_word_mark, word_depth, word_heading, word_mark

_DROPPED = {"script", "style", "nav", "noscript", "template", "head", "svg", "iframe", "object", "select", "button",
            "form", "audio", "video", "canvas", "math"}  # fmt: skip
_BLOCKS = {"p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote", "figure",
           "figcaption", "details", "summary", "body", "html", "center", "fieldset", "hgroup", "pre", "hr"}  # fmt: skip
_HEADING = re.compile(r"h[1-6]\Z")
_BOLD = {"b", "strong"}
_SPACES = re.compile(r"[ \t\r\n\f]+")


class Page(NamedTuple):
    """What a page says: its blocks, the title of its tab, and what was left open, as (line, what)."""

    blocks: list[Block]
    title: str
    left_open: list[tuple[int, str]]


class Reader(HTMLParser):
    """Gathers the words of one block at a time; `_end` hands them on."""

    def __init__(self, layout: set[int]) -> None:
        super().__init__(convert_charrefs=True)
        self._made = Gathered(layout)
        self._dropped: list[tuple[str, int]] = []
        self._words: list[str] = []
        self._line = 0
        self._bold = 0
        self._all_bold = True
        self._spans: list[bool] = []  # of each open one, whether it makes bold
        self._word_mark: int | None = None  # depth of open spans since Word's own mark began
        self._title = ""
        self._in_title = False

    def page(self) -> Page:
        """What was read."""
        self._end()
        left_open = [(line, "the table is never closed: add </table>") for line in self._made.finish()]
        if self._dropped:
            tag, line = self._dropped[0]
            left_open.append((line, f"<{tag}> is never closed, and nothing after it was read: add </{tag}>"))
        return Page(self._made.blocks, _SPACES.sub(" ", self._title).strip(), left_open)

    # -- what the parser tells

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._in_title = True
        if self._drops(tag):
            return
        if tag == "br":
            self._words.append("\n")
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "span":
            self._span(attributes)
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._begin(tag, attributes)
        elif tag in PARTS:
            self._end()
            self._made.begin(tag, attributes, self.getpos()[0])

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if tag == "title":
            self._in_title = False
        if self._dropped:
            if tag == self._dropped[-1][0]:
                self._dropped.pop()
            return
        if tag in _BOLD:
            self._bold = max(self._bold - 1, 0)
        elif tag == "span" and self._word_mark is not None:
            self._word_mark -= 1
            if self._word_mark == 0:
                self._end_word_mark()
        elif tag == "span" and self._spans:
            self._bold -= self._spans.pop()
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._end()
            self._made.heading = 0
        elif tag in PARTS:
            self._end()
            self._made.end(tag)

    def handle_data(self, data: str) -> None:
        """Words."""
        if self._in_title:
            self._title += data
        if self._dropped:
            return
        text = _SPACES.sub(" ", data.replace("\u00ad", ""))
        if not self._words and not text.strip(" \xa0"):
            return
        if not self._words:
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        if text.strip() and not self._bold and self._word_mark is None:
            self._all_bold = False
        self._words.append(text)

    def unknown_decl(self, data: str) -> None:
        """Word's conditional sections; their words are read like any others."""

    # -- tags

    def _drops(self, tag: str) -> bool:
        """Whether a tag begins what is not read, or stands within it."""
        if tag == "body":
            self._dropped = [each for each in self._dropped if each[0] != "head"]
        if tag == self._dropped[0][0] if self._dropped else tag in _DROPPED:
            self._dropped.append((tag, self.getpos()[0]))
        return bool(self._dropped)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._end()
        if _HEADING.match(tag):
            self._made.heading = int(tag[1])
        elif tag == "p":
            level = word_heading(attributes.get("class", ""))
            if level is not None:
                self._made.heading = level
            depth = word_depth(attributes.get("style", ""))
            if depth is not None:
                self._made.indent(depth)

    def _span(self, attributes: dict[str, str]) -> None:
        if self._word_mark is not None:
            self._word_mark += 1
        elif is_word_mark(attributes.get("style", "")):
            self._word_mark = 1
            self._words.append("\x01")
        else:
            self._spans.append(is_bold(attributes.get("style", "")))
            self._bold += self._spans[-1]

    def _end_word_mark(self) -> None:
        """What Word printed before an entry becomes its mark."""
        self._word_mark = None
        text = "".join(self._words)
        before, _begun, mark = text.rpartition("\x01")
        self._words = [before] if before.strip() else []
        self._words.append(f"{word_mark(mark)} ")

    def _end(self) -> None:
        """Close the block whose words were gathered."""
        text = _lines("".join(self._words).replace("\x01", ""))
        self._words, bold, self._all_bold = [], self._all_bold, True
        if text:
            self._made.add(text, self._line, bold=bold)


def _lines(text: str) -> str:
    """Each line without the spaces around it; only <br> parts lines, and a no-break space is a space."""
    lines = [_SPACES.sub(" ", line.replace("\xa0", " ")).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)
