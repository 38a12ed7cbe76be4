"""Pages "Questions": what went unanswered or did not help, grouped by likeness, and one group with what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console.clusters import Cluster, Sort, clusters
from bot.console.gate import Call
from bot.console.trial import Tried, tried
from bot.console.views import learning
from bot.console.views.actions import actor
from bot.console.views.learning import NOTHING, Typed
from bot.errors import NotFound
from bot.learning import questions, repository, service
from bot.learning.models import Lesson
from bot.learning.questions import Question
from knowledge.library import Library

PAGE = 30
PERIODS = {"7": "the last 7 days", "30": "the last 30 days", "90": "the last 90 days", "365": "the last year"}
SORTS: dict[Sort, str] = {"biggest": "Biggest first", "newest": "Newest first"}


@dataclass(frozen=True, slots=True)
class Read:
    """One group with all that its page shows. `problem` says why the drafts can't be tried."""

    cluster: Cluster
    lessons: Sequence[Lesson]
    live: Library
    draft: Library | None
    problem: str


async def listing(call: Call) -> web.StreamResponse:
    """The groups, filtered by policy, period and state."""
    asked = call.request.query
    policy = asked.get("policy", "") if asked.get("policy", "") in learning.policies(call.desk) else ""
    days = asked.get("days", "") if asked.get("days", "") in PERIODS else ""
    sort: Sort = "newest" if asked.get("sort") == "newest" else "biggest"
    settled = asked.get("show") == "settled"
    sites = [site.key for site in call.desk.sites if policy and site.policy == policy]
    since = call.desk.now() - timedelta(days=int(days)) if days else None
    found, lessons = await call.desk.database.read(
        lambda s: (questions.newest(s, sites=sites, since=since), repository.lessons(s, "draft"))
    )
    groups = await asyncio.to_thread(clusters, found, learning.policy_of(call.desk), sort)
    shown = [group for group in groups if (group.state != "open") == settled]
    first = learning.number(asked.get("from", ""))
    kept = {"policy": policy, "days": days, "sort": sort, "show": "settled" if settled else ""}
    return learning.show(
        call, "questions.html", groups=shown[first : first + PAGE], total=len(shown), first=first, page=PAGE,
        asked=kept, keep=urlencode({name: value for name, value in kept.items() if value}), periods=PERIODS,
        sorts=SORTS, drafted={lesson.message_id for lesson in lessons}, looked=len(found), most=questions.MOST,
    )  # fmt: skip


async def group(call: Call) -> web.StreamResponse:
    """One group: its questions, what would be answered now and with the drafts, and forms to teach from it."""
    return await show(call, call.number("id"))


async def show(call: Call, ident: int, typed: Typed = NOTHING) -> web.StreamResponse:
    """The page of the group that a question is in, with a form given back where it could not be taken."""
    read = await read_group(call, ident)
    cluster, base = read.cluster, call.desk.settings.base_url
    asked = (typed.form.get("q") or call.request.query.get("q", ""))[:200]
    trial = await asyncio.to_thread(trial_of, read, base)
    leader = cluster.questions[0]
    nearest = await asyncio.to_thread(
        learning.suggested, read.live, cluster.policy, asked or leader.words, [] if asked else list(leader.clauses)
    )
    return learning.show(
        call, "question_group.html", status=typed.status, group=cluster, lessons=read.lessons, trial=trial,
        waits=read.draft is not None, problem=read.problem, typed=typed, suggested=nearest, searched=asked,
        offered=learning.offered(read.live.in_force(cluster.policy)),
        changed=sum(len(each.ids) for each in trial if each.changes),
    )  # fmt: skip


async def read_group(call: Call, ident: int) -> Read:
    """Read the group that a question is in.

    Raises:
        NotFound: it is not among the newest questions.
    """
    live = call.desk.library

    def work(session: Session) -> tuple[list[Question], Sequence[Lesson], Library | None, str]:
        found, lessons = questions.newest(session), repository.lessons(session, "draft", "published")
        try:
            return found, lessons, learning.drafts(session, live), ""
        except service.Refused as error:
            return found, lessons, None, str(error)

    found, lessons, draft, problem = await call.desk.database.read(work)
    groups = await asyncio.to_thread(clusters, found, learning.policy_of(call.desk))
    for cluster in groups:
        ids = {question.id for question in cluster.questions}
        if ident in ids:
            return Read(cluster, [each for each in lessons if each.message_id in ids], live, draft, problem)
    raise NotFound(
        f"this question is not among the newest {questions.MOST:,} that went unanswered: look at the list of questions"
    )


def trial_of(read: Read, base_url: str) -> list[Tried]:
    """What would be answered to the group's questions."""
    asked = [(question.id, question.words) for question in read.cluster.questions]
    return tried(asked, read.live, read.draft, read.cluster.policy, base_url)


async def settle_by_drafts(call: Call, ident: int) -> None:
    """Note which questions of the group the drafts would answer: they are settled once those are published."""
    read = await read_group(call, ident)
    trial = await asyncio.to_thread(trial_of, read, call.desk.settings.base_url)
    ids = [line for each in trial if each.changes and each.drafted.outcome == "answered" for line in each.ids]
    if ids:
        who, now = actor(call), call.desk.now()
        await call.desk.database.write(lambda s: questions.settle(s, ids, who, now, origin_id=ident))


async def set_aside(call: Call) -> web.StreamResponse:
    """There is nothing to learn from this group."""
    read, who, now = await read_group(call, call.number("id")), actor(call), call.desk.now()
    ids = [question.id for question in read.cluster.questions]
    await call.desk.database.write(lambda s: questions.settle(s, ids, who, now))
    return learning.see(f"/console/questions/{read.cluster.leader}?done=aside")


async def take_up(call: Call) -> web.StreamResponse:
    """There is something to learn from it after all."""
    read, who, now = await read_group(call, call.number("id")), actor(call), call.desk.now()
    ids = [question.id for question in read.cluster.questions]
    await call.desk.database.write(lambda s: questions.reopen(s, ids, who, now))
    return learning.see(f"/console/questions/{read.cluster.leader}?done=again")
