"""The policy as a document that is good to read: an anchor for each clause, versions, what changed, and a box that
answers a question on the spot. Public, without cookies, without storage; works without JavaScript.

Called by `bot.web.server`, which mounts it: GET / · /policy/KEY · /policy/KEY/DATE[?q=…] · /policy/KEY/DATE/changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from aiohttp import web

from bot.conversations.dating import unsaid
from bot.conversations.quotes import short_name
from bot.desk import DESK, Desk
from bot.web import policy_text
from bot.web.pages import page
from bot.web.policy_answers import MOST_CHARACTERS, tidy
from bot.web.policy_box import BOX, Box, Said
from knowledge.base import Policy
from knowledge.library import UnknownPolicy
from knowledge.policy import in_force

_DATE = r"{effective:\d{4}-\d{2}-\d{2}}"


def mount(app: web.Application, desk: Desk) -> None:
    """Add the policy pages and the way from / to them (in the demo: to the demo)."""
    app[DESK] = desk
    app[BOX] = Box(desk)
    app.router.add_get("/", _root)
    app.router.add_get("/policy/{key}", _newest)
    app.router.add_get(f"/policy/{{key}}/{_DATE}", _policy)
    app.router.add_get(f"/policy/{{key}}/{_DATE}/changes", _changes)


def address(policy: Policy) -> str:
    """Where a version's page is, from the root."""
    return f"/policy/{policy.key}/{policy.effective.isoformat()}"


async def _root(request: web.Request) -> web.StreamResponse:
    """GET /: to where a visitor wants to go."""
    desk = request.app[DESK]
    raise web.HTTPFound("/demo/" if desk.demo else f"/policy/{desk.sites[0].policy}")


async def _newest(request: web.Request) -> web.StreamResponse:
    """GET /policy/KEY: to the version in force."""
    versions = _versions(request)
    if not versions:
        return _missing(request)
    raise web.HTTPFound(address(_in_force(request, versions)))


async def _policy(request: web.Request) -> web.StreamResponse:
    """GET /policy/KEY/DATE, with ?q= for a question."""
    policy = _version(request, request.match_info["effective"])
    if policy is None:
        return _missing(request)
    question = tidy(request.query.get("q", ""))
    said = await request.app[BOX].ask(request, policy, question) if question else Said(None)
    return page(
        "web/policy.html",
        status=said.status,
        headers=said.headers,
        found=said.found,
        question=question[:MOST_CHARACTERS],
        most=MOST_CHARACTERS,
        sections=policy_text.sections(policy),
        **_shared(request, policy),
    )


async def _changes(request: web.Request) -> web.StreamResponse:
    """GET /policy/KEY/DATE/changes, with ?since=DATE for another version than the one before."""
    policy = _version(request, request.match_info["effective"])
    if policy is None:
        return _missing(request)
    earlier = [version for version in _versions(request) if version.effective < policy.effective]
    since = _version(request, request.query["since"]) if "since" in request.query else next(iter(earlier), None)
    if since not in earlier:
        return _missing(request)
    assert since is not None
    changes = policy_text.changes(since, policy)
    return page("web/policy_changes.html", changes=changes, since=since, earlier=earlier, **_shared(request, policy))


def _versions(request: web.Request) -> Sequence[Policy]:
    """Every version of the policy asked for, newest first."""
    try:
        return request.app[DESK].library.versions(request.match_info["key"])[::-1]
    except UnknownPolicy:
        return ()


def _in_force(request: web.Request, versions: Sequence[Policy]) -> Policy:
    """The one of today: a version may be published before its day."""
    return in_force(versions[::-1], request.app[DESK].today())


def _version(request: web.Request, effective: str) -> Policy | None:
    try:
        wanted = date.fromisoformat(effective)
    except ValueError:
        return None
    return next((version for version in _versions(request) if version.effective == wanted), None)


def _shared(request: web.Request, policy: Policy) -> dict[str, Any]:
    """What every page of a policy shows."""
    desk = request.app[DESK]
    site = next((site for site in desk.sites if site.policy == policy.key), desk.sites[0])
    versions = _versions(request)
    return {
        "policy": policy,
        "dated": policy_text.dated,
        "day": policy_text.day,
        "address": address,
        "anchor": policy_text.anchor,
        "short_name": short_name,
        "unsaid": unsaid,
        "versions": versions,
        "newest": _in_force(request, versions),
        "site": site,
        "mailbox": next(iter(site.mailboxes), ""),
        "chat": "webchat" in desk.channels,
    }


def _missing(request: web.Request) -> web.Response:
    """404, with the way to what there is."""
    desk = request.app[DESK]
    keys = desk.library.keys()
    known = _versions(request) or [desk.library.in_force(key, desk.today()) for key in keys]
    return page("web/policy_missing.html", status=404, known=known, address=address, dated=policy_text.dated)
