"""The parts of a message that goes as several, seen as one: what became of the whole. Pure.

Each part is a row of the outbox with a provider's id and a state of its own, so that a kill, a report or another try
concerns that part alone. People see one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

HELD = "part-held"
"""The code of a part that waits for staff because one before it did not go."""
HELD_WORDS = "a part before it did not go"

_WORST = ("failed", "waiting", "cancelled", "sent", "delivered")
"""States from the one that people must know of first."""
_FIRST_WORD = ("failed", "undelivered", "unconfirmed", "delayed", "", "queued", "sending", "sent", "delivered")


class Delivery(NamedTuple):
    """What became of a message. `id` is the row that another try begins with; `parts` how many messages it went in."""

    id: int
    message_id: int
    state: str
    provider_state: str
    error: str
    code: str
    attempts: int
    due_at: datetime | None
    sent_at: datetime | None
    recipient: str
    parts: int


def together(rows: Sequence[Any]) -> list[Delivery]:
    """What became of one line's deliveries, in the order of sending; the parts of one message are one.

    `rows` are rows of the outbox of one line, or what holds their fields. A part that was sent again counts by its
    newest row.
    """
    single = [_alone(row) for row in rows if row.parts <= 1]
    newest = {row.part: row for row in sorted(rows, key=lambda row: row.id) if row.parts > 1}
    if not newest:
        return single
    return [*single, _one([newest[part] for part in sorted(newest)])]


def _alone(row: Any) -> Delivery:
    return Delivery(
        row.id, row.message_id, row.state, row.provider_state, row.error, row.code, row.attempts, row.due_at,
        row.sent_at, row.recipient, 1,
    )  # fmt: skip


def _one(parts: Sequence[Any]) -> Delivery:
    """The parts as one: as bad as the worst, as far as the slowest, sent when the last one was."""
    worst = min(parts, key=lambda row: (_WORST.index(row.state) if row.state in _WORST else 0, row.part))
    count, sent = worst.parts, [row.sent_at for row in parts]
    error = f"part {worst.part} of {count}: {worst.error}" if worst.error else ""
    if not error and worst.state == "failed":
        error = f"part {worst.part} of {count}, and no reason was given"
    same = [row.provider_state for row in parts if row.state == worst.state]
    return Delivery(
        worst.id, worst.message_id, worst.state, min(same, key=_rank), error, worst.code,
        max(row.attempts for row in parts), worst.due_at,
        max(each for each in sent if each) if all(sent) else None, worst.recipient, count,
    )  # fmt: skip


def _rank(word: str) -> int:
    return _FIRST_WORD.index(word) if word in _FIRST_WORD else 0
