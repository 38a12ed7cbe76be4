"""The console over 100,000 tickets, measured over HTTP."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from bot.tickets.models import Ticket
from bot.tickets.references import new_reference
from tests.bench.report import Figure
from tests.integration.console_support import console, http, signed_in

MANY = 100_000
LIMIT = 100.0
"""Milliseconds for a page."""

# Written in SQL, for the rows are only weight: a tenth of the conversations open, half of those with people.
NUMBERS = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
AT = "datetime('2026-11-20 12:00:00', '-' || ((100000 - i) * 5) || ' minutes') || '.000000'"
STATEMENTS = (
    "INSERT INTO contact (id, name, created_at) SELECT i, 'Person ' || i, {at} FROM n",
    """INSERT INTO contact_address (contact_id, channel, value, bad_reason)
       SELECT i, 'sms', '+4477' || printf('%08d', i), '' FROM n""",
    """INSERT INTO conversation (id, channel, address, name, recipient, site, contact_id, subject, state, owner,
       owner_since, assignee_id, handover_reason, asked, last_intent, last_topic, last_text, last_direction, last_seq,
       version, created_at, last_at)
       SELECT i, 'sms', '+4477' || printf('%08d', i), 'Person ' || i, '', 'iomart', i, '',
       CASE WHEN i > 90000 THEN 'open' ELSE 'closed' END, CASE WHEN i > 95000 THEN 'human' ELSE 'bot' END, {at},
       CASE WHEN i > 95000 AND i % 4 THEN i % 3 + 1 END, '', '', 'access', '', 'what do you hold on me',
       CASE WHEN i % 2 THEN 'in' ELSE 'out' END, 2, 2, {at}, {at} FROM n""",
    """INSERT INTO ticket (reference, kind, state, conversation_id, contact_id, assignee_id, summary, reason,
       regime, calendar, timezone, received_at, due_on, settled_on, trace, extended, identity_tier, needed_tier,
       agent_kind, agent_for, agent_for_adult, refusal_reason, updated_at)
       SELECT 'DR-' || printf('%05d', i) || '-AAAAA', CASE i % 3 WHEN 0 THEN 'access' WHEN 1 THEN 'erasure' ELSE
       'complaint' END, CASE WHEN i > 95000 THEN CASE i % 3 WHEN 0 THEN 'received' WHEN 1 THEN 'searching' ELSE
       'awaiting_clarification' END ELSE 'closed' END, i, i, CASE WHEN i % 3 THEN 1 + i % 3 END, 'their words', '',
       'uk-gdpr', 'GB-SCT',
       'Europe/London', {at}, date({at}, '+30 days'), CASE WHEN i > 95000 THEN NULL ELSE date({at}, '+' || (i % 40) ||
       ' days') END, '[]', 0, 0, 2, '', '', 0, '',
       {at} FROM n""",
    """INSERT INTO message (conversation_id, seq, direction, author, text, quoted, subject, rfc_id, refs, intent,
       outcome, citations, choices, evidence, state, created_at)
       SELECT i, 1, 'in', 'you', 'what do you hold on me, and why', '', '', '', '[]', 'access',
       CASE WHEN i % 20 THEN '' ELSE 'silent' END, '[]', '[]', '{{}}', '', {at} FROM n""",
)


def fill(session: Session) -> None:
    """All the rows, in a few seconds."""
    for statement in STATEMENTS:
        into, _, rest = statement.partition("SELECT")
        session.execute(text(f"{into} {NUMBERS} SELECT {rest.format(at=AT)}".replace("{{}}", "{}")))


async def measure(folder: Path, *, tries: int) -> list[Figure]:
    """Pages over 100,000 tickets, each at its best of so many tries: the slowest, a ticket's, the reports'."""
    paths = [
        f"?view={view}" for view in ("mine", "unassigned", "due", "overdue", "waiting", "rights", "all", "unanswered")
    ]
    paths += ["?view=all&kind=breach", "?view=all&state=closed", f"conversations/{MANY - 5}?view=all"]
    paths += ["search?q=DR-99990", "search?q=%2B447700099", "search?q=Person+99999"]
    async with console(folder / "console") as desk, http() as browser:
        await desk.write(fill)
        reference = new_reference()
        named = update(Ticket).where(Ticket.id == MANY - 4).values(reference=reference)  # an access, still open
        await desk.write(lambda session: session.execute(named).rowcount)
        await signed_in(desk, browser)
        took = {path: await _best(f"{desk.url}/console/{path}", browser, tries) for path in paths}
        ticket = await _best(f"{desk.url}/console/tickets/{reference}", browser, tries)
        report = await _best(f"{desk.url}/console/report", browser, tries)
    slowest = max(took, key=lambda path: took[path])
    return [
        Figure(f"slowest console page of {MANY:,} tickets ({slowest})", took[slowest], "ms", LIMIT, "less"),
        Figure(f"the page of one of {MANY:,} tickets", ticket, "ms", LIMIT, "less"),
        Figure(f"the page of all reports of {MANY:,} tickets", report, "ms"),
    ]


async def _best(url: str, browser: aiohttp.ClientSession, tries: int) -> float:
    """Milliseconds."""
    times = []
    for _ in range(tries):
        begun = time.perf_counter()
        async with browser.get(url) as response:
            response.raise_for_status()
            await response.read()
        times.append(time.perf_counter() - begun)
    return min(times) * 1e3
