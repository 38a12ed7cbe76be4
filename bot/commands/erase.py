"""`privacydesk erase`: what is held of a person, and its removal. Works on the database directly."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import settings
from bot.audit.actors import Actor
from bot.clock import utc_now
from bot.commands import database
from bot.contacts.models import Contact
from bot.conversations.models import Conversation
from bot.engines import engine_for
from bot.erasure import carrying, elsewhere, planning, service
from bot.erasure.farewell import last_words
from bot.erasure.planning import Plan
from bot.errors import DeskError, NotFound
from bot.settings import Settings, secret_key, signer
from bot.sources import registry
from bot.tickets.models import Ticket

OPERATOR = Actor("admin")
"""Whoever can run commands on the desk's machine; the audit calls it "admin"."""


@click.command(epilog="Example: privacydesk erase DR-7K3M9-QX4TZ --dry-run")
@click.argument("reference", required=False, default="")
@click.option("--contact", type=click.IntRange(1), help="The person's number instead of their request's reference.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed, what stays, and what stops it.")
@click.option("--alone", "unlinked", is_flag=True, help="This person only, not those who are proved to be the same.")
@click.option("--no-message", is_flag=True, help="Send no last message; else it goes out first, and the desk goes on.")
@click.option("--yes", is_flag=True, help="Don't ask once more.")
def erase(reference: str, contact: int | None, **flags: bool) -> None:
    """Erase a person: everything of the request REFERENCE's person, or of the person --contact."""
    if bool(reference) == (contact is not None):
        raise click.UsageError("name a request, like DR-7K3M9-QX4TZ, or a person by --contact NUMBER")
    loaded = settings.load()
    with database.opened() as run:
        person, ticket = run(lambda session: _who(session, reference, contact))
        linked = not flags["unlinked"]
        found = run(lambda session: planning.plan(session, person, linked=linked, ticket_id=ticket))
        _show(found)
        if flags["dry_run"]:
            return
        if found.stops or found.erased_on:
            raise DeskError("nothing was erased: see above what stops it")
        if not flags["yes"]:
            click.confirm(f"Erase person {person} for good?", abort=True)
        _carry_out(run, loaded, person, ticket, linked=linked, tell=not flags["no_message"])


def _who(session: Session, reference: str, contact: int | None) -> tuple[int, int | None]:
    """The person, and the request that asks for it where it is one for erasure."""
    if contact is not None:
        if session.get(Contact, contact) is None:
            raise NotFound(f"there is no person {contact}: take the number on their page")
        return contact, None
    ticket = session.scalars(select(Ticket).where(Ticket.reference == reference.strip().upper())).first()
    if ticket is None:
        raise NotFound(f"there is no request {reference[:40]!r}: copy its reference from the queue")
    return ticket.contact_id, ticket.id if ticket.kind == "erasure" else None


def _show(found: Plan) -> None:
    """The plan as lines."""
    if found.erased_on:
        click.echo(f"Person {found.contact_id} was erased on {found.erased_on:%d %B %Y}.")
        return
    others = [each for each in found.contacts if each != found.contact_id]
    same = f", with {', '.join(map(str, others))}, who are proved to be the same" if others else ""
    click.echo(f"Person {found.contact_id}{same}")
    for title, count in found.removes.items():
        click.echo(f"  removed: {count:>6}  {title}")
    click.echo(f"  removed: {found.addresses:>6}  addresses and names")
    for kept in found.kept:
        click.echo(f"  kept:    {kept.what}, {kept.why}")
    if found.elsewhere:
        click.echo(
            f"  kept:    {found.elsewhere} messages of other people that name their address: those are not theirs"
        )
    for lesson in found.mend:
        click.echo(f"  look at: lesson {lesson} was made from their words")
    for stop in found.stops:
        click.echo(f"  stops it: {stop}")


def _carry_out(run: Any, loaded: Settings, person: int, ticket: int | None, *, linked: bool, tell: bool) -> None:
    """Ask and confirm in one, then remove; with a last message the running desk does that once it is out."""
    now, sign = utc_now(), signer(secret_key(loaded))
    sources = elsewhere.of(registry.installed(loaded, run))
    sites = {site.key: site for site in loaded.all_sites()}

    def work(session: Session) -> tuple[int, bool]:
        asked = service.request(
            session, person, OPERATOR, now, ticket_id=ticket, linked=linked, sources=elsewhere.listed(sources)
        )
        conversation = session.scalars(
            select(Conversation)
            .where(Conversation.contact_id.in_(asked.contacts))
            .order_by(Conversation.last_at.desc())
        ).first()
        site = sites.get(conversation.site if conversation else "", next(iter(sites.values())))
        reference = session.get_one(Ticket, ticket).reference if ticket else ""
        channel = conversation.channel if conversation else ""
        words = last_words(channel, reference, loaded.base_url) if tell and conversation else ""
        service.confirm(session, asked.id, OPERATOR, now, site=site, farewell=words, alone=True)
        return asked.id, asked.outbox_id is not None

    number, told = run(work)
    if told:
        click.echo("Their last message waits to be sent. The running desk erases them once it is out.")
        return
    engine = engine_for(loaded.database)
    try:
        done = carrying.drive(run, engine, number, sign, now, sources=sources)
    finally:
        engine.dispose()
    if not done:
        raise DeskError("it could not be finished: something came in meanwhile; the running desk goes on with it")
    click.echo(f"Person {person} is erased. A desk that runs forgets what it remembers of their words within a minute.")
