"""The door of the API: every route goes through `guard`, which knows the token, the role, the body and the query.

A handler receives a `Call` and returns what it answers with; what it can't do it raises (bot.errors).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from bot.api import tokens
from bot.api.bodies import NoQuery, Nothing, Query
from bot.api.once import LONGEST_KEY, Once, fingerprint
from bot.api.problems import NO_STORE, Problem, of_validation
from bot.api.tokens import Holder
from bot.audit import log as audit
from bot.console.auth import Role
from bot.console.throttle import WITHIN, Throttle
from bot.desk import Desk
from bot.errors import NotFound
from bot.web import visitors

log = structlog.get_logger()
M = TypeVar("M", bound=BaseModel)

LARGEST_BODY = 256 * 1024
"""Bytes: the longest reply, should every character of it be written as an escape."""
SLOWEST_BODY = 30.0
LONGEST_NUMBER = 15


@dataclass(slots=True)
class Door:
    """What the API needs one of for each desk: who failed lately, and which tokens (as digests) were good lately.

    A token that was good before is let through though its address is blocked: behind one proxy all have one address.
    """

    throttle: Throttle = field(default_factory=Throttle)
    known: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the desk, whose token it is, and the body and query that were sent, already checked."""

    request: web.Request
    desk: Desk
    who: Holder
    sent: BaseModel
    asked: BaseModel
    once: Once

    def body(self, model: type[M]) -> M:
        """The body, of the type that the route names."""
        assert isinstance(self.sent, model)
        return self.sent

    def query(self, model: type[M]) -> M:
        """The query, of the type that the route names."""
        assert isinstance(self.asked, model)
        return self.asked

    def word(self, name: str) -> str:
        """A word of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """A number of the path, small enough for any database. Raises NotFound."""
        value = self.word(name)
        if not (value.isascii() and value.isdecimal()) or len(value) > LONGEST_NUMBER:
            raise NotFound(f"{name}: this is no number: see the list for those there are")
        return int(value)

    async def looked(self, action: str, subject: str, **facts: object) -> None:
        """Put into the audit who looks at what and by which token, before it leaves: a program's reason is its token's
        own purpose, which stands with it.
        """
        actor, now = self.who.actor.name, self.desk.now()
        data = {"reason": "program", "token": self.who.token_id, **facts}

        def unit(session: Session) -> None:
            audit.append(session, actor=actor, action=action, subject=subject, data=data, now=now)

        await self.desk.database.write(unit)


class Route(NamedTuple):
    """One way in, all that the OpenAPI document says of it included.

    `refusals` are the statuses that the handler itself may refuse with. `keyed`: it heeds an Idempotency-Key.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Callable[[Call], Awaitable[BaseModel]]
    answer: type[BaseModel]
    summary: str
    tag: str
    body: type[BaseModel] | None = None
    query: type[Query] = NoQuery
    role: Role = "agent"
    status: int = 200
    refusals: tuple[int, ...] = ()
    keyed: bool = False


def guard(route: Route, desk: Desk, door: Door) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        who = await _holder(request, desk, door)
        if not who.may(route.role):
            raise Problem(403, f"this is for the role {route.role}: use a token of somebody with that role")
        asked = _query(request, route.query)
        sent = await _body(request, route.body) if route.body else Nothing()
        once = Once(who.token_id, _key(request) if route.keyed else "", fingerprint(request.path, _canonical(sent)))
        answer = await route.handler(Call(request, desk, who, sent, asked, once))
        text = answer.model_dump_json(exclude_unset=True)
        return web.json_response(text=text, status=route.status, headers=NO_STORE)

    return handle


def _canonical(sent: BaseModel) -> str:
    return sent.model_dump_json()


async def _holder(request: web.Request, desk: Desk, door: Door) -> Holder:
    """Whose token came. Raises Problem."""
    token, address, now = _token(request), visitors.address(request, desk), desk.now()
    digest = tokens.digest(token)
    if door.throttle.blocks(address, now) and digest not in door.known:
        raise Problem(429, headers={"Retry-After": str(int(WITHIN.total_seconds()))})
    who = await desk.database.read(lambda session: tokens.holder(session, token))
    if who is None:
        door.throttle.failed(address, now)
        door.known.discard(digest)
        log.info("token refused", action="api_refused", route=_route(request))
        raise Problem(401, headers={"WWW-Authenticate": "Bearer"})
    door.known.add(digest)
    if who.last_used_at != tokens.hour_of(now):
        await desk.database.write(lambda session: tokens.used(session, who.token_id, now))
    return who


def _token(request: web.Request) -> str:
    """The token of the Authorization header, "" where there is none of the right kind."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and tokens.SHAPE.fullmatch(token) else ""


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _key(request: web.Request) -> str:
    """The Idempotency-Key, "" where there is none. Raises Problem."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Problem(422, f"Idempotency-Key: at most {LONGEST_KEY} plain characters, for example a UUID")
    return key


def _query(request: web.Request, model: type[Query]) -> Query:
    """The query, checked. Raises Problem."""
    given = request.query
    if len(given) != len(set(given)):
        raise Problem(422, "the query: each name at most once")
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise of_validation(error) from None


async def _body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """The body, checked. Raises Problem."""
    raw = await _bytes(request)
    if not raw and model is Nothing:
        return Nothing()
    if request.content_type != "application/json":
        raise Problem(415)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise of_validation(error) from None


async def _bytes(request: web.Request) -> bytes:
    """The body's bytes, in bounded time and space. Raises Problem."""
    too_large = Problem(413, f"the body is larger than {LARGEST_BODY // 1024} KiB: send less")
    if (request.content_length or 0) > LARGEST_BODY:
        raise too_large
    raw = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            async for chunk in request.content.iter_any():
                raw += chunk
                if len(raw) > LARGEST_BODY:
                    raise too_large
    except TimeoutError:
        raise Problem(408) from None
    return bytes(raw)
