"""What items hold, as JSON has it, and the digest by which the desk knows an item again. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bot.sources.base import Content, Item

DEEPEST = 20
"""Levels of nesting that are kept; what is deeper is kept as its text."""


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON has it, nothing left out: days and moments as ISO 8601, bytes as base64, the rest as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124  that is nan
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, Sequence) and depth < DEEPEST:
        return [plain(each, depth + 1) for each in value]
    return str(value)


def written(content: Content) -> str:
    """The content as one text of JSON, the same for the same content whatever the order of its fields."""
    return json.dumps(plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(item: Item) -> str:
    """SHA-256, hex, of all that an item says: the same item at another search has the same."""
    day = item.collected_on.isoformat() if item.collected_on else ""
    parts = [item.kind, item.reference, item.title, day, written(item.content)]
    state = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
    if item.file is not None:
        state.update(b"\0" + item.file.name.encode("utf-8", "surrogatepass") + b"\0" + item.file.content)
    return state.hexdigest()


def size(item: Item) -> int:
    """Bytes that an item takes: its words and its file."""
    words = len(written(item.content).encode("utf-8", "surrogatepass")) + len(item.title) + len(item.reference)
    return words + (len(item.file.content) if item.file else 0)
