"""The door of the console: every route goes through `guard`, which knows the session, the role and the CSRF token.

A handler receives a `Call` and never looks at cookies itself. What a handler can't do it raises (bot.errors); the
gate turns that into a page that says what to do.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from bot.audit.actors import Actor
from bot.console import auth, uploads
from bot.console.auth import Role, Visitor
from bot.console.uploads import BadForm, Sent
from bot.desk import Desk
from bot.errors import NotFound, TemporaryError
from bot.turns import Full
from bot.web.pages import page

log = structlog.get_logger()

COOKIE = "__Host-desk"
PLAIN_COOKIE = "desk"
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request at the console: the desk, who asks, and the form that they sent (empty for GET)."""

    request: web.Request
    desk: Desk
    who: Visitor
    form: Mapping[str, str]
    files: tuple[Sent, ...] = ()
    """The files that came with the form, on routes that take them."""

    @property
    def file(self) -> Sent | None:
        """The only file, on routes that take one."""
        return self.files[0] if self.files else None

    @property
    def actor(self) -> Actor:
        """Who acts, as services and the audit name them."""
        return Actor(self.who.role, self.who.id)

    def number(self, name: str) -> int:
        """A number of the path, small enough for any database."""
        value = self.request.match_info[name]
        if not value.isdecimal() or len(value) > 15:  # noqa: PLR2004  what a 64-bit column surely holds
            raise NotFound("there is no such page: go back to the queue")
        return int(value)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
OpenHandler = Callable[[web.Request, Desk], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    """A way into the console and the least role that may take it."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    role: Role = "agent"
    takes_files: int = 0
    """How many files its form may carry, read within limits."""


class OpenRoute(NamedTuple):
    """A way in for people who are not signed in yet. Its POST is checked for origin all the same."""

    method: Literal["GET", "POST"]
    path: str
    handler: OpenHandler


def guard(route: Route, desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route that needs a session."""

    async def handle(request: web.Request) -> web.StreamResponse:
        who = await signed_in(request, desk)
        if who is None:
            return _to_sign_in(request)
        if not who.may(route.role):
            return refused(f"This page is for the role {route.role}. Ask somebody with that role.", 403)
        form: Mapping[str, str] = {}
        files: tuple[Sent, ...] = ()
        if route.method == "POST":
            try:
                form, files = await _read(request, route)
            except (BadForm, Full) as error:
                return refused(_sentence(error), 400)
            if not same_origin(request, desk) or not _token_matches(request, form, who):
                log.warning("post refused", action="csrf_refused", staff=who.id)
                return refused("This form has gone stale. Go back, load the page again, and send it once more.", 403)
        await _note_sight(request, desk, who)
        return await _answer(route.handler(Call(request, desk, who, form, files)))

    return handle


def open_door(route: OpenRoute, desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route for people who are not signed in."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if route.method == "POST" and not same_origin(request, desk):
            log.warning("post refused", action="origin_refused")
            return refused("This form was sent from another site. Open the console itself and try again.", 403)
        return await _answer(route.handler(request, desk))

    return handle


async def _answer(doing: Awaitable[web.StreamResponse]) -> web.StreamResponse:
    try:
        response = await doing
    except NotFound as error:
        return refused(_sentence(error), 404)
    except TemporaryError as error:
        log.warning("console page failed", action="console_unavailable", reason=type(error).__name__)
        return refused(f"{_sentence(error)} Nothing was changed; go back and try again in a moment.", 503)
    if not response.prepared:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _sentence(error: Exception) -> str:
    text = str(error) or "That did not work"
    return text[0].upper() + text[1:] + "."


def refused(text: str, status: int) -> web.Response:
    """A page that says what went wrong and what to do."""
    return page("console/refused.html", status=status, headers=NO_STORE, text=text, code=status)


async def _read(request: web.Request, route: Route) -> tuple[Mapping[str, str], tuple[Sent, ...]]:
    """The form of a request, with the files that its route takes. Large ones come in a few at a time."""
    if not route.takes_files or request.content_type != "multipart/form-data":
        return await text_form(request), ()
    if request.content_length is not None and request.content_length <= uploads.SMALL:
        return await uploads.read(request, route.takes_files)
    async with request.app[uploads.TURNS].turn():
        return await uploads.read(request, route.takes_files)


async def text_form(request: web.Request) -> dict[str, str]:
    """The text fields of a posted form; files and repeated names are dropped."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def signed_in(request: web.Request, desk: Desk) -> Visitor | None:
    """Who holds the cookie of this request."""
    name = COOKIE if secure_cookie(request, desk) else PLAIN_COOKIE
    token = request.cookies.get(name, "")
    if not 20 <= len(token) <= 100:  # noqa: PLR2004  ours have 43 characters
        return None
    now = desk.now()
    return await desk.database.read(lambda session: auth.visitor(session, token, now))


async def _note_sight(request: web.Request, desk: Desk, who: Visitor) -> None:
    """A page's own background look keeps nobody signed in: only what a person does counts."""
    now = desk.now()
    if "X-Desk-Live" not in request.headers and not who.still_here(now):
        await desk.database.write(lambda session: auth.seen(session, who.session_id, now))


def secure_cookie(request: web.Request, desk: Desk) -> bool:
    """Say whether the browser will keep a Secure cookie, which `__Host-` needs.

    Over https always. Over plain http browsers keep it for loopback addresses, except Safari; anywhere else the desk
    is reached over plain http by somebody's choice, and the cookie goes without.
    """
    if desk.settings.base_url.startswith("https://"):
        return True
    agent = request.headers.get("User-Agent", "")
    return _is_loopback(request.url.host or "") and not ("Safari/" in agent and "Chrom" not in agent)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def give_cookie(response: web.StreamResponse, token: str, *, secure: bool) -> None:
    """Hand the session's token to the browser, for this site and this browser session only."""
    name = COOKIE if secure else PLAIN_COOKIE
    response.set_cookie(name, token, path="/", secure=secure, httponly=True, samesite="Strict")


def take_cookies(response: web.StreamResponse) -> None:
    """Make the browser forget the session."""
    response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    response.del_cookie(PLAIN_COOKIE, path="/", httponly=True, samesite="Strict")


def same_origin(request: web.Request, desk: Desk) -> bool:
    """Say whether a browser sent this from our own pages. What is no browser sends neither header."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "")
    hosts = {request.host, urlsplit(desk.settings.base_url).netloc}
    return site in {"same-origin", "none"} and (not origin or urlsplit(origin).netloc in hosts)


def _token_matches(request: web.Request, form: Mapping[str, str], who: Visitor) -> bool:
    given = request.headers.get("X-Desk-Csrf") or form.get("csrf", "")
    return hmac.compare_digest(given.encode(), who.csrf.encode())


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    """People are led to the form and back; a page's own fetches and streams get a plain 401."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") not in {"navigate", ""} or "X-Desk-Live" in request.headers:
        return web.Response(status=401, text="sign in again", headers=NO_STORE)
    back = request.path_qs if request.method == "GET" else "/console/"
    return web.Response(status=303, headers={"Location": f"/console/sign-in?next={quote(back, safe='')}", **NO_STORE})


def inside(target: str) -> str:
    """Where to go after signing in: only ever a page of the console."""
    plain = target.startswith("/console/") and not any(mark in target for mark in ("\\", "\r", "\n", "//"))
    return target if plain and len(target) < 500 else "/console/"  # noqa: PLR2004
