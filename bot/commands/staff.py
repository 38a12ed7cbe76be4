"""`privacydesk staff`: who may sign in to the console. Works on the database directly, beside a running desk too."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from bot import settings
from bot.api import tokens
from bot.clock import utc_now
from bot.commands import database
from bot.console import accounts, auth, passwords
from bot.errors import PermanentError


@click.group(epilog="Example: privacydesk staff add sam@example.com --role agent --name 'Sam Reid'")
def staff() -> None:
    """Add, list and disable the people who work at the desk."""


@staff.command(epilog="Example: privacydesk staff add sam@example.com --role agent --link")
@click.argument("email")
@click.option("--role", type=click.Choice(auth.ROLES), required=True, help="agent answers; lead and admin see more.")
@click.option("--name", default="", help="How colleagues see them.")
@click.option("--link", is_flag=True, help="Print a sign-in link that works once within 24 hours; asks no password.")
def add(email: str, *, role: auth.Role, name: str, link: bool) -> None:
    """Make an account. Asks for its password twice, unless --link is given."""
    with database.opened() as run:
        password_hash = "" if link else _ask_password()
        now = utc_now()
        run(lambda s: accounts.add(s, email=email, name=name, role=role, password_hash=password_hash, now=now))
        click.echo(f"{auth.account_name(email)} can work at the desk now, as {role}.")
        if link:
            _print_link(run(lambda session: accounts.link(session, email, now)))


@staff.command(epilog="Example: privacydesk staff link sam@example.com")
@click.argument("email")
def link(email: str) -> None:
    """Print a sign-in link for an account; it works once, within 24 hours."""
    with database.opened() as run:
        now = utc_now()
        _print_link(run(lambda session: accounts.link(session, email, now)))


@staff.command("list", epilog="Example: privacydesk staff list")
def list_() -> None:
    """List the accounts, active ones first."""
    with database.opened() as run:
        found = run(accounts.all_staff)
    if not found:
        click.echo("There are no accounts. Make the first: privacydesk staff add EMAIL --role admin")
    for person in found:
        state = "" if person.active else "  (disabled)"
        click.echo(f"{person.email:<40} {person.role:<6} {person.name}{state}".rstrip())


@staff.command(epilog="Example: privacydesk staff disable sam@example.com")
@click.argument("email")
def disable(email: str) -> None:
    """Disable an account: its sessions and tokens end at once and for good, its work stays under its name."""
    now = utc_now()

    def work(session: Session) -> None:
        accounts.disable(session, email, now)
        tokens.revoke_all(session, auth.account_name(email), now)

    with database.opened() as run:
        run(work)
    click.echo(f"{auth.account_name(email)} can't sign in any more.")


def _ask_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same once more")
    try:
        return passwords.hashed(password)
    except ValueError as error:
        raise PermanentError(str(error)) from None


def _print_link(token: str) -> None:
    click.echo(f"{settings.load().base_url}/console/enter/{token}")
