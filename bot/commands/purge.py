"""`privacydesk purge`: remove what its time to be kept has passed."""

from __future__ import annotations

import click

from bot import retaining, retention, settings
from bot.clock import utc_now
from bot.commands import database


@click.command(epilog="Example: privacydesk purge --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def purge(*, dry_run: bool) -> None:
    """Remove what was kept as long as it may be, category by category; legal holds are respected.

    How long is set by DESK_KEEP_DELIVERIES, _CONVERSATIONS, _REQUESTS, _FINDINGS, _CLAIMS, _CODES and _ACCESSES, in
    days. A running desk does this by itself once a day.
    """
    loaded = settings.load()
    with database.opened() as run:
        sign = settings.signer(settings.secret_key(loaded))
        categories = retaining.categories(retaining.periods(loaded), sign)
        found = retention.purge(run, utc_now(), dry_run=dry_run, categories=categories)
    for category in categories:
        verb = "would remove" if dry_run else "removed"
        click.echo(f"{verb} {found[category.name]} {category.name} (kept {category.keep.days} days: {category.reason})")
