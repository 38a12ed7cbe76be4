"""The pages of a package's PDF: one block below the other, in a font that ships, whatever somebody wrote.

fpdf2 is imported when first needed: start-up and memory are promises. Called by `pdf`.
"""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.packages.document import Document
from bot.packages.pdf_lines import broken

if TYPE_CHECKING:
    from fpdf import FPDF

MISSING = "\ufffd"
"""Stands where the font has no letter."""


@cache
def _letters() -> frozenset[int]:
    """The characters that the font has."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  as fpdf

    with TTFont(_font("OPENSANS_REGULAR"), lazy=True) as font:
        return frozenset(font.getBestCmap())


def _font(name: str) -> Path:
    import ttf_opensans  # noqa: PLC0415  as fpdf

    return Path(getattr(ttf_opensans, name).path)


class Fitted:
    """Makes text that the font can show, and remembers whether anything was replaced or left to the HTML."""

    def __init__(self) -> None:
        self.replaced = False
        self.cut = False

    def text(self, text: str) -> str:
        """The text with a mark for each character that the font lacks, and long words broken."""
        letters, missing = _letters(), MISSING if ord(MISSING) in _letters() else "?"
        shown = []
        for sign in text.replace("\r\n", "\n").replace("\t", "    "):
            if sign in "\n\r" or ord(sign) in letters:
                shown.append(sign)
            elif sign not in "\u200b\u200c\u200d\u2060\ufe0f\u00ad":
                shown.append(missing)
                self.replaced = True
        return "".join(shown)


def blank(document: Document, fitted: Fitted) -> FPDF:
    """A PDF without pages: its metadata, its fonts, page numbers, and an identity that the document alone decides."""
    from fpdf import FPDF  # noqa: PLC0415  see above

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    identity = hashlib.sha256(
        f"{document.reference}/{document.version}/{document.made_at.isoformat()}".encode()
    ).hexdigest()[:32]

    class Numbered(FPDF):
        """Page numbers at the foot, and the identity in hexadecimal."""

        def footer(self) -> None:
            self.set_y(-15)
            self.set_font("opensans", size=8)
            self.cell(0, 8, f"{document.reference}    page {self.page_no()} of {{nb}}", align="C")

        def file_id(self) -> str:
            return f"<{identity}><{identity}>"

    made = Numbered(format="A4")
    made.set_creation_date(document.made_at)
    made.set_title(fitted.text(document.title))
    made.set_author(fitted.text(document.company))
    made.set_lang(document.language)
    made.set_producer("Privacy Desk")
    made.set_margins(20, 18, 20)
    made.set_auto_page_break(auto=True, margin=20)
    made.add_font("opensans", "", _font("OPENSANS_REGULAR"))
    made.add_font("opensans", "B", _font("OPENSANS_SEMIBOLD"))
    return made


class Blocks(ABC):
    """Takes the document block by block, and remembers what was replaced and what was cut."""

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted

    @abstractmethod
    def heading(self, text: str, level: int) -> None:
        """A heading; its level is 0 for the title, else 1 or 2."""

    @abstractmethod
    def paragraph(self, text: str, indent: float = 0) -> None:
        """Words as they are."""

    @abstractmethod
    def small(self, text: str, indent: float = 0) -> None:
        """Words about other words."""

    @abstractmethod
    def box(self, text: str) -> None:
        """What the law says, apart."""


class Dry(Blocks):
    """Writes nothing: what the PDF has to say of itself must be known before its first page."""

    def heading(self, text: str, level: int) -> None:  # noqa: ARG002  as the page's
        """Only fitted."""
        self.fitted.text(text)

    def paragraph(self, text: str, indent: float = 0) -> None:  # noqa: ARG002  as the page's
        """Only fitted."""
        self.fitted.text(text)

    small = paragraph
    box = paragraph


class Page(Blocks):
    """Writes onto the page, one block below the other."""

    def __init__(self, made: FPDF, fitted: Fitted) -> None:
        super().__init__(fitted)
        self._made = made
        self._measures: dict[tuple[str, float], Callable[[str], float]] = {}

    def _block(self, text: str, size: float, *, style: str = "", indent: float = 0) -> None:
        made = self._made
        made.set_font("opensans", style, size)
        room = made.epw - indent - 2 * made.c_margin
        for line in broken(self.fitted.text(text), room, self._wide(style, size)):
            made.set_x(made.l_margin + indent)
            made.cell(0, size * 0.5, line, new_x="LMARGIN", new_y="NEXT", align="L")

    def _wide(self, style: str, size: float) -> Callable[[str], float]:
        """Measures a letter in the font that is set; each once."""
        if (style, size) not in self._measures:
            self._measures[style, size] = cache(self._made.get_string_width)
        return self._measures[style, size]

    def heading(self, text: str, level: int) -> None:
        """A heading that the contents and the outline list."""
        made = self._made
        made.ln((0, 8, 4)[level])
        if made.will_page_break(24):
            made.add_page()
        if level:
            made.start_section(self.fitted.text(text)[:200], level - 1)
        self._block(text, (20, 14, 11)[level], style="B")
        made.ln(1)

    def paragraph(self, text: str, indent: float = 0) -> None:
        """Words as they are."""
        self._block(text, 10, indent=indent)
        self._made.ln(1.5)

    def small(self, text: str, indent: float = 0) -> None:
        """Words about other words."""
        self._made.set_text_color(85, 96, 110)
        self._block(text, 8.5, indent=indent)
        self._made.set_text_color(0, 0, 0)

    def box(self, text: str) -> None:
        """What the law says, apart."""
        made = self._made
        made.set_font("opensans", "", 9)
        made.set_x(made.l_margin + 4)
        made.multi_cell(0, 4.5, self.fitted.text(text), new_x="LMARGIN", new_y="NEXT", align="L", border=1, padding=2)
        made.ln(1.5)
