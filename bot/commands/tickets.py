"""`privacydesk tickets`: list them, show one with its clock, and count all again by other rules. Read only."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from bot.commands import database
from bot.errors import DeskError
from bot.tickets.rules import REGIMES
from bot.tickets.vocabulary import KINDS, STATES

if TYPE_CHECKING:
    from bot.tickets.models import Ticket
    from bot.tickets.replaying import Replayed

MOST_LISTED = 1_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REPLAY = """\b
Examples:
  privacydesk tickets replay
  privacydesk tickets replay --rules draft.toml --json
  privacydesk tickets replay --rules eu-gdpr --calendar IE
"""


@click.group(epilog="Example: privacydesk tickets replay --rules draft.toml --calendar GB-ENG")
def tickets() -> None:
    """List tickets, show one with its clock, and count their dates again by other rules. Nothing is written."""


@tickets.command("list", epilog="Example: privacydesk tickets list --state review")
@click.option("--state", type=click.Choice(STATES), help="Only tickets in this state.")
@click.option("--kind", type=click.Choice(KINDS), help="Only tickets of this kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--limit", type=click.IntRange(1, MOST_LISTED), default=50, show_default=True, help="At most so many.")
def list_tickets(*, state: str | None, kind: str | None, as_json: bool, limit: int) -> None:
    """The newest tickets, without their customers' words."""
    from sqlalchemy import select

    from bot.tickets.models import Ticket

    query = select(Ticket).order_by(Ticket.id.desc()).limit(limit)
    query = query.where(Ticket.state == state) if state else query
    query = query.where(Ticket.kind == kind) if kind else query
    with database.looking() as look:
        found = look(lambda session: [_facts(ticket) for ticket in session.scalars(query)])
    for facts in found:
        due = facts["due"] or "no date"
        line = f"{facts['reference']}  {due:10}  {facts['kind']:13}  {facts['state'].replace('_', ' ')}"
        click.echo(json.dumps(facts) if as_json else line)


@tickets.command(epilog="Example: privacydesk tickets show DR-7K3M9-QX4RT")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(reference: str, *, as_json: bool) -> None:
    """One ticket: where it stands, its ledger, and why its date is what it is. A merged one leads to what goes on."""
    with database.looking() as look:
        facts = look(lambda session: _whole(session, reference))
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(f"{facts['reference']}  {facts['kind']}  {facts['state'].replace('_', ' ')}")
    click.echo(f"due {facts['due'] or 'not while the clock waits'}, our own date {facts['internal_due'] or 'none'}")
    for row in facts["ledger"]:
        detail = " ".join(f"{name}={value}" for name, value in row["data"].items())
        # A reason is somebody's words and may hold signs that a terminal takes for orders.
        click.echo(_CONTROL.sub("\ufffd", f"  {row['at']}  {row['type']}  {detail}".rstrip()))
    for sentence in facts["trace"]:
        click.echo(f"  {sentence}")


@tickets.command(epilog=_REPLAY)
@click.option("--rules", metavar="FILE|EDITION|REGIME", help="A TOML file of rules, an edition, or another regime.")
@click.option("--calendar", metavar="CODE", help="Whose working days: GB-ENG, GB-SCT, IE, US-CA …")
@click.option("--all", "everything", is_flag=True, help="List also what would stay the same.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def replay(*, rules: str | None, calendar: str | None, everything: bool, as_json: bool) -> None:
    """Count every ticket's ledger again by other rules or another calendar, and list what would change.

    Without either, it proves that the dates of now follow from the ledgers. Nothing is written. Exits with 1 where a
    ticket can't be counted so.
    """
    from bot.tickets.calendars import UnknownCalendar, calendar_for
    from bot.tickets.ledger import Other
    from bot.tickets.replaying import replay as count
    from bot.tickets.rule_files import RulesError, find
    from bot.tickets.rules import IN_FORCE

    try:
        found: Any = rules if rules in REGIMES else None
        other = Other(IN_FORCE if rules is None or found else find(rules), found, calendar)
        if calendar is not None:
            calendar_for(calendar)
    except (RulesError, UnknownCalendar) as error:
        raise DeskError(str(error)) from None
    counted = changed = failed = 0
    with database.looking() as look:

        def work(session: Any) -> None:
            nonlocal counted, changed, failed
            for each in count(session, other):
                counted, changed, failed = counted + 1, changed + each.changed, failed + bool(each.error)
                if each.changed or everything:
                    click.echo(json.dumps(_replayed(each)) if as_json else _line(each))

        look(work)
    click.echo(f"{counted} counted, {changed} would change, {failed} can't be counted so", err=True)
    if failed:
        click.get_current_context().exit(1)


def _line(each: Replayed) -> str:
    then = "not counted" if each.error else each.due_then or "no date"
    return f"{each.reference}  {each.due_now or 'no date'} -> {then}  {each.error or each.why}".rstrip()


def _replayed(each: Replayed) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "kind": each.kind,
        "state": each.state,
        "due_now": each.due_now.isoformat() if each.due_now else None,
        "due_then": each.due_then.isoformat() if each.due_then else None,
        "why": each.why,
        **({"error": each.error} if each.error else {}),
    }


def _facts(ticket: Ticket) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "kind": ticket.kind,
        "state": ticket.state,
        "received": ticket.received_at.isoformat(),
        "due": ticket.due_on.isoformat() if ticket.due_on else None,
        "internal_due": ticket.internal_due_on.isoformat() if ticket.internal_due_on else None,
        "regime": ticket.regime,
        "calendar": ticket.calendar,
    }


def _whole(session: Any, reference: str) -> dict[str, Any]:
    from bot.tickets import ledger
    from bot.tickets.joining import resolve

    ticket = resolve(session, reference)
    entries = ledger.rows(session, ticket.id)
    return {
        **_facts(ticket),
        "ledger": [{"at": row.at.isoformat(), "type": row.type, "data": row.data} for row in entries],
        "trace": list(ticket.trace),
    }
