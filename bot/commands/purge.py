"""`privacydesk purge`: remove what its time to be kept has passed."""

from __future__ import annotations

import click

from bot import retention
from bot.clock import utc_now
from bot.commands import database


@click.command(epilog="Example: privacydesk purge --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def purge(*, dry_run: bool) -> None:
    """Remove raw deliveries after 90 days, and staff sessions and sign-in links that have ended."""
    with database.opened() as run:
        found = retention.purge(run, utc_now(), dry_run=dry_run)
    for category in retention.CATEGORIES:
        verb = "would remove" if dry_run else "removed"
        click.echo(f"{verb} {found[category.name]} {category.name} (kept {category.keep.days} days: {category.reason})")
