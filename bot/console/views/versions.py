"""Page "Knowledge versions": drafts, the dry run over past questions, publishing, and going back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import structlog
from aiohttp import web
from sqlalchemy.orm import Session

from bot.console import words
from bot.console.gate import Call
from bot.console.typed import NOTHING, Typed
from bot.console.views import learning, questions
from bot.errors import TemporaryError
from bot.learning import repository, service
from bot.learning.models import KnowledgeVersion, Lesson
from bot.learning.service import Pending, Refused, Stale
from knowledge.topics import classifier

log = structlog.get_logger()
MOST_SHOWN = 50
MEANWHILE = (
    "Nothing was published: somebody else drafted, changed or published meanwhile. Look at what would change now, "
    "then publish again. Your note is kept."
)


class Read(NamedTuple):
    """What the page shows."""

    pending: Pending
    published: Sequence[Lesson]
    versions: Sequence[KnowledgeVersion]
    names: Mapping[int, str]


async def listing(call: Call) -> web.StreamResponse:
    """What waits, what is taught, and every version; with `try`, what would change for past questions."""
    return await show(call, tries="try" in call.request.query)


async def show(call: Call, *, tries: bool, typed: Typed = NOTHING) -> web.StreamResponse:
    """The page; `tries` runs the dry run, which is what publishing is offered after."""

    def work(session: Session) -> Read:
        return Read(
            service.pending(session), repository.lessons(session, "published"),
            repository.versions(session, MOST_SHOWN), learning.names(session),
        )  # fmt: skip

    read = await call.desk.database.read(work)
    trial, problem = None, typed.problem
    if tries and (read.pending.drafts or read.pending.leaving):
        try:
            trial = await call.desk.keeper.rehearse()
        except Refused as error:
            problem = problem or f"The drafts can't be tried: {error}."
    starts = {site.key: _starts(call, site.policy) for site in call.desk.sites} if trial else {}
    return learning.show(
        call, "versions.html", status=typed.status, read=read, starts=starts, trial=trial, problem=problem, typed=typed,
        may_publish=call.who.may("lead"),
    )  # fmt: skip


def _starts(call: Call, policy: str) -> dict[str, str]:
    """Clause → how it begins."""
    return {
        each.id: learning.start(each.text) for each in call.desk.library.in_force(policy, call.desk.today()).passages
    }


async def publish(call: Call) -> web.StreamResponse:
    """Put in force what waits, as it was seen in the dry run."""
    form = call.form
    waiting = await call.desk.database.read(service.pending)
    try:
        await call.desk.keeper.publish(call.actor, token=form.get("token", "")[:64], note=form.get("note", "")[:2_000])
    except Stale:
        return await show(call, tries=True, typed=Typed("", MEANWHILE, form, 409))
    except Refused as error:
        return await show(call, tries=True, typed=Typed("", f"Nothing was published: {error}.", form, 422))
    try:
        await questions.settle_taught(call, {each.message_id for each in waiting.drafts if each.message_id})
    except TemporaryError as error:
        # What was published is in force all the same; the questions only stay on the list.
        log.warning("questions not settled", action="questions_unsettled", reason=type(error).__name__)
    return learning.see("/console/knowledge?done=published")


async def look(call: Call) -> web.StreamResponse:
    """One version: who made it, when and why, what it changed and all that it teaches."""
    return await show_one(call, call.number("number"))


async def show_one(call: Call, number: int, typed: Typed = NOTHING) -> web.StreamResponse:
    """The page of a version, with a note given back where going back to it was not possible."""

    def work(session: Session) -> tuple[KnowledgeVersion, KnowledgeVersion | None, Pending, Mapping[int, str]]:
        made = repository.version(session, number)
        before = repository.version(session, number - 1) if number > 1 else None
        return made, before, service.pending(session), learning.names(session)

    made, before, pending, names = await call.desk.database.read(work)
    was, now = _taught(before), _taught(made)
    known = {(key, day): digest for key, day, digest in before.policies} if before else {}
    return learning.show(
        call, "version.html", status=typed.status, version=made, names=names, pending=pending, typed=typed,
        added=[said for key, said in now.items() if key not in was],
        removed=[said for key, said in was.items() if key not in now],
        teaches=list(now.values()),
        texts=[(key, day) for key, day, digest in made.policies if known.get((key, day)) != digest] if before else [],
        software=before is not None and before.classifier != made.classifier,
        may_publish=call.who.may("lead"),
    )  # fmt: skip


def _taught(version: KnowledgeVersion | None) -> dict[str, tuple[str, str]]:
    """Each lesson of a version as (policy, what it teaches), by a key of its own."""
    found = {}
    for each in version.lessons if version else ():
        for row in each["lessons"]:
            said = words.lesson(row["kind"], row, classifier().names)
            found[f"{each['policy']} {sorted(row.items())}"] = (str(each["policy"]), said)
    return found


async def revert(call: Call) -> web.StreamResponse:
    """Teach again what that version taught."""
    number, form = call.number("number"), call.form
    token, note = form.get("token", "")[:64], form.get("note", "")[:2_000]
    try:
        await call.desk.keeper.revert(number, call.actor, token=token, note=note)
    except Stale:
        text = MEANWHILE.replace("Nothing was published", "Nothing was changed")
        return await show_one(call, number, Typed("", text.replace("publish again", "go back again"), form, 409))
    except Refused as error:
        return await show_one(call, number, Typed("", f"Nothing was changed: {error}.", form, 422))
    return learning.see("/console/knowledge?done=reverted")
