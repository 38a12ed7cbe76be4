"""`privacydesk staff`: who may sign in to the console. Works on the database directly, beside a running desk too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
from sqlalchemy import exc
from sqlalchemy.orm import Session

from bot import migrations, settings
from bot.clock import utc_now
from bot.console import accounts, auth, passwords
from bot.db import engine_for
from bot.errors import DatabaseDown, PermanentError, SettingsError

T = TypeVar("T")


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
    with _database() as run:
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
    with _database() as run:
        now = utc_now()
        _print_link(run(lambda session: accounts.link(session, email, now)))


@staff.command("list", epilog="Example: privacydesk staff list")
def list_() -> None:
    """List the accounts, active ones first."""
    with _database() as run:
        found = run(accounts.all_staff)
    if not found:
        click.echo("There are no accounts. Make the first: privacydesk staff add EMAIL --role admin")
    for person in found:
        state = "" if person.active else "  (disabled)"
        click.echo(f"{person.email:<40} {person.role:<6} {person.name}{state}".rstrip())


@staff.command(epilog="Example: privacydesk staff disable sam@example.com")
@click.argument("email")
def disable(email: str) -> None:
    """Disable an account: its sessions end at once, its work stays under its name."""
    with _database() as run:
        now = utc_now()
        run(lambda session: accounts.disable(session, email, now))
    click.echo(f"{auth.account_name(email)} can't sign in any more.")


def _ask_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same once more")
    try:
        return passwords.hashed(password)
    except ValueError as error:
        raise PermanentError(str(error)) from None


def _print_link(token: str) -> None:
    click.echo(f"{settings.load().base_url}/console/enter/{token}")


@contextmanager
def _database() -> Iterator[Callable[[Callable[[Session], T]], T]]:
    """Runs units of work, each in a transaction of its own, on the desk's database brought up to date."""
    loaded = settings.load()
    try:
        loaded.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"DESK_DATA_DIR {loaded.data_dir} can't be written: {error.strerror}") from None
    engine = engine_for(loaded.database)

    def run(work: Callable[[Session], T]) -> T:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    try:
        migrations.upgrade(engine)
        yield run
    except (exc.OperationalError, exc.InterfaceError) as error:
        raise DatabaseDown(
            f"the database can't be used ({error.orig}): see that DESK_DATA_DIR or DESK_DATABASE_URL is right"
        ) from None
    finally:
        engine.dispose()
