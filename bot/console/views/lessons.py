"""Drafting lessons: an example question, topic tags or a curated answer; changing and withdrawing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.typed import NOTHING, Typed
from bot.console.views import learning, questions, topics
from bot.errors import NotFound
from bot.learning import repository, service
from bot.learning.models import Lesson
from knowledge.lessons import KINDS

STALE = "Somebody else changed this meanwhile: it stands above as it is now. What you typed is kept below."


def content_of(form: Mapping[str, str]) -> dict[str, Any]:
    """A lesson's fields as a form has them: `cite-ID` and `also-TOPIC` are ticked boxes, `other` is one more clause."""
    kind = form.get("kind", "")
    other = form.get("other", "").strip()[:120]
    if kind == "example":
        return {"question": form.get("question", ""), "clause": other or form.get("clause", "")}
    if kind == "tags":
        also = [name.removeprefix("also-") for name in form if name.startswith("also-")]
        return {"clause": form.get("clause", ""), "topics": list(dict.fromkeys([form.get("main", ""), *sorted(also)]))}
    cited = [name.removeprefix("cite-") for name in form if name.startswith("cite-")]
    asked = [line for line in form.get("questions", "").splitlines() if line.strip()]
    chosen = list(dict.fromkeys([*cited, *([other] if other else [])]))
    return {"questions": asked, "text": form.get("text", ""), "clauses": chosen}


async def add(call: Call) -> web.StreamResponse:
    """Draft a lesson, from a group of questions or from a clause; what can't be taught comes back as it was typed."""
    form, who, now = call.form, call.actor, call.desk.now()
    policy, line, kind = form.get("policy", ""), learning.number(form.get("from", "")), form.get("kind", "")
    if policy not in learning.policies(call.desk) or kind not in KINDS:
        raise NotFound("there is no such policy or kind of lesson: load the page again")
    # Enter in the field of the search sends the whole form too: a search that was not made yet is meant.
    if line and ("find" in form or form.get("q", "") != form.get("searched", "")):
        return await questions.show(call, line, Typed(form=form))
    if line:
        await questions.read_group(call, line)
    library, today, content = call.desk.library, call.desk.today(), content_of(form)

    def work(session: Session) -> None:
        service.add(
            session, who, policy=policy, kind=kind, content=content, library=library, now=now, today=today,
            message_id=line or None,
        )  # fmt: skip

    try:
        await call.desk.database.write(work)
    except service.Refused as error:
        return await _again(call, Typed("", _sentence(error), form, 422), line)
    if line:
        return learning.see(f"/console/questions/{line}?done=drafted#trial")
    return learning.see("/console/knowledge?done=drafted")


async def _again(call: Call, typed: Typed, line: int) -> web.StreamResponse:
    if typed.form.get("kind") == "tags":
        return await topics.show_clause(call, typed.form.get("policy", ""), typed.form.get("clause", ""), typed)
    if not line:
        raise NotFound("a lesson is made from a question or a clause: choose one")
    return await questions.show(call, line, typed)


async def look(call: Call) -> web.StreamResponse:
    """One lesson, with a form to change it."""
    return await show(call, call.number("id"))


async def show(call: Call, ident: int, typed: Typed = NOTHING) -> web.StreamResponse:
    """The lesson as it is now, and what somebody had typed where that could not be kept."""
    lesson, names = await call.desk.database.read(lambda s: (repository.lesson(s, ident), learning.names(s)))
    policy = call.desk.library.in_force(lesson.policy, call.desk.today())
    return learning.show(
        call, "lesson.html", status=typed.status, lesson=lesson, names=names, typed=typed,
        offered=learning.offered(policy), policy=policy,
    )  # fmt: skip


async def edit(call: Call) -> web.StreamResponse:
    """Change a draft, or draft a change of what is published."""
    ident, form, who, now = call.number("id"), call.form, call.actor, call.desk.now()
    library, today, seen = call.desk.library, call.desk.today(), learning.number(form.get("seen", ""))

    def work(session: Session) -> tuple[int, bool]:
        kind = repository.lesson(session, ident).kind
        content = content_of({**form, "kind": kind})
        made: Lesson = service.edit(
            session, ident, who, content=content, seen=seen, library=library, now=now, today=today
        )
        return made.id, made.id != ident

    try:
        made, replaces = await call.desk.database.write(work)
    except service.Stale:
        return await show(call, ident, Typed("", STALE, form, 409))
    except service.Refused as error:
        return await show(call, ident, Typed("", _sentence(error), form, 422))
    return learning.see(f"/console/lessons/{made}?done={'replaced' if replaces else 'changed'}")


async def withdraw(call: Call) -> web.StreamResponse:
    """Drop a draft; let what is published go with the next publishing, or let it stay after all."""
    ident, who, now = call.number("id"), call.actor, call.desk.now()
    seen = learning.number(call.form.get("seen", ""))

    def work(session: Session) -> tuple[str, bool]:
        row = service.withdraw(session, ident, who, seen=seen, now=now)
        return row.state, row.leaving

    try:
        state, leaving = await call.desk.database.write(work)
    except service.Stale:
        return await show(call, ident, Typed("", STALE.partition(". What")[0] + ".", status=409))
    return learning.see(f"/console/knowledge?done={'kept' if state == 'published' and not leaving else 'withdrawn'}")


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"Not kept: {text[:1].lower()}{text[1:]}{'' if text.endswith('.') else '.'}"
