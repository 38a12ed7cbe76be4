"""`privacydesk evidence`: prove a stored answer again, years later if need be; or bundle all evidence of a request."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click

from bot.bundles import service as bundles
from bot.clock import utc_now
from bot.commands import database
from bot.errors import DeskError
from bot.learning.replay import Replay, replay
from bot.tickets.references import parse_reference

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EPILOG = (
    "\b\nExamples:\n  privacydesk evidence 1204\n  privacydesk evidence 1204 --json\n"
    "  privacydesk evidence DR-7K3M9-QX4RT --why regulator --out evidence.zip"
)
LONGEST_NUMBER = 18


@click.command(epilog=_EPILOG)
@click.argument("what", metavar="MESSAGE_ID|REFERENCE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; of an answer only.")
@click.option("--why", type=click.Choice(list(bundles.REASONS)), help="Why the bundle of a request is made.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the bundle of a request goes.")
def evidence(what: str, *, as_json: bool, why: str | None, out: Path | None) -> None:
    """Prove the answer with the number MESSAGE_ID, or bundle all evidence of the request REFERENCE as a ZIP.

    "Why this answer?" in the console gives the number. Each quotation is held against its digest and against the
    policy's text as it was kept then, and the question is asked again of what was known then. Exits with 1 where a
    quotation is not as it was sent.

    A bundle has the time line, messages, proofs of delivery, files and the audit's entries, with a page to read and a
    manifest of digests; `privacydesk audit check FILE.zip` proves it later. It holds personal data.
    """
    reference = parse_reference(what)
    if reference:
        if why is None or out is None:
            raise click.UsageError("a bundle needs --why REASON and --out FILE.zip")
        _bundle(reference, why, out)
        return
    if not what.isdecimal() or len(what) > LONGEST_NUMBER or int(what) < 1:
        raise click.UsageError(f"{what[:40]!r} is no message number and no reference: write 1204 or DR-7K3M9-QX4RT")
    if why or out:
        raise click.UsageError("--why and --out are for the bundle of a request: name it by its reference")
    _prove(int(what), as_json=as_json)


def _bundle(reference: str, why: str, out: Path) -> None:
    now = utc_now()
    with database.looking() as look:
        made = bundles.make(look(lambda session: bundles.read(session, reference)), now, why)
    with database.opened() as run:
        run(lambda session: bundles.noted(session, reference, made, why, "cli", now))
    try:
        # "x": an older bundle is evidence too, and never overwritten.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made.content)
    except OSError as error:
        raise DeskError(f"{out} can't be written ({error.strerror}): name a new file with --out") from None
    click.echo(f"{out}: {len(made.content)} bytes, manifest {made.digest}")


def _prove(message_id: int, *, as_json: bool) -> None:
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
