"""`privacydesk token`: ways in for programs. Works on the database directly, beside a running desk too."""

from __future__ import annotations

from datetime import datetime

import click

from bot.api import tokens
from bot.clock import utc_now
from bot.commands import database


@click.group(epilog="Example: privacydesk token add sam@example.com --name 'nightly export'")
def token() -> None:
    """Make, list and revoke the tokens by which programs use /api/v1/."""


@token.command(epilog="Example: privacydesk token add sam@example.com --name 'nightly export'")
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
def add(email: str, *, name: str) -> None:
    """Make a token that acts for the account EMAIL, with its role. It is printed this once and never stored."""
    with database.opened() as run:
        made = run(lambda session: tokens.add(session, email, name, utc_now()))
    click.echo(made)
    click.echo("Keep it like a password; send it as 'Authorization: Bearer TOKEN'. It isn't shown again.", err=True)


@token.command("list", epilog="Example: privacydesk token list")
def list_() -> None:
    """List the tokens, newest first: number, account, last use, name."""
    with database.opened() as run:
        found = run(tokens.listed)
    if not found:
        click.echo("There are no tokens. Make the first: privacydesk token add EMAIL --name NAME")
    for each in found:
        row = each.token
        state = "revoked" if row.revoked_at else "account disabled" if not each.active else _used(row.last_used_at)
        click.echo(f"{row.id:>5}  {each.email:<40} {state:<24} {row.name}")


@token.command(epilog="Example: privacydesk token revoke 3")
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**53))
def revoke(number: int) -> None:
    """End a token at once; `token list` shows its ID."""
    with database.opened() as run:
        run(lambda session: tokens.revoke(session, number, utc_now()))
    click.echo(f"Token {number} opens nothing any more.")


def _used(at: datetime | None) -> str:
    return f"used {at:%Y-%m-%d %H}:00 UTC" if at else "never used"
