"""The words in a file, so that it can be searched for third parties. A file itself is never altered.

What can't be read (a picture, a scan, a broken or locked PDF) has no words; a person must then look at it. Reading is
bounded in pages, characters and time. pypdf is imported when first needed: start-up is a promise. Called by proposals.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from bot.packages import inside

MOST_PAGES = 400
MOST_CHARACTERS = 900_000
MOST_SECONDS = 20.0
MOST_BYTES = 30_000_000
_OFFICE = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")


class Words(NamedTuple):
    """The words of a file, and in words for staff why they are none or not all; "" where they are all. `hidden` names
    what is in it and shows on no page ("a script", "another file").
    """

    text: str
    problem: str = ""
    hidden: str = ""


def words_in(content: bytes, content_type: str, ticking: Callable[[], float] = time.monotonic) -> Words:
    """The words of a file by what is in it. Never raises: what can't be read is said."""
    if content.startswith(b"%PDF-"):
        return _of_pdf(content, ticking)
    if content_type.startswith("text/") or content_type in ("application/json", "application/csv"):
        text = content[: MOST_CHARACTERS * 4].decode("utf-8-sig", "replace")
        return _bounded(text)
    if content_type == "message/rfc822" or content_type.startswith(_OFFICE):
        return _packed(inside.mail if content_type == "message/rfc822" else inside.office, content)
    return Words("", "its words can't be read here: open it and look")


def _packed(read: Callable[[bytes], str], content: bytes) -> Words:
    """The words of a mail or a document; there may be pictures and files in it, so a person looks all the same."""
    try:
        found = _bounded(read(content))
    except Exception:  # noqa: BLE001  a hostile file breaks a parser in any way
        return Words("", "it is damaged, and could not be searched: open it and look")
    return found._replace(problem=found.problem or "there may be pictures or files in it: open it and look")


def _bounded(text: str) -> Words:
    if len(text) > MOST_CHARACTERS:
        return Words(text[:MOST_CHARACTERS], "it is too long to be searched in full: open it and look")
    return Words(text)


def _of_pdf(content: bytes, ticking: Callable[[], float]) -> Words:
    """The words of a PDF's pages, as far as the bounds go."""
    if len(content) > MOST_BYTES:
        return Words("", "it is too large to be searched: open it and look")
    from pypdf import PdfReader  # noqa: PLC0415  see above

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it writes of what it reads, which is personal
    end = ticking() + MOST_SECONDS
    texts: list[str] = []
    more: list[str] = []
    problem = hidden = ""
    try:
        reader = PdfReader(io.BytesIO(content))
        hidden = inside.acts(reader)
        more += inside.beside(reader)
        for number, page in enumerate(reader.pages):
            if number >= MOST_PAGES or ticking() > end:
                problem = f"only its first {number} pages could be searched: open it and look at the others"
                break
            texts.append(page.extract_text())
            more += inside.notes(page)
            hidden = hidden or inside.page_acts(page)
    except Exception:  # noqa: BLE001  a hostile file breaks a parser in any way; what was read so far still counts
        problem = "it is damaged or locked, and could not be searched in full: open it and look"
    found = _bounded("\n".join(filter(str.strip, (*more, *texts))))
    if not any(map(str.strip, texts)):
        problem = problem or "its pages hold no words that can be searched, perhaps a scan: open it and look"
    return Words(found.text, problem or found.problem, hidden)
