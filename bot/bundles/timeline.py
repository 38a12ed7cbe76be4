"""The time line of a request: clock events, lines, deliveries and audit entries as one list in order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.audit.chain import Row
from bot.bundles.collecting import Found


class Moment(NamedTuple):
    """Something that happened: `at` in ISO 8601 UTC, `what` in words, `source` where the bundle has it."""

    at: str
    kind: str
    who: str
    what: str
    source: str


def moments(found: Found) -> list[Moment]:
    """Everything that happened, oldest first; what happened at once stays in the order of the sources."""
    everything = [
        *(_event(row) for row in found.events),
        *(_line(row) for row in found.lines),
        *(moment for row in found.deliveries for moment in _delivery(row)),
        *(_entry(row) for row in found.entries),
    ]
    return sorted(everything, key=lambda moment: moment.at)


def _event(row: Mapping[str, Any]) -> Moment:
    return Moment(_utc(row["at"]), "clock", "", str(row["type"]).replace("_", " "), f"clock.json, event {row['id']}")


def _line(row: Mapping[str, Any]) -> Moment:
    way = {"in": "came in", "out": "was written", "note": "was noted"}.get(row["direction"], row["direction"])
    who = "customer" if row["author"] == "you" else str(row["author"])
    length = len(row["text"])
    return Moment(_utc(row["created_at"]), "message", who, f"{way} ({length} characters)", f"message {row['id']}")


def _delivery(row: Mapping[str, Any]) -> Iterator[Moment]:
    source = f"deliveries.json, delivery {row['id']} of message {row['message_id']}"
    if row["sent_at"]:
        state = row["provider_state"] or row["state"]
        proof = f", provider's number {row['provider_id']}" if row["provider_id"] else ""
        yield Moment(_utc(row["sent_at"]), "delivery", "desk", f"handed to the provider: {state}{proof}", source)
    elif row["state"] != "waiting":
        yield Moment(_utc(row["created_at"]), "delivery", "desk", f"{row['state']}: {row['error']}", source)


def _entry(row: Row) -> Moment:
    what = f"{row.action.replace('.', ' ').replace('_', ' ')} ({row.subject})"
    return Moment(_utc(row.at), "audit", row.actor, what, f"audit.json, entry {row.seq}")


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def said(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines that the customer wrote or could read: notes are staff's own."""
    return [line for line in lines if line["direction"] != "note"]
