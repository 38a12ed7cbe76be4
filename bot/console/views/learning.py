"""What the pages of learning share: the desk's policies, the clauses to choose from, lessons with their people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, ParamSpec, TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console import conversation_queries, words
from bot.console.gate import Call
from bot.console.views import clauses
from bot.console.views.common import rendered
from bot.desk import Desk
from bot.learning import service, versions
from bot.learning.models import Lesson
from knowledge.base import Citation, Policy
from knowledge.lessons import LONGEST_CURATED, LONGEST_QUESTION, LessonError, Lessons
from knowledge.library import Library
from knowledge.topics import classifier

P = ParamSpec("P")
T = TypeVar("T")
MOST_OFFERED = 1_000
MOST_SUGGESTED = 6
LONGEST_START = 70
DONE = {
    "drafted": "The draft is kept. Nothing changes for customers until it is published.",
    "changed": "The draft is changed.",
    "replaced": "The change is a draft now; what is published stays until it is published in its place.",
    "withdrawn": "It is withdrawn. What was published goes with the next publishing.",
    "kept": "It stays.",
    "aside": "The questions are set aside. They come back when a new one like them is asked.",
    "again": "The questions are back among those to learn from.",
    "published": "Published. The desk answers from it now.",
    "reverted": "Done. The desk answers again as it did then.",
}


class Clause(NamedTuple):
    """A clause to choose: its id, and how it begins."""

    id: str
    start: str


def policies(desk: Desk) -> Mapping[str, str]:
    """Key → the company's name, of each policy that a site answers from."""
    keys = dict.fromkeys(site.policy for site in desk.sites)
    return {key: desk.library.in_force(key, desk.today()).company for key in keys}


def policy_of(desk: Desk) -> Mapping[str, str]:
    """Site → policy."""
    return {site.key: site.policy for site in desk.sites}


def offered(policy: Policy) -> Sequence[Clause]:
    """The clauses of a policy for a form's list."""
    return [Clause(each.id, start(each.text)) for each in policy.passages[:MOST_OFFERED]]


def start(text: str) -> str:
    """How a clause begins."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_START else f"{text[: LONGEST_START - 1].rsplit(' ', 1)[0]} …"


def suggested(library: Library, key: str, asked: str, today: date, among: Sequence[str] = ()) -> list[Citation]:
    """Clauses that may answer a question, best first behind those of `among`, also where the policy is silent."""
    policy = library.in_force(key, today)
    known = {each.id for each in policy.passages}
    found = [each.id for each in clauses.search(library, key, asked, today)]
    found += library.nearest(asked, policy=key, as_of=today, limit=MOST_SUGGESTED)
    ids = dict.fromkeys([*(ident for ident in among if ident in known), *found])
    return [clauses.cite(policy, ident) for ident in list(ids)[:MOST_SUGGESTED]]


def drafts(session: Session, live: Library) -> Library | None:
    """The library as it would be after publishing; None where nothing waits.

    Raises:
        service.Refused: the drafts contradict each other.
    """
    found = service.pending(session)
    if not found.drafts and not found.leaving:
        return None
    return with_lessons(live, service.drafted(session))


def with_lessons(live: Library, lessons: Sequence[Lessons]) -> Library:
    """Those lessons over the live policies. Raises service.Refused."""
    try:
        return live.taught(lessons)
    except LessonError as error:
        raise service.Refused(str(error)) from error


def names(session: Session) -> Mapping[int, str]:
    """Everybody's names, by their numbers."""
    return {row.id: row.name or row.email for row in conversation_queries.staff(session)}


def said(lesson: Lesson) -> str:
    """What a lesson teaches, in one line."""
    return words.lesson(lesson.kind, lesson.content, classifier().names)


def show(call: Call, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page of learning; `done` in the address says what was done."""
    return rendered(
        call,
        template,
        status=status,
        done=DONE.get(call.request.query.get("done", ""), ""),
        said=said,
        start=start,
        topics=classifier().names,
        policies=policies(call.desk),
        longest={"question": LONGEST_QUESTION, "curated": LONGEST_CURATED, "note": versions.LONGEST_NOTE},
        **values,
    )


async def in_turn(call: Call, work: Callable[P, T], *args: P.args, **values: P.kwargs) -> T:
    """Do in a thread what takes its time, when it is this page's turn. Raises turns.Full."""
    async with call.desk.keeper.turns.turn():
        return await asyncio.to_thread(work, *args, **values)


def see(path: str) -> web.Response:
    """Go to a page after something was done."""
    return web.Response(status=303, headers={"Location": path})


def number(value: str) -> int:
    """A number from a form; 0 where it is none."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else 0  # noqa: PLR2004  64 bits
