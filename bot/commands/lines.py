"""JSON lines in, JSON lines out: one answer for each line, in the same order, as soon as it is known.

Called by the commands that answer messages. A line that can't be read answers {"error"}, and the rest go on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

import click

LONGEST_LINE = 1024 * 1024
"""Bytes of one line; more than any channel accepts as a text."""


class Usage(click.ClickException):
    """The command was called wrongly: one line on stderr, exit 2."""

    exit_code = 2


class BadLine(ValueError):
    """The line can't be answered; its text says how to write it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message to be answered. `as_of` is the day whose policy counts, `policy` its key; None for the usual."""

    text: str
    as_of: date | None = None
    policy: str | None = None


def answer_lines(stream: IO[bytes], answer: Callable[[Line], dict[str, Any]]) -> None:
    """Answer every line of the stream on stdout, flushed line by line, so that it can be used as a conversation."""
    for raw in bounded_lines(stream):
        try:
            answered = answer(read_line(raw))
        except BadLine as error:
            answered = {"error": str(error)}
        sys.stdout.write(json.dumps(answered, ensure_ascii=True) + "\n")
        sys.stdout.flush()


def bounded_lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """The lines of a stream but for blank ones; None for each longer than LONGEST_LINE, which is never held whole."""
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            if line.strip():
                yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)
        yield None


def read_line(raw: bytes | None) -> Line:
    """One line as {"text", "as_of"?, "policy"?}. Raises BadLine."""
    if raw is None:
        raise BadLine(f"the line is too long: keep it under {LONGEST_LINE // 1024} KiB")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadLine("the line is no JSON: write one JSON object a line, in UTF-8") from None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise BadLine('the line has no text: write {"text": "..."}')
    policy = data.get("policy")
    if not (policy is None or isinstance(policy, str)):
        raise BadLine('"policy" must be the key of a policy, such as "iomart"')
    return Line(data["text"], _day(data.get("as_of")), policy)


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadLine(f'"as_of" must be a date such as "2007-12-15", not {str(value)[:40]!r}') from None
