"""`privacydesk consent`: what people permitted and took back, and who may be given to partners."""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot import settings
from bot.clock import utc_now
from bot.commands import database
from bot.contacts import consent as ledger
from bot.contacts import consent_export
from bot.contacts.consent import Evidence, Policy
from bot.errors import DeskError
from bot.sealing import Sealer


@click.group(epilog="Example: privacydesk consent show 12")
def consent() -> None:
    """Show and record what people permitted, and export who may be shared with partners."""


@consent.command(epilog="Example: privacydesk consent show 12")
@click.argument("contact", type=click.IntRange(1))
def show(contact: int) -> None:
    """Show a person's ledger, newest first; CONTACT is their number on their page."""
    sealer = Sealer(settings.secret_key(settings.load()))
    with database.opened() as run:
        found = run(lambda session: ledger.entries(session, (contact,)))
    if not found:
        click.echo("Nothing is on record: no purpose was permitted, refused or taken back.")
    for entry in found:
        where = f" on {entry.channel}" if entry.channel else ""
        proof = f"message {entry.message_id}" if entry.message_id else ledger.note_of(entry, sealer) or entry.source
        click.echo(f"{entry.at:%Y-%m-%d %H:%M}  {entry.purpose}{where}: {entry.state}, by {entry.by} ({proof})")


@consent.command(
    epilog="Example: privacydesk consent record 12 --purpose partner_offers --state granted --at 2007-03-01 "
    "--evidence 'Order form 4711, box ticked, archive B2' --wording 'I agree to offers of partners.'"
)
@click.argument("contact", type=click.IntRange(1))
@click.option("--purpose", required=True, help="partner_offers, marketing, newsletter, or one of your own.")
@click.option("--state", type=click.Choice(ledger.STATES), required=True)
@click.option(
    "--at", "said_at", default="", metavar="DATE", help="The day they said it, YYYY-MM-DD; today if left out."
)
@click.option("--evidence", required=True, help="What you saw and where it is kept; it is stored sealed.")
@click.option("--wording", default="", help="What they were shown and answered, word for word.")
@click.option("--policy", default="", help="KEY:DATE of the policy in force then.")
def record(contact: int, **given: Any) -> None:
    """Add an entry with its evidence, as from a paper form or another system."""
    loaded = settings.load()
    known = ledger.purposes(loaded.consent_purposes)
    if given["purpose"] not in known:
        names = ", ".join(known)
        raise click.UsageError(f"{given['purpose']!r} is no purpose: choose of {names}, or set DESK_CONSENT_PURPOSES")
    key, _, effective = given["policy"].partition(":")
    evidence = Evidence("import", note=given["evidence"], wording=given["wording"], policy=Policy(key, effective))
    now = utc_now()
    at, sealer = _moment(given["said_at"], given["state"], now), Sealer(settings.secret_key(loaded))
    with database.opened() as run:
        run(
            lambda s: (
                ledger.record(
                    s, contact, given["purpose"], given["state"], evidence, by="cli", at=at, now=now, sealer=sealer
                ).id
            )
        )
    click.echo(f"On record: {given['purpose']} {given['state']} on {at:%d %B %Y}.")


def _moment(day: str, state: str, now: datetime) -> datetime:
    """That day, as the ledger counts it; now where none is given."""
    if not day:
        return now
    try:
        return ledger.on_day(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date(), state, now)
    except ValueError:
        raise click.UsageError(f"--at {day!r} is no date: write it like 2007-03-01") from None


@consent.command(epilog="Example: privacydesk consent export --purpose partner_offers --csv partners.csv")
@click.option("--purpose", required=True, help="What the partner wants to do, such as partner_offers.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where to write; else printed.")
def export(purpose: str, file: Path | None) -> None:
    """List those who gave express permission with evidence; says how many are refused, and why. It is audited."""
    if purpose not in (known := ledger.purposes(settings.load().consent_purposes)) or purpose == ledger.MESSAGES:
        names = ", ".join(each for each in known if each != ledger.MESSAGES)
        raise click.UsageError(f"{purpose!r} is no purpose to export for: choose of {names}")
    if file is not None and file.exists():
        raise DeskError(f"{file} exists already: name another file, or remove it first")
    with database.opened() as run:
        found = run(lambda session: consent_export.export(session, purpose, by="cli", now=utc_now()))
    lines = consent_export.rows(found)
    if file is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
    else:
        _write(file, lines)
    click.echo(f"{len(found.people)} may be shared for {purpose}.", err=True)
    for reason, count in found.refused.items():
        click.echo(f"{count} refused: {reason}.", err=True)


def _write(file: Path, lines: list[list[str]]) -> None:
    try:
        # For its owner alone: it holds addresses. A file that is there already is not written over.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DeskError(f"{file} exists already: name another file, or remove it first") from None
    except OSError as error:
        raise DeskError(f"{file} can't be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(lines)
