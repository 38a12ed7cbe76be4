"""HTML mail to readable text. Quotations that mail programs mark come out with ``> `` before each line.

A bare <blockquote> is the writer's own and is only indented. Text before <html> counts. Scripts, styles and
what is hidden from the reader are dropped.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

HTML_LIMIT = 2_000_000
"""Characters of HTML that are read."""
LINKS_LIMIT = 100
DEPTH_LIMIT = 8
"""Quote marks shown before a line."""

DROPPED = frozenset({"script", "style", "head", "title", "template", "object", "svg", "noembed"})
BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
SPACED = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "hr"})
TRACKED = frozenset({"div", "span", "blockquote", "a", "pre"})
QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra")
QUOTE_IDS = frozenset({"olk_src_body_section", "mail-editor-reference-message-container", "yahoo_quoted"})

BLOCK, WAITING_LIMIT = 16_384, 32_768
"""Characters fed at once, and characters that may wait for the end of a tag: the standard parser reads what waits
again and again."""

_DATA_URI = re.compile(r"data:[^\"'\s<>]{200,}", re.IGNORECASE)
_UNSEEN = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<style\b", re.IGNORECASE), re.compile(r"</style[^<>]{0,20}>", re.IGNORECASE)),
    (re.compile(r"<script\b", re.IGNORECASE), re.compile(r"</script[^<>]{0,20}>", re.IGNORECASE)),
)
_SPACE = re.compile(r"[ \t\n\r\f\u00a0\u200b\ufeff]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """Readable text of an HTML body; never raises, bounded in what it reads and in the time it takes."""
    html = _DATA_URI.sub("data:", html[:HTML_LIMIT])
    for opening, closing in _UNSEEN:
        html = _without(html, opening, closing)
    reader = _Reader()
    try:
        for start in range(0, len(html), BLOCK):
            reader.feed(html[start : start + BLOCK])
            reader.give_up_waiting()
        reader.close()
    except (AssertionError, ValueError):
        # The standard parser gives up on some broken declarations; what it read so far still counts.
        reader.flush()
    return reader.text()


def _without(html: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Leave out what readers never see, in one pass; an opening that is never closed is only an opening."""
    kept, end = [], 0
    while found := opening.search(html, end):
        kept.append(html[end : found.start()])
        close = closing.search(html, found.end())
        if close is None:
            kept.append(opening.sub("", html[found.start() :]))
            return "".join(kept)
        end = close.end()
    kept.append(html[end:])
    return "".join(kept)


class _Reader(HTMLParser):
    """Writes lines as it meets tags; `open` remembers the tags whose end matters."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.open: list[tuple[str, str, str]] = []
        self.counts: dict[str, int] = {}
        self.dropping = ""
        self.quotes = self.hidden = self.indent = self.links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a quotation or a link."""
        if self.dropping:
            # An unclosed <head> must not swallow the mail.
            if not (self.dropping in {"head", "title", "object"} and tag == "body"):
                return
            self.dropping = ""
        if tag in DROPPED:
            self.dropping = tag
            return
        if tag == "br":
            self.flush()
        elif tag in BLOCKS:
            self._block(tag)
        if tag == "li":
            self.pieces.append("- ")
        elif tag == "td":
            self.pieces.append(" ")
        elif tag == "hr":
            self.lines.append(self._prefix() + "_" * 32)
        if tag in TRACKED:
            self._enter(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Close what is open up to this tag."""
        if self.dropping:
            if tag == self.dropping:
                self.dropping = ""
            return
        if tag in BLOCKS:
            self._block(tag)
        if self.counts.get(tag, 0):
            while self._leave() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Take text; newlines count only in <pre>."""
        if self.dropping or self.hidden:
            return
        if self.counts.get("pre", 0) and "\n" in data:
            for line in data.split("\n")[:-1]:
                self.pieces.append(line)
                self.flush()
            data = data.rsplit("\n", 1)[-1]
        self.pieces.append(data)

    def give_up_waiting(self) -> None:
        """What waits too long for its end was no tag: it is text."""
        if len(self.rawdata) > WAITING_LIMIT:
            waiting, self.rawdata = self.rawdata, ""
            self.handle_data(waiting)

    def flush(self) -> None:
        """End the line; an empty one is a blank line."""
        joined = "".join(self.pieces)
        self.pieces.clear()
        line = joined.rstrip() if self.counts.get("pre", 0) else _SPACE.sub(" ", joined).strip()
        self.lines.append((self._prefix() + line).rstrip() if line else self._prefix().rstrip())

    def text(self) -> str:
        """All lines, with at most one blank line between."""
        if self.pieces:
            self.flush()
        return re.sub(r"\n(?:[ ]*\n){2,}", "\n\n", "\n".join(self.lines)).strip("\n")

    def _block(self, tag: str) -> None:
        if self.pieces and not "".join(self.pieces).isspace():
            self.flush()
        self.pieces.clear()
        if tag in SPACED and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._prefix().rstrip())

    def _prefix(self) -> str:
        return "> " * min(self.quotes, DEPTH_LIMIT) + "  " * min(self.indent, DEPTH_LIMIT)

    def _enter(self, tag: str, attrs: dict[str, str]) -> None:
        effect, detail = "", ""
        if _is_quote(tag, attrs):
            effect = "quote"
            self.quotes += 1
        elif tag == "blockquote":
            effect = "indent"
            self.indent += 1
        elif _HIDDEN.search(attrs.get("style", "")[:2000]):
            effect = "hidden"
            self.hidden += 1
        elif tag == "a":
            effect, detail = "link", attrs.get("href", "")[:2000].strip()
        self.open.append((tag, effect, detail))
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def _leave(self) -> str:
        tag, effect, detail = self.open.pop()
        self.counts[tag] -= 1
        if effect == "quote":
            self.quotes -= 1
        elif effect == "indent":
            self.indent -= 1
        elif effect == "hidden":
            self.hidden -= 1
        elif effect == "link":
            self._link(detail)
        return tag

    def _link(self, href: str) -> None:
        """Name a link's target where the text does not; a reader of text has no other way to see it."""
        if not href.lower().startswith(("http://", "https://")) or self.quotes or self.links >= LINKS_LIMIT:
            return
        if href.rstrip("/") not in "".join(piece[-len(href) - 200 :] for piece in self.pieces[-8:]):
            self.links += 1
            self.pieces.append(f" ({href})")


def _is_quote(tag: str, attrs: dict[str, str]) -> bool:
    if tag == "blockquote" and attrs.get("type", "").lower() == "cite":
        return True
    names = attrs.get("class", "").lower()
    return any(name in names for name in QUOTE_CLASSES) or attrs.get("id", "").lower() in QUOTE_IDS
