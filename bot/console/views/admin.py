"""Pages for leads and admins: who works here, and what was refused at the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.console import words
from bot.console.gate import Call
from bot.console.models import Staff, StaffSession
from bot.console.views.common import rendered

REASONS = {
    "bad_signature": "the signature was wrong or missing",
    "wrong_account": "it names a Twilio account that is none of ours",
    "another_accounts_number": "it came by one Twilio account for another's number: see DESK_TWILIO_ACCOUNTS",
    "no_credentials": "no Twilio account is set, so no signature can be checked",
    "came_by_fallback": "Twilio's first try failed; it came by the fallback URL and is here",
    "unreadable": "it could not be read as what Twilio sends",
    "absolute_target": "it was asked for under another host's name",
    "no_call": "it is of no telephone call",
    "oversized": "it was too large",
    "slow": "it did not arrive in time",
    "too_many_calls": "one number called too often in an hour",
    "mailbox": "it was for an address in our domains that is no mailbox here: if it should be, name it in desk.toml",
    "relaying": "it was for somebody else's address, which is not for us to pass on",
    "messages": "one server sent too many mails in a minute, and was told when to go on",
    "connections": "there were too many connections at once",
    "peer": "the server is none that DESK_SMTP_ALLOW names",
    "origin": "it came from a web page that is not one of our sites",
    "session": "it named a chat that is not theirs, or is over",
    "identity": "the host site's word for who they are was wrong: see DESK_CHAT_IDENTITY_SECRET",
    "too_large": "it was too large",
    "flood": "too many came too fast",
}


class Refused(NamedTuple):
    """How many deliveries were refused, on which channel, and why."""

    channel: str
    reason: str
    times: int


class Colleague(NamedTuple):
    """One account, and when it was last used."""

    staff: Staff
    seen_at: datetime | None


async def rejections(call: Call) -> web.StreamResponse:
    """What was refused at the door since the desk started, by channel and reason."""
    found = []
    for metric in call.desk.metrics.rejected.collect():
        for sample in metric.samples:
            if sample.name.endswith("_total") and sample.value:
                reason = sample.labels["reason"]
                found.append(
                    Refused(
                        words.way(sample.labels["channel"]),
                        REASONS.get(reason, reason.replace("_", " ")),
                        int(sample.value),
                    )
                )
    found.sort(key=lambda entry: -entry.times)
    return rendered(call, "rejections.html", refused=found)


async def staff(call: Call) -> web.StreamResponse:
    """Who has an account, in which role, and when they were last here."""
    colleagues = await call.desk.database.read(_colleagues)
    return rendered(call, "staff.html", colleagues=colleagues)


def _colleagues(session: Session) -> Sequence[Colleague]:
    seen = select(StaffSession.staff_id, func.max(StaffSession.seen_at).label("at")).group_by(StaffSession.staff_id)
    last = seen.subquery()
    query = select(Staff, last.c.at).outerjoin(last, last.c.staff_id == Staff.id).order_by(Staff.name, Staff.email)
    return [Colleague(row[0], row[1]) for row in session.execute(query.limit(500))]
