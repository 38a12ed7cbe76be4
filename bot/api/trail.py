"""The audit, for whoever keeps a second copy of it elsewhere."""

from __future__ import annotations

from bot.api import answers, queries, shown
from bot.api.bodies import AuditQuery
from bot.api.gate import Call


async def index(call: Call) -> answers.Entries:
    """A page of the audit, oldest first."""
    after = call.query(AuditQuery).after
    rows, last = await call.desk.database.read(lambda session: queries.audit(session, after))
    return answers.Entries(items=[shown.entry(row) for row in rows], after=last)
