"""The words in a mail, an office document and beside the pages of a PDF: where a reader of the pages alone sees none.

Bounded in size; called by `files`, which catches whatever a hostile file breaks here.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Any

MOST_XML = 20_000_000
"""Bytes of XML that are read of one document."""
MOST_PARTS = 200
_OUR_TOOLS = ("/Producer", "/Creator", "/CreationDate", "/ModDate", "/Trapped")
_ENDS = re.compile(rb"</(?:\w+:)?(?:p|h|si|tc|row|comment|table-cell)>")
_TAG = re.compile(rb"<[^>]*>")
_NODE = re.compile(r">([^<>]{2,500})<")
_ACTS = ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/RichMediaExecute")
_NOTES = ("/Contents", "/T", "/TU", "/V", "/Subj", "/RC")


def mail(content: bytes) -> str:
    """The heads and the texts of a mail, and the names of its files."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    found: list[str] = []
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            break
        found += [f"{name}: {value}" for name, value in part.items()]
        if part.get_content_maintype() == "text":
            raw = part.get_payload(decode=True)
            text = raw.decode(part.get_content_charset("utf-8"), "replace") if isinstance(raw, bytes) else ""
            found.append(_plain(text.encode()) if part.get_content_subtype() == "html" else text)
    return "\n".join(found)


def office(content: bytes) -> str:
    """The words of every XML part of a document, its author and comments among them."""
    found, room = [], MOST_XML
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".xml") or room <= 0:
                continue
            with archive.open(entry) as opened:
                xml = opened.read(room)
            room -= len(xml)
            found.append(_plain(xml))
    return "\n".join(found)


def _plain(xml: bytes) -> str:
    return html.unescape(_TAG.sub(b"", _ENDS.sub(b"\n", xml)).decode("utf-8", "replace"))


def beside(reader: Any) -> Iterator[str]:
    """What stands in a PDF and on none of its pages: who wrote it, its title, its outline, its XMP."""
    for name, value in (reader.metadata or {}).items():
        if name not in _OUR_TOOLS:
            yield str(value)
    yield from _outline(reader.outline)
    kept = reader.trailer["/Root"].get("/Metadata")
    if kept is not None:
        xmp = kept.get_object().get_data()[:200_000].decode("utf-8", "replace")
        # Dates, versions and identifiers have digits; what has none may be a person.
        yield from (node for node in _NODE.findall(xmp) if "@" in node or not any(map(str.isdigit, node)))


def _outline(entries: Any, depth: int = 0) -> Iterator[str]:
    for entry in entries if depth < 8 else ():  # noqa: PLR2004  deeper than any book
        if isinstance(entry, list):
            yield from _outline(entry, depth + 1)
        else:
            yield str(entry.title)


def notes(page: Any) -> Iterator[str]:
    """The words of a page's comments and form fields."""
    for each in _annotations(page):
        yield from (str(each[name]) for name in _NOTES if name in each)


def _annotations(page: Any) -> Iterator[Any]:
    found = page.get("/Annots")
    for each in found.get_object() if found is not None else ():
        yield each.get_object()


def acts(reader: Any) -> str:
    """What a PDF has in it that no page shows: "a script" or "another file"; "" for neither."""
    root = reader.trailer["/Root"]
    names = root["/Names"] if "/Names" in root else {}  # noqa: SIM401  only [] follows a reference
    if "/EmbeddedFiles" in names or "/AF" in root:
        return "another file"
    if "/JavaScript" in names or "/AA" in root or _is_act(root.get("/OpenAction")):
        return "a script"
    return ""


def page_acts(page: Any) -> str:
    """The same of one page."""
    if "/AA" in page:
        return "a script"
    for each in _annotations(page):
        if "/Subtype" in each and each["/Subtype"] in ("/FileAttachment", "/RichMedia"):
            return "another file"
        if "/AA" in each or _is_act(each.get("/A")):
            return "a script"
    return ""


def _is_act(action: Any) -> bool:
    found = action.get_object() if action is not None else None
    return isinstance(found, dict) and "/S" in found and found["/S"] in _ACTS
