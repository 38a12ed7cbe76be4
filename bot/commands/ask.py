"""`privacydesk ask`: what the desk would answer, by its policies and what its staff taught. Opens no ticket, and needs
no database: where there is one, it only looks, also beside a running desk.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import click

from bot import plugins
from bot.clock import day_of, utc_now
from bot.commands.lines import BadLine, Line, Usage, answer_lines
from bot.conversations import preview
from bot.conversations.understand import understand
from bot.errors import NotFound
from bot.settings import Settings, load
from knowledge.lessons import Lessons
from knowledge.library import Library, UnknownPolicy

_EPILOG = """\b
Examples:
  privacydesk ask "do u sell my info?"
  privacydesk ask --as-of 2008-06-30 --json "Do you use cookies?"
  privacydesk ask --jsonl < questions.jsonl
"""


@click.command(epilog=_EPILOG)
@click.argument("text", required=False)
@click.option("--policy", "key", default="", metavar="KEY", help="Whose policy answers; else the first site's.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day whose policy counts; else the one in the question, or today.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")
@click.option("--jsonl", is_flag=True, help="Read one question a line from stdin, write one answer a line to stdout.")
def ask(*, text: str | None, key: str, as_of: datetime | None, as_json: bool, jsonl: bool) -> None:
    """Answer the question TEXT from the policy, with the clause, or say that the policy is silent.

    With --jsonl each line is {"text", "as_of"?, "policy"?} and each answer {"intent", "outcome", "passages", "reply",
    "confidence", "as_of"?, "note"?, "changes"?}; the outcome is answered, silent, off_topic, request or handoff.
    "as_of" is the day that the answer is for, "note" says what there is to know about it, and "changes" what other
    versions say on the point. A line that can't be read answers {"error"}.
    """
    if text is None and not jsonl:
        raise Usage("there is no question: give its TEXT in quotes, or --jsonl with questions on stdin")
    day = as_of.date() if as_of else None
    settings = load()
    key = key or settings.all_sites()[0].policy
    today = day_of(utc_now(), settings.timezone)
    answer = partial(_answer, _library(settings), settings.base_url, key, (day, today))
    if jsonl:
        answer_lines(sys.stdin.buffer, answer)
        return
    try:
        answered = answer(Line(text or ""))
    except BadLine as error:
        raise NotFound(str(error)) from None
    click.echo(json.dumps(answered, ensure_ascii=False, indent=2) if as_json else answered["reply"])


def _library(settings: Settings) -> Library:
    """Every policy of every installed source, with the lessons that are published."""
    sources = [plugins.factory(plugins.SOURCES, name)(settings.text) for name in plugins.names(plugins.SOURCES)]
    return Library([policy for source in sources for policy in source.policies()], _lessons(settings))


def _lessons(settings: Settings) -> Sequence[Lessons]:
    """What is taught at the desk that has its data there; what can't be read is a warning, and left out."""
    if not settings.database_url and not os.access(settings.data_dir / "desk.db", os.F_OK):
        return ()
    from bot.learning import published  # SQLAlchemy would make every start half as long again

    try:
        return published.lessons(settings.database)
    except published.Unreadable as error:
        click.echo(f"privacydesk: warning: {error}", err=True)
        return ()


def _answer(library: Library, base_url: str, key: str, days: tuple[date | None, date], line: Line) -> dict[str, Any]:
    """The answer to one question, as the JSON-lines contract has it; `days` are the one asked for and today. Raises
    BadLine for a policy that is not there.
    """
    policy, as_of, today = line.policy or key, line.as_of or days[0], days[1]
    try:
        understood = understand(line.text, library, policy=policy, as_of=as_of, today=today)
        company = library.in_force(policy, as_of or today).company
    except UnknownPolicy as error:
        raise BadLine(str(error)) from None
    return preview.shown(understood, company, base_url)
