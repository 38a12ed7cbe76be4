"""`privacydesk hold`: legal holds, while which nothing of a person is erased."""

from __future__ import annotations

import click

from bot.audit.actors import Actor
from bot.clock import utc_now
from bot.commands import database
from bot.contacts import holds

OPERATOR = Actor("admin")
"""Whoever can run commands on the desk's machine; the audit calls it "cli"."""


@click.group(epilog="Example: privacydesk hold place 12 --reason 'Claim before the sheriff court, ref SC/41/26'")
def hold() -> None:
    """Lay, list and end legal holds: while one is in force nothing of that person is erased."""


@hold.command(epilog="Example: privacydesk hold place 12 --reason 'Order of the regulator of 3 November 2026'")
@click.argument("contact", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why nothing may be erased; at most 300 characters, no names.")
def place(contact: int, reason: str) -> None:
    """Lay a hold on a person; CONTACT is their number on their page."""
    with database.opened() as run:
        number = run(lambda session: holds.place(session, contact, reason, OPERATOR, utc_now()).id)
    click.echo(f"Hold {number} is in force: nothing of person {contact} is erased until it ends.")


@hold.command(epilog="Example: privacydesk hold end 3")
@click.argument("number", type=click.IntRange(1))
def end(number: int) -> None:
    """End the hold of that number."""
    with database.opened() as run:
        contact = run(lambda session: holds.end(session, number, OPERATOR, utc_now()).contact_id)
    click.echo(f"Hold {number} on person {contact} has ended.")


@hold.command("list", epilog="Example: privacydesk hold list")
def list_() -> None:
    """List the holds in force."""
    with database.opened() as run:
        found = run(holds.live)
    if not found:
        click.echo("No hold is in force.")
    for each in found:
        click.echo(f"{each.id:>5}  person {each.contact_id:<6} since {each.placed_at:%Y-%m-%d}  {each.reason}")
