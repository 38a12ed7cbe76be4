"""Takes what a source gives, within bounds, and seals it: the part of a search that runs in the source's own thread.

A source may be another's code: what it gives is looked at before it is kept, and what it raises is told in our words,
for its own may repeat a customer's data.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from bot.errors import DeskError
from bot.sealing import Sealer
from bot.sources import values
from bot.sources.base import (
    LARGEST_ITEM,
    MOST_BYTES,
    MOST_ITEMS,
    DataSource,
    File,
    Item,
    SourceBroken,
    SourceDown,
    Subject,
    TooMuch,
)

AT_ONCE = 200
AT_ONCE_BYTES = 1_000_000
LONGEST = 200
"""Characters of a reference and of a title, as their columns have them."""
LONGEST_ERROR = 500
ITEM, FILE = "found_item", "found_item.file"
"""What contents and files are sealed for."""


class Packed(NamedTuple):
    """An item ready to be kept: content and file sealed."""

    reference: str
    title: str
    kind: str
    collected_on: date | None
    content: bytes
    file: bytes | None
    digest: str
    shared: bool


def collect(source: DataSource, subject: Subject, sealer: Sealer) -> Iterator[list[Packed]]:
    """Batches of what the source gives, the same item once.

    Raises:
        SourceDown, SourceBroken, TooMuch: in words that staff may read. What came before was already given.
    """
    batch: list[Packed] = []
    held = total = count = 0
    seen: set[bytes] = set()
    for item in _given(source, subject):
        digest = values.digest(item)
        if bytes.fromhex(digest) in seen:
            continue
        seen.add(bytes.fromhex(digest))
        size = values.size(item)
        count, total, held = count + 1, total + size, held + size
        _refuse_too_much(source, count, total, size)
        batch.append(_packed(item, digest, sealer))
        if len(batch) >= AT_ONCE or held >= AT_ONCE_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _given(source: DataSource, subject: Subject) -> Iterator[Item]:
    try:
        for item in source.search(subject):
            yield _looked_at(source, item)
    except DeskError:
        raise
    except Exception as error:
        raise SourceDown(f"{source.title} failed ({type(error).__name__}): see the log of the source") from error


def _looked_at(source: DataSource, item: object) -> Item:
    """The item, when it is one."""
    broken = SourceBroken(f"{source.title} gave something that is no item: mend that plug-in")
    if not isinstance(item, Item) or not all(isinstance(each, str) for each in (item.reference, item.title, item.kind)):
        raise broken
    day = item.collected_on
    if isinstance(day, datetime) or not (day is None or isinstance(day, date)):
        raise broken
    if item.file is not None and not (isinstance(item.file, File) and isinstance(item.file.content, bytes)):
        raise broken
    try:
        values.written(item.content)
    except (TypeError, ValueError, RecursionError):
        raise broken from None
    return item


def _refuse_too_much(source: DataSource, count: int, total: int, size: int) -> None:
    if size > LARGEST_ITEM:
        raise TooMuch(
            f"{source.title} gave one item of more than {LARGEST_ITEM // 1_000_000} MB: split it, or upload it by hand"
        )
    if count > MOST_ITEMS or total > MOST_BYTES:
        raise TooMuch(
            f"{source.title} gave more than {MOST_ITEMS} items or {MOST_BYTES // 1_000_000} MB: narrow its queries to "
            "what is about one person, or split it into several sources"
        )


def _packed(item: Item, digest: str, sealer: Sealer) -> Packed:
    reference = item.reference if 0 < len(item.reference) <= LONGEST else f"{item.reference[:100]}…{digest[:40]}"
    file = None
    if item.file is not None:
        head = values.written({"name": item.file.name, "type": item.file.content_type}).encode("utf-8", "surrogatepass")
        file = sealer.seal(len(head).to_bytes(4) + head + item.file.content, FILE)
    return Packed(
        reference, item.title[:LONGEST], item.kind[:24], item.collected_on,
        sealer.seal_text(values.written(item.content), ITEM), file, digest, bool(item.shared),
    )  # fmt: skip


def told(error: Exception) -> str:
    """The error as the checklist shows it."""
    return str(error)[:LONGEST_ERROR] or type(error).__name__
