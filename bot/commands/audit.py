"""`privacydesk audit`: check that the audit is as it was written; give and check receipts."""

from __future__ import annotations

from pathlib import Path

import click

from bot.audit import receipts
from bot.audit.chain import Head, Whole, verify
from bot.audit.log import rows
from bot.bundles import checking
from bot.commands import database
from bot.errors import DeskError
from bot.tickets.references import parse_reference


@click.group(epilog="Example: privacydesk audit verify")
def audit() -> None:
    """The record of everything that was done."""


@audit.command("verify", epilog="Example: privacydesk audit verify --head 1204:9f2c…")
@click.option("--head", default="", metavar="COUNT:HASH", help="An end kept elsewhere: shows entries cut off since.")
def verify_chain(head: str) -> None:
    """Check every entry's hash; names the first broken one. Prints the chain's end, to be kept elsewhere.

    It only reads, and keeps no running desk waiting.
    """
    kept = _head(head)
    with database.looking() as run:
        found = run(lambda session: verify(rows(session), kept))
    if isinstance(found, Whole):
        click.echo(f"The audit is whole: {found.count} entries. End: {found.count}:{found.head}")
        return
    raise DeskError(f"the audit is broken at entry {found.seq}: {found.text}")


@audit.command("receipt", epilog="Example: privacydesk audit receipt DR-7K3M9-QX4RT")
@click.argument("reference")
def receipt(reference: str) -> None:
    """Print the receipt for the opening of a request: whoever holds it can have it checked against the audit."""
    named = parse_reference(reference)
    if named is None:
        raise click.UsageError(f"{reference[:40]!r} is no reference: write it like DR-7K3M9-QX4RT")
    with database.looking() as run:
        click.echo(str(run(lambda session: receipts.of(session, f"ticket:{named}", "ticket.opened"))))


@audit.command("check", epilog="\b\nExamples:\n  privacydesk audit check 1204-9f2c8a0b71c3d94e55aa01bc\n"
               "  privacydesk audit check DR-7K3M9-QX4RT.zip")  # fmt: skip
@click.argument("what")
def check(what: str) -> None:
    """Hold a receipt, or the ZIP of an evidence bundle, against the audit. Exits with 1 where it does not stand."""
    if Path(what).suffix.lower() == ".zip":
        _check_bundle(Path(what))
        return
    given = receipts.parse(what)
    if given is None:
        raise click.UsageError("that is no receipt: write it like 1204-9f2c8a0b71c3d94e55aa01bc, or name a .zip")
    with database.looking() as run:
        found = run(lambda session: receipts.check(session, given))
    if not found.stands or found.entry is None:
        raise DeskError(f"the receipt does not stand: {found.text}")
    click.echo(f"The receipt stands: {found.entry.at} {found.entry.action} {found.entry.subject}")


def _check_bundle(path: Path) -> None:
    content = checking.read(path)
    with database.looking() as run:
        flaws = run(lambda session: checking.against_chain(session, content))
    if flaws:
        raise DeskError(f"the bundle does not stand: {'; '.join(flaws[:5])}")
    click.echo(f"The bundle stands: {len(content.files)} files, {len(content.entries)} entries of the audit")


def _head(text: str) -> Head | None:
    if not text:
        return None
    count, _, digest = text.partition(":")
    if not count.isdecimal() or not digest:
        raise click.UsageError("--head is written COUNT:HASH, as a former run printed it")
    return Head(int(count), digest)
