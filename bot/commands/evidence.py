"""`privacydesk evidence`: prove a stored answer again, years later if need be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click

from bot.commands import database
from bot.errors import DeskError
from bot.learning.replay import Replay, replay

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EPILOG = "\b\nExamples:\n  privacydesk evidence 1204\n  privacydesk evidence 1204 --json"


@click.command(epilog=_EPILOG)
@click.argument("message_id", type=click.IntRange(min=1, max=2**62))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evidence(message_id: int, *, as_json: bool) -> None:
    """Prove the answer with the number MESSAGE_ID, which "Why this answer?" in the console gives, and the audit.

    Each quotation is held against its digest and against the policy's text as it was kept then, and the question is
    asked again of what was known then. Exits with 1 where a quotation is not as it was sent.
    """
    with database.opened() as run:
        found = run(lambda session: replay(session, message_id))
    if as_json:
        facts = {**found._asdict(), "quotations": [each._asdict() for each in found.quotations]}
        click.echo(json.dumps({**facts, "at": found.at.isoformat(), "proved": found.proved}, ensure_ascii=False))
    else:
        # A customer's words may hold signs that a terminal takes for orders.
        click.echo(_CONTROL.sub("\ufffd", "\n".join(_told(found))))
    if not found.proved:
        raise DeskError(f"a quotation of message {message_id} is not as it was sent: restore from a backup and compare")


def _told(found: Replay) -> Iterator[str]:
    yield f"Message {found.message_id} of {found.at:%Y-%m-%d %H:%M} UTC"
    if found.knowledge:
        version = f"policy {found.policy} of {found.effective}"
        yield f"Answered by knowledge version {found.knowledge}, {version}: {found.outcome}"
    if found.confidence is not None:
        yield f"Confidence {found.confidence:.3f}"
    if found.question:
        yield f"Asked: {found.question}"
    if found.curated:
        yield f"Staff's own words: {found.curated}"
    for each in found.quotations:
        yield f"\nClause {each.clause} of {each.policy} {each.effective}, score {each.score}"
        yield f"  {each.text}"
        yield f"  SHA-256 {each.digest}: {'as it was sent' if each.unaltered else 'ALTERED'}"
        yield f"  {f'stands in the kept text {each.source}' if each.stands else 'NOT in the policy kept of that day'}"
    yield ""
    if found.again == "same":
        yield "Asked again of what was known then: the same."
    elif found.again == "differs":
        yield f"Asked again of what was known then: {found.outcome_now} {', '.join(found.clauses_now)}. {found.reason}"
    else:
        yield f"Not asked again. {found.reason}"
