"""Signing in and out: the form, the password check, one-time links."""

from __future__ import annotations

import structlog
from aiohttp import web

from bot.console import auth, gate
from bot.console.gate import Call, inside, refused
from bot.console.passwords import Checker
from bot.console.throttle import Throttle
from bot.desk import Desk
from bot.web.pages import page

log = structlog.get_logger()

WRONG = "That email and password don't fit together. After five tries an account rests for 15 minutes."
TOO_MANY = "Too many failed tries came from this network address. Wait 15 minutes, or use a sign-in link."


class Door:
    """What the sign-in form needs one of for each desk."""

    def __init__(self) -> None:
        self.throttle = Throttle()
        self.checker = Checker()


DOOR: web.AppKey[Door] = web.AppKey("console_door", Door)


async def form(request: web.Request, desk: Desk) -> web.StreamResponse:
    """The sign-in form; who is signed in already goes straight on."""
    back = inside(request.query.get("next", ""))
    if await gate.signed_in(request, desk):
        raise web.HTTPSeeOther(back)
    return _form(back)


def _form(back: str, *, email: str = "", error: str = "", status: int = 200) -> web.Response:
    headers = {**gate.NO_STORE}
    return page("console/sign_in.html", status=status, headers=headers, back=back, email=email, error=error)


async def sign_in(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Check the password. An unknown, a locked and a wrong one look the same and take as long."""
    given = await gate.text_form(request)
    email, password, back = given.get("email", "")[:320], given.get("password", ""), inside(given.get("next", ""))
    door, address, now = request.app[DOOR], _address(request, desk), desk.now()
    if door.throttle.blocks(address, now):
        return _form(back, email=email, error=TOO_MANY, status=429)
    tried = await desk.database.write(lambda session: auth.attempt(session, email, now))
    if not await door.checker.matches(password, tried.password_hash):
        door.throttle.failed(address, now)
        log.info("sign-in failed", action="sign_in_failed", staff=tried.staff_id)
        return _form(back, email=email, error=WRONG, status=401)
    return await _let_in(request, desk, await desk.database.write(lambda s: auth.enter(s, tried.staff_id, now)), back)


async def _let_in(request: web.Request, desk: Desk, token: str, back: str) -> web.StreamResponse:
    """Always a fresh session with a fresh cookie: one that the browser brought along is never made good."""
    response = web.Response(status=303, headers={"Location": back, **gate.NO_STORE})
    gate.give_cookie(response, token, secure=gate.secure_cookie(request, desk))
    return response


def _address(request: web.Request, desk: Desk) -> str:
    """Where the request comes from; a trusted proxy is believed about whom it speaks for."""
    peer = request.remote or ""
    trusted = {each.strip() for each in desk.settings.trusted_peers.split(",")}
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return said[:64] if peer in trusted and said else peer


async def sign_out(call: Call) -> web.StreamResponse:
    """End this session; its streams end too."""
    now = call.desk.now()
    await call.desk.database.write(lambda session: auth.leave(session, call.who, now))
    call.desk.bus.publish(["console"])
    response = web.Response(status=303, headers={"Location": "/console/sign-in"})
    gate.take_cookies(response)
    return response


async def enter_page(request: web.Request, desk: Desk) -> web.StreamResponse:
    """A button to use the link with, so that a preview of the link does not use it up."""
    token, now = request.match_info["token"][:100], desk.now()
    email = await desk.database.read(lambda session: auth.link_holder(session, token, now))
    if email is None:
        return _used_up()
    return page("console/enter.html", headers=gate.NO_STORE, email=email, token=token)


async def enter(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Use the link up and sign its holder in."""
    link, now = request.match_info["token"][:100], desk.now()
    token = await desk.database.write(lambda session: auth.use_link(session, link, now))
    if token is None:
        return _used_up()
    return await _let_in(request, desk, token, "/console/")


def _used_up() -> web.Response:
    return refused("This sign-in link was used already or has run out. Ask for a new one, or sign in by password.", 410)
