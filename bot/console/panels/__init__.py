"""The panels of a ticket's page, in their order. A panel is one question about the ticket, answered in one section.

How to add one:

1. `bot/console/panels/KEY.py` with `load(session, ticket, call)`: reads what the section shows, writes nothing.
2. `bot/console/templates/panels/KEY.html`: gets it as `panel`, and needs no heading: the page writes the title.
3. A row in PANELS below. `applies(ticket, call)` says for which tickets the section is there at all.
4. Forms post to `/console/tickets/{id}/…`, begin with `{{ hidden() }}`, and keep what was typed by `{{ was("name") }}`.
5. Their handlers in `bot/console/views/KEY.py` end in `ticket_run` or `ticket_done` of `views/ticket_page.py`, with
   a key of the panel's `done` for the word that is said afterwards. Routes stand in `views/__init__.py`.

In a template there are also: `ticket`, `head` (person, conversation, colleagues, names), `who` (the reader), `say` and
`words` (dates, ages, states in words), and `icon`, `moment` from "console/icons.html".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.panels import clock, erasure, history, identity, package, proof, release, reminders, search, steps
from bot.tickets.models import Ticket


def always(_ticket: Ticket, _call: Call) -> bool:
    """For panels that every ticket has."""
    return True


class Panel(NamedTuple):
    """One section of a ticket's page. `key` is its anchor, `title` its heading, `template` a name like "console/…".

    All panels' `load` run in one read of the database, in this order. `done` are the words after a panel's form was
    taken, by their keys.
    """

    key: str
    title: str
    template: str
    load: Callable[[Session, Ticket, Call], Any]
    applies: Callable[[Ticket, Call], bool] = always
    done: Mapping[str, str] = {}


PANELS: tuple[Panel, ...] = (
    Panel("steps", "Next steps", "console/panels/steps.html", steps.load, done=steps.DONE),
    Panel("identity", "Who is it", "console/panels/identity.html", identity.load, identity.applies, identity.DONE),
    Panel("clock", "The clock", "console/panels/clock.html", clock.load),
    Panel("checklist", "Search", "console/panels/search.html", search.load, search.applies, search.DONE),
    Panel("package", "Package", "console/panels/package.html", package.load, package.applies, package.DONE),
    Panel(
        "release", "Release and delivery", "console/panels/release.html", release.load, release.applies, release.DONE
    ),
    Panel("erasure", "Erasure", "console/panels/erasure.html", erasure.load, erasure.applies, erasure.DONE),
    Panel("reminders", "Reminders", "console/panels/reminders.html", reminders.load, done=reminders.DONE),
    Panel("history", "History", "console/panels/history.html", history.load),
    Panel("proof", "Proof", "console/panels/proof.html", proof.load),
)
