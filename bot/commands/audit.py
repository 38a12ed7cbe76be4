"""`privacydesk audit`: check that the audit is as it was written."""

from __future__ import annotations

import click

from bot.audit.chain import Head, Whole, verify
from bot.audit.log import rows
from bot.commands import database
from bot.errors import DeskError


@click.group(epilog="Example: privacydesk audit verify")
def audit() -> None:
    """The record of everything that was done."""


@audit.command("verify", epilog="Example: privacydesk audit verify --head 1204:9f2c…")
@click.option("--head", default="", metavar="COUNT:HASH", help="An end kept elsewhere: shows entries cut off since.")
def verify_chain(head: str) -> None:
    """Check every entry's hash; names the first broken one. Prints the chain's end, to be kept elsewhere."""
    kept = _head(head)
    with database.opened() as run:
        found = run(lambda session: verify(rows(session), kept))
    if isinstance(found, Whole):
        click.echo(f"The audit is whole: {found.count} entries. End: {found.count}:{found.head}")
        return
    raise DeskError(f"the audit is broken at entry {found.seq}: {found.text}")


def _head(text: str) -> Head | None:
    if not text:
        return None
    count, _, digest = text.partition(":")
    if not count.isdecimal() or not digest:
        raise click.UsageError("--head is written COUNT:HASH, as a former run printed it")
    return Head(int(count), digest)
