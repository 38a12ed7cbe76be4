"""Data sources beside the desk: those that can are told to erase the person, the others are listed for staff.

Called before anything of the desk's own is removed, since a source finds the person by their addresses. It runs
outside any transaction; a source that can't be reached puts the whole erasure off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.models import Contact
from bot.conversations.by_hand import WHILE_THERE
from bot.erasure import reports
from bot.erasure.models import ErasureRun
from bot.sources.base import DataSource, Subject
from bot.sources.registry import OWN, Installed

Sources = Mapping[str, DataSource]


class Outside(NamedTuple):
    """What is to be erased outside: whose, and in which sources (names) it is not done yet."""

    subject: Subject
    names: tuple[str, ...]


class PutOff(Exception):
    """A source can't erase now: the text is for staff, and names the mend."""


def of(installed: Mapping[str, Installed]) -> Sources:
    """The desk's data sources but for its own, by name."""
    return {name: each.source for name, each in installed.items() if name != OWN}


def listed(sources: Sources) -> list[tuple[str, str]]:
    """(name, title) of each, for a new erasure."""
    return [(name, source.title) for name, source in sources.items()]


def to_do(session: Session, run: ErasureRun) -> Outside:
    """Whose data is to be erased outside, by the addresses that are still on record."""
    contacts = session.scalars(select(Contact).where(Contact.id.in_(run.contacts)))
    names = tuple(each.name for each in contacts if each.name)
    addresses = tuple(each for each in reports.addresses(session, run.contacts) if each[0] not in WHILE_THERE)
    waiting = tuple(each["source"] for each in run.sources if each["state"] == "waiting")
    return Outside(Subject(addresses, names, contacts=tuple(run.contacts)), waiting)


def erase(sources: Sources, outside: Outside) -> dict[str, int]:
    """Tell each source that can: how many records went, by its name. May be called again after a failure.

    Raises:
        PutOff: one of them can't now.
    """
    gone: dict[str, int] = {}
    for name in outside.names:
        work = getattr(sources.get(name), "erase", None)
        if work is None:
            continue
        try:
            gone[name] = len(work(outside.subject))
        except Exception as error:
            raise PutOff(f"The source {name} could not erase now ({type(error).__name__}): see that it runs") from error
    return gone


def noted(run: ErasureRun, gone: Mapping[str, int], now: str) -> None:
    """Keep what the sources erased; the others stay for staff."""
    run.sources = [
        {**each, "state": "erased", "count": gone[each["source"]], "by": "bot", "at": now}
        if each["source"] in gone
        else each
        for each in run.sources
    ]


def by_hand(run: ErasureRun) -> Sequence[Mapping[str, Any]]:
    """The sources that still wait for staff."""
    return [each for each in run.sources if each["state"] == "waiting"]
