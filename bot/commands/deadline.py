"""`privacydesk deadline`: by when a request must be answered, and why. Reads no database and no settings."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from bot.commands.lines import LONGEST_LINE, Usage, bounded_lines
from bot.tickets.deadlines import Case, Deadline, DeadlineError, Event, due, read_case, read_timestamp
from bot.tickets.rules import REGIMES

_EPILOG = """\b
Examples:
  privacydesk deadline --regime uk-gdpr --calendar GB-ENG --timezone Europe/London --received 2026-03-06T10:00:00Z
  privacydesk deadline --jsonl < cases.jsonl
"""


@click.command(epilog=_EPILOG)
@click.option("--jsonl", is_flag=True, help="Read one case a line from stdin, write one answer a line to stdout.")
@click.option("--regime", type=click.Choice(REGIMES), default="uk-gdpr", show_default=True, help="The law.")
@click.option("--calendar", default="GB-ENG", show_default=True, help="Whose working days: GB-SCT, IE, US-CA …")
@click.option("--timezone", default="Europe/London", show_default=True, help="Where a day begins and ends.")
@click.option("--received", metavar="TIME", help="When the request came in, with offset: 2026-03-06T10:00:00Z.")
def deadline(*, jsonl: bool, regime: Any, calendar: str, timezone: str, received: str | None) -> None:
    """Say by when a request must be answered, and why.

    With --jsonl each line is {"id", "regime", "calendar", "timezone", "events": [{"type", "at"}]} and each answer
    {"id", "due", "trace"}; "due" is null while the clock waits. A line that can't be read answers {"error"}.
    """
    if jsonl:
        _answer_lines()
        return
    if received is None:
        raise Usage("nothing to count from: give --received TIME, or --jsonl with cases on stdin")
    try:
        case = Case(regime, calendar, timezone, (Event("received", read_timestamp(received)),))
    except DeadlineError as error:
        raise Usage(str(error)) from None
    _show(due(case))


def _show(answer: Deadline) -> None:
    """The due date on the first line, its reasons below."""
    click.echo(answer.due)
    for sentence in answer.trace:
        click.echo(f"  {sentence}")


def _answer_lines() -> None:
    """One answer for each line of stdin, in the same order, written as soon as it is known."""
    for line in bounded_lines(sys.stdin.buffer):
        click.echo(json.dumps(answer_line(line)))


def answer_line(line: bytes | None) -> dict[str, Any]:
    """The answer to one JSON line: {"id", "due", "trace", …}, or {"id"?, "error"} when it can't be read."""
    if line is None:
        return {"error": f"the line is too long: keep a case under {LONGEST_LINE // 1024} KiB"}
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "the line is no JSON: write one JSON object a line, in UTF-8"}
    known = {"id": data["id"]} if isinstance(data, dict) and isinstance(data.get("id"), str | int) else {}
    try:
        return known | _as_json(due(read_case(data)))
    except DeadlineError as error:
        return known | {"error": str(error)}


def _as_json(answer: Deadline) -> dict[str, Any]:
    """A deadline as the JSON-lines contract has it, with the dates that go with it."""
    return {
        "due": answer.due.isoformat() if answer.due else None,
        "trace": list(answer.trace),
        "limit_of_notice": answer.limit_of_notice.isoformat() if answer.limit_of_notice else None,
        "confirm_by": answer.confirm_by.isoformat() if answer.confirm_by else None,
        "waiting_for": list(answer.waiting_for),
        "challenges": [{"cause": cause, "due": day.isoformat() if day else None} for cause, day in answer.challenges],
    }
