"""Pages "Questions": what went unanswered or did not help, grouped by likeness; one group, and how to teach from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console.clusters import Cluster, Sort, clusters
from bot.console.gate import Call
from bot.console.trial import House, Tried, better, tried
from bot.console.typed import NOTHING, Typed
from bot.console.views import learning
from bot.errors import NotFound
from bot.learning import questions, repository, service
from bot.learning.grouping import MOST
from bot.learning.models import Lesson
from bot.learning.questions import Question
from knowledge.library import Library

PAGE = 30
MOST_SETTLED = 500
MOST_SEEN = 500
"""Conversations that one entry of the audit names."""
"""Questions of one group that are asked again when a lesson made from it is published."""
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
    groups = await learning.in_turn(call, clusters, found, learning.policy_of(call.desk), sort)
    shown = [group for group in groups if (group.state != "open") == settled]
    first = learning.number(asked.get("from", ""))
    await _seen(call, [each.questions[0] for each in shown[first : first + PAGE]])
    kept = {"policy": policy, "days": days, "sort": sort, "show": "settled" if settled else ""}
    return learning.show(
        call, "questions.html", groups=shown[first : first + PAGE], total=len(shown), first=first, page=PAGE,
        chosen=kept, keep=urlencode({name: value for name, value in kept.items() if value}), periods=PERIODS,
        sorts=SORTS, drafted={lesson.message_id for lesson in lessons}, looked=len(found), most=MOST,
    )  # fmt: skip


async def group(call: Call) -> web.StreamResponse:
    """One group: its questions, what would be answered now and with the drafts, and forms to teach from it."""
    return await show(call, call.number("id"))


async def _seen(call: Call, shown: Sequence[Question]) -> None:
    """Keep whose words a colleague saw, and that it was to teach the bot."""
    if not shown or "X-Desk-Live" in call.request.headers:
        return
    who, now = f"staff:{call.who.id}", call.desk.now()
    facts = {"reason": "teaching", "conversations": sorted({each.conversation_id for each in shown})[:MOST_SEEN]}

    def unit(session: Session) -> None:
        audit.append(session, actor=who, action="conversations.listed", subject="conversations", data=facts, now=now)

    await call.desk.database.write(unit)


async def show(call: Call, ident: int, typed: Typed = NOTHING) -> web.StreamResponse:
    """The page of the group that a question is in, with a form given back where it could not be taken."""
    read = await read_group(call, ident)
    cluster = read.cluster
    await _seen(call, cluster.questions)
    asked = typed.form.get("q", call.request.query.get("q", ""))[:200].strip()
    trial = await learning.in_turn(call, trial_of, call, read)
    leader = cluster.questions[0]
    nearest = await learning.in_turn(
        call,
        learning.suggested,
        read.live,
        cluster.policy,
        asked or leader.words,
        call.desk.today(),
        () if asked else leader.clauses,
    )
    return learning.show(
        call, "question_group.html", status=typed.status, group=cluster, lessons=read.lessons, trial=trial,
        waits=read.draft is not None, problem=read.problem, typed=typed, suggested=nearest, searched=asked,
        offered=learning.offered(read.live.in_force(cluster.policy, call.desk.today())),
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
    groups = await learning.in_turn(call, clusters, found, learning.policy_of(call.desk))
    for cluster in groups:
        ids = {question.id for question in cluster.questions}
        if ident in ids:
            return Read(cluster, [each for each in lessons if each.message_id in ids], live, draft, problem)
    raise NotFound(
        f"this question is not among the newest {MOST:,} that went unanswered: look at the list of questions"
    )


def trial_of(call: Call, read: Read) -> list[Tried]:
    """What would be answered to the group's questions, today."""
    asked = [(question.id, question.words) for question in read.cluster.questions]
    house = House(read.cluster.policy, call.desk.settings.base_url, call.desk.today())
    return tried(asked, read.live, read.draft, house)


async def settle_taught(call: Call, origins: Collection[int]) -> None:
    """Note which questions beside these lines, from which lessons were just published, are answered from now on."""
    found = await call.desk.database.read(questions.newest)
    live, who, now = call.desk.library, call.actor, call.desk.now()

    def answered() -> list[tuple[int, list[int]]]:
        groups = []
        for cluster in clusters(found, learning.policy_of(call.desk)):
            origin = next((each.id for each in cluster.questions if each.id in origins), 0)
            if origin:
                house = House(cluster.policy, call.desk.settings.base_url, call.desk.today())
                left = [each for each in cluster.questions[:MOST_SETTLED] if each.state == "open"]
                told = [each.id for each in left if better(each, live, house)]
                groups.append((origin, told))
        return groups

    settled = await learning.in_turn(call, answered) if origins else []

    def work(session: Session) -> None:
        for origin, ids in settled:
            questions.settle(session, ids, who, now, origin_id=origin)

    if settled:
        await call.desk.database.write(work)


async def set_aside(call: Call) -> web.StreamResponse:
    """There is nothing to learn from this group."""
    read, who, now = await read_group(call, call.number("id")), call.actor, call.desk.now()
    ids = [question.id for question in read.cluster.questions]
    await call.desk.database.write(lambda s: questions.settle(s, ids, who, now))
    return learning.see(f"/console/questions/{read.cluster.leader}?done=aside")


async def take_up(call: Call) -> web.StreamResponse:
    """There is something to learn from it after all."""
    read, who, now = await read_group(call, call.number("id")), call.actor, call.desk.now()
    ids = [question.id for question in read.cluster.questions]
    await call.desk.database.write(lambda s: questions.reopen(s, ids, who, now))
    return learning.see(f"/console/questions/{read.cluster.leader}?done=again")
