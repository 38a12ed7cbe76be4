"""The package as a PDF to read and print: headings, contents, page numbers. Its bounds are said in it; report.html is
always complete.

Pure: the same bytes for the same document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.conversations.quotes import full
from bot.packages.document import Document, Entry
from bot.packages.information import Information
from bot.packages.pdf_pages import MISSING, Blocks, Dry, Fitted, Page, blank

NAME = "report.pdf"
CONTENT_TYPE = "application/pdf"
MOST_ENTRIES = 1_500
MOST_CHARACTERS = 750_000
"""Beyond these the rest of the items stands in report.html alone."""
LONGEST_VALUE = 20_000


def pdf(document: Document) -> bytes:
    """The file's bytes."""
    fitted = Fitted()
    _all(Dry(fitted), document)
    notices = []
    if fitted.replaced:
        notices.append(f"Some letters can't be shown in this PDF and stand as {MISSING}. report.html has them all.")
    if fitted.cut:
        notices.append("There is more than fits into this PDF. report.html is complete.")
    return _written(document, notices)


def _written(document: Document, notices: Sequence[str]) -> bytes:
    fitted = Fitted()
    made = blank(document, fitted)
    page = Page(made, fitted)
    made.add_page()
    page.heading(document.title, 0)
    page.small(
        f"{document.company}, reference {document.reference}, version {document.version}, "
        f"made on {full(document.made_at.date())}"
    )
    for notice in notices:
        page.paragraph(notice)
    made.insert_toc_placeholder(_contents(fitted), pages=1, allow_extra_pages=True)
    _all(page, document)
    return bytes(made.output())


def _all(page: Blocks, document: Document) -> None:
    """Every block of the document, in order."""
    _note(page, document)
    for info in document.information:
        _information(page, info, first=info is document.information[0])
    _entries(page, document)


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


def _note(page: Blocks, document: Document) -> None:
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


def _information(page: Blocks, info: Information, *, first: bool) -> None:
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


def _entries(page: Blocks, document: Document) -> None:
    left = MOST_CHARACTERS
    for section in document.sections:
        page.heading(f"{section.title} ({len(section.entries)})", 1)
        for entry in section.entries:
            if entry.number > MOST_ENTRIES or left <= 0:
                page.fitted.cut = True
                return
            for text, write in _entry(page, entry):
                left -= len(text)
                write(text)


def _entry(page: Blocks, entry: Entry) -> Iterator[tuple[str, Callable[[str], None]]]:
    yield f"{entry.number}. {entry.title}", lambda text: page.heading(text, 2)
    day = f"collected on {full(entry.collected_on)}" if entry.collected_on else "day of collection not known"
    yield ", ".join(filter(None, (entry.kind, day, entry.policy))), page.small
    for value in entry.values:
        text = value.text
        if len(text) > LONGEST_VALUE:
            page.fitted.cut = True
            text = text[:LONGEST_VALUE] + " \u2026"
        yield f"{value.label}: {text}" if value.label else text, page.paragraph
    if entry.file:
        yield f"File: {entry.file.name} {entry.file.title}", page.paragraph
