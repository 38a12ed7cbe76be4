"""The package as a PDF to read and print: headings, contents, page numbers. Its bounds are said in it; report.html is
always complete.

fpdf2 is imported when first needed: start-up and memory are promises. Pure: the same bytes for the same document.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.conversations.quotes import full
from bot.packages.document import Document, Entry
from bot.packages.information import Information

if TYPE_CHECKING:
    from fpdf import FPDF

NAME = "report.pdf"
CONTENT_TYPE = "application/pdf"
MOST_ENTRIES = 3_000
MOST_CHARACTERS = 1_500_000
"""Beyond these the rest of the items stands in report.html alone."""
LONGEST_VALUE = 20_000
MISSING = "\ufffd"
"""Stands where the font has no letter."""
_LONGEST_WORD = 60


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


def pdf(document: Document) -> bytes:
    """The file's bytes."""
    fitted = Fitted()
    body = _written(document, fitted, notices=())
    notices = []
    if fitted.replaced:
        notices.append(f"Some letters can't be shown in this PDF and stand as {MISSING}. report.html has them all.")
    if fitted.cut:
        notices.append("There is more than fits into this PDF. report.html is complete.")
    return _written(document, Fitted(), tuple(notices)) if notices else body


def _written(document: Document, fitted: Fitted, notices: tuple[str, ...]) -> bytes:
    made = _blank(document, fitted)
    page = _Page(made, fitted)
    made.add_page()
    page.heading(document.title, 0)
    page.small(
        f"{document.company}, reference {document.reference}, version {document.version}, "
        f"made on {full(document.made_at.date())}"
    )
    for notice in notices:
        page.paragraph(notice)
    made.insert_toc_placeholder(_contents(fitted), pages=1, allow_extra_pages=True)
    _note(page, document)
    for info in document.information:
        _information(page, info, first=info is document.information[0])
    _entries(page, document)
    return bytes(made.output())


def _blank(document: Document, fitted: Fitted) -> FPDF:
    from fpdf import FPDF  # noqa: PLC0415  see above

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    identity = hashlib.sha256(
        f"{document.reference}/{document.version}/{document.made_at.isoformat()}".encode()
    ).hexdigest()[:32]

    class Numbered(FPDF):
        """Page numbers at the foot, and an identity that depends on the document alone."""

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


class _Page:
    """Writes onto the page, one block below the other."""

    def __init__(self, made: FPDF, fitted: Fitted) -> None:
        self._made, self._fitted = made, fitted

    def _block(self, text: str, size: float, *, style: str = "", indent: float = 0, **options: Any) -> None:
        made = self._made
        made.set_font("opensans", style, size)
        made.set_x(made.l_margin + indent)
        made.multi_cell(0, size * 0.5, self._fitted.text(text), new_x="LMARGIN", new_y="NEXT", align="L", **options)

    def heading(self, text: str, level: int) -> None:
        """A heading that the contents and the outline list."""
        made = self._made
        made.ln((0, 8, 4)[level])
        if made.will_page_break(24):
            made.add_page()
        if level:
            made.start_section(self._fitted.text(text)[:200], level - 1)
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
        self._block(text, 9, indent=4, border=1, padding=2)
        self._made.ln(1.5)


def _contents(fitted: Fitted) -> Callable[[Any, Any], None]:
    def render(made: Any, outline: Any) -> None:
        made.set_font("opensans", "B", 14)
        made.cell(0, 10, "Contents", new_x="LMARGIN", new_y="NEXT")
        made.set_font("opensans", size=10)
        for section in outline:
            if section.level == 0:
                link = made.add_link(page=section.page_number)
                made.cell(150, 6, fitted.text(section.name)[:80], link=link)
                made.cell(0, 6, str(section.page_number), align="R", link=link, new_x="LMARGIN", new_y="NEXT")

    return render


def _note(page: _Page, document: Document) -> None:
    page.heading("Our note to you", 1)
    for part in document.cover.parts:
        if part.heading:
            page.heading(part.heading, 2)
        for text in part.paragraphs:
            page.paragraph(text)
        for text in part.entries:
            page.paragraph(f"\u2022 {text}", indent=4)
        if part.quoted:
            page.paragraph(part.quoted, indent=8)


def _information(page: _Page, info: Information, *, first: bool) -> None:
    dated = f"{'seen on' if info.dated == 'seen' else 'in force from'} {full(info.effective)}"
    page.heading(f"How your data is used, by the policy {dated}", 1)
    for told in info.told:
        page.heading(told.title, 2)
        for quote in told.quotes:
            page.paragraph(f"\u201c{quote.text}\u201d", indent=6)
            page.small(f"{quote.label}, {quote.url}", indent=6)
        if told.disagree:
            page.paragraph("These clauses do not agree with each other. Ask us what that means for your data.")
        for sentence in told.silent:
            page.paragraph(sentence)
        if told.law and first:
            page.box(f"What the law says: {told.law.text} ({told.law.source})")


def _entries(page: _Page, document: Document) -> None:
    left = MOST_CHARACTERS
    for section in document.sections:
        page.heading(f"{section.title} ({len(section.entries)})", 1)
        for entry in section.entries:
            if entry.number > MOST_ENTRIES or left <= 0:
                page._fitted.cut = True  # noqa: SLF001  the page and its fitting are one
                return
            for text, write in _entry(page, entry):
                left -= len(text)
                write(text)


def _entry(page: _Page, entry: Entry) -> Iterator[tuple[str, Callable[[str], None]]]:
    yield f"{entry.number}. {entry.title}", lambda text: page.heading(text, 2)
    day = f"collected on {full(entry.collected_on)}" if entry.collected_on else "day of collection not known"
    yield ", ".join(filter(None, (entry.kind, day, entry.policy))), page.small
    for value in entry.values:
        text = value.text
        if len(text) > LONGEST_VALUE:
            page._fitted.cut = True  # noqa: SLF001  the page and its fitting are one
            text = text[:LONGEST_VALUE] + " \u2026"
        yield f"{value.label}: {text}" if value.label else text, page.paragraph
    if entry.file:
        yield f"File: {entry.file.name} {entry.file.title}", page.paragraph
