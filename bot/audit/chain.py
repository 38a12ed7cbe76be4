"""The audit chain: each entry's hash covers the hash before it, so nothing can be changed or taken out unseen.

Pure: the repository reads and writes the rows, this file hashes and checks them. `verify` finds an altered, a
missing and a moved entry by itself. Entries cut off at the end leave a shorter chain that is whole; only a head
(count and hash) kept elsewhere shows that, so `verify` takes an `expected_head`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Literal, NamedTuple

VERSION = "privacydesk-audit-1"
"""Stands in every hash: an entry hashed by other rules can never pass for one of these."""

GENESIS = ""
"""The `previous` of the first entry, whose seq is 1."""

FIELDS = ("seq", "at", "actor", "action", "subject", "data")
"""What the hash covers, in this order, besides VERSION and `previous`. `at` is ISO 8601 UTC, `data` JSON text."""

# One encoder for all: json.dumps with options of its own builds a new one for every entry.
_CANONICAL = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class Row(NamedTuple):
    """An entry as it is stored. `seq` counts 1, 2, 3 … without gaps, by the writer's own hand."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    data: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end: how many entries there are, and the last one's hash."""

    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Every entry is where it was put, as it was put."""

    count: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written. `seq` is its number; `text` says it in words."""

    seq: int
    kind: Literal["altered", "missing", "moved", "cut off"]
    text: str


def entry_hash(previous: str, entry: Mapping[str, object]) -> str:
    """The hash of one entry: SHA-256 over a JSON list of VERSION, `previous` and the FIELDS, 64 hex digits.

    Raises:
        KeyError: a field is missing.
    """
    return _digest(previous, [entry[name] for name in FIELDS])


def verify(entries: Iterable[Row], expected_head: Head | None = None) -> Whole | Broken:
    """Check a chain given in the order of `seq`, one entry in memory at a time.

    With `expected_head` (from a receipt or a backup) a chain that lost its end, or was written anew, is broken too;
    entries added since are fine.
    """
    count, previous, seen = 0, GENESIS, expected_head is None or expected_head.count == 0
    for row in entries:
        broken = _flaw(row, count + 1, previous)
        if broken:
            return broken
        count, previous = row.seq, row.hash
        if expected_head and count == expected_head.count:
            if not compare_digest(previous.encode(), expected_head.hash.encode()):
                return Broken(count, "altered", f"entry {count} is not the one that the kept head names")
            seen = True
    if not seen and expected_head:
        return Broken(
            count + 1, "cut off", f"the chain ends with entry {count}, but the kept head is {expected_head.count}"
        )
    return Whole(count, previous)


def _flaw(row: Row, expected: int, previous: str) -> Broken | None:
    """What is wrong with the entry that should be number `expected`."""
    if row.seq > expected:
        return Broken(expected, "missing", f"entry {expected} is missing: the next one there is {row.seq}")
    if row.seq < expected:
        return Broken(row.seq, "moved", f"entry {row.seq} stands where entry {expected} should be")
    fields = [row.seq, row.at, row.actor, row.action, row.subject, row.data]
    # A file that somebody meddled with may hold bytes or nothing where a text was.
    if not all(isinstance(each, str) for each in row[1:]):
        return Broken(row.seq, "altered", f"entry {row.seq} is not as it was written")
    if row.previous != previous or row.hash != _digest(previous, fields):
        return Broken(row.seq, "altered", f"entry {row.seq} is not as it was written")
    return None


def _digest(previous: str, fields: list[object]) -> str:
    return sha256(_CANONICAL([VERSION, previous, *fields]).encode("ascii")).hexdigest()
