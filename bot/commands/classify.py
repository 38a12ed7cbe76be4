"""`privacydesk classify`: what a message asks for. Needs no settings and no database."""

from __future__ import annotations

import sys
from typing import Any

import click

from bot.commands.lines import Line, Usage, answer_lines
from bot.conversations.intents import classify as classified

_EPILOG = """\b
Examples:
  privacydesk classify "wot data do u hold on me"
  privacydesk classify --jsonl < messages.jsonl
"""


@click.command(epilog=_EPILOG)
@click.argument("text", required=False)
@click.option("--jsonl", is_flag=True, help="Read one message a line from stdin, write one answer a line to stdout.")
def classify(*, text: str | None, jsonl: bool) -> None:
    """Say what the message TEXT asks for.

    The intents are access, portability, erasure, rectification, objection, restriction, complaint, breach, status,
    human, question and other. With --jsonl each line is {"text"} and each answer {"intent", "confidence", ...}; a line
    that can't be read answers {"error"}.
    """
    if jsonl:
        answer_lines(sys.stdin.buffer, answer)
    elif text is None:
        raise Usage("there is no message: give its TEXT in quotes, or --jsonl with messages on stdin")
    else:
        click.echo("\n".join(_told(text)))


def answer(line: Line) -> dict[str, Any]:
    """The answer to one message, as the JSON-lines contract has it, and what staff may want beside it."""
    intent = classified(line.text)
    return {
        "intent": intent.name,
        "confidence": intent.confidence,
        "also": list(intent.also),
        "suspected": intent.suspected,
        "maybe_access": intent.maybe_access,
        "signals": list(intent.signals),
    }


def _told(text: str) -> list[str]:
    intent = classified(text)
    lines = [f"{intent.name}{' (suspected)' if intent.suspected else ''}, confidence {intent.confidence:.0%}"]
    if intent.also:
        lines.append(f"  also asks for: {', '.join(intent.also)}")
    if intent.maybe_access:
        lines.append("  may also ask for access: a person should look")
    lines.extend(f"  {signal}" for signal in intent.signals)
    return lines
