"""What the policies say: asking, and reading them. The same answers as `privacydesk ask` and the policy pages give."""

from __future__ import annotations

import asyncio
from datetime import date

from bot.api import policy_answers
from bot.api.bodies import Question
from bot.api.gate import Call
from bot.api.problems import Problem
from bot.conversations import preview
from bot.conversations.understand import understand
from bot.desk import Desk
from bot.errors import NotFound
from knowledge.base import Policy
from knowledge.library import UnknownPolicy
from knowledge.policy import digest


async def ask(call: Call) -> policy_answers.Answered:
    """What the desk would say to a message; opens no ticket and keeps nothing of it."""
    question = call.body(Question)
    return await asyncio.to_thread(_answer, call.desk, question)


def _answer(desk: Desk, question: Question) -> policy_answers.Answered:
    library, base = desk.library, desk.settings.base_url
    key = question.policy or desk.sites[0].policy
    try:
        today = desk.today()
        understood = understand(question.text, library, policy=key, as_of=question.as_of, today=today)
        company = library.in_force(key, question.as_of or today).company
    except UnknownPolicy as error:
        raise Problem(422, f"policy: {error}", code="unknown_policy") from None
    return policy_answers.Answered.model_validate(preview.shown(understood, company, base))


async def policies(call: Call) -> policy_answers.Policies:
    """Every policy with its versions."""
    library, base, today = call.desk.library, call.desk.settings.base_url, call.desk.today()
    return policy_answers.Policies(
        items=[
            policy_answers.PolicyEntry(
                key=key,
                company=library.in_force(key, today).company,
                in_force=library.in_force(key, today).effective,
                versions=[_version(policy, base) for policy in library.versions(key)],
            )
            for key in sorted(library.keys())
        ]
    )


def _version(policy: Policy, base: str) -> policy_answers.Version:
    return policy_answers.Version(
        effective=policy.effective, dated=policy.dated, title=policy.title, url=base + _page(policy)
    )


def _page(policy: Policy) -> str:
    return f"/policy/{policy.key}/{policy.effective.isoformat()}"


async def policy(call: Call) -> policy_answers.PolicyText:
    """One version, clause by clause."""
    try:
        found = call.desk.library.policy(call.word("key"), date.fromisoformat(call.word("effective")))
    except UnknownPolicy as error:
        raise NotFound(str(error)) from None
    except ValueError:
        raise NotFound("effective: this is no date such as 2007-12-15; see /api/v1/policies") from None
    page = call.desk.settings.base_url + _page(found)
    return policy_answers.PolicyText(
        key=found.key,
        title=found.title,
        company=found.company,
        effective=found.effective,
        dated=found.dated,
        source=found.source,
        clauses=[
            policy_answers.Clause(
                id=each.id, heading=each.heading, context=each.context, text=each.text, digest=digest(each.text),
                url=f"{page}#{each.id}",
            )
            for each in found.passages
        ],
    )  # fmt: skip
