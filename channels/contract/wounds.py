"""A payload as somebody hostile, or a broken wire, would make it of a good one: cut short, with something put into each
place, and, where it is JSON, with each value in turn replaced by one of another kind. Pure, and the same each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

MOST = 2_000
"""Payloads with something put in, about: of a long one not every place is tried."""
PUT_IN = (b"\0", b"\\u0000", b"\\ud800", b"%00", b"\xff", b"\r\n\r\n", b'"', b"=", b"&", b"<", b"[", b"{")
"""What has broken readers of JSON, forms and mail."""
OTHER_KINDS: tuple[Any, ...] = (None, True, -1, 1e300, "", "\0", "\ud800", [], [None], {}, {"": 0})


def of(payload: bytes) -> Iterator[bytes]:
    """Every wounded form of it."""
    step = 1 + len(payload) * len(PUT_IN) // MOST
    for at in range(0, len(payload) + 1, step):
        yield payload[:at]
        for each in PUT_IN:
            yield payload[:at] + each + payload[at:]
    try:
        value = json.loads(payload)
    except ValueError:
        return
    for each in _replaced(value):
        yield json.dumps(each).encode()


def _replaced(value: Any) -> Iterator[Any]:
    """The value with one of its parts, or the whole of it, of another kind; and with one part left out."""
    yield from OTHER_KINDS
    if isinstance(value, dict):
        for key, part in value.items():
            yield {each: value[each] for each in value if each != key}
            for other in _replaced(part):
                yield {**value, key: other}
    if isinstance(value, list):
        for place, part in enumerate(value):
            for other in _replaced(part):
                yield [*value[:place], other, *value[place + 1 :]]
